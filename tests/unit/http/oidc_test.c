/* http/oidc: a login is believed for one provider, one console, one browser and some minutes. */
#include "jose.h"

#include "base/hash.h"
#include "http/oidc.h"

#define NOW    INT64_C(1790000000)
#define ISSUER "https://login.example"

typedef struct fixture {
    jose_pairs pairs;
    oidc_provider provider;
    ent_str keys;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    jose_pairs_make(&f->pairs);
    f->provider = (oidc_provider){ .issuer = ENT_STR(ISSUER),
                                   .client = ENT_STR("entente north"),
                                   .console = ENT_STR("https://north.example:8443"),
                                   .authorize = ENT_STR("https://login.example/auth"),
                                   .algorithm = JOSE_ES256 };
    f->keys = jose_set(&f->pairs, JOSE_ES256, "\"kid\":\"k\",");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    jose_pairs_end(&f->pairs);
    free(f);
    return 0;
}

/* The claims of a good token, with these members in their place. */
struct claims {
    const char *iss, *sub, *aud, *exp, *iat, *nonce, *more;
};

static const struct claims good = { .iss = "\"" ISSUER "\"",
                                    .sub = "\"248289761001\"",
                                    .aud = "\"entente north\"",
                                    .exp = "1790000300",
                                    .iat = "1790000000",
                                    .nonce = "\"n-0S6_WzA2Mj\"",
                                    .more = "" };

static ent_str claims_write(const fixture *f, const struct claims *c)
{
    const char *const members[][2] = {
        { "iss", c->iss }, { "sub", c->sub }, { "aud", c->aud },
        { "exp", c->exp }, { "iat", c->iat }, { "nonce", c->nonce }
    };
    ent_err err = { 0 };
    ent_str text;
    ent_buf buf;

    ent_buf_init(&buf, f->pairs.arena);
    ent_buf_c(&buf, "{\"acr\":\"0\"");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i][1] != NULL)
            ent_buf_printf(&buf, ",\"%s\":%s", members[i][0], members[i][1]);
    ent_buf_c(&buf, c->more);
    ent_buf_byte(&buf, '}');
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    return text;
}

static ent_code token_check(const fixture *f, const char *payload, ent_str *subject, ent_err *err)
{
    ent_str token =
        jose_token_make(&f->pairs, JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":\"k\"}", payload);

    *err = (ent_err){ 0 };
    return http_oidc_check(f->pairs.arena, &f->provider, token, f->keys, ENT_STR("n-0S6_WzA2Mj"),
                           NOW * ENT_SECOND, subject, err);
}

static ent_code claims_check(const fixture *f, const struct claims *c, ent_err *err)
{
    ent_str subject;

    return token_check(f, claims_write(f, c).ptr, &subject, err);
}

static void a_token_says_who_logged_in(void **state)
{
    fixture *f = *state;
    ent_str subject;
    ent_err err;

    CHECK_OK(token_check(f, claims_write(f, &good).ptr, &subject, &err), &err);
    CHECK_TEXT(subject, "248289761001");
}

