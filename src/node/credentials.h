/*
 * node/credentials -- what stands for a user besides the passphrase: tokens, certificates.
 *
 * A bearer token (RFC 6750) is 256 random bits, shown once; what is kept is its SHA-256,
 * as a file's name in keys/tokens/, so that finding one is opening a file.  A certificate
 * is known by the pin of its key (http/tls.h), in keys/certificates/: nobody's signature
 * on it is asked for.  Both end with their user, on their day, or when they are removed,
 * at once.  For who runs a TAXII client that cannot ask for a passphrase, and for smart
 * cards.
 */
#ifndef ENT_NODE_CREDENTIALS_H
#define ENT_NODE_CREDENTIALS_H

#include "node/users.h"

#define NODE_TOKEN_SIZE 48 /* "ent_", 43 of base64url, NUL */

typedef struct node_credential {
    ent_str id;   /* hex of a hash: the token's, or the key's pin */
    ent_str user; /* whose */
    ent_str title;
    ent_time made, expires; /* expires 0: with the certificate */
    bool certificate;
} node_credential;

/* Makes a token; it is nowhere but in `token` afterwards. */
ENT_MUST_USE ent_code node_token_add(ent_arena *arena, const node_home *home, const char *user,
                                     const char *title, ent_time now, ent_time expires,
                                     char token[NODE_TOKEN_SIZE], node_credential *made,
                                     ent_err *err);
/* CONFLICT: this key stands for a user already.  FORMAT: no certificate in PEM. */
ENT_MUST_USE ent_code node_certificate_add(ent_arena *arena, const node_home *home,
                                           const char *user, ent_str pem, ent_time now,
                                           node_credential *made, ent_err *err);

/* Of a user (NULL: of all), by id. */
ENT_MUST_USE ent_code node_credential_list(ent_arena *arena, const node_home *home,
                                           bool certificates, const char *user,
                                           node_credential **list, size_t *count, ent_err *err);
/* `id` may be its beginning, at least 8 digits.  NOT_FOUND, CONFLICT: several begin so. */
ENT_MUST_USE ent_code node_credential_remove(ent_arena *arena, const node_home *home,
                                             bool certificates, const char *user, const char *id,
                                             ent_err *err);

/* Whose it is.  DENIED: nobody's, or not any more. */
ENT_MUST_USE ent_code node_token_user(ent_arena *arena, const node_home *home, ent_str token,
                                      ent_time now, node_user *user, ent_err *err);
ENT_MUST_USE ent_code node_certificate_user(ent_arena *arena, const node_home *home,
                                            const uint8_t pin[32], node_user *user, ent_err *err);

#endif
