/*
 * taxii/kept (private) -- pages that were asked for a moment ago, while nothing has changed.
 *
 * Many tools ask for the same few pages again and again: a first page, a manifest, what is new
 * since a date.  A page of a plain collection follows from the file and the request alone, not
 * from who asks, so it is kept from the second time that it is asked for until anything is
 * written.  Whether it may be read is judged before, by the file, each time.  Pages of views
 * are never kept: their objects are judged for the reader one by one.
 *
 * One for each thread; at most TAXII_KEPT_MEMORY.  Without memory nothing is kept.
 */
#ifndef ENT_TAXII_KEPT_INT_H
#define ENT_TAXII_KEPT_INT_H

#include "base/arena.h"
#include "base/time.h"

#define TAXII_KEPT_MEMORY ((size_t)3 << 20)

typedef struct taxii_kept taxii_kept;

typedef struct taxii_kept_page {
    ent_str body;
    size_t count;
    ent_time first, last; /* dates of its rows */
} taxii_kept_page;

taxii_kept *taxii_kept_new(void); /* NULL: no memory */
void taxii_kept_free(taxii_kept *kept);

/* `state`: the file's (taxii_store_state); what was kept of another is forgotten.  `key`: all
 * that the page follows from.  The body is copied into `arena`. */
bool taxii_kept_find(taxii_kept *kept, uint32_t state, ent_str key, ent_arena *arena,
                     taxii_kept_page *page);
/* After `find` was false for the key. */
void taxii_kept_put(taxii_kept *kept, ent_str key, const taxii_kept_page *page);

#endif
