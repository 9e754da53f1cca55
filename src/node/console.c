#include "node/console.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/tls.h"
#include "node/auth.h"
#include "node/credentials.h"
#include "node/files.h"
#include "node/oidc.h"
#include "http/watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define COMMAND_OUTPUT  ((size_t)64 << 20)
#define COMMAND_SECONDS 120
#define BEAT_MS         20000
/* Logins that ask the provider at one time: whoever comes without an account costs others no
 * more. */
#define EXCHANGES       4
#define EXCHANGE_OUTPUT ((size_t)4096)
#define USER_MEMORY     ((size_t)1 << 20)

struct node_console {
    const node_home *home;
    node_runner *runner;
    node_audit *audit;
    console *console;
    http_api *api; /* NULL: not watching */
    pthread_t thread;
    int watch, end; /* inotify, eventfd */
    atomic_int exchanges;
};

/* ---- sessions ---- */

/* Who is in, and by what. */
struct visit {
    node_session *session;
    node_credential_kind kind; /* of a session that does not sign */
    char id[65];               /* what stands for the user; "": the passphrase */
};

/* The time of day, also on an exercise, as in all of the journal of reads. */
static ent_time time_of_day(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

static ent_code visit_note(const node_console *c, const struct visit *visit, ent_err *err)
{
    static const char *const verbs[] = { [NODE_CERTIFICATE] = "login with certificate",
                                         [NODE_SECURITY_KEY] = "login with security key",
                                         [NODE_SUBJECT] = "login with OpenID Connect" };
    const taxii_note note = { .time = time_of_day(),
                              .user = ent_str_of(visit->session->user.name),
                              .verb = visit->id[0] == '\0' ? "login with passphrase"
                                                           : verbs[visit->kind] };
    ent_arena *arena;
    ent_code rc;

    if (c->audit == NULL)
        return ENT_OK;
    arena = ent_arena_new(USER_MEMORY);
    rc = arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a login")
                       : node_audit_note(c->audit, arena, &note, err);
    ent_arena_free(arena);
    return rc;
}

/* Takes the session over, also when it fails. */
static ent_code visit_begin(const node_console *c, node_session *session, node_credential_kind kind,
                            const char *id, void **out, console_user *user, ent_err *err)
{
    struct visit *visit = calloc(1, sizeof *visit);
    ent_code rc = ENT_OK;

    if (visit == NULL) {
        rc = ent_fail(err, ENT_MEMORY, "no memory for a login");
    } else {
        visit->session = session;
        visit->kind = kind;
        (void)snprintf(visit->id, sizeof visit->id, "%s", id);
        rc = visit_note(c, visit, err);
    }
    if (rc != ENT_OK) {
        node_session_end(session);
        free(visit);
        return rc;
    }
    *user = (console_user){ .signs = node_session_signs(session) };
    (void)snprintf(user->name, sizeof user->name, "%s", session->user.name);
    (void)snprintf(user->role, sizeof user->role, "%s", node_role_name(session->user.role));
    *out = visit;
    return ENT_OK;
}

static ent_code host_login(void *arg, ent_str name, ent_str passphrase, void **session,
                           console_user *user, ent_err *err)
{
    const node_console *c = arg;
    char text[NODE_USER_SIZE];
    node_session *begun;

    if (name.size == 0 || name.size >= sizeof text || memchr(name.ptr, '\0', name.size) != NULL)
        return ent_fail(err, ENT_DENIED, "no such user, or a wrong passphrase");
    memcpy(text, name.ptr, name.size);
    text[name.size] = '\0';
    ENT_TRY(node_session_begin(c->home, text, passphrase, &begun, err));
    return visit_begin(c, begun, NODE_TOKEN, "", session, user, err);
}

static ent_code host_certificate(void *arg, const uint8_t pin[32], void **session,
                                 console_user *user, ent_err *err)
{
    const node_console *c = arg;
    ent_arena *arena = ent_arena_new(USER_MEMORY);
    node_session *begun = NULL;
    char id[2 * HTTP_PIN_SIZE + 1];
    node_user known;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a user");
    rc = node_certificate_user(arena, c->home, pin, &known, err);
    if (rc == ENT_OK)
        rc = node_session_keyless(&known, &begun, err);
    ent_arena_free(arena);
    ent_hex_write(pin, HTTP_PIN_SIZE, id);
    return rc == ENT_OK ? visit_begin(c, begun, NODE_CERTIFICATE, id, session, user, err) : rc;
}

static ent_code host_key_find(void *arg, ent_arena *arena, ent_span id, webauthn_key *key,
                              ent_str *host, ent_err *err)
{
    const node_console *c = arg;
    node_credential found;
    node_user user;

    ENT_TRY(node_security_key_get(arena, c->home, id, &found, &user, err));
    *key = found.key;
    *host = found.host;
    return ENT_OK;
}

/* The count is kept by a command, since nothing can be written here. */
static ent_code key_count(const node_console *c, ent_arena *arena, const node_session *session,
                          ent_str id, uint32_t counter, ent_err *err)
{
    ent_str count = ent_arena_printf(arena, "--count=%u", counter);
    const char *const argv[] = { "user", "key", "used", id.ptr, count.ptr, NULL };
    const node_command command = {
        .session = session, .argv = argv, .output_limit = COMMAND_OUTPUT, .seconds = COMMAND_SECONDS
    };
    node_command_result done;

    if (count.ptr == NULL)
        return ent_fail_arena(err);
    if (c->runner == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "nobody runs commands here");
    ENT_TRY(node_runner_command(c->runner, &command, arena, &done, err));
    if (done.status != 0)
        return ent_fail(err, ENT_DENIED, "the security key's count is refused: %.*s",
                        ENT_STR_ARG(done.message));
    return ENT_OK;
}

static ent_code host_key_login(void *arg, ent_arena *arena, ent_span id, uint32_t counter,
                               void **session, console_user *user, ent_err *err)
{
    const node_console *c = arg;
    node_session *begun;
    node_credential key;
    node_user known;
    ent_code rc;

    ENT_TRY(node_security_key_get(arena, c->home, id, &key, &known, err));
    ENT_TRY(node_session_keyless(&known, &begun, err));
    rc = key_count(c, arena, begun, key.id, counter, err);
    if (rc != ENT_OK) {
        node_session_end(begun);
        return rc;
    }
    return visit_begin(c, begun, NODE_SECURITY_KEY, key.id.ptr, session, user, err);
}

/* ---- a provider ---- */

static ent_code host_provider(void *arg, ent_arena *arena, oidc_provider *provider, ent_err *err)
{
    const node_console *c = arg;
    node_oidc oidc;

    ENT_TRY(node_oidc_get(arena, c->home, &oidc, err));
    *provider = oidc.provider;
    return ENT_OK;
}

static ent_code exchange_input(ent_arena *arena, ent_str code, const oidc_attempt *attempt,
                               ent_span *input, ent_err *err)
{
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "code");
    ent_jw_str(&w, code);
    ent_jw_key(&w, "nonce");
    ent_jw_str(&w, attempt->nonce);
    ent_jw_key(&w, "verifier");
    ent_jw_str(&w, attempt->verifier);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    *input = ent_span_of_str(text);
    return ENT_OK;
}

