/*
 * taxii/post -- the objects of a posted body, and the status that answers it.
 *
 * A body is an envelope (TAXII 2.1 s3.7) or anything else with a list `objects`, such as
 * a bundle.  Each object stands for itself: what is wrong with one is a failure in the
 * status and touches no other.  A plain collection asks little of an object: a type, an
 * id, and well-formed times.  The bytes are kept as they are.  The body is hostile.
 * Pure.
 */
#ifndef ENT_TAXII_POST_H
#define ENT_TAXII_POST_H

#include "taxii/store.h"

/* FORMAT  no JSON (s5.5: 400)
 * USAGE   JSON, but no list `objects` (422)
 * LIMIT   more than the arena holds */
ENT_MUST_USE ent_code taxii_post_read(ent_arena *arena, ent_str body, taxii_item **items,
                                      size_t *count, ent_err *err);

/* The status resource (s4.3.1), complete. */
ENT_MUST_USE ent_code taxii_status_write(ent_arena *arena, ent_str id, ent_time now,
                                         const taxii_item *items, size_t count, ent_str *json,
                                         ent_err *err);

#endif
