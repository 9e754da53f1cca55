#include "http/server.h"

#include "base/hash.h"
#include "base/planted.h"
#include "base/text.h"
#include "http/gate_int.h"
#include "http/loop_int.h"
#include "http/page_int.h"
#include "http/pin_int.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_SIZE 1024
#define FILE_LIMIT  ((off_t)64 << 20)

/* How long the answers under way are waited for when all ends. */
#define STOP_PATIENCE 2000 /* ms */

/* How often, and how many at once of those that have waited long enough are answered: ten thousand
 * are answered one handful after the other, with whoever else asks in between. */
#define DUE_GRAIN   20 /* ms */
#define DUE_AT_ONCE 16

/* One TCP connection, from accept to close. */
struct peer_connection {
    struct http_line line; /* first: a connection is its line */
    bool known;            /* the folder was looked up */
    bool allowed;
    bool busy; /* a request is being answered */
    char folder[FOLDER_SIZE];
    char *target; /* of this request, as sent; NULL between requests */
};

/* One held request. */
struct held {
    struct held *next;
    struct MHD_Connection *connection;
    int64_t deadline; /* ms */
    int watch;
};

/* All but `ending` is for the one thread, which runs the daemon. */
struct http_server {
    struct http_loop loop;
    http_server_config config;
    char *certificate, *key;
    struct MHD_Response *absent;
    pthread_t thread;
    struct held *waiting, **waiting_end; /* all wait equally long: who came first is due first */
    size_t busy;                         /* requests that are being answered, the held too */
    atomic_bool ending;
};

/* ---- connections ---- */

static struct peer_connection *peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

static void busy_set(http_server *server, struct peer_connection *peer, bool busy)
{
    if (peer->busy == busy)
        return;
    peer->busy = busy;
    if (busy)
        server->busy++;
    else
        server->busy--;
}

static void connection_noticed(void *arg, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    http_server *server = arg;
    struct peer_connection *peer = *context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (peer == NULL)
            return;
        busy_set(server, peer, false);
        http_line_end(&peer->line);
        free(peer->target);
        free(peer);
        *context = NULL;
        return;
    }
    peer = calloc(1, sizeof *peer);
    *context = peer;
    if (peer == NULL)
        return; /* its first request finds no context and closes it */
    http_line_begin(&server->loop, &peer->line, connection);
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

