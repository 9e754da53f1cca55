/* resolve: statements join, nothing merges, never is stronger, a theft joins nobody. */
#include "test.h"

#include "resolve/candidates.h"

#define ROOM ((size_t)64 << 20)

static resolve_statement say(const char *id, resolve_kind kind, const char *a, const char *b,
                             const char *at)
{
    return (resolve_statement){ .id = ent_str_of(id),
                                .kind = kind,
                                .a = ent_str_of(a),
                                .b = ent_str_of(b),
                                .undoes = kind == RESOLVE_UNDO ? ent_str_of(a) : ENT_STR_NONE,
                                .by = ENT_STR("analyst"),
                                .at = ent_str_of(at) };
}

static bool same(ent_arena *arena, const resolve_statement *s, size_t n, const char *a,
                 const char *b)
{
    resolve_clusters c;
    ent_err err = { 0 };

    CHECK_OK(resolve_clusters_of(arena, s, n, &c, &err), &err);
    return resolve_same(&c, ent_str_of(a), ent_str_of(b));
}

static void joins_reach_across_records_and_an_undo_takes_them_back(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    resolve_statement s[] = { say("s1", RESOLVE_SAME, "A", "B", "2024-01-01T00:00:00Z"),
                              say("s2", RESOLVE_SAME, "C", "B", "2024-01-02T00:00:00Z"),
                              say("s3", RESOLVE_UNDO, "s2", NULL, "2024-01-03T00:00:00Z"),
                              say("s4", RESOLVE_UNDO, "s3", NULL, "2024-01-04T00:00:00Z") };

    (void)state;
    CHECK(same(arena, s, 2, "A", "C"));
    CHECK(!same(arena, s, 3, "A", "C"));
    CHECK(same(arena, s, 3, "A", "B"));
    CHECK(same(arena, s, 4, "A", "C")); /* the undoing was undone */
    CHECK(!same(arena, s, 4, "A", "D"));
    CHECK(same(arena, s, 0, "D", "D"));
    ent_arena_free(arena);
}

static void never_the_same_is_stronger_than_any_join(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    resolve_statement s[] = { say("s1", RESOLVE_SAME, "A", "B", "2024-01-01T00:00:00Z"),
                              say("s2", RESOLVE_SAME, "B", "C", "2024-01-02T00:00:00Z"),
                              say("n1", RESOLVE_NEVER, "C", "A", "2024-06-01T00:00:00Z") };
    resolve_clusters c;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(resolve_clusters_of(arena, s, 3, &c, &err), &err);
    CHECK(resolve_same(&c, ENT_STR("A"), ENT_STR("B")));
    CHECK(!resolve_same(&c, ENT_STR("A"), ENT_STR("C")));
    CHECK_INT(c.held_count, 1);
    CHECK_TEXT(c.held[0].join->id, "s2");
    CHECK_TEXT(c.held[0].never->id, "n1");
    ent_arena_free(arena);
}

static void the_order_in_which_statements_arrive_changes_nothing(void **state)
{
    resolve_statement s[] = { say("s1", RESOLVE_SAME, "A", "B", "2024-01-01T00:00:00Z"),
                              say("s2", RESOLVE_SAME, "B", "C", "2024-01-01T00:00:00Z"),
                              say("s3", RESOLVE_SAME, "C", "D", "2024-01-02T00:00:00Z"),
                              say("n1", RESOLVE_NEVER, "A", "D", "2024-06-01T00:00:00Z"),
                              say("u1", RESOLVE_UNDO, "s2", NULL, "2024-07-01T00:00:00Z") };
    static const char *const ids[] = { "A", "B", "C", "D" };
    size_t order[] = { 0, 1, 2, 3, 4 };
    unsigned first = 0;

    (void)state;
    for (size_t turn = 0; turn < 120; turn++) {
        ent_arena *arena = ent_arena_new(ROOM);
        resolve_statement mixed[5];
        size_t left = turn;
        unsigned got = 0;

        for (size_t i = 0; i < 5; i++)
            order[i] = i;
        for (size_t i = 5; i > 1; i--) { /* the turn-th permutation */
            size_t k = left % i, swap = order[i - 1];

            left /= i;
            order[i - 1] = order[k];
            order[k] = swap;
        }
        for (size_t i = 0; i < 5; i++)
            mixed[i] = s[order[i]];
        for (size_t i = 0; i < 4; i++)
            for (size_t k = 0; k < 4; k++)
                got = got << 1 | same(arena, mixed, 5, ids[i], ids[k]);
        if (turn == 0)
            first = got;
        CHECK_INT(got, first);
        ent_arena_free(arena);
    }
}

