/* sim: one report that comes by several ways is one source. */
#include "sim/joint_sim.h"

#include "desk/sources.h"

#define REPORT(n) "report--00000000-0000-4000-8000-00000000000" #n
#define LINK(n)   "relationship--00000000-0000-4000-8000-00000000000" #n

struct world {
    sim s;
    ent_arena *arena;
    sim_node *n;
};

static void world_init(struct world *w)
{
    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w->s, 1);
    w->n = &w->s.nodes[0];
}

static void world_release(struct world *w)
{
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

static void put(struct world *w, const char *owner, const char *id)
{
    joint_put(w->n, w->arena, owner, "report", id, "", joint_label(w->arena, ""), NULL);
}

static void says_in(struct world *w, const char *kind, const char *link, const char *from,
                    const char *type, const char *to)
{
    ent_str refs[2] = { ent_str_of(from), ent_str_of(to) };
    store_object object = {
        .owner = ENT_STR(""),
        .id = ent_str_of(link),
        .version = ENT_STR("2024-11-01T00:00:00.000Z"),
        .type = ent_str_of(kind),
        .bytes = ent_arena_printf(w->arena,
                                  "{\"type\":\"%s\",\"id\":\"%s\",\"relationship_type\":"
                                  "\"%s\",\"source_ref\":\"%s\",\"target_ref\":\"%s\"}",
                                  kind, link, type, from, to),
        .received = w->n->d.now,
        .source = ENT_STR("test"),
        .refs = refs,
        .ref_count = 2,
    };
    store_put_result result;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(w->n, store_object_put(w->n->d.store, &object, &result, &err), &err), &err);
}

static void says(struct world *w, const char *link, const char *from, const char *type,
                 const char *to)
{
    says_in(w, "relationship", link, from, type, to);
}

static size_t sources(struct world *w, const char *id, desk_source **list)
{
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(desk_sources(&w->n->d, w->arena, ent_str_of(id), list, &count, &err), &err);
    return count;
}

/* Ours rests on what two partners said, and both rest on one report of a third. */
static void DP_19_one_report_by_three_ways_is_one_source(void **state)
{
    struct world w;
    desk_source *list;
    ent_err err = { 0 };
    size_t count;

    (void)state;
    world_init(&w);
    put(&w, "SVB", REPORT(1));
    put(&w, "SVB", REPORT(2));
    put(&w, "CTB", REPORT(3));
    put(&w, "", REPORT(4));
    CHECK_INT(sources(&w, REPORT(4), &list), 1);
    CHECK_TEXT(list[0].id, REPORT(4));
    says(&w, LINK(1), REPORT(2), "derived-from", REPORT(1));
    says(&w, LINK(2), REPORT(3), "derived-from", REPORT(1));
    says(&w, LINK(3), REPORT(4), "derived-from", REPORT(2));
    says(&w, LINK(4), REPORT(4), "derived-from", REPORT(3));
    says(&w, LINK(5), REPORT(4), "derived-from", REPORT(1));
    says(&w, LINK(6), REPORT(4), "mentions", REPORT(9));
    says_in(&w, "x-note", "x-note--00000000-0000-4000-8000-000000000001", REPORT(4), "derived-from",
            REPORT(9));
    CHECK_INT(sources(&w, REPORT(4), &list), 1);
    CHECK_TEXT(list[0].id, REPORT(1));
    CHECK_TEXT(list[0].owner, "SVB");
    CHECK(list[0].held && list[0].label.complete);
    /* Another one is a second, also when it is not held. */
    says(&w, LINK(7), REPORT(3), "derived-from", REPORT(8));
    CHECK_INT(sources(&w, REPORT(4), &list), 2);
    CHECK(!list[1].held);
    CHECK_INT(desk_sources(&w.n->d, w.arena, ENT_STR(REPORT(8)), &list, &count, &err),
              ENT_NOT_FOUND);
    world_release(&w);
}

static void a_circle_of_reports_has_no_source(void **state)
{
    struct world w;
    desk_source *list;

    (void)state;
    world_init(&w);
    put(&w, "", REPORT(1));
    put(&w, "", REPORT(2));
    says(&w, LINK(1), REPORT(1), "derived-from", REPORT(2));
    says(&w, LINK(2), REPORT(2), "derived-from", REPORT(1));
    CHECK_INT(sources(&w, REPORT(1), &list), 0);
    world_release(&w);
}

/* What a link that was erased said is gone with it; who was erased is a source that is not held. */
static void what_is_erased_is_no_way_and_no_source_that_is_held(void **state)
{
    struct world w;
    desk_source *list;
    ent_err err = { 0 };

    (void)state;
    world_init(&w);
    put(&w, "", REPORT(1));
    put(&w, "", REPORT(2));
    put(&w, "", REPORT(3));
    says(&w, LINK(1), REPORT(3), "derived-from", REPORT(1));
    says(&w, LINK(2), REPORT(3), "derived-from", REPORT(2));
    CHECK_INT(sources(&w, REPORT(3), &list), 2);
    CHECK_OK(SIM_WORK(w.n,
                      store_object_erase(w.n->d.store, ENT_STR(""), ENT_STR(REPORT(1)),
                                         ENT_STR("its day has passed"), &err),
                      &err),
             &err);
    CHECK_INT(sources(&w, REPORT(3), &list), 2);
    CHECK(!list[0].held && list[1].held);
    CHECK_TEXT(list[0].id, REPORT(1));
    CHECK_OK(SIM_WORK(w.n,
                      store_object_erase(w.n->d.store, ENT_STR(""), ENT_STR(LINK(1)),
                                         ENT_STR("its day has passed"), &err),
                      &err),
             &err);
    CHECK_INT(sources(&w, REPORT(3), &list), 1);
    CHECK_TEXT(list[0].id, REPORT(2));
    world_release(&w);
}

/* It is not told too small: rather not at all. */
static void what_rests_on_too_much_is_not_counted(void **state)
{
    struct world w;
    desk_source *list;
    ent_err err = { 0 };
    size_t count;
    char link[64], report[64];

    (void)state;
    world_init(&w);
    put(&w, "", REPORT(1));
    for (unsigned i = 0; i < DESK_SOURCES_MAX; i++) {
        (void)snprintf(link, sizeof link, "relationship--00000000-0000-4000-9000-%012x", i);
        (void)snprintf(report, sizeof report, "report--00000000-0000-4000-9000-%012x", i);
        if (i == DESK_SOURCES_MAX - 1)
            CHECK_INT(sources(&w, REPORT(1), &list), DESK_SOURCES_MAX - 1);
        says(&w, link, REPORT(1), "derived-from", report);
    }
    CHECK_INT(desk_sources(&w.n->d, w.arena, ENT_STR(REPORT(1)), &list, &count, &err), ENT_LIMIT);
    world_release(&w);
}

RUN_TESTS(cmocka_unit_test(DP_19_one_report_by_three_ways_is_one_source),
          cmocka_unit_test(a_circle_of_reports_has_no_source),
          cmocka_unit_test(what_is_erased_is_no_way_and_no_source_that_is_held),
          cmocka_unit_test(what_rests_on_too_much_is_not_counted))
