/*
 * persons/ties -- the holdings as a graph, with what people say is one person.
 *
 * A confirmed same-person statement that has effect is a link of its own, evidential, with
 * its authors as owner.  Its confidence is 85 (STIX 2.1 appendix A: "High"): two persons stand
 * behind it, and it is still a judgement.  Undoing the statement takes the link away.  A link
 * that somebody stated counts less than that (persons/doubt.h).
 */
#ifndef ENT_PERSONS_TIES_H
#define ENT_PERSONS_TIES_H

#include "desk/desk.h"
#include "graph/graph.h"
#include "persons/same.h"

#define PERSONS_SAME_CONFIDENCE 85

/* The joins that have effect, each with its statement as `id` and its authors as owner; with a
 * purpose without those that were said with a partner for another. */
ENT_MUST_USE ent_code persons_joins(desk *d, ent_arena *arena, ent_str purpose, graph_link **joins,
                                    size_t *count, ent_err *err);

/* "DSV/ana, SVB/boris": who stands behind a statement. */
ENT_MUST_USE ent_code persons_authors(ent_arena *arena, const persons_same *same, ent_str *authors,
                                      ent_err *err);

/* As holdings_graph. */
ENT_MUST_USE ent_code persons_graph(desk *d, ent_arena *arena, const uint8_t seed[16], graph **g,
                                    ent_err *err);

#endif
