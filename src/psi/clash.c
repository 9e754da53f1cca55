/* The run of psi/clash.h: messages and what is kept between them.
 *
 * A message is MAGIC, the number of the message, and its body.  The state is the number of
 * the last message said, the other's slots and commitment, and what the step adds. */
#include "psi/clash.h"

#include "base/buf.h"

#include <sodium.h>
#include <stdlib.h>

#define MAGIC      "entente clash 1\n"
#define MAGIC_SIZE (sizeof MAGIC - 1)
#define SLOTS_MIN  4
#define PAIR_SIZE  (PSI_DIMENSIONS * PSI_BOX_TOKENS) /* tokens of a nominated pair */
#define NOBODY     UINT32_MAX

static const char cell_dst[] = "entente-clash-v1-cells-ristretto255_XMD:SHA-512_R255MAP_RO_";
static const char pair_dst[] = "entente-clash-v1-pairs-ristretto255_XMD:SHA-512_R255MAP_RO_";
static const char padding_dst[] = "entente-clash-v1-padding-ristretto255_XMD:SHA-512_R255MAP_RO_";

struct pair {
    uint32_t first, second; /* slots of either side */
};

/* One step at work. */
struct work {
    ent_arena *arena;
    const psi_clash *own;
    psi_clash_step *step;
    size_t slots;   /* ours, padded */
    uint32_t *slot; /* which claim is in it, or NOBODY */
    /* from the state */
    unsigned at;
    size_t other_slots;
    ent_hash other_root;
    ent_span kept;
    /* the message */
    unsigned number;
    ent_span body;
};

/* ---- orders that only the seed's holder can tell ---- */

struct rank {
    uint8_t bytes[16];
    uint32_t from;
};

static int by_rank(const void *a, const void *b)
{
    return memcmp(((const struct rank *)a)->bytes, ((const struct rank *)b)->bytes, 16);
}

static void order_make(const uint8_t *seed, const char *label, uint64_t index, size_t count,
                       struct rank *ranks)
{
    uint8_t mixed[PSI_SEED_SIZE];

    psi_bytes_derive(seed, label, index, mixed, sizeof mixed);
    for (size_t i = 0; i < count; i++) {
        psi_bytes_derive(mixed, "rank", i, ranks[i].bytes, 16);
        ranks[i].from = (uint32_t)i;
    }
    qsort(ranks, count, sizeof *ranks, by_rank);
    sodium_memzero(mixed, sizeof mixed);
}

/* ---- elements ---- */

static ent_code element_make(const uint8_t *scalar, const ent_span *pieces, size_t count,
                             const char *dst, psi_element *out, ent_err *err)
{
    psi_element base = psi_pieces_to_group(pieces, count, ent_str_of(dst));

    return psi_multiply(scalar, &base, out, err);
}

static ent_code padding_make(const uint8_t *seed, const uint8_t *scalar, const char *label,
                             uint64_t index, psi_element *out, ent_err *err)
{
    uint8_t noise[64];
    ent_span piece = { noise, sizeof noise };

    psi_bytes_derive(seed, label, index, noise, sizeof noise);
    return element_make(scalar, &piece, 1, padding_dst, out, err);
}

/* The other's elements raised to a secret of ours, 16 bytes of each, shuffled in groups. */
static ent_code raise(const struct work *w, const char *key, const char *label,
                      const uint8_t *elements, size_t groups, size_t group, psi_tag *tags,
                      ent_err *err)
{
    struct rank *ranks = ent_arena_array(w->arena, group, sizeof *ranks);
    uint8_t scalar[PSI_SCALAR_SIZE];
    ent_code rc = ENT_OK;

    if (ranks == NULL)
        return ent_fail_arena(err);
    psi_scalar_derive(w->own->seed, key, scalar);
    for (size_t g = 0; g < groups && rc == ENT_OK; g++) {
        order_make(w->own->seed, label, g, group, ranks);
        for (size_t i = 0; i < group && rc == ENT_OK; i++) {
            psi_element element, product;

            memcpy(&element, elements + (g * group + ranks[i].from) * PSI_ELEMENT_SIZE,
                   PSI_ELEMENT_SIZE);
            rc = psi_multiply(scalar, &element, &product, err);
            memcpy(tags[g * group + i].bytes, product.bytes, PSI_TAG_SIZE);
        }
    }
    sodium_memzero(scalar, sizeof scalar);
    return rc;
}

