/* sim: a tie of a hypothesis goes over two records that two officers said are one person, for
 * as long as they say so, and the answer names their statement. */
#include "sim/joint_sim.h"

#include "desk/basis.h"
#include "joint/hypothesis.h"
#include "persons/same.h"

#define TARGET "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000c1"
#define KNOWN  "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000c2" /* a contact of the target */
#define SEEN   "identity--0b51a6f0-1c4e-4c7a-9f7e-0000000000c3" /* was there, tied to nobody */
#define PLACE  "location--0b51a6f0-1c4e-4c7a-9f7e-0000000000c4"
#define WENT   "event--0b51a6f0-1c4e-4c7a-9f7e-0000000000c5"
#define LINK   "relationship--0b51a6f0-1c4e-4c7a-9f7e-0000000000d"

/* The second of two desks holds all of them; the first knows the target by a document. */
struct world {
    sim s;
    sim_node *n;
    ent_arena *arena;
    desk_officer other;
};

static void somebody(sim_node *n, ent_arena *arena, const char *id, const char *name,
                     const char *key)
{
    joint_put(
        n, arena, "", "identity", id,
        ent_arena_printf(arena, ",\"identity_class\":\"individual\",\"name\":\"%s\"", name).ptr,
        joint_label(arena, ""), key);
}

static void world_init(struct world *w)
{
    char agreement[37];

    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    joint_init(&w->s, 2);
    joint_agree(&w->s, w->arena, JOINT_TERMS, agreement);
    w->n = &w->s.nodes[1];
    w->other = w->n->people[3].officer;
    w->other.role = "analyst";
    somebody(&w->s.nodes[0], w->arena, TARGET, "the one", "doc:QV:1");
    somebody(w->n, w->arena, KNOWN, "Elkhan Djouranaiev", "doc:QV:1");
    somebody(w->n, w->arena, SEEN, "Juranayef Elkhan", NULL);
    for (int i = 0; i < 2; i++)
        joint_doc(&w->s.nodes[i], "hit", "doc:QV:1", w->s.nodes[1 - i].code, "open",
                  "{\"key\":\"doc:QV:1\",\"status\":\"hit\"}");
    joint_put(w->n, w->arena, "", "location", PLACE,
              ",\"name\":\"harbour\",\"latitude\":-46.2,\"longitude\":-122.7",
              joint_label(w->arena, ""), NULL);
    joint_put(w->n, w->arena, "", "event", WENT, ",\"name\":\"journey\"",
              joint_label(w->arena, ",\"valid\":\"2024-09-20\""), NULL);
    joint_link(w->n, w->arena, LINK "1", SEEN, "travelled", WENT, false);
    joint_link(w->n, w->arena, LINK "2", WENT, "to", PLACE, false);
}

static void world_release(struct world *w)
{
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

static joint_question question_of(const ent_str *target)
{
    return (joint_question){ .purpose = ENT_STR("CT-INV"),
                             .region = { .circle = true, .lat = -46.2, .lon = -122.7, .km = 10 },
                             .from = ENT_STR("2024-09-15"),
                             .to = ENT_STR("2024-09-30"),
                             .tied_to = target,
                             .tied_count = 1,
                             .max_steps = 8,
                             .asked_by = ENT_STR("s.analyst") };
}

/* For its own users. */
static joint_answer own_answer(struct world *w)
{
    const ent_str target = ENT_STR(KNOWN);
    joint_question q = question_of(&target);
    joint_answer answer;
    ent_err err = { 0 };
    char id[37];

    CHECK_OK(SIM_WORK(w->n, joint_hypothesis_ask(&w->n->d, w->arena, &q, NULL, 0, id, &err), &err),
             &err);
    CHECK_OK(joint_hypothesis_get(&w->n->d, w->arena, ent_arena_str(w->arena, ent_str_of(id)),
                                  &answer, &err),
             &err);
    return answer;
}

/* For the partner, which hears only that one of its own fits. */
static bool partner_fits(struct world *w)
{
    const ent_str target = ENT_STR(TARGET);
    joint_question q = question_of(&target);
    const char *peers[] = { "SVB" };
    sim_node *asker = &w->s.nodes[0];
    joint_answer answer;
    ent_err err = { 0 };
    char id[37];

    CHECK_OK(
        SIM_WORK(asker, joint_hypothesis_ask(&asker->d, w->arena, &q, peers, 1, id, &err), &err),
        &err);
    sim_carry(&w->s);
    CHECK_OK(joint_hypothesis_get(&asker->d, w->arena, ent_arena_str(w->arena, ent_str_of(id)),
                                  &answer, &err),
             &err);
    CHECK_TEXT(answer.peers[0].state, "answered");
    return answer.peers[0].fits;
}

static persons_same join(struct world *w)
{
    persons_wish wish = { .a = ENT_STR(KNOWN),
                          .b = ENT_STR(SEEN),
                          .officer = &w->n->people[4].officer };
    persons_same same;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(w->n, persons_propose(&w->n->d, w->arena, &wish, &same, &err), &err), &err);
    CHECK_INT(own_answer(w).fit_count, 0); /* one person is not two */
    CHECK_OK(
        SIM_WORK(w->n, persons_confirm(&w->n->d, w->arena, same.id, &w->other, &same, &err), &err),
        &err);
    return same;
}

