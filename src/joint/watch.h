/*
 * joint/watch -- which of many standing alerts does this sighting concern?
 *
 * An alert is found by its keys and by names with a birth date.  All of them are in one table
 * from key to alerts: documents, telephones, accounts, plates as they are; a name by its
 * strong keys and, as a nomination only, by its weak ones (names/names.h).  What a name key
 * nominates is then compared in full: `same` fires, `review` is shown to a person and never
 * fires (a likeness that shares no word and no date with an alert is not nominated).  An alert with names only, without a date or a key, is never more than review.
 *
 * Pure.  Cost of a sighting: its own keys, then the alerts that share one; not the number of
 * alerts.  Sealed once, then only asked.
 */
#ifndef ENT_JOINT_WATCH_H
#define ENT_JOINT_WATCH_H

#include "names/names.h"

typedef struct joint_watch joint_watch;

/* What an alert looks for, and what was seen. */
typedef struct joint_trace {
    const ent_str *keys; /* canonical */
    size_t key_count;
    const names_record *person; /* or NULL */
} joint_trace;

typedef enum joint_found {
    JOINT_FOUND_REVIEW, /* a likeness: for a person to look at */
    JOINT_FOUND_NAME,   /* names and date are the same */
    JOINT_FOUND_KEY     /* a key is the same */
} joint_found;

typedef struct joint_sight {
    uint32_t alert; /* in the order they were added */
    joint_found found;
    ent_str key; /* of JOINT_FOUND_KEY */
} joint_sight;

/* `seed` keys the table.  NULL when the arena is full. */
joint_watch *joint_watch_new(ent_arena *arena, const uint8_t seed[16]);
ENT_MUST_USE ent_code joint_watch_add(joint_watch *watch, const joint_trace *trace, ent_err *err);
ENT_MUST_USE ent_code joint_watch_seal(joint_watch *watch, ent_err *err);

/* The alerts concerned, each once with the strongest ground, in their order. */
ENT_MUST_USE ent_code joint_watch_ask(const joint_watch *watch, ent_arena *arena,
                                      const joint_trace *seen, joint_sight **sights, size_t *count,
                                      ent_err *err);

#endif
