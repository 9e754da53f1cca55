#include "names/sound_int.h"

enum sound {
#define X(name, class, bit) SOUND_##name,
#include "names/sounds.def"
#undef X
    SOUND_COUNT
};

static const char sound_class[SOUND_COUNT] = {
#define X(name, class, bit) (class),
#include "names/sounds.def"
#undef X
};

static const uint32_t sound_mask[SOUND_COUNT] = {
#define X(name, class, bit) (bit) == 0 ? 0 : 1U << (bit),
#include "names/sounds.def"
#undef X
};

#define SPELLINGS 10
#define STEM      90 /* how alike Salah and what stands before al-Din are at least */

struct spelling {
    char letters[5];
    uint8_t size, first, second;
};

#define LETTERS ('z' - '0' + 1) /* what folded text is made of, and a little more */

static const struct spelling spellings[LETTERS][SPELLINGS] = {
#define ROW(letters, first, second) { letters, sizeof(letters) - 1, SOUND_##first, SOUND_##second },
#define LETTER(letter, rows)        [(letter) - '0'] = { rows },
#include "names/spellings.def"
#undef ROW
#undef LETTER
};

/* Most letters are not followed by one that makes a group with them.  Which might be, as bits; and the
 * sounds of the letter alone, the second in the upper byte. */
#define FOLLOWER(letter) (1U << (((letter) - 'a') & 31))

static const uint32_t followers[LETTERS] = {
#define ROW(letters, first, second) | ((letters)[1] == '\0' ? 0 : FOLLOWER((letters)[1]))
#define LETTER(letter, rows)        [(letter) - '0'] = 0 rows,
#include "names/spellings.def"
#undef ROW
#undef LETTER
};

static const uint16_t alone[LETTERS] = {
#define ROW(letters, first, second) \
    | ((letters)[1] == '\0' ? SOUND_##first | SOUND_##second << 8 : 0)
#define LETTER(letter, rows) [(letter) - '0'] = 0 rows,
#include "names/spellings.def"
#undef ROW
#undef LETTER
};

/* What a letter, or one code for another, costs.  A consonant is CONSONANT. */
enum cost { CONSONANT = 16, VOWEL = 6, WEAK_H = 7, HALF_VOWEL = 6 };

static bool is_vowel_letter(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

/* What a code weighs, and costs to put in: with vowels written on both sides, and on one only. */
#define IS_VOWEL(code) ((code) >= SOUND_A && (code) <= SOUND_U)
#define MASS(code)                    \
    (IS_VOWEL(code)      ? VOWEL      \
     : (code) == SOUND_H ? WEAK_H     \
     : (code) == SOUND_W ? HALF_VOWEL \
                         : CONSONANT)

static const uint8_t gap_costs[2][SOUND_COUNT] = {
    {
#define X(name, class, bit) MASS(SOUND_##name),
#include "names/sounds.def"
#undef X
    },
    {
#define X(name, class, bit) \
    IS_VOWEL(SOUND_##name) || SOUND_##name == SOUND_W ? 1 : MASS(SOUND_##name),
#include "names/sounds.def"
#undef X
    },
};

static bool is_vowel(unsigned code)
{
    return IS_VOWEL(code);
}

/* ---- one way of writing ---- */

static void text_cut(char *text, size_t at, size_t count)
{
    memmove(text + at, text + at + count, strlen(text + at + count) + 1);
}

/* What may follow "servant of" to make Abdullah, and surnames of it (Abdulaev, Abdollahi), behind
 * the l: not Abdulaziz, Abdulahad. */
static bool is_god(const char *text, size_t *size)
{
    static const char *const endings[] = { "",    "ev",   "eva",  "yev",  "yeva", "iev", "ieva",
                                           "ov",  "ova",  "oev",  "oeva", "i",    "y",   "ian",
                                           "yan", "zoda", "zada", "zade", "zadeh" };

    *size = text[0] == 'l' ? 1 : 0;
    if (text[*size] == 'a' || text[*size] == 'o')
        (*size)++;
    else if (text[*size] != 'h')
        return false;
    if (text[*size] == 'h')
        (*size)++;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcmp(text + *size, endings[i]) == 0)
            return true;
    return false;
}

/* Abdulrahman, Abdelrahman, Abdurrahman: abdrahman; Abdula, Abdullah, Abdallah: abdla. */
static void servant_settle(char text[NAMES_WORD])
{
    size_t at = 3, size, god;

    if (text[0] != 'a' || text[1] != 'b' || text[2] != 'd' || (size = strlen(text)) < 6)
        return;
    if (is_vowel_letter(text[at]))
        at++;
    if (at == 4 && text[4] == 'u')
        at++; /* abdoul */
    if (text[at] == 'l' && is_god(text + at + 1, &god)) {
        text_cut(text, 3, at + 1 + god - 5);
        memcpy(text + 3, "la", 2);
        return;
    }
    if (text[at] == 'l' || (text[at] == text[at + 1] && strchr("rnszd", text[at]) != NULL))
        at++;
    if (size - at >= 2)
        text_cut(text, 3, at - 3);
}

/* Saladdin, Saladeen, Saladine: saladin, also with the l of the article.  The size it has then. */
static size_t faith_settle(char text[NAMES_WORD], size_t size)
{
    static const char *const endings[] = { "ddine", "ddeen", "ddin", "dine", "deen",
                                           "ddyn",  "dyn",   "dien", "dhin", "din" };

    if (size < 7 || (text[size - 1] != 'n' && text[size - 1] != 'e'))
        return size; /* how all of them end */
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]), start;

        if (size < n + 4 || strcmp(text + size - n, endings[i]) != 0)
            continue;
        start = size - n;
        if (text[start - 1] == 'l' && size >= n + 6)
            start--;
        if (!is_vowel_letter(text[start - 1]) && text[start - 1] != 'l')
            return size; /* Aladdin yes, Nordin no */
        memcpy(text + start, "din", 4);
        return start + 3;
    }
    return size;
}

