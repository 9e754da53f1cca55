/*
 * names/names -- could these two spellings be one name?
 *
 * A name is folded to Latin letters by tables of our own (one a script), cut into
 * words, and each word reduced to a skeleton: its consonants in classes that fall
 * together across scripts and romanisations (Джуранаев, Djouranaïev, Juranayef and
 * جورانايف are all JRNV).  Two names are strongly alike if every full word of the
 * shorter has its skeleton in the longer, and there are at least two; a one-word
 * name is never alike.  The decision on two records weighs the names with the birth
 * dates, and every decision comes with reasons that are true of the pair.
 *
 * Match keys are made of two skeletons and a birth date, so that equal keys mean a
 * strong name with the same, or a day-month-swapped, date.  They are the same on
 * every machine: NAMES_KEYS_VERSION names the tables.
 *
 * Pure; ICU is used for normalisation only.  Cost: linear in the text; comparing,
 * quadratic in the words of a name (at most NAMES_WORDS).
 */
#ifndef ENT_NAMES_NAMES_H
#define ENT_NAMES_NAMES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define NAMES_KEYS_VERSION 1
#define NAMES_WORDS        12 /* words of one name that are looked at */
#define NAMES_SKELETON     8  /* seven letters and a NUL */
#define NAMES_WORD         48 /* folded letters of one word, with a NUL */

/* One word of a name. */
typedef struct names_word {
    char text[NAMES_WORD]; /* folded: a-z 0-9 */
    char skeleton[NAMES_SKELETON];
    bool initial;  /* one letter: stands for any word that begins so */
    bool particle; /* article or "son of": carries nothing */
} names_word;

typedef struct names_parsed {
    names_word words[NAMES_WORDS];
    size_t count;
} names_parsed;

/* Never fails: what cannot be read is left out. */
void names_parse(ent_str name, names_parsed *parsed);

/* The folded words with blanks between, for full-text search: each word as text and
 * as skeleton ("=jrnv" written "zzjrnv"), so that scripts find each other. */
ENT_MUST_USE ent_code names_search_text(ent_arena *arena, ent_str text, ent_str *folded,
                                        ent_err *err);

typedef struct names_record {
    ent_str id, schema; /* person, org, vessel, aircraft */
    ent_str *names;
    size_t name_count;
    ent_str *births; /* "1991-03-07", "1984", ... */
    size_t birth_count;
} names_record;

/* From the record form (INTERFACE.md, Names).  FORMAT names the member. */
ENT_MUST_USE ent_code names_record_read(ent_arena *arena, ent_json json, names_record *record,
                                        ent_err *err);

/* "nm:" keys of persons with a whole birth date; sorted, each once. */
ENT_MUST_USE ent_code names_keys(ent_arena *arena, const names_record *record, ent_str **keys,
                                 size_t *count, ent_err *err);

typedef enum names_decision { NAMES_DIFFERENT, NAMES_REVIEW, NAMES_SAME } names_decision;
const char *names_decision_name(names_decision decision);

typedef struct names_verdict {
    double score; /* 0..1 */
    names_decision decision;
    const char *why[4];
    size_t why_count;
} names_verdict;

/* Symmetric in its two records. */
names_verdict names_compare(const names_record *a, const names_record *b);

#endif
