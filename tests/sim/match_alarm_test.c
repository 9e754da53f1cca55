/* sim: alarms of private matching: raised once, in the journal without the key, cleared by a person. */
#include "sim/match_stage.h"

#include "casework/alarms.h"
#include "match/alarm_int.h"

#define STORY "{\"keys_per_day\":200,\"set_max\":128}"
#define KEY   "doc:QBZ:650018823"

static ent_str journal_last(sim_node *n, ent_arena *arena, const char *verb, size_t *count)
{
    ent_err err = { 0 };
    ent_str last = ENT_STR("");
    store_doc *docs;
    size_t all;

    *count = 0;
    CHECK_OK(desk_docs(&n->d, arena, "journal", NULL, NULL, &docs, &all, &err), &err);
    for (size_t i = 0; i < all; i++) {
        ent_json note;

        CHECK_OK(ent_json_read(arena, docs[i].json, &note, &err), &err);
        if (!ent_str_is(ent_json_get_text(note, "verb"), verb))
            continue;
        last = docs[i].json;
        ++*count;
    }
    return last;
}

static ent_json parsed(ent_arena *arena, ent_str text)
{
    ent_err err = { 0 };
    ent_json json;

    CHECK_OK(ent_json_read(arena, text, &json, &err), &err);
    return json;
}

/* Node 0 has written a range down; both have the alarm of it. */
static void probe(sim *world, ent_arena *arena)
{
    const match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };
    ent_err err = { 0 };
    char run[37];

    begin(world, arena, STORY);
    for (int i = 0; i < 60; i++)
        put(&world->nodes[0], arena, ent_arena_printf(arena, "identity--%d", i).ptr,
            ent_arena_printf(arena, "doc:QBZ:6500188%02d", i).ptr);
    put(&world->nodes[1], arena, "identity--b1", KEY);
    CHECK_OK(ask(&world->nodes[0], arena, &q, run, &err), &err);
    sim_carry(world);
}

static ent_code clear(sim_node *n, ent_arena *arena, ent_str id, const char *user, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(
        n, match_alarm_clear(&n->d, arena, id, user, ENT_STR("a script ran twice"), err), err);
}

