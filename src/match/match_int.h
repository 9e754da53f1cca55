/* match (private) -- the set of a run, and the documents a run is kept in. */
#ifndef ENT_MATCH_INT_H
#define ENT_MATCH_INT_H

#include "desk/agreement.h"
#include "match/match.h"
#include "desk/work.h"
#include "psi/interval.h"

/* One key of our set, and which of our records stand behind it. */
typedef struct match_item {
    ent_str key;
    ent_str *own;
    size_t own_count;
    ent_days valid[PSI_INTERVALS];
    size_t valid_count;
    bool reassignable;
} match_item;

typedef struct match_items {
    match_item *items; /* by key */
    size_t count;
} match_items;

/* One key of one record of ours. */
typedef struct match_pair {
    ent_str key, id;
    ent_days valid;
} match_pair;

/* A walk over our records, page by page, so that whoever has long work between two pages
 * keeps no transaction open.  `take` is called for each key that may be in a set for this peer and
 * purpose, of one record after the other; its texts live until it returns.  A change of the records
 * meanwhile may be seen or not: it is counted (store_change_number). */
#define MATCH_SWEEP_ROWS 256
typedef struct match_sweep {
    const desk_terms *terms;
    ent_str purpose;
    const char *about; /* one record only; NULL: all */
    ent_code (*take)(void *arg, const match_pair *pair, ent_err *err);
    void *arg;
    int64_t after; /* the number of the last row that was taken */
} match_sweep;
ENT_MUST_USE ent_code match_sweep_page(desk *d, match_sweep *sweep, bool *ended, ent_err *err);

/* Pairs that are kept, copied into their arena; sorted, those of one key are one item. */
typedef struct match_pairs {
    ent_arena *arena;
    match_pair *pairs;
    size_t count, room;
} match_pairs;
ENT_MUST_USE ent_code match_pairs_add(match_pairs *pairs, const match_pair *pair, ent_err *err);
void match_pairs_sort(match_pairs *pairs);
ENT_MUST_USE ent_code match_pairs_items(ent_arena *arena, const match_pairs *pairs,
                                        match_items *items, ent_err *err);

/* The keys of our records that may be in a set for this peer, purpose and agreement.  When there are
 * more than MATCH_SET, which no run compares, not all of them are here: only that it is more. */
ENT_MUST_USE ent_code match_items_collect(desk *d, ent_arena *arena, const desk_terms *terms,
                                          ent_str purpose, const char *about, match_items *items,
                                          ent_err *err);

/* Every key by which a record may be in a set for `peer`, whatever the terms. */
ENT_MUST_USE ent_code match_row_keys(desk *d, ent_arena *arena, ent_str peer, const store_row *row,
                                     ent_json object, ent_str **keys, size_t *count, ent_err *err);

/* Is it of a namespace that is compared? */
bool match_key_matchable(ent_str key);

/* The members of an item inside a JSON object. */
void match_item_write(ent_jw *w, const match_item *item);
ENT_MUST_USE ent_code match_item_read(ent_arena *arena, ent_json json, match_item *item,
                                      ent_err *err);

/* Items as one text, and back: at most `room` of them, *count of which were there (items.c).  Whose
 * text it is outlives what is read of it.  BUG: it is not what was written */
void match_items_write(ent_buf *buf, const match_item *items, size_t count);
ENT_MUST_USE ent_code match_items_read(ent_arena *arena, ent_str text, match_item *items,
                                       size_t room, size_t *count, ent_err *err);
/* Only their keys, for who needs nothing else of a million. */
ENT_MUST_USE ent_code match_items_keys(ent_arena *arena, ent_str text, ent_str *keys, size_t room,
                                       size_t *count, ent_err *err);

/* ---- what is kept of a run until it ends (keep.c) ---- */

#define MATCH_PART \
    32768 /* elements of a set that are one message; and keys that are one document */
