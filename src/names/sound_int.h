/*
 * names/sound (private) -- how a folded word sounds: codes for its letters and letter
 * groups, and the distance between two words.
 *
 * A code is a small number for a letter or group ("sh", "kh", "ou").  The distance is an
 * edit distance whose costs say what romanisations do to a sound: one vowel for another
 * is cheap, k for q is cheap, r for t is not.  Scripts without vowels make vowels free.
 */
#ifndef ENT_NAMES_SOUND_INT_H
#define ENT_NAMES_SOUND_INT_H

#include "names/names.h"

#define NAMES_SOUNDS 20 /* codes of one word that are looked at */

typedef struct names_sound {
    uint8_t code[NAMES_SOUNDS];
    uint8_t size;
    uint8_t mass;  /* what the word weighs in an edit distance */
    uint32_t mask; /* classes of consonants that occur, for quick refusal */
} names_sound;

/* The word's text made comparable: endings and compounds written one way. */
void names_word_settle(char text[NAMES_WORD]);

void names_sound_of(const char *text, names_sound *sound);
void names_sound_skeleton(const names_sound *sound, const char *text,
                          char skeleton[NAMES_SKELETON]);

/* Two words written as one. */
void names_sound_join(const names_sound *a, const names_sound *b, names_sound *joined);

/* 0 (nothing alike) to 100 (the same sounds).  `bare`: one of the scripts lacks vowels.
 * `far`: below this the exact value does not matter and 0 may be returned. */
int names_sound_alike(const names_sound *a, const names_sound *b, bool bare, int far);

/* Do two words weigh so differently that one has more than a romanisation puts in? */
static inline bool names_masses_part(uint8_t a, uint8_t b)
{
    int more = a > b ? a : b, less = a > b ? b : a;

    return 3 * (more - less) > more + 36;
}

/* The least and the most mass that it does not part from `mass`. */
static inline unsigned names_mass_least(uint8_t mass)
{
    return mass <= 18 ? 0 : (2U * mass - 36 + 2) / 3;
}
static inline unsigned names_mass_most(uint8_t mass)
{
    return (3U * mass + 36) / 2;
}

/* Could `longer` be a word with "al-din" behind it? */
bool names_sound_has_faith(const names_sound *longer);

/* Is `longer` the word `shorter` with "al-din" behind it? */
bool names_sound_faith(const names_sound *longer, const names_sound *shorter, bool bare);

/* A hash of the sounds: equal for equal sounds on every machine. */
uint32_t names_sound_hash(const names_sound *sound);

/* How many classes of consonants only one of the two has. */
int names_classes_differ(const names_sound *a, const names_sound *b);

#endif