/* Every part of the path is of [a-z0-9._-] and does not begin with a dot. */
static bool name_is_plain(const char *name)
{
    bool start = true;

    if (*name == '\0')
        return false;
    for (; *name != '\0'; name++) {
        if (*name == '/') {
            if (start)
                return false;
            start = true;
            continue;
        }
        if (!((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') || *name == '_' ||
              *name == '-' || (*name == '.' && !start)))
            return false;
        start = false;
    }
    return !start;
}

/* ---- answers ---- */

/* Opens each part of the path without following links. */
static int file_open(const char *folder, const char *name, off_t *size)
{
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;

    while (at >= 0 && *name != '\0') {
        size_t part = strcspn(name, "/");
        char one[256];
        int next = -1;

        if (part < sizeof one) {
            memcpy(one, name, part);
            one[part] = '\0';
            next = openat(at, one, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        }
        (void)close(at);
        at = next;
        name += part + (name[part] == '/');
    }
    if (at >= 0 && (fstat(at, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_LIMIT)) {
        (void)close(at);
        at = -1;
    }
    if (at >= 0)
        *size = st.st_size;
    return at;
}

/* "bytes=N-": what is left of a file.  Anything else is answered whole. */
static off_t range_start(struct MHD_Connection *connection, off_t size)
{
    const char *range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Range");
    off_t start = 0;

    if (range == NULL || strncmp(range, "bytes=", 6) != 0)
        return 0;
    for (range += 6; *range >= '0' && *range <= '9' && start <= FILE_LIMIT; range++)
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

/* Has the file the content that the client says it has?  No file: as an empty one. */
static bool content_is(const char *folder, const char *name, const char *hex)
{
    char bytes[65536], have[2 * ENT_HASH_SIZE + 1];
    off_t size = 0;
    int fd = file_open(folder, name, &size);
    bool whole =
        size <= (off_t)sizeof bytes && (fd < 0 || pread(fd, bytes, sizeof bytes, 0) == size);
    ent_hash hash;

    if (fd >= 0)
        (void)close(fd);
    if (!whole)
        return false;
    hash = ent_hash_of(bytes, (size_t)size);
    ent_hex_write(hash.bytes, ENT_HASH_SIZE, have);
    return strcmp(hex, have) == 0;
}

/* Suspends the request until the folder changes.  The watch stands before the
 * content is compared, so that no change falls between the two. */
static bool hold_begin(http_server *server, struct MHD_Connection *connection, const char *folder,
                       const char *after)
{
    const char *beside = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "beside");
    struct held *held = calloc(1, sizeof *held);

    if (held == NULL)
        return false;
    held->watch = inotify_add_watch(server->loop.also, folder, IN_MOVED_TO);
    if (held->watch < 0 || atomic_load(&server->ending) ||
        !content_is(folder, server->config.held, after) ||
        (beside != NULL && server->config.beside != NULL &&
         !content_is(folder, server->config.beside, beside))) {
        free(held);
        return false;
    }
    held->connection = connection;
    held->deadline = http_now() + (int64_t)server->config.hold_seconds * 1000;
    *server->waiting_end = held;
    server->waiting_end = &held->next;
    MHD_suspend_connection(connection);
    return true;
}

/* What one request has been through; the address alone is the mark. */
static const char seen_mark, held_mark, page_mark;

static enum MHD_Result answer(http_server *server, struct MHD_Connection *connection,
                              struct peer_connection *peer, const char *url, void **context)
{
    size_t prefix = strlen(server->config.prefix);
    const char *after, *folder = peer->folder;
    char other[FOLDER_SIZE];
    off_t size;
    int fd;

    if (!peer_allowed(server, peer) || strncmp(url, server->config.prefix, prefix) != 0 ||
        !name_is_plain(url + prefix))
        return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->absent);
    url += prefix;
    after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
    if (*context != &held_mark && after != NULL && strcmp(url, server->config.held) == 0) {
        *context = (void *)(uintptr_t)&held_mark;
        if (hold_begin(server, connection, peer->folder, after))
            return MHD_YES;
    }
    if (server->config.elsewhere != NULL &&
        server->config.elsewhere(server->config.arg, folder, &url, other, sizeof other))
        folder = other;
    fd = file_open(folder, url, &size);
#ifdef ENT_PLANTS
    if (ENT_PLANTED(FORBIDDEN) && fd < 0 && ent_plant_other_has(peer->folder, url))
        return MHD_queue_response(connection, MHD_HTTP_FORBIDDEN, server->absent);
#endif
    if (fd < 0)
        return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->absent);
    return file_answer(connection, fd, size, folder, url);
}

/* Whoever reads pages gets them at once, and is told so when it tries to write. */
static bool reads_pages(http_server *server, struct peer_connection *peer)
{
    return server->config.pages != NULL && peer->target != NULL && peer_allowed(server, peer) &&
           server->config.pages(server->config.arg, peer->folder);
}

static enum MHD_Result request_serve(void *arg, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_size, void **context)
{
    http_server *server = arg;
    struct peer_connection *peer = peer_of(connection);
    http_head head;

    (void)upload;
    if (peer != NULL)
        http_line_turn(&peer->line);
    if (peer == NULL || *upload_size != 0)
        return MHD_NO; /* closes */
    if (*context == &page_mark)
        return http_page_answer(connection, method, peer->target, server->config.page,
                                server->config.arg, peer->folder);
    if (*context != NULL)
        return answer(server, connection, peer, url, context);
    /* The head is whole; the answer is given on the next call, or now if a body would follow. */
    *context = (void *)(uintptr_t)&seen_mark;
    if (reads_pages(server, peer)) {
        if (!http_head_read(connection, version, &head))
            return MHD_NO;
        *context = (void *)(uintptr_t)&page_mark;
        peer->line.phase = HTTP_PHASE_BUSY;
        busy_set(server, peer, true);
        if (!head.chunked && head.length == 0)
            return MHD_YES;
        return http_page_answer(connection, method, peer->target, server->config.page,
                                server->config.arg, peer->folder);
    }
    if (!head_is_plain(connection, version) ||
        (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0))
        return MHD_NO;
    peer->line.phase = HTTP_PHASE_BUSY;
    busy_set(server, peer, true);
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
    peer->line.begun = true;
    free(peer->target);
    peer->target = strdup(target);
    return NULL;
}

static void request_done(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    http_server *server = arg;
    struct peer_connection *peer = peer_of(connection);

    (void)context;
    (void)how;
    if (peer == NULL)
        return;
    http_line_turn(&peer->line);
    busy_set(server, peer, false);
    http_line_next(&peer->line);
}

static void refuse(unsigned status, http_reply *reply)
{
    *reply =
        (http_reply){ .status = status, .type = "text/plain", .body = ENT_STR("not served\n") };
}

/* ---- the held ---- */

/* Files are replaced by renaming, so only that event counts, and only for the held
 * name: the temporary file beside it changes before the content does. */
static void inotify_drain(const http_server *server, int *changed, size_t *count, size_t room)
{
    _Alignas(struct inotify_event) char bytes[4096];
    ssize_t got;

    *count = 0;
    while ((got = read(server->loop.also, bytes, sizeof bytes)) > 0)
        for (char *p = bytes; p < bytes + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)p;

            if (*count < room && event->len > 0 &&
                (strcmp(event->name, server->config.held) == 0 ||
                 (server->config.beside != NULL &&
                  strcmp(event->name, server->config.beside) == 0)))
                changed[(*count)++] = event->wd;
            p += sizeof *event + event->len;
        }
}

