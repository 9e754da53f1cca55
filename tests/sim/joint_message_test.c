/* sim: a message to a third state has the facts that were granted for it, and nothing else. */
#include "sim/joint_sim.h"

#include "desk/basis.h"
#include "joint/message.h"

#define ONE     "identity--00000000-0000-4000-8000-000000000001"
#define TWO     "identity--00000000-0000-4000-8000-000000000002"
#define OWN     "identity--00000000-0000-4000-8000-000000000003"
#define WITNESS "identity--00000000-0000-4000-8000-000000000004"
#define LINK    "relationship--00000000-0000-4000-8000-000000000005"

enum { FDO1, FDO2, LEGAL, LIAISON, ANALYST };

struct world {
    sim s;
    ent_arena *arena;
    sim_node *n; /* who writes; the facts are SVB's */
};

static void grant(struct world *w, const char *id, const char *outsider, const char *facts)
{
    joint_doc(w->n, "repeat", id, "SVB", "answered",
              ent_arena_printf(w->arena,
                               "{\"outsider\":\"%s\",\"purpose\":\"CT-INV\",\"ids\":[%s],"
                               "\"granted\":[%s],\"by\":\"s.fdo\"}",
                               outsider, facts, facts)
                  .ptr);
}

static void received(struct world *w, const char *type, const char *id, const char *members)
{
    joint_put(w->n, w->arena, "SVB", type, id, members, joint_label(w->arena, ""), NULL);
}

/* A later version of a fact. */
static void changed(struct world *w, const char *name, const char *version)
{
    ent_str bytes = ent_arena_printf(w->arena,
                                     "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" ONE
                                     "\",\"name\":\"%s\",%s}",
                                     name, joint_label(w->arena, ""));
    store_object object = { .owner = ENT_STR("SVB"),
                            .id = ENT_STR(ONE),
                            .version = ent_str_of(version),
                            .type = ENT_STR("identity"),
                            .bytes = bytes,
                            .received = w->n->d.now,
                            .source = ENT_STR("test") };
    store_put_result result;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(w->n, store_object_put(w->n->d.store, &object, &result, &err), &err), &err);
}

static void world_init(struct world *w)
{
    char agreement[37];
    const char *label;

    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w->s, 2);
    joint_agree(&w->s, w->arena, JOINT_TERMS, agreement);
    w->n = &w->s.nodes[0];
    received(w, "identity", ONE, ",\"name\":\"x\"");
    received(w, "identity", TWO, ",\"name\":\"y\"");
    received(w, "relationship", LINK,
             ",\"relationship_type\":\"used\",\"source_ref\":\"" ONE "\",\"target_ref\":\"" TWO
             "\"");
    joint_put(w->n, w->arena, "", "identity", OWN, "", joint_label(w->arena, ""), NULL);
    label = ent_arena_str(w->arena, ent_str_of(joint_label(w->arena, ""))).ptr;
    memcpy(strstr((char *)(uintptr_t)label, "suspect"), "witness", 7);
    joint_put(w->n, w->arena, "SVB", "identity", WITNESS, "", label, NULL);
    joint_doc(w->n, "release-in", "test", "SVB", "stored", "{\"entry\":\"e\",\"seq\":3}");
    grant(w, "r1", "Kestria", "\"" ONE "\",\"" LINK "\",\"" WITNESS "\"");
    grant(w, "r2", "Isbara", "\"" TWO "\"");
}

