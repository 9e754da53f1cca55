/*
 * base/hash -- SHA-256, in pieces.  The only file that knows which library does it.
 */
#ifndef ENT_BASE_HASH_H
#define ENT_BASE_HASH_H

#include "base/span.h"

#define ENT_HASH_SIZE 32

typedef struct ent_hash {
    uint8_t bytes[ENT_HASH_SIZE];
} ent_hash;

/* The hash of the concatenation of `count` pieces. */
ent_hash ent_hash_pieces(const ent_span *pieces, size_t count);
ent_hash ent_hash_of(const void *bytes, size_t size);

/* In constant time. */
bool ent_hash_equal(const ent_hash *a, const ent_hash *b);

#endif
