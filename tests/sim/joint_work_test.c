/* sim: joint views with opinions that disagree, tasks, and facts that may be repeated. */
#include "sim/joint_sim.h"

#include "joint/court.h"
#include "joint/repeat.h"
#include "joint/work.h"

struct world {
    sim s;
    ent_arena *arena;
    char id[37];
};

static const char *const both[] = { "SVB", "CTB" };

static void world_init(struct world *w)
{
    char agreement[37];

    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w->s, 3);
    joint_agree(&w->s, w->arena, JOINT_TERMS, agreement);
}

static void world_release(struct world *w)
{
    for (int i = 0; i < 3; i++)
        CHECK_INT(sim_doc_count(&w->s.nodes[i], "refused", NULL), 0);
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

#define AT(w, node, call) \
    (err = (ent_err){ 0 }, SIM_WORK(&(w)->s.nodes[node], call, &err)) /* uses `err` */
#define DESK(w, node) (&(w)->s.nodes[node].d)

static joint_item *items(struct world *w, int node, bool views, size_t *count)
{
    joint_item *list;
    ent_err err = { 0 };

    if (views)
        CHECK_OK(joint_view_list(DESK(w, node), w->arena, &list, count, &err), &err);
    else
        CHECK_OK(joint_task_list(DESK(w, node), w->arena, &list, count, &err), &err);
    return list;
}

static void MET_3_opinions_may_disagree_and_all_see_all_of_them(void **state)
{
    static const char trace[] = "forensic-signature--00000000-0000-4000-8000-000000000001";
    ent_str basis[] = { ENT_STR(trace) };
    joint_view view = { .title = ENT_STR("one maker behind A, B, D"),
                        .confidence = ENT_STR("likely"),
                        .purpose = ENT_STR("CT-INV"),
                        .by = ENT_STR("v.analyst"),
                        .basis = basis,
                        .basis_count = 1,
                        .peers = both,
                        .peer_count = 2 };
    struct world w;
    joint_item *list;
    ent_err err;
    size_t count;

    (void)state;
    world_init(&w);
    joint_put(&w.s.nodes[0], w.arena, "", "forensic-signature", trace, "", joint_label(w.arena, ""),
              NULL);
    CHECK_OK(AT(&w, 0, joint_view_open(DESK(&w, 0), w.arena, &view, w.id, &err)), &err);
    sim_carry(&w.s);
    CHECK_OK(AT(&w, 1,
                joint_opinion_put(DESK(&w, 1), w.arena, ent_str_of(w.id), ENT_STR("disagree"),
                                  ENT_STR("not D"), ENT_STR("b.analyst"), &err)),
             &err);
    CHECK_OK(AT(&w, 0,
                joint_opinion_put(DESK(&w, 0), w.arena, ent_str_of(w.id), ENT_STR("agree"),
                                  ENT_STR_NONE, ENT_STR("v.analyst"), &err)),
             &err);
    sim_carry(&w.s);
    for (int i = 0; i < 3; i++) {
        bool disagrees = false;
        ent_json opinions;

        list = items(&w, i, true, &count);
        CHECK_INT(count, 1);
        CHECK(!list[0].changed);
        opinions = ent_json_get(list[0].json, "opinions");
        CHECK_INT(ent_json_count(opinions), 2);
        for (ent_json v = ent_json_first(opinions); v.doc != NULL; v = ent_json_next(v))
            disagrees = disagrees || (ent_str_is(ent_json_get_text(v, "opinion"), "disagree") &&
                                      ent_str_is(ent_json_get_text(v, "service"), "SVB"));
        CHECK(disagrees);
        CHECK_INT(ent_json_count(ent_json_get(list[0].json, "basis")), i == 0); /* stays home */
    }
    CHECK_INT(AT(&w, 1,
                 joint_opinion_put(DESK(&w, 1), w.arena, ent_str_of(w.id), ENT_STR("maybe"),
                                   ENT_STR_NONE, ENT_STR("b"), &err)),
              ENT_USAGE);
    CHECK_OK(AT(&w, 0,
                store_object_erase(DESK(&w, 0)->store, ENT_STR(""), ENT_STR(trace),
                                   ENT_STR("recalled"), &err)),
             &err);
    CHECK(items(&w, 0, true, &count)[0].changed);
    world_release(&w);
}

static void a_task_is_of_the_closed_list_and_its_own_service_sets_it(void **state)
{
    joint_task task = { .activity = ENT_STR("interview"),
                        .due = ENT_STR("2024-11-12"),
                        .who = ENT_STR("SVB"),
                        .purpose = ENT_STR("CT-INV"),
                        .by = ENT_STR("v.case"),
                        .peers = both,
                        .peer_count = 2 };
    struct world w;
    joint_item *list;
    ent_err err;
    size_t count;

    (void)state;
    world_init(&w);
    task.activity = ENT_STR("eliminate");
    CHECK_INT(AT(&w, 0, joint_task_new(DESK(&w, 0), w.arena, &task, w.id, &err)), ENT_DENIED);
    task.activity = ENT_STR("interview");
    CHECK_OK(AT(&w, 0, joint_task_new(DESK(&w, 0), w.arena, &task, w.id, &err)), &err);
    sim_carry(&w.s);
    CHECK_INT(AT(&w, 2,
                 joint_task_set(DESK(&w, 2), w.arena, ent_str_of(w.id), "accepted", ENT_STR_NONE,
                                ENT_STR("c.case"), &err)),
              ENT_DENIED);
    CHECK_INT(AT(&w, 1,
                 joint_task_set(DESK(&w, 1), w.arena, ent_str_of(w.id), "refused", ENT_STR_NONE,
                                ENT_STR("b.case"), &err)),
              ENT_USAGE);
    CHECK_OK(AT(&w, 1,
                joint_task_set(DESK(&w, 1), w.arena, ent_str_of(w.id), "accepted", ENT_STR_NONE,
                               ENT_STR("b.case"), &err)),
             &err);
    sim_carry(&w.s);
    CHECK_TEXT(items(&w, 0, false, &count)[0].state, "accepted");
    w.s.nodes[0].d.now += 5 * ENT_DAY_TIME;
    CHECK(items(&w, 0, false, &count)[0].late);
    CHECK_OK(AT(&w, 1,
                joint_task_set(DESK(&w, 1), w.arena, ent_str_of(w.id), "done", ENT_STR_NONE,
                               ENT_STR("b.case"), &err)),
             &err);
    sim_carry(&w.s);
    list = items(&w, 0, false, &count);
    CHECK_TEXT(list[0].state, "done");
    CHECK(!list[0].late);
    world_release(&w);
}

static void only_what_its_owner_grants_may_be_repeated(void **state)
{
    static const char one[] = "identity--00000000-0000-4000-8000-000000000001",
                      two[] = "identity--00000000-0000-4000-8000-000000000002";
    ent_str ids[] = { ENT_STR(one), ENT_STR(two) }, strange[] = { ENT_STR("identity--x") };
    struct world w;
    joint_repeat *list;
    ent_err err;
    size_t count;

    (void)state;
    world_init(&w);
    for (int i = 0; i < 2; i++) {
        joint_put(&w.s.nodes[0], w.arena, "SVB", "identity", ids[i].ptr,
                  ",\"identity_class\":\"individual\",\"name\":\"x\"", joint_label(w.arena, ""),
                  NULL);
        joint_doc(&w.s.nodes[1], "given",
                  ent_arena_printf(w.arena, "DSV/%.*s", ENT_STR_ARG(ids[i])).ptr, "DSV", "given",
                  "{}");
    }
    CHECK_INT(AT(&w, 0,
                 joint_repeat_ask(DESK(&w, 0), w.arena, "SVB", ENT_STR("Kestria"),
                                  ENT_STR("CT-INV"), strange, 1, w.id, &err)),
              ENT_NOT_FOUND);
    CHECK_OK(AT(&w, 0,
                joint_repeat_ask(DESK(&w, 0), w.arena, "SVB", ENT_STR("Kestria"), ENT_STR("CT-INV"),
                                 ids, 2, w.id, &err)),
             &err);
    sim_carry(&w.s);
    CHECK_OK(joint_repeat_list(DESK(&w, 1), w.arena, &list, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_INT(
        AT(&w, 1,
           joint_repeat_answer(DESK(&w, 1), w.arena, list[0].id, strange, 1, ENT_STR("fdo"), &err)),
        ENT_USAGE);
    CHECK_OK(
        AT(&w, 1,
           joint_repeat_answer(DESK(&w, 1), w.arena, list[0].id, ids, 1, ENT_STR("fdo"), &err)),
        &err);
    sim_carry(&w.s);
    CHECK_OK(joint_repeat_list(DESK(&w, 0), w.arena, &list, &count, &err), &err);
    CHECK_TEXT(list[0].state, "answered");
    CHECK_INT(ent_json_count(list[0].granted), 1);
    CHECK_TEXT(ent_json_str(ent_json_first(list[0].granted)), one);
    world_release(&w);
}

static void DP_21_a_court_sees_what_its_owner_granted_to_this_court_and_no_more(void **state)
{
    static const char one[] = "identity--00000000-0000-4000-8000-000000000001",
                      two[] = "identity--00000000-0000-4000-8000-000000000002",
                      own[] = "identity--00000000-0000-4000-8000-000000000003",
                      bare[] = "identity--00000000-0000-4000-8000-000000000004";
    const casework_case c = { .owner = ENT_STR("ana"),
                              .things =
                                  ENT_STR("[\"identity--00000000-0000-4000-8000-000000000001\","
                                          "\"identity--00000000-0000-4000-8000-000000000002\","
                                          "\"identity--00000000-0000-4000-8000-000000000003\","
                                          "\"identity--00000000-0000-4000-8000-000000000004\","
                                          "\"tip-7\"]") };
    joint_fact *facts;
    ent_str *others;
    size_t count, other_count;
    struct world w;
    ent_err err = { 0 };

    (void)state;
    world_init(&w);
    joint_put(&w.s.nodes[0], w.arena, "SVB", "identity", one, "", joint_label(w.arena, ""), NULL);
    joint_put(&w.s.nodes[0], w.arena, "SVB", "identity", two, "", joint_label(w.arena, ""), NULL);
    joint_put(&w.s.nodes[0], w.arena, "", "identity", own, "", joint_label(w.arena, ""), NULL);
    joint_put(&w.s.nodes[0], w.arena, "", "identity", bare, "", "\"extensions\":{}", NULL);
    joint_doc(&w.s.nodes[0], "release-in", "test", "SVB", "stored", "{\"entry\":\"e\",\"seq\":3}");
    joint_doc(&w.s.nodes[0], "repeat", "r1", "SVB", "answered",
              ent_arena_printf(w.arena,
                               "{\"outsider\":\"Assize\",\"purpose\":\"CT-INV\",\"ids\":[\"%s\"],"
                               "\"granted\":[\"%s\"],\"by\":\"s.fdo\"}",
                               one, one)
                  .ptr);
    CHECK_INT(joint_court_collect(DESK(&w, 0), w.arena, &c, ENT_STR("Assize"), ENT_STR("ana"),
                                  &facts, &count, &others, &other_count, &err),
              ENT_DENIED);
    err = (ent_err){ 0 };
    CHECK_OK(joint_court_collect(DESK(&w, 0), w.arena, &c, ENT_STR("Assize"), ENT_STR("law"),
                                 &facts, &count, &others, &other_count, &err),
             &err);
    CHECK_INT(count, 4);
    CHECK_INT(other_count, 1);
    CHECK(facts[0].rule == NULL);
    CHECK_TEXT(facts[0].granted_by, "s.fdo");
    CHECK_INT(facts[0].seq, 3);
    CHECK_STR(facts[1].rule, "consent");
    CHECK(facts[2].rule == NULL);
    CHECK_STR(facts[3].rule, "marked");
    /* Granted to one court is not granted to another. */
    CHECK_OK(joint_court_collect(DESK(&w, 0), w.arena, &c, ENT_STR("Assizes"), ENT_STR("law"),
                                 &facts, &count, &others, &other_count, &err),
             &err);
    CHECK_STR(facts[0].rule, "consent");
    /* The release was called back; then retention ends. */
    joint_doc(&w.s.nodes[0], "release-in", "test", "SVB", "erased", "{}");
    w.s.nodes[0].d.now += 3650 * ENT_DAY_TIME;
    CHECK_OK(joint_court_collect(DESK(&w, 0), w.arena, &c, ENT_STR("Assize"), ENT_STR("law"),
                                 &facts, &count, &others, &other_count, &err),
             &err);
    CHECK_STR(facts[0].rule, "retention");
    CHECK_STR(facts[2].rule, "retention");
    w.s.nodes[0].d.now -= 3650 * ENT_DAY_TIME;
    CHECK_OK(joint_court_collect(DESK(&w, 0), w.arena, &c, ENT_STR("Assize"), ENT_STR("law"),
                                 &facts, &count, &others, &other_count, &err),
             &err);
    CHECK_STR(facts[0].rule, "release");
    world_release(&w);
}

RUN_TESTS(cmocka_unit_test(DP_21_a_court_sees_what_its_owner_granted_to_this_court_and_no_more),
          cmocka_unit_test(MET_3_opinions_may_disagree_and_all_see_all_of_them),
          cmocka_unit_test(a_task_is_of_the_closed_list_and_its_own_service_sets_it),
          cmocka_unit_test(only_what_its_owner_grants_may_be_repeated))
