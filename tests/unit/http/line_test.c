/* http/line and http/loop, run round by round in the test's own thread, with no clock but the one
 * that the test tells. */
#include "tls_line.h"

#include "http/loop_int.h"
#include "http/server.h"

#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#define GUESTS  20
#define MANY    250
#define ROUNDS  3000 /* far more than any of this takes */
#define SECONDS 30   /* that anybody may take */

typedef struct stage {
    struct http_loop loop; /* first */
    http_tls_pair pair;
    char bound[64];
} stage;

static void noticed(void *arg, struct MHD_Connection *connection, void **context,
                    enum MHD_ConnectionNotificationCode what)
{
    struct http_line *line = *context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        http_line_end(line);
        free(line);
        return;
    }
    line = calloc(1, sizeof *line);
    assert_non_null(line);
    *context = line;
    http_line_begin(arg, line, connection);
}

static enum MHD_Result nothing_serve(void *arg, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_size, void **context)
{
    (void)arg;
    (void)connection;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)context;
    return MHD_NO;
}

static struct MHD_Daemon *daemon_start(struct http_loop *loop)
{
    stage *s = (stage *)(void *)loop;

    return MHD_start_daemon(
        MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL,
        NULL, nothing_serve, NULL, MHD_OPTION_HTTPS_MEM_KEY, s->pair.key, MHD_OPTION_HTTPS_MEM_CERT,
        s->pair.certificate, MHD_OPTION_HTTPS_PRIORITIES, TLS_1_3, MHD_OPTION_NOTIFY_CONNECTION,
        noticed, loop, MHD_OPTION_END);
}

static void refuse(unsigned status, http_reply *reply)
{
    *reply = (http_reply){ .status = status, .type = "text/plain", .body = ENT_STR("no\n") };
}

static stage *stage_new(void)
{
    stage *s = calloc(1, sizeof *s);
    ent_err err = { 0 };

    assert_non_null(s);
    s->loop = (struct http_loop){ .daemon_start = daemon_start,
                                  .also = -1,
                                  .tls = true,
                                  .slow_seconds = SECONDS,
                                  .idle_seconds = SECONDS,
                                  .refuse = refuse };
    CHECK_OK(http_tls_make("server", NULL, &s->pair, &err), &err);
    CHECK_OK(http_listen("127.0.0.1:0", &s->loop.door, s->bound, sizeof s->bound, &err), &err);
    assert_int_equal(fcntl(s->loop.door, F_SETFL, 0), 0); /* as any socket is at first */
    CHECK_OK(http_loop_open(&s->loop, &err), &err);
    return s;
}

static void stage_free(stage *s)
{
    http_loop_close(&s->loop);
    (void)close(s->loop.door);
    http_tls_release(&s->pair);
    free(s);
}

/* Has the loop nothing to do? */
static bool is_quiet(const stage *s)
{
    struct pollfd wait = { s->loop.epoll, POLLIN, 0 };

    return s->loop.due == NULL && poll(&wait, 1, 0) == 0;
}

static uint64_t read_by_all(const stage *s)
{
    uint64_t sum = 0;

    for (int phase = 0; phase < HTTP_PHASES; phase++)
        for (const struct http_line *l = s->loop.lines[phase].first; l != NULL; l = l->next)
            sum += l->received;
    return sum;
}

/* Rounds until there is nothing to do, and so many lines, that have read so many bytes. */
static void settle(stage *s, unsigned lines, uint64_t bytes)
{
    for (int round = 0; s->loop.count != lines || read_by_all(s) != bytes || !is_quiet(s);
         round++) {
        if (round == ROUNDS)
            fail_msg("no end of rounds, with %u lines instead of %u and %" PRIu64
                     " bytes instead of %" PRIu64,
                     s->loop.count, lines, read_by_all(s), bytes);
        http_loop_wait(&s->loop, round < 1000 ? 0 : 10);
    }
}

static int guest_open(const stage *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(strrchr(s->bound, ':') + 1)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    /* Each byte goes when it is said. */
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(const int){ 1 }, sizeof(int)), 0);
    return fd;
}

