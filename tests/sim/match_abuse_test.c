/* sim: every row of the table of attacks on a match (doc/design/private-match.md), played by a
 * user of one node or by a peer that does not keep to the protocol. */
#include "sim/match_stage.h"

#include "match/match.h"
#include "match/guard_int.h"
#include "match/standing.h"
#include "desk/work.h"

#define STORY "{\"keys_per_day\":200,\"set_max\":128}"

static const match_run *last_run(sim_node *n, ent_arena *arena)
{
    ent_err err = { 0 };
    match_run *runs;
    size_t count;

    CHECK_OK(match_run_list(&n->d, arena, NULL, &runs, &count, &err), &err);
    CHECK(count > 0);
    return &runs[count - 1];
}

/* Section 12, case 1: the 1,000 numbers around the one that is sought. */
static void a_thousand_guesses_are_refused_at_home_and_written_down(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB",
                         .purpose = ENT_STR("CT-INV"),
                         .user = "c.analyst",
                         .keys = range(arena, 650018323, 1000),
                         .key_count = 1000,
                         .incident = "A" };
    ent_err err = { 0 };
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    put(&world.nodes[1], arena, "identity--b1", "doc:QBZ:650018823");
    CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), ENT_DENIED);
    CHECK_INT(sim_doc_count(&world.nodes[0], "outbox", NULL), 0);
    CHECK_TEXT(last_run(&world.nodes[0], arena)->state, "denied");
    CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "set_max");
    CHECK_TEXT(last_run(&world.nodes[0], arena)->user, "c.analyst");
    CHECK_INT(last_run(&world.nodes[0], arena)->size_own, 1024);
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_lone_hit_in_a_dense_range_is_probing_at_both(void **state)
{
    (void)state;
    for (int timed = 0; timed < 2; timed++)
        for (int asker = 0; asker < 2; asker++) {
            ent_arena *arena = ent_arena_new(SIM_ROOM);
            ent_err err = { 0 };
            ent_json *list;
            char run[37];
            sim world;

            begin(&world, arena, STORY);
            /* Node 0 has written a range down; whoever asks, both hear of it. */
            for (int i = 0; i < 60; i++)
                put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--%d", i).ptr,
                    ent_arena_printf(arena, timed ? "tel:+9998855501%02d" : "doc:QBZ:6500188%02d",
                                     i)
                        .ptr);
            put(&world.nodes[1], arena, "identity--b1",
                timed ? "tel:+999885550147" : "doc:QBZ:650018823");
            {
                match_question q = { .peer = asker == 0 ? "SVB" : "DSV",
                                     .purpose = ENT_STR("CT-INV"),
                                     .user = "ana" };

                CHECK_OK(ask(&world.nodes[asker], arena, &q, run, &err), &err);
            }
            sim_carry(&world);
            CHECK_TEXT(last_run(&world.nodes[0], arena)->state, "closed");
            for (int i = 0; i < 2; i++) {
                CHECK_INT(alarms(&world.nodes[i], arena, &list), 1);
                CHECK_TEXT(ent_json_get_text(list[0], "alarm"), "probing");
                CHECK_TEXT(ent_json_get_text(list[0], "by"), "DSV");
                CHECK_TEXT(ent_json_get_text(list[0], "key"),
                           timed ? "tel:+999885550147" : "doc:QBZ:650018823");
            }
            sim_release(&world);
            ent_arena_free(arena);
        }
}

/* In a standing match only the asker sees its keys and its hits: it tells the other of itself. */
static void a_lone_hit_of_a_standing_match_is_told_to_the_other(void **state)
{
    const match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };

    (void)state;
    for (int bulk = 0; bulk < 2; bulk++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        ent_err err = { 0 };
        ent_json *list;
        char id[37];
        sim world;

        begin(&world, arena, STORY);
        for (int i = 0; i < 60; i++)
            put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--%d", i).ptr,
                ent_arena_printf(arena, "doc:QBZ:6500188%02d", i).ptr);
        put(&world.nodes[1], arena, "identity--b1", "doc:QBZ:650018823");
        if (bulk)
            put(&world.nodes[1], arena, "identity--b2", "doc:QBZ:650018824");
        CHECK_OK(match_standing_start(&world.nodes[0].d, arena, &q, id, &err), &err);
        sim_carry(&world);
        CHECK_INT(sim_doc_count(&world.nodes[0], "hit", NULL), 1 + bulk);
        for (int i = 0; i < 2; i++) {
            CHECK_INT(alarms(&world.nodes[i], arena, &list), !bulk);
            if (bulk)
                continue;
            CHECK_TEXT(ent_json_get_text(list[0], "alarm"), "probing");
            CHECK_TEXT(ent_json_get_text(list[0], "by"), "DSV");
            CHECK_TEXT(ent_json_get_text(list[0], "key"), i == 0 ? "doc:QBZ:650018823" : "");
            CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
        }
        sim_release(&world);
        ent_arena_free(arena);
    }
}

