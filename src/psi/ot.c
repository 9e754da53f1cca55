#include "psi/ot_int.h"

#include <sodium.h>

static const char dst[] = "entente-fast-match-v1-ot-ristretto255_XMD:SHA-512_R255MAP_RO_";

/* H(session, index, bit, element): what the element of that bit is shifted by. */
static psi_element shift_of(const uint8_t session[32], size_t index, unsigned bit,
                            const psi_element *other)
{
    uint8_t place[2] = { (uint8_t)index, (uint8_t)bit };
    const ent_span pieces[] = { { session, 32 },
                                { place, sizeof place },
                                { other->bytes, PSI_ELEMENT_SIZE } };

    _Static_assert(PSI_OT_COUNT < 256, "an index is one byte");
    return psi_pieces_to_group(pieces, 3, ENT_STR(dst));
}

/* The chooser's exponent for an index. */
static void exponent_of(const uint8_t seed[PSI_SEED_SIZE], size_t index,
                        uint8_t scalar[PSI_SCALAR_SIZE])
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];

    psi_bytes_derive(seed, "fast/ot", index, wide, sizeof wide);
    crypto_core_ristretto255_scalar_reduce(scalar, wide);
    sodium_memzero(wide, sizeof wide);
}

static void key_make(const uint8_t session[32], size_t index, unsigned bit,
                     const psi_element *shared, psi_ot_key *key)
{
    uint8_t place[2] = { (uint8_t)index, (uint8_t)bit };
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, session, 32, PSI_OT_KEY);
    (void)crypto_generichash_update(&state, place, sizeof place);
    (void)crypto_generichash_update(&state, shared->bytes, PSI_ELEMENT_SIZE);
    (void)crypto_generichash_final(&state, key->bytes, PSI_OT_KEY);
    sodium_memzero(&state, sizeof state);
}

/* The known element at place `bit`, the other at the other, without a branch on the bit. */
static void points_put(uint8_t *at, const psi_element *known, const psi_element *other, uint8_t bit)
{
    uint8_t mask = (uint8_t)(0U - bit);

    for (size_t i = 0; i < PSI_ELEMENT_SIZE; i++) {
        uint8_t differ = (uint8_t)((known->bytes[i] ^ other->bytes[i]) & mask);

        at[i] = known->bytes[i] ^ differ;
        at[PSI_ELEMENT_SIZE + i] = other->bytes[i] ^ differ;
    }
}

ent_code psi_ot_choose(const uint8_t seed[PSI_SEED_SIZE], const uint8_t session[32],
                       const uint8_t choice[PSI_OT_COUNT], uint8_t points[PSI_OT_POINTS],
                       ent_err *err)
{
    uint8_t scalar[PSI_SCALAR_SIZE], noise[64];

    for (size_t i = 0; i < PSI_OT_COUNT; i++) {
        psi_element random, shift, power;

        psi_bytes_derive(seed, "fast/ot/other", i, noise, sizeof noise);
        (void)crypto_core_ristretto255_from_hash(random.bytes, noise);
        exponent_of(seed, i, scalar);
        if (crypto_scalarmult_ristretto255_base(power.bytes, scalar) != 0)
            return ent_fail(err, ENT_BUG, "an exponent of an oblivious transfer is zero");
        shift = shift_of(session, i, choice[i], &random);
        (void)crypto_core_ristretto255_sub(power.bytes, power.bytes, shift.bytes);
        points_put(points + 2 * i * PSI_ELEMENT_SIZE, &power, &random, choice[i]);
    }
    sodium_memzero(scalar, sizeof scalar);
    return ENT_OK;
}

ent_code psi_ot_give(const uint8_t seed[PSI_SEED_SIZE], const uint8_t session[32],
                     const uint8_t points[PSI_OT_POINTS], psi_element *answer,
                     psi_ot_key keys[PSI_OT_COUNT][2], ent_err *err)
{
    uint8_t scalar[PSI_SCALAR_SIZE];

    psi_scalar_derive(seed, "fast/ot/giver", scalar);
    if (crypto_scalarmult_ristretto255_base(answer->bytes, scalar) != 0)
        return ent_fail(err, ENT_BUG, "an exponent of an oblivious transfer is zero");
    for (size_t i = 0; i < PSI_OT_COUNT; i++)
        for (unsigned bit = 0; bit < 2; bit++) {
            psi_element own, other, shift, sum, shared;

            memcpy(own.bytes, points + (2 * i + bit) * PSI_ELEMENT_SIZE, PSI_ELEMENT_SIZE);
            memcpy(other.bytes, points + (2 * i + 1 - bit) * PSI_ELEMENT_SIZE, PSI_ELEMENT_SIZE);
            shift = shift_of(session, i, bit, &other);
            if (!psi_element_valid(&own) ||
                crypto_core_ristretto255_add(sum.bytes, own.bytes, shift.bytes) != 0)
                return ent_fail(err, ENT_UNTRUSTED,
                                "point %zu of the other side's choice is no ristretto255 encoding "
                                "[RFC 9496 s4.3.1]",
                                2 * i + bit);
            ENT_TRY(psi_multiply(scalar, &sum, &shared, err));
            key_make(session, i, bit, &shared, &keys[i][bit]);
        }
    sodium_memzero(scalar, sizeof scalar);
    return ENT_OK;
}

ent_code psi_ot_take(const uint8_t seed[PSI_SEED_SIZE], const uint8_t session[32],
                     const uint8_t choice[PSI_OT_COUNT], const psi_element *answer,
                     psi_ot_key keys[PSI_OT_COUNT], ent_err *err)
{
    uint8_t scalar[PSI_SCALAR_SIZE];

    for (size_t i = 0; i < PSI_OT_COUNT; i++) {
        psi_element shared;

        exponent_of(seed, i, scalar);
        ENT_TRY(psi_multiply(scalar, answer, &shared, err));
        key_make(session, i, choice[i], &shared, &keys[i]);
    }
    sodium_memzero(scalar, sizeof scalar);
    return ENT_OK;
}
