#include "psi/fast.h"

#include "psi/sort_int.h"
#include "psi/vole_int.h"

#include <nettle/sha2.h>
#include <sodium.h>

#define ANSWER_SIZE PSI_ELEMENT_SIZE
#define SUMS_SIZE   (sizeof(psi_leaf) * 2 * PSI_OT_COUNT)
#define HEAD_SIZE   (ANSWER_SIZE + SUMS_SIZE)
#define CHUNK_SIZE  (sizeof(psi_plane) * PSI_PLANES)

_Static_assert(PSI_FAST_POINTS == PSI_OT_POINTS, "a pair of points a transfer");

/* ---- sizes ---- */

/* Chunks of a bin; they are numbered through all bins. */
static size_t bin_chunks(const psi_okvs *shape)
{
    return (psi_okvs_bin_rows(shape) + PSI_CHUNK - 1) / PSI_CHUNK;
}

static size_t chunk_rows(const psi_okvs *shape, size_t chunk)
{
    size_t left = psi_okvs_bin_rows(shape) - chunk % bin_chunks(shape) * PSI_CHUNK;

    return left < PSI_CHUNK ? left : PSI_CHUNK;
}

/* Words of a plane that are sent of a chunk. */
static size_t chunk_words(const psi_okvs *shape, size_t chunk)
{
    return (chunk_rows(shape, chunk) + 63) / 64;
}

static size_t bin_size(const psi_okvs *shape)
{
    size_t last = bin_chunks(shape) - 1;

    return last * CHUNK_SIZE + chunk_words(shape, last) * sizeof(uint64_t) * PSI_PLANES;
}

size_t psi_fast_rows(size_t padded)
{
    return psi_okvs_shape(padded).rows;
}

static bool is_size(size_t padded)
{
    return padded >= PSI_SET_MIN && padded <= PSI_SET_MAX && (padded & (padded - 1)) == 0;
}

size_t psi_fast_parts(size_t padded, size_t together)
{
    return is_size(padded) ? (psi_okvs_shape(padded).bins + together - 1) / together : 0;
}

size_t psi_fast_part_size(size_t padded, size_t together, size_t part)
{
    size_t bins, head = part == 0 ? HEAD_SIZE : 0;
    psi_okvs shape;

    if (part >= psi_fast_parts(padded, together))
        return 0;
    shape = psi_okvs_shape(padded);
    bins = shape.bins - part * together;
    return head + (bins < together ? bins : together) * bin_size(&shape);
}

/* ---- hashes ---- */

ent_hash psi_fast_session(ent_str run, const ent_hash *asker, const ent_hash *holder)
{
    const ent_span pieces[] = { { "entente-fast-match-v1", 22 },
                                { asker, ENT_HASH_SIZE },
                                { holder, ENT_HASH_SIZE },
                                { run.ptr, run.size } };

    return ent_hash_pieces(pieces, 4);
}

/* SHA-256 over the session or a seed, a letter, the size in two bytes and the bytes.  No input
 * begins another, so that nothing is gained by going on from a hash (Coron, Dodis, Malinaud,
 * Puniya, "Merkle-Damgaard revisited", section 3.2).  nettle's, which uses the processor's
 * instructions. */
static void hash_make(const void *key, char letter, const void *bytes, size_t size, uint8_t *out,
                      size_t out_size)
{
    const uint8_t middle[3] = { (uint8_t)letter, (uint8_t)(size >> 8), (uint8_t)size };
    struct sha256_ctx sha;

    ENT_ASSERT(size <= UINT16_MAX && out_size <= SHA256_DIGEST_SIZE);
    sha256_init(&sha);
    sha256_update(&sha, 32, key);
    sha256_update(&sha, sizeof middle, middle);
    sha256_update(&sha, size, bytes);
    sha256_digest(&sha, out_size, out);
}

_Static_assert(ENT_HASH_SIZE == 32 && PSI_SEED_SIZE == 32, "session and seed");

/* Salt and keys in one go, each key behind its size.  Nothing in a run opens a single one, so there
 * is no tree to make. */
ent_hash psi_fast_root(const uint8_t seed[PSI_SEED_SIZE], const ent_str *items, size_t count)
{
    uint8_t salt[32];
    struct sha256_ctx sha;
    ent_hash root;

    psi_bytes_derive(seed, "fast/commit", 0, salt, sizeof salt);
    sha256_init(&sha);
    sha256_update(&sha, sizeof salt, salt);
    for (size_t i = 0; i < count; i++) {
        const ent_str *key = &items[i];
        const uint8_t size[2] = { (uint8_t)(key->size >> 8), (uint8_t)key->size };

        ENT_ASSERT(key->size <= UINT16_MAX);
        sha256_update(&sha, sizeof size, size);
        sha256_update(&sha, key->size, (const uint8_t *)key->ptr);
    }
    sha256_digest(&sha, sizeof root.bytes, root.bytes);
    sodium_memzero(salt, sizeof salt);
    return root;
}

