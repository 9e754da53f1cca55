/*
 * psi/okvs (private) -- a list of rows in which every item finds its value, and nobody sees for whom.
 *
 * An oblivious key-value store (Garimella, Pinkas, Rosulek, Trieu, Yanai, eprint 2021/883): rows such
 * that the sum (XOR) of those that an item's hash points at is the item's value.  For values that look
 * random the rows look random whatever the items were.  Three sparse rows an item, and some of a few
 * dense ones that untie what the sparse rows leave tangled; items are spread over bins that fit a cache
 * (Raghuraman and Rindal, eprint 2022/320).  Sums are linear, so that whatever was added to all rows
 * is found added to the value: that is what psi/fast.h lives by.
 *
 * Solving takes linear time: rows are peeled off while a place has one item only; what is left, usually
 * nothing, is solved by elimination together with the dense rows.  A bin needs no other bin, so that some
 * of them are solved, or looked up, at a time, in memory for so many.
 */
#ifndef ENT_PSI_OKVS_INT_H
#define ENT_PSI_OKVS_INT_H

#include "base/arena.h"
#include "psi/crew.h"

#define PSI_OKVS_HASH 64 /* bytes of an item's hash, uniform */
#define PSI_OKVS_BINS 32 /* at most */

typedef struct psi_okvs {
    uint32_t bins, sparse, dense; /* rows of a bin: the sparse ones, then the dense ones */
    size_t rows;                  /* of all bins */
} psi_okvs;

static inline size_t psi_okvs_bin_rows(const psi_okvs *shape)
{
    return (size_t)shape->sparse + shape->dense;
}

/* 84 bits: `hi` has 20 of them. */
typedef struct psi_payload {
    uint64_t lo, hi;
} psi_payload;

/* Where an item looks, and its value; all of it from its hash. */
typedef struct psi_place {
    uint64_t value_lo; /* of the value; and value_hi */
    uint64_t dense;    /* a bit a dense row of its bin */
    uint32_t value_hi;
    uint32_t item; /* whose place it is */
    uint16_t bin, at[3];
} psi_place;

_Static_assert(sizeof(psi_place) == 32, "two to a line of the cache");

static inline psi_payload psi_place_value(const psi_place *place)
{
    return (psi_payload){ place->value_lo, place->value_hi };
}

/* 256 bits of a row, or of a sum of rows. */
typedef struct psi_row {
    uint64_t w[4];
} psi_row;

static inline void psi_row_add(psi_row *to, const psi_row *more)
{
    for (int i = 0; i < 4; i++)
        to->w[i] ^= more->w[i];
}

/* The shape for `count` items: a power of two from 2^4 to 2^20. */
psi_okvs psi_okvs_shape(size_t count);

psi_place psi_okvs_place(const psi_okvs *shape, const uint8_t hash[PSI_OKVS_HASH]);

/* Puts the places into the order of their bins: what is found together lies together.  `from`: where
 * those of each bin begin, and the end. */
void psi_okvs_order(const psi_okvs *shape, psi_place *places, size_t count,
                    uint32_t from[PSI_OKVS_BINS + 1]);

/* What solving some bins at a time takes. */
typedef struct psi_solver {
    const psi_okvs *shape;
    const psi_place *places; /* in the order of their bins */
    const uint32_t *from;
    const uint8_t *seed; /* 32 bytes: what is random wherever it may be */
    const psi_crew *crew;
    size_t together;
    struct psi_solving *at; /* for each of so many bins */
} psi_solver;

/* Room for `together` bins; the other members are the caller's, and set. */
ENT_MUST_USE ent_code psi_okvs_solver(ent_arena *arena, psi_solver *solver, ent_err *err);

/* Fills `rows`, those of `bins` (`together` at most) bins from `first` on.
 * LIMIT  the items hash so unluckily (2^-40) that there is no solution: another session will do */
ENT_MUST_USE ent_code psi_okvs_solve(const psi_solver *solver, size_t first, size_t bins,
                                     psi_payload *rows, ent_err *err);

/* Where sums are looked up: all sums of each four dense rows of the bin that was asked last. */
#define PSI_OKVS_NIBBLES 16 /* of a word of dense bits */
typedef struct psi_finder {
    const psi_okvs *shape;
    const psi_row *rows; /* from bin `first` on */
    size_t first;
    const psi_row *bin;
    psi_row dense[PSI_OKVS_NIBBLES][16];
} psi_finder;

/* The sums that `count` places in the order of their bins find. */
void psi_okvs_sums(psi_finder *finder, const psi_place *places, size_t count, psi_row *sums);

#endif
