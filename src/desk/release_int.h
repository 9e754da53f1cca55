/* desk/release (private) -- drafts as documents, and sending one. */
#ifndef ENT_DESK_RELEASE_INT_H
#define ENT_DESK_RELEASE_INT_H

#include "desk/release.h"
#include "desk/work.h"

typedef struct desk_draft {
    store_doc doc;
    ent_json json;
    ent_str drafter, statement;
    ent_json approvals; /* [{"officer","role","signature"}] */
} desk_draft;

ENT_MUST_USE ent_code desk_draft_load(desk *d, ent_arena *arena, ent_str id, desk_draft *draft,
                                      ent_err *err);

/* Writes the document of a draft from what the gate made. */
ENT_MUST_USE ent_code desk_draft_save(desk *d, ent_arena *arena, const desk_draft_request *request,
                                      const desk_gate_result *result, ent_str id, ent_str drafted,
                                      ent_str approvals, const char *state, ent_err *err);

/* The request that a draft was made by, with the very same objects. */
ENT_MUST_USE ent_code desk_draft_request_read(ent_arena *arena, const desk_draft *draft,
                                              desk_draft_request *request, ent_err *err);

/* Builds it; `links`: with our links between what the peer then knows. */
ENT_MUST_USE ent_code desk_draft_gate(desk *d, ent_arena *arena, const desk_draft_request *request,
                                      ent_str id, ent_str drafted, bool links,
                                      desk_gate_result *result, ent_err *err);

/* What a draft that the gate has made anew still lacks. */
ENT_MUST_USE ent_code desk_draft_missing(desk *d, ent_arena *arena, const desk_draft *draft,
                                         const desk_gate_result *result, desk_draft_state *state,
                                         ent_err *err);

/* Decides each object once more, with approvals and consents, and puts the release into
 * the outbox. */
ENT_MUST_USE ent_code desk_draft_send(desk *d, ent_arena *arena, const desk_draft *draft,
                                      const desk_gate_result *result, ent_err *err);

/* Calls a release back, without its corrections.  `by`: who decides; `members`: put into the
 * document besides, or .ptr NULL. */
ENT_MUST_USE ent_code desk_release_call_back(desk *d, ent_arena *arena, store_doc *release,
                                             ent_str reason, const char *by, ent_str members,
                                             ent_err *err);

/* What a recall says. */
ENT_MUST_USE ent_code desk_recall_body(ent_arena *arena, ent_str release, ent_str reason,
                                       ent_str *body, ent_err *err);

/* Is this a role that approves, and a person who has neither drafted nor approved it?  DENIED */
ENT_MUST_USE ent_code desk_draft_may_approve(const desk_draft *draft, const desk_officer *officer,
                                             ent_err *err);

/* The hash that a consent is bound to. */
void desk_statement_hex(ent_str statement, char hex[65]);

/* A receipt for one entry of the peer: {"entry","kind","state",...}. */
ENT_MUST_USE ent_code desk_receipt_say(desk *d, ent_arena *arena, const char *peer,
                                       const char *entry, const char *kind, const char *state,
                                       ent_str release, int64_t objects, ent_err *err);

#endif