/* "entente: why", as the failure that it is. */
static ent_code said(const node_command_result *done, ent_err *err)
{
    static const ent_str program = { "entente: ", 9 };
    ent_str why = done->message;

    while (why.size > 0 && why.ptr[why.size - 1] == '\n')
        why.size--;
    if (ent_str_starts(why, program))
        why = (ent_str){ why.ptr + program.size, why.size - program.size };
    return ent_fail(err, ent_code_of_exit(done->status), "%.*s", ENT_STR_ARG(why));
}

/* A command asks the provider, since nothing can be connected to here: the user's name, and the id
 * of the subject that stands for it. */
static ent_code exchange_run(const node_console *c, ent_arena *arena, ent_span input,
                             ent_json *answer, ent_err *err)
{
    static const char *const argv[] = { "oidc", "exchange", NULL };
    const node_command command = {
        .argv = argv, .input = input, .output_limit = EXCHANGE_OUTPUT, .seconds = COMMAND_SECONDS
    };
    node_command_result done;
    size_t used;

    if (c->runner == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "nobody runs commands here");
    ENT_TRY(node_runner_command(c->runner, &command, arena, &done, err));
    if (done.status != 0)
        return said(&done, err);
    return ent_json_read_first(arena, done.output, answer, &used, err);
}