/* ---- a side ---- */

struct psi_fast {
    psi_fast_side side;
    bool asks;
    psi_okvs shape;
    psi_code code;
    psi_forest forest;
    psi_weighed weighed; /* holder */
    size_t taken, places_count;
    psi_place *places; /* of own items and an asker's padding; by bins from the first message on */
    uint32_t from[PSI_OKVS_BINS + 1];
    psi_tag *tags;
    size_t bin; /* the next one */

    /* Of the bins that are at work: */
    size_t bins;
    psi_solver solver;    /* asker */
    psi_payload *payload; /* asker: the rows before they are coded */
    psi_row *rows;        /* v, or q */
    uint8_t *message;     /* asker */
    uint8_t *rows_out;    /* asker: where the message holds the rows */
    const uint8_t *rows_in;
    const ent_str *items; /* being taken */
};

/* Bins done at a time. */
static size_t together(const psi_fast *f)
{
    return f->side.together < f->shape.bins ? f->side.together : f->shape.bins;
}

static ent_code side_begin(ent_arena *arena, const psi_fast_side *side, size_t padded, bool asks,
                           psi_fast **fast, ent_err *err)
{
    psi_fast *f;
    size_t rows;

    ENT_ASSERT(side->together > 0 && side->together <= PSI_FAST_TOGETHER);
    if (side->count > PSI_SET_MAX)
        return ent_fail(err, ENT_LIMIT, "a set has %zu keys, more than %d", side->count,
                        PSI_SET_MAX);
    f = ent_arena_alloc(arena, sizeof *f);
    if (f == NULL)
        return ent_fail_arena(err);
    *f = (psi_fast){ .side = *side, .asks = asks, .shape = psi_okvs_shape(padded) };
    *fast = f;
    rows = together(f) * psi_okvs_bin_rows(&f->shape);
    psi_code_make(&f->code);
    f->places_count = asks ? padded : side->count;
    f->places = ent_arena_array(arena, f->places_count + 1, sizeof *f->places);
    f->tags = ent_arena_array(arena, psi_padded(side->count), sizeof *f->tags);
    f->rows = ent_arena_array(arena, rows, sizeof *f->rows);
    if (asks) {
        f->payload = ent_arena_array(arena, rows, sizeof *f->payload);
        f->message = ent_arena_alloc(arena, psi_fast_part_size(padded, side->together, 0));
    }
    if (f->places == NULL || f->tags == NULL || f->rows == NULL ||
        (asks && (f->payload == NULL || f->message == NULL)))
        return ent_fail_arena(err);
    f->solver = (psi_solver){ .shape = &f->shape,
                              .places = f->places,
                              .from = f->from,
                              .crew = side->crew,
                              .together = together(f) };
    return ENT_OK;
}

ent_code psi_fast_asker(ent_arena *arena, const psi_fast_side *side, psi_fast **fast, ent_err *err)
{
    return side_begin(arena, side, psi_padded(side->count), true, fast, err);
}

ent_code psi_fast_holder(ent_arena *arena, const psi_fast_side *side, size_t padded,
                         psi_fast **fast, ent_err *err)
{
    ENT_ASSERT(is_size(padded));
    return side_begin(arena, side, padded, false, fast, err);
}

void psi_fast_end(psi_fast *fast)
{
    if (fast == NULL)
        return;
    sodium_memzero(&fast->forest, sizeof fast->forest);
    sodium_memzero(&fast->weighed, sizeof fast->weighed);
}

/* ---- places ---- */

/* Two hashes make 64 bytes. */
static void key_hash(const psi_fast *f, ent_str key, uint8_t hash[PSI_OKVS_HASH])
{
    hash_make(f->side.session.bytes, 'H', key.ptr, key.size, hash, SHA256_DIGEST_SIZE);
    hash_make(f->side.session.bytes, 'I', key.ptr, key.size, hash + SHA256_DIGEST_SIZE,
              PSI_OKVS_HASH - SHA256_DIGEST_SIZE);
}

