/* special: what is held of nobody is left out of STIX that comes in, and nothing else. */
#include "test.h"

#include "base/json_write.h"
#include "holdings/special.h"

static ent_arena *arena;
static ent_json object;
static size_t cut;

static ent_str cut_of(const char *text)
{
    ent_err err = { 0 };

    ent_arena_free(arena);
    arena = ent_arena_new((size_t)1 << 20);
    CHECK_OK(ent_json_read(arena, ent_str_of(text), &object, &err), &err);
    CHECK_OK(holdings_special_cut(arena, &object, &cut, &err), &err);
    return ent_json_raw(object);
}

static void a_person_loses_religion_ethnicity_and_politics(void **state)
{
    (void)state;
    CHECK_TEXT(cut_of("{\"type\":\"identity\",\"name\":\"A \\u00e9\",\"x_religion\":\"r\",\"xEthnic"
                      "Group\":[\"e\"],\"x_size\":1.50,\"political_party\":{\"a\":1}}"),
               "{\"type\":\"identity\",\"name\":\"A \\u00e9\",\"x_size\":1.50}");
    CHECK_INT(cut, 3);
}

static void also_deep_in_an_extension_and_in_types_that_nobody_knows(void **state)
{
    (void)state;
    CHECK_TEXT(cut_of("{\"type\":\"identity\",\"extensions\":{\"extension-definition--x\":{"
                      "\"extension_type\":\"property-extension\",\"births\":[{\"value\":\"1990\","
                      "\"tribe\":\"t\"}],\"faith\":\"f\",\"more\":{\"caste\":1,\"clan\":2}}}}"),
               "{\"type\":\"identity\",\"extensions\":{\"extension-definition--x\":{"
               "\"extension_type\":\"property-extension\",\"births\":[{\"value\":\"1990\"}]}}}");
    CHECK_INT(cut, 4);
    CHECK_TEXT(cut_of("{\"type\":\"x-subject\",\"name\":\"A\",\"creed\":\"c\"}"),
               "{\"type\":\"x-subject\",\"name\":\"A\"}");
}

static void what_has_none_stays_byte_for_byte(void **state)
{
    static const char *const texts[] = {
        "{ \"type\" : \"identity\", \"name\":\"Religious Affairs\",  \"x_a\":[ 1,2 ] }",
        /* things, and the dictionaries of the specification */
        "{\"type\":\"malware\",\"x_race_condition\":true }",
        "{\"type\":\"process\",\"environment_variables\":{\"PARTY\":\"1\"} }",
        "[1]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK_TEXT(cut_of(texts[i]), texts[i]);
        CHECK_INT(cut, 0);
    }
}

static bool starved(ent_arena *small)
{
    ent_err err = { 0 };
    ent_json json;
    ent_code rc = ent_json_read(small, ENT_STR("{\"type\":\"identity\",\"x_sect\":1,\"a\":[{}]}"),
                                &json, &err);

    if (rc == ENT_OK)
        rc = holdings_special_cut(small, &json, &cut, &err);
    CHECK(rc == ENT_OK || rc == ENT_LIMIT || rc == ENT_MEMORY);
    return rc == ENT_OK;
}

static void no_memory_is_said(void **state)
{
    (void)state;
    FAULT_SWEEP(small, (size_t)1 << 16, starved(small));
    ent_arena_free(arena);
    arena = NULL;
}

RUN_TESTS(TEST(a_person_loses_religion_ethnicity_and_politics),
          TEST(also_deep_in_an_extension_and_in_types_that_nobody_knows),
          TEST(what_has_none_stays_byte_for_byte), TEST(no_memory_is_said))
