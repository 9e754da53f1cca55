/*
 * desk/release_evidence (private) -- files that go with a release.
 *
 * Whoever drafts chooses files that are attached to the released objects.  They are judged as
 * a property of their object: the object must be permitted, and its type must have the row
 * `evidence` in projection.def.  The statement that the officers sign names each file by its
 * SHA-256, size and type; its name stays.  The bytes follow the release as entries `evidence`
 * of at most EVIDENCE_PART bytes, in order:
 *
 *     {"file":"<hash>","part":0,"release":"<uuid>"}\n<bytes>
 *
 * The receiver takes them only for what a release that it holds names, puts them together,
 * and judges the whole file anew: size, hash, kind by content.  A recall takes file, parts and
 * the bodies of the entries.  Documents: "evidence-out" (ours), "evidence-in", "evidence-part".
 */
#ifndef ENT_DESK_RELEASE_EVIDENCE_INT_H
#define ENT_DESK_RELEASE_EVIDENCE_INT_H

#include "desk/gate.h"

/* ---- who releases ---- */

/* Finds the chosen files among those of the objects; what is not chosen is withheld.
 * NOT_FOUND, DENIED, LIMIT */
ENT_MUST_USE ent_code desk_files_choose(desk *d, ent_arena *arena, const desk_gate_request *request,
                                        desk_gate_result *result, ent_err *err);
/* The member `evidence` of the statement, if there are any. */
void desk_files_write(ent_jw *w, const desk_gate_result *result);
/* Puts the bytes into the outbox.  IO: a file is damaged or gone */
ENT_MUST_USE ent_code desk_files_say(desk *d, ent_arena *arena, const char *peer, ent_str release,
                                     const desk_gate_result *result, ent_err *err);
/* The release was called back: the bodies of our entries go. */
ENT_MUST_USE ent_code desk_files_recall(desk *d, ent_arena *arena, const char *peer,
                                        ent_str release, ent_err *err);
/* What the peer says of one file.  NOT_FOUND, CONFLICT */
ENT_MUST_USE ent_code desk_files_receipt(desk *d, ent_arena *arena, const char *peer, ent_str entry,
                                         ent_str said, ent_err *err);

/* ---- who receives ---- */

/* Checks the member `evidence` of a statement and notes what is to come. */
ENT_MUST_USE ent_code desk_files_expect(desk *d, ent_arena *arena, const char *peer,
                                        ent_str release, ent_json statement, ent_err *err);
/* Lets go of what that release alone gave. */
ENT_MUST_USE ent_code desk_files_end(desk *d, ent_arena *arena, const char *peer, ent_str release,
                                     ent_err *err);

/* ---- both ---- */

/* Writes an array of a release's files, [{"hash","state",...}], for people. */
ENT_MUST_USE ent_code desk_files_show(desk *d, ent_arena *arena, bool out, const char *peer,
                                      ent_str release, ent_jw *w, ent_err *err);

#endif
