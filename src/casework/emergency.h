/*
 * casework/emergency -- oversight hears of releases that one officer made, and of those that
 * nobody has reviewed in time (desk/emergency.h).
 */
#ifndef ENT_CASEWORK_EMERGENCY_H
#define ENT_CASEWORK_EMERGENCY_H

#include "desk/emergency.h"

/* desk_emergency_send, with the note for oversight.  Inside a transaction. */
ENT_MUST_USE ent_code casework_emergency_send(desk *d, ent_arena *arena, ent_str draft,
                                              ent_str ground, const desk_officer *officer,
                                              desk_draft_state *state, ent_err *err);

/* What the clock does (node/clock.c): overdue reviews. */
ENT_MUST_USE ent_code casework_emergency_due(desk *d, ent_arena *arena, ent_time *next,
                                             ent_err *err);

#endif
