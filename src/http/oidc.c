#include "http/oidc.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"

#include <sodium.h>

/* ---- addresses ---- */

static bool is_printable(ent_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

bool http_oidc_subject_valid(ent_str subject)
{
    return subject.size > 0 && subject.size <= OIDC_SUBJECT_LIMIT && is_printable(subject);
}

ent_str http_oidc_host(ent_str address)
{
    const size_t at = sizeof "https://" - 1;
    size_t end = at;

    while (end < address.size && strchr("/?#", address.ptr[end]) == NULL)
        end++;
    return address.size < at ? ENT_STR("") : (ent_str){ address.ptr + at, end - at };
}

bool http_oidc_address_valid(ent_str address)
{
    ent_str host;

    if (address.size > OIDC_TEXT_LIMIT || !ent_str_starts(address, ENT_STR("https://")) ||
        !is_printable(address))
        return false;
    for (size_t i = 0; i < address.size; i++)
        if (strchr(" #\"\\<>^`{|}", address.ptr[i]) != NULL)
            return false;
    host = http_oidc_host(address);
    return host.size > 0 && memchr(host.ptr, '@', host.size) == NULL;
}

ent_str http_oidc_document_address(ent_arena *arena, ent_str issuer)
{
    if (issuer.size > 0 && issuer.ptr[issuer.size - 1] == '/')
        issuer.size--;
    return ent_arena_printf(arena, "%.*s/.well-known/openid-configuration", ENT_STR_ARG(issuer));
}

/* ---- forms ---- */

size_t http_oidc_encode(ent_str text, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            (c != '\0' && strchr("-._~", c) != NULL)) {
            out[size++] = (char)c;
            continue;
        }
        out[size++] = '%';
        out[size++] = digits[c >> 4];
        out[size++] = digits[c & 15];
    }
    out[size] = '\0';
    return size;
}

static void field_put(ent_buf *buf, const char *name, ent_str value)
{
    ent_buf_c(buf, name);
    ent_buf_byte(buf, '=');
    if (!ent_buf_reserve(buf, 3 * value.size + 1))
        return;
    buf->size += http_oidc_encode(value, (char *)buf->ptr + buf->size);
}

static ent_str text_done(ent_buf *buf)
{
    ent_err ignored = { 0 };
    ent_str text;

    return ent_buf_done(buf, &text, &ignored) == ENT_OK ? text : ENT_STR_NONE;
}

/* Where the browser comes back to: a page of ours, which asks for a session. */
static void return_put(ent_buf *buf, const oidc_provider *p, ent_arena *arena)
{
    ent_str address = ent_arena_printf(arena, "%.*s/", ENT_STR_ARG(p->console));

    if (address.ptr == NULL)
        buf->failed = true;
    else
        field_put(buf, "redirect_uri", address);
}

ent_str http_oidc_address(ent_arena *arena, const oidc_provider *p, const oidc_attempt *attempt)
{
    ent_hash hash = ent_hash_of(attempt->verifier.ptr, attempt->verifier.size);
    ent_str challenge = ent_base64url_write(arena, hash.bytes, sizeof hash.bytes);
    bool asks = memchr(p->authorize.ptr, '?', p->authorize.size) != NULL;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, p->authorize);
    ent_buf_c(&buf, asks ? "&" : "?");
    ent_buf_c(&buf, "response_type=code&scope=openid&code_challenge_method=S256&");
    field_put(&buf, "code_challenge", challenge);
    ent_buf_byte(&buf, '&');
    field_put(&buf, "client_id", p->client);
    ent_buf_byte(&buf, '&');
    return_put(&buf, p, arena);
    ent_buf_byte(&buf, '&');
    field_put(&buf, "state", attempt->state);
    ent_buf_byte(&buf, '&');
    field_put(&buf, "nonce", attempt->nonce);
    return challenge.ptr == NULL ? ENT_STR_NONE : text_done(&buf);
}

ent_str http_oidc_request(ent_arena *arena, const oidc_provider *p, ent_str code, ent_str verifier)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_c(&buf, "grant_type=authorization_code&");
    field_put(&buf, "code", code);
    ent_buf_byte(&buf, '&');
    field_put(&buf, "code_verifier", verifier);
    ent_buf_byte(&buf, '&');
    field_put(&buf, "client_id", p->client);
    ent_buf_byte(&buf, '&');
    return_put(&buf, p, arena);
    return text_done(&buf);
}

/* ---- what a provider says of itself ---- */

static bool lists(ent_json array, const char *text)
{
    for (ent_json v = ent_json_first(array); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_is(ent_json_str(v), text))
            return true;
    return false;
}

