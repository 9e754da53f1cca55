/*
 * desk/onward -- a fact of somebody else goes on to a third node, and only as its owner says.
 *
 *     ask      who holds the fact asks its owner: may these go to C, for this purpose?
 *     grant    the owner projects them for C as for any release; two of its officers approve
 *              and its node signs.  Or it refuses, in one word
 *     release  who asked puts the grant into a release of its own for C, which two of its own
 *              officers approve: law 6 holds at both
 *     C        checks the owner's signature over exactly these bytes, and holds them as the
 *              owner's, under the ids that they have by every other route
 *
 * A grant is for one recipient, one purpose, one carrier, and ends.  When the owner recalls what
 * it gave the carrier, or the grant itself, the carrier's node calls its own release back
 * from C at once and passes C's word of the erasure on; C hears it from the owner as well, if they
 * are peers, for the carrier may be away.  A correction goes by the carrier, signed by the owner
 * for C.  No person of the carrier can hold up either.
 *
 * Documents: "onward-out" (asked by us), "onward-in" (asked of us), both by the request's id.
 */
#ifndef ENT_DESK_ONWARD_H
#define ENT_DESK_ONWARD_H

#include "desk/release.h"

typedef struct desk_onward_request {
    const ent_str *ids; /* of one owner */
    size_t id_count;
    const char *to; /* a peer of ours */
    ent_str purpose, reason;
    const char *by;
} desk_onward_request;

/* Inside a transaction, all that change something.
 * NOT_FOUND  an id is not held
 * DENIED     it is our own, they have different owners, or policy would not pass it on even with
 *            the owner's consent: names the rule */
ENT_MUST_USE ent_code desk_onward_ask(desk *d, ent_arena *arena, const desk_onward_request *request,
                                      char id[37], ent_err *err);

/* Drafts the grant that a peer asks for, to end with the day `until` (YYYY-MM-DD): a draft like any
 * other, approved by desk_release_approve; with the last approval it is granted. */
ENT_MUST_USE ent_code desk_onward_draft(desk *d, ent_arena *arena, ent_str request, ent_str until,
                                        const char *drafter, desk_gate_result *result,
                                        desk_draft_state *state, ent_err *err);

/* One officer refuses.  The reason stays here. */
ENT_MUST_USE ent_code desk_onward_refuse(desk *d, ent_arena *arena, ent_str request, ent_str reason,
                                         const desk_officer *officer, ent_err *err);

/* Takes back a grant: whoever carried it calls it back.  One officer suffices. */
ENT_MUST_USE ent_code desk_onward_withdraw(desk *d, ent_arena *arena, ent_str request,
                                           ent_str reason, const desk_officer *officer,
                                           ent_err *err);

/* What was granted of an own object, and its newer version now: drafts of grants that replace
 * it, to be approved like the first.  Their ids are in `made`. */
ENT_MUST_USE ent_code desk_onward_correct(desk *d, ent_arena *arena, ent_str object, ent_str reason,
                                          const char *by, ent_str **made, size_t *count,
                                          ent_err *err);

/* Both directions as JSON objects. */
ENT_MUST_USE ent_code desk_onward_list(desk *d, ent_arena *arena, ent_json **requests,
                                       size_t *count, ent_err *err);

#endif
