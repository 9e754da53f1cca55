/*
 * sim/border -- the real border (http/server) in the test's own process, asked by a client
 * that keeps every byte of the answer.
 *
 * One listener serves any number of doors: each has a key pair of its own, and a folder.  A
 * request is one raw HTTP message inside TLS; the answer is what came back, with the one
 * line that tells the time made constant.  What the server opened, read and slept for it is
 * counted: the program's own openat, pread64, sendfile64 and nanosleep come before the C
 * library's.
 */
#ifndef ENT_SIM_BORDER_H
#define ENT_SIM_BORDER_H

#include "test.h"

#include "base/hash.h"
#include "http/server.h"
#include "link/regain.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#define BORDER_DOORS  4
#define BORDER_ANSWER ((size_t)1 << 17)
#define BORDER_PREFIX "/entente/v1/"

/* ---- what the server does ---- */

static struct {
    atomic_uint opened, read, slept;
    atomic_ullong bytes;
} border_work;

/* _XOPEN_SOURCE alone does not declare it. */
long syscall(long number, ...);

int openat(int folder, const char *path, int flags, ...)
{
    (void)atomic_fetch_add(&border_work.opened, 1);
    return (int)syscall(SYS_openat, folder, path, flags, 0600);
}

ssize_t pread64(int fd, void *to, size_t size, off_t at);
ssize_t pread64(int fd, void *to, size_t size, off_t at)
{
    ssize_t got = syscall(SYS_pread64, fd, to, size, at);

    (void)atomic_fetch_add(&border_work.read, 1);
    (void)atomic_fetch_add(&border_work.bytes, got > 0 ? (unsigned long long)got : 0);
    return got;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)atomic_fetch_add(&border_work.slept, 1);
    return (int)syscall(SYS_nanosleep, time, left);
}

/* ---- doors ---- */

typedef struct border_door {
    char folder[256], mirror[256]; /* the second may be empty */
    http_tls_pair pair;
    uint8_t pin[HTTP_PIN_SIZE];
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
} border_door;

typedef struct border {
    http_tls_pair pair;
    http_server *server;
    char bound[64];
    border_door doors[BORDER_DOORS];
    size_t count;
} border;

static bool border_find(void *arg, const uint8_t pin[HTTP_PIN_SIZE], char *folder, size_t size)
{
    const border *b = arg;

    for (size_t i = 0; i < b->count; i++)
        if (memcmp(b->doors[i].pin, pin, HTTP_PIN_SIZE) == 0)
            return snprintf(folder, size, "%s", b->doors[i].folder) < (int)size;
    return false;
}

/* As node/border.c gives an author what is held of its log. */
static bool border_elsewhere(void *arg, const char *folder, const char **name, char *other,
                             size_t size)
{
    const border *b = arg;
    const char *rest = link_mirror_name(*name);

    for (size_t i = 0; i < b->count && rest != NULL; i++) {
        if (strcmp(b->doors[i].folder, folder) != 0 || b->doors[i].mirror[0] == '\0')
            continue;
        *name = rest;
        return snprintf(other, size, "%s", b->doors[i].mirror) < (int)size;
    }
    return false;
}

/* A door onto `folder`, and onto `mirror` if it is not empty, before the border is opened. */
static void border_door_add(border *b, const char *folder, const char *mirror)
{
    border_door *door = &b->doors[b->count++];
    ent_err err = { 0 };

    assert_true(b->count <= BORDER_DOORS);
    (void)snprintf(door->folder, sizeof door->folder, "%s", folder);
    (void)snprintf(door->mirror, sizeof door->mirror, "%s", mirror);
    CHECK_OK(http_tls_make("client", NULL, &door->pair, &err), &err);
    CHECK_OK(http_tls_pin((ent_str){ door->pair.certificate, door->pair.certificate_size },
                          door->pin, &err),
             &err);
    door->fd = -1;
}

static void border_open(border *b)
{
    http_server_config config = { .loops = 1,
                                  .prefix = BORDER_PREFIX,
                                  .held = "checkpoint",
                                  .beside = "cosignature",
                                  .hold_seconds = 1,
                                  .head_seconds = 30,
                                  .peer = border_find,
                                  .elsewhere = border_elsewhere,
                                  .arg = b };
    ent_err err = { 0 };

    CHECK_OK(http_tls_make("server", NULL, &b->pair, &err), &err);
    CHECK_OK(http_listen("127.0.0.1:0", &config.listen_fd, b->bound, sizeof b->bound, &err), &err);
    config.certificate = b->pair.certificate;
    config.key = b->pair.key;
    CHECK_OK(http_server_start(&config, &b->server, &err), &err);
}

