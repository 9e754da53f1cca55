/* sim: hypotheses between desks, against a search over both holdings joined. */
#include "sim/joint_sim.h"

#include "joint/hypothesis.h"

#define RECORDS 7 /* persons of a side */
#define KEYS    4
#define FAR     99

/* ---- two random holdings ---- */

struct holding {
    bool link[2 * RECORDS][2 * RECORDS]; /* evidence between persons of one owner */
    int key[2 * RECORDS];                /* or -1 */
    bool given[2 * RECORDS];             /* to the other side */
    bool there[2 * RECORDS];             /* in the region within the window */
};

static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 11) % below);
}

static const char *person_id(ent_arena *arena, int i)
{
    return ent_arena_printf(arena, "identity--00000000-0000-4000-8000-0000000000%02x", (unsigned)i)
        .ptr;
}

static int side_of(int i)
{
    return i / RECORDS;
}

static struct holding random_holding(uint64_t seed)
{
    uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    struct holding h = { 0 };

    for (int i = 0; i < 2 * RECORDS; i++) {
        h.key[i] = draw(&state, 2) == 0 ? (int)draw(&state, KEYS) : -1;
        h.given[i] = draw(&state, 4) == 0;
        h.there[i] = draw(&state, 2) == 0;
        for (int j = 0; j < i; j++)
            h.link[i][j] = h.link[j][i] = side_of(i) == side_of(j) && draw(&state, 5) == 0;
    }
    return h;
}

/* Steps from `target` over what both know together. */
static void steps_joined(const struct holding *h, int target, int steps[2 * RECORDS])
{
    for (int i = 0; i < 2 * RECORDS; i++)
        steps[i] = i == target ? 0 : FAR;
    for (int round = 0; round < 2 * RECORDS; round++)
        for (int i = 0; i < 2 * RECORDS; i++)
            for (int j = 0; j < 2 * RECORDS; j++)
                if ((h->link[i][j] || (h->key[i] >= 0 && h->key[i] == h->key[j])) &&
                    steps[j] + 1 < steps[i])
                    steps[i] = steps[j] + 1;
}

static const char *key_text(ent_arena *arena, int key)
{
    return ent_arena_printf(arena, "doc:QV:%d", key).ptr;
}

static void person_put(sim_node *n, ent_arena *arena, const struct holding *h, int i)
{
    const char *id = person_id(arena, i);
    const char *event =
        ent_arena_printf(arena, "event--00000000-0000-4000-8000-0000000000%02x", (unsigned)i).ptr;
    const char *link =
        ent_arena_printf(arena, "relationship--00000000-0000-4000-8000-0000000001%02x", (unsigned)i)
            .ptr;
    const char *at =
        ent_arena_printf(arena, "relationship--00000000-0000-4000-8000-0000000002%02x", (unsigned)i)
            .ptr;

    joint_put(n, arena, "", "identity", id,
              ",\"identity_class\":\"individual\",\"name\":\"somebody\"", joint_label(arena, ""),
              h->key[i] < 0 ? NULL : key_text(arena, h->key[i]));
    joint_put(
        n, arena, "", "event", event, ",\"name\":\"journey\"",
        joint_label(arena, h->there[i] ? ",\"valid\":\"2024-09-20\"" : ",\"valid\":\"2024-08-20\""),
        NULL);
    joint_link(n, arena, link, id, "travelled", event, false);
    joint_link(n, arena, at, event, "to",
               side_of(i) == 0 ? "location--00000000-0000-4000-8000-000000000000"
                               : "location--00000000-0000-4000-8000-000000000001",
               false);
}

/* What a release leaves: a copy there, and at the owner who knows it. */
static void person_give(sim *world, ent_arena *arena, const struct holding *h, int i)
{
    sim_node *owner = &world->nodes[side_of(i)], *other = &world->nodes[1 - side_of(i)];
    const char *id = person_id(arena, i);
    const char *given = ent_arena_printf(arena, "%s/%s", other->code, id).ptr;
    const char *release = ent_arena_printf(arena, "release-%d", i).ptr;

    joint_put(other, arena, owner->code, "identity", id,
              ",\"identity_class\":\"individual\",\"name\":\"somebody\"", joint_label(arena, ""),
              h->key[i] < 0 ? NULL : key_text(arena, h->key[i]));
    joint_doc(owner, "given", given, other->code, "given", "{}");
    joint_doc(
        owner, "release", release, other->code, "received",
        ent_arena_printf(arena, "{\"objects\":[{\"id\":\"%s\",\"sent_as\":\"%s\"}]}", id, id).ptr);
}

