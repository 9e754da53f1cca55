/*
 * casework/acknowledge -- what the other side hears of what it said: signed receipts, outcomes.
 *
 *     delivered     by the node, when the entry was applied, with the receiver's time
 *     shown         a person saw it
 *     acknowledged  a person says so, and signs it
 *     reopened      a closed tip has a hit: that there is one, not what
 *     outcome       what became of a tip: one of a closed list, always
 *
 * A receipt names who and when; "acknowledged" has that person's signature under it, which
 * is checked by the key that stands in the agreement.  States only move forwards.
 */
#ifndef ENT_CASEWORK_ACKNOWLEDGE_H
#define ENT_CASEWORK_ACKNOWLEDGE_H

#include "casework/item.h"

/* A person has seen these items; those whose first view it was are told to their sender.
 * Inside a transaction, as all that follow. */
ENT_MUST_USE ent_code casework_shown(desk *d, ent_arena *arena, casework_item *item,
                                     const desk_officer *by, ent_err *err);

/* DENIED   not theirs to acknowledge: it is our own, or legal must see it first
 * CONFLICT it is acknowledged already */
ENT_MUST_USE ent_code casework_acknowledge(desk *d, ent_arena *arena, casework_item *item,
                                           const desk_officer *by, ent_err *err);

/* FORMAT: no outcome of the list.  `note` is for own users only; `said` for the sender. */
ENT_MUST_USE ent_code casework_outcome(desk *d, ent_arena *arena, casework_item *item,
                                       ent_str outcome, ent_str note, const desk_officer *by,
                                       ent_err *err);
/* The list. */
const char *const *casework_outcomes(void);

/* A closed tip has hits: it is open again. */
ENT_MUST_USE ent_code casework_reopen(desk *d, ent_arena *arena, casework_item *item,
                                      const ent_str *hits, size_t count, bool tell, ent_err *err);

/* Tells a sender that an item arrived. */
ENT_MUST_USE ent_code casework_delivered(desk *d, ent_arena *arena, const casework_item *item,
                                         ent_err *err);

/* A person's reading of what was said, beside it: it replaces nothing. */
ENT_MUST_USE ent_code casework_reading(desk *d, ent_arena *arena, casework_item *item, ent_str name,
                                       ent_str birth, const ent_str *keys, size_t key_count,
                                       ent_str by, ent_err *err);

ent_code casework_acknowledgement_receive(desk *d, ent_arena *arena, const char *peer,
                                          const link_entry *entry, ent_span body, ent_err *err);
ent_code casework_outcome_receive(desk *d, ent_arena *arena, const char *peer,
                                  const link_entry *entry, ent_span body, ent_err *err);

#endif
