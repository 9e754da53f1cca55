/* sim: a question of the fast path, and its answer, in several messages.  Whoever does the work, and however
 * often, each is said once and is the same; they are taken in their order and of their size; and what is
 * left where the host has it is read there. */
#include "sim/match_stage.h"
#include "sim/match_ways.h"

#include <stdlib.h>

#define KEYS     40000 /* two bins */
#define COMMON   700
#define A_RECORD 500
#define PART     2048 /* the answer is 8 of them: four messages */
#define MESSAGES 16

struct body {
    int to;
    uint64_t seq;
    size_t size;
    char *bytes;
};

/* What passed; and one message that is changed on its way. */
struct wire {
    ent_hash said[MESSAGES];
    size_t count;
    struct body kept[2 * MESSAGES];
    size_t kept_count;
    bool lost;          /* what was kept is not there any more */
    const char *header; /* of the one to change: text that it begins with */
    const char *other;  /* in its place, of the same length; NULL: its last byte is cut off */
    size_t changed;
    char *copy;
};

static bool wire_pass(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct wire *w = arg;
    struct body *kept = &w->kept[w->kept_count++];

    CHECK(w->kept_count <= 2 * (size_t)MESSAGES);
    if (entry->kind == LINK_MATCH) {
        CHECK(w->count < MESSAGES);
        w->said[w->count++] = entry->body;
    }
    if (w->header != NULL && w->changed == 0 &&
        memcmp(body->ptr, w->header, strlen(w->header)) == 0) {
        w->copy = malloc(body->size);
        assert_non_null(w->copy);
        memcpy(w->copy, body->ptr, body->size);
        if (w->other != NULL)
            memcpy(w->copy, w->other, strlen(w->other));
        *body = (ent_span){ w->copy, body->size - (w->other == NULL) };
        entry->body = ent_hash_of(body->ptr, body->size);
        w->changed++;
    }
    *kept = (struct body){ to->index, from->said[to->index], body->size, malloc(body->size + 1) };
    assert_non_null(kept->bytes);
    memcpy(kept->bytes, body->ptr, body->size);
    return true;
}

static void wire_release(struct wire *w)
{
    for (size_t i = 0; i < w->kept_count; i++)
        free(w->kept[i].bytes);
    free(w->copy);
}

/* As node/desk reads its mirror. */
static ent_code heard_read(void *arg, ent_arena *arena, const char *peer, uint64_t seq,
                           ent_span *body, ent_err *err)
{
    const sim_node *n = arg;
    const struct wire *w = n->world->tap_arg;

    (void)peer;
    for (size_t i = 0; i < w->kept_count && !w->lost; i++)
        if (w->kept[i].to == n->index && w->kept[i].seq == seq) {
            ent_str copy = ent_arena_str(arena, (ent_str){ w->kept[i].bytes, w->kept[i].size });

            *body = ent_span_of_str(copy);
            return ENT_OK;
        }
    return ent_fail(err, ENT_NOT_FOUND, "there is no entry %llu", (unsigned long long)seq);
}

static void keys_put(sim_node *n, ent_arena *arena, long from)
{
    for (int record = 0; record < KEYS / A_RECORD; record++)
        put_keys(n, arena, ent_arena_printf(arena, "identity--%d", record).ptr,
                 range(arena, from + (long)record * A_RECORD, A_RECORD), A_RECORD);
}

static void world_set(sim *world, ent_arena *arena, struct wire *wire)
{
    char id[37];

    sim_init(world, 2);
    sim_propose(
        world, arena,
        "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":200000,"
        "\"set_max\":65536,\"fast_experimental\":true},"
        "\"text\":\"fast-experimental\",\"retention_months\":1,\"not_after\":\"2024-11-11\"}",
        id);
    for (int i = 0; i < 2; i++) {
        sim_sign_agreement(&world->nodes[i], arena, id);
        world->nodes[i].d.match_part = PART;
        keys_put(&world->nodes[i], arena, i * (KEYS - COMMON));
    }
    world->tap = wire_pass;
    world->tap_arg = wire;
}

static match_run ended(sim_node *n, ent_arena *arena, const char *id, const char *state, int hits)
{
    static const char *const kinds[] = { "run-secret", "run-items", "run-found", "run-work" };
    ent_err err = { 0 };
    match_run run;

    CHECK_OK(match_run_get(&n->d, arena, ent_str_of(id), &run, &err), &err);
    CHECK_TEXT(run.state, state);
    CHECK_INT(sim_doc_count(n, "hit", NULL), hits);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && strcmp(state, "open") != 0; k++)
        CHECK_INT(sim_doc_count(n, kinds[k], NULL), 0);
    return run;
}

/* ---- whoever does the work ---- */

enum how { PLAIN, CRASH, TWICE, LATE, HEARD, OVERTAKEN, HOWS };

/* Another process of the node comes to the same work when the first part of what follows from it is said, and is
 * done with it before the first one goes on. */
