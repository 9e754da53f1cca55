/*
 * node/evidence -- the files that are attached to objects, by their hash.
 *
 * A scan, photograph or document is kept apart from the store, whole or not at all, as
 * evidence/HH/SHA256 under the home; which object has it, and what it is, are documents
 * (desk/evidence.h).  What it is, is judged by content and from a closed list
 * (formats/media.h).  A device record takes none: devices take closed lists only.
 *
 * A file leaves the node only chosen in a release (desk/release_evidence_int.h); no match,
 * answer or export reads it.  A backup holds it.  When nothing has it any more, it is erased
 * by the next flush of a desk.
 */
#ifndef ENT_NODE_EVIDENCE_H
#define ENT_NODE_EVIDENCE_H

#include "desk/evidence.h"
#include "node/desk.h"

/* Where a desk's files are: for `desk.files`, with a node_desk as its argument. */
extern const desk_files node_evidence_files;

/* Erases the files that documents "erase-file" name.  Outside transactions. */
ENT_MUST_USE ent_code node_evidence_flush(node_desk *nd, ent_arena *arena, ent_err *err);

/* Attaches the file to an own object; `type` NULL: as its content says.  The same file again
 * is fine.
 * NOT_FOUND  the object or the file
 * DENIED     a device record; or no kind of file that may be attached, or not of `type`
 * LIMIT      EVIDENCE_SIZE, EVIDENCE_FILES */
ENT_MUST_USE ent_code node_evidence_add(node_desk *nd, ent_arena *arena, ent_str object,
                                        const char *path, const char *type, desk_evidence *added,
                                        ent_err *err);
/* The same for content that was read already, under a name. */
ENT_MUST_USE ent_code node_evidence_put(node_desk *nd, ent_arena *arena, ent_str object,
                                        const char *name, ent_str content, const char *type,
                                        desk_evidence *added, ent_err *err);

/* The content, checked against its hash.  NOT_FOUND; IO if it is not what was attached. */
ENT_MUST_USE ent_code node_evidence_get(node_desk *nd, ent_arena *arena, const char *hash,
                                        desk_evidence *evidence, ent_str *content, ent_err *err);

/* Takes the file off the object; it is erased when no object has it any more.  NOT_FOUND */
ENT_MUST_USE ent_code node_evidence_remove(node_desk *nd, ent_arena *arena, ent_str object,
                                           const char *hash, ent_err *err);

/* Takes off and erases what is attached to objects that were erased. */
ENT_MUST_USE ent_code node_evidence_sweep(node_desk *nd, ent_arena *arena, size_t *removed,
                                          ent_err *err);

#endif
