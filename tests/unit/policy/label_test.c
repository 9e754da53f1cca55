/* What the reader of labels makes of an object, of the record beside it and of markings;
 * and what combining two labels keeps. */
#include "policy/label.h"
#include "policy/marking.h"
#include "stix/extension_ids.h"
#include "test.h"

#define WHOLE                                                                      \
    "\"rating\":{\"scale\":\"admiralty\",\"source\":\"A\",\"information\":\"1\"}," \
    "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-11-08\""

#define HAS(label, mark) (((label)->marks & POLICY_BIT(POLICY_MARK_##mark)) != 0)

static ent_arena *arena;
static ent_err err;

static int setup(void **state)
{
    (void)state;
    arena = ent_arena_new((size_t)16 << 20);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ent_arena_free(arena);
    return 0;
}

static ent_json json_of(const char *text)
{
    ent_json root = { 0 };

    if (text != NULL)
        CHECK_OK(ent_json_read(arena, ent_str_of(text), &root, &err), &err);
    return root;
}

/* An object with these members, and these handling members. */
static ent_json object_of(const char *members, const char *handling)
{
    ent_str text =
        ent_arena_printf(arena, "{\"type\":\"identity\"%s%s%s%s}", members,
                         handling == NULL ? "" : ",\"extensions\":{\"" STIX_EXT_HANDLING "\":{",
                         handling == NULL ? "" : handling, handling == NULL ? "" : "}}");

    CHECK(text.ptr != NULL);
    return json_of(text.ptr);
}

static policy_label read_label(const char *members, const char *handling, const char *beside)
{
    policy_label label;

    CHECK_OK(policy_label_read(object_of(members, handling), json_of(beside), &label, &err), &err);
    return label;
}

static void refused(const char *handling, const char *part)
{
    policy_label label;

    CHECK_INT(policy_label_read(object_of("", handling), json_of(NULL), &label, &err), ENT_FORMAT);
    if (strstr(err.msg, part) == NULL)
        fail_msg("'%s' does not name %s", err.msg, part);
    CHECK(!label.complete && label.conflict);
}

static void an_object_without_handling_is_unmarked(void **state)
{
    policy_label label = read_label("", NULL, NULL);

    (void)state;
    CHECK(!label.complete);
    CHECK_STR(label.missing, "handling");
    CHECK_INT(label.discover, POLICY_SILENT);
    CHECK(label.evidential);
    CHECK_INT(label.purpose_count, 0);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    CHECK_STR(read_label("", "\"purposes\":[\"X\"]", NULL).missing, "rating");
    CHECK_STR(read_label("", "\"rating\":{\"source\":\"A\",\"information\":\"1\"}", NULL).missing,
              "purposes");
    CHECK_STR(read_label("", "\"rating\":{\"source\":\"A\"}", NULL).missing, "rating");
    CHECK_STR(read_label("", "\"rating\":{\"information\":\"1\"}", NULL).missing, "rating");
    CHECK_STR(read_label("",
                         "\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":"
                         "[\"X\"]",
                         NULL)
                  .missing,
              "category");
    CHECK_STR(read_label("",
                         "\"rating\":{\"source\":\"A\",\"information\":\"1\"},\"purposes\":"
                         "[\"X\"],\"category\":\"none\"",
                         NULL)
                  .missing,
              "retention");
    CHECK(read_label("", WHOLE, NULL).missing == NULL);
    CHECK(read_label("", WHOLE, NULL).complete);
}