/* ---- step 1: cells ---- */

static ent_code slots_make(struct work *w, ent_err *err)
{
    struct rank *ranks;

    if (w->own->count > PSI_CLASH_CLAIMS)
        return ent_fail(err, ENT_LIMIT, "%zu plans are more than %d that can be compared at once",
                        w->own->count, PSI_CLASH_CLAIMS);
    for (w->slots = SLOTS_MIN; w->slots < w->own->count;)
        w->slots *= 2;
    ranks = ent_arena_array(w->arena, w->slots, sizeof *ranks);
    w->slot = ent_arena_array(w->arena, w->slots, sizeof *w->slot);
    if (ranks == NULL || w->slot == NULL)
        return ent_fail_arena(err);
    order_make(w->own->seed, "slots", 0, w->slots, ranks);
    for (size_t i = 0; i < w->slots; i++)
        w->slot[i] = ranks[i].from < w->own->count ? ranks[i].from : NOBODY;
    return ENT_OK;
}

static ent_code slot_elements(const struct work *w, const uint8_t *scalar, size_t slot,
                              psi_element *out, ent_err *err)
{
    struct rank ranks[PSI_CLASH_CELLS];
    psi_cell cells[PSI_CLASH_CELLS];
    size_t count = 0;
    ent_code rc = ENT_OK;

    if (w->slot[slot] != NOBODY)
        count = psi_clash_cells(&w->own->claims[w->slot[slot]], w->own->first, cells);
    order_make(w->own->seed, "cells", slot, PSI_CLASH_CELLS, ranks);
    for (size_t i = 0; i < PSI_CLASH_CELLS && rc == ENT_OK; i++) {
        psi_element *element = &out[ranks[i].from];
        const ent_span pieces[] = { { w->own->run.ptr, w->own->run.size },
                                    { "", 1 },
                                    { cells[i].bytes, sizeof cells[i].bytes } };

        rc = i < count ? element_make(scalar, pieces, 3, cell_dst, element, err)
                       : padding_make(w->own->seed, scalar, "cell padding",
                                      slot * PSI_CLASH_CELLS + i, element, err);
    }
    sodium_memzero(cells, sizeof cells);
    return rc;
}

static ent_code cells_make(const struct work *w, psi_element **elements, ent_err *err)
{
    uint8_t scalar[PSI_SCALAR_SIZE];
    ent_code rc = ENT_OK;

    *elements = ent_arena_array(w->arena, w->slots * PSI_CLASH_CELLS, sizeof **elements);
    if (*elements == NULL)
        return ent_fail_arena(err);
    psi_scalar_derive(w->own->seed, "cell key", scalar);
    for (size_t i = 0; i < w->slots && rc == ENT_OK; i++)
        rc = slot_elements(w, scalar, i, *elements + i * PSI_CLASH_CELLS, err);
    sodium_memzero(scalar, sizeof scalar);
    return rc;
}

static ent_hash root_of(const void *elements, size_t slots)
{
    const ent_span pieces[] = {
        { "entente clash cells 1\n", 22 },
        { elements, slots * PSI_CLASH_CELLS * PSI_ELEMENT_SIZE },
    };

    return ent_hash_pieces(pieces, 2);
}

/* ---- which pairs have a cell in common ---- */

struct cell {
    psi_tag tag;
    uint32_t slot;
};

static int by_tag(const void *a, const void *b)
{
    return memcmp(a, b, PSI_TAG_SIZE);
}

static int by_pair(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;

    return p->first != q->first ? (p->first > q->first) - (p->first < q->first)
                                : (p->second > q->second) - (p->second < q->second);
}