static void guest_say(int fd, const char *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Has it got an answer, or an end? */
static bool is_answered(int fd)
{
    struct pollfd wait = { fd, POLLIN, 0 };

    return poll(&wait, 1, 0) == 1;
}

/* ---- handshakes ---- */

/* Both kinds of silence in a handshake, of forty clients, and a byte more now and then: until they
 * are closed, in time, the loop has nothing to do. */
static void a_handshake_that_stops_costs_nothing_until_it_is_closed(void **state)
{
    stage *s = stage_new();
    hello h = hello_make();
    int halves[GUESTS], wholes[GUESTS];
    char got[4096];
    int64_t now;

    (void)state;
    for (size_t i = 0; i < GUESTS; i++) {
        halves[i] = guest_open(s);
        wholes[i] = guest_open(s);
        guest_say(halves[i], h.bytes, h.size / 2);
        guest_say(wholes[i], h.bytes, h.size);
    }
    settle(s, 2 * GUESTS, GUESTS * h.size);
    for (size_t i = 0; i < GUESTS; i++) {
        assert_true(is_answered(wholes[i]));
        assert_false(is_answered(halves[i]));
        guest_say(halves[i], h.bytes + h.size / 2, 1);
    }
    assert_true(is_quiet(s));
    now = http_now();
    http_loop_sweep(&s->loop, now);
    settle(s, 2 * GUESTS, GUESTS * h.size);
    now += SECONDS * 1000 + 1;
    for (int sweeps = 0; s->loop.count > 0; sweeps++, now += http_loop_left(&s->loop, now, 500)) {
        if (sweeps == ROUNDS)
            fail_msg("%u are not closed", s->loop.count);
        http_loop_sweep(&s->loop, now);
        http_loop_wait(&s->loop, 0);
    }
    for (size_t i = 0; i < GUESTS; i++) {
        assert_int_equal(recv(halves[i], got, sizeof got, 0), 0);
        while (recv(wholes[i], got, sizeof got, 0) > 0)
            continue;
        (void)close(halves[i]);
        (void)close(wholes[i]);
    }
    stage_free(s);
}

static void a_handshake_byte_by_byte_is_read_when_it_is_whole(void **state)
{
    stage *s = stage_new();
    hello h = hello_make();
    int guest = guest_open(s);

    (void)state;
    for (size_t i = 0; i + 1 < h.size; i++) {
        guest_say(guest, h.bytes + i, 1);
        settle(s, 1, 0);
    }
    assert_false(is_answered(guest));
    guest_say(guest, h.bytes + h.size - 1, 1);
    settle(s, 1, h.size);
    assert_true(is_answered(guest));
    guest_say(guest, "\x14\x03\x03", 3); /* half of what may follow it */
    settle(s, 1, h.size);
    guest_say(guest, "\x00\x01\x01", 3);
    settle(s, 1, h.size + 6);
    (void)close(guest);
    settle(s, 0, 0);
    stage_free(s);
}

/* What comes with it is not, until it is whole, too. */
static void half_of_what_follows_a_handshake_stays_where_it_is(void **state)
{
    stage *s = stage_new();
    hello h = hello_make();
    int guest = guest_open(s);
    char both[sizeof h.bytes + 3];

    (void)state;
    settle(s, 1, 0);
    memcpy(both, h.bytes, h.size);
    memcpy(both + h.size, "\x14\x03\x03", 3);
    guest_say(guest, both, h.size + 3);
    settle(s, 1, h.size);
    assert_true(is_answered(guest));
    guest_say(guest, "\x00\x01\x01", 3);
    settle(s, 1, h.size + 6);
    (void)close(guest);
    settle(s, 0, 0);
    stage_free(s);
}

/* Less room than a record: it cannot be waited for. */
static void a_record_for_which_there_is_no_room_is_read_as_it_comes(void **state)
{
    static const char record[4096] = "\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb\x03\x03";
    stage *s = stage_new();
    int guest;

    (void)state;
    assert_int_equal(
        setsockopt(s->loop.door, SOL_SOCKET, SO_RCVBUF, &(const int){ 1 }, sizeof(int)), 0);
    guest = guest_open(s);
    settle(s, 1, 0);
    assert_int_equal(fcntl(guest, F_SETFL, O_NONBLOCK), 0);
    assert_true(send(guest, record, sizeof record, MSG_NOSIGNAL) > 0);
    for (int round = 0; read_by_all(s) == 0; round++) {
        assert_true(round < ROUNDS);
        http_loop_wait(&s->loop, 10);
    }
    (void)close(guest);
    settle(s, 0, 0);
    stage_free(s);
}

static size_t answered(const int *fds, size_t count)
{
    size_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += is_answered(fds[i]);
    return sum;
}

static void one_handshake_goes_on_in_each_round(void **state)
{
    stage *s = stage_new();
    hello h = hello_make();
    int guests[GUESTS];
    size_t before = 0;

    (void)state;
    for (size_t i = 0; i < GUESTS; i++) {
        guests[i] = guest_open(s);
        guest_say(guests[i], h.bytes, h.size - 1);
    }
    settle(s, GUESTS, 0);
    for (size_t i = 0; i < GUESTS; i++)
        guest_say(guests[i], h.bytes + h.size - 1, 1);
    for (int round = 0; before < GUESTS; round++) {
        size_t now;

        assert_true(round < ROUNDS);
        http_loop_wait(&s->loop, 10);
        now = answered(guests, GUESTS);
        assert_in_range(now, before, before + 1);
        before = now;
    }
    for (size_t i = 0; i < GUESTS; i++)
        (void)close(guests[i]);
    settle(s, 0, 0);
    stage_free(s);
}

/* The lengths that it names are none of ours to wait for. */
static void what_is_no_handshake_is_got_rid_of_at_once(void **state)
{
    static const char *const no[] = { "GET / HTTP/1.1\r\n", "\x16\x03\x01\xff\xff\x01",
                                      "\r\n\r\n\r\n" };
    stage *s = stage_new();

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        int guest = guest_open(s);

        settle(s, 1, 0);
        guest_say(guest, no[i], strlen(no[i]));
        settle(s, 0, 0);
        assert_true(is_answered(guest));
        (void)close(guest);
    }
    stage_free(s);
}