static void world_release(struct world *w)
{
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

static ent_code drafted(struct world *w, const char *const *ids, size_t count, joint_message *m,
                        ent_err *err)
{
    *m = (joint_message){ .outsider = ENT_STR("Kestria"),
                          .purpose = ENT_STR("CT-INV"),
                          .text = ENT_STR("please look for him"),
                          .drafter = ENT_STR("analyst"),
                          .facts = ent_arena_array(w->arena, count, sizeof(joint_fact)),
                          .count = count };
    for (size_t i = 0; i < count; i++)
        m->facts[i].id = ent_str_of(ids[i]);
    *err = (ent_err){ 0 };
    return SIM_WORK(w->n, joint_message_draft(&w->n->d, w->arena, m, err), err);
}

static ent_code approved(struct world *w, ent_str id, int person, joint_message *m, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(
        w->n, joint_message_approve(&w->n->d, w->arena, id, &w->n->people[person].officer, m, err),
        err);
}

static ent_code written(struct world *w, ent_str id, joint_message *m, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(w->n, joint_message_write(&w->n->d, w->arena, id, m, err), err);
}

static void one_fact_that_was_not_granted_stops_the_message(void **state)
{
    static const struct {
        const char *id, *rule;
    } rows[] = {
        { TWO, "[H1, H2]" },       /* granted for another state */
        { OWN, "[owner]" },        /* ours */
        { LINK, "[closed set]" },  /* granted, but speaks of what is not */
        { WITNESS, "[category]" }, /* granted, and protected */
    };
    joint_message m;
    struct world w;
    ent_err err;

    (void)state;
    world_init(&w);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *ids[] = { ONE, rows[i].id };

        CHECK_INT(drafted(&w, ids, 2, &m, &err), ENT_DENIED);
        if (strstr(err.msg, rows[i].rule) == NULL)
            fail_msg("%s: %s", rows[i].id, err.msg);
    }
    CHECK_INT(drafted(&w, (const char *[]){ "identity--x" }, 1, &m, &err), ENT_NOT_FOUND);
    CHECK_OK(drafted(&w, (const char *[]){ ONE }, 1, &m, &err), &err);
    world_release(&w);
}

static void ARA_3_a_disclosure_officer_and_then_the_legal_officer_approve(void **state)
{
    joint_message m, got;
    struct world w;
    ent_err err;

    (void)state;
    world_init(&w);
    CHECK_OK(drafted(&w, (const char *[]){ ONE }, 1, &m, &err), &err);
    CHECK_INT(written(&w, m.id, &got, &err), ENT_NOT_FOUND);
    CHECK_INT(approved(&w, m.id, LEGAL, &got, &err), ENT_DENIED);
    CHECK_INT(approved(&w, m.id, ANALYST, &got, &err), ENT_DENIED);
    CHECK_OK(approved(&w, m.id, FDO1, &got, &err), &err);
    CHECK_TEXT(got.state, "waiting");
    CHECK_INT(approved(&w, m.id, FDO2, &got, &err), ENT_DENIED);
    CHECK_OK(approved(&w, m.id, LEGAL, &got, &err), &err);
    CHECK_TEXT(got.state, "approved");
    CHECK_OK(written(&w, m.id, &got, &err), &err);
    CHECK_INT(got.count, 1);
    CHECK_TEXT(got.facts[0].granted_by, "s.fdo");
    CHECK_TEXT(got.text, "please look for him");
    world_release(&w);
}

static void what_was_called_back_or_changed_goes_into_no_message(void **state)
{
    joint_message m, got;
    desk_flags flags;
    struct world w;
    ent_err err = { 0 };

    (void)state;
    world_init(&w);
    CHECK_OK(drafted(&w, (const char *[]){ ONE }, 1, &m, &err), &err);
    CHECK_OK(approved(&w, m.id, FDO1, &got, &err), &err);
    changed(&w, "z", "2024-11-02T00:00:00.000Z");
    CHECK_INT(approved(&w, m.id, LEGAL, &got, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[changed]") != NULL);
    changed(&w, "x", "2024-11-03T00:00:00.000Z");
    CHECK_OK(approved(&w, m.id, LEGAL, &got, &err), &err);
    joint_doc(w.n, "release-in", "test", "SVB", "erased", "{}");
    CHECK_INT(written(&w, m.id, &got, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[release]") != NULL);
    /* And the message says that it rests on what is gone. */
    err = (ent_err){ 0 };
    CHECK_OK(SIM_WORK(w.n,
                      desk_basis_mark(&w.n->d, w.arena, ENT_STR(ONE),
                                      &(desk_basis_cause){ .owner = ENT_STR("SVB"),
                                                           .release = ENT_STR("r"),
                                                           .reason = ENT_STR("invented"),
                                                           .withdrawn = true },
                                      &err),
                      &err),
             &err);
    CHECK_OK(desk_basis_load(&w.n->d, w.arena, false, &flags, &err), &err);
    CHECK_STR(desk_basis_of(&flags, m.id), "withdrawn");
    world_release(&w);
}

RUN_TESTS(cmocka_unit_test(one_fact_that_was_not_granted_stops_the_message),
          cmocka_unit_test(ARA_3_a_disclosure_officer_and_then_the_legal_officer_approve),
          cmocka_unit_test(what_was_called_back_or_changed_goes_into_no_message))