static bool is_in(int watch, const int *changed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (changed[i] == watch)
            return true;
    return false;
}

/* Takes the one at `at` out of the line and lets it be answered. */
static void held_end(http_server *server, struct held **at)
{
    struct held *held = *at;

    *at = held->next;
    if (*at == NULL)
        server->waiting_end = at;
    MHD_resume_connection(held->connection);
    server->loop.resumed = true;
    free(held);
}

static void held_changed(http_server *server, const int *changed, size_t count)
{
    for (struct held **at = &server->waiting; count > 0 && *at != NULL;)
        if (is_in((*at)->watch, changed, count))
            held_end(server, at);
        else
            at = &(*at)->next;
}

static void held_due(http_server *server, int64_t now)
{
    bool all = atomic_load(&server->ending);

    for (int n = 0; n < DUE_AT_ONCE && server->waiting != NULL; n++) {
        if (!all && now < server->waiting->deadline)
            return;
        held_end(server, &server->waiting);
    }
}

/* Until the next is due; half a second is the grain of other deadlines. */
static int wait_of(const http_server *server, int64_t now)
{
    int64_t left = 500;

    if (server->waiting != NULL && server->waiting->deadline - now < left)
        left = server->waiting->deadline - now;
    return left < DUE_GRAIN ? DUE_GRAIN : (int)left;
}

/* ---- the thread ---- */

