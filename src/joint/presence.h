/*
 * joint/presence -- who was there, then?
 *
 * A person was in a region if some link leads from the person to a movement that is to, from
 * or at one of the region's places, or at a place that is located in one of them to any
 * depth, and the movement's validity has a day in common with the window.  Links count
 * whether or not they are evidence: they say where somebody was, not what ties him to
 * anything.  Only what `owner` itself stated counts: nobody answers with others' facts.
 *
 * Pure.  Cost: linear in the links of the places and movements in the region.
 */
#ifndef ENT_JOINT_PRESENCE_H
#define ENT_JOINT_PRESENCE_H

#include "graph/graph.h"

/* What a record of the graph is here. */
typedef enum joint_kind { JOINT_OTHER, JOINT_PERSON, JOINT_MOVEMENT, JOINT_PLACE } joint_kind;

/* `kinds` by the graph's numbers; JOINT_PERSON only for those who may be in an answer.  The
 * persons, each once, in the graph's order of finding. */
ENT_MUST_USE ent_code joint_presence(const graph *g, ent_arena *arena, const uint8_t *kinds,
                                     const uint32_t *places, size_t place_count, ent_days window,
                                     ent_str owner, uint32_t **persons, size_t *count,
                                     ent_err *err);

#endif
