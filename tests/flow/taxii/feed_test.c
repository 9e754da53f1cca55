/* Feeds: the real program as a client of a server that misbehaves, which is this test. */
#include "flow.h"

#include "base/time.h"
#include "http/api.h"
#include "http/server.h"
#include "http/tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>

#define ID "30000000-0000-4000-8000-000000000001"
#define OBJECT                                                                                   \
    "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--%08x-0000-4000-8000-"  \
    "00000000000f\",\"created\":\"2020-01-01T00:00:00.000Z\",\"modified\":\"2020-01-01T00:00:00" \
    ".000Z\",\"pattern\":\"[ipv4-addr:value = '198.51.100.1']\",\"pattern_type\":\"stix\","      \
    "\"valid_from\":\"2020-01-01T00:00:00Z\"}"

/* What the server has seen. */
typedef struct world {
    pthread_mutex_t lock;
    int asked, elsewhere;
    char query[1024], authorization[256]; /* the last */
    bool broken;                          /* page two of /breaks/ */
    int port;
    char ca[128], other_ca[128];
    http_api *api;
} world;

static void answer_with(http_reply *reply, unsigned status, const char *type, ent_str body,
                        const char *date)
{
    *reply = (http_reply){ .status = status, .type = type, .body = body };
    if (date != NULL)
        http_reply_header(reply, "X-TAXII-Date-Added-Last", date);
}

static bool asks(const http_request *request, const char *what)
{
    size_t size = strlen(what);

    for (size_t i = 0; i + size <= request->query.size; i++)
        if (memcmp(request->query.ptr + i, what, size) == 0)
            return true;
    return false;
}

/* Two pages; the second in bad company. */
static void good_page(http_request *request, http_reply *reply)
{
    if (asks(request, "added_after=2024-01-02"))
        answer_with(reply, 200, MEDIA, ENT_STR("{}"), "2024-01-02T00:00:00.000000Z");
    else if (asks(request, "next=two"))
        answer_with(reply, 200, MEDIA,
                    ent_arena_printf(request->arena,
                                     "{\"more\":false,\"objects\":[" OBJECT
                                     ",{\"type\":\"indicator\"},{\"type\":\"indicator\",\"id\":"
                                     "\"indicator--00000009-0000-4000-8000-00000000000f\"}]}",
                                     3U),
                    "2024-01-02T00:00:00.000000Z");
    else
        answer_with(reply, 200, MEDIA,
                    ent_arena_printf(request->arena,
                                     "{\"more\":true,\"next\":\"two\",\"objects\":[" OBJECT
                                     "," OBJECT "]}",
                                     1U, 2U),
                    "2024-01-01T00:00:00.000000Z");
}

static void breaking_page(const world *w, http_request *request, http_reply *reply)
{
    if (!asks(request, "next=b2"))
        answer_with(reply, 200, MEDIA,
                    ent_arena_printf(request->arena,
                                     "{\"more\":true,\"next\":\"b2\",\"objects\":[" OBJECT "]}",
                                     0x21U),
                    "2024-01-01T00:00:00.000000Z");
    else if (w->broken)
        answer_with(reply, 503, "text/html", ENT_STR("<html>"), NULL);
    else
        answer_with(reply, 200, MEDIA,
                    ent_arena_printf(request->arena, "{\"objects\":[" OBJECT "]}", 0x22U),
                    "2024-01-02T00:00:00.000000Z");
}