static void undo(struct world *w, ent_str id)
{
    persons_same same;
    ent_err err = { 0 };

    CHECK_OK(
        SIM_WORK(w->n,
                 persons_undo(&w->n->d, w->arena, id, ENT_STR("mistake"), &w->other, &same, &err),
                 &err),
        &err);
}

static const char *basis(struct world *w, ent_str thing)
{
    desk_flags flags;
    ent_err err = { 0 };

    CHECK_OK(desk_basis_load(&w->n->d, w->arena, false, &flags, &err), &err);
    return desk_basis_of(&flags, thing);
}

static void a_join_of_two_officers_ties_until_it_is_undone(void **state)
{
    joint_answer answer;
    persons_same same;
    struct world w;

    (void)state;
    world_init(&w);
    CHECK_INT(own_answer(&w).fit_count, 0);
    CHECK(!partner_fits(&w));
    same = join(&w);
    answer = own_answer(&w);
    CHECK_INT(answer.fit_count, 1);
    CHECK_TEXT(answer.fits[0].id, SEEN);
    CHECK_INT(ent_json_count(answer.fits[0].joins), 1);
    CHECK(ent_str_equal(ent_json_str(ent_json_first(answer.fits[0].joins)), same.id));
    CHECK(partner_fits(&w));
    CHECK_STR(basis(&w, answer.id), "");
    undo(&w, same.id);
    CHECK_STR(basis(&w, answer.id), "withdrawn");
    CHECK_INT(own_answer(&w).fit_count, 0);
    CHECK(!partner_fits(&w));
    world_release(&w);
}

static void never_is_stronger_than_the_join(void **state)
{
    persons_wish wish = { .a = ENT_STR(KNOWN), .b = ENT_STR(SEEN), .why = ENT_STR("redress") };
    joint_answer answer;
    persons_same same, never;
    struct world w;
    ent_err err = { 0 };

    (void)state;
    world_init(&w);
    same = join(&w);
    answer = own_answer(&w);
    wish.officer = &w.n->people[2].officer;
    CHECK_OK(SIM_WORK(w.n, persons_never(&w.n->d, w.arena, &wish, &never, &err), &err), &err);
    CHECK_INT(own_answer(&w).fit_count, 0);
    CHECK(!partner_fits(&w));
    CHECK_STR(basis(&w, answer.id), "withdrawn");
    undo(&w, never.id);
    CHECK_INT(own_answer(&w).fit_count, 1);
    CHECK(same.id.size > 0);
    world_release(&w);
}

/* What is held for another purpose is no step, whoever says that it is the same. */
static void a_join_leads_to_nobody_who_may_not_be_looked_at(void **state)
{
    static const char *const hidden[] = { "\"purposes\":[\"TAX\"],\"category\":\"suspect\"",
                                          "\"purposes\":[\"CT-INV\"],\"category\":\"witness\"" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        store_put_result result;
        struct world w;
        ent_err err = { 0 };

        world_init(&w);
        (void)join(&w);
        CHECK_INT(own_answer(&w).fit_count, 1);
        {
            ent_str bytes = ent_arena_printf(
                w.arena,
                "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"" SEEN
                "\",\"identity_class\":\"individual\",\"name\":\"Juranayef Elkhan\","
                "\"extensions\":{\"%s\":{\"extension_type\":\"property-extension\","
                "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},"
                "\"retention\":\"2029-01-01\",\"discover\":\"pointer\",%s}}}",
                STIX_EXT_HANDLING, hidden[i]);
            store_object newer = { .owner = ENT_STR(""),
                                   .id = ENT_STR(SEEN),
                                   .version = ENT_STR("2024-11-02T00:00:00.000Z"),
                                   .type = ENT_STR("identity"),
                                   .bytes = bytes,
                                   .received = w.n->d.now,
                                   .source = ENT_STR("test") };

            CHECK_OK(SIM_WORK(w.n, store_object_put(w.n->d.store, &newer, &result, &err), &err),
                     &err);
        }
        CHECK_INT(own_answer(&w).fit_count, 0);
        CHECK(!partner_fits(&w));
        world_release(&w);
    }
}

RUN_TESTS(cmocka_unit_test(a_join_of_two_officers_ties_until_it_is_undone),
          cmocka_unit_test(never_is_stronger_than_the_join),
          cmocka_unit_test(a_join_leads_to_nobody_who_may_not_be_looked_at))