static ent_code slice_places(void *arg, size_t from, size_t to, ent_err *err)
{
    psi_fast *f = arg;
    uint8_t hash[PSI_OKVS_HASH];

    (void)err;
    for (size_t i = from; i < to; i++) {
        key_hash(f, f->items[i], hash);
        f->places[f->taken + i] = psi_okvs_place(&f->shape, hash);
        f->places[f->taken + i].item = (uint32_t)(f->taken + i);
    }
    return ENT_OK;
}

void psi_fast_take(psi_fast *f, const ent_str *items, size_t count)
{
    ent_err none = { 0 };

    ENT_ASSERT(count <= f->side.count - f->taken);
    f->items = items;
    (void)!psi_crew_run(f->side.crew, count, slice_places, f, &none);
    f->taken += count;
}

/* The asker's padding, and all in order. */
static void places_order(psi_fast *f)
{
    uint8_t hash[PSI_OKVS_HASH];

    ENT_ASSERT(f->taken == f->side.count);
    for (size_t i = f->taken; i < f->places_count; i++) {
        psi_bytes_derive(f->side.seed, "fast/padding", i, hash, sizeof hash);
        f->places[i] = psi_okvs_place(&f->shape, hash);
        f->places[i].item = (uint32_t)i;
    }
    psi_okvs_order(&f->shape, f->places, f->places_count, f->from);
}

/* ---- tags ---- */

#define LOOKUPS ((size_t)64) /* at a time */

/* Of the places of the bins at work. */
static ent_code slice_tags(void *arg, size_t from, size_t to, ent_err *err)
{
    psi_fast *f = arg;
    psi_finder finder = { .shape = &f->shape, .rows = f->rows, .first = f->bin };
    const psi_place *places = f->places + f->from[f->bin];
    psi_row sums[LOOKUPS];

    (void)err;
    for (size_t count; from < to; from += count) {
        const psi_place *place = &places[from];

        count = to - from < LOOKUPS ? to - from : LOOKUPS;
        psi_okvs_sums(&finder, place, count, sums);
        for (size_t i = 0; i < count; i++) {
            if (!f->asks) {
                const psi_payload value = psi_place_value(&place[i]);
                psi_row coded = psi_weighed_of(&f->weighed, &value);

                psi_row_add(&sums[i], &coded);
            }
            for (int word = 0; word < 4; word++)
                sums[i].w[word] = psi_plane_word(sums[i].w[word]);
            hash_make(f->side.session.bytes, 'T', &sums[i], sizeof sums[i],
                      f->tags[place[i].item].bytes, PSI_TAG_SIZE);
        }
    }
    sodium_memzero(sums, sizeof sums);
    return ENT_OK;
}

/* The bins at work are done with. */
static void bins_end(psi_fast *f)
{
    ent_err none = { 0 };

    (void)!psi_crew_run(f->side.crew, f->from[f->bin + f->bins] - f->from[f->bin], slice_tags, f,
                        &none);
    f->bin += f->bins;
}

/* The next bins, as many as are left of those that are done at a time. */
static void bins_begin(psi_fast *f)
{
    size_t left = f->shape.bins - f->bin;

    ENT_ASSERT(left > 0);
    f->bins = left < together(f) ? left : together(f);
}

/* Of a chunk of the bins at work: its number among all, its rows among theirs, and its bytes. */
static uint32_t chunk_number(const psi_fast *f, size_t chunk)
{
    return (uint32_t)(f->bin * bin_chunks(&f->shape) + chunk);
}

static size_t chunk_first(const psi_fast *f, size_t chunk)
{
    size_t a_bin = bin_chunks(&f->shape);

    return chunk / a_bin * psi_okvs_bin_rows(&f->shape) + chunk % a_bin * PSI_CHUNK;
}

static size_t chunk_at(const psi_fast *f, size_t chunk)
{
    size_t a_bin = bin_chunks(&f->shape);

    return chunk / a_bin * bin_size(&f->shape) + chunk % a_bin * CHUNK_SIZE;
}

/* Chunks are few and take long: each is a part of the crew's. */
static void chunks_run(psi_fast *f, psi_part part)
{
    size_t chunks = f->bins * bin_chunks(&f->shape);

    ENT_ASSERT(chunks <= PSI_PARTS);
    if (f->side.crew != NULL)
        f->side.crew->run(f->side.crew->arg, chunks, part, f);
    else
        for (size_t chunk = 0; chunk < chunks; chunk++)
            part(f, chunk);
}

/* ---- the holder chooses ---- */