static void misp_page(http_request *request, http_reply *reply)
{
    static const char manifest[] =
        "{\"5e000000-0000-4000-8000-000000000001\":{\"info\":\"one\",\"timestamp\":\"1700000000\"}"
        ",\"5e000000-0000-4000-8000-000000000002\":{\"info\":\"two\",\"timestamp\":\"1700000100\"}"
        ",\"../../etc/passwd\":{\"info\":\"three\",\"timestamp\":\"1700000200\"}}";
    static const char event[] =
        "{\"Event\":{\"uuid\":\"%s\",\"info\":\"an event\",\"date\":\"2024-01-01\",\"timestamp\":"
        "\"1700000000\",\"published\":true,\"Orgc\":{\"name\":\"CERT\",\"uuid\":"
        "\"5e000000-0000-4000-8000-00000000000a\"},\"Attribute\":[{\"uuid\":\"%.35sf\",\"type\":"
        "\"ip-dst\",\"category\":\"Network activity\",\"to_ids\":true,\"value\":\"198.51.100.7\","
        "\"timestamp\":\"1700000000\"}]}}";
    char uuid[37] = "";

    if (request->path.size > 13 && memcmp(request->path.ptr, "/misp/manifest", 14) == 0) {
        answer_with(reply, 200, "application/json", ENT_STR(manifest), NULL);
        return;
    }
    if (request->path.size == 6 + 36 + 5)
        memcpy(uuid, request->path.ptr + 6, 36);
    answer_with(reply, 200, "application/json", ent_arena_printf(request->arena, event, uuid, uuid),
                NULL);
}

static bool path_in(const http_request *request, const char *folder)
{
    size_t size = strlen(folder);

    return request->path.size >= size && memcmp(request->path.ptr, folder, size) == 0;
}

static http_next serve(void *arg, http_request *request, http_reply *reply)
{
    world *w = arg;
    const char *authorization = http_request_header(request, "Authorization");

    (void)pthread_mutex_lock(&w->lock);
    w->asked++;
    (void)snprintf(w->query, sizeof w->query, "%.*s", ENT_STR_ARG(request->query));
    (void)snprintf(w->authorization, sizeof w->authorization, "%s",
                   authorization == NULL ? "" : authorization);
    if (path_in(request, "/good/"))
        good_page(request, reply);
    else if (path_in(request, "/breaks/"))
        breaking_page(w, request, reply);
    else if (path_in(request, "/misp/"))
        misp_page(request, reply);
    else if (path_in(request, "/elsewhere/"))
        w->elsewhere++, answer_with(reply, 200, MEDIA, ENT_STR("{}"), NULL);
    else if (path_in(request, "/away/")) {
        answer_with(reply, 302, MEDIA, ENT_STR(""), NULL);
        http_reply_header(reply, "Location", "/elsewhere/");
    } else if (path_in(request, "/page/"))
        answer_with(reply, 200, "text/html", ENT_STR("<html>log in</html>"), NULL);
    else {
        answer_with(reply, 429, MEDIA, ENT_STR("{}"), NULL);
        http_reply_header(reply, "Retry-After", "7200");
    }
    (void)pthread_mutex_unlock(&w->lock);
    return HTTP_ANSWER;
}

static void refuse(unsigned status, http_reply *reply)
{
    *reply = (http_reply){ .status = status, .type = "text/plain", .body = ENT_STR("no") };
}

static void file_write(const char *path, const char *bytes, size_t size)
{
    FILE *out = fopen(path, "w");

    if (out == NULL)
        abort();
    (void)fwrite(bytes, 1, size, out);
    (void)fclose(out);
}

static bool world_begin(world *w, const flow *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    http_api_config config = { .listen_fd = fd,
                               .loops = 1,
                               .workers = 1,
                               .slow_seconds = 30,
                               .bytes_per_second = 1,
                               .body_memory = 1 << 20,
                               .begin = serve,
                               .refuse = refuse,
                               .arg = w };
    http_tls_pair pair, other;
    ent_err err = { 0 };

    *w = (world){ .asked = 0 };
    (void)pthread_mutex_init(&w->lock, NULL);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0 ||
        http_tls_make("world", NULL, &pair, &err) != ENT_OK ||
        http_tls_make("other", NULL, &other, &err) != ENT_OK)
        return false;
    w->port = ntohs(at.sin_port);
    config.certificate = pair.certificate;
    config.key = pair.key;
    (void)snprintf(w->ca, sizeof w->ca, "%s/world.crt", f->home);
    file_write(w->ca, pair.certificate, pair.certificate_size);
    (void)snprintf(w->other_ca, sizeof w->other_ca, "%s/other.crt", f->home);
    file_write(w->other_ca, other.certificate, other.certificate_size);
    http_tls_release(&other);
    if (http_api_start(&config, &w->api, &err) != ENT_OK)
        return false;
    http_tls_release(&pair);
    return true;
}

