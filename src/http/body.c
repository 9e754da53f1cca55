#include "http/body_int.h"

#include <stdlib.h>
#include <zlib.h>

#define FIRST_ROOM ((size_t)16384)
#define PIECE      ((size_t)65536)

ent_code http_body_init(http_body *body, atomic_size_t *budget, size_t limit, bool inflate)
{
    *body = (http_body){ .budget = budget, .limit = limit };
    if (inflate) {
        z_stream *stream = calloc(1, sizeof *stream);

        /* 15 bits of window, and 16: gzip only. */
        if (stream == NULL || inflateInit2(stream, 15 + 16) != Z_OK) {
            free(stream);
            return ENT_MEMORY;
        }
        body->inflater = stream;
    }
    return ENT_OK;
}

static bool budget_take(atomic_size_t *budget, size_t size)
{
    size_t left = atomic_load(budget);

    do {
        if (left < size)
            return false;
    } while (!atomic_compare_exchange_weak(budget, &left, left - size));
    return true;
}

void http_body_release(http_body *body)
{
    if (body->inflater != NULL) {
        (void)inflateEnd(body->inflater);
        free(body->inflater);
    }
    if (body->budget != NULL)
        (void)atomic_fetch_add(body->budget, body->room);
    free(body->bytes);
    *body = (http_body){ 0 };
}

static ent_code plain_put(http_body *body, const void *bytes, size_t size)
{
    if (size > body->limit - body->size)
        return ENT_LIMIT;
    if (size > body->room - body->size) {
        size_t room = body->room == 0 ? FIRST_ROOM : body->room * 2;
        unsigned char *grown;

        if (room < body->size + size)
            room = body->size + size;
        if (!budget_take(body->budget, room - body->room))
            return ENT_RETRY;
        grown = realloc(body->bytes, room);
        if (grown == NULL) {
            (void)atomic_fetch_add(body->budget, room - body->room);
            return ENT_RETRY;
        }
        body->bytes = grown;
        body->room = room;
    }
    memcpy(body->bytes + body->size, bytes, size);
    body->size += size;
    return ENT_OK;
}

/* Unpacks piece by piece, so that a bomb is stopped at the limit and not after it. */
static ent_code packed_put(http_body *body, const void *bytes, size_t size)
{
    z_stream *stream = body->inflater;
    unsigned char piece[PIECE];
    ent_code rc = ENT_OK;

    /* Packed, a body is hardly larger; only empty blocks without end would be. */
    if (size > UINT32_MAX || body->packed + size > body->limit + PIECE)
        return ENT_LIMIT;
    body->packed += size;
    stream->next_in = (unsigned char *)(uintptr_t)bytes;
    stream->avail_in = (unsigned)size;
    do {
        int did;

        if (body->ended) /* nothing may follow: one member is one body */
            return stream->avail_in == 0 ? ENT_OK : ENT_FORMAT;
        stream->next_out = piece;
        stream->avail_out = sizeof piece;
        did = inflate(stream, Z_NO_FLUSH);
        if (did != Z_OK && did != Z_STREAM_END && did != Z_BUF_ERROR)
            return ENT_FORMAT;
        body->ended = did == Z_STREAM_END;
        rc = plain_put(body, piece, sizeof piece - stream->avail_out);
    } while (rc == ENT_OK && (stream->avail_in > 0 || stream->avail_out == 0));
    return rc;
}

ent_code http_body_put(http_body *body, const void *bytes, size_t size)
{
    return body->inflater != NULL ? packed_put(body, bytes, size) : plain_put(body, bytes, size);
}

ent_code http_body_end(http_body *body)
{
    return body->inflater == NULL || body->ended ? ENT_OK : ENT_FORMAT;
}
