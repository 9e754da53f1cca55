/*
 * policy/projection -- which parts of an object may go?
 *
 * The label of a property is the object's, with what the granular markings say whose
 * selectors reach it, into it or above it (STIX 2.1 s7.2.3).  Each property is decided by
 * itself.  What may not go is taken away whole: no placeholder, no shifted index.  If a
 * property that the object cannot do without stays, nothing goes; so too if the handling
 * extension stays, for content does not go without its evaluation.  A selector that selects
 * nothing marks something unknown: then nothing goes.
 *
 * Not here: references to what the recipient does not have, ids, bytes (desk/project.h).
 */
#ifndef ENT_POLICY_PROJECTION_H
#define ENT_POLICY_PROJECTION_H

#include "policy/decide.h"

typedef struct policy_part {
    ent_str name; /* of the property */
    policy_decision decision;
} policy_part;

typedef struct policy_projection {
    bool goes;          /* does anything? */
    ent_str stays_for;  /* the property that keeps all of it back; none: goes, or the object does */
    policy_part *parts; /* every property of the object, in its order */
    size_t count;
    policy_label label; /* of what goes, combined */
} policy_projection;

/* Decides each property of `object` by `question`, whose label is not looked at.  `required`:
 * names the object cannot do without besides type, id, spec_version, created and modified,
 * with a NULL behind the last.  In the arena.
 *
 * FORMAT  the label cannot be read; then nothing goes */
ENT_MUST_USE ent_code policy_project(ent_arena *arena, ent_json object, ent_json sidecar,
                                     const ent_json *definitions, size_t count,
                                     const policy_question *question, const char *const *required,
                                     policy_projection *projection, ent_err *err);

#endif
