/*
 * psi/crew -- work in equal parts, which whoever calls may do on several processors.
 *
 * This module starts no thread.  It cuts long work (a multiplication for each key) into parts
 * that touch different memory and allocate nothing; the caller's `run` calls part(ctx, 0)
 * to part(ctx, parts - 1), each once, in any order, at once or one after the other, and
 * returns when all have returned.  The result is the same.  A NULL crew does them here.
 */
#ifndef ENT_PSI_CREW_H
#define ENT_PSI_CREW_H

#include "base/err.h"
#include "base/span.h"

#define PSI_PARTS 64 /* at most */

typedef void (*psi_part)(void *ctx, size_t part);

typedef struct psi_crew {
    void *arg;
    void (*run)(void *arg, size_t parts, psi_part part, void *ctx);
} psi_crew;

/* Calls slice(arg, from, to, err) for consecutive slices of 0 .. count-1.  The first error
 * by place is returned. */
typedef ent_code (*psi_slice)(void *arg, size_t from, size_t to, ent_err *err);
ENT_MUST_USE ent_code psi_crew_run(const psi_crew *crew, size_t count, psi_slice slice, void *arg,
                                   ent_err *err);

/* Which of the PSI_PARTS the slice is that begins at `from`: each has a place of its own. */
size_t psi_crew_part(size_t count, size_t from);

#endif
