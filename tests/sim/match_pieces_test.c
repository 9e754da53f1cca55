/* sim: a standing match of many keys: sets and changes that go in pieces, questions in many frames,
 * and what a peer could do with pieces. */
#include "sim/standing_stage.h"

#include "desk/work.h"

#define TERMS "{\"keys_per_day\":2000,\"set_max\":1024}"
#define PIECE (4 * 128)

static void first_stands(struct stage *s)
{
    ent_err err = { 0 };

    CHECK_OK(stand(s, s->a, "SVB", &err), &err);
}

/* How many entries of a step wait in a node's outbox. */
static size_t waiting(struct stage *s, sim_node *n, const char *step)
{
    ent_str wanted = ent_arena_printf(s->arena, "\"step\":\"%s\"", step);
    ent_err err = { 0 };
    store_doc *docs;
    size_t count, found = 0;

    CHECK_OK(desk_docs(&n->d, s->arena, "outbox", NULL, NULL, &docs, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        ent_span body = sim_outbox_body(n, s->arena, docs[i].id);

        found += body.size > wanted.size &&
                 strstr(ent_arena_str(s->arena, (ent_str){ body.ptr, body.size }).ptr,
                        wanted.ptr) != NULL;
    }
    return found;
}

static void nothing_is_left(sim_node *n)
{
    CHECK_INT(sim_doc_count(n, "standing-part", NULL), 0);
    CHECK_INT(sim_doc_count(n, "standing-parts", NULL), 0);
    CHECK_INT(sim_doc_count(n, "standing-work", NULL), 0);
}

static void a_large_set_goes_in_pieces_and_finds_what_a_whole_one_finds(void **state)
{
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        struct stage s;

        stage_set(&s, TERMS, 300, 400);
        if (whole)
            s.a->d.match_part = s.b->d.match_part = 0;
        first_stands(&s);
        CHECK_INT(waiting(&s, s.a, "offer"), 1);
        CHECK_INT(waiting(&s, s.a, "tags"),
                  whole ? 0 : 4); /* 300 tags of 57.6 bits and their head */
        sim_carry(&s.world);
        rounds(&s, 3);
        CHECK_INT(sim_doc_count(s.a, "hit", NULL), 150);
        CHECK_INT(sim_doc_count(s.b, "hit", NULL), 150);
        CHECK_INT(of(&s, s.a).s.count_peer, 400);
        CHECK_INT(of(&s, s.b).s.count_peer, 300);
        for (int n = 0; n < 2; n++) {
            CHECK_INT(sim_doc_count(&s.world.nodes[n], "refused", NULL), 0);
            nothing_is_left(&s.world.nodes[n]);
        }
        stage_strike(&s);
    }
}

static void what_changed_much_goes_in_pieces_too(void **state)
{
    struct stage s;

    (void)state;
    stage_set(&s, TERMS, 20, 30);
    first_stands(&s);
    sim_carry(&s.world);
    rounds(&s, 2);
    CHECK_INT(sim_doc_count(s.a, "hit", NULL), 20 / 2);
    keys_put(&s, s.b, 0, 10);
    keys_put(&s, s.b, 500, 200);
    rounds(&s, 0);
    CHECK_OK(match_work(&s.b->d, s.arena, &(size_t){ 0 }, &(ent_err){ 0 }), &(ent_err){ 0 });
    CHECK_INT(waiting(&s, s.b, "delta"), 1);
    CHECK(waiting(&s, s.b, "tags") >= 2);
    sim_carry(&s.world);
    rounds(&s, 2);
    CHECK_INT(sim_doc_count(s.a, "hit", NULL), 20);
    CHECK_INT(of(&s, s.a).s.count_peer, 240);
    CHECK_INT(of(&s, s.a).peer_number, 1);
    nothing_is_left(s.a);
    stage_strike(&s);
}

