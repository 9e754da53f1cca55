/* http/api over real TLS on the loopback, byte by byte where libcurl would not go. */
#include "test.h"

#include "http/api.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#define SLOW 1

typedef struct fixture {
    http_tls_pair pair;
    http_api *api;
    char bound[256];
    int port;
} fixture;

/* /wait is answered by a worker, /echo takes a body of at most 1,000 bytes. */
static http_next begin(void *arg, http_request *request, http_reply *reply)
{
    (void)arg;
    reply->status = 200;
    reply->type = "text/plain";
    if (ent_str_is(request->path, "/wait")) {
        reply->body = ENT_STR("from a worker");
        return request->on_worker ? HTTP_ANSWER : HTTP_WAIT;
    }
    if (ent_str_is(request->path, "/echo") || ent_str_is(request->path, "/gzip")) {
        request->limit = 1000;
        request->inflate = ent_str_is(request->path, "/gzip");
        return HTTP_BODY;
    }
    reply->body = ent_str_is(request->path, "/query") ? request->query : ENT_STR("hello");
    if (ent_str_is(request->path, "/refuse"))
        reply->status = 403;
    return HTTP_ANSWER;
}

static void finish(void *arg, http_request *request, http_reply *reply)
{
    (void)arg;
    *reply = (http_reply){ .status = request->body_rc == ENT_OK       ? 200
                                     : request->body_rc == ENT_FORMAT ? 400
                                                                      : 413,
                           .type = "text/plain",
                           .body = { request->body.ptr, request->body.size } };
    if (request->body_rc != ENT_OK)
        reply->body = ENT_STR("no");
}

