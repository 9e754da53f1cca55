/*
 * taxii/filter -- what a request's query asks for, and where a page continues.
 *
 * A query is read strictly (TAXII 2.1 s3.4): a known parameter that is malformed or
 * repeated is refused; unknown ones are ignored.  A `next` token holds the place where
 * the page ended, what it is bound to (collection, endpoint, object) and the filters,
 * under a keyed hash: the server remembers nothing, a token never expires, and a client
 * that forgets its filters on the next page gets the same ones.  With a token, other
 * filters than the token's are refused; only `limit` may change.
 *
 * Pure.  The query is hostile; so is the token.
 */
#ifndef ENT_TAXII_FILTER_H
#define ENT_TAXII_FILTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

#define TAXII_LIMIT_DEFAULT 1000
#define TAXII_LIMIT_MOST    10000

typedef struct taxii_list {
    const ent_str *items; /* sorted, each once */
    size_t count;
    bool given;
} taxii_list;

typedef struct taxii_filter {
    bool has_added_after;
    ent_time added_after;
    size_t limit; /* as it applies */
    taxii_list ids, types, specs;
    taxii_list versions; /* comparable timestamps; the words are apart */
    bool all, first, last;
    ent_time after; /* where the page starts: later than this */
} taxii_filter;

/* Which parameters an endpoint knows. */
#define TAXII_TAKES_PAGE    1u /* added_after, limit, next */
#define TAXII_TAKES_IDS     2u /* match[id], match[type] */
#define TAXII_TAKES_VERSION 4u /* match[version] */
#define TAXII_TAKES_SPEC    8u /* match[spec_version] */

typedef struct taxii_bound {
    const uint8_t *key; /* TAXII_KEY_SIZE bytes */
    ent_str root, collection, endpoint, object;
} taxii_bound;

/* FORMAT says which parameter is wrong and why. */
ENT_MUST_USE ent_code taxii_filter_read(ent_arena *arena, ent_str query, unsigned takes,
                                        const taxii_bound *bound, taxii_filter *filter,
                                        ent_err *err);

/* The token for what comes after `last`. */
ENT_MUST_USE ent_code taxii_next_write(ent_arena *arena, const taxii_filter *filter,
                                       const taxii_bound *bound, ent_time last, ent_str *token,
                                       ent_err *err);

/* "2.1": a specification version, also one that we do not know. */
bool taxii_spec_valid(ent_str spec);

/* Percent-decoding of one part of a path or query.  FORMAT: a broken escape, NUL, or no UTF-8. */
ENT_MUST_USE ent_code taxii_decode(ent_arena *arena, ent_str text, ent_str *decoded, ent_err *err);

#endif
