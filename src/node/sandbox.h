/*
 * node/sandbox -- what a process may no longer do.
 *
 * Landlock takes away the file system but for the given folders; seccomp takes
 * away system calls.  Both hold for every thread made afterwards and cannot be
 * taken back.  Call it after what needs more rights was opened and before the
 * first byte from outside is read.  A kernel without them is refused: a border
 * without its sandbox does not start.
 */
#ifndef ENT_NODE_SANDBOX_H
#define ENT_NODE_SANDBOX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct node_sandbox {
    const char *const *read; /* folders and files that may be read, below them too */
    size_t read_count;
    const char *const *write; /* folders in which files may be made, written, removed */
    size_t write_count;
    bool may_connect; /* outbound connections (the courier) */
} node_sandbox;

/* CONFIG  the kernel has no Landlock or seccomp */
ENT_MUST_USE ent_code node_sandbox_enter(const node_sandbox *sandbox, ent_err *err);

#endif
