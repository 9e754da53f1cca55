/* holdings/reach: what is read of the holdings is as far as it is in the whole of them. */
#include "room.h"

#include "holdings/index.h"
#include "holdings/reach.h"
#include "stix/extension_ids.h"

#define THINGS 12
#define WORLDS 60
#define CAP    4

static uint64_t state_of_draw;

static unsigned draw(unsigned below)
{
    state_of_draw ^= state_of_draw << 13;
    state_of_draw ^= state_of_draw >> 7;
    state_of_draw ^= state_of_draw << 17;
    return (unsigned)((state_of_draw >> 11) % below);
}

static ent_str thing_id(unsigned i)
{
    return ent_arena_printf(arena, "phone-number--%08u-1111-4111-8111-111111111111", i);
}

static ent_str label_of(const char *more)
{
    return ent_arena_printf(arena,
                            "{\"rating\":{\"source\":\"B\",\"information\":\"2\"},\"purposes\":["
                            "\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\"%s}",
                            more);
}

static void put(const char *owner, ent_str id, const char *type, ent_str bytes, ent_str label)
{
    holdings_entry entry;
    store_put_result result;
    store_object object = { .owner = ent_str_of(owner),
                            .id = id,
                            .version = ENT_STR(""),
                            .type = ent_str_of(type),
                            .bytes = bytes,
                            .source = ENT_STR("test"),
                            .handling = label };

    CHECK_OK(holdings_index(arena, bytes, label, &entry, &err), &err);
    object.keys = entry.keys;
    object.key_count = entry.key_count;
    object.refs = entry.refs;
    object.ref_count = entry.ref_count;
    object.when = entry.when;
    CHECK_OK(store_object_put(s, &object, &result, &err), &err);
}

/* Few numbers for many telephones, at several times; some are held of two owners, some may not
 * be looked at; links that are evidence and links that are not. */
static void world_put(void)
{
    static const char *const valid[] = { "", ",\"valid\":\"/2023-12-31\"",
                                         ",\"valid\":\"2023-06-01/2024-06-01\"",
                                         ",\"valid\":\"2024-01-01/\"" };

    CHECK_OK(store_begin(s, &err), &err);
    for (unsigned i = 0; i < THINGS; i++)
        for (unsigned copy = 0; copy < 2; copy++) {
            ent_str id = thing_id(i);
            const char *more = valid[draw(4)];

            if (draw(3) == 0)
                continue;
            put(draw(2) == 0 ? "" : "SVB", id, "phone-number",
                ent_arena_printf(arena,
                                 "{\"type\":\"phone-number\",\"id\":\"%s\",\"value\":\"+99%u\"}",
                                 id.ptr, draw(THINGS)),
                label_of(draw(6) == 0
                             ? ent_arena_printf(arena, "%s,\"no_disclosure\":true", more).ptr
                             : more));
        }
    for (unsigned i = 0; i < THINGS; i++) {
        ent_str id = ent_arena_printf(arena, "relationship--%08u-1111-4111-8111-111111111111", i);

        put(draw(2) == 0 ? "" : "SVB", id, "relationship",
            ent_arena_printf(arena,
                             "{\"type\":\"relationship\",\"id\":\"%s\",\"relationship_type\":"
                             "\"with\",\"source_ref\":\"%s\",\"target_ref\":\"%s\"%s}",
                             id.ptr, thing_id(draw(THINGS)).ptr, thing_id(draw(THINGS)).ptr,
                             draw(8) == 0 ? ",\"revoked\":true" : ""),
            label_of(draw(4) == 0 ? ",\"evidential\":false" : ""));
    }
    CHECK_OK(store_commit(s, &err), &err);
}

static bool pick(void *arg, const store_row *row, ent_json object, const policy_label *label)
{
    (void)arg;
    (void)row;
    (void)object;
    return !label->no_disclosure;
}