/* Whether it closes its line or only its half of it. */
static void who_ends_in_a_handshake_is_forgotten_at_once(void **state)
{
    stage *s = stage_new();
    hello h = hello_make();
    const size_t sizes[] = { 0, 1, 4, 5, 6, 100, h.size - 1 };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        int guest = guest_open(s);

        guest_say(guest, h.bytes, sizes[i / 2]);
        settle(s, 1, 0);
        (void)shutdown(guest, i % 2 == 0 ? SHUT_WR : SHUT_RDWR);
        settle(s, 0, 0);
        (void)close(guest);
    }
    stage_free(s);
}

/* A hundred sleep in one daemon, which walks past all of them when one wakes. */
static void many_lines_are_dealt_out_among_daemons(void **state)
{
    stage *s = stage_new();
    unsigned cells = 0, most = 0;
    int guests[MANY];

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        guests[i] = guest_open(s);
        settle(s, (unsigned)i + 1, 0);
    }
    for (const struct http_cell *cell = s->loop.cells; cell != NULL; cell = cell->next) {
        cells++;
        most = cell->count > most ? cell->count : most;
    }
    assert_int_equal(cells, 3);
    assert_int_equal(most, 100);
    for (size_t i = 0; i < MANY; i++)
        (void)close(guests[i]);
    settle(s, 0, 0);
    stage_free(s);
}

/* ---- who is too slow ---- */

static void the_slow_are_closed_oldest_first_and_few_at_a_time(void **state)
{
    stage *s = stage_new();
    int guests[GUESTS];
    int64_t now;
    size_t closed = 0;

    (void)state;
    for (size_t i = 0; i < GUESTS; i++) {
        guests[i] = guest_open(s);
        settle(s, (unsigned)i + 1, 0);
    }
    now = s->loop.lines[HTTP_PHASE_HEAD].last->since;
    assert_true(http_loop_left(&s->loop, now, 500) == 500);
    http_loop_sweep(&s->loop, s->loop.lines[HTTP_PHASE_HEAD].first->since + SECONDS * 1000);
    settle(s, GUESTS, 0); /* to the millisecond in time */
    for (now += SECONDS * 1000 + 500; s->loop.count > 0;
         now += http_loop_left(&s->loop, now, 500)) {
        unsigned before = s->loop.count;

        http_loop_sweep(&s->loop, now);
        settle(s, before - 2, 0);
        for (; closed < GUESTS - s->loop.count; closed++)
            assert_true(is_answered(guests[closed]));
        if (closed < GUESTS)
            assert_false(is_answered(guests[closed]));
    }
    for (size_t i = 0; i < GUESTS; i++)
        (void)close(guests[i]);
    stage_free(s);
}

typedef struct talker {
    stage *s;
    int fd;
} talker;

static ssize_t bytes_drip(gnutls_transport_ptr_t arg, const void *bytes, size_t size)
{
    const talker *g = arg;

    for (size_t i = 0; i < size; i++) {
        guest_say(g->fd, (const char *)bytes + i, 1);
        http_loop_wait(&g->s->loop, 0);
    }
    return (ssize_t)size;
}

static ssize_t bytes_take(gnutls_transport_ptr_t arg, void *bytes, size_t size)
{
    return recv(((const talker *)arg)->fd, bytes, size, 0);
}

