#include "psi/vole_int.h"

#include <nettle/aes.h>
#include <sodium.h>

static void leaf_add(psi_leaf *to, const uint8_t more[32])
{
    for (size_t i = 0; i < sizeof to->bytes; i++)
        to->bytes[i] ^= more[i];
}

static void children_of(const psi_leaf *node, psi_leaf child[2])
{
    uint8_t both[64];

    psi_bytes_derive(node->bytes, "fast/tree", 0, both, sizeof both);
    memcpy(child[0].bytes, both, 32);
    memcpy(child[1].bytes, both + 32, 32);
    sodium_memzero(both, sizeof both);
}

/* Bit `level` of a symbol, the highest first: the way from a tree's root to its leaf. */
static unsigned way_of(uint8_t symbol, size_t level)
{
    return (unsigned)symbol >> (PSI_DEPTH - 1 - level) & 1U;
}

void psi_vole_secrets(const uint8_t seed[PSI_SEED_SIZE], uint8_t secret[PSI_SYMBOLS],
                      uint8_t choice[PSI_OT_COUNT])
{
    uint8_t random[64];

    psi_bytes_derive(seed, "fast/secret", 0, random, sizeof random);
    for (size_t j = 0; j < PSI_SYMBOLS; j++) {
        secret[j] = random[j] & (PSI_LEAVES - 1);
        for (size_t level = 0; level < PSI_DEPTH; level++)
            choice[j * PSI_DEPTH + level] = (uint8_t)(1 - way_of(secret[j], level));
    }
    sodium_memzero(random, sizeof random);
}

/* The next level of a tree in place: `count` nodes become twice as many. */
static void level_grow(psi_leaf *nodes, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        psi_leaf child[2];

        children_of(&nodes[i], child);
        nodes[2 * i] = child[0];
        nodes[2 * i + 1] = child[1];
    }
}

void psi_vole_grow(const uint8_t seed[PSI_SEED_SIZE], psi_ot_key keys[PSI_OT_COUNT][2],
                   psi_forest *forest, psi_leaf sums[PSI_OT_COUNT][2])
{
    memset(forest, 0, sizeof *forest);
    for (size_t j = 0; j < PSI_SYMBOLS; j++) {
        psi_leaf *nodes = forest->leaf[j];

        psi_bytes_derive(seed, "fast/root", j, nodes[0].bytes, sizeof nodes[0].bytes);
        for (size_t level = 0; level < PSI_DEPTH; level++) {
            psi_leaf *sum = sums[j * PSI_DEPTH + level];
            size_t count = (size_t)2 << level;

            level_grow(nodes, count / 2);
            for (size_t side = 0; side < 2; side++) {
                memcpy(sum[side].bytes, keys[j * PSI_DEPTH + level][side].bytes, 32);
                for (size_t i = side; i < count; i += 2)
                    leaf_add(&sum[side], nodes[i].bytes);
            }
        }
    }
}

/* One tree: at each level the node beside the secret's way is the sum of its side less all
 * others of that side; the node on the way stays unknown, and counts as nothing. */
static void tree_pick(uint8_t secret, const psi_ot_key *keys, const psi_leaf sums[][2],
                      psi_leaf nodes[PSI_LEAVES])
{
    memset(nodes, 0, PSI_LEAVES * sizeof *nodes);
    for (size_t level = 0; level < PSI_DEPTH; level++) {
        size_t count = (size_t)2 << level, way = (size_t)secret >> (PSI_DEPTH - 1 - level);
        size_t side = 1 - (way & 1), beside = way ^ 1;
        psi_leaf last = sums[level][side];

        level_grow(nodes, count / 2);
        memset(&nodes[way], 0, sizeof *nodes);
        memset(&nodes[beside], 0, sizeof *nodes);
        leaf_add(&last, keys[level].bytes);
        for (size_t i = side; i < count; i += 2)
            leaf_add(&last, nodes[i].bytes);
        nodes[beside] = last;
    }
}

void psi_vole_pick(const uint8_t secret[PSI_SYMBOLS], const psi_ot_key keys[PSI_OT_COUNT],
                   const psi_leaf sums[PSI_OT_COUNT][2], psi_forest *forest)
{
    memset(forest, 0, sizeof *forest);
    forest->picked = true;
    memcpy(forest->secret, secret, PSI_SYMBOLS);
    for (size_t j = 0; j < PSI_SYMBOLS; j++)
        tree_pick(secret[j], keys + j * PSI_DEPTH, sums + j * PSI_DEPTH, forest->leaf[j]);
}

