/* Any bytes as a tlog-proof: what is accepted is written back byte for byte; and as an
 * inclusion proof its hashes lead to no root but by chance, which does not happen. */
#include "ledger/proof.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    const ent_str text = { (const char *)data, size };
    ent_hash leaf = ent_hash_of("leaf", 4), root = ent_hash_of("root", 4);
    ledger_proof_text proof;
    ent_err err = { 0 };
    ent_str again;

    if (ledger_proof_read(arena, text, &proof, &err) == ENT_OK) {
        const ledger_proof path = { proof.hashes, proof.count };

        ENT_ASSERT(ledger_proof_write(arena, &proof, &again, &err) == ENT_OK);
        ENT_ASSERT(ent_str_equal(text, again));
        for (uint64_t log = proof.index; log < proof.index + 70; log++)
            ENT_ASSERT(ledger_inclusion_check(&path, proof.index, log, &leaf, &root, &err) !=
                       ENT_OK);
    } else {
        ENT_ASSERT(err.msg[0] != '\0');
    }
    ent_arena_free(arena);
    return 0;
}
