#include "console/console.h"

#include "base/text.h"
#include "console/answer_int.h"
#include "console/asset_int.h"
#include "console/events_int.h"
#include "console/openapi_int.h"
#include "console/passkey_int.h"
#include "console/provider_int.h"
#include "console/replay_int.h"
#include "console/session_int.h"
#include "http/tls.h"
#include "console/verb_int.h"

#include <stdio.h>
#include <stdlib.h>

#define COOKIE       "__Host-entente"
#define REASON_LIMIT 500
#define JSON_LIMIT   ((size_t)1 << 20)
#define FILE_LIMIT   ((size_t)64 << 20)

struct console {
    console_host host;
    console_sessions *sessions;
    console_challenges *challenges; /* for security keys */
    console_challenges *logins;     /* begun at a provider */
    console_replays *replays;
    console_events *events;
    console_openapi *openapi;
};

/* One request, from its head to its answer. */
struct call {
    console *c;
    const verb *verb; /* NULL: a login, or what `post` does */
    void (*post)(struct call *call, http_request *request, http_reply *reply);
    console_session *session; /* NULL: by Basic credentials */
    void *key;                /* the host's session */
    console_user user;
};

ent_code console_new(const console_host *host, console **out, ent_err *err)
{
    console *c = calloc(1, sizeof *c);
    ent_code rc = ENT_OK;

    if (c == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the console");
    c->host = *host;
    c->sessions = console_sessions_new(&c->host);
    c->challenges = console_challenges_new(&c->host, CHALLENGE_LIFE);
    c->logins = console_challenges_new(&c->host, PROVIDER_LIFE);
    c->replays = console_replays_new();
    c->events = console_events_new();
    c->openapi = console_openapi_new(&c->host);
    if (c->sessions == NULL || c->challenges == NULL || c->logins == NULL || c->replays == NULL ||
        c->events == NULL || c->openapi == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory for the console");
    if (rc != ENT_OK) {
        console_free(c);
        return rc;
    }
    *out = c;
    return ENT_OK;
}

void console_free(console *c)
{
    if (c == NULL)
        return;
    console_sessions_free(c->sessions);
    console_challenges_free(c->challenges);
    console_challenges_free(c->logins);
    console_replays_free(c->replays);
    console_events_free(c->events);
    console_openapi_free(c->openapi);
    free(c);
}

void console_changed(console *c, const char *peer)
{
    console_events_put(c->events, peer);
}

void console_beat(console *c)
{
    console_events_beat(c->events);
}

/* ---- who asks ---- */

/* A cookie's value; ENT_STR_NONE: it is not there, or more than once. */
static ent_str cookie_get(const http_request *request, const char *name)
{
    ent_str list = http_request_list(request, "Cookie"), found = ENT_STR_NONE;
    size_t name_size = strlen(name), count = 0;

    for (size_t at = 0; list.ptr != NULL && at < list.size;) {
        const char *start = list.ptr + at, *end;
        size_t size;

        if (*start == ' ' || *start == ';' || *start == ',') {
            at++;
            continue;
        }
        for (end = start; end < list.ptr + list.size && *end != ';' && *end != ','; end++)
            ;
        size = (size_t)(end - start);
        if (size > name_size && memcmp(start, name, name_size) == 0 && start[name_size] == '=') {
            found = (ent_str){ start + name_size + 1, size - name_size - 1 };
            count++;
        }
        at += size;
    }
    return count == 1 ? found : ENT_STR_NONE;
}

static bool is_reading(const http_request *request)
{
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

/* A change comes from our own pages: browsers say where a POST comes from, and another
 * site cannot make them say otherwise. */
static bool is_own_page(const http_request *request)
{
    const char *origin = http_request_header(request, "Origin");
    const char *host = http_request_header(request, "Host");
    const char *site = http_request_header(request, "Sec-Fetch-Site");

    if (site != NULL && strcmp(site, "same-origin") != 0)
        return false;
    return origin != NULL && host != NULL && strncmp(origin, "https://", 8) == 0 &&
           strcmp(origin + 8, host) == 0;
}

static void call_end(void *arg)
{
    struct call *call = arg;

    if (call->session != NULL)
        console_session_give(call->c->sessions, call->session);
    else if (call->key != NULL)
        call->c->host.logout(call->c->host.arg, call->key);
    call->session = NULL;
    call->key = NULL;
}

/* By the cookie.  False: answered. */
static bool session_caller(struct call *call, http_request *request, http_reply *reply)
{
    ent_str token = cookie_get(request, COOKIE);

    call->session = token.ptr == NULL ? NULL : console_session_take(call->c->sessions, token);
    if (call->session == NULL) {
        console_answer_refuse(reply, 401);
        return false;
    }
    call->key = console_session_key(call->session);
    call->user = *console_session_user(call->session);
    if (is_reading(request) || is_own_page(request))
        return true;
    console_answer_refuse(reply, 403);
    return false;
}

/* By Basic credentials, for scripts: no cookie, so nobody can borrow them. */
static bool basic_caller(struct call *call, http_request *request, http_reply *reply)
{
    const char *field = http_request_header(request, "Authorization");
    const console_host *host = &call->c->host;
    ent_err err = { 0 };

    if (host->basic(host->arg, field, &call->key, &call->user, &err) == ENT_OK)
        return true;
    call->key = NULL;
    console_answer_refuse(reply, err.code == ENT_DENIED || err.code == ENT_FORMAT ? 401 : 503);
    return false;
}

/* Who asks; HTTP_BODY: it is known.  Passphrases take their time, on a worker. */
static http_next caller_find(struct call *call, http_request *request, http_reply *reply)
{
    if (http_request_header(request, "Authorization") == NULL)
        return session_caller(call, request, reply) ? HTTP_BODY : HTTP_ANSWER;
    if (!request->on_worker)
        return HTTP_WAIT;
    return basic_caller(call, request, reply) ? HTTP_BODY : HTTP_ANSWER;
}

static struct call *call_new(console *c, http_request *request)
{
    struct call *call = ent_arena_alloc(request->arena, sizeof *call);

    if (call == NULL)
        return NULL;
    *call = (struct call){ .c = c };
    return ent_arena_defer(request->arena, call_end, call) == 0 ? call : NULL;
}

/* ---- logging in and out ---- */

static bool is_json(const http_request *request)
{
    const char *type = http_request_header(request, "Content-Type");

    return type != NULL && strncmp(type, "application/json", 16) == 0 &&
           (type[16] == '\0' || type[16] == ';' || type[16] == ' ');
}

static void user_answer(http_request *request, http_reply *reply, const console_user *user)
{
    ent_str body =
        ent_arena_printf(request->arena, "{\"name\":\"%s\",\"role\":\"%s\",\"signs\":%s}",
                         user->name, user->role, user->signs ? "true" : "false");

    if (body.ptr == NULL)
        console_answer_refuse(reply, 503);
    else
        console_answer_json(reply, body);
    http_reply_header(reply, "Cache-Control", "no-store");
}

/* By name and passphrase; {"certificate":true}: by the key that the connection proved;
 * {"key":{...}}: by a security key; or {"oidc":{...}}: by what a provider says. */
static ent_code login_check(console *c, const http_request *request, void **key, console_user *user,
                            ent_err *err)
{
    uint8_t pin[HTTP_PIN_SIZE];
    ent_str name, passphrase;
    ent_json root;

    ENT_TRY(ent_json_read(request->arena, (ent_str){ request->body.ptr, request->body.size }, &root,
                          err));
    if (ent_json_count(root) == 1 && ent_json_true(ent_json_get(root, "certificate"))) {
        if (!http_request_pin(request, pin))
            return ent_fail(err, ENT_DENIED, "the connection has shown no certificate");
        return c->host.certificate(c->host.arg, pin, key, user, err);
    }
    if (ent_json_count(root) == 1 && ent_json_is(ent_json_get(root, "key"), ENT_JSON_OBJECT))
        return console_passkey_login(c->challenges, &c->host, request, ent_json_get(root, "key"),
                                     key, user, err);
    if (ent_json_count(root) == 1 && ent_json_is(ent_json_get(root, "oidc"), ENT_JSON_OBJECT))
        return console_provider_login(c->logins, &c->host, request, ent_json_get(root, "oidc"),
                                      cookie_get(request, PROVIDER_COOKIE), key, user, err);
    name = ent_json_get_text(root, "name");
    passphrase = ent_json_get_text(root, "passphrase");
    if (name.ptr == NULL || passphrase.ptr == NULL || ent_json_count(root) != 2)
        return ent_fail(
            err, ENT_USAGE,
            "a login is an object of name and passphrase, of certificate: true, of key or of oidc");
    return c->host.login(c->host.arg, name, passphrase, key, user, err);
}

static void login_finish(console *c, http_request *request, http_reply *reply)
{
    char token[SESSION_TOKEN_SIZE];
    console_user user;
    ent_err err = { 0 };
    ent_str cookie;
    void *key;
    ent_code rc = login_check(c, request, &key, &user, &err);

    if (rc == ENT_OK)
        rc = console_session_begin(c->sessions, key, &user, token, &err);
    if (rc != ENT_OK) {
        console_answer_problem(request, reply, rc, err.msg, ENT_STR_NONE);
        return;
    }
    cookie = ent_arena_printf(request->arena,
                              COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict", token);
    user_answer(request, reply, &user);
    if (cookie.ptr == NULL)
        console_answer_refuse(reply, 503);
    else
        http_reply_header(reply, "Set-Cookie", cookie.ptr);
}

static http_next login_begin(console *c, http_request *request, http_reply *reply)
{
    /* Nobody is logged in by another site's form either. */
    if (!is_own_page(request)) {
        console_answer_refuse(reply, 403);
    } else if (!is_json(request)) {
        console_answer_refuse(reply, 415);
    } else {
        request->state = call_new(c, request);
        request->limit = JSON_LIMIT;
        if (request->state != NULL)
            return HTTP_BODY;
        console_answer_refuse(reply, 503);
    }
    return HTTP_ANSWER;
}

static http_next session_begin(console *c, http_request *request, http_reply *reply)
{
    struct call *call;
    http_next next;

    if (strcmp(request->method, "POST") == 0)
        return login_begin(c, request, reply);
    call = call_new(c, request);
    if (call == NULL) {
        console_answer_refuse(reply, 503);
        return HTTP_ANSWER;
    }
    next = caller_find(call, request, reply);
    if (next != HTTP_BODY)
        return next;
    if (is_reading(request)) {
        user_answer(request, reply, &call->user);
    } else if (strcmp(request->method, "DELETE") == 0) {
        if (call->session != NULL)
            console_session_end(c->sessions, call->session);
        reply->status = 204;
        http_reply_header(reply, "Set-Cookie",
                          COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
        /* What the browser kept of a session goes with it. */
        http_reply_header(reply, "Clear-Site-Data", "\"cache\", \"storage\"");
    } else {
        console_answer_refuse(reply, 405);
        http_reply_header(reply, "Allow", "GET, HEAD, POST, DELETE");
    }
    return HTTP_ANSWER;
}

/* ---- security keys ---- */

static void challenge_post(struct call *call, http_request *request, http_reply *reply)
{
    ent_err err = { 0 };
    ent_str answer;

    if (console_passkey_challenge(call->c->challenges, request->arena, &answer, &err) != ENT_OK)
        console_answer_refuse(reply, 503);
    else
        console_answer_json(reply, answer);
    http_reply_header(reply, "Cache-Control", "no-store");
}

static void key_post(struct call *call, http_request *request, http_reply *reply)
{
    const console_host *host = &call->c->host;
    console_result result = { 0 };
    console_line line = { 0 };
    ent_err err = { 0 };
    ent_code rc = console_passkey_add(call->c->challenges, request, &line, &err);

    if (rc == ENT_OK)
        rc = host->run(host->arg, call->key, request->arena, &line, &result, &err);
    if (rc != ENT_OK)
        console_answer_problem(request, reply, rc, err.msg, ENT_STR_NONE);
    else
        console_answer_result(request, reply, &result);
    if (reply->status < 400)
        console_changed(call->c, "");
}

/* A key is added by who gave the passphrase: one key does not beget another. */
static http_next key_begin(console *c, http_request *request, http_reply *reply)
{
    struct call *call;

    if (strcmp(request->method, "POST") != 0) {
        console_answer_refuse(reply, 405);
        return HTTP_ANSWER;
    }
    if (login_begin(c, request, reply) != HTTP_BODY)
        return HTTP_ANSWER;
    call = request->state;
    if (!session_caller(call, request, reply))
        return HTTP_ANSWER;
    call->post = key_post;
    if (call->user.signs)
        return HTTP_BODY;
    console_answer_refuse(reply, 403);
    return HTTP_ANSWER;
}

static http_next challenge_begin(console *c, http_request *request, http_reply *reply)
{
    if (strcmp(request->method, "POST") != 0) {
        console_answer_refuse(reply, 405);
        return HTTP_ANSWER;
    }
    if (login_begin(c, request, reply) != HTTP_BODY)
        return HTTP_ANSWER;
    ((struct call *)request->state)->post = challenge_post;
    return HTTP_BODY;
}

/* ---- a provider ---- */

static void provider_post(struct call *call, http_request *request, http_reply *reply)
{
    ent_err err = { 0 };
    ent_str answer, value, cookie;

    http_reply_header(reply, "Cache-Control", "no-store");
    if (console_provider_begin(call->c->logins, &call->c->host, request, &answer, &value, &err) !=
        ENT_OK) {
        console_answer_problem(request, reply, err.code, err.msg, ENT_STR_NONE);
        return;
    }
    cookie = ent_arena_printf(request->arena,
                              PROVIDER_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; "
                                              "Max-Age=%d",
                              value.ptr, (int)(PROVIDER_LIFE / 1000));
    if (cookie.ptr == NULL) {
        console_answer_refuse(reply, 503);
        return;
    }
    console_answer_json(reply, answer);
    http_reply_header(reply, "Set-Cookie", cookie.ptr);
}

static http_next provider_begin(console *c, http_request *request, http_reply *reply)
{
    ent_err err = { 0 };
    ent_str answer;

    if (strcmp(request->method, "POST") == 0) {
        if (login_begin(c, request, reply) != HTTP_BODY)
            return HTTP_ANSWER;
        ((struct call *)request->state)->post = provider_post;
        return HTTP_BODY;
    }
    if (!is_reading(request)) {
        console_answer_refuse(reply, 405);
    } else if (console_provider_offer(&c->host, request->arena, &answer, &err) != ENT_OK) {
        console_answer_problem(request, reply, err.code, err.msg, ENT_STR_NONE);
    } else {
        if (answer.ptr == NULL)
            reply->status = 204;
        else
            console_answer_json(reply, answer);
        http_reply_header(reply, "Cache-Control", "no-store");
    }
    return HTTP_ANSWER;
}

/* ---- verbs ---- */

/* A header field that holds text of any script, percent-encoded; "" if it is not there. */
static ent_code field_text(const http_request *request, const char *name, const char **text,
                           ent_err *err)
{
    const char *raw = http_request_header(request, name);
    ent_str value = ENT_STR("");

    if (raw != NULL)
        ENT_TRY(console_text_decode(request->arena, ent_str_of(raw), &value, err));
    if (value.size > REASON_LIMIT || memchr(value.ptr, '\0', value.size) != NULL ||
        !ent_utf8_valid(value))
        return ent_fail(err, ENT_USAGE, "'%s' is no text in UTF-8 of at most %d bytes", name,
                        REASON_LIMIT);
    value = ent_arena_str(request->arena, value);
    *text = value.ptr;
    return value.ptr != NULL ? ENT_OK : ent_fail_arena(err);
}

static ent_code line_read(const struct call *call, const http_request *request, ent_json body,
                          console_line *line, ent_err *err)
{
    const char **argv;

    ENT_TRY(field_text(request, "Entente-Reason", &line->reason, err));
    ENT_TRY(field_text(request, "Entente-Purpose", &line->purpose, err));
    ENT_TRY(console_verb_line(request->arena, call->verb, request->query, body, &argv, err));
    line->argv = argv;
    return ENT_OK;
}

static void verb_run(struct call *call, http_request *request, http_reply *reply, ent_json body,
                     ent_span file)
{
    const console_host *host = &call->c->host;
    console_line line = { .input = file };
    console_result result = { 0 };
    ent_err err = { 0 };
    ent_code rc = line_read(call, request, body, &line, &err);

    if (rc == ENT_OK)
        rc = host->run(host->arg, call->key, request->arena, &line, &result, &err);
    if (rc != ENT_OK)
        console_answer_problem(request, reply, rc, err.msg, ENT_STR_NONE);
    else if (console_verb_gives_bytes(call->verb))
        console_answer_bytes(request, reply, &result);
    else
        console_answer_result(request, reply, &result);
}

static void reading_answer(struct call *call, http_request *request, http_reply *reply)
{
    verb_run(call, request, reply, (ent_json){ 0 }, (ent_span){ "", 0 });
    http_reply_header(reply, "Cache-Control", "private, no-cache");
    console_answer_tag(request, reply);
}

/* Another request under the same key must not pass for this one. */
static ent_hash request_hash(const http_request *request)
{
    ent_hash body = ent_hash_of(request->body.ptr, request->body.size);
    ent_span pieces[] = { ent_span_of_str(request->path),
                          { "?", 1 },
                          ent_span_of_str(request->query),
                          { body.bytes, sizeof body.bytes } };

    return ent_hash_pieces(pieces, sizeof pieces / sizeof *pieces);
}

static void change_make(struct call *call, http_request *request, http_reply *reply)
{
    ent_str text = { request->body.ptr, request->body.size };
    ent_json body = { 0 };
    ent_err err = { 0 };
    ent_code rc;

    if (console_verb_takes_file(call->verb)) {
        verb_run(call, request, reply, body, request->body);
    } else {
        rc = ent_json_read(request->arena, text, &body, &err);
        if (rc == ENT_OK && !ent_json_is(body, ENT_JSON_OBJECT))
            rc = ent_fail(&err, ENT_USAGE, "the body is an object of the parameters");
        if (rc != ENT_OK)
            console_answer_problem(request, reply, rc, err.msg, ENT_STR_NONE);
        else
            verb_run(call, request, reply, body, (ent_span){ "", 0 });
    }
    if (reply->status < 400)
        console_changed(call->c, "");
}

static void change_answer(struct call *call, http_request *request, http_reply *reply)
{
    const char *idempotency = http_request_header(request, "Idempotency-Key");
    const console_host *host = &call->c->host;
    ent_span pieces[] = { { call->user.name, strlen(call->user.name) + 1 }, { NULL, 0 } };
    ent_hash key, what;
    ent_err err = { 0 };
    ent_code rc;

    http_reply_header(reply, "Cache-Control", "no-store");
    if (idempotency == NULL) {
        change_make(call, request, reply);
        return;
    }
    pieces[1] = ent_span_of_str(ent_str_of(idempotency));
    key = ent_hash_pieces(pieces, 2);
    what = request_hash(request);
    rc = console_replay_begin(call->c->replays, request->arena, &key, &what, host->now(host->arg),
                              reply, &err);
    if (rc == ENT_NO)
        return;
    if (rc != ENT_OK) {
        console_answer_problem(request, reply, rc, err.msg, ENT_STR_NONE);
        return;
    }
    change_make(call, request, reply);
    console_replay_end(call->c->replays, &key, reply);
}

static http_next verb_begin(console *c, const verb *v, http_request *request, http_reply *reply)
{
    bool reads = strcmp(v->method, "GET") == 0;
    struct call *call = call_new(c, request);
    http_next next;

    if (call == NULL) {
        console_answer_refuse(reply, 503);
        return HTTP_ANSWER;
    }
    next = caller_find(call, request, reply);
    if (next != HTTP_BODY)
        return next;
    call->verb = v;
    if (is_reading(request) != reads) {
        console_answer_refuse(reply, 405);
        http_reply_header(reply, "Allow", reads ? "GET, HEAD" : "POST");
    } else if (!reads && !console_verb_takes_file(v) && !is_json(request)) {
        console_answer_refuse(reply, 415);
    } else if (reads && !request->on_worker) {
        call_end(call);
        return HTTP_WAIT;
    } else if (reads) {
        reading_answer(call, request, reply);
    } else {
        request->state = call;
        request->limit = console_verb_takes_file(v) ? FILE_LIMIT : JSON_LIMIT;
        return HTTP_BODY;
    }
    return HTTP_ANSWER;
}

/* ---- requests ---- */

static http_next events_begin(console *c, http_request *request, http_reply *reply)
{
    struct call *call = call_new(c, request);
    http_next next = HTTP_ANSWER;

    if (call == NULL)
        console_answer_refuse(reply, 503);
    else
        next = caller_find(call, request, reply);
    if (next != HTTP_BODY)
        return next;
    if (!is_reading(request))
        console_answer_refuse(reply, 405);
    else if (!console_events_open(c->events, request, reply))
        console_answer_refuse(reply, 503);
    return HTTP_ANSWER;
}

static http_next openapi_begin(console *c, http_request *request, http_reply *reply)
{
    ent_str document;
    ent_err err = { 0 };

    if (!is_reading(request)) {
        console_answer_refuse(reply, 405);
    } else if (!request->on_worker) {
        return HTTP_WAIT;
    } else if (console_openapi_get(c->openapi, &document, &err) != ENT_OK) {
        console_answer_problem(request, reply, err.code, err.msg, ENT_STR_NONE);
    } else {
        console_answer_json(reply, document);
        console_answer_tag(request, reply);
    }
    return HTTP_ANSWER;
}

static http_next api_begin(console *c, ent_str path, http_request *request, http_reply *reply)
{
    const verb *v = console_verb_find(path);

    if (ent_str_is(path, "session"))
        return session_begin(c, request, reply);
    if (ent_str_is(path, "session/key"))
        return key_begin(c, request, reply);
    if (ent_str_is(path, "session/oidc"))
        return provider_begin(c, request, reply);
    if (ent_str_is(path, "challenge"))
        return challenge_begin(c, request, reply);
    if (ent_str_is(path, "events"))
        return events_begin(c, request, reply);
    if (v != NULL)
        return verb_begin(c, v, request, reply);
    if (ent_str_is(path, "openapi.json"))
        return openapi_begin(c, request, reply);
    console_answer_refuse(reply, 404);
    return HTTP_ANSWER;
}

http_next console_begin(console *c, http_request *request, http_reply *reply)
{
    static const ent_str api = { "/api/v1/", 8 };
    http_next next = HTTP_ANSWER;

    if (ent_str_starts(request->path, api))
        next =
            api_begin(c, (ent_str){ request->path.ptr + api.size, request->path.size - api.size },
                      request, reply);
    else if (!is_reading(request))
        console_answer_refuse(reply, 405);
    else if (!console_asset_reply(request, reply))
        console_answer_refuse(reply, 404);
    if (next == HTTP_ANSWER)
        console_answer_guard(reply);
    return next;
}

void console_finish(console *c, http_request *request, http_reply *reply)
{
    struct call *call = request->state;

    if (request->body_rc != ENT_OK)
        console_answer_refuse(reply, request->body_rc == ENT_RETRY ? 503 : 413);
    else if (call->post != NULL)
        call->post(call, request, reply);
    else if (call->verb == NULL)
        login_finish(c, request, reply);
    else
        change_answer(call, request, reply);
    console_answer_guard(reply);
    call_end(call);
}
