/* casework/duty: whose turn it is, and when to come again. */
#include "sim/desk_sim.h"

#include "casework/duty.h"

static void the_last_deputy_keeps_what_is_late_and_nobody_is_nobody(void **state)
{
    ent_str people[] = { ENT_STR("ana"), ENT_STR("ben"), ENT_STR("cem") };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim *world = malloc(sizeof *world);
    desk *d = &world->nodes[0].d;
    casework_round r;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    CHECK_OK(SIM_WORK(&world->nodes[0], casework_round_begin(d, arena, &r, &err), &err), &err);
    CHECK_TEXT(casework_round_turn(&r, 0), "");
    CHECK_OK(SIM_WORK(&world->nodes[0], casework_duty_set(d, arena, people, 3, &err), &err), &err);
    CHECK_OK(SIM_WORK(&world->nodes[0], casework_round_begin(d, arena, &r, &err), &err), &err);
    for (size_t step = 0; step < 6; step++)
        CHECK(ent_str_equal(casework_round_turn(&r, step), people[step < 3 ? step : 2]));
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

static void a_round_comes_again_at_the_first_time_that_is_still_to_come(void **state)
{
    desk d = { .now = 100 };
    casework_round r = { .d = &d, .next = ENT_TIME_NEVER };
    static const struct {
        ent_time at, next;
    } rows[] = { { 99, ENT_TIME_NEVER }, { 100, ENT_TIME_NEVER },
                 { 300, 300 },           { 400, 300 },
                 { 101, 101 },           { 100, 101 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        casework_round_again(&r, rows[i].at);
        CHECK(r.next == rows[i].next);
    }
}

RUN_TESTS(TEST(the_last_deputy_keeps_what_is_late_and_nobody_is_nobody),
          TEST(a_round_comes_again_at_the_first_time_that_is_still_to_come))
