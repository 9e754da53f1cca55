#include "link/approval.h"

#include <sodium.h>

ent_hash link_approval_hash(const char *what, ent_str statement)
{
    ent_hash inner = ent_hash_of(statement.ptr, statement.size);
    const ent_span pieces[] = {
        { "entente approval v1\n", 20 },
        { what, strlen(what) },
        { "\n", 1 },
        { inner.bytes, ENT_HASH_SIZE },
    };

    return ent_hash_pieces(pieces, 4);
}

ent_hash link_statement_hash(ent_str statement)
{
    const ent_span pieces[] = { { "entente statement v1\n", 21 },
                                { statement.ptr, statement.size } };

    return ent_hash_pieces(pieces, 2);
}

bool link_approval_verify(const char *what, ent_str statement, const uint8_t key[32],
                          const uint8_t signature[LINK_SIGNATURE_SIZE])
{
    ent_hash hash = link_approval_hash(what, statement);

    return crypto_sign_verify_detached(signature, hash.bytes, ENT_HASH_SIZE, key) == 0;
}

bool link_statement_verify(ent_str statement, const uint8_t key[32],
                           const uint8_t signature[LINK_SIGNATURE_SIZE])
{
    ent_hash hash = link_statement_hash(statement);

    return crypto_sign_verify_detached(signature, hash.bytes, ENT_HASH_SIZE, key) == 0;
}
