/* sim: two desks match standing; what is new on either side is found without being asked. */
#include "sim/desk_sim.h"

#include "match/standing_int.h"
#include "match/standing.h"
#include "desk/work.h"
#include "stix/extension_ids.h"

#define M                                                                                   \
    "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"dis" \
    "cover\":\"pointer\""

static void put(sim_node *n, ent_arena *arena, const char *id, const char *handling,
                const char *key)
{
    ent_str keys[] = { ent_str_of(key) };
    const char *bytes =
        ent_arena_printf(arena,
                         "{\"type\":\"identity\",\"id\":\"%s\",\"extensions\":{\"" STIX_EXT_HANDLING
                         "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},%s}}}",
                         id, handling)
            .ptr;

    sim_put(n, id, "identity", bytes, keys, 1, NULL, 0);
}

/* The next round of work of a node whose holdings have changed: nobody tells it. */
static void changed(sim_node *n, ent_arena *arena)
{
    ent_err err = { 0 };

    CHECK_OK(match_work(&n->d, arena, &(size_t){ 0 }, &err), &err);
    sim_carry(n->world);
}

static ent_code start(sim_node *n, ent_arena *arena, const char *peer, char id[37], ent_err *err)
{
    const match_question q = { .peer = peer, .purpose = ENT_STR("CT-INV"), .user = "ana" };

    *err = (ent_err){ 0 };
    return match_standing_start(&n->d, arena, &q, id, err);
}

static match_standing standing_of(sim_node *n, ent_arena *arena)
{
    match_standing *list;
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(match_standing_list(&n->d, arena, NULL, &list, &count, &err), &err);
    CHECK(count > 0);
    return list[count - 1];
}

