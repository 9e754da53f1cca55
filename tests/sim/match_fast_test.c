/* A run over the experimental fast path (match/fast_int.h) between whole desks: it ends as a run
 * over the standard path does, only where the agreement has it, and no changed byte invents a
 * hit. */
#include "sim/desk_sim.h"

#include "match/match.h"
#include "stix/extension_ids.h"

#define FAST_TERMS                                                                            \
    "{\"name\":\"Trilateral\",\"purposes\":[\"CT-INV\",\"CT-PREV\"],\"match\":{\"keys_per_"   \
    "day\":100000,\"set_max\":65536,\"fast_experimental\":true},\"release\":true,\"onward\":" \
    "\"H2\","                                                                                 \
    "\"retention_months\":12,\"not_before\":\"2024-01-01\",\"not_after\":\"2025-12-31\"}"

#define M                                                                                   \
    "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"dis" \
    "cover\":\"pointer\""

static const char *record(ent_arena *arena, const char *id, const char *handling)
{
    return ent_arena_printf(
               arena,
               "{\"type\":\"identity\",\"id\":\"%s\",\"extensions\":{\"" STIX_EXT_HANDLING
               "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"},%s}}}",
               id, handling)
        .ptr;
}

static void put(sim_node *n, ent_arena *arena, const char *id, const char *handling,
                const char *key)
{
    ent_str keys[] = { ent_str_of(key) };

    sim_put(n, id, "identity", record(arena, id, handling), keys, 1, NULL, 0);
}

static void world_set(sim *world, ent_arena *arena, const char *terms)
{
    char id[37];

    sim_init(world, 2);
    sim_propose(world, arena, terms, id);
    for (int i = 0; i < 2; i++)
        sim_sign_agreement(&world->nodes[i], arena, id);
    put(&world->nodes[0], arena, "identity--a1", M, "doc:QBZ:1");
    put(&world->nodes[0], arena, "identity--a2", M, "doc:QBZ:1");
    put(&world->nodes[0], arena, "identity--a3", M ",\"valid\":\"2021/2022\"", "tel:+111");
    put(&world->nodes[0], arena, "identity--a4", M ",\"valid\":\"2021/2022\"", "tel:+222");
    put(&world->nodes[0], arena, "identity--a5", M, "doc:ONLY:1");
    put(&world->nodes[1], arena, "identity--b1", M, "doc:QBZ:1");
    put(&world->nodes[1], arena, "identity--b3", M ",\"valid\":\"2022-06/2023\"", "tel:+111");
    put(&world->nodes[1], arena, "identity--b4", M ",\"valid\":\"2023/2024\"", "tel:+222");
    put(&world->nodes[1], arena, "identity--b5", M, "doc:OTHER:1");
}

static ent_code start(sim *world, ent_arena *arena, bool fast, char run[37], ent_err *err)
{
    const match_question asked = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .fast = fast };

    return match_start(&world->nodes[0].d, arena, &asked, run, err);
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

/* The hits of a node without what differs from run to run: sorted lines. */
static const char *hits_text(sim_node *n, ent_arena *arena)
{
    ent_str lines[16], text = ENT_STR("");
    ent_json *list;
    size_t count;
    ent_err err = { 0 };

    CHECK_OK(match_hit_list(&n->d, arena, NULL, NULL, &list, &count, &err), &err);
    CHECK(count <= 16);
    for (size_t i = 0; i < count; i++)
        lines[i] = ent_arena_printf(arena, "%.*s %.*s %.*s\n",
                                    ENT_STR_ARG(ent_json_get_text(list[i], "key")),
                                    ENT_STR_ARG(ent_json_get_text(list[i], "status")),
                                    ENT_STR_ARG(ent_json_raw(ent_json_get(list[i], "own"))));
    qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++)
        text = ent_arena_printf(arena, "%.*s%.*s", ENT_STR_ARG(text), ENT_STR_ARG(lines[i]));
    return text.ptr;
}

