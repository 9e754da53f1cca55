/* sim: leaks that are planted one at a time (base/planted.def), each of which the pairs of
 * sim/interference.h must find within 200 histories.  What was planted and where it was found
 * is printed.  This program compiles the files that have a place for a leak for itself. */
#define _XOPEN_SOURCE 700
#undef _FORTIFY_SOURCE /* sim/border.h counts what the server calls */
#include <ftw.h>

#include "campaign.h"
#include "sim/interference.h"

#include "base/json_write.h"
#include "base/planted.h"
#include "desk/work.h"

#include <dirent.h>
#include <microhttpd.h>
#include <zlib.h>

#define HISTORIES 200

int ent_plant = ENT_PLANT_NONE;

/* ---- what others have ---- */

/* "…/SVB/out" seen from CTB's door, and the other way round. */
static void other_folder(const char *folder, char other[400])
{
    char *at;

    (void)snprintf(other, 400, "%s", folder);
    at = strstr(other, "/SVB/");
    if (at != NULL) {
        memcpy(at, "/CTB/", 5);
        return;
    }
    at = strstr(other, "/CTB/");
    if (at != NULL)
        memcpy(at, "/SVB/", 5);
}

static unsigned other_bodies(const char *folder)
{
    char other[400], path[420];
    unsigned count = 0;
    DIR *dir;

    other_folder(folder, other);
    (void)snprintf(path, sizeof path, "%s/body", other);
    dir = opendir(path);
    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        (void)closedir(dir);
    return count;
}

bool ent_plant_other_has(const char *folder, const char *name)
{
    char other[400], path[600];

    other_folder(folder, other);
    (void)snprintf(path, sizeof path, "%s/%s", other, name);
    return access(path, R_OK) == 0;
}

/* The other's checkpoint. */
static size_t other_head(const char *folder, char bytes[1000])
{
    char other[400], path[420];
    size_t size = 0;
    FILE *in;

    other_folder(folder, other);
    (void)snprintf(path, sizeof path, "%s/checkpoint", other);
    in = fopen(path, "rb");
    if (in != NULL) {
        size = fread(bytes, 1, 1000, in);
        (void)fclose(in);
    }
    return size;
}

/* ---- leaks at the border ---- */

static void header(void *answer, const char *name, unsigned long value)
{
    char text[40];

    (void)snprintf(text, sizeof text, "%lu", value);
    (void)MHD_add_response_header(answer, name, text);
}

void ent_plant_border(void *answer, const char *folder, const char *name)
{
    static char asked[2][64]; /* at which door of the two holdings was asked last */
    char *last = asked[strstr(folder, "/1/") != NULL];
    char head[1000], small[4000];
    size_t size = other_head(folder, head);
    uLongf packed = sizeof small;
    const struct timespec moment = { 0, 1000 };

    (void)name;
    if (ENT_PLANTED(ETAG))
        header(answer, "ETag", ent_hash_of(head, size).bytes[0]);
    if (ENT_PLANTED(GLOBAL_LOG) && size > 0)
        header(answer, "X-Log", (unsigned long)atol(memchr(head, '\n', size)));
    if (ENT_PLANTED(RETRY_AFTER))
        header(answer, "Retry-After", other_bodies(folder));
    if (ENT_PLANTED(SHARED_CACHE)) {
        header(answer, "X-Cache", strcmp(last, folder) == 0);
        (void)snprintf(last, sizeof asked[0], "%s", folder);
    }
    if (ENT_PLANTED(DICTIONARY)) {
        (void)compress((Bytef *)small, &packed, (const Bytef *)head, (uLong)size);
        header(answer, "X-Packed", packed);
    }
    if (ENT_PLANTED(PADDED))
        header(answer, "X-Pad", other_bodies(folder) % 2 == 0 ? 1 : 10);
    for (unsigned i = other_bodies(folder) % 4; ENT_PLANTED(SLEEP) && i > 0; i--)
        (void)nanosleep(&moment, NULL);
}

/* ---- leaks at the desk ---- */

static ent_code row_count(void *arg, const store_row *row, ent_err *err)
{
    unsigned long *number = arg;

    (void)err;
    *number = ENT_PLANTED(ROW_NUMBER) ? (unsigned long)row->number : *number + 1;
    return ENT_OK;
}

