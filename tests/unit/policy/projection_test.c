/* Which parts of an object go: granular markings property by property. */
#include "policy/projection.h"
#include "stix/extension_ids.h"
#include "test.h"

#define ROOM ((size_t)4 << 20)
#define RED  "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"

/* A person whose `members` follow the usual ones. */
#define PERSON(members)                                                                            \
    "{\"type\":\"identity\",\"id\":\"identity--1\",\"spec_version\":\"2.1\",\"created\":\"c\","    \
    "\"modified\":\"m\",\"name\":\"N\",\"roles\":[\"a\",\"b\"],\"extensions\":{"                   \
    "\"" STIX_EXT_HANDLING "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":" \
    "[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2030\",\"discover\":\"open\"}}" members \
    "}"
#define MARKED(selectors) \
    PERSON(",\"granular_markings\":[{\"marking_ref\":\"" RED "\",\"selectors\":[" selectors "]}]")

static policy_terms terms = {
    .in_force = true, .both_party = true, .release = true, .match = true, .purpose_count = 1
};

static policy_question question(void)
{
    terms.purposes[0] = ENT_STR("CT-INV");
    return (policy_question){ .action = POLICY_RELEASE,
                              .terms = &terms,
                              .purpose = ENT_STR("CT-INV"),
                              .today = 20000,
                              .before_approval = true };
}

static policy_projection project(ent_arena *arena, const char *text, const char *const *required)
{
    policy_question q = question();
    policy_projection p;
    ent_json object;
    ent_err err;

    CHECK_OK(ent_json_read(arena, ent_str_of(text), &object, &err), &err);
    CHECK_OK(policy_project(arena, object, (ent_json){ 0 }, NULL, 0, &q, required, &p, &err), &err);
    CHECK_INT(p.count, ent_json_count(object));
    return p;
}

/* "+type +id -name ...": what goes and what stays. */
static const char *parts_of(ent_arena *arena, const policy_projection *p)
{
    ent_str text = ENT_STR("");

    for (size_t i = 0; i < p->count; i++)
        text = ent_arena_printf(arena, "%.*s%s%c%.*s", ENT_STR_ARG(text), i == 0 ? "" : " ",
                                p->parts[i].decision.permit ? '+' : '-',
                                ENT_STR_ARG(p->parts[i].name));
    return text.ptr;
}

static void without_granular_markings_all_goes_or_nothing(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_projection p = project(arena, PERSON(""), NULL);

    (void)state;
    CHECK(p.goes);
    CHECK_STR(parts_of(arena, &p),
              "+type +id +spec_version +created +modified +name +roles +extensions");
    CHECK_INT(p.label.marks, 0);
    CHECK(p.label.complete);
    p = project(arena, PERSON(",\"object_marking_refs\":[\"" RED "\"]"), NULL);
    CHECK(!p.goes);
    CHECK_STR(parts_of(arena, &p), "-type -id -spec_version -created -modified -name -roles "
                                   "-extensions -object_marking_refs");
    ent_arena_free(arena);
}

static void a_marked_property_stays_and_the_rest_goes(void **state)
{
    static const char *const selectors[] = { MARKED("\"roles\""), MARKED("\"roles.[1]\"") };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        policy_projection p = project(arena, selectors[i], NULL);

        CHECK(p.goes);
        CHECK_STR(parts_of(arena, &p), "+type +id +spec_version +created +modified +name -roles "
                                       "+extensions +granular_markings");
        CHECK_INT(p.parts[6].decision.reason, POLICY_RULE_TLP);
        CHECK_INT(p.label.marks, 0);
    }
    ent_arena_free(arena);
}

static void a_selector_reaches_no_property_with_a_longer_or_shorter_name(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_projection p =
        project(arena,
                PERSON(",\"role\":\"x\",\"roles_2\":[],\"granular_markings\":"
                       "[{\"marking_ref\":\"" RED "\",\"selectors\":[\"roles\"]}]"),
                NULL);

    (void)state;
    CHECK(p.goes);
    CHECK_STR(parts_of(arena, &p), "+type +id +spec_version +created +modified +name -roles "
                                   "+extensions +role +roles_2 +granular_markings");
    ent_arena_free(arena);
}

/* The evaluation stands beside the bytes: then other extensions may stay. */
static void extensions_without_handling_are_a_property_like_others(void **state)
{
    static const char object[] = "{\"type\":\"identity\",\"id\":\"identity--1\",\"extensions\":{"
                                 "\"x\":{}},\"granular_markings\":[{\"marking_ref\":\"" RED
                                 "\",\"selectors\":[\"extensions\"]}]}";
    static const char beside[] = "{\"rating\":{\"source\":\"A\",\"information\":\"1\"},"
                                 "\"purposes\":[\"CT-INV\"],\"category\":\"none\",\"retention\":"
                                 "\"2030\"}";
    ent_arena *arena = ent_arena_new(ROOM);
    policy_question q = question();
    policy_projection p;
    ent_json json, sidecar;
    ent_err err;

    (void)state;
    CHECK_OK(ent_json_read(arena, ent_str_of(object), &json, &err), &err);
    CHECK_OK(ent_json_read(arena, ent_str_of(beside), &sidecar, &err), &err);
    CHECK_OK(policy_project(arena, json, sidecar, NULL, 0, &q, NULL, &p, &err), &err);
    CHECK(p.goes);
    CHECK_STR(parts_of(arena, &p), "+type +id -extensions +granular_markings");
    ent_arena_free(arena);
}

