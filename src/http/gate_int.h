/*
 * http/gate (private) -- what a request's head may look like, for both servers.
 *
 * libmicrohttpd 0.9.75 takes heads that RFC 9112 forbids and that two readers could
 * understand in two ways: a length beside chunked coding, two lengths, two hosts,
 * unknown codings, control characters, names that are no token.  They are refused
 * here, in the first call for a request, before anything acts on it.
 */
#ifndef ENT_HTTP_GATE_INT_H
#define ENT_HTTP_GATE_INT_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct http_head {
    unsigned hosts, lengths, codings;
    uint64_t length; /* Content-Length; 0 if there is none */
    bool chunked;
    bool bad;
} http_head;

/* False: the head is to be refused with 400. */
bool http_head_read(struct MHD_Connection *connection, const char *version, http_head *head);

#endif
