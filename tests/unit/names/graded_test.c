/* names/graded: conjunctions that are enough by themselves, and what may meet what. */
#include "test.h"

#include "names/names.h"

#define ROOM ((size_t)16 << 20)

struct side {
    ent_str *keys;
    size_t count;
};

static struct side keys_of(ent_arena *arena, const char *name, const char *birth, bool first)
{
    ent_str names[] = { ent_str_of(name) }, births[] = { ent_str_of(birth) };
    names_record r = { .schema = ENT_STR("person"),
                       .names = names,
                       .name_count = 1,
                       .births = births,
                       .birth_count = birth != NULL };
    ent_err err = { 0 };
    struct side s;

    CHECK_OK(names_keys_graded(arena, &r, first, &s.keys, &s.count, &err), &err);
    for (size_t i = 1; i < s.count; i++)
        CHECK(ent_str_compare(s.keys[i - 1], s.keys[i]) < 0);
    return s;
}

static bool meet(const char *name_a, const char *birth_a, const char *name_b, const char *birth_b)
{
    ent_arena *arena = ent_arena_new(ROOM);
    bool found[2] = { false, false };

    for (int turn = 0; turn < 2; turn++) {
        struct side a = keys_of(arena, name_a, birth_a, turn == 0),
                    b = keys_of(arena, name_b, birth_b, turn == 1);

        for (size_t i = 0; i < a.count; i++)
            for (size_t k = 0; k < b.count; k++)
                found[turn] = found[turn] || ent_str_equal(a.keys[i], b.keys[k]);
    }
    ent_arena_free(arena);
    CHECK(found[0] == found[1]); /* whoever is first */
    return found[0];
}

#define LATIN "Leonid Ivanovich KALASHNIKOV"
#define CYRIL "Калашников Леонид Иванович"

static void three_words_and_the_year_meet_in_every_script(void **state)
{
    (void)state;
    CHECK(meet(LATIN, "1960-08-06", CYRIL, "1960"));
    CHECK(meet(LATIN, "1960-08-06", CYRIL, "1960-08"));
    CHECK(meet(LATIN, "1960", CYRIL, "1960"));
}

static void without_a_date_at_one_side_three_words_are_enough(void **state)
{
    (void)state;
    CHECK(meet(LATIN, "1960-08-06", CYRIL, NULL));
    CHECK(meet(LATIN, NULL, CYRIL, NULL));
}

static void two_dates_of_different_years_never_meet(void **state)
{
    (void)state;
    CHECK(!meet(LATIN, "1960-08-06", CYRIL, "1961-08-06"));
    CHECK(!meet(LATIN, "1960", CYRIL, "1971"));
}

static void two_words_or_three_that_many_bear_are_not_enough(void **state)
{
    (void)state;
    CHECK(!meet("Leonid KALASHNIKOV", "1960", "Леонид Калашников", "1960"));
    CHECK(!meet("Leonid KALASHNIKOV", NULL, LATIN, NULL));
    CHECK(!meet("Ahmad Mohammad Ali", NULL, "Ali Ahmad Mohammad", NULL));
    CHECK(!meet("", NULL, "", NULL));
}

static void only_persons_have_them_and_not_without_end(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str names[40];
    names_record r = { .schema = ENT_STR("person"), .names = names, .name_count = 40 };
    ent_err err = { 0 };
    ent_str *keys;
    size_t count;

    (void)state;
    for (size_t i = 0; i < 40; i++)
        names[i] = ent_arena_printf(arena, "Bar%cuvkai De%coki%c Fu%cpaltor Grom%cvek",
                                    "bdfgklmnrs"[i % 10], "bdfgklmnrs"[i / 4], "bdfgklmnrs"[i % 7],
                                    "bdfgklmnrs"[i % 3], "bdfgklmnrs"[i % 9]);
    CHECK_OK(names_keys_graded(arena, &r, true, &keys, &count, &err), &err);
    CHECK_INT(count, 64);
    r.schema = ENT_STR("org");
    CHECK_OK(names_keys_graded(arena, &r, true, &keys, &count, &err), &err);
    CHECK_INT(count, 0);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(three_words_and_the_year_meet_in_every_script),
          TEST(without_a_date_at_one_side_three_words_are_enough),
          TEST(two_dates_of_different_years_never_meet),
          TEST(two_words_or_three_that_many_bear_are_not_enough),
          TEST(only_persons_have_them_and_not_without_end))
