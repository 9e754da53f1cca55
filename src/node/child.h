/*
 * node/child -- starting one of entente's own processes.
 *
 * A child is this same program, executed anew as `entente serve --process ROLE`, so
 * that it shares no memory with its parent: no secret is inherited.  It gets one
 * end of a socket pair as descriptor 3, its standard streams, perhaps one more
 * descriptor, and nothing else.  The end of that socket asks it to end.  Ctrl-C at a
 * terminal is the parent's business: children do not see it.
 */
#ifndef ENT_NODE_CHILD_H
#define ENT_NODE_CHILD_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

#define NODE_CHILD_FD    3 /* the child's end of the socket pair */
#define NODE_CHILD_GIVEN 4 /* what was given to it: a listening socket */

typedef struct node_child {
    pid_t pid;
    int fd; /* our end; the caller closes it, which asks the child to end */
} node_child;

typedef struct node_child_spec {
    const char *role, *home;
    const char *argument; /* one more word, or NULL */
    int given;            /* becomes NODE_CHILD_GIVEN; -1: nothing */
    /* Killed when the thread that starts it ends: for single-threaded parents. */
    bool dies_with_parent;
} node_child_spec;

ENT_MUST_USE ent_code node_child_start(const node_child_spec *spec, node_child *child,
                                       ent_err *err);

/* Waits for the end; the exit status, or -1 if a signal ended it. */
int node_child_wait(node_child *child);

/* As many descriptors as the system lets us have: every connection is one. */
void node_descriptors_raise(void);

/* One line ("...\n") to the other end; never a signal if it is gone.  UNAVAILABLE */
ENT_MUST_USE ent_code node_line_send(int fd, const char *line, size_t size, ent_err *err);

#endif