ent_code psi_fast_choose(const uint8_t seed[PSI_SEED_SIZE], const ent_hash *session,
                         uint8_t points[PSI_FAST_POINTS], ent_err *err)
{
    uint8_t secret[PSI_SYMBOLS], choice[PSI_OT_COUNT];
    ent_code rc;

    psi_vole_secrets(seed, secret, choice);
    rc = psi_ot_choose(seed, session->bytes, choice, points, err);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(choice, sizeof choice);
    return rc;
}

/* ---- the asker asks ---- */

static void chunk_ask(void *ctx, size_t chunk)
{
    psi_fast *f = ctx;
    size_t first = chunk_first(f, chunk), count = chunk_rows(&f->shape, chunk);
    size_t words = chunk_words(&f->shape, chunk);
    psi_plane u[PSI_PLANES], v[PSI_PLANES], coded[PSI_PLANES];
    uint8_t *out = f->rows_out + chunk_at(f, chunk);

    psi_vole_chunk(&f->forest, chunk_number(f, chunk), u, v);
    psi_payload_planes(f->payload + first, count, coded);
    psi_code_extend(&f->code, coded);
    for (size_t p = 0; p < PSI_PLANES; p++, out += words * sizeof(uint64_t)) {
        for (size_t i = 0; i < words; i++)
            u[p][i] = psi_plane_word(u[p][i] ^ coded[p][i]);
        memcpy(out, u[p], words * sizeof(uint64_t));
    }
    psi_planes_rows((const psi_plane *)v, count, f->rows + first);
}

/* The transfers' answer and the trees' sums, to the front of the first message. */
static ent_code trees_grow(psi_fast *f, ent_span points, ent_err *err)
{
    psi_ot_key keys[PSI_OT_COUNT][2];
    psi_leaf sums[PSI_OT_COUNT][2];
    psi_element answer;
    ent_code rc = psi_ot_give(f->side.seed, f->side.session.bytes, points.ptr, &answer, keys, err);

    if (rc == ENT_OK) {
        psi_vole_grow(f->side.seed, keys, &f->forest, sums);
        memcpy(f->message, answer.bytes, ANSWER_SIZE);
        memcpy(f->message + ANSWER_SIZE, sums, SUMS_SIZE);
    }
    sodium_memzero(keys, sizeof keys);
    return rc;
}

ent_code psi_fast_chosen(ent_arena *arena, psi_fast *f, ent_span points, ent_err *err)
{
    if (points.size != PSI_FAST_POINTS)
        return ent_fail(err, ENT_FORMAT, "the choice of the transfers has %zu bytes, not %zu",
                        points.size, PSI_FAST_POINTS);
    places_order(f);
    ENT_TRY(psi_okvs_solver(arena, &f->solver, err));
    return trees_grow(f, points, err);
}

ent_code psi_fast_ask(psi_fast *f, ent_span *message, ent_err *err)
{
    size_t head = f->bin == 0 ? HEAD_SIZE : 0;
    uint8_t seed[PSI_SEED_SIZE];
    ent_code rc;

    bins_begin(f);
    psi_bytes_derive(f->side.seed, "fast/rows", 0, seed, sizeof seed);
    f->solver.seed = seed;
    rc = psi_okvs_solve(&f->solver, f->bin, f->bins, f->payload, err);
    sodium_memzero(seed, sizeof seed);
    if (rc != ENT_OK)
        return rc;
    f->rows_out = f->message + head;
    chunks_run(f, chunk_ask);
    *message = (ent_span){ f->message, head + f->bins * bin_size(&f->shape) };
    bins_end(f);
    return ENT_OK;
}

/* ---- the holder answers ---- */

static void chunk_answer(void *ctx, size_t chunk)
{
    psi_fast *f = ctx;
    size_t first = chunk_first(f, chunk), count = chunk_rows(&f->shape, chunk);
    size_t words = chunk_words(&f->shape, chunk);
    const uint8_t *in = f->rows_in + chunk_at(f, chunk);
    psi_plane q[PSI_PLANES], sent[PSI_PLANES];

    psi_vole_chunk(&f->forest, chunk_number(f, chunk), NULL, q);
    memset(sent, 0, sizeof sent);
    for (size_t p = 0; p < PSI_PLANES; p++, in += words * sizeof(uint64_t)) {
        memcpy(sent[p], in, words * sizeof(uint64_t));
        for (size_t i = 0; i < words; i++)
            sent[p][i] = psi_plane_word(sent[p][i]);
    }
    for (size_t j = 0; j < PSI_SYMBOLS; j++)
        psi_planes_add_times(&q[6 * j], (const psi_plane *)&sent[6 * j], f->forest.secret[j]);
    psi_planes_rows((const psi_plane *)q, count, f->rows + first);
}

