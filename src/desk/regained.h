/*
 * desk/regained -- what went out after the backup from which this store was restored.
 *
 * The log knows of it again (link/regain.h), the store does not: what was released, approved,
 * called back, asked.  Of each such entry there is a note, a document "regained" under the
 * entry's id: its kind, its place and its time, which is all that its header says, and, when
 * the peer's receipt is read again, the release that it carried.  A person works through them.
 *
 *     {"body":BOOL,"entry":ID,"kind":KIND,"seq":N,"time":TIME}, state "lost"
 *     then with "receipt" or "erasure" {"said":RECEIPT,"seq":N}, state as the receipt says,
 *     and with "recall", "recall_entry", "recalled_by", state "recalled"
 */
#ifndef ENT_DESK_REGAINED_H
#define ENT_DESK_REGAINED_H

#include "desk/desk.h"

/* Notes it, and what waited to be said under its id waits no more.  In the caller's transaction;
 * doing it again changes nothing. */
ENT_MUST_USE ent_code desk_regained_note(desk *d, ent_arena *arena, const char *peer,
                                         const link_entry *entry, bool has_body, ent_err *err);

/* A receipt for an entry that the store knows nothing else of; *found: it is one of these. */
ENT_MUST_USE ent_code desk_regained_receipt(desk *d, ent_arena *arena, const char *peer,
                                            ent_json receipt, ent_str text, uint64_t seq,
                                            bool *found, ent_err *err);

/* Calls back a release of which the store knows only this; `by`: who decides.
 * NOT_FOUND  no receipt has named such a release; CONFLICT: it is called back already */
ENT_MUST_USE ent_code desk_regained_recall(desk *d, ent_arena *arena, ent_str release,
                                           ent_str reason, const char *by, ent_err *err);

#endif
