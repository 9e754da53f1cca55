/*
 * joint/repeat -- may we repeat these facts of yours to an outsider?
 *
 * What was received may not be passed on without its owner.  Before a message to an outsider
 * (a state that is no party) repeats facts, their owner is asked, fact by fact; the owner
 * grants some, all or none, and only those granted are listed as what may be repeated.  The
 * ids are those by which the asker knows the facts, released by that owner.
 *
 * Documents: "repeat" (ours), "repeat-in" (theirs).
 */
#ifndef ENT_JOINT_REPEAT_H
#define ENT_JOINT_REPEAT_H

#include "desk/desk.h"

typedef struct joint_repeat {
    ent_str id, peer, state; /* asked, answered */
    bool ours;               /* we asked */
    ent_str outsider, purpose;
    ent_json asked, granted; /* ids */
    ent_str by;              /* who answered, at the owner */
} joint_repeat;

/* Inside a transaction.  NOT_FOUND: an id that `owner` has not released to us.  DENIED */
ENT_MUST_USE ent_code joint_repeat_ask(desk *d, ent_arena *arena, const char *owner,
                                       ent_str outsider, ent_str purpose, const ent_str *ids,
                                       size_t count, char id[37], ent_err *err);

/* Grants these of what was asked; none of them refuses all. */
ENT_MUST_USE ent_code joint_repeat_answer(desk *d, ent_arena *arena, ent_str id,
                                          const ent_str *granted, size_t count, ent_str by,
                                          ent_err *err);

ENT_MUST_USE ent_code joint_repeat_list(desk *d, ent_arena *arena, joint_repeat **list,
                                        size_t *count, ent_err *err);

#endif
