/* names/compare: what must hold of every pair. */
#include "test.h"

#include "base/json.h"
#include "base/text.h"
#include "names/names.h"

#define ROOM ((size_t)256 << 20)

static names_record record_of(ent_str *name, size_t names, ent_str *date)
{
    return (names_record){ .schema = ENT_STR("person"),
                           .names = name,
                           .name_count = names,
                           .births = date,
                           .birth_count = date->ptr == NULL ? 0 : 1 };
}

static const char *const some[] = {
    "Эльхан Исаевич Джуранаев",
    "Elkhan Djouranaïev",
    "El Khan Juranayef",
    "إلخان جورانايف",
    "Mohammed Ali",
    "Ali Mohamed Hassan",
    "محمد علي",
    "N. Farsoune",
    "Набиль Фарсун",
    "Abu Zarnuf",
    "Dzhuranaev",
    "Kim Jong Un",
    "김정은",
    "习近平",
    "Xi Jinping",
    "J.-C. Juncker",
    "Jean-Claude Juncker",
    "Lee",
    "Salah al-Din",
    "Abdul Rahman al-Hadi",
    "Иванов Иван Иванович",
    "Ivan Ivanov",
    "Іван Іванов",
    "de la Cruz Maria",
    "Vladimir Vladimirovich Putin",
};
static const char *const dates[] = { NULL,   "1991-03-07", "1991-07-03",
                                     "1991", "1992-03-07", "1950-01-01" };

#define SOME  (sizeof some / sizeof *some)
#define DATES (sizeof dates / sizeof *dates)

static void comparing_is_symmetric_and_repeats(void **state)
{
    (void)state;
    for (size_t i = 0; i < SOME; i++)
        for (size_t j = 0; j < SOME; j++)
            for (size_t d = 0; d < DATES; d++) {
                ent_str a = ent_str_of(some[i]), b = ent_str_of(some[j]);
                ent_str da = ent_str_of(dates[1]), db = ent_str_of(dates[d]);
                names_record x = record_of(&a, 1, &da), y = record_of(&b, 1, &db);
                names_verdict one = names_compare(&x, &y), two = names_compare(&y, &x);

                CHECK(one.score >= 0 && one.score <= 1);
                CHECK(one.score >= two.score && one.score <= two.score);
                CHECK_INT(one.decision, two.decision);
                CHECK_INT(one.why_count, two.why_count);
                for (size_t k = 0; k < one.why_count; k++)
                    CHECK_STR(one.why[k], two.why[k]);
            }
}

/* Upper case of ASCII, for a name without other letters. */
static void case_and_marks_change_nothing(void **state)
{
    static const char *const same[][2] = { { "Elkhan Djouranaiev", "ELKHAN DJOURANAIEV" },
                                           { "Иван Иванов", "ИВАН ИВАНОВ" },
                                           { "Jos\xc3\xa9 P\xc3\xa9rez",
                                             "Jose\xcc\x81 Pe\xcc\x81rez" },
                                           { "Ivan  Ivanov", " Ivan, Ivanov." } };
    ent_str other = ENT_STR("Ivan Peres Djuranaev"), none = ENT_STR_NONE;

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        ent_str a = ent_str_of(same[i][0]), b = ent_str_of(same[i][1]);
        names_record x = record_of(&a, 1, &none), y = record_of(&b, 1, &none);
        names_record z = record_of(&other, 1, &none);
        double one = names_compare(&x, &z).score, two = names_compare(&y, &z).score;

        CHECK(one >= two && one <= two);
    }
}

static void another_name_never_lowers_the_score(void **state)
{
    (void)state;
    for (size_t i = 0; i < SOME; i++)
        for (size_t j = 0; j < SOME; j++)
            for (size_t k = 0; k < SOME; k++) {
                ent_str a = ent_str_of(some[i]),
                        b[2] = { ent_str_of(some[j]), ent_str_of(some[k]) };
                ent_str date = ent_str_of(dates[(i + j + k) % DATES]), born = ent_str_of(dates[1]);
                names_record x = record_of(&a, 1, &born), y = record_of(b, 1, &date);
                names_record more = record_of(b, 2, &date);
                names_verdict before = names_compare(&x, &y), after = names_compare(&x, &more);

                CHECK(after.score >= before.score);
                CHECK(after.decision >= before.decision);
            }
}

