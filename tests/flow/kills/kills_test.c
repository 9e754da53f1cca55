/* kill -9 at random points of two real nodes at work: imports, releases, recalls and matches,
 * while the command itself, `serve`, one of its processes, or everything of a node is killed.
 * What was killed starts again; then the node's own doctor and `log verify` must be content,
 * and all that was acknowledged must be there, once (book.h).  What was not acknowledged is
 * asked for again and must then be whole.  A few points in `make test`; ENT_KILLS=2000 in
 * `make soak`, ENT_KILL_SEED chooses others.  The moments are the machine's, not the seed's. */
#include "flow/kills/book.h"
#include "flow/people.h"

#include <inttypes.h>

#define POINTS    12     /* in make test */
#define CHUNK     250    /* after so many, two new nodes */
#define WORK_US   60000  /* most commands are done by then */
#define LATEST_US 250000 /* and what they set going, too */

typedef enum victim {
    COMMAND, /* the command that works */
    OUR_SERVE,
    THEIR_SERVE,
    OUR_PROCESS, /* one process below */
    THEIR_PROCESS,
    OUR_ALL, /* everything of that node, at once */
    EVERYTHING,
    VICTIMS
} victim;

static const char *const victim_names[VICTIMS] = { "the command",      "our serve",
                                                   "their serve",      "one of our processes",
                                                   "one of theirs",    "all of ours",
                                                   "all of both nodes" };

typedef struct world {
    pair p;
    book b;
    uint64_t random;
    char sentence[160];
    bool loud;
    unsigned killed[VICTIMS], acknowledged, asked_again, made;
} world;

static uint32_t below(world *w, uint32_t n)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((w->random >> 33) % n);
}

/* ---- killing ---- */

static void kill_below(world *w, int node, bool one)
{
    pid_t pids[64];
    size_t count = pair_processes(&w->p, node, "", pids, 64);

    if (one && count > 0)
        (void)kill(pids[below(w, (uint32_t)count)], SIGKILL);
    for (size_t i = 0; i < count && !one; i++)
        (void)kill(pids[i], SIGKILL);
}

static void kill_victim(world *w, victim v, pid_t command)
{
    if (v == OUR_PROCESS || v == THEIR_PROCESS) {
        kill_below(w, v == OUR_PROCESS ? OUR : THEIR, true);
        return;
    }
    if (v == COMMAND || v == OUR_ALL || v == EVERYTHING)
        (void)kill(command, SIGKILL);
    if (v == OUR_SERVE || v == OUR_ALL || v == EVERYTHING)
        (void)kill(w->p.serve[OUR], SIGKILL);
    if (v == THEIR_SERVE || v == EVERYTHING)
        (void)kill(w->p.serve[THEIR], SIGKILL);
    if (v == OUR_ALL || v == EVERYTHING)
        kill_below(w, OUR, false);
    if (v == EVERYTHING)
        kill_below(w, THEIR, false);
}

/* A command, and a kill at some moment of it or soon after; its exit status, -1: killed.
 * What else was killed starts again while the command goes on.
 * A command that was not the victim needs nothing that was, unless it asks the peer. */
static int doomed(world *w, bool asks_peer, const char *const *words)
{
    victim v = (victim)below(w, VICTIMS);
    uint32_t us = below(w, below(w, 2) == 0 ? WORK_US : LATEST_US);
    struct timespec pause = { 0, (long)us * 1000 };
    pair_job job = pair_start(&w->p, OUR, words);
    int status;

    (void)nanosleep(&pause, NULL);
    kill_victim(w, v, job.pid);
    for (int n = 0; n < PAIR_NODES; n++) {
        bool ours = v == OUR_SERVE || v == OUR_ALL, theirs = v == THEIR_SERVE;

        if (v != EVERYTHING && !(n == OUR ? ours : theirs))
            continue;
        (void)pair_serve_end(&w->p, n, SIGKILL);
        pair_serve(&w->p, n);
    }
    status = pair_end(&w->p, job);
    w->killed[v]++;
    w->acknowledged += status == 0;
    (void)snprintf(w->sentence, sizeof w->sentence, "%s %.20s, %s killed after %u ms: %d", words[0],
                   strcmp(words[0], "release") == 0 ? words[1] : "", victim_names[v], us / 1000,
                   status);
    if (w->loud)
        print_message("# %s\n", w->sentence);
    if (status > 0 && !asks_peer)
        fail_msg("%s", w->sentence);
    return status;
}

