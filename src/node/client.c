#include "node/client.h"

#include "base/buf.h"
#include "http/tls.h"
#include "node/child.h"
#include "node/credentials.h"
#include "node/door.h"
#include "node/files.h"
#include "node/sandbox.h"
#include "taxii/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOPS        2
#define WORKERS      8
#define CACHE_MEMORY ((size_t)64 << 20) /* pages of both stores, of all threads */
#define BODY_MEMORY  ((size_t)1 << 30)
#define PEM_LIMIT    ((size_t)65536)

/* The time of day, also on an exercise: clients compare date_added with their own clocks. */
static ent_time clock_now(void *arg)
{
    struct timespec ts;

    (void)arg;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

/* ---- what is not TAXII ---- */

static bool is_reading(const http_request *request)
{
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

static http_next not_allowed(http_reply *reply)
{
    taxii_error_reply(405, reply);
    http_reply_header(reply, "Allow", "GET, HEAD");
    return HTTP_ANSWER;
}

static http_next health_begin(node_client *client, http_request *request, http_reply *reply)
{
    (void)client;
    if (!is_reading(request))
        return not_allowed(reply);
    reply->status = 200;
    reply->type = "application/json";
    reply->body = ENT_STR("{\"status\":\"ok\"}\n");
    return HTTP_ANSWER;
}

static http_next metrics_begin(node_client *client, http_request *request, http_reply *reply)
{
    ent_err err = { 0 };
    node_user user;
    http_next next;
    ent_buf buf;

    if (!node_client_user(client, request, reply, &user, &next))
        return next;
    if (user.name[0] == '\0') {
        taxii_error_reply(401, reply);
        return HTTP_ANSWER;
    }
    if (!is_reading(request))
        return not_allowed(reply);
    ent_buf_init(&buf, request->arena);
    node_access_metrics(client->access, &buf);
    reply->status = 200;
    reply->type = "text/plain; version=0.0.4; charset=utf-8";
    if (ent_buf_done(&buf, &reply->body, &err) != ENT_OK)
        taxii_error_reply(503, reply);
    return HTTP_ANSWER;
}

/* ---- TAXII ---- */

static http_next taxii_begin(node_client *client, http_request *request, http_reply *reply)
{
    node_user user;
    http_next next;
    ent_str name;

    if (!node_client_user(client, request, reply, &user, &next))
        return next;
    name = ent_arena_str(request->arena, ent_str_of(user.name));
    if (name.ptr == NULL) {
        taxii_error_reply(503, reply);
        return HTTP_ANSWER;
    }
    return taxii_server_begin(client->taxii, request, name, reply);
}

static void taxii_finish(node_client *client, http_request *request, http_reply *reply)
{
    taxii_server_finish(client->taxii, request, reply);
}

/* ---- the console and its API ---- */

static http_next console_door_begin(node_client *client, http_request *request, http_reply *reply)
{
    return console_begin(node_console_of(client->console), request, reply);
}

static void console_door_finish(node_client *client, http_request *request, http_reply *reply)
{
    console_finish(node_console_of(client->console), request, reply);
    http_api_wake(client->api);
}

/* ---- requests ---- */

static const node_door doors[] = {
    { "healthz", "healthz", health_begin, NULL },
    { "metrics", "metrics", metrics_begin, NULL },
    { "console", "", console_door_begin, console_door_finish },
    { "console", "index.html", console_door_begin, console_door_finish },
    { "console", "assets", console_door_begin, console_door_finish },
    { "api", "api", console_door_begin, console_door_finish },
    { NULL, NULL, taxii_begin, taxii_finish }, /* /taxii2/, and API roots of any name */
};

/* The door of a path: by its first segment, exactly as it was sent. */
static const node_door *door_of(ent_str path)
{
    const node_door *door = doors;
    ent_str first = { path.ptr + 1, path.size - 1 };
    const char *end = memchr(first.ptr, '/', first.size);

    if (end != NULL)
        first.size = (size_t)(end - first.ptr);
    /* "//root/" is a root's: some clients double the slash. */
    while (door->segment != NULL &&
           (!ent_str_is(first, door->segment) || (first.size == 0 && path.size > 1)))
        door++;
    return door;
}

/* The token of "Bearer TOKEN" (RFC 6750), or of "Token TOKEN", which taxii2client sends; NULL:
 * other credentials. */
static const char *token_find(const char *authorization)
{
    static const char *const schemes[] = { "Bearer ", "Token " };

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t size = strlen(schemes[i]);

        if (strncasecmp(authorization, schemes[i], size) == 0)
            return authorization + size + strspn(authorization + size, " ");
    }
    return NULL;
}

bool node_client_user(node_client *client, const http_request *request, http_reply *reply,
                      node_user *user, http_next *next)
{
    const char *authorization = http_request_header(request, "Authorization");
    const char *token = authorization == NULL ? NULL : token_find(authorization);
    uint8_t pin[HTTP_PIN_SIZE];
    ent_err err = { 0 };
    ent_code rc;

    *user = (node_user){ 0 };
    *next = HTTP_ANSWER;
    if (authorization == NULL && !http_request_pin(request, pin))
        return true;
    if (authorization == NULL)
        rc = node_certificate_user(request->arena, client->home, pin, user, &err);
    else if (token != NULL)
        rc = node_token_user(request->arena, client->home, (ent_str){ token, strcspn(token, " ") },
                             clock_now(NULL), user, &err);
    else
        rc = node_auth_check(client->auth, authorization, request->on_worker, user, &err);
    if (rc == ENT_RETRY)
        *next = HTTP_WAIT;
    else if (rc != ENT_OK)
        taxii_error_reply(rc == ENT_DENIED ? 401 : 503, reply);
    return rc == ENT_OK;
}

static void request_note(node_client *client, const http_request *request, const http_reply *reply)
{
    const char *word = door_of(request->path)->word;
    ent_err err = { 0 };
    taxii_route route;

    if (word == NULL) {
        word = taxii_route_read(request->arena, request->path, &route, &err) == ENT_OK
                   ? taxii_route_word(route.resource)
                   : "other";
    }
    node_access_note(client->access, request, word, reply, clock_now(NULL));
}

static http_next request_begin(void *arg, http_request *request, http_reply *reply)
{
    http_next next = door_of(request->path)->begin(arg, request, reply);

    if (next == HTTP_ANSWER)
        request_note(arg, request, reply);
    return next;
}

static void request_finish(void *arg, http_request *request, http_reply *reply)
{
    struct node_client *client = arg;

    door_of(request->path)->finish(client, request, reply);
    request_note(client, request, reply);
}

/* ---- the listener ---- */

/* The address on which we listen, as text; "" for all addresses. */
static void address_of(int listen_fd, char host[INET6_ADDRSTRLEN])
{
    struct sockaddr_storage at;
    socklen_t size = sizeof at;
    const void *bytes = &((const struct sockaddr_in *)(const void *)&at)->sin_addr;

    host[0] = '\0';
    if (getsockname(listen_fd, (struct sockaddr *)&at, &size) != 0)
        return;
    if (at.ss_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)&at)->sin6_addr;
    if (inet_ntop(at.ss_family, bytes, host, INET6_ADDRSTRLEN) == NULL ||
        strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0)
        host[0] = '\0';
}

