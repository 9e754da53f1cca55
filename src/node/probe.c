#include "node/probe.h"

#include "base/json.h"
#include "http/fetch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define ANSWER_MOST ((size_t)64 << 20)
#define SECONDS     60
#define MEDIA       "application/taxii+json;version=2.1"

struct question {
    const char *name, *method, *path, *accept, *type, *body;
    unsigned flags;
    const char *medallion, *opentaxii;
    long wanted;
};

static const struct question questions[] = {
#define X(name, method, path, accept, type, body, flags, medallion, opentaxii, wanted) \
    { name, method, path, accept, type, body, flags, medallion, opentaxii, wanted },
#include "node/probes.def"
#undef X
};

struct probe {
    const node_probe_server *server;
    ent_arena *arena;
    ent_str origin; /* https://host:port */
    ent_str root;
};

static ent_code fetch(const struct probe *p, const struct question *q, const char *url,
                      ent_span body, bool gzip, http_fetch_reply *reply, ent_err *err)
{
    http_fetch_request request = { .url = url,
                                   .method = q->method,
                                   .accept = q->accept,
                                   .type = q->type,
                                   .body = body,
                                   .chunked = (q->flags & NODE_PROBE_CHUNKED) != 0,
                                   .gzip = gzip,
                                   .ca = p->server->ca,
                                   .user = p->server->user,
                                   .secret = p->server->secret,
                                   .allow_private = p->server->allow_private,
                                   .limit = ANSWER_MOST,
                                   .seconds = SECONDS };

    return http_fetch(p->arena, &request, reply, err);
}

/* ---- what is needed first ---- */

/* The two parts of the address that questions are put to besides the collection's. */
static ent_code address_split(struct probe *p, ent_err *err)
{
    const char *url = p->server->url, *host = url + 8, *slash, *end;

    if (strncmp(url, "https://", 8) != 0 || (slash = strchr(host, '/')) == NULL ||
        (end = strstr(slash, "/collections/")) == NULL || end == slash ||
        url[strlen(url) - 1] != '/')
        return ent_fail(err, ENT_USAGE,
                        "'%s' is not the address of a collection: "
                        "https://HOST/ROOT/collections/ID/",
                        url);
    p->origin = ent_arena_str(p->arena, (ent_str){ url, (size_t)(slash - url) });
    p->root = ent_arena_str(p->arena, (ent_str){ slash + 1, (size_t)(end - slash - 1) });
    return p->origin.ptr == NULL || p->root.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* Two objects, so that there is a page that is not the last. */
static ent_code objects_add(const struct probe *p, ent_err *err)
{
    static const char text[] =
        "{\"objects\":[{\"type\":\"x-probe\",\"spec_version\":\"2.1\",\"id\":\"x-probe--00000000-"
        "0000-4000-8000-000000000001\",\"created\":\"2020-01-01T00:00:00.000Z\",\"modified\":"
        "\"2020-01-01T00:00:00.000Z\"},{\"type\":\"x-probe\",\"spec_version\":\"2.1\",\"id\":"
        "\"x-probe--00000000-0000-4000-8000-000000000002\",\"created\":\"2020-01-01T00:00:00.000Z\""
        ",\"modified\":\"2020-01-01T00:00:00.000Z\"}]}";
    const struct question q = { .method = "POST", .accept = MEDIA, .type = MEDIA };
    ent_str url = ent_arena_printf(p->arena, "%sobjects/", p->server->url);
    http_fetch_reply reply;

    if (url.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(fetch(p, &q, url.ptr, (ent_span){ text, sizeof text - 1 }, false, &reply, err));
    if (reply.status != 202 && reply.status != 200)
        return ent_fail(err, ENT_DENIED, "%s: adding two objects is answered with %ld", url.ptr,
                        reply.status);
    return ENT_OK;
}

static ent_code next_find(const struct probe *p, unsigned flags, ent_str *next, ent_err *err)
{
    const struct question q = { .method = "GET", .accept = MEDIA };
    ent_str url = ent_arena_printf(
        p->arena, "%sobjects/?limit=1%s", p->server->url,
        (flags & NODE_PROBE_AFTER) != 0 ? "&added_after=2020-01-01T00:00:00.000000Z" : "");
    http_fetch_reply reply;
    ent_err why = { 0 };
    ent_json json;

    *next = (ent_str){ "", 0 };
    if (url.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(fetch(p, &q, url.ptr, (ent_span){ NULL, 0 }, false, &reply, err));
    if (ent_json_read(p->arena, reply.body, &json, &why) == ENT_OK)
        *next = ent_json_get_text(json, "next");
    return ENT_OK;
}

static ent_code gzip_make(ent_arena *arena, const char *text, ent_span *out, ent_err *err)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text) };
    size_t room = strlen(text) + 128;
    uint8_t *bytes = ent_arena_alloc(arena, room);
    int rc;

    if (bytes == NULL)
        return ent_fail_arena(err);
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return ent_fail(err, ENT_MEMORY, "no memory to pack a body");
    z.next_out = bytes;
    z.avail_out = (uInt)room;
    rc = deflate(&z, Z_FINISH);
    *out = (ent_span){ bytes, room - z.avail_out };
    (void)deflateEnd(&z);
    return rc == Z_STREAM_END ? ENT_OK : ent_fail(err, ENT_BUG, "a body cannot be packed");
}

/* ---- one question ---- */

static ent_code url_make(const struct probe *p, const struct question *q, ent_str *url,
                         ent_err *err)
{
    ent_str next = { "", 0 };

    if ((q->flags & NODE_PROBE_NEXT) != 0)
        ENT_TRY(next_find(p, q->flags, &next, err));
    if (q->path[0] == '/') /* the one that is the root's */
        *url = ent_arena_printf(p->arena, "%.*s/%.*s%s", ENT_STR_ARG(p->origin),
                                ENT_STR_ARG(p->root), strchr(q->path + 1, '/'));
    else
        *url = ent_arena_printf(p->arena, "%s%s%.*s", p->server->url, q->path, ENT_STR_ARG(next));
    return url->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code question_put(const struct probe *p, const struct question *q, node_probe_row *row,
                             ent_err *err)
{
    bool gzip = (q->flags & NODE_PROBE_GZIP) != 0;
    ent_span body = { q->body, q->body == NULL ? 0 : strlen(q->body) };
    http_fetch_reply reply;
    ent_err why = { 0 };
    ent_str url;

    *row = (node_probe_row){ q->name, q->medallion, q->opentaxii, q->wanted, 0, false, false };
    ENT_TRY(url_make(p, q, &url, err));
    if (gzip)
        ENT_TRY(gzip_make(p->arena, q->body, &body, err));
    if (fetch(p, q, url.ptr, body, gzip, &reply, &why) != ENT_OK)
        return ENT_OK; /* no answer is an answer, too */
    row->got = reply.status;
    row->typed = strncasecmp(reply.type.ptr, MEDIA, sizeof MEDIA - 1) == 0;
    row->good = row->got == row->wanted && row->typed &&
                ((q->flags & NODE_PROBE_EMPTY) == 0 || ent_str_is(reply.body, "{}"));
    return ENT_OK;
}

ent_code node_probe_run(ent_arena *arena, const node_probe_server *server, node_probe_each each,
                        void *arg, ent_err *err)
{
    struct probe p = { .server = server, .arena = arena };

    ENT_TRY(address_split(&p, err));
    ENT_TRY(objects_add(&p, err));
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        node_probe_row row;

        ENT_TRY(question_put(&p, &questions[i], &row, err));
        ENT_TRY(each(arg, &row, err));
    }
    return ENT_OK;
}
