/*
 * http/cbor (private) -- reads CBOR as authenticators write it (RFC 8949; CTAP 2.1 section 8).
 *
 * Only the canonical form: definite lengths, numbers as short as they can be, text that is
 * UTF-8; no tags, no floating point, nothing nested deeper than CBOR_DEPTH.  Nothing is copied.
 * A reader that met something else stays wrong, so that a caller may look once at its end.
 */
#ifndef ENT_HTTP_CBOR_INT_H
#define ENT_HTTP_CBOR_INT_H

#include "base/span.h"

#define CBOR_DEPTH 8

typedef enum cbor_kind { /* the major types */
                         CBOR_UINT,
                         CBOR_NINT, /* -1 - number */
                         CBOR_BYTES,
                         CBOR_TEXT,
                         CBOR_ARRAY,     /* `number` values follow */
                         CBOR_MAP,       /* twice as many */
                         CBOR_SIMPLE = 7 /* 20 false, 21 true, 22 null */
} cbor_kind;

typedef struct cbor_value {
    cbor_kind kind;
    uint64_t number;
    ent_span bytes; /* of BYTES and TEXT */
} cbor_value;

typedef struct cbor {
    const uint8_t *at, *end;
    bool wrong;
} cbor;

cbor http_cbor_of(ent_span bytes);
/* The next value's head, with its bytes; false: there is none, or it is wrong. */
bool http_cbor_next(cbor *c, cbor_value *value);
/* A whole value, with all that is in it. */
bool http_cbor_skip(cbor *c);
/* The number of a UINT or NINT; false for others and for what does not fit. */
bool http_cbor_number(const cbor_value *value, int64_t *number);

#endif
