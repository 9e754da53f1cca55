/*
 * One connection, and one request on it: from its line to the last byte of its answer.
 *
 * libmicrohttpd calls for the target, the head, each piece of the body and the end; a request
 * goes through the stages of api_int.h.  Whatever the head alone refuses is answered before
 * the body, and closes, since nobody knows where such a request ends.
 */
#include "http/api_int.h"

#include "base/limits.h"
#include "http/gate_int.h"
#include "http/page_int.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define REQUEST_MEMORY ((size_t)256 << 20)
#define DROP_LIMIT     ((uint64_t)256 << 20) /* of a refused body, before the line is cut */
#define STREAM_BLOCK   4096

/* ---- connections ---- */

static struct api_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void exchange_free(struct api_loop *loop, struct api_exchange *e)
{
    ent_arena *arena = e == NULL ? NULL : e->request.arena;

    if (e == NULL)
        return;
    http_body_release(&e->body);
    if (arena != NULL && loop->spare_count < API_SPARE && ent_arena_used(arena) <= API_SPARE_SIZE) {
        ent_arena_reset(arena);
        loop->spare[loop->spare_count++] = arena;
    } else {
        ent_arena_free(arena);
    }
    free(e);
}

static ent_arena *arena_take(struct api_loop *loop)
{
    return loop->spare_count > 0 ? loop->spare[--loop->spare_count] : ent_arena_new(REQUEST_MEMORY);
}

static void awake(struct api_exchange *e)
{
    e->connection->loop->asleep -= e->asleep;
    e->asleep = false;
}

static void connection_begun(struct api_loop *loop, struct MHD_Connection *mhd, void **context)
{
    struct api_connection *c = calloc(1, sizeof *c);
    const http_api_config *config = &loop->api->config;

    *context = c;
    if (c == NULL)
        return; /* its first request finds no context and closes it */
    c->loop = loop;
    http_line_begin(&loop->loop, &c->line, mhd);
    if (c->line.session != NULL && config->asks_certificate != NULL &&
        config->asks_certificate(config->arg))
        gnutls_certificate_server_set_request(c->line.session, GNUTLS_CERT_REQUEST);
}

void http_api_connection(void *arg, struct MHD_Connection *mhd, void **context,
                         enum MHD_ConnectionNotificationCode what)
{
    struct api_loop *loop = arg;
    struct api_connection *c = *context;

    if (what != MHD_CONNECTION_NOTIFY_CLOSED) {
        connection_begun(loop, mhd, context);
        return;
    }
    if (c == NULL)
        return;
    http_line_end(&c->line);
    if (c->exchange != NULL) {
        awake(c->exchange);
        loop->exchanges--;
    }
    exchange_free(c->loop, c->exchange);
    free(c);
    *context = NULL;
}

/* The request line is whole: a request has begun.  What is returned becomes the
 * request's context. */
void *http_api_target(void *arg, const char *target, struct MHD_Connection *mhd)
{
    struct api_connection *c = connection_of(mhd);
    size_t size = strlen(target);
    struct api_exchange *e;

    (void)arg;
    if (c == NULL)
        return NULL;
    http_line_turn(&c->line);
    if (c->exchange != NULL)
        return NULL;
    e = calloc(1, sizeof *e + size + 1);
    if (e == NULL)
        return NULL;
    memcpy(e->target, target, size);
    e->mhd = mhd;
    e->connection = c;
    c->exchange = e;
    http_line_begun(&c->line);
    c->loop->exchanges++;
    return e;
}

void http_api_done(void *arg, struct MHD_Connection *mhd, void **context,
                   enum MHD_RequestTerminationCode how)
{
    struct api_connection *c = connection_of(mhd);

    (void)arg;
    (void)how;
    *context = NULL;
    if (c != NULL)
        http_line_turn(&c->line);
    if (c == NULL || c->exchange == NULL)
        return;
    awake(c->exchange);
    exchange_free(c->loop, c->exchange);
    c->exchange = NULL;
    c->loop->exchanges--;
    http_line_next(&c->line);
}

/* ---- answers ---- */

void http_api_refuse(struct api_exchange *e, unsigned status)
{
    e->reply = (http_reply){ 0 };
    e->connection->loop->api->config.refuse(status, &e->reply);
    e->stage = API_ANSWER;
}

/* More of a stream.  What has nothing to say sleeps until http_api_wake. */
static ssize_t stream_come(void *arg, uint64_t at, char *bytes, size_t room)
{
    struct api_exchange *e = arg;
    const http_stream *stream = e->reply.stream;
    size_t size;

    (void)at;
    if (atomic_load(&e->connection->loop->api->ending))
        return MHD_CONTENT_READER_END_OF_STREAM;
    size = stream->read(stream->arg, bytes, room);
    if (size > 0)
        return (ssize_t)size;
    e->waiting = true;
    MHD_suspend_connection(e->mhd);
    return 0;
}

void http_api_streams_resume(struct api_loop *loop)
{
    for (struct http_line *line = loop->loop.lines[HTTP_PHASE_BUSY].first; line != NULL;
         line = line->next) {
        struct api_exchange *e = ((struct api_connection *)(void *)line)->exchange;

        if (e == NULL || !e->waiting)
            continue;
        e->waiting = false;
        http_line_resume(line);
    }
}

