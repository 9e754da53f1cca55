/*
 * http/body (private) -- a request's body as it comes, unpacked if need be.
 *
 * One request's limit counts the bytes after chunked decoding and unpacking.  All
 * bodies together stay below one budget, so that many clients cannot take what one
 * may not.
 */
#ifndef ENT_HTTP_BODY_INT_H
#define ENT_HTTP_BODY_INT_H

#include "base/err.h"
#include "base/span.h"

#include <stdatomic.h>

typedef struct http_body {
    atomic_size_t *budget; /* what is left for all */
    unsigned char *bytes;
    size_t size, room, limit;
    size_t packed;  /* bytes before unpacking */
    void *inflater; /* NULL: as it is */
    bool ended;     /* the packed stream has */
} http_body;

/* Only `limit`, `budget` are given.  MEMORY */
ENT_MUST_USE ent_code http_body_init(http_body *body, atomic_size_t *budget, size_t limit,
                                     bool inflate);
void http_body_release(http_body *body);

/* LIMIT   more than `limit`
 * RETRY   the budget for all is used up
 * FORMAT  not gzip */
ENT_MUST_USE ent_code http_body_put(http_body *body, const void *bytes, size_t size);
/* Nothing more comes.  FORMAT: the packed stream breaks off. */
ENT_MUST_USE ent_code http_body_end(http_body *body);

#endif
