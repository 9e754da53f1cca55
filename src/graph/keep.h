/*
 * graph/keep -- a sealed graph as bytes that can be searched where they lie.
 *
 * The arrays of a sealed graph, one behind another at offsets that the head names: a file of
 * them, mapped, is a graph again, without reading it.  A search touches the pages that it
 * visits.  The form is that of this program on this machine and is never exchanged; whoever
 * keeps such bytes keeps them as carefully as the holdings they were made of, and keeps `tag`
 * to know whether they are still true.
 *
 * Pure.  The bytes are trusted but for their size: a file cut short is FORMAT.
 */
#ifndef ENT_GRAPH_KEEP_H
#define ENT_GRAPH_KEEP_H

#include "base/span.h"
#include "graph/graph.h"

#define GRAPH_TAG_SIZE 64

/* Gives the bytes, piece by piece.  `tag`: less than GRAPH_TAG_SIZE bytes. */
typedef ent_code (*graph_sink)(void *arg, const void *bytes, size_t size, ent_err *err);
ENT_MUST_USE ent_code graph_keep(const graph *g, ent_str tag, graph_sink sink, void *arg,
                                 ent_err *err);

/* A graph in `bytes` (8-aligned), which must outlive it.
 * FORMAT  no such bytes;  NO  their tag is another */
ENT_MUST_USE ent_code graph_kept(ent_arena *arena, ent_span bytes, ent_str tag, graph **g,
                                 ent_err *err);

#endif
