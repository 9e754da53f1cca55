/*
 * stix/format -- what single values must look like (STIX 2.1 s2, s3.1, s6).
 *
 * Pure questions about one text; nothing allocates.  Times are compared as exact
 * decimals, because their text may have any number of digits (s2.16): "12Z" equals
 * "12.0Z" and precedes "12.5Z", which no comparison of bytes gets right.
 * Second 60 is accepted only where UTC had a leap second.
 */
#ifndef ENT_STIX_FORMAT_H
#define ENT_STIX_FORMAT_H

#include "stix/report.h"

/* The formats that F(symbol) in the model's rows names. */
typedef enum stix_format {
#define X(symbol, rule) STIX_FORMAT_##symbol,
#include "stix/model/formats.def"
#undef X
    STIX_FORMAT_COUNT
} stix_format;

bool stix_format_ok(stix_format format, ent_str text);
/* The rule that a text breaks which is not of that format. */
stix_rule stix_format_rule(stix_format format);

/* a-z, 0-9 and single hyphens, 3 to 250 characters, beginning with a letter. */
bool stix_type_name_ok(ent_str name);
/* a-z, 0-9 and _, 3 to 250 characters, beginning with a letter; or "id". */
bool stix_property_name_ok(ent_str name);
/* It only begins like one, and goes on with other letters of ASCII or hyphens: what the
 * published JSON schemas let pass, and producers rely on. */
bool stix_property_name_loose(ent_str name);
/* Letters, digits, - and _, `least` to 250 characters. */
bool stix_key_ok(ent_str name, size_t least);

/* "type--UUID" with an RFC 4122 UUID, version 1 to 5.  type and version may be NULL. */
bool stix_id_split(ent_str id, ent_str *type, int *version);

bool stix_timestamp_ok(ent_str text);
/* -1, 0 or 1; both are valid timestamps. */
int stix_timestamp_compare(ent_str a, ent_str b);
/* The digits behind the point of a valid timestamp. */
size_t stix_timestamp_digits(ent_str text);

bool stix_hex_ok(ent_str text);
bool stix_base64_ok(ent_str text);
/* RFC 5646, with a registered primary language. */
bool stix_language_ok(ent_str text);

/* The usual name of a hash algorithm ("SHA-256" for "sha256"), or ENT_STR_NONE. */
ent_str stix_hash_algorithm(ent_str name);
/* Whether `value` can be a value of that algorithm; true for an unknown one. */
bool stix_hash_ok(ent_str algorithm, ent_str value);

/* An IPv4 or IPv6 address with optional prefix length, as 4 or 16 bytes; `bits` is
 * the prefix length (32 or 128 without one). */
bool stix_ipv4_read(ent_str text, uint8_t address[4], int *bits);
bool stix_ipv6_read(ent_str text, uint8_t address[16], int *bits);

#endif
