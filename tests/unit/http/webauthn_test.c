/* http/webauthn: keys made here answer, and whatever is changed is refused. */
#include "test.h"

#include "base/buf.h"
#include "base/hash.h"
#include "http/cbor_int.h"
#include "http/webauthn.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

#define HOST   "north.example"
#define ORIGIN "https://north.example:8443"

typedef struct fixture {
    ent_arena *arena;
    gnutls_privkey_t key;
    uint8_t secret[64], point[64]; /* secret: of Ed25519 */
    uint8_t challenge[WEBAUTHN_CHALLENGE];
    webauthn_wanted wanted;
    bool eddsa;
} fixture;

static void es256_make(fixture *f)
{
    gnutls_datum_t x, y;
    gnutls_ecc_curve_t curve;

    CHECK_INT(gnutls_privkey_init(&f->key), 0);
    CHECK_INT(gnutls_privkey_generate(f->key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
              0);
    CHECK_INT(
        gnutls_privkey_export_ecc_raw2(f->key, &curve, &x, &y, NULL, GNUTLS_EXPORT_FLAG_NO_LZ), 0);
    /* One key in 128 has a coordinate that is shorter. */
    CHECK(x.size <= 32 && y.size <= 32);
    memcpy(f->point + 32 - x.size, x.data, x.size);
    memcpy(f->point + 64 - y.size, y.data, y.size);
    gnutls_free(x.data);
    gnutls_free(y.data);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    assert_true(sodium_init() >= 0);
    f->arena = ent_arena_new((size_t)64 << 20);
    memset(f->challenge, 7, sizeof f->challenge);
    f->wanted = (webauthn_wanted){ f->challenge, ENT_STR(ORIGIN), ENT_STR(HOST) };
    es256_make(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    gnutls_privkey_deinit(f->key);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

static void eddsa_make(fixture *f)
{
    f->eddsa = true;
    memset(f->point, 0, sizeof f->point);
    (void)crypto_sign_keypair(f->point, f->secret);
}

static ent_span client(fixture *f, const char *type, const char *origin)
{
    char text[64];
    ent_str json;

    (void)sodium_bin2base64(text, sizeof text, f->challenge, sizeof f->challenge,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    json = ent_arena_printf(
        f->arena, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\",\"crossOrigin\":false}",
        type, text, origin);
    return ent_span_of_str(json);
}

static void head_put(ent_buf *buf, const char *host, uint8_t flags, uint8_t counter)
{
    ent_hash hash = ent_hash_of(host, strlen(host));

    ent_buf_put(buf, hash.bytes, sizeof hash.bytes);
    ent_buf_byte(buf, (unsigned char)flags);
    ent_buf_put(buf, "\0\0\0", 3);
    ent_buf_byte(buf, (unsigned char)counter);
}

static void cose_put(const fixture *f, ent_buf *buf)
{
    if (f->eddsa)
        ent_buf_put(buf, "\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", 10);
    else
        ent_buf_put(buf, "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10);
    ent_buf_put(buf, f->point, 32);
    if (!f->eddsa) {
        ent_buf_put(buf, "\x22\x58\x20", 3);
        ent_buf_put(buf, f->point + 32, 32);
    }
}

static ent_span done(ent_buf *buf)
{
    ent_err err = { 0 };
    ent_str out;

    CHECK_OK(ent_buf_done(buf, &out, &err), &err);
    return ent_span_of_str(out);
}

/* {"fmt":"none","attStmt":{},"authData":...} with a key whose id is sixteen bytes. */
static ent_span attestation(fixture *f, uint8_t flags)
{
    ent_buf data, buf;
    ent_span bytes;

    ent_buf_init(&data, f->arena);
    head_put(&data, HOST, flags, 1);
    ent_buf_put(&data, "AAGUIDAAGUIDAAGU\0\020sixteen bytes id", 34);
    cose_put(f, &data);
    bytes = done(&data);
    ent_buf_init(&buf, f->arena);
    ent_buf_put(&buf,
                "\xa3"
                "cfmt"
                "dnone"
                "gattStmt"
                "\xa0"
                "hauthData\x58",
                29);
    ent_buf_byte(&buf, (unsigned char)bytes.size);
    ent_buf_put(&buf, bytes.ptr, bytes.size);
    return done(&buf);
}

static ent_code registered(fixture *f, webauthn_key *key, ent_err *err)
{
    *err = (ent_err){ 0 };
    return http_webauthn_register(f->arena, &f->wanted, client(f, "webauthn.create", ORIGIN),
                                  attestation(f, 0x45), key, err);
}

static ent_span answer(fixture *f, const char *host, uint8_t flags, uint8_t counter)
{
    ent_buf buf;

    ent_buf_init(&buf, f->arena);
    head_put(&buf, host, flags, counter);
    return done(&buf);
}

static ent_span signed_by(fixture *f, ent_span data, ent_span client_data)
{
    ent_hash hash = ent_hash_of(client_data.ptr, client_data.size);
    uint8_t *text = ent_arena_alloc(f->arena, data.size + 32), *copy;
    gnutls_datum_t bytes = { text, (unsigned)data.size + 32 }, signature = { 0 };

    memcpy(text, data.ptr, data.size);
    memcpy(text + data.size, hash.bytes, 32);
    if (f->eddsa) {
        copy = ent_arena_alloc(f->arena, crypto_sign_BYTES);
        (void)crypto_sign_detached(copy, NULL, text, data.size + 32, f->secret);
        return (ent_span){ copy, crypto_sign_BYTES };
    }
    CHECK_INT(gnutls_privkey_sign_data2(f->key, GNUTLS_SIGN_ECDSA_SHA256, 0, &bytes, &signature),
              0);
    copy = ent_arena_alloc(f->arena, signature.size);
    memcpy(copy, signature.data, signature.size);
    gnutls_free(signature.data);
    return (ent_span){ copy, signature.size };
}

static ent_code answers(fixture *f, const webauthn_key *key, const char *origin, const char *host,
                        uint8_t flags, uint8_t counter)
{
    ent_span c = client(f, "webauthn.get", origin), data = answer(f, host, flags, counter);
    uint32_t counted;
    ent_err err = { 0 };

    return http_webauthn_check(f->arena, &f->wanted, key, c, data, signed_by(f, data, c), &counted,
                               &err);
}

static void made_and_used(fixture *f)
{
    webauthn_key key;
    ent_err err;

    CHECK_OK(registered(f, &key, &err), &err);
    CHECK_INT(key.id.size, 16);
    CHECK_INT(key.counter, 1);
    CHECK(memcmp(key.point, f->point, sizeof key.point) == 0);
    CHECK_INT(answers(f, &key, ORIGIN, HOST, 0x05, 2), ENT_OK);
    CHECK_INT(answers(f, &key, ORIGIN, HOST, 0x01, 2), ENT_DENIED); /* no PIN, no finger */
    CHECK_INT(answers(f, &key, ORIGIN, HOST, 0x04, 2), ENT_DENIED); /* nobody there */
    CHECK_INT(answers(f, &key, ORIGIN, "evil.example", 0x05, 2), ENT_DENIED);
    CHECK_INT(answers(f, &key, "https://evil.example", HOST, 0x05, 2), ENT_DENIED);
}

static void a_key_of_either_kind_answers_for_this_host_and_user(void **state)
{
    fixture *f = *state;

    made_and_used(f);
    eddsa_make(f);
    made_and_used(f);
}

static void a_count_that_does_not_grow_is_told(void **state)
{
    (void)state;
    CHECK(http_webauthn_counts(1, 2) && http_webauthn_counts(0, 1) && http_webauthn_counts(0, 0));
    CHECK(!http_webauthn_counts(2, 2) && !http_webauthn_counts(2, 1) &&
          !http_webauthn_counts(2, 0));
    CHECK(http_webauthn_counts(UINT32_MAX - 1, UINT32_MAX));
}

static void an_answer_to_another_question_is_none(void **state)
{
    fixture *f = *state;
    ent_span c, data, signature;
    webauthn_key key;
    uint32_t counter;
    ent_err err;

    CHECK_OK(registered(f, &key, &err), &err);
    c = client(f, "webauthn.get", ORIGIN);
    data = answer(f, HOST, 0x05, 9);
    signature = signed_by(f, data, c);
    CHECK_OK(http_webauthn_check(f->arena, &f->wanted, &key, c, data, signature, &counter, &err),
             &err);
    CHECK_INT(counter, 9);
    /* Asked again, with another challenge. */
    f->challenge[0]++;
    CHECK_INT(http_webauthn_check(f->arena, &f->wanted, &key, c, data, signature, &counter, &err),
              ENT_DENIED);
    /* And what a key says when it is made is no answer. */
    f->challenge[0]--;
    c = client(f, "webauthn.create", ORIGIN);
    CHECK_INT(http_webauthn_check(f->arena, &f->wanted, &key, c, data, signed_by(f, data, c),
                                  &counter, &err),
              ENT_DENIED);
}

/* Every bit of what is signed, and of the signature, counts. */
static void every_bit_counts(void **state)
{
    fixture *f = *state;
    webauthn_key key;
    ent_err err;

    eddsa_make(f);
    CHECK_OK(registered(f, &key, &err), &err);
    for (int part = 0; part < 3; part++) {
        ent_span c = client(f, "webauthn.get", ORIGIN), data = answer(f, HOST, 0x05, 9);
        ent_span signature = signed_by(f, data, c);
        ent_span *changed = part == 0 ? &c : part == 1 ? &data : &signature;

        for (size_t bit = 0; bit < changed->size * 8; bit++) {
            uint8_t *byte = (uint8_t *)(uintptr_t)changed->ptr + bit / 8;
            uint32_t counter;

            *byte ^= (uint8_t)(1 << bit % 8);
            err = (ent_err){ 0 };
            CHECK(http_webauthn_check(f->arena, &f->wanted, &key, c, data, signature, &counter,
                                      &err) != ENT_OK);
            *byte ^= (uint8_t)(1 << bit % 8);
        }
    }
}

static void a_key_that_is_cut_short_is_refused(void **state)
{
    fixture *f = *state;
    ent_span whole = attestation(f, 0x45), c = client(f, "webauthn.create", ORIGIN);
    webauthn_key key;
    ent_err err = { 0 };

    CHECK_OK(http_webauthn_register(f->arena, &f->wanted, c, whole, &key, &err), &err);
    for (size_t size = 0; size < whole.size; size++) {
        err = (ent_err){ 0 };
        CHECK_INT(http_webauthn_register(f->arena, &f->wanted, c, (ent_span){ whole.ptr, size },
                                         &key, &err),
                  ENT_FORMAT);
    }
    CHECK_INT(http_webauthn_register(f->arena, &f->wanted, c, attestation(f, 0x41), &key, &err),
              ENT_DENIED);
    CHECK_INT(http_webauthn_register(f->arena, &f->wanted, client(f, "webauthn.get", ORIGIN), whole,
                                     &key, &err),
              ENT_DENIED);
}

/* RFC 8949 appendix A, where it is canonical and of our kinds; and what is not. */
static void only_canonical_cbor_is_read(void **state)
{
    static const struct {
        const char *hex;
        bool right;
    } cases[] = {
        { "00", true },
        { "17", true },
        { "1818", true },
        { "1903e8", true },
        { "1a000f4240", true },
        { "1b000000e8d4a51000", true },
        { "20", true },
        { "3863", true },
        { "f4", true },
        { "f6", true },
        { "40", true },
        { "4401020304", true },
        { "6161", true },
        { "62c3bc", true },
        { "80", true },
        { "83010203", true },
        { "8301820203820405", true },
        { "a0", true },
        { "a201020304", true },
        { "1817", false },
        { "190017", false },
        { "f90000", false },
        { "f7", false },
        { "c000", false },
        { "5f42010243030405ff", false },
        { "9fff", false },
        { "62c328", false },
        { "44010203", false },
        { "a1", false },
        { "818181818181818181", false },
        { "9bffffffffffffffff", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[32];
        size_t size = 0;
        cbor c;

        (void)sodium_hex2bin(bytes, sizeof bytes, cases[i].hex, strlen(cases[i].hex), NULL, &size,
                             NULL);
        c = http_cbor_of((ent_span){ bytes, size });
        if ((http_cbor_skip(&c) && c.at == c.end) != cases[i].right)
            fail_msg("%s is %s", cases[i].hex, cases[i].right ? "refused" : "taken");
    }
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_key_of_either_kind_answers_for_this_host_and_user),
        cmocka_unit_test(a_count_that_does_not_grow_is_told),
        EACH(an_answer_to_another_question_is_none),
        EACH(every_bit_counts),
        EACH(a_key_that_is_cut_short_is_refused),
        cmocka_unit_test(only_canonical_cbor_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
