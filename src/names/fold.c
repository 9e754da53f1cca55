#include "names/fold_int.h"

#include "base/text.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#define NAME_UNITS   1024
#define WORD_LETTERS 48 /* code points of one word that are looked at */

/* One word being read: its code points, until the script is known. */
struct reader {
    names_parsed *parsed;
    names_reading reading;
    uint32_t letters[WORD_LETTERS];
    size_t count;
    bool hyphen;  /* a hyphen stood before the word */
    bool persian; /* the name has letters that Arabic lacks */
    size_t first,
        symbols; /* of the last Han or Hangul word: letters of its first character, characters */
};

/* A letter or digit of ASCII as words have it, or NUL. */
static inline char plain_letter(char c)
{
    char low = (char)(c | 0x20);

    return (low >= 'a' && low <= 'z') ? low : (c >= '0' && c <= '9') ? c : '\0';
}

/* What joins letters without being one: marks, apostrophes, soft hyphens, bidi controls. */
static bool is_silent(uint32_t c)
{
    if (c < 0x300)
        return c == '\'' || c == 0x60 || c == 0xad || c == 0xb4;
    return (c >= 0x2b9 && c <= 0x2bf) || (c >= 0x300 && c <= 0x36f) || c == 0x55a ||
           (c >= 0x591 && c <= 0x5c7) || c == 0x5f3 || c == 0x5f4 || (c >= 0x610 && c <= 0x61a) ||
           c == 0x640 || (c >= 0x64b && c <= 0x65f) || c == 0x670 || (c >= 0x6d6 && c <= 0x6dc) ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2018 && c <= 0x201b) ||
           (c >= 0x202a && c <= 0x202e) || c == 0x2032 || (c >= 0x2060 && c <= 0x206f) ||
           c == 0x3099 || c == 0x309a || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff;
}

/* ---- normalisation, only for the few names that need it ---- */

static bool is_normal(uint32_t c)
{
    return c < 0x300 || (c > 0x36f && c < 0x653) || (c > 0x655 && c < 0x1100) ||
           (c > 0x11ff && c < 0x2100 && !(c >= 0x1f00 && c < 0x2000)) ||
           (c >= 0x2200 && c < 0x3099) || (c > 0x309a && c < 0xd7a4);
}

/* The code point at *at; U+FFFD for what is no UTF-8, moving one byte. */
static uint32_t code_next(ent_str text, size_t *at)
{
    size_t left = text.size - *at, need;
    const unsigned char *p = (const unsigned char *)text.ptr + *at;
    uint32_t code;

    if (p[0] < 0x80) {
        (*at)++;
        return p[0];
    }
    need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || need > left) {
        (*at)++;
        return 0xfffd;
    }
    code = p[0] & (0xffU >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            (*at)++;
            return 0xfffd;
        }
        code = code << 6 | (p[i] & 0x3fU);
    }
    *at += need;
    return code;
}

/* Eight bytes at a time; the last eight again where fewer are left. */
static bool is_ascii(ent_str name)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t seen = 0, eight;

    if (name.size < sizeof eight) {
        for (size_t i = 0; i < name.size; i++)
            seen |= (uint64_t)(unsigned char)name.ptr[i];
        return (seen & high) == 0;
    }
    for (size_t at = 0; at + sizeof eight < name.size; at += sizeof eight) {
        memcpy(&eight, name.ptr + at, sizeof eight);
        seen |= eight;
    }
    memcpy(&eight, name.ptr + name.size - sizeof eight, sizeof eight);
    return ((seen | eight) & high) == 0;
}

static bool has_polytonic(ent_str name)
{
    for (size_t at = 0; at < name.size;) {
        uint32_t code = code_next(name, &at);

        if (code >= 0x1f00 && code < 0x2000)
            return true;
    }
    return false;
}

