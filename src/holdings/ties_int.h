/* holdings/ties (private) -- what the readings of the holdings as a graph share: the whole of it
 * (ties.c), what is within some steps (reach.c) and the surroundings of one record (around.c). */
#ifndef ENT_HOLDINGS_TIES_INT_H
#define ENT_HOLDINGS_TIES_INT_H

#include "holdings/ties.h"

/* What one object may take while it is read; far above OBJECT_SIZE and its tape. */
#define HOLDINGS_OBJECT_MEMORY ((size_t)64 << 20)

/* Rows on their way into a graph. */
typedef struct holdings_tying {
    store *store;
    graph *g;
    ent_arena *scratch; /* of one row */
    ent_str self;
    holdings_pick pick; /* or NULL */
    void *pick_arg;
} holdings_tying;

/* What a row came to; until the next one. */
typedef struct holdings_tied {
    bool in; /* it is in the graph now: as a link, or as a record with keys */
    bool link, evidential;
    ent_str from, to;
    graph_key *keys;
    size_t key_count;
} holdings_tied;

/* What is erased, held back, revoked or not picked stays out. */
ENT_MUST_USE ent_code holdings_tie(holdings_tying *t, const store_row *row, holdings_tied *tied,
                                   ent_err *err);

/* "a/b" of start_time and stop_time, else the validity of the label. */
ent_str holdings_tie_time(ent_arena *arena, ent_json object, ent_json handling);

#endif