/* What a run leaves at a node. */
static const char *outcome(bool fast, bool crash, bool twice, int node, ent_arena *arena)
{
    ent_err err = { 0 };
    const char *text;
    match_run run;
    char run_id[37];
    sim world;

    world_set(&world, arena, FAST_TERMS);
    world.crash = crash;
    world.twice = twice;
    CHECK_OK(start(&world, arena, fast, run_id, &err), &err);
    sim_carry(&world);
    CHECK_OK(match_run_get(&world.nodes[node].d, arena, ent_str_of(run_id), &run, &err), &err);
    CHECK_TEXT(run.state, "closed");
    CHECK_TEXT(run.kind, fast ? "fast-experimental" : "");
    CHECK_INT(run.hits, 3);
    CHECK_INT(run.size_own, 16);
    CHECK_INT(sim_doc_count(&world.nodes[node], "run-secret", NULL), 0);
    CHECK_INT(sim_doc_count(&world.nodes[node], "run-found", NULL), 0);
    CHECK_INT(sim_doc_count(&world.nodes[node], "run-work", NULL), 0);
    CHECK_INT(sim_doc_count(&world.nodes[node], "refused", NULL), 0);
    text = hits_text(&world.nodes[node], arena);
    sim_release(&world);
    return text;
}

static void both_paths_leave_the_same_hits_at_both_ends(void **state)
{
    (void)state;
    for (int node = 0; node < 2; node++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        const char *standard = outcome(false, false, false, node, arena);

        CHECK(strlen(standard) > 60);
        CHECK_STR(outcome(true, false, false, node, arena), standard);
        CHECK_STR(outcome(true, false, true, node, arena), standard);
        ent_arena_free(arena);
    }
}

/* An asker who lies has room for as many keys as its store has rows, and `match explain` says so to
 * who answered. */
static void it_is_explained_how_many_keys_the_asker_can_have_put_in(void **state)
{
    static const struct {
        bool fast;
        int node;
        const char *most;
    } cases[] = { { false, 0, "At most 16 of" },
                  { false, 1, "At most 16 of" },
                  { true, 0, "At most 16 of" },
                  { true, 1, "At most 101 of" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        ent_str *lines;
        ent_err err = { 0 };
        char run[37];
        size_t count, found = 0;
        sim world;

        world_set(&world, arena, FAST_TERMS);
        CHECK_OK(start(&world, arena, cases[i].fast, run, &err), &err);
        sim_carry(&world);
        CHECK_OK(match_explain(&world.nodes[cases[i].node].d, arena, ent_str_of(run), &lines,
                               &count, &err),
                 &err);
        for (size_t k = 0; k < count; k++)
            found += strstr(lines[k].ptr, cases[i].most) != NULL;
        CHECK_INT(found, 1);
        sim_release(&world);
        ent_arena_free(arena);
    }
}

static void a_crash_at_every_commit_changes_nothing(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);

    (void)state;
    CHECK_STR(outcome(true, true, false, 0, arena), outcome(false, false, false, 0, arena));
    ent_arena_free(arena);
}

static void without_it_in_the_agreement_it_is_refused_at_home(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    char run_id[37];
    sim world;

    (void)state;
    world_set(&world, arena, SIM_TERMS);
    CHECK_INT(start(&world, arena, true, run_id, &err), ENT_DENIED);
    CHECK_STR(err.msg, "the agreement with 'SVB' does not have the experimental fast path "
                       "[experimental]");
    CHECK_INT(sim_doc_count(&world.nodes[0], "outbox", NULL), 0);
    CHECK_OK(start(&world, arena, false, run_id, &err), &err);
    sim_release(&world);
    ent_arena_free(arena);
}

/* An asker whose own node believes that the agreement has it: here, one that says so in place of
 * another kind. */
struct kind_change {
    char copy[2048];
    bool done;
};

