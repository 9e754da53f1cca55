/* sim: what a partner sees of a private match that it should not.  Runs that differ only in records that
 * are withheld look alike, in every way of comparing; and what is done again after a crash is the same
 * bytes, and charged once. */
#include "sim/match_ways.h"

#include "stix/extension_ids.h"

#define OPEN                                                                                   \
    "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"discov" \
    "er\":\"pointer\""
#define TERMS                                                                              \
    "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":%d,\"set_max\"" \
    ":64,\"fast_experimental\":true},\"text\":\"Keys may be compared over the "            \
    "fast-experimental path.\",\"retention_months\":1,\"not_after\":\"2025\"}"

static void put(sim_node *n, ent_arena *arena, const char *id, const char *handling,
                const char *key)
{
    ent_str keys[] = { ent_str_of(key) };

    sim_put(n, ent_arena_printf(arena, "identity--%s", id).ptr, "identity",
            ent_arena_printf(arena,
                             "{\"type\":\"identity\",\"id\":\"identity--%s\",\"extensions\":{"
                             "\"" STIX_EXT_HANDLING "\":{\"rating\":{\"source\":\"A\","
                             "\"information\":\"1\"},%s}}}",
                             id, handling)
                .ptr,
            keys, 1, NULL, 0);
}

static void world_set(sim *world, ent_arena *arena, int keys_per_day)
{
    char id[37];

    sim_init(world, 2);
    sim_propose(world, arena, ent_arena_printf(arena, TERMS, keys_per_day).ptr, id);
    for (int i = 0; i < 2; i++)
        sim_sign_agreement(&world->nodes[i], arena, id);
    put(&world->nodes[0], arena, "a1", OPEN, "doc:QBZ:1");
    put(&world->nodes[0], arena, "a2", OPEN ",\"valid\":\"2021/2022\"", "tel:+111");
    put(&world->nodes[1], arena, "b1", OPEN, "doc:QBZ:1");
    put(&world->nodes[1], arena, "b2", OPEN ",\"valid\":\"2022-06/2023\"", "tel:+111");
}

/* ---- what is withheld ---- */

#define MESSAGES 40

struct message {
    link_kind kind;
    char from[9];
    size_t size;
    ent_hash hash;
};

struct transcript {
    struct message message[MESSAGES];
    size_t count;
};

static bool transcript_take(void *arg, sim_node *from, sim_node *to, link_entry *entry,
                            ent_span *body)
{
    struct transcript *t = arg;
    struct message *m = &t->message[t->count++];

    (void)to;
    CHECK(t->count <= MESSAGES);
    m->kind = entry->kind;
    (void)snprintf(m->from, sizeof m->from, "%s", from->code);
    m->size = body->size;
    m->hash = entry->body;
    return true;
}

/* What passes when both sides hold besides `withheld` records that may not be matched, half of them with
 * keys that the other has. */
