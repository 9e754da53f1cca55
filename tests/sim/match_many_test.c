/* sim: what a standing match of many keys keeps: parts that are not made twice, tags by their first
 * bits, and what a node of before kept. */
#include "sim/standing_stage.h"

#include "base/text.h"
#include "desk/work.h"

#include <sodium.h>

#define TERMS "{\"keys_per_day\":4000,\"set_max\":2000}"

/* ---- work that is stopped ---- */

/* A crew that is counted, and after so many pieces of work spoils the next transaction. */
struct counted {
    desk *d;
    size_t runs, spoils;
};

static void counted_run(void *arg, size_t parts, psi_part part, void *ctx)
{
    struct counted *c = arg;
    ent_err err = { 0 };

    for (size_t i = 0; i < parts; i++)
        part(ctx, i);
    if (++c->runs == c->spoils)
        CHECK_OK(store_begin(c->d->store, &err), &err);
}

static ent_str own_part(struct stage *s, sim_node *n, int part)
{
    ent_str id = ent_arena_printf(s->arena, "%s/1/%05d", s->id, part);
    ent_err err = { 0 };
    store_doc doc;

    CHECK_OK(store_doc_get(n->d.store, s->arena, "standing-own", id, &doc, &err), &err);
    return doc.bytes;
}

static void what_was_made_before_a_stop_is_not_made_again(void **state)
{
    struct counted count = { .spoils = 2 };
    const psi_crew crew = { &count, counted_run };
    struct stage s;
    ent_str first;
    ent_err err = { 0 };
    char id[37];

    (void)state;
    stage_set(&s, TERMS, 0, 3 * MATCH_SWEEP_ROWS - 40);
    count.d = &s.b->d;
    s.b->d.crew = &crew;
    CHECK(stand(&s, s.b, "DSV", &err) != ENT_OK);
    store_rollback(s.b->d.store);
    memcpy(id, s.id, sizeof id);
    CHECK_TEXT(of(&s, s.b).s.state, "making");
    CHECK_INT(sim_doc_count(s.b, "outbox", "waiting"), 0);
    CHECK_INT(sim_doc_count(s.b, "standing-own", NULL), MATCH_SWEEP_ROWS / 4);
    first = own_part(&s, s.b, 0);
    count = (struct counted){ .d = &s.b->d };
    CHECK_OK(stand(&s, s.b, "DSV", &err), &err);
    CHECK_STR(s.id, id);
    CHECK_INT(count.runs, 2);
    CHECK(first.size > 0 && ent_str_equal(own_part(&s, s.b, 0), first));
    CHECK_TEXT(of(&s, s.b).s.state, "offered");
    CHECK_INT(of(&s, s.b).s.count_own, 3 * MATCH_SWEEP_ROWS - 40);
    sim_carry(&s.world);
    CHECK_INT(of(&s, s.a).s.count_peer, 3 * MATCH_SWEEP_ROWS - 40);
    s.b->d.crew = NULL;
    stage_strike(&s);
}

/* The same at the side that answers, with the message that waits for it. */
static void an_answer_that_was_stopped_goes_on(void **state)
{
    struct counted count = { .spoils = 2 };
    const psi_crew crew = { &count, counted_run };
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, TERMS, 10, 3 * MATCH_SWEEP_ROWS - 40);
    count.d = &s.b->d;
    s.b->d.crew = &crew;
    s.world.late = true;
    CHECK_OK(stand(&s, s.a, "SVB", &err), &err);
    (void)sim_carry_from(&s.world, s.a);
    CHECK(match_work(&s.b->d, s.arena, &(size_t){ 0 }, &err) != ENT_OK);
    store_rollback(s.b->d.store);
    CHECK_INT(sim_doc_count(s.b, "standing-own", NULL), MATCH_SWEEP_ROWS / 4);
    CHECK_INT(sim_doc_count(s.b, "standing-work", "due"), 1);
    count = (struct counted){ .d = &s.b->d };
    s.world.late = false;
    rounds(&s, 3);
    CHECK_INT(count.runs, 2);
    CHECK_INT(sim_doc_count(s.a, "hit", NULL), 5);
    CHECK_INT(sim_doc_count(s.a, "refused", NULL), 0);
    s.b->d.crew = NULL;
    stage_strike(&s);
}

