/*
 * http/client -- fetches files from one peer whose key is pinned.
 *
 * HTTPS with TLS 1.3 only, our own certificate shown, the peer's pin required: a
 * certificate is trusted for its key and nothing else.  No redirect, no proxy, no
 * other protocol, no cookie.  One client is one connection, kept open; it is not
 * for two threads at once.  What comes is written to a file as it comes and cut at
 * a limit.
 */
#ifndef ENT_HTTP_CLIENT_H
#define ENT_HTTP_CLIENT_H

#include "http/tls.h"

typedef struct http_client http_client;

typedef struct http_client_config {
    const char *certificate; /* PEM file */
    const char *key;         /* PEM file */
    uint8_t pin[HTTP_PIN_SIZE];
    const uint8_t *pin_before; /* one more that is taken; NULL: none */
    unsigned connect_seconds;
    /* Every HTTP byte as it is inside TLS, for recording; NULL: none. */
    void (*record)(void *arg, bool outgoing, const void *bytes, size_t size);
    void *arg;
} http_client_config;

ENT_MUST_USE ent_code http_client_new(const http_client_config *config, http_client **client,
                                      ent_err *err);
void http_client_free(http_client *client);

/*
 * GET url into the open file `fd`, at most `limit` bytes in at most `seconds`.
 * NOT_FOUND    the peer answers 404
 * UNAVAILABLE  no connection, or it broke off, or any other answer than 200
 * UNTRUSTED    the peer's key is not the pinned one
 * LIMIT        more than `limit` bytes came; what came is to be thrown away
 */
ENT_MUST_USE ent_code http_client_get(http_client *client, const char *url, int fd, size_t limit,
                                      unsigned seconds, ent_err *err);

#endif
