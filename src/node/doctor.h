/*
 * node/doctor -- what is wrong with a node, and what to do about it.
 *
 * Looks at everything that can be looked at without changing it: who can read the
 * keys, whether they belong together, the clock, the store, the disk, the sandbox, and
 * for each link its heads, what the signer remembers of them, and whether it is stopped.
 * Whole logs are `log verify`'s business.
 */
#ifndef ENT_NODE_DOCTOR_H
#define ENT_NODE_DOCTOR_H

#include "node/home.h"
#include "store/store.h"

/* `advice` is NULL where all is well. */
typedef ent_code (*node_doctor_say)(void *arg, const char *check, const char *finding,
                                    const char *advice, ent_err *err);

/* Says each finding.  A finding is no failure of the function. */
ENT_MUST_USE ent_code node_doctor_run(ent_arena *arena, const node_home *home, store *s,
                                      node_doctor_say say, void *arg, ent_err *err);

#endif
