/*
 * names/index -- which records of a long list are worth scoring against a query?
 *
 * Postings from skeletons and birth dates to records.  A record is a candidate if what it
 * shares with the query is rare enough together; the rarest few thousand are scored, so a
 * hit's score is that of names_score for the two records.
 *
 * An index is read only once built: any number of threads may ask it, each with its own
 * scratch.  Memory: about 16 bytes for each word of each name.
 */
#ifndef ENT_NAMES_INDEX_H
#define ENT_NAMES_INDEX_H

#include "names/names.h"

typedef struct names_index names_index;
typedef struct names_scratch names_scratch;

typedef struct names_hit {
    uint32_t record; /* its place in the list */
    names_result result;
} names_hit;

/* Borrows `records` (and what they borrow).  At most 2^32 - 1 records. */
ENT_MUST_USE ent_code names_index_new(const names_prepared *const *records, size_t count,
                                      names_index **index, ent_err *err);
void names_index_free(names_index *index);

ENT_MUST_USE ent_code names_scratch_new(const names_index *index, names_scratch **scratch,
                                        ent_err *err);
void names_scratch_free(names_scratch *scratch);

/* The best `limit` records of at least `min_score`, best first, equal scores in the order
 * of the list.  `hits` has room for `limit`. */
size_t names_index_find(const names_index *index, names_scratch *scratch,
                        const names_prepared *query, double min_score, names_hit *hits,
                        size_t limit);

#endif
