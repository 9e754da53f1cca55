/*
 * One line: the bytes below TLS, its handshake, and how long it may take.
 */
#include "http/loop_int.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* RFC 8446 s5.1: type, version, length; s5.2: what a record may have at most. */
#define RECORD_HEAD 5
#define RECORD_MOST ((size_t)RECORD_HEAD + 16384 + 256)

#define PORCH_LOOKS 16 /* at parked lines, for one that can go on */

/* ---- phases ---- */

static void list_put(struct http_line_list *list, struct http_line *line)
{
    line->next = NULL;
    line->previous = list->last;
    if (list->last != NULL)
        list->last->next = line;
    else
        list->first = line;
    list->last = line;
}

static void list_drop(struct http_line_list *list, struct http_line *line)
{
    if (line->next != NULL)
        line->next->previous = line->previous;
    else
        list->last = line->previous;
    if (line->previous != NULL)
        line->previous->next = line->next;
    else
        list->first = line->next;
}

/* A phase begins, or begins anew. */
static void phase_set(struct http_line *line, enum http_phase phase)
{
    list_drop(&line->loop->lines[line->phase], line);
    line->phase = phase;
    line->since = http_now();
    list_put(&line->loop->lines[phase], line);
}

void http_line_begun(struct http_line *line)
{
    line->begun = true;
    if (line->phase == HTTP_PHASE_IDLE)
        phase_set(line, HTTP_PHASE_HEAD);
}

void http_line_body(struct http_line *line)
{
    phase_set(line, HTTP_PHASE_BODY);
    line->progress = line->since;
    line->body_bytes = 0;
}

void http_line_busy(struct http_line *line)
{
    if (line->phase != HTTP_PHASE_BUSY)
        phase_set(line, HTTP_PHASE_BUSY);
}

/* Without TLS its bytes are not counted, and nobody knows that nothing has come. */
void http_line_next(struct http_line *line)
{
    if (line->fd >= 0)
        phase_set(line, line->session != NULL ? HTTP_PHASE_IDLE : HTTP_PHASE_HEAD);
    line->marked = line->received;
    line->begun = false;
}

void http_line_resume(struct http_line *line)
{
    MHD_resume_connection(line->mhd);
    http_cell_due(line->cell);
}

/* In its own threads libmicrohttpd would tell the daemon; it has none here. */
void http_line_wake(struct http_line *line)
{
    struct http_cell *cell = line->cell;

    MHD_resume_connection(line->mhd);
    atomic_store(&cell->woken, true);
    http_loop_wake(cell->loop);
}

/* ---- handshakes ---- */

/* A handshake takes as long as some twenty answers, and anybody may ask for one.  So it reads only
 * when it was let in from the porch, one in each round: whoever is connected is served in each,
 * however many are not.  And it is let in only when there is a whole record for it: who says a byte
 * a second wakes nobody, as the system is told how much is wanted (SO_RCVLOWAT).
 *
 * libmicrohttpd 0.9.75 forgets, during a handshake, that a socket was read empty, and runs
 * it again at once, for as long as the client keeps silent.  A suspended connection is not
 * run; the porch tells when there is something to read, or nobody any more. */
static bool park(struct http_line *line)
{
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = line } };

    line->let_in = false;
    if (line->parked || epoll_ctl(line->loop->porch, EPOLL_CTL_ADD, line->fd, &event) != 0)
        return false;
    line->parked = true;
    MHD_suspend_connection(line->mhd);
    return true;
}

/* As many bytes wake the porch. */
static void await(struct http_line *line, size_t size)
{
    if (line->awaited == size || (size <= 1 && line->awaited == 0))
        return;
    line->awaited = size <= 1 ? 0 : size;
    (void)setsockopt(line->fd, SOL_SOCKET, SO_RCVLOWAT, &(const int){ (int)size }, sizeof(int));
}

static void unpark(struct http_line *line)
{
    if (!line->parked)
        return;
    await(line, 1);
    line->parked = false;
    line->let_in = true;
    (void)epoll_ctl(line->loop->porch, EPOLL_CTL_DEL, line->fd, NULL);
    http_line_resume(line);
}

