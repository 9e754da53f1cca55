/* sim: a message that says more than its step has.  Each message of every kind of comparison is sent with a member
 * of another step, with an empty or a wrong list, and with a byte behind it: it is refused where it is heard,
 * by a sentence with its step, and what it is of ends at both.  And what one node cannot do is not laid at
 * the other's door. */
#include "sim/match_stage.h"
#include "sim/match_ways.h"

#include "desk/work.h"
#include "match/standing_int.h"

#define TERMS                                                                                \
    "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":{\"keys_per_day\":1000,\"set_max\"" \
    ":64,\"fast_experimental\":true},\"text\":\"Keys may be compared over the "              \
    "fast-experimental path.\",\"retention_months\":1,\"not_after\":\"2025\"}"

/* What is put into one message: a member of its header, or a byte behind it all. */
struct more {
    ent_arena *arena;
    const char *name, *value; /* NULL: a byte */
    int nth, count;           /* of the messages */
    link_kind kind;
    bool passed, done;
    char step[24];
    sim_node *to;
};

static bool more_put(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    struct more *m = arg;
    const char *feed;
    ent_json header;
    ent_str text;
    ent_buf buf;
    ent_err err = { 0 };

    (void)from;
    if (entry->kind != m->kind || m->count++ != m->nth)
        return true;
    feed = memchr(body->ptr, '\n', body->size);
    assert_non_null(feed);
    text = (ent_str){ body->ptr, (size_t)(feed - (const char *)body->ptr) };
    CHECK_OK(ent_json_read(m->arena, text, &header, &err), &err);
    (void)snprintf(m->step, sizeof m->step, "%.*s", ENT_STR_ARG(ent_json_get_text(header, "step")));
    m->to = to;
    m->passed = true;
    if (m->name != NULL && ent_json_get(header, m->name).doc != NULL)
        return true; /* it has it */
    if (m->name != NULL)
        CHECK_OK(desk_canon(m->arena,
                            ent_arena_printf(m->arena, "%.*s,\"%s\":%s}", (int)text.size - 1,
                                             text.ptr, m->name, m->value),
                            &text, &err),
                 &err);
    ent_buf_init(&buf, m->arena);
    ent_buf_str(&buf, text);
    ent_buf_put(&buf, feed, body->size - (size_t)(feed - (const char *)body->ptr));
    if (m->name == NULL)
        ent_buf_byte(&buf, '\0');
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    *body = ent_span_of_str(text);
    m->done = true;
    return true;
}

static void world_set(sim *world, ent_arena *arena)
{
    char id[37];

    sim_init(world, 2);
    sim_propose(world, arena, TERMS, id);
    for (int i = 0; i < 2; i++) {
        sim_sign_agreement(&world->nodes[i], arena, id);
        put(&world->nodes[i], arena, "identity--1", "doc:QBZ:1");
        put(&world->nodes[i], arena, "identity--2", "tel:+111");
    }
}

static ent_code why_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct more *m = arg;
    ent_str text = ent_arena_str(m->arena, doc->json);

    (void)err;
    if (m->name == NULL && strstr(text.ptr, "bytes") == NULL &&
        strstr(text.ptr, "follows") == NULL && strstr(text.ptr, "too many at once") == NULL)
        fail_msg("refused, but not for its size: %s", text.ptr);
    if (m->name != NULL &&
        strstr(text.ptr, ent_arena_printf(m->arena, "'%s'", m->step).ptr) == NULL)
        fail_msg("refused without the step '%s': %s", m->step, text.ptr);
    if (m->name != NULL &&
        strstr(text.ptr, ent_arena_printf(m->arena, "member '%s'", m->name).ptr) == NULL &&
        strstr(text.ptr, "does not follow") == NULL) /* a part where there are none */
        fail_msg("refused without the member '%s': %s", m->name, text.ptr);
    return ENT_OK;
}

static const char *state_of(sim_node *n, ent_arena *arena, enum way way, const char *id)
{
    ent_err err = { 0 };
    standing st;
    match_run run;

    if (way == STANDING) {
        CHECK_OK(match_standing_load(&n->d, arena, ent_str_of(id), &st, &err), &err);
        return ent_arena_str(arena, st.s.state).ptr;
    }
    CHECK_OK(match_run_get(&n->d, arena, ent_str_of(id), &run, &err), &err);
    return ent_arena_str(arena, run.state).ptr;
}

