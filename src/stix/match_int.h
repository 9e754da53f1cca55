/*
 * stix/match_int -- what the files of the matcher share.
 *
 * match.c searches bindings, match_data.c keeps observations and follows paths,
 * match_test.c judges one value.
 */
#ifndef ENT_STIX_MATCH_INT_H
#define ENT_STIX_MATCH_INT_H

#include "stix/match.h"

#include "base/time.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

typedef struct stix_observation {
    ent_str id;
    ent_time first, last;
    ent_json refs;      /* object_refs, or none */
    ent_json container; /* objects, or none */
} stix_observation;

struct stix_observations {
    ent_arena *arena;
    stix_observation *list;
    size_t count, room;
    ent_json *objects; /* a hash table by id */
    size_t object_count, object_room;
};

/* A test made ready: what its constants are besides their text. */
typedef struct stix_ready_test {
    const stix_node *node;
    ent_str normal;           /* LIKE, MATCHES: the constant in NFC */
    ent_str bytes;            /* LIKE: as bytes, for binary values; .ptr NULL: not convertible */
    pcre2_code *text_regex;   /* MATCHES on strings */
    pcre2_code *binary_regex; /* MATCHES on binary values, or NULL */
    uint8_t address[16];      /* ISSUBSET, ISSUPERSET */
    int address_size, prefix;
} stix_ready_test;

typedef struct stix_test_run {
    const stix_observations *observations;
    const stix_observation *observation;
    ent_arena *arena;
    pcre2_match_data *match_data;
    pcre2_match_context *match_context;
    uint64_t *steps; /* left */
    ent_code rc;     /* the first failure */
    ent_err *err;
} stix_test_run;

/* The object of that id, or none. */
ent_json stix_observations_find(const stix_observations *observations, ent_str id);

/* Whether some value at the test's path, from `root` on, satisfies it. */
bool stix_test_object(stix_test_run *run, const stix_ready_test *test, ent_json root);
/* Whether this one value does; `name` is the property it is the value of. */
bool stix_test_value(stix_test_run *run, const stix_ready_test *test, ent_json value, ent_str name);

ENT_MUST_USE ent_code stix_test_ready(ent_arena *arena, const stix_node *node,
                                      stix_ready_test *ready, ent_err *err);

/* In Unicode normal form C; ASCII is returned as it is. */
ENT_MUST_USE ent_code stix_nfc(ent_arena *arena, ent_str text, ent_str *normal, ent_err *err);

#endif
