/* sim: names in a private match where the agreement has them graded, and where it has not. */
#include "sim/desk_sim.h"

#include "match/match.h"
#include "match/standing.h"
#include "stix/extension_ids.h"

#define TERMS(more)                                                                 \
    "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":100000," \
    "\"set_max\":4096" more "},\"retention_months\":1,\"not_after\":\"2025\"}"
#define LABEL                                                                                \
    "\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"CT-INV\"],\"retent" \
    "ion\":\"2029-01-01\""
#define SUSPECT ",\"category\":\"suspect\",\"discover\":\"pointer\""

static void person(sim_node *n, ent_arena *arena, const char *id, const char *name,
                   const char *birth, const char *handling)
{
    const char *births =
        birth == NULL ? "" : ent_arena_printf(arena, ",\"births\":[{\"value\":\"%s\"}]", birth).ptr;
    const char *bytes =
        ent_arena_printf(arena,
                         "{\"type\":\"identity\",\"id\":\"identity--%s\",\"name\":\"%s\","
                         "\"identity_class\":\"individual\",\"extensions\":{\"" STIX_EXT_PERSON
                         "\":{\"extension_type\":\"property-extension\"%s},\"" STIX_EXT_HANDLING
                         "\":{" LABEL "%s}}}",
                         id, name, births, handling)
            .ptr;

    sim_put(n, ent_arena_printf(arena, "identity--%s", id).ptr, "identity", bytes, NULL, 0, NULL,
            0);
}

#define A     "0b51a6f0-1c4e-4c7a-9f7e-0000000000a"
#define LATIN "Leonid Ivanovich Kalashnikov"
#define CYRIL "Калашников Леонид Иванович"

/* How many hits both have after a run about all. */
static size_t hits(const char *terms, const char *birth_a, const char *birth_b,
                   const char *handling)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };
    ent_err err = { 0 };
    size_t count[2];
    ent_json *list;
    char run[37], id[37];
    sim world;

    sim_init(&world, 2);
    sim_propose(&world, arena, terms, id);
    for (int i = 0; i < 2; i++)
        sim_sign_agreement(&world.nodes[i], arena, id);
    person(&world.nodes[0], arena, A "1", LATIN, birth_a, handling);
    person(&world.nodes[1], arena, A "2", CYRIL, birth_b, SUSPECT);
    CHECK_OK(match_start(&world.nodes[0].d, arena, &q, run, &err), &err);
    sim_carry(&world);
    for (int i = 0; i < 2; i++)
        CHECK_OK(match_hit_list(&world.nodes[i].d, arena, NULL, run, &list, &count[i], &err), &err);
    CHECK_INT(count[0], count[1]);
    sim_release(&world);
    ent_arena_free(arena);
    return count[0];
}

#define GRADED TERMS(",\"graded_names\":true")

static void a_year_or_no_date_is_enough_with_three_rare_words(void **state)
{
    (void)state;
    CHECK_INT(hits(GRADED, "1960-08-06", "1960", SUSPECT), 1);
    CHECK_INT(hits(GRADED, "1960-08-06", NULL, SUSPECT), 1);
    CHECK_INT(hits(GRADED, NULL, "1960", SUSPECT), 1);
    CHECK_INT(hits(GRADED, NULL, NULL, SUSPECT), 1);
}

static void another_year_is_no_hit_and_nothing_is_learned(void **state)
{
    (void)state;
    CHECK_INT(hits(GRADED, "1960-08-06", "1961-08-06", SUSPECT), 0);
}

static void an_agreement_without_them_compares_none(void **state)
{
    (void)state;
    CHECK_INT(hits(TERMS(""), "1960-08-06", "1960", SUSPECT), 0);
    CHECK_INT(hits(TERMS(",\"graded_names\":false"), NULL, NULL, SUSPECT), 0);
}

static void nobody_finds_a_silent_or_protected_person_by_a_name(void **state)
{
    static const char *const labels[] = {
        ",\"category\":\"witness\",\"discover\":\"pointer\"",
        ",\"category\":\"minor\",\"discover\":\"pointer\"",
        ",\"category\":\"victim\",\"discover\":\"pointer\"",
        ",\"category\":\"suspect\",\"discover\":\"silent\"",
        ",\"category\":\"suspect\"",
        SUSPECT ",\"prohibit\":[\"disclose\"]",
        SUSPECT ",\"originator_control\":[\"CTB\"]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (hits(GRADED, "1960", "1960", labels[i]) != 0)
            fail_msg("found by a name: %s", labels[i]);
}

/* Both directions of a standing match use the same two sides. */
static void a_standing_match_finds_them_from_either_side(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };
        ent_err err = { 0 };
        char match[37], id[37];
        sim world;

        sim_init(&world, 2);
        sim_propose(&world, arena, GRADED, id);
        for (int i = 0; i < 2; i++)
            sim_sign_agreement(&world.nodes[i], arena, id);
        person(&world.nodes[!late], arena, A "1", LATIN, late ? NULL : "1960", SUSPECT);
        CHECK_OK(match_standing_start(&world.nodes[0].d, arena, &q, match, &err), &err);
        sim_carry(&world);
        person(&world.nodes[late], arena, A "2", CYRIL, late ? "1960-08-06" : NULL, SUSPECT);
        CHECK_OK(match_work(&world.nodes[late].d, arena, &(size_t){ 0 }, &err), &err);
        sim_carry(&world);
        for (int i = 0; i < 2; i++) {
            ent_json *list;
            size_t count;

            CHECK_OK(match_hit_list(&world.nodes[i].d, arena, NULL, NULL, &list, &count, &err),
                     &err);
            CHECK_INT(count, 1);
        }
        sim_release(&world);
        ent_arena_free(arena);
    }
}

RUN_TESTS(TEST(a_year_or_no_date_is_enough_with_three_rare_words),
          TEST(another_year_is_no_hit_and_nothing_is_learned),
          TEST(an_agreement_without_them_compares_none),
          TEST(nobody_finds_a_silent_or_protected_person_by_a_name),
          TEST(a_standing_match_finds_them_from_either_side))