static void transcript_of(enum way way, const char *withheld, struct transcript *t)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37];
    sim world;

    memset(t, 0, sizeof *t);
    world_set(&world, arena, 10000);
    for (int i = 0; withheld != NULL && i < 60; i++)
        for (int side = 0; side < 2; side++)
            put(&world.nodes[side], arena, ent_arena_printf(arena, "x%d", i).ptr, withheld,
                ent_arena_printf(arena, "doc:X:%d", i % 2 == 0 ? i : 1000 * side + i).ptr);
    world.tap = transcript_take;
    world.tap_arg = t;
    way_begin(&world.nodes[0], arena, way, id);
    sim_carry(&world);
    for (int side = 0; side < 2; side++)
        CHECK_INT(sim_doc_count(&world.nodes[side], "refused", NULL), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

static void runs_that_differ_only_in_silent_records_have_equal_length_and_shape(void **state)
{
    static const char *const withheld[] = {
        "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\","
        "\"discover\":\"silent\"",
        "\"purposes\":[\"CT-INV\"],\"category\":\"victim\",\"retention\":\"2029-01-01\","
        "\"discover\":\"pointer\"",
        "\"purposes\":[\"CT-PREV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\","
        "\"discover\":\"pointer\"",
    };
    static struct transcript without, with;

    (void)state;
    for (enum way way = RUN; way < WAYS; way++) {
        transcript_of(way, NULL, &without);
        CHECK(without.count >= 4);
        for (size_t k = 0; k < sizeof withheld / sizeof *withheld; k++) {
            transcript_of(way, withheld[k], &with);
            CHECK_INT(with.count, without.count);
            for (size_t i = 0; i < with.count; i++) {
                CHECK_INT(with.message[i].kind, without.message[i].kind);
                CHECK_STR(with.message[i].from, without.message[i].from);
                CHECK_INT(with.message[i].size, without.message[i].size);
                /* With the same randomness it is the same to the byte. */
                CHECK(ent_hash_equal(&with.message[i].hash, &without.message[i].hash));
            }
        }
    }
}

/* The same test sees a record that is not withheld. */
static void a_record_that_takes_part_changes_what_passes(void **state)
{
    static struct transcript without, with;
    bool differ = false;

    (void)state;
    transcript_of(RUN, NULL, &without);
    transcript_of(RUN, OPEN, &with);
    for (size_t i = 0; i < without.count; i++)
        differ = differ || with.message[i].size != without.message[i].size;
    CHECK(differ);
}

/* ---- done again ---- */

/* The bodies that wait to be said, one after the other. */
struct bodies {
    store *s;
    ent_buf buf;
};

static ent_code body_add(void *arg, const store_doc *doc, ent_err *err)
{
    struct bodies *bodies = arg;
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    store_doc whole;

    CHECK_OK(store_doc_get(bodies->s, arena, "outbox", doc->id, &whole, err), err);
    ent_buf_str(&bodies->buf, whole.bytes);
    ent_buf_byte(&bodies->buf, '\n');
    ent_arena_free(arena);
    return ENT_OK;
}

static ent_str waiting(store *s, ent_arena *arena)
{
    ent_err err = { 0 };
    struct bodies bodies = { .s = s };
    ent_str text;

    ent_buf_init(&bodies.buf, arena);
    CHECK_OK(store_docs_each(s, "outbox", NULL, "waiting", body_add, &bodies, &err), &err);
    CHECK_OK(ent_buf_done(&bodies.buf, &text, &err), &err);
    return text;
}

/* Every message is worked on at a copy of the node too, as after a crash before the commit, and the copy
 * draws other random numbers.  What both say must be the same; only an answer to an announcement
 * draws a seed, and nothing was said before it that could differ. */
struct again {
    ent_arena *arena;
    size_t compared, messages;
};

static bool header_has(const ent_span *body, const char *text)
{
    const char *from = body->ptr;
    const char *feed = memchr(from, '\n', body->size);
    size_t size = strlen(text);

    for (; feed != NULL && (size_t)(feed - from) >= size; from++)
        if (memcmp(from, text, size) == 0)
            return true;
    return false;
}

static bool work_again(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct again *again = arg;
    sim_node twin = *to;
    ent_err err = { 0 };
    ent_str first, second;
    size_t done;
    bool draws = header_has(body, "\"step\":\"announce\"");

    CHECK_OK(store_begin(to->d.store, &err), &err);
    CHECK_OK(desk_receive(&to->d, again->arena, from->code, entry, *body, &err), &err);
    CHECK_OK(store_commit(to->d.store, &err), &err);
    CHECK_OK(store_open(":memory:", &twin.d.store, &err), &err);
    CHECK_OK(store_copy(to->d.store, twin.d.store, &err), &err);
    twin.drawn += 1000;
    twin.d.arg = &twin;
    CHECK_OK(match_work(&twin.d, again->arena, &done, &err), &err);
    CHECK_OK(match_work(&to->d, again->arena, &done, &err), &err);
    first = waiting(to->d.store, again->arena);
    second = waiting(twin.d.store, again->arena);
    again->messages++;
    if (!draws) {
        CHECK(ent_str_equal(first, second));
        again->compared += first.size > 0;
    }
    /* Once more where it is done already: nothing is added. */
    CHECK_OK(match_work(&to->d, again->arena, &done, &err), &err);
    CHECK_INT(done, 0);
    CHECK(ent_str_equal(first, waiting(to->d.store, again->arena)));
    store_close(twin.d.store);
    return true; /* it is offered again, and known */
}

static void what_is_done_again_is_the_same_bytes_and_charged_once(void **state)
{
    static const size_t said[] = { [RUN] = 6, [SIZE] = 4, [FAST] = 6 };

    (void)state;
    for (enum way way = RUN; way <= FAST; way++) {
        struct again again = { .arena = ent_arena_new(SIM_ROOM) };
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        const match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };
        ent_err err = { 0 };
        char id[37], more[37];
        match_run run;
        sim world;

        world_set(&world, arena, 32); /* two sets of 16 a day */
        world.twice = true;
        world.tap = work_again;
        world.tap_arg = &again;
        way_begin(&world.nodes[0], arena, way, id);
        sim_carry(&world);
        for (int side = 0; side < 2; side++) {
            CHECK_OK(match_run_get(&world.nodes[side].d, arena, ent_str_of(id), &run, &err), &err);
            CHECK_TEXT(run.state, "closed");
        }
        CHECK_INT(again.compared, said[way]);
        /* One more is in the budget, and no third. */
        world.tap = NULL;
        way_begin(&world.nodes[0], arena, RUN, more);
        sim_carry(&world);
        CHECK_INT(match_start(&world.nodes[0].d, arena, &q, more, &err), ENT_DENIED);
        CHECK(strstr(err.msg, "[budget]") != NULL);
        sim_release(&world);
        ent_arena_free(arena);
        ent_arena_free(again.arena);
    }
}

RUN_TESTS(TEST(runs_that_differ_only_in_silent_records_have_equal_length_and_shape),
          TEST(a_record_that_takes_part_changes_what_passes),
          TEST(what_is_done_again_is_the_same_bytes_and_charged_once))
