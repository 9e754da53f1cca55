#include "console/provider_int.h"

#include "base/json_write.h"
#include "base/text.h"

#include <sodium.h>

ent_code console_provider_offer(const console_host *host, ent_arena *arena, ent_str *answer,
                                ent_err *err)
{
    oidc_provider provider;
    ent_code rc = host->provider(host->arg, arena, &provider, err);
    ent_buf buf;
    ent_jw w;

    *answer = ENT_STR_NONE;
    if (rc == ENT_NOT_FOUND)
        *err = (ent_err){ 0 };
    if (rc != ENT_OK)
        return err->code;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "issuer");
    ent_jw_str(&w, provider.issuer);
    ent_jw_key(&w, "host");
    ent_jw_str(&w, http_oidc_host(provider.issuer));
    ent_jw_end(&w);
    return ent_buf_done(&buf, answer, err);
}

/* What is told of a challenge to the provider, and what is kept from it until the end. */
static ent_code attempt_make(const console_challenges *c, ent_arena *arena,
                             const uint8_t challenge[WEBAUTHN_CHALLENGE], oidc_attempt *attempt,
                             ent_err *err)
{
    ent_str *const texts[] = { &attempt->state, &attempt->nonce, &attempt->verifier };
    uint8_t bytes[CHALLENGE_DERIVED];

    for (size_t i = 0; i < 3; i++) {
        console_challenge_derive(c, challenge, (uint8_t)(i + 1), bytes);
        *texts[i] = ent_base64url_write(arena, bytes, sizeof bytes);
        if (texts[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

ent_code console_provider_begin(console_challenges *c, const console_host *host,
                                const http_request *request, ent_str *answer, ent_str *cookie,
                                ent_err *err)
{
    const char *origin = http_request_header(request, "Origin");
    uint8_t challenge[WEBAUTHN_CHALLENGE];
    ent_arena *arena = request->arena;
    oidc_provider provider;
    oidc_attempt attempt;
    ent_str location;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(host->provider(host->arg, arena, &provider, err));
    /* It sends browsers to one address of ours, where this one's cookie would not be. */
    if (origin == NULL || !ent_str_is(provider.console, origin))
        return ent_fail(err, ENT_DENIED, "%.*s lets people in at %.*s: open the console there",
                        ENT_STR_ARG(http_oidc_host(provider.issuer)),
                        ENT_STR_ARG(provider.console));
    console_challenge_make(c, challenge);
    ENT_TRY(attempt_make(c, arena, challenge, &attempt, err));
    *cookie = ent_base64url_write(arena, challenge, sizeof challenge);
    location = http_oidc_address(arena, &provider, &attempt);
    if (cookie->ptr == NULL || location.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "location");
    ent_jw_str(&w, location);
    ent_jw_end(&w);
    return ent_buf_done(&buf, answer, err);
}

/* Came this browser back from where it was sent? */
static ent_code back_check(const oidc_provider *provider, const oidc_attempt *attempt,
                           ent_json back, ent_err *err)
{
    ent_str state = ent_json_get_text(back, "state"), issuer = ent_json_get_text(back, "iss");
    bool named = ent_json_get(back, "iss").doc != NULL;

    if (state.size != attempt->state.size ||
        sodium_memcmp(state.ptr, attempt->state.ptr, state.size) != 0)
        return ent_fail(err, ENT_DENIED, "this login was begun in another browser");
    if (named ? !ent_str_equal(issuer, provider->issuer) : provider->names_issuer)
        return ent_fail(err, ENT_DENIED, "another provider has sent this browser [RFC 9207]");
    return ENT_OK;
}

ent_code console_provider_login(console_challenges *c, const console_host *host,
                                const http_request *request, ent_json back, ent_str cookie,
                                void **session, console_user *user, ent_err *err)
{
    ent_str code = ent_json_get_text(back, "code");
    ent_arena *arena = request->arena;
    oidc_provider provider;
    oidc_attempt attempt;
    ent_span challenge;

    if (cookie.ptr == NULL || ent_base64url_read(arena, cookie, &challenge, err) != ENT_OK ||
        challenge.size != WEBAUTHN_CHALLENGE || !console_challenge_holds(c, challenge.ptr))
        return ent_fail(err, ENT_DENIED,
                        "this login is not of these minutes, or was not begun in this browser");
    ENT_TRY(host->provider(host->arg, arena, &provider, err));
    ENT_TRY(attempt_make(c, arena, challenge.ptr, &attempt, err));
    ENT_TRY(back_check(&provider, &attempt, back, err));
    if (code.size == 0 || code.size > OIDC_TEXT_LIMIT)
        return ent_fail(err, ENT_FORMAT, "'code' is what the provider sent back with");
    /* Before it is tried: a code is good once, and so is what it came with. */
    if (!console_challenge_take(c, challenge.ptr))
        return ent_fail(err, ENT_DENIED, "this login was tried already; begin anew");
    return host->provider_login(host->arg, arena, code, &attempt, session, user, err);
}
