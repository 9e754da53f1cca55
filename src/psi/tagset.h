/*
 * psi/tagset -- a holder's outputs of the OPRF, shipped once and kept up to date.
 *
 * For few questions against many holdings the holder computes the function of every key it
 * holds and ships the first 8 bytes of each: sorted, gaps Golomb-Rice coded, about 42
 * bits a tag at 10 million (of which 40.7 keep chance hits apart).  The client then asks
 * for the function of its own keys and looks them up.  Changes are deltas: tags added and
 * removed, from one root to the next.
 *
 *     "entente tags 1\n" kind | epoch | number | count | root                    all of them
 *                          F  |                              | tags              whole set
 *                          D  | from root | added | removed  | added, removed    delta
 *
 * Numbers are 8 bytes, big-endian.  The root is the Merkle tree hash (RFC 9162 s2.1.1) of
 * the tags, so that one tag can be opened later.  There is one encoding of a set, and
 * whatever is not it is refused; the reader's input is hostile.  Signatures are not here.
 */
#ifndef ENT_PSI_TAGSET_H
#define ENT_PSI_TAGSET_H

#include "base/buf.h"
#include "base/hash.h"
#include "psi/crew.h"

typedef struct psi_tagset {
    uint64_t epoch;       /* of the key */
    uint64_t number;      /* of deltas since the whole set */
    const uint64_t *tags; /* strictly rising */
    size_t count;
    ent_hash root;
} psi_tagset;

#define PSI_TAGSET_NUMBER 24 /* where an encoded set has its number, 8 bytes, which are 0 */

/* The tag of an output (psi/oprf.h): its first 8 bytes. */
uint64_t psi_tag_of(const uint8_t *output);

/* The set of `tags`, in any order, repeats dropped; `root` NULL: it is not known.  Roots are made by
 * the crew, or without one by who calls. LIMIT: more than TAG_SET. */
ENT_MUST_USE ent_code psi_tagset_make(ent_arena *arena, const psi_crew *crew, uint64_t epoch,
                                      const uint64_t *tags, size_t count, const ent_hash *root,
                                      psi_tagset *set, ent_err *err);

bool psi_tagset_has(const psi_tagset *set, uint64_t tag);
/* And its place among them; where it would be if it is not there. */
bool psi_tagset_find(const psi_tagset *set, uint64_t tag, size_t *place);

void psi_tagset_write(const psi_tagset *set, ent_buf *buf);

/* FORMAT     it is no set, not in its one encoding, or of more than TAG_SET tags
 * UNTRUSTED  its tags do not have its root */
ENT_MUST_USE ent_code psi_tagset_read(ent_arena *arena, const psi_crew *crew, ent_span bytes,
                                      psi_tagset *set, ent_err *err);

/* What leads from one set of an epoch to another, whose number becomes the next. */
ENT_MUST_USE ent_code psi_tagset_delta_write(ent_arena *arena, const psi_tagset *from,
                                             psi_tagset *to, ent_buf *buf, ent_err *err);

/* FORMAT, UNTRUSTED as above
 * CONFLICT   it does not follow from `from`: another epoch, number or root */
ENT_MUST_USE ent_code psi_tagset_delta_apply(ent_arena *arena, const psi_crew *crew,
                                             const psi_tagset *from, ent_span bytes, psi_tagset *to,
                                             ent_err *err);

#endif
