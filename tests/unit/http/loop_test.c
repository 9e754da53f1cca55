/* http/loop: whose turn it is when many want something at once. */
#include "tls_line.h"

#include "http/server.h"

#include <poll.h>
#include <semaphore.h>
#include <unistd.h>

#define GUESTS 64

typedef struct crowd {
    char folder[64], bound[64];
    uint8_t pin[HTTP_PIN_SIZE];
    int guests[GUESTS];
    size_t greeted; /* guests that had an answer when it was asked */
    sem_t inside, go;
} crowd;

static void file_put(const char *folder, const char *name, const char *content)
{
    char path[128];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    out = fopen(path, "w");
    assert_non_null(out);
    (void)fputs(content, out);
    (void)fclose(out);
}

static bool peer_find(void *arg, const uint8_t pin[HTTP_PIN_SIZE], char *folder, size_t size)
{
    const crowd *c = arg;

    return memcmp(pin, c->pin, HTTP_PIN_SIZE) == 0 &&
           snprintf(folder, size, "%s", c->folder) < (int)size;
}

static bool all_pages(void *arg, const char *folder)
{
    (void)arg;
    (void)folder;
    return true;
}

/* In the loop's own thread: while it is in here, nobody else is served. */
static void page_make(void *arg, const char *folder, http_request *request, http_reply *reply)
{
    crowd *c = arg;

    (void)folder;
    if (ent_str_equal(request->path, ENT_STR("/wait"))) {
        (void)sem_post(&c->inside);
        (void)sem_wait(&c->go);
    }
    c->greeted = 0;
    for (size_t i = 0; i < GUESTS; i++) {
        struct pollfd wait = { c->guests[i], POLLIN, 0 };

        c->greeted += c->guests[i] > 0 && poll(&wait, 1, 0) == 1;
    }
    *reply = (http_reply){ .status = 200, .type = "text/plain", .body = ENT_STR("a page\n") };
}

static http_server *server_start(crowd *c)
{
    http_server_config config = { .prefix = "/",
                                  .held = "checkpoint",
                                  .hold_seconds = 4,
                                  .head_seconds = 60,
                                  .loops = 1,
                                  .peer = peer_find,
                                  .pages = all_pages,
                                  .page = page_make,
                                  .arg = c };
    http_tls_pair ours, theirs;
    http_server *server;
    ent_err err = { 0 };

    (void)snprintf(c->folder, sizeof c->folder, "/tmp/ent-loop-XXXXXX");
    assert_non_null(mkdtemp(c->folder));
    CHECK_OK(http_tls_make("server", NULL, &ours, &err), &err);
    CHECK_OK(http_tls_make("client", NULL, &theirs, &err), &err);
    CHECK_OK(http_tls_pin((ent_str){ theirs.certificate, theirs.certificate_size }, c->pin, &err),
             &err);
    file_put(c->folder, "courier.crt", theirs.certificate);
    file_put(c->folder, "courier.key", theirs.key);
    CHECK_OK(http_listen("127.0.0.1:0", &config.listen_fd, c->bound, sizeof c->bound, &err), &err);
    config.certificate = ours.certificate;
    config.key = ours.key;
    CHECK_OK(http_server_start(&config, &server, &err), &err);
    http_tls_release(&ours);
    http_tls_release(&theirs);
    return server;
}

/* What a client says first, as bytes. */
typedef struct hello {
    char bytes[4096];
    size_t size;
} hello;

static ssize_t hello_keep(gnutls_transport_ptr_t arg, const void *bytes, size_t size)
{
    hello *h = arg;

    assert_true(h->size + size <= sizeof h->bytes);
    memcpy(h->bytes + h->size, bytes, size);
    h->size += size;
    return (ssize_t)size;
}

static ssize_t nothing_comes(gnutls_transport_ptr_t arg, void *bytes, size_t size)
{
    (void)arg;
    (void)bytes;
    (void)size;
    return 0;
}

static hello hello_make(void)
{
    hello h = { .size = 0 };
    gnutls_certificate_credentials_t none;
    gnutls_session_t session;

    assert_true(gnutls_init(&session, GNUTLS_CLIENT) >= 0);
    assert_int_equal(gnutls_priority_set_direct(session, TLS_1_3, NULL), GNUTLS_E_SUCCESS);
    assert_true(gnutls_certificate_allocate_credentials(&none) >= 0);
    (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, none);
    gnutls_transport_set_ptr(session, &h);
    gnutls_transport_set_push_function(session, hello_keep);
    gnutls_transport_set_pull_function(session, nothing_comes);
    assert_true(gnutls_handshake(session) < 0);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(none);
    assert_true(h.size > 100);
    return h;
}

static int guest_open(const crowd *c)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(strrchr(c->bound, ':') + 1)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void page_get(const tls_line *l)
{
    char text[1024];

    tls_line_send(l, "GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(tls_line_take(l, text, sizeof text), 200);
}

/* While the loop is busy with one request, 64 begin a handshake in earnest and one that is
 * connected asks for a page: it gets it before more than a few of them are answered, and they all
 * are. */
static void who_is_connected_is_served_before_a_crowd_of_handshakes(void **state)
{
    static crowd c;
    hello h = hello_make();
    http_server *server = server_start(&c);
    tls_line busy = tls_line_open(c.bound, TLS_1_3, c.folder, NULL, NULL),
             active = tls_line_open(c.bound, TLS_1_3, c.folder, NULL, NULL);
    char text[1024];

    (void)state;
    assert_int_equal(sem_init(&c.inside, 0, 0), 0);
    assert_int_equal(sem_init(&c.go, 0, 0), 0);
    for (size_t i = 0; i < GUESTS; i++) {
        c.guests[i] = guest_open(&c);
        assert_int_equal(send(c.guests[i], h.bytes, 1, 0), 1);
    }
    for (size_t i = 0; i < GUESTS; i++) /* rounds in which they are all let in */
        page_get(&active);
    tls_line_send(&busy, "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)sem_wait(&c.inside);
    for (size_t i = 0; i < GUESTS; i++)
        assert_int_equal(send(c.guests[i], h.bytes + 1, h.size - 1, 0), (ssize_t)h.size - 1);
    tls_line_send(&active, "GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)sem_post(&c.go);
    assert_int_equal(tls_line_take(&active, text, sizeof text), 200);
    if (c.greeted > GUESTS / 4)
        fail_msg("%zu of %d handshakes went on first", c.greeted, GUESTS);
    for (size_t i = 0; i < GUESTS; i++) {
        assert_int_equal(recv(c.guests[i], text, 1, 0), 1);
        (void)close(c.guests[i]);
    }
    assert_int_equal(tls_line_take(&busy, text, sizeof text), 200);
    tls_line_cut(&busy);
    tls_line_cut(&active);
    http_server_stop(server);
    (void)snprintf(text, sizeof text, "%s/courier.crt", c.folder);
    (void)unlink(text);
    (void)snprintf(text, sizeof text, "%s/courier.key", c.folder);
    (void)unlink(text);
    (void)rmdir(c.folder);
}

RUN_TESTS(TEST(who_is_connected_is_served_before_a_crowd_of_handshakes))
