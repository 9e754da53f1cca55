/*
 * desk/emergency -- one officer releases now, and answers for it tomorrow.
 *
 * Where the agreement has it, and with a ground that the peer reads too, one disclosure or legal
 * officer who is not the drafter sends a draft alone.  The ground stands in the statement that is
 * signed.  Until the end of the next day another officer reviews it: upheld, or overturned, which
 * calls it back.  What nobody has reviewed by then is overdue, and oversight hears of both.
 *
 * Document "emergency", by the release's id: unreviewed, overdue, upheld, overturned.
 */
#ifndef ENT_DESK_EMERGENCY_H
#define ENT_DESK_EMERGENCY_H

#include "desk/release.h"

/* Inside a transaction, all but the list.  DENIED: the role, the drafter, or the agreement. */
ENT_MUST_USE ent_code desk_emergency_send(desk *d, ent_arena *arena, ent_str draft, ent_str ground,
                                          const desk_officer *officer, desk_draft_state *state,
                                          ent_err *err);

/* DENIED: it is the officer who sent it, or who drafted it. */
ENT_MUST_USE ent_code desk_emergency_review(desk *d, ent_arena *arena, ent_str release, bool upheld,
                                            ent_str note, const desk_officer *officer,
                                            ent_err *err);

/* Marks as overdue what was not reviewed in time: their ids.  *next: the next time limit. */
ENT_MUST_USE ent_code desk_emergency_overdue(desk *d, ent_arena *arena, ent_str **ids,
                                             size_t *count, ent_time *next, ent_err *err);

/* ---- the queue ---- */

/* What waits for somebody, the oldest first, as JSON objects {"kind","id","peer","purpose","since",
 * "days","aged","state"?}: drafts, requests to pass something on, releases without their review,
 * and matches of which the peer has not been given the record ("proposal"). */
ENT_MUST_USE ent_code desk_release_queue(desk *d, ent_arena *arena, ent_json **items, size_t *count,
                                         ent_err *err);

#endif
