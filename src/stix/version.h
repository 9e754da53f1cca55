/*
 * stix/version -- versions of objects (STIX 2.1 s3.6).
 *
 * A version is (id, modified).  A new version keeps id, type, created and created_by_ref, has a
 * later `modified`, and everything else may change; of an observable with a deterministic id
 * also the contributing properties must stay, or the id would lie.  Revoking is a
 * last version.  Only its creator may make one: whoever else changes an object makes a new
 * one with a new id, which is not done here.
 * The functions write the new object as text and leave what did not change as it was.
 */
#ifndef ENT_STIX_VERSION_H
#define ENT_STIX_VERSION_H

#include "base/buf.h"
#include "base/json.h"

/* `modified`, else `created`, else ENT_STR_NONE (no versions). */
ent_str stix_version_of(ent_json object);

/* -1, 0, 1: which of two versions of one object is older.  An object without a valid time is
 * older than one with. */
int stix_version_compare(ent_json a, ent_json b);

/* "2.0" or "2.1": which version of STIX an object is written in, by what it has. */
const char *stix_spec_version(ent_json object);

/* Writes `object` with the members of `changes` in place of its own (null takes one away) and
 * `modified` set.  `custom`: properties may be added that the specification does not have.
 *
 * DENIED  the type or this object has no versions, it is revoked, or a member may not change
 * FORMAT  `modified` is not later, or a custom property without leave */
ENT_MUST_USE ent_code stix_new_version(ent_arena *arena, ent_json object, ent_json changes,
                                       bool custom, ent_str modified, ent_str *out, ent_err *err);

/* As stix_new_version with "revoked": true. */
ENT_MUST_USE ent_code stix_revoke(ent_arena *arena, ent_json object, ent_str modified, ent_str *out,
                                  ent_err *err);

/* Whether it has a property, or is of a type, that the specification does not have. */
bool stix_is_custom(ent_json object);

/* Writes `object` without its custom properties.  With `modified` it is a new version. */
ENT_MUST_USE ent_code stix_remove_custom(ent_arena *arena, ent_json object, ent_str modified,
                                         ent_str *out, ent_err *err);

#endif
