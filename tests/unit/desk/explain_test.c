/* desk/explain: the decision about one object or a made-up label, with its rules. */
#include "sim/desk_sim.h"

#include "desk/explain.h"
#include "stix/extension_ids.h"

#define ID "identity--0b51a6f0-1c4e-4c7a-9f7e-000000000001"

static void put(sim_node *n, const char *category)
{
    char bytes[1024];

    (void)snprintf(bytes, sizeof bytes,
                   "{\"type\":\"identity\",\"id\":\"" ID "\",\"name\":\"n\",\"extensions\":"
                   "{\"" STIX_EXT_HANDLING
                   "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"CT-"
                   "INV\"],\"category\":\"%s\",\"retention\":\"2029-01-01\",\"discover\":"
                   "\"pointer\"}}}",
                   category);
    sim_put(n, ID, "identity", bytes, NULL, 0, NULL, 0);
}

static void every_rule_that_was_asked_is_said(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    desk_explanation e;
    ent_err err = { 0 };
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    put(&world.nodes[0], "witness");
    CHECK_OK(desk_explain(&world.nodes[0].d, arena, ENT_STR(ID), "SVB", POLICY_RELEASE,
                          ENT_STR_NONE, &e, &err),
             &err);
    CHECK(!e.decision.permit);
    CHECK_INT(e.decision.reason, POLICY_RULE_AGREEMENT);
    CHECK_STR(e.why_not, "there is none");
    sim_agree(&world, arena, id);
    CHECK_OK(desk_explain(&world.nodes[0].d, arena, ENT_STR(ID), "SVB", POLICY_RELEASE,
                          ENT_STR_NONE, &e, &err),
             &err);
    CHECK(e.decision.permit);
    CHECK_TEXT(e.purpose, "CT-INV"); /* the one that both have */
    CHECK_OK(desk_explain(&world.nodes[0].d, arena, ENT_STR(ID), "SVB", POLICY_MATCH, ENT_STR_NONE,
                          &e, &err),
             &err);
    CHECK(!e.decision.permit);
    CHECK_INT(e.decision.reason, POLICY_RULE_CATEGORY);
    CHECK_INT(desk_explain(&world.nodes[0].d, arena, ENT_STR("identity--none"), "SVB", POLICY_MATCH,
                           ENT_STR_NONE, &e, &err),
              ENT_NOT_FOUND);
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_request_is_about_an_object_or_a_made_up_label(void **state)
{
    static const struct {
        const char *request, *why;
    } bad[] = {
        { "{}", "the request: member 'action' is missing or no text" },
        { "{\"action\":\"sell\",\"peer\":\"SVB\",\"purpose\":\"CT-INV\"}",
          "the request: member 'action' is not 'match' or 'release'" },
        { "{\"action\":\"match\",\"peer\":\"SVB\",\"purpose\":\"CT-INV\"}",
          "the request: member 'object' is missing or no text" },
        { "{\"action\":\"match\",\"peer\":\"SVB\",\"purpose\":\"CT-INV\",\"extra\":1}",
          "the request: member 'extra' is not known" },
    };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    desk_explanation e;
    ent_err err = { 0 };
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, id);
    put(&world.nodes[0], "suspect");
    CHECK_OK(desk_explain_request(&world.nodes[0].d, arena, ent_str_of(id),
                                  ENT_STR("{\"action\":\"match\",\"peer\":\"SVB\",\"purpose\":"
                                          "\"CT-INV\",\"object\":\"" ID "\"}"),
                                  &e, &err),
             &err);
    CHECK(e.decision.permit);
    CHECK_OK(
        desk_explain_request(
            &world.nodes[0].d, arena, ent_str_of(id),
            ENT_STR("{\"action\":\"match\",\"peer\":\"SVB\",\"purpose\":\"CT-INV\",\"handling\":"
                    "{\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":[\"CT-"
                    "INV\"],\"category\":\"suspect\",\"retention\":\"2029\"}}"),
            &e, &err),
        &err);
    CHECK(!e.decision.permit);
    CHECK_INT(e.decision.reason, POLICY_RULE_DISCOVERY); /* silent when nothing is said */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (ent_err){ 0 };
        CHECK_INT(desk_explain_request(&world.nodes[0].d, arena, ent_str_of(id),
                                       ent_str_of(bad[i].request), &e, &err),
                  ENT_FORMAT);
        CHECK_STR(err.msg, bad[i].why);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(every_rule_that_was_asked_is_said),
          TEST(a_request_is_about_an_object_or_a_made_up_label))
