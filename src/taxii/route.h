/*
 * taxii/route -- which resource a path names.
 *
 * Segments are decoded once; empty ones ("//") fall away, because some clients double
 * the slash; a missing slash at the end is noted.  Pure; the path is hostile.
 */
#ifndef ENT_TAXII_ROUTE_H
#define ENT_TAXII_ROUTE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

typedef enum taxii_resource {
#define X(symbol, word, methods, takes) TAXII_##symbol,
#include "taxii/routes.def"
#undef X
    TAXII_NOTHING
} taxii_resource;

typedef struct taxii_route {
    taxii_resource resource;
    ent_str root, collection, object, status; /* as far as the resource has them */
    bool slash;                               /* the path ends with one */
} taxii_route;

/* FORMAT: a broken escape.  LIMIT: no memory. */
ENT_MUST_USE ent_code taxii_route_read(ent_arena *arena, ent_str path, taxii_route *route,
                                       ent_err *err);

/* "objects": a word for counters and logs; "other" for TAXII_NOTHING. */
const char *taxii_route_word(taxii_resource resource);
/* "GET, HEAD, POST" */
const char *taxii_route_methods(taxii_resource resource);
bool taxii_route_allows(taxii_resource resource, const char *method);
/* TAXII_TAKES_... of taxii/filter.h */
unsigned taxii_route_takes(taxii_resource resource, bool deleting);

#endif
