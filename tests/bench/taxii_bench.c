/* TAXII over TLS against the real program: adds a second, pages a second with wrk, a walk
 * over everything, memory, the 99th percentile of each; and nginx serving one such page as a
 * static file as the limit.  `page-100`, `manifest-100` and `type-100` are one page again and
 * again, as nginx's file is; `another-...` is each time a page from another date on.
 * The product has no switch that turns TLS off: `plain` is its handler on the same store
 * behind the same HTTP server in this program, without TLS and without credentials.
 * What is compared takes turns of a second, so that a busy machine is so for both; the ratio
 * is that of the medians.  JSON Lines.  ENT_BENCH_OBJECTS=100000 stops there (default
 * 1000000).  Without wrk only adds and walks are measured, without nginx there is no ratio
 * (`tools/install-deps --bench`). */
#include "../flow/taxii/flow.h"

#include "http/api.h"
#include "taxii/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>

#include <time.h>

#define C        "/exchange/collections/" AGAIN "/"
#define PER_POST 1000

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void say(const char *bench, double value, const char *unit, const char *against,
                double other)
{
    if (against == NULL)
        (void)printf("{\"bench\":\"%s\",\"value\":%.1f,\"unit\":\"%s\"}\n", bench, value, unit);
    else if (other > 0)
        (void)printf("{\"bench\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"against\":\"%s\","
                     "\"ratio\":%.2f}\n",
                     bench, value, unit, against, value / other);
    (void)fflush(stdout);
}

/* One envelope of about 500 bytes an object, in place: only the ids change. */
static char *envelope_make(size_t *size)
{
    char *text = malloc(PER_POST * 600 + 64), *at = text;

    if (text == NULL)
        abort();
    at += sprintf(at, "{\"objects\":[");
    for (int i = 0; i < PER_POST; i++)
        at += sprintf(at,
                      "%s{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--"
                      "%08x-%04x-4000-8000-000000000000\",\"created\":\"2020-01-01T00:00:00.000Z\","
                      "\"modified\":\"2020-01-01T00:00:00.000Z\",\"name\":\"object\",\"pattern\":"
                      "\"[ipv4-addr:value = '198.51.100.1']\",\"pattern_type\":\"stix\","
                      "\"valid_from\":\"2020-01-01T00:00:00Z\",\"description\":\"%0160d\"}",
                      i > 0 ? "," : "", 0, 0, i);
    at += sprintf(at, "]}");
    *size = (size_t)(at - text);
    return text;
}

/* Ids as random as they are in life: a counter through a mixer. */
static void envelope_renew(char *text, uint64_t *counter)
{
    char *at = text;

    while ((at = strstr(at, "indicator--")) != NULL) {
        uint64_t z = (++*counter) * UINT64_C(0x9e3779b97f4a7c15);
        char hex[14];

        at += 11;
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        (void)snprintf(hex, sizeof hex, "%08x-%04x", (unsigned)(z >> 32), (unsigned)(z & 0xffff));
        memcpy(at, hex, 13);
    }
}

/* One of the tools that post at the same time. */
#define POSTERS 5
struct poster {
    flow f; /* with a connection of its own */
    uint64_t counter;
    int posts;
    double *took; /* seconds, of each */
    bool good;
    pthread_t thread;
};

static void *poster_run(void *arg)
{
    struct poster *p = arg;
    size_t size;
    char *text = envelope_make(&size);

    p->good = true;
    for (int i = 0; i < p->posts && p->good; i++) {
        double begun;
        answer r;

        envelope_renew(text, &p->counter);
        begun = now();
        r = ASK(&p->f, .path = C "objects/", .body = text, .size = size);
        p->took[i] = now() - begun;
        p->good = r.status == 202 && number_of(r.json, "success_count") == PER_POST;
        ent_arena_reset(p->f.arena);
    }
    free(text);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void p99_say(int objects, const char *what, double *seconds, size_t count)
{
    char name[128];

    qsort(seconds, count, sizeof *seconds, by_value);
    (void)snprintf(name, sizeof name, "taxii/%d/%s/p99", objects, what);
    say(name, count == 0 ? 0 : seconds[count * 99 / 100] * 1000, "ms", NULL, 0);
}

/* Adds objects, until there are `all`, through POSTERS connections; each post is durable when it is answered. */
static bool add(flow *f, int objects, int all, uint64_t *counter, double *seconds)
{
    struct poster posters[POSTERS];
    int posts = objects / PER_POST / POSTERS;
    double begun = now(), *took = calloc((size_t)posts * POSTERS, sizeof *took);
    bool good = took != NULL;

    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){
            .f = *f, .counter = *counter, .posts = posts, .took = took + (size_t)i * (size_t)posts
        };
        posters[i].f.curl = NULL;
        posters[i].f.arena = ent_arena_new((size_t)1 << 28);
        *counter += (uint64_t)posts * PER_POST;
        if (pthread_create(&posters[i].thread, NULL, poster_run, &posters[i]) != 0)
            abort();
    }
    for (int i = 0; i < POSTERS; i++) {
        (void)pthread_join(posters[i].thread, NULL);
        curl_easy_cleanup(posters[i].f.curl);
        ent_arena_free(posters[i].f.arena);
        good = good && posters[i].good;
    }
    *seconds = now() - begun;
    if (good)
        p99_say(all, "durable", took, (size_t)posts * POSTERS);
    free(took);
    return good;
}