static bool says(const names_verdict *v, const char *text)
{
    for (size_t i = 0; i < v->why_count; i++)
        if (strcmp(v->why[i], text) == 0)
            return true;
    return false;
}

static void reasons_are_true_of_the_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i < SOME; i++)
        for (size_t j = 0; j < SOME; j++)
            for (size_t d = 0; d < DATES; d++)
                for (size_t e = 0; e < DATES; e++) {
                    ent_str a = ent_str_of(some[i]), b = ent_str_of(some[j]);
                    ent_str da = ent_str_of(dates[d]), db = ent_str_of(dates[e]);
                    names_record x = record_of(&a, 1, &da), y = record_of(&b, 1, &db);
                    names_verdict v = names_compare(&x, &y);
                    bool missing = dates[d] == NULL || dates[e] == NULL;
                    bool whole = !missing && da.size == 10 && db.size == 10;
                    bool lone = strchr(some[i], ' ') == NULL || strchr(some[j], ' ') == NULL;

                    CHECK_INT(says(&v, "a birth date is missing"), missing);
                    CHECK_INT(says(&v, "the birth dates are equal"),
                              whole && ent_str_equal(da, db));
                    if (says(&v, "day and month of birth are exchanged"))
                        CHECK(whole && d != e && d + e == 3);
                    if (says(&v, "a one-word name never matches by likeness"))
                        CHECK(v.decision == NAMES_DIFFERENT || !lone);
                    if (says(&v, "no two words of the names are alike"))
                        CHECK(v.score < 0.5);
                }
}

/* `text` without its `skip`-th letter. */
static bool letter_dropped(ent_arena *arena, ent_str text, size_t skip, ent_str *out)
{
    size_t at = 0, letters = 0;

    while (at < text.size) {
        size_t from = at;
        uint32_t code = ent_utf8_next(text, &at);

        if (code == ' ' || code == '.' || code == '-' || code == 0x2019 || letters++ != skip)
            continue;
        *out = ent_arena_printf(arena, "%.*s%.*s", (int)from, text.ptr, (int)(text.size - at),
                                text.ptr + at);
        return true;
    }
    return false;
}

static void one_letter_less_is_still_worth_a_look(void **state)
{
    ent_arena *arena;
    ent_json root;
    ent_err err = { 0 };
    char *text;
    size_t size;
    int wrong = 0;

    (void)state;
    SHARED_OR_SKIP("scenario/scenario.json");
    arena = ent_arena_new(ROOM);
    text = test_file("../shared/scenario/scenario.json", &size);
    CHECK_OK(ent_json_read(arena, (ent_str){ text, size }, &root, &err), &err);
    for (ent_json v = ent_json_first(ent_json_get(root, "name_pairs")); v.doc != NULL;
         v = ent_json_next(v))
        for (int side = 0; side < 2; side++) {
            ent_str names[2] = { ent_json_get_text(v, "a"), ent_json_get_text(v, "b") }, cut;
            ent_str date = ENT_STR("1991-03-07");

            if (ent_str_is(ent_json_get_text(v, "expect"), "NO"))
                continue;
            for (size_t skip = 0; letter_dropped(arena, names[side], skip, &cut); skip++) {
                names_record x = record_of(&cut, 1, &date),
                             y = record_of(&names[1 - side], 1, &date);
                names_verdict got = names_compare(&x, &y);

                if (got.decision == NAMES_DIFFERENT && cut.ptr[0] != '.' && cut.ptr[0] != ' ') {
                    print_message("# %.*s / %.*s: %s; %s\n", ENT_STR_ARG(cut),
                                  ENT_STR_ARG(names[1 - side]), got.why[0], got.why[1]);
                    wrong++;
                }
            }
        }
    CHECK_INT(wrong, 0);
    ent_arena_free(arena);
    free(text);
}