/* A handshake with the loop, both in this thread; whatever the client says comes byte by byte. */
static gnutls_session_t guest_greet(talker *g, gnutls_certificate_credentials_t *none)
{
    gnutls_session_t session;
    int rc = GNUTLS_E_AGAIN;

    assert_true(gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK) >= 0);
    assert_int_equal(gnutls_priority_set_direct(session, TLS_1_3, NULL), GNUTLS_E_SUCCESS);
    assert_true(gnutls_certificate_allocate_credentials(none) >= 0);
    (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, *none);
    gnutls_transport_set_ptr(session, g);
    gnutls_transport_set_push_function(session, bytes_drip);
    gnutls_transport_set_pull_function(session, bytes_take);
    assert_int_equal(fcntl(g->fd, F_SETFL, O_NONBLOCK), 0);
    for (int round = 0; rc != 0; round++) {
        assert_true(round < ROUNDS && gnutls_error_is_fatal(rc) == 0);
        rc = gnutls_handshake(session);
        http_loop_wait(&g->s->loop, round < 1000 ? 0 : 10);
    }
    return session;
}

/* The time for a head begins with its first byte, not with the answer before. */
static void who_was_idle_has_all_the_time_for_a_head(void **state)
{
    static const char half[] = "GET / HTTP/1.1\r\nHo";
    stage *s = stage_new();
    talker g = { s, guest_open(s) };
    gnutls_certificate_credentials_t none;
    gnutls_session_t session = guest_greet(&g, &none);
    char got[1024] = "";
    struct http_line *line;
    int64_t idle;

    (void)state;
    for (int round = 0; s->loop.lines[HTTP_PHASE_HEAD].first->connected == false; round++) {
        assert_true(round < ROUNDS);
        http_loop_wait(&s->loop, 10);
    }
    line = s->loop.lines[HTTP_PHASE_HEAD].first;
    http_line_next(line);
    assert_ptr_equal(s->loop.lines[HTTP_PHASE_IDLE].first, line);
    line->since -= SECONDS * 1000 - 1000;
    idle = line->since;
    http_loop_sweep(&s->loop, idle + SECONDS * 1000);
    assert_int_equal(gnutls_record_send(session, half, sizeof half - 1), sizeof half - 1);
    for (int round = 0; s->loop.lines[HTTP_PHASE_HEAD].first == NULL; round++) {
        assert_true(round < ROUNDS);
        http_loop_wait(&s->loop, 10);
    }
    settle(s, 1, line->received);
    http_loop_sweep(&s->loop, idle + SECONDS * 1000 + 1000);
    settle(s, 1, line->received);
    assert_int_equal(gnutls_record_recv(session, got, sizeof got - 1), GNUTLS_E_AGAIN);
    http_loop_sweep(&s->loop, line->since + SECONDS * 1000 + 1000);
    settle(s, 0, 0);
    assert_true(gnutls_record_recv(session, got, sizeof got - 1) > 0);
    assert_int_equal(strncmp(got, "HTTP/1.1 408 ", 13), 0);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(none);
    (void)close(g.fd);
    stage_free(s);
}

/* It does not try again and again. */
static void who_comes_when_descriptors_are_out_waits_for_the_next_sweep(void **state)
{
    stage *s = stage_new();
    struct rlimit usual, none;
    int guest = guest_open(s);

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = usual;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    http_loop_wait(&s->loop, 10000); /* hears of it */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_true(is_quiet(s));
    http_loop_wait(&s->loop, 0);
    assert_int_equal(s->loop.count, 0);
    http_loop_sweep(&s->loop, http_now() + 1000);
    settle(s, 1, 0);
    http_loop_shut(&s->loop);
    (void)close(guest);
    guest = guest_open(s);
    settle(s, 0, 0);
    http_loop_sweep(&s->loop, http_now() + 2000);
    settle(s, 0, 0);
    (void)close(guest);
    stage_free(s);
}

RUN_TESTS(TEST(a_handshake_that_stops_costs_nothing_until_it_is_closed),
          TEST(a_handshake_byte_by_byte_is_read_when_it_is_whole),
          TEST(half_of_what_follows_a_handshake_stays_where_it_is),
          TEST(a_record_for_which_there_is_no_room_is_read_as_it_comes),
          TEST(one_handshake_goes_on_in_each_round),
          TEST(what_is_no_handshake_is_got_rid_of_at_once),
          TEST(who_ends_in_a_handshake_is_forgotten_at_once),
          TEST(many_lines_are_dealt_out_among_daemons),
          TEST(the_slow_are_closed_oldest_first_and_few_at_a_time),
          TEST(who_was_idle_has_all_the_time_for_a_head),
          TEST(who_comes_when_descriptors_are_out_waits_for_the_next_sweep))