static void every_claim_is_held_against_what_was_asked(void **state)
{
    static char name[300];
    struct row {
        size_t at; /* the member */
        const char *value;
        ent_code want;
        const char *why;
    };
#define AT(member) offsetof(struct claims, member)
    const struct row rows[] = {
        { AT(iss), "\"https://login.example/\"", ENT_UNTRUSTED, "another issuer" },
        { AT(iss), "\"https://evil.example\"", ENT_UNTRUSTED, "another issuer" },
        { AT(iss), "[\"" ISSUER "\"]", ENT_UNTRUSTED, "another issuer" },
        { AT(iss), NULL, ENT_UNTRUSTED, "another issuer" },
        { AT(aud), "\"another client\"", ENT_UNTRUSTED, "not for this console" },
        { AT(aud), "[\"entente north\"]", ENT_OK, "" },
        { AT(aud), "[\"entente north\",\"another\"]", ENT_UNTRUSTED, "not for this console" },
        { AT(aud), "[\"another\"]", ENT_UNTRUSTED, "not for this console" },
        { AT(aud), "[[\"entente north\"]]", ENT_UNTRUSTED, "not for this console" },
        { AT(aud), "[]", ENT_UNTRUSTED, "not for this console" },
        { AT(aud), "{\"a\":\"entente north\"}", ENT_UNTRUSTED, "not for this console" },
        { AT(aud), NULL, ENT_UNTRUSTED, "not for this console" },
        { AT(more), ",\"azp\":\"entente north\"", ENT_OK, "" },
        { AT(more), ",\"azp\":\"another\"", ENT_UNTRUSTED, "not for this console" },
        { AT(more), ",\"azp\":null", ENT_UNTRUSTED, "not for this console" },
        { AT(exp), "1789999941", ENT_OK, "" },
        { AT(exp), "1789999940.5", ENT_OK, "" },
        { AT(exp), "1789999940", ENT_UNTRUSTED, "has expired" },
        { AT(exp), "0", ENT_UNTRUSTED, "has expired" },
        { AT(exp), "-1", ENT_UNTRUSTED, "has expired" },
        { AT(exp), "\"1790000300\"", ENT_FORMAT, "without 'exp'" },
        { AT(exp), NULL, ENT_FORMAT, "without 'exp'" },
        { AT(iat), "1790000060", ENT_OK, "" },
        { AT(iat), "1790000061", ENT_UNTRUSTED, "of the future" },
        { AT(iat), "1789999341", ENT_OK, "" },
        { AT(iat), "1789999340", ENT_UNTRUSTED, "older than this login" },
        { AT(iat), NULL, ENT_FORMAT, "without 'iat'" },
        { AT(more), ",\"nbf\":1790000060", ENT_OK, "" },
        { AT(more), ",\"nbf\":1790000061", ENT_UNTRUSTED, "does not hold yet" },
        { AT(more), ",\"nbf\":\"now\"", ENT_FORMAT, "without 'nbf'" },
        { AT(nonce), "\"n-0S6_WzA2Mk\"", ENT_UNTRUSTED, "another login" },
        { AT(nonce), "\"n-0S6_WzA2M\"", ENT_UNTRUSTED, "another login" },
        { AT(nonce), "\"n-0S6_WzA2Mjj\"", ENT_UNTRUSTED, "another login" },
        { AT(nonce), "\"\"", ENT_UNTRUSTED, "another login" },
        { AT(nonce), NULL, ENT_UNTRUSTED, "another login" },
        { AT(sub), "\"\"", ENT_FORMAT, "'sub' is" },
        { AT(sub), "7", ENT_FORMAT, "'sub' is" },
        { AT(sub), "\"a\\u0000b\"", ENT_FORMAT, "'sub' is" },
        { AT(sub), "\"\\u202e\"", ENT_FORMAT, "'sub' is" },
        { AT(sub), name, ENT_FORMAT, "'sub' is" },
        { AT(sub), "\"uid=ana,o=North Bureau\"", ENT_OK, "" },
        { AT(sub), NULL, ENT_FORMAT, "'sub' is" },
        { AT(more), ",\"sub\":\"somebody else\"", ENT_FORMAT, "" }, /* twice */
        { AT(more), ",\"\\u0073ub\":\"somebody else\"", ENT_FORMAT, "" },
    };
#undef AT
    fixture *f = *state;
    ent_err err;

    (void)snprintf(name, sizeof name, "\"%0256d\"", 7);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct claims c = good;

        memcpy((char *)&c + rows[i].at, &rows[i].value, sizeof rows[i].value);
        if (claims_check(f, &c, &err) != rows[i].want ||
            (rows[i].want != ENT_OK && strstr(err.msg, rows[i].why) == NULL))
            fail_msg("row %zu: %d, %s", i, err.code, err.msg);
    }
}

static void what_is_no_token_lets_nobody_in(void **state)
{
    static const char *const payloads[] = { "", "[]", "7", "{", "null", "\"text\"" };
    static const char *const tokens[] = { "",
                                          ".",
                                          "..",
                                          "...",
                                          "a.b.c",
                                          "e30.e30.",
                                          "e30..",
                                          ".e30.e30",
                                          "e30.e30",
                                          "e30.e30.e30.e30",
                                          "e30=.e30.e30",
                                          "e30.e31 .e30" };
    fixture *f = *state;
    ent_str subject;
    ent_err err;

    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++)
        CHECK_INT(token_check(f, payloads[i], &subject, &err), ENT_FORMAT);
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        err = (ent_err){ 0 };
        CHECK(http_oidc_check(f->pairs.arena, &f->provider, ent_str_of(tokens[i]), f->keys,
                              ENT_STR("n"), NOW * ENT_SECOND, &subject, &err) != ENT_OK);
    }
}

