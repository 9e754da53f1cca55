/*
 * psi/vole (private) -- for each of many rows: one side has u and v, the other d and v + d u.
 *
 * Vector oblivious linear evaluation over GF(64) from 210 oblivious transfers (Roy, "SoftSpokenOT",
 * eprint 2022/192, section 3: small-field VOLE; 35 of them are its subspace VOLE for the code of
 * psi/symbols_int.h).  For each of 35 symbols the grower makes a tree of 64 leaves (Goldreich, Goldwasser,
 * Micali) and the picker learns all leaves but the one that is numbered by its secret symbol d: six
 * transfers a tree.  A leaf x yields a symbol r(x) a row; with
 *
 *     u = sum of r(x)        v = sum of x r(x)        w = sum of (x + d) r(x) = v + d u
 *
 * the grower has u and v, and the picker, whose missing leaf counts for nothing in w, has w.  Nothing is
 * assumed but the random oracle, the block cipher and the transfers: no noisy codes.
 *
 * Semi-honest: a grower that lies makes sums that fit nothing.  Leaves are stretched by AES-128 in counter mode, rows
 * in chunks that need no other chunk.  Cost: 1680 bytes of key stream a row and side.
 */
#ifndef ENT_PSI_VOLE_INT_H
#define ENT_PSI_VOLE_INT_H

#include "psi/ot_int.h"
#include "psi/symbols_int.h"

#define PSI_LEAVES 64
#define PSI_DEPTH  6

_Static_assert(PSI_SYMBOLS *PSI_DEPTH == PSI_OT_COUNT, "a transfer for each level of each tree");

typedef struct psi_leaf {
    uint8_t bytes[32];
} psi_leaf;

/* The leaves of all trees.  A picker's secret symbols; the grower has none: zeros. */
typedef struct psi_forest {
    psi_leaf leaf[PSI_SYMBOLS][PSI_LEAVES];
    uint8_t secret[PSI_SYMBOLS];
    bool picked; /* leaf secret[j] of tree j is missing */
} psi_forest;

/* The picker's secret symbols, and the bit it chooses at each transfer. */
void psi_vole_secrets(const uint8_t seed[PSI_SEED_SIZE], uint8_t secret[PSI_SYMBOLS],
                      uint8_t choice[PSI_OT_COUNT]);

/* The grower's trees, and what it sends: of each level the sum of all left and of all right nodes,
 * hidden by the keys of its transfer. */
void psi_vole_grow(const uint8_t seed[PSI_SEED_SIZE], psi_ot_key keys[PSI_OT_COUNT][2],
                   psi_forest *forest, psi_leaf sums[PSI_OT_COUNT][2]);

/* The picker's trees from these. */
void psi_vole_pick(const uint8_t secret[PSI_SYMBOLS], const psi_ot_key keys[PSI_OT_COUNT],
                   const psi_leaf sums[PSI_OT_COUNT][2], psi_forest *forest);

/* A chunk of rows: the grower's u and v, or (u NULL) the picker's w in v. */
void psi_vole_chunk(const psi_forest *forest, uint32_t chunk, psi_plane *u,
                    psi_plane v[PSI_PLANES]);

#endif
