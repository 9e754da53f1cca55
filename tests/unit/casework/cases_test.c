/* casework/cases: exactly one owner at any time. */
#include "sim/desk_sim.h"

#include "casework/cases.h"

struct stage {
    sim world;
    ent_arena *arena;
    desk *d;
    casework_case c;
};

#define ANA              ENT_STR("ana")
#define CAS              ENT_STR("cas")

#define DO(s, call, err) SIM_WORK(&(s)->world.nodes[0], call, err)

static void stage_set(struct stage *s)
{
    ent_err err = { 0 };

    memset(s, 0, sizeof *s);
    s->arena = ent_arena_new(SIM_ROOM);
    sim_init(&s->world, 2);
    s->d = &s->world.nodes[0].d;
    CHECK_OK(DO(s,
                casework_case_new(s->d, s->arena, ENT_STR("Two \"incidents\""), ENT_STR("CT-INV"),
                                  ANA, &s->c, &err),
                &err),
             &err);
}

static void stage_strike(struct stage *s)
{
    sim_release(&s->world);
    ent_arena_free(s->arena);
}

static void again(struct stage *s)
{
    ent_err err = { 0 };

    CHECK_OK(casework_case_find(s->d, s->arena, (ent_str){ s->c.id.ptr, 8 }, &s->c, &err), &err);
}

static void BER_3_a_case_has_one_owner_also_while_it_is_handed_over(void **state)
{
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s);
    CHECK_INT(DO(&s, casework_case_offer(s.d, s.arena, &s.c, ANA, CAS, &err), &err), ENT_DENIED);
    CHECK_OK(DO(&s, casework_case_offer(s.d, s.arena, &s.c, CAS, ANA, &err), &err), &err);
    again(&s);
    CHECK_TEXT(s.c.owner, "ana");
    CHECK_TEXT(s.c.title, "Two \"incidents\"");
    CHECK_INT(DO(&s, casework_case_accept(s.d, s.arena, &s.c, ENT_STR("eve"), &err), &err),
              ENT_DENIED);
    again(&s);
    CHECK_OK(DO(&s, casework_case_accept(s.d, s.arena, &s.c, CAS, &err), &err), &err);
    again(&s);
    CHECK_TEXT(s.c.owner, "cas");
    CHECK_INT(s.c.offered_to.size, 0);
    CHECK_INT(DO(&s, casework_case_accept(s.d, s.arena, &s.c, CAS, &err), &err), ENT_DENIED);
    stage_strike(&s);
}

static void PAR_5_what_is_not_accepted_in_48_hours_stays_with_its_owner(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    ent_time next;

    (void)state;
    stage_set(&s);
    CHECK_OK(DO(&s, casework_case_offer(s.d, s.arena, &s.c, CAS, ANA, &err), &err), &err);
    CHECK_OK(DO(&s, casework_cases_due(s.d, s.arena, &next, &err), &err), &err);
    CHECK(next > s.d->now && next < ENT_TIME_NEVER);
    s.d->now = next;
    again(&s);
    CHECK_INT(DO(&s, casework_case_accept(s.d, s.arena, &s.c, CAS, &err), &err), ENT_DENIED);
    CHECK_OK(DO(&s, casework_cases_due(s.d, s.arena, &next, &err), &err), &err);
    CHECK(next == ENT_TIME_NEVER);
    again(&s);
    CHECK_INT(s.c.offered_to.size, 0);
    CHECK_TEXT(s.c.owner, "ana");
    stage_strike(&s);
}

static void BER_2_a_case_is_closed_with_a_reason_and_a_day_to_look_again(void **state)
{
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s);
    CHECK_INT(
        DO(&s,
           casework_case_close(s.d, s.arena, &s.c, ENT_STR(""), ENT_STR("2026-01-01"), ANA, &err),
           &err),
        ENT_USAGE);
    CHECK_INT(
        DO(&s, casework_case_close(s.d, s.arena, &s.c, ENT_STR("done"), ENT_STR("soon"), ANA, &err),
           &err),
        ENT_FORMAT);
    again(&s);
    CHECK_OK(DO(&s,
                casework_case_close(s.d, s.arena, &s.c, ENT_STR("done"), ENT_STR("2026-01-01"), ANA,
                                    &err),
                &err),
             &err);
    CHECK_INT(DO(&s, casework_case_offer(s.d, s.arena, &s.c, CAS, ANA, &err), &err), ENT_CONFLICT);
    stage_strike(&s);
}

static void members_add_things_and_only_the_owner_adds_members(void **state)
{
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s);
    CHECK_INT(
        DO(&s, casework_case_add(s.d, s.arena, &s.c, ENT_STR("x"), ENT_STR(""), CAS, &err), &err),
        ENT_DENIED);
    CHECK_OK(DO(&s, casework_case_add(s.d, s.arena, &s.c, ENT_STR(""), CAS, ANA, &err), &err),
             &err);
    CHECK_OK(
        DO(&s, casework_case_add(s.d, s.arena, &s.c, ENT_STR("x"), ENT_STR(""), CAS, &err), &err),
        &err);
    CHECK_OK(
        DO(&s, casework_case_add(s.d, s.arena, &s.c, ENT_STR("x"), ENT_STR(""), CAS, &err), &err),
        &err);
    CHECK_INT(
        DO(&s, casework_case_add(s.d, s.arena, &s.c, ENT_STR(""), ENT_STR("eve"), CAS, &err), &err),
        ENT_DENIED);
    again(&s);
    CHECK_TEXT(s.c.things, "[\"x\"]");
    CHECK_TEXT(s.c.members, "[\"cas\"]");
    stage_strike(&s);
}

RUN_TESTS(TEST(BER_3_a_case_has_one_owner_also_while_it_is_handed_over),
          TEST(PAR_5_what_is_not_accepted_in_48_hours_stays_with_its_owner),
          TEST(BER_2_a_case_is_closed_with_a_reason_and_a_day_to_look_again),
          TEST(members_add_things_and_only_the_owner_adds_members))
