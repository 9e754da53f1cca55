/*
 * taxii/view -- collections of what somebody else holds, for who may see it.
 *
 * The rows of a view are kept like those of a plain collection, without their bytes, once
 * for each audience (readers who may see the same): so dates are unique, pages are runs of
 * rows, and one audience's dates, counts and times say nothing of what others see.
 * Before a page is read the rows are brought up to date from the source; what is then
 * sent is asked from the source again, object by object, so that what was withdrawn an
 * instant ago is not sent.  Cost: linear in what was new; all of it when the source's
 * state (the day, agreements) changed.  Knows nothing of holdings or policy.
 */
#ifndef ENT_TAXII_VIEW_H
#define ENT_TAXII_VIEW_H

#include "taxii/store.h"
#include "taxii/writer.h"

typedef struct taxii_view_row {
    int64_t number; /* increasing */
    ent_str id, type, version;
    bool permitted;
} taxii_view_row;

typedef ent_code (*taxii_view_each)(void *arg, const taxii_view_row *row, ent_err *err);

/* A view as one reader may see it; lives as long as a request. */
typedef struct taxii_reading {
    ent_str audience; /* a word: what sets its readers apart from others */
    ent_str state;    /* a word: when it changes, everything is judged anew */
    ent_code (*each)(void *arg, int64_t after, taxii_view_each each, void *each_arg, ent_err *err);
    /* NOT_FOUND: it may not be read, or not in this version.  Bytes in `arena`. */
    ent_code (*read)(void *arg, ent_arena *arena, ent_str id, ent_str version, ent_str *bytes,
                     ent_err *err);
    void *arg;
} taxii_reading;

typedef struct taxii_views taxii_views; /* which are being brought up to date */

ENT_MUST_USE ent_code taxii_views_new(taxii_views **views, ent_err *err);
void taxii_views_free(taxii_views *views);

/* Brings the rows of `collection` for this audience up to date; *number: what they are
 * found under.  If another thread is at it, what is there is served. */
ENT_MUST_USE ent_code taxii_view_refresh(taxii_views *views, taxii_store *s, taxii_writer *writer,
                                         ent_arena *arena, int64_t collection,
                                         const taxii_reading *reading, ent_time now,
                                         int64_t *number, ent_err *err);

#endif