static void every_member_is_read(void **state)
{
    policy_label l = read_label(
        "",
        WHOLE
        ",\"handling\":[\"H1\",\"ORCON\"],\"valid\":\"2024-10-20/2024-11-08\","
        "\"discover\":\"pointer\",\"originator_control\":[\"TCG\"],\"prohibit\":[\"disclose\","
        "\"judicial\"],\"require\":[\"encrypt\",\"attribute\"],\"actions\":"
        "\"internally-visible\",\"releasable_to\":[\"DSV\",\"SVB\"],\"not_releasable_to\":"
        "[\"CTB\"],\"community\":\"C1\",\"not_before\":\"2024-01-01T00:00:00Z\",\"expires\":"
        "\"2025-01-01T00:00:00Z\",\"kind\":\"assessment\",\"evidential\":false,\"keys\":[],"
        "\"caveats\":[\"lead only\"],\"extension_type\":\"property-extension\"",
        NULL);

    (void)state;
    CHECK(l.complete && !l.conflict && !HAS(&l, UNKNOWN));
    CHECK(HAS(&l, H1) && HAS(&l, ORCON) && !HAS(&l, H2));
    CHECK_INT(l.valid.first, ent_day_of(2024, 10, 20));
    CHECK_INT(l.valid.last, ent_day_of(2024, 11, 8));
    CHECK_INT(l.discover, POLICY_POINTER);
    CHECK_INT(l.originator_count, 1);
    CHECK_TEXT(l.originators[0], "TCG");
    CHECK(l.no_disclosure && l.encrypt && l.attribute);
    CHECK_INT(l.prohibit, POLICY_BIT(POLICY_MEAN_JUDICIAL));
    CHECK_INT(l.act, POLICY_ACT_INTERNAL);
    CHECK(l.releasable_stated);
    CHECK_INT(l.releasable.count, 2);
    CHECK_TEXT(l.denied.item[0], "CTB");
    CHECK_TEXT(l.communities.item[0], "C1");
    CHECK_INT(l.expires - l.not_before, 366 * ENT_DAY_TIME);
    CHECK_INT(l.kind, POLICY_ASSESSMENT);
    CHECK(!l.evidential);
    CHECK_INT(l.category, POLICY_SUSPECT);
    CHECK_INT(l.retention_last, ent_day_of(2029, 11, 8));
    CHECK_TEXT(l.scale, "admiralty");
}

static void a_wrong_member_is_named_and_refuses(void **state)
{
    (void)state;
    refused("\"purposes\":\"CT-INV\"", "'purposes'");
    refused("\"purposes\":[1]", "'purposes'");
    refused("\"purposes\":[\"\"]", "'purposes'");
    refused("\"originator_control\":\"TCG\"", "'originator_control'");
    refused("\"prohibit\":\"disclose\"", "'prohibit'");
    refused("\"require\":{}", "'require'");
    refused("\"handling\":\"H2\"", "'handling'");
    refused("\"discover\":\"maybe\"", "'discover'");
    refused("\"discover\":1", "'discover'");
    refused("\"category\":\"other\"", "'category'");
    refused("\"actions\":\"all\"", "'actions'");
    refused("\"kind\":\"rumour\"", "'kind'");
    refused("\"evidential\":\"no\"", "'evidential'");
    refused("\"retention\":\"soon\"", "'retention'");
    refused("\"retention\":2029", "'retention'");
    refused("\"valid\":\"x\"", "'valid'");
    refused("\"valid\":[]", "'valid'");
    refused("\"not_before\":\"2024-01-01\"", "'not_before'");
    refused("\"expires\":\"x\"", "'expires'");
    refused("\"expires\":7", "'expires'");
    refused("\"community\":7", "'community'");
    refused("\"not_releasable_to\":\"X\"", "'not_releasable_to'");
    refused("\"rating\":{\"source\":\"G\",\"information\":\"1\"}", "'rating'");
    refused("\"rating\":{\"source\":\"A\",\"information\":\"7\"}", "'rating'");
    refused("\"rating\":{\"source\":\"AB\",\"information\":\"1\"}", "'rating'");
    refused("\"rating\":{\"scale\":\"europol\",\"source\":\"D\",\"information\":\"1\"}",
            "'rating'");
    refused("\"purposes\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\","
            "\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]",
            "at most 16");
}

static void a_handling_extension_that_is_no_object_is_refused(void **state)
{
    policy_label label;
    ent_json object = json_of("{\"extensions\":{\"" STIX_EXT_HANDLING "\":[]}}");

    (void)state;
    CHECK_INT(policy_label_read(object, json_of(NULL), &label, &err), ENT_FORMAT);
    CHECK_INT(policy_label_read(json_of("{}"), json_of("[]"), &label, &err), ENT_FORMAT);
}

static void there_is_no_word_for_everybody(void **state)
{
    (void)state;
    refused(WHOLE ",\"releasable_to\":[\"*\"]", "one by one");
    refused(WHOLE ",\"releasable_to\":[\"DSV\",\"ALL\"]", "one by one");
}

static void an_empty_list_of_recipients_is_nobody(void **state)
{
    policy_label label = read_label("", WHOLE ",\"releasable_to\":[]", NULL);

    (void)state;
    CHECK(label.releasable_stated);
    CHECK_INT(label.releasable.count, 0);
}