/* The certificate names the address of --client: made anew when that has changed. */
static ent_code certificate_fit(node_client *client, int listen_fd, const char *certificate,
                                const char *key, ent_err *err)
{
    char host[INET6_ADDRSTRLEN];
    http_tls_pair pair;
    ent_str pem;
    ent_code rc;

    address_of(listen_fd, host);
    ENT_TRY(node_file_read(client->arena, certificate, PEM_LIMIT, &pem, err));
    if (host[0] == '\0' || http_tls_names(pem, host))
        return ENT_OK;
    ENT_TRY(
        http_tls_make(node_path(client->arena, "%s-client", client->home->code), host, &pair, err));
    rc = node_file_write(key, (ent_span){ pair.key, pair.key_size }, 0600, err);
    if (rc == ENT_OK)
        rc = node_file_write(certificate, (ent_span){ pair.certificate, pair.certificate_size },
                             0644, err);
    http_tls_release(&pair);
    return rc;
}

/* Nobody is asked for what nobody has. */
static bool certificate_asked(void *arg)
{
    const node_client *client = arg;

    return node_certificates_any(client->home);
}

/* All of it but the threads; the key's bytes are to be wiped. */
static ent_code api_ready(node_client *client, int listen_fd, http_api_config *config, ent_err *err)
{
    const char *certificate_path =
        node_path(client->arena, "%s/keys/client.crt", client->home->path);
    const char *key_path = node_path(client->arena, "%s/keys/client.key", client->home->path);
    ent_str key, certificate;

    *config = (http_api_config){ .listen_fd = listen_fd,
                                 .loops = LOOPS,
                                 .workers = WORKERS,
                                 .slow_seconds = 30,
                                 .idle_seconds = 110,
                                 .bytes_per_second = 1000,
                                 .body_memory = BODY_MEMORY,
                                 .asks_certificate = certificate_asked,
                                 .begin = request_begin,
                                 .finish = request_finish,
                                 .refuse = taxii_error_reply,
                                 .arg = client };
    ENT_TRY(certificate_fit(client, listen_fd, certificate_path, key_path, err));
    ENT_TRY(node_file_read(client->arena, certificate_path, PEM_LIMIT, &certificate, err));
    ENT_TRY(node_file_read(client->arena, key_path, PEM_LIMIT, &key, err));
    config->certificate = certificate.ptr;
    config->key = key.ptr;
    return ENT_OK;
}

