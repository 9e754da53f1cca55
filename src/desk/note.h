/*
 * desk/note -- who did what, for the node's own journal.
 *
 * A note says who, in which role, by which verb, to which object, for which
 * purpose and reason, and when; never what the object says.  It is a document
 * ("journal") in the same transaction as the work that it is about; the host
 * appends it to the journal's log afterwards (node/journal.h), as it appends
 * the outbox to the link logs.
 */
#ifndef ENT_CASEWORK_JOURNAL_H
#define ENT_CASEWORK_JOURNAL_H

#include "desk/work.h"

typedef struct desk_note {
    const char *verb;
    ent_str who, role; /* .ptr NULL: whoever has the home's keys, or the node itself */
    ent_str object;    /* an id, or .ptr NULL */
    ent_str objects;   /* JSON list of ids that were shown, or .ptr NULL */
    ent_str peer, purpose, reason;
    bool oversight; /* one that the oversight body must see */
} desk_note;

/* Inside a transaction. */
ENT_MUST_USE ent_code desk_note_write(desk *d, ent_arena *arena, const desk_note *note,
                                      ent_err *err);

#endif
