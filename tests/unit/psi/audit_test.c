/* psi/audit: what was committed to can be shown place by place, and nothing else can. */
#include "psi/audit.h"
#include "test.h"

#include <sodium.h>

#define ROOM  ((size_t)64 << 20)
#define ITEMS 21 /* padded to 32 */
#define SIZE  32

static const uint8_t seed[PSI_SEED_SIZE] = { 7 };
#define RUN ENT_STR("0b51a6f0-1c4e-4c7a-9f7e-000000000001")
static ent_err err;

struct sample {
    ent_arena *arena;
    ent_str items[ITEMS];
    psi_set set;
    psi_element public;
    uint32_t *places;
    size_t count;
    psi_opening *openings;
};

static void sample_make(struct sample *s, size_t wanted)
{
    const ent_hash other = { { 9 } };

    s->arena = ent_arena_new(ROOM);
    for (size_t i = 0; i < ITEMS; i++)
        s->items[i] = ent_arena_printf(s->arena, "doc:QBZ:%zu", i);
    CHECK_OK(psi_set_make(s->arena, seed, RUN, s->items, ITEMS, NULL, &s->set, &err), &err);
    CHECK_INT(s->set.count, SIZE);
    CHECK_OK(psi_audit_places(s->arena, RUN, &s->set.root, &other, SIZE, wanted, &s->places,
                              &s->count, &err),
             &err);
    s->public = psi_audit_public(seed);
    CHECK_OK(psi_audit_open(s->arena, seed, RUN, &s->set, s->items, s->places, s->count,
                            &s->openings, &err),
             &err);
}

static ent_code check(const struct sample *s, const psi_opening *o, ent_str key)
{
    err = (ent_err){ 0 };
    return psi_audit_check(RUN, &s->set.root, SIZE, &s->public, o, key, &err);
}

static ent_str key_of(const struct sample *s, const psi_opening *o)
{
    return o->item == PSI_PADDING ? ENT_STR_NONE : s->items[o->item];
}

static void every_place_opens_to_what_it_is_and_to_nothing_else(void **state)
{
    struct sample s;
    size_t padding = 0;

    (void)state;
    sample_make(&s, 300);
    CHECK_INT(s.count, SIZE);
    for (size_t i = 0; i < s.count; i++) {
        const psi_opening *o = &s.openings[i];

        CHECK_OK(check(&s, o, key_of(&s, o)), &err);
        padding += o->item == PSI_PADDING;
        for (size_t k = 0; k < ITEMS; k++)
            if (k != o->item)
                CHECK_INT(check(&s, o, s.items[k]), ENT_UNTRUSTED);
        if (o->item != PSI_PADDING)
            CHECK_INT(check(&s, o, ENT_STR_NONE), ENT_UNTRUSTED);
    }
    CHECK_INT(padding, SIZE - ITEMS);
    ent_arena_free(s.arena);
}

static void an_opening_that_was_changed_does_not_hold(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s, 4);
    for (size_t i = 0; i < s.count; i++) {
        psi_opening o = s.openings[i];
        ent_str key = key_of(&s, &o);
        ent_hash other_root = s.set.root;
        psi_element other_public = s.set.elements[0];

        o.place ^= 1;
        CHECK_INT(check(&s, &o, key), ENT_UNTRUSTED);
        o = s.openings[i];
        o.place += SIZE;
        CHECK_INT(check(&s, &o, key), ENT_UNTRUSTED);
        o = s.openings[i];
        o.element = s.set.elements[(o.place + 1) % SIZE];
        CHECK_INT(check(&s, &o, key), ENT_UNTRUSTED);
        o = s.openings[i];
        o.path[4].bytes[0] ^= 1;
        CHECK_INT(check(&s, &o, key), ENT_UNTRUSTED);
        o = s.openings[i];
        o.proof[40] ^= 1;
        CHECK_INT(check(&s, &o, key), ENT_UNTRUSTED);
        o = s.openings[i];
        o.noise[3] ^= 1;
        CHECK_INT(check(&s, &o, key), key.size > 0 ? ENT_OK : ENT_UNTRUSTED);
        o = s.openings[i];
        other_root.bytes[5] ^= 1;
        CHECK_INT(psi_audit_check(RUN, &other_root, SIZE, &s.public, &o, key, &err), ENT_UNTRUSTED);
        CHECK_INT(psi_audit_check(RUN, &s.set.root, SIZE, &other_public, &o, key, &err),
                  ENT_UNTRUSTED);
        CHECK_INT(psi_audit_check(ENT_STR("another"), &s.set.root, SIZE, &s.public, &o, key, &err),
                  key.size > 0 ? ENT_UNTRUSTED : ENT_OK);
    }
    ent_arena_free(s.arena);
}

static void places_follow_from_both_roots_and_are_each_once(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_hash own = { { 1 } }, other = { { 2 } }, third = { { 3 } };
    uint32_t *first, *again, *another;
    size_t count, hit = 0;

    (void)state;
    CHECK_OK(psi_audit_places(arena, RUN, &own, &other, 4096, 300, &first, &count, &err), &err);
    CHECK_INT(count, 300);
    for (size_t i = 1; i < count; i++)
        CHECK(first[i - 1] < first[i] && first[i] < 4096);
    CHECK_OK(psi_audit_places(arena, RUN, &own, &other, 4096, 300, &again, &count, &err), &err);
    assert_memory_equal(first, again, 300 * sizeof *first);
    CHECK_OK(psi_audit_places(arena, RUN, &own, &third, 4096, 300, &another, &count, &err), &err);
    CHECK(memcmp(first, another, 300 * sizeof *first) != 0);
    CHECK_OK(psi_audit_places(arena, RUN, &third, &other, 4096, 300, &another, &count, &err), &err);
    CHECK(memcmp(first, another, 300 * sizeof *first) != 0);
    /* A lie of one percent is among them in 95 of 100 cases. */
    for (uint8_t n = 0; n < 200; n++) {
        bool seen = false;

        third.bytes[9] = n;
        CHECK_OK(psi_audit_places(arena, RUN, &own, &third, 4096, 300, &another, &count, &err),
                 &err);
        for (size_t i = 0; i < count; i++)
            seen = seen || another[i] % 100 == 17;
        hit += seen;
    }
    CHECK(hit > 180);
    ent_arena_free(arena);
}

static void running_out_of_memory_fails_cleanly(void **state)
{
    struct sample s;

    (void)state;
    sample_make(&s, 4);
    FAULT_SWEEP(arena, ROOM,
                psi_audit_open(arena, seed, RUN, &s.set, s.items, s.places, s.count, &s.openings,
                               &err) == ENT_OK);
    ent_arena_free(s.arena);
}

RUN_TESTS(TEST(every_place_opens_to_what_it_is_and_to_nothing_else),
          TEST(an_opening_that_was_changed_does_not_hold),
          TEST(places_follow_from_both_roots_and_are_each_once),
          TEST(running_out_of_memory_fails_cleanly))
