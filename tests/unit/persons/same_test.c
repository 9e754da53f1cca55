/* persons: joins are statements of two people, taken back in one step; nothing merges, a
 * victim joins nobody, a peer learns only what it was given. */
#include "sim/desk_sim.h"

#include "desk/release.h"
#include "graph/keep.h"
#include "holdings/admit.h"
#include "holdings/reach.h"
#include "persons/doubt.h"
#include "persons/page.h"
#include "persons/suggest.h"
#include "persons/ties.h"
#include "stix/extension_ids.h"

#define LABEL                                                                                    \
    "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},\"purposes\":[" \
    "\"CT-INV\"],\"retention\":\"2029-01-01\""
#define POINTER ",\"discover\":\"pointer\",\"category\":\"suspect\""
#define VICTIM  ",\"category\":\"victim\""
#define U       "0b51a6f0-1c4e-4c7a-9f7e-0000000000"
#define ANNA    "identity--" U "01"
#define ANNA2   "identity--" U "02"
#define ROBBED  "identity--" U "03"
#define VIOLIN  "identity--" U "04"
#define THEIRS  "identity--" U "11"
#define PASS    "identity-document--" U "21"
#define STOLEN  "identity-document--" U "23"
#define PHONE   "phone-number--" U "22"
#define CANARY  "CANARY-7Q2-HERON"

static const char *find(const void *bytes, size_t size, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i + length <= size; i++)
        if (memcmp((const char *)bytes + i, text, length) == 0)
            return (const char *)bytes + i;
    return NULL;
}

static void admit_of(sim_node *n, const char *owner, const char *bytes)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    holdings_origin origin = { .owner = owner, .source = ENT_STR("test"), .now = n->d.now };
    holdings_result result;
    ent_str reason;
    ent_err err = { 0 };

    CHECK_OK(store_begin(n->d.store, &err), &err);
    CHECK_OK(holdings_admit(n->d.store, arena, &origin, ent_str_of(bytes), &result, &reason, &err),
             &err);
    if (result != HOLDINGS_ADDED)
        fail_msg("%s: %.*s", holdings_result_name(result), ENT_STR_ARG(reason));
    CHECK_OK(store_commit(n->d.store, &err), &err);
    ent_arena_free(arena);
}

static void admit(sim_node *n, const char *bytes)
{
    admit_of(n, "", bytes);
}

#define TIMES "\"created\":\"2024-11-01T10:11:12.345Z\",\"modified\":\"2024-11-02T10:11:12.345Z\""

/* `alias` is a second name, which no release below carries. */
static void person(sim_node *n, const char *id, const char *name, const char *alias,
                   const char *birth, const char *label)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);

    admit(n, ent_arena_printf(arena,
                              "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"%s\"," TIMES
                              ",\"name\":\"%s\",\"aliases\":[\"%s\"],\"identity_class\":"
                              "\"individual\",\"description\":\"" CANARY "\",\"extensions\":{"
                              "\"" STIX_EXT_HANDLING
                              "\":{\"extension_type\":\"property-extension\"," LABEL "%s},"
                              "\"" STIX_EXT_PERSON
                              "\":{\"extension_type\":\"property-extension\",\"births\":[{"
                              "\"value\":\"%s\",\"raw\":\"raw %s\"}]}}}",
                              id, name, alias, label, birth, birth)
                 .ptr);
    ent_arena_free(arena);
}

static void relation_of(sim_node *n, const char *owner, const char *id, const char *from,
                        const char *type, const char *to)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);

    admit_of(n, owner,
             ent_arena_printf(arena,
                              "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":"
                              "\"relationship--" U "%s\"," TIMES
                              ",\"relationship_type\":\"%s\",\"source_ref\":\"%s\","
                              "\"target_ref\":\"%s\",\"confidence\":80}",
                              id, type, from, to)
                 .ptr);
    ent_arena_free(arena);
}

static void relation(sim_node *n, const char *id, const char *from, const char *type,
                     const char *to)
{
    relation_of(n, "", id, from, type, to);
}

