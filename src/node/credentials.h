/*
 * node/credentials -- what stands for a user besides the passphrase.
 *
 * A bearer token (RFC 6750) is 256 random bits, shown once; what is kept is its SHA-256,
 * as a file's name in keys/tokens/, so that finding one is opening a file.  A certificate
 * is known by the pin of its key (http/tls.h), in keys/certificates/: nobody's signature
 * on it is asked for.  A security key (WebAuthn) is known by its public key, in
 * keys/security-keys/, as a file named after the hash of its id; a subject of an OpenID Connect
 * provider (node/oidc.h) by issuer and name, in keys/subjects/, likewise.  All end with their
 * user, on their day, or when they are removed, at once.
 */
#ifndef ENT_NODE_CREDENTIALS_H
#define ENT_NODE_CREDENTIALS_H

#include "http/webauthn.h"
#include "node/users.h"

#define NODE_TOKEN_SIZE 48 /* "ent_", 43 of base64url, NUL */

typedef enum node_credential_kind {
    NODE_TOKEN,
    NODE_CERTIFICATE,
    NODE_SECURITY_KEY,
    NODE_SUBJECT
} node_credential_kind;

typedef struct node_credential {
    ent_str id;             /* hex of a hash: the token's, or the key's pin */
    ent_str user;           /* whose */
    ent_str title;          /* of a subject: its name at the provider */
    ent_time made, expires; /* expires 0: with the certificate, or never */
    node_credential_kind kind;
    webauthn_key key; /* of a security key */
    ent_str host;     /* the host that it was made for; of a subject: its issuer */
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

/* CONFLICT: it stands for somebody already. */
ENT_MUST_USE ent_code node_security_key_add(ent_arena *arena, const node_home *home,
                                            const char *user, const char *title, ent_str host,
                                            const webauthn_key *key, ent_time now,
                                            node_credential *made, ent_err *err);
/* The key with that credential id, and whose it is.  DENIED: nobody's. */
ENT_MUST_USE ent_code node_security_key_get(ent_arena *arena, const node_home *home,
                                            ent_span credential, node_credential *key,
                                            node_user *user, ent_err *err);
/* It has answered, and counts so far.  DENIED: it has counted so far before. */
ENT_MUST_USE ent_code node_security_key_used(ent_arena *arena, const node_home *home,
                                             const char *user, ent_str id, uint32_t counter,
                                             ent_err *err);

/* CONFLICT: it stands for somebody already. */
ENT_MUST_USE ent_code node_subject_add(ent_arena *arena, const node_home *home, const char *user,
                                       ent_str issuer, const char *subject, ent_time now,
                                       node_credential *made, ent_err *err);
/* A subject and whose it is, by its id, or by what the provider says.  DENIED: nobody's. */
ENT_MUST_USE ent_code node_subject_get(ent_arena *arena, const node_home *home, ent_str id,
                                       node_credential *subject, node_user *user, ent_err *err);
ENT_MUST_USE ent_code node_subject_user(ent_arena *arena, const node_home *home, ent_str issuer,
                                        ent_str name, node_credential *subject, node_user *user,
                                        ent_err *err);

/* Of a user (NULL: of all), by id. */
ENT_MUST_USE ent_code node_credential_list(ent_arena *arena, const node_home *home,
                                           node_credential_kind kind, const char *user,
                                           node_credential **list, size_t *count, ent_err *err);
/* `id` may be its beginning, at least 8 digits.  NOT_FOUND, CONFLICT: several begin so. */
ENT_MUST_USE ent_code node_credential_remove(ent_arena *arena, const node_home *home,
                                             node_credential_kind kind, const char *user,
                                             const char *id, ent_err *err);

/* Whose it is: a certificate or security key by its id, a token by itself, a certificate by the
 * pin of its key.  DENIED: nobody's, or not any more. */
ENT_MUST_USE ent_code node_credential_user(ent_arena *arena, const node_home *home,
                                           node_credential_kind kind, ent_str id, node_user *user,
                                           ent_err *err);
ENT_MUST_USE ent_code node_token_user(ent_arena *arena, const node_home *home, ent_str token,
                                      ent_time now, node_user *user, ent_err *err);
/* Has anybody a certificate?  Costs the reading of a folder's beginning. */
bool node_certificates_any(const node_home *home);
ENT_MUST_USE ent_code node_certificate_user(ent_arena *arena, const node_home *home,
                                            const uint8_t pin[32], node_user *user, ent_err *err);

#endif
