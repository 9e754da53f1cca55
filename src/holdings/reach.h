/*
 * holdings/reach -- the part of the holdings that lies within some steps of some beginnings.
 *
 * As a graph (graph/graph.h), from which distances within `cap` steps come out as they would
 * of all that is held (holdings/ties.h): every record within reach is in it, with its evidential
 * links and all who share its keys.  Links that are no evidence may be missing.  Reads by the
 * store's indexes, record by record: the cost is what is within reach and what is linked to it,
 * not what is held.
 */
#ifndef ENT_HOLDINGS_REACH_H
#define ENT_HOLDINGS_REACH_H

#include "holdings/ties.h"

/* From where, how far, and over what. */
typedef struct holdings_within {
    const graph_start *starts;
    size_t start_count;
    unsigned cap;       /* < GRAPH_FAR */
    holdings_pick pick; /* what it leaves out is not gone through; or NULL */
    void *pick_arg;
    holdings_more more; /* sees the graph of what is held before it is sealed; or NULL */
    void *more_arg;
    const graph_link *said; /* ties that are evidence and that no record states */
    size_t said_count;
} holdings_within;

/* In the arena, sealed. */
ENT_MUST_USE ent_code holdings_reach(store *s, ent_arena *arena, ent_str self,
                                     const uint8_t seed[16], const holdings_within *within,
                                     graph **g, ent_err *err);

#endif
