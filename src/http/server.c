#include "http/server.h"

#include "base/hash.h"
#include "base/text.h"
#include "http/gate_int.h"
#include "http/pin_int.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER_SIZE 1024
#define FILE_LIMIT  ((off_t)64 << 20)

/* One TCP connection, from accept to close. */
struct peer_connection {
    struct peer_connection *next, *previous;
    int fd;
    time_t idle_since; /* 0 while a request runs */
    bool known;        /* the folder was looked up */
    bool allowed;
    char folder[FOLDER_SIZE];
};

/* One held request. */
struct held {
    struct held *next;
    struct MHD_Connection *connection;
    time_t deadline;
    int watch;
};

struct http_server {
    http_server_config config;
    char *certificate, *key;
    struct MHD_Daemon *daemon;
    struct MHD_Response *absent;
    pthread_t keeper;
    pthread_mutex_t lock; /* all below */
    struct peer_connection *connections;
    struct held *waiting;
    int inotify, wake;
    bool ending;
};

static time_t now_seconds(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec;
}

/* ---- connections ---- */

static void connection_noticed(void *arg, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    http_server *server = arg;
    const union MHD_ConnectionInfo *info;
    struct peer_connection *peer;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        peer = *context;
        if (peer == NULL)
            return;
        (void)pthread_mutex_lock(&server->lock);
        if (peer->next != NULL)
            peer->next->previous = peer->previous;
        if (peer->previous != NULL)
            peer->previous->next = peer->next;
        else
            server->connections = peer->next;
        (void)pthread_mutex_unlock(&server->lock);
        free(peer);
        *context = NULL;
        return;
    }
    peer = calloc(1, sizeof *peer);
    *context = peer;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    /* Without a client certificate the handshake fails: nobody unknown speaks HTTP. */
    if (info != NULL && info->tls_session != NULL)
        gnutls_certificate_server_set_request(info->tls_session, GNUTLS_CERT_REQUIRE);
    if (peer == NULL)
        return;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    peer->fd = info == NULL ? -1 : info->connect_fd;
    peer->idle_since = now_seconds();
    (void)pthread_mutex_lock(&server->lock);
    peer->next = server->connections;
    if (peer->next != NULL)
        peer->next->previous = peer;
    server->connections = peer;
    (void)pthread_mutex_unlock(&server->lock);
}

/* Whose connection is it?  Looked up once; an unknown key stays unknown. */
static bool peer_allowed(http_server *server, struct MHD_Connection *connection,
                         struct peer_connection *peer)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    const gnutls_datum_t *chain;
    gnutls_x509_crt_t crt = NULL;
    unsigned count = 0;
    uint8_t pin[HTTP_PIN_SIZE];

    if (peer == NULL || info == NULL || info->tls_session == NULL)
        return false;
    if (peer->known)
        return peer->allowed;
    chain = gnutls_certificate_get_peers(info->tls_session, &count);
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

static enum MHD_Result file_answer(struct MHD_Connection *connection, int fd, off_t size)
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
    bool same;

    if (held == NULL)
        return false;
    (void)pthread_mutex_lock(&server->lock);
    held->watch = inotify_add_watch(server->inotify, folder, IN_MOVED_TO);
    same = held->watch >= 0 && !server->ending && content_is(folder, server->config.held, after) &&
           (beside == NULL || server->config.beside == NULL ||
            content_is(folder, server->config.beside, beside));
    if (same) {
        held->connection = connection;
        held->deadline = now_seconds() + (time_t)server->config.hold_seconds;
        held->next = server->waiting;
        server->waiting = held;
        MHD_suspend_connection(connection);
    } else {
        free(held);
    }
    (void)pthread_mutex_unlock(&server->lock);
    return same;
}

/* What one request has been through; the address alone is the mark. */
static const char seen_mark, held_mark;

static enum MHD_Result request_serve(void *arg, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_size, void **context)
{
    http_server *server = arg;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct peer_connection *peer = info == NULL ? NULL : info->socket_context;
    size_t prefix = strlen(server->config.prefix);
    const char *after;
    off_t size;
    int fd;

    (void)upload;
    if (*context == NULL) { /* the head is whole; answer on the next call */
        *context = (void *)(uintptr_t)&seen_mark;
        (void)pthread_mutex_lock(&server->lock);
        if (peer != NULL)
            peer->idle_since = 0;
        (void)pthread_mutex_unlock(&server->lock);
        return MHD_YES;
    }
    if (*upload_size != 0 || !head_is_plain(connection, version) ||
        (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0))
        return MHD_NO; /* closes */
    if (!peer_allowed(server, connection, peer) ||
        strncmp(url, server->config.prefix, prefix) != 0 || !name_is_plain(url + prefix))
        return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->absent);
    url += prefix;
    after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");
    if (*context != &held_mark && after != NULL && strcmp(url, server->config.held) == 0) {
        *context = (void *)(uintptr_t)&held_mark;
        if (hold_begin(server, connection, peer->folder, after))
            return MHD_YES;
    }
    fd = file_open(peer->folder, url, &size);
    if (fd < 0)
        return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND, server->absent);
    return file_answer(connection, fd, size);
}

