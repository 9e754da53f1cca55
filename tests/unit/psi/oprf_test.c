/* RFC 9497 over ristretto255: the vectors of the RFC (appendix A.1) in every mode and step,
 * batch inversion, and what a hostile other side can send. */
#include "psi/oprf.h"
#include "base/json.h"
#include "base/text.h"
#include "test.h"

#include <sodium.h>

#define ROOM    ((size_t)4 << 20)
#define VECTORS "tests/unit/psi/rfc9497_ristretto255.json"

static ent_err err;

/* Hex of any size; entry `index` of a list with commas between. */
static ent_str bytes_of(ent_arena *arena, ent_json json, const char *name, size_t index)
{
    ent_str text = ent_json_get_text(json, name);
    size_t from = 0, to;
    uint8_t *bytes;

    for (; index > 0; from++)
        index -= text.ptr[from] == ',';
    for (to = from; to < text.size && text.ptr[to] != ','; to++)
        ;
    bytes = ent_arena_alloc(arena, (to - from) / 2 + 1);
    CHECK(bytes != NULL);
    CHECK_OK(ent_hex_read((ent_str){ text.ptr + from, to - from }, bytes, (to - from) / 2, &err),
             &err);
    return (ent_str){ (const char *)bytes, (to - from) / 2 };
}

static void scalar_get(ent_arena *arena, ent_json json, const char *name, size_t index,
                       uint8_t out[32])
{
    ent_str bytes = bytes_of(arena, json, name, index);

    CHECK_INT(bytes.size, 32);
    memcpy(out, bytes.ptr, 32);
}

static psi_element element_get(ent_arena *arena, ent_json json, const char *name, size_t index)
{
    psi_element element;

    scalar_get(arena, json, name, index, element.bytes);
    return element;
}

struct suite {
    psi_oprf_mode mode;
    psi_oprf_server server;
    psi_oprf_client client;
    ent_str info;
};

static struct suite suite_open(ent_arena *arena, ent_json json, ent_str info)
{
    int64_t mode = 0;
    struct suite s = { .info = info };
    uint8_t secret[32], want[32], seed[32];
    psi_element public;

    CHECK(ent_json_int(ent_json_get(json, "mode"), &mode));
    s.mode = (psi_oprf_mode)mode;
    scalar_get(arena, json, "seed", 0, seed);
    scalar_get(arena, json, "skSm", 0, want);
    CHECK_OK(psi_oprf_key_derive(s.mode, seed, bytes_of(arena, json, "keyInfo", 0), secret, &public,
                                 &err),
             &err);
    assert_memory_equal(secret, want, 32);
    if (s.mode != PSI_OPRF) {
        psi_element expected = element_get(arena, json, "pkSm", 0);

        assert_memory_equal(public.bytes, expected.bytes, 32);
    }
    CHECK_OK(psi_oprf_server_init(&s.server, s.mode, secret, info, &err), &err);
    CHECK_OK(psi_oprf_client_init(&s.client, s.mode, &public, info, &err), &err);
    if (s.mode != PSI_OPRF)
        assert_memory_equal(s.server.public.bytes, s.client.public.bytes, 32);
    return s;
}

