/*
 * node/clearance -- what a user may be shown of the holdings, beyond the role.
 *
 * Purposes for which the user may use records, and categories of persons.  A user for
 * whom nothing was said has what the role gives (clearance.def); what was said is kept in
 * keys/clearances/NAME.json and takes effect at once.  Read by the views of the client
 * listener (node/views.h); who may do what is the role's business, not this one's.
 */
#ifndef ENT_NODE_CLEARANCE_H
#define ENT_NODE_CLEARANCE_H

#include "desk/view.h"
#include "node/users.h"

/* Of a user; everything in the arena. */
ENT_MUST_USE ent_code node_clearance_get(ent_arena *arena, const node_home *home,
                                         const node_user *user, desk_audience *audience,
                                         ent_err *err);

/* Lists with commas; "*": all; NULL: as it is.  USAGE names what is no purpose or category. */
ENT_MUST_USE ent_code node_clearance_set(ent_arena *arena, const node_home *home,
                                         const node_user *user, const char *purposes,
                                         const char *categories, ent_err *err);

/* Back to what the role gives. */
ENT_MUST_USE ent_code node_clearance_reset(ent_arena *arena, const node_home *home,
                                           const node_user *user, ent_err *err);

/* As JSON members: "purposes" and "categories" (lists; a purpose "*" is all). */
void node_clearance_write(const desk_audience *audience, ent_jw *w);

#endif
