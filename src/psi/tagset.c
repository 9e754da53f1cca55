#include "psi/tagset.h"

#include "base/limits.h"

#include <stdlib.h>

#define MAGIC       "entente tags 1\n"
#define HEADER_SIZE (16 + 3 * 8 + ENT_HASH_SIZE)
#define DELTA_SIZE  (HEADER_SIZE + ENT_HASH_SIZE + 2 * 8)
#define BRANCH      1024 /* leaves of the tree that are hashed as one piece of work */
#define PLACES      65536
#define PLACE(tag)  ((size_t)((tag) >> 48))

uint64_t psi_tag_of(const uint8_t *output)
{
    uint64_t tag = 0;

    for (int i = 0; i < 8; i++)
        tag = tag << 8 | output[i];
    return tag;
}

/* ---- the root ---- */

static ent_hash leaf_hash(uint64_t tag)
{
    uint8_t bytes[9] = { 0 };

    for (int i = 0; i < 8; i++)
        bytes[1 + i] = (uint8_t)(tag >> (56 - 8 * i));
    return ent_hash_of(bytes, sizeof bytes);
}

static ent_hash node_hash(const ent_hash *left, const ent_hash *right)
{
    static const uint8_t prefix = 1;
    const ent_span pieces[] = { { &prefix, 1 },
                                { left->bytes, ENT_HASH_SIZE },
                                { right->bytes, ENT_HASH_SIZE } };

    return ent_hash_pieces(pieces, 3);
}

/* The root of one hash or more, which `leaf` gives: one hash for each set bit of the number of
 * leaves so far, joined as they double. */
static ent_hash root_over(ent_hash (*leaf)(const void *leaves, size_t place), const void *leaves,
                          size_t count)
{
    ent_hash stack[64] = { leaf(leaves, 0) }, root;
    size_t height = 1;

    for (size_t i = 1; i < count; i++) {
        stack[height++] = leaf(leaves, i);
        for (size_t n = i + 1; (n & 1) == 0; n >>= 1, height--)
            stack[height - 2] = node_hash(&stack[height - 2], &stack[height - 1]);
    }
    for (root = stack[--height]; height > 0; height--)
        root = node_hash(&stack[height - 1], &root);
    return root;
}

static ent_hash tag_leaf(const void *tags, size_t place)
{
    return leaf_hash(((const uint64_t *)tags)[place]);
}

static ent_hash branch_leaf(const void *branches, size_t place)
{
    return ((const ent_hash *)branches)[place];
}

/* Whole branches of the tree, each BRANCH leaves but the last. */
struct branches {
    const uint64_t *tags;
    size_t count;
    ent_hash *roots;
};

static ent_code branches_slice(void *arg, size_t from, size_t to, ent_err *err)
{
    const struct branches *b = arg;

    (void)err;
    for (size_t i = from; i < to; i++) {
        size_t first = i * BRANCH, left = b->count - first;

        b->roots[i] = root_over(tag_leaf, b->tags + first, left < BRANCH ? left : BRANCH);
    }
    return ENT_OK;
}

static ent_code root_of(ent_arena *arena, const psi_crew *crew, const uint64_t *tags, size_t count,
                        ent_hash *root, ent_err *err)
{
    size_t branches = (count + BRANCH - 1) / BRANCH;
    struct branches b = { tags, count, ent_arena_array(arena, branches + 1, sizeof *b.roots) };

    if (b.roots == NULL)
        return ent_fail_arena(err);
    if (count == 0) {
        *root = ent_hash_of("", 0);
        return ENT_OK;
    }
    ENT_TRY(psi_crew_run(crew, branches, branches_slice, &b, err));
    *root = root_over(branch_leaf, b.roots, branches);
    return ENT_OK;
}

/* ---- a set ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static ent_code count_check(uint64_t count, ent_err *err)
{
    if (count > ENT_LIMIT_TAG_SET)
        return ent_fail(err, ENT_LIMIT, "a tag set has more than %d tags", ENT_LIMIT_TAG_SET);
    return ENT_OK;
}

/* By their first bits, as good as random, and then the few that share them. */
static ent_code tags_sort(ent_arena *arena, const uint64_t *tags, size_t count, uint64_t *sorted,
                          ent_err *err)
{
    uint32_t *at = ent_arena_array(arena, PLACES + 1, sizeof *at);

    if (at == NULL)
        return ent_fail_arena(err);
    memset(at, 0, (PLACES + 1) * sizeof *at);
    for (size_t i = 0; i < count; i++)
        at[PLACE(tags[i]) + 1]++;
    for (size_t p = 1; p <= PLACES; p++)
        at[p] += at[p - 1];
    for (size_t i = 0; i < count; i++)
        sorted[at[PLACE(tags[i])]++] = tags[i];
    /* Where a place began is now where it ends. */
    for (size_t p = 0, first = 0; p < PLACES; first = at[p++])
        qsort(sorted + first, at[p] - first, sizeof *sorted, by_value);
    return ENT_OK;
}