/* Endings that languages write in their own way: -au and -aw for -av (Belarusian), -ow for
 * -ov (Polish, German), and u before sk. */
static void slavic_settle(char text[NAMES_WORD], size_t size)
{
    char last = size < 5 ? '\0' : text[size - 1], before = size < 5 ? '\0' : text[size - 2];

    if ((last == 'u' && (before == 'a' || before == 'e')) ||
        (last == 'w' && (before == 'a' || before == 'e' || before == 'o')))
        text[size - 1] = 'v';
    for (size_t i = 2; i + 2 < size; i++)
        if ((text[i] == 'u' || text[i] == 'w') && text[i + 1] == 's' && text[i + 2] == 'k' &&
            (text[i - 1] == 'a' || text[i - 1] == 'o' || text[i - 1] == 'e'))
            text[i] = 'v';
    if (last == 'c' && (before == 'i' || before == 'y') && size + 1 < NAMES_WORD) {
        text[size] = 'h';
        text[size + 1] = '\0';
    }
}

/* A kunya written as one word, as Iranians do: Abolfazl, Abulqasim are Abu al-Fadl, Abu al-Qasim. */
static void kunya_settle(char text[NAMES_WORD])
{
    size_t at = 3;

    if (text[0] != 'a' || text[1] != 'b' || strlen(text) < 7)
        return;
    if (text[2] == 'o' && text[3] == 'u')
        at++;
    else if (text[2] != 'o' && text[2] != 'u')
        return;
    if (text[at] != 'l' || is_vowel_letter(text[at + 1]))
        return;
    text_cut(text, 3, at + 1 - 3);
    text[2] = 'u';
}

void names_word_settle(char text[NAMES_WORD])
{
    kunya_settle(text);
    servant_settle(text);
    slavic_settle(text, faith_settle(text, strlen(text)));
}

/* ---- sounds ---- */

/* The first row of two letters or more that the text begins with, or NULL. */
static const struct spelling *group_at(const char *text, size_t letter)
{
    for (const struct spelling *row = spellings[letter]; row->size > 1; row++) {
        size_t i = 1;

        while (i < row->size && row->letters[i] == text[i])
            i++;
        if (i >= row->size)
            return row;
    }
    return NULL;
}

/* A j that is a vowel: at the end after i, e, y, or between a vowel and a consonant. */
static bool is_vowel_j(const char *text, size_t at)
{
    char before = at == 0 ? '\0' : text[at - 1], after = text[at + 1];

    if (!is_vowel_letter(before))
        return false;
    return after == '\0' ? strchr("iey", before) != NULL
                         : !is_vowel_letter(after) && after != 'j' && after != 'h';
}

static inline void code_put(names_sound *sound, unsigned code)
{
    if (code == SOUND_NONE || sound->size == NAMES_SOUNDS ||
        (sound->size > 0 && sound->code[sound->size - 1] == code))
        return; /* doubles are one */
    sound->code[sound->size++] = (uint8_t)code;
    sound->mass = (uint8_t)(sound->mass + (sound->mass > 220 ? 0 : gap_costs[0][code]));
    sound->mask |= sound_mask[code];
}

