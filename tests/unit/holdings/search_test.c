/* holdings/search and export: what is found, in which order, and what goes out. */
#include "room.h"

#include "base/buf.h"
#include "holdings/admit.h"
#include "holdings/export.h"
#include "holdings/search.h"
#include "stix/extension_ids.h"

#define UUID(n) "1111111" n "-1111-4111-8111-111111111111"
#define TIMES   "\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":\"2024-01-01T00:00:00.000Z\""
#define VALID(days)                                                                           \
    "{\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":[\"P\"],\"category\":" \
    "\"suspect\",\"retention\":\"2029-01-01\",\"discover\":\"pointer\",\"valid\":\"" days "\"}"

static void put(const char *bytes, const char *sidecar)
{
    holdings_origin origin = { "", ENT_STR("test"), ent_str_of(sidecar), 0 };
    holdings_result result;
    ent_str reason;

    CHECK_OK(ent_time_read(ENT_STR("2024-06-01T00:00:00Z"), &origin.now, &err), &err);
    CHECK_OK(holdings_admit(s, arena, &origin, ent_str_of(bytes), &result, &reason, &err), &err);
    CHECK_INT(result, HOLDINGS_ADDED);
}

static int set_up(void **state)
{
    (void)room_open(state);
    put("{\"type\":\"identity\",\"id\":\"identity--" UUID(
            "1") "\"," TIMES ",\"identity_class\":\"individual\",\"name\":\"Эльхан Джуранаев\"}",
        VALID("2020-01-01/2021-01-01"));
    put("{\"type\":\"identity\",\"id\":\"identity--" UUID(
            "2") "\"," TIMES ",\"identity_class\":\"organization\",\"name\":\"Elkhan "
                 "Trading\",\"description\":\"not "
                 "Djouranaiev\"}",
        VALID("2023-01-01/"));
    put("{\"type\":\"phone-number\",\"id\":\"phone-number--" UUID("3") "\",\"value\":\"+999 88 555 "
                                                                       "0147\"}",
        VALID("2024-01-01"));
    put("{\"type\":\"location\",\"id\":\"location--" UUID(
            "4") "\"," TIMES ",\"name\":\"Ras Murjan\",\"latitude\":-46.2,\"longitude\":-122.7}",
        "");
    put("{\"type\":\"location\",\"id\":\"location--" UUID(
            "5") "\"," TIMES ",\"name\":\"Far Murjan\",\"latitude\":10,\"longitude\":20}",
        "");
    put("{\"type\":\"relationship\",\"id\":\"relationship--" UUID(
            "6") "\"," TIMES
                 ",\"relationship_type\":\"located-at\",\"source_ref\":\"identity--" UUID(
                     "2") "\",\"target_ref\":\"location--" UUID("4") "\"}",
        "");
    return 0;
}

/* The last letters of the hits' first parts, best first: "12". */
static const char *found(holdings_search search)
{
    static char ids[64];
    holdings_hit *hits;
    size_t count;

    if (search.when.first == 0 && search.when.last == 0)
        search.when = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
    CHECK_OK(holdings_find(s, arena, &search, &hits, &count, &err), &err);
    ids[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *uuid = strstr(hits[i].row.id.ptr, "--");

        (void)snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%c", uuid[9]);
        CHECK(hits[i].score >= 0 && hits[i].score <= 1);
    }
    return ids;
}

static ent_days days(const char *text)
{
    ent_days d;

    CHECK_OK(ent_interval_read(ent_str_of(text), &d, &err), &err);
    return d;
}

static void names_are_found_across_scripts_best_first(void **state)
{
    (void)state;
    CHECK_STR(found((holdings_search){ .text = "Djouranaiev Elkhan" }), "12");
    CHECK_STR(found((holdings_search){ .text = "Juranayev" }), "1");
    CHECK_STR(found((holdings_search){ .text = "Джуранаев", .type = "identity" }), "1");
    CHECK_STR(found((holdings_search){ .text = "Elkhan Nobody" }), "12"); /* any of the words */
    CHECK_STR(found((holdings_search){ .text = "Zzxq" }), "");
    CHECK_STR(found((holdings_search){ .text = "Murjan", .limit = 1 })[1] == '\0' ? "one" : "",
              "one");
}

static void numbers_are_found_with_and_without_breaks(void **state)
{
    (void)state;
    CHECK_STR(found((holdings_search){ .text = "+999885550147" }), "3");
    CHECK_STR(found((holdings_search){ .text = "999 88 555 0147" }), "3");
    CHECK_STR(found((holdings_search){ .text = "tel:+999-88-555-0147" }), "3");
    CHECK_STR(found((holdings_search){ .text = "5550148" }), "");
}

static void what_was_tried_is_told(void **state)
{
    holdings_tried tried;

    (void)state;
    CHECK_STR(found((holdings_search){ .text = "Джуранаев", .tried = &tried }), "1");
    CHECK_INT(tried.words.count, 1);
    CHECK_STR(tried.words.words[0].text, "dzhuranaev");
    CHECK_STR(tried.words.words[0].skeleton, "JRNV");
    CHECK(!tried.any && tried.key.size == 0 && tried.number.size == 0);
    CHECK_STR(found((holdings_search){ .text = "Elkhan Nobody", .tried = &tried }), "12");
    CHECK(tried.any);
    CHECK_STR(found((holdings_search){ .text = "tel:+999-88-555-0147", .tried = &tried }), "3");
    CHECK_STR(tried.key.ptr, "tel:+999885550147");
    CHECK_STR(tried.number.ptr, "tel999885550147");
}

static void time_and_place_bound_what_is_found(void **state)
{
    holdings_search near = {
        .text = "", .near = true, .latitude = -46, .longitude = -122.7, .km = 50
    };

    (void)state;
    CHECK_STR(found((holdings_search){ .text = "Elkhan", .when = days("2020-06-01/2020-07-01") }),
              "1");
    CHECK_STR(found((holdings_search){ .text = "Elkhan", .when = days("2023-06-01/2024-07-01") }),
              "2");
    CHECK_STR(found((holdings_search){ .text = "Elkhan", .when = days("2022-01-01/2022-12-31") }),
              "");
    CHECK_INT(strlen(found(near)), 3); /* the place, what is located there, and the link */
    near.type = "location";
    CHECK_STR(found(near), "4");
    near.km = 10;
    CHECK_STR(found(near), "");
    CHECK(holdings_km(0, 0, 0, 180) > 20000 && holdings_km(0, 0, 0, 180) < 20040);
}

static void a_text_without_words_is_refused(void **state)
{
    holdings_search search = { .text = "---", .when = { ENT_DAY_MIN, ENT_DAY_MAX } };
    holdings_hit *hits;
    size_t count;

    (void)state;
    CHECK_INT(holdings_find(s, arena, &search, &hits, &count, &err), ENT_FORMAT);
}

static char out[16384];

static ent_code out_write(void *arg, ent_str bytes, ent_err *e)
{
    size_t used = strlen(out);

    (void)arg;
    (void)e;
    CHECK(used + bytes.size < sizeof out);
    memcpy(out + used, bytes.ptr, bytes.size);
    out[used + bytes.size] = '\0';
    return ENT_OK;
}

static size_t exported(holdings_form form, const char *query)
{
    holdings_export e = {
        .form = form, .query = { .owner = "" }, .bundle = UUID("9"), .write = out_write
    };
    size_t count;

    out[0] = '\0';
    CHECK_OK(holdings_query_read(arena, query, &e.query, &err), &err);
    CHECK_OK(holdings_export_run(s, &e, &count, &err), &err);
    return count;
}

static void what_goes_out_is_a_bundle_a_table_or_records(void **state)
{
    store_query query = { .owner = "" };
    ent_json json;

    (void)state;
    CHECK_INT(exported(HOLDINGS_STIX, ""), 6);
    CHECK_OK(ent_json_read(arena, ent_str_of(out), &json, &err), &err);
    CHECK_INT(ent_json_count(ent_json_get(json, "objects")), 6);
    CHECK(strstr(out, "\"value\":\"+999 88 555 0147\"}") != NULL);
    CHECK_INT(exported(HOLDINGS_STIX, "type:location murjan"), 2);
    CHECK_INT(exported(HOLDINGS_STIX, "type:nothing"), 0);
    CHECK_OK(ent_json_read(arena, ent_str_of(out), &json, &err), &err);
    CHECK_INT(exported(HOLDINGS_RECORDS, ""), 2);
    CHECK(strstr(out, "\"schema\":\"person\",\"names\":[\"Эльхан Джуранаев\"]") != NULL);
    CHECK_INT(exported(HOLDINGS_TABLE, "key:tel:+999885550147"), 1);
    CHECK(strstr(out, "\"+999 88 555 0147\"") != NULL);
    CHECK_INT(holdings_query_read(arena, "type:", &query, &err), ENT_FORMAT);
}

static void a_cell_cannot_become_a_formula(void **state)
{
    (void)state;
    put("{\"type\":\"identity\",\"id\":\"identity--" UUID(
            "7") "\"," TIMES
                 ",\"identity_class\":\"organization\",\"name\":\"=cmd|' /C calc'!A0 \\\"x\\\"\"}",
        "");
    CHECK_INT(exported(HOLDINGS_TABLE, "id:identity--" UUID("7")), 1);
    CHECK(strstr(out, "\"'=cmd|' /C calc'!A0 \"\"x\"\"\"") != NULL);
}

static uint32_t seed = 7;

static double between(double low, double high)
{
    seed = seed * 1664525u + 1013904223u;
    return low + (high - low) * (double)(seed >> 8) / 16777216.0;
}

/* Anywhere on earth, also at the poles and round by the date line, the place index finds what
 * measuring every distance finds. */
static void places_within_a_distance_are_those_that_are_so_near(void **state)
{
    static const double special[][2] = { { 89.9, 0 },    { -89.9, 170 }, { 0, 179.99 },
                                         { 0, -179.99 }, { 60, 180 },    { 90, 0 } };
    double at[120][2];

    (void)state;
    for (int i = 0; i < 120; i++) {
        char text[400];

        at[i][0] = i < 6 ? special[i][0] : between(-90, 90);
        at[i][1] = i < 6 ? special[i][1] : between(-180, 180);
        (void)snprintf(
            text, sizeof text,
            "{\"type\":\"location\",\"id\":\"location--%08x-1111-4111-8111-111111111111\"," TIMES
            ",\"latitude\":%.9f,\"longitude\":%.9f}",
            0x22000000 + i, at[i][0], at[i][1]);
        put(text, "");
    }
    for (int i = 0; i < 300; i++) {
        holdings_search search = { .text = "",
                                   .type = "location",
                                   .when = { ENT_DAY_MIN, ENT_DAY_MAX },
                                   .near = true,
                                   .limit = 500,
                                   .latitude = i < 60 ? special[i % 6][0] : between(-90, 90),
                                   .longitude = i < 60 ? special[i % 6][1] : between(-180, 180),
                                   .km = i % 3 == 0 ? between(0, 20000) : between(0, 1500) };
        ent_arena *own = ent_arena_new(ROOM);
        holdings_hit *hits;
        size_t count, want = 0;

        for (int n = 0; n < 120; n++)
            want += holdings_km(at[n][0], at[n][1], search.latitude, search.longitude) <= search.km;
        want += holdings_km(-46.2, -122.7, search.latitude, search.longitude) <= search.km;
        want += holdings_km(10, 20, search.latitude, search.longitude) <= search.km;
        CHECK_OK(holdings_find(s, own, &search, &hits, &count, &err), &err);
        if (count != want)
            fail_msg("%zu places within %g km of %g,%g, and should be %zu", count, search.km,
                     search.latitude, search.longitude, want);
        ent_arena_free(own);
    }
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(names_are_found_across_scripts_best_first),
        EACH(numbers_are_found_with_and_without_breaks),
        EACH(what_was_tried_is_told),
        EACH(time_and_place_bound_what_is_found),
        EACH(a_text_without_words_is_refused),
        EACH(what_goes_out_is_a_bundle_a_table_or_records),
        EACH(a_cell_cannot_become_a_formula),
        EACH(places_within_a_distance_are_those_that_are_so_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