/* NFKC, as UTF-8 in `room`; the text itself if it needs nothing or does not fit. */
static ent_str normal_form(ent_str name, char room[4 * NAME_UNITS])
{
    UErrorCode rc = U_ZERO_ERROR;
    /* Polytonic Greek is taken apart, everything else put together. */
    const UNormalizer2 *nfkc =
        has_polytonic(name) ? unorm2_getNFKDInstance(&rc) : unorm2_getNFKCInstance(&rc);
    UChar wide[NAME_UNITS], normal[NAME_UNITS];
    int32_t size = 0, normal_size, out = 0;

    u_strFromUTF8WithSub(wide, NAME_UNITS, &size, name.ptr, (int32_t)name.size, 0xfffd, NULL, &rc);
    if (U_FAILURE(rc))
        return name;
    normal_size = unorm2_normalize(nfkc, wide, size, normal, NAME_UNITS, &rc);
    if (U_FAILURE(rc))
        return name;
    u_strToUTF8(room, 4 * NAME_UNITS, &out, normal, normal_size, &rc);
    return U_FAILURE(rc) ? name : (ent_str){ room, (size_t)out };
}

static bool needs_normal_form(ent_str name)
{
    for (size_t at = 0; at < name.size;) {
        if ((unsigned char)name.ptr[at] < 0x80)
            at++;
        else if (!is_normal(code_next(name, &at)))
            return true;
    }
    return false;
}

bool names_has_han(ent_str name)
{
    for (size_t at = 0; at < name.size;) {
        uint32_t code = code_next(name, &at);

        if (code >= 0x4e00 && code < 0xa000)
            return true;
    }
    return false;
}

/* ---- words ---- */

/* The script of a word in which look-alikes of another are mixed: the script of the
 * letters that have no double in the other, Latin last. */
static names_script word_script(struct reader *r)
{
    names_script found = NAMES_NO_SCRIPT, sure = NAMES_NO_SCRIPT;
    bool mixed = false;

    for (size_t i = 0; i < r->count; i++) {
        names_script script = names_letter_script(r->letters[i]);

        if (script == NAMES_NO_SCRIPT)
            continue;
        if (found != NAMES_NO_SCRIPT && found != script)
            mixed = true;
        if (found == NAMES_NO_SCRIPT || script != NAMES_LATIN)
            found = script;
    }
    if (!mixed || (found != NAMES_CYRILLIC && found != NAMES_GREEK))
        return found;
    for (size_t i = 0; i < r->count; i++) {
        names_script script = names_letter_script(r->letters[i]);

        if (script != NAMES_LATIN && script != NAMES_NO_SCRIPT &&
            names_lookalike(r->letters[i], NAMES_LATIN) == 0)
            sure = script;
    }
    if (sure == NAMES_NO_SCRIPT)
        sure = NAMES_LATIN;
    for (size_t i = 0; i < r->count; i++) {
        uint32_t twin =
            names_letter_script(r->letters[i]) == sure ? 0 : names_lookalike(r->letters[i], sure);

        if (twin != 0)
            r->letters[i] = twin;
    }
    return sure;
}

static size_t text_add(char text[NAMES_WORD], size_t size, const char *latin)
{
    for (; *latin != '\0' && size + 1 < NAMES_WORD; latin++)
        text[size++] = *latin;
    return size;
}

static bool is_vowel_sign(uint32_t c)
{
    uint32_t place = c % 0x80; /* as in Devanagari */

    if (c < 0x900 || c >= 0xd80)
        return false;
    return (place >= 0x3e && place <= 0x4d) || place == 0x3c || place == 0x56 || place == 0x57;
}

/* Small ya, yu and yo: ki + ya is kya. */
static bool is_small_y(uint32_t c)
{
    c = c >= 0x30a0 ? c - 0x60 : c;
    return c == 0x3083 || c == 0x3085 || c == 0x3087;
}

