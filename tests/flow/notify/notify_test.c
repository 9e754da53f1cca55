/* Notices outside the console, against a real HTTPS server, a real SMTP server with TLS and a
 * real program, all of this test: what they get is what a receiver would. */
#define _GNU_SOURCE /* strcasestr */
#include "flow/taxii/flow.h"

#include "base/text.h"
#include "http/api.h"
#include "http/tls.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

typedef struct world {
    http_api *api;
    pthread_mutex_t lock;
    int https_port, smtp_port, smtp_fd;
    int posts, status; /* what the next POST is answered with */
    char signature[256], body[4096];
    http_tls_pair pair, other;
    gnutls_certificate_credentials_t credentials;
    pthread_t thread;
    int mails;
    char envelope[1024], mail[8192];
    char ca[128], other_ca[128], program[128], written[128];
} world;

/* ---- HTTPS ---- */

static http_next begin(void *arg, http_request *request, http_reply *reply)
{
    (void)arg;
    (void)reply;
    request->limit = 4000;
    return HTTP_BODY;
}

static void finish(void *arg, http_request *request, http_reply *reply)
{
    world *w = arg;
    const char *signature = http_request_header(request, "Entente-Signature");

    (void)pthread_mutex_lock(&w->lock);
    w->posts++;
    (void)snprintf(w->signature, sizeof w->signature, "%s", signature == NULL ? "" : signature);
    (void)snprintf(w->body, sizeof w->body, "%.*s", (int)request->body.size,
                   (const char *)request->body.ptr);
    *reply =
        (http_reply){ .status = (unsigned)w->status, .type = "text/plain", .body = ENT_STR("") };
    (void)pthread_mutex_unlock(&w->lock);
}

static void refuse(unsigned status, http_reply *reply)
{
    *reply = (http_reply){ .status = status, .type = "text/plain", .body = ENT_STR("no") };
}

/* ---- SMTP over TLS (RFC 5321, RFC 8314), one mail a connection ---- */

static bool line_read(gnutls_session_t s, char *line, size_t room)
{
    size_t used = 0;
    char c;

    while (used + 1 < room && gnutls_record_recv(s, &c, 1) == 1) {
        line[used++] = c;
        if (c == '\n')
            break;
    }
    line[used] = '\0';
    return used > 0;
}

static void line_send(gnutls_session_t s, const char *line)
{
    (void)gnutls_record_send(s, line, strlen(line));
}

static void data_take(world *w, gnutls_session_t s)
{
    char line[2048];

    line_send(s, "354 go on\r\n");
    w->mail[0] = '\0';
    while (line_read(s, line, sizeof line) && strcmp(line, ".\r\n") != 0)
        if (strlen(w->mail) + strlen(line) < sizeof w->mail)
            (void)strcat(w->mail, line);
    w->mails++;
    line_send(s, "250 taken\r\n");
}

static void mail_take(world *w, gnutls_session_t s)
{
    char line[2048];

    line_send(s, "220 test ESMTP\r\n");
    w->envelope[0] = '\0';
    while (line_read(s, line, sizeof line)) {
        if (strncasecmp(line, "QUIT", 4) == 0) {
            line_send(s, "221 bye\r\n");
            return;
        }
        (void)pthread_mutex_lock(&w->lock);
        if (strncasecmp(line, "DATA", 4) == 0) {
            data_take(w, s);
            (void)pthread_mutex_unlock(&w->lock);
            continue;
        }
        if ((strncasecmp(line, "MAIL", 4) == 0 || strncasecmp(line, "RCPT", 4) == 0) &&
            strlen(w->envelope) + strlen(line) < sizeof w->envelope)
            (void)strcat(w->envelope, line);
        (void)pthread_mutex_unlock(&w->lock);
        line_send(s,
                  strcasestr(line, "RCPT TO:<nobody@") != NULL ? "550 nobody\r\n" : "250 ok\r\n");
    }
}

static void *smtp_serve(void *arg)
{
    world *w = arg;
    int fd;

    while ((fd = accept(w->smtp_fd, NULL, NULL)) >= 0) {
        gnutls_session_t s;
        int rc;

        if (gnutls_init(&s, GNUTLS_SERVER) < 0)
            abort();
        (void)gnutls_set_default_priority(s);
        (void)gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, w->credentials);
        gnutls_transport_set_int(s, fd);
        while ((rc = gnutls_handshake(s)) < 0 && gnutls_error_is_fatal(rc) == 0)
            ;
        if (rc == 0)
            mail_take(w, s);
        gnutls_deinit(s);
        (void)close(fd);
    }
    return NULL;
}

