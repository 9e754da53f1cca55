/* http/client: an answer that breaks off is none, however much of it looks whole.  A border that is
 * cut in the middle, or somebody on the line who ends it, must not pass for one that has spoken. */
#include "test.h"

#include "base/arena.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

/* Answers one request with these bytes, whatever was asked. */
typedef struct border {
    int listen_fd;
    const char *folder, *answer;
    bool says_bye; /* TLS's own end */
} border;

static void *border_run(void *arg)
{
    const border *b = arg;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    char crt[128], key[128], request[2048];
    struct pollfd wait = { b->listen_fd, POLLIN, 0 };
    int fd = poll(&wait, 1, 10000) == 1 ? accept(b->listen_fd, NULL, NULL) : -1;

    (void)snprintf(crt, sizeof crt, "%s/server.crt", b->folder);
    (void)snprintf(key, sizeof key, "%s/server.key", b->folder);
    if (fd < 0 || gnutls_certificate_allocate_credentials(&credentials) < 0 ||
        gnutls_certificate_set_x509_key_file(credentials, crt, key, GNUTLS_X509_FMT_PEM) < 0 ||
        gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL) < 0)
        return NULL;
    (void)gnutls_set_default_priority(session);
    (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(session, fd);
    if (gnutls_handshake(session) >= 0 &&
        gnutls_record_recv(session, request, sizeof request) > 0) {
        (void)gnutls_record_send(session, b->answer, strlen(b->answer));
        if (b->says_bye)
            (void)gnutls_bye(session, GNUTLS_SHUT_WR);
    }
    (void)shutdown(fd, SHUT_WR);
    while (recv(fd, request, sizeof request, 0) > 0)
        ; /* until the client has seen it: a reset would take the answer away */
    (void)close(fd);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    return NULL;
}

typedef struct fixture {
    char folder[64], bound[256], crt[128], key[128];
    border border;
    http_client_config config;
} fixture;

static void file_put(const char *path, const char *content)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    (void)fwrite(content, 1, strlen(content), out);
    (void)fclose(out);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    http_tls_pair pair;
    ent_err err = { 0 };

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-cut-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->crt, sizeof f->crt, "%s/server.crt", f->folder);
    (void)snprintf(f->key, sizeof f->key, "%s/server.key", f->folder);
    CHECK_OK(http_tls_make("server", NULL, &pair, &err), &err);
    CHECK_OK(
        http_tls_pin((ent_str){ pair.certificate, pair.certificate_size }, f->config.pin, &err),
        &err);
    file_put(f->crt, pair.certificate);
    file_put(f->key, pair.key);
    http_tls_release(&pair);
    f->config.certificate = f->crt;
    f->config.key = f->key;
    f->config.connect_seconds = 5;
    f->border.folder = f->folder;
    CHECK_OK(http_listen("127.0.0.1:0", &f->border.listen_fd, f->bound, sizeof f->bound, &err),
             &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    (void)close(f->border.listen_fd);
    (void)unlink(f->crt);
    (void)unlink(f->key);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

/* What the client makes of this answer; what came of it in `got`. */
static ent_code answered(fixture *f, const char *answer, bool says_bye, char *got, size_t room)
{
    char path[128], url[300];
    http_client *client;
    pthread_t thread;
    ent_err err = { 0 };
    ssize_t size;
    ent_code rc;
    int fd;

    f->border.answer = answer;
    f->border.says_bye = says_bye;
    assert_int_equal(pthread_create(&thread, NULL, border_run, &f->border), 0);
    (void)snprintf(path, sizeof path, "%s/got", f->folder);
    (void)snprintf(url, sizeof url, "https://%s/entente/v1/checkpoint", f->bound);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK_OK(http_client_new(&f->config, &client, &err), &err);
    rc = http_client_get(client, url, fd, 100000, 20, &err);
    http_client_free(client);
    (void)pthread_join(thread, NULL);
    size = pread(fd, got, room - 1, 0);
    got[size < 0 ? 0 : size] = '\0';
    (void)close(fd);
    (void)unlink(path);
    return rc;
}

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static void a_whole_answer_is_taken(void **state)
{
    static const char *const whole[] = {
        OK_LINE "Content-Length: 5\r\n\r\nhello",
        OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    };
    char got[256];

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        for (int bye = 0; bye < 2; bye++) {
            CHECK_INT(answered(*state, whole[i], bye != 0, got, sizeof got), ENT_OK);
            CHECK_STR(got, "hello");
        }
}

static void an_answer_that_breaks_off_is_none(void **state)
{
    static const struct {
        const char *answer;
        bool bye;
    } cut[] = {
        { OK_LINE "Content-Length: 100\r\n\r\nhello", false },
        { OK_LINE "Content-Length: 100\r\n\r\nhello", true },
        { OK_LINE "Content-Length: 100\r\n\r\n", false },
        { OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", false },
        { OK_LINE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true },
        { OK_LINE "Content-Len", false },
        { "HTTP/1.1 2", false },
        /* Nothing says how long it is: only TLS knows that there was more. */
        { OK_LINE "\r\nhello", false },
        { OK_LINE "Connection: close\r\n\r\nhello", false },
    };
    char got[256];

    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        ent_code rc = answered(*state, cut[i].answer, cut[i].bye, got, sizeof got);

        if (rc != ENT_UNAVAILABLE)
            fail_msg("answer %zu%s: code %d", i, cut[i].bye ? ", with an end" : "", (int)rc);
    }
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH(a_whole_answer_is_taken), WITH(an_answer_that_breaks_off_is_none))
