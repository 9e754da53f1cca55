/*
 * graph/components -- which records hang together, over these records, links and keys only?
 *
 * The rule says which records take part and which keys join them; of links only evidence
 * does, between two records that take part.  A key that may pass from hand to hand joins
 * those of a group that are valid on one day, as in a path.  Nothing is kept: what is
 * withdrawn is gone from the next answer.  Pure; linear in the graph.
 */
#ifndef ENT_GRAPH_COMPONENTS_H
#define ENT_GRAPH_COMPONENTS_H

#include "graph/graph.h"

typedef struct graph_rule {
    bool (*member)(ent_str id);
    bool (*joins)(ent_str key);
} graph_rule;

/* For each record the first record of its component, or GRAPH_NOBODY if it takes no part. */
ENT_MUST_USE ent_code graph_components(const graph *g, ent_arena *arena, const graph_rule *rule,
                                       uint32_t **of, ent_err *err);

/* The keys of a record, in the arena. */
ENT_MUST_USE ent_code graph_keys_of(const graph *g, ent_arena *arena, uint32_t record,
                                    ent_str **keys, size_t *count, ent_err *err);

#endif
