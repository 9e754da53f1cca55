/*
 * base/json_write -- writing JSON, and the one canonical form of it (RFC 8785).
 *
 * The writer puts commas and quotes; the caller puts values in order:
 *
 *     ent_jw w; ent_jw_init(&w, &buf);
 *     ent_jw_object(&w);
 *     ent_jw_key(&w, "seq");  ent_jw_int(&w, 12);
 *     ent_jw_key(&w, "kind"); ent_jw_c(&w, "release");
 *     ent_jw_end(&w);
 *
 * A canonical text is one in which equal values are equal bytes, so that it can
 * be hashed and signed: members sorted by UTF-16 code units, numbers as
 * ECMAScript prints them, no white space.
 */
#ifndef ENT_BASE_JSON_WRITE_H
#define ENT_BASE_JSON_WRITE_H

#include "base/buf.h"
#include "base/json.h"

typedef struct ent_jw {
    ent_buf *buf;
    uint8_t open[64]; /* '{' or '[' for each level */
    bool comma[65];
    int depth;
    bool after_key;
} ent_jw;

void ent_jw_init(ent_jw *w, ent_buf *buf);
void ent_jw_object(ent_jw *w);
void ent_jw_array(ent_jw *w);
void ent_jw_end(ent_jw *w); /* closes the innermost object or array */
void ent_jw_key(ent_jw *w, const char *name);
void ent_jw_key_str(ent_jw *w, ent_str name);
void ent_jw_str(ent_jw *w, ent_str text); /* ENT_STR_NONE writes null */
void ent_jw_c(ent_jw *w, const char *text);
void ent_jw_printf(ent_jw *w, const char *fmt, ...) ENT_PRINTF(2, 3); /* a string */
void ent_jw_int(ent_jw *w, int64_t number);
void ent_jw_double(ent_jw *w, double number); /* ECMAScript form; finite */
void ent_jw_bool(ent_jw *w, bool value);
void ent_jw_null(ent_jw *w);
void ent_jw_hex(ent_jw *w, const void *bytes, size_t size);
void ent_jw_base64(ent_jw *w, const void *bytes, size_t size);
void ent_jw_raw(ent_jw *w, ent_str json); /* one value that is JSON already */

/* Appends the canonical form (RFC 8785).
 * FORMAT  a number that no IEEE 754 double holds (overflow), which RFC 8785 cannot express */
ENT_MUST_USE ent_code ent_json_canon(ent_json value, ent_buf *buf, ent_err *err);

/* A finite double as ECMAScript prints it (RFC 8785 s3.2.2.3); `out` has 32 bytes. */
void ent_json_number_write(double number, char *out);

/* A string with quotes and the escapes of RFC 8785 s3.2.2.2. */
void ent_json_string_write(ent_buf *buf, ent_str text);

#endif