static ent_code cells_sort(const struct work *w, const uint8_t *tags, size_t slots,
                           struct cell **cells, ent_err *err)
{
    *cells = ent_arena_array(w->arena, slots * PSI_CLASH_CELLS, sizeof **cells);
    if (*cells == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < slots * PSI_CLASH_CELLS; i++) {
        memcpy((*cells)[i].tag.bytes, tags + i * PSI_TAG_SIZE, PSI_TAG_SIZE);
        (*cells)[i].slot = (uint32_t)(i / PSI_CLASH_CELLS);
    }
    qsort(*cells, slots * PSI_CLASH_CELLS, sizeof **cells, by_tag);
    return ENT_OK;
}

/* `first`, `second`: the doubled tags of the two sides' cells, in groups. */
static ent_code pairs_find(const struct work *w, const uint8_t *first, const uint8_t *second,
                           struct pair **pairs, size_t *count, ent_err *err)
{
    size_t first_slots = w->own->first ? w->slots : w->other_slots,
           second_slots = w->own->first ? w->other_slots : w->slots,
           n = first_slots * PSI_CLASH_CELLS, m = second_slots * PSI_CLASH_CELLS;
    bool *seen = ent_arena_array(w->arena, first_slots * second_slots, sizeof *seen);
    struct cell *a, *b;

    *count = 0;
    *pairs = ent_arena_array(w->arena, PSI_CLASH_PAIRS, sizeof **pairs);
    if (seen == NULL || *pairs == NULL)
        return ent_fail_arena(err);
    ENT_TRY(cells_sort(w, first, first_slots, &a, err));
    ENT_TRY(cells_sort(w, second, second_slots, &b, err));
    for (size_t i = 0, k = 0; i < n; i++) {
        while (k < m && memcmp(b[k].tag.bytes, a[i].tag.bytes, PSI_TAG_SIZE) < 0)
            k++;
        for (size_t j = k; j < m && memcmp(&b[j], &a[i], PSI_TAG_SIZE) == 0; j++) {
            bool *pair = &seen[a[i].slot * second_slots + b[j].slot];

            if (*pair)
                continue;
            if (*count == PSI_CLASH_PAIRS)
                return ent_fail(err, ENT_LIMIT, "more than %d pairs of plans are near each other",
                                PSI_CLASH_PAIRS);
            *pair = true;
            (*pairs)[(*count)++] = (struct pair){ a[i].slot, b[j].slot };
        }
    }
    qsort(*pairs, *count, sizeof **pairs, by_pair);
    return ENT_OK;
}

/* ---- step 2: nominated pairs ---- */

static ent_code pair_elements(const struct work *w, const uint8_t *scalar, const struct pair *pair,
                              size_t index, psi_element *out, ent_err *err)
{
    uint32_t claim = w->slot[w->own->first ? pair->first : pair->second];
    const uint8_t places[] = { (uint8_t)pair->first, (uint8_t)pair->second };
    char tokens[PSI_BOX_TOKENS][PSI_BOX_TOKEN];
    struct rank ranks[PSI_BOX_TOKENS];
    ent_code rc = ENT_OK;

    for (psi_dimension d = PSI_TIME; d < PSI_DIMENSIONS; d = (psi_dimension)(d + 1)) {
        uint64_t group = index * PSI_DIMENSIONS + d;
        size_t count = 0;

        if (claim != NOBODY)
            count = psi_box_tokens(&w->own->claims[claim].box, d, w->own->first, tokens);
        order_make(w->own->seed, "pairs", group, PSI_BOX_TOKENS, ranks);
        for (size_t i = 0; i < PSI_BOX_TOKENS && rc == ENT_OK; i++) {
            psi_element *element = &out[d * PSI_BOX_TOKENS + ranks[i].from];

            if (i >= count) {
                rc = padding_make(w->own->seed, scalar, "pair padding", group * PSI_BOX_TOKENS + i,
                                  element, err);
                continue;
            }
            const ent_span pieces[] = { { w->own->run.ptr, w->own->run.size },
                                        { "", 1 },
                                        { places, sizeof places },
                                        { tokens[i], strlen(tokens[i]) } };

            rc = element_make(scalar, pieces, 4, pair_dst, element, err);
        }
    }
    sodium_memzero(tokens, sizeof tokens);
    return rc;
}

