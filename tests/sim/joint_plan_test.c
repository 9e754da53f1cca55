/* sim: plans of three desks, against overlap in the clear. */
#include "sim/joint_sim.h"

#include "joint/plan.h"

static const char ferry[] =
    "{\"name\":\"ferry\",\"activity\":\"arrest-on-warrant\",\"domains\":[\"sea\",\"land\"],"
    "\"lat\":[-46.40,-46.00],\"lon\":[-122.90,-122.50],\"height_m\":null,"
    "\"start\":\"2024-12-06T18:00:00Z\",\"stop\":\"2024-12-06T23:00:00Z\"}";
static const char patrol[] =
    "{\"name\":\"patrol\",\"activity\":\"patrol\",\"domains\":[\"sea\",\"air\"],"
    "\"lat\":[-46.60,-46.25],\"lon\":[-122.80,-122.10],\"height_m\":[0,1500],"
    "\"start\":\"2024-12-06T20:00:00Z\",\"stop\":\"2024-12-07T02:00:00Z\"}";
static const char meeting[] =
    "{\"name\":\"meeting\",\"activity\":\"meet\",\"domains\":[\"land\"],"
    "\"lat\":[-46.22,-46.18],\"lon\":[-122.72,-122.68],"
    "\"start\":\"2024-12-06T21:00:00Z\",\"stop\":\"2024-12-06T22:30:00Z\"}";

struct world {
    sim s;
    ent_arena *arena;
};

static void world_init(struct world *w, int count)
{
    char id[37];

    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w->s, count);
    joint_agree(&w->s, w->arena, JOINT_TERMS, id);
}

