/* tls_line -- one line to a listener, on which a test says exactly what it wants: which versions
 * of TLS, which certificate, and how it ends. */
#ifndef ENT_TEST_TLS_LINE_H
#define ENT_TEST_TLS_LINE_H

#include "test.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

typedef struct tls_line {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    int failed; /* the handshake: a GnuTLS code; 0: it did not */
} tls_line;

#define TLS_1_3 "NORMAL:-VERS-ALL:+VERS-TLS1.3"

/* `url`: "https://127.0.0.1:PORT..." or "127.0.0.1:PORT".  `keys`: a folder with courier.crt and
 * courier.key; NULL: no certificate.  `before`: a session to resume; NULL: none. */
static inline tls_line tls_line_open(const char *url, const char *priority, const char *keys,
                                     const gnutls_datum_t *before, const char *early)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    tls_line l = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    const char *colon = strrchr(url, ':');
    char crt[4200], key[4200];

    assert_non_null(colon);
    at.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(l.fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_true(gnutls_certificate_allocate_credentials(&l.credentials) >= 0);
    if (keys != NULL) {
        (void)snprintf(crt, sizeof crt, "%s/courier.crt", keys);
        (void)snprintf(key, sizeof key, "%s/courier.key", keys);
        assert_true(gnutls_certificate_set_x509_key_file(l.credentials, crt, key,
                                                         GNUTLS_X509_FMT_PEM) >= 0);
    }
    assert_true(gnutls_init(&l.session, GNUTLS_CLIENT | GNUTLS_ENABLE_EARLY_START) >= 0);
    assert_int_equal(gnutls_priority_set_direct(l.session, priority, NULL), GNUTLS_E_SUCCESS);
    (void)gnutls_credentials_set(l.session, GNUTLS_CRD_CERTIFICATE, l.credentials);
    gnutls_transport_set_int(l.session, l.fd);
    gnutls_handshake_set_timeout(l.session, 20000);
    if (before != NULL)
        assert_int_equal(gnutls_session_set_data(l.session, before->data, before->size), 0);
    if (early != NULL)
        (void)gnutls_record_send_early_data(l.session, early, strlen(early));
    do
        l.failed = gnutls_handshake(l.session);
    while (l.failed < 0 && gnutls_error_is_fatal(l.failed) == 0);
    return l;
}

/* Ends it as a broken line does: TLS says nothing of it. */
static inline void tls_line_cut(tls_line *l)
{
    (void)close(l->fd);
    gnutls_deinit(l->session);
    gnutls_certificate_free_credentials(l->credentials);
}

static inline void tls_line_send(const tls_line *l, const char *text)
{
    (void)gnutls_record_send(l->session, text, strlen(text));
}

/* What comes until the answer with its length is whole, or the line ends; its status, or 0. */
static inline int tls_line_take(const tls_line *l, char *text, size_t room)
{
    size_t used = 0, want = SIZE_MAX;

    text[0] = '\0';
    while (used < want && used + 1 < room) {
        ssize_t got = gnutls_record_recv(l->session, text + used, room - 1 - used);
        char *end;

        if (got < 0 && gnutls_error_is_fatal((int)got) == 0)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
        text[used] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (end != NULL && strstr(text, "Content-Length: ") != NULL)
            want = (size_t)(end + 4 - text) +
                   (size_t)strtol(strstr(text, "Content-Length: ") + 16, NULL, 10);
    }
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

/* What a client says first, as bytes. */
typedef struct hello {
    char bytes[4096];
    size_t size;
} hello;

static inline ssize_t tls_hello_keep(gnutls_transport_ptr_t arg, const void *bytes, size_t size)
{
    hello *h = arg;

    assert_true(h->size + size <= sizeof h->bytes);
    memcpy(h->bytes + h->size, bytes, size);
    h->size += size;
    return (ssize_t)size;
}

static inline ssize_t tls_hello_end(gnutls_transport_ptr_t arg, void *bytes, size_t size)
{
    (void)arg;
    (void)bytes;
    (void)size;
    return 0;
}

static inline hello hello_make(void)
{
    hello h = { .size = 0 };
    gnutls_certificate_credentials_t none;
    gnutls_session_t session;

    assert_true(gnutls_init(&session, GNUTLS_CLIENT) >= 0);
    assert_int_equal(gnutls_priority_set_direct(session, TLS_1_3, NULL), GNUTLS_E_SUCCESS);
    assert_true(gnutls_certificate_allocate_credentials(&none) >= 0);
    (void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, none);
    gnutls_transport_set_ptr(session, &h);
    gnutls_transport_set_push_function(session, tls_hello_keep);
    gnutls_transport_set_pull_function(session, tls_hello_end);
    assert_true(gnutls_handshake(session) < 0);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(none);
    assert_true(h.size > 100);
    return h;
}

#endif