static void holdings(sim_node *n)
{
    person(n, ANNA, "Elkhan Djouranaiev", CANARY, "1991-03-07", POINTER);
    person(n, ANNA2, "Juranayef Elkhan", "El Khan", "1991-07-03", POINTER);
    person(n, ROBBED, "Elkhan Djouranaiev", "Robbed", "1991-03-07", VICTIM);
    person(n, VIOLIN, "Elkhan Juranaev", "Violinist", "1988-07-03", POINTER);
    admit(n, "{\"type\":\"identity-document\",\"spec_version\":\"2.1\",\"id\":\"" PASS
             "\",\"document_type\":\"passport\",\"issuer\":\"QBZ\",\"number\":\"650018823\","
             "\"extensions\":{\"" STIX_EXT_HANDLING
             "\":{\"extension_type\":\"property-extension\"," LABEL POINTER "}}}");
    admit(n, "{\"type\":\"phone-number\",\"spec_version\":\"2.1\",\"id\":\"" PHONE
             "\",\"value\":\"+33123456789\",\"extensions\":{\"" STIX_EXT_HANDLING
             "\":{\"extension_type\":\"property-extension\"," LABEL POINTER "}}}");
    relation(n, "31", ANNA, "holds", PASS);
    relation(n, "32", ANNA, "holds", PHONE);
}

/* A second analyst, who has a key of his own. */
static desk_officer second(sim_node *n)
{
    desk_officer officer = n->people[3].officer;

    officer.role = "analyst";
    return officer;
}

static ent_code propose(sim_node *n, ent_arena *arena, const char *a, const char *b,
                        const char *peer, persons_same *same, ent_err *err)
{
    persons_wish wish = { .a = ent_str_of(a),
                          .b = ent_str_of(b),
                          .peer = peer,
                          .purpose = peer == NULL ? ENT_STR_NONE : ENT_STR("CT-INV"),
                          .officer = &n->people[4].officer };

    *err = (ent_err){ 0 };
    return SIM_WORK(n, persons_propose(&n->d, arena, &wish, same, err), err);
}

static ent_code confirm(sim_node *n, ent_arena *arena, ent_str id, const desk_officer *officer,
                        persons_same *same, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(n, persons_confirm(&n->d, arena, id, officer, same, err), err);
}

static ent_code undo(sim_node *n, ent_arena *arena, ent_str id, const desk_officer *officer,
                     ent_err *err)
{
    persons_same same;

    *err = (ent_err){ 0 };
    return SIM_WORK(n, persons_undo(&n->d, arena, id, ENT_STR("mistake"), officer, &same, err),
                    err);
}

static bool joined(sim_node *n, const char *a, const char *b)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    resolve_clusters clusters;
    ent_err err = { 0 };
    bool yes;

    CHECK_OK(persons_clusters(&n->d, arena, NULL, &clusters, &err), &err);
    yes = resolve_same(&clusters, ent_str_of(a), ent_str_of(b));
    ent_arena_free(arena);
    return yes;
}

static void SW_4_a_join_needs_a_second_person_and_one_step_takes_it_back(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    persons_same same, again;
    persons_page before, with, after;
    desk_officer other;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    holdings(n);
    other = second(n);
    CHECK_OK(persons_page_make(&n->d, arena, ENT_STR(ANNA2), NULL, &before, &err), &err);
    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &same, &err), &err);
    CHECK_TEXT(same.state, "proposed");
    CHECK(same.said.score > 0.5 && same.said.reason_count > 0);
    CHECK(!joined(n, ANNA, ANNA2)); /* a proposal joins nothing */
    CHECK_INT(propose(n, arena, ANNA2, ANNA, NULL, &again, &err), ENT_CONFLICT);
    CHECK_INT(confirm(n, arena, same.id, &n->people[4].officer, &again, &err), ENT_DENIED);
    CHECK_INT(confirm(n, arena, same.id, &n->people[0].officer, &again, &err), ENT_DENIED);
    CHECK_OK(confirm(n, arena, same.id, &other, &same, &err), &err);
    CHECK_TEXT(same.state, "confirmed");
    CHECK(same.acts[0].holds && same.acts[1].holds);
    CHECK(joined(n, ANNA, ANNA2));
    CHECK_OK(persons_page_make(&n->d, arena, ENT_STR(ANNA2), NULL, &with, &err), &err);
    CHECK(with.assertion_count > before.assertion_count);
    CHECK_INT(confirm(n, arena, same.id, &other, &again, &err), ENT_CONFLICT);

    CHECK_OK(undo(n, arena, same.id, &n->people[4].officer, &err), &err);
    CHECK(!joined(n, ANNA, ANNA2));
    CHECK_INT(undo(n, arena, same.id, &other, &err), ENT_CONFLICT);
    CHECK_OK(persons_page_make(&n->d, arena, ENT_STR(ANNA2), NULL, &after, &err), &err);
    CHECK_INT(after.assertion_count, before.assertion_count);
    CHECK_INT(after.statement_count, 1); /* it stays on record, undone */
    CHECK_TEXT(after.statements[0].state, "undone");
    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &again, &err), &err);
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

