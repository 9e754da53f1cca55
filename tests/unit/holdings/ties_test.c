/* holdings/ties: what of the holdings joins paths, and what does not. */
#include "room.h"

#include "holdings/admit.h"
#include "holdings/around.h"
#include "holdings/ties.h"
#include "stix/extension_ids.h"

#define LABEL                                                                                     \
    "\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":[\"CT-INV\"],\"category\":" \
    "\"suspect\",\"retention\":\"2029-01-01\""

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

struct told {
    size_t things, links, joins, conflicts, far;
};

static ent_code thing_count(void *arg, const holdings_thing *thing, ent_err *why)
{
    struct told *told = arg;

    (void)why;
    told->things++;
    told->far = thing->hops > told->far ? thing->hops : told->far;
    return ENT_OK;
}

static ent_code tie_count(void *arg, const holdings_link *link, ent_err *why)
{
    struct told *told = arg;

    (void)why;
    told->links++;
    told->joins += link->key.size > 0;
    told->conflicts += link->conflict;
    return ENT_OK;
}

static struct told around(int number, unsigned depth, size_t limit, bool *more)
{
    struct told told = { 0 };
    holdings_around_ask ask = { .id = id_of("phone-number", number),
                                .self = ENT_STR("ME"),
                                .depth = depth,
                                .limit = limit,
                                .arg = &told,
                                .thing = thing_count,
                                .link = tie_count };

    CHECK_OK(holdings_around(s, arena, &ask, more, &err), &err);
    return told;
}

/* 1 called 2 called 3; 4 and 5 show the number of 1, 5 at another time. */
static void what_is_around_is_told_once_and_no_farther_than_asked(void **state)
{
    struct told told;
    bool more;

    (void)state;
    phone("", 1, "+91", "{" LABEL ",\"discover\":\"pointer\",\"valid\":\"2024-01-01/\"}");
    phone("", 2, "+92", "{" LABEL "}");
    phone("", 3, "+93", "{" LABEL "}");
    phone("YOU", 4, "+91", "{" LABEL ",\"discover\":\"pointer\"}");
    phone("YOU", 5, "+91", "{" LABEL ",\"discover\":\"pointer\",\"valid\":\"/2023-12-31\"}");
    link_put("", 1, 1, 2, "");
    link_put("", 2, 2, 3, "");
    link_put("", 3, 1, 3, ",\"revoked\":true");
    link_put("", 4, 1, 9, "");
    told = around(1, 1, 100, &more);
    CHECK_INT(told.things, 4);
    CHECK_INT(told.joins, 3); /* 1-4, 1-5, and 4-5, each once */
    CHECK_INT(told.conflicts, 1);
    CHECK(!more);
    told = around(1, 2, 100, &more);
    CHECK_INT(told.things, 5);
    CHECK_INT(told.far, 2);
    told = around(1, 2, 2, &more);
    CHECK_INT(told.things, 2);
    CHECK(more);
}

static void what_is_not_held_has_no_surroundings(void **state)
{
    holdings_around_ask ask = { .id = ENT_STR("malware--x"), .limit = 1 };
    bool more;

    (void)state;
    CHECK_INT(holdings_around(s, arena, &ask, &more, &err), ENT_NOT_FOUND);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, room_open, room_close)

RUN_TESTS(WITH_STORE(a_number_joins_own_and_received_records_but_not_silent_ones),
          WITH_STORE(a_name_is_no_step),
          WITH_STORE(a_relationship_is_a_link_with_its_time_and_doubt),
          WITH_STORE(what_is_around_is_told_once_and_no_farther_than_asked),
          WITH_STORE(what_is_not_held_has_no_surroundings))
