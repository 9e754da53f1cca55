/* holdings/ties (private) -- what both readings of the holdings as a graph share: the whole
 * of it (ties.c) and the surroundings of one record (around.c). */
#ifndef ENT_HOLDINGS_TIES_INT_H
#define ENT_HOLDINGS_TIES_INT_H

#include "base/json.h"

/* Does this key join records?  A name never does: two people may bear it. */
bool holdings_key_joins(ent_str key, bool *reassignable);

/* "a/b" of start_time and stop_time, else the validity of the label. */
ent_str holdings_tie_time(ent_arena *arena, ent_json object, ent_json handling);

#endif
