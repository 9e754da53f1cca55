/* joint/plan (private) -- a run under way. */
#ifndef ENT_JOINT_PLAN_INT_H
#define ENT_JOINT_PLAN_INT_H

#include "joint/plan.h"

/* Counts the changes of our plans. */
ENT_MUST_USE ent_code joint_generation(desk *d, ent_arena *arena, bool next, int64_t *generation,
                                       ent_err *err);

/* Begins a run with one peer. */
ENT_MUST_USE ent_code joint_run_start(desk *d, ent_arena *arena, const char *peer, ent_err *err);

/* Is a run with this peer under way? */
ENT_MUST_USE ent_code joint_run_open(desk *d, ent_arena *arena, const char *peer, bool *open,
                                     ent_err *err);

/* The contact of this node, or "the duty desk". */
ENT_MUST_USE ent_code joint_contact_get(desk *d, ent_arena *arena, ent_str *contact, ent_err *err);

#endif
