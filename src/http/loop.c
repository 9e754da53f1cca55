#include "http/loop_int.h"

#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CROWD           200 /* lines whose memory is worth giving back */
#define GREETED_AT_ONCE 4   /* handshakes that go on in one round */

int64_t http_now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

ent_code http_loop_open(struct http_loop *loop, ent_err *err)
{
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->porch = epoll_create1(EPOLL_CLOEXEC);
    if (loop->wake < 0 || loop->porch < 0)
        return ent_fail(err, ENT_UNAVAILABLE, "no descriptor for the listener: %s",
                        strerror(errno));
    return ENT_OK;
}

void http_loop_close(struct http_loop *loop)
{
    if (loop->wake >= 0)
        (void)close(loop->wake);
    if (loop->porch >= 0)
        (void)close(loop->porch);
    loop->wake = loop->porch = -1;
}

void http_loop_wake(const struct http_loop *loop)
{
    const uint64_t one = 1;

    (void)!write(loop->wake, &one, sizeof one);
}

/* ---- handshakes ---- */

/* A handshake takes as long as some twenty answers, and anybody may ask for one.  So it reads only
 * when it was let in from the porch, a few in each round: whoever is connected is served in each,
 * however many are not.
 *
 * libmicrohttpd 0.9.75 forgets, during a handshake, that a socket was read empty, and runs
 * it again at once, for as long as the client keeps silent.  A suspended connection is not
 * run; the porch tells when there is something to read, or nobody any more. */
static bool park(struct http_line *line)
{
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data = { .ptr = line } };

    line->let_in = false;
    if (line->parked || epoll_ctl(line->loop->porch, EPOLL_CTL_ADD, line->fd, &event) != 0)
        return false;
    line->parked = true;
    MHD_suspend_connection(line->mhd);
    return true;
}

static void unpark(struct http_line *line)
{
    if (!line->parked)
        return;
    line->parked = false;
    line->let_in = true;
    (void)epoll_ctl(line->loop->porch, EPOLL_CTL_DEL, line->fd, NULL);
    MHD_resume_connection(line->mhd);
    line->loop->resumed = true;
}

static void porch_look(struct http_loop *loop)
{
    struct epoll_event events[GREETED_AT_ONCE];
    int count = epoll_wait(loop->porch, events, GREETED_AT_ONCE, 0);

    for (int i = 0; i < count; i++)
        unpark(events[i].data.ptr);
}

void http_loop_unpark(struct http_loop *loop)
{
    for (struct http_line *line = loop->lines; line != NULL; line = line->next)
        unpark(line);
}

/* ---- whose turn it is ---- */

/* What a line has read and unpacked lets the daemon go on with it without reading, so without
 * our seeing whose turn it is. */
static void pending_set(struct http_line *line, bool pending)
{
    line->loop->pending += (unsigned)pending - (unsigned)line->pending;
    line->pending = pending;
}

void http_line_turn(struct http_line *line)
{
    struct http_line *was = line->loop->current;

    if (was == line)
        return;
    if (was != NULL)
        pending_set(was, was->session != NULL && gnutls_record_check_pending(was->session) > 0);
    pending_set(line, false);
    line->loop->current = line;
}

/* ---- the bytes below TLS ---- */

static ssize_t bytes_pull(gnutls_transport_ptr_t arg, void *bytes, size_t size)
{
    struct http_line *line = arg;
    ssize_t got;
    int why;

    http_line_turn(line);
    if (!line->connected && !line->let_in && park(line)) {
        gnutls_transport_set_errno(line->session, EAGAIN);
        return -1;
    }
    got = recv(line->fd, bytes, size, 0);
    why = errno;

    if (got > 0) {
        line->received += (uint64_t)got;
    } else if (got < 0) {
        if (!line->connected && (why == EAGAIN || why == EWOULDBLOCK))
            (void)park(line);
        gnutls_transport_set_errno(line->session, why);
    }
    return got;
}

static ssize_t bytes_push(gnutls_transport_ptr_t arg, const giovec_t *pieces, int count)
{
    struct http_line *line = arg;
    struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)pieces,
                              .msg_iovlen = (size_t)count };
    ssize_t sent = 0;

    http_line_turn(line);
    for (int i = 0; i < count && line->cut; i++)
        sent += (ssize_t)pieces[i].iov_len;
    if (line->cut)
        return sent;
    sent = sendmsg(line->fd, &message, MSG_NOSIGNAL);
    if (sent < 0)
        gnutls_transport_set_errno(line->session, errno);
    return sent;
}

static int handshake_over(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                          const gnutls_datum_t *message)
{
    struct http_line *line = gnutls_session_get_ptr(session);

    (void)type;
    (void)when;
    (void)message;
    if (incoming != 0) {
        line->connected = true;
        line->marked = line->received;
    }
    return 0;
}

/* ---- lines ---- */

void http_line_begin(struct http_loop *loop, struct http_line *line, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    line->fd = info == NULL ? -1 : info->connect_fd;
    line->loop = loop;
    line->mhd = mhd;
    line->since = http_now();
    if (loop->tls) {
        info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        line->session = info == NULL ? NULL : info->tls_session;
    }
    /* Or the second half of a handshake waits for the client's leave to acknowledge the first. */
    (void)setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &(const int){ 1 }, sizeof(int));
    if (line->session != NULL) {
        gnutls_session_set_ptr(line->session, line);
        gnutls_transport_set_ptr(line->session, line);
        gnutls_transport_set_pull_function(line->session, bytes_pull);
        gnutls_transport_set_vec_push_function(line->session, bytes_push);
        gnutls_handshake_set_hook_function(line->session, GNUTLS_HANDSHAKE_FINISHED,
                                           GNUTLS_HOOK_POST, handshake_over);
    }
    line->next = loop->lines;
    if (line->next != NULL)
        line->next->previous = line;
    loop->lines = line;
    loop->peak = ++loop->count > loop->peak ? loop->count : loop->peak;
}

