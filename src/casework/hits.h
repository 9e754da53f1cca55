/*
 * casework/hits -- every hit has one owner and a day by which somebody has followed it up [NIN-4].
 *
 * A hit of a private match informs, and what informs everybody is followed up by nobody.  Whoever
 * takes a hit answers for it until the day that he names; a hit that nobody took for a day goes to
 * who is on duty, by the clock, with a week.  What is over its day is shown as overdue until
 * somebody says what came of it; its owner has a notice of that, a day later who is on duty, and
 * after another day the next of them.  A hit is named by peer, purpose and key, so that a later run over
 * the same holdings does not make it a new one.  Document: "hit-owner" (open, done).
 */
#ifndef ENT_CASEWORK_HITS_H
#define ENT_CASEWORK_HITS_H

#include "desk/work.h"

#define CASEWORK_HIT_UNOWNED ENT_DAY_TIME /* then who is on duty has it */
#define CASEWORK_HIT_DAYS    7            /* unless another day is named */

typedef struct casework_hit {
    ent_str ref; /* 16 hex digits */
    ent_json json;
    ent_str owner, due, by, note; /* due: YYYY-MM-DD; "" without an owner */
    ent_time time;
    bool done, overdue; /* overdue: its day is over, or nobody had it for a day */
} casework_hit;

ENT_MUST_USE ent_code casework_hit_list(desk *d, ent_arena *arena, casework_hit **hits,
                                        size_t *count, ent_err *err);

/* `user` has it from now until `due` ("": in a week).  Inside a transaction.
 * NOT_FOUND  no such hit stands;  USAGE  no day, or one that is over;  CONFLICT  it is done */
ENT_MUST_USE ent_code casework_hit_take(desk *d, ent_arena *arena, ent_str ref, ent_str user,
                                        ent_str due, ent_str by, ent_err *err);
/* What came of it.  DENIED: somebody else has it.  USAGE: nothing said */
ENT_MUST_USE ent_code casework_hit_done(desk *d, ent_arena *arena, ent_str ref, ent_str note,
                                        ent_str by, ent_err *err);

/* What nobody took goes to who is on duty; who hears of what is over its day.  *next as in
 * casework/due.h. */
ENT_MUST_USE ent_code casework_hits_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

#endif