static void what_is_held_in_bulk_by_both_is_no_probing(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV") };
    ent_err err = { 0 };
    ent_json *list;
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 60; i++)
            put(&world.nodes[n], arena, ent_arena_printf(arena, "identity--%d", i).ptr,
                ent_arena_printf(arena, "doc:QBZ:6500188%02d", i).ptr);
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
    sim_carry(&world);
    CHECK_INT(last_run(&world.nodes[1], arena)->hits, 60);
    CHECK_INT(alarms(&world.nodes[0], arena, &list) + alarms(&world.nodes[1], arena, &list), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

/* Step 14 of the story: 5,000 names of emigrants. */
static void a_list_without_purpose_or_incident_is_compared_with_nobody(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB",
                         .purpose = ENT_STR(""),
                         .user = "b.collector",
                         .keys = range(arena, 100000, 5000),
                         .key_count = 5000 };
    ent_err err = { 0 };
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), ENT_DENIED);
    CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "purpose");
    q.purpose = ENT_STR("CT-INV");
    CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), ENT_DENIED);
    CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "incident");
    q.incident = "A";
    CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), ENT_DENIED);
    CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "set_max");
    CHECK_OK(match_denied(&world.nodes[0].d, arena, &q, "role", &err), &err);
    CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "role");
    CHECK_INT(sim_doc_count(&world.nodes[0], "run", "denied"), 4);
    CHECK_INT(sim_doc_count(&world.nodes[0], "outbox", NULL), 0);
    CHECK_INT(sim_doc_count(&world.nodes[0], "run-secret", NULL), 0);
    /* What was refused is not charged. */
    q.key_count = 100;
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
    sim_release(&world);
    ent_arena_free(arena);
}

static bool explained(sim_node *n, ent_arena *arena, const char *run, const char *words)
{
    ent_err err = { 0 };
    ent_str *lines;
    size_t count;

    CHECK_OK(match_explain(&n->d, arena, ent_str_of(run), &lines, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        if (strstr(ent_arena_str(arena, lines[i]).ptr, words) != NULL)
            return true;
    return false;
}

static void a_run_is_explained_by_its_journal(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };
    ent_err err = { 0 };
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    put(&world.nodes[0], arena, "identity--1", "doc:QBZ:1");
    put(&world.nodes[1], arena, "identity--2", "doc:QBZ:1");
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
    CHECK(explained(&world.nodes[0], arena, run, "The run is open at the step 'announce'"));
    sim_carry(&world);
    CHECK(explained(&world.nodes[0], arena, run, "We, by ana, asked SVB on 2024-11-10"));
    CHECK(explained(&world.nodes[1], arena, run, "DSV asked us"));
    CHECK(explained(&world.nodes[1], arena, run, "which of its own keys we hold too: 1 of them"));
    CHECK(explained(&world.nodes[1], arena, run, "at most 16 keys"));
    q.size = true;
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
    sim_carry(&world);
    CHECK(explained(&world.nodes[0], arena, run, "Neither learned which keys"));
    CHECK(!explained(&world.nodes[0], arena, run, "of them"));
    q.purpose = ENT_STR("TAX");
    CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), ENT_DENIED);
    CHECK(explained(&world.nodes[0], arena, run, "by the rule 'purpose'.  Nothing was sent"));
    sim_release(&world);
    ent_arena_free(arena);
}