static void border_hang_up(border_door *door)
{
    if (door->fd < 0)
        return;
    gnutls_deinit(door->session);
    gnutls_certificate_free_credentials(door->credentials);
    (void)close(door->fd);
    door->fd = -1;
}

static void border_close(border *b)
{
    for (size_t i = 0; i < b->count; i++) {
        border_hang_up(&b->doors[i]);
        http_tls_release(&b->doors[i].pair);
    }
    http_server_stop(b->server);
    http_tls_release(&b->pair);
}

/* ---- asking ---- */

static void border_dial(const border *b, border_door *door)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)atoi(strrchr(b->bound, ':') + 1)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    gnutls_datum_t certificate = { (unsigned char *)door->pair.certificate,
                                   (unsigned)door->pair.certificate_size };
    gnutls_datum_t key = { (unsigned char *)door->pair.key, (unsigned)door->pair.key_size };
    int rc;

    door->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(door->fd, (struct sockaddr *)&at, sizeof at), 0);
    (void)gnutls_init(&door->session, GNUTLS_CLIENT);
    (void)gnutls_set_default_priority(door->session);
    (void)gnutls_certificate_allocate_credentials(&door->credentials);
    assert_true(gnutls_certificate_set_x509_key_mem(door->credentials, &certificate, &key,
                                                    GNUTLS_X509_FMT_PEM) >= 0);
    (void)gnutls_credentials_set(door->session, GNUTLS_CRD_CERTIFICATE, door->credentials);
    gnutls_transport_set_int(door->session, door->fd);
    do
        rc = gnutls_handshake(door->session);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    assert_int_equal(rc, 0);
}

/* How much of an answer is still to come; SIZE_MAX: its head is not whole. */
static size_t border_missing(const char *answer, size_t size, bool head_only)
{
    const char *end = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "Content-Length: ");
    size_t whole;

    if (end == NULL)
        return SIZE_MAX;
    whole = (size_t)(end + 4 - answer);
    if (!head_only && length != NULL && length < end)
        whole += strtoul(length + 16, NULL, 10);
    return size < whole ? whole - size : 0;
}

typedef struct border_answer {
    char *bytes; /* NUL behind */
    size_t size;
    unsigned opened, read, slept;
    unsigned long long bytes_read;
} border_answer;

static void border_date_hide(char *answer)
{
    char *date = strstr(answer, "\r\nDate: ");

    for (date = date == NULL ? NULL : date + 8; date != NULL && *date != '\r' && *date != '\0';)
        *date++ = '-';
}

/* Sends one request and takes one answer; a line that was closed is dialled anew once. */
static void border_ask(const border *b, border_door *door, const char *request, border_answer *out)
{
    bool head_only = strncmp(request, "HEAD ", 5) == 0;
    ssize_t got = 0;

    out->size = 0;
    out->bytes[0] = '\0';
    if (door->fd < 0)
        border_dial(b, door);
    atomic_store(&border_work.opened, 0);
    atomic_store(&border_work.read, 0);
    atomic_store(&border_work.slept, 0);
    atomic_store(&border_work.bytes, 0);
    (void)gnutls_record_send(door->session, request, strlen(request));
    while (out->size + 1 < BORDER_ANSWER && border_missing(out->bytes, out->size, head_only) > 0) {
        got = gnutls_record_recv(door->session, out->bytes + out->size,
                                 BORDER_ANSWER - 1 - out->size);
        if (got == GNUTLS_E_INTERRUPTED || got == GNUTLS_E_AGAIN)
            continue;
        if (got <= 0)
            break;
        out->size += (size_t)got;
        out->bytes[out->size] = '\0';
    }
    out->opened = atomic_load(&border_work.opened);
    out->read = atomic_load(&border_work.read);
    out->slept = atomic_load(&border_work.slept);
    out->bytes_read = atomic_load(&border_work.bytes);
    if (got < 0 || (got == 0 && out->size == 0) || strstr(out->bytes, "Connection: close") != NULL)
        border_hang_up(door);
    border_date_hide(out->bytes);
}

#endif