static bool kind_change(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    static const char had[] = "\"kind\":\"size\"", has[] = "\"kind\":\"fast-experimental\"";
    struct kind_change *change = arg;
    char text[1024];
    char *at, *number;
    int size;

    (void)from;
    (void)to;
    if (entry->kind != LINK_MATCH || change->done || body->size >= sizeof text)
        return true;
    memcpy(text, body->ptr, body->size);
    text[body->size] = '\0';
    number = strstr(text, ",\"number\":"); /* which only a size run has */
    assert_non_null(number);
    memmove(number, number + 10 + 66, strlen(number + 10 + 66) + 1);
    at = strstr(text, had);
    assert_non_null(at);
    size = snprintf(change->copy, sizeof change->copy, "%.*s%s%s", (int)(at - text), text, has,
                    at + sizeof had - 1);
    *body = (ent_span){ change->copy, (size_t)size };
    change->done = true;
    return true;
}

static void whoever_asks_for_it_nevertheless_is_refused(void **state)
{
    const match_question asked = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .size = true };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    struct kind_change change = { .done = false };
    ent_err err = { 0 };
    char run_id[37];
    match_run run;
    sim world;

    (void)state;
    world_set(&world, arena, SIM_TERMS);
    world.tap = kind_change;
    world.tap_arg = &change;
    CHECK_OK(match_start(&world.nodes[0].d, arena, &asked, run_id, &err), &err);
    sim_carry(&world);
    CHECK(change.done);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(match_run_get(&world.nodes[i].d, arena, ent_str_of(run_id), &run, &err), &err);
        CHECK_TEXT(run.state, "refused");
        CHECK_TEXT(run.clause, "experimental");
    }
    sim_release(&world);
    ent_arena_free(arena);
}

/* ---- changed bytes ---- */

struct spoil {
    int nth; /* message of the run */
    size_t at;
    uint8_t *copy;
    bool done;
};

static bool spoil_one(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct spoil *s = arg;

    (void)from;
    (void)to;
    if (entry->kind != LINK_MATCH || s->nth-- != 0)
        return true;
    s->copy = malloc(body->size);
    memcpy(s->copy, body->ptr, body->size);
    s->copy[body->size - 1 - s->at % body->size] ^= 0x01;
    body->ptr = s->copy;
    s->done = true;
    return true;
}

static void a_changed_byte_anywhere_invents_no_hit(void **state)
{
    static const size_t places[] = { 0, 3, 17, 40, 700, 3000, 9000, 14000 };

    (void)state;
    for (int nth = 1; nth < 8; nth++)
        for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
            ent_arena *arena = ent_arena_new(SIM_ROOM);
            struct spoil spoil = { .nth = nth, .at = places[k] };
            ent_err err = { 0 };
            char run_id[37];
            sim world;

            world_set(&world, arena, FAST_TERMS);
            world.tap = spoil_one;
            world.tap_arg = &spoil;
            CHECK_OK(start(&world, arena, true, run_id, &err), &err);
            sim_carry(&world);
            CHECK(spoil.done);
            for (int i = 0; i < 2; i++) {
                const char *text = hits_text(&world.nodes[i], arena);

                CHECK(strstr(text, "ONLY") == NULL && strstr(text, "OTHER") == NULL);
                CHECK_INT(sim_doc_count(&world.nodes[i], "run-work", NULL), 0);
            }
            free(spoil.copy);
            sim_release(&world);
            ent_arena_free(arena);
        }
}

RUN_TESTS(TEST(both_paths_leave_the_same_hits_at_both_ends),
          TEST(it_is_explained_how_many_keys_the_asker_can_have_put_in),
          TEST(a_crash_at_every_commit_changes_nothing),
          TEST(without_it_in_the_agreement_it_is_refused_at_home),
          TEST(whoever_asks_for_it_nevertheless_is_refused),
          TEST(a_changed_byte_anywhere_invents_no_hit))
