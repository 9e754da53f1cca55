/*
 * names/pair (private) -- what two forms of names have in common, in numbers.
 *
 * Each word of one finds at most one word of the other (or two of the other written as
 * one), the surest first.  The features say how much of each name found a partner, how
 * rare that was, how well it sounded, and what stands against it on both sides.
 */
#ifndef ENT_NAMES_PAIR_INT_H
#define ENT_NAMES_PAIR_INT_H

#include "names/table_int.h"

typedef enum names_feature {
#define X(name) FEATURE_##name,
#include "names/features.def"
#undef X
    FEATURE_COUNT
} names_feature;

/* How alike two names are by the rule of the story; each step says less than the next. */
typedef enum names_likeness {
    UNLIKE,
    BY_INITIAL, /* a word stands only as its first letter */
    NEAR,       /* every word is the other's but for one letter */
    STRONG      /* every word of the shorter name sounds like one of the other */
} names_likeness;

typedef struct names_pair {
    int16_t feature[FEATURE_COUNT];
    uint8_t partner[NAMES_WORDS]; /* of each word of a: index in b + 1; 0: none */
    uint8_t alike[NAMES_WORDS];   /* of each word of a */
} names_pair;

/* False if too little is alike for the features to mean anything. */
bool names_pair_compare(const names_form *a, const names_form *b, names_pair *pair);
/* The same, with the likeness of words looked up. */
bool names_pair_compare_in(const names_likes *likes, const names_form *a, const names_form *b,
                           names_pair *pair);

names_likeness names_pair_likeness(const names_form *a, const names_form *b);

#endif
