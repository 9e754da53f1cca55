/*
 * http/server -- files for those whose key is known, and nothing for anybody else.
 *
 * Mutual TLS 1.3.  The pin of the client's certificate chooses one folder; GET and
 * HEAD answer with the files below it, as the bytes that are there.  There is no
 * listing, no query, no date, no tag: nothing that could depend on what is not in
 * the folder.  Whatever is absent, badly named or another's is the same 404.
 *
 * One request is held: GET <prefix>checkpoint?after=<sha256 of the content the client
 * has> waits until that file changes (inotify) or `hold` seconds pass; with
 * &beside=<sha256> also until the one file beside it does (none: as if it were empty).
 *
 * Whoever has no node of its own reads pages instead of files, if the caller makes them; that
 * keeps waiting only who reads pages, too.
 *
 * A few loops own the connections, each in its thread: what one of many asks for keeps only the
 * others of its loop waiting, and the system shares the processors among the loops.  Whoever has
 * shown its key is served in every round of its loop, and of handshakes one goes on in each.
 *
 * Slow clients: a connection that takes longer than `head_seconds` for its handshake and a
 * request's head, or for a head from its first byte, or that says nothing so long after an
 * answer, is closed, with 408 if a request had begun.  A held request is not idleness.
 */
#ifndef ENT_HTTP_SERVER_H
#define ENT_HTTP_SERVER_H

#include "http/api.h"
#include "http/tls.h"

typedef struct http_server http_server;

typedef struct http_server_config {
    int listen_fd;           /* a listening TCP socket; the server closes it */
    const char *certificate; /* PEM */
    const char *key;         /* PEM */
    const char *prefix;      /* "/entente/v1/" */
    const char *held;        /* the file whose GET may wait: "checkpoint" */
    const char *beside;      /* whose change ends the wait too; NULL: none */
    unsigned hold_seconds;
    unsigned head_seconds;
    unsigned loops; /* threads that share the connections; at least 1 */
    /* The folder for a pin, into `folder`; false: unknown.  Called from any of them. */
    bool (*peer)(void *arg, const uint8_t pin[HTTP_PIN_SIZE], char *folder, size_t size);
    void *arg;
    /* May be NULL.  Is the file of that name in another folder that is this one's owner's?  Then
     * that one into `other`, and *name becomes the name in it. */
    bool (*elsewhere)(void *arg, const char *folder, const char **name, char *other, size_t size);
    /* May be NULL.  Does this folder's owner read pages, not files? */
    bool (*pages)(void *arg, const char *folder);
    /* Then this answers all that it asks, in a thread of its own, one at a time. */
    void (*page)(void *arg, const char *folder, http_request *request, http_reply *reply);
    /* What the server itself answers with, as in http/api.h; NULL: a line of text. */
    void (*refuse)(unsigned status, http_reply *reply);
} http_server_config;

/* Listens on "ADDR:PORT" or "[ADDR]:PORT" (port 0: any free one); `bound` gets the
 * address with its port.  RETRY if somebody has it, UNAVAILABLE if it cannot be had. */
ENT_MUST_USE ent_code http_listen(const char *address, int *fd, char *bound, size_t size,
                                  ent_err *err);

ENT_MUST_USE ent_code http_server_start(const http_server_config *config, http_server **server,
                                        ent_err *err);
/* Answers what is held, finishes what runs, closes all. */
void http_server_stop(http_server *server);

#endif
