/* graph/graph_int -- the sealed graph, as building (graph.c), search (search.c) and keeping
 * (keep.c) see it. */
#ifndef ENT_GRAPH_GRAPH_INT_H
#define ENT_GRAPH_GRAPH_INT_H

#include "graph/graph.h"

#define GRAPH_NONE UINT32_MAX

typedef struct graph_record_row {
    uint32_t id, owner, rating, label, valid; /* texts */
    ent_days days;
    bool joins;
} graph_record_row;

typedef struct graph_link_row {
    uint32_t from, to; /* texts before sealing, records after */
    uint32_t type, owner, rating, time;
    int8_t confidence;
    bool evidential;
} graph_link_row;

typedef struct graph_key_row {
    uint32_t text;
    bool reassignable;
    uint32_t post_first, post_count;   /* its holders, by the first day of their validity */
    uint32_t group_first, group_count; /* by day */
} graph_key_row;

typedef struct graph_hold {
    uint32_t record, key;
} graph_hold;

/* The holders of a key; of a reassignable one, those that are valid on `day`. */
typedef struct graph_group {
    uint32_t key;
    ent_day day;
} graph_group;

struct graph {
    ent_arena *arena;
    uint8_t seed[16];
    ent_str *texts;          /* of a graph that was built */
    const uint64_t *text_at; /* of one that was kept (keep.c): where each begins, and the end */
    const char *text_bytes;
    uint32_t text_count, text_room;
    uint32_t *table, table_size;  /* open addressing: a text, or GRAPH_NONE */
    uint32_t *record_of, *key_of; /* by text */
    graph_record_row *records;
    uint32_t record_count, record_room;
    graph_link_row *links;
    uint32_t link_count, link_room;
    graph_key_row *keys;
    uint32_t key_count, key_room;
    graph_hold *holds;
    uint32_t hold_count, hold_room;
    bool sealed;
    /* after sealing */
    uint32_t *near_first, *near;    /* record -> its links */
    uint32_t *near_other;           /* beside `near`: the other end; a search reads only these */
    uint8_t *near_strong;           /* and 1 + the confidence, or 0 if it is no evidence */
    uint32_t *key_first, *key_list; /* record -> its keys */
    uint32_t *posts;                /* keys' holders */
    graph_group *groups;
    uint32_t group_count;
};

static inline ent_str graph_text(const graph *g, uint32_t number)
{
    if (g->text_at == NULL)
        return g->texts[number];
    return (ent_str){ g->text_bytes + g->text_at[number],
                      (size_t)(g->text_at[number + 1] - g->text_at[number]) };
}

/* A text that is in the table, or GRAPH_NONE. */
uint32_t graph_text_find(const graph *g, ent_str text);

/* The record of an id, or GRAPH_NONE. */
uint32_t graph_find(const graph *g, ent_str id);

/* The other end of a link. */
static inline uint32_t graph_other(const graph_link_row *link, uint32_t record)
{
    return link->from ^ link->to ^ record;
}

/* Nobody's guess counts as none. */
static inline int graph_strength(const graph_link_row *link)
{
    return link->confidence < 0 ? 0 : link->confidence;
}

graph_step graph_step_of_link(const graph *g, uint32_t number, uint32_t from);
graph_step graph_step_of_key(const graph *g, uint32_t key, uint32_t from, uint32_t to);

/* Both records; NOT_FOUND names the one that is missing. */
ENT_MUST_USE ent_code graph_ends(const graph *g, ent_str a, ent_str b, uint32_t *from, uint32_t *to,
                                 ent_err *err);

/* The groups of `key` that a record valid on `days` belongs to: [*first, *end). */
void graph_groups_of(const graph *g, uint32_t key, ent_days days, uint32_t *first, uint32_t *end);

/* Is the `at`-th holder of the group's key in the group? */
bool graph_in_group(const graph *g, const graph_group *group, uint32_t at, uint32_t *record);

#endif
