#include "names/fold_int.h"
#include "names/lookup_int.h"
#include "names/sound_int.h"

#include <stdio.h>

/* What a word of particles.def does. */
enum kind { ARTICLE, SON, SUFFIX, TITLE, FATHER, SERVANT, FAITH, GOD, ORDINARY };

static const struct {
    char word[LOOKUP_WORD];
    enum kind kind;
} particles[] = {
#define ARTICLE(word) { word, ARTICLE },
#define SON(word)     { word, SON },
#define SUFFIX(word)  { word, SUFFIX },
#define TITLE(word)   { word, TITLE },
#define FATHER(word)  { word, FATHER },
#define SERVANT(word) { word, SERVANT },
#define FAITH(word)   { word, FAITH },
#define GOD(word)     { word, GOD },
#include "names/particles.def"
#undef ARTICLE
#undef SON
#undef SUFFIX
#undef TITLE
#undef FATHER
#undef SERVANT
#undef FAITH
#undef GOD
};

struct form {
    char from[LOOKUP_WORD], to[LOOKUP_WORD];
};

static const struct form equivalents[] = {
#define X(from, to) { from, to },
#include "names/equivalents.def"
#undef X
};

static const struct form korean[] = {
#define X(from, to) { from, to },
#include "names/korean.def"
#undef X
};

static const char *const role_names[NAMES_ROLES] = { "name",     "initial", "patronymic", "kunya",
                                                     "particle", "title",   "number" };

const char *names_role_name(unsigned role)
{
    return role < NAMES_ROLES ? role_names[role] : "name";
}

static enum kind kind_of(const char *word)
{
    size_t count = sizeof particles / sizeof *particles;
    size_t row = lookup_word(particles, sizeof *particles, count, word);

    return row == count ? ORDINARY : particles[row].kind;
}

static void form_replace(const struct form *forms, size_t count, char text[NAMES_WORD])
{
    size_t row = lookup_word(forms, sizeof *forms, count, text);

    if (row < count)
        memcpy(text, forms[row].to, sizeof forms[row].to);
}

void names_equivalent(char text[NAMES_WORD])
{
    form_replace(equivalents, sizeof equivalents / sizeof *equivalents, text);
}

/* ---- words that bind ---- */

/* Joins `next` to the word at `at`, over what is between; kinds are those of the words. */
static void words_join(names_parsed *parsed, size_t at, size_t next, enum kind kinds[NAMES_WORDS])
{
    names_word *word = &parsed->words[at];
    size_t size = strlen(word->text), more = strlen(parsed->words[next].text);

    if (more > NAMES_WORD - 1 - size)
        more = NAMES_WORD - 1 - size;
    memcpy(word->text + size, parsed->words[next].text, more);
    word->text[size + more] = '\0';
    memmove(&parsed->words[at + 1], &parsed->words[next + 1],
            (parsed->count - next - 1) * sizeof *word);
    memmove(&kinds[at + 1], &kinds[next + 1], (parsed->count - next - 1) * sizeof *kinds);
    kinds[at] = kind_of(word->text);
    parsed->count -= next - at;
}

static void text_set(char text[NAMES_WORD], const char *to)
{
    memcpy(text, to, strlen(to) + 1);
}

/* Abd, abu and the word behind them (over an article); din, allah and the word before. */
static void words_bind(names_parsed *parsed, enum kind kinds[NAMES_WORDS])
{
    for (size_t i = 0; i < parsed->count; i++) {
        names_word *word = &parsed->words[i];
        enum kind kind = kinds[i];
        size_t next = i + 1;

        if ((kind == FATHER || kind == SERVANT) && next < parsed->count) {
            if (kinds[next] == ARTICLE && next + 1 < parsed->count)
                next++;
            text_set(word->text, kind == SERVANT                                ? "abd"
                                 : word->text[0] == 'u' || word->text[0] == 'o' ? "um"
                                                                                : "abu");
            words_join(parsed, i, next, kinds);
            parsed->words[i].role = kind == FATHER ? NAMES_ROLE_KUNYA : NAMES_ROLE_NAME;
        } else if ((kind == FAITH || kind == GOD) && i > 0) {
            size_t before = i - 1;

            if (before > 0 && kinds[before] == ARTICLE)
                before--;
            text_set(word->text, kind == FAITH ? "adin" : "alah");
            words_join(parsed, before, i, kinds);
            i = before;
        }
    }
}

/* ---- roles ---- */

/* One syllable of a Chinese, Korean or Vietnamese name: consonants, vowels, one ending. */
static bool is_syllable(const char *text)
{
    size_t at = 0, size = strlen(text);
    size_t lead = strcspn(text, "aeiouyw"), vowels;

    if (size > 6 || lead == size || lead > 3)
        return false;
    at = lead;
    vowels = strspn(text + at, "aeiouyw");
    at += vowels;
    if (vowels > 3)
        return false;
    return at == size || strcmp(text + at, "ng") == 0 || strcmp(text + at, "nh") == 0 ||
           (at + 1 == size && strchr("nmklptgbrh", text[at]) != NULL);
}

