/* A hypothesis at two desks, one of which holds a million movements in a store on disk: how long
 * the question takes there, answered for its own users and for a partner.  The movements are
 * those of 50,000 persons to 1,000 places over ten years, the question is ten places, a hundred
 * days, and whoever is tied by at most eight steps to somebody; the persons know each other in
 * groups of 20.  The store's file is in the system's memory, as after some hours of work; "cold" is the
 * same from the disk.  ENT_BENCH_MOVEMENTS=n: so many movements. */
#include "sim/joint_sim.h"

#include "joint/hypothesis.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PLACES    1000
#define GROUP     20
#define DAYS      3650
#define QUESTIONS 20
#define FIRST_DAY 16000 /* 2013-10-22 */

static double now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void say(const char *name, double value, const char *unit)
{
    (void)printf("{\"bench\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"against\":null}\n", name,
                 value, unit);
    (void)fflush(stdout);
}

static uint64_t drawn = 1;

static uint32_t draw(uint32_t below)
{
    drawn ^= drawn << 13;
    drawn ^= drawn >> 7;
    drawn ^= drawn << 17;
    return (uint32_t)((drawn >> 11) % below);
}

static ent_str id_of(char room[64], const char *type, uint32_t set, uint32_t number)
{
    (void)snprintf(room, 64, "%s--%08x-0000-4000-8000-0000%08x", type, set, number);
    return ent_str_of(room);
}

/* ---- the holdings ---- */

struct loading {
    store *s;
    uint32_t links;
};

/* As an import would put it: what holdings_index derives is said by hand. */
static void put(struct loading *l, store_object *object, const char *bytes)
{
    static const char label[] =
        "{\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},\"purposes\":"
        "[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"discover\":"
        "\"pointer\"}";
    static const char quiet[] =
        "{\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},\"purposes\":"
        "[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"discover\":"
        "\"pointer\",\"evidential\":false}";
    bool evidence = strstr(bytes, "\"travelled\"") == NULL && strstr(bytes, "\"to\"") == NULL;
    store_put_result result;
    ent_err err = { 0 };

    object->bytes = ent_str_of(bytes);
    object->owner = object->version = ENT_STR("");
    object->source = ENT_STR("bench");
    object->retention = ENT_STR("2029-01-01");
    object->handling = ent_str_of(evidence ? label : quiet);
    CHECK_OK(store_object_put(l->s, object, &result, &err), &err);
}

static void link_put(struct loading *l, ent_str from, const char *type, ent_str to)
{
    char room[64], bytes[512];
    ent_str refs[2] = { from, to };
    store_object object = { .id = id_of(room, "relationship", 4, l->links++),
                            .type = ENT_STR("relationship"),
                            .refs = refs,
                            .ref_count = 2 };

    (void)snprintf(bytes, sizeof bytes,
                   "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":\"%s\","
                   "\"relationship_type\":\"%s\",\"source_ref\":\"%s\",\"target_ref\":\"%s\","
                   "\"confidence\":80}",
                   room, type, from.ptr, to.ptr);
    put(l, &object, bytes);
}

static void person_put(struct loading *l, uint32_t i)
{
    char a[64], b[64], bytes[512];
    store_object object = { .id = id_of(a, "identity", 2, i), .type = ENT_STR("identity") };

    (void)snprintf(bytes, sizeof bytes,
                   "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"%s\","
                   "\"identity_class\":\"individual\",\"name\":\"person %u\"}",
                   a, i);
    put(l, &object, bytes);
    if (i % GROUP > 0)
        link_put(l, object.id, "contact-of", id_of(b, "identity", 2, i - 1 - draw(i % GROUP)));
}

static void place_put(struct loading *l, uint32_t i)
{
    char id[64], bytes[512];
    store_object object = { .id = id_of(id, "location", 1, i),
                            .type = ENT_STR("location"),
                            .place = { true, (double)(i % 40), (double)(i / 40) } };

    (void)snprintf(bytes, sizeof bytes,
                   "{\"type\":\"location\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"latitude\":%u,"
                   "\"longitude\":%u}",
                   id, i % 40, i / 40);
    put(l, &object, bytes);
}

static void movement_put(struct loading *l, uint32_t i, uint32_t persons)
{
    char id[64], other[64], bytes[512];
    int32_t day = FIRST_DAY + (int32_t)draw(DAYS);
    store_object object = { .id = id_of(id, "event", 3, i),
                            .type = ENT_STR("event"),
                            .when = { day, day } };

    (void)snprintf(
        bytes, sizeof bytes,
        "{\"type\":\"event\",\"spec_version\":\"2.1\",\"id\":\"%s\",\"name\":\"journey\"}", id);
    put(l, &object, bytes);
    link_put(l, id_of(other, "identity", 2, draw(persons)), "travelled", object.id);
    link_put(l, object.id, "to", id_of(other, "location", 1, draw(PLACES)));
}

static void holdings_make(store *s, uint32_t movements)
{
    struct loading l = { .s = s };
    uint32_t persons = movements / 20;
    ent_err err = { 0 };

    CHECK_OK(store_begin(s, &err), &err);
    for (uint32_t i = 0; i < PLACES; i++)
        place_put(&l, i);
    for (uint32_t i = 0; i < persons; i++)
        person_put(&l, i);
    for (uint32_t i = 0; i < movements; i++) {
        movement_put(&l, i, persons);
        if (i % 20000 > 0)
            continue;
        CHECK_OK(store_commit(s, &err), &err);
        CHECK_OK(store_begin(s, &err), &err);
    }
    CHECK_OK(store_commit(s, &err), &err);
}

