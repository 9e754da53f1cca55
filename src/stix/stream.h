/*
 * stix/stream -- the objects of a text, one after the other.
 *
 * A text is a bundle, one object, a JSON array of objects, or JSON Lines of any of
 * these.  The objects of a bundle are read one by one, so that memory is that of the largest
 * object and not of the file; what stands around them (the bundle's own properties) is
 * read when its end is reached, and is the last item of that bundle.
 */
#ifndef ENT_STIX_STREAM_H
#define ENT_STIX_STREAM_H

#include "base/buf.h"
#include "base/json.h"

#define STIX_NOWHERE SIZE_MAX

typedef struct stix_item {
    ent_json value; /* lives until the next call */
    size_t index;   /* 0-based: which top-level value, array item or line */
    size_t at;      /* 0-based place in its bundle; STIX_NOWHERE: in none */
    bool bundle;    /* the bundle itself, with an empty list for its objects */
    bool old;       /* in a bundle that says it is STIX 2.0 */
} stix_item;

typedef struct stix_stream stix_stream;

/* `text` must live as long as the stream, which lives in the arena. */
ENT_MUST_USE ent_code stix_stream_new(ent_arena *arena, ent_str text, stix_stream **stream,
                                      ent_err *err);
void stix_stream_free(stix_stream *stream);

/* The next item; *more is false when there is none.
 *
 * FORMAT  no JSON: line and column of the whole text
 * LIMIT   one object is too deep or too large */
ENT_MUST_USE ent_code stix_stream_next(stix_stream *stream, stix_item *item, bool *more,
                                       ent_err *err);

#endif
