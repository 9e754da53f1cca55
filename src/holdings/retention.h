/*
 * holdings/retention -- what has been kept long enough, and who must decide about it?
 *
 * Each object has a last day (doc/design/handling.md).  After it, the content goes and a
 * tombstone stays: id, type, when, why.  Silence purges only what nothing open speaks of
 * (holdings/holds.def); what an open match or case names waits for a person, who purges it
 * or has it extended, with a reason.  Until then it is past its retention, and policy lets
 * nothing of it leave.  What is held in quarantine has QUARANTINE_DAYS, or its own last day if that
 * is sooner.  Held by whoever calls: the transaction, and the clock.
 *
 * Cost: what is due comes by its index; the open documents are read once.
 */
#ifndef ENT_HOLDINGS_RETENTION_H
#define ENT_HOLDINGS_RETENTION_H

#include "store/store.h"

typedef struct holdings_due {
    ent_str owner, id, type;
    ent_str retention; /* its last day */
    ent_str name;      /* what to show */
    const char *hold;  /* what waits for a person: "an open match"; NULL: nothing */
    ent_str hold_id;   /* of that document */
} holdings_due;

/* What is past its last day at `now`, the longest first.  Everything is in the arena. */
ENT_MUST_USE ent_code holdings_retention_due(store *s, ent_arena *arena, ent_time now,
                                             holdings_due **due, size_t *count, ent_err *err);

typedef struct holdings_swept {
    size_t purged, waiting;
} holdings_swept;

/* Purges what is due and that nothing holds.  Inside a transaction. */
ENT_MUST_USE ent_code holdings_retention_sweep(store *s, ent_arena *arena, ent_time now,
                                               holdings_swept *swept, ent_err *err);

/* Purges one object that is due, because `who` decided it, for `reason`.  Inside a transaction.
 * NOT_FOUND  there is none, or it was purged already
 * DENIED     its last day has not come */
ENT_MUST_USE ent_code holdings_retention_purge(store *s, ent_arena *arena, const char *owner,
                                               ent_str id, const char *who, ent_str reason,
                                               ent_time now, ent_err *err);

/* May this own object's last day be moved to `until`, YYYY-MM-DD?  Its row, or
 * NOT_FOUND  there is none of our own, or it was purged
 * FORMAT     `until` is no day
 * CONFLICT   it is no later than the day it has */
ENT_MUST_USE ent_code holdings_retention_check(store *s, ent_arena *arena, ent_str id,
                                               ent_str until, store_row *row, ent_err *err);

/* Moves it, beside the bytes.  Who calls has seen that two persons decided it (law 6).  Codes of
 * holdings_retention_check.  Inside a transaction. */
ENT_MUST_USE ent_code holdings_retention_extend(store *s, ent_arena *arena, ent_str id,
                                                ent_str until, ent_err *err);

#endif