/* What does not go into one frame is asked in the next, not on the next day. */
static void all_questions_that_the_day_has_are_asked_on_that_day(void **state)
{
    struct stage s;

    (void)state;
    stage_set(&s, TERMS, 61, 80);
    first_stands(&s);
    sim_carry(&s.world);
    rounds(&s, 2);
    CHECK_INT(of(&s, s.a).s.asked, 61);
    CHECK_INT(of(&s, s.a).s.waiting, 0);
    CHECK_INT(of(&s, s.b).s.asked, 80);
    CHECK_INT(sim_doc_count(s.a, "standing-mark", NULL), 0);
    stage_strike(&s);
}

/* ... and what the day has no budget for, of all keys or of one kind, is not: nothing is due before
 * the next day begins, or a node would look again without end. */
static void questions_over_the_budget_are_not_due_again_on_the_same_day(void **state)
{
    static const char *const terms[] = {
        "{\"keys_per_day\":18,\"set_max\":1024}",
        "{\"keys_per_day\":2000,\"set_max\":1024,\"namespaces\":{\"doc\":18}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct stage s;
        size_t done;
        ent_err err = { 0 };

        stage_set(&s, terms[i], 61, 4);
        first_stands(&s);
        sim_carry(&s.world);
        rounds(&s, 2);
        CHECK_INT(of(&s, s.a).s.asked, 18); /* four frames of four, and what was left of the day */
        CHECK_INT(of(&s, s.a).s.waiting, 61 - 18);
        CHECK_INT(sim_doc_count(s.a, "standing-mark", "due"), 1);
        CHECK_OK(match_work(&s.a->d, s.arena, &done, &err), &err);
        CHECK_INT(done, 0);
        s.b->d.now += ENT_DAY_TIME;
        s.a->d.now += ENT_DAY_TIME;
        rounds(&s, 2);
        CHECK_INT(of(&s, s.a).s.asked, 2 * 18);
        CHECK_OK(match_work(&s.a->d, s.arena, &done, &err), &err);
        CHECK_INT(done, 0);
        stage_strike(&s);
    }
}

/* ---- a peer that does not keep to it ---- */

static void say(struct stage *s, sim_node *n, const char *more, size_t size)
{
    static uint8_t bytes[2 * PIECE];
    ent_err err = { 0 };
    ent_buf buf;
    ent_str body;

    ent_buf_init(&buf, s->arena);
    ent_buf_str(&buf, ent_arena_printf(s->arena, "{%s,\"standing\":\"%s\",\"step\":\"tags\"}\n",
                                       more, s->id));
    ent_buf_put(&buf, bytes, size);
    CHECK_OK(ent_buf_done(&buf, &body, &err), &err);
    CHECK_OK(SIM_WORK(n,
                      desk_say(&n->d, s->arena, n == s->a ? "SVB" : "DSV", LINK_STANDING,
                               ent_span_of_str(body), &err),
                      &err),
             &err);
}

/* A match that stands. */
static void standing_set(struct stage *s)
{
    stage_set(s, TERMS, 4, 4);
    first_stands(s);
    sim_carry(&s->world);
}

/* What is not due or not as it must be ends the match at both, and nothing is left of what was gathered. */
static void it_ends(struct stage *s)
{
    sim_carry(&s->world);
    CHECK_INT(sim_doc_count(s->a, "refused", NULL), 1);
    CHECK_TEXT(of(s, s->a).s.state, "failed");
    CHECK_TEXT(of(s, s->b).s.state, "refused");
    CHECK_TEXT(of(s, s->b).s.clause, "failed");
    nothing_is_left(s->a);
    stage_strike(s);
}

static void a_part_of_nothing_is_refused(void **state)
{
    struct stage s;

    (void)state;
    standing_set(&s);
    say(&s, s.b, "\"epoch\":2,\"part\":1", PIECE);
    it_ends(&s);
}