/* The same words again, with nothing killed; it may be done already (`or_else`). */
static void again(world *w, int or_else, const char *const *words)
{
    int status = pair_words(&w->p, OUR, words);

    w->asked_again++;
    if (status != 0 && status != or_else)
        fail_msg("%s; asked again it is %d", w->sentence, status);
}

/* ---- what is done ---- */

static void person_write(world *w, item *i, char *text, size_t room)
{
    people_write(++w->made, i->id, i->name, text, room);
    i->state = ITEM_OWN;
}

/* How many of the new items are there already. */
static size_t already(world *w, const item *items, size_t count)
{
    book_db d;
    size_t there = 0;

    if (!book_open(&w->b, OUR, &d))
        fail_msg("%s", w->b.wrong);
    for (size_t i = 0; i < count; i++)
        there += book_rows(&d, items[i].id, "") == 1;
    book_close(&d);
    return there;
}

static void import_some(world *w)
{
    static char text[40000];
    item *fresh = &w->b.items[w->b.count];
    size_t count = 1 + below(w, 20), there;
    char path[PAIR_PATH];

    assert_true(w->b.count + count <= BOOK_ITEMS);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        person_write(w, &fresh[i], text, sizeof text);
    pair_file(&w->p, "items.jsonl", text, path);
    if (doomed(w, false, WORDS("import", path)) != 0) {
        there = already(w, fresh, count);
        if (there != 0 && there != count)
            fail_msg("%s: %zu of %zu are there", w->sentence, there, count);
        again(w, 0, WORDS("import", path));
    }
    w->b.count += count;
}

static item *one_of(world *w, item_state state)
{
    size_t from = w->b.count == 0 ? 0 : below(w, (uint32_t)w->b.count);

    for (size_t i = 0; i < w->b.count; i++) {
        item *it = &w->b.items[(from + i) % w->b.count];

        if (it->state == state)
            return it;
    }
    return NULL;
}

/* A draft and two approvals, one of which is not finished in peace. */
static void release_one(world *w, item *it)
{
    const char *const draft[] = { "release",   "draft",  it->id, "--to", "THEIR",
                                  "--purpose", "CT-INV", "--as", "ana",  NULL };
    const char *const first[] = { "release", "approve", it->release, "--as", "fdo1", NULL };
    const char *const second[] = { "release", "approve", it->release, "--as", "fdo2", NULL };
    uint32_t which = below(w, 4);

    if (which != 0 || doomed(w, false, draft) != 0)
        pair_must(&w->p, OUR, draft);
    assert_true(pair_member(&w->p, "draft", it->release, sizeof it->release));
    if (which != 1)
        pair_must(&w->p, OUR, first);
    else if (doomed(w, false, first) != 0)
        again(w, 77, first); /* "has approved already" */
    if (which < 2)
        pair_must(&w->p, OUR, second);
    else if (doomed(w, false, second) != 0)
        again(w, 77, second);
    it->state = ITEM_SENT;
}

static void recall_one(world *w, item *it)
{
    const char *const words[] = {
        "recall", it->release, "--reason", "mistake", "--as", "law", NULL
    };

    if (doomed(w, false, words) != 0)
        again(w, 65, words); /* "is called back already" */
    it->state = ITEM_CALLED;
}

