/* match/items: the keys of a run as one text and back, also one that a node of before wrote, and no other. */
#include "test.h"

#include "match/match_int.h"

#define ROOM ((size_t)16 << 20)
#define MANY 500

/* Keys of every kind; record i / 7 has some of them alone, others share theirs with a few. */
static match_items made(ent_arena *arena)
{
    static const char *const kinds[] = { "doc:QBZ:", "tel:+", "mail:a@", "plate:QV:" };
    match_items items = { ent_arena_array(arena, MANY, sizeof(match_item)), MANY };

    for (int i = 0; i < MANY; i++) {
        match_item *item = &items.items[i];

        item->key = ent_arena_printf(arena, "%s%d", kinds[i % 4], i);
        item->own_count = (size_t)(i % 5);
        item->own = ent_arena_array(arena, 5, sizeof *item->own);
        for (int k = 0; k < i % 5; k++)
            item->own[k] = ent_arena_printf(arena, "identity--%d", i / 7 + 3 * k);
        item->reassignable = i % 4 == 1 || i % 4 == 3;
        item->valid_count = 1 + (size_t)(i % PSI_INTERVALS);
        for (size_t v = 0; v < item->valid_count; v++)
            item->valid[v] = (ent_days){ i - 100 + (ent_day)(10 * v), i - 95 + (ent_day)(10 * v) };
    }
    return items;
}

static ent_str written(ent_arena *arena, const match_items *items)
{
    ent_err err = { 0 };
    ent_str text;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    match_items_write(&buf, items->items, items->count);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    return text;
}

static void same(const match_item *a, const match_item *b)
{
    CHECK(ent_str_equal(a->key, b->key));
    CHECK_INT(a->own_count, b->own_count);
    for (size_t k = 0; k < a->own_count; k++)
        CHECK(ent_str_equal(a->own[k], b->own[k]));
    CHECK_INT(a->reassignable, b->reassignable);
    if (!a->reassignable)
        return; /* nobody asks when */
    CHECK_INT(a->valid_count, b->valid_count);
    for (size_t v = 0; v < a->valid_count; v++)
        CHECK(a->valid[v].first == b->valid[v].first && a->valid[v].last == b->valid[v].last);
}

static void items_come_back_as_they_were(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    match_items items = made(arena);
    match_item *back = ent_arena_array(arena, MANY, sizeof *back);
    ent_str text = written(arena, &items), *keys = ent_arena_array(arena, MANY, sizeof *keys);
    ent_err err = { 0 };
    size_t count, ids = 0;

    (void)state;
    CHECK_OK(match_items_read(arena, text, back, MANY, &count, &err), &err);
    CHECK_INT(count, MANY);
    for (size_t i = 0; i < MANY; i++)
        same(&items.items[i], &back[i]);
    CHECK_OK(match_items_keys(arena, text, keys, MANY, &count, &err), &err);
    CHECK_INT(count, MANY);
    for (size_t i = 0; i < MANY; i++)
        CHECK(ent_str_equal(keys[i], items.items[i].key));
    for (size_t i = 0; i + 15 <= text.size; i++)
        ids += memcmp(text.ptr + i, "12:identity--42", 15) == 0;
    CHECK_INT(ids, 1); /* each id once */
    items.count = 0;
    CHECK_OK(match_items_read(arena, written(arena, &items), back, MANY, &count, &err), &err);
    CHECK_INT(count, 0);
    ent_arena_free(arena);
}

static void the_text_of_a_node_of_before_is_read(void **state)
{
    static const char text[] = "7:tel:+11"
                               "1;8:person-a1;-5;20;"
                               "7:doc:A:1"
                               "0;1;0;9;"
                               "7:doc:A:2"
                               "2;1:x2:yz0;";
    ent_str one[] = { ENT_STR("person-a") }, two[] = { ENT_STR("x"), ENT_STR("yz") };
    const match_item want[] = {
        { .key = ENT_STR("tel:+11"),
          .own = one,
          .own_count = 1,
          .valid = { { -5, 20 } },
          .valid_count = 1,
          .reassignable = true },
        { .key = ENT_STR("doc:A:1") },
        { .key = ENT_STR("doc:A:2"), .own = two, .own_count = 2 },
    };
    ent_arena *arena = ent_arena_new(ROOM);
    match_item back[4];
    ent_str keys[4];
    ent_err err = { 0 };
    size_t count;

    (void)state;
    CHECK_OK(match_items_read(arena, ENT_STR(text), back, 4, &count, &err), &err);
    CHECK_INT(count, 3);
    for (size_t i = 0; i < 3; i++)
        same(&want[i], &back[i]);
    CHECK_OK(match_items_keys(arena, ENT_STR(text), keys, 4, &count, &err), &err);
    CHECK_INT(count, 3);
    CHECK_TEXT(keys[2], "doc:A:2");
    ent_arena_free(arena);
}

/* Cut anywhere, one byte changed anywhere, less room than items: an error, or other items, and no byte beyond. */
static void no_other_text_breaks_the_reader(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    match_items items = made(arena);
    match_item *back = ent_arena_array(arena, MANY, sizeof *back);
    ent_str text, keys[20];
    ent_err err = { 0 };
    size_t count;

    (void)state;
    items.count = 20;
    text = written(arena, &items);
    CHECK_INT(match_items_read(arena, text, back, 19, &count, &err), ENT_BUG);
    for (size_t size = 1; size < text.size; size++) {
        char *copy = malloc(size); /* so that a sanitizer sees its end */

        memcpy(copy, text.ptr, size);
        if (match_items_read(arena, (ent_str){ copy, size }, back, 20, &count, &err) == ENT_OK)
            CHECK(count < 20);
        for (int flip = 0; flip < 8; flip += 3) {
            copy[size - 1] ^= (char)(1 << flip);
            (void)!match_items_read(arena, (ent_str){ copy, size }, back, 20, &count, &err);
            (void)!match_items_keys(arena, (ent_str){ copy, size }, keys, 20, &count, &err);
            copy[size - 1] ^= (char)(1 << flip);
        }
        free(copy);
    }
    ent_arena_free(arena);
}

RUN_TESTS(TEST(items_come_back_as_they_were), TEST(the_text_of_a_node_of_before_is_read),
          TEST(no_other_text_breaks_the_reader))
