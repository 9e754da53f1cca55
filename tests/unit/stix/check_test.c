/* The checker on small objects: one broken rule each, and what must not be refused. */
#include "test.h"

#include "stix/check.h"
#include "stix/extension_ids.h"
#include "stix/together.h"

#define ROOM ((size_t)16 << 20)

/* An indicator with more members behind the required ones. */
#define INDICATOR(more)                                                                 \
    "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--"             \
    "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\",\"created\":\"2016-04-06T20:03:48.000Z\","  \
    "\"modified\":\"2016-04-06T20:03:48.000Z\",\"pattern\":\"[file:name = 'a']\","      \
    "\"pattern_type\":\"stix\",\"valid_from\":\"2016-01-01T00:00:00Z\",\"name\":\"n\"," \
    "\"description\":\"d\"" more "}"

static void checked(ent_arena *arena, const char *text, stix_report *report)
{
    ent_json object;
    ent_err err = { 0 };

    CHECK_OK(ent_json_read(arena, ent_str_of(text), &object, &err), &err);
    stix_report_init(report, arena);
    stix_check(object, report);
    CHECK(!report->full);
}

/* The first issue as "path: message", or "" if there is none. */
static const char *first_issue(ent_arena *arena, const char *text)
{
    stix_report report;
    ent_buf buf;

    checked(arena, text, &report);
    if (report.count == 0)
        return "";
    ent_buf_init(&buf, arena);
    stix_issue_path(&report, &report.issues[0], &buf);
    ent_buf_c(&buf, ": ");
    stix_issue_message(&report.issues[0], &buf);
    return buf.ptr;
}

/* The name of the rule that makes it invalid; "" if it is valid. */
static const char *broken_rule(ent_arena *arena, const char *text)
{
    stix_report report;

    checked(arena, text, &report);
    for (size_t i = 0; i < report.count; i++)
        if (stix_rule_level(report.issues[i].rule) == STIX_MUST)
            return stix_rule_name(report.issues[i].rule);
    return "";
}

static void a_whole_object_has_neither_error_nor_warning(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(first_issue(arena, INDICATOR("")), "");
    ent_arena_free(arena);
}

static void each_broken_rule_is_named_with_its_place(void **state)
{
    static const struct {
        const char *text, *rule;
    } cases[] = {
        { "[1]", "object" },
        { "{\"id\":\"x--1\"}", "required" },
        { INDICATOR(",\"labels\":[]"), "empty-list" },
        { INDICATOR(",\"x_y\":null"), "null" },
        { INDICATOR(",\"x_y\":{\"a\":{}}"), "empty-dictionary" },
        { INDICATOR(",\"x_y\":9007199254740993"), "number-range" },
        { INDICATOR(",\"x_y\":\"a\\u0000b\""), "nul-character" },
        { INDICATOR(",\"confidence\":101"), "range" },
        { INDICATOR(",\"confidence\":1.5"), "data-type" },
        { INDICATOR(",\"confidence\":\"5\""), "data-type" },
        { INDICATOR(",\"revoked\":\"true\""), "data-type" },
        { INDICATOR(",\"defanged\":true"), "defanged" },
        { INDICATOR(",\"severity\":1"), "reserved-name" },
        { INDICATOR(",\"X\":1"), "property-name" },
        { INDICATOR(",\"lang\":\"foo\""), "language" },
        { INDICATOR(",\"valid_until\":\"2016-01-01T00:00:00.000Z\""), "order" },
        { INDICATOR(
              ",\"object_marking_refs\":[\"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\"]"),
          "reference-type" },
        { INDICATOR(",\"granular_markings\":[{\"selectors\":[\"name\"]}]"), "granular-marking" },
        { INDICATOR(",\"granular_markings\":[{\"lang\":\"en\",\"selectors\":[\"labels\"]}]"),
          "selector" },
        { INDICATOR(",\"external_references\":[{\"source_name\":\"a\"}]"), "at-least-one" },
        { INDICATOR(",\"external_references\":[{\"source_name\":\"cve\",\"external_id\":\"1\"}]"),
          "external-id" },
        { INDICATOR(
              ",\"extensions\":{\"extension-definition--d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e\":"
              "{\"rank\":5}}"),
          "extension-type" },
        { "{\"type\":\"ipv4-addr\",\"id\":\"ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd\","
          "\"value\":\"1.2.3.256\"}",
          "ipv4" },
        { "{\"type\":\"process\",\"id\":\"process--ff26c055-6336-5bc5-b98d-13d6226742dd\",\"pid\":"
          "1}",
          "uuid-version" },
        { "{\"type\":\"file\",\"id\":\"file--ff26c055-6336-5bc5-b98d-13d6226742dd\",\"size\":1}",
          "at-least-one" },
        { "{\"type\":\"file\",\"id\":\"file--ff26c055-6336-5bc5-b98d-13d6226742dd\",\"name\":\"a\","
          "\"hashes\":{\"MD5\":\"12\"}}",
          "hash-value" },
        { "{\"type\":\"Mine\",\"id\":\"Mine--ff26c055-6336-5bc5-b98d-13d6226742dd\"}",
          "type-name" },
    };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(broken_rule(arena, cases[i].text), cases[i].rule);
    ent_arena_free(arena);
}

