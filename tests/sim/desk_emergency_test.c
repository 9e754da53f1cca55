/* sim: one officer releases now, another looks at it tomorrow. */
#include "sim/release_stage.h"

#include "desk/emergency.h"

/* An agreement that knows emergencies, beside the one of the stage. */
static void agree_emergency(struct stage *s)
{
    static const char terms[] =
        "{\"name\":\"Emergencies\",\"purposes\":[\"CT-INV\"],\"release\":true,\"emergency\":true,"
        "\"onward\":\"H2\",\"retention_months\":12,\"not_before\":\"2024-01-01\","
        "\"not_after\":\"2025-12-31\"}";
    const char *peers[] = { s->b->code };
    char id[37];
    int count;
    bool done;
    ent_err err = { 0 };
    ent_str agreement;

    /* The other one is suspended, so that this is the one that lets it flow. */
    CHECK_OK(SIM_WORK(s->a,
                      desk_agreement_suspend(&s->a->d, s->arena, ent_str_of(s->agreement),
                                             &s->a->people[2].officer, ENT_STR("replaced"), &err),
                      &err),
             &err);
    CHECK_OK(SIM_WORK(s->a,
                      desk_agreement_propose(&s->a->d, s->arena, ent_str_of(terms), peers, 1,
                                             s->a->people[3].name, id, &err),
                      &err),
             &err);
    sim_carry(&s->world);
    agreement = ent_arena_str(s->arena, ent_str_of(id));
    for (int n = 0; n < 2; n++)
        for (int p = 0; p < 2; p++) {
            sim_node *node = n == 0 ? s->a : s->b;

            CHECK_OK(SIM_WORK(node,
                              desk_agreement_approve(&node->d, s->arena, agreement,
                                                     &node->people[p].officer, &count, &done, &err),
                              &err),
                     &err);
        }
    sim_carry(&s->world);
}

static ent_code send(struct stage *s, ent_str draft, int person, ent_err *err)
{
    desk_draft_state state;

    *err = (ent_err){ 0 };
    return SIM_WORK(s->a,
                    desk_emergency_send(&s->a->d, s->arena, draft, ENT_STR("attack in an hour"),
                                        &s->a->people[person].officer, &state, err),
                    err);
}

static ent_code review(struct stage *s, ent_str id, bool upheld, int person, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(s->a,
                    desk_emergency_review(&s->a->d, s->arena, id, upheld, ENT_STR("looked at"),
                                          &s->a->people[person].officer, err),
                    err);
}

static void one_officer_sends_and_another_reviews(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_json json;
    store_doc doc;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    agree_emergency(&s);
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_INT(send(&s, st.id, 4, &err), ENT_DENIED); /* the drafter, no officer */
    CHECK_OK(send(&s, st.id, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr != NULL);
    CHECK_OK(desk_doc(&s.b->d, s.arena, "release-in", st.id, &doc, &json, &err), &err);
    CHECK_TEXT(ent_json_get_text(json, "emergency"), "attack in an hour");
    CHECK_INT(review(&s, st.id, true, 0, &err), ENT_DENIED); /* who sent it */
    CHECK_INT(review(&s, st.id, true, 3, &err), ENT_DENIED); /* liaison */
    CHECK_OK(review(&s, st.id, true, 1, &err), &err);
    CHECK_TEXT(state_of(s.a, s.arena, "emergency", st.id), "upheld");
    CHECK_INT(review(&s, st.id, true, 2, &err), ENT_CONFLICT);
    stage_strike(&s);
}

static void overturned_it_comes_back(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    agree_emergency(&s);
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_OK(send(&s, st.id, 0, &err), &err);
    sim_carry(&s.world);
    CHECK_OK(review(&s, st.id, false, 2, &err), &err);
    sim_carry(&s.world);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_TEXT(state_of(s.a, s.arena, "release", st.id), "erased");
    stage_strike(&s);
}

static void without_the_clause_nobody_releases_alone(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_INT(send(&s, st.id, 0, &err), ENT_DENIED);
    CHECK_STR(err.msg, "the agreement with 'SVB' has no emergency [law 6]");
    CHECK_INT(sim_doc_count(s.a, "emergency", NULL), 0);
    stage_strike(&s);
}

static void a_witness_still_needs_the_legal_officer(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    agree_emergency(&s);
    CHECK_OK(draft(&s, WITN, &st, &err), &err);
    CHECK_OK(send(&s, st.id, 0, &err), &err);
    CHECK_INT(sim_doc_count(s.a, "release", NULL), 0);
    CHECK_OK(draft(&s, WITN, &st, &err), &err);
    CHECK_OK(send(&s, st.id, 2, &err), &err);
    CHECK_INT(sim_doc_count(s.a, "release", NULL), 1);
    stage_strike(&s);
}

static void what_nobody_reviews_is_overdue_after_the_next_day(void **state)
{
    ent_time next = ENT_TIME_NEVER;
    desk_draft_state st;
    ent_json *items;
    struct stage s;
    ent_str *ids;
    size_t count;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    agree_emergency(&s);
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_OK(send(&s, st.id, 0, &err), &err);
    CHECK_OK(
        SIM_WORK(s.a, desk_emergency_overdue(&s.a->d, s.arena, &ids, &count, &next, &err), &err),
        &err);
    CHECK_INT(count, 0);
    CHECK(next > s.a->d.now + ENT_DAY_TIME && next <= s.a->d.now + 2 * ENT_DAY_TIME);
    s.a->d.now = next - 1;
    CHECK_OK(
        SIM_WORK(s.a, desk_emergency_overdue(&s.a->d, s.arena, &ids, &count, &next, &err), &err),
        &err);
    CHECK_INT(count, 0);
    s.a->d.now = next;
    CHECK_OK(
        SIM_WORK(s.a, desk_emergency_overdue(&s.a->d, s.arena, &ids, &count, &next, &err), &err),
        &err);
    CHECK_INT(count, 1);
    CHECK_OK(desk_release_queue(&s.a->d, s.arena, &items, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_TEXT(ent_json_get_text(items[0], "state"), "overdue");
    CHECK(ent_json_true(ent_json_get(items[0], "aged")));
    CHECK_OK(review(&s, st.id, true, 1, &err), &err);
    stage_strike(&s);
}

static ent_code everybody(void *arg, ent_arena *arena, ent_str code, bool *yes, ent_err *err)
{
    (void)arg;
    (void)arena;
    (void)err;
    *yes = ent_str_is(code, "SVB");
    return ENT_OK;
}

static void for_some_recipients_a_third_officer_approves(void **state)
{
    desk_draft_state st;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    s.a->d.assured = everybody;
    CHECK_OK(draft(&s, ANNA, &st, &err), &err);
    CHECK_INT(st.missing_count, 3);
    CHECK_OK(approve(&s, st.id, 0, &st, &err), &err);
    CHECK_OK(approve(&s, st.id, 1, &st, &err), &err);
    CHECK_STR(st.state, "waiting");
    CHECK_TEXT(st.missing[0], "a third officer");
    CHECK_OK(approve(&s, st.id, 2, &st, &err), &err);
    CHECK_STR(st.state, "sent");
    stage_strike(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_officer_sends_and_another_reviews),
        cmocka_unit_test(overturned_it_comes_back),
        cmocka_unit_test(without_the_clause_nobody_releases_alone),
        cmocka_unit_test(a_witness_still_needs_the_legal_officer),
        cmocka_unit_test(what_nobody_reviews_is_overdue_after_the_next_day),
        cmocka_unit_test(for_some_recipients_a_third_officer_approves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