static void holding_put(sim *world, ent_arena *arena, const struct holding *h)
{
    for (int side = 0; side < 2; side++) {
        sim_node *n = &world->nodes[side], *other = &world->nodes[1 - side];
        const char *place = side == 0 ? "location--00000000-0000-4000-8000-000000000000"
                                      : "location--00000000-0000-4000-8000-000000000001";

        joint_put(n, arena, "", "location", place,
                  ",\"name\":\"harbour\",\"latitude\":-46.2,\"longitude\":-122.7",
                  joint_label(arena, ""), NULL);
        for (int i = side * RECORDS; i < (side + 1) * RECORDS; i++) {
            person_put(n, arena, h, i);
            for (int j = side * RECORDS; j < i; j++)
                if (h->link[i][j])
                    joint_link(n, arena,
                               ent_arena_printf(
                                   arena, "relationship--00000000-0000-4000-8000-00000001%02x%02x",
                                   (unsigned)i, (unsigned)j)
                                   .ptr,
                               person_id(arena, i), "contact-of", person_id(arena, j), true);
        }
        for (int k = 0; k < KEYS; k++) {
            bool here = false, there = false;

            for (int i = 0; i < 2 * RECORDS; i++) {
                here = here || (side_of(i) == side && h->key[i] == k);
                there = there || (side_of(i) != side && h->key[i] == k);
            }
            if (here && there)
                joint_doc(n, "hit", key_text(arena, k), other->code, "open",
                          ent_arena_printf(arena, "{\"key\":\"%s\",\"status\":\"hit\"}",
                                           key_text(arena, k))
                              .ptr);
        }
    }
    for (int i = 0; i < 2 * RECORDS; i++)
        if (h->given[i])
            person_give(world, arena, h, i);
}

static joint_question question_of(const ent_str *target, unsigned steps)
{
    return (joint_question){ .purpose = ENT_STR("CT-INV"),
                             .region = { .circle = true, .lat = -46.2, .lon = -122.7, .km = 10 },
                             .from = ENT_STR("2024-09-15"),
                             .to = ENT_STR("2024-09-30"),
                             .tied_to = target,
                             .tied_count = 1,
                             .max_steps = steps,
                             .asked_by = ENT_STR("d.analyst") };
}

static bool named(const joint_answer *a, const char *id, const char *owner)
{
    for (size_t i = 0; i < a->fit_count; i++)
        if (ent_str_is(a->fits[i].id, id) && ent_str_is(a->fits[i].owner, owner))
            return true;
    return false;
}

/* The first of DSV is the target.  Every person of SVB against the joined search. */
static void answer_check(const struct holding *h, ent_arena *arena, const joint_answer *a,
                         int max_steps, uint64_t seed)
{
    int steps[2 * RECORDS];
    size_t names = 0;
    bool fits = false;

    steps_joined(h, 0, steps);
    for (int i = RECORDS; i < 2 * RECORDS; i++) {
        bool expected = steps[i] <= max_steps && h->there[i];

        if (expected && h->given[i])
            names++;
        else
            fits = fits || expected;
        if (named(a, person_id(arena, i), "SVB") != (expected && h->given[i]))
            fail_msg("seed %llu: person %d at %d steps", (unsigned long long)seed, i, steps[i]);
    }
    if (a->peers[0].fits != fits)
        fail_msg("seed %llu: one of its own %s", (unsigned long long)seed,
                 fits ? "fits" : "does not fit");
    for (size_t i = 0; i < a->fit_count; i++)
        names -= ent_str_is(a->fits[i].owner, "SVB");
    CHECK_INT(names, 0);
}

