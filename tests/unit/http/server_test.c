/* http/server and http/client over real TLS on the loopback. */
#include "test.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct fixture {
    char folder[64], url[300], bound[256];
    http_tls_pair server_pair, client_pair, stranger_pair;
    uint8_t server_pin[HTTP_PIN_SIZE], client_pin[HTTP_PIN_SIZE];
    http_server *server;
    http_client_config config;
} fixture;

static void file_put(const char *folder, const char *name, const char *content)
{
    char path[512], temporary[520];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)snprintf(temporary, sizeof temporary, "%s.new", path);
    out = fopen(temporary, "wb");
    assert_non_null(out);
    (void)fwrite(content, 1, strlen(content), out);
    (void)fclose(out);
    assert_int_equal(rename(temporary, path), 0);
}

static bool peer_find(void *arg, const uint8_t pin[HTTP_PIN_SIZE], char *folder, size_t size)
{
    fixture *f = arg;

    if (memcmp(pin, f->client_pin, HTTP_PIN_SIZE) != 0)
        return false;
    (void)snprintf(folder, size, "%s/out", f->folder);
    return true;
}

static void pair_make(fixture *f, const char *name, http_tls_pair *pair, uint8_t *pin)
{
    ent_err err = { 0 };
    char file[80];

    CHECK_OK(http_tls_make(name, NULL, pair, &err), &err);
    CHECK_OK(http_tls_pin((ent_str){ pair->certificate, pair->certificate_size }, pin, &err), &err);
    (void)snprintf(file, sizeof file, "%s.key", name);
    file_put(f->folder, file, pair->key);
    (void)snprintf(file, sizeof file, "%s.crt", name);
    file_put(f->folder, file, pair->certificate);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    http_server_config config = { .loops = 2,
                                  .prefix = "/entente/v1/",
                                  .held = "checkpoint",
                                  .hold_seconds = 4,
                                  .head_seconds = 2,
                                  .peer = peer_find,
                                  .arg = f };
    uint8_t other[HTTP_PIN_SIZE];
    ent_err err = { 0 };
    char path[128];

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-http-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    pair_make(f, "server", &f->server_pair, f->server_pin);
    pair_make(f, "client", &f->client_pair, f->client_pin);
    pair_make(f, "stranger", &f->stranger_pair, other);
    (void)snprintf(path, sizeof path, "%s/out", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/out/tile", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    file_put(f->folder, "out/checkpoint", "one\n");
    file_put(f->folder, "out/tile/000", "some tile");
    file_put(f->folder, "secret", "not for anybody");
    CHECK_OK(http_listen("127.0.0.1:0", &config.listen_fd, f->bound, sizeof f->bound, &err), &err);
    config.certificate = f->server_pair.certificate;
    config.key = f->server_pair.key;
    CHECK_OK(http_server_start(&config, &f->server, &err), &err);
    f->config.connect_seconds = 5;
    memcpy(f->config.pin, f->server_pin, HTTP_PIN_SIZE);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[128];

    http_server_stop(f->server);
    http_tls_release(&f->server_pair);
    http_tls_release(&f->client_pair);
    http_tls_release(&f->stranger_pair);
    (void)snprintf(command, sizeof command, "%s", f->folder);
    {
        static const char *const files[] = { "out/checkpoint", "out/tile/000",
                                             "out/tile",       "out",
                                             "secret",         "server.key",
                                             "server.crt",     "client.key",
                                             "client.crt",     "stranger.key",
                                             "stranger.crt",   "got",
                                             "out/link",       "" };
        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
            char path[256];

            (void)snprintf(path, sizeof path, "%s/%s", command, files[i]);
            (void)remove(path);
        }
    }
    free(f);
    return 0;
}

/* GETs a file as `who`; what came is in `got`. */
static ent_code get(fixture *f, const char *who, const char *name, size_t limit, char *got,
                    size_t room)
{
    char certificate[128], key[128], url[600], path[128];
    http_client_config config = f->config;
    http_client *client;
    ent_err err = { 0 };
    ent_code rc;
    ssize_t size;
    int fd;

    (void)snprintf(certificate, sizeof certificate, "%s/%s.crt", f->folder, who);
    (void)snprintf(key, sizeof key, "%s/%s.key", f->folder, who);
    (void)snprintf(url, sizeof url, "https://%s%s", f->bound, name);
    (void)snprintf(path, sizeof path, "%s/got", f->folder);
    config.certificate = certificate;
    config.key = key;
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK_OK(http_client_new(&config, &client, &err), &err);
    rc = http_client_get(client, url, fd, limit, 30, &err);
    http_client_free(client);
    size = pread(fd, got, room - 1, 0);
    got[size < 0 ? 0 : size] = '\0';
    (void)close(fd);
    return rc;
}

