/* node/border, node/client: what the listeners of a real `serve` take of TLS, and what they do when
 * a line breaks off in the middle of what somebody says. */
#include "homes.h"
#include "unit/http/tls_line.h"

#include "node/status.h"
#include "node/users.h"
#include "taxii/store.h"

#include <poll.h>
#include <time.h>

#define SECONDS 30
#define ID      "10000000-0000-4000-8000-000000000001"
#define GET     "GET /entente/v1/cosignature HTTP/1.1\r\nHost: h\r\n\r\n"

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    const char *keys; /* of BRAVO, whom ALPHA knows */
    node_home a, b;
    node_running *running;
    pid_t serve;
} fixture;

static void collection_make(const fixture *f)
{
    taxii_root root = { .name = ENT_STR("root"),
                        .title = ENT_STR("R"),
                        .max_content_length = 1 << 20 };
    taxii_collection collection = { .root = ENT_STR("root"),
                                    .id = ENT_STR(ID),
                                    .title = ENT_STR("C"),
                                    .alias = { "", 0 },
                                    .read = ENT_STR("*"),
                                    .write = ENT_STR("*"),
                                    .query = { "", 0 } };
    ent_err err = { 0 };
    taxii_store *s;

    CHECK_OK(node_user_add(f->arena, &f->a, "ana", NODE_ROLE_ANALYST, ENT_STR("passphrase"), &err),
             &err);
    CHECK_OK(taxii_store_open(node_path(f->arena, "%s/taxii.db", f->a.path), &s, &err), &err);
    CHECK_OK(taxii_root_add(s, &root, &err), &err);
    CHECK_OK(taxii_collection_add(s, &collection, &err), &err);
    taxii_store_close(s);
}

/* Polls a file: tests have no better way to see another program start. */
static void listeners_await(fixture *f)
{
    struct timespec now;
    time_t until;
    ent_err err = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    until = now.tv_sec + SECONDS;
    do {
        CHECK_OK(node_running_read(&f->a, f->running, &err), &err);
        if (f->running->border_url[0] != '\0' && f->running->client_url[0] != '\0')
            return;
        (void)poll(NULL, 0, 10);
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < until);
    fail_msg("serve does not start");
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    f->arena = ent_arena_new((size_t)256 << 20);
    f->running = ent_arena_alloc(f->arena, sizeof *f->running);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-border-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->a);
    homes_make(f->arena, f->folder, "BRAVO", NULL, &f->b);
    homes_link(f->arena, &f->a, "https://127.0.0.1:1", &f->b, "https://127.0.0.1:2");
    f->keys = node_path(f->arena, "%s/keys", f->b.path);
    collection_make(f);
    f->serve = homes_serve(&f->a);
    listeners_await(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    if (f->serve > 0)
        (void)homes_end(f->serve, SIGTERM);
    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

/* Does the other end take a handshake with this priority?  A fault on our side is none of its. */
static bool taken(const char *url, const char *priority, const char *keys)
{
    tls_line l = tls_line_open(url, priority, keys, NULL, NULL);

    if (l.failed != 0 && l.failed != GNUTLS_E_FATAL_ALERT_RECEIVED &&
        l.failed != GNUTLS_E_PREMATURE_TERMINATION && l.failed != GNUTLS_E_PULL_ERROR)
        fail_msg("%s: %s", priority, gnutls_strerror(l.failed));
    tls_line_cut(&l);
    return l.failed == 0;
}

/* ---- versions ---- */

static void the_border_speaks_tls_1_3_and_nothing_older(void **state)
{
    static const char *const older[] = {
        "NORMAL:-VERS-ALL:+VERS-TLS1.2",
        "NORMAL:-VERS-ALL:+VERS-TLS1.1:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1",
        "NORMAL:-VERS-ALL:+VERS-TLS1.0:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1",
    };
    fixture *f = *state;

    CHECK(taken(f->running->border_url, TLS_1_3, f->keys));
    for (size_t i = 0; i < sizeof older / sizeof *older; i++)
        CHECK(!taken(f->running->border_url, older[i], f->keys));
}

/* TAXII clients may have no more than 1.2: with forward secrecy and authenticated ciphers alone. */
static void own_clients_may_speak_1_2_with_good_ciphers_and_nothing_older(void **state)
{
    static const struct {
        const char *priority;
        bool taken;
    } cases[] = {
        { TLS_1_3, true },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC", false },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", false },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.1:+SIGN-ECDSA-SHA1", false },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.0:+SIGN-ECDSA-SHA1", false },
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (taken(f->running->client_url, cases[i].priority, NULL) != cases[i].taken)
            fail_msg("%s: %s", cases[i].priority, cases[i].taken ? "refused" : "taken");
}