#define WALK 1000 /* pages */

/* Everything, by `next`; the seconds, or -1 if the count is another. */
static double walk(flow *f, int objects)
{
    char path[512] = C "objects/?limit=10000";
    double begun = now(), took[WALK];
    size_t got = 0, pages = 0;

    for (;;) {
        double asked = now();
        answer r = ASK(f, .path = path);
        ent_str next = ent_json_get_text(r.json, "next");

        if (pages < WALK)
            took[pages++] = now() - asked;
        got += objects_in(&r);
        if (r.status != 200 || next.size == 0)
            break;
        (void)snprintf(path, sizeof path, C "objects/?limit=10000&next=%.*s", ENT_STR_ARG(next));
        ent_arena_reset(f->arena);
    }
    ent_arena_reset(f->arena);
    p99_say(objects, "walk/page-10000", took, pages);
    return got == (size_t)objects ? now() - begun : -1;
}

static double metric(flow *f, const char *name)
{
    answer r = ASK(f, .path = "/metrics", .accept = "*/*");
    const char *at = r.status == 200 ? strstr(r.body.ptr, name) : NULL;
    double value = at == NULL ? 0 : strtod(at + strlen(name), NULL);

    ent_arena_reset(f->arena);
    return value;
}

/* Processor seconds of a server so far; `f` NULL: this program is it. */
static double cpu_of_ours(flow *f)
{
    struct timespec ts;

    if (f != NULL)
        return metric(f, "\nprocess_cpu_seconds_total ");
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Those of a process's children. */
static double cpu_of_children(pid_t parent)
{
    DIR *dir = opendir("/proc");
    double seconds = 0;

    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
        char path[300], line[512] = "";
        unsigned long user, system;
        int of;
        FILE *in;

        (void)snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        in = e->d_name[0] >= '0' && e->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (in == NULL)
            continue;
        if (fgets(line, sizeof line, in) != NULL && strchr(line, ')') != NULL &&
            sscanf(strchr(line, ')') + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                   &of, &user, &system) == 3 &&
            of == parent)
            seconds += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
        (void)fclose(in);
    }
    if (dir != NULL)
        (void)closedir(dir);
    return seconds;
}

static bool tool_there(const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/usr/bin/%s", name);
    if (access(path, X_OK) == 0)
        return true;
    (void)snprintf(path, sizeof path, "/usr/sbin/%s", name);
    return access(path, X_OK) == 0;
}

/* ---- wrk ---- */

#define TURNS 3

/* Requests a second for a second, and the 99th percentile in milliseconds.  `script` NULL: one
 * address again and again. */
static bool wrk(const char *url, const char *script, double *rate, double *p99)
{
    char command[1024], line[256], unit[8];
    FILE *in;

    (void)snprintf(command, sizeof command,
                   "wrk -t1 -c16 -d1 --latency -H 'Authorization: Basic "
                   "YW5hOmNvcnJlY3QgaG9yc2U6IGJhdHRlcnk=' -H 'Accept: " MEDIA
                   "' %s%s '%s' 2>/dev/null",
                   script == NULL ? "" : "-s ", script == NULL ? "" : script, url);
    *rate = *p99 = 0;
    in = popen(command, "r");
    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
        if (strstr(line, "Non-2xx") != NULL)
            *rate = -1;
        (void)sscanf(line, "Requests/sec: %lf", rate);
        if (sscanf(line, " 99%% %lf%7s", p99, unit) == 2)
            *p99 *= unit[0] == 'u' ? 0.001 : unit[0] == 's' ? 1000 : 1;
    }
    return in != NULL && pclose(in) == 0 && *rate > 0;
}

static double median(double values[TURNS])
{
    qsort(values, TURNS, sizeof *values, by_value);
    return values[TURNS / 2];
}

struct turn {
    const char *what, *url, *script;
    const char *other; /* nginx's address */
};

