/*
 * persons/record -- a held identity as names and resolve compare it.
 *
 * Names and birth dates are the object's own; documents also come from the identity
 * documents that a relationship ties to it and from its match keys.  Protected is who must
 * not be joined by anybody: witness, victim, minor, and what is never disclosed.  A
 * document that its holder has lost is no evidence that its user is the holder.
 */
#ifndef ENT_PERSONS_RECORD_H
#define ENT_PERSONS_RECORD_H

#include "desk/desk.h"
#include "policy/label.h"
#include "resolve/candidates.h"

typedef struct persons_record {
    ent_str id, owner;
    ent_json object;
    policy_label label;
    names_record names;
    resolve_record resolve;
} persons_record;

/* NOT_FOUND  it is not held, or was erased
 * FORMAT     it is no identity, or has no name and nothing else to be known by */
ENT_MUST_USE ent_code persons_record_load(desk *d, ent_arena *arena, ent_str id,
                                          persons_record *record, ent_err *err);

/* The record made of one object as it is (what a peer knows of it). */
ENT_MUST_USE ent_code persons_record_of(ent_arena *arena, ent_json object, persons_record *record,
                                        ent_err *err);

#endif
