/* desk/gate_label (private) -- the label of a held object, as the gate reads it: with the marking
 * definitions that it refers to, for its parts one by one, and for a link without a label of its
 * own from both its ends. */
#ifndef ENT_DESK_GATE_LABEL_INT_H
#define ENT_DESK_GATE_LABEL_INT_H

#include "desk/desk.h"
#include "policy/projection.h"

typedef struct desk_marked {
    ent_json object, sidecar;
    ent_json *definitions; /* of markings, as far as they are held */
    size_t definition_count;
    policy_label label; /* that every part of it has */
} desk_marked;

/* FORMAT  the label cannot be read; then it refuses */
ENT_MUST_USE ent_code desk_marked_read(desk *d, ent_arena *arena, const store_row *row,
                                       desk_marked *marked, ent_err *err);

/* Which of its properties may go (policy/projection.h). */
ENT_MUST_USE ent_code desk_marked_project(ent_arena *arena, const desk_marked *marked,
                                          const policy_question *question,
                                          policy_projection *projection, ent_err *err);

/* The label of the whole, with what is marked in it. */
ENT_MUST_USE ent_code desk_marked_label(ent_arena *arena, const desk_marked *marked,
                                        policy_label *label, ent_err *err);

#endif
