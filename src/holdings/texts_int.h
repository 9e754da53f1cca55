/* holdings/texts (private) -- texts in the order in which they came, each once, and found in one
 * step.  The key is random: whoever chooses ids cannot choose where they fall. */
#ifndef ENT_HOLDINGS_TEXTS_INT_H
#define ENT_HOLDINGS_TEXTS_INT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

#include <sodium.h>

/* All zeros: none. */
typedef struct holdings_texts {
    uint8_t key[crypto_shorthash_KEYBYTES];
    ent_str *text;
    uint32_t *slot; /* 2 * room of them: a number + 1, or 0 */
    size_t count, room;
} holdings_texts;

/* Where the text's number + 1 stands, or 0 if it is not there.  Only after one was added. */
uint32_t *holdings_texts_slot(const holdings_texts *t, ent_str text);

/* *is_new: it was not there, and now it is, copied, as the last. */
ENT_MUST_USE ent_code holdings_texts_add(ent_arena *arena, holdings_texts *t, ent_str text,
                                         bool *is_new, ent_err *err);

#endif
