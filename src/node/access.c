#include "node/access.h"

#include "base/json_write.h"
#include "base/text.h"

#include <dirent.h>
#include <poll.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLOW_NS INT64_C(1000000000)

/* Upper ends of the histogram, in microseconds. */
static const int64_t ends[] = { 250, 1000, 5000, 25000, 100000, 500000, 2500000, 10000000 };
#define ENDS    (sizeof ends / sizeof *ends)

#define CLASSES 6 /* of status: 1xx to 5xx, by the first digit */

static const char *const routes[] = { "healthz", "metrics",     "discovery",  "api_root",
                                      "status",  "collections", "collection", "manifest",
                                      "objects", "object",      "versions",   "console",
                                      "api",     "other" };
#define ROUTES (sizeof routes / sizeof *routes)

struct node_access {
    ent_time started;
    bool all;
    atomic_ullong answers[ROUTES][CLASSES];
    atomic_ullong within[ENDS + 1], micros, bytes, dropped;
};

ent_code node_access_new(ent_time now, node_access **out, ent_err *err)
{
    node_access *access = calloc(1, sizeof *access);
    const char *log = getenv("ENTENTE_LOG");

    if (access == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for counters");
    access->started = now;
    access->all = log != NULL && strcmp(log, "requests") == 0;
    *out = access;
    return ENT_OK;
}

void node_access_free(node_access *access)
{
    free(access);
}

bool node_trace_read(const char *traceparent, char trace[33])
{
    /* version "-" trace "-" parent "-" flags; a later version may go on behind that. */
    static const char hex[] = "0123456789abcdef";

    if (traceparent == NULL || strlen(traceparent) < 55 || strspn(traceparent, hex) != 2 ||
        memcmp(traceparent, "ff", 2) == 0 || traceparent[2] != '-' ||
        strspn(traceparent + 3, hex) != 32 || traceparent[35] != '-' ||
        strspn(traceparent + 36, hex) != 16 || traceparent[52] != '-' ||
        strspn(traceparent + 53, hex) != 2 || strspn(traceparent + 3, "0") == 32 ||
        strspn(traceparent + 36, "0") == 16)
        return false;
    if (memcmp(traceparent, "00", 2) == 0 ? traceparent[55] != '\0'
                                          : traceparent[55] != '\0' && traceparent[55] != '-')
        return false;
    memcpy(trace, traceparent + 3, 32);
    trace[32] = '\0';
    return true;
}

/* ---- lines ---- */

static bool line_write(const http_request *request, const char *route, const http_reply *reply,
                       int64_t ns, ent_time now)
{
    char stamp[ENT_TIME_TEXT], trace[33], span[17], line[512];
    const char *level = reply->status >= 500 ? "error" : reply->status >= 400 ? "warn" : "info";
    struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
    uint8_t random[16];
    int size;

    if (!node_trace_read(http_request_header(request, "traceparent"), trace)) {
        randombytes_buf(random, 16);
        ent_hex_write(random, 16, trace);
    }
    randombytes_buf(random, 8);
    ent_hex_write(random, 8, span);
    ent_time_write(now, stamp);
    /* The method is a client's text: what is no known one is not repeated. */
    size =
        snprintf(line, sizeof line,
                 "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"client\",\"event\":\"request\","
                 "\"trace_id\":\"%s\",\"span_id\":\"%s\",\"method\":\"%s\",\"route\":\"%s\","
                 "\"status\":%u,\"bytes\":%zu,\"ms\":%.3f}\n",
                 stamp, level, trace, span,
                 strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(request->method) &&
                         strlen(request->method) < 10
                     ? request->method
                     : "other",
                 route, reply->status, reply->body.size, (double)ns / 1e6);
    /* Nobody may be reading: a request does not wait for that. */
    if (size > 0 && (size_t)size < sizeof line && poll(&out, 1, 0) == 1 &&
        (out.revents & POLLOUT) != 0)
        return write(STDERR_FILENO, line, (size_t)size) == size;
    return false;
}

void node_access_note(node_access *access, const http_request *request, const char *route,
                      const http_reply *reply, ent_time now)
{
    size_t at = ROUTES - 1, slot = 0;
    struct timespec ts;
    int64_t ns;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec - request->began;
    for (size_t i = 0; i < ROUTES; i++)
        if (strcmp(routes[i], route) == 0)
            at = i;
    while (slot < ENDS && ns / 1000 > ends[slot])
        slot++;
    (void)atomic_fetch_add_explicit(&access->answers[at][reply->status / 100 % CLASSES], 1,
                                    memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&access->within[slot], 1, memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&access->micros, (unsigned long long)(ns / 1000),
                                    memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&access->bytes, reply->body.size, memory_order_relaxed);
    if ((access->all || reply->status == 401 || reply->status == 403 || reply->status >= 500 ||
         ns >= SLOW_NS) &&
        !line_write(request, routes[at], reply, ns, now))
        (void)atomic_fetch_add_explicit(&access->dropped, 1, memory_order_relaxed);
}

/* ---- metrics ---- */

static void head_write(ent_buf *buf, const char *name, const char *type, const char *help)
{
    ent_buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void answers_write(node_access *access, ent_buf *buf)
{
    unsigned long long requests = 0, failures = 0;

    head_write(buf, "entente_client_answers_total", "counter",
               "Answers of the client listener by what was asked for and class of status.");
    for (size_t i = 0; i < ROUTES; i++)
        for (size_t j = 1; j < CLASSES; j++) {
            unsigned long long n = atomic_load(&access->answers[i][j]);

            requests += n;
            failures += j >= 4 ? n : 0;
            if (n > 0)
                ent_buf_printf(buf,
                               "entente_client_answers_total{route=\"%s\",class=\"%zuxx\"} %llu\n",
                               routes[i], j, n);
        }
    head_write(buf, "entente_client_requests_total", "counter", "Requests to the client listener.");
    ent_buf_printf(buf, "entente_client_requests_total %llu\n", requests);
    head_write(buf, "entente_client_failures_total", "counter",
               "Answers with a status of 400 or more.");
    ent_buf_printf(buf, "entente_client_failures_total %llu\n", failures);
}

static void times_write(node_access *access, ent_buf *buf)
{
    unsigned long long sum = 0;

    head_write(buf, "entente_client_seconds", "histogram",
               "From the head of a request to its answer.");
    for (size_t i = 0; i < ENDS; i++) {
        sum += atomic_load(&access->within[i]);
        ent_buf_printf(buf, "entente_client_seconds_bucket{le=\"%g\"} %llu\n",
                       (double)ends[i] / 1e6, sum);
    }
    sum += atomic_load(&access->within[ENDS]);
    ent_buf_printf(buf, "entente_client_seconds_bucket{le=\"+Inf\"} %llu\n", sum);
    ent_buf_printf(buf, "entente_client_seconds_sum %.6f\nentente_client_seconds_count %llu\n",
                   (double)atomic_load(&access->micros) / 1e6, sum);
    head_write(buf, "entente_client_bytes_total", "counter", "Bytes of bodies that were answered.");
    ent_buf_printf(buf, "entente_client_bytes_total %llu\n", atomic_load(&access->bytes));
    head_write(buf, "entente_client_lines_dropped_total", "counter",
               "Lines of the log that nobody took.");
    ent_buf_printf(buf, "entente_client_lines_dropped_total %llu\n", atomic_load(&access->dropped));
}

/* Of /proc, where there is one. */
static void process_write(ent_buf *buf)
{
    FILE *in = fopen("/proc/self/statm", "re");
    char line[256], *resident;
    int count = 0;
    DIR *dir;

    if (in != NULL) {
        /* "size resident ...", in pages */
        if (fgets(line, sizeof line, in) != NULL && (resident = strchr(line, ' ')) != NULL) {
            head_write(buf, "process_resident_memory_bytes", "gauge", "Resident memory.");
            ent_buf_printf(buf, "process_resident_memory_bytes %llu\n",
                           strtoull(resident, NULL, 10) *
                               (unsigned long long)sysconf(_SC_PAGESIZE));
        }
        (void)fclose(in);
    }
    dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return;
    while (readdir(dir) != NULL)
        count++;
    (void)closedir(dir);
    head_write(buf, "process_open_fds", "gauge", "Open descriptors.");
    ent_buf_printf(buf, "process_open_fds %d\n", count - 3); /* ".", "..", and this one */
}

void node_access_metrics(node_access *access, ent_buf *buf)
{
    struct timespec cpu;

    answers_write(access, buf);
    times_write(access, buf);
    process_write(buf);
    head_write(buf, "process_cpu_seconds_total", "counter", "Processor time, of all threads.");
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    ent_buf_printf(buf, "process_cpu_seconds_total %lld.%06ld\n", (long long)cpu.tv_sec,
                   cpu.tv_nsec / 1000);
    head_write(buf, "process_start_time_seconds", "gauge", "Start of the process.");
    ent_buf_printf(buf, "process_start_time_seconds %lld\n",
                   (long long)(access->started / ENT_SECOND));
}
