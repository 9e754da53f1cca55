/*
 * resolve/statement -- "these two records are one", said by somebody, for reasons, for now.
 *
 * Records are never merged.  That two are one person or thing is a statement like any
 * other: it has an author, a time and its evidence, it can be signed (its canonical form
 * is what is signed), and a later statement undoes it.  "These two are never the same" is a
 * statement too, and is stronger than any number of joins.
 *
 * Pure.  Signing and keeping statements is the caller's work.
 */
#ifndef ENT_RESOLVE_STATEMENT_H
#define ENT_RESOLVE_STATEMENT_H

#include "base/json_write.h"
#include "base/time.h"

typedef enum resolve_kind {
    RESOLVE_SAME,
    RESOLVE_NEVER,
    RESOLVE_UNDO /* takes back the statement that `undoes` names */
} resolve_kind;

#define RESOLVE_REASONS 8

typedef struct resolve_statement {
    ent_str id;
    resolve_kind kind;
    ent_str a, b;   /* records; in either order; none for UNDO */
    ent_str undoes; /* id of a statement, for UNDO */
    ent_str by;     /* who says so */
    ent_str at;     /* RFC 3339, as it was written */
    double score;   /* of the records when it was said; 0: not known */
    ent_str reasons[RESOLVE_REASONS];
    size_t reason_count;
    bool after; /* takes effect after all that are not; not part of what is signed */
} resolve_statement;

/* Appends the canonical form (RFC 8785): equal statements are equal bytes, whichever
 * record is named first.  Fails only out of memory. */
ENT_MUST_USE ent_code resolve_statement_write(ent_arena *arena, const resolve_statement *statement,
                                              ent_str *text, ent_err *err);

/* FORMAT names the member.  Strings are borrowed from `json`. */
ENT_MUST_USE ent_code resolve_statement_read(ent_json json, resolve_statement *statement,
                                             ent_err *err);

#endif
