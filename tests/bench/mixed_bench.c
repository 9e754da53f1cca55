/* A day's kinds of work on the client listener in some minutes: adding, paging, filters,
 * removing, mistakes, new connections, all at once; and whether memory or descriptors grow
 * meanwhile.  Both are printed ten times; what the first half needs is what the second may
 * need.  JSON Lines; exit 1 if anything grew or failed.  ENT_BENCH_SECONDS=600 is a longer
 * day (default 120). */
#include "../flow/taxii/flow.h"

#include "base/buf.h"

#include <pthread.h>
#include <time.h>

#define C       "/exchange/collections/" AGAIN "/"
#define FILLED  "/exchange/collections/" BOTH "/" /* more than the caches hold */
#define FILL    100                               /* thousands of objects */
#define THREADS 4
#define KEPT    2000 /* objects, over and over: neither the store nor its caches grow on */

struct worker {
    flow f;
    unsigned seed;
    double until;
    long asked, failed;
    pthread_t thread;
};

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static unsigned draw(struct worker *w, unsigned below)
{
    w->seed = w->seed * 1103515245U + 12345U;
    return (w->seed >> 8) % below;
}

static const char *path_draw(struct worker *w)
{
    static const char *const paths[] = {
        "/taxii2/",
        "/exchange/",
        "/exchange/collections/",
        C "objects/?limit=100",
        FILLED "objects/?limit=100",
        FILLED "objects/?match[type]=indicator&limit=1000",
        FILLED "manifest/?match[version]=all&limit=1000",
        C "objects/?match[type]=indicator&limit=50",
        C "objects/?match[version]=all&limit=50",
        C "manifest/?limit=200",
        C "manifest/?match[version]=first&limit=50",
        C "objects/?limit=nonsense",
        C "nothing/",
        "/exchange/collections/" NONE "/objects/",
        "/healthz",
    };

    return paths[draw(w, sizeof paths / sizeof *paths)];
}

static void one(struct worker *w)
{
    unsigned what = draw(w, 10);
    ent_str body = { "", 0 };
    answer r;

    if (what == 0) { /* a new connection */
        curl_easy_cleanup(w->f.curl);
        w->f.curl = NULL;
    }
    if (what == 1) {
        for (int i = 0; i < 20; i++)
            body = ent_arena_printf(
                w->f.arena, "%.*s%s%s", ENT_STR_ARG(body), i > 0 ? "," : "",
                object(&w->f, (int)draw(w, KEPT), "2020-01-01T00:00:00.000Z", "n"));
        r = post(&w->f, AGAIN, body.ptr);
    } else if (what == 2) {
        r = ASK(&w->f, .method = "DELETE",
                .path = ent_arena_printf(w->f.arena, C "objects/%s/",
                                         object_id(&w->f, (int)draw(w, KEPT)))
                            .ptr);
    } else if (what == 3) {
        r = ASK(&w->f, .path = C "objects/", .body = "{\"objects\":[{}]}");
    } else if (what == 4) {
        r = ASK(&w->f, .path = C "objects/", .body = "{\"objects\":");
    } else {
        r = ASK(&w->f, .path = path_draw(w));
    }
    w->asked++;
    w->failed += r.status == 0 || r.status >= 500;
    ent_arena_reset(w->f.arena);
}

static void *work(void *arg)
{
    struct worker *w = arg;

    while (now() < w->until)
        one(w);
    return NULL;
}

static double metric(flow *f, const char *name)
{
    answer r = ASK(f, .path = "/metrics", .accept = "*/*");
    const char *at = r.status == 200 ? strstr(r.body.ptr, name) : NULL;
    double value = at == NULL ? -1 : strtod(at + strlen(name), NULL);

    ent_arena_reset(f->arena);
    return value;
}

static void say(const char *what, double value, const char *unit)
{
    (void)printf("{\"bench\":\"mixed/%s\",\"value\":%.1f,\"unit\":\"%s\"}\n", what, value, unit);
    (void)fflush(stdout);
}

