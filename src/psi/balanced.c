#include "psi/balanced_int.h"

#include "base/limits.h"
#include "psi/sort_int.h"

#include <sodium.h>
#include <stdlib.h>

static const char dst[] = "entente-private-match-v1-ristretto255_XMD:SHA-512_R255MAP_RO_";

size_t psi_padded(size_t items)
{
    size_t count = PSI_SET_MIN;

    while (count < items)
        count *= 2;
    return count;
}

ent_hash psi_set_leaf(const psi_element *element)
{
    const ent_span pieces[] = { { "\0", 1 }, { element->bytes, PSI_ELEMENT_SIZE } };

    return ent_hash_pieces(pieces, 2);
}

ent_hash psi_set_node(const ent_hash *left, const ent_hash *right)
{
    const ent_span pieces[] = { { "\1", 1 },
                                { left->bytes, ENT_HASH_SIZE },
                                { right->bytes, ENT_HASH_SIZE } };

    return ent_hash_pieces(pieces, 3);
}

/* One level of the tree: of the elements, or of the level below. */
struct level {
    const psi_element *elements;
    const ent_hash *below;
    ent_hash *sums;
};

static ent_code slice_sum(void *arg, size_t from, size_t to, ent_err *err)
{
    const struct level *l = arg;

    (void)err;
    for (size_t i = from; i < to; i++)
        l->sums[i] = l->below == NULL ? psi_set_leaf(&l->elements[i])
                                      : psi_set_node(&l->below[2 * i], &l->below[2 * i + 1]);
    return ENT_OK;
}

/* The commitment: a plain binary tree over a power of two of elements.  A level does not write
 * where the one below is read. */
static ent_code root_make(ent_arena *arena, psi_set *set, const psi_crew *crew, ent_err *err)
{
    ent_hash *sums[2] = { ent_arena_array(arena, set->count, sizeof **sums),
                          ent_arena_array(arena, set->count, sizeof **sums) };
    struct level level = { .elements = set->elements, .sums = sums[0] };
    size_t which = 0;

    set->top = ent_arena_array(arena, (size_t)2 * PSI_PARTS_MAX, sizeof *set->top);
    if (sums[0] == NULL || sums[1] == NULL || set->top == NULL)
        return ent_fail_arena(err);
    ENT_TRY(psi_crew_run(crew, set->count, slice_sum, &level, err));
    for (size_t n = set->count;; n /= 2) {
        if (n <= PSI_PARTS_MAX)
            memcpy(set->top + n, sums[which], n * sizeof *set->top);
        if (n == 1)
            break;
        level = (struct level){ .below = sums[which], .sums = sums[1 - which] };
        ENT_TRY(psi_crew_run(crew, n / 2, slice_sum, &level, err));
        which = 1 - which;
    }
    set->root = set->top[1];
    return ENT_OK;
}

size_t psi_part_path(const psi_set *set, size_t part, size_t parts, ent_hash path[PSI_PATH_MAX])
{
    size_t depth = 0;

    ENT_ASSERT(parts <= PSI_PARTS_MAX && part < parts && parts <= set->count);
    for (size_t node = parts + part; node > 1; node /= 2)
        path[depth++] = set->top[node ^ 1];
    return depth;
}

bool psi_part_belongs(const ent_hash *node, size_t part, size_t parts, const ent_hash *path,
                      const ent_hash *root)
{
    ent_hash at = *node;

    for (size_t place = parts + part; place > 1; place /= 2, path++)
        at = place % 2 == 0 ? psi_set_node(&at, path) : psi_set_node(path, &at);
    return ent_hash_equal(&at, root);
}

struct slot {
    uint8_t rank[16]; /* pseudorandom under the seed: sorting by it is the secret order */
    uint32_t item;
};

static int by_rank(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct slot));
}

struct ranks {
    const uint8_t *seed;
    size_t items;
    struct slot *slots;
};

