/* Every allocation and every call of files, sockets and processes of an operation fails, once, in
 * the real program and all processes below it (shim/shim.h).  Whatever the command then says is
 * held against it: 0 promises that it was done; anything else must come with words, must not be "a
 * mistake in entente" nor a crash, and must leave nothing half done.  The doctor must be content,
 * and the same words again, with nothing failing, must complete it.  What a release or a recall did
 * is looked for at the other end (kills/book.h).  Where it was refused and left every file as it
 * was, nothing of that is asked: it is the start of the next one.  A few calls of each operation in
 * `make test`; FAULTS=N of each in `make soak`, 0: all, FAULT_FROM=n from the n-th on (those of
 * memory come first, those of files behind them), FAULT_OPERATION=name of one alone. */
#include "flow/kills/book.h"
#include "flow/people.h"
#include "flow/shim/recorder.h"

#include <inttypes.h>

#include <ftw.h>

#define POINTS 3 /* of each operation and class in make test */
#define PEOPLE 6

typedef struct world {
    pair p;
    book b;
    recorder r;
    char ids[4][40]; /* of releases: drafted, approved once, packed, received */
    char said[PAIR_TEXT], search_for[24];
    unsigned long before;  /* calls of the class that is swept first */
    uint64_t kept;         /* the print of the homes as they are put back */
    unsigned long nothing; /* calls after which nothing had changed */
    char what[800];
} world;

/* One operation: who does it, its words, and which exit status says that it is done already. */
typedef struct operation {
    const char *name;
    int node, already;
    void (*words)(world *w, const char *words[12]);
    /* After a command that ended with `status`, and again after it was repeated: then 0.
     * `complete`: it must be there wholly. */
    void (*look)(world *w, bool complete);
} operation;

#define SET(words, ...)                                    \
    memcpy((words), (const char *[]){ __VA_ARGS__, NULL }, \
           sizeof((const char *[]){ __VA_ARGS__, NULL }))

static const char *path_in(const world *w, const char *name)
{
    static char paths[4][PAIR_PATH];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, PAIR_PATH, "%.400s/%s", w->p.folder, name);
    return path;
}

/* ---- what must be there ---- */

static int rows_of(world *w, int node, const char *id, const char *owner)
{
    book_db d;
    int count;

    if (!book_open(&w->b, node, &d))
        fail_msg("%s", w->b.wrong);
    count = book_rows(&d, id, owner);
    book_close(&d);
    return count;
}

/* All of the file, or nothing. */
static void import_look(world *w, bool complete)
{
    size_t there = 0;

    for (size_t i = 4; i < PEOPLE; i++)
        there += rows_of(w, OUR, w->b.items[i].id, "") == 1;
    if (there != PEOPLE - 4 && (complete || there != 0))
        fail_msg("%s: %zu of %d are there", w->what, there, PEOPLE - 4);
}

static void said_look(world *w, bool complete)
{
    if (complete && strstr(w->p.text, w->search_for) == NULL)
        fail_msg("%s: no '%s' in: %.300s", w->what, w->search_for, w->p.text);
}

/* A release that was approved, or called back, is that at the other end, and only there if it
 * is here. */
static void carry_look(world *w, const char *release, const char *id, int rows)
{
    char state[24] = "";

    PAIR_MUST(&w->p, OUR, "release", "show", release);
    (void)pair_member(&w->p, "state", state, sizeof state);
    PAIR_MUST(&w->p, OUR, "pouch", "pack", "THEIR", path_in(w, "look"));
    PAIR_MUST(&w->p, THEIR, "pouch", "open", path_in(w, "look"));
    if (rows_of(w, THEIR, id, "OUR") != rows)
        fail_msg("%s: %s is %s here and has %d rows there", w->what, release, state,
                 rows_of(w, THEIR, id, "OUR"));
}

static void approve_look(world *w, bool complete)
{
    if (complete)
        carry_look(w, w->ids[1], w->b.items[1].id, 1);
}

static void recall_look(world *w, bool complete)
{
    if (complete)
        carry_look(w, w->ids[3], w->b.items[3].id, 0);
}

static void receive_look(world *w, bool complete)
{
    int rows = rows_of(w, THEIR, w->b.items[2].id, "OUR");

    if (rows != 1 && (complete || rows != 0))
        fail_msg("%s: %d rows of what was received", w->what, rows);
}