/* Fills what would fill by and by: the store, and the caches of all threads. */
static bool fill(flow *f)
{
    bool good = true;

    for (int i = 0; i < FILL; i++) {
        ent_buf body;
        ent_err err = { 0 };
        ent_str text = { "", 0 };

        ent_buf_init(&body, f->arena);
        ent_buf_c(&body, "{\"objects\":[");
        for (int j = 0; j < 1000; j++)
            ent_buf_printf(&body, "%s%s", j > 0 ? "," : "",
                           object(f, 1000000 + (int)((unsigned)(i * 1000 + j) * 2654435761U >> 8),
                                  "2020-01-01T00:00:00.000Z", "n"));
        ent_buf_c(&body, "]}");
        good = good && ent_buf_done(&body, &text, &err) == ENT_OK &&
               ASK(f, .path = FILLED "objects/", .body = text.ptr, .size = text.size).status == 202;
        ent_arena_reset(f->arena);
    }
    for (int i = 0; i < 16; i++) {
        curl_easy_cleanup(f->curl);
        f->curl = NULL;
        (void)ASK(f, .path = FILLED "objects/?limit=10000");
        (void)ASK(f, .path = FILLED "manifest/?match[version]=all&limit=10000");
        ent_arena_reset(f->arena);
    }
    return good;
}

#define SAMPLES 10

struct sample {
    double memory, open; /* MiB, descriptors */
};

static struct sample sample_take(flow *f, long seconds)
{
    struct sample sample = { metric(f, "\nprocess_resident_memory_bytes ") / 1048576,
                             metric(f, "\nprocess_open_fds ") };
    char name[64];

    (void)snprintf(name, sizeof name, "%lds/memory", seconds);
    say(name, sample.memory, "MiB");
    (void)snprintf(name, sizeof name, "%lds/descriptors", seconds);
    say(name, sample.open, "1");
    return sample;
}

/* All workers, and a look now and then. */
static void load_run(flow *f, struct worker workers[THREADS], long seconds,
                     struct sample samples[SAMPLES])
{
    double begun = now();

    for (int i = 0; i < THREADS; i++) {
        workers[i].until = begun + (double)seconds;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            abort();
    }
    for (int i = 0; i < SAMPLES; i++) {
        double left = begun + (double)seconds * (i + 1) / SAMPLES - now();
        struct timespec wait = { (time_t)left, 0 };

        if (left > 0)
            (void)nanosleep(&wait, NULL);
        samples[i] = sample_take(f, seconds * (i + 1) / SAMPLES);
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(workers[i].thread, NULL);
}

int main(void)
{
    const char *text = getenv("ENT_BENCH_SECONDS");
    long seconds = text == NULL ? 120 : strtol(text, NULL, 10), asked = 0, failed = 0;
    struct sample samples[SAMPLES], half, end;
    struct worker workers[THREADS];
    flow f;

    if (!flow_begin(&f)) {
        (void)fprintf(stderr, "mixed_bench: no node starts\n");
        return 1;
    }
    (void)ASK(&f, .path = "/taxii2/");
    failed += !fill(&f);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .f = f, .seed = 77U * (unsigned)(i + 1) };
        workers[i].f.curl = NULL;
        workers[i].f.arena = ent_arena_new((size_t)1 << 26);
    }
    load_run(&f, workers, seconds, samples);
    for (int i = 0; i < THREADS; i++) {
        asked += workers[i].asked;
        failed += workers[i].failed;
        curl_easy_cleanup(workers[i].f.curl);
        ent_arena_free(workers[i].f.arena);
    }
    half = samples[SAMPLES / 2 - 1];
    end = samples[SAMPLES - 1];
    say("requests", (double)asked, "1");
    say("failed", (double)failed, "1");
    say("second-half/memory", end.memory - half.memory, "MiB");
    say("second-half/descriptors", end.open - half.open, "1");
    if (flow_close(&f) != 0)
        return 1;
    return failed == 0 && half.memory > 0 && end.memory < half.memory * 1.05 + 4 &&
                   end.open <= half.open + 8
               ? 0
               : 1;
}
