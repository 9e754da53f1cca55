#include "names/fold_int.h"

#include "base/text.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#define NAME_UNITS 1024

struct letter {
    uint32_t code;
    const char *latin;
};

/* All tables, searched in turn; each is small, and a name has few letters. */
static const struct letter letters[] = {
#define X(code, latin) { (code), (latin) },
#include "names/cyrillic.def"
#include "names/arabic.def"
#include "names/greek_hebrew.def"
#include "names/latin.def"
#undef X
};

static const char *const particles[] = {
#define X(word) (word),
#include "names/particles.def"
#undef X
};

static const char *letter_find(uint32_t code)
{
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].code == code)
            return letters[i].latin;
    return NULL;
}

static bool is_particle(const char *word)
{
    for (size_t i = 0; i < sizeof particles / sizeof *particles; i++)
        if (strcmp(particles[i], word) == 0)
            return true;
    return false;
}

/* NFKD of the lower-cased text, as UTF-16; the number of units, 0 if it does not fit. */
static int32_t units_of(ent_str name, UChar out[NAME_UNITS])
{
    UErrorCode rc = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&rc);
    UChar wide[NAME_UNITS], lower[NAME_UNITS];
    int32_t size = 0, lower_size;

    u_strFromUTF8WithSub(wide, NAME_UNITS, &size, name.ptr,
                         (int32_t)(name.size > NAME_UNITS ? NAME_UNITS : name.size), 0xfffd, NULL,
                         &rc);
    if (U_FAILURE(rc))
        return 0;
    lower_size = u_strToLower(lower, NAME_UNITS, wide, size, "", &rc);
    size = unorm2_normalize(nfkd, lower, lower_size, out, NAME_UNITS, &rc);
    return U_FAILURE(rc) ? 0 : size;
}

/* What joins words without being a letter: marks, apostrophes, soft hyphens. */
static bool is_silent(UChar32 c)
{
    return u_charType(c) == U_NON_SPACING_MARK || u_charType(c) == U_FORMAT_CHAR || c == '\'' ||
           c == 0x2019 || c == 0x2018 || c == 0x02bc || c == 0x60 || c == 0xb4 || c == 0x02b9 ||
           c == 0x0640;
}

static UChar32 code_point_next(const UChar *units, int32_t *at, int32_t count)
{
    UChar c = units[(*at)++];

    if (U16_IS_LEAD(c) && *at < count && U16_IS_TRAIL(units[*at]))
        return (UChar32)U16_GET_SUPPLEMENTARY(c, units[(*at)++]);
    return c;
}

static void word_end(names_parsed *parsed, names_word *word, size_t *size)
{
    if (*size == 0)
        return;
    word->text[*size] = '\0';
    *size = 0;
    if (parsed->count < NAMES_WORDS)
        parsed->words[parsed->count++] = *word;
    *word = (names_word){ .initial = false };
}

/* Arabic does not write short vowels: an s and an h of two letters are not the sh of
 * one, so a vowel is put between them. */
static bool would_join(const names_word *word, size_t size, const char *latin)
{
    return size > 0 && latin[0] == 'h' && strchr("sktdgczpj", word->text[size - 1]) != NULL;
}

/* The Arabic article, alef and lam, at the beginning of a word of more letters.  An
 * alef with hamza is no article: its mark follows it here. */
static bool is_article(const UChar *units, int32_t at, int32_t count)
{
    return at + 4 < count && units[at] == 0x0627 && units[at + 1] == 0x0644 &&
           u_isalpha(units[at + 2]) && u_isalpha(units[at + 3]) && u_isalpha(units[at + 4]);
}

static void letters_add(names_word *word, size_t *size, const char *latin)
{
    for (; *latin != '\0' && *size + 1 < NAMES_WORD; latin++)
        word->text[(*size)++] = *latin;
}

void names_fold(ent_str name, names_parsed *parsed)
{
    UChar units[NAME_UNITS];
    int32_t count = units_of(name, units), at = 0;
    names_word word = { .initial = false };
    size_t size = 0;

    parsed->count = 0;
    while (at < count) {
        const char *latin;
        UChar32 c;

        if (size == 0 && is_article(units, at, count)) {
            at += 2;
            continue;
        }
        c = code_point_next(units, &at, count);
        if (is_silent(c))
            continue;
        latin = letter_find((uint32_t)c);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            const char one[2] = { (char)c, '\0' };

            letters_add(&word, &size, one);
        } else if (latin != NULL) {
            if (would_join(&word, size, latin))
                letters_add(&word, &size, "a");
            letters_add(&word, &size, latin);
        } else if (u_isalpha(c)) {
            char code[8]; /* a letter without a table: itself, so that it equals itself */

            ent_hex_write((const uint8_t[]){ (uint8_t)(c >> 16), (uint8_t)(c >> 8), (uint8_t)c }, 3,
                          code);
            letters_add(&word, &size, code);
        } else {
            word_end(parsed, &word, &size);
        }
    }
    word_end(parsed, &word, &size);
    for (size_t i = 0; i < parsed->count; i++) {
        parsed->words[i].particle = is_particle(parsed->words[i].text);
        parsed->words[i].initial = parsed->words[i].text[1] == '\0';
    }
}
