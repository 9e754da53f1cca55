#include "ledger/tree.h"

#include "base/limits.h"

#include <inttypes.h>

/* Leaf and node inputs begin differently; otherwise a node could be presented as a
 * leaf and a proof be forged for an entry that was never logged. */
static const uint8_t leaf_prefix = 0x00, node_prefix = 0x01;

ent_hash ledger_leaf_hash(ent_str entry)
{
    const ent_span pieces[] = { { &leaf_prefix, 1 }, { entry.ptr, entry.size } };

    return ent_hash_pieces(pieces, 2);
}

ent_hash ledger_node_hash(const ent_hash *left, const ent_hash *right)
{
    const ent_span pieces[] = {
        { &node_prefix, 1 },
        { left->bytes, ENT_HASH_SIZE },
        { right->bytes, ENT_HASH_SIZE },
    };

    return ent_hash_pieces(pieces, 3);
}

/* ---- the frontier ---- */

static size_t ones(uint64_t n)
{
    size_t count = 0;

    for (; n != 0; n &= n - 1)
        count++;
    return count;
}

void ledger_frontier_init(ledger_frontier *frontier)
{
    *frontier = (ledger_frontier){ 0 };
}

ent_code ledger_frontier_append(ledger_frontier *frontier, const ent_hash *leaf, ent_err *err)
{
    size_t count = ones(frontier->size);
    ent_hash sum = *leaf;

    if (frontier->size >= ENT_LIMIT_LOG_SIZE)
        return ent_fail(err, ENT_LIMIT, "the log has %" PRIu64 " entries, which is its limit",
                        frontier->size);
    /* As in binary counting: every trailing 1 is a subtree that the new one completes. */
    for (uint64_t bits = frontier->size; (bits & 1) != 0; bits >>= 1)
        sum = ledger_node_hash(&frontier->subtrees[--count], &sum);
    frontier->subtrees[count] = sum;
    frontier->size++;
    return ENT_OK;
}

ent_hash ledger_frontier_root(const ledger_frontier *frontier)
{
    size_t count = ones(frontier->size);
    ent_hash root;

    if (count == 0)
        return ent_hash_of("", 0);
    root = frontier->subtrees[--count];
    while (count > 0)
        root = ledger_node_hash(&frontier->subtrees[--count], &root);
    return root;
}

size_t ledger_frontier_write(const ledger_frontier *frontier, uint8_t out[LEDGER_FRONTIER_SIZE_MAX])
{
    size_t count = ones(frontier->size);

    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(frontier->size >> (56 - 8 * i));
    memcpy(out + 8, frontier->subtrees, count * ENT_HASH_SIZE);
    return 8 + count * ENT_HASH_SIZE;
}

ent_code ledger_frontier_read(ledger_frontier *frontier, ent_span bytes, ent_err *err)
{
    const uint8_t *in = bytes.ptr;
    uint64_t size = 0;

    if (bytes.size < 8)
        return ent_fail(err, ENT_FORMAT, "a Merkle frontier has at least 8 bytes, not %zu",
                        bytes.size);
    for (int i = 0; i < 8; i++)
        size = size << 8 | in[i];
    if (size > ENT_LIMIT_LOG_SIZE || bytes.size != 8 + ones(size) * ENT_HASH_SIZE)
        return ent_fail(err, ENT_FORMAT,
                        "a Merkle frontier of %" PRIu64 " leaves cannot have %zu bytes", size,
                        bytes.size);
    ledger_frontier_init(frontier);
    frontier->size = size;
    memcpy(frontier->subtrees, in + 8, bytes.size - 8);
    return ENT_OK;
}

/* ---- checking ---- */

static ent_code too_long(ent_err *err)
{
    return ent_fail(err, ENT_FORMAT, "the proof is longer than the tree is high [RFC 9162 s2.1]");
}

static ent_code too_short(ent_err *err)
{
    return ent_fail(err, ENT_FORMAT, "the proof is shorter than the tree is high [RFC 9162 s2.1]");
}

ent_code ledger_inclusion_check(const ledger_proof *proof, uint64_t index, uint64_t size,
                                const ent_hash *leaf, const ent_hash *root, ent_err *err)
{
    uint64_t at = index, last; /* our node and the last node, on one level */
    ent_hash sum = *leaf;

    if (index >= size)
        return ent_fail(err, ENT_FORMAT,
                        "leaf %" PRIu64 " is not in a tree of %" PRIu64 " [RFC 9162 s2.1.3.2]",
                        index, size);
    last = size - 1;
    for (size_t i = 0; i < proof->count; i++, at >>= 1, last >>= 1) {
        if (last == 0)
            return too_long(err);
        if ((at & 1) == 0 && at != last) {
            sum = ledger_node_hash(&sum, &proof->hashes[i]);
            continue;
        }
        sum = ledger_node_hash(&proof->hashes[i], &sum);
        /* The last node of a level with no right neighbour is carried up as it is:
         * it has no sibling there, so those levels are skipped. */
        for (; (at & 1) == 0 && at != 0; at >>= 1)
            last >>= 1;
    }
    if (last != 0)
        return too_short(err);
    if (!ent_hash_equal(&sum, root))
        return ent_fail(err, ENT_UNTRUSTED, "the proof of leaf %" PRIu64 " leads to another root",
                        index);
    return ENT_OK;
}

static ent_code consistency_trivial(const ledger_proof *proof, uint64_t old_size,
                                    const ent_hash *old_root, const ent_hash *new_root,
                                    ent_err *err)
{
    ent_hash empty = ent_hash_of("", 0);

    if (proof->count != 0)
        return too_long(err);
    if (old_size == 0 && !ent_hash_equal(old_root, &empty))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the root of an empty tree is another one [RFC 9162 s2.1.1]");
    if (old_size != 0 && !ent_hash_equal(old_root, new_root))
        return ent_fail(err, ENT_UNTRUSTED, "two roots for one size: the log was split");
    return ENT_OK;
}

