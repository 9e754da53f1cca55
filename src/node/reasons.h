/*
 * node/reasons -- must a look-up say why?
 *
 * Yes, from the day somebody has the role oversight and can read it, unless it was decided
 * otherwise [DP-17]; no user is ever taken away, so it stays.  A law may not ask for it: then the
 * legal officer decides so, naming that law, with the own signature; it is in the journal for
 * oversight, in `status` and `doctor`, and it ends by itself after a year at the latest.  What
 * cannot be read, does not verify or is not of a legal officer of this node is no decision.
 * Before decisions were signed, nodes noted one word; where that was "optional" it holds for a
 * year from then.
 *
 * Not here: where a reason comes from, and the refusal (cli/account.h).
 */
#ifndef ENT_NODE_REASONS_H
#define ENT_NODE_REASONS_H

#include "desk/desk.h"
#include "node/home.h"

/* A decision holds so long. */
#define NODE_REASONS_DAYS 365

typedef struct node_reasons {
    bool required;
    bool decided;      /* somebody has said that none is, and it has not ended */
    bool is_signed;    /* by the legal officer `by`, for `law`; otherwise both are empty */
    ent_str by, law;   /* in the arena */
    ent_time until;    /* when the decision ends */
    const char *wrong; /* why it counts for nothing, or NULL */
} node_reasons;

/* Does a text say anything: has it a letter or a digit, of any script? */
bool node_reason_says(ent_str text);

/* What holds at `now`.  IO */
ENT_MUST_USE ent_code node_reasons_read(ent_arena *arena, const node_home *home, store *s,
                                        ent_time now, node_reasons *reasons, ent_err *err);

/* No reason is required until then.  Inside a transaction.
 * DENIED: not the legal officer; USAGE: no law is named, or `until` is past or too far */
ENT_MUST_USE ent_code node_reasons_waive(desk *d, ent_arena *arena, ent_str law, ent_time until,
                                         const desk_officer *officer, ent_err *err);

/* They are required again.  Inside a transaction. */
ENT_MUST_USE ent_code node_reasons_require(desk *d, ent_arena *arena, const desk_officer *officer,
                                           ent_err *err);

#endif
