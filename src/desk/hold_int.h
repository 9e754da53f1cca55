/* desk/hold (private) -- what releases gave is held, and is let go release by release.
 *
 * An object may have come by several releases, some fuller than others, and each can be called
 * back alone.  So the objects of every release are kept apart (document "release-body") until it
 * is called back, and what others gave is then put together anew without it. */
#ifndef ENT_DESK_HOLD_INT_H
#define ENT_DESK_HOLD_INT_H

#include "desk/desk.h"

/* Objects of one owner that a release gave. */
typedef struct desk_part {
    const char *owner;
    ent_json objects;
} desk_part;

/* Holds what a release of `peer` gave. */
ENT_MUST_USE ent_code desk_parts_hold(desk *d, ent_arena *arena, const char *peer, ent_str release,
                                      const desk_part *parts, size_t count, ent_err *err);

/* Lets go of what that release alone gave, and flags what rests on it.  *erased: objects and
 * links. */
ENT_MUST_USE ent_code desk_parts_erase(desk *d, ent_arena *arena, const char *peer, ent_str release,
                                       ent_str reason, int64_t *erased, ent_err *err);

#endif