static void a_message_names_rule_place_and_section(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    stix_report report;

    (void)state;
    CHECK_STR(first_issue(arena, INDICATOR(",\"external_references\":[{\"source_name\":\"a\","
                                           "\"url\":\"not a url\",\"hashes\":{\"MD5\":"
                                           "\"b365b9a80a06906fc9b400c06c33ff43\"}}]")),
              "external_references.[0].url: 'not a url' is no URL [RFC 3986]");
    checked(arena, INDICATOR(",\"confidence\":-1"), &report);
    CHECK_STR(stix_rule_specification(report.issues[0].rule), "STIX 2.1 s4");
    ent_arena_free(arena);
}

static void what_is_unknown_is_allowed_when_it_is_well_formed(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    stix_report report;

    (void)state;
    CHECK_STR(broken_rule(arena, INDICATOR(",\"x_acme_score\":{\"a-B\":[1,{\"c\":true}]}")), "");
    CHECK_STR(broken_rule(arena, "{\"type\":\"x-acme-thing\",\"id\":\"x-acme-thing--"
                                 "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\",\"abc\":1}"),
              "");
    checked(arena,
            INDICATOR(",\"abc\":1,\"extensions\":{\"extension-definition--"
                      "d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e\":{\"extension_type\":"
                      "\"toplevel-property-extension\"}}"),
            &report);
    CHECK_INT(report.errors + report.warnings, 0);
    ent_arena_free(arena);
}

static void a_new_type_has_the_common_properties_of_its_class(void **state)
{
#define NEW_TYPE(class_, more)                                                        \
    "{\"type\":\"my-thing\",\"spec_version\":\"2.1\",\"id\":\"my-thing--"             \
    "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\",\"extensions\":{\"extension-definition--" \
    "d83fce45-ef58-4c6c-a3f4-1fbc32e98c6e\":{\"extension_type\":\"" class_ "\"}}" more "}"
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(broken_rule(arena, NEW_TYPE("new-sco", ",\"abc\":1")), "");
    CHECK_STR(broken_rule(arena, NEW_TYPE("new-sdo", ",\"abc\":1")), "required");
    CHECK_STR(broken_rule(arena, NEW_TYPE("new-sro", ",\"created\":\"2016-04-06T20:03:48.000Z\","
                                                     "\"modified\":\"2016-04-06T20:03:48.000Z\"")),
              "");
    CHECK_STR(broken_rule(arena, NEW_TYPE("new-thing", "")), "enumeration");
    ent_arena_free(arena);
}

#define DEVICE(more)                                                                   \
    "{\"type\":\"device-record\",\"spec_version\":\"2.1\",\"id\":\"device-record--"    \
    "8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\",\"created\":\"2016-04-06T20:03:48.000Z\"," \
    "\"modified\":\"2016-04-06T20:03:48.000Z\",\"placement\":\"placed\","              \
    "\"actuation\":\"unknown\",\"extensions\":{\"" STIX_EXT_DEVICE_RECORD              \
    "\":{\"extension_type\":\"new-sdo\"}}" more "}"

static void DP_22_a_device_record_takes_closed_lists_and_nothing_else(void **state)
{
    static const char *const refused[] = {
        DEVICE(",\"description\":\"how it is made\""),
        DEVICE(",\"x_note\":\"how it is made\""),
        DEVICE(",\"labels\":[\"how it is made\"]"),
        DEVICE(",\"external_references\":[{\"source_name\":\"a\",\"description\":\"b\"}]"),
        DEVICE(",\"name\":\"two words\""),
    };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(broken_rule(arena, DEVICE("")), "");
    CHECK_STR(broken_rule(arena, DEVICE(",\"name\":\"V-D1\",\"confidence\":50")), "");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(broken_rule(arena, refused[i])[0] != '\0');
    CHECK_STR(
        broken_rule(arena,
                    "{\"type\":\"device-record\",\"spec_version\":\"2.1\",\"id\":"
                    "\"device-record--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\","
                    "\"created\":\"2016-04-06T20:03:48.000Z\",\"modified\":"
                    "\"2016-04-06T20:03:48.000Z\",\"placement\":\"placed\","
                    "\"actuation\":\"a text of my own\",\"extensions\":{\"" STIX_EXT_DEVICE_RECORD
                    "\":{\"extension_type\":\"new-sdo\",\"note\":\"text\"}}}"),
        "enumeration");
    ent_arena_free(arena);
}

