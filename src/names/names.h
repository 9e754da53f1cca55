/*
 * names/names -- could these two spellings be one name?
 *
 * A name is folded to Latin letters by tables of our own (one a script), cut into words
 * that get roles (particle, title, patronymic, initial ...), and each word is reduced to
 * sounds and to a skeleton: its consonants in classes that fall together across scripts
 * and romanisations (Джуранаев, Djouranaïev, Juranayef and جورانايف are all JRNV).
 *
 * Two records are scored by the best pair of their names: words are assigned to words,
 * weighted by how rare they are (names/rarity.def) and what role they play, and a table
 * fitted on public lists turns what was found into log-odds.  Birth dates, countries,
 * sex and documents add to or take from that; none of them is a veto.  The decision
 * follows the rule of the story (FORM.md, reading 18): `same` needs every word of the
 * shorter name in the longer one and an equal or day-month-swapped date; a one-word name
 * is never alike.  Reasons are true of the pair.
 *
 * Match keys come in two tiers.  Strong keys (two skeletons and a whole birth date) mean
 * a strong name with the same date.  Weak keys only nominate.  Both are the same on every
 * machine: NAMES_KEYS_VERSION names tables and rules.
 *
 * Pure; ICU is used for normalisation only.  Cost: linear in the text; comparing,
 * quadratic in the words of a name (at most NAMES_WORDS).
 */
#ifndef ENT_NAMES_NAMES_H
#define ENT_NAMES_NAMES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define NAMES_KEYS_VERSION 5
#define NAMES_WORDS        24 /* words of one name that are looked at */
#define NAMES_SKELETON     8  /* seven letters and a NUL */
#define NAMES_WORD         48 /* folded letters of one word, with a NUL */

typedef enum names_role {
    NAMES_ROLE_NAME,
    NAMES_ROLE_INITIAL,    /* one letter: stands for any word that begins so */
    NAMES_ROLE_PATRONYMIC, /* from the father's name: may be left out */
    NAMES_ROLE_KUNYA,      /* "father of": an honorific, no name by itself */
    NAMES_ROLE_PARTICLE,   /* article or "son of": carries nothing */
    NAMES_ROLE_TITLE,
    NAMES_ROLE_NUMBER,
    NAMES_ROLES
} names_role;

/* One word of a name. */
typedef struct names_word {
    char text[NAMES_WORD]; /* folded: a-z 0-9 */
    char skeleton[NAMES_SKELETON];
    uint8_t role;   /* names_role */
    uint8_t script; /* names_script (names/letters.h) */
    bool hyphen;    /* joined to the word before it by a hyphen */
} names_word;

typedef struct names_parsed {
    names_word words[NAMES_WORDS];
    size_t count;
} names_parsed;

const char *names_role_name(unsigned role);

/* Never fails: what cannot be read is left out. */
void names_parse(ent_str name, names_parsed *parsed);

/* The folded words with blanks between, for full-text search: each word as text and
 * as skeleton ("=jrnv" written "zzjrnv"), so that scripts find each other. */
ENT_MUST_USE ent_code names_search_text(ent_arena *arena, ent_str text, ent_str *folded,
                                        ent_err *err);

/* The name as its letters are read, in Latin ones, for whoever does not know its script:
 * "Dzhuranaev Elkhan".  What a script does not write (Arabic's short vowels) is not made
 * up.  "" where it is written in Latin letters, or is longer than a name. */
ENT_MUST_USE ent_code names_romanised(ent_arena *arena, ent_str name, ent_str *latin, ent_err *err);

/* A document: "passport", "QBZ 650018823", "qb". */
typedef struct names_document {
    ent_str type, number, country;
} names_document;

typedef struct names_record {
    ent_str id, schema; /* person, org, vessel, aircraft */
    ent_str *names;
    size_t name_count;
    ent_str *births; /* "1991-03-07", "1984", ... */
    size_t birth_count;
    /* What follows may be left empty. */
    ent_str *kinds; /* of each name: primary, alias, weak, former; NULL: none is known */
    ent_str *countries;
    size_t country_count;
    ent_str *places; /* of birth */
    size_t place_count;
    names_document *documents;
    size_t document_count;
    ent_str sex; /* "m", "f", "male", "female" */
} names_record;

/* From the record form (INTERFACE.md, Names).  FORMAT names the member. */
ENT_MUST_USE ent_code names_record_read(ent_arena *arena, ent_json json, names_record *record,
                                        ent_err *err);

/* The skeletons of all words that count in the record's names, each with a hash of its
 * sounds ("JRNV #0a1b2c3d"), blanks between: what the tables of rarity are counted from
 * (tools/names-rarity). */
ENT_MUST_USE ent_code names_skeletons(ent_arena *arena, const names_record *record, ent_str *text,
                                      ent_err *err);

/* ---- match keys ---- */

typedef enum names_tier { NAMES_STRONG = 1, NAMES_WEAK = 2, NAMES_ALL = 3 } names_tier;

/* The strong keys: "nm:" of persons with a whole birth date; sorted, each once. */
ENT_MUST_USE ent_code names_keys(ent_arena *arena, const names_record *record, ent_str **keys,
                                 size_t *count, ent_err *err);

/* The keys of a tier, sorted, each once: strong "nm:", weak "np:" (two words), "nd:" (a word
 * and a whole birth date), "no:" (an organisation's or vessel's rare words or number). */
ENT_MUST_USE ent_code names_keys_tier(ent_arena *arena, const names_record *record, names_tier tier,
                                      ent_str **keys, size_t *count, ent_err *err);

/* Keys of persons that a private match compares where an agreement has graded names: three words of a
 * name that are rare enough together with a year of birth, or, where one of both records has none,
 * alone.  Never stored: the two sides of a match write the latter differently (`first` is one of them),
 * so that of two records that both have a birth date only the date decides.  Sorted, each once. */
ENT_MUST_USE ent_code names_keys_graded(ent_arena *arena, const names_record *record, bool first,
                                        ent_str **keys, size_t *count, ent_err *err);

/* ---- comparing ---- */

typedef enum names_decision { NAMES_DIFFERENT, NAMES_REVIEW, NAMES_SAME } names_decision;
const char *names_decision_name(names_decision decision);

#define NAMES_WHY      8
#define NAMES_WHY_TEXT 160

typedef struct names_verdict {
    double score; /* 0..1: how likely it is that both are one, other things unknown */
    names_decision decision;
    char why[NAMES_WHY][NAMES_WHY_TEXT];
    size_t why_count;
} names_verdict;

/* Symmetric in its two records. */
names_verdict names_compare(const names_record *a, const names_record *b);

/* A record made ready to be scored many times; keeps nothing of the record itself. */
typedef struct names_prepared names_prepared;
ENT_MUST_USE ent_code names_prepare(ent_arena *arena, const names_record *record,
                                    const names_prepared **prepared, ent_err *err);

/* Score and decision of names_compare, without the reasons. */
typedef struct names_result {
    double score;
    names_decision decision;
} names_result;
names_result names_score(const names_prepared *a, const names_prepared *b);

#endif