static void a_victim_joins_nobody_and_never_is_stronger(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    persons_wish wish;
    persons_same same, never, chain;
    desk_officer other;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    holdings(n);
    other = second(n);
    CHECK_INT(propose(n, arena, ANNA, ROBBED, NULL, &same, &err), ENT_DENIED);
    assert_non_null(strstr(err.msg, "victim"));
    CHECK_INT(propose(n, arena, ANNA, ANNA, NULL, &same, &err), ENT_USAGE);
    CHECK_INT(propose(n, arena, ANNA, PASS, NULL, &same, &err), ENT_FORMAT);
    CHECK_INT(propose(n, arena, ANNA, THEIRS, NULL, &same, &err), ENT_NOT_FOUND);

    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &same, &err), &err);
    CHECK_OK(confirm(n, arena, same.id, &other, &same, &err), &err);
    wish = (persons_wish){ .a = ENT_STR(VIOLIN),
                           .b = ENT_STR(ANNA),
                           .why = ENT_STR("redress"),
                           .officer = &n->people[2].officer };
    CHECK_OK(SIM_WORK(n, persons_never(&n->d, arena, &wish, &never, &err), &err), &err);
    /* Also with what is joined to it. */
    CHECK_INT(propose(n, arena, ANNA2, VIOLIN, NULL, &chain, &err), ENT_DENIED);
    assert_non_null(strstr(err.msg, "never"));
    CHECK_INT(undo(n, arena, never.id, &n->people[2].officer, &err), ENT_DENIED);
    CHECK_OK(undo(n, arena, never.id, &other, &err), &err);
    CHECK_OK(propose(n, arena, ANNA2, VIOLIN, NULL, &chain, &err), &err);
    CHECK_OK(confirm(n, arena, chain.id, &other, &chain, &err), &err);
    CHECK(joined(n, ANNA, VIOLIN));
    /* Said afterwards, it holds the last join; the first stays. */
    CHECK_OK(SIM_WORK(n, persons_never(&n->d, arena, &wish, &never, &err), &err), &err);
    CHECK(!joined(n, ANNA, VIOLIN));
    CHECK(joined(n, ANNA, ANNA2));
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

/* ANNA's passport was stolen and VIOLIN travels on it; ANNA2 may be either, and says nothing of
 * documents. */
static void who_was_robbed_is_not_joined_to_the_user_by_way_of_a_third_record(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    persons_same with_owner, with_user, late;
    desk_officer other;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    holdings(n);
    other = second(n);
    admit(n, "{\"type\":\"identity-document\",\"spec_version\":\"2.1\",\"id\":\"" STOLEN
             "\",\"document_type\":\"passport\",\"issuer\":\"QBZ\",\"number\":\"650018900\","
             "\"status\":\"stolen\",\"extensions\":{\"" STIX_EXT_HANDLING
             "\":{\"extension_type\":\"property-extension\"," LABEL POINTER "}}}");
    relation(n, "41", ANNA, "holds", STOLEN);
    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &with_owner, &err), &err);
    CHECK_OK(propose(n, arena, ANNA2, VIOLIN, NULL, &with_user, &err), &err);
    CHECK_OK(confirm(n, arena, with_user.id, &other, &with_user, &err), &err);
    n->d.now += ENT_DAY_TIME;
    CHECK_OK(confirm(n, arena, with_owner.id, &other, &with_owner, &err), &err);
    CHECK(joined(n, ANNA, VIOLIN));
    /* What is learnt later parts them: the last join does not stand, the first does. */
    relation(n, "42", VIOLIN, "uses", STOLEN);
    CHECK(!joined(n, ANNA, VIOLIN));
    CHECK(joined(n, ANNA2, VIOLIN));
    CHECK_OK(undo(n, arena, with_owner.id, &other, &err), &err);
    /* And nobody joins them anew, from either end. */
    CHECK_INT(propose(n, arena, ANNA, ANNA2, NULL, &late, &err), ENT_DENIED);
    CHECK_INT(propose(n, arena, ANNA, VIOLIN, NULL, &late, &err), ENT_DENIED);
    CHECK_OK(undo(n, arena, with_user.id, &other, &err), &err);
    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &late, &err), &err);
    CHECK_OK(confirm(n, arena, late.id, &other, &late, &err), &err);
    CHECK_INT(propose(n, arena, ANNA2, VIOLIN, NULL, &late, &err), ENT_DENIED);
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

