/*
 * desk/agreement -- what may flow between whom, for which purpose, until when.
 *
 * A proposal is one canonical statement (RFC 8785) that names the parties by their
 * identity keys.  Each party accepts it with a statement of its own, which names the
 * proposal by its hash and lists the public keys of the party's officers; two officers
 * approve that acceptance (not the drafter), and the node signs it.  A signature
 * carries the proposal along, so it does not matter which link is faster.  In force
 * when every party's signature is there, within its dates, and nobody has suspended it.
 * A party without a node (node/readers.h) signs on paper, if at all: our own side's two
 * officers bind us alone, and nothing can flow under it but what we release.
 * Nothing else on a link is done without an agreement in force, at either end.
 *
 * What comes from peers is hostile; what is refused leaves no trace.
 */
#ifndef ENT_DESK_AGREEMENT_H
#define ENT_DESK_AGREEMENT_H

#include "desk/desk.h"
#include "policy/agreement.h"

typedef struct desk_party {
    ent_str code, name;
    uint8_t identity[32]; /* or the pin of its certificate: it has no node and signs nothing */
    bool reads;           /* that is so */
    bool signed_;         /* its signature is here and holds */
    ent_str acceptance;   /* canonical text; lists its officers */
} desk_party;

typedef struct desk_agreement {
    ent_str id, name, proposer, drafter;
    ent_str statement; /* canonical text */
    ent_json terms;    /* in it */
    policy_agreement agreed;
    ent_str state; /* proposed, signed (by us), complete, suspended */
    ent_time time;
    desk_party parties[16];
    size_t party_count;
    ent_json own; /* our approvals so far: {"acceptance","approvals":[...]} or none */
    ent_json json;
    bool in_force;
    const char *why_not; /* the clause that keeps it from being in force */
} desk_agreement;

#define MATCH_KINDS 16 /* at least the rows of psi/keyform.def */

/* Terms for one flow with one peer. */
typedef struct desk_terms {
    policy_terms policy;
    ent_str peer; /* its code, borrowed from who asked */
    int64_t keys_per_day, set_max, set_min;
    int64_t kind_per_day[MATCH_KINDS]; /* by the number of the kind (psi/keyform.h) */
    bool fast_experimental, graded_names;
    int64_t retention_months;
    ent_str onward;
    const char *why_not; /* why nothing is in force, for own users */
} desk_terms;

/* What `text` (agreement file) proposes, to all of `peers`; `drafter` proposes.  Inside a
 * transaction.  FORMAT names the member; NOT_FOUND, DENIED: a peer is not linked. */
ENT_MUST_USE ent_code desk_agreement_propose(desk *d, ent_arena *arena, ent_str text,
                                             const char *const *peers, size_t count,
                                             const char *drafter, char id[37], ent_err *err);

/* One officer approves; with the second the node signs and tells the parties.  *count is
 * the number of approvals, *done whether the node has signed.  Inside a transaction.
 * DENIED  wrong role, the drafter, or the same person again [law 6] */
ENT_MUST_USE ent_code desk_agreement_approve(desk *d, ent_arena *arena, ent_str id,
                                             const desk_officer *officer, int *count, bool *done,
                                             ent_err *err);

/* One officer suffices: it only forbids.  Final; a new agreement is needed.  Inside a transaction. */
ENT_MUST_USE ent_code desk_agreement_suspend(desk *d, ent_arena *arena, ent_str id,
                                             const desk_officer *officer, ent_str reason,
                                             ent_err *err);

ENT_MUST_USE ent_code desk_agreement_get(desk *d, ent_arena *arena, ent_str id,
                                         desk_agreement *agreement, ent_err *err);
ENT_MUST_USE ent_code desk_agreement_list(desk *d, ent_arena *arena, desk_agreement **agreements,
                                          size_t *count, ent_err *err);

/* The terms of an agreement as far as `peer` is concerned. */
void desk_agreement_terms(const desk *d, const desk_agreement *agreement, const char *peer,
                          desk_terms *terms);

/* The agreement that lets `action` flow with `peer` for `purpose`; if there is none, the
 * nearest, with `why_not`.  *found false: no agreement names this peer at all. */
ENT_MUST_USE ent_code desk_terms_find(desk *d, ent_arena *arena, const char *peer,
                                      policy_action action, ent_str purpose, desk_terms *terms,
                                      bool *found, ent_err *err);

/* Do `needed` (one or two) different officers of `party`, who may release, stand behind `statement`?
 * `approvals`: [{"officer","signature"}]; `what` as in link/approval.h.  UNTRUSTED if not. */
ENT_MUST_USE ent_code desk_officers_check(ent_arena *arena, const desk_party *party,
                                          const char *what, size_t needed, ent_str statement,
                                          ent_json approvals, ent_err *err);

const desk_party *desk_agreement_party(const desk_agreement *agreement, ent_str code);

#endif
