#include "psi/interval.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_BITS 16
#define DAY_ZERO (-25567) /* 1900-01-01 */
#define DAY_LAST ((1 << DAY_BITS) - 1)

static const char dst[] = "entente-private-match-v1-time-ristretto255_XMD:SHA-512_R255MAP_RO_";

static uint32_t day_clamp(ent_day day)
{
    int64_t n = (int64_t)day - DAY_ZERO;

    return n < 0 ? 0 : n > DAY_LAST ? DAY_LAST : (uint32_t)n;
}

/* A node of the tree: the level above the leaves and its place there. */
static void token_write(char *token, char kind, unsigned level, uint32_t node)
{
    (void)snprintf(token, PSI_TOKEN_SIZE, "%c%c%04x", kind, (int)('a' + level),
                   (unsigned)node & 0xffff);
}

static size_t ancestors_write(uint32_t day, char kind, char tokens[][PSI_TOKEN_SIZE])
{
    for (unsigned level = 0; level <= DAY_BITS; level++)
        token_write(tokens[level], kind, level, day >> level);
    return DAY_BITS + 1;
}

/* The fewest nodes that cover first..last: at most two on each level. */
static size_t cover_write(uint32_t first, uint32_t last, char kind, char tokens[][PSI_TOKEN_SIZE])
{
    uint32_t low = first, high = last + 1;
    size_t count = 0;

    for (unsigned level = 0; low < high; level++, low >>= 1, high >>= 1) {
        if ((low & 1) != 0)
            token_write(tokens[count++], kind, level, low++);
        if ((high & 1) != 0)
            token_write(tokens[count++], kind, level, --high);
    }
    return count;
}

size_t psi_interval_tokens(ent_days interval, bool first, char tokens[][PSI_TOKEN_SIZE])
{
    uint32_t start = day_clamp(interval.first), end = day_clamp(interval.last);
    size_t count;

    if (!first) {
        count = cover_write(start, end, 's', tokens);
        return count + ancestors_write(start, 'e', tokens + count);
    }
    count = ancestors_write(start, 's', tokens);
    if (start < end)
        count += cover_write(start + 1, end, 'e', tokens + count);
    return count;
}

static int by_start(const void *a, const void *b)
{
    ent_day x = ((const ent_days *)a)->first, y = ((const ent_days *)b)->first;

    return (x > y) - (x < y);
}

static void interval_join(ent_days *intervals, size_t at, size_t *count)
{
    if (intervals[at + 1].last > intervals[at].last)
        intervals[at].last = intervals[at + 1].last;
    memmove(&intervals[at + 1], &intervals[at + 2], (*count - at - 2) * sizeof *intervals);
    (*count)--;
}

size_t psi_intervals_merge(ent_days *intervals, size_t count)
{
    qsort(intervals, count, sizeof *intervals, by_start);
    for (size_t i = 0; i + 1 < count;) {
        if ((int64_t)intervals[i + 1].first <= (int64_t)intervals[i].last + 1)
            interval_join(intervals, i, &count);
        else
            i++;
    }
    while (count > PSI_INTERVALS) {
        size_t closest = 0;

        for (size_t i = 1; i + 1 < count; i++)
            if ((int64_t)intervals[i + 1].first - intervals[i].last <
                (int64_t)intervals[closest + 1].first - intervals[closest].last)
                closest = i;
        interval_join(intervals, closest, &count);
    }
    return count;
}

struct place {
    uint8_t rank[16];
    uint32_t from;
};

static int by_rank(const void *a, const void *b)
{
    return memcmp(((const struct place *)a)->rank, ((const struct place *)b)->rank, 16);
}

/* An order for this hit that only the seed's holder can tell. */
static void shuffle_make(const uint8_t *seed, const char *label, const psi_tag *hit,
                         struct place places[PSI_TIME_TOKENS])
{
    uint8_t mixed[PSI_SEED_SIZE];

    (void)crypto_generichash(mixed, sizeof mixed, hit->bytes, PSI_TAG_SIZE, seed, PSI_SEED_SIZE);
    for (uint32_t i = 0; i < PSI_TIME_TOKENS; i++) {
        psi_bytes_derive(mixed, label, i, places[i].rank, 16);
        places[i].from = i;
    }
    qsort(places, PSI_TIME_TOKENS, sizeof *places, by_rank);
    sodium_memzero(mixed, sizeof mixed);
}