static void suggestions_are_scored_and_leave_out_the_protected_and_the_settled(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    persons_suggestion *list;
    persons_same same;
    size_t count, all;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    holdings(n);
    CHECK_OK(persons_suggest(&n->d, arena, ENT_STR_NONE, 100, &list, &all, &err), &err);
    CHECK(all >= 1);
    CHECK(list[0].decision != NAMES_DIFFERENT && list[0].said.reason_count > 0);
    for (size_t i = 0; i < all; i++)
        CHECK(!ent_str_is(list[i].a->id, ROBBED) && !ent_str_is(list[i].b->id, ROBBED));
    CHECK_OK(persons_suggest(&n->d, arena, ENT_STR(ANNA2), 100, &list, &count, &err), &err);
    CHECK(count >= 1 && ent_str_is(list[0].a->id, ANNA2));
    CHECK_INT(persons_suggest(&n->d, arena, ENT_STR(ROBBED), 100, &list, &count, &err), ENT_DENIED);
    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &same, &err), &err);
    CHECK_OK(persons_suggest(&n->d, arena, ENT_STR_NONE, 100, &list, &count, &err), &err);
    CHECK_INT(count, all - 1);
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

#define COMPANION "identity--" U "31"
#define NAMED     "identity--" U "32"
#define PHONE_A   "phone-number--" U "33"
#define PHONE_B   "phone-number--" U "34"

static void phone_of(sim_node *n, const char *id, const char *valid)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);

    admit(n, ent_arena_printf(arena,
                              "{\"type\":\"phone-number\",\"spec_version\":\"2.1\",\"id\":\"%s\","
                              "\"value\":\"+999885550147\",\"extensions\":{"
                              "\"" STIX_EXT_HANDLING
                              "\":{\"extension_type\":\"property-extension\"," LABEL
                              ",\"discover\":\"pointer\",\"category\":\"contact\",\"valid\":\"%s\","
                              "\"keys\":[\"tel:+999885550147\"]}}}",
                              id, valid)
                 .ptr);
    ent_arena_free(arena);
}

/* "Seen with Anna, name unknown", who used a telephone; later somebody with a name uses it. */
static void companion_and_later(sim_node *n, const char *later)
{
    person(n, COMPANION, "seen with Anna", "companion", "1900-01-01",
           ",\"discover\":\"pointer\",\"category\":\"unknown\"");
    phone_of(n, PHONE_A, "2024-01-01/2024-06-30");
    relation(n, "35", COMPANION, "used", PHONE_A);
    person(n, NAMED, "Dolores Haze", "Lola", "1985-12-01", POINTER);
    phone_of(n, PHONE_B, later);
    relation(n, "36", NAMED, "used", PHONE_B);
}

