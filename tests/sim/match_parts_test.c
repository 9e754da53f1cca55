/* sim: sets that travel in several messages.  Whatever the sizes of the two sets, and however the work on
 * a part falls between the others, the same keys are found by the same bytes; and a part is believed
 * at its place in the set that was committed to, and nowhere else. */
#include "sim/desk_sim.h"

#include "match/match.h"
#include "psi/balanced.h"
#include "stix/extension_ids.h"

#include <stdlib.h>

#define PART     16
#define MESSAGES 160

/* Bodies that passed, and one that is changed on its way. */
struct wire {
    ent_hash said[MESSAGES];
    size_t count;
    const char *header; /* of the one to change: text that it has */
    const char *other;  /* in its place, of the same length; NULL: the header stays */
    size_t skip;        /* byte behind the header's line feed that is changed then */
    size_t changed;
    char copy[1 << 17];
};

static bool wire_pass(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct wire *w = arg;
    char *feed, *at;

    (void)from;
    (void)to;
    if (entry->kind != LINK_MATCH)
        return true;
    CHECK(w->count < MESSAGES && body->size < sizeof w->copy);
    w->said[w->count++] = entry->body;
    if (w->header == NULL || w->changed > 0)
        return true;
    memcpy(w->copy, body->ptr, body->size);
    feed = memchr(w->copy, '\n', body->size);
    assert_non_null(feed);
    *feed = '\0';
    at = strstr(w->copy, w->header);
    *feed = '\n';
    if (at == NULL)
        return true;
    if (w->other != NULL)
        memcpy(at, w->other, strlen(w->header));
    else
        feed[1 + w->skip] ^= 1;
    body->ptr = w->copy;
    entry->body = ent_hash_of(body->ptr, body->size);
    w->changed++;
    return true;
}

static void keys_put(sim_node *n, ent_arena *arena, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        ent_str key = ent_arena_printf(arena, i % 10 == 0 ? "tel:+%06d" : "doc:QBZ:%06d", i);
        const char *id = ent_arena_printf(arena, "identity--%d", i).ptr;

        sim_put(n, id, "identity",
                ent_arena_printf(arena,
                                 "{\"type\":\"identity\",\"id\":\"%s\",\"extensions\":{\"" //
                                 STIX_EXT_HANDLING
                                 "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},"
                                 "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":"
                                 "\"2029-01-01\",\"discover\":\"pointer\"}}}",
                                 id)
                    .ptr,
                &key, 1, NULL, 0);
    }
}

/* Two nodes with so many keys each, of which `common` are the same. */
static void world_set(sim *world, ent_arena *arena, int a, int b, int common, size_t part)
{
    char id[37];

    sim_init(world, 2);
    sim_propose(world, arena,
                "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":4096,"
                "\"set_max\":1024,\"audit\":20},\"retention_months\":1,\"not_after\":\"2025\"}",
                id);
    for (int i = 0; i < 2; i++) {
        sim_sign_agreement(&world->nodes[i], arena, id);
        world->nodes[i].d.match_part = part;
    }
    keys_put(&world->nodes[0], arena, 0, a);
    keys_put(&world->nodes[1], arena, a - common, b);
}

static void ask(sim *world, ent_arena *arena, char run[37])
{
    const match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV") };
    ent_err err = { 0 };

    CHECK_OK(match_start(&world->nodes[0].d, arena, &q, run, &err), &err);
}

static match_run run_of(sim *world, ent_arena *arena, int node, const char *id)
{
    ent_err err = { 0 };
    match_run run;

    CHECK_OK(match_run_get(&world->nodes[node].d, arena, ent_str_of(id), &run, &err), &err);
    return run;
}

static void nothing_is_kept(sim_node *n)
{
    static const char *const kinds[] = { "run-secret", "run-items", "run-set",
                                         "run-tags",   "run-found", "run-work" };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        CHECK_INT(sim_doc_count(n, kinds[i], NULL), 0);
}

