/*
 * desk/given -- what a peer has from us now, object by object, as it left.
 *
 * For a partner who has no node and so keeps nothing itself: what it may read is worked out
 * anew from the releases that stand.  An object is given when the last release that had it
 * was sent, its entry stands in the log (not before), it was not called back, and policy
 * would still let it go under that release's agreement today.  The bytes are those that two
 * officers signed.  Facts of third owners are not among them.  Nothing here writes.
 */
#ifndef ENT_DESK_GIVEN_H
#define ENT_DESK_GIVEN_H

#include "desk/desk.h"

typedef struct desk_given {
    ent_json object;
    ent_str release, agreement;
} desk_given;

typedef ent_code (*desk_given_each)(void *arg, const desk_given *given, ent_err *err);

/* Each lives as long as the arena; by release. */
ENT_MUST_USE ent_code desk_given_now(desk *d, ent_arena *arena, const char *peer,
                                     desk_given_each each, void *arg, ent_err *err);

#endif
