#include "node/oidc.h"

#include "base/json_write.h"
#include "http/fetch.h"
#include "node/files.h"
#include "node/rows.h"

#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>

#define FETCH_SECONDS 15
#define CLIENT_SIZE   ((size_t)256)
#define SECRET_SIZE   ((size_t)1024)

static const char *path_of(ent_arena *arena, const node_home *home)
{
    return node_path(arena, "%s/keys/provider/provider.json", home->path);
}

static const char *secret_path(ent_arena *arena, const node_home *home)
{
    return node_path(arena, "%s/keys/provider.secret", home->path);
}

/* ---- the file ---- */

static ent_code oidc_write(ent_arena *arena, const node_home *home, const node_oidc *o,
                           ent_err *err)
{
    const oidc_provider *p = &o->provider;
    const struct {
        const char *name;
        ent_str value;
    } texts[] = { { "algorithm", ent_str_of(http_jose_name(p->algorithm)) },
                  { "authorize", p->authorize },
                  { "ca", o->ca },
                  { "client", p->client },
                  { "console", p->console },
                  { "issuer", p->issuer },
                  { "keys", p->keys },
                  { "token", p->token } };
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ent_jw_key(&w, texts[i].name);
        ent_jw_str(&w, texts[i].value);
    }
    ent_jw_key(&w, "allow_private");
    ent_jw_bool(&w, o->allow_private);
    ent_jw_key(&w, "names_issuer");
    ent_jw_bool(&w, p->names_issuer);
    ent_jw_key(&w, "set");
    ent_jw_int(&w, o->set);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(node_folder_make(node_path(arena, "%s/keys/provider", home->path), err));
    return node_file_write(path_of(arena, home), ent_span_of_str(text), 0600, err);
}

ent_code node_oidc_get(ent_arena *arena, const node_home *home, node_oidc *o, ent_err *err)
{
    const char *path = path_of(arena, home);
    oidc_provider *p = &o->provider;
    ent_str algorithm;
    ent_json json;

    *o = (node_oidc){ 0 };
    if (!node_file_exists(path))
        return ent_fail(err, ENT_NOT_FOUND, "no provider is set; `entente oidc set`");
    ENT_TRY(node_row_read(arena, path, &json, err));
    ENT_TRY(node_row_text(arena, json, "algorithm", &algorithm, err));
    ENT_TRY(node_row_text(arena, json, "authorize", &p->authorize, err));
    ENT_TRY(node_row_text(arena, json, "ca", &o->ca, err));
    ENT_TRY(node_row_text(arena, json, "client", &p->client, err));
    ENT_TRY(node_row_text(arena, json, "console", &p->console, err));
    ENT_TRY(node_row_text(arena, json, "issuer", &p->issuer, err));
    ENT_TRY(node_row_text(arena, json, "keys", &p->keys, err));
    ENT_TRY(node_row_text(arena, json, "token", &p->token, err));
    o->allow_private = ent_json_true(ent_json_get(json, "allow_private"));
    p->names_issuer = ent_json_true(ent_json_get(json, "names_issuer"));
    if (!ent_json_int(ent_json_get(json, "set"), &o->set) ||
        !http_jose_find(algorithm, &p->algorithm) || p->issuer.size == 0)
        return ent_fail(err, ENT_CONFIG, "%s is damaged; `entente oidc set` anew", path);
    return ENT_OK;
}

ent_code node_oidc_clear(ent_arena *arena, const node_home *home, ent_err *err)
{
    if (!node_file_exists(path_of(arena, home)))
        return ent_fail(err, ENT_NOT_FOUND, "no provider is set");
    ENT_TRY(node_file_remove(path_of(arena, home), err));
    return node_file_remove(secret_path(arena, home), err);
}

/* ---- asking ---- */