static const char *url_of(flow *f, const world *w, const char *host, const char *path)
{
    return ent_arena_printf(f->arena, "https://%s:%d%s", host, w->port, path).ptr;
}

static ent_json listed(flow *f, const char *name)
{
    static char text[65536];
    ent_err err = { 0 };
    ent_json json = { 0 };

    (void)RUN_TEXT(f, text, "feed", "list", "--json");
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (ent_json_read(f->arena, ent_arena_str(f->arena, ent_str_of(line)), &json, &err) ==
                ENT_OK &&
            ent_str_is(ent_json_get_text(json, "feed"), name))
            return json;
    return (ent_json){ 0 };
}

#define LABEL \
    "--rating", "C3", "--purpose", "CT-PREV", "--category", "none", "--retention", "2099-01-01"

/* ---- what is refused ---- */

static void refused(flow *f, world *w)
{
    check(f, RUN(f, "feed", "add", "http://example.org/a/collections/" ID "/") == 2,
          "an address without TLS is refused");
    check(f, RUN(f, "feed", "add", "https://u:p@example.org/a/collections/" ID "/") == 2,
          "and one with credentials in it");
    check(f, RUN(f, "feed", "add", "https://example.org/a/") == 2,
          "and a root instead of one "
          "collection");
    check(f,
          RUN(f, "feed", "add", "https://example.org/a/collections/" ID "/", "--name", "../x") == 2,
          "and a name that is a path");
    check(f,
          RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/good/collections/" ID "/"), "--ca",
              w->ca, "--name", "own") == 0,
          "a feed at an address of the own network is added");
    check(f,
          RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/good/collections/" ID "/"), "--name",
              "own") == 65,
          "but not twice");
    check(f, RUN(f, "feed", "pull", "own") == 77, "but not asked");
    check(f,
          RUN(f, "feed", "add", url_of(f, w, "localhost", "/good/collections/" ID "/"), "--ca",
              w->ca, "--name", "named") == 0 &&
              RUN(f, "feed", "pull", "named") == 77,
          "nor by a name that leads there");
    check(f, w->asked == 0, "no connection was made");
    check(f,
          number_of(listed(f, "own"), "failures") == 1 &&
              ent_json_get_text(listed(f, "own"), "error").size > 0,
          "the list says so");
    (void)RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/good/collections/" ID "/"), "--ca",
              w->other_ca, "--allow-private", "--name", "other");
    check(f, RUN(f, "feed", "pull", "other") == 76, "a certificate of another is refused");
    (void)RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/good/collections/" ID "/"),
              "--allow-private", "--name", "system");
    check(f, RUN(f, "feed", "pull", "system") == 76, "and one that no authority signed");
    (void)RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/away/collections/" ID "/"), "--ca",
              w->ca, "--allow-private", "--name", "away");
    check(f, RUN(f, "feed", "pull", "away") == 65 && w->elsewhere == 0,
          "a redirect is not followed");
    (void)RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/page/collections/" ID "/"), "--ca",
              w->ca, "--allow-private", "--name", "page");
    check(f, RUN(f, "feed", "pull", "page") == 65, "a log-in page is no feed");
    check(f, RUN(f, "feed", "pull", "nothing") == 66, "a feed that is none");
}

/* ---- what comes in ---- */

static void comes_in(flow *f, world *w)
{
    static char text[65536];
    int before;

    check(f,
          RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/good/collections/" ID "/"), "--ca",
              w->ca, "--allow-private", "--name", "good", "--user", "ana", "--passphrase-file",
              secret_file(f), LABEL) == 0,
          "a feed with credentials and a label");
    check(f, RUN_TEXT(f, text, "feed", "pull", "good", "--json") == 0, "is pulled");
    check(f, strstr(text, "\"read\":5,\"added\":3,\"quarantined\":0,\"rejected\":2") != NULL,
          "over two pages: three come in, two that break rules do not (%s)", text);
    check(f, strncmp(w->authorization, "Basic ", 6) == 0, "with its credentials");
    check(f, strstr(text, SECRET) == NULL, "which are not shown");
    check(f,
          RUN_TEXT(f, text, "export", "--query", "source:feed:good") == 0 &&
              strstr(text, "00000003-0000-4000-8000-00000000000f") != NULL,
          "what came is in the holdings, as it came");
    before = w->asked;
    check(f,
          RUN(f, "feed", "pull", "good") == 0 && w->asked == before + 1 &&
              strstr(w->query, "added_after=2024-01-02T00%3A00%3A00.000000Z") != NULL,
          "the next round asks for what is new since");
    check(f, number_of(listed(f, "good"), "added") == 3, "and nothing is");
}

