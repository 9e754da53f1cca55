#include "psi/oprf.h"

#include <sodium.h>

#define SUITE "ristretto255-SHA512"

/* "HashToGroup-" and the like before the context "OPRFV1-" mode "-" suite (s3.1). */
struct tag {
    char text[64];
    size_t size;
};

static struct tag tag_of(const char *prefix, psi_oprf_mode mode)
{
    struct tag tag = { .size = strlen(prefix) };
    const char version[] = "OPRFV1-";

    memcpy(tag.text, prefix, tag.size);
    memcpy(tag.text + tag.size, version, sizeof version - 1);
    tag.size += sizeof version - 1;
    tag.text[tag.size++] = (char)mode;
    memcpy(tag.text + tag.size, "-" SUITE, sizeof SUITE);
    tag.size += sizeof SUITE;
    return tag;
}

static ent_str tag_str(const struct tag *tag)
{
    return (ent_str){ tag->text, tag->size };
}

/* I2OSP(n, 2) */
struct two {
    uint8_t bytes[2];
};

static struct two two_of(size_t n)
{
    return (struct two){ { (uint8_t)(n >> 8), (uint8_t)n } };
}

static ent_span span_of(const void *ptr, size_t size)
{
    return (ent_span){ ptr, size };
}

static psi_element base_multiply(const uint8_t scalar[PSI_SCALAR_SIZE])
{
    psi_element product = { { 0 } };

    (void)crypto_scalarmult_ristretto255_base(product.bytes, scalar);
    return product;
}

static ent_code length_check(ent_str text, const char *what, ent_err *err)
{
    if (text.size > PSI_OPRF_INPUT)
        return ent_fail(err, ENT_LIMIT, "%s is longer than %d bytes [RFC 9497 s1.2]", what,
                        PSI_OPRF_INPUT);
    return ENT_OK;
}

/* ---- keys ---- */

ent_code psi_oprf_key_derive(psi_oprf_mode mode, const uint8_t seed[PSI_SEED_SIZE], ent_str info,
                             uint8_t secret[PSI_SCALAR_SIZE], psi_element *public, ent_err *err)
{
    const struct tag tag = tag_of("DeriveKeyPair", mode);
    const struct two size = two_of(info.size);

    ENT_TRY(length_check(info, "the key's info", err));
    memset(secret, 0, PSI_SCALAR_SIZE);
    for (unsigned counter = 0; counter < 256 && sodium_is_zero(secret, PSI_SCALAR_SIZE) == 1;
         counter++) {
        const uint8_t number = (uint8_t)counter;
        const ent_span pieces[] = { span_of(seed, PSI_SEED_SIZE), span_of(size.bytes, 2),
                                    ent_span_of_str(info), span_of(&number, 1) };

        psi_pieces_to_scalar(pieces, 4, tag_str(&tag), secret);
    }
    *public = base_multiply(secret);
    return ENT_OK;
}

/* H(info), what POPRF adds to the key (s3.3.3). */
static void tweak_of(ent_str info, uint8_t tweak[PSI_SCALAR_SIZE])
{
    const struct tag tag = tag_of("HashToScalar-", PSI_POPRF);
    const struct two size = two_of(info.size);
    const ent_span pieces[] = { span_of("Info", 4), span_of(size.bytes, 2), ent_span_of_str(info) };

    psi_pieces_to_scalar(pieces, 3, tag_str(&tag), tweak);
}

ent_code psi_oprf_server_init(psi_oprf_server *server, psi_oprf_mode mode,
                              const uint8_t secret[PSI_SCALAR_SIZE], ent_str info, ent_err *err)
{
    uint8_t tweak[PSI_SCALAR_SIZE];

    *server = (psi_oprf_server){ .mode = mode };
    ENT_TRY(length_check(info, "the public info", err));
    if (!psi_scalar_valid(secret))
        return ent_fail(err, ENT_UNTRUSTED, "the key is no scalar [RFC 9497 s2.1]");
    memcpy(server->secret, secret, PSI_SCALAR_SIZE);
    memcpy(server->multiplier, secret, PSI_SCALAR_SIZE);
    if (mode == PSI_POPRF) {
        server->info = info;
        tweak_of(info, tweak);
        crypto_core_ristretto255_scalar_add(server->secret, secret, tweak);
        if (crypto_core_ristretto255_scalar_invert(server->multiplier, server->secret) != 0) {
            psi_oprf_server_wipe(server);
            return ent_fail(err, ENT_UNTRUSTED, "the info cancels the key [RFC 9497 s3.3.3]");
        }
    }
    server->public = base_multiply(server->secret);
    return ENT_OK;
}

