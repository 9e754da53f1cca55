/*
 * http/mail -- one short mail to one address, through one server.
 *
 * SMTP by libcurl: smtps:// (TLS from the first byte) or smtp:// with STARTTLS, which is
 * demanded and never left out; the certificate is checked as in http/fetch.h.  `plain` is for
 * a relay on the own machine or network, and only with allow_private.  Addresses of the own
 * network are judged at the very connection, as in http/fetch.h.  Text is ASCII; what is not
 * becomes '?'.  Who wrote the text is nobody's business here: lines are kept apart, and no
 * value can begin a header of its own.
 */
#ifndef ENT_HTTP_MAIL_H
#define ENT_HTTP_MAIL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/time.h"

typedef struct http_mail {
    const char *url; /* smtps://host[:port] or smtp://host[:port] */
    const char *from, *to;
    const char *user, *secret; /* NULL: none */
    const char *ca;            /* PEM file of authorities; NULL: the system's */
    bool plain, allow_private;
    ent_str subject, text;
    const char *id; /* of the mail: the same again is the same mail to its reader */
    ent_time time;
    unsigned seconds;
} http_mail;

/* Is it an address that can stand in an envelope and in a header? */
bool http_mail_address(const char *address);

/*
 * USAGE        no such address or URL
 * DENIED       the server is in a network of our own; or it refused sender, receiver or user
 * UNTRUSTED    the certificate does not hold, or there is no TLS
 * UNAVAILABLE  no connection, or it broke off, or "later"
 */
ENT_MUST_USE ent_code http_mail_send(ent_arena *arena, const http_mail *mail, ent_err *err);

#endif