void http_line_end(struct http_line *line)
{
    pending_set(line, false);
    if (line->loop->current == line)
        line->loop->current = NULL;
    if (line->next != NULL)
        line->next->previous = line->previous;
    if (line->previous != NULL)
        line->previous->next = line->next;
    else
        line->loop->lines = line->next;
    line->loop->count--;
}

void http_line_next(struct http_line *line)
{
    line->phase = HTTP_PHASE_HEAD;
    line->served = true;
    line->since = http_now();
    line->marked = line->received;
    line->begun = false;
}

void http_line_body(struct http_line *line)
{
    line->phase = HTTP_PHASE_BODY;
    line->since = line->progress = http_now();
    line->body_bytes = 0;
}

void http_line_send(const struct http_line *line, const http_reply *reply)
{
    char text[2048];
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: %s\r\n"
                        "Content-Length: %zu\r\n\r\n%.*s",
                        reply->status, MHD_get_reason_phrase_for(reply->status), reply->type,
                        reply->body.size, ENT_STR_ARG(reply->body));

    if (size < 0 || (size_t)size >= sizeof text)
        return;
    if (line->session != NULL)
        (void)gnutls_record_send(line->session, text, (size_t)size);
    else
        (void)send(line->fd, text, (size_t)size, MSG_NOSIGNAL);
}

/* ---- the daemon's own answers ---- */

/* libmicrohttpd answers a head that it cannot read, a broken chunk and what does not fit into
 * its memory by itself, in HTML, and tells nobody but its log, just before.  That is where our
 * error goes out in its place.  If it is not sure whose answer it is, the HTML stays. */
void http_loop_log(void *arg, const char *format, va_list values)
{
    static const char refusal[] = "Error processing request (HTTP response code is %u ";
    struct http_loop *loop = arg;
    struct http_line *line = loop->current;
    http_reply reply = { 0 };

    if (strncmp(format, refusal, sizeof refusal - 1) != 0 || line == NULL || line->cut ||
        line->session == NULL || line->phase == HTTP_PHASE_BUSY || loop->pending > 0)
        return;
    loop->refuse(va_arg(values, unsigned), &reply);
    http_line_send(line, &reply);
    (void)gnutls_bye(line->session, GNUTLS_SHUT_WR);
    line->cut = true;
}

/* ---- rounds ---- */

void http_loop_wait(struct http_loop *loop, int timeout_ms)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd wait[] = { { info == NULL ? -1 : info->epoll_fd, POLLIN, 0 },
                             { loop->wake, POLLIN, 0 },
                             { loop->porch, POLLIN, 0 },
                             { loop->also, POLLIN, 0 } };
    MHD_UNSIGNED_LONG_LONG asked;
    uint64_t count;

    if (MHD_get_timeout(loop->daemon, &asked) == MHD_YES && asked < (unsigned)timeout_ms)
        timeout_ms = (int)asked;
    if (loop->resumed)
        timeout_ms = 0;
    (void)poll(wait, 4, timeout_ms);
    loop->resumed = wait[1].revents != 0;
    if (loop->resumed)
        (void)!read(loop->wake, &count, sizeof count);
    if (wait[2].revents != 0)
        porch_look(loop);
    (void)MHD_run(loop->daemon);
}

/* Has the body come too slowly?  Judged piece by piece of time, so that a quick start does
 * not pay for a trickle. */
static bool body_is_slow(struct http_line *line, int64_t now)
{
    int64_t patience = (int64_t)line->loop->slow_seconds * 1000;
    bool slow;

    if (now - line->progress > patience)
        return true;
    if (now - line->since <= patience)
        return false;
    slow = (int64_t)line->body_bytes <
           (now - line->since) * (int64_t)line->loop->bytes_per_second / 1000;
    line->since = now;
    line->body_bytes = 0;
    return slow;
}

static bool is_slow(struct http_line *line, int64_t now)
{
    const struct http_loop *loop = line->loop;
    /* Without TLS its bytes are not counted, and nobody knows that nothing has come. */
    bool idle =
        line->served && !line->begun && line->session != NULL && line->received == line->marked;

    if (line->phase == HTTP_PHASE_HEAD)
        return now - line->since > (int64_t)(idle ? loop->idle_seconds : loop->slow_seconds) * 1000;
    return line->phase == HTTP_PHASE_BODY && body_is_slow(line, now);
}

/* What a crowd took stays with the allocator when it has gone, unless that is told. */
static void memory_return(struct http_loop *loop)
{
    if (loop->peak < CROWD || loop->count > loop->peak / 2)
        return;
    (void)malloc_trim(0);
    loop->peak = loop->count;
}

void http_loop_sweep(struct http_loop *loop, int64_t now)
{
    http_reply reply;

    memory_return(loop);
    for (struct http_line *line = loop->lines; line != NULL; line = line->next) {
        if (line->fd < 0 || !is_slow(line, now))
            continue;
        if (line->phase == HTTP_PHASE_BODY || line->begun ||
            (line->connected && line->received > line->marked)) {
            reply = (http_reply){ 0 };
            loop->refuse(408, &reply);
            http_line_send(line, &reply);
        }
        (void)shutdown(line->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes */
        unpark(line);
        line->fd = -1;
    }
}
