/*
 * joint/field -- the holdings as a hypothesis may look at them.
 *
 * Everything that is held, own and received, as a graph (holdings/ties.h), without what the
 * owner may never confirm: records that are not to be disclosed, and records held for other
 * purposes.  Beside it, which own records are persons that may be in an answer (to be found
 * for this purpose: no witness, victim, minor, silent or unmarked record), which are
 * movements and which are places.
 */
#ifndef ENT_JOINT_FIELD_H
#define ENT_JOINT_FIELD_H

#include "desk/agreement.h"
#include "graph/graph.h"
#include "joint/presence.h"

/* A region as it is asked for: what of it is there. */
typedef struct joint_region {
    ent_str name; /* a name that this node has defined, or none */
    bool circle;
    double lat, lon, km;
    ent_str *ids; /* places by their ids */
    size_t id_count;
} joint_region;

typedef struct joint_place {
    uint32_t record;
    double lat, lon;
    bool where; /* it has coordinates */
} joint_place;

typedef struct joint_field {
    graph *g;
    ent_str self;
    uint8_t *kinds; /* joint_kind, by the graph's numbers; own records only */
    joint_place *places;
    size_t place_count;
} joint_field;

/* As seen for `purpose`; `terms` with the peer that asks, NULL for own users. */
ENT_MUST_USE ent_code joint_field_load(desk *d, ent_arena *arena, const desk_terms *terms,
                                       ent_str purpose, joint_field *field, ent_err *err);

/* The own persons in the region within the window, and how far each is. */
ENT_MUST_USE ent_code joint_field_present(desk *d, ent_arena *arena, const joint_field *field,
                                          const joint_region *region, ent_days window,
                                          uint32_t **persons, size_t *count, ent_err *err);

/* Defines a named region by own places; with no place it is defined and empty. */
ENT_MUST_USE ent_code joint_region_put(desk *d, ent_arena *arena, ent_str name, const ent_str *ids,
                                       size_t count, ent_err *err);

/* Kilometres along the earth. */
double joint_distance_km(double lat_a, double lon_a, double lat_b, double lon_b);

#endif