/* The system has the whole file in its memory, or nothing of it.  (Closing the file lets go of
 * SQLite's locks on it: nobody else has it open here.) */
static void file_warm(const char *path, bool warm)
{
    static char room[1 << 20];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    while (warm && read(fd, room, sizeof room) > 0)
        continue;
    if (!warm)
        CHECK(fdatasync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
    (void)close(fd);
}

/* ---- the questions ---- */

static joint_question question_make(ent_arena *arena, ent_str *target, uint32_t persons)
{
    char room[64];
    joint_question q = { .purpose = ENT_STR("CT-INV"),
                         .from = ENT_STR("2018-01-01"),
                         .to = ENT_STR("2018-04-10"),
                         .tied_to = target,
                         .tied_count = 1,
                         .max_steps = 8,
                         .asked_by = ENT_STR("s.analyst") };

    *target = ent_arena_str(arena, id_of(room, "identity", 2, draw(persons)));
    /* A degree is 111 km and every degree has a place: about ten of them. */
    q.region = (joint_region){
        .circle = true, .lat = (double)draw(40), .lon = (double)draw(25), .km = 111.2 * 1.8
    };
    return q;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void told(const char *name, double took[QUESTIONS])
{
    char text[96];

    qsort(took, QUESTIONS, sizeof *took, by_value);
    (void)snprintf(text, sizeof text, "hypothesis/10^6-movements/%s/p50", name);
    say(text, took[QUESTIONS / 2], "ms");
    (void)snprintf(text, sizeof text, "hypothesis/10^6-movements/%s/worst", name);
    say(text, took[QUESTIONS - 1], "ms");
}

/* At the one that holds them, for its own users. */
static void own_bench(sim *world, uint32_t persons, const char *name)
{
    double took[QUESTIONS];
    size_t fits = 0;

    for (int i = 0; i < QUESTIONS; i++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        ent_str target;
        joint_question q = question_make(arena, &target, persons);
        double start = now();
        joint_answer answer;
        ent_err err = { 0 };
        char id[37];

        CHECK_OK(SIM_WORK(&world->nodes[1],
                          joint_hypothesis_ask(&world->nodes[1].d, arena, &q, NULL, 0, id, &err),
                          &err),
                 &err);
        took[i] = (now() - start) * 1000;
        CHECK_OK(joint_hypothesis_get(&world->nodes[1].d, arena, ent_str_of(id), &answer, &err),
                 &err);
        fits += answer.fit_count;
        ent_arena_free(arena);
    }
    told(name, took);
    (void)fprintf(stderr, "hypothesis_bench: %zu persons fit\n", fits);
}

/* From a partner that holds nothing: its question, the answer, and all that goes to and fro. */
static void partner_bench(sim *world, uint32_t persons)
{
    double took[QUESTIONS];

    for (int i = 0; i < QUESTIONS; i++) {
        ent_arena *arena = ent_arena_new(SIM_ROOM);
        const char *peers[] = { "SVB" };
        ent_str target;
        joint_question q = question_make(arena, &target, persons);
        double start = now();
        joint_answer answer;
        ent_err err = { 0 };
        char id[37];

        CHECK_OK(SIM_WORK(&world->nodes[0],
                          joint_hypothesis_ask(&world->nodes[0].d, arena, &q, peers, 1, id, &err),
                          &err),
                 &err);
        sim_carry(world);
        took[i] = (now() - start) * 1000;
        CHECK_OK(joint_hypothesis_get(&world->nodes[0].d, arena, ent_str_of(id), &answer, &err),
                 &err);
        CHECK_TEXT(answer.peers[0].state, "answered");
        world->nodes[0].d.now += 8 * ENT_DAY_TIME; /* and no budget of a region is used up */
        world->nodes[1].d.now += 8 * ENT_DAY_TIME;
        ent_arena_free(arena);
    }
    told("partner", took);
}

int main(void)
{
    const char *text = getenv("ENT_BENCH_MOVEMENTS"), *tmp = getenv("TMPDIR");
    uint32_t movements = text == NULL ? 1000000 : (uint32_t)strtoul(text, NULL, 10);
    ent_arena *arena = ent_arena_new(SIM_ROOM);
    char path[256], agreement[37], side[300];
    ent_err err = { 0 };
    double start;
    sim world;

    (void)snprintf(path, sizeof path, "%s/ent-hypothesis-%ld", tmp == NULL ? "/tmp" : tmp,
                   (long)getpid());
    joint_init(&world, 2);
    store_close(world.nodes[1].d.store);
    CHECK_OK(store_open(path, &world.nodes[1].d.store, &err), &err);
    joint_agree(&world, arena, JOINT_TERMS, agreement);
    start = now();
    holdings_make(world.nodes[1].d.store, movements);
    say("hypothesis/10^6-movements/load", now() - start, "s");
    file_warm(path, true);
    own_bench(&world, movements / 20, "own");
    partner_bench(&world, movements / 20);
    file_warm(path, false);
    own_bench(&world, movements / 20, "cold");
    sim_release(&world);
    ent_arena_free(arena);
    for (int i = 0; i < 3; i++) {
        static const char *const tails[] = { "", "-wal", "-shm" };

        (void)snprintf(side, sizeof side, "%s%s", path, tails[i]);
        (void)unlink(side);
    }
    return 0;
}