static void *server_run(void *arg)
{
    http_server *server = arg;
    int64_t now = http_now(), swept = now, looked = now, stop = 0;

    for (;;) {
        int changed[256];
        size_t count = 0;

        http_loop_wait(&server->loop, wait_of(server, now)); /* changes wake at once */
        now = http_now();
        inotify_drain(server, changed, &count, sizeof changed / sizeof *changed);
        held_changed(server, changed, count);
        if (now - looked >= DUE_GRAIN || atomic_load(&server->ending)) {
            held_due(server, now);
            looked = now;
        }
        if (now - swept >= 500) {
            http_loop_sweep(&server->loop, now);
            swept = now;
        }
        if (!atomic_load(&server->ending))
            continue;
        if (stop == 0)
            stop = now + STOP_PATIENCE;
        if (server->busy == 0 || now > stop)
            return NULL;
    }
}

/* ---- start and stop ---- */

static ent_code daemon_start(http_server *server, ent_err *err)
{
    server->loop.daemon = MHD_start_daemon(
        MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        request_serve, server, MHD_OPTION_EXTERNAL_LOGGER, http_loop_log, &server->loop,
        MHD_OPTION_LISTEN_SOCKET, server->config.listen_fd, MHD_OPTION_HTTPS_MEM_KEY, server->key,
        MHD_OPTION_HTTPS_MEM_CERT, server->certificate, MHD_OPTION_HTTPS_PRIORITIES,
        "NORMAL:-VERS-ALL:+VERS-TLS1.3", MHD_OPTION_NOTIFY_CONNECTION, connection_noticed, server,
        MHD_OPTION_NOTIFY_COMPLETED, request_done, server, MHD_OPTION_URI_LOG_CALLBACK, target_come,
        server, MHD_OPTION_CONNECTION_LIMIT, 15000U, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        HTTP_LINE_POOL, MHD_OPTION_CONNECTION_TIMEOUT, 120U, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (server->loop.daemon == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "the TLS listener does not start");
    return ENT_OK;
}

static void server_free(http_server *server)
{
    if (server->absent != NULL)
        MHD_destroy_response(server->absent);
    if (server->loop.also >= 0)
        (void)close(server->loop.also);
    http_loop_close(&server->loop);
    if (server->key != NULL)
        gnutls_memset(server->key, 0, strlen(server->key));
    free(server->key);
    free(server->certificate);
    free(server);
}

/* All but the daemon and the thread. */
static ent_code server_make(const http_server_config *config, http_server *server, ent_err *err)
{
    server->config = *config;
    server->loop.tls = true;
    server->loop.slow_seconds = server->loop.idle_seconds = config->head_seconds;
    server->loop.bytes_per_second = 1000;
    server->loop.refuse = config->refuse != NULL ? config->refuse : refuse;
    server->loop.also = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    ENT_TRY(http_loop_open(&server->loop, err));
    server->absent = MHD_create_response_from_buffer(10, (void *)(uintptr_t) "not found\n",
                                                     MHD_RESPMEM_PERSISTENT);
    server->key = strdup(config->key);
    server->certificate = strdup(config->certificate);
    if (server->loop.also < 0 || server->absent == NULL || server->key == NULL ||
        server->certificate == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "no resources for the listener: %s", strerror(errno));
    return ENT_OK;
}

ent_code http_server_start(const http_server_config *config, http_server **out, ent_err *err)
{
    http_server *server = calloc(1, sizeof *server);
    ent_code rc;

    if (server == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the listener");
    server->waiting_end = &server->waiting;
    rc = server_make(config, server, err);
    if (rc == ENT_OK)
        rc = daemon_start(server, err);
    if (rc == ENT_OK && pthread_create(&server->thread, NULL, server_run, server) != 0) {
        MHD_stop_daemon(server->loop.daemon);
        rc = ent_fail(err, ENT_UNAVAILABLE, "no thread for the listener");
    }
    if (rc != ENT_OK) {
        server_free(server);
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
    http_loop_wake(&server->loop);
    (void)pthread_join(server->thread, NULL);
    http_loop_unpark(&server->loop);
    MHD_stop_daemon(server->loop.daemon);
    server_free(server);
}
