/*
 * desk/sources -- on how many sources does a record rest?
 *
 * One report that comes back through three partners looks like three.  A record that says what
 * it was derived from (relationship `derived-from`) is followed back, through records of any
 * owner, to those that are derived from nothing: these are its sources, and each counts once
 * however many ways lead to it [DP-4, DP-19].  Of the same report under two ids this knows only
 * where one is said to be derived from the other.
 */
#ifndef ENT_DESK_SOURCES_H
#define ENT_DESK_SOURCES_H

#include "desk/desk.h"
#include "policy/label.h"

typedef struct desk_source {
    ent_str id, owner;  /* "" ours */
    policy_label label; /* of one that is held */
    bool held;          /* else erased, frozen, or never released to us */
} desk_source;

/* The record itself if it is derived from nothing.  NOT_FOUND: it is not held; LIMIT: more
 * records on the way than SOURCES_MAX. */
#define DESK_SOURCES_MAX 256
ENT_MUST_USE ent_code desk_sources(desk *d, ent_arena *arena, ent_str id, desk_source **sources,
                                   size_t *count, ent_err *err);

#endif
