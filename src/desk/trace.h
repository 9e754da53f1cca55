/*
 * desk/trace -- where has a record gone, where did it come from, and who must hear of a change?
 */
#ifndef ENT_DESK_TRACE_H
#define ENT_DESK_TRACE_H

#include "desk/release.h"

/* Every release that an object was in, both directions, as JSON objects {"object","direction",
 * "peer","release","state","sent_as","time"}. */
ENT_MUST_USE ent_code desk_trace(desk *d, ent_arena *arena, ent_str object, ent_json **lines,
                                 size_t *count, ent_err *err);

/* What a peer has of an own object, and by which draft it got it. */
typedef struct desk_holder {
    ent_str peer, release;
    desk_draft_request request; /* the object alone, as it was released */
} desk_holder;

/* The peers that have an own object now; each request is that of a correction, which replaces
 * every release that gave the object to that peer. */
ENT_MUST_USE ent_code desk_holders(desk *d, ent_arena *arena, ent_str object, desk_holder **holders,
                                   size_t *count, ent_err *err);

#endif