static const char *status_of(sim_node *n, ent_arena *arena, const char *key)
{
    ent_err err = { 0 };
    ent_json *list;
    size_t count;

    CHECK_OK(match_hit_list(&n->d, arena, NULL, NULL, &list, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(ent_json_get_text(list[i], "key"), key))
            return ent_arena_str(arena, ent_json_get_text(list[i], "status")).ptr;
    return "none";
}

static void begin(sim *world, ent_arena *arena)
{
    ent_err err = { 0 };
    char agreement[37], id[37];

    sim_init(world, 2);
    sim_agree(world, arena, agreement);
    put(&world->nodes[0], arena, "identity--a1", M, "doc:QBZ:1");
    put(&world->nodes[0], arena, "identity--a2", M, "doc:A:2");
    put(&world->nodes[1], arena, "identity--b1", M, "doc:QBZ:1");
    CHECK_OK(start(&world->nodes[0], arena, "SVB", id, &err), &err);
    sim_carry(world);
}

static void what_both_hold_is_found_at_once_and_what_is_new_when_it_comes(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim world;

    (void)state;
    begin(&world, arena);
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(standing_of(&world.nodes[i], arena).state, "open");
        CHECK_STR(status_of(&world.nodes[i], arena, "doc:QBZ:1"), "hit");
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
        CHECK_INT(sim_doc_count(&world.nodes[i], "standing-ask", NULL), 0);
        CHECK_INT(standing_of(&world.nodes[i], arena).hits, 1);
    }
    CHECK_INT(standing_of(&world.nodes[1], arena).count_peer, 2);
    /* New at the one side, then at the other. */
    put(&world.nodes[1], arena, "identity--b2", M, "doc:A:2");
    changed(&world.nodes[1], arena);
    put(&world.nodes[1], arena, "identity--b3", M, "doc:NEW:3");
    changed(&world.nodes[1], arena);
    CHECK_STR(status_of(&world.nodes[0], arena, "doc:NEW:3"), "none");
    put(&world.nodes[0], arena, "identity--a3", M, "doc:NEW:3");
    changed(&world.nodes[0], arena);
    for (int i = 0; i < 2; i++) {
        CHECK_STR(status_of(&world.nodes[i], arena, "doc:A:2"), "hit");
        CHECK_STR(status_of(&world.nodes[i], arena, "doc:NEW:3"), "hit");
        CHECK_INT(standing_of(&world.nodes[i], arena).hits, 3);
    }
    /* Nothing has changed: nothing is said. */
    {
        size_t carried = world.carried;

        changed(&world.nodes[0], arena);
        CHECK_INT(world.carried, carried);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_tripwire_is_hit_like_a_record(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    sim_node *n;
    sim world;

    (void)state;
    begin(&world, arena);
    n = &world.nodes[0];
    CHECK_INT(SIM_WORK(n,
                       match_tripwire_set(&n->d, arena, ENT_STR("TIP-B-0007"), ENT_STR("pub:X"),
                                          ENT_STR("CT-INV"), n->d.now + ENT_DAY_TIME, &err),
                       &err),
              ENT_FORMAT);
    CHECK_OK(SIM_WORK(n,
                      match_tripwire_set(&n->d, arena, ENT_STR("TIP-B-0007"), ENT_STR("doc:wire-9"),
                                         ENT_STR("CT-INV"), n->d.now + ENT_DAY_TIME, &err),
                      &err),
             &err);
    CHECK_OK(SIM_WORK(n,
                      match_tripwire_set(&n->d, arena, ENT_STR("TIP-OLD"), ENT_STR("doc:wire-8"),
                                         ENT_STR("CT-INV"), n->d.now - 1, &err),
                      &err),
             &err);
    CHECK_OK(match_work(&n->d, arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&world);
    CHECK_INT(standing_of(n, arena).count_own, 3); /* the one that has ended is not in it */
    put(&world.nodes[1], arena, "identity--b9", M, "doc:WIRE9");
    changed(&world.nodes[1], arena);
    CHECK_STR(status_of(n, arena, "doc:WIRE9"), "hit");
    CHECK_STR(status_of(&world.nodes[1], arena, "doc:WIRE9"), "hit");
    CHECK_OK(SIM_WORK(n, match_tripwire_drop(&n->d, arena, ENT_STR("TIP-B-0007"), &err), &err),
             &err);
    CHECK_OK(match_work(&n->d, arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&world);
    CHECK_INT(standing_of(&world.nodes[1], arena).count_peer, 2);
    sim_release(&world);
    ent_arena_free(arena);
}

static void the_times_of_a_reassignable_key_are_compared_by_a_run(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim world;

    (void)state;
    begin(&world, arena);
    put(&world.nodes[1], arena, "identity--b4", M ",\"valid\":\"2021/2022\"", "tel:+111");
    put(&world.nodes[1], arena, "identity--b5", M ",\"valid\":\"2021/2022\"", "tel:+222");
    changed(&world.nodes[1], arena);
    put(&world.nodes[0], arena, "identity--a4", M ",\"valid\":\"2023/2024\"", "tel:+111");
    put(&world.nodes[0], arena, "identity--a5", M ",\"valid\":\"2022/2024\"", "tel:+222");
    changed(&world.nodes[0], arena);
    for (int i = 0; i < 2; i++) {
        CHECK_STR(status_of(&world.nodes[i], arena, "tel:+111"), "time-conflict");
        CHECK_STR(status_of(&world.nodes[i], arena, "tel:+222"), "hit");
    }
    sim_release(&world);
    ent_arena_free(arena);
}

/* The secrets that a node keeps for its only standing match, as they are kept. */
static ent_str secret_of(sim_node *n, ent_arena *arena, const char *member)
{
    ent_err err = { 0 };
    store_doc *docs;
    ent_json json;
    size_t count;

    CHECK_OK(desk_docs(&n->d, arena, "standing-secret", NULL, NULL, &docs, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_OK(ent_json_read(arena, docs[0].json, &json, &err), &err);
    return ent_json_get_text(json, member);
}

static void a_secret_that_was_read_is_left_nowhere_in_what_it_was_read_from(void **state)
{
    static const char *const members[] = { "epoch", "ask" };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    standing_secret secret;
    ent_err err = { 0 };
    sim world;

    (void)state;
    begin(&world, arena);
    for (size_t i = 0; i < 2; i++) {
        ent_str hex = secret_of(&world.nodes[0], arena, members[i]);
        store_doc doc = { .json =
                              ent_arena_printf(arena, "{\"x\":\"%.*s\",\"%s\":\"%.*s\"}",
                                               ENT_STR_ARG(hex), members[i], ENT_STR_ARG(hex)) };
        uint8_t zero[2 * PSI_SEED_SIZE] = { 0 };
        ent_json json;

        CHECK_INT(hex.size, 2 * PSI_SEED_SIZE);
        CHECK_OK(ent_json_read(arena, doc.json, &json, &err), &err);
        match_secret_wipe(&doc, json, members[i]);
        assert_memory_equal(ent_json_get_text(json, members[i]).ptr, zero, sizeof zero);
    }
    CHECK_OK(match_standing_secret_get(&world.nodes[0].d, arena,
                                       standing_of(&world.nodes[0], arena).id, &secret, &err),
             &err);
    CHECK(!sodium_is_zero(secret.epoch, sizeof secret.epoch));
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_new_epoch_has_a_new_key_and_finds_nothing_twice(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_str before[2];
    sim world;

    (void)state;
    begin(&world, arena);
    for (int i = 0; i < 2; i++) {
        before[i] = secret_of(&world.nodes[i], arena, "epoch");
        world.nodes[i].d.now += 8 * ENT_DAY_TIME;
    }
    changed(&world.nodes[0], arena);
    changed(&world.nodes[1], arena);
    put(&world.nodes[1], arena, "identity--b2", M, "doc:A:2");
    changed(&world.nodes[1], arena);
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(standing_of(&world.nodes[i], arena).state, "open");
        CHECK_STR(status_of(&world.nodes[i], arena, "doc:A:2"), "hit");
        CHECK_INT(standing_of(&world.nodes[i], arena).hits, 2);
        CHECK(!ent_str_equal(before[i], secret_of(&world.nodes[i], arena, "epoch")));
        CHECK_INT(sim_doc_count(&world.nodes[i], "standing-secret", NULL), 1);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void over_the_budget_of_a_day_keys_wait_for_the_next(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37];
    ent_err err = { 0 };
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_propose(&world, arena,
                "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":16,\"set_"
                "max\":64},\"retention_months\":1,\"not_after\":\"2025\"}",
                id);
    sim_sign_agreement(&world.nodes[0], arena, id);
    sim_sign_agreement(&world.nodes[1], arena, id);
    for (int i = 0; i < 20; i++)
        put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--%d", i).ptr, M,
            ent_arena_printf(arena, "doc:K:%d", i).ptr);
    CHECK_OK(start(&world.nodes[0], arena, "SVB", id, &err), &err);
    sim_carry(&world);
    CHECK_INT(standing_of(&world.nodes[0], arena).asked, 16);
    CHECK_INT(standing_of(&world.nodes[0], arena).waiting, 4);
    CHECK_OK(match_work(&world.nodes[0].d, arena, &(size_t){ 0 }, &err), &err);
    CHECK_INT(standing_of(&world.nodes[0], arena).waiting, 4);
    /* Our day begins before the peer's: it keeps the questions until it has a new day. */
    world.nodes[0].d.now += ENT_DAY_TIME;
    CHECK_OK(match_work(&world.nodes[0].d, arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&world);
    CHECK_INT(standing_of(&world.nodes[0], arena).asked, 16);
    world.nodes[1].d.now += ENT_DAY_TIME;
    CHECK_OK(match_work(&world.nodes[1].d, arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&world);
    CHECK_INT(standing_of(&world.nodes[0], arena).asked, 20);
    CHECK_INT(standing_of(&world.nodes[0], arena).waiting, 0);
    sim_release(&world);
    ent_arena_free(arena);
}

static void whoever_stops_it_deletes_keys_and_tags_at_both(void **state)
{
    static const char *const kinds[] = { "standing-secret", "standing-own", "standing-asked",
                                         "standing-peer",   "standing-ask", "standing-work" };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    ent_str id;
    sim world;

    (void)state;
    begin(&world, arena);
    id = standing_of(&world.nodes[1], arena).id;
    CHECK_OK(
        SIM_WORK(&world.nodes[1], match_standing_stop(&world.nodes[1].d, arena, id, &err), &err),
        &err);
    sim_carry(&world);
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(standing_of(&world.nodes[i], arena).state, "stopped");
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            CHECK_INT(sim_doc_count(&world.nodes[i], kinds[k], NULL), 0);
        CHECK_STR(status_of(&world.nodes[i], arena, "doc:QBZ:1"), "hit");
    }
    put(&world.nodes[1], arena, "identity--b2", M, "doc:A:2");
    changed(&world.nodes[1], arena);
    CHECK_STR(status_of(&world.nodes[0], arena, "doc:A:2"), "none");
    sim_release(&world);
    ent_arena_free(arena);
}

static void offers_that_cross_leave_one(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char agreement[37], id[37], other[37];
    match_standing *list;
    size_t count, open;
    sim world;

    (void)state;
    sim_init(&world, 2);
    sim_agree(&world, arena, agreement);
    CHECK_OK(start(&world.nodes[0], arena, "SVB", id, &err), &err);
    CHECK_OK(start(&world.nodes[1], arena, "DSV", other, &err), &err);
    sim_carry(&world);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(match_standing_list(&world.nodes[i].d, arena, NULL, &list, &count, &err), &err);
        open = 0;
        for (size_t k = 0; k < count; k++)
            if (ent_str_is(list[k].state, "open")) {
                CHECK_TEXT(list[k].id, id);
                open++;
            }
        CHECK_INT(open, 1);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

/* Any one changed byte: the match ends or is not hurt, and no false hit appears. */
struct spoil {
    size_t at, nth, seen;
    uint8_t copy[65536];
    bool done;
};

static bool spoil_one(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct spoil *s = arg;

    (void)from;
    (void)to;
    if (entry->kind != LINK_STANDING || s->done || s->seen++ != s->nth ||
        body->size > sizeof s->copy)
        return true;
    memcpy(s->copy, body->ptr, body->size);
    s->copy[body->size - 1 - s->at % body->size] ^= 0x01;
    body->ptr = s->copy;
    s->done = true;
    return true;
}

static void a_changed_message_invents_no_hit(void **state)
{
    (void)state;
    for (size_t nth = 0; nth < 6; nth++)
        for (size_t at = 0; at < 320; at += 29) {
            ent_arena *arena = ent_arena_new(SIM_ROOM);
            struct spoil spoil = { .nth = nth, .at = at };
            char agreement[37], id[37];
            ent_err err = { 0 };
            sim world;

            sim_init(&world, 2);
            sim_agree(&world, arena, agreement);
            put(&world.nodes[0], arena, "identity--a1", M, "doc:QBZ:1");
            put(&world.nodes[0], arena, "identity--a2", M, "doc:A:2");
            put(&world.nodes[1], arena, "identity--b1", M, "doc:QBZ:1");
            put(&world.nodes[1], arena, "identity--b3", M, "doc:B:3");
            CHECK_OK(start(&world.nodes[0], arena, "SVB", id, &err), &err);
            world.tap = spoil_one;
            world.tap_arg = &spoil;
            sim_carry(&world);
            CHECK(spoil.done);
            for (int i = 0; i < 2; i++) {
                CHECK_STR(status_of(&world.nodes[i], arena, "doc:A:2"), "none");
                CHECK_STR(status_of(&world.nodes[i], arena, "doc:B:3"), "none");
            }
            sim_release(&world);
            ent_arena_free(arena);
        }
}

static void without_terms_nothing_stands(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char id[37];
    sim world;

    (void)state;
    sim_init(&world, 2);
    CHECK_INT(start(&world.nodes[0], arena, "SVB", id, &err), ENT_DENIED);
    CHECK_INT(sim_doc_count(&world.nodes[0], "outbox", NULL), 0);
    CHECK_INT(sim_doc_count(&world.nodes[0], "standing", NULL), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(what_both_hold_is_found_at_once_and_what_is_new_when_it_comes),
          TEST(a_tripwire_is_hit_like_a_record),
          TEST(the_times_of_a_reassignable_key_are_compared_by_a_run),
          TEST(a_secret_that_was_read_is_left_nowhere_in_what_it_was_read_from),
          TEST(a_new_epoch_has_a_new_key_and_finds_nothing_twice),
          TEST(over_the_budget_of_a_day_keys_wait_for_the_next),
          TEST(whoever_stops_it_deletes_keys_and_tags_at_both), TEST(offers_that_cross_leave_one),
          TEST(a_changed_message_invents_no_hit), TEST(without_terms_nothing_stands))