static double score(const char *a, const char *b, names_decision *decision)
{
    ent_str x = ent_str_of(a), y = ent_str_of(b), none = ENT_STR_NONE;
    names_record p = record_of(&x, 1, &none), q = record_of(&y, 1, &none);
    names_verdict v = names_compare(&p, &q);

    if (decision != NULL)
        *decision = v.decision;
    return v.score;
}

static void a_second_name_in_common_speaks_for_one_person(void **state)
{
    static const char *const why = "another name of the one is another name of the other";
    ent_str x[] = { ENT_STR("Mohamed Ali"), ENT_STR("Abu Zarnuf al-Tarabi") };
    ent_str y[] = { ENT_STR("Muhammad ALI"), ENT_STR("Abou ZARNOUF AL TARABI") };
    ent_str longer[] = { ENT_STR("Muhammad ALI"), ENT_STR("Muhammad Ali Tarabi") };
    ent_str none = ENT_STR_NONE;
    names_record a = record_of(x, 2, &none), b = record_of(y, 2, &none);
    names_record one = record_of(y, 1, &none), same = record_of(longer, 2, &none);
    names_verdict both = names_compare(&a, &b), first = names_compare(&a, &one),
                  variant = names_compare(&a, &same);

    (void)state;
    CHECK(says(&both, why));
    CHECK(both.score > first.score);
    CHECK(!says(&first, why));
    CHECK(!says(&variant, why)); /* a longer form of the one name is no other */
}

static void rare_names_weigh_more_than_common_ones(void **state)
{
    (void)state;
    CHECK(score("Elkhan Dzhuranaev", "Эльхан Джуранаев", NULL) > 0.9);
    CHECK(score("Elkhan Dzhuranaev", "Elkhan Petrosyan", NULL) < 0.3);
    CHECK(score("Karim Walid bin al-Zahrub", "Karim Walid Binalzahrub", NULL) > 0.9);
    CHECK(score("كريم وليد بن الزهروب", "Karim Walid Binalzahrub", NULL) > 0.9);
    CHECK(score("Ivan Petrovich Sidorov", "Ivan Sergeevich Sidorov", NULL) <
          score("Ivan Petrovich Sidorov", "Ivan Sidorov", NULL));
}

static void a_contradicting_birth_date_is_no_veto(void **state)
{
    ent_str a = ENT_STR("Elkhan Dzhuranaev"), b = ENT_STR("Эльхан Джуранаев");
    ent_str born = ENT_STR("1960-01-01"), other = ENT_STR("1980-02-02");
    names_document document = { ENT_STR("passport"), ENT_STR("QBZ 650018823"), ENT_STR("qb") };
    names_record x = record_of(&a, 1, &born), y = record_of(&b, 1, &other);
    names_verdict apart = names_compare(&x, &y), together;

    (void)state;
    CHECK_INT(apart.decision, NAMES_DIFFERENT);
    CHECK(apart.score > 0.05);
    x.documents = y.documents = &document;
    x.document_count = y.document_count = 1;
    together = names_compare(&x, &y);
    CHECK_INT(together.decision, NAMES_REVIEW);
    CHECK(together.score > apart.score);
    CHECK(says(&together, "a document has the same number"));
}

RUN_TESTS(TEST(comparing_is_symmetric_and_repeats), TEST(case_and_marks_change_nothing),
          TEST(another_name_never_lowers_the_score), TEST(reasons_are_true_of_the_pair),
          TEST(one_letter_less_is_still_worth_a_look), TEST(rare_names_weigh_more_than_common_ones),
          TEST(a_second_name_in_common_speaks_for_one_person),
          TEST(a_contradicting_birth_date_is_no_veto))
