/*
 * node/evidence -- files that are attached to objects by their hash.
 *
 * A scan, photograph or document is kept apart from the store, whole or not at all, as
 * evidence/HH/SHA256 under the home; the store keeps which object it is attached to
 * (documents of kind "evidence:OBJECT") and what it is ("evidence").  What it is, is
 * judged by content and from a closed list (formats/media.h).  A device record takes
 * none: devices take closed lists only.
 *
 * These files never leave the node: no release, match or answer reads them.  A backup
 * holds them.  When its last object is erased, `node_evidence_sweep` erases a file.
 */
#ifndef ENT_NODE_EVIDENCE_H
#define ENT_NODE_EVIDENCE_H

#include "node/desk.h"

#define NODE_EVIDENCE_HASH 65

typedef struct node_evidence {
    char hash[NODE_EVIDENCE_HASH]; /* SHA-256, hex */
    ent_str type;                  /* "image/png" */
    ent_str name;                  /* as it was called, without folders */
    int64_t size;
    ent_str object; /* to which it is attached */
    ent_time added;
} node_evidence;

/* Attaches the file to an own object; `type` NULL: as its content says.  The same file again
 * is fine.
 * NOT_FOUND  the object or the file
 * DENIED     a device record; or no kind of file that may be attached, or not of `type`
 * LIMIT      EVIDENCE_SIZE, EVIDENCE_FILES */
ENT_MUST_USE ent_code node_evidence_add(node_desk *nd, ent_arena *arena, ent_str object,
                                        const char *path, const char *type, node_evidence *added,
                                        ent_err *err);

typedef ent_code (*node_evidence_each)(void *arg, const node_evidence *evidence, ent_err *err);
ENT_MUST_USE ent_code node_evidence_list(node_desk *nd, ent_arena *arena, ent_str object,
                                         node_evidence_each each, void *arg, ent_err *err);

/* The content, checked against its hash.  NOT_FOUND; IO if it is not what was attached. */
ENT_MUST_USE ent_code node_evidence_get(node_desk *nd, ent_arena *arena, const char *hash,
                                        node_evidence *evidence, ent_str *content, ent_err *err);

/* Takes the file off the object; it is erased when no object has it any more.  NOT_FOUND */
ENT_MUST_USE ent_code node_evidence_remove(node_desk *nd, ent_arena *arena, ent_str object,
                                           const char *hash, ent_err *err);

/* Takes off and erases what is attached to objects that were erased. */
ENT_MUST_USE ent_code node_evidence_sweep(node_desk *nd, ent_arena *arena, size_t *removed,
                                          ent_err *err);

#endif
