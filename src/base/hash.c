#include "base/hash.h"

#include <sodium.h>

_Static_assert(ENT_HASH_SIZE == crypto_hash_sha256_BYTES, "SHA-256 is 32 bytes");

ent_hash ent_hash_pieces(const ent_span *pieces, size_t count)
{
    crypto_hash_sha256_state state;
    ent_hash out;

    (void)crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < count; i++)
        (void)crypto_hash_sha256_update(&state, pieces[i].ptr, pieces[i].size);
    (void)crypto_hash_sha256_final(&state, out.bytes);
    return out;
}

ent_hash ent_hash_of(const void *bytes, size_t size)
{
    const ent_span piece = { bytes, size };

    return ent_hash_pieces(&piece, 1);
}

bool ent_hash_equal(const ent_hash *a, const ent_hash *b)
{
    return sodium_memcmp(a->bytes, b->bytes, ENT_HASH_SIZE) == 0;
}
