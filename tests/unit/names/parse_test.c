/* names/parse: roles of words, words that bind, fields of several names. */
#include "test.h"

#include "names/names.h"

static void parses(const char *name, const char *want)
{
    names_parsed parsed;
    char got[512] = "";

    names_parse(ent_str_of(name), &parsed);
    for (size_t i = 0; i < parsed.count; i++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s/%s", i == 0 ? "" : " ",
                       parsed.words[i].text, names_role_name(parsed.words[i].role));
    CHECK_STR(got, want);
}

static void patronymics_are_the_word_between_or_the_last(void **state)
{
    (void)state;
    parses("Иван Петрович Сидоров", "ivan/name petrovich/patronymic sidorov/name");
    parses("Sidorov Ivan Petrovich", "sidorov/name ivan/name petrovich/patronymic");
    parses("Roman Abramovich", "roman/name abramovich/name");
    parses("Slobodan Milosevic", "slobodan/name milosevich/name");
    parses("Heydar Alirza oglu Aliyev", "heydar/name alirza/patronymic oglu/particle aliyev/name");
}

static void articles_titles_and_sons_carry_nothing(void **state)
{
    (void)state;
    parses("Sheikh Ahmed bin Khalid al-Thani",
           "sheikh/title ahmed/name bin/particle khalid/name al/particle thani/name");
    parses("Haji Ahmed", "haji/name ahmed/name"); /* one name would be left without it */
    parses("Maria de la Cruz", "maria/name de/particle la/particle cruz/name");
}

static void words_bind(void **state)
{
    (void)state;
    parses("Abdul Rahman Hadi", "abdrahman/name hadi/name");
    parses("Abd al-Rahman Hadi", "abdrahman/name hadi/name");
    parses("Abdurrahman Hadi", "abdrahman/name hadi/name");
    parses("عبد الرحمن هادي", "abdrhmn/name hady/name");
    parses("Salah al-Din Hadi", "salahadin/name hadi/name");
    parses("Abu Bakr Hadi", "abubakr/kunya hadi/name");
}

static void abdullah_is_one_name_in_its_spellings_and_surnames(void **state)
{
    (void)state;
    parses("Abdullah Abdullaev", "abdla/name abdlaev/name");
    parses("Abdula Abdulaev", "abdla/name abdlaev/name");
    parses("Abd Allah Abdollahian", "abdla/name abdlaian/name");
    parses("عبدالله", "abdla/name");
    parses("Abdulahad Abdulaziz", "abdahad/name abdaziz/name");
    parses("Abdullatif Abdulali", "abdlatif/name abdali/name");
}

static void a_kunya_may_be_one_word(void **state)
{
    (void)state;
    parses("Abolfazl Aboulhasan", "abufazl/name abuhasan/name");
    parses("Abu al-Fazl Hadi", "abufazl/kunya hadi/name");
    parses("Abola Abulia", "abola/name abulia/name"); /* no article before a vowel */
}

static void arabic_letters_are_read_as_their_language_has_them(void **state)
{
    (void)state;
    parses("رضا", "rda/name");
    parses("رضا گیلانی", "rza/name gylany/name");  /* gaf is a letter of Persian */
    parses("مملوك", "mamlwk/name");                /* one letter twice: a vowel is between */
    parses("الله محمد", "allh/name muhamad/name"); /* but in Allah */
}

static void somali_spelling_is_read(void **state)
{
    (void)state;
    parses("Maxamed Cabdullaahi Xasan", "muhamad/name abdlai/name hasan/name");
}

static void initials_and_syllables_are_seen(void **state)
{
    (void)state;
    parses("N. Farsoune", "n/initial farsoune/name");
    parses("An Do Un", "an/name do/name un/name"); /* names here, articles elsewhere */
    parses("", "");
    parses("... --- ...", "");
}

static names_decision decide(const char *a, const char *b)
{
    ent_str x = ent_str_of(a), y = ent_str_of(b), date = ENT_STR("1991-03-07");
    names_record p = {
        .schema = ENT_STR("person"), .names = &x, .name_count = 1, .births = &date, .birth_count = 1
    };
    names_record q = {
        .schema = ENT_STR("person"), .names = &y, .name_count = 1, .births = &date, .birth_count = 1
    };

    return names_compare(&p, &q).decision;
}

static void a_field_may_hold_several_names(void **state)
{
    (void)state;
    CHECK_INT(decide("Ivan Petrov a.k.a. Elkhan Dzhuranaev", "Эльхан Джуранаев"), NAMES_SAME);
    CHECK_INT(decide("Ivan Petrov; Elkhan Dzhuranaev", "Эльхан Джуранаев"), NAMES_SAME);
    CHECK_INT(decide("Ivan Petrov (Elkhan Dzhuranaev)", "Эльхан Джуранаев"), NAMES_SAME);
    CHECK_INT(decide("Text of image", "Text of image"), NAMES_DIFFERENT);
}

static void reads(const char *name, const char *latin)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    ent_err err = { 0 };
    ent_str got;

    CHECK_OK(names_romanised(arena, ent_str_of(name), &got, &err), &err);
    CHECK_STR(got.ptr, latin);
    ent_arena_free(arena);
}

static void a_name_is_read_in_latin_letters_unless_it_has_them(void **state)
{
    (void)state;
    reads("Джуранаев Эльхан", "Dzhuranaev Elkhan");
    reads("عبد الرحمن بن محمد", "Abdrhmn bn Muhamad");
    reads("Жан-Пьер 7", "Zhan-Per 7");
    reads("Élodie Müller", "");
    reads("4711", "");
    reads("", "");
}

RUN_TESTS(TEST(patronymics_are_the_word_between_or_the_last),
          TEST(articles_titles_and_sons_carry_nothing), TEST(words_bind),
          TEST(abdullah_is_one_name_in_its_spellings_and_surnames), TEST(a_kunya_may_be_one_word),
          TEST(arabic_letters_are_read_as_their_language_has_them), TEST(somali_spelling_is_read),
          TEST(initials_and_syllables_are_seen), TEST(a_field_may_hold_several_names),
          TEST(a_name_is_read_in_latin_letters_unless_it_has_them))
