/*
 * node/child -- starting one of entente's own processes.
 *
 * A child is this same program, executed anew as `entente serve --process ROLE`, so
 * that it shares no memory with its parent: no secret is inherited.  It gets one
 * end of a socket pair as descriptor 3, its standard streams, and nothing else.
 */
#ifndef ENT_NODE_CHILD_H
#define ENT_NODE_CHILD_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

#define NODE_CHILD_FD 3

typedef struct node_child {
    pid_t pid;
    int fd; /* our end; the caller closes it, which asks the child to end */
} node_child;

/* `argument` is handed on as one more word, or NULL. */
ENT_MUST_USE ent_code node_child_start(const char *role, const char *home, const char *argument,
                                       node_child *child, ent_err *err);

/* Waits for the end; the exit status, or -1 if a signal ended it. */
int node_child_wait(node_child *child);

#endif