void names_sound_of(const char *text, names_sound *sound)
{
    names_sound made = { .size = 0 };
    size_t at = 0;

    if (text[0] == 'x') { /* pinyin */
        code_put(&made, SOUND_S);
        at++;
    }
    for (size_t size; text[at] != '\0'; at += size) {
        size_t letter = (unsigned char)text[at] - (size_t)'0';
        const struct spelling *group = NULL;
        unsigned both;

        size = 1;
        if (letter >= LETTERS)
            continue;
        both = alone[letter];
        if ((followers[letter] & FOLLOWER(text[at + 1])) != 0)
            group = group_at(text + at, letter);
        if (group != NULL) {
            both = group->first | (unsigned)group->second << 8;
            size = group->size;
        } else if (text[at] == 'j' && is_vowel_j(text, at)) {
            both = SOUND_I;
        }
        code_put(&made, both & 0xff);
        if (both > 0xff)
            code_put(&made, both >> 8);
    }
    *sound = made;
}

/* A v or w that may be half a vowel: between a consonant and an a (Marwan, Марван), or
 * anywhere inside for w (Anwar, Anouar). */
static bool is_half_vowel(const names_sound *sound, size_t at)
{
    if (at == 0)
        return false;
    if (sound->code[at] == SOUND_W)
        return true;
    return sound->code[at] == SOUND_V && !is_vowel(sound->code[at - 1]) && at + 1 < sound->size &&
           sound->code[at + 1] == SOUND_A;
}

void names_sound_skeleton(const names_sound *sound, const char *text, char skeleton[NAMES_SKELETON])
{
    size_t size = 0;
    char before = '\0'; /* the class just put, if nothing was between: doubles fall together */

    if (is_vowel_letter(text[0]))
        skeleton[size++] = 'A';
    for (size_t i = 0; i < sound->size; i++) {
        char class = sound_class[sound->code[i]];

        /* A final h is silent. */
        if (is_half_vowel(sound, i) || (sound->code[i] == SOUND_H && i + 1 == sound->size))
            class = '-';
        /* Put and perhaps not counted: which it will be, nobody guesses. */
        skeleton[size] = class;
        size += (size_t)((class != '-') & (class != before) & (size + 1 < NAMES_SKELETON));
        before = class;
    }
    skeleton[size] = '\0';
}

void names_sound_join(const names_sound *a, const names_sound *b, names_sound *joined)
{
    *joined = *a;
    for (size_t i = 0; i < b->size; i++)
        code_put(joined, b->code[i]);
}

/* ---- distance ---- */