static void a_tie_across_two_holdings_is_what_a_search_over_both_finds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        struct holding h = random_holding(seed);
        ent_str target = ent_str_of(person_id(arena, 0));
        joint_question q = question_of(&target, 2 + (unsigned)seed % 6);
        const char *peers[] = { "SVB" };
        joint_answer answer;
        ent_err err = { 0 };
        char agreement[37], id[37];
        sim world;

        joint_init(&world, 2);
        world.crash = seed % 5 == 0;
        world.twice = seed % 5 == 1;
        joint_agree(&world, arena, JOINT_TERMS, agreement);
        holding_put(&world, arena, &h);
        CHECK_OK(SIM_WORK(&world.nodes[0],
                          joint_hypothesis_ask(&world.nodes[0].d, arena, &q, peers, 1, id, &err),
                          &err),
                 &err);
        sim_carry(&world);
        CHECK_OK(joint_hypothesis_get(&world.nodes[0].d, arena, ent_str_of(id), &answer, &err),
                 &err);
        CHECK_TEXT(answer.state, "closed");
        CHECK_TEXT(answer.peers[0].state, "answered");
        answer_check(&h, arena, &answer, (int)q.max_steps, seed);
        CHECK_INT(sim_doc_count(&world.nodes[0], "refused", NULL), 0);
        CHECK_INT(sim_doc_count(&world.nodes[1], "refused", NULL), 0);
        sim_release(&world);
        ent_arena_free(arena);
    }
}

/* ---- one small world for the rest ---- */

struct world {
    sim s;
    ent_arena *arena;
    struct holding h;
    ent_str target;
    joint_question q;
};

/* DSV has the target 0, SVB the person RECORDS with the same document, who was there. */
static void world_init(struct world *w, const char *terms)
{
    char agreement[37];

    *w = (struct world){ .arena = ent_arena_new(SIM_ROOM) };
    for (int i = 0; i < 2 * RECORDS; i++)
        w->h.key[i] = -1;
    w->h.key[0] = w->h.key[RECORDS] = 0;
    w->h.there[RECORDS] = true;
    joint_init(&w->s, 2);
    if (terms != NULL)
        joint_agree(&w->s, w->arena, terms, agreement);
    w->target = ent_str_of(person_id(w->arena, 0));
    w->q = question_of(&w->target, 8);
}

static void world_release(struct world *w)
{
    sim_release(&w->s);
    ent_arena_free(w->arena);
}

static ent_code ask(struct world *w, char id[37], ent_err *err)
{
    const char *peers[] = { "SVB" };

    *err = (ent_err){ 0 };
    return SIM_WORK(&w->s.nodes[0],
                    joint_hypothesis_ask(&w->s.nodes[0].d, w->arena, &w->q, peers, 1, id, err),
                    err);
}

static joint_answer answer_of(struct world *w, const char *id)
{
    joint_answer answer;
    ent_err err = { 0 };

    CHECK_OK(joint_hypothesis_get(&w->s.nodes[0].d, w->arena,
                                  ent_arena_str(w->arena, ent_str_of(id)), &answer, &err),
             &err);
    return answer;
}

static void one_of_mine_fits_without_a_name_until_it_is_released(void **state)
{
    joint_answer answer;
    struct world w;
    ent_err err;
    char id[37];

    (void)state;
    world_init(&w, JOINT_TERMS);
    holding_put(&w.s, w.arena, &w.h);
    CHECK_OK(ask(&w, id, &err), &err);
    sim_carry(&w.s);
    answer = answer_of(&w, id);
    CHECK_INT(answer.fit_count, 0);
    CHECK(answer.peers[0].fits);
    person_give(&w.s, w.arena, &w.h, RECORDS);
    CHECK_OK(ask(&w, id, &err), &err);
    sim_carry(&w.s);
    answer = answer_of(&w, id);
    CHECK_INT(answer.fit_count, 1);
    CHECK_TEXT(answer.fits[0].owner, "SVB");
    CHECK(!answer.peers[0].fits);
    world_release(&w);
}