static void NIN_5_who_was_seen_without_a_name_is_found_by_what_he_used(void **state)
{
    static const struct {
        const char *later;
        size_t suggested;
    } cases[] = { { "2024-05-01/2024-12-31", 1 }, { "2024-07-01/2024-12-31", 0 } };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        sim *world = malloc(sizeof *world);
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        sim_node *n = &world->nodes[0];
        persons_suggestion *list;
        persons_same same;
        desk_officer other;
        ent_err err = { 0 };
        size_t count;

        sim_init(world, 1);
        other = second(n);
        companion_and_later(n, cases[i].later);
        CHECK_OK(persons_suggest(&n->d, arena, ENT_STR(NAMED), 100, &list, &count, &err), &err);
        CHECK_INT(count, cases[i].suggested);
        CHECK_OK(persons_suggest(&n->d, arena, ENT_STR(COMPANION), 100, &list, &count, &err), &err);
        CHECK_INT(count, cases[i].suggested);
        if (count == 1) {
            CHECK_TEXT(list[0].b->id, NAMED);
            CHECK_TEXT(list[0].said.reasons[0], "both show tel:+999885550147");
            CHECK_TEXT(list[0].said.reasons[1],
                       "who 'seen with Anna' is, is not known: the names say nothing");
            CHECK_OK(propose(n, arena, COMPANION, NAMED, NULL, &same, &err), &err);
            CHECK_OK(confirm(n, arena, same.id, &other, &same, &err), &err);
            CHECK(joined(n, COMPANION, NAMED));
            CHECK_OK(persons_suggest(&n->d, arena, ENT_STR(COMPANION), 100, &list, &count, &err),
                     &err);
            CHECK_INT(count, 0); /* it is settled */
        }
        sim_release(world);
        ent_arena_free(arena);
        free(world);
    }
}

static bool path_by(sim_node *n, const char *a, const char *b, bool evidential, graph_path *path)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    graph_options options = { .evidential = evidential, .max_paths = 1 };
    uint8_t seed[16] = { 7 };
    graph_answer answer;
    ent_err err = { 0 };
    graph *g;

    CHECK_OK(persons_graph(&n->d, arena, seed, &g, &err), &err);
    CHECK_OK(graph_paths(g, arena, ent_str_of(a), ent_str_of(b), &options, &answer, &err), &err);
    if (answer.count > 0)
        *path = (graph_path){ .count = answer.paths[0].count, .weakest = answer.paths[0].weakest };
    ent_arena_free(arena);
    return answer.count > 0;
}

static bool path_from(sim_node *n, const char *a, const char *b, graph_path *path)
{
    return path_by(n, a, b, true, path);
}

static bool path_of_any_kind(sim_node *n, const char *a, const char *b)
{
    graph_path ignored;

    return path_by(n, a, b, false, &ignored);
}

static void a_confirmed_join_is_a_step_of_a_path_until_it_is_undone(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    graph_path path;
    persons_same same;
    desk_officer other;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    holdings(n);
    other = second(n);
    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &same, &err), &err);
    CHECK(!path_from(n, ANNA2, PASS, &path));
    CHECK_OK(confirm(n, arena, same.id, &other, &same, &err), &err);
    CHECK(path_from(n, ANNA2, PASS, &path));
    CHECK_INT(path.count, 2);
    CHECK_INT(path.weakest, 80); /* the passport's; the join has 85 */
    CHECK_OK(undo(n, arena, same.id, &other, &err), &err);
    CHECK(!path_from(n, ANNA2, PASS, &path));
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

/* ---- links by which somebody says so ---- */

struct part {
    desk *d;
    ent_arena *arena;
};

static ent_code part_more(void *arg, graph *g, ent_err *err)
{
    struct part *part = arg;

    return persons_doubt_part(part->d, part->arena, g, err);
}

struct bytes {
    uint8_t *at;
    size_t size, room;
};

static ent_code bytes_take(void *arg, const void *bytes, size_t size, ent_err *err)
{
    struct bytes *b = arg;

    if (b->size + size > b->room)
        return ent_fail(err, ENT_IO, "full");
    memcpy(b->at + b->size, bytes, size);
    b->size += size;
    return ENT_OK;
}

static graph *kept_of(ent_arena *arena, const graph *g)
{
    struct bytes b = { .at = ent_arena_alloc(arena, 1 << 20), .room = 1 << 20 };
    ent_err err = { 0 };
    graph *kept;

    assert_non_null(b.at);
    CHECK_OK(graph_keep(g, ENT_STR("tag"), bytes_take, &b, &err), &err);
    CHECK_OK(graph_kept(arena, (ent_span){ b.at, b.size }, ENT_STR("tag"), &kept, &err), &err);
    return kept;
}

/* Whether evidence leads from a to b: in the graph of all that is held, in the same one kept as
 * bytes, and in the part of it that a hypothesis looks at; all three agree. */
