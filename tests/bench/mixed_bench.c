/* A day's kinds of work on the client listener in ten minutes: adding, paging, filters,
 * removing, mistakes, new connections, all at once; and whether memory or descriptors grow
 * meanwhile.  What the first sixth needs is what the rest may need.  JSON Lines; exit 1 if
 * anything grew or failed.  ENT_BENCH_SECONDS=60 is a shorter day. */
#include "../flow/taxii/flow.h"

#include <pthread.h>
#include <time.h>

#define C       "/exchange/collections/" AGAIN "/"
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

static void say(long seconds, const char *what, double value, const char *unit)
{
    (void)printf("{\"bench\":\"mixed/%lds/%s\",\"value\":%.1f,\"unit\":\"%s\"}\n", seconds, what,
                 value, unit);
}

/* All workers for a while. */
static void phase(struct worker workers[THREADS], double seconds)
{
    for (int i = 0; i < THREADS; i++) {
        workers[i].until = now() + seconds;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            abort();
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(workers[i].thread, NULL);
}

int main(void)
{
    const char *text = getenv("ENT_BENCH_SECONDS");
    long seconds = text == NULL ? 600 : strtol(text, NULL, 10), asked = 0, failed = 0;
    double memory, memory_then, open, open_then;
    struct worker workers[THREADS];
    flow f;

    if (!flow_begin(&f)) {
        (void)fprintf(stderr, "mixed_bench: no node starts\n");
        return 1;
    }
    (void)ASK(&f, .path = "/taxii2/");
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .f = f, .seed = 77U * (unsigned)(i + 1) };
        workers[i].f.curl = NULL;
        workers[i].f.arena = ent_arena_new((size_t)1 << 26);
    }
    phase(workers, (double)seconds / 6);
    memory = metric(&f, "\nprocess_resident_memory_bytes ");
    open = metric(&f, "\nprocess_open_fds ");
    phase(workers, (double)seconds * 5 / 6);
    memory_then = metric(&f, "\nprocess_resident_memory_bytes ");
    open_then = metric(&f, "\nprocess_open_fds ");
    for (int i = 0; i < THREADS; i++) {
        asked += workers[i].asked;
        failed += workers[i].failed;
        curl_easy_cleanup(workers[i].f.curl);
        ent_arena_free(workers[i].f.arena);
    }
    say(seconds, "requests", (double)asked, "1");
    say(seconds, "failed", (double)failed, "1");
    say(seconds, "memory/first-sixth", memory / 1048576, "MiB");
    say(seconds, "memory/end", memory_then / 1048576, "MiB");
    say(seconds, "descriptors/first-sixth", open, "1");
    say(seconds, "descriptors/end", open_then, "1");
    if (flow_close(&f) != 0)
        return 1;
    return failed == 0 && memory > 0 && memory_then < memory * 1.1 + 8388608 &&
                   open_then <= open + 8
               ? 0
               : 1;
}
