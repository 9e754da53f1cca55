/*
 * persons/doubt -- links by which somebody says that two are one, where they must not count.
 *
 * A partner may state "same person" as a link of its own, and so may a record of ours: nobody
 * of ours has confirmed it, and it is evidence if it says so.  What two people here said, what
 * somebody here said is never the same, who is protected and whose document was stolen are
 * stronger: such a link is taken as one more join behind all of those (own links first, then in
 * the order of arrival).  If it would bring together two who are never the same, directly or by
 * way of others, it stays in the graph and is no evidence.
 */
#ifndef ENT_PERSONS_DOUBT_H
#define ENT_PERSONS_DOUBT_H

#include "desk/desk.h"
#include "graph/graph.h"

/* Of a graph that is not sealed and has all that is held. */
ENT_MUST_USE ent_code persons_doubt(desk *d, ent_arena *arena, graph *g, ent_err *err);

/* Of a part of it: links that are not in it count as well, up to PERSONS_DOUBT_RECORDS records
 * that are said to be one; beyond these nothing is evidence that was not looked at. */
#define PERSONS_DOUBT_RECORDS 20000
ENT_MUST_USE ent_code persons_doubt_part(desk *d, ent_arena *arena, graph *g, ent_err *err);

#endif
