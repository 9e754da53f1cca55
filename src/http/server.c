#include "http/server.h"

#include "base/planted.h"
#include "http/folder_int.h"
#include "http/gate_int.h"
#include "http/held_int.h"
#include "http/loop_int.h"
#include "http/page_int.h"
#include "http/pin_int.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLDER_SIZE 1024

/* How long the answers under way are waited for when all ends. */
#define STOP_PATIENCE 2000 /* ms */

/* One TCP connection, from accept to close. */
struct peer_connection {
    struct http_line line; /* first: a connection is its line */
    struct server_loop *loop;
    bool known; /* the folder was looked up */
    bool allowed;
    bool busy; /* a request is being answered */
    char folder[FOLDER_SIZE];
    char *target; /* of this request, as sent; NULL between requests */
    struct http_page page;
};

/* A loop and its thread, which alone touches it and its connections. */
struct server_loop {
    struct http_loop loop; /* first: so that callbacks of either may have it */
    http_server *server;
    struct http_waiting waiting;
    size_t busy; /* requests that are being answered, the held too */
    pthread_t thread;
};

struct http_server {
    http_server_config config;
    char *certificate, *key;
    struct MHD_Response *absent;
    struct server_loop *loops;
    size_t loop_count; /* whose thread runs */
    struct http_maker maker;
    atomic_bool ending;
};

/* ---- connections ---- */

static struct peer_connection *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void busy_set(struct peer_connection *peer, bool busy)
{
    peer->loop->busy += (size_t)busy - (size_t)peer->busy;
    peer->busy = busy;
    if (busy)
        http_line_busy(&peer->line);
}

static void connection_noticed(void *arg, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    struct server_loop *loop = arg;
    struct peer_connection *peer = *context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (peer == NULL)
            return;
        busy_set(peer, false);
        http_line_end(&peer->line);
        http_page_drop(&peer->page);
        free(peer->target);
        free(peer);
        *context = NULL;
        return;
    }
    peer = calloc(1, sizeof *peer);
    *context = peer;
    if (peer == NULL)
        return; /* its first request finds no context and closes it */
    peer->loop = loop;
    http_line_begin(&loop->loop, &peer->line, connection);
    /* Without a client certificate the handshake fails: nobody unknown speaks HTTP. */
    if (peer->line.session != NULL)
        gnutls_certificate_server_set_request(peer->line.session, GNUTLS_CERT_REQUIRE);
}

/* Whose connection is it?  Looked up once; an unknown key stays unknown. */
static bool peer_allowed(http_server *server, struct peer_connection *peer)
{
    const gnutls_datum_t *chain;
    gnutls_x509_crt_t crt = NULL;
    unsigned count = 0;
    uint8_t pin[HTTP_PIN_SIZE];

    if (peer->line.session == NULL)
        return false;
    if (peer->known)
        return peer->allowed;
    chain = gnutls_certificate_get_peers(peer->line.session, &count);
    if (chain != NULL && count > 0 && gnutls_x509_crt_init(&crt) >= 0 &&
        gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) >= 0 && http_pin_of(crt, pin))
        peer->allowed =
            server->config.peer(server->config.arg, pin, peer->folder, sizeof peer->folder);
    if (crt != NULL)
        gnutls_x509_crt_deinit(crt);
    peer->known = true;
    return peer->allowed;
}

/* ---- what a request may look like ---- */

/* No request here has a body. */
static bool head_is_plain(struct MHD_Connection *connection, const char *version)
{
    http_head head;

    return http_head_read(connection, version, &head) && !head.chunked && head.length == 0;
}

/* ---- answers ---- */

/* "bytes=N-": what is left of a file.  Anything else is answered whole. */
static off_t range_start(struct MHD_Connection *connection, off_t size)
{
    const char *range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Range");
    off_t start = 0;

    if (range == NULL || strncmp(range, "bytes=", 6) != 0)
        return 0;
    for (range += 6; *range >= '0' && *range <= '9' && start <= HTTP_FILE_LIMIT; range++)
        start = start * 10 + (*range - '0');
    return strcmp(range, "-") == 0 && start < size ? start : 0;
}

