/* http/jose: the standards' own examples hold, and every other way of signing is refused. */
#include "jose.h"

/* RFC 7515 appendix A.2 and A.3; RFC 8037 appendix A.2 and A.4. */
#define RFC_CLAIMS                                                                    \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19" \
    "yb290Ijp0cnVlfQ"
static const char rfc_rs256[] =
    "eyJhbGciOiJSUzI1NiJ9." RFC_CLAIMS "."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
    "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
    "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
    "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
static const char rfc_rsa[] =
    "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
    "4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0L"
    "OL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5Zw"
    "Kh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\","
    "\"e\":\"AQAB\"}";
static const char rfc_es256[] =
    "eyJhbGciOiJFUzI1NiJ9." RFC_CLAIMS "."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
static const char rfc_ec[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";
static const char rfc_eddsa[] =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
static const char rfc_okp[] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";
/* RFC 7515 appendix A.1 (HS256) and A.5 (none). */
static const char rfc_hs256[] = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." RFC_CLAIMS
                                ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
static const char rfc_none[] = "eyJhbGciOiJub25lIn0." RFC_CLAIMS ".";

static int set_up(void **state)
{
    jose_pairs *p = calloc(1, sizeof *p);

    jose_pairs_make(p);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    jose_pairs_end(*state);
    free(*state);
    return 0;
}

static ent_code check(const jose_pairs *p, const char *compact, jose_algorithm algorithm,
                      ent_str keys, ent_err *err)
{
    jose_token token;

    *err = (ent_err){ 0 };
    if (http_jose_read(p->arena, ent_str_of(compact), &token, err) != ENT_OK)
        return err->code;
    return http_jose_check(p->arena, &token, algorithm, keys, err);
}

static ent_str set_of(const jose_pairs *p, const char *key)
{
    return ent_arena_printf(p->arena, "{\"keys\":[%s]}", key);
}

static void the_examples_of_the_standards_hold(void **state)
{
    const struct {
        const char *token, *key;
    } known[] = { [JOSE_RS256] = { rfc_rs256, rfc_rsa },
                  [JOSE_ES256] = { rfc_es256, rfc_ec },
                  [JOSE_EDDSA] = { rfc_eddsa, rfc_okp } };
    jose_pairs *p = *state;
    ent_err err;

    for (size_t i = 0; i < JOSE_ALGORITHM_COUNT; i++) {
        jose_algorithm found;

        CHECK_OK(check(p, known[i].token, (jose_algorithm)i, set_of(p, known[i].key), &err), &err);
        for (size_t other = 0; other < JOSE_ALGORITHM_COUNT; other++) {
            if (other == i)
                continue;
            CHECK_INT(
                check(p, known[i].token, (jose_algorithm)other, set_of(p, known[i].key), &err),
                ENT_UNTRUSTED);
            CHECK_INT(
                check(p, known[i].token, (jose_algorithm)i, set_of(p, known[other].key), &err),
                ENT_UNTRUSTED);
        }
        CHECK(http_jose_find(ent_str_of(http_jose_name((jose_algorithm)i)), &found) && found == i);
    }
}

static void a_changed_token_does_not_hold(void **state)
{
    jose_pairs *p = *state;
    ent_str keys = set_of(p, rfc_okp);
    size_t size = sizeof rfc_eddsa - 1;
    char text[sizeof rfc_eddsa];
    ent_err err;

    for (size_t i = 0; i < size; i++) {
        memcpy(text, rfc_eddsa, sizeof text);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        CHECK(check(p, text, JOSE_EDDSA, keys, &err) != ENT_OK);
    }
    for (size_t i = 0; i < size; i++) {
        memcpy(text, rfc_eddsa, i);
        text[i] = '\0';
        CHECK(check(p, text, JOSE_EDDSA, keys, &err) != ENT_OK);
    }
}

static void nothing_but_the_named_algorithm_is_tried(void **state)
{
    static const char *const names[] = { "none", "None", "", "HS256", "RS512", "PS256", "rs256" };
    jose_pairs *p = *state;
    jose_algorithm found;
    ent_str keys;
    ent_err err;

    for (size_t i = 0; i < JOSE_ALGORITHM_COUNT; i++) {
        CHECK_INT(check(p, rfc_none, (jose_algorithm)i, set_of(p, rfc_rsa), &err), ENT_UNTRUSTED);
        CHECK_INT(check(p, rfc_hs256, (jose_algorithm)i, set_of(p, rfc_rsa), &err), ENT_UNTRUSTED);
    }
    keys = jose_set(p, JOSE_RS256, "");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ent_str head = ent_arena_printf(p->arena, "{\"alg\":\"%s\"}", names[i]);

        CHECK(!http_jose_find(ent_str_of(names[i]), &found));
        /* A true signature under a false name. */
        CHECK_INT(
            check(p, jose_token_make(p, JOSE_RS256, head.ptr, "{}").ptr, JOSE_RS256, keys, &err),
            ENT_UNTRUSTED);
    }
    CHECK_INT(check(p, jose_token_make(p, JOSE_RS256, "{}", "{}").ptr, JOSE_RS256, keys, &err),
              ENT_UNTRUSTED);
    CHECK_INT(check(p, jose_token_make(p, JOSE_RS256, "{\"alg\":[\"RS256\"]}", "{}").ptr,
                    JOSE_RS256, keys, &err),
              ENT_UNTRUSTED);
}

