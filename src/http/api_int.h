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
#include "http/loop_int.h"
#include "http/tls.h"

#include <pthread.h>

/* Arenas kept for the next request, and how large one may have been to be kept. */
#define API_SPARE      32
#define API_SPARE_SIZE ((size_t)1 << 20)

struct api_loop;

struct api_connection {
    struct http_line line; /* first: a connection is its line */
    struct api_loop *loop;
    struct api_exchange *exchange; /* NULL between requests */
    enum { API_PIN_UNKNOWN, API_PIN_NONE, API_PIN_SHOWN } shown;
    uint8_t pin[HTTP_PIN_SIZE]; /* of the certificate that the client has shown */
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
    bool waiting; /* a stream with nothing to say, suspended */
    bool at_once; /* a refusal does not wait for the body, and closes */
    http_body body;
    uint64_t dropped;
    char target[]; /* as sent, NUL at the end */
};

struct api_loop {
    struct http_loop loop; /* first: so that callbacks of either may have it */
    struct http_api *api;
    pthread_t thread;
    size_t slot;
    ent_arena *spare[API_SPARE]; /* arenas of requests that are over */
    size_t spare_count;
    size_t exchanges; /* begun and not answered */
    uint64_t woken;   /* the wake-ups that its streams have seen */
    size_t asleep;    /* as many of them a worker has */
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
    atomic_ullong wakes;  /* http_api_wake */
    pthread_mutex_t lock; /* all below */
    pthread_cond_t more;
    /* Two queues, so that who only guesses passphrases cannot keep bodies waiting. */
    struct api_queue begin, finish;
    size_t beginning; /* workers that are at one of the first queue: at most half */
    bool workers_end;
};

#endif