/* Whatever became of it, the next one finds what both hold. */
static void match_some(world *w)
{
    const char *const words[] = { "match",  "run",  "--with", "THEIR", "--purpose",
                                  "CT-INV", "--as", "ana",    NULL };

    if (doomed(w, true, words) != 0)
        again(w, 0, words);
    if (strstr(w->p.text, "\"hits\":1") == NULL)
        fail_msg("%s: the one record that both hold is not found: %.300s", w->sentence, w->p.text);
}

static void something(world *w)
{
    item *own = one_of(w, ITEM_OWN), *sent = one_of(w, ITEM_SENT);
    uint32_t what = below(w, 20);

    if (what < 2)
        match_some(w);
    else if (what < 8 && sent != NULL)
        recall_one(w, sent);
    else if (what < 15 && own != NULL)
        release_one(w, own);
    else
        import_some(w);
}

/* ---- the two nodes ---- */

static world *world_new(uint64_t seed)
{
    world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->random = seed;
    pair_begin(&w->p);
    book_begin(&w->b, &w->p);
    people_shared(&w->p);
    return w;
}

static void world_free(world *w)
{
    pair_finish(&w->p);
    book_end(&w->b);
    free(w);
}

static void world_check(world *w)
{
    pair_settle(&w->p);
    for (int n = 0; n < PAIR_NODES; n++) {
        if (PAIR_RUN(&w->p, n, "doctor") != 0)
            fail_msg("%s: the doctor of %s finds: %.1500s", w->sentence, pair_codes[n], w->p.text);
        if (PAIR_RUN(&w->p, n, "log", "verify") != 0)
            fail_msg("%s: a log of %s: %.1500s", w->sentence, pair_codes[n], w->p.text);
    }
    if (!book_check(&w->b))
        fail_msg("%s: %s", w->sentence, w->b.wrong);
}

static long number_of(const char *name, long usual)
{
    const char *asked = getenv(name);

    return asked == NULL ? usual : strtol(asked, NULL, 10);
}

static void whatever_is_killed_what_was_acknowledged_is_there_once(void **state)
{
    long points = number_of("ENT_KILLS", POINTS), seed = number_of("ENT_KILL_SEED", 1);
    unsigned killed[VICTIMS] = { 0 }, acknowledged = 0, asked_again = 0, items = 0;

    (void)state;
    for (long done = 0; done < points;) {
        long until = points - done > CHUNK ? done + CHUNK : points;
        world *w = world_new((uint64_t)(seed + done));

        w->loud = points > POINTS;
        for (; done < until; done++) {
            something(w);
            world_check(w);
        }
        for (int v = 0; v < VICTIMS; v++)
            killed[v] += w->killed[v];
        acknowledged += w->acknowledged;
        asked_again += w->asked_again;
        items += w->made;
        world_free(w);
    }
    print_message(
        "# %ld points from seed %ld: %u records, %u commands acknowledged in spite of the "
        "kill, %u asked again;",
        points, seed, items, acknowledged, asked_again);
    for (int v = 0; v < VICTIMS; v++)
        print_message(" %s %u%s", victim_names[v], killed[v], v + 1 < VICTIMS ? "," : "\n");
}

/* ---- the checker, checked ---- */

__attribute__((format(printf, 3, 4))) static void sql(world *w, int node, const char *fmt, ...)
{
    char path[PAIR_PATH + 32], text[1024], *why = NULL;
    sqlite3 *db = NULL;
    va_list ap;

    (void)snprintf(path, sizeof path, "%s/holdings.db", w->p.home[node]);
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why);
    (void)sqlite3_close(db);
}

#define ROW_COPY                                                                               \
    "INSERT INTO object(owner,id,version,type,bytes,received,source,retention,latest) SELECT " \
    "'OUR','%s','2024','identity',CAST('{\"name\":\"%s\"}' AS BLOB),0,'','',1"