ent_code psi_tagset_make(ent_arena *arena, const psi_crew *crew, uint64_t epoch,
                         const uint64_t *tags, size_t count, const ent_hash *root, psi_tagset *set,
                         ent_err *err)
{
    uint64_t *sorted;
    size_t kept = 0;

    ENT_TRY(count_check(count, err));
    sorted = ent_arena_array(arena, count + 1, sizeof *sorted);
    if (sorted == NULL)
        return ent_fail_arena(err);
    ENT_TRY(tags_sort(arena, tags, count, sorted, err));
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || sorted[i] != sorted[kept - 1])
            sorted[kept++] = sorted[i];
    *set = (psi_tagset){ .epoch = epoch, .tags = sorted, .count = kept };
    if (root == NULL)
        return root_of(arena, crew, sorted, kept, &set->root, err);
    set->root = *root;
    return ENT_OK;
}

bool psi_tagset_find(const psi_tagset *set, uint64_t tag, size_t *place)
{
    size_t low = 0, high = set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (set->tags[middle] < tag)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return low < set->count && set->tags[low] == tag;
}

bool psi_tagset_has(const psi_tagset *set, uint64_t tag)
{
    size_t place;

    return psi_tagset_find(set, tag, &place);
}

/* ---- gaps as bits ---- */

/* The bits of a gap that are written plainly: so many that the rest is about one. */
static unsigned plain_bits(size_t count)
{
    unsigned bits = 64;

    for (; count > 0; count >>= 1)
        bits--;
    return bits;
}

struct bits_out {
    ent_buf *buf;
    uint64_t waiting;
    unsigned count; /* of bits that wait, fewer than 8 */
};

static void bits_put(struct bits_out *out, uint64_t value, unsigned count)
{
    if (count > 32) {
        bits_put(out, value >> 32, count - 32);
        count = 32;
    }
    out->waiting = out->waiting << count | (value & ((UINT64_C(1) << count) - 1));
    for (out->count += count; out->count >= 8; out->count -= 8)
        ent_buf_byte(out->buf, (uint8_t)(out->waiting >> (out->count - 8)));
}

static void run_write(const uint64_t *tags, size_t count, ent_buf *buf)
{
    struct bits_out out = { .buf = buf };
    const unsigned plain = plain_bits(count);
    uint64_t next = 0; /* the least that the coming tag can be */

    (void)ent_buf_reserve(buf, count * (plain + 3) / 8);
    for (size_t i = 0; i < count; next = tags[i++] + 1) {
        uint64_t gap = tags[i] - next;

        for (uint64_t n = gap >> plain; n > 0; n--)
            bits_put(&out, 1, 1);
        bits_put(&out, 0, 1);
        bits_put(&out, gap, plain);
    }
    if (out.count > 0)
        bits_put(&out, 0, 8 - out.count);
}

struct bits_in {
    const uint8_t *bytes;
    size_t size, at; /* in bits */
};

static bool bits_get(struct bits_in *in, unsigned count, uint64_t *value)
{
    if (count > in->size - in->at)
        return false;
    for (*value = 0; count > 0;) {
        unsigned left = 8 - (unsigned)(in->at % 8), take = left < count ? left : count;
        unsigned byte = in->bytes[in->at / 8];

        *value = *value << take | ((byte >> (left - take)) & ((1U << take) - 1));
        in->at += take;
        count -= take;
    }
    return true;
}

static bool gap_get(struct bits_in *in, unsigned plain, uint64_t *gap)
{
    uint64_t ones = 0, bit, rest;

    for (;; ones++) {
        if (!bits_get(in, 1, &bit))
            return false;
        if (bit == 0)
            break;
    }
    if (!bits_get(in, plain, &rest) || ones > UINT64_MAX >> plain)
        return false;
    *gap = ones << plain | rest;
    return true;
}

