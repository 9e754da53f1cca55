/* Sets of tags: one encoding, deltas, and what is refused. */
#include "psi/tagset.h"
#include "test.h"

#define ROOM   ((size_t)256 << 20)
#define HEADER 72 /* magic, kind, epoch, number, count, root */

static ent_err err;

static uint64_t random_state = 88172645463325252U;

static uint64_t random_tag(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545F4914F6CDD1D);
}

static psi_tagset set_of(ent_arena *arena, const uint64_t *tags, size_t count)
{
    psi_tagset set;

    CHECK_OK(psi_tagset_make(arena, NULL, 7, tags, count, NULL, &set, &err), &err);
    return set;
}

static ent_span written(ent_arena *arena, const psi_tagset *set)
{
    ent_buf buf;
    ent_str text;

    ent_buf_init(&buf, arena);
    psi_tagset_write(set, &buf);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    return ent_span_of_str(text);
}

static psi_tagset random_set(ent_arena *arena, size_t count)
{
    uint64_t *tags = ent_arena_array(arena, count + 1, sizeof *tags);

    for (size_t i = 0; i < count; i++)
        tags[i] = random_tag();
    return set_of(arena, tags, count);
}

static void same_check(const psi_tagset *a, const psi_tagset *b)
{
    CHECK_INT(a->epoch, b->epoch);
    CHECK_INT(a->number, b->number);
    CHECK_INT(a->count, b->count);
    CHECK(ent_hash_equal(&a->root, &b->root));
    for (size_t i = 0; i < a->count; i++)
        CHECK(a->tags[i] == b->tags[i]);
}

static void a_set_reads_back_to_itself(void **state)
{
    static const size_t counts[] = { 0, 1, 2, 3, 7, 8, 9, 100, 1023, 1024, 1025, 50000 };

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        ent_arena *arena = ent_arena_new(ROOM);
        psi_tagset set = random_set(arena, counts[i]), back;

        CHECK_INT(set.count, counts[i]);
        CHECK_OK(psi_tagset_read(arena, NULL, written(arena, &set), &back, &err), &err);
        same_check(&set, &back);
        ent_arena_free(arena);
    }
}

static void the_ends_of_the_range_are_tags_like_others(void **state)
{
    static const uint64_t tags[] = { UINT64_MAX, 0, UINT64_MAX - 1, 1, UINT64_MAX, 0 };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t n = 0; n <= 6; n++) {
        psi_tagset set = set_of(arena, tags, n), back;

        CHECK_INT(set.count, n > 4 ? 4 : n);
        CHECK_OK(psi_tagset_read(arena, NULL, written(arena, &set), &back, &err), &err);
        same_check(&set, &back);
        CHECK(n == 0 || psi_tagset_has(&back, UINT64_MAX));
        CHECK_INT(psi_tagset_has(&back, 1), n >= 4);
        CHECK(!psi_tagset_has(&back, 2));
    }
    ent_arena_free(arena);
}

static void a_tag_is_found_exactly_if_it_is_there(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    uint64_t tags[40];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        tags[i] = 3 * i + 1;
    for (size_t n = 0; n <= 40; n++) {
        psi_tagset set = set_of(arena, tags, n);

        for (uint64_t t = 0; t < 130; t++)
            CHECK_INT(psi_tagset_has(&set, t), t % 3 == 1 && t / 3 < n);
    }
    ent_arena_free(arena);
}

static void an_output_gives_its_first_eight_bytes(void **state)
{
    static const uint8_t output[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

    (void)state;
    CHECK(psi_tag_of(output) == UINT64_C(0x0102030405060708));
}

/* RFC 9162 s2.1.1 by its own words, recursively. */
static ent_hash slow_root(const uint64_t *tags, size_t count)
{
    static const uint8_t one = 1;
    size_t half = 1;
    ent_hash left, right;

    if (count == 0)
        return ent_hash_of("", 0);
    if (count == 1) {
        uint8_t leaf[9] = { 0 };

        for (int i = 0; i < 8; i++)
            leaf[1 + i] = (uint8_t)(tags[0] >> (56 - 8 * i));
        return ent_hash_of(leaf, 9);
    }
    while (half * 2 < count)
        half *= 2;
    left = slow_root(tags, half);
    right = slow_root(tags + half, count - half);
    return ent_hash_pieces((ent_span[]){ { &one, 1 }, { left.bytes, 32 }, { right.bytes, 32 } }, 3);
}

static void the_root_is_a_merkle_tree_hash(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t n = 0; n < 70; n++) {
        psi_tagset set = random_set(arena, n);
        ent_hash want = slow_root(set.tags, set.count);

        CHECK(ent_hash_equal(&set.root, &want));
    }
    ent_arena_free(arena);
}

static void it_costs_about_as_much_as_it_must(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const size_t count = 200000;
    psi_tagset set = random_set(arena, count);
    double bits = (double)(written(arena, &set).size - HEADER) * 8 / (double)count;

    (void)state;
    /* The gaps' entropy is 64 - log2(200000) + log2(e) = 47.8 bits. */
    print_message("# %.2f bits a tag\n", bits);
    CHECK(bits < 48.1);
    ent_arena_free(arena);
}

