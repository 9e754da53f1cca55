/*
 * casework/duty -- who is on duty, and one look of the clock at what is due.
 *
 * Each kind of thing that waits for people (items, hits, alerts) is looked at in a round: what is
 * late goes to who is on duty, later to the deputies in their order, and the round ends with when
 * to come again.  What is due, and for how long, is each kind's own (casework/due.h, hits.h,
 * joint/alert.h).
 */
#ifndef ENT_CASEWORK_DUTY_H
#define ENT_CASEWORK_DUTY_H

#include "desk/desk.h"

/* Who is on duty, the first first, then the deputies.  Inside a transaction. */
ENT_MUST_USE ent_code casework_duty_set(desk *d, ent_arena *arena, const ent_str *users,
                                        size_t count, ent_err *err);
ENT_MUST_USE ent_code casework_duty_get(desk *d, ent_arena *arena, ent_str **users, size_t *count,
                                        ent_err *err);

typedef struct casework_round {
    desk *d;
    ent_arena *arena;
    ent_str *duty;
    size_t duty_count;
    ent_time next; /* when to come again; ENT_TIME_NEVER: only an event brings more */
} casework_round;

ENT_MUST_USE ent_code casework_round_begin(desk *d, ent_arena *arena, casework_round *round,
                                           ent_err *err);
/* Comes again at that time, if it is still to come. */
void casework_round_again(casework_round *round, ent_time at);
/* Whose turn it is after so many steps: the last deputy keeps it.  "" if nobody is on duty. */
ent_str casework_round_turn(const casework_round *round, size_t step);

#endif