static void a_target_that_only_its_owner_knows_is_named_by_its_id(void **state)
{
    joint_answer answer;
    struct world w;
    ent_err err;
    char id[37];

    (void)state;
    world_init(&w, JOINT_TERMS);
    w.h.link[RECORDS][RECORDS + 1] = w.h.link[RECORDS + 1][RECORDS] = true;
    w.target = ent_str_of(person_id(w.arena, RECORDS + 1));
    holding_put(&w.s, w.arena, &w.h);
    CHECK_OK(ask(&w, id, &err), &err);
    sim_carry(&w.s);
    answer = answer_of(&w, id);
    CHECK(answer.peers[0].fits);
    world_release(&w);
}

static void hidden_put(struct world *w, const char *members)
{
    joint_put(&w->s.nodes[1], w->arena, "", "identity", person_id(w->arena, RECORDS),
              ",\"identity_class\":\"individual\",\"name\":\"somebody\"",
              ent_arena_printf(w->arena,
                               "\"extensions\":{\"%s\":{\"extension_type\":\"property-extension\","
                               "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\","
                               "\"information\":\"2\"},\"retention\":\"2029-01-01\"%s}}",
                               STIX_EXT_HANDLING, members)
                  .ptr,
              "doc:QV:0");
}

static void who_may_not_be_found_is_in_no_answer(void **state)
{
    static const char *const hidden[] = {
        ",\"purposes\":[\"CT-INV\"],\"category\":\"witness\",\"discover\":\"pointer\"",
        ",\"purposes\":[\"CT-INV\"],\"category\":\"minor\",\"discover\":\"pointer\"",
        ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\"",
        ",\"purposes\":[\"TAX\"],\"category\":\"suspect\",\"discover\":\"pointer\"",
        ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\","
        "\"prohibit\":[\"disclose\"]",
        ",\"category\":\"suspect\",\"discover\":\"pointer\"",
    };
    static const char open[] =
        ",\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"discover\":\"pointer\"";

    (void)state;
    for (size_t i = 0; i <= sizeof hidden / sizeof *hidden; i++) {
        bool visible = i == sizeof hidden / sizeof *hidden;
        joint_answer answer;
        struct world w;
        ent_err err;
        char id[37];

        world_init(&w, JOINT_TERMS);
        hidden_put(&w, visible ? open : hidden[i]); /* first come, first kept */
        w.h.there[RECORDS] = true;
        holding_put(&w.s, w.arena, &w.h);
        CHECK_OK(ask(&w, id, &err), &err);
        sim_carry(&w.s);
        answer = answer_of(&w, id);
        CHECK_TEXT(answer.peers[0].state, "answered");
        CHECK_INT(answer.peers[0].fits, visible);
        world_release(&w);
    }
}