static ent_code pairs_put(const struct work *w, const struct pair *pairs, size_t count,
                          ent_buf *buf, ent_err *err)
{
    psi_element *elements = ent_arena_array(w->arena, count * PAIR_SIZE + 1, sizeof *elements);
    uint8_t scalar[PSI_SCALAR_SIZE];
    ent_code rc = ENT_OK;

    if (elements == NULL)
        return ent_fail_arena(err);
    psi_scalar_derive(w->own->seed, "pair key", scalar);
    for (size_t i = 0; i < count && rc == ENT_OK; i++)
        rc = pair_elements(w, scalar, &pairs[i], i, elements + i * PAIR_SIZE, err);
    sodium_memzero(scalar, sizeof scalar);
    ent_buf_put(buf, elements, count * PAIR_SIZE * PSI_ELEMENT_SIZE);
    return rc;
}

static bool any_common(const uint8_t *own, const psi_tag *other)
{
    psi_tag sorted[PSI_BOX_TOKENS];

    memcpy(sorted, other, sizeof sorted);
    qsort(sorted, PSI_BOX_TOKENS, sizeof *sorted, by_tag);
    for (size_t i = 0; i < PSI_BOX_TOKENS; i++)
        if (bsearch(own + i * PSI_TAG_SIZE, sorted, PSI_BOX_TOKENS, sizeof *sorted, by_tag) != NULL)
            return true;
    return false;
}

/* What the pairs came to; a pair of a slot without a claim (a peer's invention) is dropped. */
static ent_code finish(const struct work *w, const struct pair *pairs, size_t count,
                       const uint8_t *own, const psi_tag *other, ent_err *err)
{
    psi_clash_step *step = w->step;

    step->done = true;
    step->state = ENT_STR("");
    step->pairs = ent_arena_array(w->arena, count + 1, sizeof *step->pairs);
    if (step->pairs == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        uint32_t claim = w->slot[w->own->first ? pairs[i].first : pairs[i].second];
        psi_clash_pair *pair = &step->pairs[step->count];

        if (claim == NOBODY)
            continue;
        *pair = (psi_clash_pair){ .own = claim,
                                  .other = w->own->first ? pairs[i].second : pairs[i].first,
                                  .slot = w->own->first ? pairs[i].first : pairs[i].second,
                                  .clash = true };
        for (size_t d = 0; d < PSI_DIMENSIONS; d++) {
            size_t from = i * PAIR_SIZE + d * PSI_BOX_TOKENS;

            pair->overlap[d] = any_common(own + from * PSI_TAG_SIZE, other + from);
            pair->clash = pair->clash && pair->overlap[d];
        }
        step->count++;
    }
    return ENT_OK;
}

/* ---- messages and state ---- */

static void message_begin(ent_buf *buf, ent_arena *arena, unsigned number)
{
    ent_buf_init(buf, arena);
    ent_buf_put(buf, MAGIC, MAGIC_SIZE);
    ent_buf_byte(buf, (unsigned char)number);
}

static void state_begin(const struct work *w, ent_buf *buf, unsigned said)
{
    ent_buf_init(buf, w->arena);
    ent_buf_byte(buf, (unsigned char)said);
    ent_buf_byte(buf, (unsigned char)w->other_slots);
    ent_buf_put(buf, w->other_root.bytes, ENT_HASH_SIZE);
}

static ent_code step_end(const struct work *w, const ent_buf *say, const ent_buf *state,
                         ent_err *err)
{
    if (state != NULL)
        ENT_TRY(ent_buf_done(state, &w->step->state, err));
    return ent_buf_done(say, &w->step->say, err);
}

