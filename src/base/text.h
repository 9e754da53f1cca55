/*
 * base/text -- hex, base64, UTF-8 and escaping for people.
 */
#ifndef ENT_BASE_TEXT_H
#define ENT_BASE_TEXT_H

#include "base/buf.h"

/* Lower-case hex; `out` has 2 * size + 1 bytes. */
void ent_hex_write(const void *bytes, size_t size, char *out);
/* Exactly 2 * size lower-case digits, or FORMAT. */
ENT_MUST_USE ent_code ent_hex_read(ent_str text, void *bytes, size_t size, ent_err *err);

/* Standard base64 with padding (RFC 4648 s4). */
void ent_base64_write(ent_buf *buf, const void *bytes, size_t size);
/* Strict: canonical padding, no white space.  The result is in the arena. */
ENT_MUST_USE ent_code ent_base64_read(ent_arena *arena, ent_str text, ent_span *bytes,
                                      ent_err *err);

/* base64url without padding (RFC 4648 s5), as strictly: one text for each sequence of bytes. */
ENT_MUST_USE ent_code ent_base64url_read(ent_arena *arena, ent_str text, ent_span *bytes,
                                         ent_err *err);
/* In the arena, with a NUL behind it; .ptr NULL: no memory. */
ent_str ent_base64url_write(ent_arena *arena, const void *bytes, size_t size);

/* Well-formed UTF-8 (Unicode 15 table 3-7): no surrogate, no overlong form. */
bool ent_utf8_valid(ent_str text);
/* The code point at *at, which is moved behind it; `text` is valid UTF-8. */
uint32_t ent_utf8_next(ent_str text, size_t *at);
void ent_utf8_put(ent_buf *buf, uint32_t code_point);

/* For terminals and logs: control characters, bidi controls and invalid bytes
 * become visible escapes (\u{202e}), so that text cannot act. */
void ent_text_visible(ent_buf *buf, ent_str text);

/* 16 random bytes as a version 4 UUID, lower case (RFC 4122 s4.4). */
void ent_uuid_write(const uint8_t bytes[16], char out[37]);
/* RFC 4122 form, version 1 to 5, lower-case hex. */
bool ent_uuid_valid(ent_str text);

#endif
