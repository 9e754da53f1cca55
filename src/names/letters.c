#include "names/letters.h"

#include <stdio.h>

static const char *const script_names[NAMES_SCRIPT_COUNT] = {
    "Zyyy", "Latn", "Grek", "Cyrl", "Armn", "Hebr", "Arab", "Deva",
    "Geor", "Kana", "Hani", "Hang", "Qabr", "Thai", "Ethi", "Zzzz",
};

const char *names_script_name(names_script script)
{
    return script_names[script];
}

struct letter {
    char latin[6];
    bool known;
};

#define LOW_FIRST   0x80
#define LOW_END     0x700
#define LATIN_FIRST 0x1e00
#define LATIN_END   0x1f00
#define KANA_FIRST  0x3040
#define KANA_END    0x3100
#define GEOR_FIRST  0x10d0
#define GEOR_END    0x1100
#define DEVA_FIRST  0x900
#define DEVA_END    0x980
#define INDIC_END   0xd80 /* of the blocks that are laid out as Devanagari is */
#define THAI_FIRST  0xe00
#define THAI_END    0xe60
#define ETHI_FIRST  0x1200
#define ETHI_END    0x1358

static const struct letter low[LOW_END - LOW_FIRST] = {
#define X(code, latin) [(code)-LOW_FIRST] = { latin, true },
#include "names/arabic.def"
#include "names/armenian.def"
#include "names/cyrillic.def"
#include "names/greek.def"
#include "names/hebrew.def"
#include "names/latin.def"
#undef X
};

static const struct letter latin_additional[LATIN_END - LATIN_FIRST] = {
#define X(code, latin) [(code)-LATIN_FIRST] = { latin, true },
#include "names/latin_additional.def"
#undef X
};

static const struct letter kana[KANA_END - KANA_FIRST] = {
#define X(code, latin) [(code)-KANA_FIRST] = { latin, true },
#include "names/kana.def"
#undef X
};

static const struct letter georgian[GEOR_END - GEOR_FIRST] = {
#define X(code, latin) [(code)-GEOR_FIRST] = { latin, true },
#include "names/georgian.def"
#undef X
};

static const struct letter devanagari[DEVA_END - DEVA_FIRST] = {
#define X(code, latin) [(code)-DEVA_FIRST] = { latin, true },
#include "names/devanagari.def"
#undef X
};

static const struct {
    uint16_t code;
    char reading[NAMES_READINGS][8];
} han[] = {
#define X(code, mandarin, cantonese, korean, japanese) \
    { (code), { mandarin, cantonese, korean, japanese } },
#include "names/han.def"
#undef X
};

static const char *const hangul_initial[] = {
#define INITIAL(x) x,
#define VOWEL(x)
#define FINAL(x)
#include "names/hangul.def"
#undef INITIAL
#undef VOWEL
#undef FINAL
};

static const char *const hangul_vowel[] = {
#define INITIAL(x)
#define VOWEL(x) x,
#define FINAL(x)
#include "names/hangul.def"
#undef INITIAL
#undef VOWEL
#undef FINAL
};

static const char *const hangul_final[] = {
#define INITIAL(x)
#define VOWEL(x)
#define FINAL(x) x,
#include "names/hangul.def"
#undef INITIAL
#undef VOWEL
#undef FINAL
};

static const struct letter thai[THAI_END - THAI_FIRST] = {
#define X(code, latin) [(code)-THAI_FIRST] = { latin, true },
#include "names/thai.def"
#undef X
};

static const char *const ethiopic[] = {
#define X(latin) latin,
#include "names/ethiopic.def"
#undef X
};

/* A row of eight: one consonant with each vowel in turn; the sixth has none. */
static void ethiopic_read(uint32_t code, char out[NAMES_LETTER_MAX])
{
    static const char *const vowels[8] = { "e", "u", "i", "a", "e", "", "o", "wa" };
    const char *first = ethiopic[(code - ETHI_FIRST) / 8], *vowel = vowels[code % 8];

    /* Rows without a consonant are vowels themselves; their first is an a. */
    if (first[0] == '\0' && (code % 8 == 0 || code % 8 == 5))
        vowel = code % 8 == 0 ? "a" : "i";
    (void)snprintf(out, NAMES_LETTER_MAX, "%s%s", first, vowel);
}