static void vector_check(ent_arena *arena, ent_json json, ent_json vector)
{
    ent_str info = ent_json_get(vector, "Info").doc == NULL ? ENT_STR_NONE
                                                            : bytes_of(arena, vector, "Info", 0);
    struct suite s = suite_open(arena, json, info);
    int64_t batch = 0;
    psi_element blinded[2], evaluated[2];
    uint8_t blinds[2][32], unblinds[2][32], nonce[32], proof[PSI_OPRF_PROOF], output[64];

    CHECK(ent_json_int(ent_json_get(vector, "Batch"), &batch));
    for (size_t i = 0; i < (size_t)batch; i++) {
        psi_element want = element_get(arena, vector, "BlindedElement", i);

        scalar_get(arena, vector, "Blind", i, blinds[i]);
        CHECK_OK(psi_oprf_blind(s.mode, bytes_of(arena, vector, "Input", i), blinds[i], &blinded[i],
                                &err),
                 &err);
        assert_memory_equal(blinded[i].bytes, want.bytes, 32);
    }
    if (s.mode != PSI_OPRF)
        scalar_get(arena, ent_json_get(vector, "Proof"), "r", 0, nonce);
    CHECK_OK(psi_oprf_answer(&s.server, blinded, (size_t)batch, nonce, evaluated, proof, &err),
             &err);
    if (s.mode != PSI_OPRF) {
        ent_str want = bytes_of(arena, ent_json_get(vector, "Proof"), "proof", 0);

        CHECK_INT(want.size, PSI_OPRF_PROOF);
        assert_memory_equal(proof, want.ptr, PSI_OPRF_PROOF);
    }
    CHECK_OK(psi_oprf_check(&s.client, blinded, evaluated, (size_t)batch, proof, &err), &err);
    psi_scalars_invert(blinds, unblinds, (size_t)batch);
    for (size_t i = 0; i < (size_t)batch; i++) {
        psi_element want = element_get(arena, vector, "EvaluationElement", i);
        ent_str input = bytes_of(arena, vector, "Input", i);
        ent_str wanted = bytes_of(arena, vector, "Output", i);

        assert_memory_equal(evaluated[i].bytes, want.bytes, 32);
        CHECK_OK(psi_oprf_finalize(&s.client, input, unblinds[i], &evaluated[i], output, &err),
                 &err);
        CHECK_INT(wanted.size, 64);
        assert_memory_equal(output, wanted.ptr, 64);
        memset(output, 0, sizeof output);
        CHECK_OK(psi_oprf_evaluate(&s.server, input, output, &err), &err);
        assert_memory_equal(output, wanted.ptr, 64);
    }
    psi_oprf_server_wipe(&s.server);
    CHECK(sodium_is_zero((const uint8_t *)&s.server, sizeof s.server));
}

static void every_vector_of_the_rfc_holds_in_every_step(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    size_t size, count = 0;
    char *text = test_file(VECTORS, &size);
    ent_json suites;

    (void)state;
    CHECK_OK(ent_json_read(arena, (ent_str){ text, size }, &suites, &err), &err);
    for (ent_json s = ent_json_first(suites); s.doc != NULL; s = ent_json_next(s))
        for (ent_json v = ent_json_first(ent_json_get(s, "vectors")); v.doc != NULL;
             v = ent_json_next(v), count++)
            vector_check(arena, s, v);
    CHECK_INT(count, 8);
    free(text);
    ent_arena_free(arena);
}

/* ---- a pair of our own, with random secrets ---- */

#define FRAME 5

struct pair {
    psi_oprf_server server;
    psi_oprf_client client;
    uint8_t secret[32], blinds[FRAME][32], unblinds[FRAME][32], nonce[32], proof[PSI_OPRF_PROOF];
    psi_element public, blinded[FRAME], evaluated[FRAME];
};

static void random_scalar(uint8_t scalar[32])
{
    crypto_core_ristretto255_scalar_random(scalar);
}

static void pair_open(struct pair *p, psi_oprf_mode mode, ent_str info)
{
    uint8_t seed[32];

    randombytes_buf(seed, sizeof seed);
    random_scalar(p->nonce);
    CHECK_OK(psi_oprf_key_derive(mode, seed, ENT_STR("epoch 1"), p->secret, &p->public, &err),
             &err);
    CHECK_OK(psi_oprf_server_init(&p->server, mode, p->secret, info, &err), &err);
    CHECK_OK(psi_oprf_client_init(&p->client, mode, &p->public, info, &err), &err);
    for (size_t i = 0; i < FRAME; i++) {
        random_scalar(p->blinds[i]);
        CHECK_OK(
            psi_oprf_blind(mode, (ent_str){ &"abcde"[i], 1 }, p->blinds[i], &p->blinded[i], &err),
            &err);
    }
    psi_scalars_invert(p->blinds, p->unblinds, FRAME);
    CHECK_OK(psi_oprf_answer(&p->server, p->blinded, FRAME, p->nonce, p->evaluated, p->proof, &err),
             &err);
}

