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

/* ---- api_exchange.c: for a loop's thread ---- */

void http_api_connection(void *loop, struct MHD_Connection *mhd, void **context,
                         enum MHD_ConnectionNotificationCode what);
/* The request line is whole: a request has begun.  What is returned becomes its context. */
void *http_api_target(void *loop, const char *target, struct MHD_Connection *mhd);
enum MHD_Result http_api_serve(void *loop, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **context);
void http_api_done(void *loop, struct MHD_Connection *mhd, void **context,
                   enum MHD_RequestTerminationCode how);
/* Streams that had nothing to say are asked again. */
void http_api_streams_resume(struct api_loop *loop);
/* The reply becomes this refusal. */
void http_api_refuse(struct api_exchange *e, unsigned status);
enum api_stage http_api_stage_after(http_next next);

/* ---- api_work.c ---- */

/* False: refused.  Once it is queued it may be a worker's: not even its stage is looked at. */
bool http_api_work_put(struct api_exchange *e, enum api_stage stage);
ENT_MUST_USE ent_code http_api_worker_start(http_api *api, size_t number, ent_err *err);

#endif