/* What is sent before the handshake is over can be sent again by whoever has seen it. */
static void early_data_is_neither_offered_nor_taken(void **state)
{
    fixture *f = *state;
    const char *const urls[] = { f->running->border_url, f->running->client_url };
    char text[4096];

    for (int i = 0; i < 2; i++) {
        tls_line l = tls_line_open(urls[i], TLS_1_3, f->keys, NULL, NULL);
        gnutls_datum_t session = { NULL, 0 };

        CHECK_INT(l.failed, 0);
        tls_line_send(&l, GET);
        CHECK(tls_line_take(&l, text, sizeof text) != 0); /* a ticket would have come by now */
        if ((gnutls_session_get_flags(l.session) & GNUTLS_SFLAGS_SESSION_TICKET) != 0)
            CHECK_INT(gnutls_record_get_max_early_data_size(l.session), 0);
        CHECK_INT(gnutls_session_get_data2(l.session, &session), 0);
        tls_line_cut(&l);
        l = tls_line_open(urls[i], TLS_1_3, f->keys, &session, GET);
        CHECK_INT(l.failed, 0);
        CHECK_INT(gnutls_session_get_flags(l.session) & GNUTLS_SFLAGS_EARLY_DATA, 0);
        tls_line_cut(&l);
        gnutls_free(session.data);
    }
}

/* ---- lines that break off ---- */

#define OBJECT(n)                                                                           \
    "{\"objects\":[{\"type\":\"x\",\"id\":\"x--0000000" n "-0000-4000-8000-000000000000\"," \
    "\"created\":\"2020-01-01T00:00:00Z\"}]}"
/* ana:passphrase */
#define POST                                                         \
    "POST /root/collections/" ID "/objects/ HTTP/1.1\r\nHost: h\r\n" \
    "Authorization: Basic YW5hOnBhc3NwaHJhc2U=\r\n"                  \
    "Accept: application/taxii+json;version=2.1\r\n"                 \
    "Content-Type: application/taxii+json;version=2.1\r\n"

static void said_and_cut(const fixture *f, const char *how, size_t length, const char *body)
{
    tls_line l = tls_line_open(f->running->client_url, TLS_1_3, NULL, NULL, NULL);
    char text[1024];

    CHECK_INT(l.failed, 0);
    (void)snprintf(text, sizeof text, POST "%s", how);
    if (length > 0)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text),
                       "Content-Length: %zu\r\n\r\n", length);
    (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s", body);
    tls_line_send(&l, text);
    tls_line_cut(&l);
}

static void said_whole(const fixture *f, const char *body)
{
    tls_line l = tls_line_open(f->running->client_url, TLS_1_3, NULL, NULL, NULL);
    char text[4096];

    (void)snprintf(text, sizeof text, POST "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
    tls_line_send(&l, text);
    CHECK_INT(tls_line_take(&l, text, sizeof text), 202);
    tls_line_cut(&l);
}

/* Every body is whole JSON: only the length, or the last chunk, says that more was to come. */
static void what_was_cut_off_in_its_body_is_not_done(void **state)
{
    fixture *f = *state;
    taxii_collection collection;
    taxii_store *s;
    ent_err err = { 0 };
    int64_t count = 0;

    said_and_cut(f, "", 4000, OBJECT("1"));
    said_and_cut(f, "Transfer-Encoding: chunked\r\n\r\n", 0, "6a\r\n" OBJECT("2") "\r\n");
    said_and_cut(f, "", sizeof OBJECT("3"), OBJECT("3"));
    said_whole(f, OBJECT("4"));
    /* Whatever else it does with them, it has done when it has ended. */
    CHECK_INT(homes_end(f->serve, SIGTERM), 0);
    f->serve = 0;
    CHECK_OK(taxii_store_open(node_path(f->arena, "%s/taxii.db", f->a.path), &s, &err), &err);
    CHECK_OK(taxii_collection_get(s, f->arena, ENT_STR("root"), ENT_STR(ID), &collection, &err),
             &err);
    CHECK_OK(taxii_objects_count(s, collection.number, &count, &err), &err);
    taxii_store_close(s);
    CHECK_INT(count, 1);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH(the_border_speaks_tls_1_3_and_nothing_older),
            WITH(own_clients_may_speak_1_2_with_good_ciphers_and_nothing_older),
            WITH(early_data_is_neither_offered_nor_taken),
            WITH(what_was_cut_off_in_its_body_is_not_done))