static ent_code api_start(node_client *client, const http_api_config *config, ent_err *err)
{
    ent_code rc = http_api_start(config, &client->api, err);

    sodium_memzero((void *)(uintptr_t)config->key, strlen(config->key));
    return rc;
}

/* ---- what it may do ---- */

/* A store of SQLite is three files, which are there while somebody has it open: they are
 * named one by one, so that the folder they lie in, which has the keys, stays closed. */
static const char *const endings[] = { "", "-wal", "-shm" };
#define ENDINGS (sizeof endings / sizeof *endings)

static ent_code confine_enter(node_client *client, ent_err *err)
{
    static const char *const read_in[] = { "keys/users",         "keys/tokens",
                                           "keys/certificates",  "keys/clearances",
                                           "keys/security-keys", "keys/provider",
                                           "keys/subjects" };
    const node_home *home = client->home;
    bool elsewhere = strncmp(home->store, "postgres", 8) == 0;
    const char *read[sizeof read_in / sizeof *read_in + 3], *write[2 * ENDINGS + 2];
    const char *sorting = node_path(client->arena, "%s/run/sorting", home->path);
    node_sandbox sandbox = { .read = read, .write = write, .may_connect = elsewhere };
    char *slash;

    for (size_t i = 0; i < sizeof read_in / sizeof *read_in; i++) {
        const char *path = node_path(client->arena, "%s/%s", home->path, read_in[i]);

        ENT_TRY(node_folder_make(path, err));
        read[sandbox.read_count++] = path;
    }
    read[sandbox.read_count++] = "/proc/self"; /* for /metrics */
    if (home->clock != NULL) { /* an exercise: the file is replaced, not written anew */
        ent_str copy = ent_arena_str(client->arena, ent_str_of(home->clock));

        if (copy.ptr == NULL)
            return ent_fail_arena(err);
        slash = strrchr((char *)(uintptr_t)copy.ptr, '/');
        if (slash != NULL)
            *slash = '\0';
        read[sandbox.read_count++] = slash == NULL ? "." : copy.ptr;
    }
    for (size_t i = 0; i < ENDINGS; i++) {
        write[sandbox.write_count++] =
            node_path(client->arena, "%s/taxii.db%s", home->path, endings[i]);
        if (!elsewhere)
            write[sandbox.write_count++] =
                node_path(client->arena, "%s%s", home->store, endings[i]);
    }
    write[sandbox.write_count++] = node_path(client->arena, "%s/journal/reads", home->path);
    ENT_TRY(node_folder_make(write[sandbox.write_count - 1], err));
    /* Where SQLite sorts what is more than memory. */
    write[sandbox.write_count++] = sorting;
    ENT_TRY(node_folder_make(sorting, err));
    (void)setenv("SQLITE_TMPDIR", sorting, 1);
    return node_sandbox_enter(&sandbox, err);
}

/* ---- start and stop ---- */

