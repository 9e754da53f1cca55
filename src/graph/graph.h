/*
 * graph/graph -- what ties these two together?
 *
 * Records are joined by two kinds of step: a link (a relationship that somebody stated) and
 * a key join (two records show the same match key).  Key joins are never stored as pairs:
 * a key is a group that records belong to, so a hub of n records costs n.  Keys that may
 * pass to another person join only records whose validity overlaps; for them there is one
 * group for each maximal set of overlapping records, computed, not stored.  What does not
 * overlap is a conflict: it is reported, and it is not a step.
 *
 * The best path has the strongest weakest step; among those the greatest product of
 * confidences, then the fewest steps.  Exact (k-best after Yen over records and groups,
 * the bottleneck by bisection), within PATH_STEPS steps and PATH_WORK visits.
 *
 * Pure; everything is copied into the arena; ids, types and keys may be hostile.
 */
#ifndef ENT_GRAPH_GRAPH_H
#define ENT_GRAPH_GRAPH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

typedef struct graph graph;

typedef struct graph_record {
    ent_str id;
    ent_str owner;  /* shown with each step */
    ent_str rating; /* "B2", shown */
    ent_str label;  /* shown */
    ent_str valid;  /* as text, shown */
    ent_days days;  /* when the record is true; { ENT_DAY_MIN, ENT_DAY_MAX }: always */
    bool joins;     /* its keys may join; false for the silent, protected, forbidden */
} graph_record;

typedef struct graph_key {
    ent_str text;      /* canonical, "prefix:value" */
    bool reassignable; /* joins only records that overlap in time */
} graph_key;

#define GRAPH_UNKNOWN (-1) /* confidence: nobody said; counts as none */

typedef struct graph_link {
    ent_str id; /* not kept */
    ent_str from, type, to, owner, rating, time;
    int confidence; /* 0..100 or GRAPH_UNKNOWN */
    bool evidential;
} graph_link;

/* `seed` keys the table of texts, so that nobody can choose ids that collide; the answers
 * do not depend on it.  NULL when the arena is full. */
graph *graph_new(ent_arena *arena, const uint8_t seed[16]);

/* The first record of an id stays; later ones with the same id are ignored. */
ENT_MUST_USE ent_code graph_add_record(graph *g, const graph_record *record, const graph_key *keys,
                                       size_t key_count, ent_err *err);
/* In any order with the records; a link whose ends are not both added is not used. */
ENT_MUST_USE ent_code graph_add_link(graph *g, const graph_link *link, ent_err *err);

#define GRAPH_STATED_TYPES 16 /* at most, in one question */

/* A link as it was added, until the graph is sealed. */
typedef struct graph_stated {
    uint32_t number;
    ent_str from, to, owner;
} graph_stated;

/* The links of one of these types (NULL ends them) that are evidence, in the order in which they
 * were added.  In the arena. */
ENT_MUST_USE ent_code graph_stated_list(const graph *g, ent_arena *arena, const char *const *types,
                                        graph_stated **list, size_t *count, ent_err *err);
/* It stays, and is no evidence. */
void graph_link_doubt(graph *g, uint32_t number);

/* Once, after everything was added and before anything is asked. */
ENT_MUST_USE ent_code graph_seal(graph *g, ent_err *err);

bool graph_has(const graph *g, ent_str id);
size_t graph_record_count(const graph *g);
size_t graph_link_count(const graph *g); /* with both ends known */

typedef struct graph_step {
    ent_str from, to;
    ent_str from_label, to_label;
    ent_str link; /* the link's type, or "=" for a key join */
    ent_str key;  /* of a join */
    ent_str owner, rating, time;
    int confidence; /* 100 for a key join */
    bool evidential;
    bool reversed; /* the statement reads from `to` to `from` */
} graph_step;

typedef struct graph_path {
    graph_step *steps;
    size_t count;
    int weakest;    /* 0..100 */
    double product; /* 0..1 */
} graph_path;

typedef struct graph_options {
    bool evidential;  /* only links that are evidence */
    size_t max_paths; /* 1 .. ENT_LIMIT_PATHS */
    size_t max_steps; /* 0: ENT_LIMIT_PATH_STEPS */
} graph_options;

