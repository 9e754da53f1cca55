/*
 * joint/field -- the holdings as a hypothesis may look at them.
 *
 * Own and received records, without what the owner may never confirm: what is not to be
 * disclosed, and what is held for other purposes.  Two records of which two officers said that
 * they are one person are a step apart, as in a path (persons/ties.h).  A field is the part of it
 * that lies within the steps of a question, as a graph (holdings/reach.h), so that a question
 * costs what is near its targets and what both sides know, not what is held.
 */
#ifndef ENT_JOINT_FIELD_H
#define ENT_JOINT_FIELD_H

#include "base/json.h"
#include "desk/agreement.h"
#include "graph/graph.h"

/* For what, and for whom: `peer` asks under `terms`, or both are NULL for own users. */
typedef struct joint_view {
    desk *d;
    const desk_terms *terms;
    ent_str purpose;
} joint_view;

/* Reads a row into the scratch arena, which is emptied first.  *seen false: erased, held back,
 * revoked, or not to be looked at. */
ENT_MUST_USE ent_code joint_view_read(const joint_view *view, ent_arena *scratch,
                                      const store_row *row, ent_json *object, policy_label *label,
                                      bool *seen, ent_err *err);

/* May this own record be in an answer?  An individual that may be found for this purpose: no
 * witness, victim, minor, silent or unmarked record. */
bool joint_view_person(const joint_view *view, ent_json object, const policy_label *label);

/* Is such a record held, of `owner` (NULL: whoever), or one with this key? */
ENT_MUST_USE ent_code joint_view_holds(const joint_view *view, const char *owner, ent_str id,
                                       bool *holds, ent_err *err);
ENT_MUST_USE ent_code joint_view_shows(const joint_view *view, ent_str key, bool *shows,
                                       ent_err *err);

typedef struct joint_field {
    graph *g;
    graph_link *joins; /* of records that are one person, by what people here said */
    size_t join_count;
} joint_field;

/* What is within `cap` steps of `starts`. */
ENT_MUST_USE ent_code joint_field_load(const joint_view *view, ent_arena *arena,
                                       const graph_start *starts, size_t count, unsigned cap,
                                       joint_field *field, ent_err *err);

/* The statement by which a step of a path joins two records; none for any other step. */
ent_str joint_field_join(const joint_field *field, const graph_step *step);

/* Fewest steps of a record; GRAPH_FAR if it is not within them. */
unsigned joint_field_steps(const joint_field *field, const uint8_t *steps, ent_str id);

#endif