static void both_ways_give_the_same_output_in_every_mode(void **state)
{
    uint8_t outputs[3][64];

    (void)state;
    for (psi_oprf_mode mode = PSI_OPRF; mode <= PSI_POPRF; mode = (psi_oprf_mode)(mode + 1)) {
        struct pair p;

        pair_open(&p, mode, ENT_STR("info"));
        CHECK_OK(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err), &err);
        for (size_t i = 0; i < FRAME; i++) {
            ent_str input = { &"abcde"[i], 1 };
            uint8_t theirs[64], ours[64];

            CHECK_OK(
                psi_oprf_finalize(&p.client, input, p.unblinds[i], &p.evaluated[i], theirs, &err),
                &err);
            CHECK_OK(psi_oprf_evaluate(&p.server, input, ours, &err), &err);
            assert_memory_equal(theirs, ours, 64);
            memcpy(outputs[mode], ours, 64);
        }
    }
    CHECK(memcmp(outputs[0], outputs[1], 64) != 0 && memcmp(outputs[1], outputs[2], 64) != 0);
}

static void other_info_gives_other_outputs_that_cannot_be_joined(void **state)
{
    struct pair p;
    psi_oprf_server other;
    uint8_t one[64], two[64];

    (void)state;
    pair_open(&p, PSI_POPRF, ENT_STR("epoch 1, DSV"));
    CHECK_OK(psi_oprf_server_init(&other, PSI_POPRF, p.secret, ENT_STR("epoch 1, SVB"), &err),
             &err);
    CHECK_OK(psi_oprf_evaluate(&p.server, ENT_STR("x"), one, &err), &err);
    CHECK_OK(psi_oprf_evaluate(&other, ENT_STR("x"), two, &err), &err);
    CHECK(memcmp(one, two, 64) != 0);
    /* A frame answered under other info does not pass. */
    CHECK_OK(psi_oprf_answer(&other, p.blinded, FRAME, p.nonce, p.evaluated, p.proof, &err), &err);
    CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err),
              ENT_UNTRUSTED);
}

static void one_element_under_another_key_is_noticed(void **state)
{
    (void)state;
    for (psi_oprf_mode mode = PSI_VOPRF; mode <= PSI_POPRF; mode = (psi_oprf_mode)(mode + 1))
        for (size_t i = 0; i < FRAME; i++) {
            struct pair p;
            uint8_t other[32];

            pair_open(&p, mode, ENT_STR("info"));
            random_scalar(other);
            CHECK_OK(psi_multiply(other, &p.blinded[i], &p.evaluated[i], &err), &err);
            CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err),
                      ENT_UNTRUSTED);
            CHECK_STR(err.msg, "the proof does not hold: another key was used [RFC 9497 s2.2.2]");
        }
}

static void two_elements_in_each_others_place_are_noticed(void **state)
{
    struct pair p;
    psi_element kept;

    (void)state;
    pair_open(&p, PSI_VOPRF, ENT_STR_NONE);
    kept = p.evaluated[1];
    p.evaluated[1] = p.evaluated[3];
    p.evaluated[3] = kept;
    CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err),
              ENT_UNTRUSTED);
    CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME - 1, p.proof, &err),
              ENT_UNTRUSTED);
}

static void every_bit_of_a_proof_counts(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p, PSI_VOPRF, ENT_STR_NONE);
    for (size_t bit = 0; bit < (size_t)8 * PSI_OPRF_PROOF; bit += 5) {
        p.proof[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err),
                  ENT_UNTRUSTED);
        p.proof[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    CHECK_OK(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err), &err);
}

/* The order of the group, RFC 9496 s4: the first scalar that is none. */
static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                   0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                   0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10 };

