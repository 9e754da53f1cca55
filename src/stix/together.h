/*
 * stix/together -- what several objects of one bundle owe each other.
 *
 * Objects are shown one after the other; what is remembered of each is its id, its version
 * and its creator, not the object.  Said of an object: that the same version was seen
 * before (a warning; with other content nobody knows which one is meant, s3.6), that another
 * creator versioned it, that `created` or `created_by_ref` changed, that it was
 * revoked before (s3.6), and that marking definitions mark each other in a circle (s3.2).
 */
#ifndef ENT_STIX_TOGETHER_H
#define ENT_STIX_TOGETHER_H

#include "stix/report.h"

typedef struct stix_together stix_together;

/* NULL when the arena has no room. */
stix_together *stix_together_new(ent_arena *arena);

/* Adds to `report` what is wrong with this object of a bundle beside those shown before.
 * The texts that are remembered are copied. */
ENT_MUST_USE ent_code stix_together_add(stix_together *together, ent_json object,
                                        stix_report *report, ent_err *err);

#endif