static bool evidence(sim_node *n, const char *a, const char *b)
{
    const graph_start start = { .id = ent_str_of(a) };
    graph_options options = { .evidential = true, .max_paths = 1 };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    struct part part_of = { &n->d, arena };
    uint8_t seed[16] = { 7 };
    size_t said_count;
    graph_link *said;
    graph_answer whole, kept, part;
    ent_err err = { 0 };
    graph *g;

    CHECK_OK(persons_graph(&n->d, arena, seed, &g, &err), &err);
    CHECK_OK(graph_paths(g, arena, ent_str_of(a), ent_str_of(b), &options, &whole, &err), &err);
    g = kept_of(arena, g);
    CHECK_OK(graph_paths(g, arena, ent_str_of(a), ent_str_of(b), &options, &kept, &err), &err);
    CHECK_OK(persons_joins(&n->d, arena, ENT_STR_NONE, &said, &said_count, &err), &err);
    CHECK_OK(holdings_reach(n->d.store, arena, ENT_STR("DSV"), seed,
                            &(holdings_within){ .starts = &start,
                                                .start_count = 1,
                                                .cap = 6,
                                                .more = part_more,
                                                .more_arg = &part_of,
                                                .said = said,
                                                .said_count = said_count },
                            &g, &err),
             &err);
    CHECK_OK(graph_paths(g, arena, ent_str_of(a), ent_str_of(b), &options, &part, &err), &err);
    ent_arena_free(arena);
    CHECK_INT(whole.count, kept.count);
    CHECK_INT(whole.count, part.count);
    return whole.count > 0;
}

static persons_same never_said(sim_node *n, ent_arena *arena, const char *a, const char *b)
{
    persons_wish wish = { .a = ent_str_of(a),
                          .b = ent_str_of(b),
                          .why = ENT_STR("redress"),
                          .officer = &n->people[2].officer };
    persons_same never;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, persons_never(&n->d, arena, &wish, &never, &err), &err), &err);
    return never;
}