static ent_code object_read(ent_arena *arena, ent_str text, const char *what, ent_json *root,
                            ent_err *err)
{
    if (text.size > OIDC_DOCUMENT_LIMIT)
        return ent_fail(err, ENT_LIMIT, "%s of more than %zu bytes", what, OIDC_DOCUMENT_LIMIT);
    ENT_TRY(ent_json_read(arena, text, root, err));
    if (!ent_json_is(*root, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "%s is an object", what);
    return ENT_OK;
}

static ent_code address_read(ent_arena *arena, ent_json root, const char *name, ent_str *address,
                             ent_err *err)
{
    ent_str text = ent_json_get_text(root, name);

    if (text.ptr == NULL || !http_oidc_address_valid(text))
        return ent_fail(err, ENT_FORMAT, "'%s' of the provider is no https address", name);
    *address = ent_arena_str(arena, text);
    return address->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code http_oidc_discover(ent_arena *arena, ent_str document, oidc_provider *p, ent_err *err)
{
    const char *algorithm = http_jose_name(p->algorithm);
    ent_json root, list;

    ENT_TRY(object_read(arena, document, "the provider's document", &root, err));
    if (!ent_str_equal(ent_json_get_text(root, "issuer"), p->issuer))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the document is of another issuer [OpenID Connect Discovery 4.3]");
    ENT_TRY(address_read(arena, root, "authorization_endpoint", &p->authorize, err));
    ENT_TRY(address_read(arena, root, "token_endpoint", &p->token, err));
    ENT_TRY(address_read(arena, root, "jwks_uri", &p->keys, err));
    p->names_issuer =
        ent_json_true(ent_json_get(root, "authorization_response_iss_parameter_supported"));
    if (!lists(ent_json_get(root, "response_types_supported"), "code"))
        return ent_fail(err, ENT_CONFIG, "the provider gives no codes");
    if (!lists(ent_json_get(root, "id_token_signing_alg_values_supported"), algorithm))
        return ent_fail(err, ENT_CONFIG, "the provider signs no ID tokens with %s; see --algorithm",
                        algorithm);
    /* What is not said: S256 is then to be tried, and Basic is the rule [Discovery 3]. */
    list = ent_json_get(root, "code_challenge_methods_supported");
    if (list.doc != NULL && !lists(list, "S256"))
        return ent_fail(err, ENT_CONFIG, "the provider has no PKCE with S256 [RFC 7636]");
    list = ent_json_get(root, "token_endpoint_auth_methods_supported");
    if (list.doc != NULL && !lists(list, "client_secret_basic") && !lists(list, "none"))
        return ent_fail(err, ENT_CONFIG, "the provider takes no client_secret_basic");
    return ENT_OK;
}

ent_code http_oidc_answer(ent_arena *arena, ent_str body, ent_str *token, ent_err *err)
{
    ent_json root;

    ENT_TRY(object_read(arena, body, "the provider's answer", &root, err));
    *token = ent_json_get_text(root, "id_token");
    return token->ptr != NULL ? ENT_OK
                              : ent_fail(err, ENT_FORMAT,
                                         "the provider gives no ID token [OpenID Connect 3.1.3.3]");
}

/* ---- ID tokens ---- */

/* We alone: a token that is also for others could be passed on by them [3.1.3.7]. */
static bool is_for(ent_json claims, ent_str client)
{
    ent_json audience = ent_json_get(claims, "aud"), one = audience, azp;

    if (ent_json_is(audience, ENT_JSON_ARRAY)) {
        one = ent_json_first(audience);
        if (ent_json_count(audience) != 1)
            return false;
    }
    azp = ent_json_get(claims, "azp");
    return ent_json_is(one, ENT_JSON_STRING) && ent_str_equal(ent_json_str(one), client) &&
           (azp.doc == NULL ||
            (ent_json_is(azp, ENT_JSON_STRING) && ent_str_equal(ent_json_str(azp), client)));
}

/* Seconds since 1970, which may have a fraction [RFC 7519 2]. */
static ent_code seconds_read(ent_json claims, const char *name, double *seconds, ent_err *err)
{
    return ent_json_double(ent_json_get(claims, name), seconds)
               ? ENT_OK
               : ent_fail(err, ENT_FORMAT, "an ID token without '%s' [OpenID Connect 2]", name);
}

static ent_code times_check(ent_json claims, ent_time now, ent_err *err)
{
    const double at = (double)now / (double)ENT_SECOND, skew = (double)OIDC_SKEW;
    double ends, made, begins;

    ENT_TRY(seconds_read(claims, "exp", &ends, err));
    ENT_TRY(seconds_read(claims, "iat", &made, err));
    if (ends + skew <= at)
        return ent_fail(err, ENT_UNTRUSTED, "the ID token has expired");
    if (made - skew > at)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the ID token is of the future: the clocks of node and provider differ");
    if (made + skew + (double)OIDC_FRESH <= at)
        return ent_fail(err, ENT_UNTRUSTED, "the ID token is older than this login");
    if (ent_json_get(claims, "nbf").doc != NULL) {
        ENT_TRY(seconds_read(claims, "nbf", &begins, err));
        if (begins - skew > at)
            return ent_fail(err, ENT_UNTRUSTED, "the ID token does not hold yet");
    }
    return ENT_OK;
}

static ent_code subject_read(ent_arena *arena, ent_json claims, ent_str *subject, ent_err *err)
{
    ent_str text = ent_json_get_text(claims, "sub");

    if (!http_oidc_subject_valid(text))
        return ent_fail(err, ENT_FORMAT,
                        "'sub' is 1 to %zu printable characters [OpenID Connect 2]",
                        OIDC_SUBJECT_LIMIT);
    *subject = ent_arena_str(arena, text);
    return subject->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code http_oidc_check(ent_arena *arena, const oidc_provider *p, ent_str token, ent_str keys,
                         ent_str nonce, ent_time now, ent_str *subject, ent_err *err)
{
    jose_token read;
    ent_json claims;
    ent_str said;

    ENT_TRY(http_jose_read(arena, token, &read, err));
    ENT_TRY(http_jose_check(arena, &read, p->algorithm, keys, err));
    ENT_TRY(object_read(arena, (ent_str){ read.payload.ptr, read.payload.size }, "an ID token",
                        &claims, err));
    if (!ent_str_equal(ent_json_get_text(claims, "iss"), p->issuer))
        return ent_fail(err, ENT_UNTRUSTED, "the ID token is of another issuer");
    if (!is_for(claims, p->client))
        return ent_fail(err, ENT_UNTRUSTED, "the ID token is not for this console alone");
    ENT_TRY(times_check(claims, now, err));
    said = ent_json_get_text(claims, "nonce");
    if (said.size == 0 || said.size != nonce.size ||
        sodium_memcmp(said.ptr, nonce.ptr, nonce.size) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "the ID token is of another login");
    return subject_read(arena, claims, subject, err);
}
