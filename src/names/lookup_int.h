/*
 * names/lookup (private) -- a word in a table of the source, a number in a table of rarities.
 *
 * Both tables are sorted, small and asked for every word of every name, so a search takes the same
 * steps whatever it looks for: no branch that a processor would guess wrongly.  A word is compared as
 * the number that its first eight letters make; only words that share these are compared further.
 */
#ifndef ENT_NAMES_LOOKUP_INT_H
#define ENT_NAMES_LOOKUP_INT_H

#include "names/names.h"

#include <string.h>

#define LOOKUP_WORD 16 /* letters of the longest word of a table, with a NUL */

/* The first eight letters of a word of a table, which has NULs to its end, as one number that orders
 * as strcmp does. */
static inline uint64_t lookup_row_head(const char word[LOOKUP_WORD])
{
    uint64_t head;

    memcpy(&head, word, sizeof head);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    head = __builtin_bswap64(head);
#endif
    return head;
}

/* As lookup_row_head, of a text in eight bytes or more: whatever is behind its NUL does not count. */
static inline uint64_t lookup_head(const char *text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t head = lookup_row_head(text);
    /* The highest bit of each byte that is NUL. */
    uint64_t nul = ~(((head & ~(ones << 7)) + ones * 0x7f) | head) & ones << 7;

    return nul == 0 ? head : head & ~(UINT64_MAX >> __builtin_clzll(nul));
}

static inline bool lookup_not_after(const char word[LOOKUP_WORD], const char *text, uint64_t head)
{
    uint64_t row = lookup_row_head(word);

    if (row != head || (head & 0xff) == 0)
        return row <= head;
    return strcmp(word + 8, text + 8) <= 0;
}

/* The row of `count` >= 1 sorted rows of `size` bytes, each beginning with its word, that is `text`,
 * or `count`. */
static inline size_t lookup_word(const void *rows, size_t size, size_t count, const char *text)
{
    const char *base = rows;
    uint64_t head = lookup_head(text);
    size_t left = count;

    while (left > 1) {
        size_t half = left / 2;

        base += lookup_not_after(base + half * size, text, head) ? half * size : 0;
        left -= half;
    }
    return lookup_row_head(base) == head && ((head & 0xff) == 0 || strcmp(base + 8, text + 8) == 0)
               ? (size_t)(base - (const char *)rows) / size
               : count;
}

#endif
