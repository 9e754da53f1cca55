/* match/behind: what stands behind hits is read a part at a time, and is what reading all of it gives; also where a
 * hit lies at the edge of its part. */
#include "test.h"

#include "match/behind_int.h"
#include "match/guard_int.h"

#include <sodium.h>

#define ROOM  ((size_t)512 << 20)
#define HITS  ((size_t)4000)
#define TOTAL ((size_t)5 * MATCH_PART + 1000)

static void random_bytes(void *arg, void *bytes, size_t size)
{
    (void)arg;
    randombytes_buf(bytes, size);
}

/* Sorted keys: consecutive numbers at each edge of a part, close and far apart in turn elsewhere. */
static void items_make(ent_arena *arena, match_items *items)
{
    *items = (match_items){ ent_arena_array(arena, TOTAL, sizeof *items->items), TOTAL };
    for (size_t i = 0, number = 0; i < TOTAL; i++) {
        match_item *item = &items->items[i];
        size_t edge = i % MATCH_PART;

        number += edge < 30 || edge >= MATCH_PART - 30 ? 1 : edge % 60 < 30 ? 3 : 90;
        *item = (match_item){ .key = ent_arena_printf(arena, "tel:+%010zu", number),
                              .own = ent_arena_array(arena, 2, sizeof *item->own),
                              .own_count = 1 + i % 2,
                              .valid = { { (ent_day)i, (ent_day)i + 7 } },
                              .valid_count = 1,
                              .reassignable = true };
        for (size_t k = 0; k < 2; k++)
            item->own[k] = ent_arena_printf(arena, "identity--%zu", i + k);
    }
}

static void same(const match_item *a, const match_item *b)
{
    CHECK(ent_str_equal(a->key, b->key) && a->own_count == b->own_count &&
          a->valid_count == b->valid_count && a->valid[0].first == b->valid[0].first &&
          a->valid[0].last == b->valid[0].last && a->reassignable == b->reassignable);
    for (size_t i = 0; i < a->own_count; i++)
        CHECK(ent_str_equal(a->own[i], b->own[i]));
}

/* How many of them are alone in a dense range. */
static size_t hits_check(desk *d, const match_items *items, const psi_hit *hits, size_t count)
{
    ent_arena *arena = ent_arena_new(ROOM);
    bool *hit = ent_arena_array(arena, TOTAL, sizeof *hit);
    match_behind *behind;
    size_t lone = 0;
    ent_err err = { 0 };

    memset(hit, 0, TOTAL * sizeof *hit);
    for (size_t i = 0; i < count; i++)
        hit[hits[i].item] = true;
    CHECK_OK(match_behind_get(d, arena, ENT_STR("run"), TOTAL, hits, count, &behind, &err), &err);
    for (size_t i = 0; i < count; i++) {
        same(&behind[i].item, &items->items[hits[i].item]);
        CHECK_INT(behind[i].lone, match_guard_lone(items, hit, hits[i].item));
        lone += behind[i].lone;
    }
    ent_arena_free(arena);
    return lone;
}

static void it_is_what_reading_all_of_it_gives(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const uint8_t seed[PSI_SEED_SIZE] = { 1 };
    static psi_hit hits[HITS];
    desk d = { .random = random_bytes };
    match_behind *behind;
    match_items items;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(store_open(":memory:", &d.store, &err), &err);
    items_make(arena, &items);
    CHECK_OK(store_begin(d.store, &err), &err);
    CHECK_OK(match_secret_put(&d, arena, ENT_STR("run"), "SVB", seed, &items, &err), &err);
    CHECK_OK(store_commit(d.store, &err), &err);
    CHECK_INT(hits_check(&d, &items, hits, 0), 0);
    /* One at an edge is in a range that lies in two parts, and alone in it; with its neighbour over the edge
     * it is not. */
    hits[0].item = 2 * MATCH_PART - 1;
    CHECK_INT(hits_check(&d, &items, hits, 1), 1);
    hits[1].item = 2 * MATCH_PART;
    CHECK_INT(hits_check(&d, &items, hits, 2), 0);
    hits[1].item = 4 * MATCH_PART; /* parts that are passed over */
    hits[2].item = 5 * MATCH_PART + 999;
    hits[3].item = 17;
    CHECK_INT(hits_check(&d, &items, hits, 4), 3);
    for (size_t i = 0; i < HITS; i++) /* in no order, each once */
        hits[i].item = (uint32_t)(i * 7919 % TOTAL);
    CHECK(hits_check(&d, &items, hits, HITS) > 0);
    hits[0].item = TOTAL;
    CHECK_INT(match_behind_get(&d, arena, ENT_STR("run"), TOTAL, hits, 1, &behind, &err), ENT_BUG);
    store_close(d.store);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(it_is_what_reading_all_of_it_gives))
