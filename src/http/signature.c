#include "http/signature_int.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <sodium.h>

#define DER_MOST      ((size_t)128)
#define EXPONENT_MOST ((size_t)4)

/* What GnuTLS takes is not written to. */
static gnutls_datum_t datum(const void *bytes, size_t size)
{
    return (gnutls_datum_t){ (unsigned char *)(uintptr_t)bytes, (unsigned)size };
}

static bool verified(gnutls_pubkey_t key, gnutls_sign_algorithm_t how, ent_span text, ent_span sign)
{
    const gnutls_datum_t data = datum(text.ptr, text.size), mark = datum(sign.ptr, sign.size);

    return text.size <= UINT_MAX && gnutls_pubkey_verify_data2(key, how, 0, &data, &mark) >= 0;
}

/* ---- RSA ---- */

/* Bits of a number without zeros in front [RFC 7518 6.3.1.1]; 0: it has some, or is nothing. */
static size_t bits(ent_span number)
{
    const uint8_t *bytes = number.ptr;
    size_t count = number.size * 8;

    if (number.size == 0 || bytes[0] == 0)
        return 0;
    for (uint8_t top = 0x80; (bytes[0] & top) == 0; top >>= 1)
        count--;
    return count;
}

bool http_signature_rs256(ent_span modulus, ent_span exponent, ent_span text, ent_span signature)
{
    const gnutls_datum_t m = datum(modulus.ptr, modulus.size);
    const gnutls_datum_t e = datum(exponent.ptr, exponent.size);
    gnutls_pubkey_t key;
    bool holds;

    if (bits(modulus) < SIGNATURE_RSA_LEAST || bits(modulus) > SIGNATURE_RSA_MOST ||
        bits(exponent) < 2 || exponent.size > EXPONENT_MOST || signature.size != modulus.size)
        return false;
    if (gnutls_pubkey_init(&key) != 0)
        return false;
    holds = gnutls_pubkey_import_rsa_raw(key, &m, &e) == 0 &&
            verified(key, GNUTLS_SIGN_RSA_SHA256, text, signature);
    gnutls_pubkey_deinit(key);
    return holds;
}

/* ---- ECDSA ---- */

bool http_signature_es256(const uint8_t point[64], ent_span text, ent_span der)
{
    const gnutls_datum_t x = datum(point, 32), y = datum(point + 32, 32);
    gnutls_pubkey_t key;
    bool holds;

    if (der.size > DER_MOST || gnutls_pubkey_init(&key) != 0)
        return false;
    holds = gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP256R1, &x, &y) == 0 &&
            verified(key, GNUTLS_SIGN_ECDSA_SHA256, text, der);
    gnutls_pubkey_deinit(key);
    return holds;
}

bool http_signature_es256_raw(const uint8_t point[64], ent_span text, ent_span signature)
{
    const uint8_t *bytes = signature.ptr;
    gnutls_datum_t r, s, der;
    bool holds;

    if (signature.size != 64)
        return false;
    r = datum(bytes, 32);
    s = datum(bytes + 32, 32);
    if (gnutls_encode_rs_value(&der, &r, &s) != 0)
        return false;
    holds = http_signature_es256(point, text, (ent_span){ der.data, der.size });
    gnutls_free(der.data);
    return holds;
}

/* ---- Ed25519 ---- */

bool http_signature_eddsa(const uint8_t key[32], ent_span text, ent_span signature)
{
    return signature.size == crypto_sign_BYTES &&
           crypto_sign_verify_detached(signature.ptr, text.ptr, text.size, key) == 0;
}
