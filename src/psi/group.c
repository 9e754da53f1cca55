#include "psi/group.h"

#include "base/hash.h"

#include <sodium.h>

_Static_assert(PSI_ELEMENT_SIZE == crypto_core_ristretto255_BYTES, "ristretto255 encoding");
_Static_assert(PSI_SCALAR_SIZE == crypto_core_ristretto255_SCALARBYTES, "ristretto255 scalar");

/* RFC 9380 s5.3.1 for 64 bytes of output: one block of SHA-512 after b_0. */
static void expand_message(const ent_span *pieces, size_t count, ent_str dst,
                           uint8_t out[crypto_hash_sha512_BYTES])
{
    static const uint8_t zeros[128] = { 0 };
    const uint8_t size_and_zero[3] = { 0, 64, 0 }, one = 1, dst_size = (uint8_t)dst.size;
    uint8_t b_0[crypto_hash_sha512_BYTES];
    crypto_hash_sha512_state state;

    ENT_ASSERT(dst.size >= 1 && dst.size <= 255);
    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, zeros, sizeof zeros);
    for (size_t i = 0; i < count; i++)
        (void)crypto_hash_sha512_update(&state, pieces[i].ptr, pieces[i].size);
    (void)crypto_hash_sha512_update(&state, size_and_zero, sizeof size_and_zero);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)dst.ptr, dst.size);
    (void)crypto_hash_sha512_update(&state, &dst_size, 1);
    (void)crypto_hash_sha512_final(&state, b_0);
    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, b_0, sizeof b_0);
    (void)crypto_hash_sha512_update(&state, &one, 1);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)dst.ptr, dst.size);
    (void)crypto_hash_sha512_update(&state, &dst_size, 1);
    (void)crypto_hash_sha512_final(&state, out);
}

psi_element psi_pieces_to_group(const ent_span *pieces, size_t count, ent_str dst)
{
    uint8_t uniform[crypto_hash_sha512_BYTES];
    psi_element element;

    expand_message(pieces, count, dst, uniform);
    (void)crypto_core_ristretto255_from_hash(element.bytes, uniform);
    return element;
}

psi_element psi_hash_to_group(ent_span message, ent_str dst)
{
    return psi_pieces_to_group(&message, 1, dst);
}

void psi_pieces_to_scalar(const ent_span *pieces, size_t count, ent_str dst,
                          uint8_t scalar[PSI_SCALAR_SIZE])
{
    uint8_t uniform[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];

    _Static_assert(sizeof uniform == crypto_hash_sha512_BYTES, "one block is a wide scalar");
    expand_message(pieces, count, dst, uniform);
    crypto_core_ristretto255_scalar_reduce(scalar, uniform);
    sodium_memzero(uniform, sizeof uniform);
}

/* BLAKE2b keyed with the seed, over label, NUL and index. */
void psi_bytes_derive(const uint8_t seed[PSI_SEED_SIZE], const char *label, uint64_t index,
                      uint8_t *out, size_t size)
{
    crypto_generichash_state state;
    uint8_t number[8];

    ENT_ASSERT(size >= crypto_generichash_BYTES_MIN && size <= crypto_generichash_BYTES_MAX);
    for (int i = 0; i < 8; i++)
        number[i] = (uint8_t)(index >> (56 - 8 * i));
    (void)crypto_generichash_init(&state, seed, PSI_SEED_SIZE, size);
    (void)crypto_generichash_update(&state, (const uint8_t *)label, strlen(label) + 1);
    (void)crypto_generichash_update(&state, number, sizeof number);
    (void)crypto_generichash_final(&state, out, size);
    sodium_memzero(&state, sizeof state);
}

void psi_scalar_derive(const uint8_t seed[PSI_SEED_SIZE], const char *label,
                       uint8_t scalar[PSI_SCALAR_SIZE])
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];

    psi_bytes_derive(seed, label, 0, wide, sizeof wide);
    crypto_core_ristretto255_scalar_reduce(scalar, wide);
    sodium_memzero(wide, sizeof wide);
}

bool psi_element_valid(const psi_element *element)
{
    static const psi_element identity = { { 0 } };

    return memcmp(element, &identity, sizeof identity) != 0 &&
           crypto_core_ristretto255_is_valid_point(element->bytes) == 1;
}

ent_code psi_multiply(const uint8_t scalar[PSI_SCALAR_SIZE], const psi_element *element,
                      psi_element *product, ent_err *err)
{
    /* libsodium refuses bad encodings, and a product that is the identity. */
    if (crypto_scalarmult_ristretto255(product->bytes, scalar, element->bytes) != 0)
        return ent_fail(
            err, ENT_UNTRUSTED,
            "an element is no ristretto255 encoding, or is the identity [RFC 9496 s4.3.1]");
    return ENT_OK;
}

bool psi_scalar_valid(const uint8_t scalar[PSI_SCALAR_SIZE])
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES] = { 0 }, reduced[PSI_SCALAR_SIZE];
    bool valid;

    memcpy(wide, scalar, PSI_SCALAR_SIZE);
    crypto_core_ristretto255_scalar_reduce(reduced, wide);
    valid = sodium_memcmp(reduced, scalar, PSI_SCALAR_SIZE) == 0 &&
            sodium_is_zero(scalar, PSI_SCALAR_SIZE) == 0;
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(reduced, sizeof reduced);
    return valid;
}

/* Montgomery's trick: invert the product of all, then peel one after the other off. */
void psi_scalars_invert(uint8_t (*scalars)[PSI_SCALAR_SIZE], uint8_t (*inverses)[PSI_SCALAR_SIZE],
                        size_t count)
{
    uint8_t product[PSI_SCALAR_SIZE] = { 1 };

    for (size_t i = 0; i < count; i++) {
        memcpy(inverses[i], product, PSI_SCALAR_SIZE); /* of all before i */
        crypto_core_ristretto255_scalar_mul(product, product, scalars[i]);
    }
    (void)crypto_core_ristretto255_scalar_invert(product, product);
    for (size_t i = count; i-- > 0;) {
        crypto_core_ristretto255_scalar_mul(inverses[i], inverses[i], product);
        crypto_core_ristretto255_scalar_mul(product, product, scalars[i]);
    }
    sodium_memzero(product, sizeof product);
}
