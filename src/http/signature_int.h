/* http/signature (private) -- do these bytes carry that public key's signature?
 *
 * GnuTLS checks RSA and ECDSA, libsodium Ed25519; nothing is worked out here.  Keys and signatures
 * come from outside: what is no key, a key that is too small or too large, and a signature of
 * another size are all `false`. */
#ifndef ENT_HTTP_SIGNATURE_INT_H
#define ENT_HTTP_SIGNATURE_INT_H

#include "base/span.h"

/* Bits of a modulus: below is weak, above is work for whoever sends it [RFC 7518 3.3]. */
#define SIGNATURE_RSA_LEAST 2048
#define SIGNATURE_RSA_MOST  8192

/* RSASSA-PKCS1-v1_5 with SHA-256. */
bool http_signature_rs256(ent_span modulus, ent_span exponent, ent_span text, ent_span signature);
/* ECDSA on P-256 with SHA-256, by the point x || y; the signature in DER, */
bool http_signature_es256(const uint8_t point[64], ent_span text, ent_span der);
/* or as r || s [RFC 7518 3.4]. */
bool http_signature_es256_raw(const uint8_t point[64], ent_span text, ent_span signature);
/* Ed25519. */
bool http_signature_eddsa(const uint8_t key[32], ent_span text, ent_span signature);

#endif