typedef struct graph_answer {
    graph_path *paths; /* best first */
    size_t count;
    bool stopped; /* PATH_WORK was reached: there may be more */
} graph_answer;

/* NOT_FOUND  one of the two is not in the graph.  No path is an empty answer. */
ENT_MUST_USE ent_code graph_paths(const graph *g, ent_arena *arena, ent_str a, ent_str b,
                                  const graph_options *options, graph_answer *answer, ent_err *err);

/* A walker keeps what searches for the fewest steps need, so that a search costs what it
 * visits and not the size of the graph.  NULL when the arena is full. */
typedef struct graph_walker graph_walker;
graph_walker *graph_walker_new(const graph *g, ent_arena *arena);

/* A way of the fewest steps, at most `max_steps`, searched from both ends; count 0: there is
 * none.  Of equally short ones any.  The path is in the arena.  NOT_FOUND as graph_paths. */
ENT_MUST_USE ent_code graph_shortest(graph_walker *walker, ent_arena *arena, ent_str a, ent_str b,
                                     bool evidential, unsigned max_steps, graph_path *path,
                                     ent_err *err);

/* Two records with one reassignable key and no day in common. */
typedef struct graph_conflict {
    ent_str from, to, key;
    ent_str from_label, to_label;
    ent_str from_owner, to_owner, from_valid, to_valid;
} graph_conflict;

/* The conflicts that would lie on a way from a to b; nearest first, PATH_CONFLICTS at most. */
ENT_MUST_USE ent_code graph_conflicts(const graph *g, ent_arena *arena, ent_str a, ent_str b,
                                      bool evidential, graph_conflict **list, size_t *count,
                                      ent_err *err);

/* ---- distances ---- */

/* Where a search begins: at a record, or at whoever shows a key. */
typedef struct graph_start {
    ent_str id;  /* of a record, or none */
    ent_str key; /* then of a key: its holders are one step further */
    unsigned steps;
} graph_start;

#define GRAPH_FAR 255 /* not within the cap */

/* Steps from the nearest of `starts` (those that are not known here count for nothing), by
 * record; every link and every key join is one.  `cap` below GRAPH_FAR.  In the arena. */
ENT_MUST_USE ent_code graph_distances(const graph *g, ent_arena *arena, const graph_start *starts,
                                      size_t count, unsigned cap, bool evidential, uint8_t **steps,
                                      ent_err *err);

/* The fewest steps of a record that shows the key; GRAPH_FAR if none does. */
unsigned graph_key_steps(const graph *g, const uint8_t *steps, ent_str key);

size_t graph_key_count(const graph *g);
ent_str graph_key_text(const graph *g, size_t number);

/* ---- records by number, 0 .. graph_record_count ---- */

#define GRAPH_NOBODY UINT32_MAX

uint32_t graph_number(const graph *g, ent_str id); /* GRAPH_NOBODY: not here */
ent_str graph_id(const graph *g, uint32_t number);
ent_days graph_days(const graph *g, uint32_t number);

typedef struct graph_edge {
    uint32_t other;
    ent_str type, owner;
    bool outgoing; /* the statement reads from this record to the other */
    bool evidential;
} graph_edge;

/* How many links a record has, and the `index`-th of them. */
uint32_t graph_edge_count(const graph *g, uint32_t number);
graph_edge graph_edge_at(const graph *g, uint32_t number, uint32_t index);

/* ---- chains ---- */

typedef enum graph_tie {
    GRAPH_TIED,
    GRAPH_UNTIED,       /* both are known, nothing joins them */
    GRAPH_CONFLICTED,   /* only a key that does not overlap in time */
    GRAPH_UNKNOWN_FROM, /* the first of the two is not known */
    GRAPH_UNKNOWN_TO
} graph_tie;

/* How two neighbours of a given chain are tied: the best step, or the key of the conflict. */
graph_tie graph_neighbours(const graph *g, ent_str a, ent_str b, bool evidential, graph_step *step);

#endif
