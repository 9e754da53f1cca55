/* graph -- a way of at most 12 steps between two random things of a graph of a million things
 * and ten million links: evidential, and consistent in time at keys that change hands.  Beside
 * it python-igraph on the evidential links alone (Debian: python3-igraph), in the same run. */
#include "graph/graph.h"
#include "graph/keep.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define THINGS 1000000
#define LINKS  10000000
#define PAIRS  1000
#define THEIRS 50
#define STEPS  12

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(ent_code rc, const ent_err *err)
{
    if (rc == ENT_OK)
        return;
    (void)fprintf(stderr, "graph_bench: %s\n", err->msg);
    exit(1);
}

static void say(const char *bench, double value, const char *unit, const char *against,
                double ratio)
{
    if (against == NULL)
        (void)printf("{\"bench\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n", bench,
                     value, unit);
    else
        (void)printf("{\"bench\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":\"%s\","
                     "\"ratio\":%.3f}\n",
                     bench, value, unit, against, ratio);
    (void)fflush(stdout);
}

static uint64_t state = 88172645463325252U;

static uint32_t draw(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 11) % below);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* ---- the graph ---- */

static ent_str name_of(char room[24], char kind, uint32_t number)
{
    (void)snprintf(room, 24, "%c%u", kind, (unsigned)number);
    return ent_str_of(room);
}

/* A tenth of the things show a telephone that three share, each for a part of the years. */
static void things_add(graph *g)
{
    ent_err err = { 0 };
    char name[24], tel[24];

    for (uint32_t i = 0; i < THINGS; i++) {
        int32_t first = (int32_t)draw(3000);
        graph_record record = { .id = name_of(name, 't', i),
                                .owner = ENT_STR("QV"),
                                .rating = ENT_STR("B2"),
                                .label = ENT_STR(""),
                                .valid = ENT_STR(""),
                                .days = { first, first + (int32_t)draw(1500) },
                                .joins = true };
        graph_key key = { name_of(tel, 'p', draw(THINGS / 30)), true };

        must(graph_add_record(g, &record, &key, draw(10) == 0, &err), &err);
    }
}

/* Four of five links are evidence; those go into the file for the others as well. */
static void links_add(graph *g, FILE *out)
{
    static const ent_str types[] = { { "used", 4 }, { "holds", 5 }, { "contact-of", 10 } };
    ent_err err = { 0 };
    char from[24], to[24];

    for (uint32_t i = 0; i < LINKS; i++) {
        uint32_t a = draw(THINGS), b = draw(THINGS);
        graph_link link = { .from = name_of(from, 't', a),
                            .type = types[draw(3)],
                            .to = name_of(to, 't', b),
                            .owner = ENT_STR("QV"),
                            .rating = ENT_STR("B2"),
                            .time = ENT_STR(""),
                            .confidence = (int)draw(101),
                            .evidential = draw(5) != 0 };

        must(graph_add_link(g, &link, &err), &err);
        if (out != NULL && link.evidential)
            (void)fprintf(out, "%u %u\n", (unsigned)a, (unsigned)b);
    }
}

static double search_ms(graph_walker *walker, uint32_t a, uint32_t b, size_t *steps)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    ent_err err = { 0 };
    char from[24], to[24];
    graph_path path;
    double start = now();

    must(graph_shortest(walker, arena, name_of(from, 't', a), name_of(to, 't', b), true, STEPS,
                        &path, &err),
         &err);
    *steps += path.count;
    ent_arena_free(arena);
    return (now() - start) * 1000;
}

/* Their median and p99 in milliseconds, or false if they are not there. */
static bool theirs_run(const char *edges, double *median, double *p99)
{
    char command[512];
    FILE *in;
    bool read;

    (void)snprintf(
        command, sizeof command,
        "for p in /usr/bin/python3 python3; do $p -c 'import igraph' 2>/dev/null && exec "
        "$p tests/bench/graph_igraph.py '%s' %d %d; done",
        edges, THINGS, THEIRS);
    in = popen(command, "r");
    if (in == NULL)
        return false;
    read = fscanf(in, "%lf %lf", median, p99) == 2;
    (void)pclose(in);
    return read;
}