static void an_alarm_is_raised_in_the_journal_of_both_sides_without_its_key(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim world;

    (void)state;
    probe(&world, arena);
    for (int i = 0; i < 2; i++) {
        size_t count;
        ent_str text = journal_last(&world.nodes[i], arena, "alarm raised", &count);
        ent_json note, *list;

        CHECK_INT(count, 1);
        note = parsed(arena, text);
        CHECK_INT(alarms(&world.nodes[i], arena, &list), 1);
        CHECK_TEXT(ent_json_get_text(list[0], "key"), KEY);
        CHECK(ent_str_equal(ent_json_get_text(note, "object"), ent_json_get_text(list[0], "id")));
        CHECK_TEXT(ent_json_get_text(note, "peer"), i == 0 ? "SVB" : "DSV");
        CHECK_TEXT(ent_json_get_text(note, "reason"),
                   i == 0 ? "probing by DSV, user ana" : "probing by DSV");
        CHECK(ent_json_true(ent_json_get(note, "oversight")));
        CHECK(strstr(ent_arena_str(arena, text).ptr, "650018823") == NULL);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void what_is_raised_again_is_one_alarm_and_one_note_also_when_it_was_cleared(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const match_alarm alarm = {
        .id = ENT_STR("x/1"), .what = "leaf", .by = ENT_STR("SVB"), .peer = ENT_STR("SVB")
    };
    sim_node *n;
    ent_err err = { 0 };
    ent_json *list;
    size_t count;
    sim world;

    (void)state;
    sim_init(&world, 2);
    n = &world.nodes[0];
    for (int i = 0; i < 3; i++) {
        CHECK_OK(SIM_WORK(n, match_alarm_put(&n->d, arena, &alarm, &err), &err), &err);
        if (i == 1)
            CHECK_OK(clear(n, arena, alarm.id, "luis", &err), &err);
    }
    (void)journal_last(n, arena, "alarm raised", &count);
    CHECK_INT(count, 1);
    CHECK_INT(alarms(n, arena, &list), 1);
    CHECK_TEXT(ent_json_get_text(list[0], "cleared_by"), "luis");
    CHECK_INT(sim_doc_count(n, "match-alarm", "open"), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

/* Each has written a range down, and one key is in both: two alarms of one run, at both. */
static void two_probers_of_one_run_are_two_alarms(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const match_question q = { .peer = "SVB", .purpose = ENT_STR("CT-INV"), .user = "ana" };
    ent_err err = { 0 };
    ent_json *list;
    char run[37];
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 40; i++)
            put(&world.nodes[n], arena, ent_arena_printf(arena, "identity--%d", i).ptr,
                ent_arena_printf(arena, "doc:QBZ:%d", 650018000 + n * 39 + i).ptr);
    CHECK_OK(ask(&world.nodes[0], arena, &q, run, &err), &err);
    sim_carry(&world);
    for (int n = 0; n < 2; n++) {
        CHECK_INT(alarms(&world.nodes[n], arena, &list), 2);
        CHECK(!ent_str_equal(ent_json_get_text(list[0], "by"), ent_json_get_text(list[1], "by")));
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void what_clears_itself_is_noted_once_and_what_is_unknown_not_at_all(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const match_alarm alarm = {
        .id = ENT_STR("x/1"), .what = "leaf", .by = ENT_STR("SVB"), .peer = ENT_STR("SVB")
    };
    sim_node *n;
    ent_err err = { 0 };
    size_t count;
    sim world;

    (void)state;
    sim_init(&world, 2);
    n = &world.nodes[0];
    for (int i = 0; i < 4; i++) {
        if (i == 1)
            CHECK_OK(SIM_WORK(n, match_alarm_put(&n->d, arena, &alarm, &err), &err), &err);
        CHECK_OK(SIM_WORK(n, match_alarm_over(&n->d, arena, alarm.id, "it is there", &err), &err),
                 &err);
        (void)journal_last(n, arena, "alarm cleared", &count);
        CHECK_INT(count, i > 0);
        CHECK_INT(sim_doc_count(n, "match-alarm", "cleared"), i > 0);
    }
    sim_release(&world);
    ent_arena_free(arena);
}

static void a_person_clears_an_alarm_and_the_journal_says_who_and_why(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    casework_alarm *standing;
    ent_err err = { 0 };
    ent_json *list, note;
    ent_str id, text;
    sim_node *n;
    size_t count;
    sim world;

    (void)state;
    probe(&world, arena);
    n = &world.nodes[0];
    CHECK_INT(alarms(n, arena, &list), 1);
    id = ent_json_get_text(list[0], "id");
    CHECK_INT(clear(n, arena, ENT_STR("no/such"), "luis", &err), ENT_NOT_FOUND);
    /* Whoever probed does not say that nothing was the matter. */
    CHECK_INT(clear(n, arena, id, "ana", &err), ENT_DENIED);
    CHECK_OK(casework_alarm_list(&n->d, arena, &standing, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_OK(clear(n, arena, id, "luis", &err), &err);
    CHECK_INT(clear(n, arena, id, "luis", &err), ENT_CONFLICT);
    CHECK_OK(casework_alarm_list(&n->d, arena, &standing, &count, &err), &err);
    CHECK_INT(count, 0);
    text = journal_last(n, arena, "alarm cleared", &count);
    CHECK_INT(count, 1);
    note = parsed(arena, text);
    CHECK_TEXT(ent_json_get_text(note, "who"), "luis");
    CHECK_TEXT(ent_json_get_text(note, "reason"), "a script ran twice");
    CHECK_TEXT(ent_json_get_text(note, "peer"), "SVB");
    CHECK(ent_str_equal(ent_json_get_text(note, "object"), id));
    CHECK(strstr(ent_arena_str(arena, text).ptr, "650018823") == NULL);
    /* It stays in the list, as what it was. */
    CHECK_INT(alarms(n, arena, &list), 1);
    CHECK_TEXT(ent_json_get_text(list[0], "cleared_why"), "a script ran twice");
    /* The other side's is the other side's to clear. */
    CHECK_INT(sim_doc_count(&world.nodes[1], "match-alarm", "open"), 1);
    sim_release(&world);
    ent_arena_free(arena);
}

/* What node 0 tells of itself. */
static void tell(sim *world, ent_arena *arena, const char *clause, const char *more, int run)
{
    sim_node *n = &world->nodes[0];
    ent_err err = { 0 };
    ent_str body = ent_arena_printf(
        arena,
        "{\"clause\":\"%s\"%s,\"run\":\"00000000-0000-4000-8000-%012d\",\"step\":\"alarm\"}\n",
        clause, more, run);

    CHECK_OK(
        SIM_WORK(n,
                 desk_say(&n->d, arena, "SVB", LINK_MATCH, (ent_span){ body.ptr, body.size }, &err),
                 &err),
        &err);
    sim_carry(world);
}

static void a_payload_behind_what_is_told_is_refused(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_err err = { 0 };
    const ent_str body = ENT_STR("{\"clause\":\"repeat\",\"run\":\"00000000-0000-4000-8000-"
                                 "000000000001\",\"step\":\"alarm\"}\nmore");
    sim_node *n;
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    n = &world.nodes[0];
    CHECK_OK(
        SIM_WORK(n, desk_say(&n->d, arena, "SVB", LINK_MATCH, ent_span_of_str(body), &err), &err),
        &err);
    sim_carry(&world);
    CHECK_INT(sim_doc_count(&world.nodes[1], "refused", NULL), 1);
    CHECK_INT(sim_doc_count(&world.nodes[1], "match-alarm", NULL), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

static void what_is_told_of_one_match_is_one_alarm_a_day(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_json *list;
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    tell(&world, arena, "probing", "", 1);
    tell(&world, arena, "probing", "", 1);
    CHECK_INT(alarms(&world.nodes[1], arena, &list), 1);
    tell(&world, arena, "repeat", "", 1);
    tell(&world, arena, "probing", "", 2);
    CHECK_INT(alarms(&world.nodes[1], arena, &list), 3);
    world.nodes[1].d.now += ENT_DAY_TIME;
    tell(&world, arena, "probing", "", 1);
    CHECK_INT(alarms(&world.nodes[1], arena, &list), 4);
    CHECK_INT(sim_doc_count(&world.nodes[1], "refused", NULL), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

static void what_is_told_is_of_a_kind_that_is_known_and_nothing_more(void **state)
{
    static const char *const bad[][2] = {
        { "weather", "" }, { "leaf", "" }, { "", "" }, { "probing", ",\"key\":\"doc:QBZ:1\"" }
    };
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_json *list;
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    for (int i = 0; i < 4; i++) {
        tell(&world, arena, bad[i][0], bad[i][1], i);
        CHECK_INT(sim_doc_count(&world.nodes[1], "refused", NULL), i + 1);
    }
    CHECK_INT(alarms(&world.nodes[1], arena, &list), 0);
    sim_release(&world);
    ent_arena_free(arena);
}

/* Neither what a peer told of yesterday nor what is our own counts against it today. */
static void what_a_peer_tells_of_in_a_day_is_bounded(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    sim_node *n;
    ent_err err = { 0 };
    ent_json *list;
    sim world;

    (void)state;
    begin(&world, arena, STORY);
    n = &world.nodes[1];
    for (int i = 0; i < 40; i++) {
        const match_alarm own = { .id = ent_arena_printf(arena, "own/%d", i),
                                  .what = "probing",
                                  .by = ENT_STR("SVB"),
                                  .peer = ENT_STR("DSV") };

        CHECK_OK(SIM_WORK(n, match_alarm_put(&n->d, arena, &own, &err), &err), &err);
    }
    for (int i = 0; i < 40; i++)
        tell(&world, arena, i % 2 == 0 ? "repeat" : "probing", "", i);
    CHECK_INT(alarms(n, arena, &list), 40 + MATCH_ALARMS_DAY);
    CHECK_INT(sim_doc_count(n, "refused", NULL), 40 - MATCH_ALARMS_DAY);
    n->d.now += ENT_DAY_TIME;
    tell(&world, arena, "repeat", "", 50);
    CHECK_INT(alarms(n, arena, &list), 41 + MATCH_ALARMS_DAY);
    sim_release(&world);
    ent_arena_free(arena);
}

/* An alarm without memory is no alarm that is half there. */
static void without_memory_there_is_neither_alarm_nor_note(void **state)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    const match_alarm alarm = {
        .id = ENT_STR("x/1"), .what = "leaf", .by = ENT_STR("SVB"), .peer = ENT_STR("SVB")
    };
    sim_node *n;
    ent_err err = { 0 };
    size_t count = 0;
    ent_code rc = ENT_MEMORY;
    ent_str note = ENT_STR("");
    match_alarm nameless = alarm;
    sim world;

    (void)state;
    sim_init(&world, 2);
    n = &world.nodes[0];
    for (size_t i = 0; rc != ENT_OK; i++) {
        ent_arena *small = ent_arena_new(SIM_ROOM);

        ent_arena_fail_after(small, i);
        err = (ent_err){ 0 };
        rc = SIM_WORK(n, match_alarm_put(&n->d, small, &alarm, &err), &err);
        note = journal_last(n, arena, "alarm raised", &count);
        CHECK_INT(sim_doc_count(n, "match-alarm", "open"), rc == ENT_OK);
        CHECK_INT(count, rc == ENT_OK);
        ent_arena_free(small);
    }
    CHECK_TEXT(ent_json_get_text(parsed(arena, note), "reason"), "leaf by SVB");
    nameless.id = ENT_STR_NONE; /* its name found no room */
    CHECK(SIM_WORK(n, match_alarm_put(&n->d, arena, &nameless, &err), &err) != ENT_OK);
    CHECK_INT(sim_doc_count(n, "match-alarm", "open"), 1);
    sim_release(&world);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(an_alarm_is_raised_in_the_journal_of_both_sides_without_its_key),
          TEST(what_is_raised_again_is_one_alarm_and_one_note_also_when_it_was_cleared),
          TEST(two_probers_of_one_run_are_two_alarms),
          TEST(what_clears_itself_is_noted_once_and_what_is_unknown_not_at_all),
          TEST(a_payload_behind_what_is_told_is_refused),
          TEST(a_person_clears_an_alarm_and_the_journal_says_who_and_why),
          TEST(what_is_told_of_one_match_is_one_alarm_a_day),
          TEST(what_is_told_is_of_a_kind_that_is_known_and_nothing_more),
          TEST(what_a_peer_tells_of_in_a_day_is_bounded),
          TEST(without_memory_there_is_neither_alarm_nor_note))
