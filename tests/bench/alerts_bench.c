/* alerts -- a hundred thousand standing alerts against ten thousand sightings, by names and by
 * keys. */
#include "joint/watch.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ALERTS    100000
#define SIGHTINGS 10000

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
    (void)fprintf(stderr, "alerts_bench: %s\n", err->msg);
    exit(1);
}

static void say(const char *bench, double value, const char *unit)
{
    (void)printf("{\"bench\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n", bench,
                 value, unit);
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

static ent_str name_of(char room[24], char kind, uint32_t number)
{
    (void)snprintf(room, 24, "%c%u", kind, (unsigned)number);
    return ent_str_of(room);
}

static const char *const syllables[] = { "dzhu", "ra",  "na", "ev",  "kar", "mel", "so",  "vin",
                                         "tol",  "ber", "ga", "rim", "had", "lo",  "pes", "yun" };

static void person_make(names_record *record, ent_str name[1], ent_str birth[1], char room[64],
                        char day[16])
{
    (void)snprintf(room, 64, "%s%s%s %s%s%s", syllables[draw(16)], syllables[draw(16)],
                   syllables[draw(16)], syllables[draw(16)], syllables[draw(16)],
                   syllables[draw(16)]);
    (void)snprintf(day, 16, "%04u-%02u-%02u", 1950 + (unsigned)draw(50), 1 + (unsigned)draw(12),
                   1 + (unsigned)draw(28));
    name[0] = ent_str_of(room);
    birth[0] = ent_str_of(day);
    *record = (names_record){ .id = ENT_STR(""),
                              .schema = ENT_STR("person"),
                              .names = name,
                              .name_count = 1,
                              .births = birth,
                              .birth_count = 1 };
}

static joint_watch *alerts_make(ent_arena *arena)
{
    static const uint8_t seed[16] = { 1 };
    joint_watch *watch = joint_watch_new(arena, seed);
    ent_err err = { 0 };

    if (watch == NULL)
        exit(1);
    for (uint32_t i = 0; i < ALERTS; i++) {
        char room[64], day[16], document[24];
        ent_str name[1], birth[1], key[1] = { name_of(document, 'd', draw(ALERTS * 10)) };
        names_record person;
        joint_trace trace = { key, 1, &person };

        person_make(&person, name, birth, room, day);
        must(joint_watch_add(watch, &trace, &err), &err);
    }
    must(joint_watch_seal(watch, &err), &err);
    return watch;
}

static void alerts_bench(void)
{
    ent_arena *arena = ent_arena_new((size_t)4 << 30), *work = ent_arena_new((size_t)64 << 20);
    double start = now();
    joint_watch *watch = alerts_make(arena);
    size_t hits = 0;
    ent_err err = { 0 };

    say("alerts/10^5/load/seconds", now() - start, "s");
    start = now();
    for (int i = 0; i < SIGHTINGS; i++) {
        char room[64], day[16], document[24];
        ent_str name[1], birth[1], key[1] = { name_of(document, 'd', draw(ALERTS * 10)) };
        names_record person;
        joint_trace trace = { key, 1, &person };
        joint_sight *sights;
        size_t count;

        person_make(&person, name, birth, room, day);
        ent_arena_reset(work);
        must(joint_watch_ask(watch, work, &trace, &sights, &count, &err), &err);
        hits += count;
    }
    (void)fprintf(stderr, "alerts_bench: %zu alerts concerned\n", hits);
    say("alerts/10^5/names-and-keys/sightings-per-second", SIGHTINGS / (now() - start), "1/s");
    start = now();
    for (int i = 0; i < SIGHTINGS; i++) {
        char document[24];
        ent_str key[1] = { name_of(document, 'd', draw(ALERTS * 10)) };
        joint_trace trace = { key, 1, NULL };
        joint_sight *sights;
        size_t count;

        ent_arena_reset(work);
        must(joint_watch_ask(watch, work, &trace, &sights, &count, &err), &err);
    }
    say("alerts/10^5/keys/sightings-per-second", SIGHTINGS / (now() - start), "1/s");
    ent_arena_free(work);
    ent_arena_free(arena);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    alerts_bench();
    return 0;
}