static void brought_keys_are_compared_for_an_incident(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const ent_str keys[] = { ENT_STR("doc:QBZ:1"), ENT_STR("tel:+111"), ENT_STR("doc:QBZ:1") };
    const ent_str bad[] = { ENT_STR("pub:INC-A") };
    match_question q = {
        .peer = "SVB", .purpose = ENT_STR("CT-INV"), .keys = keys, .key_count = 3, .incident = "A"
    };
    ent_err err = { 0 };
    ent_json *list;
    size_t count;
    char run[37], again[37];
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    put(&world.nodes[1], arena, "identity--b1", "doc:QBZ:1");
    put(&world.nodes[1], arena, "identity--b2", "tel:+111");
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
    CHECK_OK(ask(&world.nodes[0], arena, &q, again, &err), &err);
    CHECK_STR(run, again);
    sim_carry(&world);
    CHECK_OK(match_hit_list(&world.nodes[0].d, arena, NULL, run, &list, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_TEXT(ent_json_get_text(list[0], "status"), "hit");
    CHECK_TEXT(ent_json_get_text(list[1], "status"), "hit");
    q.keys = bad;
    q.key_count = 1;
    CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), ENT_FORMAT);
    sim_release(&world);
    ent_arena_free(arena);
}

static void nearly_the_same_set_again_and_again_is_refused(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV") };
    ent_err err = { 0 };
    ent_json *list;
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, "{\"keys_per_day\":100000,\"set_max\":512}");
    for (int i = 0; i < 40; i++)
        put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--%d", i).ptr,
            ent_arena_printf(arena, "doc:K:%d", i).ptr);
    for (int i = 0; i < 4; i++) {
        /* The very same set is no news; one key more each time is a question about it. */
        CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), i < 2 ? ENT_OK : ENT_DENIED);
        sim_carry(&world);
        if (i == 0) {
            CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
            sim_carry(&world);
            CHECK_OK(
                SIM_WORK(&world.nodes[0],
                         store_doc_delete(world.nodes[0].d.store, "run", ent_str_of(run), &err),
                         &err),
                &err);
        }
        put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--n%d", i).ptr,
            ent_arena_printf(arena, "doc:N:%d", i).ptr);
    }
    CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "repeat");
    /* Refused twice; told once, and both have it. */
    for (int i = 0; i < 2; i++) {
        CHECK_INT(alarms(&world.nodes[i], arena, &list), 1);
        CHECK_TEXT(ent_json_get_text(list[0], "alarm"), "repeat");
        CHECK_TEXT(ent_json_get_text(list[0], "by"), "DSV");
        CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
    }
    for (int i = 0; i < 10; i++)
        put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--m%d", i).ptr,
            ent_arena_printf(arena, "doc:M:%d", i).ptr);
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err); /* another set */
    sim_release(&world);
    ent_arena_free(arena);
}

static void sketches_tell_by_how_much_sets_differ(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_item *all = ent_arena_array(arena, 1000, sizeof *all);
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        all[i].key = ent_arena_printf(arena, "doc:K:%zu", i);
    for (size_t size = 0; size < 400; size += 57)
        for (size_t more = 0; more < 6; more++) {
            match_items a = { all, size }, b = { all, size + more };
            ent_str one, other;

            CHECK_OK(match_guard_sketch(arena, &a, &one, &err), &err);
            CHECK_OK(match_guard_sketch(arena, &b, &other, &err), &err);
            if (size + more <= GUARD_SKETCH)
                CHECK_INT(match_guard_difference(one, other), more);
            CHECK_INT(match_guard_difference(one, other), match_guard_difference(other, one));
            CHECK(match_guard_difference(one, other) <= 2 * more);
        }
    ent_arena_free(arena);
}