static ent_code exchanged(const node_console *c, ent_arena *arena, ent_json answer, void **session,
                          console_user *user, ent_err *err)
{
    ent_str id = ent_arena_str(arena, ent_json_get_text(answer, "id"));
    node_session *begun;
    node_user known;

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(node_oidc_user(arena, c->home, id, &known, err));
    ENT_TRY(node_session_keyless(&known, &begun, err));
    return visit_begin(c, begun, NODE_SUBJECT, id.ptr, session, user, err);
}

static ent_code host_provider_login(void *arg, ent_arena *arena, ent_str code,
                                    const oidc_attempt *attempt, void **session, console_user *user,
                                    ent_err *err)
{
    node_console *c = arg;
    ent_json answer = { 0 };
    ent_span input;
    ent_code rc;

    ENT_TRY(exchange_input(arena, code, attempt, &input, err));
    if (atomic_fetch_add(&c->exchanges, 1) >= EXCHANGES)
        rc = ent_fail(err, ENT_RETRY, "too many logins wait for the provider; try again");
    else
        rc = exchange_run(c, arena, input, &answer, err);
    (void)atomic_fetch_sub(&c->exchanges, 1);
    return rc == ENT_OK ? exchanged(c, arena, answer, session, user, err) : rc;
}

static ent_code host_basic(void *arg, const char *authorization, void **session, console_user *user,
                           ent_err *err)
{
    size_t size = ENT_LIMIT_PASSPHRASE_MAX + NODE_USER_SIZE + 4;
    char *bytes = sodium_malloc(size);
    ent_str name, passphrase;
    ent_code rc;

    if (bytes == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a passphrase");
    rc = node_basic_read(authorization, bytes, size, &name, &passphrase, err);
    if (rc == ENT_OK)
        rc = host_login(arg, name, passphrase, session, user, err);
    sodium_free(bytes);
    return rc;
}

static void host_logout(void *arg, void *session)
{
    struct visit *visit = session;

    (void)arg;
    node_session_end(visit->session);
    free(visit);
}

/* Removed, or given another role or passphrase since, or is what stood for them no more theirs? */
static ent_code host_still(void *arg, const void *session, ent_err *err)
{
    const node_console *c = arg;
    const struct visit *visit = session;
    const node_session *held = visit->session;
    ent_arena *arena = ent_arena_new(USER_MEMORY);
    node_user user;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a user");
    if (node_session_signs(held))
        rc = node_user_get(arena, c->home, held->user.name, &user, err);
    else if (visit->kind == NODE_SUBJECT)
        rc = node_oidc_user(arena, c->home, ent_str_of(visit->id), &user, err);
    else
        rc = node_credential_user(arena, c->home, visit->kind, ent_str_of(visit->id), &user, err);
    if (rc == ENT_OK && (strcmp(user.name, held->user.name) != 0 || user.role != held->user.role ||
                         memcmp(user.key, held->user.key, sizeof user.key) != 0))
        rc = ent_fail(err, ENT_DENIED, "the user is another one now");
    ent_arena_free(arena);
    return rc;
}

static ent_code host_run(void *arg, void *session, ent_arena *arena, const console_line *line,
                         console_result *result, ent_err *err)
{
    const node_console *c = arg;
    const struct visit *visit = session;
    node_command command = { .session = visit == NULL ? NULL : visit->session,
                             .argv = line->argv,
                             .reason = line->reason,
                             .purpose = line->purpose,
                             .input = line->input,
                             .output_limit = COMMAND_OUTPUT,
                             .seconds = COMMAND_SECONDS };
    node_command_result done;

    if (c->runner == NULL)
        return ent_fail(err, ENT_UNAVAILABLE, "nobody runs commands here");
    ENT_TRY(node_runner_command(c->runner, &command, arena, &done, err));
    *result = (console_result){ done.status, done.output, done.message };
    return ENT_OK;
}

static int64_t host_now(void *arg)
{
    (void)arg;
    return node_ms();
}

static void host_random(void *arg, void *bytes, size_t size)
{
    (void)arg;
    randombytes_buf(bytes, size);
}

ent_code node_console_new(const node_home *home, node_runner *runner, node_audit *audit,
                          node_console **out, ent_err *err)
{
    node_console *c = calloc(1, sizeof *c);
    console_host host = { .arg = c,
                          .login = host_login,
                          .basic = host_basic,
                          .certificate = host_certificate,
                          .key_find = host_key_find,
                          .key_login = host_key_login,
                          .provider = host_provider,
                          .provider_login = host_provider_login,
                          .logout = host_logout,
                          .still = host_still,
                          .run = host_run,
                          .now = host_now,
                          .random = host_random };
    ent_code rc;

    if (c == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the console");
    c->home = home;
    c->runner = runner;
    c->audit = audit;
    c->watch = c->end = -1;
    rc = console_new(&host, &c->console, err);
    if (rc == ENT_OK)
        *out = c;
    else
        free(c);
    return rc;
}

console *node_console_of(node_console *c)
{
    return c->console;
}

/* ---- changes ---- */

/* Files in run/applied are named after the peer whose news was applied. */
static void changes_tell(node_console *c)
{
    union {
        char bytes[sizeof(struct inotify_event) + NAME_MAX + 1];
        struct inotify_event first;
    } read_in;
    ssize_t got;

    while ((got = read(c->watch, &read_in, sizeof read_in)) > 0)
        for (char *at = read_in.bytes; at < read_in.bytes + got;) {
            const struct inotify_event *event = (const void *)at;

            if (event->len > 0 && node_code_valid(event->name))
                console_changed(c->console, event->name);
            at += sizeof *event + event->len;
        }
}

static void *watch_run(void *arg)
{
    node_console *c = arg;
    struct pollfd wait[] = { { c->watch, POLLIN, 0 }, { c->end, POLLIN, 0 } };

    for (;;) {
        int count = poll(wait, 2, BEAT_MS);

        if (count > 0 && wait[1].revents != 0)
            return NULL;
        if (count > 0)
            changes_tell(c);
        else if (count == 0)
            console_beat(c->console);
        http_api_wake(c->api);
    }
}

ent_code node_console_watch(node_console *c, http_api *api, ent_err *err)
{
    char folder[PATH_MAX];

    (void)snprintf(folder, sizeof folder, "%s/run/applied", c->home->path);
    ENT_TRY(http_watch_open(&c->watch, err));
    ENT_TRY(http_watch_add(c->watch, folder, IN_MOVED_TO, NULL, err));
    c->end = eventfd(0, EFD_CLOEXEC);
    if (c->end < 0)
        return ent_fail(err, ENT_IO, "nothing to end the watch with: %s", strerror(errno));
    c->api = api;
    if (pthread_create(&c->thread, NULL, watch_run, c) == 0)
        return ENT_OK;
    c->api = NULL;
    return ent_fail(err, ENT_UNAVAILABLE, "no thread to watch what changes");
}

void node_console_unwatch(node_console *c)
{
    const uint64_t one = 1;

    if (c == NULL || c->api == NULL)
        return;
    (void)!write(c->end, &one, sizeof one);
    (void)pthread_join(c->thread, NULL);
    c->api = NULL;
}

void node_console_free(node_console *c)
{
    if (c == NULL)
        return;
    if (c->watch >= 0)
        (void)close(c->watch);
    if (c->end >= 0)
        (void)close(c->end);
    console_free(c->console);
    free(c);
}
