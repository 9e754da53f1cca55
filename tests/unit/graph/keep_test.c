/* graph/keep: what was kept answers as what was built. */
#include "test.h"

#include "graph/keep.h"

#define RECORDS 40

struct bytes {
    uint8_t *at;
    size_t size, room;
};

static uint64_t state_;
static uint32_t draw(uint32_t below)
{
    state_ = state_ * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state_ >> 33) % below);
}

static ent_code take(void *arg, const void *bytes, size_t size, ent_err *err)
{
    struct bytes *b = arg;

    if (b->size + size > b->room)
        return ent_fail(err, ENT_IO, "full");
    memcpy(b->at + b->size, bytes, size);
    b->size += size;
    return ENT_OK;
}

static ent_str name(ent_arena *arena, char kind, uint32_t number)
{
    return ent_arena_printf(arena, "%c%u", kind, number);
}

static graph *build(ent_arena *arena, uint64_t seed)
{
    static const uint8_t key[16] = { 7 };
    graph *g = graph_new(arena, key);
    ent_err err = { 0 };

    state_ = seed;
    for (uint32_t i = 0; i < RECORDS; i++) {
        int32_t first = (int32_t)draw(100);
        graph_record r = { .id = name(arena, 't', i),
                           .owner = draw(2) ? ENT_STR("QV") : ENT_STR("B"),
                           .rating = ENT_STR("B2"),
                           .label = name(arena, 'L', i),
                           .valid = ENT_STR("2024"),
                           .days = { first, first + (int32_t)draw(50) },
                           .joins = draw(4) != 0 };
        graph_key k = { name(arena, 'k', draw(10)), draw(2) == 0 };

        CHECK_OK(graph_add_record(g, &r, &k, 1, &err), &err);
    }
    for (uint32_t i = 0; i < 60; i++) {
        graph_link l = { .from = name(arena, 't', draw(RECORDS)),
                         .type = ENT_STR("used"),
                         .to = name(arena, 't', draw(RECORDS + 2)),
                         .owner = ENT_STR("QV"),
                         .rating = ENT_STR(""),
                         .time = ENT_STR(""),
                         .confidence = (int)draw(102) - 1,
                         .evidential = draw(4) != 0 };

        CHECK_OK(graph_add_link(g, &l, &err), &err);
    }
    CHECK_OK(graph_seal(g, &err), &err);
    return g;
}

static struct bytes kept(const graph *g, const char *tag)
{
    struct bytes b = { .at = aligned_alloc(64, 1 << 20), .room = 1 << 20 };
    ent_err err = { 0 };

    assert_non_null(b.at);
    CHECK_OK(graph_keep(g, ent_str_of(tag), take, &b, &err), &err);
    return b;
}

static void same_step(const graph_step *x, const graph_step *y)
{
    CHECK(ent_str_equal(x->from, y->from) && ent_str_equal(x->to, y->to));
    CHECK(ent_str_equal(x->from_label, y->from_label) && ent_str_equal(x->link, y->link));
    CHECK(ent_str_equal(x->owner, y->owner) && ent_str_equal(x->key, y->key));
    CHECK_INT(x->confidence, y->confidence);
}

static void what_was_kept_answers_as_what_was_built(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        ent_arena *arena = ent_arena_new((size_t)64 << 20);
        graph *built = build(arena, seed), *again;
        struct bytes b = kept(built, "7");
        ent_err err = { 0 };

        CHECK_OK(graph_kept(arena, (ent_span){ b.at, b.size }, ENT_STR("7"), &again, &err), &err);
        CHECK_INT(graph_record_count(again), graph_record_count(built));
        CHECK_INT(graph_link_count(again), graph_link_count(built));
        for (int i = 0; i < 20; i++) {
            graph_options o = { .evidential = draw(2), .max_paths = 3 };
            ent_str from = name(arena, 't', draw(RECORDS)), to = name(arena, 't', draw(RECORDS));
            graph_answer x, y;
            graph_conflict *cx, *cy;
            size_t nx, ny;

            CHECK_OK(graph_paths(built, arena, from, to, &o, &x, &err), &err);
            CHECK_OK(graph_paths(again, arena, from, to, &o, &y, &err), &err);
            CHECK_INT(x.count, y.count);
            for (size_t p = 0; p < x.count; p++) {
                CHECK_INT(x.paths[p].count, y.paths[p].count);
                CHECK_INT(x.paths[p].weakest, y.paths[p].weakest);
                for (size_t s = 0; s < x.paths[p].count; s++)
                    same_step(&x.paths[p].steps[s], &y.paths[p].steps[s]);
            }
            CHECK_OK(graph_conflicts(built, arena, from, to, false, &cx, &nx, &err), &err);
            CHECK_OK(graph_conflicts(again, arena, from, to, false, &cy, &ny, &err), &err);
            CHECK_INT(nx, ny);
        }
        CHECK(!graph_has(again, ENT_STR("t999")));
        free(b.at);
        ent_arena_free(arena);
    }
}

static void bytes_of_another_time_or_cut_short_are_not_taken(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    struct bytes b = kept(build(arena, 1), "7");
    ent_err err = { 0 };
    graph *g;

    (void)state;
    CHECK_INT(graph_kept(arena, (ent_span){ b.at, b.size }, ENT_STR("8"), &g, &err), ENT_NO);
    CHECK_INT(graph_kept(arena, (ent_span){ b.at, b.size }, ENT_STR("77"), &g, &err), ENT_NO);
    for (size_t size = 0; size < b.size; size += size < 300 ? 1 : 97)
        CHECK_INT(graph_kept(arena, (ent_span){ b.at, size }, ENT_STR("7"), &g, &err), ENT_FORMAT);
    b.at[0] ^= 1;
    CHECK_INT(graph_kept(arena, (ent_span){ b.at, b.size }, ENT_STR("7"), &g, &err), ENT_FORMAT);
    free(b.at);
    ent_arena_free(arena);
}

static void an_empty_graph_is_kept_too(void **state)
{
    static const uint8_t key[16] = { 7 };
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    graph *g = graph_new(arena, key), *again;
    ent_err err = { 0 };
    struct bytes b;

    (void)state;
    CHECK_OK(graph_seal(g, &err), &err);
    b = kept(g, "");
    CHECK_OK(graph_kept(arena, (ent_span){ b.at, b.size }, ENT_STR(""), &again, &err), &err);
    CHECK(!graph_has(again, ENT_STR("a")));
    free(b.at);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(what_was_kept_answers_as_what_was_built),
          TEST(bytes_of_another_time_or_cut_short_are_not_taken), TEST(an_empty_graph_is_kept_too))
