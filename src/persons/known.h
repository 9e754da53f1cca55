/*
 * persons/known -- what a peer knows: what was released to it, as it was released.
 *
 * Read from the statements of the releases that it has: not those that it has erased, but
 * also those that were called back and of which it has not said so.  Nothing of ours that was not released is in it: not a
 * member, not a link.
 */
#ifndef ENT_PERSONS_KNOWN_H
#define ENT_PERSONS_KNOWN_H

#include "desk/desk.h"

typedef struct persons_known {
    ent_json object;
    ent_str id;
    ent_str release; /* by which it has it */
    ent_str state;   /* sent, received, recalled (not yet erased there) */
    ent_time time;   /* when it was sent */
} persons_known;

/* All of ours that the peer knows, each once, as it was last sent. */
ENT_MUST_USE ent_code persons_known_list(desk *d, ent_arena *arena, const char *peer,
                                         persons_known **list, size_t *count, ent_err *err);

/* One object as the peer knows it: its own, or ours as it was released.  NOT_FOUND */
ENT_MUST_USE ent_code persons_known_object(desk *d, ent_arena *arena, const char *peer, ent_str id,
                                           ent_json *object, ent_err *err);

#endif