static ent_code trees_pick(psi_fast *f, const uint8_t *head, ent_err *err)
{
    uint8_t secret[PSI_SYMBOLS], choice[PSI_OT_COUNT];
    psi_ot_key keys[PSI_OT_COUNT];
    psi_leaf sums[PSI_OT_COUNT][2];
    psi_element answer;
    ent_code rc;

    memcpy(answer.bytes, head, ANSWER_SIZE);
    memcpy(sums, head + ANSWER_SIZE, SUMS_SIZE);
    psi_vole_secrets(f->side.seed, secret, choice);
    rc = psi_ot_take(f->side.seed, f->side.session.bytes, choice, &answer, keys, err);
    if (rc == ENT_OK)
        psi_vole_pick(secret, keys, (const psi_leaf(*)[2])sums, &f->forest);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(choice, sizeof choice);
    sodium_memzero(keys, sizeof keys);
    return rc;
}

ent_code psi_fast_asked(psi_fast *f, ent_span message, ent_err *err)
{
    size_t head = f->bin == 0 ? HEAD_SIZE : 0, size;

    bins_begin(f);
    size = head + f->bins * bin_size(&f->shape);
    if (message.size != size)
        return ent_fail(err, ENT_FORMAT, "bins %zu to %zu of a question have %zu bytes, not %zu",
                        f->bin, f->bin + f->bins - 1, message.size, size);
    if (f->bin == 0) {
        places_order(f);
        ENT_TRY(trees_pick(f, message.ptr, err));
        psi_weighed_make(&f->code, f->forest.secret, &f->weighed);
    }
    f->rows_in = (const uint8_t *)message.ptr + head;
    chunks_run(f, chunk_answer);
    bins_end(f);
    return ENT_OK;
}

const psi_tag *psi_fast_tags(const psi_fast *f)
{
    ENT_ASSERT(f->bin == f->shape.bins);
    return f->tags;
}

static int by_tag(const void *a, const void *b)
{
    return memcmp(a, b, PSI_TAG_SIZE);
}

ent_code psi_fast_answer(ent_arena *arena, const psi_fast *f, psi_tag **tags, ent_err *err)
{
    size_t sent = psi_padded(f->side.count);

    ENT_ASSERT(!f->asks && f->bin == f->shape.bins);
    *tags = ent_arena_array(arena, sent, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(err);
    for (size_t i = f->side.count; i < sent; i++)
        psi_bytes_derive(f->side.seed, "fast/padding/tag", i, f->tags[i].bytes, PSI_TAG_SIZE);
    return psi_sort(arena, f->tags, sent, PSI_TAG_SIZE, by_tag, *tags, err);
}

/* ---- hits ---- */

#define NOBODY UINT32_MAX

/* Where among sorted[from .. to - 1] the tag is, or `none`. */
static size_t tag_find(const psi_tag *sorted, size_t from, size_t to, const psi_tag *tag,
                       size_t none)
{
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = memcmp(&sorted[middle], tag, PSI_TAG_SIZE);

        if (order == 0)
            return middle;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return none;
}

/* Theirs are sorted, so hits come sorted when it is put down at each of theirs whose it is. */
ent_code psi_fast_hits(ent_arena *arena, const psi_tag *own, size_t count, const psi_tag *theirs,
                       size_t their_count, psi_hit **hits, size_t *hit_count, ent_err *err)
{
    psi_hit *all =
        ent_arena_array(arena, (count < their_count ? count : their_count) + 1, sizeof *all);
    uint32_t *start, *whose = ent_arena_array(arena, their_count + 1, sizeof *whose);
    size_t found = 0;

    if (all == NULL || whose == NULL)
        return ent_fail_arena(err);
    for (size_t i = 1; i < their_count; i++)
        if (memcmp(&theirs[i - 1], &theirs[i], PSI_TAG_SIZE) >= 0)
            return ent_fail(err, ENT_FORMAT, "tag %zu of the answer is not above the one before it",
                            i);
    ENT_TRY(psi_sort_starts(arena, theirs, their_count, PSI_TAG_SIZE, &start, err));
    memset(whose, 0xff, (their_count + 1) * sizeof *whose);
    for (size_t i = 0; i < count; i++) {
        size_t place = psi_sort_place(&own[i]);

        whose[tag_find(theirs, start[place], start[place + 1], &own[i], their_count)] = (uint32_t)i;
    }
    for (size_t i = 0; i < their_count; i++)
        if (whose[i] != NOBODY)
            all[found++] = (psi_hit){ whose[i], theirs[i] };
    *hits = all;
    *hit_count = found;
    return ENT_OK;
}
