#include "psi/overlap.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

unsigned psi_overlap_bits(size_t own, size_t other)
{
    size_t larger = own > other ? own : other;
    unsigned bits = 0;

    for (; larger >> bits > PSI_OVERLAP_SAMPLE; bits++)
        ;
    return bits;
}

static bool is_sampled(const ent_hash *coin, unsigned bits, ent_str item)
{
    const ent_span pieces[] = { { coin->bytes, ENT_HASH_SIZE }, { item.ptr, item.size } };
    ent_hash hash;
    uint32_t head;

    if (bits == 0)
        return true;
    hash = ent_hash_pieces(pieces, 2);
    head = (uint32_t)hash.bytes[0] << 24 | (uint32_t)hash.bytes[1] << 16 |
           (uint32_t)hash.bytes[2] << 8 | hash.bytes[3];
    return head >> (32 - bits) == 0;
}

static void throws_make(const uint8_t *seed, uint8_t throws[PSI_OVERLAP_DUMMIES / 8])
{
    psi_bytes_derive(seed, "overlap dummies", 0, throws, PSI_OVERLAP_DUMMIES / 8);
}

static bool is_thrown(const uint8_t *throws, size_t i)
{
    return (throws[i / 8] >> (i % 8) & 1) != 0;
}

size_t psi_overlap_dummies(const uint8_t seed[PSI_SEED_SIZE])
{
    uint8_t throws[PSI_OVERLAP_DUMMIES / 8];
    size_t count = 0;

    throws_make(seed, throws);
    for (size_t i = 0; i < PSI_OVERLAP_DUMMIES; i++)
        count += is_thrown(throws, i);
    return count;
}

ent_code psi_overlap_make(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], ent_str run,
                          const ent_hash *coin, unsigned bits, const ent_str *items, size_t count,
                          const psi_crew *crew, psi_set *set, ent_err *err)
{
    ent_str *all = ent_arena_array(arena, count + PSI_OVERLAP_DUMMIES, sizeof *all);
    uint8_t throws[PSI_OVERLAP_DUMMIES / 8];
    size_t kept = 0;

    if (all == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++)
        if (is_sampled(coin, bits, items[i]))
            all[kept++] = items[i];
    throws_make(seed, throws);
    for (size_t i = 0; i < PSI_OVERLAP_DUMMIES; i++) {
        if (!is_thrown(throws, i))
            continue;
        all[kept] = ent_arena_printf(arena, "?dummy/%zu", i); /* of no namespace of keys */
        if (all[kept++].ptr == NULL)
            return ent_fail_arena(err);
    }
    return psi_set_make(arena, seed, run, all, kept, crew, set, err);
}

struct rank {
    uint8_t bytes[16];
    size_t from;
};

static int by_rank(const void *a, const void *b)
{
    return memcmp(((const struct rank *)a)->bytes, ((const struct rank *)b)->bytes, 16);
}

ent_code psi_overlap_double(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], const psi_set *set,
                            const psi_crew *crew, psi_tag **tags, ent_err *err)
{
    struct rank *ranks = ent_arena_array(arena, set->count, sizeof *ranks);
    psi_tag *ordered;

    ENT_TRY(psi_double(arena, seed, set, crew, &ordered, err));
    *tags = ent_arena_array(arena, set->count, sizeof **tags);
    if (ranks == NULL || *tags == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < set->count; i++) {
        psi_bytes_derive(seed, "overlap answer order", i, ranks[i].bytes, 16);
        ranks[i].from = i;
    }
    qsort(ranks, set->count, sizeof *ranks, by_rank);
    for (size_t i = 0; i < set->count; i++)
        (*tags)[i] = ordered[ranks[i].from];
    return ENT_OK;
}

static int by_tag(const void *a, const void *b)
{
    return memcmp(a, b, PSI_TAG_SIZE);
}

ent_code psi_overlap_count(ent_arena *arena, const psi_tag *a, size_t a_count, const psi_tag *b,
                           size_t b_count, size_t *common, ent_err *err)
{
    psi_tag *sorted = ent_arena_array(arena, b_count + 1, sizeof *sorted);

    if (sorted == NULL)
        return ent_fail_arena(err);
    memcpy(sorted, b, b_count * sizeof *sorted);
    qsort(sorted, b_count, sizeof *sorted, by_tag);
    *common = 0;
    for (size_t i = 0; i < a_count; i++)
        *common += bsearch(&a[i], sorted, b_count, sizeof *sorted, by_tag) != NULL;
    return ENT_OK;
}

void psi_overlap_report(size_t common, size_t dummies, unsigned bits, char text[PSI_OVERLAP_TEXT])
{
    size_t expected = dummies / 2, number = common > expected ? common - expected : 0, unit = 1;

    number <<= bits;
    if (number < 10) {
        (void)snprintf(text, PSI_OVERLAP_TEXT, "fewer than 10");
        return;
    }
    while (number / unit >= 100)
        unit *= 10;
    /* Two digits, and below 100 only tens: finer would be the noise. */
    unit = unit == 1 ? 10 : unit;
    (void)snprintf(text, PSI_OVERLAP_TEXT, "about %zu", (number + unit / 2) / unit * unit);
}
