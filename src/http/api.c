#include "http/api.h"

#include "base/limits.h"
#include "http/api_int.h"
#include "http/gate_int.h"
#include "http/page_int.h"
#include "http/pin_int.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MEMORY   ((size_t)256 << 20)
#define CONNECTION_LIMIT 15000U
#define QUEUE_LIMIT      1024
#define DROP_LIMIT       ((uint64_t)256 << 20) /* of a refused body, before the line is cut */
#define STREAM_BLOCK     4096
#define STOP_PATIENCE    8000 /* ms */

/* Only suites with forward secrecy and AEAD: none of RFC 7540 appendix A.  The group for
 * which most clients send their share comes first, or each handshake is begun twice. */
static const char priorities[] =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:"
    "+CHACHA20-POLY1305:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-MAC-ALL:+AEAD:-GROUP-ALL:+GROUP-X25519:"
    "+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE";

/* ---- what handlers use ---- */

struct field_search {
    const char *name, *value;
    unsigned count;
    ent_arena *arena;
    ent_str joined;
};

static enum MHD_Result field_find(void *arg, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct field_search *search = arg;

    (void)kind;
    if (strcasecmp(name, search->name) != 0)
        return MHD_YES;
    if (value == NULL)
        value = "";
    search->value = value;
    search->joined = search->count++ == 0 ? ent_str_of(value)
                                          : ent_arena_printf(search->arena, "%.*s, %s",
                                                             ENT_STR_ARG(search->joined), value);
    return search->joined.ptr == NULL ? MHD_NO : MHD_YES;
}

static struct field_search field_search(const http_request *request, const char *name)
{
    const struct api_exchange *e = (const struct api_exchange *)(const void *)request;
    struct field_search search = { .name = name, .arena = request->arena };

    (void)MHD_get_connection_values(e->mhd, MHD_HEADER_KIND, field_find, &search);
    return search;
}

const char *http_request_header(const http_request *request, const char *name)
{
    struct field_search search = field_search(request, name);

    return search.count > 1 ? "" : search.value;
}

ent_str http_request_list(const http_request *request, const char *name)
{
    return field_search(request, name).joined;
}

/* Nobody is asked who signed it: the pin is what is trusted, so only its dates count. */
static void pin_read(struct api_connection *c)
{
    const gnutls_datum_t *chain;
    gnutls_x509_crt_t crt;
    time_t now = time(NULL);
    unsigned count = 0;

    c->shown = API_PIN_NONE;
    chain = c->line.session == NULL ? NULL : gnutls_certificate_get_peers(c->line.session, &count);
    if (chain == NULL || count == 0 || gnutls_x509_crt_init(&crt) < 0)
        return;
    if (gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) >= 0 &&
        gnutls_x509_crt_get_activation_time(crt) <= now &&
        gnutls_x509_crt_get_expiration_time(crt) > now && http_pin_of(crt, c->pin))
        c->shown = API_PIN_SHOWN;
    gnutls_x509_crt_deinit(crt);
}

bool http_request_pin(const http_request *request, uint8_t pin[32])
{
    const struct api_exchange *e = (const struct api_exchange *)(const void *)request;
    struct api_connection *c = e->connection;

    if (c->shown == API_PIN_UNKNOWN)
        pin_read(c);
    if (c->shown == API_PIN_SHOWN)
        memcpy(pin, c->pin, sizeof c->pin);
    return c->shown == API_PIN_SHOWN;
}

void http_reply_header(http_reply *reply, const char *name, const char *value)
{
    ENT_ASSERT(reply->header_count < HTTP_REPLY_HEADERS);
    reply->headers[reply->header_count].name = name;
    reply->headers[reply->header_count++].value = value;
}

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

static void connection_noticed(void *arg, struct MHD_Connection *mhd, void **context,
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
static void *target_come(void *arg, const char *target, struct MHD_Connection *mhd)
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
    c->line.begun = true;
    c->loop->exchanges++;
    return e;
}