static ent_code ask(ent_arena *arena, const node_oidc *o, http_fetch_request *request,
                    ent_str *body, ent_err *err)
{
    http_fetch_reply reply;

    request->accept = "application/json";
    request->ca = o->ca.size > 0 ? o->ca.ptr : NULL;
    request->allow_private = o->allow_private;
    request->limit = OIDC_DOCUMENT_LIMIT;
    request->seconds = FETCH_SECONDS;
    ENT_TRY(http_fetch(arena, request, &reply, err));
    *body = reply.body;
    if (reply.status == 200)
        return ENT_OK;
    return ent_fail(err, reply.status == 429 || reply.status >= 500 ? ENT_UNAVAILABLE : ENT_DENIED,
                    "%.*s answers %ld", ENT_STR_ARG(http_oidc_host(ent_str_of(request->url))),
                    reply.status);
}

static ent_code get(ent_arena *arena, const node_oidc *o, ent_str url, ent_str *body, ent_err *err)
{
    http_fetch_request request = { .url = url.ptr };

    return url.ptr == NULL ? ent_fail_arena(err) : ask(arena, o, &request, body, err);
}

/* The secret as Basic credentials want it [RFC 6749 2.3.1]; NULL: there is none.  In locked
 * memory, for sodium_free. */
static ent_code secret_read(ent_arena *arena, const node_home *home, char **secret, ent_err *err)
{
    const char *path = secret_path(arena, home);
    char *plain = NULL;
    struct stat st;
    ent_code rc;

    *secret = NULL;
    if (stat(path, &st) != 0)
        return ENT_OK;
    if (st.st_size <= 0 || (size_t)st.st_size > SECRET_SIZE)
        return ent_fail(err, ENT_CONFIG, "%s is damaged; `entente oidc set` anew", path);
    plain = sodium_malloc((size_t)st.st_size);
    *secret = sodium_malloc(3 * (size_t)st.st_size + 1);
    if (plain == NULL || *secret == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory for a secret");
    else
        rc = node_file_read_secret(path, plain, (size_t)st.st_size, err);
    if (rc == ENT_OK) {
        (void)http_oidc_encode((ent_str){ plain, (size_t)st.st_size }, *secret);
    } else {
        sodium_free(*secret);
        *secret = NULL;
    }
    sodium_free(plain);
    return rc;
}

static ent_code token_ask(ent_arena *arena, const node_home *home, const node_oidc *o, ent_str body,
                          ent_str *answer, ent_err *err)
{
    http_fetch_request request = { .url = o->provider.token.ptr,
                                   .method = "POST",
                                   .type = "application/x-www-form-urlencoded",
                                   .body = ent_span_of_str(body) };
    char client[3 * CLIENT_SIZE + 1], *secret;
    ent_code rc;

    if (body.ptr == NULL || o->provider.client.size > CLIENT_SIZE)
        return ent_fail_arena(err);
    ENT_TRY(secret_read(arena, home, &secret, err));
    (void)http_oidc_encode(o->provider.client, client);
    request.user = secret == NULL ? NULL : client;
    request.secret = secret;
    rc = ask(arena, o, &request, answer, err);
    sodium_free(secret);
    return rc == ENT_DENIED ? ent_context(err, "the provider refuses the login") : rc;
}

/* ---- setting ---- */

/* "https://host:port" and nothing behind it. */
static bool is_origin(ent_str address)
{
    ent_str host = http_oidc_host(address);

    return http_oidc_address_valid(address) && host.ptr + host.size == address.ptr + address.size;
}

static ent_code oidc_judge(const node_oidc *o, ent_str secret, ent_err *err)
{
    const oidc_provider *p = &o->provider;

    if (!http_oidc_address_valid(p->issuer) || memchr(p->issuer.ptr, '?', p->issuer.size) != NULL)
        return ent_fail(err, ENT_USAGE,
                        "an issuer is https://..., without user, question or fragment");
    if (p->client.size == 0 || p->client.size > CLIENT_SIZE)
        return ent_fail(err, ENT_USAGE, "--client-id is what the provider calls this console");
    if (!is_origin(p->console))
        return ent_fail(err, ENT_USAGE,
                        "--console is where people open the console: https://HOST or "
                        "https://HOST:PORT");
    if (secret.ptr != NULL && (secret.size == 0 || secret.size > SECRET_SIZE))
        return ent_fail(err, ENT_USAGE, "a client secret has 1 to %zu bytes", SECRET_SIZE);
    return ENT_OK;
}

ent_code node_oidc_set(ent_arena *arena, const node_home *home, node_oidc *o, ent_str secret,
                       ent_err *err)
{
    ent_str body;

    ENT_TRY(oidc_judge(o, secret, err));
    ENT_TRY(get(arena, o, http_oidc_document_address(arena, o->provider.issuer), &body, err));
    ENT_TRY(http_oidc_discover(arena, body, &o->provider, err));
    ENT_TRY(get(arena, o, o->provider.keys, &body, err)); /* it can be reached */
    /* The secret first: one without its provider is asked for by nobody. */
    if (secret.ptr == NULL)
        ENT_TRY(node_file_remove(secret_path(arena, home), err));
    else
        ENT_TRY(node_file_write(secret_path(arena, home), ent_span_of_str(secret), 0600, err));
    return oidc_write(arena, home, o, err);
}

/* ---- logging in ---- */

ent_code node_oidc_exchange(ent_arena *arena, const node_home *home, ent_str code,
                            const oidc_attempt *attempt, ent_time now, node_credential *found,
                            node_user *user, ent_err *err)
{
    ent_str body, token, keys, subject;
    const oidc_provider *p;
    node_oidc o;

    if (code.size == 0 || code.size > OIDC_TEXT_LIMIT || attempt->nonce.size == 0 ||
        attempt->verifier.size == 0)
        return ent_fail(err, ENT_FORMAT, "a login has a code, a nonce and a verifier");
    ENT_TRY(node_oidc_get(arena, home, &o, err));
    p = &o.provider;
    body = http_oidc_request(arena, p, code, attempt->verifier);
    ENT_TRY(token_ask(arena, home, &o, body, &body, err));
    ENT_TRY(http_oidc_answer(arena, body, &token, err));
    ENT_TRY(get(arena, &o, p->keys, &keys, err));
    ENT_TRY(http_oidc_check(arena, p, token, keys, attempt->nonce, now, &subject, err));
    if (node_subject_user(arena, home, p->issuer, subject, found, user, err) == ENT_OK)
        return ENT_OK;
    if (err->code != ENT_DENIED)
        return err->code;
    return ent_fail(err, ENT_DENIED,
                    "you are '%.*s' at %.*s, and nobody here; an administrator changes that with "
                    "`user oidc add`",
                    ENT_STR_ARG(subject), ENT_STR_ARG(http_oidc_host(p->issuer)));
}

/* ---- who is in ---- */

ent_code node_oidc_user(ent_arena *arena, const node_home *home, ent_str id, node_user *user,
                        ent_err *err)
{
    node_credential subject;
    node_oidc o;

    if (node_oidc_get(arena, home, &o, err) != ENT_OK ||
        node_subject_get(arena, home, id, &subject, user, err) != ENT_OK ||
        !ent_str_equal(subject.host, o.provider.issuer))
        return ent_fail(err, ENT_DENIED, "nobody logs in so any more");
    return ENT_OK;
}

ent_code node_oidc_count(ent_arena *arena, const node_home *home, const char *user, size_t *count,
                         ent_err *err)
{
    node_credential *list;
    size_t found;
    node_oidc o;

    *count = 0;
    if (node_oidc_get(arena, home, &o, err) == ENT_NOT_FOUND) {
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    if (err->code != ENT_OK)
        return err->code;
    ENT_TRY(node_credential_list(arena, home, NODE_SUBJECT, user, &list, &found, err));
    for (size_t i = 0; i < found; i++)
        *count += ent_str_equal(list[i].host, o.provider.issuer);
    return ENT_OK;
}