static void a_chain_of_joins_says_why(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    resolve_statement s[] = { say("s1", RESOLVE_SAME, "A", "B", "2024-01-01T00:00:00Z"),
                              say("s2", RESOLVE_SAME, "B", "C", "2024-01-02T00:00:00Z"),
                              say("s3", RESOLVE_SAME, "C", "D", "2024-01-03T00:00:00Z"),
                              say("s4", RESOLVE_SAME, "B", "D", "2024-01-04T00:00:00Z") };
    const resolve_statement *chain[4];
    resolve_clusters c;
    size_t length;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(resolve_clusters_of(arena, s, 4, &c, &err), &err);
    CHECK_OK(resolve_chain(arena, &c, ENT_STR("A"), ENT_STR("D"), chain, &length, &err), &err);
    CHECK_INT(length, 2);
    CHECK_TEXT(chain[0]->id, "s1");
    CHECK_TEXT(chain[1]->id, "s4");
    CHECK_OK(resolve_chain(arena, &c, ENT_STR("A"), ENT_STR("Z"), chain, &length, &err), &err);
    CHECK_INT(length, 0);
    ent_arena_free(arena);
}

static void a_statement_reads_back_as_it_was_written(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    resolve_statement s = say("s1", RESOLVE_SAME, "B", "A", "2024-01-01T00:00:00Z"), back;
    resolve_statement turned = say("s1", RESOLVE_SAME, "A", "B", "2024-01-01T00:00:00Z");
    ent_str text, other;
    ent_json json;
    ent_err err = { 0 };

    (void)state;
    s.reasons[s.reason_count++] = ENT_STR("the birth dates are equal");
    s.score = 0.75;
    turned.reasons[turned.reason_count++] = ENT_STR("the birth dates are equal");
    turned.score = 0.75;
    CHECK_OK(resolve_statement_write(arena, &s, &text, &err), &err);
    CHECK_OK(resolve_statement_write(arena, &turned, &other, &err), &err);
    CHECK(ent_str_equal(text, other));
    CHECK_OK(ent_json_read(arena, text, &json, &err), &err);
    CHECK_OK(resolve_statement_read(json, &back, &err), &err);
    CHECK_TEXT(back.a, "A");
    CHECK_TEXT(back.b, "B");
    CHECK_INT(back.reason_count, 1);
    CHECK_TEXT(back.reasons[0], "the birth dates are equal");
    ent_arena_free(arena);
}

static void a_statement_that_lacks_something_is_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"id\":\"x\",\"kind\":\"merge\",\"a\":\"A\",\"b\":\"B\",\"by\":\"m\",\"at\":\"2024-01-"
        "01T00:00:00Z\"}",
        "{\"id\":\"x\",\"kind\":\"same\",\"a\":\"A\",\"b\":\"A\",\"by\":\"m\",\"at\":\"2024-01-"
        "01T00:00:00Z\"}",
        "{\"id\":\"x\",\"kind\":\"same\",\"a\":\"A\",\"by\":\"m\",\"at\":\"2024-01-01T00:00:00Z\"}",
        "{\"id\":\"x\",\"kind\":\"undo\",\"a\":\"A\",\"b\":\"B\",\"by\":\"m\",\"at\":\"2024-01-"
        "01T00:00:00Z\"}",
        "{\"id\":\"x\",\"kind\":\"same\",\"a\":\"A\",\"b\":\"B\",\"by\":\"m\",\"at\":"
        "\"yesterday\"}",
    };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        resolve_statement s;
        ent_json json;
        ent_err err = { 0 };

        CHECK_OK(ent_json_read(arena, ent_str_of(texts[i]), &json, &err), &err);
        CHECK(resolve_statement_read(json, &s, &err) == ENT_FORMAT);
    }
    ent_arena_free(arena);
}

/* ---- candidates ---- */

struct person {
    ent_str name, birth;
    names_document document;
    names_record record;
};

static resolve_record person(struct person *p, const char *id, const char *name, const char *birth,
                             const char *number)
{
    p->name = ent_str_of(name);
    p->birth = ent_str_of(birth);
    p->document.number = ent_str_of(number);
    p->record = (names_record){ .id = ent_str_of(id),
                                .schema = ENT_STR("person"),
                                .names = &p->name,
                                .name_count = 1,
                                .births = &p->birth,
                                .birth_count = 1,
                                .documents = &p->document,
                                .document_count = number == NULL ? 0 : 1 };
    return (resolve_record){ .names = &p->record };
}

