/* The keys that the tests of tokens sign with, and tokens made with them. */
#ifndef ENT_TEST_JOSE_H
#define ENT_TEST_JOSE_H

#include "test.h"

#include "base/text.h"
#include "http/jose.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

typedef struct jose_pairs {
    ent_arena *arena;
    gnutls_privkey_t rsa, ec;
    uint8_t secret[64], public[32];
    const char *keys[JOSE_ALGORITHM_COUNT]; /* a JWK each, without its braces */
} jose_pairs;

static const char *jose_text(ent_arena *arena, const void *bytes, size_t size)
{
    ent_str text = ent_base64url_write(arena, bytes, size);

    assert_non_null(text.ptr);
    return text.ptr;
}

/* A number as RFC 7518 6.3.1.1 writes it: no zero in front. */
static const char *jose_number(ent_arena *arena, gnutls_datum_t *n)
{
    size_t zeros = 0;
    const char *text;

    while (zeros < n->size && n->data[zeros] == 0)
        zeros++;
    text = jose_text(arena, n->data + zeros, n->size - zeros);
    gnutls_free(n->data);
    return text;
}

/* Of all its 32 bytes [RFC 7518 6.2.1.2]; one key in 128 has a coordinate that begins with zeros. */
static const char *jose_coordinate(ent_arena *arena, const gnutls_datum_t *n)
{
    uint8_t all[32] = { 0 };

    assert_true(n->size <= sizeof all);
    memcpy(all + sizeof all - n->size, n->data, n->size);
    return jose_text(arena, all, sizeof all);
}

static void jose_pairs_make(jose_pairs *p)
{
    gnutls_datum_t m, e, x, y;
    gnutls_ecc_curve_t curve;

    assert_true(sodium_init() >= 0);
    p->arena = ent_arena_new((size_t)64 << 20);
    CHECK_INT(gnutls_privkey_init(&p->rsa), 0);
    CHECK_INT(gnutls_privkey_init(&p->ec), 0);
    CHECK_INT(gnutls_privkey_generate(p->rsa, GNUTLS_PK_RSA, 2048, 0), 0);
    CHECK_INT(gnutls_privkey_generate(p->ec, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
              0);
    CHECK_INT(gnutls_privkey_export_rsa_raw(p->rsa, &m, &e, NULL, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK_INT(gnutls_privkey_export_ecc_raw2(p->ec, &curve, &x, &y, NULL, GNUTLS_EXPORT_FLAG_NO_LZ),
              0);
    (void)crypto_sign_seed_keypair(p->public, p->secret,
                                   (const uint8_t *)"a seed of thirty-two bytes, so!!");
    p->keys[JOSE_RS256] = ent_arena_printf(p->arena, "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"",
                                           jose_number(p->arena, &m), jose_number(p->arena, &e))
                              .ptr;
    p->keys[JOSE_ES256] =
        ent_arena_printf(p->arena, "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"",
                         jose_coordinate(p->arena, &x), jose_coordinate(p->arena, &y))
            .ptr;
    gnutls_free(x.data);
    gnutls_free(y.data);
    p->keys[JOSE_EDDSA] =
        ent_arena_printf(p->arena, "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"",
                         jose_text(p->arena, p->public, sizeof p->public))
            .ptr;
}

static void jose_pairs_end(jose_pairs *p)
{
    gnutls_privkey_deinit(p->rsa);
    gnutls_privkey_deinit(p->ec);
    ent_arena_free(p->arena);
}

/* A set of one key, with more members in front ("\"kid\":\"a\","). */
static ent_str jose_set(const jose_pairs *p, jose_algorithm algorithm, const char *more)
{
    return ent_arena_printf(p->arena, "{\"keys\":[{%s%s}]}", more, p->keys[algorithm]);
}

static const char *jose_signature(const jose_pairs *p, jose_algorithm algorithm, ent_str text)
{
    const gnutls_datum_t data = { (unsigned char *)(uintptr_t)text.ptr, (unsigned)text.size };
    uint8_t bytes[64] = { 0 };
    gnutls_datum_t sign, r, s;
    const char *out;

    if (algorithm == JOSE_EDDSA) {
        (void)crypto_sign_detached(bytes, NULL, (const uint8_t *)text.ptr, text.size, p->secret);
        return jose_text(p->arena, bytes, sizeof bytes);
    }
    CHECK_INT(gnutls_privkey_sign_data(algorithm == JOSE_RS256 ? p->rsa : p->ec, GNUTLS_DIG_SHA256,
                                       0, &data, &sign),
              0);
    if (algorithm == JOSE_RS256) {
        out = jose_text(p->arena, sign.data, sign.size);
        gnutls_free(sign.data);
        return out;
    }
    CHECK_INT(gnutls_decode_rs_value(&sign, &r, &s), 0);
    for (size_t i = 0; i < 32 && i < r.size; i++)
        bytes[31 - i] = r.data[r.size - 1 - i];
    for (size_t i = 0; i < 32 && i < s.size; i++)
        bytes[63 - i] = s.data[s.size - 1 - i];
    gnutls_free(sign.data);
    gnutls_free(r.data);
    gnutls_free(s.data);
    return jose_text(p->arena, bytes, sizeof bytes);
}

/* A token over these bytes, whose header is `header`. */
static ent_str jose_token_make(const jose_pairs *p, jose_algorithm algorithm, const char *header,
                               const char *payload)
{
    ent_str text = ent_arena_printf(p->arena, "%s.%s", jose_text(p->arena, header, strlen(header)),
                                    jose_text(p->arena, payload, strlen(payload)));

    return ent_arena_printf(p->arena, "%s.%s", text.ptr, jose_signature(p, algorithm, text));
}

#endif