static void a_scalar_is_canonical_and_not_zero(void **state)
{
    uint8_t scalar[32] = { 0 };

    (void)state;
    CHECK(!psi_scalar_valid(scalar));
    scalar[0] = 1;
    CHECK(psi_scalar_valid(scalar));
    memcpy(scalar, order, 32);
    CHECK(!psi_scalar_valid(scalar));
    scalar[0]--;
    CHECK(psi_scalar_valid(scalar));
    scalar[0] += 2;
    CHECK(!psi_scalar_valid(scalar));
    memset(scalar, 0xff, 32);
    CHECK(!psi_scalar_valid(scalar));
}

static void bad_keys_blinds_and_nonces_are_refused(void **state)
{
    const uint8_t zero[32] = { 0 };
    uint8_t more[32];
    psi_oprf_server server;
    psi_oprf_client client;
    psi_element out[FRAME];
    struct pair p;

    (void)state;
    CHECK_INT(psi_oprf_server_init(&server, PSI_OPRF, zero, ENT_STR_NONE, &err), ENT_UNTRUSTED);
    CHECK_INT(psi_oprf_server_init(&server, PSI_OPRF, order, ENT_STR_NONE, &err), ENT_UNTRUSTED);
    CHECK_INT(psi_oprf_blind(PSI_OPRF, ENT_STR("x"), zero, out, &err), ENT_UNTRUSTED);
    memcpy(more, order, 32);
    more[0]++; /* one, written with the order added */
    CHECK_INT(psi_oprf_blind(PSI_OPRF, ENT_STR("x"), more, out, &err), ENT_UNTRUSTED);
    CHECK_OK(psi_oprf_client_init(&client, PSI_OPRF, NULL, ENT_STR_NONE, &err), &err);
    pair_open(&p, PSI_VOPRF, ENT_STR_NONE);
    CHECK_INT(psi_oprf_answer(&p.server, p.blinded, FRAME, zero, out, p.proof, &err),
              ENT_UNTRUSTED);
    CHECK_STR(err.msg, "the proof's nonce is no scalar [RFC 9497 s2.2.1]");
    for (size_t half = 0; half < 2; half++) {
        uint8_t proof[PSI_OPRF_PROOF];
        unsigned carry = 0;

        /* The same number, written with the order added: a second text of one proof. */
        memcpy(proof, p.proof, sizeof proof);
        for (size_t i = 0; i < 32; i++) {
            carry += (unsigned)proof[half * 32 + i] + order[i];
            proof[half * 32 + i] = (uint8_t)carry;
            carry >>= 8;
        }
        CHECK_INT(carry, 0);
        CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, proof, &err),
                  ENT_UNTRUSTED);
        CHECK_STR(err.msg, "the proof is no pair of scalars [RFC 9497 s2.2]");
    }
}

/* RFC 9496 A.2: not canonical, negative, no square root, and the like; and the identity. */
static const char *const bad_encodings[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
    "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
    "87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
    "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
    "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
    "f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
    "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
    "2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
    "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
    "8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
    "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
    "227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
    "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
    "445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void bad_elements_are_refused_by_both_sides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_encodings / sizeof *bad_encodings; i++) {
        psi_element bad, out[FRAME];
        psi_oprf_client client;
        uint8_t output[64];
        struct pair p;

        pair_open(&p, i % 2 == 0 ? PSI_VOPRF : PSI_POPRF, ENT_STR("i"));
        CHECK_OK(ent_hex_read(ent_str_of(bad_encodings[i]), bad.bytes, 32, &err), &err);
        CHECK_INT(psi_oprf_finalize(&p.client, ENT_STR("a"), p.unblinds[0], &bad, output, &err),
                  ENT_UNTRUSTED);
        CHECK_INT(psi_oprf_client_init(&client, PSI_VOPRF, &bad, ENT_STR_NONE, &err),
                  ENT_UNTRUSTED);
        p.evaluated[i % FRAME] = bad;
        CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err),
                  ENT_UNTRUSTED);
        p.client.mode = PSI_OPRF;
        CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, FRAME, p.proof, &err),
                  ENT_UNTRUSTED);
        p.blinded[2] = bad;
        CHECK_INT(psi_oprf_answer(&p.server, p.blinded, FRAME, p.nonce, out, p.proof, &err),
                  ENT_UNTRUSTED);
        CHECK(strstr(err.msg, "element 2: ") == err.msg);
    }
}

