/* Any bytes as a token, as a set of keys, or as the claims of a token that is truly signed.
 *
 *   t  what is read as a token is what writing it again gives, and what holds was signed here
 *   k  a set under which the token of RFC 8037 holds has that very key
 *   c  claims let somebody in exactly if a second, slower look at them says so */
#include "base/text.h"
#include "http/oidc.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>

#define NOW    INT64_C(1790000000)
#define ISSUER "https://login.example"
#define CLIENT "entente"
#define NONCE  "n-0S6_WzA2Mj"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char example[] =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
static const char example_key[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

struct pair {
    uint8_t public[32], secret[64];
};

static struct pair pair_of(void)
{
    struct pair pair;

    ENT_ASSERT(sodium_init() >= 0);
    (void)crypto_sign_seed_keypair(pair.public, pair.secret,
                                   (const uint8_t *)"a seed of thirty-two bytes, so!!");
    return pair;
}

static ent_str set_of(ent_arena *arena, const struct pair *pair)
{
    ent_str x = ent_base64url_write(arena, pair->public, sizeof pair->public);

    return ent_arena_printf(
        arena, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}]}", x.ptr);
}

/* ---- tokens ---- */

static void token_try(ent_arena *arena, ent_str text)
{
    struct pair pair = pair_of();
    uint8_t mark[crypto_sign_BYTES];
    ent_str header, payload, sign, again;
    ent_err err = { 0 };
    jose_token token;

    if (http_jose_read(arena, text, &token, &err) != ENT_OK)
        return;
    header =
        (ent_str){ text.ptr, (size_t)((const char *)memchr(text.ptr, '.', text.size) - text.ptr) };
    payload = ent_base64url_write(arena, token.payload.ptr, token.payload.size);
    sign = ent_base64url_write(arena, token.signature.ptr, token.signature.size);
    again = ent_arena_printf(arena, "%.*s.%s.%s", ENT_STR_ARG(header), payload.ptr, sign.ptr);
    ENT_ASSERT(ent_str_equal(again, text));
    if (http_jose_check(arena, &token, JOSE_EDDSA, set_of(arena, &pair), &err) != ENT_OK)
        return;
    (void)crypto_sign_detached(mark, NULL, (const uint8_t *)token.text.ptr, token.text.size,
                               pair.secret);
    ENT_ASSERT(token.signature.size == sizeof mark &&
               memcmp(token.signature.ptr, mark, sizeof mark) == 0);
}

/* ---- sets of keys ---- */

static void keys_try(ent_arena *arena, ent_str text)
{
    ent_err err = { 0 };
    jose_token token;
    bool there = false;
    ent_json root;

    ENT_ASSERT(http_jose_read(arena, ENT_STR(example), &token, &err) == ENT_OK);
    if (http_jose_check(arena, &token, JOSE_EDDSA, text, &err) != ENT_OK)
        return;
    ENT_ASSERT(ent_json_read(arena, text, &root, &err) == ENT_OK);
    for (ent_json v = ent_json_first(ent_json_get(root, "keys")); v.doc != NULL;
         v = ent_json_next(v))
        there = there || ent_str_is(ent_json_get_text(v, "x"), example_key);
    ENT_ASSERT(there);
}

/* ---- claims ---- */

static bool text_is(ent_json claims, const char *name, const char *want)
{
    return ent_str_is(ent_json_get_text(claims, name), want);
}

/* The value of a number as strtod reads its bytes; false: it is none, or beyond all numbers. */
static bool number_at(ent_arena *arena, ent_json claims, const char *name, double *value)
{
    ent_json v = ent_json_get(claims, name);

    if (!ent_json_is(v, ENT_JSON_NUMBER))
        return false;
    *value = strtod(ent_arena_str(arena, ent_json_raw(v)).ptr, NULL);
    return isfinite(*value);
}

static bool should_pass(ent_arena *arena, ent_str payload)
{
    double ends = 0, made = 0, begins = 0;
    ent_err err = { 0 };
    ent_json root, audience;
    ent_str subject;

    if (payload.size > OIDC_DOCUMENT_LIMIT || ent_json_read(arena, payload, &root, &err) != ENT_OK)
        return false;
    audience = ent_json_get(root, "aud");
    subject = ent_json_get_text(root, "sub");
    for (size_t i = 0; i < subject.size; i++)
        if ((unsigned char)subject.ptr[i] < 0x20 || (unsigned char)subject.ptr[i] > 0x7e)
            return false;
    if (subject.size < 1 || subject.size > 255)
        return false;
    if (!text_is(root, "aud", CLIENT) &&
        (!ent_json_is(audience, ENT_JSON_ARRAY) || ent_json_count(audience) != 1 ||
         !ent_str_is(ent_json_str(ent_json_at(audience, 0)), CLIENT)))
        return false;
    if (ent_json_get(root, "azp").doc != NULL && !text_is(root, "azp", CLIENT))
        return false;
    if (!number_at(arena, root, "exp", &ends) || !number_at(arena, root, "iat", &made))
        return false;
    if (ent_json_get(root, "nbf").doc != NULL && !number_at(arena, root, "nbf", &begins))
        return false;
    return text_is(root, "iss", ISSUER) && text_is(root, "nonce", NONCE) &&
           ends > (double)(NOW - 60) && made <= (double)(NOW + 60) && made > (double)(NOW - 660) &&
           begins <= (double)(NOW + 60);
}

static void claims_try(ent_arena *arena, ent_str payload)
{
    const oidc_provider provider = { .issuer = ENT_STR(ISSUER),
                                     .client = ENT_STR(CLIENT),
                                     .algorithm = JOSE_EDDSA };
    struct pair pair = pair_of();
    uint8_t mark[crypto_sign_BYTES];
    ent_err err = { 0 };
    ent_str text, token, subject;
    ent_code rc;

    text = ent_base64url_write(arena, payload.ptr, payload.size);
    text = ent_arena_printf(arena, "eyJhbGciOiJFZERTQSJ9.%s", text.ptr);
    (void)crypto_sign_detached(mark, NULL, (const uint8_t *)text.ptr, text.size, pair.secret);
    token = ent_arena_printf(arena, "%s.%s", text.ptr,
                             ent_base64url_write(arena, mark, sizeof mark).ptr);
    rc = http_oidc_check(arena, &provider, token, set_of(arena, &pair), ENT_STR(NONCE),
                         NOW * ENT_SECOND, &subject, &err);
    if (token.size > JOSE_TOKEN_LIMIT)
        ENT_ASSERT(rc == ENT_LIMIT);
    else
        ENT_ASSERT((rc == ENT_OK) == should_pass(arena, payload));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ent_arena *arena;
    ent_str text;

    if (size == 0)
        return 0;
    arena = ent_arena_new((size_t)64 << 20);
    text = (ent_str){ (const char *)data + 1, size - 1 };
    if (data[0] == 't')
        token_try(arena, text);
    else if (data[0] == 'k')
        keys_try(arena, text);
    else if (data[0] == 'c')
        claims_try(arena, text);
    ent_arena_free(arena);
    return 0;
}
