/*
 * http/oidc -- whom does that provider say has logged in there?
 *
 * OpenID Connect Core 1.0, the authorization code flow with PKCE (RFC 7636, S256), from the side of
 * who relies on a provider: its document is read, the browser is sent there with state and nonce,
 * and comes back with a code, which is changed for an ID token.  The token must be signed with the
 * algorithm that the provider was set up with (http/jose.h), be for us alone, of these minutes, and
 * have the nonce of this very login.  All else that a provider can say (scopes, user info, access
 * tokens, roles) is not asked for and not read.  Pure: no file, no clock, no connection; what comes
 * from the provider is hostile until it is checked.
 */
#ifndef ENT_HTTP_OIDC_H
#define ENT_HTTP_OIDC_H

#include "base/time.h"
#include "http/jose.h"

#define OIDC_DOCUMENT_LIMIT ((size_t)65536)
#define OIDC_TEXT_LIMIT     ((size_t)2048) /* of an address, a code */
#define OIDC_SUBJECT_LIMIT  ((size_t)255)  /* [OpenID Connect Core 2, sub] */
#define OIDC_SKEW           ((int64_t)60)  /* seconds that clocks may differ */
#define OIDC_FRESH          ((int64_t)600) /* seconds: no token of a login is older */

typedef struct oidc_provider {
    ent_str issuer, client;         /* its name, and ours there */
    ent_str console;                /* https://host:port: where browsers come back to, at / */
    ent_str authorize, token, keys; /* its addresses */
    jose_algorithm algorithm;
    bool names_issuer; /* it says who it is when it sends back [RFC 9207] */
} oidc_provider;

/* What binds a login to a browser: the first two are seen by the provider, the third is not until
 * the code is changed.  base64url. */
typedef struct oidc_attempt {
    ent_str state, nonce, verifier;
} oidc_attempt;

/* A name at a provider: 1 to 255 printable characters of ASCII [OpenID Connect Core 2]. */
bool http_oidc_subject_valid(ent_str subject);

/* Is it https://..., without user and fragment, printable? */
bool http_oidc_address_valid(ent_str address);
/* The host in an address, with its port if it has one; for people. */
ent_str http_oidc_host(ent_str address);

/* Where an issuer's document is [OpenID Connect Discovery 4.1]; .ptr NULL: no memory. */
ent_str http_oidc_document_address(ent_arena *arena, ent_str issuer);
/* Reads it: the addresses, borrowed from the arena.  `issuer` and `algorithm` are given.
 * FORMAT  no such document;  UNTRUSTED  of another issuer;  CONFIG  it cannot do what is needed */
ENT_MUST_USE ent_code http_oidc_discover(ent_arena *arena, ent_str document,
                                         oidc_provider *provider, ent_err *err);

/* Where the browser is sent; .ptr NULL: no memory. */
ent_str http_oidc_address(ent_arena *arena, const oidc_provider *provider,
                          const oidc_attempt *attempt);
/* The body of the request that changes the code for a token; likewise. */
ent_str http_oidc_request(ent_arena *arena, const oidc_provider *provider, ent_str code,
                          ent_str verifier);
/* application/x-www-form-urlencoded into `out` of at least 3 * text.size + 1 bytes; its size. */
size_t http_oidc_encode(ent_str text, char *out);
/* The ID token in the answer.  FORMAT */
ENT_MUST_USE ent_code http_oidc_answer(ent_arena *arena, ent_str body, ent_str *token,
                                       ent_err *err);

/* Who it is: the subject, in the arena.
 * UNTRUSTED  not signed by the provider, or not for this login;  FORMAT, LIMIT  no ID token */
ENT_MUST_USE ent_code http_oidc_check(ent_arena *arena, const oidc_provider *provider,
                                      ent_str token, ent_str keys, ent_str nonce, ent_time now,
                                      ent_str *subject, ent_err *err);

#endif
