/*
 * psi/keyform -- the one way to write each kind of match key (psi/keyform.def).
 *
 * "tel:+999 88 555 0147" and "tel:+999885550147" are one telephone; two nodes only
 * find it if both write it alike.  `pub:` keys are public references and are no
 * match keys: they never enter a private match.
 */
#ifndef ENT_PSI_KEYFORM_H
#define ENT_PSI_KEYFORM_H

#include "base/arena.h"
#include "base/err.h"

#define PSI_KEYFORM_VERSION 2

typedef struct psi_keyform {
    const char *prefix;
    bool reassignable; /* may pass to another person: validity must be compared */
    const char *meaning;
} psi_keyform;

/* The namespace of "prefix:value", or NULL. */
const psi_keyform *psi_keyform_of(ent_str key);

/* The namespaces by number, in the order of the table; -1 or NULL: there is none. */
int psi_keyform_number(ent_str key);
const psi_keyform *psi_keyform_at(int number);

/* FORMAT  no such namespace, nothing is left of the value, or more than ENT_LIMIT_MATCH_KEY bytes */
ENT_MUST_USE ent_code psi_key_canon(ent_arena *arena, ent_str key, ent_str *canonical,
                                    ent_err *err);

#endif
