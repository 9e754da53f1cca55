/* taxii/post: each object of a body stands for itself. */
#include "test.h"

#include "base/json.h"
#include "taxii/post.h"

#define ID "indicator--00000001-0000-4000-8000-000000000000"

static ent_code parse(ent_arena *arena, const char *body, taxii_item **items, size_t *count)
{
    ent_err err = { 0 };

    return taxii_post_read(arena, ent_str_of(body), items, count, &err);
}

static void one_bad_object_touches_no_other(void **state)
{
    static const char *const bad[] = {
        "7",
        "null",
        "[]",
        "{}",
        "{\"type\":\"indicator\"}",
        "{\"id\":\"" ID "\"}",
        "{\"type\":\"malware\",\"id\":\"" ID "\"}",
        "{\"type\":7,\"id\":\"" ID "\"}",
        "{\"type\":\"indicator\",\"id\":\"indicator--1\"}",
        "{\"type\":\"indicator\",\"id\":\"indicator-00000001-0000-4000-8000-0000000000000\"}",
        "{\"type\":\"indicator\",\"id\":\"indicator--0000000g-0000-4000-8000-000000000000\"}",
        "{\"type\":\"indicator\",\"id\":\"" ID "\",\"modified\":\"yesterday\"}",
        "{\"type\":\"indicator\",\"id\":\"" ID "\",\"created\":7}",
        "{\"type\":\"indicator\",\"id\":\"" ID "\",\"modified\":\"2020-02-30T00:00:00Z\"}",
        "{\"type\":\"indicator\",\"id\":\"" ID "\",\"spec_version\":21}",
    };
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    taxii_item *items;
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_str body = ent_arena_printf(arena,
                                        "{\"objects\":[{\"type\":\"indicator\",\"id\":\"" ID
                                        "\"},%s,{\"id\":\"" ID "\",\"type\":\"indicator\"}]}",
                                        bad[i]);

        CHECK_INT(parse(arena, body.ptr, &items, &count), ENT_OK);
        CHECK_INT(count, 3);
        if (items[0].outcome == TAXII_REFUSED || items[2].outcome == TAXII_REFUSED ||
            items[1].outcome != TAXII_REFUSED)
            fail_msg("%s", bad[i]);
    }
    ent_arena_free(arena);
}

static void versions_are_compared_as_instants(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_item *items;
    size_t count;

    (void)state;
    CHECK_INT(parse(arena,
                    "{\"objects\":["
                    "{\"type\":\"indicator\",\"id\":\"" ID
                    "\",\"created\":\"2019-01-01T00:00:00Z\",\"modified\":\"2020-01-01T00:00:00."
                    "100Z\",\"spec_version\":\"2.1\"},"
                    "{\"type\":\"indicator\",\"id\":\"" ID
                    "\",\"created\":\"2020-01-01T00:00:00.000Z\"},"
                    "{\"type\":\"indicator\",\"id\":\"" ID "\"}]}",
                    &items, &count),
              ENT_OK);
    CHECK_TEXT(items[0].version, "2020-01-01T00:00:00.100Z");
    CHECK_TEXT(items[0].version_key, "2020-01-01T00:00:00.1");
    CHECK_TEXT(items[0].spec, "2.1");
    CHECK_TEXT(items[1].version_key, "2020-01-01T00:00:00");
    CHECK_TEXT(items[1].spec, "2.0");
    CHECK_INT(items[2].version_key.size, 0);
    CHECK_TEXT(items[2].spec, "2.1");
    ent_arena_free(arena);
}

static void a_body_without_objects_is_no_envelope(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_item *items;
    size_t count;
    char deep[512] = "{\"objects\":";

    (void)state;
    CHECK_INT(parse(arena, "{}", &items, &count), ENT_USAGE);
    CHECK_INT(parse(arena, "{\"objects\":\"x\"}", &items, &count), ENT_USAGE);
    CHECK_INT(parse(arena, "[{\"objects\":[]}]", &items, &count), ENT_USAGE);
    CHECK_INT(parse(arena, "{\"objects\":[]} x", &items, &count), ENT_FORMAT);
    CHECK_INT(parse(arena, "", &items, &count), ENT_FORMAT);
    memset(deep + 11, '[', 200);
    CHECK(parse(arena, deep, &items, &count) != ENT_OK);
    ent_arena_free(arena);
}

static int sweep(ent_arena *arena)
{
    taxii_item *items;
    ent_err err = { 0 };
    ent_str json;
    size_t count;
    ent_code rc = parse(arena,
                        "{\"objects\":[{\"type\":\"indicator\",\"id\":\"" ID
                        "\",\"created\":\"2020-01-01T00:00:00Z\"},{}]}",
                        &items, &count);

    if (rc == ENT_OK) {
        CHECK(items[0].outcome != TAXII_REFUSED && items[1].outcome == TAXII_REFUSED);
        rc = taxii_status_write(arena, ENT_STR("s"), 1, items, count, &json, &err);
    }
    CHECK(rc == ENT_OK || rc == ENT_LIMIT || rc == ENT_USAGE);
    return rc == ENT_OK;
}

static void running_out_of_memory_refuses_the_body(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, (size_t)1 << 20, sweep(arena));
}

static void many_successes_are_counted_and_not_named(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    taxii_item *items = ent_arena_array(arena, 10001, sizeof *items);
    ent_err err = { 0 };
    ent_json root;
    ent_str json;

    (void)state;
    for (size_t i = 0; i < 10001; i++)
        items[i] = (taxii_item){ .id = ENT_STR(ID), .version = ENT_STR("v") };
    CHECK_OK(taxii_status_write(arena, ENT_STR("s"), 1, items, 10001, &json, &err), &err);
    CHECK_OK(ent_json_read(arena, json, &root, &err), &err);
    CHECK(ent_json_get(root, "successes").doc == NULL);
    CHECK_OK(taxii_status_write(arena, ENT_STR("s"), 1, items, 10000, &json, &err), &err);
    CHECK_OK(ent_json_read(arena, json, &root, &err), &err);
    CHECK_INT(ent_json_count(ent_json_get(root, "successes")), 10000);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(one_bad_object_touches_no_other), TEST(versions_are_compared_as_instants),
          TEST(a_body_without_objects_is_no_envelope), TEST(running_out_of_memory_refuses_the_body),
          TEST(many_successes_are_counted_and_not_named))
