/*
 * base/phrase -- which sentence is this, and what stands in its gaps?
 *
 * The node says things in English where they happen.  A console in another language must know
 * which sentence it was given; phrases.def has the form of those that people meet, each with a
 * code.  The form is found in what was said, and what stands in its gaps is taken out.  So a
 * sentence has its code also when it was stored, signed by a partner or printed by another
 * process, and who says something writes no code.  doc/design/words.md has the why.
 *
 * Pure; borrows from the text that was given.
 */
#ifndef ENT_BASE_PHRASE_H
#define ENT_BASE_PHRASE_H

#include "base/json_write.h"

#define ENT_PHRASE_GAPS 6

typedef struct ent_phrase_gap {
    ent_str name, value;
    bool said; /* what stands there is a phrase again, or should be */
} ent_phrase_gap;

typedef struct ent_phrase {
    const char *code;
    ent_str before; /* "what we were doing: ...", without the last ": " */
    ent_phrase_gap gaps[ENT_PHRASE_GAPS];
    size_t count;
} ent_phrase;

/* The whole text is one of them? */
bool ent_phrase_read(ent_str text, ent_phrase *phrase);

/* The end of a failure's message is one of them, behind whatever contexts?  The longest end. */
bool ent_phrase_find(ent_str message, ent_phrase *phrase);

/* {"code":"...","args":{"NAME":"..."|{a phrase}},"before":"..."}; `before` where there is one. */
void ent_phrase_write(ent_jw *w, const ent_phrase *phrase);

/* As value: the phrase that ends `message`, or null. */
void ent_phrase_json(ent_jw *w, ent_str message);

/* For tests: row by row; NULL behind the last. */
const char *ent_phrase_code(size_t row);
const char *ent_phrase_form(size_t row);

#endif