/* ---- every proportion, and every order of work ---- */

enum how { PLAIN, CRASH, TWICE, LATE, HOWS };

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, ENT_HASH_SIZE);
}

static void run_through(int a, int b, int common, size_t part, enum how how, struct wire *wire)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    match_opened *places;
    size_t count;
    char id[37];
    sim world;

    world_set(&world, arena, a, b, common, part);
    world.crash = how == CRASH;
    world.twice = how == TWICE;
    world.late = how == LATE;
    *wire = (struct wire){ .count = 0 };
    world.tap = wire_pass;
    world.tap_arg = wire;
    ask(&world, arena, id);
    sim_carry(&world);
    for (int i = 0; i < 2; i++) {
        match_run run = run_of(&world, arena, i, id);

        CHECK_TEXT(run.state, "closed");
        CHECK_INT(run.hits, common);
        CHECK_INT(sim_doc_count(&world.nodes[i], "hit", NULL), common);
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
        nothing_is_kept(&world.nodes[i]);
        CHECK_OK(match_audit(&world.nodes[i].d, arena, ent_str_of(id), &places, &count, &err),
                 &err);
        for (size_t k = 0; k < count; k++)
            CHECK(strcmp(places[k].state, "holds") == 0 || strcmp(places[k].state, "padding") == 0);
    }
    qsort(wire->said, wire->count, sizeof *wire->said, by_hash);
    sim_release(&world);
    ent_arena_free(arena);
}

static void sets_of_every_proportion_and_in_every_order_of_work_find_their_keys(void **state)
{
    static const struct {
        int a, b, common;
        size_t messages; /* all but announce, accept, and what follows on hits */
    } sets[] = {
        { 10, 10, 3, 1 + 1 + 1 },  { 100, 10, 4, 8 + 8 + 1 },  { 10, 100, 4, 1 + 8 + 8 },
        { 60, 120, 9, 4 + 8 + 8 }, { 120, 60, 50, 8 + 8 + 4 }, { 128, 65, 0, 8 + 8 + 8 },
    };
    static struct wire plain, other;

    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        run_through(sets[i].a, sets[i].b, sets[i].common, PART, PLAIN, &plain);
        CHECK(plain.count >= 2 + sets[i].messages + 1 && plain.count <= 2 + sets[i].messages + 3);
        for (enum how how = CRASH; how < HOWS; how++) {
            run_through(sets[i].a, sets[i].b, sets[i].common, PART, how, &other);
            CHECK_INT(other.count, plain.count);
            CHECK(memcmp(other.said, plain.said, plain.count * sizeof *plain.said) == 0);
        }
        run_through(sets[i].a, sets[i].b, sets[i].common, 0, PLAIN, &other);
        CHECK(other.count <= 8);
    }
}

/* ---- parts that are not what they should be ---- */