static ent_code slice_rank(void *arg, size_t from, size_t to, ent_err *err)
{
    const struct ranks *r = arg;

    (void)err;
    for (size_t i = from; i < to; i++) {
        psi_bytes_derive(r->seed, "order", i, r->slots[i].rank, 16);
        r->slots[i].item = i < r->items ? (uint32_t)i : PSI_PADDING;
    }
    return ENT_OK;
}

ent_code psi_set_order(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], size_t items,
                       const psi_crew *crew, psi_set *set, ent_err *err)
{
    struct ranks ranks = { .seed = seed, .items = items };
    struct slot *sorted;

    if (items > PSI_SET_MAX)
        return ent_fail(err, ENT_LIMIT, "a match set has %zu keys, more than %d", items,
                        PSI_SET_MAX);
    *set = (psi_set){ .count = psi_padded(items) };
    set->item = ent_arena_array(arena, set->count, sizeof *set->item);
    ranks.slots = ent_arena_array(arena, set->count, sizeof *ranks.slots);
    sorted = ent_arena_array(arena, set->count, sizeof *sorted);
    if (set->item == NULL || ranks.slots == NULL || sorted == NULL)
        return ent_fail_arena(err);
    ENT_TRY(psi_crew_run(crew, set->count, slice_rank, &ranks, err));
    ENT_TRY(psi_sort(arena, ranks.slots, set->count, sizeof *sorted, by_rank, sorted, err));
    for (size_t i = 0; i < set->count; i++)
        set->item[i] = sorted[i].item;
    return ENT_OK;
}

ent_code psi_set_base(ent_str run, ent_str item, psi_element *base, ent_err *err)
{
    char message[36 + 1 + ENT_LIMIT_MATCH_KEY]; /* a run is a UUID */

    if (run.size + 1 + item.size > sizeof message)
        return ent_fail(err, ENT_LIMIT, "a match key has %zu bytes, more than fit", item.size);
    memcpy(message, run.ptr, run.size);
    message[run.size] = '\0';
    memcpy(message + run.size + 1, item.ptr, item.size);
    *base = psi_hash_to_group((ent_span){ message, run.size + 1 + item.size }, ENT_STR(dst));
    return ENT_OK;
}

void psi_set_noise(const uint8_t seed[PSI_SEED_SIZE], size_t place, uint8_t noise[PSI_NOISE])
{
    psi_bytes_derive(seed, "padding", place, noise, PSI_NOISE);
}

psi_element psi_set_padding(const uint8_t noise[PSI_NOISE])
{
    return psi_hash_to_group((ent_span){ noise, PSI_NOISE },
                             ENT_STR("entente-private-match-v1-padding"));
}

void psi_set_scalar(const uint8_t seed[PSI_SEED_SIZE], uint8_t scalar[PSI_SCALAR_SIZE])
{
    psi_scalar_derive(seed, "key", scalar);
}

/* H(run || item)^a; padding is the image of bytes that only the seed's holder knows. */
static ent_code element_make(const uint8_t *seed, const uint8_t *scalar, ent_str run, ent_str item,
                             uint32_t index, size_t place, psi_element *out, ent_err *err)
{
    uint8_t noise[PSI_NOISE];
    psi_element base;

    if (index == PSI_PADDING) {
        psi_set_noise(seed, place, noise);
        base = psi_set_padding(noise);
    } else {
        ENT_TRY(psi_set_base(run, item, &base, err));
    }
    return psi_multiply(scalar, &base, out, err);
}

/* What the slices of one long work share. */
struct slices {
    const uint8_t *seed, *scalar;
    ent_str run;
    const ent_str *items;
    const psi_set *set;
    psi_element *elements;
    psi_tag *tags;
};