/* Of a set that came: too many are the fault of who sent it, and no limit that is ours alone. */
static ent_code promise_check(uint64_t count, ent_err *err)
{
    if (count > ENT_LIMIT_TAG_SET)
        return ent_fail(err, ENT_FORMAT, "the tag set says that it has more than %d tags",
                        ENT_LIMIT_TAG_SET);
    return ENT_OK;
}

/* A run of exactly `count` tags at the start of `bytes`; *used is its size. */
static ent_code run_read(ent_arena *arena, ent_span bytes, uint64_t count, uint64_t **tags,
                         size_t *used, ent_err *err)
{
    struct bits_in in = { bytes.ptr, bytes.size * 8, 0 };
    unsigned plain;
    uint64_t gap, pad = 0;

    ENT_TRY(promise_check(count, err));
    plain = plain_bits((size_t)count);
    /* Before memory is taken for them: each tag needs at least so many bits. */
    if (count > 0 && count > in.size / (plain + 1))
        return ent_fail(err, ENT_FORMAT, "the tag set is cut short");
    *tags = ent_arena_array(arena, (size_t)count + 1, sizeof **tags);
    if (*tags == NULL)
        return ent_fail_arena(err);
    for (uint64_t i = 0, next = 0; i < count; i++) {
        if (!gap_get(&in, plain, &gap) || gap > UINT64_MAX - next || (i > 0 && next == 0))
            return ent_fail(err, ENT_FORMAT, "tag %llu of the set is not readable",
                            (unsigned long long)i);
        (*tags)[i] = next + gap;
        next = (*tags)[i] + 1; /* 0 behind the greatest: then nothing can follow */
    }
    if (!bits_get(&in, (unsigned)(-in.at & 7), &pad) || pad != 0)
        return ent_fail(err, ENT_FORMAT, "the tag set is padded with something");
    *used = in.at / 8;
    return ENT_OK;
}

/* ---- the whole ---- */

static void number_put(ent_buf *buf, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        ent_buf_byte(buf, (uint8_t)(number >> (56 - 8 * i)));
}

static void header_put(const psi_tagset *set, char kind, ent_buf *buf)
{
    ent_buf_c(buf, MAGIC);
    ent_buf_byte(buf, (uint8_t)kind);
    number_put(buf, set->epoch);
    number_put(buf, set->number);
    number_put(buf, set->count);
    ent_buf_put(buf, set->root.bytes, ENT_HASH_SIZE);
}

static ent_code header_read(ent_span bytes, char kind, size_t size, psi_tagset *set,
                            uint64_t *count, ent_err *err)
{
    const uint8_t *p = bytes.ptr;

    if (bytes.size < size || memcmp(p, MAGIC, 15) != 0 || p[15] != (uint8_t)kind)
        return ent_fail(err, ENT_FORMAT, "this is no %s of version 1",
                        kind == 'F' ? "tag set" : "delta of a tag set");
    *set = (psi_tagset){ .epoch = psi_tag_of(p + 16), .number = psi_tag_of(p + 24) };
    *count = psi_tag_of(p + 32);
    memcpy(set->root.bytes, p + 40, ENT_HASH_SIZE);
    return ENT_OK;
}

static ent_code root_check(ent_arena *arena, const psi_crew *crew, const psi_tagset *set,
                           ent_err *err)
{
    ent_hash have;

    ENT_TRY(root_of(arena, crew, set->tags, set->count, &have, err));
    if (!ent_hash_equal(&have, &set->root))
        return ent_fail(err, ENT_UNTRUSTED, "the tags do not have the root they were sent with");
    return ENT_OK;
}

void psi_tagset_write(const psi_tagset *set, ent_buf *buf)
{
    header_put(set, 'F', buf);
    run_write(set->tags, set->count, buf);
}

ent_code psi_tagset_read(ent_arena *arena, const psi_crew *crew, ent_span bytes, psi_tagset *set,
                         ent_err *err)
{
    const uint8_t *p = bytes.ptr;
    uint64_t count, *tags;
    size_t used;

    ENT_TRY(header_read(bytes, 'F', HEADER_SIZE, set, &count, err));
    ENT_TRY(run_read(arena, (ent_span){ p + HEADER_SIZE, bytes.size - HEADER_SIZE }, count, &tags,
                     &used, err));
    if (used != bytes.size - HEADER_SIZE)
        return ent_fail(err, ENT_FORMAT, "something follows the tag set");
    set->tags = tags;
    set->count = (size_t)count;
    if (set->number != 0)
        return ent_fail(err, ENT_FORMAT, "the number of a whole tag set is not 0");
    return root_check(arena, crew, set, err);
}

