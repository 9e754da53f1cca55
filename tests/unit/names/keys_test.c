/* names/keys: two tiers, the same from every spelling, within a budget. */
#include "test.h"

#include "names/names.h"

#define ROOM ((size_t)64 << 20)

static names_record person(ent_str *names, size_t count, ent_str *births, size_t birth_count)
{
    return (names_record){ .schema = ENT_STR("person"),
                           .names = names,
                           .name_count = count,
                           .births = births,
                           .birth_count = birth_count };
}

static bool has(const ent_str *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(keys[i], key))
            return true;
    return false;
}

static void spellings_share_strong_and_weak_keys(void **state)
{
    static const char *const spellings[] = { "Эльхан Исаевич Джуранаев", "Elkhan Djouranaïev",
                                             "DZHURANAEV ELKHAN", "إلخان جورانايف" };
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str date = ENT_STR("1991-03-07");
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        ent_str name = ent_str_of(spellings[i]), *keys;
        names_record r = person(&name, 1, &date, 1);
        size_t count;

        CHECK_OK(names_keys_tier(arena, &r, NAMES_ALL, &keys, &count, &err), &err);
        CHECK(has(keys, count, "nm:ALKN+JRNV|1991|03/07"));
        CHECK(has(keys, count, "np:ALKN+JRNV"));
        CHECK(has(keys, count, "nd:JRNV|1991|03/07"));
        for (size_t k = 1; k < count; k++)
            CHECK(ent_str_compare(keys[k - 1], keys[k]) < 0);
        CHECK_OK(names_keys(arena, &r, &keys, &count, &err), &err);
        CHECK_INT(count, 1);
    }
    ent_arena_free(arena);
}

static void day_and_month_exchanged_give_the_same_strong_key(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str name = ENT_STR("El Khan Juranayef"), date = ENT_STR("1991-07-03"), *keys;
    names_record r = person(&name, 1, &date, 1);
    ent_err err = { 0 };
    size_t count;

    (void)state;
    CHECK_OK(names_keys(arena, &r, &keys, &count, &err), &err);
    CHECK(has(keys, count, "nm:ALKN+JRNV|1991|03/07"));
    ent_arena_free(arena);
}

static void without_a_whole_date_there_is_no_strong_key(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str name = ENT_STR("Elkhan Dzhuranaev"), date = ENT_STR("1991"), *keys;
    names_record r = person(&name, 1, &date, 1);
    ent_err err = { 0 };
    size_t count;

    (void)state;
    CHECK_OK(names_keys(arena, &r, &keys, &count, &err), &err);
    CHECK_INT(count, 0);
    CHECK_OK(names_keys_tier(arena, &r, NAMES_WEAK, &keys, &count, &err), &err);
    CHECK(has(keys, count, "np:ALKN+JRNV"));
    ent_arena_free(arena);
}

static void a_record_of_many_names_stays_within_the_budget(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str names[40],
        dates[3] = { ENT_STR("1991-03-07"), ENT_STR("1990-01-01"), ENT_STR("1989-12-31") };
    names_record r = person(names, 40, dates, 3);
    ent_err err = { 0 };
    ent_str *keys;
    size_t count;

    (void)state;
    for (size_t i = 0; i < 40; i++)
        names[i] = ent_arena_printf(arena, "Bar%cu%ca De%co%ci Fu%cal", "bdfgklmnrs"[i % 10],
                                    "bdfgklmnrs"[i / 4], "bdfgklmnrs"[i % 7], "bdfgklmnrs"[i % 3],
                                    "bdfgklmnrs"[i % 9]);
    CHECK_OK(names_keys_tier(arena, &r, NAMES_ALL, &keys, &count, &err), &err);
    CHECK_INT(count, 12);
    ent_arena_free(arena);
}

static void one_word_has_no_key_but_with_a_date(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str name = ENT_STR("Dzhuranaev"), date = ENT_STR("1991-03-07"), *keys;
    names_record r = person(&name, 1, &date, 1);
    ent_err err = { 0 };
    size_t count;

    (void)state;
    CHECK_OK(names_keys(arena, &r, &keys, &count, &err), &err);
    CHECK_INT(count, 0);
    CHECK_OK(names_keys_tier(arena, &r, NAMES_WEAK, &keys, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_TEXT(keys[0], "nd:JRNV|1991|03/07");
    ent_arena_free(arena);
}

static void an_organisation_is_found_by_its_rare_words(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str a = ENT_STR("OOO Tambovskii Porokhovoi Zavod"),
            b = ENT_STR("Tambov Gunpowder Plant LLC");
    names_record x = person(&a, 1, NULL, 0), y = person(&b, 1, NULL, 0);
    ent_err err = { 0 };
    ent_str *keys;
    size_t count;

    (void)state;
    x.schema = y.schema = ENT_STR("org");
    CHECK_OK(names_keys_tier(arena, &x, NAMES_ALL, &keys, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK(ent_str_starts(keys[0], ENT_STR("no:")));
    CHECK_OK(names_keys(arena, &y, &keys, &count, &err), &err);
    CHECK_INT(count, 0);
    ent_arena_free(arena);
}

static bool keys_made(ent_arena *arena)
{
    ent_str name = ENT_STR("Эльхан Джуранаев; El Khan Juranayef"), date = ENT_STR("1991-03-07"),
            *keys;
    names_record r = person(&name, 1, &date, 1);
    ent_err err = { 0 };
    size_t count;

    return names_keys_tier(arena, &r, NAMES_ALL, &keys, &count, &err) == ENT_OK;
}

static void every_failed_allocation_is_an_error_and_no_more(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, ROOM, keys_made(arena));
}

RUN_TESTS(TEST(spellings_share_strong_and_weak_keys),
          TEST(day_and_month_exchanged_give_the_same_strong_key),
          TEST(without_a_whole_date_there_is_no_strong_key),
          TEST(a_record_of_many_names_stays_within_the_budget),
          TEST(one_word_has_no_key_but_with_a_date),
          TEST(an_organisation_is_found_by_its_rare_words),
          TEST(every_failed_allocation_is_an_error_and_no_more))