ent_code ledger_consistency_check(const ledger_proof *proof, uint64_t old_size,
                                  const ent_hash *old_root, uint64_t new_size,
                                  const ent_hash *new_root, ent_err *err)
{
    uint64_t at = old_size - 1, last = new_size - 1;
    ent_hash old_sum, new_sum;
    size_t i = 0;

    if (old_size > new_size)
        return ent_fail(err, ENT_FORMAT, "a log of %" PRIu64 " entries cannot begin with %" PRIu64,
                        new_size, old_size);
    if (old_size == 0 || old_size == new_size)
        return consistency_trivial(proof, old_size, old_root, new_root, err);
    for (; (at & 1) != 0; at >>= 1)
        last >>= 1;
    if (at == 0) { /* the old tree is one complete subtree: its root is known */
        old_sum = new_sum = *old_root;
    } else {
        if (proof->count == 0)
            return too_short(err);
        old_sum = new_sum = proof->hashes[i++];
    }
    for (; i < proof->count; i++, at >>= 1, last >>= 1) {
        if (last == 0)
            return too_long(err);
        if ((at & 1) == 0 && at != last) {
            new_sum = ledger_node_hash(&new_sum, &proof->hashes[i]);
            continue;
        }
        old_sum = ledger_node_hash(&proof->hashes[i], &old_sum);
        new_sum = ledger_node_hash(&proof->hashes[i], &new_sum);
        for (; (at & 1) == 0 && at != 0; at >>= 1)
            last >>= 1;
    }
    if (last != 0)
        return too_short(err);
    if (!ent_hash_equal(&old_sum, old_root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the proof does not lead to the old root: history was rewritten");
    if (!ent_hash_equal(&new_sum, new_root))
        return ent_fail(err, ENT_UNTRUSTED, "the proof does not lead to the new root");
    return ENT_OK;
}

/* ---- making ---- */

/* The largest power of two below n (n > 1). */
static uint64_t split_of(uint64_t n)
{
    uint64_t k = 1;

    while (k < n - k)
        k <<= 1;
    return k;
}

static unsigned level_of(uint64_t power)
{
    unsigned level = 0;

    for (; power > 1; power >>= 1)
        level++;
    return level;
}

/* The hash of leaves [start, start + size), where start is a multiple of the
 * smallest power of two that is not below size.  Recursion goes down the right
 * side only: 64 levels at most. */
static ent_code range_hash(const ledger_source *source, uint64_t start, uint64_t size,
                           ent_hash *hash, ent_err *err)
{
    ent_hash left, right;
    uint64_t k;

    if ((size & (size - 1)) == 0)
        return source->hash(source->arg, level_of(size), start >> level_of(size), hash, err);
    k = split_of(size);
    ENT_TRY(source->hash(source->arg, level_of(k), start >> level_of(k), &left, err));
    ENT_TRY(range_hash(source, start + k, size - k, &right, err));
    *hash = ledger_node_hash(&left, &right);
    return ENT_OK;
}

ent_code ledger_source_root(const ledger_source *source, uint64_t size, ent_hash *root,
                            ent_err *err)
{
    if (size == 0) {
        *root = ent_hash_of("", 0);
        return ENT_OK;
    }
    return range_hash(source, 0, size, root, err);
}

/* Proofs are found from the top down and listed from the bottom up. */
static void reverse(ent_hash *hashes, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        ent_hash swap = hashes[i];

        hashes[i] = hashes[count - 1 - i];
        hashes[count - 1 - i] = swap;
    }
}

ent_code ledger_inclusion_make(const ledger_source *source, uint64_t index, uint64_t size,
                               ent_hash *hashes, size_t *count, ent_err *err)
{
    uint64_t start = 0;

    if (index >= size)
        return ent_fail(err, ENT_FORMAT, "leaf %" PRIu64 " is not in a tree of %" PRIu64, index,
                        size);
    *count = 0;
    while (size > 1) {
        uint64_t k = split_of(size);

        if (index - start < k) {
            ENT_TRY(range_hash(source, start + k, size - k, &hashes[(*count)++], err));
            size = k;
        } else {
            ENT_TRY(range_hash(source, start, k, &hashes[(*count)++], err));
            start += k;
            size -= k;
        }
    }
    reverse(hashes, *count);
    return ENT_OK;
}

ent_code ledger_consistency_make(const ledger_source *source, uint64_t old_size, uint64_t new_size,
                                 ent_hash *hashes, size_t *count, ent_err *err)
{
    uint64_t start = 0, old = old_size, size = new_size;
    bool complete = true; /* the old tree is a whole subtree of the new one so far */

    if (old_size > new_size)
        return ent_fail(err, ENT_FORMAT, "a log of %" PRIu64 " entries cannot begin with %" PRIu64,
                        new_size, old_size);
    *count = 0;
    if (old_size == 0 || old_size == new_size)
        return ENT_OK;
    while (old != size) {
        uint64_t k = split_of(size);

        if (old <= k) {
            ENT_TRY(range_hash(source, start + k, size - k, &hashes[(*count)++], err));
            size = k;
        } else {
            ENT_TRY(range_hash(source, start, k, &hashes[(*count)++], err));
            start += k;
            old -= k;
            size -= k;
            complete = false;
        }
    }
    if (!complete)
        ENT_TRY(range_hash(source, start, size, &hashes[(*count)++], err));
    reverse(hashes, *count);
    return ENT_OK;
}