/* ---- deltas ---- */

/* What is in `a` and not in `b`; with `out` NULL only how many. */
static size_t without(const psi_tagset *a, const psi_tagset *b, uint64_t *out)
{
    size_t count = 0, k = 0;

    for (size_t i = 0; i < a->count; i++) {
        while (k < b->count && b->tags[k] < a->tags[i])
            k++;
        if (k < b->count && b->tags[k] == a->tags[i])
            continue;
        if (out != NULL)
            out[count] = a->tags[i];
        count++;
    }
    return count;
}

ent_code psi_tagset_delta_write(ent_arena *arena, const psi_tagset *from, psi_tagset *to,
                                ent_buf *buf, ent_err *err)
{
    size_t added_count = without(to, from, NULL), removed_count = without(from, to, NULL);
    uint64_t *added = ent_arena_array(arena, added_count + 1, sizeof *added);
    uint64_t *removed = ent_arena_array(arena, removed_count + 1, sizeof *removed);

    if (added == NULL || removed == NULL)
        return ent_fail_arena(err);
    ENT_ASSERT(from->epoch == to->epoch);
    (void)without(to, from, added);
    (void)without(from, to, removed);
    to->number = from->number + 1;
    header_put(to, 'D', buf);
    ent_buf_put(buf, from->root.bytes, ENT_HASH_SIZE);
    number_put(buf, added_count);
    number_put(buf, removed_count);
    run_write(added, added_count, buf);
    run_write(removed, removed_count, buf);
    return ENT_OK;
}

struct run {
    uint64_t *tags;
    uint64_t count;
};

/* `from` without `removed`, all of which it has, and with `added`, none of which it has. */
static bool changed(const psi_tagset *from, const struct run *added, const struct run *removed,
                    uint64_t *out, size_t *count)
{
    size_t a = 0, r = 0, n = 0;

    for (size_t i = 0; i < from->count; i++) {
        while (a < added->count && added->tags[a] < from->tags[i])
            out[n++] = added->tags[a++];
        if (a < added->count && added->tags[a] == from->tags[i])
            return false;
        if (r < removed->count && removed->tags[r] == from->tags[i])
            r++;
        else
            out[n++] = from->tags[i];
    }
    while (a < added->count)
        out[n++] = added->tags[a++];
    *count = n;
    return r == removed->count;
}

static ent_code delta_read(ent_arena *arena, ent_span bytes, struct run *added, struct run *removed,
                           ent_err *err)
{
    const uint8_t *p = bytes.ptr;
    size_t at = DELTA_SIZE, used;

    added->count = psi_tag_of(p + HEADER_SIZE + ENT_HASH_SIZE);
    removed->count = psi_tag_of(p + HEADER_SIZE + ENT_HASH_SIZE + 8);
    ENT_TRY(run_read(arena, (ent_span){ p + at, bytes.size - at }, added->count, &added->tags,
                     &used, err));
    at += used;
    ENT_TRY(run_read(arena, (ent_span){ p + at, bytes.size - at }, removed->count, &removed->tags,
                     &used, err));
    if (at + used != bytes.size)
        return ent_fail(err, ENT_FORMAT, "something follows the delta");
    return ENT_OK;
}

ent_code psi_tagset_delta_apply(ent_arena *arena, const psi_crew *crew, const psi_tagset *from,
                                ent_span bytes, psi_tagset *to, ent_err *err)
{
    const uint8_t *p = bytes.ptr;
    struct run added, removed;
    uint64_t count, *tags;

    ENT_TRY(header_read(bytes, 'D', DELTA_SIZE, to, &count, err));
    if (to->epoch != from->epoch || to->number != from->number + 1 ||
        memcmp(p + HEADER_SIZE, from->root.bytes, ENT_HASH_SIZE) != 0)
        return ent_fail(err, ENT_CONFLICT,
                        "the delta does not follow from the tag set that is here");
    ENT_TRY(delta_read(arena, bytes, &added, &removed, err));
    ENT_TRY(promise_check(from->count + added.count, err));
    tags = ent_arena_array(arena, from->count + (size_t)added.count + 1, sizeof *tags);
    if (tags == NULL)
        return ent_fail_arena(err);
    if (!changed(from, &added, &removed, tags, &to->count) || to->count != count)
        return ent_fail(err, ENT_FORMAT, "the delta adds what is there or removes what is not");
    to->tags = tags;
    return root_check(arena, crew, to, err);
}
