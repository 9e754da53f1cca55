/* sim: a hypothesis falls with the link on its way, and is flagged where it was answered. */
#include "sim/release_stage.h"

#include "desk/basis.h"
#include "joint/hypothesis.h"

#define OWN   "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000b1"
#define PLACE "location--0b51a6f0-1c4e-4c7a-9f7e-0000000000b2"
#define WENT  "event--0b51a6f0-1c4e-4c7a-9f7e-0000000000b3"
#define KNOWS "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000b4"
#define THERE "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000b5"
#define CARLA "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000b7"
#define LATER "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000b8"
#define ASIDE "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000b9"
#define MOVED "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000b6"

static void tie(sim_node *n, ent_arena *arena, const char *id, const char *from, const char *type,
                const char *to)
{
    admit(
        n, "",
        ent_arena_printf(arena,
                         "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"%s\"," TIMES
                         ",\"relationship_type\":\"%s\",\"source_ref\":\"%s\",\"target_ref\":"
                         "\"%s\",\"confidence\":80}",
                         id, type, from, to)
            .ptr);
}

/* Somebody of B was in the harbour, and knows Anna. */
static void work_there(struct stage *s)
{
    person(s->b, s->arena, OWN, "Own Person", SUSPECT);
    admit(s->b, "",
          "{\"type\":\"location\",\"spec_version\":\"2.1\",\"id\":\"" PLACE "\"," TIMES
          ",\"name\":\"harbour\",\"latitude\":-46.2,\"longitude\":-122.7}");
    admit(s->b, "",
          "{\"type\":\"event\",\"spec_version\":\"2.1\",\"id\":\"" WENT "\"," TIMES
          ",\"name\":\"journey\",\"start_time\":\"2024-09-20T00:00:00.000Z\"}");
    tie(s->b, s->arena, KNOWS, OWN, "contact-of", ANNA);
    tie(s->b, s->arena, THERE, WENT, "to", PLACE);
    tie(s->b, s->arena, MOVED, OWN, "travelled", WENT);
}

/* Who was in the harbour in that month and is tied to Carla?  How many. */
static size_t asked(struct stage *s, const char *from, const char *to, char id[37])
{
    const ent_str target = ENT_STR(CARLA);
    joint_question q = { .purpose = ENT_STR("CT-INV"),
                         .region = { .circle = true, .lat = -46.2, .lon = -122.7, .km = 10 },
                         .from = ent_str_of(from),
                         .to = ent_str_of(to),
                         .tied_to = &target,
                         .tied_count = 1,
                         .max_steps = 8,
                         .asked_by = ENT_STR("s.analyst") };
    joint_answer answer;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(s->b, joint_hypothesis_ask(&s->b->d, s->arena, &q, NULL, 0, id, &err), &err),
             &err);
    CHECK_OK(joint_hypothesis_get(&s->b->d, s->arena, ent_arena_str(s->arena, ent_str_of(id)),
                                  &answer, &err),
             &err);
    return answer.fit_count;
}

static const char *basis(struct stage *s, const char *thing)
{
    desk_flags flags;
    ent_err err = { 0 };

    CHECK_OK(desk_basis_load(&s->b->d, s->arena, false, &flags, &err), &err);
    return desk_basis_of(&flags, ent_str_of(thing));
}

/* Three persons are given, then by releases of their own a link from Anna to Carla and one from
 * Boris to Carla. */
static void links_give(struct stage *s, ent_str *later, ent_str *aside)
{
    person(s->a, s->arena, CARLA, "Carla Orlova", SUSPECT);
    (void)release(s, ANNA);
    (void)release(s, BORIS);
    (void)release(s, CARLA);
    tie(s->a, s->arena, LATER, ANNA, "contact-of", CARLA);
    *later = release(s, LATER);
    tie(s->a, s->arena, ASIDE, BORIS, "contact-of", CARLA);
    *aside = release(s, ASIDE);
}

static void called_back(struct stage *s, ent_str id, const char *link)
{
    ent_err err = { 0 };

    CHECK(held(s->b, s->arena, "DSV", link).ptr != NULL);
    CHECK_OK(recall(s, id, 0, &err), &err);
    sim_carry(&s->world);
    CHECK(held(s->b, s->arena, "DSV", link).ptr == NULL);
    CHECK(held(s->b, s->arena, "DSV", CARLA).ptr != NULL);
}

static void a_hypothesis_is_flagged_when_a_link_on_its_way_is_withdrawn(void **state)
{
    char id[37], elsewhen[37];
    ent_str later, aside;
    struct stage s;

    (void)state;
    stage_set(&s, 2);
    links_give(&s, &later, &aside);
    work_there(&s);
    CHECK_INT(asked(&s, "2024-09-01", "2024-09-30", id), 1);
    CHECK_INT(asked(&s, "2024-08-01", "2024-08-30", elsewhen), 0); /* a movement of another month */
    CHECK_STR(basis(&s, id), "");
    called_back(&s, later, LATER);
    CHECK_STR(basis(&s, id), "withdrawn");
    CHECK_STR(basis(&s, elsewhen), "");                      /* nobody was found by it */
    CHECK_INT(asked(&s, "2024-09-01", "2024-09-30", id), 1); /* there is another way, by Boris */
    CHECK_STR(basis(&s, id), "");
    called_back(&s, aside, ASIDE);
    CHECK_STR(basis(&s, id), "withdrawn");
    CHECK_INT(asked(&s, "2024-09-01", "2024-09-30", id), 0);
    stage_strike(&s);
}

static void a_link_that_is_on_no_way_flags_nothing(void **state)
{
    ent_str later, aside;
    struct stage s;
    char id[37];

    (void)state;
    stage_set(&s, 2);
    links_give(&s, &later, &aside);
    work_there(&s);
    CHECK_INT(asked(&s, "2024-09-01", "2024-09-30", id), 1);
    called_back(&s, aside, ASIDE);
    CHECK_STR(basis(&s, id), "");
    stage_strike(&s);
}

RUN_TESTS(cmocka_unit_test(a_hypothesis_is_flagged_when_a_link_on_its_way_is_withdrawn),
          cmocka_unit_test(a_link_that_is_on_no_way_flags_nothing))
