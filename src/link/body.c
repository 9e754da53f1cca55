#include "link/body.h"

#include "base/limits.h"

#include <sodium.h>

_Static_assert(LINK_SEALED_KEY_SIZE == crypto_box_SEALBYTES + LINK_KEY_SIZE, "sealed box");

static const uint8_t zero_nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES] = { 0 };

/* The one-time key pair that seals the content key follows from it, so that what is
 * served can be checked later against the key that we kept. */
void link_body_seed_finish(link_body_seed *seed)
{
    const ent_span pieces[] = { { "entente ephemeral v1\n", 21 },
                                { seed->content_key, sizeof seed->content_key } };
    ent_hash hash = ent_hash_pieces(pieces, 2);

    memcpy(seed->ephemeral, hash.bytes, sizeof seed->ephemeral);
    sodium_memzero(&hash, sizeof hash);
}

/* libsodium's sealed box, with the ephemeral key from a seed instead of the
 * system's randomness, so that sealing is a function: eph_pk || box(key), nonce =
 * BLAKE2b-192(eph_pk || recipient).  crypto_box_seal_open opens it. */
ent_code link_key_seal(const link_body_seed *seed, const uint8_t recipient[LINK_KEY_SIZE],
                       uint8_t out[LINK_SEALED_KEY_SIZE], ent_err *err)
{
    uint8_t secret[crypto_box_SECRETKEYBYTES], nonce[crypto_box_NONCEBYTES];
    crypto_generichash_state state;
    int failed;

    (void)crypto_box_seed_keypair(out, secret, seed->ephemeral);
    (void)crypto_generichash_init(&state, NULL, 0, sizeof nonce);
    (void)crypto_generichash_update(&state, out, crypto_box_PUBLICKEYBYTES);
    (void)crypto_generichash_update(&state, recipient, crypto_box_PUBLICKEYBYTES);
    (void)crypto_generichash_final(&state, nonce, sizeof nonce);
    failed = crypto_box_easy(out + crypto_box_PUBLICKEYBYTES, seed->content_key, LINK_KEY_SIZE,
                             nonce, recipient, secret);
    sodium_memzero(secret, sizeof secret);
    if (failed != 0)
        return ent_fail(err, ENT_UNTRUSTED, "the recipient's key is no X25519 public key");
    return ENT_OK;
}

ent_code link_body_seal(ent_arena *arena, ent_span body, const link_body_seed *seed,
                        const uint8_t recipient[LINK_KEY_SIZE], link_sealed *sealed, ent_err *err)
{
    const ent_span salted[] = { { seed->salt, LINK_SALT_SIZE }, body };
    uint8_t *plain, *out;

    if (body.size > ENT_LIMIT_BODY_SIZE)
        return ent_fail(err, ENT_LIMIT, "a body has %zu bytes, more than %d", body.size,
                        ENT_LIMIT_BODY_SIZE);
    plain = ent_arena_alloc(arena, LINK_SALT_SIZE + body.size);
    out = ent_arena_alloc(arena, LINK_BODY_OVERHEAD + body.size);
    if (plain == NULL || out == NULL)
        return ent_fail_arena(err);
    memcpy(plain, seed->salt, LINK_SALT_SIZE);
    if (body.size > 0)
        memcpy(plain + LINK_SALT_SIZE, body.ptr, body.size);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain, LINK_SALT_SIZE + body.size,
                                                     NULL, 0, NULL, zero_nonce, seed->content_key);
    sealed->commitment = ent_hash_pieces(salted, 2);
    sealed->body = (ent_span){ out, LINK_BODY_OVERHEAD + body.size };
    return link_key_seal(seed, recipient, sealed->key, err);
}

ent_code link_key_open(ent_span sealed_key, const uint8_t public_key[LINK_KEY_SIZE],
                       const uint8_t secret_key[LINK_KEY_SIZE], uint8_t content_key[LINK_KEY_SIZE],
                       ent_err *err)
{
    if (sealed_key.size != LINK_SEALED_KEY_SIZE ||
        crypto_box_seal_open(content_key, sealed_key.ptr, sealed_key.size, public_key,
                             secret_key) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "the body's key is not sealed to this node");
    return ENT_OK;
}

ent_code link_body_open(ent_arena *arena, ent_span sealed, const uint8_t content_key[LINK_KEY_SIZE],
                        const ent_hash *commitment, ent_span *body, ent_err *err)
{
    uint8_t *plain;
    ent_hash hash;

    if (sealed.size < LINK_BODY_OVERHEAD ||
        sealed.size > LINK_BODY_OVERHEAD + (size_t)ENT_LIMIT_BODY_SIZE)
        return ent_fail(err, ENT_FORMAT, "a sealed body cannot have %zu bytes", sealed.size);
    plain = ent_arena_alloc(arena, sealed.size);
    if (plain == NULL)
        return ent_fail_arena(err);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed.ptr, sealed.size, NULL,
                                                   0, zero_nonce, content_key) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "a body does not open under its key");
    hash = ent_hash_of(plain, sealed.size - 16);
    if (!ent_hash_equal(&hash, commitment))
        return ent_fail(err, ENT_UNTRUSTED, "a body is not the one its entry commits to");
    *body = (ent_span){ plain + LINK_SALT_SIZE, sealed.size - LINK_BODY_OVERHEAD };
    return ENT_OK;
}

/* It lies in front of the body: both are one piece of memory. */
const uint8_t *link_body_salt(ent_span body)
{
    return (const uint8_t *)body.ptr - LINK_SALT_SIZE;
}
