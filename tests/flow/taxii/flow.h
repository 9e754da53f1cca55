/*
 * flow -- a real node of its own, asked over TLS as any client would.
 *
 * Starts the built program (`entente serve`) on a fresh home and asks it through libcurl.
 * Prints TAP itself: each check is a line "ok N - what: wanted", so that the output of a
 * run is the conformance table.  Nothing here knows how entente works inside.
 */
#ifndef ENT_FLOW_H
#define ENT_FLOW_H

#include "base/arena.h"
#include "base/json.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEDIA  "application/taxii+json;version=2.1"
#define SECRET "correct horse: battery"
#define UNUSED __attribute__((unused))

/* Collections of the root `exchange`: what ana may. */
#define BOTH   "10000000-0000-4000-8000-000000000001" /* read and write; bob reads */
#define READS  "10000000-0000-4000-8000-000000000002"
#define WRITES "10000000-0000-4000-8000-000000000003"
#define NONE   "10000000-0000-4000-8000-000000000004" /* eve's alone */
#define AGAIN  "10000000-0000-4000-8000-000000000005" /* read and write */
#define SMALL  "10000000-0000-4000-8000-000000000006" /* in the root `small`, 2,000 bytes */
#define OPEN   "10000000-0000-4000-8000-000000000007" /* in the public root `open` */

typedef struct flow {
    char program[4096], home[64], url[256], ca[128];
    pid_t serve;
    int out;
    CURL *curl;
    ent_arena *arena;
    int count, failed;
} flow;

typedef struct answer {
    long status;
    ent_str head, body;
    ent_json json;
    const char *type;
} answer;

UNUSED static void check(flow *f, bool good, const char *fmt, ...)
{
    va_list ap;

    (void)printf("%sok %d - ", good ? "" : "not ", ++f->count);
    va_start(ap, fmt);
    (void)vprintf(fmt, ap);
    va_end(ap);
    (void)printf("\n");
    (void)fflush(stdout);
    f->failed += !good;
}

/* ---- the program ---- */

