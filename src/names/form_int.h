/*
 * names/form (private) -- a record made ready to be scored: its names as tokens with
 * sounds, skeletons and weights, its dates as days, the rest as small numbers.
 *
 * A form is one reading of one name.  Its tokens are the words that carry something; its
 * joins are what adjacent words would be if written as one (El Khan, Elkhan).
 */
#ifndef ENT_NAMES_FORM_INT_H
#define ENT_NAMES_FORM_INT_H

#include "base/time.h"
#include "names/sound_int.h"

typedef struct names_token {
    uint64_t skeleton; /* eight bytes of the skeleton's text */
    names_sound sound;
    uint8_t role;     /* names_role */
    uint8_t weight;   /* how rare its skeleton is: quarter bits */
    uint8_t rare;     /* how rare its very sounds are; at least `weight` */
    uint8_t from, to; /* tokens it stands for; equal but for joins */
    uint8_t entry;    /* its number among the words of the record; of joins not set */
} names_token;

typedef enum names_writing { WRITING_FULL, WRITING_BARE, WRITING_EAST } names_writing;

typedef struct names_form {
    const names_token *tokens; /* `count` words, then `joins` joined ones */
    uint8_t count, joins;
    uint8_t full;    /* words that are no initials */
    uint8_t writing; /* names_writing */
    uint8_t script;
    uint8_t weak;                /* kind weak: a nickname or code name */
    uint16_t name;               /* index in the record */
    uint16_t legal;              /* organisations: bits of the legal forms named */
    uint32_t numbers;            /* organisations: a hash of the numbers in the name; 0: none */
    names_sound glued, initials; /* organisations: all words as one; their first letters */
    uint64_t entries;            /* bits of the numbers of its words */
    uint64_t order; /* a hash: gives two forms one order, so that comparing is symmetric */
} names_form;

typedef enum names_thing { THING_PERSON, THING_ORG, THING_VESSEL } names_thing;

typedef struct names_birth {
    ent_days days;
    int year, month, day; /* month and day 0: not known */
} names_birth;

#define NAMES_ENTRIES 56 /* different words of a record that a table has room for, within a page */

/* What tells quickly that one of the different words of a record's names is not alike another
 * (table_int.h). */
typedef struct names_entry {
    uint32_t mask; /* of its sounds */
    uint8_t mass;
    bool bare; /* written without vowels */
    bool open; /* may be alike whatever the classes of its sounds */
} names_entry;

struct names_prepared {
    names_thing thing;
    bool lone;          /* some name is one word */
    size_t entry_count; /* 0: too many for a table */
    const names_entry
        *entries; /* these stand behind the record in memory, what is asked first first */
    const names_token *words; /* of each entry */
    size_t document_count;
    const names_form *forms;
    size_t form_count;
    const names_birth *births;
    size_t birth_count;
    const uint16_t *countries; /* two letters */
    size_t country_count;
    const uint64_t *documents; /* hashes of number and, where known, kind */
    const uint64_t *places;    /* skeletons of the places of birth's words */
    size_t place_count;
    char sex; /* m, f or NUL */
};

uint64_t names_skeleton_pack(const char skeleton[NAMES_SKELETON]);
/* How rare a word of that skeleton is in names of persons, in quarter bits (0..63): among all, for
 * keys, and among the people where it is least rare, for scores: Hanif is rare in a list of the
 * world and tells nobody apart in Lahore. */
uint8_t names_rarity(uint64_t skeleton);
uint8_t names_people_rarity(uint64_t skeleton);

uint8_t names_org_rarity(uint64_t skeleton);
/* As names_people_rarity of a hash of sounds; `none` for what no list has. */
uint8_t names_sound_rarity(uint32_t hash, uint8_t none);

/* As names_form_of, for the name of an organisation or a vessel. */
void names_org_form_of(const names_parsed *folded, names_token *tokens, names_form *form);

/* Fills one form from parsed words.  `tokens` has room for 4 * NAMES_WORDS. */
void names_form_of(const names_parsed *parsed, names_token *tokens, names_form *form);

#endif
