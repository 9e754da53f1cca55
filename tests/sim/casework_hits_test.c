/* sim: who follows up a hit, and until when. */
#include "sim/joint_sim.h"

#include "casework/hits.h"

struct world {
    sim s;
    ent_arena *arena;
};

static void world_init(struct world *w)
{
    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w->s, 2);
    joint_doc(
        &w->s.nodes[0], "hit", "run/0", "SVB", "open",
        "{\"peer\":\"SVB\",\"kind\":\"doc\",\"key\":\"doc:QBZ:1\",\"own\":[],\"status\":\"hit\","
        "\"purpose\":\"CT-INV\",\"run\":\"run\",\"time\":\"2024-11-10T12:00:00.000Z\"}");
}

static void world_release(struct world *w)
{
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

static casework_hit only(struct world *w)
{
    casework_hit *hits;
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(casework_hit_list(&w->s.nodes[0].d, w->arena, &hits, &count, &err), &err);
    CHECK_INT(count, 1);
    return hits[0];
}

static void clock_round(struct world *w, ent_time *next)
{
    sim_node *n = &w->s.nodes[0];
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(n, casework_hits_due(&n->d, w->arena, next, &err), &err), &err);
}

static ent_code take(struct world *w, const char *ref, const char *user, const char *due,
                     ent_err *err)
{
    sim_node *n = &w->s.nodes[0];

    *err = (ent_err){ 0 };
    return SIM_WORK(n,
                    casework_hit_take(&n->d, w->arena, ent_str_of(ref), ent_str_of(user),
                                      ent_str_of(due), ENT_STR("ana"), err),
                    err);
}

static ent_code done(struct world *w, ent_str ref, const char *user, const char *note, ent_err *err)
{
    sim_node *n = &w->s.nodes[0];

    *err = (ent_err){ 0 };
    return SIM_WORK(
        n, casework_hit_done(&n->d, w->arena, ref, ent_str_of(note), ent_str_of(user), err), err);
}

static void NIN_4_a_hit_has_one_owner_and_a_day_and_is_overdue_after_it(void **state)
{
    const char *ref;
    struct world w;
    ent_err err;

    (void)state;
    world_init(&w);
    CHECK_INT(only(&w).owner.size, 0);
    CHECK(!only(&w).overdue);
    ref = ent_arena_str(w.arena, only(&w).ref).ptr;
    CHECK_INT(take(&w, "0000", "ana", "", &err), ENT_NOT_FOUND);
    CHECK_INT(take(&w, ref, "ana", "2024-11-09", &err), ENT_USAGE);
    CHECK_INT(take(&w, ref, "ana", "soon", &err), ENT_USAGE);
    CHECK_OK(take(&w, ref, "ana", "2024-11-12", &err), &err);
    CHECK_TEXT(only(&w).owner, "ana");
    CHECK_TEXT(only(&w).due, "2024-11-12");
    w.s.nodes[0].d.now += 2 * ENT_DAY_TIME;
    CHECK(!only(&w).overdue);
    w.s.nodes[0].d.now += ENT_DAY_TIME;
    CHECK(only(&w).overdue);
    /* A later run finds the same: it is not a new hit. */
    joint_doc(&w.s.nodes[0], "hit", "run/0", "SVB", "replaced", "{}");
    joint_doc(
        &w.s.nodes[0], "hit", "later/0", "SVB", "open",
        "{\"peer\":\"SVB\",\"kind\":\"doc\",\"key\":\"doc:QBZ:1\",\"own\":[],\"status\":\"hit\","
        "\"purpose\":\"CT-INV\",\"run\":\"later\",\"time\":\"2024-11-13T12:00:00.000Z\"}");
    CHECK(only(&w).overdue);
    CHECK_INT(done(&w, only(&w).ref, "ben", "nothing", &err), ENT_DENIED);
    CHECK_INT(done(&w, only(&w).ref, "ana", "", &err), ENT_USAGE);
    CHECK_OK(done(&w, only(&w).ref, "ana", "another person", &err), &err);
    CHECK(only(&w).done && !only(&w).overdue);
    CHECK_INT(take(&w, ref, "ben", "", &err), ENT_CONFLICT);
    world_release(&w);
}

