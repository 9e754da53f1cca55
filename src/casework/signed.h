/*
 * casework/signed -- words that leave when two officers have signed them, and not before.
 *
 * An answer, the text of a tip, the exemption of a person who was taken for another: each is
 * a statement (canonical JSON that names its agreement) which waits in a document until two
 * disclosure or legal officers have signed it, neither of them its drafter [law 6].  The body
 * of the entry is {"approvals","statement"}; the receiver checks both signatures by the keys
 * that stand in the agreement.  What comes from peers is hostile.
 */
#ifndef ENT_CASEWORK_SIGNED_H
#define ENT_CASEWORK_SIGNED_H

#include "desk/work.h"

typedef struct casework_signed {
    const char *kind; /* of the document in which it waits: "answer-draft" */
    const char *what; /* what is signed (link/approval.h): "answer" */
    ent_str id, peer;
    ent_str drafter, statement;
    ent_json approvals; /* [{"officer","signature"}] */
    ent_str officers[8];
    size_t count;
    ent_str body; /* of the entry, once there are two */
} casework_signed;

/* Inside a transaction, all that write.  CONFLICT: one waits under this id already. */
ENT_MUST_USE ent_code casework_signed_draft(desk *d, ent_arena *arena, const casework_signed *s,
                                            ent_err *err);

/* What waits under `id`; kind and what are taken from `s`.  NOT_FOUND */
ENT_MUST_USE ent_code casework_signed_load(desk *d, ent_arena *arena, ent_str id,
                                           casework_signed *s, ent_err *err);

/* One officer signs; with the second the document is gone and s->body is to be said.
 * DENIED  the drafter, a wrong role, the same person again [law 6] */
ENT_MUST_USE ent_code casework_signed_approve(desk *d, ent_arena *arena, casework_signed *s,
                                              const desk_officer *by, ent_err *err);

/* Reads what a peer said: *said is the statement, whose text is *text.
 * FORMAT; DENIED: no agreement in force with this peer; UNTRUSTED: not two officers of it */
ENT_MUST_USE ent_code casework_signed_read(desk *d, ent_arena *arena, const char *what,
                                           const char *where, const char *peer, ent_json body,
                                           ent_json *said, ent_str *text, ent_err *err);

#endif