static void backup_look(world *w, bool complete)
{
    const char *into = path_in(w, "scratch");
    int status;

    if (!complete && access(path_in(w, "backup.tar"), F_OK) != 0)
        return;
    pair_shell("rm -rf '%s'", into);
    (void)snprintf(w->said, sizeof w->said, "%s", w->p.home[OUR]);
    (void)snprintf(w->p.home[OUR], sizeof w->p.home[OUR], "%s", into);
    status = PAIR_RUN(&w->p, OUR, "restore", path_in(w, "backup.tar"));
    (void)snprintf(w->p.home[OUR], sizeof w->p.home[OUR], "%.500s", w->said);
    pair_shell("rm -rf '%s'", into);
    if (status != 0)
        fail_msg("%s: what was written is no backup: exit %d", w->what, status);
}

static void user_look(world *w, bool complete)
{
    PAIR_MUST(&w->p, OUR, "user", "list");
    if (complete && strstr(w->p.text, "\"eve\"") == NULL)
        fail_msg("%s: she is no user", w->what);
}

static void file_look(world *w, bool complete)
{
    if (complete && access(path_in(w, "invitation"), F_OK) != 0)
        fail_msg("%s: there is no invitation", w->what);
}

static void pouch_look(world *w, bool complete)
{
    if (complete || access(path_in(w, "mail"), F_OK) == 0)
        PAIR_MUST(&w->p, THEIR, "pouch", "open", path_in(w, "mail"));
}

/* What was drafted can be looked at, as often as it was said to be there. */
static void draft_look(world *w, bool complete)
{
    char draft[40] = "";

    if (!complete)
        return;
    if (!pair_member(&w->p, "draft", draft, sizeof draft))
        fail_msg("%s: no draft is named: %.300s", w->what, w->p.text);
    PAIR_MUST(&w->p, OUR, "release", "show", draft);
    if (strstr(w->p.text, w->b.items[0].id) == NULL)
        fail_msg("%s: the draft is not of that record: %.300s", w->what, w->p.text);
}

static void nothing_look(world *w, bool complete)
{
    (void)w;
    (void)complete;
}

/* ---- what is done ---- */

static void import_words(world *w, const char *words[12])
{
    SET(words, "import", path_in(w, "more.jsonl"));
}

static void search_words(world *w, const char *words[12])
{
    SET(words, "search", w->b.items[1].name, "--as", "ana");
}

static void draft_words(world *w, const char *words[12])
{
    SET(words, "release", "draft", w->b.items[0].id, "--to", "THEIR", "--purpose", "CT-INV", "--as",
        "ana");
}

static void approve_words(world *w, const char *words[12])
{
    SET(words, "release", "approve", w->ids[1], "--as", "fdo2");
}

static void pack_words(world *w, const char *words[12])
{
    SET(words, "pouch", "pack", "THEIR", path_in(w, "mail"));
}

static void receive_words(world *w, const char *words[12])
{
    SET(words, "pouch", "open", path_in(w, "came"));
}

static void recall_words(world *w, const char *words[12])
{
    SET(words, "recall", w->ids[3], "--reason", "mistake", "--as", "law");
}

static void match_words(world *w, const char *words[12])
{
    (void)w;
    SET(words, "match", "run", "--with", "THEIR", "--purpose", "CT-INV", "--seconds", "0", "--as",
        "ana");
}

static void backup_words(world *w, const char *words[12])
{
    SET(words, "backup", path_in(w, "backup.tar"));
}

static void verify_words(world *w, const char *words[12])
{
    (void)w;
    SET(words, "log", "verify");
}

static void user_words(world *w, const char *words[12])
{
    (void)w;
    SET(words, "user", "add", "eve", "--role", "analyst");
}

static void invite_words(world *w, const char *words[12])
{
    SET(words, "peer", "invite", "--out", path_in(w, "invitation"), "--address",
        "https://127.0.0.1:1");
}

static void export_words(world *w, const char *words[12])
{
    (void)w;
    SET(words, "export", "--as", "ana");
}

static const operation operations[] = {
    { "import", OUR, 0, import_words, import_look },
    { "search", OUR, 0, search_words, said_look },
    { "release draft", OUR, 0, draft_words, draft_look },
    { "release approve", OUR, 77, approve_words, approve_look },
    { "pouch pack", OUR, 0, pack_words, pouch_look },
    { "pouch open", THEIR, 0, receive_words, receive_look },
    { "recall", OUR, 65, recall_words, recall_look },
    { "match run", OUR, 75, match_words, nothing_look },
    { "backup", OUR, 65, backup_words, backup_look },
    { "log verify", OUR, 0, verify_words, nothing_look },
    { "user add", OUR, 65, user_words, user_look },
    { "peer invite", OUR, 0, invite_words, file_look },
    { "export", OUR, 0, export_words, said_look },
};