/* A peer that stuffs its set: the announcement is measured by the agreement, at both ends. */
static void a_set_larger_than_agreed_is_refused_by_the_peer(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV") };
    ent_err err = { 0 };
    desk_agreement a;
    ent_str text;
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, "{\"keys_per_day\":4096,\"set_max\":16}");
    for (int i = 0; i < 40; i++)
        put(&world.nodes[0], arena, ent_arena_printf(arena, "identity--%d", i).ptr,
            ent_arena_printf(arena, "doc:K:%d", i).ptr);
    /* Node 0 has another mind about what was agreed. */
    {
        desk_agreement *list;
        size_t count;

        CHECK_OK(desk_agreement_list(&world.nodes[0].d, arena, &list, &count, &err), &err);
        a = list[0];
    }
    {
        store_doc doc;
        ent_json json;
        char *at;

        CHECK_OK(desk_doc(&world.nodes[0].d, arena, "agreement", a.id, &doc, &json, &err), &err);
        text = ent_arena_str(arena, doc.json);
        at = strstr((char *)(uintptr_t)text.ptr, "set_max");
        CHECK(at != NULL);
        at = strstr(at, "16");
        CHECK(at != NULL);
        memcpy(at, "64", 2);
        doc.json = text;
        CHECK_OK(SIM_WORK(&world.nodes[0], store_doc_put(world.nodes[0].d.store, &doc, &err), &err),
                 &err);
    }
    if (ask(&world.nodes[0], arena, &q, run, &err) == ENT_OK) {
        sim_carry(&world);
        CHECK_TEXT(last_run(&world.nodes[1], arena)->state, "refused");
        CHECK_TEXT(last_run(&world.nodes[0], arena)->state, "refused");
        CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "set_max");
    } else {
        CHECK_STR(err.msg, "the changed agreement is noticed at home");
    }
    sim_release(&world);
    ent_arena_free(arena);
}

/* An agreement may allow sets that only a standing match can hold: a run says what it cannot, on
 * either side, whether a user brings the keys or records have them. */
static void a_run_ends_at_its_own_bound_whatever_the_agreement_allows(void **state)
{
    enum { MANY = 1048576 + 1, EACH = 8192 };

    ent_arena *arena = ent_arena_new(2 * SIM_ROOM);
    ent_str *keys = range(arena, 100000000, MANY);
    match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV") };
    ent_err err = { 0 };
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, "{\"keys_per_day\":1073741824,\"set_max\":16777216}");
    put(&world.nodes[0], arena, "identity--own", "doc:QBZ:100000000");
    q.incident = "A";
    q.keys = keys;
    q.key_count = MANY;
    CHECK_INT(ask(&world.nodes[0], arena, &q, run, &err), ENT_DENIED);
    CHECK_STR(err.msg, "a run compares 1048576 keys of a side at most, whatever the agreement "
                       "allows, and this node has more for it; a standing match takes 16777216 "
                       "[set_max]");
    CHECK_TEXT(last_run(&world.nodes[0], arena)->state, "denied");
    for (size_t i = 0; i < MANY; i += EACH)
        put_keys(&world.nodes[1], arena,
                 ent_arena_printf(arena, "identity--%d", (int)(i / EACH)).ptr, keys + i,
                 MANY - i < EACH ? MANY - i : EACH);
    q = (match_question){ .peer = "DSV", .purpose = ENT_STR("CT-INV") };
    CHECK_INT(ask(&world.nodes[1], arena, &q, run, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "a run compares 1048576 keys of a side at most") != NULL);
    CHECK_INT(sim_doc_count(&world.nodes[1], "outbox", NULL), 0);
    q.peer = "SVB";
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
    sim_carry(&world);
    CHECK_TEXT(last_run(&world.nodes[0], arena)->state, "refused");
    CHECK_TEXT(last_run(&world.nodes[0], arena)->clause, "later");
    CHECK_TEXT(last_run(&world.nodes[1], arena)->clause, MATCH_LIMIT);
    sim_release(&world);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(a_run_ends_at_its_own_bound_whatever_the_agreement_allows),
          TEST(a_thousand_guesses_are_refused_at_home_and_written_down),
          TEST(a_lone_hit_in_a_dense_range_is_probing_at_both),
          TEST(a_lone_hit_of_a_standing_match_is_told_to_the_other),
          TEST(what_is_held_in_bulk_by_both_is_no_probing),
          TEST(a_list_without_purpose_or_incident_is_compared_with_nobody),
          TEST(a_run_is_explained_by_its_journal), TEST(brought_keys_are_compared_for_an_incident),
          TEST(nearly_the_same_set_again_and_again_is_refused),
          TEST(sketches_tell_by_how_much_sets_differ),
          TEST(a_set_larger_than_agreed_is_refused_by_the_peer))