/* ---- the world ---- */

static void file_write(const char *path, const char *bytes, size_t size)
{
    FILE *out = fopen(path, "w");

    if (out == NULL)
        abort();
    (void)fwrite(bytes, 1, size, out);
    (void)fclose(out);
}

static int listener(int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        abort();
    *port = ntohs(at.sin_port);
    return fd;
}

static void paths_make(world *w, const flow *f)
{
    char text[512];

    (void)snprintf(w->ca, sizeof w->ca, "%s/world.crt", f->home);
    (void)snprintf(w->other_ca, sizeof w->other_ca, "%s/other.crt", f->home);
    (void)snprintf(w->program, sizeof w->program, "%s/program", f->home);
    (void)snprintf(w->written, sizeof w->written, "%s/written", f->home);
    (void)snprintf(text, sizeof text, "#!/bin/sh\ncat >%s\nenv | sort >%s.env\n", w->written,
                   w->written);
    file_write(w->program, text, strlen(text));
    (void)chmod(w->program, 0700);
}

static bool world_begin(world *w, const flow *f)
{
    http_api_config config = { .loops = 1,
                               .workers = 1,
                               .slow_seconds = 30,
                               .bytes_per_second = 1,
                               .body_memory = 1 << 20,
                               .begin = begin,
                               .finish = finish,
                               .refuse = refuse,
                               .arg = w };
    gnutls_datum_t crt, key;
    ent_err err = { 0 };

    *w = (world){ .status = 200 };
    (void)pthread_mutex_init(&w->lock, NULL);
    paths_make(w, f);
    if (http_tls_make("world", NULL, &w->pair, &err) != ENT_OK ||
        http_tls_make("other", NULL, &w->other, &err) != ENT_OK)
        return false;
    file_write(w->ca, w->pair.certificate, w->pair.certificate_size);
    file_write(w->other_ca, w->other.certificate, w->other.certificate_size);
    config.listen_fd = listener(&w->https_port);
    config.certificate = w->pair.certificate;
    config.key = w->pair.key;
    w->smtp_fd = listener(&w->smtp_port);
    crt = (gnutls_datum_t){ (unsigned char *)w->pair.certificate,
                            (unsigned)w->pair.certificate_size };
    key = (gnutls_datum_t){ (unsigned char *)w->pair.key, (unsigned)w->pair.key_size };
    return http_api_start(&config, &w->api, &err) == ENT_OK &&
           gnutls_certificate_allocate_credentials(&w->credentials) == 0 &&
           gnutls_certificate_set_x509_key_mem(w->credentials, &crt, &key, GNUTLS_X509_FMT_PEM) >=
               0 &&
           pthread_create(&w->thread, NULL, smtp_serve, w) == 0;
}

static const char *url(flow *f, const char *scheme, int port)
{
    return ent_arena_printf(f->arena, "%s://127.0.0.1:%d", scheme, port).ptr;
}

/* ---- tests ---- */

static void refused(flow *f, world *w)
{
    const char *https = url(f, "https", w->https_port);

    check(f, RUN(f, "notify", "add", "x", "--webhook", "http://example.org/") == 2,
          "a webhook without TLS is refused");
    check(f, RUN(f, "notify", "add", "x", "--webhook", "https://a:b@example.org/") == 2,
          "and one with credentials in it");
    check(f, RUN(f, "notify", "add", "../x", "--webhook", "https://example.org/") == 2,
          "and a name that is a path");
    check(f, RUN(f, "notify", "add", "x", "--command", "sh") == 2, "and a program by its name");
    check(f, RUN(f, "notify", "add", "x", "--mail", "a@b", "--from", "c@d") == 2,
          "and mail without a server");
    check(f,
          RUN(f, "notify", "add", "x", "--mail", "a@b>\r\nBcc: <x@y", "--from", "c@d", "--server",
              "smtps://example.org") == 2,
          "and an address that brings a line of its own");
    check(f,
          RUN(f, "notify", "add", "x", "--mail", "a@b", "--from", "c@d", "--server",
              "smtp://example.org", "--plain") == 2,
          "and mail without TLS out into the world");
    check(f,
          RUN(f, "notify", "add", "own", "--webhook", https, "--ca", w->ca) == 0 &&
              RUN(f, "notify", "test", "own") == 77 && w->posts == 0,
          "an address of the own network is not asked");
    check(f, RUN(f, "notify", "add", "own", "--webhook", https) == 65, "a name is taken once");
    check(f,
          RUN(f, "notify", "add", "other", "--webhook", https, "--ca", w->other_ca,
              "--allow-private") == 0 &&
              RUN(f, "notify", "test", "other") == 76 && w->posts == 0,
          "nor one with a certificate of another");
    check(f, RUN(f, "notify", "remove", "own") == 0 && RUN(f, "notify", "remove", "other") == 0,
          "routes are removed");
    check(f, RUN(f, "notify", "test", "own") == 66, "and are none then");
}