/* A crew under which the peer's offer arrives while ours is made. */
struct crossing {
    struct stage *s;
    bool done;
};

static void crossing_run(void *arg, size_t parts, psi_part part, void *ctx)
{
    struct crossing *c = arg;
    ent_err err = { 0 };
    char own[37];

    for (size_t i = 0; i < parts; i++)
        part(ctx, i);
    if (c->done)
        return;
    c->done = true;
    memcpy(own, c->s->id, sizeof own);
    CHECK_OK(stand(c->s, c->s->a, "SVB", &err), &err);
    memcpy(c->s->id, own, sizeof own);
    (void)sim_carry_from(&c->s->world, c->s->a);
}

static void an_offer_that_comes_while_one_is_made_is_what_stands(void **state)
{
    struct stage s;
    struct crossing crossing = { .s = &s };
    const psi_crew crew = { &crossing, crossing_run };
    ent_err err = { 0 };
    match_standing *list;
    size_t count;

    (void)state;
    stage_set(&s, TERMS, 10, 3 * MATCH_SWEEP_ROWS - 40);
    s.world.late = true;
    s.b->d.crew = &crew;
    CHECK_OK(stand(&s, s.b, "DSV", &err), &err);
    CHECK(crossing.done);
    s.world.late = false;
    rounds(&s, 3);
    for (int i = 0; i < 2; i++) {
        sim_node *n = i == 0 ? s.a : s.b;
        size_t open = 0;

        CHECK_OK(match_standing_list(&n->d, s.arena, NULL, &list, &count, &err), &err);
        for (size_t k = 0; k < count; k++) {
            if (ent_str_is(list[k].state, "open")) {
                CHECK_TEXT(list[k].id, s.id); /* which b was given, too */
                open++;
            } else
                CHECK_TEXT(list[k].state, "stopped");
        }
        CHECK_INT(open, 1);
        CHECK_INT(count, 1 + (size_t)i); /* the peer never heard of ours */
    }
    CHECK_INT(sim_doc_count(s.a, "hit", NULL), 5);
    s.b->d.crew = NULL;
    stage_strike(&s);
}

static void nothing_is_left_of_a_match_that_is_not_allowed(void **state)
{
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, TERMS, 0, 2001);
    CHECK_INT(stand(&s, s.b, "DSV", &err), ENT_DENIED);
    CHECK_INT(sim_doc_count(s.b, "standing", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "standing-own", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "standing-secret", NULL), 0);
    CHECK_INT(sim_doc_count(s.b, "outbox", NULL), 0);
    stage_strike(&s);
}

/* ---- changes ---- */

static ent_code erase(sim_node *n, const char *id, ent_err *err)
{
    return store_object_erase(n->d.store, ENT_STR(""), ent_str_of(id), ENT_STR("gone"), err);
}

