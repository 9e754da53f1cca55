/* sim: DSV's fact goes through SVB to CTB, as DSV says and no longer than it says. */
#include "sim/onward_stage.h"

#include "desk/basis.h"
#include "desk/suspension.h"
#include "desk/trace.h"

static void no_refusals(const struct onward *o)
{
    for (int i = 0; i < 3; i++)
        CHECK_INT(sim_doc_count((sim_node *)&o->s.world.nodes[i], "refused", NULL), 0);
}

static const char *basis(sim_node *n, ent_arena *arena, const char *thing)
{
    desk_flags flags;
    ent_err err = { 0 };

    CHECK_OK(desk_basis_load(&n->d, arena, false, &flags, &err), &err);
    return desk_basis_of(&flags, ent_str_of(thing));
}

static void case_put(sim_node *n)
{
    store_doc doc = { .kind = ENT_STR("case"),
                      .id = ENT_STR("case-c"),
                      .time = n->d.now,
                      .json = ENT_STR("{\"things\":[\"" ANNA "\"]}") };
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, store_doc_put(n->d.store, &doc, &err), &err), &err);
}

static ent_str onward_in_state(struct onward *o, size_t index)
{
    ent_json *list;
    size_t count;
    ent_err err = { 0 };

    CHECK_OK(desk_onward_list(&o->s.a->d, o->s.arena, &list, &count, &err), &err);
    CHECK(index < count);
    return ent_json_get_text(list[index], "state");
}

/* ---- going on ---- */

static void a_fact_goes_on_by_its_owners_grant_and_stays_the_owners(void **state)
{
    struct onward o;
    ent_str bytes;

    (void)state;
    onward_set(&o);
    pass(&o);
    no_refusals(&o);
    bytes = held(o.c, o.s.arena, "DSV", ANNA);
    CHECK(has(bytes.ptr, bytes.size, "Anna Orlova"));
    CHECK(held(o.c, o.s.arena, "SVB", ANNA).ptr == NULL);
    CHECK(!carried(&o.s.traffic, CANARY));
    CHECK_TEXT(state_of(o.s.b, o.s.arena, "release", o.passed), "received");
    stage_strike(&o.s);
}

static void without_a_grant_nothing_goes_on(void **state)
{
    desk_draft_state st;
    struct onward o;
    ent_err err;

    (void)state;
    onward_set(&o);
    CHECK_OK(ask_for(&o, ANNA, &err), &err);
    CHECK_INT(pass_draft(&o, &st, &err), ENT_DENIED); /* only asked */
    sim_carry(&o.s.world);
    CHECK_OK(
        SIM_WORK(o.s.a,
                 desk_onward_refuse(&o.s.a->d, o.s.arena, o.request, ENT_STR("no need to know"),
                                    &o.s.a->people[0].officer, &err),
                 &err),
        &err);
    sim_carry(&o.s.world);
    CHECK_TEXT(state_of(o.s.b, o.s.arena, "onward-out", o.request), "refused");
    CHECK(!carried(&o.s.traffic, "no need to know"));
    CHECK_INT(pass_draft(&o, &st, &err), ENT_DENIED);
    /* Nor is it asked for what is one's own, or is not there. */
    CHECK_INT(ask_for(&o, BORIS, &err), ENT_NOT_FOUND);
    stage_strike(&o.s);
}

static void a_grant_needs_two_persons_at_the_owner(void **state)
{
    desk_draft_state st;
    struct onward o;
    ent_str draft;
    ent_err err;

    (void)state;
    onward_set(&o);
    CHECK_OK(ask_for(&o, ANNA, &err), &err);
    sim_carry(&o.s.world);
    draft = grant_draft(&o, "2025-06-01");
    CHECK_OK(node_approve(o.s.a, o.s.arena, draft, 0, &st, &err), &err);
    CHECK_INT(node_approve(o.s.a, o.s.arena, draft, 0, &st, &err), ENT_DENIED);
    CHECK_INT(node_approve(o.s.a, o.s.arena, draft, 4, &st, &err), ENT_DENIED);
    sim_carry(&o.s.world);
    CHECK_TEXT(state_of(o.s.b, o.s.arena, "onward-out", o.request), "asked");
    stage_strike(&o.s);
}

