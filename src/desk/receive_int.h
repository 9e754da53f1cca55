/* desk/receive (private) -- one receiver for each kind of entry (link/kinds.def).
 *
 * A receiver runs inside the transaction that moves the link's position, behind a mark:
 * when it refuses, what it wrote is undone, and only the note of the refusal stays. */
#ifndef ENT_DESK_RECEIVE_INT_H
#define ENT_DESK_RECEIVE_INT_H

#include "desk/desk.h"

typedef ent_code (*desk_receiver)(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err);

ent_code desk_agreement_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err);
ent_code desk_signature_receive(desk *d, ent_arena *arena, const char *peer,
                                const link_entry *entry, ent_span body, ent_err *err);
ent_code desk_suspend_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);
ent_code desk_match_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err);
ent_code desk_release_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

ent_code desk_recall_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                             ent_span body, ent_err *err);
ent_code desk_receipt_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err);

/* Writes down that an entry was refused, and why. */
ent_code desk_refusal_note(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                           const char *why, ent_err *err);

#endif
