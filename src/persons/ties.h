/*
 * persons/ties -- the holdings as a graph, with what people say is one person.
 *
 * A confirmed same-person statement that has effect is a link of its own, evidential, with
 * its authors as owner.  A link that somebody stated counts less than that (persons/doubt.h).  Its confidence is 85 (STIX 2.1 appendix A: "High"): two persons
 * stand behind it, and it is still a judgement.  Undoing the statement takes the link away.
 */
#ifndef ENT_PERSONS_TIES_H
#define ENT_PERSONS_TIES_H

#include "desk/desk.h"
#include "graph/graph.h"

#define PERSONS_SAME_CONFIDENCE 85

/* As holdings_graph. */
ENT_MUST_USE ent_code persons_graph(desk *d, ent_arena *arena, const uint8_t seed[16], graph **g,
                                    ent_err *err);

#endif