static void what_the_object_lacks_the_record_beside_it_says(void **state)
{
    policy_label l = read_label("", "\"category\":\"witness\",\"discover\":\"silent\"",
                                "{" WHOLE ",\"discover\":\"open\"}");

    (void)state;
    CHECK(l.complete);
    CHECK_INT(l.category, POLICY_WITNESS);
    CHECK_INT(l.discover, POLICY_SILENT);
    CHECK(read_label("", NULL, "{" WHOLE "}").complete);
}

static void a_restriction_counts_wherever_it_stands(void **state)
{
    policy_label l = read_label("",
                                WHOLE ",\"prohibit\":[\"judicial\"],\"handling\":[\"H1\"],"
                                      "\"originator_control\":[\"A\"],\"not_releasable_to\":[\"A\"]"
                                      ",\"require\":[\"encrypt\"]",
                                "{\"prohibit\":[\"disclose\",\"resale\"],\"handling\":[\"H2\"],"
                                "\"originator_control\":[\"A\",\"B\"],\"not_releasable_to\":[\"B\"]"
                                ",\"require\":[\"attribute\"]}");

    (void)state;
    CHECK(l.no_disclosure && l.encrypt && l.attribute);
    CHECK_INT(l.prohibit, POLICY_BIT(POLICY_MEAN_JUDICIAL) | POLICY_BIT(POLICY_MEAN_RESALE));
    CHECK(HAS(&l, H1) && HAS(&l, H2));
    CHECK_INT(l.originator_count, 2);
    CHECK_INT(l.denied.count, 2);
}

static void what_is_not_known_is_a_mark_that_refuses(void **state)
{
    (void)state;
#define UNKNOWN_IS(label, what)         \
    do {                                \
        policy_label l_ = (label);      \
        CHECK(HAS(&l_, UNKNOWN));       \
        CHECK_TEXT(l_.unknown, (what)); \
    } while (0)
    UNKNOWN_IS(read_label("", WHOLE ",\"embargo\":true", NULL), "embargo");
    UNKNOWN_IS(read_label("", WHOLE, "{\"embargo\":true}"), "embargo");
    UNKNOWN_IS(read_label("", WHOLE ",\"handling\":[\"H9\"]", NULL), "H9");
    UNKNOWN_IS(read_label("", WHOLE ",\"prohibit\":[\"reading\"]", NULL), "reading");
    UNKNOWN_IS(read_label("", WHOLE ",\"require\":[\"gold\"]", NULL), "gold");
    UNKNOWN_IS(read_label(",\"object_marking_refs\":[\"marking-definition--x\"]", WHOLE, NULL),
               "marking-definition--x");
    UNKNOWN_IS(read_label(",\"object_marking_refs\":\"marking-definition--x\"", WHOLE, NULL),
               "object_marking_refs");
    UNKNOWN_IS(read_label(",\"object_marking_refs\":[7]", WHOLE, NULL), "a marking without an id");
    UNKNOWN_IS(read_label(",\"granular_markings\":{}", WHOLE, NULL), "granular_markings");
    UNKNOWN_IS(read_label(",\"granular_markings\":[{\"selectors\":[\"name\"]}]", WHOLE, NULL),
               "a marking without an id");
    UNKNOWN_IS(read_label("",
                          "\"rating\":{\"scale\":\"stars\",\"source\":\"5\",\"information\":"
                          "\"1\"},\"purposes\":[\"X\"],\"category\":\"none\",\"retention\":"
                          "\"2029\"",
                          NULL),
               "the scale of the rating");
}

