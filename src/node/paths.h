/*
 * node/paths -- the holdings as a graph, made once and kept for the next question.
 *
 * Reading everything held takes seconds when there are millions; a search takes milliseconds.
 * So the sealed graph is kept, as a file that is mapped (graph/keep.h), in HOME/cache/, with
 * the number of changes of the holdings (store_change_number) that it was made at; when that
 * has moved, the next question makes it anew.  It is written beside and renamed, readable for
 * the node's own user alone, and is in no backup.  Content that was erased would live on in it:
 * node_paths_clean removes a file that is no longer true, and the clock calls it after each
 * round.  Who may see what is frozen asks the store itself; nothing of that is kept.
 */
#ifndef ENT_NODE_PATHS_H
#define ENT_NODE_PATHS_H

#include "graph/graph.h"
#include "node/desk.h"

/* The graph of all that is held, with what people say is one person.  Mapped until the
 * process ends, or in the arena. */
ENT_MUST_USE ent_code node_paths_graph(node_desk *nd, ent_arena *arena, graph **g, ent_err *err);

/* Removes what is kept and no longer true. */
ENT_MUST_USE ent_code node_paths_clean(node_desk *nd, ent_arena *arena, ent_err *err);

#endif
