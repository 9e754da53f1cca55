/*
 * match/receive -- what the desk hands to this module: entries of two kinds, and a release that was taken.
 *
 * The host puts them into its desk (desk.above, desk.released); messages of peers are hostile.
 */
#ifndef ENT_MATCH_RECEIVE_H
#define ENT_MATCH_RECEIVE_H

#include "desk/desk.h"

/* Takes one message of a run.  Inside a transaction; what it asks for is done in match_work. */
ENT_MUST_USE ent_code match_receive(desk *d, ent_arena *arena, const char *peer,
                                    const link_entry *entry, ent_span body, ent_err *err);

/* Takes one message of a match that stands. */
ENT_MUST_USE ent_code match_standing_receive(desk *d, ent_arena *arena, const char *peer,
                                             const link_entry *entry, ent_span body, ent_err *err);

/* The peer's release has arrived: hits whose key a record of the peer bears now get the member "leaf"
 * {"release","place","of","root"}, the place of the peer's tag under the root of its set.  A hit that
 * never gets one may be a bait. */
ENT_MUST_USE ent_code match_leaves_open(desk *d, ent_arena *arena, const char *peer,
                                        ent_str release, ent_err *err);

#endif
