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
ent_code desk_match_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err);
ent_code desk_standing_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_span body, ent_err *err);
ent_code desk_release_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

ent_code desk_recall_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                             ent_span body, ent_err *err);
ent_code desk_suspension_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_err *err);
ent_code desk_receipt_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

/* Writes down that an entry was refused, and why. */
ent_code desk_refusal_note(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                           const char *why, ent_err *err);

#endif
