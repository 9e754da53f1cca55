/*
 * match/behind (private) -- what stands behind hits.
 *
 * A run keeps its keys in documents of MATCH_PART (keep.c), and all that is known of a hit at first is its
 * place among them.  Of a million keys only those that were found are read into memory to stay; the parts go by
 * one after the other, each with the parts beside it, so that the neighbours of a hit tell whether it is
 * alone in a dense range (guard_int.h).
 *
 * Cost: the parts that have a hit, and those beside them, are read once; memory for three parts and the hits.
 */
#ifndef ENT_MATCH_BEHIND_INT_H
#define ENT_MATCH_BEHIND_INT_H

#include "match/match_int.h"

typedef struct match_behind {
    match_item item;
    bool lone; /* in a dense range of ours, and the only hit there */
} match_behind;

/* Of each hit of a run with `total` keys. */
ENT_MUST_USE ent_code match_behind_get(desk *d, ent_arena *arena, ent_str run, size_t total,
                                       const psi_hit *hits, size_t count, match_behind **behind,
                                       ent_err *err);

#endif
