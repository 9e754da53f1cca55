/* persons/maker: the unknown maker of the story (A, B, D and the item W), and what must not join. */
#include "test.h"

#include "graph/graph.h"
#include "persons/maker.h"

#define S(n) "forensic-signature--" n
#define D(n) "device-record--" n
#define I(n) "incident--" n

struct row {
    const char *from, *type, *to;
    bool evidential;
};

static const struct {
    const char *id, *key;
} records[] = {
    { S("V1"), "sig:LP-0F7C" },
    { S("V2"), "sig:TM-51D0" },
    { S("C1"), "sig:LP-0F7C" },
    { S("C2"), "sig:TM-51D0" },
    { S("C3"), "sig:TM-77C4" },
    { S("B1"), "sig:TM-77C4" },
    { S("X1"), "sig:LP-FFFF" },
    { D("A"), NULL },
    { D("W"), NULL },
    { D("B"), NULL },
    { D("D"), NULL },
    { D("X"), NULL },
    { I("A"), NULL },
    { I("B"), NULL },
    { I("D"), NULL },
    { "identity--maker", NULL },
    { "identity--other", NULL },
};

static const struct row links[] = {
    { S("V1"), "found-on", D("A"), true },
    { S("V2"), "found-on", D("A"), true },
    { D("A"), "recovered-at", I("A"), true },
    { S("C1"), "found-on", D("W"), true },
    { S("C2"), "found-on", D("W"), true },
    { S("C3"), "found-on", D("W"), true },
    { S("B1"), "found-on", D("B"), true },
    { S("B1"), "found-on", D("D"), true },
    { D("B"), "recovered-at", I("B"), true },
    { D("D"), "recovered-at", I("D"), true },
    /* Another's device at the same incident, and one that somebody only claims. */
    { S("X1"), "found-on", D("X"), true },
    { D("X"), "recovered-at", I("A"), true },
    { S("X1"), "found-on", D("A"), false },
    { S("C1"), "attributed-to", "identity--maker", true },
};

/* Without the records whose id is `without`. */
static graph *build(ent_arena *arena, const char *without)
{
    static const uint8_t seed[16] = { 3 };
    graph *g = graph_new(arena, seed);
    ent_err err = { 0 };

    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        graph_record r = { .id = ent_str_of(records[i].id),
                           .owner = ENT_STR("DSV"),
                           .rating = ENT_STR(""),
                           .label = ENT_STR(""),
                           .valid = ENT_STR(""),
                           .days = { ENT_DAY_MIN, ENT_DAY_MAX },
                           .joins = true };
        graph_key k = { ent_str_of(records[i].key), false };

        if (strcmp(records[i].id, without) != 0)
            CHECK_OK(graph_add_record(g, &r, &k, records[i].key != NULL, &err), &err);
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        graph_link l = { .from = ent_str_of(links[i].from),
                         .type = ent_str_of(links[i].type),
                         .to = ent_str_of(links[i].to),
                         .owner = ENT_STR("DSV"),
                         .rating = ENT_STR(""),
                         .time = ENT_STR(""),
                         .confidence = 80,
                         .evidential = links[i].evidential };

        CHECK_OK(graph_add_link(g, &l, &err), &err);
    }
    CHECK_OK(graph_seal(g, &err), &err);
    return g;
}

static persons_maker *makers(ent_arena *arena, const char *without, size_t *count)
{
    persons_maker *list;
    ent_err err = { 0 };

    CHECK_OK(persons_makers(build(arena, without), arena, &list, count, &err), &err);
    return list;
}

static bool has(const ent_str *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(list[i], text))
            return true;
    return false;
}

static void the_maker_of_A_B_D_and_W_is_found_by_three_references(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    size_t count;
    persons_maker *m = makers(arena, "", &count);

    (void)state;
    CHECK_INT(count, 2); /* the other one is at incident A as well, and is another */
    CHECK_INT(m->reference_count, 3);
    CHECK_INT(m->device_count, 4);
    CHECK(has(m->devices, 4, D("A")) && has(m->devices, 4, D("B")) && has(m->devices, 4, D("D")) &&
          has(m->devices, 4, D("W")));
    CHECK(!has(m->devices, 4, D("X")));
    CHECK_INT(m->incident_count, 3);
    CHECK_INT(m->person_count, 1);
    ent_arena_free(arena);
}

static void a_comparison_that_is_withdrawn_takes_the_cluster_apart(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    size_t count;
    persons_maker *m = makers(arena, S("C3"), &count);

    (void)state;
    CHECK_INT(count, 3);
    for (size_t i = 0; i < count; i++)
        CHECK(!(has(m[i].devices, m[i].device_count, D("A")) &&
                has(m[i].devices, m[i].device_count, D("B"))));
    ent_arena_free(arena);
}

static bool runs_through(const graph *g, ent_arena *arena)
{
    persons_maker *list;
    size_t count;
    ent_err err = { 0 };
    ent_code rc = persons_makers(g, arena, &list, &count, &err);

    CHECK(rc == ENT_OK || rc == ENT_LIMIT || rc == ENT_MEMORY);
    return rc == ENT_OK;
}

static void it_fails_whole_when_memory_ends(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    graph *g = build(arena, "");

    (void)state;
    FAULT_SWEEP(small, (size_t)1 << 20, runs_through(g, small));
    ent_arena_free(arena);
}

RUN_TESTS(TEST(the_maker_of_A_B_D_and_W_is_found_by_three_references),
          TEST(a_comparison_that_is_withdrawn_takes_the_cluster_apart),
          TEST(it_fails_whole_when_memory_ends))