static void world_release(struct world *w)
{
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

static ent_code put(struct world *w, int node, const char *plan, bool move, ent_err *err)
{
    desk *d = &w->s.nodes[node].d;
    ent_json json;

    *err = (ent_err){ 0 };
    CHECK_OK(ent_json_read(w->arena, ent_str_of(plan), &json, err), err);
    if (SIM_WORK(&w->s.nodes[node], joint_plan_put(d, w->arena, json, move, ENT_STR("case"), err),
                 err) != ENT_OK)
        return err->code;
    return SIM_WORK(&w->s.nodes[node], joint_plans_compare(d, w->arena, err), err);
}

static size_t clashes(struct world *w, int node, joint_clash **list)
{
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(joint_clash_list(&w->s.nodes[node].d, w->arena, list, &count, &err), &err);
    return count;
}

static void a_clash_is_told_to_its_two_owners_and_they_can_speak_of_it(void **state)
{
    joint_clash *v, *b, *c;
    struct world w;
    ent_err err;

    (void)state;
    world_init(&w, 3);
    CHECK_OK(SIM_WORK(&w.s.nodes[1],
                      joint_plan_contact(&w.s.nodes[1].d, w.arena, ENT_STR("duty desk 7"), &err),
                      &err),
             &err);
    CHECK_OK(put(&w, 0, ferry, false, &err), &err);
    CHECK_OK(put(&w, 1, patrol, false, &err), &err);
    CHECK_OK(put(&w, 2, meeting, false, &err), &err);
    sim_carry(&w.s);
    CHECK_INT(clashes(&w, 0, &v), 2);
    CHECK_INT(clashes(&w, 1, &b), 1);
    CHECK_INT(clashes(&w, 2, &c), 1);
    CHECK_TEXT(b[0].plan, "patrol");
    CHECK_TEXT(b[0].peer, "DSV");
    CHECK_TEXT(b[0].domain, "sea");
    CHECK_TEXT(b[0].day, "2024-12-06");
    CHECK_TEXT(c[0].peer, "DSV");
    CHECK_TEXT(c[0].domain, "land");
    for (int i = 0; i < 2; i++) {
        bool with_b = ent_str_is(v[i].peer, "SVB");

        CHECK(ent_str_equal(v[i].reference, with_b ? b[0].reference : c[0].reference));
        CHECK_TEXT(v[i].call, with_b ? "duty desk 7" : "the duty desk");
    }
    /* Nothing of a run is left but that it was. */
    for (int i = 0; i < 3; i++) {
        CHECK_INT(sim_doc_count(&w.s.nodes[i], "plan-secret", NULL), 0);
        CHECK_INT(sim_doc_count(&w.s.nodes[i], "plan-run", "open"), 0);
        CHECK_INT(sim_doc_count(&w.s.nodes[i], "refused", NULL), 0);
    }
    world_release(&w);
}

static void a_plan_that_is_moved_or_withdrawn_clashes_no_more(void **state)
{
    static const char moved[] =
        "{\"name\":\"ferry\",\"activity\":\"arrest-on-warrant\",\"domains\":[\"land\"],"
        "\"lat\":[-44.15,-44.05],\"lon\":[-128.45,-128.35],"
        "\"start\":\"2024-12-07T06:00:00Z\",\"stop\":\"2024-12-07T10:00:00Z\"}";
    joint_clash *list;
    struct world w;
    ent_err err;

    (void)state;
    world_init(&w, 3);
    CHECK_OK(put(&w, 0, ferry, false, &err), &err);
    CHECK_OK(put(&w, 1, patrol, false, &err), &err);
    CHECK_OK(put(&w, 2, meeting, false, &err), &err);
    sim_carry(&w.s);
    CHECK_INT(clashes(&w, 0, &list), 2);
    CHECK_OK(put(&w, 0, moved, true, &err), &err);
    sim_carry(&w.s);
    for (int i = 0; i < 3; i++)
        CHECK_INT(clashes(&w, i, &list), 0);
    CHECK_INT(put(&w, 0, patrol, true, &err), ENT_NOT_FOUND);
    CHECK_INT(put(&w, 0, moved, false, &err), ENT_CONFLICT);
    CHECK_OK(put(&w, 0, ferry, true, &err), &err);
    sim_carry(&w.s);
    CHECK_INT(clashes(&w, 1, &list), 1);
    CHECK_OK(SIM_WORK(&w.s.nodes[0],
                      joint_plan_withdraw(&w.s.nodes[0].d, w.arena, ENT_STR("ferry"), &err), &err),
             &err);
    CHECK_OK(SIM_WORK(&w.s.nodes[0], joint_plans_compare(&w.s.nodes[0].d, w.arena, &err), &err),
             &err);
    sim_carry(&w.s);
    CHECK_INT(clashes(&w, 1, &list), 0);
    world_release(&w);
}

static const char *random_plan(ent_arena *arena, uint64_t *state, int number)
{
    int a[4], b[4];

    for (int i = 0; i < 4; i++) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        a[i] = (int)(*state >> 20) & 7;
        b[i] = a[i] + 1 + ((int)(*state >> 40) & 3);
    }
    return ent_arena_printf(
               arena,
               "{\"name\":\"p%d\",\"activity\":\"patrol\",\"domains\":[\"%s\"],"
               "\"lat\":[%d.5,%d.5],\"lon\":[%d,%d],\"height_m\":[%d,%d],"
               "\"start\":\"2024-12-0%dT00:00:00Z\",\"stop\":\"2024-12-%02dT00:00:00Z\"}",
               number, *state & 1 ? "sea" : "air", a[0], b[0], a[1], b[1], 100 * a[2], 100 * b[2],
               1 + a[3], 1 + b[3])
        .ptr;
}

