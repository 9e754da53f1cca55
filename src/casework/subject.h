/*
 * casework/subject -- do we hold something about this subject, and may anything be said of it?
 *
 * For own people and for the node's own caution, never for a peer: what follows from it at
 * the outside is the same as for a subject that nobody holds.
 */
#ifndef ENT_CASEWORK_SUBJECT_H
#define ENT_CASEWORK_SUBJECT_H

#include "casework/item.h"

/* An own record about one of the keys or names of `body` that must not be disclosed, or
 * that is held for purposes without `purpose`: *why names the rule, else NULL. */
ENT_MUST_USE ent_code casework_subject_guarded(desk *d, ent_arena *arena, ent_json body,
                                               ent_str purpose, const char **why, ent_err *err);

/* Looks for records that came since a tip was closed and have a key of it; reopens those
 * tips and tells their senders, if the record may be found by them.  *count: how many. */
ENT_MUST_USE ent_code casework_tripwires(desk *d, ent_arena *arena, size_t *count, ent_err *err);

/* A closed tip goes on asking: its keys are tripwires (match/standing.h) for a year, under the names
 * ID/0, ID/1 ..., unless nothing may be said of its subject.  And takes them up again. */
ENT_MUST_USE ent_code casework_wires_set(desk *d, ent_arena *arena, const casework_item *item,
                                         ent_err *err);
ENT_MUST_USE ent_code casework_wires_drop(desk *d, ent_arena *arena, const casework_item *item,
                                          ent_err *err);

/* Own records that have a key of this item, without those in its list of hits. */
ENT_MUST_USE ent_code casework_subject_records(desk *d, ent_arena *arena, const casework_item *item,
                                               ent_str **ids, size_t *count, ent_err *err);

/* The name keys of a body's subject. */
ENT_MUST_USE ent_code casework_subject_keys(ent_arena *arena, ent_json body, ent_str **keys,
                                            size_t *count, ent_err *err);

#endif
