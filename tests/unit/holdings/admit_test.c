/* holdings/admit: what comes in, what is held back, what is refused. */
#include "room.h"

#include "holdings/admit.h"
#include "holdings/exercise.h"
#include "stix/extension_ids.h"

#define UUID "11111111-1111-4111-8111-111111111111"
#define LABEL                                                                                      \
    "{\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":[\"CT-INV\"],\"category\":" \
    "\"suspect\",\"retention\":\"2029-01-01\",\"discover\":\"pointer\"}"
#define PHONE "{\"type\":\"phone-number\",\"id\":\"phone-number--" UUID "\",\"value\":\"+12\"}"

static ent_str reason;

static holdings_result admit(const char *owner, const char *bytes, const char *sidecar)
{
    holdings_origin origin = { owner, ENT_STR("test"), ent_str_of(sidecar), 0 };
    holdings_result result = HOLDINGS_RESULT_COUNT;

    CHECK_OK(ent_time_read(ENT_STR("2024-06-01T00:00:00Z"), &origin.now, &err), &err);
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(holdings_admit(s, arena, &origin, ent_str_of(bytes), &result, &reason, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    return result;
}

static const char *malware(const char *modified, const char *more)
{
    static char text[512];

    (void)snprintf(text, sizeof text,
                   "{\"type\":\"malware\",\"id\":\"malware--" UUID
                   "\",\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":\"%s\"%s}",
                   modified, more);
    return text;
}

static void personal_data_without_a_label_is_held_back(void **state)
{
    store_row row;

    (void)state;
    CHECK_INT(admit("", PHONE, ""), HOLDINGS_QUARANTINED);
    CHECK(strstr(reason.ptr, "--rating, --purpose, --category and --retention") != NULL);
    CHECK_INT(admit("", PHONE, "{\"rating\":{\"source\":\"B\",\"information\":\"2\"}}"),
              HOLDINGS_QUARANTINED);
    CHECK(strstr(reason.ptr, "no purposes: give --purpose") != NULL);
    CHECK_INT(store_object_get(s, arena, NULL, ENT_STR("phone-number--" UUID), &row, &err),
              ENT_NOT_FOUND);
    CHECK_INT(admit("", PHONE, LABEL), HOLDINGS_ADDED);
    CHECK_TEXT(reason, "");
    CHECK_OK(store_object_get(s, arena, NULL, ENT_STR("phone-number--" UUID), &row, &err), &err);
    CHECK_TEXT(row.handling, LABEL);
    CHECK_TEXT(row.retention, "2029-01-01");
    CHECK_TEXT(row.bytes, PHONE);
    CHECK_INT(admit("", PHONE, ""), HOLDINGS_UNCHANGED);
}

static void things_need_no_label(void **state)
{
    (void)state;
    CHECK_INT(admit("", malware("2024-01-01T00:00:00.000Z", ""), ""), HOLDINGS_ADDED);
}

static void versions_follow_each_other(void **state)
{
    (void)state;
    CHECK_INT(admit("", malware("2024-01-02T00:00:00.000Z", ""), ""), HOLDINGS_ADDED);
    CHECK_INT(admit("", malware("2024-01-03T00:00:00.000Z", ""), ""), HOLDINGS_UPDATED);
    CHECK_INT(admit("", malware("2024-01-01T00:00:00.000Z", ""), ""), HOLDINGS_OLDER);
    CHECK_INT(admit("", malware("2024-01-03T00:00:00.000Z", ""), ""), HOLDINGS_UNCHANGED);
    CHECK_INT(admit("", malware("2024-01-03T00:00:00.000Z", ",\"name\":\"x\""), ""),
              HOLDINGS_CONFLICT);
    CHECK(strstr(reason.ptr, "other content") != NULL);
    CHECK_INT(admit("SVB", malware("2024-01-03T00:00:00.000Z", ",\"name\":\"x\""), ""),
              HOLDINGS_ADDED);
}

static void only_its_creator_makes_a_version(void **state)
{
    (void)state;
    CHECK_INT(
        admit("", malware("2024-01-02T00:00:00.000Z", ",\"created_by_ref\":\"identity--1\""), ""),
        HOLDINGS_ADDED);
    CHECK_INT(
        admit("", malware("2024-01-03T00:00:00.000Z", ",\"created_by_ref\":\"identity--2\""), ""),
        HOLDINGS_CONFLICT);
    CHECK(strstr(reason.ptr, "creator") != NULL);
    CHECK_INT(admit("", malware("2024-01-03T00:00:00.000Z", ""), ""), HOLDINGS_CONFLICT);
    CHECK_INT(
        admit("", malware("2024-01-03T00:00:00.000Z", ",\"created_by_ref\":\"identity--1\""), ""),
        HOLDINGS_UPDATED);
}

static void created_never_changes(void **state)
{
    (void)state;
    CHECK_INT(admit("", malware("2024-01-02T00:00:00.000Z", ""), ""), HOLDINGS_ADDED);
    CHECK_INT(admit("",
                    "{\"type\":\"malware\",\"id\":\"malware--" UUID
                    "\",\"created\":\"2024-01-02T00:00:00.000Z\",\"modified\":"
                    "\"2024-01-05T00:00:00.000Z\"}",
                    ""),
              HOLDINGS_CONFLICT);
    CHECK(strstr(reason.ptr, "'created'") != NULL);
}

static void nothing_comes_after_a_revocation(void **state)
{
    (void)state;
    CHECK_INT(admit("", malware("2024-01-02T00:00:00.000Z", ",\"revoked\":true"), ""),
              HOLDINGS_ADDED);
    CHECK_INT(admit("", malware("2024-01-03T00:00:00.000Z", ""), ""), HOLDINGS_CONFLICT);
    CHECK(strstr(reason.ptr, "revoked") != NULL);
    CHECK_INT(admit("", malware("2024-01-01T00:00:00.000Z", ""), ""), HOLDINGS_OLDER);
}

static void a_version_of_the_future_is_held_back(void **state)
{
    (void)state;
    CHECK_INT(admit("", malware("9999-01-02T00:00:00.000Z", ""), ""), HOLDINGS_QUARANTINED);
    CHECK(strstr(reason.ptr, "future") != NULL);
    CHECK_INT(admit("", malware("2024-01-03T00:00:00.000Z", ""), ""), HOLDINGS_ADDED);
}

static void what_was_erased_comes_back_only_newer(void **state)
{
    store_row row;

    (void)state;
    CHECK_INT(admit("SVB", malware("2024-01-02T00:00:00.000Z", ""), ""), HOLDINGS_ADDED);
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(
        store_object_erase(s, ENT_STR("SVB"), ENT_STR("malware--" UUID), ENT_STR("recalled"), &err),
        &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_INT(admit("SVB", malware("2024-01-02T00:00:00.000Z", ""), ""), HOLDINGS_CONFLICT);
    CHECK_INT(admit("SVB", malware("2024-01-01T00:00:00.000Z", ""), ""), HOLDINGS_CONFLICT);
    CHECK_OK(store_object_get(s, arena, "SVB", ENT_STR("malware--" UUID), &row, &err), &err);
    CHECK_TEXT(row.bytes, "");
    CHECK_INT(admit("SVB", malware("2024-01-04T00:00:00.000Z", ""), ""), HOLDINGS_UPDATED);
}

static void what_is_of_an_exercise_never_comes_into_live_holdings(void **state)
{
    static const char played[] =
        ",\"extensions\":{\"" STIX_EXT_HANDLING
        "\":{\"extension_type\":\"property-extension\",\"exercise\":true}}";
    static const char *const version = "2024-01-03T00:00:00.000Z";
    ent_err other = { 0 };
    store_row row;
    bool found;

    (void)state;
    CHECK_OK(store_exercise_settle(s, false, &err), &err);
    for (int i = 0; i < 3; i++) {
        const char *const owners[] = { "", "SVB", "" };

        CHECK_INT(admit(owners[i], malware(version, i < 2 ? played : ""),
                        i < 2 ? "" : "{\"exercise\":true}"),
                  HOLDINGS_CONFLICT);
        CHECK(strstr(reason.ptr, "[exercise]") != NULL);
        CHECK_OK(
            store_object_held(s, arena, owners[i], ENT_STR("malware--" UUID), &row, &found, &err),
            &err);
        CHECK(!found);
    }
    CHECK_INT(admit("", PHONE, LABEL), HOLDINGS_ADDED);
    CHECK_INT(store_exercise_settle(s, true, &other), ENT_CONFIG);
    CHECK(!store_exercise(s));
}

static void on_exercise_both_come_in_and_leave_marked(void **state)
{
    ent_str once, again;

    (void)state;
    CHECK_OK(store_exercise_settle(s, true, &err), &err);
    CHECK_INT(admit("", malware("2024-01-03T00:00:00.000Z", ""), ""), HOLDINGS_ADDED);
    CHECK_OK(holdings_outgoing(s, arena,
                               ENT_STR("{\"type\":\"malware\",\"extensions\":{\"" STIX_EXT_HANDLING
                                       "\":{\"exercise\":false,\"keys\":[]},\"x\":{}}}"),
                               &once, &err),
             &err);
    CHECK_TEXT(once,
               "{\"type\":\"malware\",\"extensions\":{\"x\":{},\"" STIX_EXT_HANDLING
               "\":{\"extension_type\":\"property-extension\",\"keys\":[],\"exercise\":true}}}");
    CHECK_OK(holdings_outgoing(s, arena, once, &again, &err), &err);
    CHECK(again.ptr == once.ptr);
    CHECK_INT(holdings_outgoing(s, arena, ENT_STR("[]"), &again, &err), ENT_FORMAT);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, room_open, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(personal_data_without_a_label_is_held_back),
        EACH(things_need_no_label),
        EACH(versions_follow_each_other),
        EACH(only_its_creator_makes_a_version),
        EACH(created_never_changes),
        EACH(nothing_comes_after_a_revocation),
        EACH(a_version_of_the_future_is_held_back),
        EACH(what_was_erased_comes_back_only_newer),
        EACH(what_is_of_an_exercise_never_comes_into_live_holdings),
        EACH(on_exercise_both_come_in_and_leave_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
