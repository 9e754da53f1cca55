/* casework/warn: the duty to warn. */
#include "sim/desk_sim.h"

#include "casework/duty.h"
#include "casework/warn.h"

enum { FDO1, FDO2, LEGAL, LIAISON, ANALYST };

struct stage {
    sim world;
    ent_arena *arena;
    sim_node *n;
    casework_warning w;
};

static void set(struct stage *s)
{
    const ent_str duty[] = { ENT_STR("first"), ENT_STR("deputy") };
    casework_threat threat = { .threatened = ENT_STR("the ferry line"),
                               .text = ENT_STR("an attack on a ferry"),
                               .precedence = CASEWORK_FLASH };
    ent_err err = { 0 };

    *s = (struct stage){ .arena = ent_arena_new(SIM_ROOM) };
    sim_init(&s->world, 1);
    s->n = &s->world.nodes[0];
    CHECK_OK(SIM_WORK(s->n, casework_duty_set(&s->n->d, s->arena, duty, 2, &err), &err), &err);
    CHECK_OK(SIM_WORK(s->n,
                      casework_warn_new(&s->n->d, s->arena, &threat, &s->n->people[ANALYST].officer,
                                        &s->w, &err),
                      &err),
             &err);
}

static void strike(struct stage *s)
{
    sim_release(&s->world);
    ent_arena_free(s->arena);
}

static ent_code waive(struct stage *s, int person, const char *reason)
{
    ent_err err = { 0 };
    ent_code rc = SIM_WORK(s->n,
                           casework_warn_waive(&s->n->d, s->arena, &s->w, ent_str_of(reason),
                                               &s->n->people[person].officer, &err),
                           &err);

    CHECK_OK(casework_warn_find(&s->n->d, s->arena, s->w.id, &s->w, &err), &err);
    return rc;
}

static ent_time due(struct stage *s)
{
    ent_err err = { 0 };
    ent_time next;

    CHECK_OK(SIM_WORK(s->n, casework_warn_due(&s->n->d, s->arena, &next, &err), &err), &err);
    CHECK_OK(casework_warn_find(&s->n->d, s->arena, s->w.id, &s->w, &err), &err);
    return next;
}

static void MET_2_a_warning_says_who_was_warned_how_and_by_whom(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    ent_json last;

    (void)state;
    set(&s);
    CHECK_INT(SIM_WORK(s.n,
                       casework_warn_done(&s.n->d, s.arena, &s.w, ENT_STR("the manager"),
                                          ENT_STR_NONE, &s.n->people[ANALYST].officer, &err),
                       &err),
              ENT_USAGE);
    CHECK_OK(
        SIM_WORK(s.n,
                 casework_warn_done(&s.n->d, s.arena, &s.w, ENT_STR("the manager"),
                                    ENT_STR("by telephone"), &s.n->people[ANALYST].officer, &err),
                 &err),
        &err);
    CHECK_TEXT(s.w.state, "warned");
    last = ent_json_at(ent_json_get(s.w.json, "events"), 1);
    CHECK_TEXT(ent_json_get_text(last, "note"), "the manager: by telephone");
    CHECK_TEXT(ent_json_get_text(last, "by"), "d.analyst");
    CHECK_INT(due(&s) == ENT_TIME_NEVER, true);
    CHECK_INT(sim_doc_count(s.n, "journal", NULL), 2);
    strike(&s);
}

static void MET_2_a_waiver_has_a_reason_and_two_officers_one_of_them_legal(void **state)
{
    struct stage s;

    (void)state;
    set(&s);
    CHECK_INT(waive(&s, LEGAL, NULL), ENT_USAGE);
    CHECK_INT(waive(&s, ANALYST, "no"), ENT_DENIED);
    CHECK_INT(waive(&s, FDO1, "he is under arrest"), ENT_OK);
    CHECK_TEXT(s.w.state, "open");
    CHECK_INT(waive(&s, FDO1, "again"), ENT_DENIED);
    CHECK_INT(waive(&s, FDO2, "me too"), ENT_DENIED); /* neither is legal */
    CHECK_TEXT(s.w.state, "open");
    CHECK_INT(waive(&s, LEGAL, "agreed"), ENT_OK);
    CHECK_TEXT(s.w.state, "waived");
    CHECK_INT(waive(&s, LEGAL, "agreed"), ENT_CONFLICT);
    strike(&s);
}

static void silence_is_told_to_whoever_is_on_duty_and_then_to_the_deputy(void **state)
{
    struct stage s;
    ent_time next;

    (void)state;
    set(&s);
    next = due(&s);
    CHECK_INT((next - s.n->d.now) / ENT_SECOND, 15 * 60);
    s.n->d.now = next;
    next = due(&s);
    CHECK(s.w.overdue);
    CHECK_INT(sim_doc_count(s.n, "notice", "waiting"), 1);
    CHECK_INT((next - s.n->d.now) / ENT_SECOND, 15 * 60);
    s.n->d.now = next;
    CHECK(due(&s) == ENT_TIME_NEVER);
    CHECK(due(&s) == ENT_TIME_NEVER);
    CHECK_INT(sim_doc_count(s.n, "notice", "waiting"), 2);
    strike(&s);
}

RUN_TESTS(TEST(MET_2_a_warning_says_who_was_warned_how_and_by_whom),
          TEST(MET_2_a_waiver_has_a_reason_and_two_officers_one_of_them_legal),
          TEST(silence_is_told_to_whoever_is_on_duty_and_then_to_the_deputy))
