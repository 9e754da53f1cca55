/*
 * desk/suspension -- who of us reads nothing of whom any more?
 *
 * A node suspends its exchange with another at once and alone.  From then on no fact of
 * either reaches the other: links carry only what is urgent (link/entry.h), and what each
 * holds of the other is frozen, hidden from every query (document `frozen`, store/store.h)
 * but those of the legal officer and of oversight.  Every other node that was given
 * something by the suspender is told that none of it may be passed on to that node
 * (document `barred`), so that it does not get there by a third way.
 *
 * Not here: taking bodies out of a link's folder (node/suspend.h).
 */
#ifndef ENT_DESK_SUSPENSION_H
#define ENT_DESK_SUSPENSION_H

#include "desk/desk.h"

/* Suspends the exchange with `peer`, or takes it up again: says so to the peer and to
 * those who might pass something on.  Inside a transaction. */
ENT_MUST_USE ent_code desk_suspension_say(desk *d, ent_arena *arena, const desk_peer *peer,
                                          bool suspended, ent_str reason, ent_err *err);

/* Has one of us suspended the exchange? */
ENT_MUST_USE ent_code desk_suspended(desk *d, ent_arena *arena, const char *peer, bool *yes,
                                     ent_err *err);

/* Has `owner` forbidden that its facts are passed on to the node with this identity? */
ENT_MUST_USE ent_code desk_barred(desk *d, ent_arena *arena, ent_str owner,
                                  const uint8_t identity[32], bool *yes, ent_err *err);

/* May a person of this role read what is frozen? */
bool desk_role_reads_frozen(const char *role);

#endif