static void without_an_agreement_for_it_nothing_is_asked_and_nothing_answered(void **state)
{
    static const char without[] =
        "{\"name\":\"Joint\",\"purposes\":[\"CT-INV\"],\"release\":true,\"retention_months\":12,"
        "\"not_after\":\"2025-12-31\"}";
    struct world w;
    ent_err err;
    char id[37];

    (void)state;
    world_init(&w, without);
    CHECK_INT(ask(&w, id, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[flow]") != NULL);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "outbox", NULL), 0);
    world_release(&w);
    world_init(&w, JOINT_TERMS);
    w.q.purpose = ENT_STR("TAX");
    CHECK_INT(ask(&w, id, &err), ENT_DENIED);
    CHECK(strstr(err.msg, "[purpose]") != NULL);
    world_release(&w);
}

/* The asker's node has been made to ask all the same. */
static void a_question_beyond_the_agreement_is_refused_by_its_receiver(void **state)
{
    struct world w;
    joint_answer answer;
    ent_err err;
    char id[37];

    (void)state;
    world_init(&w, JOINT_TERMS);
    holding_put(&w.s, w.arena, &w.h);
    CHECK_OK(ask(&w, id, &err), &err);
    w.s.nodes[1].d.now += 700 * ENT_DAY_TIME; /* there, it has ended */
    sim_carry(&w.s);
    answer = answer_of(&w, id);
    CHECK_TEXT(answer.peers[0].state, "refused");
    CHECK_TEXT(answer.peers[0].clause, "agreement");
    CHECK_TEXT(answer.state, "closed");
    world_release(&w);
}

static void halving_a_region_ends_with_the_budget(void **state)
{
    joint_answer answer;
    struct world w;
    ent_err err;
    char id[37];

    (void)state;
    world_init(&w, JOINT_TERMS);
    holding_put(&w.s, w.arena, &w.h);
    for (int i = 0; i < 24; i++) {
        w.q.region.km = 20.0 / (i + 1);
        CHECK_OK(ask(&w, id, &err), &err);
        sim_carry(&w.s);
        answer = answer_of(&w, id);
        CHECK_TEXT(answer.peers[0].state, "answered");
    }
    CHECK_OK(ask(&w, id, &err), &err);
    sim_carry(&w.s);
    answer = answer_of(&w, id);
    CHECK_TEXT(answer.peers[0].state, "refused");
    w.s.nodes[1].d.now += 8 * ENT_DAY_TIME;
    CHECK_OK(ask(&w, id, &err), &err);
    sim_carry(&w.s);
    answer = answer_of(&w, id);
    CHECK_TEXT(answer.peers[0].state, "answered");
    world_release(&w);
}

static bool changed(void *arg, sim_node *from, sim_node *to, link_entry *entry, ent_span *body)
{
    const char *const *replace = arg;
    char *at;

    (void)to;
    if (entry->kind != LINK_HYPOTHESIS || from->index != 1)
        return true;
    at = strstr((char *)(uintptr_t)body->ptr, replace[0]);
    if (at != NULL)
        memcpy(at, replace[1], strlen(replace[1]));
    return true;
}

static void a_lie_about_an_answer_is_refused_and_recorded(void **state)
{
    static const char *const lies[][2] = {
        { "\"fits\":true", "\"fits\":null" },
        { "\"named\":[", "\"nomed\":[" },
        { "\"answer\"", "\"answor\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct world w;
        ent_err err;
        char id[37];

        world_init(&w, JOINT_TERMS);
        holding_put(&w.s, w.arena, &w.h);
        w.s.tap = changed;
        w.s.tap_arg = (void *)(uintptr_t)lies[i];
        CHECK_OK(ask(&w, id, &err), &err);
        sim_carry(&w.s);
        CHECK(answer_of(&w, id).open);
        CHECK_INT(sim_doc_count(&w.s.nodes[0], "refused", NULL), 1);
        world_release(&w);
    }
}

static void nobody_can_name_what_was_not_released(void **state)
{
    struct world w;
    ent_err err;
    char id[37];
    ent_buf buf;
    ent_str body;

    (void)state;
    world_init(&w, JOINT_TERMS);
    holding_put(&w.s, w.arena, &w.h);
    CHECK_OK(ask(&w, id, &err), &err);
    ent_buf_init(&buf, w.arena);
    ent_buf_printf(&buf,
                   "{\"step\":\"answer\",\"question\":\"%s\",\"fits\":false,\"named\":[\"%s\"]}",
                   id, person_id(w.arena, 0));
    CHECK_OK(ent_buf_done(&buf, &body, &err), &err);
    CHECK_OK(SIM_WORK(&w.s.nodes[1],
                      desk_say(&w.s.nodes[1].d, w.arena, "DSV", LINK_HYPOTHESIS,
                               ent_span_of_str(body), &err),
                      &err),
             &err);
    sim_carry_from(&w.s, &w.s.nodes[1]);
    CHECK(answer_of(&w, id).open);
    CHECK_INT(sim_doc_count(&w.s.nodes[0], "refused", NULL), 1);
    world_release(&w);
}

RUN_TESTS(cmocka_unit_test(a_tie_across_two_holdings_is_what_a_search_over_both_finds),
          cmocka_unit_test(one_of_mine_fits_without_a_name_until_it_is_released),
          cmocka_unit_test(a_target_that_only_its_owner_knows_is_named_by_its_id),
          cmocka_unit_test(who_may_not_be_found_is_in_no_answer),
          cmocka_unit_test(without_an_agreement_for_it_nothing_is_asked_and_nothing_answered),
          cmocka_unit_test(a_question_beyond_the_agreement_is_refused_by_its_receiver),
          cmocka_unit_test(halving_a_region_ends_with_the_budget),
          cmocka_unit_test(a_lie_about_an_answer_is_refused_and_recorded),
          cmocka_unit_test(nobody_can_name_what_was_not_released))
