#include "console/passkey_int.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"

/* ---- bytes ---- */

static ent_code bytes_read(ent_arena *arena, ent_json json, const char *name, ent_span *bytes,
                           ent_err *err)
{
    ent_str text = ent_json_get_text(json, name);

    if (text.ptr != NULL && ent_base64url_read(arena, text, bytes, err) == ENT_OK)
        return ENT_OK;
    return err->code == ENT_LIMIT ? ENT_LIMIT
                                  : ent_fail(err, ENT_FORMAT, "'%s' is bytes in base64url", name);
}

/* What is awaited of a page of this host: the host that the request names is the page's own, as
 * console.c has checked, and a browser lets a key answer for no other. */
static ent_code wanted_make(const http_request *request, const uint8_t *challenge,
                            webauthn_wanted *wanted, ent_err *err)
{
    const char *origin = http_request_header(request, "Origin");
    const char *host = http_request_header(request, "Host");

    if (origin == NULL || host == NULL)
        return ent_fail(err, ENT_DENIED, "a page says its origin");
    *wanted = (webauthn_wanted){ challenge, ent_str_of(origin), { host, strcspn(host, ":") } };
    return ENT_OK;
}

static ent_code used_up(ent_err *err)
{
    return ent_fail(err, ENT_DENIED, "the challenge is not of these minutes, or was answered");
}

/* The challenge that client data is for, if it is ours and still good. */
static ent_code challenge_find(console_challenges *c, ent_arena *arena, ent_span client,
                               uint8_t challenge[WEBAUTHN_CHALLENGE], ent_err *err)
{
    ENT_TRY(http_webauthn_challenge(arena, client, challenge, err));
    return console_challenge_holds(c, challenge) ? ENT_OK : used_up(err);
}

/* ---- the requests ---- */

ent_code console_passkey_challenge(console_challenges *c, ent_arena *arena, ent_str *answer,
                                   ent_err *err)
{
    uint8_t challenge[WEBAUTHN_CHALLENGE];
    ent_str text;

    console_challenge_make(c, challenge);
    text = ent_base64url_write(arena, challenge, sizeof challenge);
    *answer = text.ptr == NULL ? ENT_STR_NONE
                               : ent_arena_printf(arena, "{\"challenge\":\"%s\"}", text.ptr);
    return answer->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code console_passkey_login(console_challenges *c, const console_host *host,
                               const http_request *request, ent_json key, void **session,
                               console_user *user, ent_err *err)
{
    uint8_t challenge[WEBAUTHN_CHALLENGE];
    ent_arena *arena = request->arena;
    ent_span id, client, data, signature;
    webauthn_wanted wanted;
    webauthn_key known;
    uint32_t counter;
    ent_str made_for;

    ENT_TRY(bytes_read(arena, key, "id", &id, err));
    ENT_TRY(bytes_read(arena, key, "client_data", &client, err));
    ENT_TRY(bytes_read(arena, key, "authenticator_data", &data, err));
    ENT_TRY(bytes_read(arena, key, "signature", &signature, err));
    ENT_TRY(challenge_find(c, arena, client, challenge, err));
    ENT_TRY(wanted_make(request, challenge, &wanted, err));
    ENT_TRY(host->key_find(host->arg, arena, id, &known, &made_for, err));
    if (!ent_str_equal(made_for, wanted.host))
        return ent_fail(err, ENT_DENIED, "the key was made for another host");
    ENT_TRY(http_webauthn_check(arena, &wanted, &known, client, data, signature, &counter, err));
    if (!console_challenge_take(c, challenge))
        return used_up(err);
    return host->key_login(host->arg, arena, id, counter, session, user, err);
}

static ent_code input_write(ent_arena *arena, const webauthn_key *key, ent_span *input,
                            ent_err *err)
{
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "algorithm");
    ent_jw_int(&w, key->algorithm);
    ent_jw_key(&w, "counter");
    ent_jw_int(&w, key->counter);
    ent_jw_key(&w, "credential");
    ent_jw_base64(&w, key->id.ptr, key->id.size);
    ent_jw_key(&w, "point");
    ent_jw_hex(&w, key->point, sizeof key->point);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    *input = ent_span_of_str(text);
    return ENT_OK;
}

ent_code console_passkey_add(console_challenges *c, const http_request *request, console_line *line,
                             ent_err *err)
{
    uint8_t challenge[WEBAUTHN_CHALLENGE];
    ent_arena *arena = request->arena;
    ent_span client, attestation;
    const char **argv = ent_arena_array(arena, 7, sizeof *argv);
    webauthn_wanted wanted;
    webauthn_key key;
    ent_json root;
    ent_str title, host;

    if (argv == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, (ent_str){ request->body.ptr, request->body.size }, &root, err));
    ENT_TRY(bytes_read(arena, root, "client_data", &client, err));
    ENT_TRY(bytes_read(arena, root, "attestation", &attestation, err));
    ENT_TRY(challenge_find(c, arena, client, challenge, err));
    ENT_TRY(wanted_make(request, challenge, &wanted, err));
    ENT_TRY(http_webauthn_register(arena, &wanted, client, attestation, &key, err));
    if (!console_challenge_take(c, challenge))
        return used_up(err);
    ENT_TRY(input_write(arena, &key, &line->input, err));
    title = ent_json_get_text(root, "title");
    title = ent_arena_printf(arena, "--title=%.*s", ENT_STR_ARG(title));
    host = ent_arena_printf(arena, "--host=%.*s", ENT_STR_ARG(wanted.host));
    if (title.ptr == NULL || host.ptr == NULL || memchr(title.ptr, '\0', title.size) != NULL)
        return ent_fail(err, ENT_FORMAT, "a title is text");
    argv[0] = "user";
    argv[1] = "key";
    argv[2] = "add";
    argv[3] = title.ptr;
    argv[4] = host.ptr;
    argv[5] = "-";
    argv[6] = NULL;
    line->argv = argv;
    return ENT_OK;
}