static ent_code slice_make(void *arg, size_t from, size_t to, ent_err *err)
{
    const struct slices *s = arg;

    for (size_t i = from; i < to; i++) {
        uint32_t item = s->set->item[i];

        ENT_TRY(element_make(s->seed, s->scalar, s->run,
                             item == PSI_PADDING ? ENT_STR_NONE : s->items[item], item, i,
                             &s->elements[i], err));
    }
    return ENT_OK;
}

/* The order of a set, and room for its elements. */
static ent_code set_lay(ent_arena *arena, const uint8_t *seed, size_t items, const psi_crew *crew,
                        psi_set *set, ent_err *err)
{
    ENT_TRY(psi_set_order(arena, seed, items, crew, set, err));
    set->elements = ent_arena_array(arena, set->count, sizeof *set->elements);
    return set->elements == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code psi_set_make(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], ent_str run,
                      const ent_str *items, size_t count, const psi_crew *crew, psi_set *set,
                      ent_err *err)
{
    uint8_t scalar[PSI_SCALAR_SIZE];
    struct slices s = { .seed = seed, .scalar = scalar, .run = run, .items = items, .set = set };
    ent_code rc;

    ENT_TRY(set_lay(arena, seed, count, crew, set, err));
    s.elements = set->elements;
    psi_set_scalar(seed, scalar);
    rc = psi_crew_run(crew, set->count, slice_make, &s, err);
    sodium_memzero(scalar, sizeof scalar);
    return rc != ENT_OK ? rc : root_make(arena, set, crew, err);
}

ent_code psi_set_again(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], size_t count,
                       ent_span elements, const ent_hash *root, psi_set *set, ent_err *err)
{
    ENT_TRY(set_lay(arena, seed, count, NULL, set, err));
    if (elements.size != set->count * PSI_ELEMENT_SIZE)
        return ent_fail(err, ENT_BUG, "a kept match set has another size than its keys");
    memcpy(set->elements, elements.ptr, elements.size);
    set->root = *root;
    return ENT_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, PSI_ELEMENT_SIZE);
}

/* An element twice would count one key twice, or probe for answers that differ. */
static ent_code twice_check(ent_arena *arena, const psi_set *set, ent_err *err)
{
    psi_element *sorted = ent_arena_array(arena, set->count, sizeof *sorted);

    if (sorted == NULL)
        return ent_fail_arena(err);
    ENT_TRY(psi_sort(arena, set->elements, set->count, sizeof *sorted, by_bytes, sorted, err));
    for (size_t i = 1; i < set->count; i++)
        if (memcmp(&sorted[i - 1], &sorted[i], sizeof *sorted) == 0)
            return ent_fail(err, ENT_UNTRUSTED, "a match set has one element twice");
    return ENT_OK;
}

static ent_code element_none(size_t i, ent_err *err)
{
    return ent_fail(err, ENT_UNTRUSTED,
                    "element %zu of a match set is no ristretto255 encoding, or is the identity "
                    "[RFC 9496 s4.3.1]",
                    i);
}

/* The first one that is none is named, whatever the crew. */
static ent_code slice_check(void *arg, size_t from, size_t to, ent_err *err)
{
    const psi_set *set = arg;

    for (size_t i = from; i < to; i++)
        if (!psi_element_valid(&set->elements[i]))
            return element_none(i, err);
    return ENT_OK;
}

/* All but the look at the single elements. */
static ent_code set_take(ent_arena *arena, ent_span bytes, size_t announced, const ent_hash *root,
                         const psi_crew *crew, psi_set *set, ent_err *err)
{
    *set = (psi_set){ .count = bytes.size / PSI_ELEMENT_SIZE };
    if (bytes.size % PSI_ELEMENT_SIZE != 0 || set->count < PSI_SET_MIN ||
        (set->count & (set->count - 1)) != 0 || set->count > PSI_SET_MAX)
        return ent_fail(err, ENT_FORMAT, "a match set of %zu bytes is no power of two of elements",
                        bytes.size);
    if (set->count != announced)
        return ent_fail(err, ENT_FORMAT, "a match set has %zu elements, %zu were announced",
                        set->count, announced);
    set->elements = ent_arena_array(arena, set->count, sizeof *set->elements);
    if (set->elements == NULL)
        return ent_fail_arena(err);
    memcpy(set->elements, bytes.ptr, bytes.size);
    ENT_TRY(twice_check(arena, set, err));
    ENT_TRY(root_make(arena, set, crew, err));
    if (root != NULL && !ent_hash_equal(&set->root, root))
        return ent_fail(err, ENT_UNTRUSTED, "a match set is not the one that was committed to");
    return ENT_OK;
}

