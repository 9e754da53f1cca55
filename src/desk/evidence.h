/*
 * desk/evidence -- which file is attached to which object?
 *
 * A scan, photograph or document is kept by the host apart from the store, whole, under its
 * SHA-256 (desk.h `desk_files`).  What it is and to which objects it belongs are documents:
 * "evidence" (one a file, with its objects) and "evidence:OBJECT" (one for each file of an
 * object).  A file that no object has any more becomes a document "erase-file", which the host
 * carries out behind the transaction.  Objects are a node's own or came from a peer; what a
 * release gives, and how it goes away again, is in desk/release_evidence_int.h.
 */
#ifndef ENT_DESK_EVIDENCE_H
#define ENT_DESK_EVIDENCE_H

#include "desk/desk.h"

#define DESK_EVIDENCE_HASH 65

typedef struct desk_evidence {
    char hash[DESK_EVIDENCE_HASH]; /* SHA-256, hex */
    ent_str type;                  /* "image/png" */
    ent_str name;                  /* as it was called, without folders */
    int64_t size;
    ent_str object; /* to which it is attached */
    ent_time added;
} desk_evidence;

bool desk_evidence_is_hash(ent_str text);

/* Attaches a file that the host has to an object; the same again is fine.  In a transaction.
 * LIMIT  EVIDENCE_FILES, EVIDENCE_OBJECTS */
ENT_MUST_USE ent_code desk_evidence_attach(store *s, ent_arena *arena, const desk_evidence *e,
                                           ent_err *err);
/* Takes it off again.  NOT_FOUND.  In a transaction. */
ENT_MUST_USE ent_code desk_evidence_detach(store *s, ent_arena *arena, ent_time now, ent_str object,
                                           ent_str hash, ent_err *err);

/* What is known of a file.  `object` is the first that it is attached to.  NOT_FOUND */
ENT_MUST_USE ent_code desk_evidence_get(store *s, ent_arena *arena, ent_str hash, desk_evidence *e,
                                        ent_err *err);

/* The files of an object, in the order in which they were attached. */
typedef ent_code (*desk_evidence_each)(void *arg, const desk_evidence *evidence, ent_err *err);
ENT_MUST_USE ent_code desk_evidence_list(store *s, ent_arena *arena, ent_str object,
                                         desk_evidence_each each, void *arg, ent_err *err);

/* Takes off what is attached to objects that are held no longer.  In a transaction. */
ENT_MUST_USE ent_code desk_evidence_sweep(store *s, ent_arena *arena, ent_time now, size_t *removed,
                                          ent_err *err);
/* The same, as the clock calls it. */
ENT_MUST_USE ent_code desk_evidence_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

#endif