static void a_grant_ends(void **state)
{
    desk_draft_state st;
    struct onward o;
    ent_err err;

    (void)state;
    onward_set(&o);
    CHECK_OK(ask_for(&o, ANNA, &err), &err);
    sim_carry(&o.s.world);
    both_approve(o.s.a, o.s.arena, grant_draft(&o, "2024-12-01"));
    sim_carry(&o.s.world);
    o.s.b->d.now += 60 * ENT_DAY_TIME;
    CHECK_INT(pass_draft(&o, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "it ended on 2024-12-01 [originator]") != NULL);
    stage_strike(&o.s);
}

static void a_carrier_changes_no_byte_of_it(void **state)
{
    struct onward o;
    ent_err err = { 0 };
    desk_draft_state st;
    link_entry entry;
    char *body;

    (void)state;
    onward_set(&o);
    CHECK_OK(ask_for(&o, ANNA, &err), &err);
    sim_carry(&o.s.world);
    both_approve(o.s.a, o.s.arena, grant_draft(&o, "2025-06-01"));
    sim_carry(&o.s.world);
    CHECK_OK(pass_draft(&o, &st, &err), &err);
    /* SVB lies to CTB: another name under the owner's signature, its own officers sign it. */
    {
        store_doc doc;
        char *at;

        CHECK_OK(store_doc_get(o.s.b->d.store, o.s.arena, "onward-out", o.request, &doc, &err),
                 &err);
        body = (char *)(uintptr_t)doc.json.ptr;
        at = strstr(body, "Anna Orlova");
        assert_non_null(at);
        memcpy(at, "Bnna", 4);
        CHECK_OK(SIM_WORK(o.s.b, store_doc_put(o.s.b->d.store, &doc, &err), &err), &err);
    }
    CHECK_OK(pass_draft(&o, &st, &err), &err);
    both_approve(o.s.b, o.s.arena, st.id);
    sim_carry(&o.s.world);
    CHECK_INT(sim_doc_count(o.c, "refused", NULL), 1);
    CHECK(held(o.c, o.s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_TEXT(state_of(o.s.b, o.s.arena, "release", st.id), "refused");
    (void)entry;
    stage_strike(&o.s);
}

static void whom_the_owner_has_suspended_gets_nothing_through_a_third(void **state)
{
    desk_peer ctb = { .code = "CTB" };
    desk_draft_state st;
    struct onward o;
    ent_err err = { 0 };

    (void)state;
    onward_set(&o);
    CHECK_OK(ask_for(&o, ANNA, &err), &err);
    sim_carry(&o.s.world);
    both_approve(o.s.a, o.s.arena, grant_draft(&o, "2025-06-01"));
    sim_carry(&o.s.world);
    memcpy(ctb.identity, o.c->d.identity, 32);
    CHECK_OK(
        SIM_WORK(o.s.a,
                 desk_suspension_say(&o.s.a->d, o.s.arena, &ctb, true, ENT_STR("breach"), &err),
                 &err),
        &err);
    sim_carry(&o.s.world);
    CHECK_INT(pass_draft(&o, &st, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[suspension]") != NULL);
    CHECK_INT(ask_for(&o, ANNA, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[suspension]") != NULL);
    stage_strike(&o.s);
}

/* ---- coming back ---- */

static void a_recall_reaches_the_third_node_and_its_proof_comes_back(void **state)
{
    struct onward o;
    ent_err err;

    (void)state;
    onward_set(&o);
    pass(&o);
    case_put(o.c);
    CHECK_OK(recall(&o.s, o.release, 0, &err), &err);
    sim_carry(&o.s.world);
    no_refusals(&o);
    CHECK(held(o.s.b, o.s.arena, "DSV", ANNA).ptr == NULL);
    CHECK(held(o.c, o.s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_STR(basis(o.c, o.s.arena, "case-c"), "withdrawn");
    CHECK_TEXT(state_of(o.s.b, o.s.arena, "release", o.passed), "erased");
    CHECK_TEXT(state_of(o.s.a, o.s.arena, "release", o.release), "erased");
    CHECK_TEXT(onward_in_state(&o, 0), "erased");
    stage_strike(&o.s);
}

/* The carrier is away: nothing reaches it, and nothing comes from it. */
static bool not_the_carrier(void *arg, sim_node *from, sim_node *to, link_entry *entry,
                            ent_span *body)
{
    const sim_node *away = arg;

    (void)entry;
    (void)body;
    return from != away && to != away;
}

static void the_third_node_erases_while_the_carrier_is_away(void **state)
{
    struct onward o;
    ent_err err;

    (void)state;
    onward_set(&o);
    pass(&o);
    case_put(o.c);
    o.s.world.tap = not_the_carrier;
    o.s.world.tap_arg = o.s.b;
    CHECK_OK(recall(&o.s, o.release, 0, &err), &err);
    sim_carry(&o.s.world);
    CHECK(held(o.c, o.s.arena, "DSV", ANNA).ptr == NULL);
    CHECK(held(o.s.b, o.s.arena, "DSV", ANNA).ptr != NULL);
    CHECK_STR(basis(o.c, o.s.arena, "case-c"), "withdrawn");
    CHECK_TEXT(onward_in_state(&o, 0), "recalled");
    stage_strike(&o.s);
}

static void a_grant_taken_back_leaves_the_carrier_its_own(void **state)
{
    struct onward o;
    ent_err err = { 0 };

    (void)state;
    onward_set(&o);
    pass(&o);
    CHECK_OK(SIM_WORK(o.s.a,
                      desk_onward_withdraw(&o.s.a->d, o.s.arena, o.request, ENT_STR("misused"),
                                           &o.s.a->people[0].officer, &err),
                      &err),
             &err);
    sim_carry(&o.s.world);
    no_refusals(&o);
    CHECK(held(o.s.b, o.s.arena, "DSV", ANNA).ptr != NULL);
    CHECK(held(o.c, o.s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_TEXT(onward_in_state(&o, 0), "erased");
    CHECK_TEXT(state_of(o.s.a, o.s.arena, "release", o.release), "received");
    stage_strike(&o.s);
}

static void a_grant_that_was_never_used_is_taken_back_at_once(void **state)
{
    desk_draft_state st;
    struct onward o;
    ent_err err = { 0 };

    (void)state;
    onward_set(&o);
    CHECK_OK(ask_for(&o, ANNA, &err), &err);
    sim_carry(&o.s.world);
    both_approve(o.s.a, o.s.arena, grant_draft(&o, "2025-06-01"));
    sim_carry(&o.s.world);
    CHECK_OK(recall(&o.s, o.release, 0, &err), &err);
    sim_carry(&o.s.world);
    no_refusals(&o);
    CHECK_TEXT(onward_in_state(&o, 0), "erased");
    CHECK_INT(pass_draft(&o, &st, &err), ENT_DENIED);
    stage_strike(&o.s);
}

/* ---- corrections ---- */

static void a_correction_reaches_the_third_node_in_the_owners_words(void **state)
{
    struct onward o;
    ent_err err = { 0 };
    ent_str *made, bytes;
    size_t count;

    (void)state;
    onward_set(&o);
    pass(&o);
    case_put(o.c);
    admit(o.s.a, "",
          "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" ANNA
          "\",\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-09T10:11:12.345Z\","
          "\"created_by_ref\":\"" XOBJ "\",\"name\":\"Anna Orlowa\",\"identity_class\":"
          "\"individual\",\"extensions\":{\"" STIX_EXT_HANDLING
          "\":{\"extension_type\":\"property-extension\"," LABEL "," SUSPECT "}}}");
    CHECK_OK(SIM_WORK(o.s.a,
                      desk_onward_correct(&o.s.a->d, o.s.arena, ENT_STR(ANNA), ENT_STR("misspelt"),
                                          o.s.a->people[4].name, &made, &count, &err),
                      &err),
             &err);
    CHECK_INT(count, 1);
    both_approve(o.s.a, o.s.arena, made[0]);
    sim_carry(&o.s.world);
    no_refusals(&o);
    bytes = held(o.c, o.s.arena, "DSV", ANNA);
    CHECK(has(bytes.ptr, bytes.size, "Orlowa"));
    CHECK_STR(basis(o.c, o.s.arena, "case-c"), "changed");
    CHECK_TEXT(onward_in_state(&o, 0), "corrected");
    CHECK_TEXT(onward_in_state(&o, 1), "granted");
    /* And all of it goes with what it rests on. */
    CHECK_OK(recall(&o.s, o.release, 0, &err), &err);
    sim_carry(&o.s.world);
    no_refusals(&o);
    CHECK(held(o.c, o.s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_TEXT(onward_in_state(&o, 0), "erased");
    CHECK_TEXT(onward_in_state(&o, 1), "erased");
    stage_strike(&o.s);
}

static void what_came_from_the_owner_itself_is_one_object_and_outlives_the_detour(void **state)
{
    struct onward o;
    ent_err err = { 0 };

    (void)state;
    onward_set(&o);
    o.s.b = o.c; /* A releases to C directly, too */
    (void)release(&o.s, ANNA);
    o.s.b = &o.s.world.nodes[1];
    pass(&o);
    no_refusals(&o);
    CHECK_INT(count_of(o.c, "DSV"), 1);
    CHECK_OK(recall(&o.s, o.release, 0, &err), &err);
    sim_carry(&o.s.world);
    CHECK(held(o.c, o.s.arena, "DSV", ANNA).ptr != NULL);
    CHECK(held(o.s.b, o.s.arena, "DSV", ANNA).ptr == NULL);
    stage_strike(&o.s);
}

static void applied_twice_and_after_crashes_it_is_the_same(void **state)
{
    struct onward o;
    ent_err err;

    (void)state;
    memset(&o, 0, sizeof o);
    stage_set(&o.s, 3);
    o.s.world.crash = o.s.world.twice = true;
    o.c = &o.s.world.nodes[2];
    o.release = release(&o.s, ANNA);
    pass(&o);
    CHECK_OK(recall(&o.s, o.release, 0, &err), &err);
    sim_carry(&o.s.world);
    no_refusals(&o);
    CHECK(held(o.c, o.s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_TEXT(onward_in_state(&o, 0), "erased");
    stage_strike(&o.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fact_goes_on_by_its_owners_grant_and_stays_the_owners),
        cmocka_unit_test(without_a_grant_nothing_goes_on),
        cmocka_unit_test(a_grant_needs_two_persons_at_the_owner),
        cmocka_unit_test(a_grant_ends),
        cmocka_unit_test(a_carrier_changes_no_byte_of_it),
        cmocka_unit_test(whom_the_owner_has_suspended_gets_nothing_through_a_third),
        cmocka_unit_test(a_recall_reaches_the_third_node_and_its_proof_comes_back),
        cmocka_unit_test(the_third_node_erases_while_the_carrier_is_away),
        cmocka_unit_test(a_grant_taken_back_leaves_the_carrier_its_own),
        cmocka_unit_test(a_grant_that_was_never_used_is_taken_back_at_once),
        cmocka_unit_test(a_correction_reaches_the_third_node_in_the_owners_words),
        cmocka_unit_test(what_came_from_the_owner_itself_is_one_object_and_outlives_the_detour),
        cmocka_unit_test(applied_twice_and_after_crashes_it_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
