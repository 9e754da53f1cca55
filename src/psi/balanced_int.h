/* psi/balanced (private) -- what a set's elements and root are made of. */
#ifndef ENT_PSI_BALANCED_INT_H
#define ENT_PSI_BALANCED_INT_H

#include "psi/balanced.h"

#define PSI_NOISE 64 /* bytes that padding is the image of */

/* H(run || item), before it is raised.  LIMIT: the item is too long */
ENT_MUST_USE ent_code psi_set_base(ent_str run, ent_str item, psi_element *base, ent_err *err);

/* The padding at a place: what it is the image of, and the image. */
void psi_set_noise(const uint8_t seed[PSI_SEED_SIZE], size_t place, uint8_t noise[PSI_NOISE]);
psi_element psi_set_padding(const uint8_t noise[PSI_NOISE]);

/* The tree behind the root. */
ent_hash psi_set_leaf(const psi_element *element);
ent_hash psi_set_node(const ent_hash *left, const ent_hash *right);

/* The scalar that a set is raised to.  Secret. */
void psi_set_scalar(const uint8_t seed[PSI_SEED_SIZE], uint8_t scalar[PSI_SCALAR_SIZE]);

#endif
