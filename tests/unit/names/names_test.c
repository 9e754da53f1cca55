/* names: the story's pairs decide as expected; keys find the same pairs. */
#include "test.h"

#include "names/names.h"

#define ROOM ((size_t)256 << 20)

static names_record record_of(ent_str *name, ent_str *date)
{
    return (names_record){ .schema = ENT_STR("person"),
                           .names = name,
                           .name_count = 1,
                           .births = date,
                           .birth_count = date->ptr == NULL ? 0 : 1 };
}

static bool keys_meet(ent_arena *arena, const names_record *a, const names_record *b)
{
    ent_str *x, *y;
    size_t nx, ny;
    ent_err err = { 0 };

    CHECK_OK(names_keys(arena, a, &x, &nx, &err), &err);
    CHECK_OK(names_keys(arena, b, &y, &ny, &err), &err);
    for (size_t i = 0; i < nx; i++)
        for (size_t j = 0; j < ny; j++)
            if (ent_str_equal(x[i], y[j]))
                return true;
    return false;
}

static ent_json story(ent_arena *arena)
{
    size_t size;
    char *text = test_file("../shared/scenario/scenario.json", &size);
    ent_err err = { 0 };
    ent_json root;

    CHECK(ent_arena_defer(arena, free, text) == 0);
    CHECK_OK(ent_json_read(arena, (ent_str){ text, size }, &root, &err), &err);
    return root;
}

static void the_pairs_of_the_story_decide_as_expected(void **state)
{
    ent_arena *arena;
    int wrong = 0;

    (void)state;
    SHARED_OR_SKIP("scenario/scenario.json");
    arena = ent_arena_new(ROOM);
    for (ent_json v = ent_json_first(ent_json_get(story(arena), "name_pairs")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str a = ent_json_get_text(v, "a"), b = ent_json_get_text(v, "b");
        ent_str da = ent_json_get_text(v, "dob_a"), db = ent_json_get_text(v, "dob_b");
        ent_str want = ent_json_get_text(v, "expect");
        names_record x = record_of(&a, &da), y = record_of(&b, &db);
        names_verdict got = names_compare(&x, &y), back = names_compare(&y, &x);
        static const char *const as[] = { "NO", "REVIEW", "MATCH" };

        CHECK(got.decision == back.decision && got.score == back.score);
        if (!ent_str_is(want, as[got.decision])) {
            print_message("# %.*s / %.*s: want %.*s, got %s: %s; %s\n", ENT_STR_ARG(a),
                          ENT_STR_ARG(b), ENT_STR_ARG(want), as[got.decision], got.why[0],
                          got.why[1]);
            wrong++;
        }
        /* A key is shared exactly by what would be the same. */
        if (keys_meet(arena, &x, &y) != (got.decision == NAMES_SAME)) {
            print_message("# keys of %.*s / %.*s\n", ENT_STR_ARG(a), ENT_STR_ARG(b));
            wrong++;
        }
    }
    CHECK_INT(wrong, 0);
    ent_arena_free(arena);
}

static void record_from(ent_arena *arena, ent_json entity, names_record *record)
{
    ent_json names = ent_json_get(entity, "names");
    ent_str *list = ent_arena_array(arena, ent_json_count(names) + 1, sizeof *list);
    ent_str *date = ent_arena_alloc(arena, sizeof *date);
    size_t n = 0;

    for (ent_json v = ent_json_first(names); v.doc != NULL; v = ent_json_next(v))
        list[n++] = ent_json_str(v);
    *date = ent_json_get_text(entity, "dob");
    *record = record_of(list, date);
    record->name_count = n;
    record->id = ent_json_get_text(entity, "id");
}

/* What the story expects for two records; NO if it has no row for them. */
static ent_str expected(ent_json root, ent_str a, ent_str b)
{
    for (ent_json v = ent_json_first(ent_json_get(root, "name_hits")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "first"), a) &&
            ent_str_equal(ent_json_get_text(v, "second"), b))
            return ent_json_get_text(v, "decision");
    return ENT_STR("NO");
}

static bool is_matchable(ent_json entity)
{
    return ent_str_is(ent_json_get_text(entity, "type"), "person") &&
           ent_str_is(ent_json_get_text(entity, "mark"), "M");
}

