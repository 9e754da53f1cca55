/*
 * http/tls -- key pairs and self-signed certificates; who is at the other end.
 *
 * entente trusts keys, not names: a certificate only carries a public key, and the
 * other end knows its pin, the SHA-256 of the SubjectPublicKeyInfo (RFC 7469 s2.4).
 * So certificates are self-signed and no authority is asked.  Keys are ECDSA P-256.
 */
#ifndef ENT_HTTP_TLS_H
#define ENT_HTTP_TLS_H

#include "base/err.h"
#include "base/span.h"

#define HTTP_PIN_SIZE 32

/* PEM texts, heap; the key is secret. */
typedef struct http_tls_pair {
    char *key;
    size_t key_size;
    char *certificate;
    size_t certificate_size;
} http_tls_pair;

/* A new key with a certificate for ten years, naming localhost, 127.0.0.1, ::1 and
 * `host` (a name or address; NULL: no more).  Free with http_tls_release. */
ENT_MUST_USE ent_code http_tls_make(const char *common_name, const char *host, http_tls_pair *pair,
                                    ent_err *err);
void http_tls_release(http_tls_pair *pair);

/* Does a certificate in PEM name this host or address? */
bool http_tls_names(ent_str pem, const char *host);

/* The pin of a certificate in PEM.  FORMAT if it is none. */
ENT_MUST_USE ent_code http_tls_pin(ent_str pem, uint8_t pin[HTTP_PIN_SIZE], ent_err *err);

#endif