/* Records that go take their tags with them, at both sides; what is left keeps its tag. */
static void what_is_gone_is_taken_back_and_the_rest_is_as_it_was(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    ent_str before;
    standing st;

    (void)state;
    stage_set(&s, TERMS, 20, 40); /* 10 common */
    CHECK_OK(stand(&s, s.a, "SVB", &err), &err);
    sim_carry(&s.world);
    rounds(&s, 3);
    CHECK_INT(of(&s, s.a).s.hits, 10);
    before = own_part(&s, s.b, 9);
    for (int i = 10; i < 16; i++)
        CHECK_OK(
            SIM_WORK(s.b, erase(s.b, ent_arena_printf(s.arena, "identity--%d", i).ptr, &err), &err),
            &err);
    CHECK_OK(SIM_WORK(s.a, erase(s.a, "identity--3", &err), &err), &err);
    rounds(&s, 3);
    CHECK_INT(of(&s, s.b).s.count_own, 34);
    CHECK_INT(of(&s, s.a).s.count_peer, 34);
    CHECK_INT(of(&s, s.b).s.count_peer, 19);
    CHECK_INT(of(&s, s.a).s.asked, 19);
    CHECK_INT(of(&s, s.a).peer_number, 1);
    CHECK(before.size > 0 && ent_str_equal(own_part(&s, s.b, 9), before));
    /* A node of before did not keep the root of what it had said. */
    st = of(&s, s.b);
    CHECK(st.has_own_root);
    st.has_own_root = false;
    CHECK_OK(SIM_WORK(s.b, match_standing_save(&s.b->d, s.arena, &st, &err), &err), &err);
    /* A second record of a key that is asked says nothing; a key that comes is found. */
    put(s.b, s.arena, "identity--again", "doc:QBZ:10777");
    keys_put(&s, s.b, 4, 2);
    rounds(&s, 3);
    CHECK_INT(of(&s, s.b).s.count_own, 36);
    CHECK_INT(of(&s, s.a).s.hits, 12);
    CHECK_INT(of(&s, s.b).s.hits, 12);
    stage_strike(&s);
}

/* Hits are told once, also of questions that a new epoch asks in a second piece of work. */
static void a_new_epoch_tells_no_hit_again(void **state)
{
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, TERMS, 100, 100); /* 50 common; 64 questions at a time */
    CHECK_OK(stand(&s, s.a, "SVB", &err), &err);
    sim_carry(&s.world);
    rounds(&s, 4);
    CHECK_INT(of(&s, s.a).s.asked, 100);
    CHECK_INT(of(&s, s.a).s.hits, 50);
    s.a->d.now += 8 * ENT_DAY_TIME;
    s.b->d.now += 8 * ENT_DAY_TIME;
    keys_put(&s, s.a, 300, 1);
    keys_put(&s, s.b, 300, 1);
    rounds(&s, 6);
    CHECK_INT(of(&s, s.a).epoch, 2);
    CHECK_INT(of(&s, s.a).s.asked, 101);
    CHECK_INT(of(&s, s.a).s.hits, 51);
    CHECK_INT(of(&s, s.b).s.hits, 51);
    stage_strike(&s);
}

/* ---- what is kept ---- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static ent_code peer_write(sim_node *n, ent_arena *arena, standing *st, const psi_tagset *from,
                           const psi_tagset *to, ent_err *err)
{
    ENT_TRY(match_standing_peer_put(&n->d, arena, st, from, to, err));
    st->s.count_peer = (int64_t)to->count;
    return ENT_OK;
}

static void same_tags(sim_node *n, ent_arena *arena, const standing *st, const psi_tagset *set)
{
    standing_items items = { .items = ent_arena_array(arena, 512, sizeof *items.items),
                             .count = 512 };
    ent_err err = { 0 };
    psi_tagset got;
    bool has[512];

    CHECK_OK(match_standing_peer_get(&n->d, arena, st, &got, &err), &err);
    CHECK_INT(got.count, set->count);
    CHECK(memcmp(got.tags, set->tags, set->count * sizeof *set->tags) == 0);
    for (size_t i = 0; i < items.count; i++)
        items.items[i].tag = set->count == 0 ? i : set->tags[i * 7919 % set->count] + i % 2;
    CHECK_OK(match_standing_peer_look(&n->d, arena, st, &items, has, &err), &err);
    for (size_t i = 0; i < items.count; i++)
        CHECK_INT(has[i], psi_tagset_has(set, items.items[i].tag));
}

static void tags_are_found_in_their_parts_whatever_changes(void **state)
{
    static const size_t counts[] = { 0, 5, 40000, 40003, 70000, 3, 0 };
    ent_arena *arena = ent_arena_new((size_t)256 << 20);
    uint64_t *tags = ent_arena_array(arena, 70000, sizeof *tags);
    psi_tagset from = { .count = 0 };
    ent_err err = { 0 };
    standing st = { .s = { .id = ENT_STR("x"), .peer = ENT_STR("SVB") } };
    sim world;

    (void)state;
    sim_init(&world, 2);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        psi_tagset to = { .tags = ent_arena_array(arena, counts[c] + 1, sizeof *tags),
                          .count = counts[c] };

        for (size_t i = 0; i < counts[c]; i++) /* those before stay, as far as they go */
            if (tags[i] == 0)
                randombytes_buf(&tags[i], sizeof *tags);
        memcpy((void *)(uintptr_t)to.tags, tags, counts[c] * sizeof *tags);
        qsort((void *)(uintptr_t)to.tags, counts[c], sizeof *tags, by_value);
        CHECK_OK(SIM_WORK(&world.nodes[0],
                          peer_write(&world.nodes[0], arena, &st, c == 0 ? NULL : &from, &to, &err),
                          &err),
                 &err);
        CHECK_INT(sim_doc_count(&world.nodes[0], "standing-peer", NULL),
                  counts[c] == 0 ? 0 : (size_t)1 << st.peer_bits);
        same_tags(&world.nodes[0], arena, &st, &to);
        from = to;
    }
    sim_release(&world);
    ent_arena_free(arena);
}

