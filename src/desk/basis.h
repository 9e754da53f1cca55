/*
 * desk/basis -- what rests on a record that was corrected or called back?
 *
 * Whoever worked with a record drew a link from it, put it into a case, asked a hypothesis
 * about it, said that it is the same person as another.  When its owner corrects or recalls
 * it, that work is neither undone nor left standing as if nothing had happened: each piece
 * gets a flag, "changed" or "withdrawn", with the record, its owner and the reason.  What was
 * derived from a record (`derived-from`) carries the flag on to what rests on it in turn.
 * A hypothesis also rests on the links of the ways that it found, and on what a partner named in
 * its answer.  A person re-reads the work and takes the flag off; it stays in the list as read.
 *
 * Document "basis", id "THING/RECORD".  What can rest on a record: desk/basis.def.
 */
#ifndef ENT_DESK_BASIS_H
#define ENT_DESK_BASIS_H

#include "desk/desk.h"

typedef struct desk_basis_cause {
    ent_str owner;   /* of the record: '' this node's own */
    ent_str release; /* that was called back, or that corrects */
    ent_str reason;
    bool withdrawn;  /* the record is gone; else it says something else now */
    ent_json object; /* as it was, for a link that is gone; else none: as it is held */
} desk_basis_cause;

/* Flags what rests on `record` here.  Inside a transaction. */
ENT_MUST_USE ent_code desk_basis_mark(desk *d, ent_arena *arena, ent_str record,
                                      const desk_basis_cause *cause, ent_err *err);

/* The same for an own record that an import changed or revoked (holdings/import.h); `arg`: the
 * desk. */
ENT_MUST_USE ent_code desk_basis_imported(void *arg, ent_arena *arena, ent_str id, bool revoked,
                                          ent_err *err);

/* One flag. */
typedef struct desk_flag {
    ent_str thing, kind; /* its id, and what people call it */
    ent_str record;      /* what it rests on */
    ent_str state;       /* changed, withdrawn, read */
    ent_json json;       /* the whole, as it is shown */
} desk_flag;

typedef struct desk_flags {
    desk_flag *items;
    size_t count;
} desk_flags;

/* All flags, or those that nobody has read yet. */
ENT_MUST_USE ent_code desk_basis_load(desk *d, ent_arena *arena, bool all, desk_flags *flags,
                                      ent_err *err);

/* "withdrawn", "changed" or "": the worst unread flag of a thing. */
const char *desk_basis_of(const desk_flags *flags, ent_str thing);

/* Somebody has read the thing again and says what follows.  *count: flags taken off.  Inside
 * a transaction.  NOT_FOUND: it has none */
ENT_MUST_USE ent_code desk_basis_read(desk *d, ent_arena *arena, ent_str thing, ent_str note,
                                      ent_str by, size_t *count, ent_err *err);

#endif