/* What needs rights that are given up, and no thread yet. */
static ent_code stores_open(node_client *client, ent_err *err)
{
    const node_home *home = client->home;
    taxii_server_config taxii = { .slots = LOOPS + WORKERS,
                                  .now = clock_now,
                                  .view = node_views_open,
                                  .noted = node_audit_note };

    taxii_store_memory(CACHE_MEMORY);
    ENT_TRY(node_auth_new(home, &client->auth, err));
    ENT_TRY(node_access_new(clock_now(NULL), &client->access, err));
    ENT_TRY(node_audit_new(home, &client->audit, err));
    ENT_TRY(node_views_new(home, LOOPS + WORKERS, &client->views, err));
    ENT_TRY(node_folder_make(node_path(client->arena, "%s/run/applied", home->path), err));
    taxii.arg = client->views;
    taxii.noted_arg = client->audit;
    taxii.path = node_path(client->arena, "%s/taxii.db", home->path);
    taxii.title = node_path(client->arena, "%s%.*s", home->clock != NULL ? "EXERCISE " : "",
                            ENT_STR_ARG(home->name));
    return taxii_server_new(&taxii, &client->taxii, err);
}

static ent_code client_begin(node_client *client, int listen_fd, node_runner *runner, bool confine,
                             ent_err *err)
{
    http_api_config config = { .listen_fd = listen_fd };

    ENT_TRY(stores_open(client, err));
    ENT_TRY(node_console_new(client->home, runner, client->audit, &client->console, err));
    ENT_TRY(api_ready(client, listen_fd, &config, err));
    if (confine)
        ENT_TRY(confine_enter(client, err));
    ENT_TRY(node_audit_start(client->audit, err));
    ENT_TRY(api_start(client, &config, err));
    return node_console_watch(client->console, client->api, err);
}

ent_code node_client_start(const node_home *home, int listen_fd, node_runner *runner, bool confine,
                           node_client **out, ent_err *err)
{
    node_client *client = calloc(1, sizeof *client);
    ent_code rc;

    if (client == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the client listener");
    client->home = home;
    client->arena = ent_arena_new((size_t)1 << 20);
    rc = client->arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for the client listener")
                               : client_begin(client, listen_fd, runner, confine, err);
    if (rc != ENT_OK) {
        node_client_stop(client);
        return rc;
    }
    *out = client;
    return ENT_OK;
}

void node_client_stop(node_client *client)
{
    if (client == NULL)
        return;
    node_console_unwatch(client->console);
    http_api_stop(client->api);
    node_console_free(client->console);
    taxii_server_free(client->taxii);
    node_views_free(client->views);
    node_auth_free(client->auth);
    node_audit_free(client->audit);
    node_access_free(client->access);
    ent_arena_free(client->arena);
    free(client);
}

/* Until the other end is closed (true), or nobody runs commands any more. */
static bool end_await(int control, const node_runner *runner)
{
    struct pollfd wait[] = { { control, POLLIN, 0 }, { node_runner_fd(runner), POLLIN, 0 } };
    char byte;

    for (;;) {
        if (poll(wait, 2, -1) < 0)
            continue;
        if (wait[0].revents != 0 && read(control, &byte, 1) <= 0 && errno != EINTR)
            return true;
        if (wait[1].revents != 0)
            return false;
    }
}

static ent_code client_run(const node_home *home, int control, int listen_fd, node_runner *runner,
                           ent_err *err)
{
    node_client *client;
    ent_code rc;

    ENT_TRY(node_client_start(home, listen_fd, runner, true, &client, err));
    rc = node_line_send(control, "ready\n", 6, err);
    if (rc == ENT_OK && !end_await(control, runner))
        rc = ent_fail(err, ENT_UNAVAILABLE, "the runner of commands has ended");
    node_client_stop(client);
    return rc;
}

ent_code node_client_run(const node_home *home, int control, int listen_fd, ent_err *err)
{
    node_runner *runner;
    ent_code rc;

    node_descriptors_raise();
    (void)signal(SIGPIPE, SIG_IGN);
    ENT_TRY(node_runner_start(home, &runner, err));
    rc = client_run(home, control, listen_fd, runner, err);
    node_runner_stop(runner);
    return rc;
}
