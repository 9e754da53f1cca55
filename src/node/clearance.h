/*
 * node/clearance -- what a user may be shown of the holdings, beyond the role.
 *
 * Purposes for which the user may use records, categories of persons, and compartments
 * (desk/compartment.h; oversight is in every one).  A user for
 * whom nothing was said has what the role gives (clearance.def); what was said is kept in
 * keys/clearances/NAME.json and takes effect at once.  The views of the client listener
 * (node/views.h) read all of it, whatever command is run as a user the compartments; who may do what is the role's business, not this one's.
 */
#ifndef ENT_NODE_CLEARANCE_H
#define ENT_NODE_CLEARANCE_H

#include "desk/view.h"
#include "node/users.h"

/* Of a user; everything in the arena. */
ENT_MUST_USE ent_code node_clearance_get(ent_arena *arena, const node_home *home,
                                         const node_user *user, desk_audience *audience,
                                         ent_err *err);

/* Lists with commas; "*": all, but for compartments; NULL: as it is.  USAGE names what is none. */
ENT_MUST_USE ent_code node_clearance_set(ent_arena *arena, const node_home *home,
                                         const node_user *user, const char *purposes,
                                         const char *categories, const char *compartments,
                                         ent_err *err);

/* Back to what the role gives. */
ENT_MUST_USE ent_code node_clearance_reset(ent_arena *arena, const node_home *home,
                                           const node_user *user, ent_err *err);

/* As JSON members: "purposes", "categories" and "compartments" (lists; "*" is all). */
void node_clearance_write(const desk_audience *audience, ent_jw *w);

#endif