static void refuse(unsigned status, http_reply *reply)
{
    reply->status = status;
    reply->type = "text/plain";
    reply->body = ENT_STR("refused");
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    http_api_config config = { .loops = 2,
                               .workers = 2,
                               .slow_seconds = SLOW,
                               .idle_seconds = 2 * SLOW,
                               .bytes_per_second = 1000,
                               .body_memory = (size_t)1 << 20,
                               .begin = begin,
                               .finish = finish,
                               .refuse = refuse,
                               .arg = f };
    ent_err err = { 0 };

    CHECK_OK(http_tls_make("server", NULL, &f->pair, &err), &err);
    CHECK_OK(http_listen("127.0.0.1:0", &config.listen_fd, f->bound, sizeof f->bound, &err), &err);
    f->port = (int)strtol(strrchr(f->bound, ':') + 1, NULL, 10);
    config.certificate = f->pair.certificate;
    config.key = f->pair.key;
    CHECK_OK(http_api_start(&config, &f->api, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    http_api_stop(f->api);
    http_tls_release(&f->pair);
    free(f);
    return 0;
}

/* ---- a client that sends what it is told ---- */

typedef struct line {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
} line;

static int tcp_open(const fixture *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static line line_open(const fixture *f)
{
    line l = { .fd = tcp_open(f) };

    assert_true(gnutls_certificate_allocate_credentials(&l.credentials) >= 0);
    assert_true(gnutls_init(&l.session, GNUTLS_CLIENT) >= 0);
    assert_true(gnutls_set_default_priority(l.session) >= 0);
    (void)gnutls_credentials_set(l.session, GNUTLS_CRD_CERTIFICATE, l.credentials);
    gnutls_transport_set_int(l.session, l.fd);
    assert_true(gnutls_handshake(l.session) >= 0);
    return l;
}

static void line_send(const line *l, const char *text)
{
    (void)gnutls_record_send(l->session, text, strlen(text));
}

/* What comes until the answer is whole, or the line is closed.  `closed` may be NULL. */
static void line_take(const line *l, char *text, size_t room, bool *closed)
{
    size_t used = 0, want = SIZE_MAX;

    text[0] = '\0';
    if (closed != NULL)
        *closed = false;
    while (used < want && used + 1 < room) {
        ssize_t got = gnutls_record_recv(l->session, text + used, room - 1 - used);
        char *end;

        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
            continue;
        if (got <= 0) {
            if (closed != NULL)
                *closed = true;
            return;
        }
        used += (size_t)got;
        text[used] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (end != NULL && strstr(text, "Content-Length: ") != NULL)
            want = (size_t)(end + 4 - text) +
                   (size_t)strtol(strstr(text, "Content-Length: ") + 16, NULL, 10);
    }
}

static void line_close(line *l)
{
    gnutls_deinit(l->session);
    gnutls_certificate_free_credentials(l->credentials);
    (void)close(l->fd);
}

static int status_of(const char *text)
{
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

static int status_once(const fixture *f, const char *request, bool *closed)
{
    char text[8192];
    line l = line_open(f);

    line_send(&l, request);
    line_take(&l, text, sizeof text, NULL);
    if (closed != NULL) {
        char rest[16];

        line_take(&l, rest, sizeof rest, closed);
    }
    line_close(&l);
    return status_of(text);
}

/* ---- tests ---- */

static void requests_follow_each_other_on_one_line(void **state)
{
    char text[8192];
    line l = line_open(*state);

    for (int i = 0; i < 3; i++) {
        line_send(&l, "GET /query?a=%41&b HTTP/1.1\r\nHost: h\r\n\r\n");
        line_take(&l, text, sizeof text, NULL);
        CHECK_INT(status_of(text), 200);
        assert_non_null(strstr(text, "\r\n\r\na=%41&b"));
        line_send(&l, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
        line_take(&l, text, sizeof text, NULL);
        assert_non_null(strstr(text, "from a worker"));
        line_send(&l, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
        line_take(&l, text, sizeof text, NULL);
        if (strstr(text, "\r\n\r\nabc") == NULL)
            fail_msg("[%s]", text);
        line_send(&l, "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
        line_take(&l, text, sizeof text, NULL);
        assert_non_null(strstr(text, "\r\n\r\nabc"));
    }
    line_close(&l);
}

static void a_head_that_two_could_read_differently_is_refused(void **state)
{
    static const char *const bad[] = {
        "Host: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Host: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "Host: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "Host: h\r\nContent-Length: 3, 3\r\n\r\nabc",
        "Host: h\r\nContent-Length: +3\r\n\r\nabc",
        "Host: h\r\nContent-Length: 0x3\r\n\r\nabc",
        "Host: h\r\nTransfer-Encoding: gzip\r\n\r\n",
        "Host: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Host: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Host: h\r\nHost: h\r\n\r\n",
        "X: y\r\n\r\n",
        "Host: h\r\nBad Name: y\r\n\r\n",
        "Host: h\r\n(x): y\r\n\r\n",
        "Host: h\r\nX: a\x01"
        "b\r\n\r\n",
        "Host: h\r\nX: a\x7f\r\n\r\n",
    };
    char request[512];
    bool closed;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(request, sizeof request, "POST /echo HTTP/1.1\r\n%s", bad[i]);
        if (status_once(*state, request, &closed) != 400 || !closed)
            fail_msg("not refused and closed: %s", bad[i]);
    }
    CHECK_INT(status_once(*state, "GET / HTTP/1.9\r\nHost: h\r\n\r\n", NULL), 400);
    CHECK_INT(status_once(*state, "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", NULL), 400);
}

static void a_body_is_cut_at_its_limit_and_the_answer_still_comes(void **state)
{
    char request[4096], text[8192], *fill;
    line l = line_open(*state);

    (void)snprintf(request, sizeof request,
                   "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
    fill = request + strlen(request);
    memset(fill, 'x', 1001);
    fill[1001] = '\0';
    line_send(&l, request);
    line_take(&l, text, sizeof text, NULL);
    CHECK_INT(status_of(text), 413);
    (void)snprintf(request, sizeof request,
                   "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
    fill = request + strlen(request);
    memset(fill, 'y', 1000);
    fill[1000] = '\0';
    line_send(&l, request); /* the same line: the refused body was read to its end */
    line_take(&l, text, sizeof text, NULL);
    CHECK_INT(status_of(text), 200);
    line_send(&l, "POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
    line_take(&l, text, sizeof text, NULL);
    CHECK_INT(status_of(text), 403);
    line_close(&l);
}

static void a_client_that_asks_first_is_refused_before_it_sends(void **state)
{
    char text[8192];
    line l = line_open(*state);

    line_send(&l, "POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n"
                  "Expect: 100-continue\r\n\r\n");
    line_take(&l, text, sizeof text, NULL);
    CHECK_INT(status_of(text), 403);
    line_close(&l);
    l = line_open(*state);
    line_send(&l, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                  "Expect: 100-continue\r\n\r\n");
    (void)gnutls_record_recv(l.session, text, sizeof text);
    assert_memory_equal(text, "HTTP/1.1 100 ", 13);
    line_send(&l, "abc");
    line_take(&l, text, sizeof text, NULL);
    CHECK_INT(status_of(text), 200);
    line_close(&l);
}

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What a client gets that sends `start` and then, if `drip`, a byte every 100 ms. */
static int slow_status(const fixture *f, const char *start, bool drip, double *took)
{
    char text[8192] = "";
    line l = line_open(f);
    double begun = now();
    struct pollfd wait = { l.fd, POLLIN, 0 };

    line_send(&l, start);
    while (drip && now() - begun < 20 && poll(&wait, 1, 100) == 0)
        line_send(&l, "a");
    line_take(&l, text, sizeof text, NULL);
    *took = now() - begun;
    line_close(&l);
    return status_of(text);
}

static void who_is_slow_gets_408_if_a_request_had_begun(void **state)
{
    static const struct {
        const char *what, *start;
        bool drip;
        int status;
    } cases[] = {
        { "nothing at all", "", false, 0 },
        { "a part of a request line", "GET /ta", false, 408 },
        { "a part of a head", "GET / HTTP/1.1\r\nHost: h\r\n", false, 408 },
        { "a head byte by byte", "GET / HTTP/1.1\r\nHost: h\r\nX: ", true, 408 },
        { "a body that stops", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\nabc",
          false, 408 },
        { "a body byte by byte", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\nabc",
          true, 408 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double took;
        int status = slow_status(*state, cases[i].start, cases[i].drip, &took);

        if (status != cases[i].status || took < SLOW * 0.9)
            fail_msg("%s: %d after %.1f s", cases[i].what, status, took);
    }
}

static void a_line_that_keeps_silent_is_closed_without_a_word(void **state)
{
    char text[8192], rest[64];
    line l = line_open(*state);
    int raw = tcp_open(*state); /* not even a handshake */
    double begun = now();
    bool closed;

    line_send(&l, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    line_take(&l, text, sizeof text, NULL);
    CHECK_INT(status_of(text), 200);
    CHECK_INT(read(raw, rest, sizeof rest), 0);
    CHECK(now() - begun < 1.9 * SLOW);
    line_take(&l, rest, sizeof rest, &closed);
    CHECK(closed);
    CHECK_STR(rest, "");
    CHECK(now() - begun > 1.9 * SLOW); /* who was served may think longer */
    (void)close(raw);
    line_close(&l);
}

static void a_packed_body_is_unpacked_within_its_limit(void **state)
{
    /* gzip of "abc", of 100,000 zeros, and of something broken. */
    static const unsigned char small[] = { 0x1f, 0x8b, 0x08, 0,    0,    0,    0,    0,
                                           0x02, 0x03, 0x4b, 0x4c, 0x4a, 0x06, 0x00, 0xc2,
                                           0x41, 0x24, 0x35, 0x03, 0,    0,    0 };
    char head[256], text[8192];

    for (int cut = 0; cut < 2; cut++) {
        size_t size = sizeof small - (size_t)(cut * 4);
        line l = line_open(*state);

        (void)snprintf(head, sizeof head,
                       "POST /gzip HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", size);
        line_send(&l, head);
        (void)gnutls_record_send(l.session, small, size);
        line_take(&l, text, sizeof text, NULL);
        CHECK_INT(status_of(text), cut == 0 ? 200 : 400);
        if (cut == 0)
            assert_non_null(strstr(text, "\r\n\r\nabc"));
        line_close(&l);
    }
}

static void stopping_answers_what_runs(void **state)
{
    fixture *f = *state;
    char text[8192];
    line l = line_open(f);
    bool closed;

    line_send(&l, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    line_take(&l, text, sizeof text, NULL);
    CHECK_INT(status_of(text), 200);
    http_api_stop(f->api);
    f->api = NULL;
    line_take(&l, text, sizeof text, &closed);
    CHECK(closed);
    line_close(&l);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH(requests_follow_each_other_on_one_line),
          WITH(a_head_that_two_could_read_differently_is_refused),
          WITH(a_body_is_cut_at_its_limit_and_the_answer_still_comes),
          WITH(a_client_that_asks_first_is_refused_before_it_sends),
          WITH(who_is_slow_gets_408_if_a_request_had_begun),
          WITH(a_line_that_keeps_silent_is_closed_without_a_word),
          WITH(a_packed_body_is_unpacked_within_its_limit), WITH(stopping_answers_what_runs))