/* A set of three pieces, as its header says it; what follows is each time another. */
static void set_begin(struct stage *s, sim_node *n, const char *parts, size_t size)
{
    static uint8_t bytes[2 * PIECE];
    ent_err err = { 0 };
    ent_buf buf;
    ent_str body;

    ent_buf_init(&buf, s->arena);
    ent_buf_str(&buf,
                ent_arena_printf(s->arena,
                                 "{\"epoch\":2,\"key\":\"%064d\",\"parts\":%s,\"standing\":\"%s\","
                                 "\"step\":\"set\"}\n",
                                 0, parts, s->id));
    ent_buf_put(&buf, bytes, size);
    CHECK_OK(ent_buf_done(&buf, &body, &err), &err);
    CHECK_OK(SIM_WORK(n,
                      desk_say(&n->d, s->arena, "DSV", LINK_STANDING, ent_span_of_str(body), &err),
                      &err),
             &err);
}

static void pieces_of_another_size_number_or_epoch_are_refused(void **state)
{
    static const struct {
        const char *more;
        size_t size;
    } bad[] = { { "\"epoch\":2,\"part\":2", PIECE },
                { "\"epoch\":2,\"part\":0", PIECE },
                { "\"epoch\":3,\"part\":1", PIECE },
                { "\"epoch\":2,\"part\":1", PIECE - 1 },
                { "\"epoch\":2,\"part\":1", PIECE + 1 },
                { "\"epoch\":2,\"part\":1", 0 },
                { "\"epoch\":2", PIECE } };
    static const size_t last[] = { 0, PIECE + 1, 1 };
    struct stage s;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        standing_set(&s);
        set_begin(&s, s.b, "3", PIECE);
        sim_carry(&s.world);
        CHECK_INT(sim_doc_count(s.a, "standing-parts", NULL), 1);
        say(&s, s.b, bad[i].more, bad[i].size);
        it_ends(&s);
    }
    standing_set(&s);
    set_begin(&s, s.b, "3", PIECE);
    set_begin(&s, s.b, "3", PIECE); /* before the other has ended */
    it_ends(&s);
    /* Nor is the last one empty or too large; one that is neither is of a set that is none. */
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        standing_set(&s);
        set_begin(&s, s.b, "3", PIECE);
        say(&s, s.b, "\"epoch\":2,\"part\":1", PIECE);
        sim_carry(&s.world);
        CHECK_INT(sim_doc_count(s.a, "standing-part", NULL), 1);
        CHECK_TEXT(of(&s, s.a).s.state, "open");
        say(&s, s.b, "\"epoch\":2,\"part\":2", last[i]);
        it_ends(&s);
    }
}

static void a_set_says_of_how_many_pieces_it_is_within_bounds(void **state)
{
    static const char *const bad[] = { "1", "0", "-2", "49", "\"2\"" };
    struct stage s;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        standing_set(&s);
        set_begin(&s, s.b, bad[i], PIECE);
        it_ends(&s);
    }
    standing_set(&s);
    set_begin(&s, s.b, "2", PIECE - 1); /* only the last may be shorter */
    it_ends(&s);
}

/* Whoever stops a match in the middle of a set leaves nothing of it. */
static void an_end_takes_the_pieces_with_it(void **state)
{
    struct stage s;
    ent_err err = { 0 };

    (void)state;
    stage_set(&s, TERMS, 4, 4);
    first_stands(&s);
    sim_carry(&s.world);
    set_begin(&s, s.b, "3", PIECE);
    say(&s, s.b, "\"epoch\":2,\"part\":1", PIECE);
    sim_carry(&s.world);
    CHECK_INT(sim_doc_count(s.a, "standing-part", NULL), 1);
    CHECK_OK(SIM_WORK(s.a, match_standing_stop(&s.a->d, s.arena, ent_str_of(s.id), &err), &err),
             &err);
    nothing_is_left(s.a);
    stage_strike(&s);
}

RUN_TESTS(TEST(a_large_set_goes_in_pieces_and_finds_what_a_whole_one_finds),
          TEST(what_changed_much_goes_in_pieces_too),
          TEST(all_questions_that_the_day_has_are_asked_on_that_day),
          TEST(questions_over_the_budget_are_not_due_again_on_the_same_day),
          TEST(a_part_of_nothing_is_refused),
          TEST(pieces_of_another_size_number_or_epoch_are_refused),
          TEST(a_set_says_of_how_many_pieces_it_is_within_bounds),
          TEST(an_end_takes_the_pieces_with_it))