/* Whole numbers: edges that touch are common. */
static void clashes_are_exactly_those_of_overlap_in_the_clear(void **state)
{
    uint64_t random = 88172645463325252U;

    (void)state;
    for (int round = 0; round < 3; round++) {
        size_t expected[2] = { 0 };
        joint_plan *plans[2];
        size_t counts[2];
        joint_clash *list;
        struct world w;
        ent_err err;

        world_init(&w, 2);
        w.s.crash = round == 1;
        w.s.twice = round == 2;
        for (int side = 0; side < 2; side++)
            for (int i = 0; i < 7; i++)
                CHECK_OK(put(&w, side, random_plan(w.arena, &random, i), false, &err), &err);
        for (int side = 0; side < 2; side++)
            CHECK_OK(
                joint_plan_list(&w.s.nodes[side].d, w.arena, &plans[side], &counts[side], &err),
                &err);
        for (size_t i = 0; i < counts[0]; i++)
            for (size_t j = 0; j < counts[1]; j++)
                expected[0] += plans[0][i].domains[0] == plans[1][j].domains[0] &&
                               psi_box_clash(&plans[0][i].box, &plans[1][j].box);
        expected[1] = expected[0];
        sim_carry(&w.s);
        for (int side = 0; side < 2; side++) {
            CHECK_INT(sim_doc_count(&w.s.nodes[side], "refused", NULL), 0);
            CHECK_INT(clashes(&w, side, &list), expected[side]);
        }
        world_release(&w);
    }
}

static void what_is_no_plan_is_refused_with_its_member(void **state)
{
    static const struct {
        const char *from, *to, *member;
        ent_code code;
    } rows[] = {
        { "\"patrol\",\"domains\"", "\"strike\",\"domains\"", "activity", ENT_DENIED },
        { "\"sea\"", "\"sky\"", "domain", ENT_FORMAT },
        { "[-46.60,-46.25]", "[-46.25,-46.60]", "lat", ENT_FORMAT },
        { "[-122.80,-122.10]", "[-182.80,-122.1]", "lon", ENT_FORMAT },
        { "[0,1500]", "[0,\"15\"]", "height_m", ENT_FORMAT },
        { "2024-12-07T02:00:00Z", "2024-12-05T02:00:00Z", "ends before", ENT_FORMAT },
        { "\"activity\"", "\"target!!\"", "target!!", ENT_FORMAT },
    };
    struct world w;
    ent_err err;

    (void)state;
    world_init(&w, 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = strstr(patrol, rows[i].from);
        const char *changed = ent_arena_printf(w.arena, "%.*s%s%s", (int)(at - patrol), patrol,
                                               rows[i].to, at + strlen(rows[i].from))
                                  .ptr;

        CHECK_INT(put(&w, 0, changed, false, &err), rows[i].code);
        CHECK(strstr(err.msg, rows[i].member) != NULL);
    }
    world_release(&w);
}

static void a_peer_without_deconfliction_is_not_asked_and_not_answered(void **state)
{
    static const char without[] =
        "{\"name\":\"Joint\",\"purposes\":[\"SAFETY\"],\"release\":true,\"retention_months\":12,"
        "\"not_after\":\"2025-12-31\"}";
    joint_compared *list;
    struct world w;
    ent_err err;
    char id[37];
    size_t count;

    (void)state;
    w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w.s, 2);
    joint_agree(&w.s, w.arena, without, id);
    CHECK_OK(put(&w, 0, ferry, false, &err), &err);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "outbox", NULL), 0);
    world_release(&w);
    world_init(&w, 2);
    CHECK_OK(put(&w, 0, ferry, false, &err), &err);
    w.s.nodes[1].d.now += 700 * ENT_DAY_TIME; /* there, it has ended */
    sim_carry(&w.s);
    CHECK_OK(joint_plans_compared(&w.s.nodes[0].d, w.arena, &list, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_TEXT(list[0].why, "refused: agreement");
    world_release(&w);
}

RUN_TESTS(cmocka_unit_test(a_clash_is_told_to_its_two_owners_and_they_can_speak_of_it),
          cmocka_unit_test(a_plan_that_is_moved_or_withdrawn_clashes_no_more),
          cmocka_unit_test(clashes_are_exactly_those_of_overlap_in_the_clear),
          cmocka_unit_test(what_is_no_plan_is_refused_with_its_member),
          cmocka_unit_test(a_peer_without_deconfliction_is_not_asked_and_not_answered))