static void deltas_lead_from_set_to_set(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    uint64_t tags[300];
    psi_tagset here, there;

    (void)state;
    for (size_t i = 0; i < 300; i++)
        tags[i] = random_tag();
    here = set_of(arena, tags, 100);
    there = here;
    for (size_t round = 1; round < 20; round++) {
        psi_tagset next = set_of(arena, tags + round * 10, 100 + round % 3 * 7), got;
        ent_buf buf;
        ent_str delta;

        ent_buf_init(&buf, arena);
        CHECK_OK(psi_tagset_delta_write(arena, &here, &next, &buf, &err), &err);
        CHECK_OK(ent_buf_done(&buf, &delta, &err), &err);
        CHECK_OK(psi_tagset_delta_apply(arena, NULL, &there, ent_span_of_str(delta), &got, &err),
                 &err);
        same_check(&next, &got);
        CHECK_INT(got.number, round);
        /* Once only. */
        CHECK_INT(psi_tagset_delta_apply(arena, NULL, &got, ent_span_of_str(delta), &there, &err),
                  ENT_CONFLICT);
        here = next;
        there = got;
    }
    ent_arena_free(arena);
}

static ent_span copy_of(ent_arena *arena, ent_span bytes, size_t size)
{
    uint8_t *copy = ent_arena_alloc(arena, size + 1);

    memcpy(copy, bytes.ptr, bytes.size < size ? bytes.size : size);
    return (ent_span){ copy, size };
}

/* Cut anywhere, one byte more, one bit turned anywhere: never another set. */
static void nothing_but_the_set_itself_is_accepted(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    psi_tagset set = random_set(arena, 20), got;
    ent_span bytes = written(arena, &set);

    (void)state;
    for (size_t size = 0; size <= bytes.size + 1; size++)
        if (size != bytes.size)
            CHECK_INT(psi_tagset_read(arena, NULL, copy_of(arena, bytes, size), &got, &err),
                      ENT_FORMAT);
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        ent_span copy = copy_of(arena, bytes, bytes.size);
        bool head = bit / 8 >= 16 && bit / 8 < 24; /* the epoch is signed elsewhere */

        ((uint8_t *)copy.ptr)[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK_INT(psi_tagset_read(arena, NULL, copy, &got, &err) == ENT_OK, head);
    }
    ent_arena_free(arena);
}

