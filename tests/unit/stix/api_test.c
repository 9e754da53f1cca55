/* The public header: JSON text in, JSON text out; and what is published under schema/ is
 * itself sound. */
#include "test.h"

#include "entente/stix.h"
#include "stix/extension_ids.h"

static void objects_and_bundles_are_checked(void **state)
{
    char out[4096];

    (void)state;
    CHECK_INT(stix_api_check("{\"type\":\"mutex\",\"id\":\"mutex--"
                             "eba44954-d4e4-5d3b-814c-2b17dd8de300\",\"name\":\"a\"}",
                             out, sizeof out),
              0);
    CHECK_STR(out, "{\"valid\":true,\"errors\":[],\"warnings\":[]}");
    CHECK_INT(stix_api_check("{\"type\":\"bundle\",\"id\":\"bundle--"
                             "44af6c39-c09b-49c5-9de2-394224b04982\",\"objects\":[{\"type\":"
                             "\"mutex\",\"id\":\"mutex--eba44954-d4e4-5d3b-814c-2b17dd8de300\"}]}",
                             out, sizeof out),
              0);
    CHECK(strstr(out, "\"valid\":false") != NULL);
    CHECK(strstr(out, "\"path\":\"objects.[0]\",\"message\":\"'name' is missing") != NULL);
    CHECK_INT(stix_api_check("{", out, sizeof out), 1);
    CHECK_STR(out, "line 1 column 2: the text ends too early [RFC 8259]");
    CHECK_INT(stix_api_check("{\"type\":\"x\"}", out, 10), 2);
}

static void patterns_ids_and_canonical_forms_are_written(void **state)
{
    static const char *const seen =
        "[{\"type\":\"bundle\",\"objects\":[{\"type\":\"mutex\",\"id\":\"m\",\"name\":\"a\"},"
        "{\"type\":\"observed-data\",\"id\":\"o\",\"number_observed\":1,\"first_observed\":"
        "\"2020-01-01T00:00:00Z\",\"last_observed\":\"2020-01-01T00:00:00Z\",\"object_refs\":"
        "[\"m\"]}]}]";
    char out[4096];

    (void)state;
    CHECK_INT(stix_api_pattern("[a:b = 1]", out, sizeof out), 0);
    CHECK_STR(out, "{\"valid\":true}");
    CHECK_INT(stix_api_pattern("[a:b = ]", out, sizeof out), 0);
    CHECK(strstr(out, "\"column\":8") != NULL);
    CHECK_INT(stix_api_match("[mutex:name = 'a']", seen, out, sizeof out), 0);
    CHECK_STR(out, "{\"matched\":true,\"objects\":[\"o\"]}");
    CHECK_INT(stix_api_match("[mutex:name = ]", seen, out, sizeof out), 1);
    CHECK_INT(stix_api_id("{\"type\":\"ipv4-addr\",\"value\":\"198.51.100.3\"}", out, sizeof out),
              0);
    CHECK_STR(out, "\"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4\"");
    CHECK_INT(stix_api_id("{\"type\":\"process\"}", out, sizeof out), 0);
    CHECK_STR(out, "null");
    CHECK_INT(stix_api_canon("{\"b\":1.0,\"a\":[]}", out, sizeof out), 0);
    CHECK_STR(out, "{\"a\":[],\"b\":1}");
}

static void the_published_extension_definitions_are_valid(void **state)
{
    static const char *const ids[] = { STIX_EXT_HANDLING,          STIX_EXT_PERSON,
                                       STIX_EXT_IDENTITY_DOCUMENT, STIX_EXT_FORENSIC_SIGNATURE,
                                       STIX_EXT_DEVICE_RECORD,     STIX_EXT_VEHICLE };
    static char out[65536];
    char *bundle = test_file("schema/extension-definitions.json", NULL);

    (void)state;
    CHECK_INT(stix_api_check(bundle, out, sizeof out), 0);
    if (strstr(out, "{\"valid\":true,\"errors\":[],\"warnings\":[]}") == NULL)
        fail_msg("%s", out);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        CHECK(strstr(bundle, ids[i]) != NULL);
    free(bundle);
}

RUN_TESTS(TEST(objects_and_bundles_are_checked), TEST(patterns_ids_and_canonical_forms_are_written),
          TEST(the_published_extension_definitions_are_valid))