static bool han_read(uint32_t code, names_reading reading, char out[NAMES_LETTER_MAX])
{
    size_t from = 0, to = sizeof han / sizeof *han;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (han[middle].code == code) {
            const char *text = han[middle].reading[reading];

            (void)snprintf(out, NAMES_LETTER_MAX, "%.7s",
                           text[0] == '\0' ? han[middle].reading[NAMES_MANDARIN] : text);
            return true;
        }
        if (han[middle].code < code)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

/* Hangul syllables are arithmetic (Unicode 15 s3.12). */
static void hangul_read(uint32_t code, char out[NAMES_LETTER_MAX])
{
    uint32_t index = code - 0xac00;

    (void)snprintf(out, NAMES_LETTER_MAX, "%s%s%s", hangul_initial[index / 588],
                   hangul_vowel[index / 28 % 21], hangul_final[index % 28]);
}

static const struct {
    uint32_t code;
    struct letter letter;
} indic[] = {
#define X(code, latin) { (code), { latin, true } },
#include "names/indic.def"
#undef X
};

/* As Devanagari has it, unless the script has something of its own. */
static const struct letter *indic_find(uint32_t code)
{
    for (size_t i = 0; i < sizeof indic / sizeof *indic; i++)
        if (indic[i].code == code)
            return &indic[i].letter;
    return &devanagari[code % 0x80];
}

static const struct letter *letter_find(uint32_t code)
{
    if (code >= LOW_FIRST && code < LOW_END)
        return &low[code - LOW_FIRST];
    if (code >= LATIN_FIRST && code < LATIN_END)
        return &latin_additional[code - LATIN_FIRST];
    if (code >= KANA_FIRST && code < KANA_END)
        return &kana[code - KANA_FIRST];
    if (code >= GEOR_FIRST && code < GEOR_END)
        return &georgian[code - GEOR_FIRST];
    if (code >= 0x1c90 && code < 0x1cc0) /* Georgian capitals */
        return &georgian[code - 0x1c90];
    if (code >= DEVA_FIRST && code < INDIC_END)
        return code < DEVA_END ? &devanagari[code - DEVA_FIRST] : indic_find(code);
    if (code >= THAI_FIRST && code < THAI_END)
        return &thai[code - THAI_FIRST];
    return NULL;
}

bool names_letter_latin(uint32_t code, names_reading reading, char out[NAMES_LETTER_MAX])
{
    const struct letter *letter;

    if (code < 0x80) {
        bool upper = code >= 'A' && code <= 'Z';

        out[0] = (char)(upper ? code + 32 : code);
        out[1] = '\0';
        return upper || (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9');
    }
    if (code >= 0xac00 && code <= 0xd7a3) {
        hangul_read(code, out);
        return true;
    }
    if (code >= 0x4e00 && code < 0xa000)
        return han_read(code, reading, out);
    if (code >= ETHI_FIRST && code < ETHI_END) {
        ethiopic_read(code, out);
        return true;
    }
    letter = letter_find(code);
    if (letter == NULL || !letter->known)
        return false;
    memcpy(out, letter->latin, sizeof letter->latin);
    return true;
}

names_script names_letter_script(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        names_script script;
    } blocks[] = {
        { 0xaa, 0x24f, NAMES_LATIN },       { 0x250, 0x2af, NAMES_LATIN },
        { 0x370, 0x3ff, NAMES_GREEK },      { 0x400, 0x52f, NAMES_CYRILLIC },
        { 0x531, 0x587, NAMES_ARMENIAN },   { 0x5d0, 0x5f2, NAMES_HEBREW },
        { 0x620, 0x6ff, NAMES_ARABIC },     { 0x900, 0x97f, NAMES_DEVANAGARI },
        { 0x980, 0xd7f, NAMES_INDIC },      { 0xe00, 0xe5f, NAMES_THAI },
        { 0x1200, 0x1357, NAMES_ETHIOPIC }, { 0x10d0, 0x10ff, NAMES_GEORGIAN },
        { 0x1c90, 0x1cbf, NAMES_GEORGIAN }, { 0x1e00, 0x1eff, NAMES_LATIN },
        { 0x3040, 0x30ff, NAMES_KANA },     { 0x4e00, 0x9fff, NAMES_HAN },
        { 0xac00, 0xd7a3, NAMES_HANGUL },
    };

    if (code < 0x80)
        return (code | 0x20) >= 'a' && (code | 0x20) <= 'z' ? NAMES_LATIN : NAMES_NO_SCRIPT;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (code >= blocks[i].first && code <= blocks[i].last)
            return blocks[i].script;
    return NAMES_NO_SCRIPT;
}

static const struct {
    char latin;
    uint16_t other;
} lookalikes[] = {
#define X(latin, other) { (latin), (other) },
#include "names/lookalikes.def"
#undef X
};

uint32_t names_lookalike(uint32_t code, names_script to)
{
    for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++) {
        uint32_t latin_code = (uint32_t)(unsigned char)lookalikes[i].latin;

        if (to == NAMES_LATIN && lookalikes[i].other == code)
            return latin_code;
        if (to != NAMES_LATIN && latin_code == code &&
            names_letter_script(lookalikes[i].other) == to)
            return lookalikes[i].other;
    }
    return 0;
}