static ent_code size_check(const struct work *w, size_t want, ent_err *err)
{
    if (w->body.size != want)
        return ent_fail(err, ENT_FORMAT,
                        "message %u of a comparison of plans has %zu bytes, not %zu", w->number,
                        w->body.size, want);
    return ENT_OK;
}

static void pairs_keep(const struct pair *pairs, size_t count, ent_buf *state)
{
    ent_buf_byte(state, (unsigned char)(count >> 8));
    ent_buf_byte(state, (unsigned char)count);
    for (size_t i = 0; i < count; i++) {
        ent_buf_byte(state, (unsigned char)pairs[i].first);
        ent_buf_byte(state, (unsigned char)pairs[i].second);
    }
}

/* The pairs in the state; *rest is what follows on them. */
static ent_code pairs_kept(const struct work *w, struct pair **pairs, size_t *count, ent_span *rest,
                           ent_err *err)
{
    const uint8_t *bytes = w->kept.ptr;

    if (w->kept.size < 2)
        return ent_fail(err, ENT_BUG, "the state of a comparison of plans is cut short");
    *count = (size_t)bytes[0] << 8 | bytes[1];
    if (*count > PSI_CLASH_PAIRS || w->kept.size < 2 + 2 * *count)
        return ent_fail(err, ENT_BUG, "the state of a comparison of plans is cut short");
    *pairs = ent_arena_array(w->arena, *count + 1, sizeof **pairs);
    if (*pairs == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        (*pairs)[i] = (struct pair){ bytes[2 + 2 * i], bytes[3 + 2 * i] };
    *rest = (ent_span){ bytes + 2 + 2 * *count, w->kept.size - 2 - 2 * *count };
    return ENT_OK;
}

/* ---- the steps ---- */

static ent_code commit_say(const struct work *w, unsigned number, ent_err *err)
{
    psi_element *elements;
    ent_buf say, state;
    ent_hash root;

    ENT_TRY(cells_make(w, &elements, err));
    root = root_of(elements, w->slots);
    message_begin(&say, w->arena, number);
    ent_buf_byte(&say, (unsigned char)w->slots);
    ent_buf_put(&say, root.bytes, ENT_HASH_SIZE);
    state_begin(w, &state, number);
    return step_end(w, &say, &state, err);
}

static ent_code start(struct work *w, ent_err *err)
{
    return commit_say(w, 1, err);
}

static ent_code commit_read(struct work *w, ent_err *err)
{
    const uint8_t *bytes = w->body.ptr;

    ENT_TRY(size_check(w, 1 + ENT_HASH_SIZE, err));
    w->other_slots = bytes[0];
    if (w->other_slots < SLOTS_MIN || w->other_slots > PSI_CLASH_CLAIMS ||
        (w->other_slots & (w->other_slots - 1)) != 0)
        return ent_fail(err, ENT_FORMAT, "%zu is no number of places for plans", w->other_slots);
    memcpy(w->other_root.bytes, bytes + 1, ENT_HASH_SIZE);
    return ENT_OK;
}

static ent_code take_1(struct work *w, ent_err *err)
{
    ENT_TRY(commit_read(w, err));
    return commit_say(w, 2, err);
}

static ent_code take_2(struct work *w, ent_err *err)
{
    psi_element *elements;
    ent_buf say, state;

    ENT_TRY(commit_read(w, err));
    ENT_TRY(cells_make(w, &elements, err));
    message_begin(&say, w->arena, 3);
    ent_buf_put(&say, elements, w->slots * PSI_CLASH_CELLS * PSI_ELEMENT_SIZE);
    state_begin(w, &state, 3);
    return step_end(w, &say, &state, err);
}

/* The other's cells, which it committed to, doubled. */
static ent_code cells_raise(const struct work *w, psi_tag **tags, ent_err *err)
{
    ent_hash root = root_of(w->body.ptr, w->other_slots);

    if (!ent_hash_equal(&root, &w->other_root))
        return ent_fail(err, ENT_UNTRUSTED, "the cells of plans are not those committed to");
    *tags = ent_arena_array(w->arena, w->other_slots * PSI_CLASH_CELLS, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(err);
    return raise(w, "cell key", "cell answers", w->body.ptr, w->other_slots, PSI_CLASH_CELLS, *tags,
                 err);
}

static ent_code take_3(struct work *w, ent_err *err)
{
    size_t theirs = w->other_slots * PSI_CLASH_CELLS;
    psi_element *elements;
    ent_buf say, state;
    psi_tag *tags;

    ENT_TRY(size_check(w, theirs * PSI_ELEMENT_SIZE, err));
    ENT_TRY(cells_raise(w, &tags, err));
    ENT_TRY(cells_make(w, &elements, err));
    message_begin(&say, w->arena, 4);
    ent_buf_put(&say, elements, w->slots * PSI_CLASH_CELLS * PSI_ELEMENT_SIZE);
    ent_buf_put(&say, tags, theirs * PSI_TAG_SIZE);
    state_begin(w, &state, 4);
    ent_buf_put(&state, tags, theirs * PSI_TAG_SIZE);
    return step_end(w, &say, &state, err);
}

static ent_code take_4(struct work *w, ent_err *err)
{
    size_t theirs = w->other_slots * PSI_CLASH_CELLS, ours = w->slots * PSI_CLASH_CELLS, count;
    struct pair *pairs;
    ent_buf say, state;
    psi_tag *tags;

    ENT_TRY(size_check(w, theirs * PSI_ELEMENT_SIZE + ours * PSI_TAG_SIZE, err));
    ENT_TRY(cells_raise(w, &tags, err));
    ENT_TRY(pairs_find(w, (const uint8_t *)w->body.ptr + theirs * PSI_ELEMENT_SIZE,
                       (const uint8_t *)tags, &pairs, &count, err));
    message_begin(&say, w->arena, 5);
    ent_buf_put(&say, tags, theirs * PSI_TAG_SIZE);
    ENT_TRY(pairs_put(w, pairs, count, &say, err));
    if (count == 0) {
        ENT_TRY(finish(w, pairs, 0, NULL, NULL, err));
        return step_end(w, &say, NULL, err);
    }
    state_begin(w, &state, 5);
    pairs_keep(pairs, count, &state);
    return step_end(w, &say, &state, err);
}

static ent_code take_5(struct work *w, ent_err *err)
{
    size_t ours = w->slots * PSI_CLASH_CELLS * PSI_TAG_SIZE, count;
    struct pair *pairs;
    ent_buf say, state;
    psi_tag *tags;

    if (w->kept.size != w->other_slots * PSI_CLASH_CELLS * PSI_TAG_SIZE)
        return ent_fail(err, ENT_BUG, "the state of a comparison of plans is cut short");
    if (w->body.size < ours)
        return size_check(w, ours, err);
    ENT_TRY(pairs_find(w, w->kept.ptr, w->body.ptr, &pairs, &count, err));
    ENT_TRY(size_check(w, ours + count * PAIR_SIZE * PSI_ELEMENT_SIZE, err));
    if (count == 0)
        return finish(w, pairs, 0, NULL, NULL, err);
    tags = ent_arena_array(w->arena, count * PAIR_SIZE, sizeof *tags);
    if (tags == NULL)
        return ent_fail_arena(err);
    ENT_TRY(raise(w, "pair key", "pair answers", (const uint8_t *)w->body.ptr + ours,
                  count * PSI_DIMENSIONS, PSI_BOX_TOKENS, tags, err));
    message_begin(&say, w->arena, 6);
    ent_buf_put(&say, tags, count * PAIR_SIZE * PSI_TAG_SIZE);
    ENT_TRY(pairs_put(w, pairs, count, &say, err));
    state_begin(w, &state, 6);
    pairs_keep(pairs, count, &state);
    ent_buf_put(&state, tags, count * PAIR_SIZE * PSI_TAG_SIZE);
    return step_end(w, &say, &state, err);
}

static ent_code take_6(struct work *w, ent_err *err)
{
    struct pair *pairs;
    psi_tag *tags;
    ent_span rest;
    size_t count;
    ent_buf say;

    ENT_TRY(pairs_kept(w, &pairs, &count, &rest, err));
    ENT_TRY(size_check(w, count * PAIR_SIZE * (PSI_TAG_SIZE + PSI_ELEMENT_SIZE), err));
    tags = ent_arena_array(w->arena, count * PAIR_SIZE, sizeof *tags);
    if (tags == NULL)
        return ent_fail_arena(err);
    ENT_TRY(raise(w, "pair key", "pair answers",
                  (const uint8_t *)w->body.ptr + count * PAIR_SIZE * PSI_TAG_SIZE,
                  count * PSI_DIMENSIONS, PSI_BOX_TOKENS, tags, err));
    message_begin(&say, w->arena, 7);
    ent_buf_put(&say, tags, count * PAIR_SIZE * PSI_TAG_SIZE);
    ENT_TRY(finish(w, pairs, count, w->body.ptr, tags, err));
    return step_end(w, &say, NULL, err);
}

static ent_code take_7(struct work *w, ent_err *err)
{
    struct pair *pairs;
    psi_tag *tags;
    ent_span rest;
    size_t count;

    ENT_TRY(pairs_kept(w, &pairs, &count, &rest, err));
    ENT_TRY(size_check(w, count * PAIR_SIZE * PSI_TAG_SIZE, err));
    if (rest.size != w->body.size)
        return ent_fail(err, ENT_BUG, "the state of a comparison of plans is cut short");
    tags = ent_arena_array(w->arena, count * PAIR_SIZE + 1, sizeof *tags);
    if (tags == NULL)
        return ent_fail_arena(err);
    memcpy(tags, rest.ptr, rest.size);
    return finish(w, pairs, count, w->body.ptr, tags, err);
}

static ent_code state_read(struct work *w, ent_span state, ent_err *err)
{
    const uint8_t *bytes = state.ptr;

    if (state.size == 0)
        return ENT_OK;
    if (state.size < 2 + ENT_HASH_SIZE)
        return ent_fail(err, ENT_BUG, "the state of a comparison of plans is cut short");
    w->at = bytes[0];
    w->other_slots = bytes[1];
    memcpy(w->other_root.bytes, bytes + 2, ENT_HASH_SIZE);
    w->kept = (ent_span){ bytes + 2 + ENT_HASH_SIZE, state.size - 2 - ENT_HASH_SIZE };
    return ENT_OK;
}

ent_code psi_clash_take(ent_arena *arena, const psi_clash *own, ent_span state, ent_span heard,
                        psi_clash_step *step, ent_err *err)
{
    static ent_code (*const take[])(struct work *, ent_err *) = { start,  take_1, take_2, take_3,
                                                                  take_4, take_5, take_6, take_7 };
    struct work w = { .arena = arena, .own = own, .step = step };
    const uint8_t *bytes = heard.ptr;

    *step = (psi_clash_step){ .state = ENT_STR(""), .say = ENT_STR("") };
    if (own->run.size > 64)
        return ent_fail(err, ENT_LIMIT, "the name of a comparison of plans is too long");
    ENT_TRY(state_read(&w, state, err));
    ENT_TRY(slots_make(&w, err));
    if (heard.size > 0) {
        if (heard.size <= MAGIC_SIZE || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0)
            return ent_fail(err, ENT_FORMAT, "this is no message of a comparison of plans");
        w.number = bytes[MAGIC_SIZE];
        w.body = (ent_span){ bytes + MAGIC_SIZE + 1, heard.size - MAGIC_SIZE - 1 };
    }
    /* The first side says the odd messages; what is due follows on what was said last. */
    if (w.number != (w.at == 0 && own->first ? 0 : w.at + 1) || w.number > 7)
        return ent_fail(err, ENT_FORMAT, "message %u of a comparison of plans is not due",
                        w.number);
    return take[w.number](&w, err);
}
