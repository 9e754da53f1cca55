/*
 * psi/clash -- which of your plans clash with which of mine?  (deconfliction)
 *
 * A claim is a box (psi/boxes.h) in one domain (sea, air ...).  Two steps in one run:
 *
 *  1. Each claim becomes at most PSI_CLASH_CELLS coarse cells, padded to exactly that and
 *     raised to a secret, as in psi/balanced.h; the other's are raised again and answered in
 *     a shuffled order inside each claim.  Claims with a cell in common are a nominated pair.
 *  2. For each nominated pair and dimension both compare dyadic tokens, bound to the pair.
 *
 * Messages alternate, the first side begins: 1 and 2 sizes and commitments, 3 and 4 cells, 5
 * to 7 pairs.  Without a nominated pair message 5 is the last.  Each is a function of seed,
 * claims and what was heard, so that a message that is asked for again is the same bytes.
 *
 * What leaks, to both: the number of claims, rounded up to a power of two, at least 4; how
 * many coarse cells two claims share (about 4 h, 20 km, 1 km of height, coarser for large
 * boxes), not which; which claims of the other have a coarse cell in common with one
 * another; of a nominated pair, for each dimension whether it overlaps.  No edge, no distance,
 * nothing of claims that are not nominated.  Messages are hostile.  Pure.
 */
#ifndef ENT_PSI_CLASH_H
#define ENT_PSI_CLASH_H

#include "base/arena.h"
#include "base/hash.h"
#include "psi/boxes.h"
#include "psi/group.h"

#define PSI_CLASH_CELLS  192 /* tokens of a claim in step 1 */
#define PSI_CLASH_CLAIMS 128 /* claims a side may compare in one run */
#define PSI_CLASH_PAIRS  256 /* nominated pairs in one run */

typedef struct psi_claim {
    uint8_t domain; /* a number that both give the same meaning */
    psi_box box;
} psi_claim;

/* What one side knows.  The same for every step of a run. */
typedef struct psi_clash {
    bool first;          /* speaks first */
    ent_str run;         /* names the run, at both the same; at most 64 bytes */
    const uint8_t *seed; /* PSI_SEED_SIZE secret random bytes, used for this run only */
    const psi_claim *claims;
    size_t count;
} psi_clash;

typedef struct psi_clash_pair {
    uint32_t own;   /* index of the own claim */
    uint32_t other; /* which of the other's: a number that means nothing but in this run */
    uint32_t slot;  /* by which the other knows the own claim in this run */
    bool overlap[PSI_DIMENSIONS];
    bool clash; /* in all of them */
} psi_clash_pair;

typedef struct psi_clash_step {
    ent_str state;         /* to be kept for the next step, secret; empty when done */
    ent_str say;           /* to be sent, or empty */
    bool done;             /* nothing more will be heard or said after `say` */
    psi_clash_pair *pairs; /* when done: the nominated pairs */
    size_t count;
} psi_clash_step;

/* One step: from the state that the last one left (empty at the start) and the other's
 * message (empty for the first side's start).
 *
 * LIMIT      more than PSI_CLASH_CLAIMS claims, or more than PSI_CLASH_PAIRS pairs nominated
 * FORMAT     the message is not the one that is due, or not of its size
 * UNTRUSTED  a bad element, or not the cells that were committed to */
ENT_MUST_USE ent_code psi_clash_take(ent_arena *arena, const psi_clash *own, ent_span state,
                                     ent_span heard, psi_clash_step *step, ent_err *err);

/* The coarse cells of a claim, for tests and for showing; how many. */
typedef struct psi_cell {
    uint8_t bytes[20];
} psi_cell;
size_t psi_clash_cells(const psi_claim *claim, bool first, psi_cell cells[PSI_CLASH_CELLS]);

#endif
