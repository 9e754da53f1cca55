/*
 * http/api (private) -- what one connection and one request have been through.
 *
 * A connection is for one loop's thread alone.  A request is its loop's, except
 * between MHD_suspend_connection and MHD_resume_connection, when it is a worker's.
 */
#ifndef ENT_HTTP_API_INT_H
#define ENT_HTTP_API_INT_H

#include "http/api.h"
#include "http/body_int.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>

/* Arenas kept for the next request, and how large one may have been to be kept. */
#define API_SPARE      32
#define API_SPARE_SIZE ((size_t)1 << 20)

enum api_phase {
    API_HEAD, /* nothing, or a part of a head */
    API_BODY,
    API_BUSY /* ours to act, or the answer is on its way */
};

struct api_loop;

struct api_connection {
    struct api_connection *next, *previous;
    struct api_loop *loop;
    struct api_exchange *exchange; /* NULL between requests */
    gnutls_session_t session;      /* NULL: no TLS */
    int fd;
    bool connected;            /* the TLS handshake is over */
    uint64_t received, marked; /* bytes of the socket; as many when nothing had begun */
    enum api_phase phase;
    int64_t since, progress; /* ms: of the phase; when the body last moved */
    uint64_t body_bytes;
};

enum api_stage {
    API_NEW,    /* the head was not looked at */
    API_BEGIN,  /* `begin` is to be called by a worker */
    API_FINISH, /* `finish` is */
    API_TAKE,   /* the body is being taken */
    API_ANSWER  /* the reply stands */
};

struct api_exchange {
    http_request request; /* first: a request is its exchange */
    http_reply reply;
    struct MHD_Connection *mhd;
    struct api_connection *connection;
    struct api_exchange *next; /* in the workers' queue */
    enum api_stage stage;
    bool in_head; /* libmicrohttpd is in its first call */
    bool asleep;  /* suspended, until the loop sees it again */
    bool at_once; /* a refusal does not wait for the body, and closes */
    http_body body;
    uint64_t dropped;
    char target[]; /* as sent, NUL at the end */
};

struct api_loop {
    struct http_api *api;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    size_t slot;
    struct api_connection *connections;
    ent_arena *spare[API_SPARE]; /* arenas of requests that are over */
    size_t spare_count;
    int wake;                     /* eventfd: a worker has resumed a connection */
    uint64_t moved, moved_before; /* goes up whenever anything moves */
    bool resumed;                 /* one more round is due: the first one only takes it back */
    size_t exchanges;             /* begun and not answered */
    size_t asleep;                /* as many of them a worker has */
};

struct api_queue {
    struct api_exchange *first, **last;
    size_t count;
};

struct http_api {
    http_api_config config;
    char *certificate, *key;
    struct api_loop *loops;
    pthread_t *workers;
    size_t loop_count, worker_count; /* started */
    atomic_size_t body_left;
    atomic_bool ending;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t more;
    /* Two queues, so that who only guesses passphrases cannot keep bodies waiting. */
    struct api_queue begin, finish;
    size_t beginning; /* workers that are at one of the first queue: at most half */
    bool workers_end;
};

int64_t http_api_now(void); /* ms, monotonic */

/* Runs the daemon once: waits for sockets, workers, or time. */
void http_api_wait(struct api_loop *loop, int timeout_ms);

/* The callbacks for TLS bytes, and the end of who is too slow. */
void http_api_watch(struct api_connection *connection);
void http_api_sweep(struct api_loop *loop, int64_t now);
/* Sends an answer past libmicrohttpd, which takes none in the middle of a body. */
void http_api_send_raw(const struct api_connection *connection, const http_reply *reply);

#endif
