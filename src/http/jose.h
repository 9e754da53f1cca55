/*
 * http/jose -- is this token signed by a key of that set?
 *
 * A JSON Web Signature in compact form (RFC 7515) and a set of public keys (RFC 7517), both from
 * outside.  Of all that the standards allow there is one way through: the algorithm is the one that
 * the caller names, and the token must say that very one, so that "none", HS256 over a public key
 * and a change of algorithm are never tried; the key is the one of the set that fits the algorithm
 * and has the token's `kid`; keys that the token itself brings (jwk, jku, x5c, x5u) are not looked
 * at; `crit` is refused, since no extension is known here.  RS256, ES256 and EdDSA on Ed25519.
 * Pure: no file, no clock.  Not here: what the token claims (http/oidc.h).
 */
#ifndef ENT_HTTP_JOSE_H
#define ENT_HTTP_JOSE_H

#include "base/json.h"

#define JOSE_TOKEN_LIMIT ((size_t)16384)
#define JOSE_KEYS_LIMIT  ((size_t)65536)
#define JOSE_KEYS_MOST   64

typedef enum jose_algorithm {
    JOSE_RS256,
    JOSE_ES256,
    JOSE_EDDSA,
    JOSE_ALGORITHM_COUNT
} jose_algorithm;

typedef struct jose_token {
    ent_str text; /* what is signed: the first two parts as they came */
    ent_json header;
    ent_span payload, signature; /* in the arena */
} jose_token;

/* As `alg` has it [RFC 7518 3.1, RFC 8037 3.1]. */
const char *http_jose_name(jose_algorithm algorithm);
bool http_jose_find(ent_str name, jose_algorithm *algorithm);

/* Takes a token apart; `compact` is borrowed.  Nothing in it is to be believed yet.
 * FORMAT  not three parts of base64url with an object in front;  LIMIT  larger than the limits */
ENT_MUST_USE ent_code http_jose_read(ent_arena *arena, ent_str compact, jose_token *token,
                                     ent_err *err);

/* Is it signed so, by a key of the set?
 * UNTRUSTED  another algorithm, no such key, another signature;  FORMAT, LIMIT  no set of keys */
ENT_MUST_USE ent_code http_jose_check(ent_arena *arena, const jose_token *token,
                                      jose_algorithm algorithm, ent_str keys, ent_err *err);

#endif
