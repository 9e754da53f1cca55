/* Two sides in one program: the count is right but for the dummies, and says no more. */
#include "psi/overlap.h"
#include "test.h"

#define MEMORY ((size_t)256 << 20)

static ent_str *keys(ent_arena *arena, size_t from, size_t count)
{
    ent_str *list = ent_arena_array(arena, count + 1, sizeof *list);

    for (size_t i = 0; i < count; i++)
        list[i] = ent_arena_printf(arena, "doc:K:%zu", from + i);
    return list;
}

/* Plays a run; what each side counts. */
static void play(ent_arena *arena, const uint8_t *seed_a, const uint8_t *seed_b, const ent_str *a,
                 size_t na, const ent_str *b, size_t nb, unsigned bits, size_t counts[2])
{
    ent_hash coin = ent_hash_of("coin", 4);
    psi_tag *a_by_b, *b_by_a;
    psi_set set_a, set_b;
    ent_err err = { 0 };

    CHECK_OK(psi_overlap_make(arena, seed_a, ENT_STR("r"), &coin, bits, a, na, NULL, &set_a, &err),
             &err);
    CHECK_OK(psi_overlap_make(arena, seed_b, ENT_STR("r"), &coin, bits, b, nb, NULL, &set_b, &err),
             &err);
    CHECK_OK(psi_overlap_double(arena, seed_b, &set_a, NULL, &a_by_b, &err), &err);
    CHECK_OK(psi_overlap_double(arena, seed_a, &set_b, NULL, &b_by_a, &err), &err);
    CHECK_OK(psi_overlap_count(arena, a_by_b, set_a.count, b_by_a, set_b.count, &counts[0], &err),
             &err);
    CHECK_OK(psi_overlap_count(arena, b_by_a, set_b.count, a_by_b, set_a.count, &counts[1], &err),
             &err);
}

static void both_count_alike_within_the_noise(void **state)
{
    size_t sum = 0;
    double squares = 0;

    (void)state;
    for (uint8_t round = 0; round < 12; round++) {
        ent_arena *arena = ent_arena_new(MEMORY);
        uint8_t seed_a[PSI_SEED_SIZE] = { 1, round }, seed_b[PSI_SEED_SIZE] = { 2, round };
        size_t counts[2], dummies = psi_overlap_dummies(seed_a);

        CHECK(dummies > 40 && dummies < 90);
        play(arena, seed_a, seed_b, keys(arena, 0, 70), 70, keys(arena, 40, 60), 60, 0, counts);
        CHECK_INT(counts[0], counts[1]);
        CHECK(counts[0] >= 30 && counts[0] <= 30 + dummies);
        sum += counts[0];
        squares += ((double)counts[0] - 30 - (double)dummies / 2) *
                   ((double)counts[0] - 30 - (double)dummies / 2);
        ent_arena_free(arena);
    }
    CHECK(sum > 12 * (30 + 26) && sum < 12 * (30 + 38));
    CHECK(squares / 12 > 2 && squares / 12 < 64); /* there is noise, and not too much */
}

static void an_answer_is_in_another_order_than_the_set(void **state)
{
    ent_arena *arena = ent_arena_new(MEMORY);
    uint8_t seed[PSI_SEED_SIZE] = { 3 };
    psi_tag *ordered, *shuffled;
    ent_hash coin = { { 0 } };
    size_t same = 0, common;
    ent_err err = { 0 };
    psi_set set;

    (void)state;
    CHECK_OK(psi_overlap_make(arena, seed, ENT_STR("r"), &coin, 0, keys(arena, 0, 60), 60, NULL,
                              &set, &err),
             &err);
    CHECK_OK(psi_double(arena, seed, &set, NULL, &ordered, &err), &err);
    CHECK_OK(psi_overlap_double(arena, seed, &set, NULL, &shuffled, &err), &err);
    for (size_t i = 0; i < set.count; i++)
        same += memcmp(&ordered[i], &shuffled[i], PSI_TAG_SIZE) == 0;
    CHECK(same < 10);
    CHECK_OK(psi_overlap_count(arena, ordered, set.count, shuffled, set.count, &common, &err),
             &err);
    CHECK_INT(common, set.count);
    ent_arena_free(arena);
}

static void both_sample_the_same_keys(void **state)
{
    ent_arena *arena = ent_arena_new(MEMORY);
    uint8_t seed_a[PSI_SEED_SIZE] = { 1 }, seed_b[PSI_SEED_SIZE] = { 2 };
    size_t counts[2];

    (void)state;
    play(arena, seed_a, seed_b, keys(arena, 0, 800), 800, keys(arena, 0, 800), 800, 2, counts);
    CHECK(counts[0] > 150 + 20 && counts[0] < 250 + 50);
    CHECK_INT(psi_overlap_bits(100, 16384), 0);
    CHECK_INT(psi_overlap_bits(100, 16384 * 4), 2);
    CHECK_INT(psi_overlap_bits(1 << 20, 5), 6);
    ent_arena_free(arena);
}

static void what_is_reported_is_coarse(void **state)
{
    static const struct {
        size_t common, dummies;
        unsigned bits;
        const char *text;
    } cases[] = { { 0, 64, 0, "fewer than 10" },      { 41, 64, 0, "fewer than 10" },
                  { 42, 64, 0, "about 10" },          { 67, 64, 0, "about 40" },
                  { 32 + 95, 64, 0, "about 100" },    { 32 + 1234, 64, 0, "about 1200" },
                  { 32 + 1250, 64, 0, "about 1300" }, { 32 + 100, 64, 6, "about 6400" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[PSI_OVERLAP_TEXT];

        psi_overlap_report(cases[i].common, cases[i].dummies, cases[i].bits, text);
        CHECK_STR(text, cases[i].text);
    }
}

RUN_TESTS(TEST(both_count_alike_within_the_noise), TEST(an_answer_is_in_another_order_than_the_set),
          TEST(both_sample_the_same_keys), TEST(what_is_reported_is_coarse))