static void resumes(flow *f, world *w)
{
    (void)RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/breaks/collections/" ID "/"), "--ca",
              w->ca, "--allow-private", "--name", "breaks", LABEL);
    w->broken = true;
    check(f, RUN(f, "feed", "pull", "breaks") == 69, "a server that breaks off");
    check(f, number_of(listed(f, "breaks"), "added") == 1, "what came before is held");
    w->broken = false;
    check(f, RUN(f, "feed", "pull", "breaks") == 0 && strstr(w->query, "next=b2") != NULL,
          "and the next round goes on behind it");
    check(f,
          number_of(listed(f, "breaks"), "added") == 2 &&
              number_of(listed(f, "breaks"), "failures") == 0,
          "to the end");
}

static void backs_off(flow *f, world *w)
{
    ent_str due, tried;

    (void)RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/busy/collections/" ID "/"), "--ca",
              w->ca, "--allow-private", "--name", "busy", "--every", "1");
    check(f, RUN(f, "feed", "pull", "busy") == 69, "a server that is busy");
    due = ent_json_get_text(listed(f, "busy"), "due");
    tried = ent_json_get_text(listed(f, "busy"), "tried");
    check(f, ent_str_compare(due, tried) > 0, "is asked again later (%.*s, %.*s)",
          ENT_STR_ARG(tried), ENT_STR_ARG(due));
    {
        ent_time a = 0, b = 0;
        ent_err err = { 0 };

        check(f,
              ent_time_read(due, &a, &err) == ENT_OK && ent_time_read(tried, &b, &err) == ENT_OK &&
                  a - b == 7200 * ENT_SECOND,
              "after as long as it said");
    }
}

static void misp(flow *f, world *w)
{
    int before;

    check(f,
          RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/misp"), "--format", "misp", "--ca",
              w->ca, "--allow-private", "--name", "misp", LABEL) == 0,
          "a MISP feed is added");
    check(f, RUN(f, "feed", "pull", "misp") == 0, "and pulled");
    check(f, number_of(listed(f, "misp"), "added") > 0, "its events come in");
    before = w->asked;
    check(f, RUN(f, "feed", "pull", "misp") == 0 && w->asked == before + 1,
          "the next round asks for the manifest and no event again");
}

static void scheduled(flow *f, world *w)
{
    (void)RUN(f, "feed", "remove", "good");
    check(f, RUN(f, "feed", "remove", "good") == 66, "a feed is removed");
    check(f, serve_start(f), "serve starts");
    (void)RUN(f, "feed", "add", url_of(f, w, "127.0.0.1", "/good/collections/" ID "/"), "--ca",
              w->ca, "--allow-private", "--name", "timed", LABEL);
    for (int i = 0; i < 200 && ent_json_get_text(listed(f, "timed"), "done").size == 0; i++) {
        struct timespec wait = { 0, 50000000 };

        (void)nanosleep(&wait, NULL);
    }
    check(f, ent_json_get_text(listed(f, "timed"), "done").size > 0,
          "a feed that is added while serve runs is pulled by it");
}

int main(void)
{
    flow f;
    world w;

    if (!flow_begin(&f) || serve_stop(&f) != 0 || !world_begin(&w, &f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    refused(&f, &w);
    comes_in(&f, &w);
    resumes(&f, &w);
    backs_off(&f, &w);
    misp(&f, &w);
    scheduled(&f, &w);
    http_api_stop(w.api);
    return flow_end(&f);
}