static void request_done(void *arg, struct MHD_Connection *mhd, void **context,
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

static void refuse(struct api_exchange *e, unsigned status)
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

static void streams_resume(struct api_loop *loop)
{
    for (struct http_line *line = loop->loop.lines; line != NULL; line = line->next) {
        struct api_exchange *e = ((struct api_connection *)(void *)line)->exchange;

        if (e == NULL || !e->waiting)
            continue;
        e->waiting = false;
        MHD_resume_connection(e->mhd);
        loop->loop.resumed = true;
    }
}

void http_api_wake(http_api *api)
{
    (void)atomic_fetch_add(&api->wakes, 1);
    for (size_t i = 0; i < api->loop_count; i++)
        http_loop_wake(&api->loops[i].loop);
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

    if (response != NULL)
        e->connection->line.phase = HTTP_PHASE_BUSY;
    return http_reply_queue(e->mhd, &e->reply, response, ending);
}

/* ---- work that may take long ---- */

static void queue_put(struct api_queue *queue, struct api_exchange *e)
{
    e->next = NULL;
    *queue->last = e;
    queue->last = &e->next;
    queue->count++;
}

static struct api_exchange *queue_take(struct api_queue *queue)
{
    struct api_exchange *e = queue->first;

    if (e == NULL)
        return NULL;
    queue->first = e->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    queue->count--;
    return e;
}

/* False: refused.  Once it is queued it may be a worker's: not even its stage is looked at. */
static bool work_queue(struct api_exchange *e, enum api_stage stage)
{
    http_api *api = e->connection->loop->api;
    struct api_queue *queue = stage == API_BEGIN ? &api->begin : &api->finish;
    bool full;

    (void)pthread_mutex_lock(&api->lock);
    full = queue->count >= QUEUE_LIMIT;
    if (!full) {
        /* Suspended before a worker can see it, or it would resume what runs. */
        MHD_suspend_connection(e->mhd);
        e->connection->line.phase = HTTP_PHASE_BUSY;
        e->connection->loop->asleep++;
        e->asleep = true;
        e->stage = stage;
        queue_put(queue, e);
        (void)pthread_cond_signal(&api->more);
    }
    (void)pthread_mutex_unlock(&api->lock);
    if (full)
        refuse(e, 503);
    return !full;
}

/* Waits for work; NULL: there will be none.  `*began`: the last piece was of the first queue. */
static struct api_exchange *work_take(http_api *api, bool *began)
{
    struct api_exchange *e = NULL;

    (void)pthread_mutex_lock(&api->lock);
    if (*began) {
        api->beginning--;
        (void)pthread_cond_signal(&api->more);
    }
    for (;;) {
        e = queue_take(&api->finish);
        *began = e == NULL && api->beginning < (api->config.workers + 1) / 2;
        if (*began) {
            e = queue_take(&api->begin);
            *began = e != NULL;
        }
        if (e != NULL || (api->workers_end && api->begin.first == NULL))
            break;
        (void)pthread_cond_wait(&api->more, &api->lock);
    }
    api->beginning += *began;
    (void)pthread_mutex_unlock(&api->lock);
    return e;
}

static enum api_stage stage_after(http_next next)
{
    return next == HTTP_BODY ? API_TAKE : API_ANSWER;
}

struct worker {
    http_api *api;
    size_t slot;
};

static void *worker_run(void *arg)
{
    struct worker worker = *(struct worker *)arg;
    const http_api_config *config = &worker.api->config;
    struct api_loop *loop;
    bool began = false;

    free(arg);
    for (struct api_exchange *e; (e = work_take(worker.api, &began)) != NULL;) {
        e->request.slot = worker.slot;
        e->request.on_worker = true;
        if (e->stage == API_BEGIN) {
            e->stage = stage_after(config->begin(config->arg, &e->request, &e->reply));
        } else {
            config->finish(config->arg, &e->request, &e->reply);
            e->stage = API_ANSWER;
        }
        loop = e->connection->loop;
        MHD_resume_connection(e->mhd);
        /* Not libmicrohttpd's business when it has no threads of its own. */
        http_loop_wake(&loop->loop);
    }
    return NULL;
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
        refuse(e, 503);
    else if (!http_head_read(e->mhd, version, &head) || e->target[0] != '/')
        refuse(e, 400);
    else if (size > ENT_LIMIT_URI_SIZE)
        refuse(e, 414);
    else if (info != NULL && info->header_size > ENT_LIMIT_HEAD_SIZE + size)
        refuse(e, 431);
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
        refuse(e, 503);
    if (e->stage == API_ANSWER && e->at_once)
        return reply_queue(e);
    if (e->request.has_body)
        http_line_body(&c->line);
    else
        c->line.phase = HTTP_PHASE_BUSY;
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
            e->stage = stage_after(next);
        else if (work_queue(e, API_BEGIN))
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

static enum MHD_Result request_serve(void *arg, struct MHD_Connection *mhd, const char *url,
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
        if (work_queue(e, API_FINISH))
            return MHD_YES;
    }
    return reply_queue(e);
}

/* ---- loops ---- */

static void *loop_run(void *arg)
{
    struct api_loop *loop = arg;
    int64_t swept = http_now(), stop = 0;
    MHD_socket quiet;

    for (;;) {
        int64_t now;

        http_loop_wait(&loop->loop, 250);
        now = http_now();
        if (now - swept >= 500) {
            http_loop_sweep(&loop->loop, now);
            swept = now;
        }
        if (loop->woken != atomic_load(&loop->api->wakes)) {
            loop->woken = atomic_load(&loop->api->wakes);
            streams_resume(loop);
        }
        if (!atomic_load(&loop->api->ending))
            continue;
        streams_resume(loop);
        if (stop == 0) {
            stop = now + STOP_PATIENCE;
            quiet = MHD_quiesce_daemon(loop->loop.daemon);
            if (quiet != MHD_INVALID_SOCKET)
                (void)close(quiet);
        }
        if (loop->exchanges == 0 || (now > stop && loop->asleep == 0))
            break;
    }
    return NULL;
}

static struct MHD_Daemon *daemon_start(http_api *api, struct api_loop *loop, int fd)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_KEY, 0, api->key },
        { MHD_OPTION_HTTPS_MEM_CERT, 0, api->certificate },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities },
        { MHD_OPTION_END, 0, NULL },
    };

    if (api->certificate != NULL)
        flags |= MHD_USE_TLS;
    else
        tls[0] = tls[3];
    return MHD_start_daemon(
        flags, 0, NULL, NULL, request_serve, loop, MHD_OPTION_EXTERNAL_LOGGER, http_loop_log,
        &loop->loop, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_NOTIFY_CONNECTION, connection_noticed, loop, MHD_OPTION_NOTIFY_COMPLETED,
        request_done, loop, MHD_OPTION_URI_LOG_CALLBACK, target_come, loop,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTION_LIMIT, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        HTTP_LINE_POOL, MHD_OPTION_CONNECTION_TIMEOUT, 120U, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
}

