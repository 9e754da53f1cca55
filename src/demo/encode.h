/*
 * demo/encode -- the holdings of a service, from a story's rows into STIX 2.1.
 *
 * Follows doc/design/objects.md and doc/design/handling.md: keys go into the members that
 * a type has for them, marks into the handling extension.  What a type has no member for
 * stays at home: a label is a name only where the type has a name, otherwise it is part
 * of the description, as the note is, and a description never leaves a node.  A device is
 * two words from closed lists and nothing else.  Links to what never leaves never leave.
 *
 * Ids are given out by the caller: at random for nodes, because an id that is made from a
 * name is a key that can be guessed; by demo_sample_id for the sample files, so that they
 * can be compared.  Pure.
 */
#ifndef ENT_DEMO_ENCODE_H
#define ENT_DEMO_ENCODE_H

#include "demo/story.h"

/* The purposes that everybody agrees to, and the one that P records are kept for. */
#define DEMO_PURPOSE         "CT-INV"
#define DEMO_PURPOSES        "CT-INV", "CT-PREV", "SAFETY"
#define DEMO_PURPOSE_OUTSIDE "HOME-AFFAIRS"
#define DEMO_ORIGINATOR      "fourth service"

/* The UUID of a thing of the story: `kind` is "entity", "link" or "bundle". */
typedef void (*demo_id_fn)(void *arg, const char *kind, ent_str service, ent_str id, char uuid[37]);

typedef struct demo_ids {
    ent_str *entities; /* "type--uuid", by entity */
    ent_str *links;    /* by link */
} demo_ids;

const char *demo_stix_type(const story_entity *e);

/* Gives everything its id. */
ENT_MUST_USE ent_code demo_ids_make(ent_arena *arena, const story *s, demo_id_fn id, void *arg,
                                    demo_ids *ids, ent_err *err);

/* A bundle of all that `service` holds, one object a line.  `day`: when it was written. */
ENT_MUST_USE ent_code demo_encode(ent_arena *arena, const story *s, size_t service, ent_day day,
                                  const demo_ids *ids, const char *bundle_uuid, ent_str *text,
                                  ent_err *err);

/* UUIDv5(NAMESPACE_URL, "https://example.invalid/entente/" + id): for sample files only. */
void demo_sample_id(void *arg, const char *kind, ent_str service, ent_str id, char uuid[37]);

#endif