static void a_known_peer_gets_its_files_and_only_those(void **state)
{
    static const char *const absent[] = {
        "/entente/v1/nothing",
        "/entente/v1/../secret",
        "/entente/v1/%2e%2e/secret",
        "/entente/v1/",
        "/entente/v1/tile",
        "/secret",
        "/",
        "/entente/v1/.hidden",
        "/entente/v1//checkpoint",
        "/entente/v1/tile/",
        "/entente/v1/CHECKPOINT",
        "/entente/v1/link",
    };
    fixture *f = *state;
    char got[256], path[128];

    CHECK_INT(get(f, "client", "/entente/v1/checkpoint", 100, got, sizeof got), ENT_OK);
    CHECK_STR(got, "one\n");
    CHECK_INT(get(f, "client", "/entente/v1/tile/000", 100, got, sizeof got), ENT_OK);
    CHECK_STR(got, "some tile");
    (void)snprintf(path, sizeof path, "%s/out/link", f->folder);
    CHECK_INT(symlink("../secret", path), 0);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        ent_code rc = get(f, "client", absent[i], 1000, got, sizeof got);

        if (rc != ENT_NOT_FOUND)
            fail_msg("%s: code %d, content %s", absent[i], (int)rc, got);
        CHECK_STR(got, "not found\n"); /* always the same bytes */
    }
}

static void an_unknown_key_gets_nothing(void **state)
{
    fixture *f = *state;
    char got[256];

    CHECK_INT(get(f, "stranger", "/entente/v1/checkpoint", 100, got, sizeof got), ENT_NOT_FOUND);
    CHECK_STR(got, "not found\n");
}

static void a_server_with_another_key_is_not_believed(void **state)
{
    fixture *f = *state;
    char got[256];

    f->config.pin[5] ^= 1;
    CHECK_INT(get(f, "client", "/entente/v1/checkpoint", 100, got, sizeof got), ENT_UNTRUSTED);
    CHECK_STR(got, "");
}

static void an_answer_that_is_too_large_is_cut(void **state)
{
    fixture *f = *state;
    char got[256];

    CHECK_INT(get(f, "client", "/entente/v1/tile/000", 8, got, sizeof got), ENT_LIMIT);
}

static void *change_later(void *arg)
{
    fixture *f = arg;
    struct timespec wait = { 0, 200000000 };

    (void)nanosleep(&wait, NULL);
    file_put(f->folder, "out/checkpoint", "two\n");
    return NULL;
}

static void a_held_request_is_answered_by_the_change(void **state)
{
    fixture *f = *state;
    ent_hash hash = ent_hash_of("one\n", 4);
    char got[256], url[200], hex[65];
    pthread_t thread;

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(url, sizeof url, "/entente/v1/checkpoint?after=%s", hex);
    CHECK_INT(pthread_create(&thread, NULL, change_later, f), 0);
    CHECK_INT(get(f, "client", url, 100, got, sizeof got), ENT_OK);
    CHECK_STR(got, "two\n");
    (void)pthread_join(thread, NULL);
    /* Another content than the client has is answered at once. */
    CHECK_INT(get(f, "client", url, 100, got, sizeof got), ENT_OK);
    CHECK_STR(got, "two\n");
}

/* ---- slow clients ---- */

