/*
 * psi/audit -- was a committed set made of what it should be?  (some places of it, opened)
 *
 * Nobody can see what is in a set, so a lie about it is found by sampling: of a set whose root both sides
 * have, places are opened that follow from both roots, which neither side could choose.  With t places
 * of a set of which a part f is a lie, the chance to see none is (1-f)^t: 300 find one percent in 95 of
 * 100 cases.  An opening is the element, its way to the root, and a proof that the
 * element is H(key), or the image of padding that is shown, raised to the scalar behind `public`: a proof
 * of VOPRF (RFC 9497 s2.2), which shows nothing of the scalar.  The key is not in it; who audits has it.
 *
 * Whoever sees an opening and knows the key learns that it was in the set.  So openings are for
 * those who may see the holdings: the own oversight, never the partner (doc/design/private-match.md).
 * Openings are read from own documents, which somebody may have changed.  Pure.
 */
#ifndef ENT_PSI_AUDIT_H
#define ENT_PSI_AUDIT_H

#include "psi/balanced.h"
#include "psi/oprf.h"

#define PSI_AUDIT_PATH   20 /* PSI_SET_MAX is 2^20 */
#define PSI_AUDIT_PLACES 4096
#define PSI_AUDIT_NOISE  64

typedef struct psi_opening {
    uint32_t place;
    uint32_t item; /* of the own items, or PSI_PADDING */
    psi_element element;
    uint8_t proof[PSI_OPRF_PROOF];
    uint8_t noise[PSI_AUDIT_NOISE]; /* of padding */
    ent_hash path[PSI_AUDIT_PATH];  /* siblings, the leaf's first */
} psi_opening;

/* The places of a set of `size` elements (a power of two), rising, each once; all of them if `wanted`
 * is as many.  `own` is the root of that set. */
ENT_MUST_USE ent_code psi_audit_places(ent_arena *arena, ent_str run, const ent_hash *own,
                                       const ent_hash *other, size_t size, size_t wanted,
                                       uint32_t **places, size_t *count, ent_err *err);

/* What the proofs of a set are checked against. */
psi_element psi_audit_public(const uint8_t seed[PSI_SEED_SIZE]);

/* Opens places of the own set, which `seed` and `items` were made into. */
ENT_MUST_USE ent_code psi_audit_open(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE],
                                     ent_str run, const psi_set *set, const ent_str *items,
                                     const uint32_t *places, size_t count, psi_opening **openings,
                                     ent_err *err);

/* Is the opened element under the root, and of `key` (or, if that has no text, padding)?
 * UNTRUSTED  it is not */
ENT_MUST_USE ent_code psi_audit_check(ent_str run, const ent_hash *root, size_t size,
                                      const psi_element *public, const psi_opening *opening,
                                      ent_str key, ent_err *err);

#endif
