/*
 * link/body -- what an entry says, sealed to the one who may read it.
 *
 * A body is encrypted under a content key of its own; the content key travels
 * beside it, sealed to the recipient's X25519 key.  Erasing the two key files
 * erases the body everywhere, in backups too.  Inside is the salt that the
 * entry's commitment used: commitment = SHA-256(salt || body), so the header
 * tells nothing of a short or guessable body.
 *
 *     body file  XChaCha20-Poly1305(content key, zero nonce, salt[32] || body)
 *     key file   libsodium sealed box (X25519, XSalsa20-Poly1305) of the content key
 *
 * A content key is used once, so the nonce may be constant.  Pure: randomness is
 * an argument; secrets are in the caller's memory and wiped by the caller.
 */
#ifndef ENT_LINK_BODY_H
#define ENT_LINK_BODY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#define LINK_KEY_SIZE        32 /* content key, X25519 public or secret key */
#define LINK_SALT_SIZE       32
#define LINK_SEALED_KEY_SIZE (32 + 16 + LINK_KEY_SIZE)
#define LINK_BODY_OVERHEAD   (LINK_SALT_SIZE + 16)

/* The randomness one sealing uses up.  Wipe it afterwards. */
typedef struct link_body_seed {
    uint8_t content_key[LINK_KEY_SIZE];
    uint8_t salt[LINK_SALT_SIZE];
    uint8_t ephemeral[32]; /* seed of the one-time X25519 key pair */
} link_body_seed;

/* Derives `ephemeral` from the content key, which is secret and random: so that who
 * kept the content key can tell later whether a sealed key is the one it made. */
void link_body_seed_finish(link_body_seed *seed);

typedef struct link_sealed {
    ent_hash commitment;
    ent_span body; /* in the arena */
    uint8_t key[LINK_SEALED_KEY_SIZE];
} link_sealed;

/* LIMIT  the body is larger than BODY_SIZE */
ENT_MUST_USE ent_code link_body_seal(ent_arena *arena, ent_span body, const link_body_seed *seed,
                                     const uint8_t recipient[LINK_KEY_SIZE], link_sealed *sealed,
                                     ent_err *err);

/* The sealed key alone, for comparing.  `content_key` and `ephemeral` of the seed count. */
ENT_MUST_USE ent_code link_key_seal(const link_body_seed *seed,
                                    const uint8_t recipient[LINK_KEY_SIZE],
                                    uint8_t sealed[LINK_SEALED_KEY_SIZE], ent_err *err);

/* Opens a sealed key file.  UNTRUSTED if it is not for this key pair. */
ENT_MUST_USE ent_code link_key_open(ent_span sealed_key, const uint8_t public_key[LINK_KEY_SIZE],
                                    const uint8_t secret_key[LINK_KEY_SIZE],
                                    uint8_t content_key[LINK_KEY_SIZE], ent_err *err);

/* Opens a body and holds it against the commitment in its entry.  UNTRUSTED if
 * either does not fit.  The body is in the arena: it is content, not a secret key. */
ENT_MUST_USE ent_code link_body_open(ent_arena *arena, ent_span sealed,
                                     const uint8_t content_key[LINK_KEY_SIZE],
                                     const ent_hash *commitment, ent_span *body, ent_err *err);

/* The salt of a body that link_body_open opened: who is shown both can check the commitment. */
const uint8_t *link_body_salt(ent_span body);

#endif
