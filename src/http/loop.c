#include "http/loop_int.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CROWD            200 /* lines whose memory is worth giving back */
#define CELL_LINES       100 /* of which a daemon walks past all that sleep, at each that wakes */
#define EVENTS           64  /* descriptors that a round hears of */
#define ACCEPTED_AT_ONCE 4
#define SWEEP_GRAIN      500 /* ms: how late a body is judged, or memory given back */
#define CUT_GRAIN        10  /* ms: how often some are closed that are too slow, and how many: it */
#define CUT_AT_ONCE      2   /* costs as much as an answer */

int64_t http_now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- cells ---- */

void http_cell_due(struct http_cell *cell)
{
    if (cell->due)
        return;
    cell->due = true;
    cell->next_due = NULL;
    *cell->loop->due_end = cell;
    cell->loop->due_end = &cell->next_due;
}

/* Runs those that are due now; what becomes due meanwhile is for the next round. */
static void cells_run(struct http_loop *loop)
{
    struct http_cell *cell = loop->due, *next;

    loop->due = NULL;
    loop->due_end = &loop->due;
    for (; cell != NULL; cell = next) {
        MHD_UNSIGNED_LONG_LONG left;

        next = cell->next_due;
        cell->due = false;
        (void)MHD_run(cell->daemon);
        if (MHD_get_timeout(cell->daemon, &left) == MHD_YES && left == 0)
            http_cell_due(cell);
    }
}

/* What `ptr` is, an event of it says. */
static bool listen_to(const struct http_loop *loop, int fd, void *ptr)
{
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = ptr } };

    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static struct http_cell *cell_new(struct http_loop *loop)
{
    struct http_cell *cell = calloc(1, sizeof *cell);
    const union MHD_DaemonInfo *info;

    if (cell == NULL)
        return NULL;
    cell->loop = loop;
    cell->daemon = loop->daemon_start(loop);
    info =
        cell->daemon == NULL ? NULL : MHD_get_daemon_info(cell->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (info == NULL || !listen_to(loop, info->epoll_fd, cell)) {
        if (cell->daemon != NULL)
            MHD_stop_daemon(cell->daemon);
        free(cell);
        return NULL;
    }
    cell->next = loop->cells;
    loop->cells = cell;
    return cell;
}

/* The one with the fewest lines; a new one if all are full, as long as there can be. */
static struct http_cell *cell_choose(struct http_loop *loop)
{
    struct http_cell *least = loop->cells, *more;

    ENT_ASSERT(least != NULL); /* of http_loop_open */
    for (struct http_cell *cell = least->next; cell != NULL; cell = cell->next)
        if (cell->count < least->count)
            least = cell;
    more = least->count < CELL_LINES ? NULL : cell_new(loop);
    return more != NULL ? more : least;
}

/* ---- the door ---- */

static void door_set(struct http_loop *loop, bool open)
{
    if (open == loop->open || (open && loop->closing))
        return;
    if (open)
        loop->open = listen_to(loop, loop->door, &loop->door);
    else
        loop->open = epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->door, NULL) != 0;
}

void http_loop_shut(struct http_loop *loop)
{
    loop->closing = true;
    door_set(loop, false);
}

/* Takes a few of those who stand there.  Without a descriptor, or with too many lines, the door is
 * not looked at until the next sweep. */
static void door_look(struct http_loop *loop)
{
    for (int n = 0; n < ACCEPTED_AT_ONCE && loop->open; n++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        int fd = loop->count >= HTTP_LOOP_LINES
                     ? -1
                     : accept(loop->door, (struct sockaddr *)&from, &size);

        if (fd < 0 && loop->count < HTTP_LOOP_LINES &&
            (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR))
            return; /* another loop was first */
        if (fd < 0) {
            door_set(loop, false);
            return;
        }
        loop->filling = cell_choose(loop);
        (void)MHD_add_connection(loop->filling->daemon, fd, (struct sockaddr *)&from, size);
        loop->filling = NULL;
    }
}

/* ---- begin and end ---- */

ent_code http_loop_open(struct http_loop *loop, ent_err *err)
{
    int flags = fcntl(loop->door, F_GETFL);

    loop->due_end = &loop->due;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->porch = epoll_create1(EPOLL_CLOEXEC);
    /* Who was at the door may be another loop's when it is opened. */
    if (flags < 0 || fcntl(loop->door, F_SETFL, flags | O_NONBLOCK) != 0 || loop->epoll < 0 ||
        loop->wake < 0 || loop->porch < 0 || !listen_to(loop, loop->wake, &loop->wake) ||
        !listen_to(loop, loop->porch, &loop->porch) ||
        (loop->also >= 0 && !listen_to(loop, loop->also, &loop->also)))
        return ent_fail(err, ENT_UNAVAILABLE, "no descriptor for the listener: %s",
                        strerror(errno));
    if (cell_new(loop) == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "the listener does not start");
    door_set(loop, true);
    return ENT_OK;
}