/* A nonce that was never made must not be met by a token that has none. */
static void no_nonce_is_never_right(void **state)
{
    fixture *f = *state;
    struct claims c = good;
    ent_str token, subject;
    ent_err err = { 0 };

    c.nonce = "\"\"";
    token = jose_token_make(&f->pairs, JOSE_ES256, "{\"alg\":\"ES256\"}", claims_write(f, &c).ptr);
    CHECK_INT(http_oidc_check(f->pairs.arena, &f->provider, token, f->keys, ENT_STR(""),
                              NOW * ENT_SECOND, &subject, &err),
              ENT_UNTRUSTED);
}

/* ---- the provider's document ---- */

#define DOCUMENT(issuer, token, more)                                                       \
    "{\"issuer\":\"" issuer "\",\"authorization_endpoint\":\"https://login.example/auth\"," \
    "\"token_endpoint\":\"" token "\",\"jwks_uri\":\"https://login.example/jwks\","         \
    "\"response_types_supported\":[\"code\",\"id_token\"],"                                 \
    "\"id_token_signing_alg_values_supported\":[\"RS256\",\"ES256\"]" more "}"

static void a_document_says_where_to_go(void **state)
{
    fixture *f = *state;
    oidc_provider p = f->provider;
    ent_err err = { 0 };

    CHECK_OK(http_oidc_discover(f->pairs.arena,
                                ENT_STR(DOCUMENT(ISSUER, "https://login.example/token", "")), &p,
                                &err),
             &err);
    CHECK_TEXT(p.authorize, "https://login.example/auth");
    CHECK_TEXT(p.token, "https://login.example/token");
    CHECK_TEXT(p.keys, "https://login.example/jwks");
    CHECK(!p.names_issuer);
    CHECK_TEXT(http_oidc_host(p.token), "login.example");
    CHECK_TEXT(http_oidc_document_address(f->pairs.arena, ENT_STR("https://a.example/realms/x/")),
               "https://a.example/realms/x/.well-known/openid-configuration");
}

static void a_document_that_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *text;
        ent_code want;
    } rows[] = {
        { DOCUMENT("https://evil.example", "https://login.example/token", ""), ENT_UNTRUSTED },
        { DOCUMENT(ISSUER "/", "https://login.example/token", ""), ENT_UNTRUSTED },
        { DOCUMENT(ISSUER, "http://login.example/token", ""), ENT_FORMAT },
        { DOCUMENT(ISSUER, "https://user@login.example/token", ""), ENT_FORMAT },
        { DOCUMENT(ISSUER, "https://login.example/token#x", ""), ENT_FORMAT },
        { DOCUMENT(ISSUER, "https://login.example/to ken", ""), ENT_FORMAT },
        { DOCUMENT(ISSUER, "https://", ""), ENT_FORMAT },
        { DOCUMENT(ISSUER, "https://login.example/token",
                   ",\"code_challenge_methods_supported\":[\"plain\"]"),
          ENT_CONFIG },
        { DOCUMENT(ISSUER, "https://login.example/token",
                   ",\"code_challenge_methods_supported\":[\"plain\",\"S256\"]"),
          ENT_OK },
        { DOCUMENT(ISSUER, "https://login.example/token",
                   ",\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"]"),
          ENT_CONFIG },
        { DOCUMENT(ISSUER, "https://login.example/token", ",\"issuer\":\"https://evil.example\""),
          ENT_FORMAT },
        { "[]", ENT_FORMAT },
        { "<html>", ENT_FORMAT },
        { "{}", ENT_UNTRUSTED },
    };
    fixture *f = *state;
    char *large = calloc(1, OIDC_DOCUMENT_LIMIT + 2);
    oidc_provider p = f->provider;
    ent_err err;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        err = (ent_err){ 0 };
        if (http_oidc_discover(f->pairs.arena, ent_str_of(rows[i].text), &p, &err) != rows[i].want)
            fail_msg("row %zu: %d, %s", i, err.code, err.msg);
    }
    p.algorithm = JOSE_EDDSA; /* which it does not sign with */
    err = (ent_err){ 0 };
    CHECK_INT(http_oidc_discover(f->pairs.arena,
                                 ENT_STR(DOCUMENT(ISSUER, "https://login.example/token", "")), &p,
                                 &err),
              ENT_CONFIG);
    memset(large, ' ', OIDC_DOCUMENT_LIMIT + 1);
    err = (ent_err){ 0 };
    CHECK_INT(http_oidc_discover(f->pairs.arena, ent_str_of(large), &p, &err), ENT_LIMIT);
    free(large);
}