#define OPERATIONS (sizeof operations / sizeof *operations)

/* ---- one call that fails ---- */

/* Of every file but what SQLite makes anew: path, size, and when it was written. */
static struct {
    size_t root;
    uint64_t sum;
} prints;

static int print_of(const char *path, const struct stat *st, int type, struct FTW *at)
{
    struct {
        int64_t size, seconds, nanoseconds;
        uint8_t path[32];
    } all = { st->st_size, st->st_mtim.tv_sec, st->st_mtim.tv_nsec, { 0 } };
    size_t size = strlen(path);
    uint64_t sum;

    if (type != FTW_F || (size > 4 && strcmp(path + size - 4, "-shm") == 0) ||
        (size > 4 && strcmp(path + size - 4, "-wal") == 0 && st->st_size == 0) ||
        (at->level == 1 && strcmp(path + at->base, "err") == 0))
        return 0;
    (void)crypto_generichash(all.path, 32, (const uint8_t *)path + prints.root, size - prints.root,
                             NULL, 0);
    (void)crypto_generichash((uint8_t *)&sum, sizeof sum, (const uint8_t *)&all, sizeof all, NULL,
                             0);
    prints.sum += sum;
    return 0;
}

/* A number that is another one when a file was made, written or removed. */
static uint64_t homes_print(const world *w)
{
    prints.root = strlen(w->p.folder);
    prints.sum = 0;
    assert_int_equal(nftw(w->p.folder, print_of, 16, FTW_PHYS), 0);
    return prints.sum;
}

static void homes_reset(world *w)
{
    pair_shell("cd '%s' && rm -rf OUR THEIR mail backup.tar invitation look && cp -a kept/OUR "
               "kept/THEIR . && : >err",
               w->p.folder);
}

static void err_read(world *w, char *said, size_t room)
{
    FILE *in = fopen(path_in(w, "err"), "r");
    size_t size = in == NULL ? 0 : fread(said, 1, room - 1, in);

    said[size] = '\0';
    if (in != NULL)
        (void)fclose(in);
}

/* Runs it with the n-th call of that class failing; false: it has not so many. */
static bool fault_run(world *w, const operation *o, shim_class class, unsigned long n, int *status)
{
    const char *words[12];

    o->words(w, words);
    atomic_store(&w->r.map->calls, 0);
    atomic_store(&w->r.map->failed, 0);
    atomic_store(&w->r.map->fail_at, n);
    atomic_store(&w->r.map->fail_class, class);
    *status = pair_words(&w->p, o->node, words);
    atomic_store(&w->r.map->fail_class, SHIM_NOTHING);
    (void)snprintf(w->what, sizeof w->what,
                   "%s, call %lu of %s (%.40s; FAULT_FROM=%lu) failed, exit %d", o->name, n,
                   class == SHIM_IO ? "i/o" : "memory", w->r.map->what, w->before + n, *status);
    return atomic_load(&w->r.map->failed) != 0;
}

static void fault_judge(world *w, const operation *o, int status)
{
    const char *words[12];
    char said[2048];
    int again;

    err_read(w, said, sizeof said);
    if (status < 0 || status == 70 || status >= 126)
        fail_msg("%s: %.300s", w->what, said);
    if (status != 0 && status != o->already && said[0] == '\0')
        fail_msg("%s without a word", w->what);
    if (status != 0 && homes_print(w) == w->kept) {
        w->nothing++;
        return;
    }
    (void)snprintf(w->what + strlen(w->what), sizeof w->what - strlen(w->what), " (%.300s%.300s)",
                   said, w->p.text);
    o->look(w, status == 0);
    if (PAIR_RUN(&w->p, o->node, "doctor") != 0)
        fail_msg("%s: the doctor finds: %.1500s", w->what, w->p.text);
    o->words(w, words);
    again = pair_words(&w->p, o->node, words);
    if (again != 0 && again != o->already)
        fail_msg("%s; again it is %d", w->what, again);
    o->look(w, true);
}

/* Said as soon as it is known, when it takes hours. */
static void progress(const world *w, const operation *o, unsigned long n)
{
    if ((w->before + n) % 100 != 0)
        return;
    print_message("# %s: up to call %lu\n", o->name, w->before + n);
    (void)fflush(stdout);
}