static double seconds(clockid_t which)
{
    struct timespec ts;

    (void)clock_gettime(which, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int line_open(const fixture *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(strrchr(f->bound, ':') + 1)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* What comes until the other end closes. */
static size_t line_read(int fd, char *got, size_t room)
{
    size_t size = 0;

    for (ssize_t n; size + 1 < room && (n = recv(fd, got + size, room - 1 - size, 0)) > 0;)
        size += (size_t)n;
    got[size] = '\0';
    return size;
}

typedef struct tls_line {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
} tls_line;

static void tls_open(const fixture *f, tls_line *line)
{
    char certificate[128], key[128];

    (void)snprintf(certificate, sizeof certificate, "%s/client.crt", f->folder);
    (void)snprintf(key, sizeof key, "%s/client.key", f->folder);
    line->fd = line_open(f);
    (void)gnutls_init(&line->session, GNUTLS_CLIENT);
    (void)gnutls_set_default_priority(line->session);
    (void)gnutls_certificate_allocate_credentials(&line->credentials);
    assert_true(gnutls_certificate_set_x509_key_file(line->credentials, certificate, key,
                                                     GNUTLS_X509_FMT_PEM) >= 0);
    (void)gnutls_credentials_set(line->session, GNUTLS_CRD_CERTIFICATE, line->credentials);
    gnutls_transport_set_int(line->session, line->fd);
}

static void tls_close(tls_line *line)
{
    gnutls_deinit(line->session);
    gnutls_certificate_free_credentials(line->credentials);
    (void)close(line->fd);
}

/* The client's first flight goes out, and nothing after it. */
static ssize_t nothing_comes(gnutls_transport_ptr_t arg, void *bytes, size_t size)
{
    tls_line *line = arg;

    (void)bytes;
    (void)size;
    gnutls_transport_set_errno(line->session, EAGAIN);
    return -1;
}

static ssize_t all_goes(gnutls_transport_ptr_t arg, const void *bytes, size_t size)
{
    return send(((tls_line *)arg)->fd, bytes, size, MSG_NOSIGNAL);
}

/* Both kinds of silence in a handshake.  (What they cost until then: line_test.) */
static void a_handshake_that_stops_is_closed_and_keeps_nobody_waiting(void **state)
{
    static const uint8_t half[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 7, 7, 7 };
    fixture *f = *state;
    tls_line lines[20];
    int halves[20];
    char got[4096];

    for (size_t i = 0; i < 20; i++) {
        halves[i] = line_open(f);
        assert_int_equal(send(halves[i], half, sizeof half, 0), sizeof half);
        tls_open(f, &lines[i]);
        gnutls_transport_set_ptr(lines[i].session, &lines[i]);
        gnutls_transport_set_pull_function(lines[i].session, nothing_comes);
        gnutls_transport_set_push_function(lines[i].session, all_goes);
        assert_int_equal(gnutls_handshake(lines[i].session), GNUTLS_E_AGAIN);
    }
    /* Somebody who is not slow is served meanwhile. */
    CHECK_INT(get(f, "client", "/entente/v1/checkpoint", 100, got, sizeof got), ENT_OK);
    for (size_t i = 0; i < 20; i++) {
        CHECK_INT(line_read(halves[i], got, sizeof got), 0);
        (void)line_read(lines[i].fd, got, sizeof got);
        (void)close(halves[i]);
        tls_close(&lines[i]);
    }
}

/* Sends part of a request over TLS and reads what the server says before it closes. */
static void half_request(const fixture *f, const char *part, char *got, size_t room)
{
    tls_line line;
    ssize_t n;
    int rc;

    tls_open(f, &line);
    do
        rc = gnutls_handshake(line.session);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    assert_int_equal(rc, 0);
    if (*part != '\0')
        (void)gnutls_record_send(line.session, part, strlen(part));
    do
        n = gnutls_record_recv(line.session, got, room - 1);
    while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN);
    got[n < 0 ? 0 : n] = '\0';
    tls_close(&line);
}

static void half_a_request_gets_408_and_silence_nothing(void **state)
{
    static const char *const parts[] = { "GET /entente/v1/check", "GET / HTTP/1.1\r\nHost: a" };
    fixture *f = *state;
    char got[1024];

    for (size_t i = 0; i < 2; i++) {
        half_request(f, parts[i], got, sizeof got);
        if (strncmp(got, "HTTP/1.1 408 ", 13) != 0)
            fail_msg("%s: '%s'", parts[i], got);
    }
    half_request(f, "", got, sizeof got);
    CHECK_STR(got, "");
    /* A body is never wanted: the line is cut at once, before any of it comes. */
    half_request(f, "GET /entente/v1/checkpoint HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
                 got, sizeof got);
    CHECK_STR(got, "");
}

/* Longer than a head may take, and yet it is answered: what waits for news is not slow. */
static void a_held_request_is_not_idle(void **state)
{
    fixture *f = *state;
    ent_hash hash = ent_hash_of("one\n", 4);
    double wall = seconds(CLOCK_MONOTONIC);
    char part[300], got[1024], hex[65];

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(part, sizeof part,
                   "GET /entente/v1/checkpoint?after=%s HTTP/1.1\r\nHost: a\r\n\r\n", hex);
    half_request(f, part, got, sizeof got);
    wall = seconds(CLOCK_MONOTONIC) - wall;
    if (strncmp(got, "HTTP/1.1 200 ", 13) != 0 || wall < 3)
        fail_msg("after %.1f s: '%s'", wall, got);
}

/* The one is over in a moment when a `serve` was killed and starts again. */
static void an_address_that_somebody_has_is_told_from_one_that_cannot_be_had(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    char bound[300];
    int fd;

    assert_int_equal(http_listen(f->bound, &fd, bound, sizeof bound, &err), ENT_RETRY);
    err = (ent_err){ 0 };
    assert_int_equal(http_listen("192.0.2.1:443", &fd, bound, sizeof bound, &err), ENT_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_known_peer_gets_its_files_and_only_those, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_key_gets_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_with_another_key_is_not_believed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_answer_that_is_too_large_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_held_request_is_answered_by_the_change, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_handshake_that_stops_is_closed_and_keeps_nobody_waiting,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_request_gets_408_and_silence_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_held_request_is_not_idle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_address_that_somebody_has_is_told_from_one_that_cannot_be_had, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
