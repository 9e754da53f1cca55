/*
 * node/feeds (private) -- what both files of it use.
 */
#ifndef ENT_NODE_FEEDS_INT_H
#define ENT_NODE_FEEDS_INT_H

#include "node/feeds.h"

/* Durably. */
ENT_MUST_USE ent_code node_feed_state_write(ent_arena *arena, const node_home *home,
                                            const char *name, const node_feed_state *state,
                                            ent_err *err);

#endif