static void overtake(void *arg)
{
    sim_node *n = arg;
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };

    n->d.said = NULL;
    CHECK_OK(match_work(&n->d, arena, &(size_t){ 0 }, &err), &err);
    ent_arena_free(arena);
}

static void run_through(enum how how, size_t part, struct wire *wire)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37];
    sim world;

    *wire = (struct wire){ .count = 0 };
    world_set(&world, arena, wire);
    world.crash = how == CRASH;
    world.twice = how == TWICE;
    world.late = how == LATE;
    for (int i = 0; i < 2; i++) {
        world.nodes[i].d.match_part = part;
        world.nodes[i].d.heard = how == HEARD ? heard_read : NULL;
        world.nodes[i].d.said = how == OVERTAKEN ? overtake : NULL;
    }
    way_begin(&world.nodes[0], arena, FAST, id);
    sim_carry(&world);
    for (int i = 0; i < 2; i++) {
        (void)ended(&world.nodes[i], arena, id, "closed", COMMON);
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
        CHECK(world.nodes[i].d.said == NULL); /* it was called, at both */
    }
    sim_release(&world);
    wire_release(wire);
    ent_arena_free(arena);
}

static void each_part_is_said_once_and_is_the_same_whoever_works(void **state)
{
    static struct wire plain, other;

    (void)state;
    run_through(PLAIN, PART, &plain);
    CHECK_INT(plain.count, 1 + 1 + 2 + 4 + 1 + 1);
    for (enum how how = CRASH; how < HOWS; how++) {
        run_through(how, PART, &other);
        CHECK_INT(other.count, plain.count);
        CHECK(memcmp(other.said, plain.said, plain.count * sizeof *plain.said) == 0);
    }
    /* Few keys for parts of messages, and too many for one document. */
    run_through(PLAIN, 0, &other);
    CHECK_INT(other.count, 1 + 1 + 1 + 1 + 1 + 1);
}

/* ---- what is not as it should be ---- */

static void changed(const char *header, const char *text, const char *state)
{
    struct wire wire = { .header = header, .other = text };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37];
    sim world;

    world_set(&world, arena, &wire);
    way_begin(&world.nodes[0], arena, FAST, id);
    sim_carry(&world);
    CHECK_INT(wire.changed, 1);
    for (int i = 0; i < 2; i++)
        (void)ended(&world.nodes[i], arena, id, state, 0);
    CHECK(sim_doc_count(&world.nodes[0], "refused", NULL) +
              sim_doc_count(&world.nodes[1], "refused", NULL) >=
          1);
    sim_release(&world);
    wire_release(&wire);
    ent_arena_free(arena);
}

static void a_part_has_its_turn_and_its_size(void **state)
{
    (void)state;
    changed("{\"part\":0", "{\"part\":1", "open");
    changed("{\"part\":1", "{\"part\":0", "open");
    changed("{\"part\":0", NULL, "failed");
    changed("{\"part\":1", NULL, "failed");
    changed("{\"part\":3", NULL, "failed"); /* of the answer */
}

/* The agreement has ended when the first part is said: no other is. */
static void days_go_by(void *arg)
{
    sim_node *n = arg;

    for (int i = 0; i < 2; i++)
        n->world->nodes[i].d.now += 2 * ENT_DAY_TIME;
    n->d.said = NULL;
}

static void no_part_is_said_under_an_agreement_that_has_ended(void **state)
{
    struct wire wire = { .lost = false };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37];
    sim world;

    (void)state;
    world_set(&world, arena, &wire);
    world.nodes[1].d.said = days_go_by; /* of four parts of the answer */
    way_begin(&world.nodes[0], arena, FAST, id);
    sim_carry(&world);
    CHECK(world.nodes[1].d.said == NULL);
    CHECK_TEXT(ended(&world.nodes[1], arena, id, "refused", 0).clause, "agreement");
    CHECK_TEXT(ended(&world.nodes[0], arena, id, "refused", 0).clause, "agreement");
    CHECK_INT(wire.count, 1 + 1 + 2 + 1 + 1);
    sim_release(&world);
    wire_release(&wire);
    ent_arena_free(arena);
}

static void a_part_that_is_gone_from_the_disk_ends_the_run_and_is_nobodys_fault(void **state)
{
    struct wire wire = { .lost = true };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37];
    sim world;

    (void)state;
    world_set(&world, arena, &wire);
    world.nodes[1].d.heard = heard_read;
    way_begin(&world.nodes[0], arena, FAST, id);
    sim_carry(&world);
    CHECK_TEXT(ended(&world.nodes[1], arena, id, "failed", 0).clause, MATCH_LIMIT);
    CHECK_TEXT(ended(&world.nodes[0], arena, id, "refused", 0).clause, "later");
    for (int i = 0; i < 2; i++)
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
    sim_release(&world);
    wire_release(&wire);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(each_part_is_said_once_and_is_the_same_whoever_works),
          TEST(a_part_has_its_turn_and_its_size),
          TEST(no_part_is_said_under_an_agreement_that_has_ended),
          TEST(a_part_that_is_gone_from_the_disk_ends_the_run_and_is_nobodys_fault))