/* A server whose key is -H(info), and a client that is shown such a key. */
static void info_that_cancels_the_key_is_refused(void **state)
{
    uint8_t tweak[32], secret[32];
    static const char tag[] = "HashToScalar-OPRFV1-\2-ristretto255-SHA512";
    const ent_span pieces[] = { { "Info", 4 }, { "\0\4", 2 }, { "info", 4 } };
    psi_oprf_server server;
    psi_oprf_client client;
    psi_element public;

    (void)state;
    psi_pieces_to_scalar(pieces, 3, (ent_str){ tag, sizeof tag - 1 }, tweak);
    crypto_core_ristretto255_scalar_negate(secret, tweak);
    CHECK_INT(psi_oprf_server_init(&server, PSI_POPRF, secret, ENT_STR("info"), &err),
              ENT_UNTRUSTED);
    CHECK_STR(err.msg, "the info cancels the key [RFC 9497 s3.3.3]");
    CHECK_INT(crypto_scalarmult_ristretto255_base(public.bytes, secret), 0);
    CHECK_INT(psi_oprf_client_init(&client, PSI_POPRF, &public, ENT_STR("info"), &err),
              ENT_UNTRUSTED);
    CHECK_OK(psi_oprf_client_init(&client, PSI_POPRF, &public, ENT_STR("inf"), &err), &err);
}

static void sizes_are_limited(void **state)
{
    static char text[PSI_OPRF_INPUT + 1];
    ent_str most = { text, PSI_OPRF_INPUT }, more = { text, sizeof text };
    psi_oprf_server server;
    psi_oprf_client client;
    uint8_t output[64];
    struct pair p;

    (void)state;
    pair_open(&p, PSI_POPRF, ENT_STR("i"));
    CHECK_OK(psi_oprf_evaluate(&p.server, most, output, &err), &err);
    CHECK_INT(psi_oprf_evaluate(&p.server, more, output, &err), ENT_LIMIT);
    CHECK_INT(psi_oprf_blind(PSI_OPRF, more, p.blinds[0], &p.blinded[0], &err), ENT_LIMIT);
    CHECK_INT(psi_oprf_finalize(&p.client, more, p.unblinds[0], &p.evaluated[0], output, &err),
              ENT_LIMIT);
    CHECK_INT(psi_oprf_server_init(&server, PSI_POPRF, p.secret, more, &err), ENT_LIMIT);
    CHECK_INT(psi_oprf_client_init(&client, PSI_POPRF, &p.public, more, &err), ENT_LIMIT);
    CHECK_INT(psi_oprf_key_derive(PSI_OPRF, p.secret, more, output, &p.public, &err), ENT_LIMIT);
    CHECK_INT(psi_oprf_answer(&p.server, p.blinded, 0, p.nonce, p.evaluated, p.proof, &err),
              ENT_LIMIT);
    CHECK_INT(psi_oprf_answer(&p.server, p.blinded, PSI_OPRF_BATCH + 1, p.nonce, p.evaluated,
                              p.proof, &err),
              ENT_LIMIT);
    CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, 0, p.proof, &err), ENT_LIMIT);
    CHECK_INT(psi_oprf_check(&p.client, p.blinded, p.evaluated, PSI_OPRF_BATCH + 1, p.proof, &err),
              ENT_LIMIT);
}

static void a_frame_of_the_greatest_size_is_answered(void **state)
{
    static psi_element blinded[PSI_OPRF_BATCH], evaluated[PSI_OPRF_BATCH];
    struct pair p;

    (void)state;
    pair_open(&p, PSI_OPRF, ENT_STR_NONE);
    for (size_t i = 0; i < PSI_OPRF_BATCH; i++)
        blinded[i] = p.blinded[i % FRAME];
    CHECK_OK(psi_oprf_answer(&p.server, blinded, PSI_OPRF_BATCH, NULL, evaluated, NULL, &err),
             &err);
    CHECK_OK(psi_oprf_check(&p.client, blinded, evaluated, PSI_OPRF_BATCH, NULL, &err), &err);
    for (size_t i = 0; i < PSI_OPRF_BATCH; i++)
        assert_memory_equal(evaluated[i].bytes, p.evaluated[i % FRAME].bytes, 32);
}