static void what_the_object_cannot_do_without_keeps_all_back(void **state)
{
    static const char *const required[] = { "name", NULL };
    static const char *const nothing_here[] = { "nickname", NULL };
    ent_arena *arena = ent_arena_new(ROOM);
    policy_projection p = project(arena, MARKED("\"name\""), NULL);

    (void)state;
    CHECK(p.goes);
    p = project(arena, MARKED("\"name\""), required);
    CHECK(!p.goes);
    CHECK_TEXT(p.stays_for, "name");
    p = project(arena, MARKED("\"name\""), nothing_here);
    CHECK(p.goes);
    p = project(arena, MARKED("\"id\""), NULL);
    CHECK(!p.goes);
    CHECK_TEXT(p.stays_for, "id");
    p = project(arena, MARKED("\"created\",\"modified\""), NULL);
    CHECK_TEXT(p.stays_for, "created");
    ent_arena_free(arena);
}

static void content_does_not_go_without_its_evaluation(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_projection p =
        project(arena, MARKED("\"extensions." STIX_EXT_HANDLING ".rating\""), NULL);

    (void)state;
    CHECK(!p.goes);
    CHECK_TEXT(p.stays_for, "extensions");
    ent_arena_free(arena);
}

static void a_selector_that_selects_nothing_keeps_all_back(void **state)
{
    static const char *const objects[] = {
        MARKED("\"nickname\""),
        MARKED("\"roles.[7]\""),
        MARKED("\"..\""),
        MARKED("7"),
        MARKED(""),
        PERSON(",\"granular_markings\":[{\"marking_ref\":\"" RED "\"}]"),
        PERSON(",\"granular_markings\":[{\"selectors\":[\"name\"]}]"),
        PERSON(",\"granular_markings\":{\"marking_ref\":\"" RED "\",\"selectors\":[\"name\"]}"),
    };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        policy_projection p = project(arena, objects[i], NULL);

        if (p.goes)
            fail_msg("%s goes", objects[i]);
        for (size_t k = 0; k < p.count; k++)
            CHECK(!p.parts[k].decision.permit);
    }
    ent_arena_free(arena);
}

static void an_unknown_granular_marking_keeps_its_property_back(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_projection p = project(arena,
                                  PERSON(",\"granular_markings\":[{\"marking_ref\":"
                                         "\"marking-definition--x\",\"selectors\":[\"roles\"]},"
                                         "{\"lang\":\"fr\",\"selectors\":[\"name\"]}]"),
                                  NULL);

    (void)state;
    CHECK(p.goes);
    CHECK_STR(parts_of(arena, &p), "+type +id +spec_version +created +modified +name -roles "
                                   "+extensions +granular_markings");
    CHECK_INT(p.parts[6].decision.reason, POLICY_RULE_MARKINGS);
    ent_arena_free(arena);
}

static void the_label_of_what_goes_carries_its_granular_markings(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_projection p =
        project(arena,
                PERSON(",\"granular_markings\":[{\"marking_ref\":"
                       "\"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421\",\"selectors\":"
                       "[\"name\"]},{\"marking_ref\":"
                       "\"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb\",\"selectors\":"
                       "[\"roles\"]}]"),
                NULL);

    (void)state;
    CHECK(p.goes);
    CHECK_INT(p.label.marks, POLICY_BIT(POLICY_MARK_TLP_AMBER) | POLICY_BIT(POLICY_MARK_TLP_GREEN) |
                                 POLICY_BIT(POLICY_MARK_TLP_UNBOUND));
    ent_arena_free(arena);
}

static void a_label_that_cannot_be_read_lets_nothing_go(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_question q = question();
    policy_projection p;
    ent_json object;
    ent_err err;

    (void)state;
    CHECK_OK(
        ent_json_read(arena,
                      ENT_STR("{\"extensions\":{\"" STIX_EXT_HANDLING "\":{\"discover\":\"?\"}}}"),
                      &object, &err),
        &err);
    CHECK_INT(policy_project(arena, object, (ent_json){ 0 }, NULL, 0, &q, NULL, &p, &err),
              ENT_FORMAT);
    CHECK(!p.goes);
    CHECK_INT(p.count, 0);
    ent_arena_free(arena);
}

static void a_name_that_no_selector_can_say_stays(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_projection p = project(arena, PERSON(",\"a.b\":1"), NULL);

    (void)state;
    CHECK(p.goes);
    CHECK(!p.parts[8].decision.permit);
    ent_arena_free(arena);
}

static bool project_within(ent_arena *arena)
{
    policy_question q = question();
    policy_projection p;
    ent_json object;
    ent_err err;

    if (ent_json_read(arena, ent_str_of(MARKED("\"roles\"")), &object, &err) != ENT_OK)
        return false;
    if (policy_project(arena, object, (ent_json){ 0 }, NULL, 0, &q, NULL, &p, &err) == ENT_OK)
        return true;
    CHECK_INT(err.code, ENT_LIMIT);
    CHECK(!p.goes);
    return false;
}

static void running_out_of_memory_lets_nothing_go(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, project_within(arena));
}

RUN_TESTS(TEST(without_granular_markings_all_goes_or_nothing),
          TEST(a_marked_property_stays_and_the_rest_goes),
          TEST(a_selector_reaches_no_property_with_a_longer_or_shorter_name),
          TEST(extensions_without_handling_are_a_property_like_others),
          TEST(what_the_object_cannot_do_without_keeps_all_back),
          TEST(content_does_not_go_without_its_evaluation),
          TEST(a_selector_that_selects_nothing_keeps_all_back),
          TEST(an_unknown_granular_marking_keeps_its_property_back),
          TEST(the_label_of_what_goes_carries_its_granular_markings),
          TEST(a_label_that_cannot_be_read_lets_nothing_go),
          TEST(a_name_that_no_selector_can_say_stays), TEST(running_out_of_memory_lets_nothing_go))
