/*
 * joint/message -- words to an outsider, with the facts that their owners let be repeated.
 *
 * What goes to a state that is no party leaves the circle for good: nothing calls it back.
 * So a message is built from facts that each owner granted for this outsider (joint/repeat.h)
 * and from nothing else: one fact that was not granted stops it, as do a person of a protected
 * category and a reference to anything that is not in it.  A disclosure officer approves, then
 * the legal officer, neither of them its drafter; they sign the words and the hash of every
 * fact.  Each fact is judged again when they sign and whenever the message is written out: a
 * recall in between stops it.  The bytes stay with the facts, so that a recall leaves nothing
 * here; the message is then flagged as resting on what was withdrawn (desk/basis.def).
 *
 * Documents: "message-draft" (casework/signed.h), "message" (approved, written).
 */
#ifndef ENT_JOINT_MESSAGE_H
#define ENT_JOINT_MESSAGE_H

#include "joint/outside.h"

typedef struct joint_message {
    ent_str id, state; /* waiting, approved, written */
    ent_str outsider, purpose, text, drafter;
    ent_str statement; /* what is signed */
    ent_json approvals;
    size_t approval_count;
    joint_fact *facts;
    size_t count;
} joint_message;

/* Inside a transaction, all that write.  outsider, purpose, text, drafter and the facts' ids
 * are taken from `m`; its id and statement are made.
 * DENIED names the fact and the rule;  NOT_FOUND: it is not held */
ENT_MUST_USE ent_code joint_message_draft(desk *d, ent_arena *arena, joint_message *m,
                                          ent_err *err);

/* DENIED  not the disclosure officer first and the legal officer then; a fact may go no more */
ENT_MUST_USE ent_code joint_message_approve(desk *d, ent_arena *arena, ent_str id,
                                            const desk_officer *by, joint_message *m, ent_err *err);

/* An approved message with its facts as they are now; it is noted as written.
 * NOT_FOUND: none, or not approved;  DENIED: a fact may go no more */
ENT_MUST_USE ent_code joint_message_write(desk *d, ent_arena *arena, ent_str id, joint_message *m,
                                          ent_err *err);

/* All, without the bytes of their facts. */
ENT_MUST_USE ent_code joint_message_list(desk *d, ent_arena *arena, joint_message **list,
                                         size_t *count, ent_err *err);

#endif
