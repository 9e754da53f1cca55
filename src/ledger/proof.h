/*
 * ledger/proof -- "this entry is in that log", as a text that can be handed over.
 *
 * A C2SP tlog-proof: the entry's index, the inclusion proof, and the signed checkpoint
 * that it leads to, with whatever cosignatures it has.  We carry the entry itself as
 * `extra`, which the proof authenticates because the leaf is its hash.
 *
 *     c2sp.org/tlog-proof@v1
 *     extra BASE64            (optional)
 *     index N
 *     BASE64                  (one line for each hash)
 *
 *     <the checkpoint>
 *
 * Reading is strict, one writing for each value.  Arguments of the reader are hostile.
 */
#ifndef ENT_LEDGER_PROOF_H
#define ENT_LEDGER_PROOF_H

#include "ledger/checkpoint.h"
#include "ledger/tree.h"

typedef struct ledger_proof_text {
    bool has_extra;
    ent_span extra;
    uint64_t index;
    ent_hash hashes[LEDGER_HEIGHT_MAX];
    size_t count;
    ent_str checkpoint; /* the whole note */
} ledger_proof_text;

ENT_MUST_USE ent_code ledger_proof_write(ent_arena *arena, const ledger_proof_text *proof,
                                         ent_str *text, ent_err *err);
/* FORMAT with the line that is wrong, LIMIT.  The checkpoint is not read here. */
ENT_MUST_USE ent_code ledger_proof_read(ent_arena *arena, ent_str text, ledger_proof_text *proof,
                                        ent_err *err);

#endif