static void traffic_lights_are_known_by_their_ids(void **state)
{
    static const struct {
        const char *id;
        policy_mark mark;
    } lights[] = {
        { "613f2e26-407d-48c7-9eca-b8e91df99dc9", POLICY_MARK_TLP_CLEAR },
        { "34098fce-860f-48ae-8e50-ebd3cc5e41da", POLICY_MARK_TLP_GREEN },
        { "f88d31f6-486f-44da-b317-01333bde0b82", POLICY_MARK_TLP_AMBER },
        { "5e57c739-391a-4eb3-b6be-7d15ca92d5ed", POLICY_MARK_TLP_RED },
        { "94868c89-83c2-464b-929b-a1a8aa3c8487", POLICY_MARK_TLP_CLEAR },
        { "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", POLICY_MARK_TLP_GREEN },
        { "55d920b0-5e8b-4f79-9ee9-91f868d9b421", POLICY_MARK_TLP_AMBER },
        { "939a9414-2ddd-4d32-a0cd-375ea402b003", POLICY_MARK_TLP_AMBER_STRICT },
        { "e828b379-4e03-4974-9ac4-e53a884c97c1", POLICY_MARK_TLP_RED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof lights / sizeof *lights; i++) {
        ent_str refs = ent_arena_printf(
            arena, ",\"object_marking_refs\":[\"marking-definition--%s\"]", lights[i].id);
        ent_str parts = ent_arena_printf(arena,
                                         ",\"granular_markings\":[{\"marking_ref\":"
                                         "\"marking-definition--%s\",\"selectors\":[\"name\"]}]",
                                         lights[i].id);
        unsigned want = POLICY_BIT(lights[i].mark);

        if (lights[i].mark == POLICY_MARK_TLP_GREEN)
            want |= POLICY_BIT(POLICY_MARK_TLP_UNBOUND);
        CHECK_INT(read_label(refs.ptr, WHOLE, NULL).marks, want);
        CHECK_INT(read_label(parts.ptr, WHOLE, NULL).marks, want);
    }
}

static void green_is_bound_by_a_named_community(void **state)
{
    policy_label l =
        read_label("", WHOLE ",\"handling\":[\"TLP:GREEN\"],\"community\":\"C\"", NULL);

    (void)state;
    CHECK(HAS(&l, TLP_GREEN) && !HAS(&l, TLP_UNBOUND));
    l = read_label("", WHOLE ",\"handling\":[\"TLP:GREEN\"]", NULL);
    CHECK(HAS(&l, TLP_GREEN) && HAS(&l, TLP_UNBOUND));
}

static void a_language_is_no_marking(void **state)
{
    policy_label l = read_label(
        ",\"granular_markings\":[{\"lang\":\"fr\",\"selectors\":[\"name\"]}]", WHOLE, NULL);

    (void)state;
    CHECK_INT(l.marks, 0);
    l = read_label(",\"granular_markings\":[{\"lang\":\"fr\",\"marking_ref\":\"m\"}]", WHOLE, NULL);
    CHECK(HAS(&l, UNKNOWN));
}

#define IEP(policy)                                                                      \
    "{\"type\":\"marking-definition\",\"id\":\"marking-definition--1\",\"extensions\":{" \
    "\"" POLICY_EXT_IEP "\":{\"extension_type\":\"property-extension\"," policy "}}}"

static policy_label with_definition(const char *definition)
{
    ent_json at_hand = json_of(definition);
    policy_label label;

    CHECK_OK(policy_label_read_with(
                 object_of(",\"object_marking_refs\":[\"marking-definition--1\"]", WHOLE),
                 json_of(NULL), &at_hand, 1, &label, &err),
             &err);
    return label;
}

static void an_exchange_policy_is_read_from_its_definition(void **state)
{
    policy_label l = with_definition(
        IEP("\"iep_version\":2.0,\"iep_id\":\"x\",\"name\":\"n\",\"description\":\"d\","
            "\"encrypt_in_transit\":\"must\",\"permitted_actions\":\"contact-for-instruction\","
            "\"affected_party_notifications\":\"must-not\",\"tlp\":\"red\",\"provider_attribution\""
            ":\"must-not\",\"unmodified_resale\":\"must-not\",\"start_date\":"
            "\"2022-10-01T00:00:00Z\",\"end_date\":\"2022-11-01T00:00:00Z\""));

    (void)state;
    CHECK_INT(l.marks, POLICY_BIT(POLICY_MARK_TLP_RED));
    CHECK(l.encrypt && !l.attribute && !l.conflict);
    CHECK_INT(l.act, POLICY_ACT_ASK);
    CHECK_INT(l.prohibit, POLICY_BIT(POLICY_MEAN_NOTIFY) | POLICY_BIT(POLICY_MEAN_ATTRIBUTION) |
                              POLICY_BIT(POLICY_MEAN_RESALE));
    CHECK_INT(l.expires - l.not_before, 31 * ENT_DAY_TIME);
    l = with_definition(IEP("\"iep_version\":\"2.0\",\"encrypt_in_transit\":\"may\",\"attribution\""
                            ":\"must\",\"end_date\":null,\"start_date\":null,\"tlp\":\"clear\","
                            "\"unmodified_resale\":\"may\""));
    CHECK(!l.encrypt && l.attribute && l.prohibit == 0);
    CHECK_INT(l.expires, ENT_TIME_NEVER);
    CHECK_INT(l.act, POLICY_ACT_DIRECT);
    CHECK_INT(l.marks, POLICY_BIT(POLICY_MARK_TLP_CLEAR));
}

static void every_colour_of_an_exchange_policy_is_known(void **state)
{
    static const struct {
        const char *name;
        unsigned marks;
    } colours[] = {
        { "red", POLICY_BIT(POLICY_MARK_TLP_RED) },
        { "amber+strict", POLICY_BIT(POLICY_MARK_TLP_AMBER_STRICT) },
        { "amber", POLICY_BIT(POLICY_MARK_TLP_AMBER) },
        { "green", POLICY_BIT(POLICY_MARK_TLP_GREEN) | POLICY_BIT(POLICY_MARK_TLP_UNBOUND) },
        { "clear", POLICY_BIT(POLICY_MARK_TLP_CLEAR) },
        { "white", POLICY_BIT(POLICY_MARK_TLP_CLEAR) },
        { "pink", POLICY_BIT(POLICY_MARK_UNKNOWN) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        ent_str text =
            ent_arena_printf(arena, IEP("\"iep_version\":2.0,\"tlp\":\"%s\""), colours[i].name);

        CHECK_INT(with_definition(text.ptr).marks, colours[i].marks);
    }
}

static void a_definition_not_understood_whole_is_unknown(void **state)
{
    static const char *const definitions[] = {
        IEP("\"tlp\":\"clear\""),
        IEP("\"iep_version\":3.0"),
        IEP("\"iep_version\":2.0,\"eyes\":\"two\""),
        IEP("\"iep_version\":2.0,\"attribution\":\"never\""),
        IEP("\"iep_version\":2.0,\"encrypt_in_transit\":\"never\""),
        IEP("\"iep_version\":2.0,\"permitted_actions\":\"some\""),
        IEP("\"iep_version\":2.0,\"affected_party_notifications\":\"must\""),
        IEP("\"iep_version\":2.0,\"unmodified_resale\":1"),
        IEP("\"iep_version\":2.0,\"start_date\":\"x\""),
        IEP("\"iep_version\":2.0,\"end_date\":\"x\""),
        "{\"id\":\"marking-definition--1\"}",
        "{\"id\":\"marking-definition--1\",\"extensions\":{\"x\":{}}}",
        "{\"id\":\"marking-definition--1\",\"definition_type\":\"tlp\",\"definition\":{\"tlp\":"
        "\"clear\"}}",
        "{\"id\":\"marking-definition--1\",\"definition_type\":\"statement\",\"extensions\":{}}",
        "{\"id\":\"marking-definition--1\",\"definition_type\":\"statement\",\"embargo\":1}",
        "{\"id\":\"marking-definition--2\",\"definition_type\":\"statement\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        policy_label l = with_definition(definitions[i]);

        if (!HAS(&l, UNKNOWN))
            fail_msg("understood: %s", definitions[i]);
    }
}

static void a_statement_is_for_a_person(void **state)
{
    policy_label l = with_definition(
        "{\"id\":\"marking-definition--1\",\"definition_type\":\"statement\",\"definition\":{}}");

    (void)state;
    CHECK_INT(l.marks, POLICY_BIT(POLICY_MARK_STATEMENT));
}

static void a_traffic_light_cannot_be_redefined(void **state)
{
    ent_json mine = json_of("{\"id\":\"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1\","
                            "\"definition_type\":\"statement\",\"definition\":{}}");
    policy_label label;

    (void)state;
    CHECK_OK(policy_label_read_with(object_of(",\"object_marking_refs\":[\"marking-definition--"
                                              "e828b379-4e03-4974-9ac4-e53a884c97c1\"]",
                                              WHOLE),
                                    json_of(NULL), &mine, 1, &label, &err),
             &err);
    CHECK_INT(label.marks, POLICY_BIT(POLICY_MARK_TLP_RED));
}

static void a_label_that_contradicts_itself_is_in_conflict(void **state)
{
    (void)state;
    CHECK(read_label("", WHOLE ",\"require\":[\"attribute\"],\"prohibit\":[\"attribution\"]", NULL)
              .conflict);
    CHECK(read_label("",
                     WHOLE ",\"not_before\":\"2025-01-01T00:00:00Z\",\"expires\":"
                           "\"2024-01-01T00:00:00Z\"",
                     NULL)
              .conflict);
    CHECK(!read_label("",
                      WHOLE ",\"not_before\":\"2025-01-01T00:00:00Z\",\"expires\":"
                            "\"2025-01-01T00:00:00Z\"",
                      NULL)
               .conflict);
}

static void every_scale_keeps_its_own_codes(void **state)
{
    static const struct {
        const char *scale, *source, *information;
        bool valid, known;
    } rows[] = {
        { "admiralty", "A", "1", true, true },  { "admiralty", "F", "6", true, true },
        { "admiralty", "X", "1", false, true }, { "admiralty", "A", "A", false, true },
        { "europol", "X", "4", true, true },    { "europol", "A", "5", false, true },
        { "uk-3x5x2", "1", "E", true, true },   { "uk-3x5x2", "4", "A", false, true },
        { "uk-3x5x2", "1", "F", false, true },  { "nato", "A", "1", false, false },
        { "admiralty", "", "1", false, true },  { "admiralty", "A", "", false, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool known;

        CHECK_INT(policy_evaluation_valid(ent_str_of(rows[i].scale), ent_str_of(rows[i].source),
                                          ent_str_of(rows[i].information), &known),
                  rows[i].valid);
        CHECK_INT(known, rows[i].known);
    }
}

static void every_mark_has_a_text_and_known_codes_lead_to_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICY_MARK_COUNT; i++) {
        policy_label l = { .complete = true };

        CHECK(strlen(policy_mark_text((policy_mark)i)) > 5);
        if (policy_mark_code((policy_mark)i) == NULL)
            continue;
        policy_code_take(&l, ent_str_of(policy_mark_code((policy_mark)i)));
        CHECK_INT(l.marks, POLICY_BIT(i));
    }
}

/* ---- combining ---- */

static void combining_keeps_every_restriction(void **state)
{
    policy_label a = read_label(
        "",
        WHOLE ",\"discover\":\"open\",\"handling\":[\"H1\"],\"releasable_to\":[\"DSV\",\"SVB\"],"
              "\"not_before\":\"2024-01-01T00:00:00Z\",\"actions\":\"internally-visible\","
              "\"originator_control\":[\"A\"],\"prohibit\":[\"resale\"],\"valid\":\"2024/2026\"",
        NULL);
    policy_label b = read_label(
        "",
        "\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":[\"CT-PREV\",\"CT-INV\"],"
        "\"category\":\"witness\",\"retention\":\"2025-01-01\",\"discover\":\"pointer\","
        "\"handling\":[\"H2\"],\"releasable_to\":[\"SVB\",\"CTB\"],\"expires\":"
        "\"2024-06-01T00:00:00Z\",\"originator_control\":[\"B\"],\"require\":[\"encrypt\"],"
        "\"not_releasable_to\":[\"X\"],\"kind\":\"assessment\",\"evidential\":false,\"valid\":"
        "\"2025\"",
        NULL);
    policy_label m = policy_label_meet(&a, &b);

    (void)state;
    CHECK(m.complete && !m.conflict && m.encrypt);
    CHECK(HAS(&m, H1) && HAS(&m, H2));
    CHECK_INT(m.discover, POLICY_POINTER);
    CHECK_INT(m.act, POLICY_ACT_INTERNAL);
    CHECK_INT(m.category, POLICY_WITNESS);
    CHECK_INT(m.releasable.count, 1);
    CHECK_TEXT(m.releasable.item[0], "SVB");
    CHECK_INT(m.purpose_count, 1);
    CHECK_TEXT(m.purposes[0], "CT-INV");
    CHECK_INT(m.originator_count, 2);
    CHECK_INT(m.denied.count, 1);
    CHECK_INT(m.prohibit, POLICY_BIT(POLICY_MEAN_RESALE));
    CHECK_INT(m.retention_last, ent_day_of(2025, 1, 1));
    CHECK_TEXT(m.retention, "2025-01-01");
    CHECK_INT(m.not_before, a.not_before);
    CHECK_INT(m.expires, b.expires);
    CHECK_INT(m.kind, POLICY_ASSESSMENT);
    CHECK(!m.evidential);
    CHECK_INT(m.valid.first, ent_day_of(2025, 1, 1));
    CHECK_INT(m.valid.last, ent_day_of(2025, 12, 31));
    CHECK(m.source.ptr == NULL && m.information.ptr == NULL && m.scale.ptr == NULL);
    CHECK(policy_label_meet(&a, &a).source.ptr != NULL);
}

static void of_an_exercise_is_what_anything_in_it_says_so(void **state)
{
    policy_label live = read_label("", WHOLE ",\"exercise\":false", NULL);
    policy_label played = read_label("", WHOLE ",\"exercise\":true", NULL);

    (void)state;
    CHECK(!live.exercise && played.exercise && !HAS(&played, UNKNOWN));
    CHECK(policy_label_meet(&live, &played).exercise && policy_label_meet(&played, &live).exercise);
    CHECK(!policy_label_meet(&live, &live).exercise);
    CHECK(read_label("", "\"exercise\":false", "{\"exercise\":true}").exercise);
    refused("\"exercise\":\"no\"", "'exercise'");
}

static void one_list_of_recipients_is_kept_whole(void **state)
{
    policy_label a = read_label("", WHOLE ",\"releasable_to\":[\"DSV\"]", NULL);
    policy_label b = read_label("", WHOLE, NULL);

    (void)state;
    CHECK_INT(policy_label_meet(&a, &b).releasable.count, 1);
    CHECK(policy_label_meet(&a, &b).releasable_stated);
    CHECK_INT(policy_label_meet(&b, &a).releasable.count, 1);
    CHECK(policy_label_meet(&b, &a).releasable_stated);
    CHECK(!policy_label_meet(&b, &b).releasable_stated);
}

static void unmarked_unknown_and_conflict_are_never_lost(void **state)
{
    policy_label good = read_label("", WHOLE, NULL), bad = read_label("", NULL, NULL), m;

    (void)state;
    policy_unknown_take(&bad, ENT_STR("x"));
    bad.conflict = true;
    bad.no_disclosure = true;
    bad.attribute = true;
    for (int i = 0; i < 2; i++) {
        m = i == 0 ? policy_label_meet(&good, &bad) : policy_label_meet(&bad, &good);
        CHECK(!m.complete && m.conflict && m.no_disclosure && m.attribute && HAS(&m, UNKNOWN));
        CHECK_STR(m.missing, "handling");
        CHECK_TEXT(m.unknown, "x");
    }
}

static void more_names_than_can_be_listed_refuse(void **state)
{
    static const char *const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    policy_label a = read_label("", WHOLE, NULL), b = a;

    (void)state;
    for (size_t i = 0; i < POLICY_LIST; i++) {
        a.originators[i] = (ent_str){ digits + i, 1 };
        b.originators[i] = (ent_str){ digits + i + (i == 0 ? 16 : 0), 1 };
    }
    a.originator_count = b.originator_count = POLICY_LIST;
    CHECK(policy_label_meet(&a, &b).conflict);
    CHECK(!policy_label_meet(&a, &a).conflict);
}

/* An evaluation that differs in one of its three parts is another one. */
static void evaluations_that_differ_are_not_combined(void **state)
{
    static const char *const others[] = {
        "\"rating\":{\"scale\":\"europol\",\"source\":\"A\",\"information\":\"1\"},",
        "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"1\"},",
        "\"rating\":{\"scale\":\"admiralty\",\"source\":\"A\",\"information\":\"2\"},",
    };
    policy_label a = read_label("", WHOLE ",\"evidential\":true,\"require\":[\"encrypt\"]", NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const char *rest = strstr(WHOLE, "\"purposes\"");
        ent_str handling = ent_arena_printf(arena, "%s%s", others[i], rest);
        policy_label b = read_label("", handling.ptr, NULL), m = policy_label_meet(&a, &b);

        CHECK(m.scale.ptr == NULL && m.source.ptr == NULL && m.information.ptr == NULL);
        CHECK(m.evidential && m.encrypt);
        b.evidential = false;
        CHECK(!policy_label_meet(&b, &a).evidential);
    }
}

static void a_purpose_that_is_listed_twice_is_combined_once(void **state)
{
    policy_label a = read_label("", WHOLE, NULL), b = a;

    (void)state;
    a.purposes[1] = a.purposes[0];
    a.purpose_count = 2;
    CHECK_INT(policy_label_meet(&a, &b).purpose_count, 1);
}

static ent_code beside_read(const char *beside, const char *handling, policy_label *label)
{
    return policy_label_read(object_of("", handling), json_of(beside), label, &err);
}

/* Two persons extend: what a partner writes into its own object extends nothing. */
static void retention_is_extended_by_the_record_beside_alone(void **state)
{
    policy_label l;

    (void)state;
    CHECK_OK(beside_read("{\"extended\":\"2031-02-03\"}", WHOLE, &l), &err);
    CHECK_INT(l.retention_last, ent_day_of(2031, 2, 3));
    CHECK_TEXT(l.retention, "2031-02-03");
    CHECK_OK(beside_read("{\"extended\":\"2028-01-01\"}", WHOLE, &l), &err);
    CHECK_INT(l.retention_last, ent_day_of(2029, 11, 8));
    CHECK_OK(beside_read("{\"extended\":\"2031-02-03\"}", "\"purposes\":[\"X\"]", &l), &err);
    CHECK(l.retention.ptr == NULL);
    CHECK_INT(beside_read("{\"extended\":\"some day\"}", WHOLE, &l), ENT_FORMAT);
    CHECK(strstr(err.msg, "'extended'") != NULL);
    CHECK_OK(beside_read(NULL, WHOLE ",\"extended\":\"2031-02-03\"", &l), &err);
    CHECK_INT(l.retention_last, ent_day_of(2029, 11, 8));
    CHECK(HAS(&l, UNKNOWN));
    CHECK_TEXT(l.unknown, "extended");
}

static void a_list_that_is_none_is_refused_wherever_it_stands(void **state)
{
    policy_label l;

    (void)state;
    refused(WHOLE ",\"releasable_to\":7", "'releasable_to'");
    CHECK_INT(beside_read("{\"originator_control\":7}", WHOLE, &l), ENT_FORMAT);
    CHECK(strstr(err.msg, "'originator_control'") != NULL);
    refused(WHOLE ",\"discover\":\"a word that is longer than what is repeated of it\"",
            "a word that is longer than what is repea', ");
}

static void what_an_exchange_policy_adds_stays_beside_what_was_asked_before(void **state)
{
    ent_json at_hand = json_of(IEP("\"iep_version\":2.0,\"encrypt_in_transit\":\"may\""));
    policy_label l;

    (void)state;
    CHECK_OK(
        policy_label_read_with(object_of(",\"object_marking_refs\":[\"marking-definition--1\"]",
                                         WHOLE ",\"require\":[\"encrypt\"]"),
                               json_of(NULL), &at_hand, 1, &l, &err),
        &err);
    CHECK(l.encrypt && !HAS(&l, UNKNOWN));
    CHECK_OK(policy_label_read_with(object_of(",\"object_marking_refs\":[7]", WHOLE), json_of(NULL),
                                    &at_hand, 1, &l, &err),
             &err);
    CHECK(HAS(&l, UNKNOWN));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

RUN_TESTS(T(an_object_without_handling_is_unmarked), T(what_is_missing_is_named),
          T(every_member_is_read), T(a_wrong_member_is_named_and_refuses),
          T(a_handling_extension_that_is_no_object_is_refused), T(there_is_no_word_for_everybody),
          T(an_empty_list_of_recipients_is_nobody),
          T(what_the_object_lacks_the_record_beside_it_says),
          T(a_restriction_counts_wherever_it_stands), T(what_is_not_known_is_a_mark_that_refuses),
          T(traffic_lights_are_known_by_their_ids), T(green_is_bound_by_a_named_community),
          T(a_language_is_no_marking), T(an_exchange_policy_is_read_from_its_definition),
          T(every_colour_of_an_exchange_policy_is_known),
          T(a_definition_not_understood_whole_is_unknown), T(a_statement_is_for_a_person),
          T(a_traffic_light_cannot_be_redefined), T(a_label_that_contradicts_itself_is_in_conflict),
          T(every_scale_keeps_its_own_codes), T(every_mark_has_a_text_and_known_codes_lead_to_it),
          T(combining_keeps_every_restriction), T(one_list_of_recipients_is_kept_whole),
          T(of_an_exercise_is_what_anything_in_it_says_so),
          T(unmarked_unknown_and_conflict_are_never_lost), T(more_names_than_can_be_listed_refuse),
          T(evaluations_that_differ_are_not_combined),
          T(a_purpose_that_is_listed_twice_is_combined_once),
          T(retention_is_extended_by_the_record_beside_alone),
          T(a_list_that_is_none_is_refused_wherever_it_stands),
          T(what_an_exchange_policy_adds_stays_beside_what_was_asked_before))
