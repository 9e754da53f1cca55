/*
 * persons/maker -- which traces, devices and incidents point to one unknown hand?
 *
 * Two laboratories that give one reference have compared: equal references (sig: keys) join
 * signatures, and evidence joins a signature to the device on which it was found.  What hangs
 * together so is an unknown maker.  Incidents belong to it by its devices and signatures, and
 * persons to whom a signature is attributed are named beside it; neither joins two makers, for
 * many hands are at one incident.  Nothing is stored: a comparison that is withdrawn, recalled
 * or erased is not in the next answer, and the cluster falls apart as it grew.
 *
 * Pure, over the graph of what is held (persons/ties.h).
 */
#ifndef ENT_PERSONS_MAKER_H
#define ENT_PERSONS_MAKER_H

#include "graph/graph.h"

typedef struct persons_maker {
    ent_str *signatures; /* records */
    ent_str *references; /* their sig: keys, each once */
    ent_str *devices, *incidents, *persons;
    ent_str *owners; /* of the signatures and devices, each once */
    size_t signature_count, reference_count, device_count, incident_count, person_count,
        owner_count;
} persons_maker;

/* Those that have at least two devices or incidents, the largest first. */
ENT_MUST_USE ent_code persons_makers(const graph *g, ent_arena *arena, persons_maker **makers,
                                     size_t *count, ent_err *err);

#endif
