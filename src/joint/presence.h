/*
 * joint/presence -- who was there, then?
 *
 * A person was in a region if some link leads from the person to a movement that is to, from or
 * at one of the region's places, or at a place that is located in one of them to any depth, and
 * the movement's days (its validity, else the times it states; always, if it says neither) have
 * one in common with the window.  Links count whether or not they are evidence: they say where
 * somebody was, not what ties him to anything.  Only what this node itself stated counts: nobody
 * answers with others' facts.
 *
 * Reads by the store's indexes of places, references and days.  Cost: the links of the region's
 * places are counted, and the movements within the window are read, whatever else is held.
 */
#ifndef ENT_JOINT_PRESENCE_H
#define ENT_JOINT_PRESENCE_H

#include "joint/field.h"

/* A region as it is asked for: what of it is there. */
typedef struct joint_region {
    ent_str name; /* a name that this node has defined, or none */
    bool circle;
    double lat, lon, km;
    ent_str *ids; /* places by their ids */
    size_t id_count;
} joint_region;

/* The own persons in the region within the window that may be in an answer, each once. */
ENT_MUST_USE ent_code joint_presence(const joint_view *view, ent_arena *arena,
                                     const joint_region *region, ent_days window, ent_str **persons,
                                     size_t *count, ent_err *err);

/* Defines a named region by own places; with no place it is defined and empty. */
ENT_MUST_USE ent_code joint_region_put(desk *d, ent_arena *arena, ent_str name, const ent_str *ids,
                                       size_t count, ent_err *err);

#endif
