/*
 * holdings/search -- what do we hold about these words, and how near is each?
 *
 * Words are folded as names are (names/names.h), so that scripts find each other: a word
 * finds itself, words with its skeleton, and at the end of the text words that begin
 * so.  Numbers are found with and without their separators.  Hits are ranked by how
 * the words fit the object's names; a person also by the decision on names.  Bounds in
 * time and space are the fact's own: its validity, else the times it states.
 * Quarantined objects are not found.  Cost: that of the indexes of words, days and places, then
 * linear in the candidates.
 */
#ifndef ENT_HOLDINGS_SEARCH_H
#define ENT_HOLDINGS_SEARCH_H

#include "holdings/index.h"
#include "store/store.h"

/* What the words were taken for. */
typedef struct holdings_tried {
    names_parsed words; /* folded; each also stands for all words with its skeleton */
    ent_str key;        /* the match key that the text is, or "" */
    ent_str number;     /* without its breaks; "" without digits */
    bool any;           /* nothing has all the words: what has one of them */
} holdings_tried;

typedef struct holdings_search {
    const char *text;
    const char *type;  /* NULL: any */
    const char *owner; /* NULL: any */
    ent_days when;     /* ENT_DAY_MIN, ENT_DAY_MAX: always */
    bool near;
    double latitude, longitude, km;
    size_t limit;          /* 0: 100 */
    holdings_tried *tried; /* is filled, unless NULL */
} holdings_search;

typedef struct holdings_hit {
    store_row row; /* in the arena */
    ent_json object;
    policy_label label;
    ent_str name; /* what to show */
    double score; /* 0..1 */
} holdings_hit;

/* Best first.  FORMAT: no words in the text. */
ENT_MUST_USE ent_code holdings_find(store *s, ent_arena *arena, const holdings_search *search,
                                    holdings_hit **hits, size_t *count, ent_err *err);

/* The name to show of any object: its name, its value, its number, or "". */
ent_str holdings_title(ent_json object);

/* Great-circle distance. */
double holdings_km(double lat_a, double lon_a, double lat_b, double lon_b);

/* The smallest box around the circle, a little larger than it for rounding. */
store_box holdings_box(double latitude, double longitude, double km);

#endif