/* ---- the graph as a file ---- */

#define ASKS 100

static ent_code file_put(void *arg, const void *bytes, size_t size, ent_err *err)
{
    return fwrite(bytes, 1, size, arg) == size ? ENT_OK : ent_fail(err, ENT_IO, "the disk is full");
}

/* A whole question, as the command has it: map the file, make a walker, search, let go. */
static void kept_bench(const graph *g)
{
    const char *path = "/tmp/entente-bench-graph";
    FILE *out = fopen(path, "w");
    static double took[ASKS];
    double start = now();
    ent_err err = { 0 };
    size_t steps = 0;
    struct stat st;
    int fd;

    if (out == NULL)
        exit(1);
    must(graph_keep(g, ENT_STR("1"), file_put, out, &err), &err);
    (void)fclose(out);
    say("graph/10^6-10^7/keep/seconds", now() - start, "s", NULL, 0);
    fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0)
        exit(1);
    for (int i = 0; i < ASKS; i++) {
        ent_arena *arena = ent_arena_new((size_t)1 << 30);
        void *bytes;
        graph_walker *walker;
        graph *kept;

        start = now();
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        must(graph_kept(arena, (ent_span){ bytes, (size_t)st.st_size }, ENT_STR("1"), &kept, &err),
             &err);
        walker = graph_walker_new(kept, arena);
        if (walker == NULL)
            exit(1);
        (void)search_ms(walker, draw(THINGS), draw(THINGS), &steps);
        ent_arena_free(arena);
        (void)munmap(bytes, (size_t)st.st_size);
        took[i] = (now() - start) * 1000;
    }
    (void)close(fd);
    (void)unlink(path);
    qsort(took, ASKS, sizeof *took, by_value);
    say("graph/10^6-10^7/kept/question/p50", took[ASKS / 2], "ms", NULL, 0);
    say("graph/10^6-10^7/kept/question/p99", took[ASKS * 99 / 100], "ms", NULL, 0);
}

static void paths_bench(void)
{
    ent_arena *arena = ent_arena_new((size_t)8 << 30);
    static const uint8_t seed[16] = { 1 };
    static double took[PAIRS];
    const char *edges = "/tmp/entente-bench-edges";
    FILE *out = fopen(edges, "w");
    double start = now(), median, p99;
    graph *g = graph_new(arena, seed);
    ent_err err = { 0 };
    graph_walker *walker;
    size_t steps = 0;

    if (g == NULL)
        exit(1);
    things_add(g);
    links_add(g, out);
    if (out != NULL)
        (void)fclose(out);
    must(graph_seal(g, &err), &err);
    say("graph/10^6-10^7/load/seconds", now() - start, "s", NULL, 0);
    say("graph/10^6-10^7/memory/gigabytes", (double)ent_arena_used(arena) / 1e9, "GB", NULL, 0);
    walker = graph_walker_new(g, arena);
    if (walker == NULL)
        exit(1);
    for (int i = 0; i < PAIRS; i++)
        took[i] = search_ms(walker, draw(THINGS), draw(THINGS), &steps);
    qsort(took, PAIRS, sizeof *took, by_value);
    say("graph/10^6-10^7/steps/mean", (double)steps / PAIRS, "steps", NULL, 0);
    if (theirs_run(edges, &median, &p99)) {
        say("graph/10^6-10^7/path/p50", took[PAIRS / 2], "ms", "python-igraph",
            median / took[PAIRS / 2]);
        say("graph/10^6-10^7/path/p99", took[PAIRS * 99 / 100], "ms", "python-igraph",
            p99 / took[PAIRS * 99 / 100]);
    } else {
        (void)fprintf(stderr, "graph_bench: python3-igraph is not there to compare with\n");
        say("graph/10^6-10^7/path/p50", took[PAIRS / 2], "ms", NULL, 0);
        say("graph/10^6-10^7/path/p99", took[PAIRS * 99 / 100], "ms", NULL, 0);
    }
    (void)unlink(edges);
    kept_bench(g);
    ent_arena_free(arena);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    paths_bench();
    return 0;
}