static ent_code loop_start(http_api *api, struct api_loop *loop, ent_err *err)
{
    const http_api_config *config = &api->config;
    int fd = dup(config->listen_fd);

    if (fd < 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no descriptor for the listener");
    if (http_loop_open(&loop->loop, err) != ENT_OK) {
        (void)close(fd);
        http_loop_close(&loop->loop);
        return ENT_UNAVAILABLE;
    }
    loop->loop.also = -1;
    loop->loop.tls = config->certificate != NULL;
    loop->loop.slow_seconds = config->slow_seconds;
    loop->loop.idle_seconds =
        config->idle_seconds > 0 ? config->idle_seconds : config->slow_seconds;
    loop->loop.bytes_per_second = config->bytes_per_second;
    loop->loop.refuse = config->refuse;
    loop->loop.daemon = daemon_start(api, loop, fd);
    if (loop->loop.daemon == NULL) {
        (void)close(fd);
        http_loop_close(&loop->loop);
        return ent_fail(err, ENT_UNAVAILABLE, "the HTTPS listener does not start");
    }
    if (pthread_create(&loop->thread, NULL, loop_run, loop) != 0) {
        MHD_stop_daemon(loop->loop.daemon);
        http_loop_close(&loop->loop);
        return ent_fail(err, ENT_UNAVAILABLE, "no thread for the HTTPS listener");
    }
    return ENT_OK;
}

/* ---- start and stop ---- */

static ent_code worker_start(http_api *api, size_t number, ent_err *err)
{
    struct worker *worker = malloc(sizeof *worker);

    if (worker == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a worker");
    *worker = (struct worker){ api, api->config.loops + number };
    if (pthread_create(&api->workers[number], NULL, worker_run, worker) != 0) {
        free(worker);
        return ent_fail(err, ENT_UNAVAILABLE, "no thread for a worker");
    }
    return ENT_OK;
}

/* Loops first: while they end, workers answer what sleeps. */
static void api_free(http_api *api)
{
    for (size_t i = 0; i < api->loop_count; i++)
        (void)pthread_join(api->loops[i].thread, NULL);
    (void)pthread_mutex_lock(&api->lock);
    api->workers_end = true;
    (void)pthread_cond_broadcast(&api->more);
    (void)pthread_mutex_unlock(&api->lock);
    for (size_t i = 0; i < api->worker_count; i++)
        (void)pthread_join(api->workers[i], NULL);
    for (size_t i = 0; i < api->loop_count; i++) {
        http_loop_unpark(&api->loops[i].loop);
        MHD_stop_daemon(api->loops[i].loop.daemon);
        http_loop_close(&api->loops[i].loop);
        while (api->loops[i].spare_count > 0)
            ent_arena_free(api->loops[i].spare[--api->loops[i].spare_count]);
    }
    if (api->config.listen_fd >= 0)
        (void)close(api->config.listen_fd);
    if (api->key != NULL)
        gnutls_memset(api->key, 0, strlen(api->key));
    free(api->key);
    free(api->certificate);
    free(api->loops);
    free(api->workers);
    (void)pthread_cond_destroy(&api->more);
    (void)pthread_mutex_destroy(&api->lock);
    free(api);
}

ent_code http_api_start(const http_api_config *config, http_api **out, ent_err *err)
{
    http_api *api = calloc(1, sizeof *api);
    ent_code rc = ENT_OK;

    if (api == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the HTTPS listener");
    api->config = *config;
    api->begin.last = &api->begin.first;
    api->finish.last = &api->finish.first;
    atomic_init(&api->body_left, config->body_memory);
    (void)pthread_mutex_init(&api->lock, NULL);
    (void)pthread_cond_init(&api->more, NULL);
    api->loops = calloc(config->loops, sizeof *api->loops);
    api->workers = calloc(config->workers, sizeof *api->workers);
    if (config->certificate != NULL) {
        api->certificate = strdup(config->certificate);
        api->key = strdup(config->key);
    }
    if (api->loops == NULL || api->workers == NULL ||
        (config->certificate != NULL && (api->certificate == NULL || api->key == NULL)))
        rc = ent_fail(err, ENT_MEMORY, "no memory for the HTTPS listener");
    for (size_t i = 0; i < config->workers && rc == ENT_OK; i++) {
        rc = worker_start(api, i, err);
        api->worker_count += rc == ENT_OK;
    }
    for (size_t i = 0; i < config->loops && rc == ENT_OK; i++) {
        api->loops[i].api = api;
        api->loops[i].slot = i;
        rc = loop_start(api, &api->loops[i], err);
        api->loop_count += rc == ENT_OK;
    }
    if (rc != ENT_OK) {
        atomic_store(&api->ending, true);
        api_free(api);
        return rc;
    }
    *out = api;
    return ENT_OK;
}

void http_api_stop(http_api *api)
{
    if (api == NULL)
        return;
    atomic_store(&api->ending, true);
    api_free(api);
}