void psi_oprf_server_wipe(psi_oprf_server *server)
{
    sodium_memzero(server, sizeof *server);
}

ent_code psi_oprf_client_init(psi_oprf_client *client, psi_oprf_mode mode,
                              const psi_element *public, ent_str info, ent_err *err)
{
    uint8_t tweak[PSI_SCALAR_SIZE];
    psi_element shift;

    *client = (psi_oprf_client){ .mode = mode };
    ENT_TRY(length_check(info, "the public info", err));
    if (mode == PSI_OPRF)
        return ENT_OK;
    if (!psi_element_valid(public))
        return ent_fail(err, ENT_UNTRUSTED, "the public key is no element [RFC 9497 s2.1]");
    client->public = *public;
    if (mode == PSI_POPRF) {
        client->info = info;
        tweak_of(info, tweak);
        shift = base_multiply(tweak);
        if (crypto_core_ristretto255_add(client->public.bytes, shift.bytes, public->bytes) != 0 ||
            !psi_element_valid(&client->public))
            return ent_fail(err, ENT_UNTRUSTED, "the info cancels the key [RFC 9497 s3.3.3]");
    }
    return ENT_OK;
}

/* ---- the client's blind, the output ---- */

ent_code psi_oprf_blind(psi_oprf_mode mode, ent_str input, const uint8_t blind[PSI_SCALAR_SIZE],
                        psi_element *blinded, ent_err *err)
{
    const struct tag tag = tag_of("HashToGroup-", mode);
    psi_element hashed;

    ENT_TRY(length_check(input, "the input", err));
    if (!psi_scalar_valid(blind))
        return ent_fail(err, ENT_UNTRUSTED, "the blind is no scalar [RFC 9497 s2.1]");
    hashed = psi_hash_to_group(ent_span_of_str(input), tag_str(&tag));
    return psi_multiply(blind, &hashed, blinded, err);
}

/* Input, for POPRF info, and element, each with its length; "Finalize". */
static void output_hash(psi_oprf_mode mode, ent_str input, ent_str info, const psi_element *element,
                        uint8_t output[PSI_OPRF_OUTPUT])
{
    const struct two input_size = two_of(input.size), info_size = two_of(info.size);
    const struct two element_size = two_of(PSI_ELEMENT_SIZE);
    crypto_hash_sha512_state state;

    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, input_size.bytes, 2);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)input.ptr, input.size);
    if (mode == PSI_POPRF) {
        (void)crypto_hash_sha512_update(&state, info_size.bytes, 2);
        (void)crypto_hash_sha512_update(&state, (const uint8_t *)info.ptr, info.size);
    }
    (void)crypto_hash_sha512_update(&state, element_size.bytes, 2);
    (void)crypto_hash_sha512_update(&state, element->bytes, PSI_ELEMENT_SIZE);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)"Finalize", 8);
    (void)crypto_hash_sha512_final(&state, output);
    sodium_memzero(&state, sizeof state);
}

ent_code psi_oprf_finalize(const psi_oprf_client *client, ent_str input,
                           const uint8_t unblind[PSI_SCALAR_SIZE], const psi_element *evaluated,
                           uint8_t output[PSI_OPRF_OUTPUT], ent_err *err)
{
    psi_element element;

    ENT_TRY(length_check(input, "the input", err));
    ENT_TRY(psi_multiply(unblind, evaluated, &element, err));
    output_hash(client->mode, input, client->info, &element, output);
    return ENT_OK;
}

ent_code psi_oprf_evaluate(const psi_oprf_server *server, ent_str input,
                           uint8_t output[PSI_OPRF_OUTPUT], ent_err *err)
{
    psi_element element;

    ENT_TRY(psi_oprf_blind(server->mode, input, server->multiplier, &element, err));
    output_hash(server->mode, input, server->info, &element, output);
    return ENT_OK;
}

/* ---- the proof (s2.2) ---- */

/* What is proved: public = secret * base, and secret * from[i] = to[i]. */
struct claim {
    psi_oprf_mode mode;
    const psi_element *public, *from, *to;
    size_t count;
    const psi_crew *crew;
};

/* POPRF evaluates with 1 / secret, so there its elements change places (s3.3.3). */
static struct claim claim_of(psi_oprf_mode mode, const psi_element *public,
                             const psi_element *blinded, const psi_element *evaluated, size_t count)
{
    bool turned = mode == PSI_POPRF;

    return (struct claim){
        mode, public, turned ? evaluated : blinded, turned ? blinded : evaluated, count, NULL
    };
}