static void all_matchable_persons_of_the_story_decide_as_expected(void **state)
{
    static const char *const pairs[][2] = { { "V", "B" }, { "V", "C" }, { "B", "C" } };
    static const char *const as[] = { "NO", "REVIEW", "MATCH" };
    ent_json root, entities;
    ent_arena *arena;
    int wrong = 0;

    (void)state;
    SHARED_OR_SKIP("scenario/scenario.json");
    arena = ent_arena_new(ROOM);
    root = story(arena);
    entities = ent_json_get(root, "entities");
    for (size_t p = 0; p < 3; p++)
        for (ent_json a = ent_json_first(ent_json_get(entities, pairs[p][0])); a.doc != NULL;
             a = ent_json_next(a))
            for (ent_json b = ent_json_first(ent_json_get(entities, pairs[p][1])); b.doc != NULL;
                 b = ent_json_next(b)) {
                names_record x, y;
                names_verdict got;
                ent_str want;

                if (!is_matchable(a) || !is_matchable(b))
                    continue;
                record_from(arena, a, &x);
                record_from(arena, b, &y);
                want = expected(root, x.id, y.id);
                got = names_compare(&x, &y);
                if (!ent_str_is(want, as[got.decision]) ||
                    keys_meet(arena, &x, &y) != (got.decision == NAMES_SAME)) {
                    print_message("# %.*s / %.*s: want %.*s, got %s, keys %d\n", ENT_STR_ARG(x.id),
                                  ENT_STR_ARG(y.id), ENT_STR_ARG(want), as[got.decision],
                                  keys_meet(arena, &x, &y));
                    wrong++;
                }
            }
    CHECK_INT(wrong, 0);
    ent_arena_free(arena);
}

static void spellings_of_one_name_have_one_skeleton(void **state)
{
    static const char *const spellings[] = { "Джуранаев",   "Djouranaïev", "DZHURANAEV",
                                             "Dzhuranayev", "Juranayef",   "جورانايف" };

    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        names_parsed parsed;

        names_parse(ent_str_of(spellings[i]), &parsed);
        CHECK_INT(parsed.count, 1);
        CHECK_STR(parsed.words[0].skeleton, "JRNV");
    }
}

static names_decision decision_of(const char *a, const char *b)
{
    ent_str names[] = { ent_str_of(a), ent_str_of(b) }, birth = ENT_STR("1960-01-02");
    names_record x = { .schema = ENT_STR("person"), .names = &names[0], .name_count = 1 };
    names_record y = { .schema = ENT_STR("person"), .names = &names[1], .name_count = 1 };

    x.births = y.births = &birth;
    x.birth_count = y.birth_count = 1;
    return names_compare(&x, &y).decision;
}

static void scripts_of_south_asia_thailand_and_ethiopia_meet_latin(void **state)
{
    static const char *const pairs[][2] = {
        { "বিনয় কুমার", "Binay Kumar" },          { "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "Gurpreet Singh" },
        { "નરેન્દ્ર મોદી", "Narendra Modi" },       { "நரேந்திர மோடி", "Narendra Modi" },
        { "പിണറായി വിജയൻ", "Pinarayi Vijayan" }, { "ทักษิณ ชินวัตร", "Thaksin Shinawatra" },
        { "አበበ ቢቂላ", "Abebe Bikila" },           { "ኃይለ ሥላሴ", "Haile Selassie" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        size_t other = (i + 4) % (sizeof pairs / sizeof *pairs);

        CHECK(decision_of(pairs[i][0], pairs[i][1]) == NAMES_SAME);
        CHECK(decision_of(pairs[i][0], pairs[other][1]) != NAMES_SAME);
    }
}

static void a_one_word_name_is_never_alike(void **state)
{
    ent_str name = ENT_STR("Dzhuranaev"), date = ENT_STR("1991-03-07");
    names_record a = record_of(&name, &date);

    (void)state;
    CHECK_INT(names_compare(&a, &a).decision, NAMES_DIFFERENT);
}

static void strange_text_does_no_harm(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "\xff\xfe",
        "....",
        "\xe2\x80\xae",
        "a",
        "1234567890123456789012345678901234567890123456789012345678901234567890",
        "习近平 Xi Jinping",
        "\xf0\x9f\x98\x80 \xf0\x9f\x98\x80",
        "a b c d e f g h i j k l m n o p q r s t u v w x y z"
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
            ent_str x = ent_str_of(texts[i]), y = ent_str_of(texts[j]), none = ENT_STR_NONE;
            names_record a = record_of(&x, &none), b = record_of(&y, &none);

            CHECK(names_compare(&a, &b).decision == names_compare(&b, &a).decision);
        }
}

RUN_TESTS(TEST(the_pairs_of_the_story_decide_as_expected),
          TEST(all_matchable_persons_of_the_story_decide_as_expected),
          TEST(spellings_of_one_name_have_one_skeleton),
          TEST(scripts_of_south_asia_thailand_and_ethiopia_meet_latin),
          TEST(a_one_word_name_is_never_alike), TEST(strange_text_does_no_harm))