/* ---- an older node's match ---- */

static ent_code doc_json(sim_node *n, const char *kind, ent_str id, ent_str json, ent_err *err)
{
    store_doc doc = {
        .kind = ent_str_of(kind), .id = id, .peer = ENT_STR("SVB"), .time = n->d.now, .json = json
    };

    return store_doc_put(n->d.store, &doc, err);
}

/* The first node's documents as a node of before had them. */
static ent_code make_old(struct stage *s, ent_err *err)
{
    desk *d = &s->a->d;
    standing st = of(s, s->a);
    standing_items asked;
    psi_tagset set;
    ent_buf bytes, text;

    ENT_TRY(match_standing_peer_get(d, s->arena, &st, &set, err));
    ENT_TRY(match_standing_docs_drop(d, s->arena, "standing-peer", st.s.id, err));
    ENT_TRY(match_standing_docs_drop(d, s->arena, "standing-own", st.s.id, err));
    ent_buf_init(&bytes, s->arena);
    psi_tagset_write(&set, &bytes);
    ent_buf_init(&text, s->arena);
    ent_buf_c(&text, "{\"tags\":\"");
    ent_base64_write(&text, bytes.ptr, bytes.size);
    ent_buf_c(&text, "\"}");
    ENT_TRY(doc_json(s->a, "standing-peer", st.s.id, (ent_str){ text.ptr, text.size }, err));
    ENT_TRY(doc_json(s->a, "standing-own", st.s.id, ENT_STR("{\"items\":[]}"), err));
    ENT_TRY(match_standing_items_get(d, s->arena, "standing-asked",
                                     ent_arena_printf(s->arena, "%s/0", s->id), &asked, err));
    ENT_TRY(match_standing_docs_drop(d, s->arena, "standing-asked", st.s.id, err));
    ENT_TRY(match_standing_items_put(d, s->arena, &st, "standing-asked", st.s.id, &asked, err));
    st.own_form = st.peer_form = st.own_parts = st.peer_bits = 0;
    return match_standing_save(d, s->arena, &st, err);
}