static enum MHD_Result file_answer(struct MHD_Connection *connection, int fd, off_t size,
                                   const char *folder, const char *name)
{
    off_t start = range_start(connection, size);
    struct MHD_Response *response =
        MHD_create_response_from_fd_at_offset64((uint64_t)(size - start), fd, (uint64_t)start);
    enum MHD_Result rc;
    char range[80];

    if (response == NULL) {
        (void)close(fd);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", "application/octet-stream");
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    ENT_PLANT(ent_plant_border(response, folder, name));
    (void)folder;
    (void)name;
    if (start > 0) {
        (void)snprintf(range, sizeof range, "bytes %lld-%lld/%lld", (long long)start,
                       (long long)size - 1, (long long)size);
        (void)MHD_add_response_header(response, "Content-Range", range);
    }
    rc = MHD_queue_response(connection, start > 0 ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK,
                            response);
    MHD_destroy_response(response);
    return rc;
}

/* What one request has been through; the address alone is the mark. */
static const char seen_mark, held_mark, page_mark, made_mark;

static enum MHD_Result answer(http_server *server, struct MHD_Connection *connection,
                              struct peer_connection *peer, const char *url, void **context)
{
    size_t prefix = strlen(server->config.prefix);
    const char *after, *beside, *folder = peer->folder;
    char other[FOLDER_SIZE];
    off_t size;
    int fd;

    if (!peer_allowed(server, peer) || strncmp(url, server->config.prefix, prefix) != 0 ||
        !http_folder_name(url + prefix))
        return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->absent);
    url += prefix;
    after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
    if (*context != &held_mark && after != NULL && strcmp(url, server->config.held) == 0) {
        *context = (void *)(uintptr_t)&held_mark;
        beside = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "beside");
        if (!atomic_load(&server->ending) &&
            http_waiting_join(&peer->loop->waiting, &peer->line, peer->folder, after, beside))
            return MHD_YES;
    }
    if (server->config.elsewhere != NULL &&
        server->config.elsewhere(server->config.arg, folder, &url, other, sizeof other))
        folder = other;
    fd = http_folder_open(folder, url, &size);
#ifdef ENT_PLANTS
    if (ENT_PLANTED(FORBIDDEN) && fd < 0 && ent_plant_other_has(peer->folder, url))
        return MHD_queue_response(connection, MHD_HTTP_FORBIDDEN, server->absent);
#endif
    if (fd < 0)
        return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->absent);
    return file_answer(connection, fd, size, folder, url);
}

/* Whoever reads pages is told so when it tries to write. */
static bool reads_pages(http_server *server, struct peer_connection *peer)
{
    return server->config.pages != NULL && peer->target != NULL && peer_allowed(server, peer) &&
           server->config.pages(server->config.arg, peer->folder);
}

static enum MHD_Result page_ask(http_server *server, struct peer_connection *peer,
                                const char *method, void **context)
{
    *context = (void *)(uintptr_t)&made_mark;
    peer->page = (struct http_page){
        .line = &peer->line, .method = method, .target = peer->target, .who = peer->folder
    };
    http_page_ask(&server->maker, &peer->page);
    return MHD_YES;
}

static enum MHD_Result request_serve(void *arg, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_size, void **context)
{
    http_server *server = ((struct server_loop *)arg)->server;
    struct peer_connection *peer = peer_of(connection);
    http_head head;

    (void)upload;
    if (peer != NULL)
        http_line_turn(&peer->line);
    if (peer == NULL || *upload_size != 0)
        return MHD_NO; /* closes */
    if (*context == &page_mark)
        return page_ask(server, peer, method, context);
    if (*context == &made_mark)
        return http_page_answer(&peer->page);
    if (*context != NULL)
        return answer(server, connection, peer, url, context);
    /* The head is whole; the answer is given on the next call, or now if a body would follow. */
    *context = (void *)(uintptr_t)&seen_mark;
    if (reads_pages(server, peer)) {
        if (!http_head_read(connection, version, &head))
            return MHD_NO;
        busy_set(peer, true);
        *context = (void *)(uintptr_t)&page_mark;
        /* Answered in the first call, it would be the last on its line. */
        if (!head.chunked && head.length == 0)
            return MHD_YES;
        return page_ask(server, peer, method, context);
    }
    if (!head_is_plain(connection, version) ||
        (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0))
        return MHD_NO;
    busy_set(peer, true);
    return MHD_YES;
}

/* The request line is whole: a request has begun. */
static void *target_come(void *arg, const char *target, struct MHD_Connection *connection)
{
    struct peer_connection *peer = peer_of(connection);

    (void)arg;
    if (peer == NULL)
        return NULL;
    http_line_turn(&peer->line);
    http_line_begun(&peer->line);
    free(peer->target);
    peer->target = strdup(target);
    return NULL;
}

static void request_done(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    struct peer_connection *peer = peer_of(connection);

    (void)arg;
    (void)context;
    (void)how;
    if (peer == NULL)
        return;
    http_line_turn(&peer->line);
    busy_set(peer, false);
    http_line_next(&peer->line);
}

static void refuse(unsigned status, http_reply *reply)
{
    *reply =
        (http_reply){ .status = status, .type = "text/plain", .body = ENT_STR("not served\n") };
}

/* ---- loops ---- */

static void *loop_run(void *arg)
{
    struct server_loop *loop = arg;
    int64_t now = http_now(), stop = 0;

    for (;;) {
        http_loop_wait(&loop->loop, http_waiting_left(&loop->waiting, now,
                                                      http_loop_left(&loop->loop, now, 500)));
        now = http_now();
        http_waiting_look(&loop->waiting, now);
        http_loop_sweep(&loop->loop, now);
        if (!atomic_load(&loop->server->ending))
            continue;
        http_waiting_dismiss(&loop->waiting);
        if (stop == 0)
            stop = now + STOP_PATIENCE;
        if (loop->busy == 0 || now > stop)
            return NULL;
    }
}

