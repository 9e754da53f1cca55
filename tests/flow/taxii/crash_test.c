/* Nothing acknowledged is lost: the client process is killed in the middle of work, again
 * and again; every object whose 202 arrived is there, once, and dates go on rising. */
#include "flow.h"

#include <time.h>

#define D      "/exchange/collections/" AGAIN "/"
#define ROUNDS 5
#define PARTS  8

/* The process that serves, a child of `serve`; 0 if there is none just now. */
static pid_t client_process(const flow *f)
{
    char path[128], line[4096];
    FILE *in;
    long pid = 0, found = 0;

    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)f->serve,
                   (long)f->serve);
    in = fopen(path, "r");
    while (in != NULL && fscanf(in, "%ld", &pid) == 1) {
        char name[64];
        FILE *words;
        size_t size;

        (void)snprintf(name, sizeof name, "/proc/%ld/cmdline", pid);
        words = fopen(name, "r");
        size = words == NULL ? 0 : fread(line, 1, sizeof line, words);
        for (size_t i = 0; i + 7 < size; i++)
            if (memcmp(line + i, "\0client", 8) == 0)
                found = pid;
        if (words != NULL)
            (void)fclose(words);
    }
    if (in != NULL)
        (void)fclose(in);
    return (pid_t)found;
}

static bool post_part(flow *f, int round, int part)
{
    ent_str all = { "", 0 };
    answer r;

    for (int i = 0; i < 20; i++)
        all = ent_arena_printf(
            f->arena, "%.*s%s%s", ENT_STR_ARG(all), i > 0 ? "," : "",
            object(f, (round * PARTS + part) * 20 + i, "2020-01-01T00:00:00.000Z", "n"));
    r = post(f, AGAIN, all.ptr);
    return r.status == 202 && number_of(r.json, "success_count") == 20;
}

/* Until the supervisor has started it again. */
static bool back(flow *f)
{
    for (int i = 0; i < 200; i++) {
        struct timespec wait = { 0, 50000000 };

        if (ask_it(f, (ask){ .path = "/healthz" }).status == 200)
            return true;
        (void)nanosleep(&wait, NULL);
    }
    return false;
}

static pid_t killer_start(const flow *f, int after_ms)
{
    pid_t victim = client_process(f), killer = victim > 0 ? fork() : -1;

    if (killer == 0) {
        struct timespec wait = { 0, after_ms * 1000000L };

        (void)nanosleep(&wait, NULL);
        (void)kill(victim, SIGKILL);
        _exit(0);
    }
    return killer;
}

int main(void)
{
    bool kept[ROUNDS * PARTS] = { false }, whole = true, rising = true;
    int acknowledged = 0, lost = 0;
    ent_str before = { "", 0 };
    answer r;
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        pid_t killer;

        check(&f, back(&f), "the client process serves, round %d", round);
        (void)ASK(&f, .path = "/taxii2/"); /* the passphrase is known from here on */
        killer = killer_start(&f, 5 + 10 * round);
        for (int part = 0; part < PARTS; part++)
            acknowledged += kept[round * PARTS + part] = post_part(&f, round, part);
        if (killer > 0) /* however late it comes: nobody is killed while it is counted */
            (void)waitpid(killer, NULL, 0);
    }
    check(&f, back(&f), "and after the last kill");
    check(&f, acknowledged > 0, "some bodies were acknowledged: %d of %d", acknowledged,
          ROUNDS * PARTS);
    for (int part = 0; part < ROUNDS * PARTS; part++) {
        int there = 0;

        for (int i = 0; i < 20; i++)
            there += ASK(&f, .path = ent_arena_printf(f.arena, D "objects/%s/?limit=1",
                                                      object_id(&f, part * 20 + i))
                                         .ptr)
                         .status == 200;
        whole = whole && (there == 0 || there == 20);
        lost += kept[part] && there != 20;
    }
    check(&f, lost == 0, "no acknowledged object is lost (%d bodies)", lost);
    check(&f, whole, "a body is there whole or not at all");
    r = ASK(&f, .path = D "manifest/?limit=10000");
    for (ent_json v = ent_json_first(ent_json_get(r.json, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        rising = rising && ent_str_compare(before, ent_json_get_text(v, "date_added")) < 0;
        before = ent_json_get_text(v, "date_added");
    }
    check(&f, rising && before.size > 0, "dates go on rising across the kills");
    return flow_end(&f);
}
