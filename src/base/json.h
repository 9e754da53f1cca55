/*
 * base/json -- JSON that loses nothing.
 *
 * A text is read once into a document: a tape of values in the arena that
 * points into the text, which must outlive it.  Every value keeps its exact
 * bytes (ent_json_raw), so numbers, timestamps and key order survive; a string
 * is unescaped only if it has escapes.  Strict: RFC 8259 with the I-JSON rules
 * of RFC 7493 (UTF-8, no duplicate member names however they are escaped, no
 * lone surrogates), and the limits JSON_DEPTH and JSON_TEXT.  Cost: linear in
 * the text; looking up a member is linear in the members of that one object.
 *
 * Values are small handles, passed by value.  A handle to nothing (`none`) is
 * legal everywhere and has no members, so look-ups can be chained.
 * Canonical form and writing: base/json_write.h.
 */
#ifndef ENT_BASE_JSON_H
#define ENT_BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

typedef enum ent_json_type {
    ENT_JSON_NONE, /* no value: a missing member */
    ENT_JSON_NULL,
    ENT_JSON_FALSE,
    ENT_JSON_TRUE,
    ENT_JSON_NUMBER,
    ENT_JSON_STRING,
    ENT_JSON_ARRAY,
    ENT_JSON_OBJECT
} ent_json_type;

typedef struct ent_json_doc ent_json_doc;

typedef struct ent_json {
    const ent_json_doc *doc; /* NULL: none */
    uint32_t at;             /* private */
} ent_json;

/* Reads exactly one JSON text.
 *
 * FORMAT  with line and column (1-based; columns count characters) and what was expected
 * LIMIT   deeper or larger than a limit, or the arena is full */
ENT_MUST_USE ent_code ent_json_read(ent_arena *arena, ent_str text, ent_json *root, ent_err *err);

/* As ent_json_read, but other text may follow: *used is where the value ended.
 * White space before the value is skipped.  For streams of values. */
ENT_MUST_USE ent_code ent_json_read_first(ent_arena *arena, ent_str text, ent_json *root,
                                          size_t *used, ent_err *err);

/* As ent_json_read_first, from text[from] on; *used counts from there.  Places in messages
 * count from the start of the text.  For reading a large text value by value. */
ENT_MUST_USE ent_code ent_json_read_at(ent_arena *arena, ent_str text, size_t from, ent_json *root,
                                       size_t *used, ent_err *err);

ent_json_type ent_json_kind(ent_json value);
bool ent_json_is(ent_json value, ent_json_type type);

/* The exact bytes of the value in the text. */
ent_str ent_json_raw(ent_json value);

/* A string's characters, unescaped, borrowed from the document; ENT_STR_NONE for other types. */
ent_str ent_json_str(ent_json value);

/* A whole number within +-(2^53 - 1), written without fraction or exponent. */
bool ent_json_int(ent_json value, int64_t *number);
bool ent_json_double(ent_json value, double *number);
bool ent_json_true(ent_json value); /* exactly `true` */

/* Members of an object, entries of an array; 0 for everything else. */
size_t ent_json_count(ent_json value);

/* The member of that name, or none. */
ent_json ent_json_get(ent_json object, const char *name);
ent_json ent_json_get_str(ent_json object, ent_str name);
/* Its string, or ENT_STR_NONE if it is missing or no string. */
ent_str ent_json_get_text(ent_json object, const char *name);

/* Iteration in the order of the text:
 *     for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
 * For a member of an object, ent_json_name gives its name. */
ent_json ent_json_first(ent_json container);
ent_json ent_json_next(ent_json value);
ent_str ent_json_name(ent_json member);

/* The place of `value` below `root` as STIX writes selectors: names and [indexes] joined by
 * points ("external_references.[0].url"); nothing for the root itself. */
void ent_json_path(ent_json root, ent_json value, ent_buf *buf);

/* Every value of a subtree in the order of the text, without recursion:
 *     for (ent_json v = root; v.doc != NULL; v = ent_json_walk(root, v)) */
ent_json ent_json_walk(ent_json root, ent_json value);

/* Entry `index` of an array, or none.  Linear in index. */
ent_json ent_json_at(ent_json array, size_t index);

#endif