/* As doc/guide/notices.md tells a receiver to do it. */
static bool signed_by(const world *w, const char *secret)
{
    uint8_t key[32], mac[crypto_auth_hmacsha256_BYTES];
    char text[4200], hex[2 * sizeof mac + 1];
    const char *comma = strchr(w->signature, ',');
    ent_err err = { 0 };

    if (strncmp(w->signature, "t=", 2) != 0 || comma == NULL ||
        ent_hex_read(ent_str_of(secret), key, sizeof key, &err) != ENT_OK ||
        labs(strtol(w->signature + 2, NULL, 10) - (long)time(NULL)) > 300)
        return false;
    (void)snprintf(text, sizeof text, "%.*s.%s", (int)(comma - w->signature - 2), w->signature + 2,
                   w->body);
    (void)crypto_auth_hmacsha256(mac, (const uint8_t *)text, strlen(text), key);
    ent_hex_write(mac, sizeof mac, hex);
    return strncmp(comma, ",v1=", 4) == 0 && strcmp(comma + 4, hex) == 0;
}

static void webhook(flow *f, world *w)
{
    char text[4096], secret[65] = "", wrong[65];
    const char *at;

    check(f,
          RUN_TEXT(f, text, "notify", "add", "pager", "--webhook", url(f, "https", w->https_port),
                   "--ca", w->ca, "--allow-private", "--json") == 0,
          "a webhook is added");
    at = strstr(text, "\"secret\":\"");
    if (at != NULL)
        (void)snprintf(secret, sizeof secret, "%.64s", at + 10);
    check(f, strlen(secret) == 64, "and its key is shown");
    check(f, RUN_TEXT(f, text, "notify", "list", "--json") == 0 && strstr(text, secret) == NULL,
          "once");
    check(f, RUN(f, "notify", "test", "pager") == 0 && w->posts == 1, "it is tested");
    check(f, signed_by(w, secret), "with a signature over its time and body");
    (void)snprintf(wrong, sizeof wrong, "%s", secret);
    wrong[0] = wrong[0] == '0' ? '1' : '0';
    check(f, !signed_by(w, wrong), "by this key and no other");
    check(f, strstr(w->body, "\"kind\":\"test\"") != NULL, "and says what it is");
    w->status = 302;
    check(f, RUN(f, "notify", "test", "pager") == 69 && w->posts == 2,
          "a redirect is a failure, and is not followed");
    w->status = 200;
}

static void mail(flow *f, world *w)
{
    const char *server = url(f, "smtps", w->smtp_port);

    check(f,
          RUN(f, "notify", "add", "duty", "--mail", "duty@example.org", "--from",
              "entente@example.org", "--server", server, "--ca", w->ca, "--allow-private") == 0 &&
              RUN(f, "notify", "test", "duty") == 0 && w->mails == 1,
          "a mail is sent over TLS");
    check(f,
          strstr(w->envelope, "FROM:<entente@example.org>") != NULL &&
              strstr(w->envelope, "TO:<duty@example.org>") != NULL,
          "from whom and to whom it should");
    check(f,
          strstr(w->mail, "Subject: ROUTINE test: a test of this route\r\n") != NULL &&
              strstr(w->mail, "Auto-Submitted: auto-generated\r\n") != NULL &&
              strstr(w->mail, "Message-ID: <") != NULL,
          "with a subject that says how urgent it is");
    (void)RUN(f, "notify", "add", "void", "--mail", "nobody@example.org", "--from",
              "entente@example.org", "--server", server, "--ca", w->ca, "--allow-private");
    check(f, RUN(f, "notify", "test", "void") == 77, "a refusal is said");
    (void)RUN(f, "notify", "remove", "void");
    (void)RUN(f, "notify", "add", "void", "--mail", "duty@example.org", "--from",
              "entente@example.org", "--server", server, "--ca", w->other_ca, "--allow-private");
    check(f, RUN(f, "notify", "test", "void") == 76 && w->mails == 1,
          "a server with another's certificate gets none");
    (void)RUN(f, "notify", "remove", "void");
    (void)RUN(f, "notify", "add", "void", "--mail", "duty@example.org", "--from",
              "entente@example.org", "--server", server, "--ca", w->ca);
    check(f, RUN(f, "notify", "test", "void") == 77 && w->mails == 1,
          "nor one in the own network that was not allowed");
    (void)RUN(f, "notify", "remove", "void");
}

