/*
 * http/api -- an HTTPS server for requests that somebody answers.
 *
 * TLS 1.3, and 1.2 with forward secrecy and AEAD only (TAXII 2.1 s8.2.2 demands that
 * 1.2 is accepted); never early data.  A few loops own the connections; what may take
 * long (a passphrase, a commit) is done by workers while its connection sleeps.  A
 * handler sees a request twice: `begin` when the head is whole, and decides whether
 * the body is wanted, and `finish` when the body is.  A refused body is read and
 * thrown away, so that the client gets to read why.
 *
 * Invariants: heads that RFC 9112 forbids never reach the handler; memory for bodies
 * is bounded; who is slower than the limits is closed, with 408 if a request had
 * begun; nothing acknowledged is lost by stopping.  Not here: routes, users, content.
 */
#ifndef ENT_HTTP_API_H
#define ENT_HTTP_API_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

typedef struct http_api http_api;

typedef struct http_request {
    const char *method;
    ent_str path;     /* as sent: not decoded, without the query */
    ent_str query;    /* as sent, behind the '?' */
    ent_arena *arena; /* lives until the answer is sent */
    size_t slot;      /* the thread that asks: below loops + workers */
    bool on_worker;   /* this thread may take its time */
    bool has_body;    /* a length above 0, or chunked */
    uint64_t length;  /* as announced; 0 if chunked */
    uint64_t limit;   /* set by `begin`: bytes of body that are accepted */
    bool inflate;     /* set by `begin`: the body is gzip, to be unpacked */
    ent_span body;    /* in `finish` */
    ent_code body_rc; /* in `finish`: LIMIT too large, FORMAT no gzip, RETRY no memory now */
    int64_t began;    /* ns, monotonic: when the head was whole */
    void *state;      /* the handler's own, in the arena */
} http_request;

#define HTTP_REPLY_HEADERS 12

/* An answer that goes on.  `read` fills in at most `room` bytes (at least 1,024); 0: nothing
 * now, and it is asked again after http_api_wake.  On a loop's thread: it must not wait. */
typedef struct http_stream {
    size_t (*read)(void *arg, char *bytes, size_t room);
    void *arg; /* lives as long as the request */
} http_stream;

typedef struct http_reply {
    unsigned status;
    const char *type; /* Content-Type; lives as long as the server or the request */
    ent_str body;     /* likewise */
    struct {
        const char *name, *value;
    } headers[HTTP_REPLY_HEADERS];
    size_t header_count;
    const http_stream *stream; /* instead of a body; in the arena */
} http_reply;

typedef enum http_next {
    HTTP_ANSWER, /* the reply is filled in */
    HTTP_BODY,   /* take the body (up to request->limit), then call `finish` */
    HTTP_WAIT    /* call `begin` again on a worker */
} http_next;

typedef struct http_api_config {
    int listen_fd;           /* a listening TCP socket; the server closes it */
    const char *certificate; /* PEM; NULL: no TLS, for tests and benchmarks only */
    const char *key;
    unsigned loops, workers;
    unsigned slow_seconds; /* for a handshake, for a head, and for a body that stops */
    unsigned idle_seconds; /* between an answer and the next request, up to 120; 0: as above */
    unsigned bytes_per_second;
    size_t body_memory; /* all bodies together */
    /* May this client show a certificate?  Asked at each connection; NULL: none may.  A browser
     * that is asked puts a question to its user.  See http_request_pin. */
    bool (*asks_certificate)(void *arg);
    http_next (*begin)(void *arg, http_request *request, http_reply *reply);
    void (*finish)(void *arg, http_request *request, http_reply *reply);
    /* What the server itself answers with: 400, 408, 413, 414, 431, 503.  Constants. */
    void (*refuse)(unsigned status, http_reply *reply);
    void *arg;
} http_api_config;

ENT_MUST_USE ent_code http_api_start(const http_api_config *config, http_api **api, ent_err *err);
/* Takes no new connection, finishes what runs (at most 8 s for who is slow), closes all. */
void http_api_stop(http_api *api);

/* Streams have something to say. */
void http_api_wake(http_api *api);

/* The field's value if it came exactly once; NULL if it did not come; "" if it came
 * more than once. */
const char *http_request_header(const http_request *request, const char *name);
/* All its values, joined by ", " (RFC 9110 s5.3), in the arena; .ptr NULL: none. */
ent_str http_request_list(const http_request *request, const char *name);

/* The pin (http/tls.h) of the certificate that the client has shown, whose key it has proved
 * to hold and which is within its dates.  False: it showed none. */
bool http_request_pin(const http_request *request, uint8_t pin[32]);

void http_reply_header(http_reply *reply, const char *name, const char *value);

#endif