/* Ours in turn with nginx, if that runs: rates, and processor time for one request. */
static void turns(flow *ours, pid_t nginx, int objects, const struct turn *turn)
{
    double rates[TURNS], p99s[TURNS], others[TURNS] = { 0 }, p99, cpu = 0, cpu_other = 0;
    double asked = 0, asked_other = 0;
    char name[128];

    for (int i = 0; i < TURNS; i++) {
        double before = cpu_of_ours(ours);

        if (!wrk(turn->url, turn->script, &rates[i], &p99s[i])) {
            (void)fprintf(stderr, "taxii_bench: %s: refused\n", turn->what);
            return;
        }
        cpu += cpu_of_ours(ours) - before;
        asked += rates[i];
        before = nginx > 0 ? cpu_of_children(nginx) : 0;
        if (nginx > 0 && !wrk(turn->other, NULL, &others[i], &p99))
            nginx = 0;
        cpu_other += nginx > 0 ? cpu_of_children(nginx) - before : 0;
        asked_other += others[i];
    }
    (void)snprintf(name, sizeof name, "taxii/%d/%s/requests", objects, turn->what);
    say(name, median(rates), "1/s", nginx > 0 ? "nginx, the same bytes as a file" : NULL,
        median(others));
    (void)snprintf(name, sizeof name, "taxii/%d/%s/p99", objects, turn->what);
    say(name, median(p99s), "ms", NULL, 0);
    (void)snprintf(name, sizeof name, "taxii/%d/%s/processor", objects, turn->what);
    say(name, cpu / asked * 1e6, "us/request", nginx > 0 ? "nginx, the same bytes as a file" : NULL,
        nginx > 0 ? cpu_other / asked_other * 1e6 : 0);
}

/* ---- nginx ---- */

static void answer_keep(flow *f, const char *path, const char *name)
{
    answer r = ASK(f, .path = path);
    char file[160];
    FILE *out;

    (void)snprintf(file, sizeof file, "%s/%s", f->home, name);
    out = fopen(file, "w");
    if (out == NULL)
        abort();
    (void)fwrite(r.body.ptr, 1, r.body.size, out);
    (void)fclose(out);
    ent_arena_reset(f->arena);
}

/* Serves a page and a manifest as files, with our certificate and without TLS; 0: it does not. */
static pid_t nginx_start(flow *f)
{
    char path[160], command[256];
    double rate = 0, p99;
    FILE *out;
    pid_t pid;

    if (!tool_there("nginx"))
        return 0;
    answer_keep(f, C "objects/?limit=100", "page.json");
    answer_keep(f, C "manifest/?limit=100", "manifest.json");
    (void)snprintf(path, sizeof path, "%s/nginx.conf", f->home);
    out = fopen(path, "w");
    if (out == NULL)
        return 0;
    (void)fprintf(
        out,
        "daemon off; worker_processes 2; pid %s/nginx.pid; error_log /dev/null; user root;"
        "events {} http { access_log off; keepalive_requests 1000000; server { listen "
        "127.0.0.1:17998; listen 127.0.0.1:17999 ssl; ssl_certificate %s/keys/client.crt; "
        "ssl_certificate_key "
        "%s/keys/client.key; root %s; } }\n",
        f->home, f->home, f->home, f->home);
    (void)fclose(out);
    (void)snprintf(command, sizeof command, "exec nginx -c %s 2>/dev/null", path);
    pid = fork();
    if (pid == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 10; i++) {
        struct timespec wait = { 0, 200000000 };

        (void)nanosleep(&wait, NULL);
        if (wrk("https://127.0.0.1:17999/page.json", NULL, &rate, &p99))
            return pid;
    }
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    return 0;
}

/* ---- the handler without TLS ---- */

static ent_time clock_now(void *arg)
{
    struct timespec ts;

    (void)arg;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
}

static http_next plain_begin(void *arg, http_request *request, http_reply *reply)
{
    return taxii_server_begin(arg, request, ENT_STR("ana"), reply);
}

static void plain_finish(void *arg, http_request *request, http_reply *reply)
{
    taxii_server_finish(arg, request, reply);
}

