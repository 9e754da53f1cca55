/* holdings/ties: what of the holdings joins paths, and what does not. */
#include "test.h"

#include "holdings/admit.h"
#include "holdings/ties.h"
#include "stix/extension_ids.h"

#define ROOM ((size_t)64 << 20)
#define LABEL                                                                                     \
    "\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":[\"CT-INV\"],\"category\":" \
    "\"suspect\",\"retention\":\"2029-01-01\""

static char path[64];
static ent_arena *arena;
static ent_err err;
static store *s;

static int set_up(void **state)
{
    (void)snprintf(path, sizeof path, "/tmp/ent-ties-XXXXXX");
    assert_non_null(mkdtemp(path));
    (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/db");
    arena = ent_arena_new(ROOM);
    err = (ent_err){ 0 };
    CHECK_OK(store_open(path, &s, &err), &err);
    *state = NULL;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const tails[] = { "", "-wal", "-shm" };

    (void)state;
    store_close(s);
    ent_arena_free(arena);
    for (size_t i = 0; i < 3; i++) {
        char file[80];

        (void)snprintf(file, sizeof file, "%s%s", path, tails[i]);
        (void)remove(file);
    }
    *strrchr(path, '/') = '\0';
    (void)remove(path);
    return 0;
}

static ent_str id_of(const char *type, int number)
{
    return ent_arena_printf(arena, "%s--%08d-1111-4111-8111-111111111111", type, number);
}

static void put(const char *owner, ent_str bytes, const char *label)
{
    holdings_origin origin = { owner, ENT_STR("test"), ent_str_of(label), 0 };
    holdings_result result;
    ent_str reason;

    CHECK_OK(ent_time_read(ENT_STR("2024-06-01T00:00:00Z"), &origin.now, &err), &err);
    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(holdings_admit(s, arena, &origin, bytes, &result, &reason, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_INT(result, HOLDINGS_ADDED);
}

static void phone(const char *owner, int number, const char *value, const char *label)
{
    put(owner,
        ent_arena_printf(arena, "{\"type\":\"phone-number\",\"id\":\"%s\",\"value\":\"%s\"}",
                         id_of("phone-number", number).ptr, value),
        label);
}

static graph *loaded(void)
{
    static const uint8_t seed[16] = { 1 };
    graph *g;

    CHECK_OK(holdings_graph(s, arena, ENT_STR("ME"), seed, &g, &err), &err);
    return g;
}

static void a_number_joins_own_and_received_records_but_not_silent_ones(void **state)
{
    graph_step step;
    graph *g;

    (void)state;
    phone("", 1, "+999 1", "{" LABEL ",\"discover\":\"pointer\",\"valid\":\"2024-01-01/\"}");
    phone("YOU", 2, "+9991", "{" LABEL ",\"discover\":\"pointer\"}");
    phone("YOU", 3, "+9991", "{" LABEL "}");
    phone("YOU", 4, "+9991", "{" LABEL ",\"discover\":\"pointer\",\"valid\":\"/2023-12-31\"}");
    g = loaded();
    CHECK_INT(graph_record_count(g), 4);
    CHECK(graph_neighbours(g, id_of("phone-number", 1), id_of("phone-number", 2), true, &step) ==
          GRAPH_TIED);
    CHECK_TEXT(step.key, "tel:+9991");
    CHECK_TEXT(step.owner, "YOU");
    CHECK_TEXT(step.rating, "B2");
    CHECK_TEXT(step.from_label, "telephone +999 1");
    CHECK(graph_neighbours(g, id_of("phone-number", 1), id_of("phone-number", 3), true, &step) ==
          GRAPH_UNTIED);
    CHECK(graph_neighbours(g, id_of("phone-number", 1), id_of("phone-number", 4), true, &step) ==
          GRAPH_CONFLICTED);
}

static void person(const char *owner, int number)
{
    put(owner,
        ent_arena_printf(arena,
                         "{\"type\":\"identity\",\"id\":\"%s\",\"identity_class\":\"individual\","
                         "\"name\":\"Bastien Corvelay\",\"extensions\":{\"" STIX_EXT_PERSON
                         "\":{\"extension_type\":\"property-extension\",\"births\":[{\"value\":"
                         "\"1996-09-02\"}]}}}",
                         id_of("identity", number).ptr),
        "{" LABEL ",\"discover\":\"pointer\"}");
}

static void a_name_is_no_step(void **state)
{
    graph_step step;

    (void)state;
    person("", 1);
    person("YOU", 2);
    CHECK(graph_neighbours(loaded(), id_of("identity", 1), id_of("identity", 2), false, &step) ==
          GRAPH_UNTIED);
}

static void link_put(const char *owner, int number, int from, int to, const char *more)
{
    put(owner,
        ent_arena_printf(
            arena,
            "{\"type\":\"relationship\",\"id\":\"%s\",\"relationship_type\":\"called\","
            "\"source_ref\":\"%s\",\"target_ref\":\"%s\"%s}",
            id_of("relationship", number).ptr, id_of("phone-number", from).ptr,
            id_of("phone-number", to).ptr, more),
        "");
}

static void a_relationship_is_a_link_with_its_time_and_doubt(void **state)
{
    graph_step step;
    graph *g;

    (void)state;
    phone("", 1, "+91", "{" LABEL "}");
    phone("", 2, "+92", "{" LABEL "}");
    phone("", 3, "+93", "{" LABEL "}");
    link_put("", 1, 1, 2,
             ",\"confidence\":70,\"start_time\":\"2024-01-01T00:00:00Z\",\"stop_time\":"
             "\"2024-02-01T00:00:00Z\"");
    link_put("", 2, 2, 3,
             ",\"extensions\":{\"" STIX_EXT_HANDLING
             "\":{\"extension_type\":\"property-extension\",\"evidential\":false}}");
    link_put("", 3, 1, 3, ",\"revoked\":true");
    link_put("", 4, 1, 9, "");
    g = loaded();
    CHECK_INT(graph_link_count(g), 2);
    CHECK(graph_neighbours(g, id_of("phone-number", 2), id_of("phone-number", 1), true, &step) ==
          GRAPH_TIED);
    CHECK_INT(step.confidence, 70);
    CHECK(step.reversed);
    CHECK_TEXT(step.time, "2024-01-01T00:00:00Z/2024-02-01T00:00:00Z");
    CHECK(graph_neighbours(g, id_of("phone-number", 2), id_of("phone-number", 3), true, &step) ==
          GRAPH_UNTIED);
    CHECK(graph_neighbours(g, id_of("phone-number", 2), id_of("phone-number", 3), false, &step) ==
          GRAPH_TIED);
    CHECK_INT(step.confidence, GRAPH_UNKNOWN);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH_STORE(a_number_joins_own_and_received_records_but_not_silent_ones),
          WITH_STORE(a_name_is_no_step),
          WITH_STORE(a_relationship_is_a_link_with_its_time_and_doubt))