/* ---- what is sent ---- */

static void a_browser_is_sent_with_what_binds_it(void **state)
{
    fixture *f = *state;
    /* RFC 7636 appendix B. */
    const oidc_attempt attempt = { ENT_STR("st"), ENT_STR("no"),
                                   ENT_STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") };
    oidc_provider p = f->provider;

    CHECK_TEXT(http_oidc_address(f->pairs.arena, &p, &attempt),
               "https://login.example/auth?response_type=code&scope=openid&"
               "code_challenge_method=S256&"
               "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&"
               "client_id=entente%20north&redirect_uri=https%3A%2F%2Fnorth.example%3A8443%2F&"
               "state=st&nonce=no");
    p.authorize = ENT_STR("https://login.example/auth?tenant=7");
    CHECK(strncmp(http_oidc_address(f->pairs.arena, &p, &attempt).ptr,
                  "https://login.example/auth?tenant=7&response_type=code&", 55) == 0);
    CHECK_TEXT(http_oidc_request(f->pairs.arena, &p, ENT_STR("a&b=c"), attempt.verifier),
               "grant_type=authorization_code&code=a%26b%3Dc&"
               "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&"
               "client_id=entente%20north&redirect_uri=https%3A%2F%2Fnorth.example%3A8443%2F");
}

static void an_answer_has_a_token_or_is_none(void **state)
{
    fixture *f = *state;
    ent_str token;
    ent_err err = { 0 };

    CHECK_OK(http_oidc_answer(f->pairs.arena, ENT_STR("{\"id_token\":\"a.b.c\"}"), &token, &err),
             &err);
    CHECK_TEXT(token, "a.b.c");
    CHECK_INT(http_oidc_answer(f->pairs.arena, ENT_STR("{\"id_token\":7}"), &token, &err),
              ENT_FORMAT);
    CHECK_INT(http_oidc_answer(f->pairs.arena, ENT_STR("id_token=a.b.c"), &token, &err),
              ENT_FORMAT);
}

static bool sweep(const fixture *f, ent_arena *arena, ent_str token)
{
    const oidc_attempt attempt = { ENT_STR("st"), ENT_STR("no"), ENT_STR("verifier") };
    oidc_provider p = f->provider;
    ent_err err = { 0 };
    ent_str subject;
    ent_code rc = http_oidc_discover(
        arena, ENT_STR(DOCUMENT(ISSUER, "https://login.example/token", "")), &p, &err);

    if (rc == ENT_OK && (http_oidc_address(arena, &p, &attempt).ptr == NULL ||
                         http_oidc_request(arena, &p, ENT_STR("c"), ENT_STR("v")).ptr == NULL))
        rc = ENT_LIMIT;
    if (rc == ENT_OK)
        rc = http_oidc_check(arena, &p, token, f->keys, ENT_STR("n-0S6_WzA2Mj"), NOW * ENT_SECOND,
                             &subject, &err);
    CHECK(rc == ENT_OK || (rc == ENT_LIMIT && ent_arena_failed(arena)));
    return rc == ENT_OK;
}

static void no_memory_is_no_login(void **state)
{
    fixture *f = *state;
    ent_str token = jose_token_make(&f->pairs, JOSE_ES256, "{\"alg\":\"ES256\",\"kid\":\"k\"}",
                                    claims_write(f, &good).ptr);

    FAULT_SWEEP(arena, (size_t)1 << 20, sweep(f, arena, token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_says_who_logged_in),
        TEST(every_claim_is_held_against_what_was_asked),
        TEST(what_is_no_token_lets_nobody_in),
        TEST(no_nonce_is_never_right),
        TEST(a_document_says_where_to_go),
        TEST(a_document_that_does_not_fit_is_refused),
        TEST(a_browser_is_sent_with_what_binds_it),
        TEST(an_answer_has_a_token_or_is_none),
        TEST(no_memory_is_no_login),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
