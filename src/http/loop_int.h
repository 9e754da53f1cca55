/*
 * http/loop (private) -- many connections run in a thread of ours, and who is too slow for it.
 *
 * libmicrohttpd's own time-out is one of inactivity, which a byte a second keeps at bay for ever,
 * it takes no answer while a request is incomplete, and during a handshake in which the client
 * keeps silent it asks for rounds without end.  So both listeners run it between two looks of
 * ours: this counts the bytes below TLS, parks silent handshakes outside the library and lets them
 * in one at a time, closes who is too slow, writes 408 itself, and our own errors instead of the
 * library's HTML.
 *
 * To take back one connection that slept, a daemon of the library walks past all that sleep in it:
 * thousands, where requests are held.  So a loop deals its lines (a line is one connection) out
 * among daemons of a hundred, its cells, and runs only those in which something has come.
 *
 * A round is short, and whoever is connected comes first in it: see http_loop_wait.  Lines stand
 * in lists by what they wait for, oldest first, so that no round walks past all of them.
 * A loop and its lines belong to one thread alone.
 */
#ifndef ENT_HTTP_LOOP_INT_H
#define ENT_HTTP_LOOP_INT_H

#include "http/api.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdatomic.h>

/* What the daemon keeps for a line's heads from its first answer on: the least that it takes
 * from the system, not from the allocator, so that the system has it back at the line's end. */
#define HTTP_LINE_POOL ((size_t)36864)

/* As many lines a loop has at most. */
#define HTTP_LOOP_LINES 15000U

enum http_phase {
    HTTP_PHASE_HEAD, /* of a handshake or a request nothing or a part has come */
    HTTP_PHASE_IDLE, /* an answer was sent, and nothing has come since; only where TLS tells */
    HTTP_PHASE_BODY,
    HTTP_PHASE_BUSY, /* ours to act, or the answer is on its way, or it was closed */
    HTTP_PHASES
};

struct http_loop;

/* A daemon of the library, and how many lines it has. */
struct http_cell {
    struct http_cell *next, *next_due;
    struct http_loop *loop;
    struct MHD_Daemon *daemon;
    unsigned count;
    bool due;          /* is to be run in this round */
    atomic_bool woken; /* from another thread */
};

struct http_line {
    struct http_line *next, *previous; /* in the list of its phase */
    struct http_loop *loop;
    struct http_cell *cell;
    struct MHD_Connection *mhd;
    gnutls_session_t session; /* NULL: no TLS */
    int fd;                   /* -1: closed by us */
    bool connected;           /* the TLS handshake is over */
    bool parked;              /* in the handshake, until the client says more and has its turn */
    bool let_in;              /* from there: the handshake may read what has come */
    bool over;                /* in the handshake: no more will come than is there */
    bool begun;               /* a request line is whole */
    bool pending;             /* read and unpacked, and the daemon has not taken all of it */
    bool cut;                 /* answered past the daemon: what that sends goes nowhere */
    size_t left;              /* of the record that the handshake is reading */
    size_t awaited;           /* as many bytes are to wake the parked; 0: any */
    enum http_phase phase;
    uint64_t received, marked; /* bytes of the socket; as many when nothing had begun */
    int64_t since, progress;   /* ms: of the phase; when the body last moved */
    uint64_t body_bytes;
};

struct http_line_list {
    struct http_line *first, *last;
};

struct http_loop {
    /* The caller's, before http_loop_open. */
    struct MHD_Daemon *(*daemon_start)(struct http_loop *loop); /* one more, without a listener */
    int door;                                                   /* the listening socket */
    int also; /* another descriptor whose events end a wait; -1: none */
    bool tls;
    unsigned slow_seconds; /* for a handshake, for a head, and for a body that stops */
    unsigned idle_seconds; /* between an answer and the next request */
    unsigned bytes_per_second;
    void (*refuse)(unsigned status, http_reply *reply); /* 408, and the daemon's own */

    struct http_line_list lines[HTTP_PHASES]; /* in the order in which they came to the phase */
    struct http_line *current;                /* whose turn it is, as far as is known */
    unsigned count, peak;                     /* of lines; the most since memory was given back */
    unsigned pending;                         /* lines that may have a turn without our knowing */
    struct http_cell *cells;
    struct http_cell *due, **due_end; /* the cells to be run */
    struct http_cell *filling;        /* takes a new line just now */
    struct http_cell *visited;        /* saw to its own time-outs last */
    int epoll;                        /* all below, and the cells */
    int wake;                         /* eventfd: see http_loop_wake */
    int porch;                        /* epoll: the parked */
    bool changed;                     /* `also` has something to read */
    bool open, closing;               /* the door is looked at; never again */
    int64_t swept, cut; /* ms: when all was last looked at, when somebody was closed */
};

int64_t http_now(void); /* ms, monotonic */

/* The daemon's log (MHD_OPTION_EXTERNAL_LOGGER, the loop, with MHD_USE_ERROR_LOG). */
void http_loop_log(void *arg, const char *format, va_list values);

/* Makes the descriptors and the first cell.  UNAVAILABLE; then http_loop_close, too. */
ENT_MUST_USE ent_code http_loop_open(struct http_loop *loop, ent_err *err);
/* Closes all lines.  Nobody but the parked may sleep. */
void http_loop_close(struct http_loop *loop);

/* Ends a wait, from another thread. */
void http_loop_wake(const struct http_loop *loop);
/* One round: waits for sockets, `wake`, `also`, or time; takes who comes; runs the cells in which
 * something has come, and then lets one handshake go on. */
void http_loop_wait(struct http_loop *loop, int timeout_ms);
/* Closes who is too slow, a few at a time; to be called in each round. */
void http_loop_sweep(struct http_loop *loop, int64_t now);
/* ms until that is to be done again, `most` at most. */
int http_loop_left(const struct http_loop *loop, int64_t now, int most);
/* Takes nobody in any more. */
void http_loop_shut(struct http_loop *loop);
/* The cell has something to do. */
void http_cell_due(struct http_cell *cell);

/* ---- line.c ---- */

void http_line_begin(struct http_loop *loop, struct http_line *line, struct MHD_Connection *mhd);
void http_line_end(struct http_line *line);
/* The library is at this line: to be called first in each of its callbacks. */
void http_line_turn(struct http_line *line);
/* The line that slept goes on. */
void http_line_resume(struct http_line *line);
/* The same from another thread, which may not know the line any more after that. */
void http_line_wake(struct http_line *line);
void http_line_begun(struct http_line *line); /* a request line is whole */
void http_line_body(struct http_line *line);  /* the body may come */
void http_line_busy(struct http_line *line);  /* the client has said all; ours to act */
/* The answer is sent: what comes now is another request. */
void http_line_next(struct http_line *line);

/* Sends an answer past libmicrohttpd, which takes none in the middle of a request. */
void http_line_send(const struct http_line *line, const http_reply *reply);
/* Closes a line that was too slow, with 408 if a request had begun. */
void http_line_cut(struct http_line *line);

/* Lets in one of the parked whose handshake can go on.  False: there is none. */
bool http_porch_look(struct http_loop *loop);
/* Gives all of them back to the library, which must not be stopped before. */
void http_porch_clear(struct http_loop *loop);

#endif
