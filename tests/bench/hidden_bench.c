/* Can one who may not see a record tell from the time of an answer that it is there?  Pairs of
 * requests, one for what is hidden and one for what does not exist, in random order; the two
 * sets of times are compared by their ranks (Mann and Whitney).  |z| below 3 is what chance
 * gives in 997 of 1,000 runs.  All answers of a kind are the same bytes, or the exit status is
 * 1.  JSON Lines.  ENT_BENCH_PAIRS=20000 looks closer (default 2000).  That the lookups do the same
 * work is known without a clock by tests/unit/taxii/known_test.c. */
#include "../flow/taxii/flow.h"

#include <math.h>
#include <time.h>

#define EARLY "2020-01-01T00:00:00.000Z"
#define VIEW  "20000000-0000-4000-8000-000000000001"
#define V     "/exchange/collections/" VIEW "/"
#define HELD  200 /* hidden ones */
#define SHOWN 50  /* of the same view, for who asks */
#define PAIRS 100000
#define TAIL  "-0000-4000-8000-000000000000"

struct sample {
    double ms;
    bool hidden;
};

static double now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static unsigned draw(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 8;
}

/* The answer without the time of day. */
static ent_str plain(flow *f, const answer *r)
{
    const char *head = r->head.size == 0 ? "" : r->head.ptr, *date = strstr(head, "Date: ");
    const char *end = date == NULL ? NULL : strchr(date, '\n');

    if (end == NULL)
        return ent_arena_printf(f->arena, "%ld %s%.*s", r->status, head, ENT_STR_ARG(r->body));
    return ent_arena_printf(f->arena, "%ld %.*s%s%.*s", r->status, (int)(date - head), head,
                            end + 1, ENT_STR_ARG(r->body));
}

static int by_ms(const void *a, const void *b)
{
    double x = ((const struct sample *)a)->ms, y = ((const struct sample *)b)->ms;

    return (x > y) - (x < y);
}

/* How far the hidden ones' ranks are from the middle, in standard deviations; ties share. */
static double rank_test(const struct sample *sorted, size_t count)
{
    double ranks = 0, n = (double)count / 2;

    for (size_t i = 0, j; i < count; i = j) {
        for (j = i; j < count && !(sorted[j].ms > sorted[i].ms); j++)
            continue;
        for (size_t k = i; k < j; k++)
            ranks += sorted[k].hidden ? (double)(i + 1 + j) / 2 : 0;
    }
    return (ranks - n * (n + 1) / 2 - n * n / 2) / sqrt(n * n * (2 * n + 1) / 12);
}

static double median_of(const struct sample *sorted, size_t count, bool hidden)
{
    size_t seen = 0;

    for (size_t i = 0; i < count; i++)
        if (sorted[i].hidden == hidden && ++seen == count / 4)
            return sorted[i].ms;
    return 0;
}

static void say(const char *what, const char *figure, double value, const char *unit)
{
    (void)printf("{\"bench\":\"hidden/%s/%s\",\"value\":%.4f,\"unit\":\"%s\"}\n", what, figure,
                 value, unit);
    (void)fflush(stdout);
}

/* Between `before` and `behind` goes a number: that of a record, or of none. */
static bool compare(flow *f, const char *what, const char *before, const char *behind, int held,
                    int none, int kinds, size_t pairs)
{
    struct sample *samples = calloc(2 * pairs, sizeof *samples);
    char first[4096] = "", path[512];
    unsigned seed = 7;
    bool same = true;

    if (samples == NULL)
        abort();
    for (size_t i = 0; i < 2 * pairs; i++) {
        /* One of a pair as likely before the other as behind it. */
        bool hidden = (i % 2 == 0) ? draw(&seed) % 2 == 0 : !samples[i - 1].hidden;
        int number = (hidden ? held : none) + (int)(draw(&seed) % (unsigned)kinds);
        double begun;
        answer r;
        ent_str text;

        (void)snprintf(path, sizeof path, "%s%08x%s", before, (unsigned)number, behind);
        begun = now_ms();
        r = ASK(f, .path = path);
        samples[i] = (struct sample){ now_ms() - begun, hidden };
        text = plain(f, &r);
        if (i == 0)
            (void)snprintf(first, sizeof first, "%.*s", ENT_STR_ARG(text));
        else if (!ent_str_is(text, first))
            same = false;
        ent_arena_reset(f->arena);
    }
    qsort(samples, 2 * pairs, sizeof *samples, by_ms);
    say(what, "median-hidden", median_of(samples, 2 * pairs, true), "ms");
    say(what, "median-absent", median_of(samples, 2 * pairs, false), "ms");
    say(what, "rank-test", rank_test(samples, 2 * pairs), "z");
    say(what, "same-bytes", same ? 1 : 0, "1");
    free(samples);
    return same;
}

int main(void)
{
    static const struct {
        const char *what, *before, *behind;
    } kinds[] = {
        { "object", V "objects/indicator--", TAIL "/" },
        { "versions", V "objects/indicator--", TAIL "/versions/" },
        { "match-id", V "objects/?match[id]=indicator--", TAIL },
        { "manifest", V "manifest/?match[id]=indicator--", TAIL },
    };
    const char *text = getenv("ENT_BENCH_PAIRS");
    size_t pairs = text == NULL ? 2000 : strtoul(text, NULL, 10);
    bool good = true;
    flow f;

    if (pairs < 10 || pairs > PAIRS || !flow_begin(&f)) {
        (void)fprintf(stderr, "hidden_bench: no node starts\n");
        return 1;
    }
    if (RUN(&f, "taxii", "collection", "add", "exchange", VIEW, "--title", "Indicators", "--read",
            "ana,bob", "--query", "type:indicator") != 0 ||
        RUN(&f, "user", "clearance", "ana", "--purpose", "CT-INV") != 0 ||
        flow_import(&f, 0x10000, SHOWN, "CT-INV", "none", EARLY) != 0 ||
        flow_import(&f, 0x20000, HELD, "SANCTIONS", "none", EARLY) != 0)
        return 1;
    if (flow_partner_root(&f, "00020000", "bob") != 0)
        return 1;
    (void)ASK(&f, .path = V "objects/");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        good = compare(&f, kinds[i].what, kinds[i].before, kinds[i].behind, 0x20000, 0x30000, HELD,
                       pairs) &&
               good;
    good = compare(&f, "collection", "/exchange/collections/10000000-0000-4000-8000-0000",
                   "/objects/", 4 /* NONE, which is eve's */, 0x1004, 1, pairs) &&
           good;
    good = compare(&f, "root", "/", "/", 0x20000, 0x30000, 1, pairs) && good;
    good = compare(&f, "collections-of-a-root", "/", "/collections/", 0x20000, 0x30000, 1, pairs) &&
           good;
    return flow_close(&f) == 0 && good ? 0 : 1;
}