/* The element of one token; an empty token is padding. */
static ent_code token_element(const uint8_t *seed, const uint8_t *scalar, ent_str run,
                              const psi_tag *hit, const char *token, uint64_t place,
                              psi_element *out, ent_err *err)
{
    uint8_t message[256], noise[64];
    psi_element base;
    size_t size = run.size;

    if (run.size + PSI_TAG_SIZE + PSI_TOKEN_SIZE > sizeof message)
        return ent_fail(err, ENT_LIMIT, "the name of a match run is too long");
    if (token[0] == '\0') {
        uint8_t mixed[PSI_SEED_SIZE];

        (void)crypto_generichash(mixed, sizeof mixed, hit->bytes, PSI_TAG_SIZE, seed,
                                 PSI_SEED_SIZE);
        psi_bytes_derive(mixed, "time padding", place, noise, sizeof noise);
        base = psi_hash_to_group((ent_span){ noise, sizeof noise },
                                 ENT_STR("entente-private-match-v1-padding"));
        sodium_memzero(mixed, sizeof mixed);
    } else {
        memcpy(message, run.ptr, run.size);
        memcpy(message + size, hit->bytes, PSI_TAG_SIZE);
        size += PSI_TAG_SIZE;
        memcpy(message + size, token, strlen(token));
        size += strlen(token);
        base = psi_hash_to_group((ent_span){ message, size }, ENT_STR(dst));
    }
    return psi_multiply(scalar, &base, out, err);
}

ent_code psi_time_set(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], ent_str run,
                      const psi_tag *hit, const ent_days *intervals, size_t count, bool first,
                      psi_element elements[PSI_TIME_TOKENS], ent_err *err)
{
    char(*tokens)[PSI_TOKEN_SIZE] = ent_arena_array(arena, PSI_TIME_TOKENS, PSI_TOKEN_SIZE);
    struct place *places = ent_arena_array(arena, PSI_TIME_TOKENS, sizeof *places);
    uint8_t scalar[PSI_SCALAR_SIZE];
    ent_code rc = ENT_OK;
    size_t used = 0;

    if (tokens == NULL || places == NULL)
        return ent_fail_arena(err);
    ENT_ASSERT(count <= PSI_INTERVALS);
    for (size_t i = 0; i < count; i++)
        used += psi_interval_tokens(intervals[i], first, tokens + used);
    shuffle_make(seed, "time order", hit, places);
    psi_scalar_derive(seed, "time key", scalar);
    for (size_t i = 0; i < PSI_TIME_TOKENS && rc == ENT_OK; i++)
        rc = token_element(seed, scalar, run, hit, tokens[places[i].from], i, &elements[i], err);
    sodium_memzero(scalar, sizeof scalar);
    return rc;
}

ent_code psi_time_double(const uint8_t seed[PSI_SEED_SIZE], const psi_tag *hit,
                         const psi_element elements[PSI_TIME_TOKENS], psi_tag tags[PSI_TIME_TOKENS],
                         ent_err *err)
{
    struct place places[PSI_TIME_TOKENS];
    uint8_t scalar[PSI_SCALAR_SIZE];
    ent_code rc = ENT_OK;

    shuffle_make(seed, "time answer order", hit, places);
    psi_scalar_derive(seed, "time key", scalar);
    for (size_t i = 0; i < PSI_TIME_TOKENS && rc == ENT_OK; i++) {
        psi_element product;

        rc = psi_multiply(scalar, &elements[places[i].from], &product, err);
        memcpy(tags[i].bytes, product.bytes, PSI_TAG_SIZE);
    }
    sodium_memzero(scalar, sizeof scalar);
    return rc;
}

static int by_tag(const void *a, const void *b)
{
    return memcmp(a, b, PSI_TAG_SIZE);
}

bool psi_time_overlap(const psi_tag own[PSI_TIME_TOKENS], const psi_tag other[PSI_TIME_TOKENS])
{
    psi_tag sorted[PSI_TIME_TOKENS];

    memcpy(sorted, other, sizeof sorted);
    qsort(sorted, PSI_TIME_TOKENS, sizeof *sorted, by_tag);
    for (size_t i = 0; i < PSI_TIME_TOKENS; i++)
        if (bsearch(&own[i], sorted, PSI_TIME_TOKENS, sizeof *sorted, by_tag) != NULL)
            return true;
    return false;
}