/* ---- chunks ---- */

#define SYMBOL_WORDS (6 * PSI_WORDS)

/* A chunk of one symbol: its six planes one after the other. */
typedef uint64_t symbols[SYMBOL_WORDS];

static void symbols_add(symbols to, const symbols more)
{
    for (size_t w = 0; w < SYMBOL_WORDS; w++)
        to[w] ^= more[w];
}

/* Times a: the planes move up by one, and a^6 = a + 1. */
static void symbols_double(symbols s)
{
    psi_plane top;

    memcpy(top, s + (ptrdiff_t)5 * PSI_WORDS, sizeof top);
    memmove(s + PSI_WORDS, s, (size_t)5 * PSI_WORDS * sizeof *s);
    memcpy(s, top, sizeof top);
    for (size_t w = 0; w < PSI_WORDS; w++)
        s[PSI_WORDS + w] ^= top[w];
}

/* The counters of a chunk as AES blocks: the number of the chunk, zeros, the number of the block. */
static void counters_make(uint32_t chunk, symbols counters)
{
    uint8_t *block = (uint8_t *)counters;

    memset(counters, 0, sizeof(symbols));
    for (size_t i = 0; i < sizeof(symbols) / AES_BLOCK_SIZE; i++, block += AES_BLOCK_SIZE) {
        for (size_t b = 0; b < 4; b++)
            block[b] = (uint8_t)(chunk >> (24 - 8 * b));
        block[AES_BLOCK_SIZE - 1] = (uint8_t)i;
    }
}

_Static_assert(sizeof(symbols) / AES_BLOCK_SIZE <= 256, "the block's number is a byte");

/* The leaf is an AES-128 key. */
static void leaf_stretch(const psi_leaf *leaf, const symbols counters, symbols out)
{
    struct aes128_ctx aes;

    aes128_set_encrypt_key(&aes, leaf->bytes);
    aes128_encrypt(&aes, sizeof(symbols), (uint8_t *)out, (const uint8_t *)counters);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    for (size_t w = 0; w < SYMBOL_WORDS; w++)
        out[w] = psi_plane_word(out[w]);
#endif
}

/* Adds up leaves as a counter carries: sum[k] becomes the sum of the leaves whose weight has bit
 * k, and `all` that of all, for two additions a leaf. */
static void leaves_add(const psi_forest *forest, size_t tree, const symbols counters,
                       symbols sum[PSI_DEPTH], symbols all)
{
    const psi_leaf *leaf = forest->leaf[tree];
    symbols left[PSI_DEPTH];

    memset(sum, 0, PSI_DEPTH * sizeof *sum);
    for (unsigned weight = 0; weight < PSI_LEAVES; weight++) {
        uint64_t *next = (weight & 1) == 0 ? left[0] : all;
        unsigned level = 0;

        if (weight == 0 && forest->picked)
            memset(next, 0, sizeof(symbols));
        else
            leaf_stretch(&leaf[weight ^ forest->secret[tree]], counters, next);
        for (; (weight >> level & 1) != 0; level++) {
            symbols_add(sum[level], all);
            symbols_add(all, left[level]);
        }
        if (level > 0 && level < PSI_DEPTH)
            memcpy(left[level], all, sizeof(symbols));
    }
}

void psi_vole_chunk(const psi_forest *forest, uint32_t chunk, psi_plane *u, psi_plane v[PSI_PLANES])
{
    symbols sum[PSI_DEPTH], all, counters;

    counters_make(chunk, counters);
    for (size_t tree = 0; tree < PSI_SYMBOLS; tree++) {
        leaves_add(forest, tree, counters, sum, all);
        for (size_t k = PSI_DEPTH - 1; k-- > 0;) { /* Horner */
            symbols_double(sum[PSI_DEPTH - 1]);
            symbols_add(sum[PSI_DEPTH - 1], sum[k]);
        }
        memcpy(v[6 * tree], sum[PSI_DEPTH - 1], sizeof(symbols));
        if (u != NULL)
            memcpy(u[6 * tree], all, sizeof(symbols));
    }
}