/* Two to four syllables, each a word: then an, do, de and un are names. */
static bool is_east_asian(const names_parsed *parsed)
{
    if (parsed->count < 2 || parsed->count > 4)
        return false;
    if (parsed->words[0].script == NAMES_HANGUL || parsed->words[0].script == NAMES_HAN)
        return true;
    for (size_t i = 0; i < parsed->count; i++)
        if (parsed->words[i].script != NAMES_LATIN || !is_syllable(parsed->words[i].text))
            return false;
    return parsed->count > 2;
}

/* Endings of East Slavic patronymics; sure ones, and ones that surnames share. */
static const struct {
    const char *ending;
    uint8_t size;
    bool sure;
} patronymics[] = {
#define X(ending, sure) { ending, sizeof(ending) - 1, sure },
#include "names/patronymics.def"
#undef X
};

static int patronymic_of(const char *text)
{
    size_t size = strlen(text);

    if (size <= 5)
        return 0;
    for (size_t i = 0; i < sizeof patronymics / sizeof *patronymics; i++) {
        size_t n = patronymics[i].size;

        if (size > n && text[size - 1] == patronymics[i].ending[n - 1] &&
            memcmp(text + size - n, patronymics[i].ending, n) == 0)
            return patronymics[i].sure ? 2 : 1;
    }
    return 0;
}

/* Of three names or more, the one in the middle if it looks like a patronymic; else the
 * last sure one. */
static void patronymic_mark(names_parsed *parsed)
{
    size_t names[NAMES_WORDS], count = 0, found = NAMES_WORDS;

    for (size_t i = 0; i < parsed->count; i++)
        if (parsed->words[i].role == NAMES_ROLE_NAME)
            names[count++] = i;
    if (count < 3)
        return;
    for (size_t i = 1; i < count; i++) {
        int sure = patronymic_of(parsed->words[names[i]].text);

        if (sure > 0 && i == 1 && count == 3) {
            found = names[i];
            break;
        }
        if (sure == 2)
            found = names[i];
    }
    if (found < NAMES_WORDS)
        parsed->words[found].role = NAMES_ROLE_PATRONYMIC;
}

static bool is_number(const char *text)
{
    return text[0] <= '9' && text[strspn(text, "0123456789")] == '\0';
}

static void roles_mark(names_parsed *parsed, const enum kind kinds[NAMES_WORDS])
{
    size_t full = 0;

    for (size_t i = 0; i < parsed->count; i++) {
        names_word *word = &parsed->words[i];
        enum kind kind = word->role == NAMES_ROLE_KUNYA ? ORDINARY : kinds[i];

        if (is_number(word->text))
            word->role = NAMES_ROLE_NUMBER;
        else if (kind == ARTICLE || kind == SON || kind == SUFFIX)
            word->role = NAMES_ROLE_PARTICLE;
        else if (kind == TITLE)
            word->role = NAMES_ROLE_TITLE;
        else if (word->text[1] == '\0')
            word->role = NAMES_ROLE_INITIAL;
        if (kind == SUFFIX && i > 0 && parsed->words[i - 1].role == NAMES_ROLE_NAME && i >= 2)
            parsed->words[i - 1].role = NAMES_ROLE_PATRONYMIC;
        full += word->role == NAMES_ROLE_NAME || word->role == NAMES_ROLE_PATRONYMIC ||
                word->role == NAMES_ROLE_KUNYA;
    }
    /* A title or particle is a name when fewer than two names are left without it. */
    for (size_t i = 0; i < parsed->count && full < 2; i++) {
        names_word *word = &parsed->words[i];

        if (word->role == NAMES_ROLE_TITLE ||
            (word->role == NAMES_ROLE_PARTICLE && word->text[1] != '\0' && parsed->count <= 2 &&
             kinds[i] != SON && strcmp(word->text, "al") != 0 && strcmp(word->text, "el") != 0)) {
            word->role = NAMES_ROLE_NAME;
            full++;
        }
    }
}

void names_parse_reading(ent_str name, unsigned reading, names_parsed *parsed)
{
    bool east;

    names_fold(name, (names_reading)reading, parsed);
    east = is_east_asian(parsed);
    if (!east) {
        enum kind kinds[NAMES_WORDS];

        for (size_t i = 0; i < parsed->count; i++)
            kinds[i] = kind_of(parsed->words[i].text);
        words_bind(parsed, kinds);
        roles_mark(parsed, kinds);
    }
    for (size_t i = 0; i < parsed->count; i++) {
        names_word *word = &parsed->words[i];
        names_sound sound;

        if (east)
            form_replace(korean, sizeof korean / sizeof *korean, word->text);
        else if (word->role == NAMES_ROLE_NAME || word->role == NAMES_ROLE_PATRONYMIC)
            form_replace(equivalents, sizeof equivalents / sizeof *equivalents, word->text);
        names_word_settle(word->text);
        names_sound_of(word->text, &sound);
        names_sound_skeleton(&sound, word->text, word->skeleton);
    }
    if (!east)
        patronymic_mark(parsed);
}

void names_parse(ent_str name, names_parsed *parsed)
{
    names_parse_reading(name, NAMES_MANDARIN, parsed);
}
