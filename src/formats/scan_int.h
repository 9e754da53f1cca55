/* formats/scan (private) -- one JSON value at a time out of a stream of any size.
 *
 * Knows brackets, strings and where entries of an outer array end, and nothing else: each
 * value is read strictly afterwards.  The entries of a top-level array, and of the member
 * `objects` of a bundle or `response` of MISP, are given one by one; what stands around
 * them is kept, read strictly at the end, and was never held together with them. */
#ifndef ENT_FORMATS_SCAN_INT_H
#define ENT_FORMATS_SCAN_INT_H

#include "base/err.h"
#include "base/span.h"

typedef struct formats_scan formats_scan;

typedef struct formats_value {
    ent_str text;    /* until the call returns */
    uint64_t offset; /* of its first byte in the stream */
    size_t line;
    bool outer;         /* what stood around entries that were given already */
    const char *broken; /* what is wrong with it, or NULL */
} formats_value;

typedef ent_code (*formats_value_each)(void *arg, const formats_value *value, ent_err *err);

/* NULL: no memory. */
formats_scan *formats_scan_new(formats_value_each each, void *arg);
void formats_scan_free(formats_scan *scan);
ENT_MUST_USE ent_code formats_scan_feed(formats_scan *scan, const char *bytes, size_t size,
                                        ent_err *err);
ENT_MUST_USE ent_code formats_scan_end(formats_scan *scan, ent_err *err);

#endif
