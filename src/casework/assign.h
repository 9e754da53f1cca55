/*
 * casework/assign -- it is your turn: said by a person, not by the clock.
 *
 * An item has one owner here or nobody.  Somebody may hand it to a colleague, or to the next
 * on duty, which is what the clock does when nobody has acknowledged in time (due.h).  It is
 * an event of the item and a notice to the new owner; the other side hears nothing of it.
 */
#ifndef ENT_CASEWORK_ASSIGN_H
#define ENT_CASEWORK_ASSIGN_H

#include "casework/item.h"

/* `to` .ptr NULL: the next on duty after the present owner.  Inside a transaction.
 * CONFLICT   it is one of our own, or closed
 * NOT_FOUND  nobody is next: no duty is set
 * DENIED     the subject is for the legal officer first */
ENT_MUST_USE ent_code casework_assign(desk *d, ent_arena *arena, casework_item *item, ent_str to,
                                      ent_str note, const desk_officer *by, ent_err *err);

#endif