/* The size of the record that comes, if all of it is there; 0: not yet, and `wanted` is how much
 * it takes.  What is no record, and who has ended, is for GnuTLS to see at once. */
static size_t record_come(const struct http_line *line, size_t *wanted)
{
    uint8_t bytes[RECORD_MOST];
    ssize_t peeked = recv(line->fd, bytes, sizeof bytes, MSG_PEEK);
    size_t size = RECORD_HEAD, got = peeked < 0 ? 0 : (size_t)peeked;

    *wanted = size;
    if (peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (got >= RECORD_HEAD)
        size += (size_t)bytes[3] << 8 | bytes[4];
    *wanted = size;
    return got < size && got > 0 && !line->over && size <= sizeof bytes && bytes[0] >= 20 &&
                   bytes[0] <= 23
               ? 0
               : size;
}

/* May the parked one go on?  If the system wakes us with less than was asked for, no more will come:
 * the client has ended, or there is no room for more. */
static bool may_go_on(struct http_line *line)
{
    size_t wanted;

    if (line->left > 0 || record_come(line, &wanted) > 0)
        return true;
    line->over = line->over || line->awaited == wanted;
    await(line, wanted);
    return line->over;
}

bool http_porch_look(struct http_loop *loop)
{
    struct epoll_event events[PORCH_LOOKS];
    int count = epoll_wait(loop->porch, events, PORCH_LOOKS, 0);

    for (int i = 0; i < count; i++) {
        struct http_line *line = events[i].data.ptr;

        if (!may_go_on(line))
            continue;
        unpark(line);
        return true;
    }
    return false;
}

void http_porch_clear(struct http_loop *loop)
{
    for (int phase = 0; phase < HTTP_PHASES; phase++)
        for (struct http_line *line = loop->lines[phase].first; line != NULL; line = line->next)
            unpark(line);
}

/* How many of `size` bytes the handshake may read now; 0: it has to wait. */
static size_t handshake_share(struct http_line *line, size_t size)
{
    size_t wanted;

    if (line->let_in && line->left == 0)
        line->left = record_come(line, &wanted);
    if ((!line->let_in || line->left == 0) && park(line))
        return 0;
    return line->left > 0 && line->left < size ? line->left : size;
}

/* ---- whose turn it is ---- */

/* What a line has read and unpacked lets the library go on with it without reading, so without
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
    if (!line->connected) {
        size = handshake_share(line, size);
        if (size == 0) {
            gnutls_transport_set_errno(line->session, EAGAIN);
            return -1;
        }
    }
    got = recv(line->fd, bytes, size, 0);
    why = errno;

    if (got > 0) {
        line->received += (uint64_t)got;
        line->left -= line->left < (size_t)got ? line->left : (size_t)got;
        if (line->phase == HTTP_PHASE_IDLE)
            phase_set(line, HTTP_PHASE_HEAD);
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

/* ---- from accept to close ---- */

void http_line_begin(struct http_loop *loop, struct http_line *line, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    line->fd = info == NULL ? -1 : info->connect_fd;
    line->loop = loop;
    line->cell = loop->filling;
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
    list_put(&loop->lines[line->phase], line);
    line->cell->count++;
    loop->peak = ++loop->count > loop->peak ? loop->count : loop->peak;
}

void http_line_end(struct http_line *line)
{
    pending_set(line, false);
    if (line->loop->current == line)
        line->loop->current = NULL;
    list_drop(&line->loop->lines[line->phase], line);
    line->cell->count--;
    line->loop->count--;
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

void http_line_cut(struct http_line *line)
{
    http_reply reply = { 0 };

    if (line->phase == HTTP_PHASE_BODY || line->begun ||
        (line->connected && line->received > line->marked)) {
        line->loop->refuse(408, &reply);
        http_line_send(line, &reply);
    }
    (void)shutdown(line->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes */
    unpark(line);
    line->fd = -1;
    http_line_busy(line);
}