static void plain_measure(flow *f, pid_t nginx, int objects)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    http_api_config config = { .listen_fd = fd,
                               .loops = 2,
                               .workers = 8,
                               .slow_seconds = 30,
                               .bytes_per_second = 1000,
                               .body_memory = (size_t)1 << 28,
                               .begin = plain_begin,
                               .finish = plain_finish,
                               .refuse = taxii_error_reply };
    taxii_server_config taxii = { .title = "bench", .slots = 10, .now = clock_now };
    taxii_server *server;
    char path[128], url[256];
    ent_err err = { 0 };
    http_api *api;

    (void)snprintf(path, sizeof path, "%s/taxii.db", f->home);
    taxii.path = path;
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0 ||
        taxii_server_new(&taxii, &server, &err) != ENT_OK)
        return;
    config.arg = server;
    if (http_api_start(&config, &api, &err) == ENT_OK) {
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%d" C "objects/?limit=100",
                       ntohs(at.sin_port));
        turns(NULL, nginx, objects,
              &(struct turn){ "plain/page-100", url, NULL, "http://127.0.0.1:17998/page.json" });
        http_api_stop(api);
    }
    taxii_server_free(server);
}

/* A script of wrk: each request begins at another of `objects` dates, a millisecond apart. */
static const char *script_write(flow *f, int objects)
{
    answer r = ASK(f, .path = C "manifest/?limit=1");
    ent_str first = field_of(&r, "X-TAXII-Date-Added-First");
    static char path[160];
    ent_err err = { 0 };
    ent_time time;
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/another.lua", f->home);
    out = fopen(path, "w");
    if (out == NULL || ent_time_read(first, &time, &err) != ENT_OK)
        abort();
    (void)fprintf(out,
                  "math.randomseed(7)\n"
                  "request = function()\n"
                  "  local at = %lld + math.random(0, %d)\n"
                  "  local s = os.date('!%%Y-%%m-%%dT%%H:%%M:%%S', math.floor(at / 1000))\n"
                  "  return wrk.format(nil, string.format('%%s&added_after=%%s.%%03dZ', wrk.path,"
                  " s, at %% 1000))\n"
                  "end\n",
                  (long long)(time / 1000), objects - 100);
    (void)fclose(out);
    ent_arena_reset(f->arena);
    return path;
}

static void pages_measure(flow *f, int objects)
{
    static const struct {
        const char *what, *path, *file; /* of nginx */
    } pages[] = {
        { "page-100", C "objects/?limit=100", "page.json" },
        { "manifest-100", C "manifest/?limit=100", "manifest.json" },
        { "type-100", C "objects/?limit=100&match[type]=indicator", "page.json" },
    };
    const char *script = script_write(f, objects);
    pid_t nginx = nginx_start(f);
    char url[512], other[256], what[64];

    for (size_t i = 0; i < 2 * sizeof pages / sizeof *pages; i++) {
        bool another = i % 2 == 1;

        (void)snprintf(what, sizeof what, "tls/%s%s", another ? "another-" : "", pages[i / 2].what);
        (void)snprintf(url, sizeof url, "%s%s", f->url, pages[i / 2].path);
        (void)snprintf(other, sizeof other, "https://127.0.0.1:17999/%s", pages[i / 2].file);
        turns(f, nginx, objects, &(struct turn){ what, url, another ? script : NULL, other });
    }
    plain_measure(f, nginx, objects);
    if (nginx == 0)
        return;
    (void)kill(nginx, SIGTERM);
    (void)waitpid(nginx, NULL, 0);
}

static void measure(flow *f, int objects, uint64_t *counter)
{
    int before = (int)*counter;
    char name[128];
    double seconds;

    if (!add(f, objects - before, objects, counter, &seconds)) {
        (void)fprintf(stderr, "taxii_bench: adding failed\n");
        return;
    }
    (void)snprintf(name, sizeof name, "taxii/%d/durable/adds", objects);
    say(name, (double)((int)*counter - before) / seconds, "1/s", NULL, 0);
    (void)snprintf(name, sizeof name, "taxii/%d/walk/seconds", objects);
    say(name, walk(f, (int)*counter), "s", NULL, 0);
    if (tool_there("wrk"))
        pages_measure(f, objects);
    else
        (void)fprintf(stderr, "taxii_bench: wrk is not installed (tools/install-deps --bench)\n");
    (void)snprintf(name, sizeof name, "taxii/%d/client-process/memory", objects);
    say(name, metric(f, "\nprocess_resident_memory_bytes ") / 1048576, "MiB", NULL, 0);
}

int main(void)
{
    const char *most = getenv("ENT_BENCH_OBJECTS");
    long limit = most == NULL ? 1000000 : strtol(most, NULL, 10);
    uint64_t counter = 0;
    flow f;

    if (!flow_begin(&f)) {
        (void)fprintf(stderr, "taxii_bench: no node starts\n");
        return 1;
    }
    (void)ASK(&f, .path = "/taxii2/"); /* the passphrase is known from here on */
    for (int objects = 20000; objects <= 2 * limit; objects *= 10)
        measure(&f, objects / 2, &counter);
    return flow_close(&f) == 0 ? 0 : 1;
}