static struct MHD_Daemon *daemon_start(struct http_loop *http)
{
    struct server_loop *loop = (struct server_loop *)(void *)http;

    return MHD_start_daemon(
        MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            MHD_USE_NO_LISTEN_SOCKET,
        0, NULL, NULL, request_serve, loop, MHD_OPTION_EXTERNAL_LOGGER, http_loop_log, &loop->loop,
        MHD_OPTION_HTTPS_MEM_KEY, loop->server->key, MHD_OPTION_HTTPS_MEM_CERT,
        loop->server->certificate, MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        MHD_OPTION_NOTIFY_CONNECTION, connection_noticed, loop, MHD_OPTION_NOTIFY_COMPLETED,
        request_done, loop, MHD_OPTION_URI_LOG_CALLBACK, target_come, loop,
        MHD_OPTION_CONNECTION_LIMIT, HTTP_LOOP_LINES, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        HTTP_LINE_POOL, MHD_OPTION_CONNECTION_TIMEOUT, 120U, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
}

static void loop_close(struct server_loop *loop)
{
    http_loop_close(&loop->loop);
    http_waiting_close(&loop->waiting);
}

static ent_code loop_open(struct server_loop *loop, ent_err *err)
{
    const http_server_config *config = &loop->server->config;

    loop->waiting = (struct http_waiting){ .loop = &loop->loop,
                                           .name = config->held,
                                           .beside = config->beside,
                                           .patience = (int64_t)config->hold_seconds * 1000 };
    loop->loop = (struct http_loop){ .daemon_start = daemon_start,
                                     .door = config->listen_fd,
                                     .tls = true,
                                     .slow_seconds = config->head_seconds,
                                     .idle_seconds = config->head_seconds,
                                     .bytes_per_second = 1000,
                                     .refuse = config->refuse != NULL ? config->refuse : refuse,
                                     .epoll = -1,
                                     .wake = -1,
                                     .porch = -1,
                                     .also = -1 };
    ENT_TRY(http_waiting_open(&loop->waiting, err));
    return http_loop_open(&loop->loop, err);
}

static ent_code loop_start(http_server *server, struct server_loop *loop, ent_err *err)
{
    ent_code rc;

    loop->server = server;
    rc = loop_open(loop, err);
    if (rc == ENT_OK && pthread_create(&loop->thread, NULL, loop_run, loop) != 0)
        rc = ent_fail(err, ENT_UNAVAILABLE, "no thread for the listener");
    if (rc != ENT_OK)
        loop_close(loop);
    return rc;
}

/* ---- start and stop ---- */

ent_code http_server_start(const http_server_config *config, http_server **out, ent_err *err)
{
    http_server *server = calloc(1, sizeof *server);
    ent_code rc = ENT_OK;

    if (server == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the listener");
    ENT_ASSERT(config->loops > 0);
    server->config = *config;
    server->maker.make = config->page;
    server->maker.arg = config->arg;
    server->loops = calloc(config->loops, sizeof *server->loops);
    server->absent = MHD_create_response_from_buffer(10, (void *)(uintptr_t) "not found\n",
                                                     MHD_RESPMEM_PERSISTENT);
    server->key = strdup(config->key);
    server->certificate = strdup(config->certificate);
    if (server->loops == NULL || server->absent == NULL || server->key == NULL ||
        server->certificate == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory for the listener");
    if (rc == ENT_OK && config->pages != NULL)
        rc = http_maker_start(&server->maker, err);
    for (unsigned i = 0; i < config->loops && rc == ENT_OK; i++) {
        rc = loop_start(server, &server->loops[i], err);
        server->loop_count += rc == ENT_OK;
    }
    if (rc != ENT_OK) {
        http_server_stop(server);
        return rc;
    }
    *out = server;
    return ENT_OK;
}

void http_server_stop(http_server *server)
{
    if (server == NULL)
        return;
    atomic_store(&server->ending, true);
    for (size_t i = 0; i < server->loop_count; i++)
        http_loop_wake(&server->loops[i].loop);
    for (size_t i = 0; i < server->loop_count; i++)
        (void)pthread_join(server->loops[i].thread, NULL);
    http_maker_stop(&server->maker);
    for (size_t i = 0; i < server->loop_count; i++)
        loop_close(&server->loops[i]);
    (void)close(server->config.listen_fd);
    if (server->absent != NULL)
        MHD_destroy_response(server->absent);
    if (server->key != NULL)
        gnutls_memset(server->key, 0, strlen(server->key));
    free(server->key);
    free(server->certificate);
    free(server->loops);
    free(server);
}