/* Of everything that is held: the last row's number, or how many there are. */
static unsigned long rows(desk *d)
{
    const store_query query = { .every = true };
    unsigned long number = 0;
    ent_err err = { 0 };

    (void)!store_objects_each(d->store, &query, row_count, &number, &err);
    return number;
}

static ent_code doc_count(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    ++*(unsigned long *)arg;
    return ENT_OK;
}

static unsigned long docs(desk *d, const char *kind, const char *peer)
{
    unsigned long number = 0;
    ent_err err = { 0 };

    (void)!store_docs_each(d->store, kind, peer, NULL, doc_count, &number, &err);
    return number;
}

static void tell(void *writer, unsigned long number)
{
    ent_jw_key(writer, "x");
    ent_jw_int(writer, (int64_t)number);
}

void ent_plant_release(void *writer, void *desk_, void *objects, size_t size, size_t count)
{
    char *bytes = objects, kept[8192];
    desk *d = desk_;
    int64_t own = 0;
    ent_err err = { 0 };

    if (strcmp(d->code, "DSV") != 0)
        return;
    if (ENT_PLANTED(ROW_NUMBER) || ENT_PLANTED(VERSION_GAPS))
        tell(writer, rows(d));
    if (ENT_PLANTED(TOTAL_COUNT) && store_count(d->store, "", &own, &err) == ENT_OK)
        tell(writer, (unsigned long)own);
    if (ENT_PLANTED(MEMBERS))
        tell(writer, docs(d, "release", "CTB")); /* what was given is taken back on a refusal */
    if (ENT_PLANTED(POLICY_VERSION))
        tell(writer, docs(d, "refused", "CTB"));
    /* The first goes last, by how much there is or by whether it is an odd number. */
    if ((ENT_PLANTED(GLOBAL_ORDER) || ENT_PLANTED(HASH_ORDER)) && count > 1 && size < sizeof kept &&
        rows(d) % (ENT_PLANTED(GLOBAL_ORDER) ? 2 : 3) == 1) {
        memcpy(kept, bytes, size);
        memmove(bytes, bytes + size, size * (count - 1));
        memcpy(bytes + size * (count - 1), kept, size);
    }
}

void ent_plant_receipt(void *writer, void *desk_)
{
    desk *d = desk_;

    if (strcmp(d->code, "DSV") != 0)
        return;
    if (ENT_PLANTED(RECEIPT_INDEX))
        tell(writer, docs(d, "release", NULL));
    if (ENT_PLANTED(CAPABILITIES))
        tell(writer, docs(d, "run", "CTB"));
}

/* ---- the test ---- */

static void nothing_said(void **state)
{
    const campaign_seed *s = *state;

    interference_pair(s->seed, s->tally);
}

/* True if the pair of this seed tells the two holdings apart. */
static bool found_by(uint64_t seed)
{
    pid_t pid = fork();
    int status = 0;

    assert_true(pid >= 0);
    if (pid == 0) {
        static unsigned tally[CAMPAIGN_TALLY];
        campaign_seed s = { NULL, seed, tally };
        const struct CMUnitTest tests[] = { { "seed", nothing_said, NULL, NULL, &s } };
        FILE *out = tmpfile();

        (void)dup2(fileno(out), STDOUT_FILENO);
        (void)dup2(fileno(out), STDERR_FILENO);
        _exit(cmocka_run_group_tests(tests, NULL, NULL) != 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void every_planted_leak_is_found_within_200_histories(void **state)
{
    static const char *const whats[] = {
        "nothing",
#define X(symbol, what) what,
#include "base/planted.def"
#undef X
    };
    unsigned missed = 0;

    (void)state;
    assert_false(found_by(1)); /* and nothing is found where nothing is planted */
    ent_plant = getenv("PLANT") == NULL ? 1 : atoi(getenv("PLANT"));
    for (; ent_plant < ENT_PLANT_COUNT; ent_plant++) {
        uint64_t seed = 1;

        while (seed <= HISTORIES && !found_by(seed))
            seed++;
        print_message("# planted: %s: %s %" PRIu64 "\n", whats[ent_plant],
                      seed <= HISTORIES ? "found by history" : "NOT FOUND in", seed);
        missed += seed > HISTORIES;
    }
    if (missed > 0)
        fail_msg("%u of %d leaks were not found", missed, ENT_PLANT_COUNT - 1);
    print_message("# all of %d planted leaks were found\n", ENT_PLANT_COUNT - 1);
}

RUN_TESTS(TEST(every_planted_leak_is_found_within_200_histories))