static unsigned steps_in(const graph *g, const graph_start *starts, ent_str id, ent_str key)
{
    uint8_t *steps;

    CHECK_OK(graph_distances(g, arena, starts, 2, CAP, true, &steps, &err), &err);
    if (key.size > 0)
        return graph_key_steps(g, steps, key);
    return graph_number(g, id) == GRAPH_NOBODY ? GRAPH_FAR : steps[graph_number(g, id)];
}

static void everything_within_reach_is_as_far_as_in_the_whole(void **state)
{
    static const uint8_t seed[16] = { 1 };
    unsigned reached = 0, beyond = 0;
    void *none = NULL;

    (void)state;
    for (uint64_t world = 1; world <= WORLDS; world++) {
        graph_start starts[2];
        graph *whole, *part;

        state_of_draw = world * UINT64_C(0x9E3779B97F4A7C15);
        (void)room_close(NULL);
        (void)room_open(&none);
        world_put();
        starts[0] = (graph_start){ .id = thing_id(draw(THINGS)), .steps = draw(CAP + 2) };
        starts[1] = (graph_start){ .key = ent_arena_printf(arena, "tel:+99%u", draw(THINGS)),
                                   .steps = draw(CAP + 2) };
        CHECK_OK(holdings_graph_of(s, arena, ENT_STR("DSV"), seed, pick, NULL, &whole, &err), &err);
        CHECK_OK(holdings_reach(s, arena, ENT_STR("DSV"), seed,
                                &(holdings_within){
                                    .starts = starts, .start_count = 2, .cap = CAP, .pick = pick },
                                &part, &err),
                 &err);
        for (unsigned i = 0; i < THINGS; i++) {
            ent_str key = ent_arena_printf(arena, "tel:+99%u", i);
            unsigned steps = steps_in(whole, starts, thing_id(i), ENT_STR_NONE);

            reached += steps <= CAP;
            beyond += steps > CAP;
            if (steps_in(part, starts, thing_id(i), ENT_STR_NONE) != steps)
                fail_msg("world %d: %u is %u steps away, not %u", (int)world, i, steps,
                         steps_in(part, starts, thing_id(i), ENT_STR_NONE));
            if (steps_in(part, starts, ENT_STR_NONE, key) !=
                steps_in(whole, starts, ENT_STR_NONE, key))
                fail_msg("world %d: another distance of '%s'", (int)world, key.ptr);
        }
    }
    CHECK(reached > WORLDS && beyond > WORLDS);
}

static void what_is_out_of_reach_is_not_read(void **state)
{
    static const uint8_t seed[16] = { 1 };
    const graph_start start = { .id = thing_id(0) };
    graph *g;

    (void)state;
    CHECK_OK(store_begin(s, &err), &err);
    for (unsigned i = 0; i < 10; i++) {
        ent_str id = thing_id(i);
        ent_str link = ent_arena_printf(arena, "relationship--%08u-1111-4111-8111-111111111111", i);

        put("", id, "phone-number",
            ent_arena_printf(arena, "{\"type\":\"phone-number\",\"id\":\"%s\",\"value\":\"+99%u\"}",
                             id.ptr, i),
            label_of(""));
        put("", link, "relationship",
            ent_arena_printf(arena,
                             "{\"type\":\"relationship\",\"id\":\"%s\",\"relationship_type\":"
                             "\"with\",\"source_ref\":\"%s\",\"target_ref\":\"%s\"}",
                             link.ptr, id.ptr, thing_id(i + 1).ptr),
            label_of(""));
    }
    CHECK_OK(store_commit(s, &err), &err);
    CHECK_OK(holdings_reach(s, arena, ENT_STR("DSV"), seed,
                            &(holdings_within){ .starts = &start, .start_count = 1, .cap = CAP },
                            &g, &err),
             &err);
    CHECK_INT(graph_record_count(g), CAP + 1);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, room_open, room_close)

RUN_TESTS(WITH_STORE(everything_within_reach_is_as_far_as_in_the_whole),
          WITH_STORE(what_is_out_of_reach_is_not_read))
