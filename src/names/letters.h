/*
 * names/letters (private) -- what one letter of a script is read as.
 *
 * One table (.def) a script, made into arrays that are looked up by code point, so that
 * a letter costs a few comparisons and one load.  Nothing here depends on the machine,
 * the locale or the version of a library.
 */
#ifndef ENT_NAMES_LETTERS_H
#define ENT_NAMES_LETTERS_H

#include "base/span.h"

typedef enum names_script {
    NAMES_NO_SCRIPT, /* digits only */
    NAMES_LATIN,
    NAMES_GREEK,
    NAMES_CYRILLIC,
    NAMES_ARMENIAN,
    NAMES_HEBREW,
    NAMES_ARABIC,
    NAMES_DEVANAGARI,
    NAMES_GEORGIAN,
    NAMES_KANA,
    NAMES_HAN,
    NAMES_HANGUL,
    NAMES_INDIC, /* the scripts beside Devanagari that follow ISCII; "Qabr": they have no common code */
    NAMES_THAI,
    NAMES_ETHIOPIC,
    NAMES_OTHER_SCRIPT,
    NAMES_SCRIPT_COUNT
} names_script;

const char *names_script_name(names_script script); /* "Latn" (ISO 15924) */

/* How a Han character is read. */
typedef enum names_reading {
    NAMES_MANDARIN,
    NAMES_CANTONESE,
    NAMES_KOREAN,
    NAMES_JAPANESE,
    NAMES_READINGS
} names_reading;

#define NAMES_LETTER_MAX 12 /* Latin letters for one code point, with a NUL */

/* The script of a letter; NAMES_NO_SCRIPT for what is no letter of ours. */
names_script names_letter_script(uint32_t code);

/* Latin letters for a letter in any of our scripts, lower case; false for what no table
 * has.  `out` may become "" (a silent letter). */
bool names_letter_latin(uint32_t code, names_reading reading, char out[NAMES_LETTER_MAX]);

/* The look-alike of a Latin letter in Cyrillic and back; 0 if there is none. */
uint32_t names_lookalike(uint32_t code, names_script to);

#endif
