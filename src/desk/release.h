/*
 * desk/release -- exactly the chosen fields, by two persons, under the owner's terms.
 *
 *     draft     the gate builds the statement; who drafts cannot approve
 *     approve   two disclosure officers, the legal officer for a witness, victim or minor,
 *               and the recorded consent of every originator; each approval is a signature
 *               under the statement, so that any change voids it
 *     sent      with the last one: hash in the journal, entry in the outbox
 *     received  the peer's receipt
 *     recalled  called back; erased: the peer's receipt says that it has
 *
 * A correction is a release that says which releases it replaces.  Its entry is of a kind of its
 * own, which a holder applies before all that came with it; what rests on the facts is flagged
 * there (desk/basis.h).
 *
 * Documents: "draft", "consent", "release" (ours), "given" (what a peer knows),
 * "release-in" (theirs), "recalled" (theirs, for ever).  The receiver checks everything
 * anew: agreement, both officers' signatures by the keys that stand in the agreement, the
 * closed set, ratings and labels, owners; it takes the whole release or nothing.
 */
#ifndef ENT_DESK_RELEASE_H
#define ENT_DESK_RELEASE_H

#include "desk/gate.h"

typedef struct desk_draft_request {
    const char *peer;
    ent_str purpose;
    const ent_str *ids;
    size_t id_count;
    const char *const *fields;
    size_t field_count;
    const ent_str *evidence; /* hashes of attached files that go with it */
    size_t evidence_count;
    const ent_str *named; /* for these persons at the peer only (desk/named.h) */
    size_t named_count;
    ent_str tearline;
    const char *drafter;
    /* Of a correction (desk/trace.h): what it replaces, and why. */
    const ent_str *corrects;
    size_t correct_count;
    ent_str reason;
    ent_str ground;          /* of an emergency (desk/emergency.h) */
    const desk_third *third; /* of a grant (desk/onward.h): for whom */
    const ent_str *grants;   /* requests to owners that were granted; `ids` may then be none */
    size_t grant_count;
} desk_draft_request;

/* What stands and what is missing. */
typedef struct desk_draft_state {
    ent_str id;
    const char *state; /* waiting, sent, changed */
    ent_str approvals[8];
    size_t approval_count;
    ent_str missing[8 + POLICY_LIST]; /* "disclosure", "legal", "consent of X" */
    size_t missing_count;
} desk_draft_state;

/* Inside a transaction, all of them.  Codes of desk_gate. */
ENT_MUST_USE ent_code desk_release_draft(desk *d, ent_arena *arena,
                                         const desk_draft_request *request,
                                         desk_gate_result *result, desk_draft_state *state,
                                         ent_err *err);

/* DENIED  wrong role, the drafter, the same person again, or what policy says now
 * A draft whose records have changed since it was drafted is drafted anew without
 * approvals: state "changed". */
ENT_MUST_USE ent_code desk_release_approve(desk *d, ent_arena *arena, ent_str draft,
                                           const desk_officer *officer, desk_draft_state *state,
                                           ent_err *err);

/* A draft as whoever is to approve it sees it. */
typedef struct desk_draft_look {
    ent_str id, state; /* open, sent */
    ent_str peer, purpose, drafter, drafted, tearline;
    ent_json named;    /* the persons it is for, or none */
    ent_str statement; /* what was drafted; its bytes are what is signed */
    desk_gate_result result;
    desk_draft_state stands;
    bool changed;    /* the records say something else by now */
    ent_str refused; /* why it could not leave any more; .ptr NULL */
} desk_draft_look;

/* Puts an open draft to the gate anew; changes nothing. */
ENT_MUST_USE ent_code desk_release_look(desk *d, ent_arena *arena, ent_str draft,
                                        desk_draft_look *look, ent_err *err);

/* The ids of drafts in this state (NULL: any), in the order they were drafted. */
ENT_MUST_USE ent_code desk_release_drafts(desk *d, ent_arena *arena, const char *state,
                                          ent_str **ids, size_t *count, ent_err *err);

/* An officer puts down that `originator` has consented to this draft as it is. */
ENT_MUST_USE ent_code desk_consent_add(desk *d, ent_arena *arena, ent_str draft, ent_str originator,
                                       ent_str note, const desk_officer *officer,
                                       desk_draft_state *state, ent_err *err);

/* Calls a release back, and with it what corrected it.  One disclosure or legal officer
 * suffices: it only takes away. */
ENT_MUST_USE ent_code desk_release_recall(desk *d, ent_arena *arena, ent_str release,
                                          ent_str reason, const desk_officer *officer,
                                          ent_err *err);

/* Both directions as JSON objects; `peer` NULL: all. */
ENT_MUST_USE ent_code desk_release_list(desk *d, ent_arena *arena, const char *peer,
                                        ent_json **releases, size_t *count, ent_err *err);

#endif