static void backwards(void *arg, size_t parts, psi_part part, void *ctx)
{
    (void)arg;
    while (parts > 0)
        part(ctx, --parts);
}

#define MANY 300

/* To the byte: a frame that is asked for again is the same on another machine. */
static void a_crew_makes_the_same_frame_and_checks_it_alike(void **state)
{
    static psi_element blinded[MANY], evaluated[2][MANY];
    const psi_crew crew = { NULL, backwards };
    uint8_t proof[2][PSI_OPRF_PROOF];
    struct pair p;

    (void)state;
    for (psi_oprf_mode mode = PSI_VOPRF; mode <= PSI_POPRF; mode = (psi_oprf_mode)(mode + 1)) {
        pair_open(&p, mode, ENT_STR("info"));
        for (size_t i = 0; i < MANY; i++)
            blinded[i] = psi_hash_to_group((ent_span){ &i, sizeof i }, ENT_STR("many"));
        for (int with = 0; with < 2; with++) {
            p.server.crew = with ? &crew : NULL;
            CHECK_OK(psi_oprf_answer(&p.server, blinded, MANY, p.nonce, evaluated[with],
                                     proof[with], &err),
                     &err);
        }
        assert_memory_equal(evaluated[0], evaluated[1], sizeof evaluated[0]);
        assert_memory_equal(proof[0], proof[1], PSI_OPRF_PROOF);
        for (int with = 0; with < 2; with++) {
            p.client.crew = with ? &crew : NULL;
            CHECK_OK(psi_oprf_check(&p.client, blinded, evaluated[0], MANY, proof[0], &err), &err);
        }
        for (size_t i = 0; i < MANY; i += 23) {
            psi_element kept = evaluated[0][i];

            evaluated[0][i] = blinded[i];
            CHECK_INT(psi_oprf_check(&p.client, blinded, evaluated[0], MANY, proof[0], &err),
                      ENT_UNTRUSTED);
            evaluated[0][i] = kept;
        }
        memset(&blinded[MANY - 1], 0, sizeof *blinded);
        CHECK_INT(psi_oprf_answer(&p.server, blinded, MANY, p.nonce, evaluated[0], proof[0], &err),
                  ENT_UNTRUSTED);
        assert_non_null(strstr(err.msg, "element 299"));
    }
}

static void many_inverses_are_each_the_inverse(void **state)
{
    static uint8_t scalars[257][32], inverses[257][32];
    const uint8_t one[32] = { 1 };

    (void)state;
    for (size_t i = 0; i < 257; i++)
        random_scalar(scalars[i]);
    for (size_t count = 0; count <= 257; count = count * 2 + 1) {
        memset(inverses, 0, sizeof inverses);
        psi_scalars_invert(scalars, inverses, count);
        for (size_t i = 0; i < count; i++) {
            uint8_t product[32];

            crypto_core_ristretto255_scalar_mul(product, scalars[i], inverses[i]);
            assert_memory_equal(product, one, 32);
        }
    }
}

RUN_TESTS(TEST(every_vector_of_the_rfc_holds_in_every_step),
          TEST(both_ways_give_the_same_output_in_every_mode),
          TEST(other_info_gives_other_outputs_that_cannot_be_joined),
          TEST(one_element_under_another_key_is_noticed),
          TEST(two_elements_in_each_others_place_are_noticed), TEST(every_bit_of_a_proof_counts),
          TEST(a_scalar_is_canonical_and_not_zero), TEST(bad_keys_blinds_and_nonces_are_refused),
          TEST(bad_elements_are_refused_by_both_sides), TEST(info_that_cancels_the_key_is_refused),
          TEST(sizes_are_limited), TEST(a_frame_of_the_greatest_size_is_answered),
          TEST(a_crew_makes_the_same_frame_and_checks_it_alike),
          TEST(many_inverses_are_each_the_inverse))
