/*
 * match/budget (private) -- what is charged for keys that are compared, and what is refused for it.
 *
 * An agreement bounds sets (set_max, set_min) and keys a day for a pair and purpose, and may bound
 * each kind of key too.  Sizes are checked at both ends.  Of what kinds a run's set is only its maker
 * can see: the peer sees padded elements.  So a run is bounded by kind at its maker, who journals the
 * counts (and the sampling audit opens), and a standing match, whose questions name their kind, at both.
 */
#ifndef ENT_MATCH_BUDGET_INT_H
#define ENT_MATCH_BUDGET_INT_H

#include "match/match_int.h"

/* Keys by kind (psi/keyform.h). */
typedef struct match_counts {
    int64_t kind[MATCH_KINDS];
} match_counts;

match_counts match_counts_of(const match_items *items);
int64_t match_counts_sum(const match_counts *counts);
void match_counts_add(match_counts *to, const match_counts *counts);

/* A member of a document: {"tel":3}; no member: nothing is counted. */
void match_counts_write(ent_jw *w, const char *name, const match_counts *counts);
void match_counts_read(ent_json json, const char *name, match_counts *counts);

/* What was charged today for a pair and purpose, by runs and standing matches. */
typedef struct match_charge {
    int64_t own, theirs;
    match_counts own_kinds, their_kinds;
} match_charge;

/* `but` names a run that is left out. */
ENT_MUST_USE ent_code match_charged(desk *d, ent_arena *arena, const char *peer, ent_str purpose,
                                    ent_str but, match_charge *charge, ent_err *err);

#endif
