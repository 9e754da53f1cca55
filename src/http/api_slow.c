/* Who is too slow, and how it is told: libmicrohttpd's own time-out is one of
 * inactivity, which a byte a second keeps at bay for ever, and it takes no answer while
 * a request is incomplete.  So this looks at the bytes below TLS and writes 408 itself;
 * it runs in the loop's thread, between two runs of the daemon. */
#include "http/api_int.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* How long a round that moved nothing is put off, when libmicrohttpd wants none. */
#define IDLE_MS 5

int64_t http_api_now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static ssize_t bytes_pull(gnutls_transport_ptr_t arg, void *bytes, size_t size)
{
    struct api_connection *connection = arg;
    ssize_t got = recv(connection->fd, bytes, size, 0);

    if (got > 0) {
        connection->received += (uint64_t)got;
        connection->loop->moved++;
    } else if (got < 0) {
        gnutls_transport_set_errno(connection->session, errno);
    }
    return got;
}

static ssize_t bytes_push(gnutls_transport_ptr_t arg, const giovec_t *pieces, int count)
{
    struct api_connection *connection = arg;
    struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)pieces,
                              .msg_iovlen = (size_t)count };
    ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);

    if (sent > 0)
        connection->loop->moved++;
    else if (sent < 0)
        gnutls_transport_set_errno(connection->session, errno);
    return sent;
}

static int handshake_over(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                          const gnutls_datum_t *message)
{
    struct api_connection *connection = gnutls_session_get_ptr(session);

    (void)type;
    (void)when;
    (void)message;
    if (incoming != 0) {
        connection->connected = true;
        connection->marked = connection->received;
    }
    return 0;
}

void http_api_watch(struct api_connection *connection)
{
    gnutls_session_set_ptr(connection->session, connection);
    gnutls_transport_set_ptr(connection->session, connection);
    gnutls_transport_set_pull_function(connection->session, bytes_pull);
    gnutls_transport_set_vec_push_function(connection->session, bytes_push);
    gnutls_handshake_set_hook_function(connection->session, GNUTLS_HANDSHAKE_FINISHED,
                                       GNUTLS_HOOK_POST, handshake_over);
}

void http_api_send_raw(const struct api_connection *connection, const http_reply *reply)
{
    char text[2048];
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: %s\r\n"
                        "Content-Length: %zu\r\n\r\n%.*s",
                        reply->status, MHD_get_reason_phrase_for(reply->status), reply->type,
                        reply->body.size, ENT_STR_ARG(reply->body));

    if (size < 0 || (size_t)size >= sizeof text)
        return;
    if (connection->session != NULL)
        (void)gnutls_record_send(connection->session, text, (size_t)size);
    else
        (void)send(connection->fd, text, (size_t)size, MSG_NOSIGNAL);
}

/* libmicrohttpd 0.9.75 forgets, during a TLS handshake, that a socket was read empty, and
 * asks to be run again at once, for as long as the client keeps silent.  So a round after
 * which nothing had moved is followed by a short wait, which any event ends. */
void http_api_wait(struct api_loop *loop, int timeout_ms)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd wait[] = { { info == NULL ? -1 : info->epoll_fd, POLLIN, 0 },
                             { loop->wake, POLLIN, 0 } };
    bool still = loop->moved == loop->moved_before && loop->api->config.certificate != NULL;
    MHD_UNSIGNED_LONG_LONG asked;
    uint64_t count;

    if (MHD_get_timeout(loop->daemon, &asked) == MHD_YES && asked < (unsigned)timeout_ms)
        timeout_ms = (int)asked;
    if (timeout_ms == 0 && still)
        timeout_ms = IDLE_MS;
    if (loop->resumed)
        timeout_ms = 0;
    loop->moved_before = loop->moved;
    (void)poll(wait, 2, timeout_ms);
    loop->resumed = wait[1].revents != 0;
    if (loop->resumed) {
        (void)!read(loop->wake, &count, sizeof count);
        loop->moved++;
    }
    (void)MHD_run(loop->daemon);
}

/* Has the body come too slowly?  Judged piece by piece of time, so that a quick start does
 * not pay for a trickle. */
static bool body_is_slow(struct api_connection *c, const http_api_config *config, int64_t now)
{
    int64_t patience = (int64_t)config->slow_seconds * 1000;
    bool slow;

    if (now - c->progress > patience)
        return true;
    if (now - c->since <= patience)
        return false;
    slow = (int64_t)c->body_bytes < (now - c->since) * (int64_t)config->bytes_per_second / 1000;
    c->since = now;
    c->body_bytes = 0;
    return slow;
}

/* Is it too slow, and had a request begun? */
static bool is_slow(struct api_connection *c, const http_api_config *config, int64_t now,
                    bool *begun)
{
    *begun =
        c->phase == API_BODY || c->exchange != NULL || (c->connected && c->received > c->marked);
    if (c->phase == API_HEAD)
        return now - c->since > (int64_t)config->slow_seconds * 1000;
    return c->phase == API_BODY && body_is_slow(c, config, now);
}

void http_api_sweep(struct api_loop *loop, int64_t now)
{
    const http_api_config *config = &loop->api->config;
    http_reply reply;
    bool begun;

    for (struct api_connection *c = loop->connections; c != NULL; c = c->next) {
        if (c->fd < 0 || !is_slow(c, config, now, &begun))
            continue;
        if (begun) {
            reply = (http_reply){ 0 };
            config->refuse(408, &reply);
            http_api_send_raw(c, &reply);
        }
        (void)shutdown(c->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes */
        c->fd = -1;
    }
}