static void seed_hash(const struct claim *claim, uint8_t seed[crypto_hash_sha512_BYTES])
{
    const struct tag tag = tag_of("Seed-", claim->mode);
    const struct two element_size = two_of(PSI_ELEMENT_SIZE), tag_size = two_of(tag.size);
    crypto_hash_sha512_state state;

    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, element_size.bytes, 2);
    (void)crypto_hash_sha512_update(&state, claim->public->bytes, PSI_ELEMENT_SIZE);
    (void)crypto_hash_sha512_update(&state, tag_size.bytes, 2);
    (void)crypto_hash_sha512_update(&state, (const uint8_t *)tag.text, tag.size);
    (void)crypto_hash_sha512_final(&state, seed);
}

static ent_code sum_add(psi_element *sum, const uint8_t factor[PSI_SCALAR_SIZE],
                        const psi_element *element, ent_err *err)
{
    psi_element product;

    ENT_TRY(psi_multiply(factor, element, &product, err));
    if (crypto_core_ristretto255_add(sum->bytes, sum->bytes, product.bytes) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "an element is no ristretto255 encoding [RFC 9496]");
    return ENT_OK;
}

/* The sums of one part of the crew's work each, which the parts then are added to. */
struct sums {
    const struct claim *claim;
    bool both; /* `to` too */
    uint8_t seed[crypto_hash_sha512_BYTES];
    psi_element from[PSI_PARTS], to[PSI_PARTS];
};

static ent_code sums_slice(void *arg, size_t first, size_t end, ent_err *err)
{
    struct sums *sums = arg;
    const struct claim *claim = sums->claim;
    const struct tag tag = tag_of("HashToScalar-", claim->mode);
    const struct two seed_size = two_of(crypto_hash_sha512_BYTES);
    const struct two size = two_of(PSI_ELEMENT_SIZE);
    size_t part = psi_crew_part(claim->count, first);
    uint8_t factor[PSI_SCALAR_SIZE];

    for (size_t i = first; i < end; i++) {
        const struct two number = two_of(i);
        const ent_span pieces[] = { span_of(seed_size.bytes, 2),
                                    span_of(sums->seed, sizeof sums->seed),
                                    span_of(number.bytes, 2),
                                    span_of(size.bytes, 2),
                                    span_of(claim->from[i].bytes, PSI_ELEMENT_SIZE),
                                    span_of(size.bytes, 2),
                                    span_of(claim->to[i].bytes, PSI_ELEMENT_SIZE),
                                    span_of("Composite", 9) };

        psi_pieces_to_scalar(pieces, 8, tag_str(&tag), factor);
        ENT_TRY(sum_add(&sums->from[part], factor, &claim->from[i], err));
        if (sums->both)
            ENT_TRY(sum_add(&sums->to[part], factor, &claim->to[i], err));
    }
    return ENT_OK;
}

/* ComputeComposites: all pairs as one, each with a factor nobody could choose.  With the
 * secret, `to` is one multiplication (ComputeCompositesFast). */
static ent_code composites(const struct claim *claim, const uint8_t *secret, psi_element *from,
                           psi_element *to, ent_err *err)
{
    struct sums sums = { .claim = claim, .both = secret == NULL };

    seed_hash(claim, sums.seed);
    ENT_TRY(psi_crew_run(claim->crew, claim->count, sums_slice, &sums, err));
    *from = *to = (psi_element){ { 0 } };
    for (size_t i = 0; i < PSI_PARTS; i++)
        if (crypto_core_ristretto255_add(from->bytes, from->bytes, sums.from[i].bytes) != 0 ||
            crypto_core_ristretto255_add(to->bytes, to->bytes, sums.to[i].bytes) != 0)
            return ent_fail(err, ENT_UNTRUSTED,
                            "an element is no ristretto255 encoding [RFC 9496]");
    return secret == NULL ? ENT_OK : psi_multiply(secret, from, to, err);
}

static void challenge_hash(const struct claim *claim, const psi_element elements[4],
                           uint8_t challenge[PSI_SCALAR_SIZE])
{
    const struct tag tag = tag_of("HashToScalar-", claim->mode);
    const struct two size = two_of(PSI_ELEMENT_SIZE);
    ent_span pieces[11];

    for (size_t i = 0; i < 5; i++) {
        pieces[2 * i] = span_of(size.bytes, 2);
        pieces[2 * i + 1] =
            span_of(i == 0 ? claim->public->bytes : elements[i - 1].bytes, PSI_ELEMENT_SIZE);
    }
    pieces[10] = span_of("Challenge", 9);
    psi_pieces_to_scalar(pieces, 11, tag_str(&tag), challenge);
}