/* HS256 under the text of the public key, which everybody has. */
static void a_public_key_is_no_secret(void **state)
{
    jose_pairs *p = *state;
    ent_str keys = jose_set(p, JOSE_RS256, "");
    static const char head[] = "{\"alg\":\"HS256\"}";
    uint8_t mark[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state mac;
    ent_str text;
    ent_err err;

    text = ent_arena_printf(p->arena, "%s.%s", jose_text(p->arena, head, sizeof head - 1),
                            jose_text(p->arena, "{}", 2));
    (void)crypto_auth_hmacsha256_init(&mac, (const uint8_t *)keys.ptr, keys.size);
    (void)crypto_auth_hmacsha256_update(&mac, (const uint8_t *)text.ptr, text.size);
    (void)crypto_auth_hmacsha256_final(&mac, mark);
    text = ent_arena_printf(p->arena, "%s.%s", text.ptr, jose_text(p->arena, mark, sizeof mark));
    CHECK_INT(check(p, text.ptr, JOSE_RS256, keys, &err), ENT_UNTRUSTED);
    CHECK_STR(err.msg, "the token is not signed with RS256 [RFC 8725 3.1]");
}

static void keys_are_found_by_name_and_by_what_they_are_for(void **state)
{
    static const struct {
        const char *head, *set; /* members in front of a key each; %s is the right key */
        ent_code want;
    } rows[] = {
        { "{\"alg\":\"ES256\",\"kid\":\"a\"}", "{\"kid\":\"a\",%s}", ENT_OK },
        { "{\"alg\":\"ES256\",\"kid\":\"a\"}", "{\"kid\":\"b\",%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\",\"kid\":\"a\"}", "{%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\",\"kid\":7}", "{\"kid\":7,%s}", ENT_FORMAT },
        { "{\"alg\":\"ES256\",\"kid\":\"a\"}", "{\"kid\":\"a\",%s},{\"kid\":\"a\",%s}",
          ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\"}", "{%s}", ENT_OK },
        { "{\"alg\":\"ES256\"}", "{%s},{%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\"}", "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"},{%s}", ENT_OK },
        { "{\"alg\":\"ES256\"}", "{\"use\":\"sig\",%s}", ENT_OK },
        { "{\"alg\":\"ES256\"}", "{\"use\":\"enc\",%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\"}", "{\"key_ops\":[\"verify\"],%s}", ENT_OK },
        { "{\"alg\":\"ES256\"}", "{\"key_ops\":[\"encrypt\"],%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\"}", "{\"alg\":\"ES256\",%s}", ENT_OK },
        { "{\"alg\":\"ES256\"}", "{\"alg\":\"ES384\",%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\"}", "7,{%s},null", ENT_OK },
        { "{\"alg\":\"ES256\"}", "", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", "{%s}", ENT_OK },
        { "{\"alg\":\"ES256\",\"typ\":\"jwt\"}", "{%s}", ENT_OK },
        { "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", "{%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\",\"typ\":null}", "{%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}", "{%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"ES256\",\"crit\":[]}", "{%s}", ENT_UNTRUSTED },
        { "{\"alg\":\"none\",\"alg\":\"ES256\"}", "{%s}", ENT_FORMAT }, /* twice */
        { "[\"alg\",\"ES256\"]", "{%s}", ENT_FORMAT },
    };
    jose_pairs *p = *state;
    ent_err err;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *key = p->keys[JOSE_ES256], *at = rows[i].set;
        ent_str token = jose_token_make(p, JOSE_ES256, rows[i].head, "{}"), keys;
        ent_buf buf;

        ent_buf_init(&buf, p->arena);
        ent_buf_c(&buf, "{\"keys\":[");
        for (const char *hole = strstr(at, "%s"); hole != NULL; hole = strstr(at, "%s")) {
            ent_buf_put(&buf, at, (size_t)(hole - at));
            ent_buf_c(&buf, key);
            at = hole + 2;
        }
        ent_buf_c(&buf, at);
        ent_buf_c(&buf, "]}");
        CHECK_OK(ent_buf_done(&buf, &keys, &err), &err);
        if (check(p, token.ptr, JOSE_ES256, keys, &err) != rows[i].want)
            fail_msg("row %zu: %d, %s", i, err.code, err.msg);
    }
}

/* Whoever makes a key and puts it into the token is not believed. */
static void a_key_that_the_token_brings_is_not_looked_at(void **state)
{
    jose_pairs *p = *state;
    ent_str head =
        ent_arena_printf(p->arena, "{\"alg\":\"EdDSA\",\"jwk\":{%s}}", p->keys[JOSE_EDDSA]);
    ent_str token = jose_token_make(p, JOSE_EDDSA, head.ptr, "{}");
    ent_err err;

    CHECK_INT(check(p, token.ptr, JOSE_EDDSA, set_of(p, rfc_okp), &err), ENT_UNTRUSTED);
    CHECK_STR(err.msg, "the signature is not the key's [RFC 7515 5.2]");
    CHECK_OK(check(p, token.ptr, JOSE_EDDSA, jose_set(p, JOSE_EDDSA, ""), &err), &err);
}

static void keys_that_are_none_are_refused(void **state)
{
    static const struct {
        jose_algorithm algorithm;
        const char *key;
    } rows[] = {
        { JOSE_RS256, "\"kty\":\"RSA\"" },
        { JOSE_RS256, "\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"" }, /* 17 bits */
        { JOSE_RS256, "\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"" },
        { JOSE_ES256, "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"" },
        { JOSE_ES256, /* no point of the curve */
          "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
          "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" },
        { JOSE_EDDSA, "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"" },
        { JOSE_EDDSA, /* a point of small order: it would sign everything */
          "\"kty\":\"OKP\",\"crv\":\"Ed25519\","
          "\"x\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" },
        { JOSE_EDDSA, "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"not base64url!\"" },
    };
    static const char *const sets[] = { "", "[]", "{}", "{\"keys\":{}}",
                                        "{\"keys\":[],\"keys\":[]}" };
    static char zeros[100];
    jose_pairs *p = *state;
    ent_err err;

    memset(zeros, 'A', 86);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = http_jose_name(rows[i].algorithm);
        ent_str head = ent_arena_printf(p->arena, "{\"alg\":\"%s\"}", name), token, set;

        set = ent_arena_printf(p->arena, "{\"keys\":[{%s}]}", rows[i].key);
        token =
            ent_arena_printf(p->arena, "%s..%s", jose_text(p->arena, head.ptr, head.size), zeros);
        CHECK(check(p, token.ptr, rows[i].algorithm, set, &err) != ENT_OK);
        token = jose_token_make(p, rows[i].algorithm, head.ptr, "{}");
        CHECK(check(p, token.ptr, rows[i].algorithm, set, &err) != ENT_OK);
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        CHECK_INT(check(p, rfc_eddsa, JOSE_EDDSA, ent_str_of(sets[i]), &err), ENT_FORMAT);
}

/* ECDSA in DER, as certificates have it, is another signature here; and a zero of RSA's is none. */
static void signatures_have_their_length(void **state)
{
    jose_pairs *p = *state;
    ent_str text =
        ent_arena_printf(p->arena, "%s.%s", jose_text(p->arena, "{\"alg\":\"ES256\"}", 15),
                         jose_text(p->arena, "{}", 2));
    const gnutls_datum_t data = { (unsigned char *)(uintptr_t)text.ptr, (unsigned)text.size };
    gnutls_datum_t der;
    ent_str token;
    ent_err err;

    CHECK_INT(gnutls_privkey_sign_data(p->ec, GNUTLS_DIG_SHA256, 0, &data, &der), 0);
    token = ent_arena_printf(p->arena, "%s.%s", text.ptr, jose_text(p->arena, der.data, der.size));
    CHECK_INT(check(p, token.ptr, JOSE_ES256, jose_set(p, JOSE_ES256, ""), &err), ENT_UNTRUSTED);
    gnutls_free(der.data);
    token = jose_token_make(p, JOSE_RS256, "{\"alg\":\"RS256\"}", "{}");
    CHECK_OK(check(p, token.ptr, JOSE_RS256, jose_set(p, JOSE_RS256, ""), &err), &err);
    token = ent_arena_printf(p->arena, "%sAAAA", token.ptr);
    CHECK(check(p, token.ptr, JOSE_RS256, jose_set(p, JOSE_RS256, ""), &err) != ENT_OK);
}

/* What is true but for one thing. */
static void keys_and_signatures_are_of_the_right_kind(void **state)
{
    jose_pairs *p = *state;
    ent_str token = jose_token_make(p, JOSE_ES256, "{\"alg\":\"ES256\"}", "{}"), longer, key;
    const char *xy = strstr(p->keys[JOSE_ES256], "\"x\"");
    uint8_t bytes[65] = { 0 };
    gnutls_privkey_t strong = p->rsa;
    gnutls_datum_t m, e;
    ent_span sign;
    ent_err err = { 0 };

    key = ent_arena_printf(p->arena, "{\"kty\":\"EC\",\"crv\":\"P-384\",%s}", xy);
    CHECK_INT(check(p, token.ptr, JOSE_ES256, set_of(p, key.ptr), &err), ENT_UNTRUSTED);
    CHECK_STR(err.msg, "the token is signed by a key that the provider does not publish");
    /* A byte more behind a true signature, and behind a true key. */
    CHECK_OK(ent_base64url_read(p->arena, ent_str_of(strrchr(token.ptr, '.') + 1), &sign, &err),
             &err);
    memcpy(bytes, sign.ptr, 64);
    longer = ent_arena_printf(p->arena, "%.*s.%s", (int)(strrchr(token.ptr, '.') - token.ptr),
                              token.ptr, jose_text(p->arena, bytes, 65));
    CHECK_INT(check(p, longer.ptr, JOSE_ES256, jose_set(p, JOSE_ES256, ""), &err), ENT_UNTRUSTED);
    memcpy(bytes, p->public, sizeof p->public);
    bytes[32] = 0;
    key = ent_arena_printf(p->arena, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}",
                           jose_text(p->arena, bytes, 33));
    token = jose_token_make(p, JOSE_EDDSA, "{\"alg\":\"EdDSA\"}", "{}");
    CHECK_INT(check(p, token.ptr, JOSE_EDDSA, set_of(p, key.ptr), &err), ENT_FORMAT);
    /* A true signature of a key that is too small. */
    CHECK_INT(gnutls_privkey_init(&p->rsa), 0);
    CHECK_INT(gnutls_privkey_generate(p->rsa, GNUTLS_PK_RSA, 1024, 0), 0);
    CHECK_INT(gnutls_privkey_export_rsa_raw(p->rsa, &m, &e, NULL, NULL, NULL, NULL, NULL, NULL), 0);
    key = ent_arena_printf(p->arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
                           jose_number(p->arena, &m), jose_number(p->arena, &e));
    token = jose_token_make(p, JOSE_RS256, "{\"alg\":\"RS256\"}", "{}");
    gnutls_privkey_deinit(p->rsa);
    p->rsa = strong;
    CHECK_INT(check(p, token.ptr, JOSE_RS256, set_of(p, key.ptr), &err), ENT_UNTRUSTED);
}

static void a_token_has_three_parts(void **state)
{
    jose_pairs *p = *state;
    ent_str token = jose_token_make(p, JOSE_EDDSA, "{\"alg\":\"EdDSA\"}", "{}"), text;
    ent_err err;

    text = ent_arena_printf(p->arena, "%s.e30", token.ptr);
    CHECK_INT(check(p, text.ptr, JOSE_EDDSA, jose_set(p, JOSE_EDDSA, ""), &err), ENT_FORMAT);
    text = ent_arena_printf(p->arena, "%s.", token.ptr);
    CHECK_INT(check(p, text.ptr, JOSE_EDDSA, jose_set(p, JOSE_EDDSA, ""), &err), ENT_FORMAT);
    CHECK_INT(check(p, "e30.e30", JOSE_EDDSA, jose_set(p, JOSE_EDDSA, ""), &err), ENT_FORMAT);
    CHECK_STR(err.msg, "a token has three parts [RFC 7515 7.1]");
}

static void what_is_too_large_is_not_read(void **state)
{
    jose_pairs *p = *state;
    size_t size = JOSE_KEYS_LIMIT + 1;
    char *text = malloc(size + 1);
    ent_str many = { 0 };
    ent_buf buf;
    ent_err err = { 0 };

    memset(text, 'A', size);
    text[size] = '\0';
    CHECK_INT(check(p, text, JOSE_EDDSA, set_of(p, rfc_okp), &err), ENT_LIMIT);
    memset(text, ' ', size);
    CHECK_INT(check(p, rfc_eddsa, JOSE_EDDSA, ent_str_of(text), &err), ENT_LIMIT);
    free(text);
    ent_buf_init(&buf, p->arena);
    ent_buf_c(&buf, "{\"keys\":[");
    for (int i = 0; i <= JOSE_KEYS_MOST; i++)
        ent_buf_c(&buf, i == 0 ? "{}" : ",{}");
    ent_buf_c(&buf, "]}");
    CHECK_OK(ent_buf_done(&buf, &many, &err), &err);
    CHECK_INT(check(p, rfc_eddsa, JOSE_EDDSA, many, &err), ENT_FORMAT);
}

static bool sweep(const jose_pairs *p, ent_arena *arena, ent_str compact, ent_str keys)
{
    ent_err err = { 0 };
    jose_token token;
    ent_code rc = http_jose_read(arena, compact, &token, &err);

    (void)p;
    if (rc == ENT_OK)
        rc = http_jose_check(arena, &token, JOSE_RS256, keys, &err);
    CHECK(rc == ENT_OK || (rc == ENT_LIMIT && ent_arena_failed(arena)));
    return rc == ENT_OK;
}

static void no_memory_is_no_signature(void **state)
{
    jose_pairs *p = *state;
    ent_str keys = set_of(p, rfc_rsa);

    FAULT_SWEEP(arena, (size_t)1 << 20, sweep(p, arena, ENT_STR(rfc_rs256), keys));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_examples_of_the_standards_hold),
        TEST(a_changed_token_does_not_hold),
        TEST(nothing_but_the_named_algorithm_is_tried),
        TEST(a_public_key_is_no_secret),
        TEST(keys_are_found_by_name_and_by_what_they_are_for),
        TEST(a_key_that_the_token_brings_is_not_looked_at),
        TEST(keys_that_are_none_are_refused),
        TEST(signatures_have_their_length),
        TEST(keys_and_signatures_are_of_the_right_kind),
        TEST(a_token_has_three_parts),
        TEST(what_is_too_large_is_not_read),
        TEST(no_memory_is_no_signature),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
