/* host -- a listener for peers, in the test's process, with two who may come: one reads files, one
 * reads pages.  "GET /wait" keeps the loop that has it, or the maker of pages, until `go`. */
#ifndef ENT_TEST_HOST_H
#define ENT_TEST_HOST_H

#include "tls_line.h"

#include "http/server.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { READS_FILES, READS_PAGES, GUESTS };

static const char *const guest_name[GUESTS] = { "files", "pages" };

typedef struct host {
    char folder[64], bound[64];
    uint8_t pins[GUESTS][HTTP_PIN_SIZE];
    http_server *server;
    sem_t inside, go;                        /* somebody is at "wait", and may go on */
    void (*asked)(void);                     /* NULL, or called in a loop's thread for each file */
    _Atomic unsigned made, making, together; /* pages; just now; the most at a time */
} host;

static inline void host_file(const host *h, const char *name, const char *content)
{
    char path[160], before[170];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/%s", h->folder, name);
    (void)snprintf(before, sizeof before, "%s.new", path);
    out = fopen(before, "w");
    assert_non_null(out);
    (void)fputs(content, out);
    (void)fclose(out);
    assert_int_equal(rename(before, path), 0);
}

static inline void host_drop(const host *h, const char *name)
{
    char path[160];

    (void)snprintf(path, sizeof path, "%s/%s", h->folder, name);
    assert_int_equal(remove(path), 0);
}

static inline bool host_find(void *arg, const uint8_t pin[HTTP_PIN_SIZE], char *folder, size_t size)
{
    const host *h = arg;

    for (size_t i = 0; i < GUESTS; i++)
        if (memcmp(pin, h->pins[i], HTTP_PIN_SIZE) == 0)
            return snprintf(folder, size, "%s/%s", h->folder, guest_name[i]) < (int)size;
    return false;
}

static inline bool host_pages(void *arg, const char *folder)
{
    (void)arg;
    return strcmp(strrchr(folder, '/') + 1, guest_name[READS_PAGES]) == 0;
}

static inline void host_keep(host *h)
{
    (void)sem_post(&h->inside);
    (void)sem_wait(&h->go);
}

static inline bool host_elsewhere(void *arg, const char *folder, const char **name, char *other,
                                  size_t size)
{
    host *h = arg;

    (void)folder;
    (void)other;
    (void)size;
    if (strcmp(*name, "wait") == 0)
        host_keep(h);
    if (h->asked != NULL)
        h->asked();
    return false;
}

static inline void host_page(void *arg, const char *folder, http_request *request,
                             http_reply *reply)
{
    host *h = arg;

    (void)folder;
    if (++h->making > h->together)
        h->together = h->making;
    if (ent_str_equal(request->path, ENT_STR("/wait")))
        host_keep(h);
    h->making--;
    h->made++;
    *reply = (http_reply){ .status = 200, .type = "text/plain", .body = ENT_STR("a page\n") };
}

static inline void host_guest(host *h, size_t i)
{
    char name[80];
    http_tls_pair pair;
    ent_err err = { 0 };

    (void)snprintf(name, sizeof name, "%s/%s", h->folder, guest_name[i]);
    assert_int_equal(mkdir(name, 0700), 0);
    CHECK_OK(http_tls_make("guest", NULL, &pair, &err), &err);
    CHECK_OK(http_tls_pin((ent_str){ pair.certificate, pair.certificate_size }, h->pins[i], &err),
             &err);
    (void)snprintf(name, sizeof name, "%s/courier.crt", guest_name[i]);
    host_file(h, name, pair.certificate);
    (void)snprintf(name, sizeof name, "%s/courier.key", guest_name[i]);
    host_file(h, name, pair.key);
    http_tls_release(&pair);
}

static inline host *host_new(unsigned loops, void (*asked)(void))
{
    host *h = calloc(1, sizeof *h);
    http_server_config config = { .prefix = "/",
                                  .held = "checkpoint",
                                  .hold_seconds = 3600,
                                  .head_seconds = 3600,
                                  .loops = loops,
                                  .peer = host_find,
                                  .elsewhere = host_elsewhere,
                                  .pages = host_pages,
                                  .page = host_page,
                                  .arg = h };
    http_tls_pair pair;
    ent_err err = { 0 };

    assert_non_null(h);
    h->asked = asked;
    (void)snprintf(h->folder, sizeof h->folder, "/tmp/ent-host-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    for (size_t i = 0; i < GUESTS; i++)
        host_guest(h, i);
    host_file(h, "files/checkpoint", "one\n");
    host_file(h, "files/a", "");
    assert_int_equal(sem_init(&h->inside, 0, 0), 0);
    assert_int_equal(sem_init(&h->go, 0, 0), 0);
    CHECK_OK(http_tls_make("server", NULL, &pair, &err), &err);
    CHECK_OK(http_listen("127.0.0.1:0", &config.listen_fd, h->bound, sizeof h->bound, &err), &err);
    config.certificate = pair.certificate;
    config.key = pair.key;
    CHECK_OK(http_server_start(&config, &h->server, &err), &err);
    http_tls_release(&pair);
    return h;
}

static inline void host_free(host *h)
{
    static const char *const files[] = { "files/courier.crt",
                                         "files/courier.key",
                                         "files/checkpoint",
                                         "files/a",
                                         "pages/courier.crt",
                                         "pages/courier.key",
                                         "files",
                                         "pages" };

    http_server_stop(h->server);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        host_drop(h, files[i]);
    (void)rmdir(h->folder);
    (void)sem_destroy(&h->inside);
    (void)sem_destroy(&h->go);
    free(h);
}

/* Rather than for ever, a test that has failed waits this long. */
static inline tls_line host_line(const host *h, size_t guest)
{
    struct timeval patience = { .tv_sec = 60 };
    char keys[80];
    tls_line l;

    (void)snprintf(keys, sizeof keys, "%s/%s", h->folder, guest_name[guest]);
    l = tls_line_open(h->bound, TLS_1_3, keys, NULL, NULL);
    assert_int_equal(l.failed, 0);
    assert_int_equal(setsockopt(l.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    return l;
}

static inline void host_ask(const tls_line *l, const char *name)
{
    char request[200];

    (void)snprintf(request, sizeof request, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n", name);
    tls_line_send(l, request);
}

static inline void host_get(const tls_line *l, const char *name)
{
    char text[1024];

    host_ask(l, name);
    assert_int_equal(tls_line_take(l, text, sizeof text), 200);
}

#endif
