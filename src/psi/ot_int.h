/*
 * psi/ot (private) -- one of two keys, and neither side knows what only the other may.
 *
 * 210 oblivious transfers on ristretto255 in two messages: the protocol of Masny and Rindal ("Endemic
 * oblivious transfer", eprint 2019/706, figure 8, after Diffie and Hellman), in the random-oracle model.
 * The chooser has a bit an index and sends two elements, of which it knows the exponent of one; the
 * other is random and shifts the first by its hash.  The giver answers with one element and has two keys
 * an index; the chooser has that of its bit.
 *
 * Cost: four multiplications an index, all told.
 */
#ifndef ENT_PSI_OT_INT_H
#define ENT_PSI_OT_INT_H

#include "psi/group.h"

#define PSI_OT_COUNT  210
#define PSI_OT_KEY    32
#define PSI_OT_POINTS (PSI_OT_COUNT * 2 * PSI_ELEMENT_SIZE)

typedef struct psi_ot_key {
    uint8_t bytes[PSI_OT_KEY];
} psi_ot_key;

/* The chooser's message; `seed` its secret of this session. */
ENT_MUST_USE ent_code psi_ot_choose(const uint8_t seed[PSI_SEED_SIZE], const uint8_t session[32],
                                    const uint8_t choice[PSI_OT_COUNT],
                                    uint8_t points[PSI_OT_POINTS], ent_err *err);

/* The giver's answer and its keys.  UNTRUSTED a point that is none */
ENT_MUST_USE ent_code psi_ot_give(const uint8_t seed[PSI_SEED_SIZE], const uint8_t session[32],
                                  const uint8_t points[PSI_OT_POINTS], psi_element *answer,
                                  psi_ot_key keys[PSI_OT_COUNT][2], ent_err *err);

/* The chooser's keys.  UNTRUSTED an answer that is no element */
ENT_MUST_USE ent_code psi_ot_take(const uint8_t seed[PSI_SEED_SIZE], const uint8_t session[32],
                                  const uint8_t choice[PSI_OT_COUNT], const psi_element *answer,
                                  psi_ot_key keys[PSI_OT_COUNT], ent_err *err);

#endif
