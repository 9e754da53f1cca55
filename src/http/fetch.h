/*
 * http/fetch -- one answer of a server out in the world.
 *
 * HTTPS 1.1 with TLS 1.2 or later; the certificate is checked against the system's
 * authorities or a given file, and there is no way to leave that out.  No redirect, no
 * proxy, no cookie.  An address that is not of the public Internet is not connected to,
 * unless it is allowed: what is judged is the very address of the connection, so that no
 * name, however it resolves, and no second resolution leads into the own network.
 */
#ifndef ENT_HTTP_FETCH_H
#define ENT_HTTP_FETCH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <sys/socket.h>

typedef struct http_fetch_request {
    const char *url;    /* https://... */
    const char *method; /* NULL: GET */
    const char *accept; /* media types; NULL: the field is not sent */
    const char *type;   /* of the body; NULL: there is none */
    ent_span body;
    const char *field;  /* one header line more, "Name: value"; NULL: none */
    bool chunked;       /* without saying its length */
    bool gzip;          /* the body is packed so */
    const char *ca;     /* PEM file of authorities; NULL: the system's */
    const char *user;   /* with `secret`: Basic; NULL: the secret is a bearer token */
    const char *secret; /* NULL: no credentials */
    bool allow_private;
    size_t limit; /* bytes of the body, unpacked */
    unsigned seconds;
} http_fetch_request;

typedef struct http_fetch_reply {
    long status;
    ent_str body, type;      /* in the arena; type "" if there is none */
    ent_str date_added_last; /* X-TAXII-Date-Added-Last, or "" */
    unsigned retry_after;    /* seconds; 0: not said */
} http_fetch_reply;

/*
 * Asks and waits for the whole answer.
 * DENIED       the address is of a network of our own
 * UNTRUSTED    the certificate does not hold
 * UNAVAILABLE  no connection, or it broke off
 * LIMIT        more than `limit` bytes
 */
ENT_MUST_USE ent_code http_fetch(ent_arena *arena, const http_fetch_request *request,
                                 http_fetch_reply *reply, ent_err *err);

/* Is it of the public Internet (the IANA registries of special addresses)? */
bool http_address_public(const struct sockaddr *address);

#endif