/* One letter behind `size` letters of text, with what scripts need between letters. */
static size_t letter_add(char text[NAMES_WORD], size_t size, uint32_t code, names_script script,
                         names_reading reading)
{
    char latin[NAMES_LETTER_MAX];

    if (!names_letter_latin(code, reading, latin)) {
        /* A letter without a table: its code, so that it equals itself. */
        ent_hex_write(
            (const uint8_t[]){ (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code }, 3,
            latin);
        return text_add(text, size, latin);
    }
    if ((is_vowel_sign(code) && size > 0 && text[size - 1] == 'a') ||
        (is_small_y(code) && size > 0 && text[size - 1] == 'i'))
        size--;
    if (is_small_y(code) && size > 0 && (text[size - 1] == 'j' || text[size - 1] == 'h'))
        memmove(latin, latin + 1, strlen(latin)); /* sho, not shyo */
    /* Scripts without vowels: an s and an h of two letters are not the sh of one, and a letter is
     * written twice only where a vowel is between (Mamluk); but in Allah. */
    if ((script == NAMES_ARABIC || script == NAMES_HEBREW) && size > 0 &&
        ((latin[0] == 'h' && strchr("sktdgczpj", text[size - 1]) != NULL) ||
         (latin[0] == text[size - 1] && strchr("bdfgjkmnqrstz", latin[0]) != NULL)))
        size = text_add(text, size, "a");
    return text_add(text, size, latin);
}

/* Letters that Arabic lacks, and how who has them reads some that it has (names/persian.def). */
static bool is_persian(uint32_t c)
{
    switch (c) {
#define L(letter) case letter:
#include "names/persian.def"
        return true;
    default:
        return false;
    }
}

static uint32_t persian_letter(uint32_t c)
{
    switch (c) {
#define R(letter, as) \
    case letter:      \
        return as;
#include "names/persian.def"
    default:
        return c;
    }
}

static bool has_persian(ent_str name)
{
    for (size_t at = 0; at < name.size;) {
        if ((unsigned char)name.ptr[at] < 0xd8)
            at++;
        else if (is_persian(code_next(name, &at)))
            return true;
    }
    return false;
}

static void word_put(struct reader *r, const uint32_t *letters, size_t count, names_script script)
{
    names_word *word;
    size_t size = 0, first = 0;

    if (r->parsed->count == NAMES_WORDS || count == 0)
        return;
    word = &r->parsed->words[r->parsed->count];
    for (size_t i = 0; i < count; i++) {
        size = letter_add(word->text, size, letters[i], script, r->reading);
        if (i == 0)
            first = size;
    }
    /* Hindi, Bengali, Panjabi and Gujarati do not speak the inherent a at a word's end. */
    if ((script == NAMES_DEVANAGARI || (script == NAMES_INDIC && letters[0] < 0xb00)) &&
        letters[count - 1] % 0x80 >= 0x15 && letters[count - 1] % 0x80 <= 0x39 && size > 2)
        size--;
    if (size == 0) /* a soft sign alone */
        return;
    word->text[size] = '\0';
    word->script = (uint8_t)script;
    word->role = NAMES_ROLE_NAME;
    word->hyphen = r->hyphen;
    word->skeleton[0] = '\0';
    r->first = first;
    r->symbols = count;
    r->parsed->count++;
}

/* The Arabic article, alef and lam, before three letters or more. */
static bool has_article(const struct reader *r)
{
    return r->count >= 5 && r->letters[0] == 0x627 && r->letters[1] == 0x644;
}

/* The common case, straight from the text: a word that begins at `at` and has letters of ASCII only,
 * as word_put would write it; digits alone have no script.  The bytes it has, or 0: there is none. */
static size_t plain_read(struct reader *r, ent_str name, size_t at)
{
    names_word *word = &r->parsed->words[r->parsed->count];
    const char *text = name.ptr + at;
    size_t left = name.size - at, size = 0, count;
    unsigned seen = 0;
    char c;

    for (; size < left && (c = plain_letter(text[size])) != '\0'; size++) {
        if (size < NAMES_WORD - 1)
            word->text[size] = c;
        if (size < WORD_LETTERS)
            seen |= (unsigned char)c;
    }
    if (size == 0 || (size < left &&
                      ((unsigned char)text[size] >= 0x80 || is_silent((unsigned char)text[size]))))
        return 0;
    count = size < NAMES_WORD ? size : NAMES_WORD - 1;
    word->text[count] = '\0';
    word->script = (seen & 0x40) != 0 ? NAMES_LATIN : NAMES_NO_SCRIPT;
    word->role = NAMES_ROLE_NAME;
    word->hyphen = r->hyphen;
    word->skeleton[0] = '\0';
    r->hyphen = false;
    r->parsed->count++;
    return size;
}

static void word_end(struct reader *r)
{
    static const uint32_t article[] = { 0x627, 0x644 };
    names_script script;

    if (r->count == 0)
        return;
    script = word_script(r);
    if (script == NAMES_ARABIC && has_article(r)) {
        word_put(r, article, 2, script);
        word_put(r, r->letters + 2, r->count - 2, script);
    } else {
        word_put(r, r->letters, r->count, script);
    }
    r->count = 0;
    r->hyphen = false;
}

static bool is_hyphen(uint32_t c)
{
    return c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x5be || c == 0x2212;
}

/* A letter (of a table, or any other) or a digit. */
static bool is_letter(uint32_t c)
{
    if (c < 0x80)
        return plain_letter((char)c) != '\0';
    if (names_letter_script(c) != NAMES_NO_SCRIPT)
        return u_isalnum((UChar32)c) || u_charType((UChar32)c) == U_COMBINING_SPACING_MARK ||
               u_charType((UChar32)c) == U_NON_SPACING_MARK;
    return u_isalpha((UChar32)c);
}

/* One run of two to four characters: the first is the surname, if it says anything. */
static void surname_cut(struct reader *r)
{
    names_word *word = &r->parsed->words[0];
    size_t size = strlen(word->text);

    if (r->parsed->count != 1 || (word->script != NAMES_HAN && word->script != NAMES_HANGUL) ||
        r->symbols < 2 || r->symbols > 4 || r->first == 0)
        return;
    r->parsed->words[1] = *word;
    memcpy(r->parsed->words[1].text, word->text + r->first, size - r->first + 1);
    word->text[r->first] = '\0';
    if (r->parsed->words[1].text[0] != '\0')
        r->parsed->count = 2;
}

/* Member by member: `letters` is large, and what is beyond `count` is never read. */
static void reader_begin(struct reader *r, names_parsed *parsed, names_reading reading)
{
    r->parsed = parsed;
    r->reading = reading;
    r->count = r->first = r->symbols = 0;
    r->hyphen = r->persian = false;
    parsed->count = 0;
}

void names_fold(ent_str name, names_reading reading, names_parsed *parsed)
{
    struct reader r;
    char room[4 * NAME_UNITS];

    reader_begin(&r, parsed, reading);
    if (name.size > NAME_UNITS)
        name.size = NAME_UNITS;
    if (!is_ascii(name)) {
        if (needs_normal_form(name))
            name = normal_form(name, room);
        r.persian = has_persian(name);
    }
    for (size_t at = 0; at < name.size && parsed->count < NAMES_WORDS;) {
        size_t plain = r.count == 0 ? plain_read(&r, name, at) : 0;
        uint32_t code;

        if (plain > 0) {
            at += plain;
            continue;
        }
        code = code_next(name, &at);
        if (is_letter(code)) {
            if (r.count < WORD_LETTERS)
                r.letters[r.count++] = r.persian ? persian_letter(code) : code;
        } else if (!is_silent(code)) {
            word_end(&r);
            r.hyphen = is_hyphen(code) && parsed->count > 0;
        }
    }
    word_end(&r);
    surname_cut(&r);
}