static ent_str written(flow *f, const char *path)
{
    static char text[4096];
    FILE *in = fopen(path, "r");
    size_t size = in == NULL ? 0 : fread(text, 1, sizeof text - 1, in);

    (void)f;
    text[size] = '\0';
    if (in != NULL)
        (void)fclose(in);
    return ent_str_of(text);
}

static void program(flow *f, world *w)
{
    char environment[160];

    (void)setenv("CANARY", "must not be inherited", 1);
    check(f,
          RUN(f, "notify", "add", "horn", "--command", w->program) == 0 &&
              RUN(f, "notify", "test", "horn") == 0 &&
              strstr(written(f, w->written).ptr, "\"kind\":\"test\"") != NULL,
          "a program gets the notice as its input");
    (void)snprintf(environment, sizeof environment, "%s.env", w->written);
    check(f, strstr(written(f, environment).ptr, "CANARY") == NULL,
          "and nothing of our environment");
    (void)RUN(f, "notify", "add", "dead", "--command", "/bin/false");
    check(f, RUN(f, "notify", "test", "dead") == 69, "one that fails is said to");
    (void)RUN(f, "notify", "remove", "dead");
}

static bool posted(world *w, const char *text)
{
    bool yes;

    (void)pthread_mutex_lock(&w->lock);
    yes = strstr(w->body, text) != NULL;
    (void)pthread_mutex_unlock(&w->lock);
    return yes;
}

/* By the clock of a running node: an alarm comes to all routes. */
static void delivered(flow *f, world *w)
{
    static const char alert[] =
        "{\"name\":\"AL-1\",\"keys\":[\"doc:QBZ:650018823\"],\"action\":\"notify\",\"reason\":"
        "\"CANARY-REASON\",\"valid_to\":\"2099-12-31\",\"purpose\":\"CT-INV\"}";
    static const char sighting[] =
        "{\"ref\":\"CANARY-S\",\"time\":\"2024-11-10T09:10:00Z\",\"keys\":[\"doc:QBZ:650018823\"]}";
    char path[128];

    check(f, serve_start(f), "serve starts");
    (void)snprintf(path, sizeof path, "%s/in.json", f->home);
    file_write(path, alert, strlen(alert));
    (void)setenv("ENTENTE_PASSPHRASE_FILE", secret_file(f), 1);
    check(f, RUN(f, "alert", "add", path, "--as", "ana") == 0, "an alert stands");
    file_write(path, sighting, strlen(sighting));
    check(f, RUN(f, "sighting", "add", path, "--as", "ana") == 0, "and is hit");
    for (int i = 0; i < 400 && (!posted(w, "\"kind\":\"alarm\"") || w->mails < 2); i++) {
        struct timespec wait = { 0, 50000000 };

        (void)nanosleep(&wait, NULL);
    }
    check(f, posted(w, "\"kind\":\"alarm\"") && posted(w, "\"why\":\"an alert was hit\""),
          "the webhook is told by itself");
    check(f, strstr(w->mail, "Subject: IMMEDIATE alarm: an alert was hit") != NULL,
          "and so is who reads mail");
    check(f, !posted(w, "CANARY") && strstr(w->mail, "CANARY") == NULL && !posted(w, "650018823"),
          "and nobody of what was read");
}

int main(void)
{
    flow f;
    world w;

    if (sodium_init() < 0 || !flow_begin(&f) || serve_stop(&f) != 0 || !world_begin(&w, &f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    refused(&f, &w);
    webhook(&f, &w);
    mail(&f, &w);
    program(&f, &w);
    delivered(&f, &w);
    http_api_stop(w.api);
    (void)shutdown(w.smtp_fd, SHUT_RDWR);
    (void)pthread_join(w.thread, NULL);
    (void)close(w.smtp_fd);
    gnutls_certificate_free_credentials(w.credentials);
    http_tls_release(&w.pair);
    http_tls_release(&w.other);
    return flow_end(&f);
}