static void a_delta_that_does_not_fit_is_refused(void **state)
{
    static const uint64_t one[] = { 1, 5, 9 }, two[] = { 1, 7, 9 };
    ent_arena *arena = ent_arena_new(ROOM);
    psi_tagset from = set_of(arena, one, 3), to = set_of(arena, two, 3), got, other;
    ent_buf buf;
    ent_str delta;

    (void)state;
    ent_buf_init(&buf, arena);
    CHECK_OK(psi_tagset_delta_write(arena, &from, &to, &buf, &err), &err);
    CHECK_OK(ent_buf_done(&buf, &delta, &err), &err);
    other = from;
    other.epoch++;
    CHECK_INT(psi_tagset_delta_apply(arena, NULL, &other, ent_span_of_str(delta), &got, &err),
              ENT_CONFLICT);
    other = from;
    other.number++;
    CHECK_INT(psi_tagset_delta_apply(arena, NULL, &other, ent_span_of_str(delta), &got, &err),
              ENT_CONFLICT);
    other = from;
    other.root.bytes[0] ^= 1;
    CHECK_INT(psi_tagset_delta_apply(arena, NULL, &other, ent_span_of_str(delta), &got, &err),
              ENT_CONFLICT);
    /* A set with the right root by its header, that holds something else. */
    other = to;
    other.root = from.root;
    CHECK_INT(psi_tagset_delta_apply(arena, NULL, &other, ent_span_of_str(delta), &got, &err),
              ENT_CONFLICT); /* its number is another */
    other.number = 0;
    CHECK_INT(psi_tagset_delta_apply(arena, NULL, &other, ent_span_of_str(delta), &got, &err),
              ENT_FORMAT);
    other = set_of(arena, one, 1);
    other.root = from.root;
    CHECK_INT(psi_tagset_delta_apply(arena, NULL, &other, ent_span_of_str(delta), &got, &err),
              ENT_FORMAT);
    for (size_t bit = 0; bit < delta.size * 8; bit++) {
        ent_span copy = copy_of(arena, ent_span_of_str(delta), delta.size);

        ((uint8_t *)copy.ptr)[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK(psi_tagset_delta_apply(arena, NULL, &from, copy, &got, &err) != ENT_OK);
    }
    for (size_t size = 0; size <= delta.size + 1; size++)
        if (size != delta.size)
            CHECK_INT(psi_tagset_delta_apply(arena, NULL, &from,
                                             copy_of(arena, ent_span_of_str(delta), size), &got,
                                             &err),
                      ENT_FORMAT);
    ent_arena_free(arena);
}

/* A delta whose header fits, made from one that is right: `from`, what it says it leads to. */
static ent_span delta_forge(ent_arena *arena, const psi_tagset *a, psi_tagset *b,
                            const psi_tagset *from, const uint64_t *tags, size_t count)
{
    ent_hash root = slow_root(tags, count);
    ent_buf buf;
    ent_str text;
    uint8_t *bytes;

    ent_buf_init(&buf, arena);
    CHECK_OK(psi_tagset_delta_write(arena, a, b, &buf, &err), &err);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    bytes = (uint8_t *)buf.ptr;
    bytes[39] = (uint8_t)count;
    memcpy(bytes + 40, root.bytes, 32);
    memcpy(bytes + HEADER, from->root.bytes, 32);
    return ent_span_of_str(text);
}

static void a_delta_adds_what_is_not_there_and_removes_what_is(void **state)
{
    static const uint64_t three[] = { 1, 5, 9 }, two[] = { 1, 9 }, twice[] = { 1, 5, 5, 9 };
    ent_arena *arena = ent_arena_new(ROOM);
    psi_tagset with = set_of(arena, three, 3), plain = set_of(arena, two, 2), got;

    (void)state;
    /* 5 is added to a set that has it, and the root is that of the repeat. */
    CHECK_INT(psi_tagset_delta_apply(arena, NULL, &with,
                                     delta_forge(arena, &plain, &with, &with, twice, 4), &got,
                                     &err),
              ENT_CONFLICT); /* delta_write has numbered it */
    with.number = 0;
    CHECK_INT(psi_tagset_delta_apply(
                  arena, NULL, &with,
                  delta_forge(arena, &plain, &(psi_tagset){ .epoch = 7, .tags = three, .count = 3 },
                              &with, twice, 4),
                  &got, &err),
              ENT_FORMAT);
    CHECK_STR(err.msg, "the delta adds what is there or removes what is not");
    /* 5 is removed from a set that lacks it, and the root is that of the same set. */
    CHECK_INT(psi_tagset_delta_apply(
                  arena, NULL, &plain,
                  delta_forge(arena, &with, &(psi_tagset){ .epoch = 7, .tags = two, .count = 2 },
                              &plain, two, 2),
                  &got, &err),
              ENT_FORMAT);
    CHECK_STR(err.msg, "the delta adds what is there or removes what is not");
    ent_arena_free(arena);
}

/* A header that promises more than follows takes no memory for it. */
static void a_promise_costs_nothing(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    psi_tagset set = random_set(arena, 4), got;
    ent_span copy = copy_of(arena, written(arena, &set), HEADER + 24);
    uint8_t *count = (uint8_t *)copy.ptr + 32;

    (void)state;
    count[4] = 1; /* 16,777,220 */
    CHECK_INT(psi_tagset_read(arena, NULL, copy, &got, &err), ENT_FORMAT);
    CHECK(strstr(err.msg, "says that it has more than") != NULL);
    count[4] = 0;
    count[5] = 0xff; /* 16,711,684 */
    CHECK_INT(psi_tagset_read(arena, NULL, copy, &got, &err), ENT_FORMAT);
    CHECK_STR(err.msg, "the tag set is cut short");
    count[0] = 0xff;
    CHECK_INT(psi_tagset_read(arena, NULL, copy, &got, &err), ENT_FORMAT);
    CHECK(strstr(err.msg, "says that it has more than") != NULL);
    ent_arena_free(arena);
}

static bool round_within(ent_arena *arena)
{
    static const uint64_t one[] = { 1, 5, 9 }, two[] = { 1, 7, 9 };
    psi_tagset from, to, got;
    ent_buf buf;
    ent_str bytes;

    ent_buf_init(&buf, arena);
    if (psi_tagset_make(arena, NULL, 1, one, 3, NULL, &from, &err) != ENT_OK ||
        psi_tagset_make(arena, NULL, 1, two, 3, NULL, &to, &err) != ENT_OK ||
        psi_tagset_delta_write(arena, &from, &to, &buf, &err) != ENT_OK ||
        ent_buf_done(&buf, &bytes, &err) != ENT_OK ||
        psi_tagset_delta_apply(arena, NULL, &from, ent_span_of_str(bytes), &got, &err) != ENT_OK) {
        CHECK_INT(err.code, ENT_LIMIT);
        return false;
    }
    return true;
}

static void running_out_of_memory_fails_cleanly(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, round_within(arena));
}

RUN_TESTS(TEST(a_set_reads_back_to_itself), TEST(the_ends_of_the_range_are_tags_like_others),
          TEST(a_tag_is_found_exactly_if_it_is_there), TEST(an_output_gives_its_first_eight_bytes),
          TEST(the_root_is_a_merkle_tree_hash), TEST(it_costs_about_as_much_as_it_must),
          TEST(deltas_lead_from_set_to_set), TEST(nothing_but_the_set_itself_is_accepted),
          TEST(a_delta_that_does_not_fit_is_refused),
          TEST(a_delta_adds_what_is_not_there_and_removes_what_is), TEST(a_promise_costs_nothing),
          TEST(running_out_of_memory_fails_cleanly))