/* GenerateProof */
static ent_code proof_make(const struct claim *claim, const uint8_t secret[PSI_SCALAR_SIZE],
                           const uint8_t nonce[PSI_SCALAR_SIZE], uint8_t proof[PSI_OPRF_PROOF],
                           ent_err *err)
{
    psi_element elements[4]; /* composites, then what they and the base are under the nonce */
    uint8_t product[PSI_SCALAR_SIZE];

    ENT_TRY(composites(claim, secret, &elements[0], &elements[1], err));
    elements[2] = base_multiply(nonce);
    ENT_TRY(psi_multiply(nonce, &elements[0], &elements[3], err));
    challenge_hash(claim, elements, proof);
    crypto_core_ristretto255_scalar_mul(product, proof, secret);
    crypto_core_ristretto255_scalar_sub(proof + PSI_SCALAR_SIZE, nonce, product);
    sodium_memzero(product, sizeof product);
    return ENT_OK;
}

/* VerifyProof */
static ent_code proof_check(const struct claim *claim, const uint8_t proof[PSI_OPRF_PROOF],
                            ent_err *err)
{
    const uint8_t *challenge = proof, *response = proof + PSI_SCALAR_SIZE;
    uint8_t expected[PSI_SCALAR_SIZE];
    psi_element elements[4];

    if (!psi_scalar_valid(challenge) || !psi_scalar_valid(response))
        return ent_fail(err, ENT_UNTRUSTED, "the proof is no pair of scalars [RFC 9497 s2.2]");
    ENT_TRY(composites(claim, NULL, &elements[0], &elements[1], err));
    elements[2] = base_multiply(response);
    elements[3] = (psi_element){ { 0 } };
    ENT_TRY(sum_add(&elements[2], challenge, claim->public, err));
    ENT_TRY(sum_add(&elements[3], response, &elements[0], err));
    ENT_TRY(sum_add(&elements[3], challenge, &elements[1], err));
    challenge_hash(claim, elements, expected);
    if (sodium_memcmp(expected, challenge, PSI_SCALAR_SIZE) != 0)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the proof does not hold: another key was used [RFC 9497 s2.2.2]");
    return ENT_OK;
}

/* ---- a frame ---- */

static ent_code count_check(size_t count, ent_err *err)
{
    if (count < 1 || count > PSI_OPRF_BATCH)
        return ent_fail(err, ENT_LIMIT, "a frame has 1 to %d elements, not %zu", PSI_OPRF_BATCH,
                        count);
    return ENT_OK;
}

struct evaluation {
    const psi_oprf_server *server;
    const psi_element *blinded;
    psi_element *evaluated;
};

static ent_code evaluation_slice(void *arg, size_t first, size_t end, ent_err *err)
{
    struct evaluation *e = arg;

    for (size_t i = first; i < end; i++)
        if (psi_multiply(e->server->multiplier, &e->blinded[i], &e->evaluated[i], err) != ENT_OK)
            return ent_context(err, "element %zu", i);
    return ENT_OK;
}

ent_code psi_oprf_answer(const psi_oprf_server *server, const psi_element *blinded, size_t count,
                         const uint8_t nonce[PSI_SCALAR_SIZE], psi_element *evaluated,
                         uint8_t proof[PSI_OPRF_PROOF], ent_err *err)
{
    struct evaluation e = { server, blinded, evaluated };
    struct claim claim;

    ENT_TRY(count_check(count, err));
    ENT_TRY(psi_crew_run(server->crew, count, evaluation_slice, &e, err));
    if (server->mode == PSI_OPRF)
        return ENT_OK;
    if (!psi_scalar_valid(nonce))
        return ent_fail(err, ENT_UNTRUSTED, "the proof's nonce is no scalar [RFC 9497 s2.2.1]");
    claim = claim_of(server->mode, &server->public, blinded, evaluated, count);
    claim.crew = server->crew;
    return proof_make(&claim, server->secret, nonce, proof, err);
}

ent_code psi_oprf_check(const psi_oprf_client *client, const psi_element *blinded,
                        const psi_element *evaluated, size_t count,
                        const uint8_t proof[PSI_OPRF_PROOF], ent_err *err)
{
    struct claim claim;

    ENT_TRY(count_check(count, err));
    for (size_t i = 0; i < count; i++)
        if (!psi_element_valid(&evaluated[i]))
            return ent_fail(err, ENT_UNTRUSTED,
                            "element %zu is no ristretto255 encoding, or is the identity "
                            "[RFC 9497 s2.1]",
                            i);
    if (client->mode == PSI_OPRF)
        return ENT_OK;
    claim = claim_of(client->mode, &client->public, blinded, evaluated, count);
    claim.crew = client->crew;
    return proof_check(&claim, proof, err);
}