ent_code psi_set_read(ent_arena *arena, ent_span bytes, size_t announced, const ent_hash *root,
                      const psi_crew *crew, psi_set *set, ent_err *err)
{
    ENT_TRY(set_take(arena, bytes, announced, root, crew, set, err));
    return psi_crew_run(crew, set->count, slice_check, set, err);
}

static ent_code slice_double(void *arg, size_t from, size_t to, ent_err *err)
{
    const struct slices *s = arg;

    for (size_t i = from; i < to; i++) {
        psi_element product;

        if (psi_multiply(s->scalar, &s->set->elements[i], &product, err) != ENT_OK)
            return element_none(i, err);
        memcpy(s->tags[i].bytes, product.bytes, PSI_TAG_SIZE);
    }
    return ENT_OK;
}

ent_code psi_double(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], const psi_set *set,
                    const psi_crew *crew, psi_tag **tags, ent_err *err)
{
    uint8_t scalar[PSI_SCALAR_SIZE];
    struct slices s = { .scalar = scalar, .set = set };
    ent_code rc;

    *tags = ent_arena_array(arena, set->count, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(err);
    s.tags = *tags;
    psi_set_scalar(seed, scalar);
    rc = psi_crew_run(crew, set->count, slice_double, &s, err);
    sodium_memzero(scalar, sizeof scalar);
    return rc;
}

ent_code psi_set_double(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], ent_span bytes,
                        size_t announced, const ent_hash *root, const psi_crew *crew, psi_set *set,
                        psi_tag **tags, ent_err *err)
{
    ENT_TRY(set_take(arena, bytes, announced, root, crew, set, err));
    return psi_double(arena, seed, set, crew, tags, err);
}

static int by_tag(const void *a, const void *b)
{
    return memcmp(a, b, PSI_TAG_SIZE);
}

static int by_hit(const void *a, const void *b)
{
    return memcmp(((const psi_hit *)a)->tag.bytes, ((const psi_hit *)b)->tag.bytes, PSI_TAG_SIZE);
}

ent_code psi_hits(ent_arena *arena, const psi_set *set, const psi_tag *own, const psi_tag *other,
                  size_t other_count, psi_hit **hits, size_t *count, ent_err *err)
{
    psi_tag *sorted = ent_arena_array(arena, other_count, sizeof *sorted);

    *count = 0;
    *hits = ent_arena_array(arena, set->count, sizeof **hits);
    if (sorted == NULL || *hits == NULL)
        return ent_fail_arena(err);
    ENT_TRY(psi_sort(arena, other, other_count, sizeof *sorted, by_tag, sorted, err));
    /* Two tags are alike if and only if the elements were: across the parts of a set too. */
    for (size_t i = 1; i < other_count; i++)
        if (by_tag(&sorted[i - 1], &sorted[i]) == 0)
            return ent_fail(err, ENT_UNTRUSTED, "a match set has one element twice");
    for (size_t i = 0; i < set->count; i++) {
        if (set->item[i] == PSI_PADDING ||
            bsearch(&own[i], sorted, other_count, sizeof *sorted, by_tag) == NULL)
            continue;
        (*hits)[*count].item = set->item[i];
        (*hits)[*count].tag = own[i];
        (*count)++;
    }
    qsort(*hits, *count, sizeof **hits, by_hit);
    return ENT_OK;
}