static void request_done(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    http_server *server = arg;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct peer_connection *peer = info == NULL ? NULL : info->socket_context;

    (void)context;
    (void)how;
    (void)pthread_mutex_lock(&server->lock);
    if (peer != NULL)
        peer->idle_since = now_seconds();
    (void)pthread_mutex_unlock(&server->lock);
}

/* ---- the keeper: wakes held requests, closes slow connections ---- */

/* Files are replaced by renaming, so only that event counts, and only for the held
 * name: the temporary file beside it changes before the content does. */
static void inotify_drain(const http_server *server, int *changed, size_t *count, size_t room)
{
    _Alignas(struct inotify_event) char bytes[4096];
    ssize_t got;

    *count = 0;
    while ((got = read(server->inotify, bytes, sizeof bytes)) > 0)
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

static void held_wake(http_server *server, const int *changed, size_t count, time_t now)
{
    for (struct held **at = &server->waiting; *at != NULL;) {
        struct held *held = *at;

        if (!server->ending && now < held->deadline && !is_in(held->watch, changed, count)) {
            at = &held->next;
            continue;
        }
        *at = held->next;
        MHD_resume_connection(held->connection);
        free(held);
    }
}

static void slow_close(http_server *server, time_t now)
{
    for (struct peer_connection *peer = server->connections; peer != NULL; peer = peer->next)
        if (peer->fd >= 0 && peer->idle_since != 0 &&
            now - peer->idle_since > (time_t)server->config.head_seconds)
            (void)shutdown(peer->fd, SHUT_RDWR);
}

static void *keeper_run(void *arg)
{
    http_server *server = arg;
    struct pollfd wait[] = { { server->inotify, POLLIN, 0 }, { server->wake, POLLIN, 0 } };
    bool ending = false;

    while (!ending) {
        int changed[256];
        size_t count = 0;

        /* A second is the grain of deadlines; changes wake at once. */
        (void)poll(wait, 2, 1000);
        (void)pthread_mutex_lock(&server->lock);
        inotify_drain(server, changed, &count, sizeof changed / sizeof *changed);
        held_wake(server, changed, count, now_seconds());
        slow_close(server, now_seconds());
        ending = server->ending;
        (void)pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}

/* ---- start and stop ---- */

static ent_code daemon_start(http_server *server, ent_err *err)
{
    unsigned flags = MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;

    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, request_serve, server, MHD_OPTION_LISTEN_SOCKET,
        server->config.listen_fd, MHD_OPTION_HTTPS_MEM_KEY, server->key, MHD_OPTION_HTTPS_MEM_CERT,
        server->certificate, MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3",
        MHD_OPTION_NOTIFY_CONNECTION, connection_noticed, server, MHD_OPTION_NOTIFY_COMPLETED,
        request_done, server, MHD_OPTION_CONNECTION_LIMIT, 15000U,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (server->daemon == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "the TLS listener does not start");
    return ENT_OK;
}

static void server_free(http_server *server)
{
    if (server->absent != NULL)
        MHD_destroy_response(server->absent);
    if (server->inotify >= 0)
        (void)close(server->inotify);
    if (server->wake >= 0)
        (void)close(server->wake);
    if (server->key != NULL)
        gnutls_memset(server->key, 0, strlen(server->key));
    free(server->key);
    free(server->certificate);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

ent_code http_server_start(const http_server_config *config, http_server **out, ent_err *err)
{
    http_server *server = calloc(1, sizeof *server);
    ent_code rc;

    if (server == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the listener");
    server->config = *config;
    (void)pthread_mutex_init(&server->lock, NULL);
    server->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->absent = MHD_create_response_from_buffer(10, (void *)(uintptr_t) "not found\n",
                                                     MHD_RESPMEM_PERSISTENT);
    server->key = strdup(config->key);
    server->certificate = strdup(config->certificate);
    if (server->inotify < 0 || server->wake < 0 || server->absent == NULL || server->key == NULL ||
        server->certificate == NULL) {
        server_free(server);
        return ent_fail(err, ENT_UNAVAILABLE, "no resources for the listener: %s", strerror(errno));
    }
    rc = daemon_start(server, err);
    if (rc == ENT_OK && pthread_create(&server->keeper, NULL, keeper_run, server) != 0) {
        MHD_stop_daemon(server->daemon);
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
    const uint64_t one = 1;

    if (server == NULL)
        return;
    (void)pthread_mutex_lock(&server->lock);
    server->ending = true;
    (void)pthread_mutex_unlock(&server->lock);
    (void)!write(server->wake, &one, sizeof one);
    (void)pthread_join(server->keeper, NULL);
    MHD_stop_daemon(server->daemon);
    server_free(server);
}
