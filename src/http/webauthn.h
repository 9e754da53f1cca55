/*
 * http/webauthn -- was it this security key that answered, and its owner who touched it?
 *
 * The two ceremonies of WebAuthn Level 2, from the bytes that a browser hands over: a key is
 * made (section 7.1), a key answers (section 7.2).  Both must be for our challenge and our very
 * origin, and the user must have been verified by the key itself (a PIN, a finger).  Who made
 * the key is not asked: attestation statements are not read.  Keys of two kinds: ES256 (ECDSA
 * on P-256) and EdDSA (Ed25519); GnuTLS and libsodium check their signatures.  Pure: no file,
 * no clock; challenges, users and counters are the caller's.
 */
#ifndef ENT_HTTP_WEBAUTHN_H
#define ENT_HTTP_WEBAUTHN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#define WEBAUTHN_CHALLENGE 32   /* bytes */
#define WEBAUTHN_POINT     64   /* bytes: x and y, or an Ed25519 key and zeros */
#define WEBAUTHN_ID_LIMIT  1023 /* bytes [WebAuthn 4, credential ID] */

typedef enum webauthn_algorithm { WEBAUTHN_ES256 = -7, WEBAUTHN_EDDSA = -8 } webauthn_algorithm;

typedef struct webauthn_key {
    ent_span id;
    webauthn_algorithm algorithm;
    uint8_t point[WEBAUTHN_POINT];
    uint32_t counter; /* of its signatures; 0: it does not count */
} webauthn_key;

/* What is awaited: the challenge that we gave, "https://host:port", and the host. */
typedef struct webauthn_wanted {
    const uint8_t *challenge;
    ent_str origin, host;
} webauthn_wanted;

/* The challenge in a client's data, before it is believed.  FORMAT */
ENT_MUST_USE ent_code http_webauthn_challenge(ent_arena *arena, ent_span client_data,
                                              uint8_t challenge[WEBAUTHN_CHALLENGE], ent_err *err);

/* A key that was made.  Its id is in `attestation`.
 * FORMAT  not the bytes of such a ceremony;  DENIED  for something else, or not verified */
ENT_MUST_USE ent_code http_webauthn_register(ent_arena *arena, const webauthn_wanted *wanted,
                                             ent_span client_data, ent_span attestation,
                                             webauthn_key *key, ent_err *err);

/* May a key that had counted to `before` now say `now`?  Where it did not grow there may be two
 * of the key; one that does not count says 0 for ever [WebAuthn 6.1.1]. */
bool http_webauthn_counts(uint32_t before, uint32_t now);

/* What a key answered; its counter as it is now, which the caller holds against the last one. */
ENT_MUST_USE ent_code http_webauthn_check(ent_arena *arena, const webauthn_wanted *wanted,
                                          const webauthn_key *key, ent_span client_data,
                                          ent_span authenticator_data, ent_span signature,
                                          uint32_t *counter, ent_err *err);

#endif