static void descriptor_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void http_loop_close(struct http_loop *loop)
{
    http_porch_clear(loop);
    while (loop->cells != NULL) {
        struct http_cell *cell = loop->cells;

        loop->cells = cell->next;
        MHD_stop_daemon(cell->daemon);
        free(cell);
    }
    descriptor_close(&loop->epoll);
    descriptor_close(&loop->wake);
    descriptor_close(&loop->porch);
}

void http_loop_wake(const struct http_loop *loop)
{
    const uint64_t one = 1;

    (void)!write(loop->wake, &one, sizeof one);
}

/* ---- the library's own answers ---- */

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

static void wake_take(struct http_loop *loop)
{
    uint64_t count;

    (void)!read(loop->wake, &count, sizeof count);
    for (struct http_cell *cell = loop->cells; cell != NULL; cell = cell->next)
        if (atomic_exchange(&cell->woken, false))
            http_cell_due(cell);
}

void http_loop_wait(struct http_loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(loop->epoll, events, EVENTS, loop->due != NULL ? 0 : timeout_ms);
    bool parked = false;

    loop->changed = false;
    for (int i = 0; i < count; i++) {
        void *what = events[i].data.ptr;

        if (what == &loop->door)
            door_look(loop);
        else if (what == &loop->wake)
            wake_take(loop);
        else if (what == &loop->porch)
            parked = true;
        else if (what == &loop->also)
            loop->changed = true;
        else
            http_cell_due(what);
    }
    cells_run(loop);
    if (parked && http_porch_look(loop))
        cells_run(loop);
}

/* ---- who is too slow ---- */

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

/* Of a list whose first has waited longest. */
static void overdue_cut(struct http_loop *loop, enum http_phase phase, unsigned seconds,
                        int64_t now)
{
    struct http_line *line;

    for (int n = 0; n < CUT_AT_ONCE && (line = loop->lines[phase].first) != NULL &&
                    now - line->since > (int64_t)seconds * 1000;
         n++)
        http_line_cut(line);
}

/* Bodies are few; each is judged by how it goes on. */
static void bodies_cut(struct http_loop *loop, int64_t now)
{
    for (struct http_line *line = loop->lines[HTTP_PHASE_BODY].first, *next; line != NULL;
         line = next) {
        next = line->next;
        if (body_is_slow(line, now))
            http_line_cut(line);
    }
}

/* What a crowd took stays with the allocator when it has gone, unless that is told. */
static void memory_return(struct http_loop *loop)
{
    if (loop->peak < CROWD || loop->count > loop->peak / 2)
        return;
    (void)malloc_trim(0);
    loop->peak = loop->count;
}

/* The library sees to who does not take an answer only when it runs. */
static void cell_visit(struct http_loop *loop)
{
    loop->visited =
        loop->visited == NULL || loop->visited->next == NULL ? loop->cells : loop->visited->next;
    http_cell_due(loop->visited);
}

void http_loop_sweep(struct http_loop *loop, int64_t now)
{
    if (now - loop->cut >= CUT_GRAIN) {
        loop->cut = now;
        overdue_cut(loop, HTTP_PHASE_HEAD, loop->slow_seconds, now);
        overdue_cut(loop, HTTP_PHASE_IDLE, loop->idle_seconds, now);
    }
    if (now - loop->swept < SWEEP_GRAIN)
        return;
    loop->swept = now;
    bodies_cut(loop, now);
    memory_return(loop);
    cell_visit(loop);
    door_set(loop, loop->count < HTTP_LOOP_LINES);
}

int http_loop_left(const struct http_loop *loop, int64_t now, int most)
{
    const struct http_line *head = loop->lines[HTTP_PHASE_HEAD].first,
                           *idle = loop->lines[HTTP_PHASE_IDLE].first;
    int64_t left = most < SWEEP_GRAIN ? most : SWEEP_GRAIN;

    if (head != NULL && head->since + (int64_t)loop->slow_seconds * 1000 - now < left)
        left = head->since + (int64_t)loop->slow_seconds * 1000 - now;
    if (idle != NULL && idle->since + (int64_t)loop->idle_seconds * 1000 - now < left)
        left = idle->since + (int64_t)loop->idle_seconds * 1000 - now;
    return left < CUT_GRAIN ? CUT_GRAIN : (int)left;
}
