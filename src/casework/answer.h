/*
 * casework/answer -- the four honest answers to a request.
 *
 *     answered   with words, and releases that the peer has
 *     nothing    "nothing to release": whether nothing is held or nothing may be said
 *     later      by a date: it says that there is something
 *     refused    with a reason: so does this
 *
 * All but "nothing" disclose that something is held.  They are releases: two officers sign
 * their statement, neither of them its drafter, and the receiver checks both signatures by
 * the keys of the agreement.  "Nothing" is the same bytes for every cause, made from the
 * request's id alone, and it leaves at a whole multiple of its precedence's `hold` after the
 * receipt: neither its bytes nor its hour tell what was or was not found [law 9, DP-8].
 *
 * Documents: "answer-draft" (waiting for approvals), "answer-held" (a "nothing" whose time
 * has not come).
 */
#ifndef ENT_CASEWORK_ANSWER_H
#define ENT_CASEWORK_ANSWER_H

#include "casework/say.h"

typedef enum casework_answer_kind {
    CASEWORK_ANSWERED,
    CASEWORK_NOTHING,
    CASEWORK_LATER,
    CASEWORK_REFUSED
} casework_answer_kind;

typedef struct casework_answer {
    casework_answer_kind kind;
    ent_str text;  /* the words, or the reason of a refusal */
    ent_str until; /* of "later": YYYY-MM-DD */
    const ent_str *releases;
    size_t release_count;
} casework_answer;

typedef struct casework_answer_state {
    const char *state; /* waiting (for approvals), held (until `leaves`), sent */
    ent_time leaves;
    ent_str approvals[8];
    size_t approval_count;
} casework_answer_state;

/* Inside a transaction, all of them.
 * DENIED    wrong role, or the subject is for the legal officer first
 * CONFLICT  answered already, or an answer waits */
ENT_MUST_USE ent_code casework_answer_draft(desk *d, ent_arena *arena, casework_item *item,
                                            const casework_answer *answer, const desk_officer *by,
                                            casework_answer_state *state, ent_err *err);

/* One officer approves the answer that waits; with the second it is sent.
 * DENIED  the drafter, a wrong role, the same person again [law 6] */
ENT_MUST_USE ent_code casework_answer_approve(desk *d, ent_arena *arena, casework_item *item,
                                              const desk_officer *by, casework_answer_state *state,
                                              ent_err *err);

/* Drops an answer that waits for approvals. */
ENT_MUST_USE ent_code casework_answer_drop(desk *d, ent_arena *arena, casework_item *item,
                                           ent_err *err);

/* Sends what is held and due; *next is when the next one is due. */
ENT_MUST_USE ent_code casework_answers_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

ent_code casework_answer_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_err *err);

#endif