#define MATCH_TAGS_OWN   "own" /* our elements, raised by both */
#define MATCH_TAGS_OTHER "other"

/* The secret of a run, and its keys. */
ENT_MUST_USE ent_code match_secret_put(desk *d, ent_arena *arena, ent_str run, const char *peer,
                                       const uint8_t seed[PSI_SEED_SIZE], const match_items *items,
                                       ent_err *err);
/* `items`: how many keys there are. */
ENT_MUST_USE ent_code match_secret_get(desk *d, ent_arena *arena, ent_str run,
                                       uint8_t seed[PSI_SEED_SIZE], size_t *items, ent_err *err);
ENT_MUST_USE ent_code match_items_get(desk *d, ent_arena *arena, ent_str run, size_t count,
                                      match_items *items, ent_err *err);
/* One of their parts, `room` at most. */
ENT_MUST_USE ent_code match_items_part_get(desk *d, ent_arena *arena, ent_str run, size_t part,
                                           match_item *items, size_t room, size_t *count,
                                           ent_err *err);
/* The keys of one of their parts, `room` at most, without what stands behind them. */
ENT_MUST_USE ent_code match_keys_part_get(desk *d, ent_arena *arena, ent_str run, size_t part,
                                          size_t room, ent_str **keys, size_t *count, ent_err *err);

/* Zeroes a secret member where the document was read to; what borrows the rest of it goes on. */
void match_secret_wipe(const store_doc *doc, ent_json json, const char *member);

/* The blinded elements of a run, in so many parts, each with its way to the root. */
ENT_MUST_USE ent_code match_set_put(desk *d, ent_arena *arena, const match_run *run,
                                    const psi_set *set, size_t parts, ent_err *err);
ENT_MUST_USE ent_code match_set_part_get(desk *d, ent_arena *arena, ent_str run, size_t part,
                                         ent_span *elements, ent_span *path, ent_err *err);
ENT_MUST_USE ent_code match_set_get(desk *d, ent_arena *arena, const match_run *run,
                                    const ent_hash *root, const uint8_t seed[PSI_SEED_SIZE],
                                    size_t items, size_t parts, psi_set *set, ent_err *err);

/* How many elements are kept of a set that is one part. */
ENT_MUST_USE ent_code match_set_kept(desk *d, ent_arena *arena, ent_str run, size_t *count,
                                     ent_err *err);

/* Tags of one part of a set: `side` is MATCH_TAGS_OWN or MATCH_TAGS_OTHER. */
ENT_MUST_USE ent_code match_tags_put(desk *d, ent_arena *arena, const match_run *run,
                                     const char *side, size_t part, const psi_tag *tags,
                                     size_t count, ent_err *err);
ENT_MUST_USE ent_code match_tags_get(desk *d, ent_arena *arena, ent_str run, const char *side,
                                     size_t part, psi_tag *tags, size_t count, ent_err *err);

/* The document "run-work" of a message that is one of many: part 0 has the run's own name. */
ent_str match_work_id(ent_arena *arena, ent_str run, const char *side, size_t part);

/* All of it goes, of a run of so many parts. */
ENT_MUST_USE ent_code match_kept_drop(desk *d, ent_arena *arena, ent_str run, size_t parts,
                                      ent_err *err);

/* Items as the texts that psi takes. */
ENT_MUST_USE ent_code match_items_texts(ent_arena *arena, const match_items *items, ent_str **texts,
                                        ent_err *err);

/* Puts hits down, of the items they are on, numbered from `number` on, and marks older ones of the same
 * key as replaced.  conflict[i]: the two were never true at one time; NULL: in a match that goes on, which
 * does not compare the times of what is reassignable. */
ENT_MUST_USE ent_code match_hits_put(desk *d, ent_arena *arena, const match_run *run,
                                     const match_item *const *items, const bool *conflict,
                                     size_t count, int64_t number, ent_err *err);

#endif