/* The run with one message changed: fails at both, with one refusal, and leaves nothing behind. */
static void changed_fails(const char *header, const char *other, size_t skip, bool fails)
{
    static struct wire wire;
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char id[37];
    sim world;

    world_set(&world, arena, 60, 60, 5, PART);
    wire = (struct wire){ .header = header, .other = other, .skip = skip };
    world.tap = wire_pass;
    world.tap_arg = &wire;
    ask(&world, arena, id);
    sim_carry(&world);
    CHECK_INT(wire.changed, 1);
    for (int i = 0; i < 2; i++) {
        CHECK_TEXT(run_of(&world, arena, i, id).state, fails ? "failed" : "open");
        CHECK_INT(sim_doc_count(&world.nodes[i], "hit", NULL), 0);
        if (fails)
            nothing_is_kept(&world.nodes[i]);
    }
    CHECK(sim_doc_count(&world.nodes[0], "refused", NULL) +
              sim_doc_count(&world.nodes[1], "refused", NULL) >=
          1);
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_part_is_believed_at_its_place_under_the_root_alone(void **state)
{
    const size_t path = PART * PSI_ELEMENT_SIZE;

    (void)state;
    /* Another element, another way to the root. */
    changed_fails("\"part\":2,\"run\"", NULL, 3 * PSI_ELEMENT_SIZE, true);
    changed_fails("\"part\":0,\"run\"", NULL, path, true);
    changed_fails("\"part\":3,\"run\"", NULL, path + ENT_HASH_SIZE, true);
    /* Out of turn, or no part at all: not heard, and the run stays where it is. */
    changed_fails("\"part\":0", "\"part\":1", 0, false);
    changed_fails("\"part\":1", "\"part\":0", 0, false);
    changed_fails("\"part\":3", "\"part\":4", 0, false);
    changed_fails("\"part\":1", "\"size\":1", 0, false);
}

static void an_element_that_is_in_two_parts_is_found_out_by_its_tag(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const uint8_t seed[PSI_SEED_SIZE] = { 7 };
    psi_tag own[16] = { { { 0 } } }, other[32] = { { { 0 } } };
    ent_err err = { 0 };
    psi_hit *hits;
    psi_set set;
    size_t count;

    (void)state;
    CHECK_OK(psi_set_order(arena, seed, 16, NULL, &set, &err), &err);
    for (uint8_t i = 0; i < 32; i++)
        other[i].bytes[3] = i;
    CHECK_OK(psi_hits(arena, &set, own, other, 32, &hits, &count, &err), &err);
    other[31] = other[2];
    CHECK_INT(psi_hits(arena, &set, own, other, 32, &hits, &count, &err), ENT_UNTRUSTED);
    ent_arena_free(arena);
}

/* ---- what is heard while a part is worked on ---- */

struct meanwhile {
    sim *world;
    link_entry entry;
    char body[1 << 14];
    size_t size;
    bool given;
};

/* The asker's second part is held back... */
static bool second_hold(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct meanwhile *m = arg;

    (void)from;
    (void)to;
    if (entry->kind != LINK_MATCH || m->size > 0 || body->size < 4096 ||
        memcmp(body->ptr, "{\"part\":1,", 10) != 0)
        return true;
    CHECK(body->size <= sizeof m->body);
    m->entry = *entry;
    m->size = body->size;
    memcpy(m->body, body->ptr, body->size);
    return false;
}

/* ... until the answerer is at the multiplications of the first. */
static void hearing_crew(void *arg, size_t parts, psi_part part, void *ctx)
{
    struct meanwhile *m = arg;

    if (m->size > 0 && !m->given) {
        sim_node *from = &m->world->nodes[0];

        m->given = true;
        from->said[1]++;
        sim_apply(from, &m->world->nodes[1], &m->entry, (ent_span){ m->body, m->size });
    }
    for (size_t i = 0; i < parts; i++)
        part(ctx, i);
}

static void what_comes_while_a_part_is_worked_on_is_not_forgotten(void **state)
{
    static struct meanwhile m;
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const psi_crew crew = { &m, hearing_crew };
    char id[37];
    sim world;

    (void)state;
    world_set(&world, arena, 256, 256, 0, 128);
    m = (struct meanwhile){ .world = &world };
    world.late = true;
    world.tap = second_hold;
    world.tap_arg = &m;
    ask(&world, arena, id);
    world.nodes[1].d.crew = &crew;
    sim_carry(&world);
    CHECK(m.given);
    CHECK_TEXT(run_of(&world, arena, 0, id).state, "closed");
    CHECK_TEXT(run_of(&world, arena, 1, id).state, "closed");
    /* Two parts of a set, two of the answers; and our two. */
    CHECK_INT(sim_doc_count(&world.nodes[1], "erase", NULL), 6);
    sim_release(&world);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(what_comes_while_a_part_is_worked_on_is_not_forgotten),
          TEST(sets_of_every_proportion_and_in_every_order_of_work_find_their_keys),
          TEST(a_part_is_believed_at_its_place_under_the_root_alone),
          TEST(an_element_that_is_in_two_parts_is_found_out_by_its_tag))