static void a_partners_link_is_no_evidence_while_never_stands(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    persons_same never;
    desk_officer other;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    holdings(n);
    other = second(n);
    relation_of(n, "SVB", "51", VIOLIN, "presumed-same-as", ANNA);
    CHECK(evidence(n, VIOLIN, PASS));
    never = never_said(n, arena, ANNA, VIOLIN);
    CHECK(!evidence(n, VIOLIN, PASS));
    /* Nor what another partner says of the same two, nor what we said ourselves. */
    relation_of(n, "CTB", "52", ANNA, "same-person-as", VIOLIN);
    relation(n, "53", ANNA, "duplicate-of", VIOLIN);
    CHECK(!evidence(n, VIOLIN, PASS));
    CHECK(path_of_any_kind(n, VIOLIN, PASS)); /* it stays, for looking */
    CHECK_OK(undo(n, arena, never.id, &other, &err), &err);
    CHECK(evidence(n, VIOLIN, PASS));
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

static void never_holds_over_links_between_the_clusters_of_the_two(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    persons_same same;
    graph_path path;
    desk_officer other;
    ent_err err = { 0 };

    (void)state;
    sim_init(world, 1);
    holdings(n);
    other = second(n);
    /* ANNA and ANNA2 are one by two people; a partner says that ANNA2 is VIOLIN. */
    CHECK_OK(propose(n, arena, ANNA, ANNA2, NULL, &same, &err), &err);
    CHECK_OK(confirm(n, arena, same.id, &other, &same, &err), &err);
    relation_of(n, "SVB", "51", ANNA2, "same-as", VIOLIN);
    CHECK(evidence(n, VIOLIN, ANNA2));
    CHECK(path_from(n, VIOLIN, PASS, &path));
    (void)never_said(n, arena, ANNA, VIOLIN);
    CHECK(!evidence(n, VIOLIN, ANNA2));
    CHECK(!path_from(n, VIOLIN, PASS, &path));
    CHECK(path_from(n, ANNA2, PASS, &path)); /* our own join is not touched */
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

/* Neither of two partners says it; both together do. */
static void never_holds_over_a_chain_of_links(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];

    (void)state;
    sim_init(world, 1);
    holdings(n);
    person(n, THEIRS, "Elkhan Juranaev", "Third", "1990-01-01", POINTER);
    relation_of(n, "SVB", "51", THEIRS, "same-as", ANNA);
    relation_of(n, "CTB", "52", VIOLIN, "same-as", THEIRS);
    CHECK(evidence(n, VIOLIN, PASS));
    (void)never_said(n, arena, ANNA, VIOLIN);
    CHECK(!evidence(n, VIOLIN, PASS));
    CHECK(evidence(n, THEIRS, PASS)); /* who came first stays */
    CHECK(!evidence(n, VIOLIN, THEIRS));
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

static void a_link_joins_no_victim_and_no_user_of_a_stolen_document(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n = &world->nodes[0];
    graph_path path;

    (void)state;
    sim_init(world, 1);
    holdings(n);
    relation_of(n, "SVB", "51", ROBBED, "same-as", ANNA);
    CHECK(!evidence(n, ROBBED, PASS));
    relation_of(n, "SVB", "52", ANNA2, "same-as", ANNA);
    relation_of(n, "SVB", "53", VIOLIN, "same-as", ANNA2);
    CHECK(path_from(n, VIOLIN, ANNA2, &path));
    CHECK_INT(path.count, 1);
    admit(n, "{\"type\":\"identity-document\",\"spec_version\":\"2.1\",\"id\":\"" STOLEN
             "\",\"document_type\":\"passport\",\"issuer\":\"QBZ\",\"number\":\"650018900\","
             "\"status\":\"stolen\",\"extensions\":{\"" STIX_EXT_HANDLING
             "\":{\"extension_type\":\"property-extension\"," LABEL POINTER "}}}");
    relation(n, "41", ANNA, "holds", STOLEN);
    relation(n, "42", VIOLIN, "contact-of", STOLEN);
    CHECK(evidence(n, ANNA2, PASS));
    /* By way of a third record either: only the document is between them. */
    CHECK(path_from(n, VIOLIN, ANNA2, &path));
    CHECK_INT(path.count, 3);
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

/* ---- between services ---- */

static void release(sim_node *n, ent_arena *arena, const char *peer, const char *id)
{
    static const char *const fields[] = { "name", "identity_class" };
    ent_str ids[] = { ent_str_of(id) };
    desk_draft_request request = { .peer = peer,
                                   .purpose = ENT_STR("CT-INV"),
                                   .ids = ids,
                                   .id_count = 1,
                                   .fields = fields,
                                   .field_count = 2,
                                   .drafter = "someone" };
    desk_draft_state draft;
    desk_gate_result result;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, desk_release_draft(&n->d, arena, &request, &result, &draft, &err), &err),
             &err);
    for (int i = 0; i < 2; i++)
        CHECK_OK(SIM_WORK(n,
                          desk_release_approve(&n->d, arena, draft.id, &n->people[i].officer,
                                               &draft, &err),
                          &err),
                 &err);
    CHECK_STR(draft.state, "sent");
    sim_carry(n->world);
}

static const desk_receiver receivers[LINK_KIND_COUNT] = { [LINK_SAME] = persons_same_receive };

static void shared_world(sim *world, ent_arena *arena)
{
    char agreement[37];

    sim_init(world, 2);
    for (int i = 0; i < 2; i++)
        world->nodes[i].d.above = receivers;
    holdings(&world->nodes[0]);
    person(&world->nodes[1], THEIRS, "Elkhan Dzhuranaev", CANARY "-2", "1991-03-07", POINTER);
    sim_agree(world, arena, agreement);
}

static void two_analysts_of_two_services_confirm_about_what_both_know(void **state)
{
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *a = &world->nodes[0], *b = &world->nodes[1];
    persons_same same, theirs;
    persons_page page;
    desk_officer other;
    ent_err err = { 0 };

    (void)state;
    shared_world(world, arena);
    other = second(a);
    release(b, arena, "DSV", THEIRS);
    CHECK_INT(propose(a, arena, ANNA, THEIRS, "SVB", &same, &err), ENT_DENIED);
    assert_non_null(strstr(err.msg, "release it first"));
    CHECK_INT(persons_page_make(&a->d, arena, ENT_STR(ANNA), "SVB", &page, &err), ENT_NO);
    err = (ent_err){ 0 };
    release(a, arena, "SVB", ANNA);
    CHECK_OK(propose(a, arena, ANNA, THEIRS, "SVB", &same, &err), &err);
    /* An alias that was not released is in no reason. */
    CHECK(strstr(same.statement.ptr, CANARY) == NULL);
    sim_carry(world);
    CHECK_INT(sim_doc_count(b, "same", "proposed"), 1);
    CHECK_INT(confirm(a, arena, same.id, &other, &same, &err), ENT_DENIED);
    CHECK_OK(confirm(b, arena, same.id, &b->people[4].officer, &theirs, &err), &err);
    sim_carry(world);
    CHECK(joined(a, ANNA, THEIRS) && joined(b, ANNA, THEIRS));
    CHECK_OK(persons_same_get(&a->d, arena, same.id, &same, &err), &err);
    CHECK_TEXT(same.acts[1].node, "SVB");
    CHECK_OK(persons_page_make(&a->d, arena, ENT_STR(ANNA), "SVB", &page, &err), &err);
    CHECK_INT(page.source_count, 2);
    CHECK_INT(page.statement_count, 1);
    for (size_t i = 0; i < page.assertion_count; i++) {
        const persons_assertion *said = &page.assertions[i];

        /* Of ours only the name was released: no birth, no alias, no passport. */
        CHECK(said->source->owner.size > 0 || strcmp(said->kind, "name") == 0);
        CHECK(find(said->value.ptr, said->value.size, CANARY) == NULL);
    }
    CHECK_OK(undo(b, arena, same.id, &b->people[4].officer, &err), &err);
    sim_carry(world);
    CHECK(!joined(a, ANNA, THEIRS) && !joined(b, ANNA, THEIRS));
    CHECK_INT(sim_doc_count(a, "refused", NULL) + sim_doc_count(b, "refused", NULL), 0);
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

/* What the peer says is changed on the way: a lie that no signature stands under. */
static bool lie(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    char *at =
        entry->kind == LINK_SAME ? (char *)(uintptr_t)find(body->ptr, body->size, arg) : NULL;

    (void)from;
    (void)to;
    if (at != NULL)
        at[strlen(arg) - 1] ^= 1;
    return true;
}

static void a_peers_lie_about_a_statement_is_refused(void **state)
{
    static const char *const lies[] = { "SVB/s.analyst", "propose", ANNA, "\"signature\":\"" };
    sim *world = malloc(sizeof *world);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *a = &world->nodes[0], *b = &world->nodes[1];
    persons_same same;
    ent_err err = { 0 };

    (void)state;
    shared_world(world, arena);
    release(b, arena, "DSV", THEIRS);
    release(a, arena, "SVB", ANNA);
    world->tap = lie;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        world->tap_arg = (void *)(uintptr_t)lies[i];
        CHECK_OK(propose(b, arena, ANNA, THEIRS, "DSV", &same, &err), &err);
        sim_carry(world);
        CHECK_INT(sim_doc_count(a, "same", NULL), 0);
        CHECK_INT(sim_doc_count(a, "refused", NULL), (int)(2 * i) + 1);
        /* To take back what was never said is refused as well. */
        world->tap_arg = (void *)(uintptr_t) "no such text";
        CHECK_OK(undo(b, arena, same.id, &b->people[4].officer, &err), &err);
        sim_carry(world);
        CHECK_INT(sim_doc_count(a, "refused", NULL), (int)(2 * i) + 2);
    }
    sim_release(world);
    ent_arena_free(arena);
    free(world);
}

RUN_TESTS(TEST(SW_4_a_join_needs_a_second_person_and_one_step_takes_it_back),
          TEST(a_victim_joins_nobody_and_never_is_stronger),
          TEST(who_was_robbed_is_not_joined_to_the_user_by_way_of_a_third_record),
          TEST(suggestions_are_scored_and_leave_out_the_protected_and_the_settled),
          TEST(NIN_5_who_was_seen_without_a_name_is_found_by_what_he_used),
          TEST(a_confirmed_join_is_a_step_of_a_path_until_it_is_undone),
          TEST(a_partners_link_is_no_evidence_while_never_stands),
          TEST(never_holds_over_links_between_the_clusters_of_the_two),
          TEST(never_holds_over_a_chain_of_links),
          TEST(a_link_joins_no_victim_and_no_user_of_a_stolen_document),
          TEST(two_analysts_of_two_services_confirm_about_what_both_know),
          TEST(a_peers_lie_about_a_statement_is_refused))
