/*
 * holdings/ties -- the holdings as a graph: what ties one record to another?
 *
 * Reads the latest version of everything that is held, own and received, into a graph
 * (graph/graph.h).  A relationship is a link; every other object is a record that joins
 * others by its match keys and public references.  Which of an object's keys may join was
 * decided when it came in (holdings/index.h gives none to what is silent, protected or not
 * to be disclosed); name keys never join, a name is no proof.
 */
#ifndef ENT_HOLDINGS_TIES_H
#define ENT_HOLDINGS_TIES_H

#include "base/json.h"
#include "graph/graph.h"
#include "policy/label.h"
#include "store/store.h"

/* In the arena, sealed.  `self`: how this node's own records are named as owner; `seed`:
 * 16 random bytes. */
ENT_MUST_USE ent_code holdings_graph(store *s, ent_arena *arena, ent_str self,
                                     const uint8_t seed[16], graph **g, ent_err *err);

/* The same, with what `more` adds before the graph is sealed. */
typedef ent_code (*holdings_more)(void *arg, graph *g, ent_err *err);
ENT_MUST_USE ent_code holdings_graph_with(store *s, ent_arena *arena, ent_str self,
                                          const uint8_t seed[16], holdings_more more, void *arg,
                                          graph **g, ent_err *err);

/* Called for every record and link before it goes in; false: it stays out. */
typedef bool (*holdings_pick)(void *arg, const store_row *row, ent_json object,
                              const policy_label *label);

/* As holdings_graph, of what `pick` lets in. */
ENT_MUST_USE ent_code holdings_graph_of(store *s, ent_arena *arena, ent_str self,
                                        const uint8_t seed[16], holdings_pick pick, void *arg,
                                        graph **g, ent_err *err);

/* What to call an object in a line of text: its name, value, number or reference. */
ent_str holdings_shown(ent_arena *arena, ent_json object);

/* Does this key join records?  A name never does: two people may bear it.  *reassignable: only
 * records that are true at one time. */
bool holdings_key_joins(ent_str key, bool *reassignable);

#endif
