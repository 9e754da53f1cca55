#include "names/fold_int.h"

/* Letter groups, longest first, and the classes they fall into.  '-' is silent.
 * The classes are what differs between romanisations of one sound: j, dj, dzh;
 * s, z, sh, ch, ts, zh; k, g, q, kh, h; b, p; f, v; t, d, th, dh. */
static const struct {
    const char *letters, *class;
} groups[] = {
    { "shch", "S" }, { "tsch", "S" }, { "dsch", "J" }, { "dzh", "J" }, { "sch", "S" },
    { "tch", "S" },  { "dj", "J" },   { "dg", "J" },   { "sh", "S" },  { "zh", "S" },
    { "ch", "S" },   { "ts", "S" },   { "tz", "S" },   { "dz", "S" },  { "kh", "K" },
    { "gh", "K" },   { "ck", "K" },   { "ph", "V" },   { "th", "T" },  { "dh", "T" },
    { "ce", "S" },   { "ci", "S" },   { "cy", "S" },   { "x", "KS" },  { "b", "B" },
    { "p", "B" },    { "f", "V" },    { "v", "V" },    { "k", "K" },   { "g", "K" },
    { "q", "K" },    { "c", "K" },    { "h", "K" },    { "s", "S" },   { "z", "S" },
    { "t", "T" },    { "d", "T" },    { "j", "J" },    { "l", "L" },   { "m", "M" },
    { "n", "N" },    { "r", "R" },
};

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

/* A v between a consonant and an a. */
static bool is_half_vowel(const char *word, size_t at)
{
    return word[at] == 'v' && at > 0 && !is_vowel(word[at - 1]) && word[at + 1] == 'a';
}

static void letter_put(char skeleton[NAMES_SKELETON], size_t *size, char letter)
{
    if (*size + 1 < NAMES_SKELETON)
        skeleton[(*size)++] = letter;
}

void names_skeleton(const char *word, char skeleton[NAMES_SKELETON])
{
    size_t size = 0, length = strlen(word), at = 0;
    char before = '\0'; /* the class just put, if nothing was between: doubles fall together */

    if (is_vowel(word[0]))
        letter_put(skeleton, &size, 'A');
    while (at < length) {
        const char *class = NULL;
        size_t used = 1;

        if (word[at] >= '0' && word[at] <= '9') {
            letter_put(skeleton, &size, word[at]);
        } else if (is_half_vowel(word, at)) {
            /* Марван, Marwan, Marouane: what is written v in one script is half a vowel. */
        } else if (word[at] == 'w') {
            /* A consonant at the beginning, otherwise half a vowel: Anwar, Anouar. */
            if (at == 0)
                letter_put(skeleton, &size, 'V');
        } else if (!(word[at] == 'h' && at + 1 == length)) { /* a final h is silent */
            for (size_t i = 0; i < sizeof groups / sizeof *groups && class == NULL; i++) {
                size_t n = strlen(groups[i].letters);

                if (strncmp(word + at, groups[i].letters, n) == 0) {
                    class = groups[i].class;
                    used = n;
                }
            }
        }
        for (const char *c = class == NULL ? "" : class; *c != '\0'; c++) {
            if (*c != before)
                letter_put(skeleton, &size, *c);
            before = *c;
        }
        if (class == NULL)
            before = '\0';
        at += used;
    }
    skeleton[size] = '\0';
}
