/*
 * node/views -- the holdings, as the views of the TAXII server ask for them.
 *
 * Binds taxii/view.h to desk/view.h: each thread of the listener has a desk of its own,
 * opened (but for the first) when it is first asked for a view, and reads through it what the user is cleared
 * for (node/clearance.h).  Nothing here writes to the holdings or decides.
 */
#ifndef ENT_NODE_VIEWS_H
#define ENT_NODE_VIEWS_H

#include "node/home.h"
#include "taxii/view.h"

typedef struct node_views node_views;

/* `home` must outlive it. */
ENT_MUST_USE ent_code node_views_new(const node_home *home, size_t slots, node_views **views,
                                     ent_err *err);
void node_views_free(node_views *views);

/* As taxii_server_config.view, with the views as `arg`. */
ENT_MUST_USE ent_code node_views_open(void *arg, size_t slot, ent_arena *arena, ent_str query,
                                      ent_str partner, ent_str user, taxii_reading *reading,
                                      ent_err *err);

#endif
