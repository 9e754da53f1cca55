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

/* In the arena, sealed.  What `pick` leaves out is not gone through; `more` (or NULL) sees the
 * graph before it is sealed.  `cap` < GRAPH_FAR. */
ENT_MUST_USE ent_code holdings_reach(store *s, ent_arena *arena, ent_str self,
                                     const uint8_t seed[16], holdings_pick pick, void *arg,
                                     holdings_more more, void *more_arg, const graph_start *starts,
                                     size_t count, unsigned cap, graph **g, ent_err *err);

#endif
