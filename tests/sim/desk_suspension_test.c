/* sim: what a suspension hides, from whom, and what it forbids third nodes. */
#include "sim/release_stage.h"

#include "desk/suspension.h"

static void suspend(struct stage *s, sim_node *from, const sim_node *to, bool suspended)
{
    desk_peer peer = { .code = to->code, .name = to->d.name };
    ent_err err = { 0 };

    memcpy(peer.identity, to->d.identity, 32);
    CHECK_OK(
        SIM_WORK(from,
                 desk_suspension_say(&from->d, s->arena, &peer, suspended, ENT_STR("why"), &err),
                 &err),
        &err);
    sim_carry(&s->world);
}

static ent_code counted(void *arg, const store_row *row, ent_err *err)
{
    (void)row;
    (void)err;
    ++*(int *)arg;
    return ENT_OK;
}

/* How many rows of `owner` (NULL: of anybody) a query sees. */
static int seen(sim_node *n, const char *owner, bool frozen)
{
    store_query query = { .owner = owner, .frozen = frozen };
    ent_err err = { 0 };
    int count = 0;

    CHECK_OK(store_objects_each(n->d.store, &query, counted, &count, &err), &err);
    return count;
}

static void what_was_given_is_hidden_while_the_exchange_is_suspended(void **state)
{
    struct stage s;
    store_row row;
    ent_err err = { 0 };
    bool yes;

    (void)state;
    stage_set(&s, 2);
    (void)release(&s, ANNA);
    CHECK_INT(seen(s.b, NULL, false), 1);
    suspend(&s, s.a, s.b, true);
    CHECK_OK(desk_suspended(&s.b->d, s.arena, "DSV", &yes, &err), &err);
    CHECK(yes);
    CHECK_INT(seen(s.b, NULL, false), 0);
    CHECK_INT(seen(s.b, "DSV", false), 0);
    CHECK_INT(seen(s.b, "DSV", true), 1);
    CHECK_INT(store_object_get(s.b->d.store, s.arena, NULL, ent_str_of(ANNA), &row, &err),
              ENT_NOT_FOUND);
    /* The desk itself still finds it: a recall must erase it. */
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr != NULL);
    /* Nobody may lift what the other has suspended. */
    suspend(&s, s.b, s.a, true);
    suspend(&s, s.b, s.a, false);
    CHECK_INT(seen(s.b, NULL, false), 0);
    suspend(&s, s.a, s.b, false);
    CHECK_INT(seen(s.b, NULL, false), 1);
    CHECK_OK(desk_suspended(&s.a->d, s.arena, "SVB", &yes, &err), &err);
    CHECK(!yes);
    store_frozen_show(s.b->d.store);
    suspend(&s, s.a, s.b, true);
    CHECK_INT(seen(s.b, NULL, false), 1);
    CHECK(desk_role_reads_frozen("legal") && desk_role_reads_frozen("oversight"));
    CHECK(!desk_role_reads_frozen("analyst") && !desk_role_reads_frozen("disclosure"));
    stage_strike(&s);
}

static void a_recall_reaches_what_is_frozen(void **state)
{
    struct stage s;
    ent_err err = { 0 };
    ent_str id;

    (void)state;
    stage_set(&s, 2);
    id = release_many(&s, (const char *[]){ ANNA, PASS }, 2);
    CHECK_INT(seen(s.b, "DSV", true), 3); /* with the link between them */
    suspend(&s, s.a, s.b, true);
    CHECK_OK(SIM_WORK(s.a,
                      desk_release_recall(&s.a->d, s.arena, id, ENT_STR("wrong"),
                                          &s.a->people[0].officer, &err),
                      &err),
             &err);
    sim_carry(&s.world);
    CHECK(held(s.b, s.arena, "DSV", ANNA).ptr == NULL);
    CHECK_TEXT(state_of(s.a, s.arena, "release", id), "erased");
    stage_strike(&s);
}

static void SW_2_third_nodes_learn_what_they_may_not_pass_on(void **state)
{
    struct stage s;
    sim_node *c;
    ent_err err = { 0 };
    bool yes;

    (void)state;
    stage_set(&s, 3);
    c = &s.world.nodes[2];
    suspend(&s, s.a, c, true);
    CHECK_INT(sim_doc_count(s.b, "barred", NULL), 0); /* it has nothing of ours: not told */
    suspend(&s, s.a, c, false);
    (void)release(&s, ANNA);
    suspend(&s, s.a, c, true);
    CHECK_OK(desk_barred(&s.b->d, s.arena, ENT_STR("DSV"), c->d.identity, &yes, &err), &err);
    CHECK(yes);
    CHECK_OK(desk_barred(&s.b->d, s.arena, ENT_STR("CTB"), c->d.identity, &yes, &err), &err);
    CHECK(!yes);
    CHECK_INT(seen(s.b, NULL, false), 1); /* its own exchange goes on */
    suspend(&s, s.a, c, false);
    CHECK_OK(desk_barred(&s.b->d, s.arena, ENT_STR("DSV"), c->d.identity, &yes, &err), &err);
    CHECK(!yes);
    stage_strike(&s);
}

static void a_malformed_suspension_changes_nothing(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"state\":\"maybe\",\"time\":\"2024-11-10T12:00:00.000Z\"}",
        "{\"extra\":1,\"state\":\"suspended\",\"time\":\"2024-11-10T12:00:00.000Z\"}",
        "{\"peer\":\"00\",\"state\":\"suspended\",\"time\":\"2024-11-10T12:00:00.000Z\"}",
        "{ \"state\":\"suspended\"}",
    };
    struct stage s;

    (void)state;
    stage_set(&s, 2);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        link_entry entry = { .kind = LINK_SUSPEND, .seq = s.a->said[1]++, .time = SIM_NOW };

        (void)snprintf(entry.id, sizeof entry.id, "00000000-0000-4000-8000-%012zu", i);
        sim_apply(s.a, s.b, &entry, (ent_span){ bodies[i], strlen(bodies[i]) });
    }
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 5);
    CHECK_INT(sim_doc_count(s.b, "suspension", NULL) + sim_doc_count(s.b, "barred", NULL), 0);
    stage_strike(&s);
}

RUN_TESTS(TEST(what_was_given_is_hidden_while_the_exchange_is_suspended),
          TEST(a_recall_reaches_what_is_frozen),
          TEST(SW_2_third_nodes_learn_what_they_may_not_pass_on),
          TEST(a_malformed_suspension_changes_nothing))
