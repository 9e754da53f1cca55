/* names/table: scores with the table are those without it, and what the table leaves out is
 * nothing. */
#include "test.h"

#include "names/table_int.h"

#include <stdio.h>

#define ROOM    ((size_t)256 << 20)
#define RECORDS 160
#define NAMES   6

static const char *const words[] = {
    "Muhammad",  "Mohamed",    "Ali",       "al-Din",  "Salah",  "Salahuddin", "Abdul", "Rahman",
    "bin",       "Rashid",     "Binrashid", "A.",      "M.",     "Vladimir",   "Putin", "Poutine",
    "Володимир", "Путин",      "Иванович",  "محمد",    "صلاح",   "الدين",      "علي",   "김정은",
    "Kim",       "Jong",       "Un",        "习近平",  "Xi",     "Jinping",    "El",    "Khan",
    "Elkhan",    "Dzhuranaev", "Juranaev",  "Hussein", "Gusein", "Omar",       "Amin",  "Abu",
    "Zaid",      "Petrov",     "Petrovsky", "Lee",     "Rhee",   "Nuriddin",   "Din",   "Nur",
};

#define WORDS (sizeof words / sizeof *words)

static uint32_t chance(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* A record of one to NAMES names of one to four of the words. */
static names_record record_of(ent_arena *arena, uint32_t *seed, const char *schema)
{
    names_record r = { .schema = ent_str_of(schema) };

    r.names = ent_arena_array(arena, NAMES, sizeof *r.names);
    r.name_count = 1 + chance(seed) % NAMES;
    for (size_t i = 0; i < r.name_count; i++) {
        char *text = ent_arena_alloc(arena, 256);
        size_t size = 0, count = 1 + chance(seed) % 4;

        for (size_t w = 0; w < count; w++)
            size += (size_t)snprintf(text + size, 256 - size, "%s ", words[chance(seed) % WORDS]);
        r.names[i] = (ent_str){ text, size };
    }
    return r;
}

static void check_same(ent_arena *arena, const names_record *a, const names_record *b)
{
    const names_prepared *x, *y;
    ent_err err = { 0 };
    names_result quick;
    names_verdict slow = names_compare(a, b); /* looks at every two words of every two names */

    CHECK(names_prepare(arena, a, &x, &err) == ENT_OK);
    CHECK(names_prepare(arena, b, &y, &err) == ENT_OK);
    quick = names_score(x, y);
    CHECK(quick.score >= slow.score && quick.score <= slow.score);
    CHECK(quick.decision == slow.decision);
}

static void scores_with_the_table_are_those_without_it(void **state)
{
    static const char *const schemas[] = { "person", "org" };

    (void)state;
    for (size_t s = 0; s < 2; s++) {
        ent_arena *arena = ent_arena_new(ROOM);
        names_record records[RECORDS];
        uint32_t seed = 4;

        for (size_t i = 0; i < RECORDS; i++)
            records[i] = record_of(arena, &seed, schemas[s]);
        for (size_t i = 0; i < RECORDS; i++)
            for (size_t j = 0; j < RECORDS; j += 1 + i % 5)
                check_same(arena, &records[i], &records[j]);
        ent_arena_free(arena);
    }
}

static void words_written_as_one_are_found_where_no_word_is_alike(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    ent_str one = ENT_STR("Mariaelena"), two = ENT_STR("Maria Elena");
    names_record a = { .schema = ENT_STR("person"), .names = &one, .name_count = 1 },
                 b = { .schema = ENT_STR("person"), .names = &two, .name_count = 1 };

    (void)state;
    CHECK(names_compare(&a, &b).score > 0);
    check_same(arena, &a, &b);
    check_same(arena, &b, &a);
    ent_arena_free(arena);
}

static void a_record_of_too_many_words_has_no_table(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    char text[NAMES_ENTRIES + 1][32];
    ent_str many[NAMES_ENTRIES + 2], few[] = { ENT_STR("Binrashid Salahuddin") };
    names_record a = { .schema = ENT_STR("person"), .names = many },
                 b = { .schema = ENT_STR("person"), .names = few, .name_count = 1 };
    static const char sounds[] = "bdklmnrst";
    const names_prepared *prepared;
    ent_err err = { 0 };
    names_table table;

    (void)state;
    for (size_t i = 0; i <= NAMES_ENTRIES; i++) {
        (void)snprintf(text[i], sizeof text[i], "Bor%ca%cuk Tal%ca%cun", sounds[i / 9],
                       sounds[i % 9], sounds[i / 9], sounds[i % 9]);
        many[i] = ent_str_of(text[i]);
    }
    many[NAMES_ENTRIES + 1] = ENT_STR("bin Rashid Salah al-Din");
    for (a.name_count = NAMES_ENTRIES / 2 - 2; a.name_count <= NAMES_ENTRIES + 2; a.name_count++) {
        CHECK(names_prepare(arena, &a, &prepared, &err) == ENT_OK);
        CHECK(names_table_fill(prepared, prepared, &table) == (a.name_count <= NAMES_ENTRIES / 2));
        check_same(arena, &a, &b);
        check_same(arena, &b, &a);
    }
    ent_arena_free(arena);
}

static void likeness_has_no_order_and_far_only_cuts(void **state)
{
    names_sound sounds[WORDS];

    (void)state;
    for (size_t i = 0; i < WORDS; i++) {
        names_parsed parsed;

        names_parse(ent_str_of(words[i]), &parsed);
        names_sound_of(parsed.count == 0 ? "" : parsed.words[0].text, &sounds[i]);
    }
    for (size_t i = 0; i < WORDS; i++)
        for (size_t j = 0; j < WORDS; j++)
            for (int bare = 0; bare < 2; bare++) {
                int all = names_sound_alike(&sounds[i], &sounds[j], bare == 1, 0);

                for (int far = 1; far <= 100; far++) {
                    int alike = names_sound_alike(&sounds[i], &sounds[j], bare == 1, far);

                    CHECK(alike == (all >= far ? all : 0));
                    CHECK(alike == names_sound_alike(&sounds[j], &sounds[i], bare == 1, far));
                }
            }
}

static void the_span_of_masses_is_what_masses_do_not_part(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            CHECK((b >= names_mass_least((uint8_t)a) && b <= names_mass_most((uint8_t)a)) ==
                  !names_masses_part((uint8_t)a, (uint8_t)b));
}

RUN_TESTS(TEST(scores_with_the_table_are_those_without_it),
          TEST(words_written_as_one_are_found_where_no_word_is_alike),
          TEST(a_record_of_too_many_words_has_no_table),
          TEST(likeness_has_no_order_and_far_only_cuts),
          TEST(the_span_of_masses_is_what_masses_do_not_part))
