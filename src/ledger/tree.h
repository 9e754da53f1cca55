/*
 * ledger/tree -- the Merkle tree of an append-only log (RFC 9162 s2.1).
 *
 * Every entry is a leaf.  A frontier is all of a tree that is needed to append to
 * it: one hash for each 1 bit of its size, the roots of its complete subtrees from
 * the largest to the smallest.  Appending costs amortised one hash, the root at
 * most 64, memory is constant.  Inclusion and consistency proofs are checked here
 * too; a checker runs on the receiving side, so all its arguments are hostile.
 *
 * Pure, no allocation.  Not here: where hashes are kept (ledger/tile.h), who signs
 * a root (ledger/checkpoint.h).
 */
#ifndef ENT_LEDGER_TREE_H
#define ENT_LEDGER_TREE_H

#include "base/err.h"
#include "base/hash.h"

/* Sizes are 64-bit, so no tree is higher and no honest proof is longer. */
#define LEDGER_HEIGHT_MAX 64

/* The hash of an entry's bytes, kept apart from inner nodes by a 0x00 prefix. */
ent_hash ledger_leaf_hash(ent_str entry);
ent_hash ledger_node_hash(const ent_hash *left, const ent_hash *right);

typedef struct ledger_frontier {
    uint64_t size;
    ent_hash subtrees[LEDGER_HEIGHT_MAX]; /* largest first; as many as size has 1 bits */
} ledger_frontier;

void ledger_frontier_init(ledger_frontier *frontier);
/* LIMIT  the log is full (LOG_SIZE) */
ENT_MUST_USE ent_code ledger_frontier_append(ledger_frontier *frontier, const ent_hash *leaf,
                                             ent_err *err);
/* The root; of the empty tree SHA-256 of nothing (RFC 9162 s2.1.1). */
ent_hash ledger_frontier_root(const ledger_frontier *frontier);

/* On disk: the size in 8 bytes, big-endian, then the subtrees. */
#define LEDGER_FRONTIER_SIZE_MAX (8 + LEDGER_HEIGHT_MAX * ENT_HASH_SIZE)
size_t ledger_frontier_write(const ledger_frontier *frontier,
                             uint8_t out[LEDGER_FRONTIER_SIZE_MAX]);
ENT_MUST_USE ent_code ledger_frontier_read(ledger_frontier *frontier, ent_span bytes, ent_err *err);

typedef struct ledger_proof {
    const ent_hash *hashes; /* borrowed */
    size_t count;
} ledger_proof;

/*
 * Is the leaf at `index` of the tree of `size` leaves with this root?  RFC 9162 s2.1.3.2.
 * FORMAT     the proof cannot belong to a tree of that size
 * UNTRUSTED  it is well formed and leads to another root
 */
ENT_MUST_USE ent_code ledger_inclusion_check(const ledger_proof *proof, uint64_t index,
                                             uint64_t size, const ent_hash *leaf,
                                             const ent_hash *root, ent_err *err);

/*
 * Does the tree of `new_size` begin with the tree of `old_size`?  RFC 9162 s2.1.4.2.
 * Codes as above.
 */
ENT_MUST_USE ent_code ledger_consistency_check(const ledger_proof *proof, uint64_t old_size,
                                               const ent_hash *old_root, uint64_t new_size,
                                               const ent_hash *new_root, ent_err *err);

/* Where proofs take their hashes from: the hash of the complete subtree `index` of
 * height `level` (level 0: leaves). */
typedef struct ledger_source {
    ent_code (*hash)(void *arg, unsigned level, uint64_t index, ent_hash *hash, ent_err *err);
    void *arg;
} ledger_source;

/* The proof into `hashes` (LEDGER_HEIGHT_MAX of them).  FORMAT if index >= size. */
ENT_MUST_USE ent_code ledger_inclusion_make(const ledger_source *source, uint64_t index,
                                            uint64_t size, ent_hash *hashes, size_t *count,
                                            ent_err *err);
ENT_MUST_USE ent_code ledger_consistency_make(const ledger_source *source, uint64_t old_size,
                                              uint64_t new_size, ent_hash *hashes, size_t *count,
                                              ent_err *err);
/* The root of the first `size` leaves. */
ENT_MUST_USE ent_code ledger_source_root(const ledger_source *source, uint64_t size, ent_hash *root,
                                         ent_err *err);

#endif
