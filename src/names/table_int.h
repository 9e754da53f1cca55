/*
 * names/table (private) -- how alike the words of two records are, each two worked out once.
 *
 * The names of a record share most of their words, and of the words of two records hardly any are
 * alike.  So the words of a record are numbered when it is made ready; a table is filled for two
 * records; and two names without words that could be partners are never looked at.  What is found
 * is what names_pair_compare finds without a table (tests/unit/names/table_test.c).
 */
#ifndef ENT_NAMES_TABLE_INT_H
#define ENT_NAMES_TABLE_INT_H

#include "names/form_int.h"

#define NAMES_MISSED  40 /* words less alike than this are not alike at all */
#define NAMES_FAR     58 /* words less alike than this are no partners */
#define NAMES_INITIAL 70 /* an initial and a word that begins with it */

typedef struct names_table {
    uint8_t alike[NAMES_ENTRIES][NAMES_ENTRIES]; /* of a's word, then b's */
    uint64_t partners[NAMES_ENTRIES];            /* of each word of a: bits of b's words */
    bool any;                                    /* some word has a partner */
} names_table;

/* 0 to 100.  `bare`: one of the two is written without vowels.  `far`: below this 0 is as good. */
int names_word_alike(const names_token *a, const names_token *b, bool bare, int far);

/* The different words of a record, while it is made ready. */
typedef struct names_entries {
    names_entry entry[NAMES_ENTRIES];
    names_token word[NAMES_ENTRIES];
    size_t count;
} names_entries;

/* Numbers a word of a form among the record's own; false if there are too many of them. */
bool names_entry_add(names_entries *entries, names_token *token, bool bare);

/* False if a record has too many words; then there is no table. */
bool names_table_fill(const names_prepared *a, const names_prepared *b, names_table *table);

/* Where the likeness of two words of two forms is found. */
typedef struct names_likes {
    const uint8_t *alike;  /* NULL: nowhere, it is worked out */
    size_t a_step, b_step; /* from one word of a, or b, to the next */
} names_likes;

/* Could a word of the form of a be the partner of a word of the form of b? */
bool names_table_meet(const names_table *table, const names_form *a, const names_form *b);

#endif
