/*
 * psi/overlap -- about how many keys do we both hold?  (and not which)
 *
 * As psi/balanced.h, but both sides answer in a shuffled order, so that each learns how many
 * of the doubled elements are common and nothing about which.  Of large sets a sample is
 * compared: the keys whose hash under a coin that neither chose begins with `bits` zeros.
 *
 * An exact number would tell of one person whether a second run differs by one.  So each side
 * adds about half of PSI_OVERLAP_DUMMIES agreed dummies, each by a throw of its own: of those
 * that one put in, it cannot know how many the other did.  The number is blurred for both by
 * a standard deviation of 4 (before it is scaled up), and what is reported is coarser.
 */
#ifndef ENT_PSI_OVERLAP_H
#define ENT_PSI_OVERLAP_H

#include "psi/balanced.h"

#define PSI_OVERLAP_DUMMIES 128
#define PSI_OVERLAP_SAMPLE  16384 /* keys of the larger set that are compared, about */
#define PSI_OVERLAP_TEXT    32

/* How many bits thin two sets out so that the larger is about PSI_OVERLAP_SAMPLE. */
unsigned psi_overlap_bits(size_t own, size_t other);

/* The elements of the sample and of our dummies; *dummies of them. */
ENT_MUST_USE ent_code psi_overlap_make(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE],
                                       ent_str run, const ent_hash *coin, unsigned bits,
                                       const ent_str *items, size_t count, const psi_crew *crew,
                                       psi_set *set, ent_err *err);

/* How many dummies the owner of `seed` puts in. */
size_t psi_overlap_dummies(const uint8_t seed[PSI_SEED_SIZE]);

/* The other's elements, raised and shuffled. */
ENT_MUST_USE ent_code psi_overlap_double(ent_arena *arena, const uint8_t seed[PSI_SEED_SIZE],
                                         const psi_set *set, const psi_crew *crew, psi_tag **tags,
                                         ent_err *err);

/* How many tags are in both lists. */
ENT_MUST_USE ent_code psi_overlap_count(ent_arena *arena, const psi_tag *a, size_t a_count,
                                        const psi_tag *b, size_t b_count, size_t *common,
                                        ent_err *err);

/* What is reported: "fewer than 10", "about 30", "about 1200". */
void psi_overlap_report(size_t common, size_t dummies, unsigned bits, char text[PSI_OVERLAP_TEXT]);

#endif
