/* names/pair: what is measured of two names, where the words stand. */
#include "test.h"

#include "names/pair_int.h"

#define ROOM ((size_t)64 << 20)

static int feature_of(const char *a, const char *b, names_feature feature)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str name[] = { ent_str_of(a), ent_str_of(b) };
    const names_prepared *prepared[2];
    ent_err err = { 0 };
    names_pair pair;

    for (int i = 0; i < 2; i++) {
        names_record r = { .schema = ENT_STR("person"), .names = &name[i], .name_count = 1 };

        CHECK_OK(names_prepare(arena, &r, &prepared[i], &err), &err);
    }
    CHECK(names_pair_compare(&prepared[0]->forms[0], &prepared[1]->forms[0], &pair));
    ent_arena_free(arena);
    return pair.feature[feature];
}

static void check_both_ways(const char *a, const char *b, names_feature feature, int want)
{
    CHECK_INT(feature_of(a, b, feature), want);
    CHECK_INT(feature_of(b, a, feature), want);
}

static void a_surname_may_be_first_or_last_but_given_names_have_an_order(void **state)
{
    (void)state;
    check_both_ways("Kim Chol Sok", "Kim Chol Sok", FEATURE_ORDER, 2);
    check_both_ways("Kim Chol Sok", "Chol Sok Kim", FEATURE_ORDER, 1);
    check_both_ways("Kim Chol Sok", "Kim Sok Chol", FEATURE_ORDER, 0);
    check_both_ways("Karim Husein Hasan Mansuri", "Mansuri Hasan Husein Karim", FEATURE_ORDER, 1);
    check_both_ways("Ivan Petrov", "Petrov Ivan", FEATURE_ORDER, 1);
    check_both_ways("Ivan Sergei Petrov", "Ivan Petrov", FEATURE_ORDER, 2);
}

static void the_first_word_is_a_persons_own(void **state)
{
    (void)state;
    check_both_ways("Nabil Farsoune", "Nabil Farsoune", FEATURE_FIRST, 3);
    check_both_ways("Petrov Ivan", "Ivan Petrov", FEATURE_FIRST, 2);
    check_both_ways("Layla Nabil Farsoune", "Nabil Farsoune", FEATURE_FIRST, 1); /* the father's */
    check_both_ways("Giorgi Pavlovich Beridzeli", "Zurab Pavlovich Beridzeli", FEATURE_FIRST, 0);
}

static void the_faith_behind_a_name_may_be_left_out(void **state)
{
    (void)state;
    check_both_ways("Salah Eddine Farsi", "Salah Farsi", FEATURE_PARTNERS, 2);
    check_both_ways("Salah Eddine Farsi", "صالح فارسي", FEATURE_PARTNERS, 2);
    check_both_ways("Salah Eddine Farsi", "Samir Farsi", FEATURE_PARTNERS, 1);
}

RUN_TESTS(TEST(a_surname_may_be_first_or_last_but_given_names_have_an_order),
          TEST(the_first_word_is_a_persons_own), TEST(the_faith_behind_a_name_may_be_left_out))