/* The smallest change in each of the ways in which work can be lost or come back. */
static void plant(world *w, int which, const item *own, const item *sent, const item *called)
{
    switch (which) {
    case 0:
        sql(w, OUR, "DELETE FROM object WHERE id='%s' AND owner=''", own->id);
        break;
    case 1:
        sql(w, OUR, "UPDATE object SET bytes=x'' WHERE id='%s' AND owner=''", own->id);
        break;
    case 2:
        sql(w, THEIR, "DELETE FROM object WHERE id='%s' AND owner='OUR'", sent->id);
        break;
    case 3:
        sql(w, THEIR, ROW_COPY, called->id, called->name);
        break;
    case 4:
        sql(w, THEIR, ROW_COPY, own->id, own->name);
        break;
    case 5:
        sql(w, OUR, "UPDATE doc SET state='sent' WHERE kind='release' AND id='%s'", sent->release);
        break;
    case 6:
        sql(w, THEIR, ROW_COPY, "identity--another", called->name);
        break;
    case 7:
        pair_shell("cp '%s/old' '%s/checkpoint'", w->p.folder, w->b.logs[0].folder);
        break;
    case 8:
        pair_shell("rm -r '%s/tile/entries'", w->b.logs[0].folder);
        break;
    case 9: /* the last entry of the mirror says another thing */
        pair_shell("sed -i 's/\"v\":1/\"v\":2/' '%s/tile/entries/000.p/%zu'", w->b.logs[4].folder,
                   w->b.logs[4].count);
        break;
    case 10:
        pair_shell("cp '%s/journal' '%s/checkpoint'", w->p.folder, w->b.logs[2].folder);
        break;
    default:
        pair_shell("rm '%s/checkpoint'", w->b.logs[4].folder);
    }
}

#define PLANTS 12

static void peace(world *w, item *it, bool recalled)
{
    PAIR_MUST(&w->p, OUR, "release", "draft", it->id, "--to", "THEIR", "--purpose", "CT-INV",
              "--as", "ana");
    assert_true(pair_member(&w->p, "draft", it->release, sizeof it->release));
    PAIR_MUST(&w->p, OUR, "release", "approve", it->release, "--as", "fdo1");
    PAIR_MUST(&w->p, OUR, "release", "approve", it->release, "--as", "fdo2");
    it->state = ITEM_SENT;
    if (!recalled)
        return;
    pair_settle(&w->p);
    PAIR_MUST(&w->p, OUR, "recall", it->release, "--reason", "mistake", "--as", "law");
    it->state = ITEM_CALLED;
}

static void every_planted_loss_is_found(void **state)
{
    world *w = world_new(1);
    char text[4096] = "", path[PAIR_PATH];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        person_write(w, &w->b.items[i], text, sizeof text);
    w->b.count = 3;
    pair_file(&w->p, "items.jsonl", text, path);
    PAIR_MUST(&w->p, OUR, "import", path);
    pair_shell("cp '%s/checkpoint' '%s/old'", w->b.logs[0].folder, w->p.folder);
    pair_shell("cp '%s/checkpoint' '%s/journal'", w->b.logs[2].folder, w->p.folder);
    peace(w, &w->b.items[1], false);
    peace(w, &w->b.items[2], true);
    world_check(w);
    for (int n = 0; n < PAIR_NODES; n++)
        assert_int_equal(pair_serve_end(&w->p, n, SIGTERM), 0);
    pair_shell("cd '%s' && tar cf saved OUR THEIR", w->p.folder);
    for (int i = 0; i < PLANTS; i++) {
        if (!book_check(&w->b))
            fail_msg("before loss %d: %s", i, w->b.wrong);
        plant(w, i, &w->b.items[0], &w->b.items[1], &w->b.items[2]);
        if (book_check(&w->b))
            fail_msg("loss %d is not found", i);
        print_message("# loss %d: %.200s\n", i, w->b.wrong + (w->b.wrong[0] == '/' ? 20 : 0));
        pair_shell("cd '%s' && rm -rf OUR THEIR && tar xf saved", w->p.folder);
    }
    world_free(w);
}

RUN_TESTS(TEST(every_planted_loss_is_found),
          TEST(whatever_is_killed_what_was_acknowledged_is_there_once))