static void a_match_of_an_older_node_goes_on(void **state)
{
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, TERMS, 20, 40);
    s.a->d.match_part = s.b->d.match_part = 0;
    CHECK_OK(stand(&s, s.a, "SVB", &err), &err);
    sim_carry(&s.world);
    rounds(&s, 2);
    CHECK_INT(of(&s, s.a).s.hits, 10);
    CHECK_OK(SIM_WORK(s.a, make_old(&s, &err), &err), &err);
    /* What the peer adds is found by the questions of before, and nothing is asked again. */
    keys_put(&s, s.b, 0, 1);
    CHECK_OK(match_work(&s.b->d, s.arena, &(size_t){ 0 }, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(of(&s, s.a).s.hits, 11);
    CHECK_INT(of(&s, s.a).peer_form, STANDING_FORM);
    /* What changes here begins an epoch, of which the peer hears. */
    keys_put(&s, s.a, 60, 1);
    keys_put(&s, s.b, 60, 1);
    rounds(&s, 3);
    CHECK_INT(of(&s, s.a).epoch, 2);
    CHECK_INT(of(&s, s.a).own_form, STANDING_FORM);
    CHECK_INT(sim_doc_count(s.a, "standing-own", NULL), 1);
    CHECK_INT(of(&s, s.b).peer_epoch, 2);
    for (int i = 0; i < 2; i++) {
        CHECK_INT(of(&s, &s.world.nodes[i]).s.hits, 12);
        CHECK_INT(sim_doc_count(&s.world.nodes[i], "refused", NULL), 0);
    }
    stage_strike(&s);
}

/* Questions that an older node asked are kept without the elements that were sent. */
static void questions_of_an_older_node_are_answered(void **state)
{
    struct stage s;
    standing_items asked;
    ent_err err = { 0 };
    standing st;
    ent_str id;

    (void)state;
    stage_set(&s, TERMS, 4, 4); /* 2 common */
    CHECK_OK(stand(&s, s.a, "SVB", &err), &err);
    s.world.late = true;
    while (sim_doc_count(s.a, "standing-ask", NULL) == 0) {
        (void)sim_carry_from(&s.world, s.a);
        work_all(&s, s.b);
        (void)sim_carry_from(&s.world, s.b);
        work_all(&s, s.a);
    }
    st = of(&s, s.a);
    id = ent_arena_printf(s.arena, "%s/0", s.id);
    CHECK_OK(match_standing_items_get(&s.a->d, s.arena, "standing-ask", id, &asked, &err), &err);
    CHECK_INT(asked.blinded.size, 4 * PSI_ELEMENT_SIZE);
    asked.blinded = (ent_span){ NULL, 0 };
    CHECK_OK(
        SIM_WORK(s.a,
                 match_standing_items_put(&s.a->d, s.arena, &st, "standing-ask", id, &asked, &err),
                 &err),
        &err);
    s.world.late = false;
    sim_carry(&s.world);
    rounds(&s, 2);
    CHECK_INT(of(&s, s.a).s.asked, 4);
    CHECK_INT(of(&s, s.a).s.hits, 2);
    stage_strike(&s);
}

/* A change that takes more memory than is allowed here ends the match, or it would be tried for ever. */
static void a_change_that_is_too_much_ends_the_match(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    size_t done;

    (void)state;
    stage_set(&s, TERMS, 4, 4);
    CHECK_OK(stand(&s, s.a, "SVB", &err), &err);
    sim_carry(&s.world);
    rounds(&s, 2);
    keys_put(&s, s.b, 100, 1000);
    s.b->d.match_memory = 16384;
    work_all(&s, s.b);
    CHECK_TEXT(of(&s, s.b).s.state, "failed");
    CHECK_TEXT(of(&s, s.b).s.clause, MATCH_LIMIT);
    CHECK_INT(sim_doc_count(s.b, "standing-own", NULL), 0);
    CHECK_OK(match_work(&s.b->d, s.arena, &done, &err), &err);
    CHECK_INT(done, 0);
    sim_carry(&s.world);
    CHECK_TEXT(of(&s, s.a).s.state, "refused");
    CHECK_TEXT(of(&s, s.a).s.clause, "later");
    CHECK_INT(sim_doc_count(s.a, "refused", NULL), 0);
    stage_strike(&s);
}

RUN_TESTS(TEST(questions_of_an_older_node_are_answered),
          TEST(a_change_that_is_too_much_ends_the_match),
          TEST(what_was_made_before_a_stop_is_not_made_again),
          TEST(an_answer_that_was_stopped_goes_on),
          TEST(an_offer_that_comes_while_one_is_made_is_what_stands),
          TEST(nothing_is_left_of_a_match_that_is_not_allowed),
          TEST(what_is_gone_is_taken_back_and_the_rest_is_as_it_was),
          TEST(a_new_epoch_tells_no_hit_again),
          TEST(tags_are_found_in_their_parts_whatever_changes),
          TEST(a_match_of_an_older_node_goes_on))