static void the_handling_extension_is_checked(void **state)
{
#define HANDLING(members)                                                \
    INDICATOR(",\"extensions\":{\"" STIX_EXT_HANDLING "\":{\"extension_" \
              "type\":\"property-extension\"," members "}}")
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(
        first_issue(arena, HANDLING("\"rating\":{\"scale\":\"admiralty\",\"source\":\"A\","
                                    "\"information\":\"1\"},\"handling\":[\"H1\"],\"purposes\":"
                                    "[\"CT-INV\"],\"category\":\"suspect\",\"retention\":"
                                    "\"2029-11-08\",\"valid\":\"2024-10-20/2024-11-08\","
                                    "\"discover\":\"pointer\",\"originator_control\":[\"a b\"],"
                                    "\"prohibit\":[\"disclose\"],\"evidential\":true,\"keys\":"
                                    "[\"tel:+999\"]")),
        "");
    CHECK_STR(broken_rule(arena, HANDLING("\"discover\":\"everyone\"")), "enumeration");
    CHECK_STR(broken_rule(arena, HANDLING("\"retention\":\"soon\"")), "date");
    CHECK_STR(broken_rule(arena, HANDLING("\"valid\":\"b/a\"")), "interval");
    ent_arena_free(arena);
}

static void versions_in_one_bundle_are_compared(void **state)
{
#define VERSION(modified, more)                                                             \
    "{\"type\":\"tool\",\"id\":\"tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\",\"created\":" \
    "\"2016-04-06T20:03:48.000Z\",\"modified\":\"" modified "\"" more "}"
    static const struct {
        const char *first, *second, *rule;
    } cases[] = {
        { VERSION("2016-04-06T20:03:48.000Z", ""), VERSION("2016-04-07T20:03:48.000Z", ""), "" },
        { VERSION("2016-04-06T20:03:48.000Z", ""), VERSION("2016-04-06T20:03:48.0Z", ""),
          "duplicate-version" },
        { VERSION("2016-04-06T20:03:48.000Z", ""),
          VERSION("2016-04-07T20:03:48.000Z", ",\"created_by_ref\":\"identity--x\""),
          "versioning" },
        { VERSION("2016-04-06T20:03:48.000Z", ",\"revoked\":true"),
          VERSION("2016-04-07T20:03:48.000Z", ""), "versioning" },
        { VERSION("2016-04-08T20:03:48.000Z", ",\"revoked\":true"),
          VERSION("2016-04-07T20:03:48.000Z", ""), "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ent_arena *arena = ent_arena_new(ROOM);
        stix_together *together = stix_together_new(arena);
        ent_err err = { 0 };
        stix_report report;
        ent_json first, second;

        CHECK_OK(ent_json_read(arena, ent_str_of(cases[i].first), &first, &err), &err);
        CHECK_OK(ent_json_read(arena, ent_str_of(cases[i].second), &second, &err), &err);
        stix_report_init(&report, arena);
        CHECK_OK(stix_together_add(together, first, &report, &err), &err);
        CHECK_INT(report.count, 0);
        CHECK_OK(stix_together_add(together, second, &report, &err), &err);
        CHECK_STR(report.count == 0 ? "" : stix_rule_name(report.issues[0].rule), cases[i].rule);
        ent_arena_free(arena);
    }
}

static void without_memory_the_report_says_that_it_is_not_whole(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM), *none = ent_arena_new(ROOM);
    ent_json object;
    ent_err err = { 0 };
    stix_report report;

    (void)state;
    CHECK_OK(ent_json_read(arena, ent_str_of(INDICATOR(",\"confidence\":\"x\"")), &object, &err),
             &err);
    stix_report_init(&report, none);
    ent_arena_fail_after(none, 1); /* the pattern takes one before */
    stix_check(object, &report);
    CHECK(report.full || report.errors > 0);
    ent_arena_free(none);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(a_whole_object_has_neither_error_nor_warning),
          TEST(each_broken_rule_is_named_with_its_place),
          TEST(a_message_names_rule_place_and_section),
          TEST(what_is_unknown_is_allowed_when_it_is_well_formed),
          TEST(a_new_type_has_the_common_properties_of_its_class),
          TEST(DP_22_a_device_record_takes_closed_lists_and_nothing_else),
          TEST(the_handling_extension_is_checked), TEST(versions_in_one_bundle_are_compared),
          TEST(without_memory_the_report_says_that_it_is_not_whole))