static void alike_records_are_proposed_and_never_pairs_are_not(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    struct person p[4];
    resolve_record r[] = { person(&p[0], "V", "Эльхан Джуранаев", "1991-03-07", NULL),
                           person(&p[1], "B", "Elkhan Djouranaïev", "1991-03-07", NULL),
                           person(&p[2], "C", "Elkhan Juranaev", "1988-07-03", NULL),
                           person(&p[3], "D", "Oxana Drevlian", "1994-12-11", NULL) };
    resolve_statement never = say("n1", RESOLVE_NEVER, "B", "V", "2024-06-01T00:00:00Z");
    resolve_candidate *c;
    resolve_statement proposed;
    size_t n;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(resolve_candidates(arena, r, 4, NULL, 0, &c, &n, &err), &err);
    CHECK_INT(n, 1);
    CHECK_INT(c[0].a, 0);
    CHECK_INT(c[0].b, 1);
    CHECK_INT(c[0].decision, NAMES_SAME);
    CHECK_OK(resolve_propose(arena, &r[0], &r[1], &proposed, &err), &err);
    CHECK(proposed.reason_count >= 2);
    CHECK_OK(resolve_candidates(arena, r, 4, &never, 1, &c, &n, &err), &err);
    CHECK_INT(n, 0);
    ent_arena_free(arena);
}

static void the_victim_of_a_theft_is_never_joined_to_the_user_of_the_document(void **state)
{
    static const ent_str lost[] = { { "QKS 7741902", 11 } };
    ent_arena *arena = ent_arena_new(ROOM);
    struct person p[2];
    resolve_record r[] = {
        person(&p[0], "V-P11", "Hédi Marouane Tellab", "1979-05-30", "QKS 8810077"),
        person(&p[1], "C-P02", "Хади Марван Тиллаб", "1979-05-30", "QKS7741902")
    };
    resolve_statement proposed;
    resolve_candidate *c;
    size_t n;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(resolve_candidates(arena, r, 2, NULL, 0, &c, &n, &err), &err);
    CHECK_INT(n, 1); /* names and dates are equal: that was the purpose of the theft */
    r[0].lost = lost;
    r[0].lost_count = 1;
    CHECK_OK(resolve_candidates(arena, r, 2, NULL, 0, &c, &n, &err), &err);
    CHECK_INT(n, 0);
    CHECK(resolve_propose(arena, &r[0], &r[1], &proposed, &err) == ENT_DENIED);
    r[0].lost_count = 0;
    r[0].protected_ = true;
    CHECK_OK(resolve_candidates(arena, r, 2, NULL, 0, &c, &n, &err), &err);
    CHECK_INT(n, 0);
    ent_arena_free(arena);
}

static bool candidates_with(ent_arena *arena)
{
    struct person p[2];
    resolve_record r[] = { person(&p[0], "V", "Эльхан Джуранаев", "1991-03-07", "QBZ 1234567"),
                           person(&p[1], "B", "Elkhan Djouranaïev", "1991-03-07", "QBZ1234567") };
    resolve_statement proposed;
    resolve_candidate *c;
    ent_str text;
    size_t n;
    ent_err err = { 0 };

    if (arena == NULL || resolve_candidates(arena, r, 2, NULL, 0, &c, &n, &err) != ENT_OK ||
        resolve_propose(arena, &r[0], &r[1], &proposed, &err) != ENT_OK)
        return false;
    proposed.id = proposed.by = ENT_STR("x");
    proposed.at = ENT_STR("2024-01-01T00:00:00Z");
    return resolve_statement_write(arena, &proposed, &text, &err) == ENT_OK;
}

static void every_failed_allocation_is_an_error_and_no_more(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, candidates_with(arena));
}

RUN_TESTS(TEST(joins_reach_across_records_and_an_undo_takes_them_back),
          TEST(never_the_same_is_stronger_than_any_join),
          TEST(the_order_in_which_statements_arrive_changes_nothing),
          TEST(a_chain_of_joins_says_why), TEST(a_statement_reads_back_as_it_was_written),
          TEST(a_statement_that_lacks_something_is_refused),
          TEST(alike_records_are_proposed_and_never_pairs_are_not),
          TEST(the_victim_of_a_theft_is_never_joined_to_the_user_of_the_document),
          TEST(every_failed_allocation_is_an_error_and_no_more))
