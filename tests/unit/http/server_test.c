/* http/server and http/client over real TLS on the loopback. */
#include "test.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

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
    http_server_config config = { .prefix = "/entente/v1/",
                                  .held = "checkpoint",
                                  .hold_seconds = 20,
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
