/* desk/receive (private) -- this module's receivers, one for each kind of entry. */
#ifndef ENT_DESK_RECEIVE_INT_H
#define ENT_DESK_RECEIVE_INT_H

#include "desk/desk.h"

ent_code desk_agreement_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err);
ent_code desk_signature_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err);
ent_code desk_suspend_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);
ent_code desk_release_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

/* A release or a correction, whole. */
ent_code desk_release_take(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                           ent_span body, ent_err *err);

/* Facts of `owner` as they come from outside: each is of a known type with a whole label for this
 * purpose and nobody else's, none is there twice, and nothing refers to what we do not know
 * of the owner's. */
ent_code desk_facts_check(desk *d, ent_arena *arena, const char *owner, ent_json objects,
                          ent_str purpose, ent_err *err);

/* Is everything that the statement of a release refers to in it, or known here? */
ent_code desk_release_closed(desk *d, ent_arena *arena, const char *peer, ent_json statement,
                             bool *closed, ent_err *err);

ent_code desk_correction_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_err *err);
/* Did the correction at this place wait for it?  Then it waits no longer. */
ent_code desk_correction_waits(desk *d, ent_arena *arena, const char *peer, uint64_t seq,
                               bool *waits, ent_err *err);
/* A correction of the peer's for which nothing is missing any more; it waits no longer. */
ent_code desk_correction_next(desk *d, ent_arena *arena, const char *peer, link_entry *entry,
                              ent_span *body, bool *found, ent_err *err);

ent_code desk_evidence_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_span body, ent_err *err);
ent_code desk_recall_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                             ent_span body, ent_err *err);
ent_code desk_suspension_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_err *err);
ent_code desk_receipt_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

#endif
