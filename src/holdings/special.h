/*
 * holdings/special -- what of an object of STIX is held of nobody?
 *
 * Religion, ethnicity and political opinion (formats/special.def) are left out of records when a
 * file is read; an object that comes in as STIX can carry them as well, in properties of its
 * maker's own or in an extension.  Of objects that are about a person, or of a type that nobody
 * knows, such members are left out before anything is held, and counted.  Every other byte of
 * their values stays, and an object without such a member is not touched at all.
 *
 * The specification says that only its maker may make a version of an object; what is held here
 * under its id is then less than its maker's.  Nothing of it is passed on under that id but
 * what a release lists (desk/projection.def).  Pure.
 */
#ifndef ENT_HOLDINGS_SPECIAL_H
#define ENT_HOLDINGS_SPECIAL_H

#include "base/json.h"

/* *cut: how many members were left out; 0: *object is what it was, else a new one in the arena. */
ENT_MUST_USE ent_code holdings_special_cut(ent_arena *arena, ent_json *object, size_t *cut,
                                           ent_err *err);

#endif
