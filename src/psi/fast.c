#include "psi/fast.h"

#include "psi/sort_int.h"
#include "psi/vole_int.h"

#include <nettle/sha2.h>
#include <sodium.h>

#define ANSWER_SIZE PSI_ELEMENT_SIZE
#define SUMS_SIZE   (sizeof(psi_leaf) * 2 * PSI_OT_COUNT)
#define CHUNK_SIZE  (sizeof(psi_plane) * PSI_PLANES)

_Static_assert(PSI_FAST_POINTS == PSI_OT_POINTS, "a pair of points a transfer");

/* ---- sizes ---- */

static size_t chunks_of(size_t rows)
{
    return (rows + PSI_CHUNK - 1) / PSI_CHUNK;
}

static size_t chunk_rows(size_t rows, size_t chunk)
{
    size_t left = rows - chunk * PSI_CHUNK;

    return left < PSI_CHUNK ? left : PSI_CHUNK;
}

/* Words of a plane that are sent of a chunk. */
static size_t chunk_words(size_t rows, size_t chunk)
{
    return (chunk_rows(rows, chunk) + 63) / 64;
}

size_t psi_fast_rows(size_t padded)
{
    return psi_okvs_shape(padded).rows;
}

size_t psi_fast_ask_size(size_t padded)
{
    size_t rows, chunks;

    if (padded < PSI_SET_MIN || padded > PSI_SET_MAX || (padded & (padded - 1)) != 0)
        return 0;
    rows = psi_okvs_shape(padded).rows;
    chunks = chunks_of(rows);
    return ANSWER_SIZE + SUMS_SIZE + (chunks - 1) * CHUNK_SIZE +
           chunk_words(rows, chunks - 1) * sizeof(uint64_t) * PSI_PLANES;
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
ent_hash psi_fast_root(const psi_fast *side)
{
    uint8_t salt[32];
    struct sha256_ctx sha;
    ent_hash root;

    psi_bytes_derive(side->seed, "fast/commit", 0, salt, sizeof salt);
    sha256_init(&sha);
    sha256_update(&sha, sizeof salt, salt);
    for (size_t i = 0; i < side->count; i++) {
        const ent_str *key = &side->items[i];
        const uint8_t size[2] = { (uint8_t)(key->size >> 8), (uint8_t)key->size };

        ENT_ASSERT(key->size <= UINT16_MAX);
        sha256_update(&sha, sizeof size, size);
        sha256_update(&sha, key->size, (const uint8_t *)key->ptr);
    }
    sha256_digest(&sha, sizeof root.bytes, root.bytes);
    sodium_memzero(salt, sizeof salt);
    return root;
}

/* ---- what the slices of one side share ---- */

struct work {
    const psi_fast *side;
    psi_okvs shape;
    psi_code code;
    psi_forest *forest;
    size_t places_count;
    psi_place *places;    /* of the own items, and of the asker's padding */
    psi_place *ordered;   /* the same, by bins */
    psi_payload *payload; /* asker: the rows before they are coded */
    uint8_t *rows_out;    /* asker: where the message holds the rows */
    const uint8_t *rows_in;
    psi_row *rows;        /* v, or q */
    psi_weighed *weighed; /* holder */
    psi_tag *tags;
};

/* Two hashes make 64 bytes. */
static void key_hash(const psi_fast *side, size_t item, uint8_t hash[PSI_OKVS_HASH])
{
    const ent_str *key = &side->items[item];

    hash_make(side->session.bytes, 'H', key->ptr, key->size, hash, SHA256_DIGEST_SIZE);
    hash_make(side->session.bytes, 'I', key->ptr, key->size, hash + SHA256_DIGEST_SIZE,
              PSI_OKVS_HASH - SHA256_DIGEST_SIZE);
}

static ent_code slice_places(void *arg, size_t from, size_t to, ent_err *err)
{
    struct work *w = arg;
    uint8_t hash[PSI_OKVS_HASH];

    (void)err;
    for (size_t i = from; i < to; i++) {
        if (i < w->side->count)
            key_hash(w->side, i, hash);
        else
            psi_bytes_derive(w->side->seed, "fast/padding", i, hash, sizeof hash);
        w->places[i] = psi_okvs_place(&w->shape, hash);
    }
    return ENT_OK;
}

#define TOGETHER ((size_t)64) /* places looked up at a time */

static ent_code slice_tags(void *arg, size_t from, size_t to, ent_err *err)
{
    struct work *w = arg;
    psi_finder finder = { .shape = &w->shape, .rows = w->rows };
    psi_row sums[TOGETHER];

    (void)err;
    for (size_t count; from < to; from += count) {
        const psi_place *place = &w->ordered[from];

        count = to - from < TOGETHER ? to - from : TOGETHER;
        psi_okvs_sums(&finder, place, count, sums);
        for (size_t i = 0; i < count; i++) {
            if (w->weighed != NULL) {
                const psi_payload value = psi_place_value(&place[i]);
                psi_row coded = psi_weighed_of(w->weighed, &value);

                psi_row_add(&sums[i], &coded);
            }
            for (int word = 0; word < 4; word++)
                sums[i].w[word] = psi_plane_word(sums[i].w[word]);
            hash_make(w->side->session.bytes, 'T', &sums[i], sizeof sums[i],
                      w->tags[place[i].item].bytes, PSI_TAG_SIZE);
        }
    }
    sodium_memzero(sums, sizeof sums);
    return ENT_OK;
}

/* Room for a side that asks or holds against a store for `padded` items. */
static ent_code work_init(ent_arena *arena, const psi_fast *side, size_t padded, bool asks,
                          struct work *w, ent_err *err)
{
    *w = (struct work){ .side = side, .shape = psi_okvs_shape(padded) };
    psi_code_make(&w->code);
    w->places_count = asks ? padded : side->count;
    w->forest = ent_arena_alloc(arena, sizeof *w->forest);
    w->places = ent_arena_array(arena, w->places_count + 1, sizeof *w->places);
    w->rows = ent_arena_array(arena, w->shape.rows, sizeof *w->rows);
    w->tags = ent_arena_array(arena, psi_padded(side->count), sizeof *w->tags);
    if (w->forest == NULL || w->places == NULL || w->rows == NULL || w->tags == NULL)
        return ent_fail_arena(err);
    ENT_TRY(psi_crew_run(side->crew, w->places_count, slice_places, w, err));
    return psi_okvs_order(arena, &w->shape, w->places, w->places_count, &w->ordered, err);
}

/* ---- the holder chooses ---- */

ent_code psi_fast_choose(const psi_fast *holder, uint8_t points[PSI_FAST_POINTS], ent_err *err)
{
    uint8_t secret[PSI_SYMBOLS], choice[PSI_OT_COUNT];
    ent_code rc;

    psi_vole_secrets(holder->seed, secret, choice);
    rc = psi_ot_choose(holder->seed, holder->session.bytes, choice, points, err);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(choice, sizeof choice);
    return rc;
}

/* ---- the asker asks ---- */

static ent_code slice_ask(void *arg, size_t from, size_t to, ent_err *err)
{
    struct work *w = arg;
    psi_plane u[PSI_PLANES], v[PSI_PLANES], coded[PSI_PLANES];

    (void)err;
    for (size_t chunk = from; chunk < to; chunk++) {
        size_t first = chunk * PSI_CHUNK, count = chunk_rows(w->shape.rows, chunk);
        size_t words = chunk_words(w->shape.rows, chunk);
        uint8_t *out = w->rows_out + chunk * CHUNK_SIZE;

        psi_vole_chunk(w->forest, (uint32_t)chunk, u, v);
        psi_payload_planes(w->payload + first, count, coded);
        psi_code_extend(&w->code, coded);
        for (size_t p = 0; p < PSI_PLANES; p++, out += words * sizeof(uint64_t)) {
            for (size_t i = 0; i < words; i++)
                u[p][i] = psi_plane_word(u[p][i] ^ coded[p][i]);
            memcpy(out, u[p], words * sizeof(uint64_t));
        }
        psi_planes_rows((const psi_plane *)v, count, w->rows + first);
    }
    return ENT_OK;
}

/* The transfers' answer and the trees' sums, to the front of the message. */
static ent_code trees_grow(struct work *w, ent_span points, uint8_t *message, ent_err *err)
{
    psi_ot_key keys[PSI_OT_COUNT][2];
    psi_leaf sums[PSI_OT_COUNT][2];
    psi_element answer;
    ent_code rc =
        psi_ot_give(w->side->seed, w->side->session.bytes, points.ptr, &answer, keys, err);

    if (rc == ENT_OK) {
        psi_vole_grow(w->side->seed, keys, w->forest, sums);
        memcpy(message, answer.bytes, ANSWER_SIZE);
        memcpy(message + ANSWER_SIZE, sums, SUMS_SIZE);
    }
    sodium_memzero(keys, sizeof keys);
    return rc;
}

ent_code psi_fast_ask(ent_arena *arena, const psi_fast *asker, ent_span points, ent_span *message,
                      psi_tag **own, ent_err *err)
{
    size_t padded = psi_padded(asker->count), size = psi_fast_ask_size(padded);
    uint8_t *out, seed[PSI_SEED_SIZE];
    struct work w;

    if (size == 0)
        return ent_fail(err, ENT_LIMIT, "a set has %zu keys, more than %d", asker->count,
                        PSI_SET_MAX);
    if (points.size != PSI_FAST_POINTS)
        return ent_fail(err, ENT_FORMAT, "the choice of the transfers has %zu bytes, not %zu",
                        points.size, PSI_FAST_POINTS);
    ENT_TRY(work_init(arena, asker, padded, true, &w, err));
    out = ent_arena_alloc(arena, size);
    w.payload = ent_arena_array(arena, w.shape.rows, sizeof *w.payload);
    if (out == NULL || w.payload == NULL)
        return ent_fail_arena(err);
    ENT_TRY(trees_grow(&w, points, out, err));
    psi_bytes_derive(asker->seed, "fast/rows", 0, seed, sizeof seed);
    ENT_TRY(psi_okvs_solve(arena, &w.shape, w.ordered, padded, seed, asker->crew, w.payload, err));
    w.rows_out = out + ANSWER_SIZE + SUMS_SIZE;
    ENT_TRY(psi_crew_run(asker->crew, chunks_of(w.shape.rows), slice_ask, &w, err));
    ENT_TRY(psi_crew_run(asker->crew, padded, slice_tags, &w, err));
    sodium_memzero(w.forest, sizeof *w.forest);
    *message = (ent_span){ out, size };
    *own = w.tags;
    return ENT_OK;
}

/* ---- the holder answers ---- */

static ent_code slice_answer(void *arg, size_t from, size_t to, ent_err *err)
{
    struct work *w = arg;
    psi_plane q[PSI_PLANES], sent[PSI_PLANES];

    (void)err;
    for (size_t chunk = from; chunk < to; chunk++) {
        size_t first = chunk * PSI_CHUNK, count = chunk_rows(w->shape.rows, chunk);
        size_t words = chunk_words(w->shape.rows, chunk);
        const uint8_t *in = w->rows_in + chunk * CHUNK_SIZE;

        psi_vole_chunk(w->forest, (uint32_t)chunk, NULL, q);
        memset(sent, 0, sizeof sent);
        for (size_t p = 0; p < PSI_PLANES; p++, in += words * sizeof(uint64_t)) {
            memcpy(sent[p], in, words * sizeof(uint64_t));
            for (size_t i = 0; i < words; i++)
                sent[p][i] = psi_plane_word(sent[p][i]);
        }
        for (size_t j = 0; j < PSI_SYMBOLS; j++)
            psi_planes_add_times(&q[6 * j], (const psi_plane *)&sent[6 * j], w->forest->secret[j]);
        psi_planes_rows((const psi_plane *)q, count, w->rows + first);
    }
    return ENT_OK;
}

static ent_code trees_pick(struct work *w, const uint8_t *message, ent_err *err)
{
    uint8_t secret[PSI_SYMBOLS], choice[PSI_OT_COUNT];
    psi_ot_key keys[PSI_OT_COUNT];
    psi_leaf sums[PSI_OT_COUNT][2];
    psi_element answer;
    ent_code rc;

    memcpy(answer.bytes, message, ANSWER_SIZE);
    memcpy(sums, message + ANSWER_SIZE, SUMS_SIZE);
    psi_vole_secrets(w->side->seed, secret, choice);
    rc = psi_ot_take(w->side->seed, w->side->session.bytes, choice, &answer, keys, err);
    if (rc == ENT_OK)
        psi_vole_pick(secret, keys, (const psi_leaf(*)[2])sums, w->forest);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(choice, sizeof choice);
    sodium_memzero(keys, sizeof keys);
    return rc;
}

/* ---- sorted tags ---- */

static int by_tag(const void *a, const void *b)
{
    return memcmp(a, b, PSI_TAG_SIZE);
}

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

ent_code psi_fast_answer(ent_arena *arena, const psi_fast *holder, ent_span message, size_t padded,
                         psi_tag **tags, psi_tag **own, ent_err *err)
{
    size_t size = psi_fast_ask_size(padded), sent = psi_padded(holder->count);
    struct work w;

    if (size == 0 || message.size != size)
        return ent_fail(err, ENT_FORMAT, "a question for %zu keys has %zu bytes, not %zu", padded,
                        message.size, size);
    if (holder->count > PSI_SET_MAX)
        return ent_fail(err, ENT_LIMIT, "a set has %zu keys, more than %d", holder->count,
                        PSI_SET_MAX);
    ENT_TRY(work_init(arena, holder, padded, false, &w, err));
    w.weighed = ent_arena_alloc(arena, sizeof *w.weighed);
    *tags = ent_arena_array(arena, sent, sizeof **tags);
    if (w.weighed == NULL || *tags == NULL)
        return ent_fail_arena(err);
    ENT_TRY(trees_pick(&w, message.ptr, err));
    psi_weighed_make(&w.code, w.forest->secret, w.weighed);
    w.rows_in = (const uint8_t *)message.ptr + ANSWER_SIZE + SUMS_SIZE;
    ENT_TRY(psi_crew_run(holder->crew, chunks_of(w.shape.rows), slice_answer, &w, err));
    ENT_TRY(psi_crew_run(holder->crew, holder->count, slice_tags, &w, err));
    sodium_memzero(w.forest, sizeof *w.forest);
    sodium_memzero(w.weighed, sizeof *w.weighed);
    for (size_t i = holder->count; i < sent; i++)
        psi_bytes_derive(holder->seed, "fast/padding/tag", i, w.tags[i].bytes, PSI_TAG_SIZE);
    *own = w.tags;
    return psi_sort(arena, w.tags, sent, PSI_TAG_SIZE, by_tag, *tags, err);
}

/* ---- hits ---- */

#define NOBODY UINT32_MAX

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
