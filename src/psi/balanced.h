/*
 * psi/balanced -- which keys do we both hold?  (sets of similar size)
 *
 * Diffie-Hellman both ways with keys made for one run.  With own secret a, own set
 * X and the other's secret b and set Y:
 *
 *     set      H(x)^a for every x, in an order only the owner knows, padded with
 *              random elements to a power of two
 *     double   the other's set raised to the own secret, in the other's order,
 *              16 bytes of each
 *
 * Now both can compare H(x)^ab with H(y)^ba: each finds which of its own keys the
 * other holds too, and nothing about the rest but the padded size.  Both sets are
 * committed to (a Merkle root) before either is sent.  Who answers last can stop
 * after learning; no such protocol prevents it, and both journals show it.
 *
 * Everything is a function of the run's seed and the messages, so that a message
 * that is asked for again is the same bytes.  Semi-honest: a peer that lies about
 * its doubles can hide or invent matches of its own, never learn a key it does not
 * hold.  Cost: for n keys, n hashes and 2n multiplications a side.
 */
#ifndef ENT_PSI_BALANCED_H
#define ENT_PSI_BALANCED_H

#include "base/arena.h"
#include "base/hash.h"
#include "psi/crew.h"
#include "psi/group.h"

#define PSI_SET_MIN 16
#define PSI_SET_MAX 1048576 /* elements */
#define PSI_PARTS_MAX   64  /* into which a set's tree can be cut */
#define PSI_PATH_MAX    6   /* log2 of it */

typedef struct psi_set {
    psi_element *elements; /* in the order they are sent */
    uint32_t *item;        /* which item an element stands for; PSI_PADDING: none */
    size_t count;          /* padded: a power of two */
    ent_hash root;         /* commitment: Merkle root over the elements */
    ent_hash *top;         /* the tree down to PSI_PARTS_MAX nodes: 1 is the root, below i are 2i, 2i+1 */
} psi_set;

#define PSI_PADDING UINT32_MAX

/* The number of elements that `items` keys are padded to. */
size_t psi_padded(size_t items);

/* The own set.  `items` are canonical texts (psi/keyform.h), all different; `run`
 * binds the elements to this run.
 * LIMIT  more than PSI_SET_MAX items */
ENT_MUST_USE ent_code psi_set_make(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE], ent_str run,
                                   const ent_str *items, size_t count, const psi_crew *crew,
                                   psi_set *set, ent_err *err);

/* Its order alone: no elements. */
ENT_MUST_USE ent_code psi_set_order(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE],
                                    size_t items, const psi_crew *crew, psi_set *set, ent_err *err);

/* The same set from elements that were kept, without the multiplications; no `top`. */
ENT_MUST_USE ent_code psi_set_again(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE],
                                    size_t count, ent_span elements, const ent_hash *root,
                                    psi_set *set, ent_err *err);

/* The other's set, as received: `bytes` holds whole elements.  `root` NULL: none was
 * committed to.  Elements are checked by the crew.
 * FORMAT     the size is no power of two, or not the announced one
 * UNTRUSTED  a bad element, one element twice, or not the committed root */
ENT_MUST_USE ent_code psi_set_read(ent_arena *arena, ent_span bytes, size_t announced,
                                   const ent_hash *root, const psi_crew *crew, psi_set *set,
                                   ent_err *err);

/* The set raised to the own secret, 16 bytes of each, in the set's order. */
ENT_MUST_USE ent_code psi_double(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE],
                                 const psi_set *set, const psi_crew *crew, psi_tag **tags,
                                 ent_err *err);

/* Both in one: it is the multiplication that checks the elements. */
ENT_MUST_USE ent_code psi_set_double(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE],
                                     ent_span bytes, size_t announced, const ent_hash *root,
                                     const psi_crew *crew, psi_set *set, psi_tag **tags,
                                     ent_err *err);

/* A set may be sent in `parts` (a power of two) equal pieces, each with the nodes beside its way to
 * the root, lowest first: how many. */
size_t psi_part_path(const psi_set *set, size_t part, size_t parts, ent_hash path[PSI_PATH_MAX]);
/* Is the piece whose own root is `node` that part of what `root` commits to? */
bool psi_part_belongs(const ent_hash *node, size_t part, size_t parts, const ent_hash *path,
                      const ent_hash *root);

typedef struct psi_hit {
    uint32_t item; /* index of the own item */
    psi_tag tag;   /* the same at both sides: how later steps name this hit */
} psi_hit;

/* `own` are the tags of the own set (from the other side, in our order), `other`
 * those of the other's set.  Hits are sorted by tag, so both sides list them alike.
 * UNTRUSTED  the other's set has one element twice */
ENT_MUST_USE ent_code psi_hits(ent_arena *arena, const psi_set *set, const psi_tag *own,
                               const psi_tag *other, size_t other_count, psi_hit **hits,
                               size_t *count, ent_err *err);

#endif
