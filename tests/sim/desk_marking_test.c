/* sim: what is marked part by part, and by markings that others define, as it passes the gate. */
#include "sim/release_stage.h"

#define RED    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
#define AMBER  "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
#define IEP    "marking-definition--0b51a6f0-1c4e-4c7a-9f7e-0000000000f1"
#define OTHER  "marking-definition--0b51a6f0-1c4e-4c7a-9f7e-0000000000f2"
#define MARKED "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000f3"

static void marked(struct stage *s, const char *markings)
{
    admit(s->a, "",
          ent_arena_printf(s->arena,
                           "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" MARKED
                           "\"," TIMES ",\"name\":\"Mark\",\"identity_class\":\"individual\",%s,"
                           "\"extensions\":{\"" STIX_EXT_HANDLING
                           "\":{\"extension_type\":\"property-extension\"," LABEL "," SUSPECT "}}}",
                           markings)
              .ptr);
}

static void granular(struct stage *s, const char *marking, const char *selector)
{
    marked(s, ent_arena_printf(s->arena,
                               "\"granular_markings\":[{\"marking_ref\":\"%s\",\"selectors\":"
                               "[\"%s\"]}]",
                               marking, selector)
                  .ptr);
}

static ent_code try_it(struct stage *s, desk_gate_result *result, ent_err *err)
{
    static const char *const id[] = { MARKED };
    desk_draft_state state;

    return draft_with(s, id, 1, NULL, 0, NULL, result, &state, err);
}

static void a_property_that_may_not_go_stays_and_the_rest_goes(void **state)
{
    desk_gate_result result;
    struct stage s;
    bool said = false;
    ent_str bytes;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    granular(&s, RED, "identity_class");
    CHECK_OK(try_it(&s, &result, &err), &err);
    for (size_t i = 0; i < result.withheld.count; i++)
        said = said || (ent_str_is(result.withheld.items[i].property, "identity_class") &&
                        strcmp(result.withheld.items[i].reason,
                               "every traffic light lets it reach the recipient") == 0);
    CHECK(said);
    (void)release(&s, MARKED);
    bytes = held(s.b, s.arena, "DSV", MARKED);
    CHECK(has(bytes.ptr, bytes.size, "\"name\":\"Mark\""));
    CHECK(!has(bytes.ptr, bytes.size, "individual"));
    CHECK(!has(bytes.ptr, bytes.size, RED)); /* nothing of it went */
    CHECK(!has(bytes.ptr, bytes.size, "granular"));
    stage_strike(&s);
}

static void without_what_it_cannot_do_without_nothing_goes(void **state)
{
    static const char *const selectors[] = { "name", "extensions", "modified" };

    (void)state;
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        desk_gate_result result;
        struct stage s;
        ent_err err;

        stage_set(&s, 2);
        granular(&s, RED, selectors[i]);
        CHECK_INT(try_it(&s, &result, &err), ENT_DENIED);
        stage_strike(&s);
    }
}

static void what_goes_takes_its_marking_along(void **state)
{
    struct stage s;
    ent_str bytes;

    (void)state;
    stage_set(&s, 2);
    granular(&s, AMBER, "name");
    (void)release(&s, MARKED);
    bytes = held(s.b, s.arena, "DSV", MARKED);
    CHECK(has(bytes.ptr, bytes.size, "\"object_marking_refs\":[\"" AMBER "\"]"));
    stage_strike(&s);
}

static void a_selector_that_selects_nothing_keeps_everything_back(void **state)
{
    desk_gate_result result;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    granular(&s, AMBER, "nickname");
    CHECK_INT(try_it(&s, &result, &err), ENT_DENIED);
    stage_strike(&s);
}

/* ---- definitions of others ---- */

static void define(struct stage *s, const char *id, const char *extension)
{
    admit(
        s->a, "",
        ent_arena_printf(s->arena,
                         "{\"type\":\"marking-definition\",\"spec_version\":\"2.1\",\"id\":\"%s\","
                         "\"created\":\"2024-01-01T00:00:00.000Z\",\"extensions\":{%s}}",
                         id, extension)
            .ptr);
}

#define IEP_EXTENSION                                                                      \
    "\"extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a\":{"                     \
    "\"extension_type\":\"property-extension\",\"name\":\"x\",\"description\":\"y\","      \
    "\"iep_version\":\"2.0\",\"start_date\":\"2024-01-01T00:00:00Z\",\"end_date\":%s,"     \
    "\"encrypt_in_transit\":\"must\",\"permitted_actions\":\"externally-visible-direct\"," \
    "\"affected_party_notifications\":\"may\",\"tlp\":\"amber\",\"attribution\":\"may\","  \
    "\"unmodified_resale\":\"must-not\"}"

static void a_policy_that_is_held_is_read_and_one_that_is_not_withholds(void **state)
{
    static const struct {
        const char *end;
        bool held, goes;
    } rows[] = {
        { "null", true, true },
        { "null", false, false },
        { "\"2024-02-01T00:00:00Z\"", true, false }, /* it has ended */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        desk_gate_result result;
        struct stage s;
        ent_code rc;
        ent_err err;

        stage_set(&s, 2);
        if (rows[i].held)
            define(&s, IEP, ent_arena_printf(s.arena, IEP_EXTENSION, rows[i].end).ptr);
        marked(&s, "\"object_marking_refs\":[\"" IEP "\"]");
        rc = try_it(&s, &result, &err);
        if (rc != (rows[i].goes ? ENT_OK : ENT_DENIED))
            fail_msg("row %zu: %d: %s", i, (int)rc, err.msg);
        stage_strike(&s);
    }
}

static void a_marking_that_nobody_here_understands_withholds(void **state)
{
    desk_gate_result result;
    struct stage s;
    ent_err err;

    (void)state;
    stage_set(&s, 2);
    define(&s, OTHER,
           "\"extension-definition--0b51a6f0-1c4e-4c7a-9f7e-0000000000f9\":{"
           "\"extension_type\":\"property-extension\",\"colour\":\"mauve\"}");
    marked(&s, "\"object_marking_refs\":[\"" OTHER "\"]");
    CHECK_INT(try_it(&s, &result, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[markings]") != NULL);
    stage_strike(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_property_that_may_not_go_stays_and_the_rest_goes),
        cmocka_unit_test(without_what_it_cannot_do_without_nothing_goes),
        cmocka_unit_test(what_goes_takes_its_marking_along),
        cmocka_unit_test(a_selector_that_selects_nothing_keeps_everything_back),
        cmocka_unit_test(a_policy_that_is_held_is_read_and_one_that_is_not_withholds),
        cmocka_unit_test(a_marking_that_nobody_here_understands_withholds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