static struct MHD_Response *response_new(struct api_exchange *e)
{
    const http_reply *reply = &e->reply;

    if (reply->stream != NULL)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_come, e,
                                                 NULL);
    /* The body lives in the request's arena or for ever, so nothing is copied. */
    return MHD_create_response_from_buffer(reply->body.size, (void *)(uintptr_t)reply->body.ptr,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result reply_queue(struct api_exchange *e)
{
    bool ending = atomic_load(&e->connection->loop->api->ending);
    struct MHD_Response *response = response_new(e);
    enum MHD_Result rc;

    if (response == NULL)
        return MHD_NO;
    http_line_busy(&e->connection->line);
    http_reply_fields(&e->reply, response);
    if (ending)
        (void)MHD_add_response_header(response, "Connection", "close");
    rc = MHD_queue_response(e->mhd, e->reply.status, response);
    MHD_destroy_response(response);
    return rc;
}

enum api_stage http_api_stage_after(http_next next)
{
    return next == HTTP_BODY ? API_TAKE : API_ANSWER;
}

/* ---- one request ---- */

/* What the head alone decides; false: answered. */
static bool head_read(struct api_exchange *e, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(e->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t size = strlen(e->target), path = strcspn(e->target, "?");
    const char *expect;
    struct timespec now;
    http_head head;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    e->request.began = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    e->request.method = method;
    e->request.path = (ent_str){ e->target, path };
    e->request.query =
        path < size ? (ent_str){ e->target + path + 1, size - path - 1 } : (ent_str){ "", 0 };
    e->request.slot = e->connection->loop->slot;
    e->request.arena = arena_take(e->connection->loop);
    if (e->request.arena == NULL)
        http_api_refuse(e, 503);
    else if (!http_head_read(e->mhd, version, &head) || e->target[0] != '/')
        http_api_refuse(e, 400);
    else if (size > ENT_LIMIT_URI_SIZE)
        http_api_refuse(e, 414);
    else if (info != NULL && info->header_size > ENT_LIMIT_HEAD_SIZE + size)
        http_api_refuse(e, 431);
    /* Where such a request ends is not known for sure: nothing may follow it. */
    e->at_once = e->stage != API_NEW;
    if (e->at_once)
        return false;
    e->request.has_body = head.chunked || head.length > 0;
    e->request.length = head.length;
    expect = http_request_header(&e->request, "Expect");
    e->at_once = e->request.has_body && expect != NULL && strcasecmp(expect, "100-continue") == 0;
    return true;
}

/* libmicrohttpd's first call is over: the body may come. */
static enum MHD_Result head_decided(struct api_exchange *e)
{
    struct api_connection *c = e->connection;

    e->in_head = false;
    if (e->stage == API_TAKE && http_body_init(&e->body, &c->loop->api->body_left, e->request.limit,
                                               e->request.inflate) != ENT_OK)
        http_api_refuse(e, 503);
    if (e->stage == API_ANSWER && e->at_once)
        return reply_queue(e);
    if (e->request.has_body)
        http_line_body(&c->line);
    else
        http_line_busy(&c->line);
    return MHD_YES;
}

static enum MHD_Result head_come(struct api_exchange *e, const char *method, const char *version)
{
    const http_api_config *config = &e->connection->loop->api->config;
    http_next next;

    e->in_head = true;
    if (head_read(e, method, version)) {
        next = config->begin(config->arg, &e->request, &e->reply);
        if (next != HTTP_WAIT)
            e->stage = http_api_stage_after(next);
        else if (http_api_work_put(e, API_BEGIN))
            return MHD_YES;
    }
    return head_decided(e);
}

static enum MHD_Result body_come(struct api_exchange *e, const char *bytes, size_t size)
{
    struct api_connection *c = e->connection;

    c->line.progress = http_now();
    c->line.body_bytes += size;
    if (e->stage == API_TAKE && e->request.body_rc == ENT_OK)
        e->request.body_rc = http_body_put(&e->body, bytes, size);
    else
        e->dropped += size;
    if (e->stage == API_TAKE && e->request.body_rc != ENT_OK) {
        const http_api_config *config = &c->loop->api->config;

        http_body_release(&e->body);
        config->finish(config->arg, &e->request, &e->reply);
        e->stage = API_ANSWER;
    }
    if (e->dropped <= DROP_LIMIT)
        return MHD_YES;
    http_line_send(&c->line, &e->reply);
    return MHD_NO;
}

enum MHD_Result http_api_serve(void *arg, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **context)
{
    struct api_exchange *e = *context;
    size_t size = *upload_size;

    (void)arg;
    (void)mhd;
    (void)url;
    if (e == NULL)
        return MHD_NO;
    http_line_turn(&e->connection->line);
    awake(e);
    if (e->stage == API_NEW)
        return head_come(e, method, version);
    if (e->in_head) /* back from a worker */
        return head_decided(e);
    *upload_size = 0;
    if (size > 0)
        return body_come(e, upload, size);
    if (e->stage == API_TAKE) {
        e->request.body_rc = http_body_end(&e->body);
        e->request.body =
            (ent_span){ e->body.size == 0 ? "" : (const char *)e->body.bytes, e->body.size };
        if (http_api_work_put(e, API_FINISH))
            return MHD_YES;
    }
    return reply_queue(e);
}