/* One comparison with one message spoiled; false when there is no such message. */
static bool spoiled(enum way way, int nth, const char *name, const char *value)
{
    struct more m = { .arena = ent_arena_new(SIM_ROOM),
                      .name = name,
                      .value = value,
                      .nth = nth,
                      .kind = way == STANDING ? LINK_STANDING : LINK_MATCH };
    ent_err err = { 0 };
    char id[37];
    sim world;

    world_set(&world, m.arena);
    world.tap = more_put;
    world.tap_arg = &m;
    way_begin(&world.nodes[0], m.arena, way, id);
    sim_carry(&world);
    for (int i = 0; i < 3 && way == STANDING; i++) {
        CHECK_OK(match_work(&world.nodes[i % 2].d, m.arena, &(size_t){ 0 }, &err), &err);
        sim_carry(&world);
    }
    if (m.done) {
        const bool begins = strcmp(m.step, "announce") == 0 || strcmp(m.step, "offer") == 0;

        CHECK_INT(sim_doc_count(m.to, "refused", NULL), 1);
        CHECK_OK(store_docs_each(m.to->d.store, "refused", NULL, NULL, why_take, &m, &err), &err);
        if (!begins) /* else it is not known there */
            CHECK_STR(state_of(m.to, m.arena, way, id),
                      name != NULL && strcmp(name, "part") == 0 &&
                              ((way == RUN && strstr("set set-double double", m.step) != NULL) ||
                               (way == FAST && strstr("ask answer", m.step) != NULL))
                          ? "open"
                          : "failed");
    }
    sim_release(&world);
    ent_arena_free(m.arena);
    return m.passed;
}

static void every_message_is_refused_that_has_more_than_its_step(void **state)
{
    static const struct {
        const char *name, *value;
    } members[] = {
        { NULL, NULL },
        { "clause", "\"failed\"" },
        { "number", "\"0000000000000000000000000000000000000000000000000000000000000000\"" },
        { "other", "1" },
        { "part", "0" },
        { "probing", "[]" },
        { "probing", "\"00000000000000000000000000000000\"" },
        { "probing", "[\"0000000000000000000000000000000\"]" },
    };
    static const int least[] = { [RUN] = 7, [SIZE] = 6, [FAST] = 7, [STANDING] = 6 };

    (void)state;
    for (enum way way = RUN; way < WAYS; way++)
        for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
            int nth = 0;

            while (spoiled(way, nth, members[i].name, members[i].value))
                nth++;
            if (nth < least[way]) /* all of them were there, once each */
                fail_msg("of %d messages only %d came", least[way], nth);
        }
}

/* ---- a limit of the own machine ---- */

static ent_code note_find(void *arg, const store_doc *doc, ent_err *err)
{
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    ent_str text = ent_arena_str(arena, doc->json);

    (void)err;
    *(int *)arg += strstr(text.ptr, "match given up") != NULL &&
                   strstr(text.ptr, "a limit of this node: ") != NULL;
    ent_arena_free(arena);
    return ENT_OK;
}

/* The node that hears has too little memory for the work: its own journal says so, the partner hears "later"
 * and is not blamed, and the next message is worked on as ever. */
static void what_a_node_cannot_do_is_not_the_partners_fault(void **state)
{
    (void)state;
    for (enum way way = RUN; way < WAYS; way++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        ent_err err = { 0 };
        char id[37], again[37];
        standing st;
        match_run run;
        int notes = 0;
        size_t done;
        sim world;

        world_set(&world, arena);
        way_begin(&world.nodes[0], arena, way, id);
        world.nodes[1].d.match_memory = 2048;
        sim_carry(&world);
        for (int i = 0; i < 2; i++)
            CHECK_INT(sim_doc_count(&world.nodes[i], "refused", NULL), 0);
        if (way == STANDING) {
            CHECK_OK(match_standing_load(&world.nodes[1].d, arena, ent_str_of(id), &st, &err),
                     &err);
            CHECK_TEXT(st.s.clause, MATCH_LIMIT);
            CHECK_OK(match_standing_load(&world.nodes[0].d, arena, ent_str_of(id), &st, &err),
                     &err);
            CHECK_TEXT(st.s.state, "refused");
            CHECK_TEXT(st.s.clause, "later");
        } else {
            CHECK_OK(match_run_get(&world.nodes[1].d, arena, ent_str_of(id), &run, &err), &err);
            CHECK_TEXT(run.clause, MATCH_LIMIT);
            CHECK_OK(match_run_get(&world.nodes[0].d, arena, ent_str_of(id), &run, &err), &err);
            CHECK_TEXT(run.state, "refused");
            CHECK_TEXT(run.clause, "later");
        }
        CHECK_STR(state_of(&world.nodes[1], arena, way, id), "failed");
        CHECK_OK(
            store_docs_each(world.nodes[1].d.store, "journal", NULL, NULL, note_find, &notes, &err),
            &err);
        CHECK_INT(notes, 1);
        world.nodes[1].d.match_memory = 0;
        CHECK_OK(match_work(&world.nodes[1].d, arena, &done, &err), &err);
        CHECK_INT(done, 0); /* nothing waits for ever */
        way_begin(&world.nodes[0], arena, RUN, again);
        sim_carry(&world);
        CHECK_STR(state_of(&world.nodes[1], arena, RUN, again), "closed");
        sim_release(&world);
        ent_arena_free(arena);
    }
}

RUN_TESTS(TEST(what_a_node_cannot_do_is_not_the_partners_fault),
          TEST(every_message_is_refused_that_has_more_than_its_step))
