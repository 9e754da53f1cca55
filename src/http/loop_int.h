/*
 * http/loop (private) -- one daemon run in a thread of ours, and who is too slow for it.
 *
 * libmicrohttpd's own time-out is one of inactivity, which a byte a second keeps at bay for ever,
 * it takes no answer while a request is incomplete, and during a handshake in which the client
 * keeps silent it asks for rounds without end.  So both listeners run their daemon between two
 * looks of ours: this counts the bytes below TLS, parks silent handshakes outside the daemon and
 * lets in a few at a time, closes who is too slow, writes 408 itself, and our own errors instead of
 * the library's HTML.
 *
 * A line (one connection) belongs to its loop's thread alone.
 */
#ifndef ENT_HTTP_LOOP_INT_H
#define ENT_HTTP_LOOP_INT_H

#include "http/api.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdarg.h>

/* What the daemon keeps for a line's heads from its first answer on: the least that it takes
 * from the system, not from the allocator, so that the system has it back at the line's end. */
#define HTTP_LINE_POOL ((size_t)36864)

enum http_phase {
    HTTP_PHASE_HEAD, /* nothing, or a part of a head */
    HTTP_PHASE_BODY,
    HTTP_PHASE_BUSY /* ours to act, or the answer is on its way */
};

struct http_loop;

struct http_line {
    struct http_line *next, *previous;
    struct http_loop *loop;
    struct MHD_Connection *mhd;
    gnutls_session_t session; /* NULL: no TLS */
    int fd;                   /* -1: closed by us */
    bool connected;           /* the TLS handshake is over */
    bool parked;              /* in the handshake, until the client says more and has its turn */
    bool let_in;              /* from there: the handshake may read what has come */
    bool begun;               /* a request line is whole */
    bool served;              /* has had an answer */
    bool pending;             /* read and unpacked, and the daemon has not taken all of it */
    bool cut;                 /* answered past the daemon: what that sends goes nowhere */
    enum http_phase phase;
    uint64_t received, marked; /* bytes of the socket; as many when nothing had begun */
    int64_t since, progress;   /* ms: of the phase; when the body last moved */
    uint64_t body_bytes;
};

struct http_loop {
    struct MHD_Daemon *daemon;
    struct http_line *lines, *current; /* whose turn it is, as far as is known */
    unsigned count, peak;              /* of lines; the most since memory was given back */
    unsigned pending;                  /* lines that may have a turn without our knowing */
    bool tls;
    unsigned slow_seconds; /* for a head, and for a body that stops */
    unsigned idle_seconds; /* between an answer and the next request */
    unsigned bytes_per_second;
    void (*refuse)(unsigned status, http_reply *reply); /* 408, and the daemon's own */
    int wake;     /* eventfd: a connection was resumed, or the end has come */
    int also;     /* another descriptor whose events end a wait; -1: none */
    int porch;    /* epoll: the parked */
    bool resumed; /* one more round is due: the first one only takes it back */
};

int64_t http_now(void); /* ms, monotonic */

/* The daemon's log (MHD_OPTION_EXTERNAL_LOGGER, the loop, with MHD_USE_ERROR_LOG). */
void http_loop_log(void *arg, const char *format, va_list values);

/* Makes the descriptors; the rest is the caller's.  UNAVAILABLE */
ENT_MUST_USE ent_code http_loop_open(struct http_loop *loop, ent_err *err);
void http_loop_close(struct http_loop *loop);

/* Ends a wait, from another thread. */
void http_loop_wake(const struct http_loop *loop);
/* Runs the daemon once: waits for sockets, `wake`, `also`, or time. */
void http_loop_wait(struct http_loop *loop, int timeout_ms);
/* Closes who is too slow. */
void http_loop_sweep(struct http_loop *loop, int64_t now);
/* Gives the parked back to the daemon, which must not be stopped before. */
void http_loop_unpark(struct http_loop *loop);

void http_line_begin(struct http_loop *loop, struct http_line *line, struct MHD_Connection *mhd);
void http_line_end(struct http_line *line);
/* The daemon is at this line: to be called first in each of its callbacks. */
void http_line_turn(struct http_line *line);
/* The answer is sent: what comes now is another request. */
void http_line_next(struct http_line *line);
void http_line_body(struct http_line *line); /* the body may come */

/* Sends an answer past libmicrohttpd, which takes none in the middle of a request. */
void http_line_send(const struct http_line *line, const http_reply *reply);

#endif
