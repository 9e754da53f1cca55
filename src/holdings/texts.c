#include "holdings/texts_int.h"

uint32_t *holdings_texts_slot(const holdings_texts *t, ent_str text)
{
    uint8_t hash[crypto_shorthash_BYTES];
    size_t mask = 2 * t->room - 1, at = 0;

    (void)crypto_shorthash(hash, (const uint8_t *)text.ptr, text.size, t->key);
    for (size_t i = 0; i < sizeof hash; i++)
        at = at << 8 | hash[i];
    for (at &= mask; t->slot[at] != 0; at = (at + 1) & mask)
        if (ent_str_equal(t->text[t->slot[at] - 1], text))
            break;
    return &t->slot[at];
}

/* Room for `room` texts, a power of two, with those that are there. */
static ent_code texts_grow(ent_arena *arena, holdings_texts *t, size_t room, ent_err *err)
{
    holdings_texts grown = { .text = ent_arena_array(arena, room, sizeof *grown.text),
                             .slot = ent_arena_array(arena, 2 * room, sizeof *grown.slot),
                             .count = t->count,
                             .room = room };

    if (grown.text == NULL || grown.slot == NULL)
        return ent_fail_arena(err);
    randombytes_buf(grown.key, sizeof grown.key);
    memset(grown.slot, 0, 2 * room * sizeof *grown.slot);
    for (size_t i = 0; i < t->count; i++) {
        grown.text[i] = t->text[i];
        *holdings_texts_slot(&grown, t->text[i]) = (uint32_t)i + 1;
    }
    *t = grown;
    return ENT_OK;
}

ent_code holdings_texts_add(ent_arena *arena, holdings_texts *t, ent_str text, bool *is_new,
                            ent_err *err)
{
    uint32_t *slot;

    if (t->count == t->room)
        ENT_TRY(texts_grow(arena, t, t->room == 0 ? 256 : 2 * t->room, err));
    slot = holdings_texts_slot(t, text);
    *is_new = *slot == 0;
    if (!*is_new)
        return ENT_OK;
    t->text[t->count] = ent_arena_str(arena, text);
    if (t->text[t->count].ptr == NULL)
        return ent_fail_arena(err);
    *slot = (uint32_t)++t->count;
    return ENT_OK;
}
