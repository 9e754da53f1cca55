/*
 * desk/match (private) -- what is charged for keys that are compared, and what is refused for it.
 *
 * An agreement bounds sets (set_max, set_min) and keys a day for a pair and purpose, and may bound
 * each kind of key too.  Sizes are checked at both ends.  Of what kinds a run's set is only its maker
 * can see: the peer sees padded elements.  So a run is bounded by kind at its maker, who journals the
 * counts (and the sampling audit opens), and a standing match, whose questions name their kind, at both.
 */
#ifndef ENT_DESK_MATCH_BUDGET_INT_H
#define ENT_DESK_MATCH_BUDGET_INT_H

#include "desk/match_int.h"

/* Keys by kind (psi/keyform.h). */
typedef struct desk_counts {
    int64_t kind[DESK_KINDS];
} desk_counts;

desk_counts desk_counts_of(const desk_items *items);
int64_t desk_counts_sum(const desk_counts *counts);
void desk_counts_add(desk_counts *to, const desk_counts *counts);

/* A member of a document: {"tel":3}; no member: nothing is counted. */
void desk_counts_write(ent_jw *w, const char *name, const desk_counts *counts);
void desk_counts_read(ent_json json, const char *name, desk_counts *counts);

/* What was charged today for a pair and purpose, by runs and standing matches. */
typedef struct desk_charge {
    int64_t own, theirs;
    desk_counts own_kinds, their_kinds;
} desk_charge;

/* `but` names a run that is left out. */
ENT_MUST_USE ent_code desk_charged(desk *d, ent_arena *arena, const char *peer, ent_str purpose,
                                   ent_str but, desk_charge *charge, ent_err *err);

#endif