/* So many calls of one class, at even distances; 0: all.  How many there are. */
static unsigned long operation_sweep(world *w, const operation *o, shim_class class, long points,
                                     unsigned long *done)
{
    const char *asked = getenv("FAULT_FROM");
    unsigned long total, step, first, from = asked == NULL ? 0 : strtoul(asked, NULL, 10);
    int status;

    homes_reset(w);
    w->kept = homes_print(w);
    if (fault_run(w, o, class, 0, &status) || (status != 0 && status != o->already))
        fail_msg("%s, with nothing failing", w->what);
    total = atomic_load(&w->r.map->calls);
    o->look(w, true);
    step = points == 0 || total <= (unsigned long)points ? 1 : total / (unsigned long)points;
    first = step > 1 ? step / 2 + 1 : 1;
    if (from > w->before + first)
        first = from - w->before;
    for (unsigned long n = first; n <= total; n += step, ++*done) {
        homes_reset(w);
        if (fault_run(w, o, class, n, &status))
            fault_judge(w, o, status);
        if (points == 0)
            progress(w, o, n);
    }
    return total;
}

/* ---- two nodes that have worked, and stand still ---- */

static void release_to(world *w, size_t at, int approvals, char *id)
{
    PAIR_MUST(&w->p, OUR, "release", "draft", w->b.items[at].id, "--to", "THEIR", "--purpose",
              "CT-INV", "--as", "ana");
    assert_true(pair_member(&w->p, "draft", id, 40));
    for (int i = 0; i < approvals; i++)
        PAIR_MUST(&w->p, OUR, "release", "approve", id, "--as", i == 0 ? "fdo1" : "fdo2");
}

static void items_write(world *w, const char *name, size_t from, size_t to)
{
    char text[8192] = "", path[PAIR_PATH];

    for (size_t i = from; i < to; i++)
        people_write((unsigned)i + 1, w->b.items[i].id, w->b.items[i].name, text, sizeof text);
    pair_file(&w->p, name, text, path);
}

static void world_make(world *w)
{
    pair_folder(&w->p);
    recorder_begin(&w->r, &w->p, false);
    atomic_store(&w->r.map->lightly, 1);
    pair_homes(&w->p);
    pair_join(&w->p);
    people_shared(&w->p);
    book_begin(&w->b, &w->p);
    items_write(w, "some.jsonl", 0, 4);
    items_write(w, "more.jsonl", 4, PEOPLE);
    PAIR_MUST(&w->p, OUR, "import", path_in(w, "some.jsonl"));
    release_to(w, 3, 2, w->ids[3]);
    pair_settle(&w->p);
    for (int n = 0; n < PAIR_NODES; n++)
        assert_int_equal(pair_serve_end(&w->p, n, SIGTERM), 0);
    release_to(w, 1, 1, w->ids[1]);
    release_to(w, 2, 2, w->ids[2]);
    PAIR_MUST(&w->p, OUR, "pouch", "pack", "THEIR", path_in(w, "came"));
    (void)snprintf(w->search_for, sizeof w->search_for, "%s", w->b.items[1].name);
    pair_shell("cd '%s' && mkdir kept && cp -a OUR THEIR kept", w->p.folder);
}

static void whatever_call_fails_nothing_is_half_done_and_something_is_said(void **state)
{
    const char *asked = getenv("FAULTS"), *only = getenv("FAULT_OPERATION");
    long points = asked == NULL ? POINTS : strtol(asked, NULL, 10);
    world *w;

    (void)state;
    RECORDER_OR_SKIP();
    w = calloc(1, sizeof *w);
    assert_non_null(w);
    world_make(w);
    for (size_t i = 0; i < OPERATIONS; i++) {
        unsigned long calls[SHIM_IO + 1], done = 0;

        if (only != NULL && strcmp(only, operations[i].name) != 0)
            continue;
        w->before = w->nothing = 0;
        for (shim_class c = SHIM_MEMORY; c <= SHIM_IO; c++) {
            calls[c] = operation_sweep(w, &operations[i], c, points, &done);
            w->before += calls[c];
        }
        print_message(
            "# %s: %lu allocations, %lu calls of files, sockets and processes; %lu failed "
            "one by one, %lu of them before anything was written\n",
            operations[i].name, calls[SHIM_MEMORY], calls[SHIM_IO], done, w->nothing);
    }
    recorder_end(&w->r);
    pair_finish(&w->p);
    book_end(&w->b);
    free(w);
}

RUN_TESTS(TEST(whatever_call_fails_nothing_is_half_done_and_something_is_said))