static void NIN_4_what_nobody_took_for_a_day_is_for_who_is_on_duty(void **state)
{
    struct world w;
    ent_time next;

    (void)state;
    world_init(&w);
    w.s.nodes[0].d.now += ENT_DAY_TIME + 1;
    clock_round(&w, &next);
    CHECK_INT(only(&w).owner.size, 0); /* nobody is on duty: it is shown */
    CHECK(only(&w).overdue);
    joint_doc(&w.s.nodes[0], "duty", "desk", "", "set", "[\"lia\",\"ben\"]");
    w.s.nodes[0].d.now -= ENT_DAY_TIME;
    clock_round(&w, &next);
    CHECK_INT(only(&w).owner.size, 0);
    CHECK(next > w.s.nodes[0].d.now && next != ENT_TIME_NEVER);
    w.s.nodes[0].d.now = next;
    clock_round(&w, &next);
    CHECK_TEXT(only(&w).owner, "lia");
    CHECK_TEXT(only(&w).due, "2024-11-18");
    CHECK_TEXT(only(&w).by, "time");
    world_release(&w);
}

/* How many notices of this reason there are for this person. */
static size_t notices(struct world *w, const char *why, const char *to)
{
    size_t count, told = 0;
    store_doc *docs;
    ent_err err = { 0 };

    CHECK_OK(desk_docs(&w->s.nodes[0].d, w->arena, "notice", NULL, NULL, &docs, &count, &err),
             &err);
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        CHECK_OK(ent_json_read(w->arena, docs[i].json, &json, &err), &err);
        told += ent_str_is(ent_json_get_text(json, "why"), why) &&
                ent_str_is(ent_json_get_text(json, "to"), to) &&
                ent_str_is(ent_json_get_text(json, "kind"), "hit") &&
                ent_str_equal(ent_json_get_text(json, "item"), only(w).ref);
    }
    return told;
}

static void
NIN_4_a_hit_that_is_overdue_is_told_to_its_owner_and_then_to_who_is_on_duty(void **state)
{
    struct world w;
    ent_time next;
    ent_err err;

    (void)state;
    world_init(&w);
    joint_doc(&w.s.nodes[0], "duty", "desk", "", "set", "[\"lia\",\"ben\"]");
    CHECK_OK(take(&w, ent_arena_str(w.arena, only(&w).ref).ptr, "ana", "2024-11-12", &err), &err);
    clock_round(&w, &next);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "notice", NULL), 0);
    for (int day = 0; day < 4; day++) { /* the last brings nothing */
        CHECK((day == 3) == (next == ENT_TIME_NEVER));
        w.s.nodes[0].d.now = day == 3 ? w.s.nodes[0].d.now + ENT_DAY_TIME : next;
        clock_round(&w, &next);
        clock_round(&w, &next); /* twice does it once */
        CHECK_INT(notices(&w, "overdue", "ana"), 1);
        CHECK_INT(notices(&w, "escalated: overdue", "lia"), day >= 1);
        CHECK_INT(notices(&w, "escalated: overdue", "ben"), day >= 2);
        CHECK_INT(sim_doc_count(&w.s.nodes[0], "notice", NULL), day < 2 ? day + 1 : 3);
    }
    CHECK_TEXT(only(&w).owner, "ana"); /* it stays hers */
    world_release(&w);
}

static void NIN_4_a_hit_that_nobody_took_is_told_to_all_where_nobody_is_on_duty(void **state)
{
    struct world w;
    ent_time next;

    (void)state;
    world_init(&w);
    w.s.nodes[0].d.now += ENT_DAY_TIME + 1;
    clock_round(&w, &next);
    clock_round(&w, &next);
    CHECK_INT(notices(&w, "nobody has taken it in a day", ""), 1);
    joint_doc(&w.s.nodes[0], "duty", "desk", "", "set", "[\"lia\"]");
    clock_round(&w, &next);
    CHECK_INT(notices(&w, "assigned: nobody has taken it in a day", "lia"), 1);
    world_release(&w);
}

RUN_TESTS(
    cmocka_unit_test(NIN_4_a_hit_has_one_owner_and_a_day_and_is_overdue_after_it),
    cmocka_unit_test(NIN_4_what_nobody_took_for_a_day_is_for_who_is_on_duty),
    cmocka_unit_test(NIN_4_a_hit_that_is_overdue_is_told_to_its_owner_and_then_to_who_is_on_duty),
    cmocka_unit_test(NIN_4_a_hit_that_nobody_took_is_told_to_all_where_nobody_is_on_duty))
