/*
 * desk/retention -- may this be kept longer, and what is purged today?
 *
 * An extension of an own object's last day is drafted with a reason and stands when two
 * officers, neither of them its drafter, have put their signatures under it (law 6).  The
 * owner alone extends: what a peer released ends when its terms say so.  Document
 * "extension": the statement, who approved, and the state, waiting or done.  What is due and held by an open match or case waits for such
 * a decision or a purge by a person (holdings/retention.h).
 */
#ifndef ENT_DESK_RETENTION_H
#define ENT_DESK_RETENTION_H

#include "desk/desk.h"

typedef struct desk_extension {
    ent_str id; /* of the extension */
    ent_str object, until, reason, drafter;
    ent_str state;
    size_t approvals; /* of two */
} desk_extension;

/* Inside a transaction, all of them.  Codes of holdings_retention_check; USAGE: no reason. */
ENT_MUST_USE ent_code desk_extension_draft(desk *d, ent_arena *arena, ent_str object, ent_str until,
                                           ent_str reason, const char *drafter,
                                           desk_extension *extension, ent_err *err);

/* NOT_FOUND  no such extension waits
 * DENIED     wrong role, the drafter, or the same person again
 * others     the object can no longer be extended so: those of holdings_retention_check */
ENT_MUST_USE ent_code desk_extension_approve(desk *d, ent_arena *arena, ent_str id,
                                             const desk_officer *officer, desk_extension *extension,
                                             ent_err *err);

ENT_MUST_USE ent_code desk_extension_list(desk *d, ent_arena *arena, desk_extension **extensions,
                                          size_t *count, ent_err *err);

/* What the clock does: purges what is due and nothing holds.  *next: when to come again. */
ENT_MUST_USE ent_code desk_retention_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

#endif
