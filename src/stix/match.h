/*
 * stix/match -- do these observations match this pattern (STIX 2.1 s9)?
 *
 * Observations are observed-data objects with the observables that their object_refs name
 * (or that their deprecated `objects` hold).  A matcher is a pattern turned into a small
 * program: a leaf binds one more observation that satisfies a comparison expression,
 * alternatives branch, and the windows and orders of the qualifiers are kept as running
 * bounds that prune as soon as a binding breaks them.  It runs with a stack of its own,
 * so neither pattern nor data can make it recurse, and within a budget of steps:
 * beyond PATTERN_STEPS the answer is an error, never a guess.
 *
 * Where the reference matcher leaves the text, the text holds: WITHIN excludes equality,
 * REPEATS counts observations, MATCHES is DOTALL, an absent path is false whatever the
 * operator, a wrong type is false but for != and under NOT.
 */
#ifndef ENT_STIX_MATCH_H
#define ENT_STIX_MATCH_H

#include "stix/pattern.h"

#include "base/json.h"

typedef struct stix_observations stix_observations;
typedef struct stix_matcher stix_matcher;

/* NULL when the arena has no room. */
stix_observations *stix_observations_new(ent_arena *arena);

/* Adds an object: an observed-data, or anything that one may refer to.  It is borrowed.
 * Of two objects with one id the later holds.
 *
 * FORMAT  an observed-data without its times, its number or its objects */
ENT_MUST_USE ent_code stix_observations_add(stix_observations *observations, ent_json object,
                                            ent_err *err);

/* Adds the objects of a bundle, or one object. */
ENT_MUST_USE ent_code stix_observations_add_all(stix_observations *observations, ent_json value,
                                                ent_err *err);

/* FORMAT  a pattern that cannot be matched: not a regular expression, a set of mixed types,
 *         WITHIN 0, no address for ISSUBSET */
ENT_MUST_USE ent_code stix_matcher_new(ent_arena *arena, const stix_node *pattern,
                                       stix_matcher **matcher, ent_err *err);

typedef struct stix_match_result {
    bool matched;
    ent_str *ids; /* of the observed-data that matched, in the order of the pattern */
    size_t count;
} stix_match_result;

/* Looks for a first match.  `arena` is for the work and the result.
 *
 * FORMAT  a value that a timestamp is compared with is no timestamp
 * LIMIT   the budget of steps, or of one regular expression, is spent */
ENT_MUST_USE ent_code stix_match(const stix_matcher *matcher, const stix_observations *observations,
                                 ent_arena *arena, stix_match_result *result, ent_err *err);

#endif
