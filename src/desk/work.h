/*
 * desk/work -- what every file of the desk, and of the modules above it, does again and
 * again: documents as JSON, members that must be there, labels of rows.
 */
#ifndef ENT_DESK_WORK_H
#define ENT_DESK_WORK_H

#include "base/json_write.h"
#include "desk/desk.h"
#include "policy/label.h"

/* A member that must be a text (a UUID, hex of `size` bytes, a whole number), or FORMAT
 * naming it.  `where` begins the message: "the agreement". */
ENT_MUST_USE ent_code desk_text(ent_json json, const char *name, const char *where, ent_str *text,
                                ent_err *err);
ENT_MUST_USE ent_code desk_uuid(ent_json json, const char *name, const char *where, ent_str *text,
                                ent_err *err);
ENT_MUST_USE ent_code desk_hex(ent_json json, const char *name, const char *where, void *bytes,
                               size_t size, ent_err *err);
ENT_MUST_USE ent_code desk_number(ent_json json, const char *name, const char *where, int64_t min,
                                  int64_t max, int64_t *number, ent_err *err);

/* FORMAT if an object has a member that is not one of `names` (NULL ends it). */
ENT_MUST_USE ent_code desk_members(ent_json json, const char *where, const char *const *names,
                                   ent_err *err);

/* Reads a text that must be canonical JSON of one object (RFC 8785). */
ENT_MUST_USE ent_code desk_canonical(ent_arena *arena, ent_str text, const char *where,
                                     ent_json *json, ent_err *err);

/* The canonical form of a JSON text. */
ENT_MUST_USE ent_code desk_canon(ent_arena *arena, ent_str text, ent_str *canonical, ent_err *err);

/* The documents of a kind, in order; `peer` and `state` NULL: any. */
ENT_MUST_USE ent_code desk_docs(desk *d, ent_arena *arena, const char *kind, const char *peer,
                                const char *state, store_doc **docs, size_t *count, ent_err *err);

/* Puts a document anew, in that state and with members behind what it says: `members` is the inside
 * of a JSON object, as desk_inside gives it. */
ENT_MUST_USE ent_code desk_doc_extend(desk *d, ent_arena *arena, store_doc *doc, const char *state,
                                      ent_str members, ent_err *err);
/* An object's text without its braces. */
ent_str desk_inside(ent_str object);

/* What stands beside a document's JSON; or, as a node of before kept it, in its member, as base64. */
ENT_MUST_USE ent_code desk_bytes(ent_arena *arena, const store_doc *doc, ent_json json,
                                 const char *member, ent_span *bytes, ent_err *err);

/* Is there such a document? */
ENT_MUST_USE ent_code desk_doc_found(desk *d, ent_arena *arena, const char *kind, ent_str id,
                                     store_doc *doc, bool *found, ent_err *err);

/* Writes a member that may be left out: an empty text is. */
void desk_put(ent_jw *w, const char *name, ent_str text);

/* The object with one member replaced, or added at its end; the list with one value more.
 * `value` is JSON; the results are in the arena. */
ENT_MUST_USE ent_code desk_with(ent_arena *arena, ent_json object, const char *name, ent_str value,
                                ent_str *text, ent_err *err);
ENT_MUST_USE ent_code desk_with_item(ent_arena *arena, ent_json list, ent_str value, ent_str *text,
                                     ent_err *err);

/* The officer's signature on a statement (link/approval.h), checked under the key that this node
 * knows.  DENIED: it does not verify, or the officer came in without the passphrase. */
ENT_MUST_USE ent_code desk_officer_sign(const desk_officer *officer, const char *what,
                                        ent_str statement, uint8_t signature[64], ent_err *err);

/* Does a list of texts have this one? */
bool desk_list_has(ent_json list, ent_str text);

/* The label of a row.  A row whose bytes cannot be read has a label that refuses. */
ENT_MUST_USE ent_code desk_label(ent_arena *arena, const store_row *row, ent_json *object,
                                 policy_label *label, ent_err *err);

/* The host is to erase a body on the link with `peer`: "out", ours by its entry's id; "in", the
 * peer's by its place, "CODE/SEQ". */
ENT_MUST_USE ent_code desk_erase_ask(desk *d, ent_str peer, ent_str entry, const char *side,
                                     ent_err *err);

ent_day desk_today(const desk *d);

/* "2024-11-08T19:42:00.000Z" in the arena; .ptr NULL when out of memory. */
ent_str desk_time_text(ent_arena *arena, ent_time time);

/* Do three officers approve what goes to this recipient? */
ENT_MUST_USE ent_code desk_assured(desk *d, ent_arena *arena, ent_str code, bool *yes,
                                   ent_err *err);

/* "name":["a","b"] */
void desk_texts_write(ent_jw *w, const char *name, const ent_str *texts, size_t count);
/* A list of texts as an array in the arena; what is no text is "". */
ENT_MUST_USE ent_code desk_texts_read(ent_arena *arena, ent_json list, ent_str **texts,
                                      size_t *count, ent_err *err);

/* Writes down that an entry was refused, and why. */
ENT_MUST_USE ent_code desk_refusal_note(desk *d, ent_arena *arena, const char *peer,
                                        const link_entry *entry, const char *why, ent_err *err);

#endif