static pid_t program_start(flow *f, const char *const *words, int *out)
{
    const char *argv[32] = { f->program, "--home", f->home };
    int pipe_fd[2], count = 3;
    pid_t pid;

    for (; *words != NULL; words++)
        argv[count++] = *words;
    if (pipe(pipe_fd) != 0)
        abort();
    pid = fork();
    if (pid == 0) {
        (void)dup2(pipe_fd[1], 1);
        (void)close(pipe_fd[0]);
        (void)close(pipe_fd[1]);
        (void)execv(f->program, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(pipe_fd[1]);
    *out = pipe_fd[0];
    return pid;
}

/* Runs a command; its exit status.  What it printed is in `text`. */
static int run_words(flow *f, char *text, size_t room, const char *const *words)
{
    int out, status;
    pid_t pid = program_start(f, words, &out);
    size_t used = 0;
    ssize_t got;
    char rest[512];

    while ((got = read(out, used + 1 < room ? text + used : rest,
                       used + 1 < room ? room - 1 - used : sizeof rest)) > 0)
        used += used + 1 < room ? (size_t)got : 0;
    if (room > 0)
        text[used] = '\0';
    (void)close(out);
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(f, ...) run_words((f), NULL, 0, (const char *const[]){ __VA_ARGS__, NULL })
#define RUN_TEXT(f, text, ...) \
    run_words((f), (text), sizeof(text), (const char *const[]){ __VA_ARGS__, NULL })

static bool serve_start(flow *f)
{
    static const char *const words[] = { "serve",    "--client",    "127.0.0.1:0",
                                         "--border", "127.0.0.1:0", NULL };
    char text[1024];
    size_t used = 0;
    ssize_t got;
    char *at = NULL, *end = NULL;

    f->serve = program_start(f, words, &f->out);
    while ((at = (used > 0 ? strstr(text, "client https://") : NULL)) == NULL ||
           (end = strchr(at, '\n')) == NULL) {
        got = read(f->out, text + used, sizeof text - 1 - used);
        if (got <= 0)
            return false;
        used += (size_t)got;
        text[used] = '\0';
    }
    *end = '\0';
    (void)snprintf(f->url, sizeof f->url, "%.200s", at + 7);
    return true;
}

static int serve_stop(flow *f)
{
    int status = -1;

    (void)kill(f->serve, SIGTERM);
    (void)waitpid(f->serve, &status, 0);
    (void)close(f->out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *secret_file(flow *f)
{
    static char path[80];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s.secret", f->home);
    out = fopen(path, "w");
    if (out == NULL)
        abort();
    (void)fputs(SECRET "\n", out);
    (void)fclose(out);
    return path;
}

/* The node that all flows use. */
static bool flow_begin(flow *f)
{
    static const char *const users[] = { "ana", "bob", "eve" };
    const char *secret;
    ssize_t size;
    char *slash;
    int failed = 0;

    *f = (flow){ 0 };
    (void)signal(SIGPIPE, SIG_IGN);
    size = readlink("/proc/self/exe", f->program, sizeof f->program - 16);
    f->program[size < 0 ? 0 : size] = '\0';
    slash = strstr(f->program, "/tests/flow/");
    if (slash == NULL)
        slash = strstr(f->program, "/bench/");
    if (slash == NULL)
        return false;
    memcpy(slash, "/entente", 9);
    (void)snprintf(f->home, sizeof f->home, "/tmp/ent-flow-XXXXXX");
    if (mkdtemp(f->home) == NULL)
        return false;
    (void)snprintf(f->ca, sizeof f->ca, "%s/keys/client.crt", f->home);
    secret = secret_file(f);
    f->arena = ent_arena_new((size_t)1 << 30);
    (void)setenv("ENTENTE_PASSPHRASE_FILE", secret, 1); /* of every user: for --as */
    (void)setenv("ENTENTE_REASON", "TEST-0001", 1);
    failed += RUN(f, "init", "--name", "Flow", "--code", "FLOW");
    for (size_t i = 0; i < 3; i++)
        failed += RUN(f, "user", "add", users[i], "--role", "analyst", "--passphrase-file", secret);
    failed += RUN(f, "taxii", "root", "add", "exchange", "--title", "Exchange");
    failed += RUN(f, "taxii", "root", "add", "small", "--max-content-length", "2000");
    failed += RUN(f, "taxii", "root", "add", "open", "--public");
    failed += RUN(f, "taxii", "collection", "add", "exchange", BOTH, "--title", "Both", "--alias",
                  "both", "--read", "ana,bob", "--write", "ana");
    failed +=
        RUN(f, "taxii", "collection", "add", "exchange", READS, "--title", "Reads", "--read", "*");
    failed += RUN(f, "taxii", "collection", "add", "exchange", WRITES, "--title", "Writes",
                  "--write", "ana");
    failed += RUN(f, "taxii", "collection", "add", "exchange", NONE, "--title", "None", "--read",
                  "eve", "--write", "eve");
    failed += RUN(f, "taxii", "collection", "add", "exchange", AGAIN, "--title", "Again", "--read",
                  "ana", "--write", "ana");
    failed += RUN(f, "taxii", "collection", "add", "small", SMALL, "--title", "Small", "--read",
                  "ana", "--write", "ana");
    failed +=
        RUN(f, "taxii", "collection", "add", "open", OPEN, "--title", "Open", "--write", "ana");
    return failed == 0 && serve_start(f);
}

/* Ends it and removes what is left of it; its exit status. */
UNUSED static int flow_close(flow *f)
{
    char command[160];
    int status;

    curl_easy_cleanup(f->curl);
    ent_arena_free(f->arena);
    status = serve_stop(f);
    (void)snprintf(command, sizeof command, "rm -rf %s %s.secret", f->home, f->home);
    if (fork() == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    (void)wait(NULL);
    return status;
}

UNUSED static int flow_end(flow *f)
{
    check(f, flow_close(f) == 0, "SIGTERM ends the node: exit 0");
    (void)printf("1..%d\n", f->count);
    return f->failed == 0 ? 0 : 1;
}

/* ---- requests ---- */

struct taking {
    char *bytes;
    size_t size, room;
};

static size_t take(char *bytes, size_t one, size_t count, void *arg)
{
    struct taking *t = arg;
    size_t size = one * count;

    if (t->size + size > t->room) {
        t->room = (t->size + size) * 2;
        t->bytes = realloc(t->bytes, t->room);
        if (t->bytes == NULL)
            abort();
    }
    memcpy(t->bytes + t->size, bytes, size);
    t->size += size;
    return size;
}

typedef struct ask {
    const char *user;   /* "ana"; NULL: no credentials */
    const char *secret; /* NULL: the right one */
    const char *method; /* NULL: GET, or POST with a body */
    const char *path;
    const char *accept;  /* NULL: TAXII's; "": none */
    const char *type;    /* of the body; NULL: TAXII's */
    const char *more[4]; /* further fields */
    const char *body;
    size_t size; /* 0: strlen(body) */
    bool chunked;
} ask;

static struct curl_slist *fields_of(const ask *a)
{
    struct curl_slist *list = NULL;
    char line[1024];

    if (a->accept == NULL || a->accept[0] != '\0')
        (void)snprintf(line, sizeof line, "Accept: %s", a->accept == NULL ? MEDIA : a->accept);
    else
        (void)snprintf(line, sizeof line, "Accept:");
    list = curl_slist_append(list, line);
    list = curl_slist_append(list, "Expect:");
    if (a->body != NULL) {
        (void)snprintf(line, sizeof line, "Content-Type:%s%s",
                       a->type == NULL || *a->type ? " " : "", a->type == NULL ? MEDIA : a->type);
        list = curl_slist_append(list, line);
    }
    if (a->chunked)
        list = curl_slist_append(list, "Transfer-Encoding: chunked");
    for (size_t i = 0; i < 4 && a->more[i] != NULL; i++)
        list = curl_slist_append(list, a->more[i]);
    return list;
}

static void body_set(CURL *curl, const ask *a)
{
    if (a->body != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, a->body);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                               (curl_off_t)(a->size > 0 ? a->size : strlen(a->body)));
    }
    if (a->method != NULL && strcmp(a->method, "HEAD") == 0)
        (void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else if (a->method != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, a->method);
}

static answer ask_it(flow *f, ask a)
{
    struct taking head = { 0 }, body = { 0 };
    struct curl_slist *fields = fields_of(&a);
    answer r = { 0 };
    char url[20000], credentials[256];
    ent_err err = { 0 };
    char *type = NULL;

    if (f->curl == NULL)
        f->curl = curl_easy_init();
    curl_easy_reset(f->curl);
    (void)snprintf(url, sizeof url, "%s%s", f->url, a.path);
    (void)curl_easy_setopt(f->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(f->curl, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(f->curl, CURLOPT_CAINFO, f->ca);
    (void)curl_easy_setopt(f->curl, CURLOPT_CAPATH, NULL); /* not hundreds of files each time */
    (void)curl_easy_setopt(f->curl, CURLOPT_TIMEOUT, 60L);
    (void)curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, fields);
    (void)curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, &body);
    (void)curl_easy_setopt(f->curl, CURLOPT_HEADERFUNCTION, take);
    (void)curl_easy_setopt(f->curl, CURLOPT_HEADERDATA, &head);
    if (a.user != NULL) {
        (void)snprintf(credentials, sizeof credentials, "%s:%s", a.user,
                       a.secret == NULL ? SECRET : a.secret);
        (void)curl_easy_setopt(f->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        (void)curl_easy_setopt(f->curl, CURLOPT_USERPWD, credentials);
    }
    body_set(f->curl, &a);
    if (curl_easy_perform(f->curl) == CURLE_OK) {
        (void)curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &r.status);
        (void)curl_easy_getinfo(f->curl, CURLINFO_CONTENT_TYPE, &type);
    }
    r.head = ent_arena_str(f->arena, (ent_str){ head.bytes, head.size });
    r.body = ent_arena_str(f->arena, (ent_str){ body.bytes, body.size });
    r.type = type == NULL ? "" : ent_arena_str(f->arena, ent_str_of(type)).ptr;
    if (r.body.size == 0 || ent_json_read(f->arena, r.body, &r.json, &err) != ENT_OK)
        r.json = (ent_json){ 0 };
    curl_slist_free_all(fields);
    free(head.bytes);
    free(body.bytes);
    return r;
}

#define ASK(f, ...) ask_it((f), (ask){ .user = "ana", __VA_ARGS__ })

/* The value of a field of the answer; "" if it is not there. */
UNUSED static ent_str field_of(const answer *r, const char *name)
{
    size_t size = strlen(name);

    for (size_t at = 0; at < r->head.size;) {
        const char *line = r->head.ptr + at;
        const char *end = memchr(line, '\n', r->head.size - at);
        size_t length = end == NULL ? r->head.size - at : (size_t)(end - line);

        if (length > size && strncasecmp(line, name, size) == 0 && line[size] == ':') {
            ent_str value = { line + size + 1, length - size - 1 };

            while (value.size > 0 && value.ptr[0] == ' ') {
                value.ptr++;
                value.size--;
            }
            while (value.size > 0 &&
                   (value.ptr[value.size - 1] == '\r' || value.ptr[value.size - 1] == ' '))
                value.size--;
            return value;
        }
        at += length + 1;
    }
    return (ent_str){ "", 0 };
}

/* An object as `indicator`, number N, with a version. */
UNUSED static const char *object(flow *f, int number, const char *modified, const char *name)
{
    return ent_arena_printf(f->arena,
                            "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--"
                            "%08x-0000-4000-8000-000000000000\",\"created\":\"2020-01-01T00:00:00"
                            ".000Z\",\"modified\":\"%s\",\"name\":\"%s\"}",
                            (unsigned)number, modified, name)
        .ptr;
}

UNUSED static const char *object_id(flow *f, int number)
{
    return ent_arena_printf(f->arena, "indicator--%08x-0000-4000-8000-000000000000",
                            (unsigned)number)
        .ptr;
}

UNUSED static answer post(flow *f, const char *collection, const char *objects)
{
    const char *path =
        ent_arena_printf(f->arena, "/exchange/collections/%s/objects/", collection).ptr;
    const char *body = ent_arena_printf(f->arena, "{\"objects\":[%s]}", objects).ptr;

    return ASK(f, .path = path, .body = body);
}

UNUSED static int64_t number_of(ent_json json, const char *name)
{
    int64_t number = -1;

    return ent_json_int(ent_json_get(json, name), &number) ? number : -1;
}

UNUSED static size_t objects_in(const answer *r)
{
    return ent_json_count(ent_json_get(r->json, "objects"));
}

/* `count` indicators from number `first`, imported with labels for a purpose. */
static inline int flow_import(flow *f, int first, int count, const char *purpose,
                              const char *category, const char *modified)
{
    char path[128];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/import.json", f->home);
    out = fopen(path, "w");
    if (out == NULL)
        abort();
    (void)fputs("[", out);
    for (int i = 0; i < count; i++)
        (void)fprintf(out,
                      "%s{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--%08x-"
                      "0000-4000-8000-000000000000\",\"created\":\"2020-01-01T00:00:00.000Z\","
                      "\"modified\":\"%s\",\"name\":\"held %s %d\",\"pattern\":\"[ipv4-addr:value ="
                      " '198.51.100.1']\",\"pattern_type\":\"stix\",\"valid_from\":"
                      "\"2020-01-01T00:00:00Z\"}",
                      i > 0 ? "," : "", (unsigned)(first + i), modified, purpose, first + i);
    (void)fputs("]", out);
    (void)fclose(out);
    return RUN(f, "import", path, "--purpose", purpose, "--rating", "B2", "--category", category,
               "--retention", "2099-01-01");
}

/* A root with what a partner released, of which `user` alone may know; the partner is made. */
static inline int flow_partner_root(flow *f, const char *name, const char *user)
{
    return RUN(f, "peer", "reader", "PAR", "--name", "Partner", "--certificate", f->ca) +
           RUN(f, "taxii", "root", "add", name, "--partner", "PAR") +
           RUN(f, "taxii", "collection", "add", name, "new", "--title", "Theirs", "--read", user,
               "--query", "type:indicator");
}

#endif
