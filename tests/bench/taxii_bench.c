/* TAXII over TLS against the real program: adds a second, pages a second with wrk, and
 * nginx serving one such page as a static file as the limit.  JSON Lines.  Without wrk
 * only the adds are measured, without nginx there is no ratio. */
#include "../flow/taxii/flow.h"

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

static bool add(flow *f, char *text, size_t size, int objects, uint64_t *counter, double *seconds)
{
    *seconds = 0;
    for (int i = 0; i < objects / PER_POST; i++) {
        double begun;
        answer r;

        envelope_renew(text, counter);
        begun = now();
        r = ASK(f, .path = C "objects/", .body = text, .size = size);
        *seconds += now() - begun;
        if (r.status != 202 || number_of(r.json, "success_count") != PER_POST)
            return false;
        ent_arena_reset(f->arena);
    }
    return true;
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

/* Requests a second, and the 99th percentile in milliseconds. */
static bool wrk(const char *url, double *rate, double *p99)
{
    char command[1024], line[256], unit[8];
    FILE *in;

    (void)snprintf(command, sizeof command,
                   "wrk -t1 -c16 -d3 --latency -H 'Authorization: Basic "
                   "YW5hOmNvcnJlY3QgaG9yc2U6IGJhdHRlcnk=' -H 'Accept: " MEDIA "' '%s' 2>/dev/null",
                   url);
    *rate = *p99 = 0;
    in = popen(command, "r");
    while (in != NULL && fgets(line, sizeof line, in) != NULL) {
        if (strstr(line, "Non-2xx") != NULL)
            *rate = -1;
        (void)sscanf(line, "Requests/sec: %lf", rate);
        if (sscanf(line, " 99%% %lf%7s", p99, unit) == 2 && unit[0] == 'u')
            *p99 /= 1000;
    }
    return in != NULL && pclose(in) == 0 && *rate > 0;
}

static double page_rate(flow *f, const char *path, int objects, const char *what)
{
    char url[512], name[128];
    double rate, p99;

    (void)snprintf(url, sizeof url, "%s%s", f->url, path);
    if (!wrk(url, &rate, &p99))
        return 0;
    (void)snprintf(name, sizeof name, "taxii/%d/%s/requests", objects, what);
    say(name, rate, "1/s", NULL, 0);
    (void)snprintf(name, sizeof name, "taxii/%d/%s/p99", objects, what);
    say(name, p99, "ms", NULL, 0);
    return rate;
}

/* nginx with our certificate and one page as a file. */
static double nginx_rate(flow *f)
{
    char path[160], url[160], command[256];
    answer r = ASK(f, .path = C "objects/?limit=100");
    double rate = 0, p99;
    FILE *out;
    pid_t pid;

    (void)snprintf(path, sizeof path, "%s/page.json", f->home);
    out = fopen(path, "w");
    if (out == NULL)
        return 0;
    (void)fwrite(r.body.ptr, 1, r.body.size, out);
    (void)fclose(out);
    (void)snprintf(path, sizeof path, "%s/nginx.conf", f->home);
    out = fopen(path, "w");
    if (out == NULL)
        return 0;
    (void)fprintf(
        out,
        "daemon off; worker_processes 2; pid %s/nginx.pid; error_log /dev/null; user root;"
        "events {} http { access_log off; keepalive_requests 1000000; server { listen "
        "127.0.0.1:17999 ssl; ssl_certificate %s/keys/client.crt; ssl_certificate_key "
        "%s/keys/client.key; root %s; } }\n",
        f->home, f->home, f->home, f->home);
    (void)fclose(out);
    (void)snprintf(command, sizeof command, "exec nginx -c %s 2>/dev/null", path);
    pid = fork();
    if (pid == 0) {
        (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    (void)snprintf(url, sizeof url, "https://127.0.0.1:17999/page.json");
    for (int i = 0; i < 50 && rate <= 0; i++) {
        struct timespec wait = { 0, 100000000 };

        (void)nanosleep(&wait, NULL);
        if (!wrk(url, &rate, &p99))
            rate = 0;
    }
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    return rate;
}

static void measure(flow *f, int objects, char *text, size_t size, uint64_t *counter)
{
    char name[128];
    double seconds, pages;

    if (!add(f, text, size, objects - (int)*counter, counter, &seconds)) {
        (void)fprintf(stderr, "taxii_bench: adding failed\n");
        return;
    }
    (void)snprintf(name, sizeof name, "taxii/%d/durable/adds", objects);
    say(name, (objects - (objects > 10000 ? 10000 : 0)) / seconds, "1/s", NULL, 0);
    if (!tool_there("wrk")) {
        (void)fprintf(stderr, "taxii_bench: wrk is not installed (apt-get install wrk)\n");
        return;
    }
    pages = page_rate(f, C "objects/?limit=100", objects, "page-100");
    (void)page_rate(f, C "manifest/?limit=100", objects, "manifest-100");
    (void)page_rate(f, C "objects/?limit=100&match[type]=indicator", objects, "type-100");
    if (tool_there("nginx")) {
        double limit = nginx_rate(f);

        (void)snprintf(name, sizeof name, "taxii/%d/page-100-of-static/requests", objects);
        say(name, pages, "1/s", "nginx static file", limit);
    }
}

int main(void)
{
    uint64_t counter = 0;
    size_t size;
    char *text;
    flow f;

    if (!flow_begin(&f)) {
        (void)fprintf(stderr, "taxii_bench: no node starts\n");
        return 1;
    }
    text = envelope_make(&size);
    measure(&f, 10000, text, size, &counter);
    measure(&f, 100000, text, size, &counter);
    free(text);
    return flow_close(&f) == 0 ? 0 : 1;
}