/* What an exchange saves of the cost of a strange sound; 0: nothing. */
static const uint8_t kin[SOUND_COUNT][SOUND_COUNT] = {
#define X(name, class, bit) [SOUND_##name][SOUND_##name] = CONSONANT,
#include "names/sounds.def"
#undef X
#define X(a, b, cost) \
    [SOUND_##a][SOUND_##b] = CONSONANT - (cost), [SOUND_##b][SOUND_##a] = CONSONANT - (cost),
#include "names/kin.def"
#undef X
};

static int mass_of(const names_sound *sound, bool bare)
{
    int mass = 0;

    if (!bare)
        return sound->mass;
    for (size_t i = 0; i < sound->size; i++)
        mass += gap_costs[1][sound->code[i]];
    return mass;
}

/* What a sound is put in for, what exchanges of it save, and the cells of its row of the distance that
 * the next cell is made of: the one before, and the one before in the row above. */
struct row {
    const uint8_t *saved;
    int gap, before, corner;
};

static struct row row_begin(unsigned code, const uint8_t *costs, int above)
{
    return (struct row){ kin[code], costs[code], above + costs[code], above };
}

/* The row's next cell, below `above`, for a code of the other word that is put in for `gap`. */
static inline int cell_next(struct row *row, unsigned code, int gap, int above)
{
    int swap = row->corner + CONSONANT - row->saved[code];
    int up = above + row->gap, left = row->before + gap;

    row->corner = above;
    swap = up < swap ? up : swap;
    row->before = left < swap ? left : swap;
    return row->before;
}

/* The distance, or more than `limit`.  Two rows are made at a time, the second one cell behind the first:
 * a cell waits for the one before it, and two that do not wait for each other take the time of one.
 * The shorter word lies across, so that there are more rows of fewer cells and most words that are far
 * apart are so after the first rows. */
static int distance(const names_sound *a, const names_sound *b, bool bare, int limit)
{
    const names_sound *down = a->size < b->size ? b : a, *across = down == a ? b : a;
    const uint8_t *costs = gap_costs[bare];
    int cells[NAMES_SOUNDS + 1] = { 0 }, gaps[NAMES_SOUNDS];
    size_t size = across->size, i = 0;

    for (size_t j = 0; j < size; j++) {
        gaps[j] = costs[across->code[j]];
        cells[j + 1] = cells[j] + gaps[j];
    }
    for (; i + 1 < down->size; i += 2) {
        struct row first = row_begin(down->code[i], costs, cells[0]);
        struct row second = row_begin(down->code[i + 1], costs, first.before);
        int least = second.before;

        cells[0] = second.before;
        for (size_t j = 0; j < size; j++) {
            int cell = cell_next(&first, across->code[j], gaps[j], cells[j + 1]);

            cell = cell_next(&second, across->code[j], gaps[j], cell);
            cells[j + 1] = cell;
            least = cell < least ? cell : least;
        }
        if (least > limit)
            return limit + 1; /* costs only add up */
    }
    if (i < down->size) {
        struct row last = row_begin(down->code[i], costs, cells[0]);

        for (size_t j = 0; j < size; j++)
            cells[j + 1] = cell_next(&last, across->code[j], gaps[j], cells[j + 1]);
    }
    return cells[size];
}

/* Bits set; at most a few dozen calls a comparison. */
static int bits(uint32_t x)
{
    x = x - ((x >> 1) & 0x55555555U);
    x = (x & 0x33333333U) + ((x >> 2) & 0x33333333U);
    return (int)((((x + (x >> 4)) & 0x0f0f0f0fU) * 0x01010101U) >> 24);
}

bool names_sound_has_faith(const names_sound *longer)
{
    const uint8_t *end = longer->code + longer->size;

    return longer->size >= 6 && end[-3] == SOUND_D && end[-2] == SOUND_I && end[-1] == SOUND_N;
}

uint32_t names_sound_hash(const names_sound *sound)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < sound->size; i++)
        hash = (hash ^ sound->code[i]) * 16777619U;
    return hash;
}

int names_classes_differ(const names_sound *a, const names_sound *b)
{
    return bits(a->mask ^ b->mask);
}

int names_sound_alike(const names_sound *a, const names_sound *b, bool bare, int far)
{
    int mass, cost, alike, limit;

    if (a->mask == b->mask && a->size == b->size && memcmp(a->code, b->code, a->size) == 0)
        return a->size == 0 ? 0 : 100;
    /* Classes that only one of the two has: no romanisation does that to three.  And the words
     * must weigh about the same, for what one has more must be put in. */
    if (bits(a->mask ^ b->mask) >= (bare ? 4 : 3))
        return 0;
    if (!bare && names_masses_part(a->mass, b->mass))
        return 0;
    mass = mass_of(a, bare) + mass_of(b, bare);
    if (mass == 0)
        return 0;
    limit = (101 - far) * mass / 200; /* what costs more is less alike, however it is rounded */
    cost = distance(a, b, bare, limit);
    if (cost > limit)
        return 0;
    alike = 100 - 200 * cost / mass;
    return alike < far || alike < 0 ? 0 : alike;
}

/* The first `size` sounds of a word. */
static names_sound stem_of(const names_sound *sound, size_t size)
{
    names_sound stem = { .size = 0 };

    for (size_t i = 0; i < size; i++)
        code_put(&stem, sound->code[i]);
    return stem;
}

bool names_sound_faith(const names_sound *longer, const names_sound *shorter, bool bare)
{
    const uint32_t faith_mask = sound_mask[SOUND_D] | sound_mask[SOUND_N];
    names_sound stem;
    size_t size;

    if (shorter->size < 3 || longer->size < shorter->size + 2 ||
        ((longer->mask ^ shorter->mask) & ~faith_mask) != 0 || !names_sound_has_faith(longer))
        return false;
    size = longer->size - 3U;
    stem = stem_of(longer, size);
    if (names_sound_alike(&stem, shorter, bare, STEM) > 0)
        return true;
    if (!is_vowel(longer->code[size - 1]))
        return false;
    stem = stem_of(longer, size - 1);
    return names_sound_alike(&stem, shorter, bare, STEM) > 0;
}
