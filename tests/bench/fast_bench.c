/* fast -- the experimental fast path (psi/fast.h): both sides of a session of 2^16 and 2^20 keys each,
 * one after the other on all processors of this machine, as two nodes on it would: seconds by the
 * clock and of processor time, bytes sent, memory.  "fast N": of 2^N keys only. */
#include "node/crew.h"
#include "psi/fast.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double clock_of(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(ent_code rc, const ent_err *err)
{
    if (rc == ENT_OK)
        return;
    (void)fprintf(stderr, "fast_bench: %s\n", err->msg);
    exit(1);
}

static void say(unsigned power, const char *what, double value, const char *unit)
{
    (void)printf("{\"bench\":\"fast/2^%u/%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n",
                 power, what, value, unit);
}

/* What was measured elsewhere; it is not to be had from Debian or npm. */
static void quoted(unsigned power, const char *what, double value, const char *unit)
{
    (void)printf("{\"bench\":\"fast/2^%u/%s\",\"value\":%.6g,\"unit\":\"%s\","
                 "\"against\":\"volepsi (RR22, ExConv)\",\"quoted\":true}\n",
                 power, what, value, unit);
}

static ent_str *keys_of(ent_arena *arena, size_t from, size_t count)
{
    ent_str *keys = ent_arena_array(arena, count, sizeof *keys);

    if (keys == NULL)
        exit(1);
    for (size_t i = 0; i < count; i++)
        keys[i] = ent_arena_printf(arena, "doc:QBZ:%zu", from + i);
    return keys;
}

static void session_bench(unsigned power)
{
    static const uint8_t seed_a[PSI_SEED_SIZE] = { 1 }, seed_h[PSI_SEED_SIZE] = { 2 };
    size_t n = (size_t)1 << power, count;
    ent_arena *arena = ent_arena_new((size_t)4 << 30);
    psi_fast asker = { .seed = seed_a, .count = n, .crew = &node_crew };
    psi_fast holder = { .seed = seed_h, .count = n, .crew = &node_crew };
    uint8_t points[PSI_FAST_POINTS];
    psi_tag *own_a, *own_h, *tags;
    ent_hash root_a, root_h;
    double wall, cpu;
    struct rusage usage;
    ent_span ask;
    psi_hit *hits;
    ent_err err;

    asker.items = keys_of(arena, 0, n);
    holder.items = keys_of(arena, n / 2, n);
    must(psi_fast_root(arena, &asker, &root_a, &err), &err);
    must(psi_fast_root(arena, &holder, &root_h, &err), &err);
    asker.session = holder.session = psi_fast_session(ENT_STR("bench"), &root_a, &root_h);
    wall = clock_of(CLOCK_MONOTONIC);
    cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    must(psi_fast_choose(&holder, points, &err), &err);
    must(psi_fast_ask(arena, &asker, (ent_span){ points, sizeof points }, &ask, &own_a, &err),
         &err);
    say(power, "asked/seconds", clock_of(CLOCK_MONOTONIC) - wall, "s");
    must(psi_fast_answer(arena, &holder, ask, n, &tags, &own_h, &err), &err);
    say(power, "answered/seconds", clock_of(CLOCK_MONOTONIC) - wall, "s");
    must(psi_fast_hits(arena, own_a, n, tags, n, &hits, &count, &err), &err);
    say(power, "seconds", clock_of(CLOCK_MONOTONIC) - wall, "s");
    say(power, "cpu-seconds", clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu, "s, both sides");
    say(power, "sent", (double)(sizeof points + ask.size + n * sizeof *tags) / 1e6, "MB");
    (void)getrusage(RUSAGE_SELF, &usage);
    say(power, "memory", (double)usage.ru_maxrss / 1024, "MiB, both sides");
    if (count != n / 2)
        exit(1);
    ent_arena_free(arena);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        session_bench((unsigned)strtoul(argv[1], NULL, 10));
        return 0;
    }
    session_bench(16);
    session_bench(20);
    quoted(20, "cpu-seconds", 1.2, "s, both sides");
    quoted(20, "sent", 34, "MB");
    return 0;
}
