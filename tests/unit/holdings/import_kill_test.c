/* import: killed by SIGKILL in the middle, at random points, on both databases.  Whatever was
 * told is there, nothing is half there, and importing again completes it.  A few points in
 * `make test`; ENT_KILLS=500 in `make soak`. */
#include "unit/store/backends.h"

#include "holdings/import.h"
#include "unit/holdings/failing_vfs.h"

#define RECORDS 2650 /* a batch and a part of one; no whole number of look-aheads */
#define BATCH   2000

static char *text;
static size_t size;
static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

static void text_make(void)
{
    size_t room = (size_t)RECORDS * 220;

    text = malloc(room);
    assert_non_null(text);
    for (int i = 0; i < RECORDS; i++)
        size +=
            (size_t)snprintf(text + size, room - size,
                             "{\"id\":\"%d\",\"agency\":\"OFAC\",\"schema\":\"person\",\"names\":[{"
                             "\"full\":\"Elkhan Number%d\"}],\"dob\":[\"1984-01-19\"],\"ids\":[{"
                             "\"type\":\"passport\",\"number\":\"A%06d\",\"country\":\"qb\"}]}\n",
                             i, i, i);
}

static void not_random(void *arg, void *bytes, size_t wanted)
{
    (void)arg;
    memset(bytes, 7, wanted);
}

/* What is durable, told as it becomes so. */
static void progress(void *arg, const holdings_import_count *count)
{
    uint32_t added = (uint32_t)count->added;

    if (*(const int *)arg >= 0 && write(*(const int *)arg, &added, sizeof added) != sizeof added)
        _exit(3);
}

/* `die` > 0: killed when so many bytes were fed. */
static ent_code import(store *s, int told, size_t die, holdings_import_count *count, ent_err *err)
{
    holdings_import_options options = { .formats = { FORMATS_COUNT, NULL, NULL },
                                        .source = ENT_STR("import:kill"),
                                        .now = INT64_C(1767225600) * ENT_SECOND,
                                        .random = not_random,
                                        .progress = progress,
                                        .arg = &told };
    holdings_import *i = NULL;
    ent_code rc = holdings_import_new(s, &options, &i, err);

    for (size_t at = 0; rc == ENT_OK && at < size; at += 512) {
        rc = holdings_import_feed(i, text + at, size - at < 512 ? size - at : 512, err);
        if (die > 0 && at >= die)
            (void)raise(SIGKILL);
    }
    if (rc == ENT_OK)
        rc = holdings_import_end(i, true, err);
    if (rc == ENT_OK)
        *count = *holdings_import_counted(i);
    holdings_import_free(i);
    return rc;
}

static void child_run(int told, long at)
{
    holdings_import_count count;
    ent_err err = { 0 };
    store *s;

    disk.seen = 0;
    disk.fault = DISK_KILLS;
    disk.at = backend == SQLITE ? at : 0;
    if (store_open(path, &s, &err) != ENT_OK ||
        import(s, told, backend == SQLITE ? 0 : (size_t)at, &count, &err) != ENT_OK)
        _exit(1);
    store_close(s);
    _exit(0);
}

static ent_code count_each(void *arg, const store_row *row, ent_err *err)
{
    (void)err;
    CHECK(row->bytes.size > 0);
    (*(size_t *)arg)++;
    return ENT_OK;
}

static size_t found_whole(store *s, store_query query)
{
    ent_err err = { 0 };
    size_t count = 0;

    CHECK_OK(store_objects_each(s, &query, count_each, &count, &err), &err);
    return count;
}

static void killed_at(long at)
{
    uint32_t acknowledged = 0, have;
    holdings_import_count count;
    ent_err err = { 0 };
    size_t held;
    int told[2];
    pid_t child;
    store *s;

    CHECK_INT(pipe(told), 0);
    child = fork();
    if (child == 0) {
        (void)close(told[0]);
        child_run(told[1], at);
    }
    (void)close(told[1]);
    while (read(told[0], &have, sizeof have) == sizeof have)
        acknowledged = have;
    (void)waitpid(child, NULL, 0);
    (void)close(told[0]);
    CHECK_OK(store_open(path, &s, &err), &err);
    CHECK_OK(store_begin(s, &err), &err); /* a server may still be rolling back */
    store_rollback(s);
    CHECK_OK(store_check(s, &err), &err);
    held = found_whole(s, (store_query){ .every = true });
    if (held < acknowledged || (held != 0 && held != BATCH && held != RECORDS))
        fail_msg("killed at %ld: %zu are there, %u were told", at, held, acknowledged);
    CHECK_INT(found_whole(s, (store_query){ .text = "elkhan" }), held);
    CHECK_OK(import(s, -1, 0, &count, &err), &err);
    CHECK_INT(count.unchanged, held);
    CHECK_INT(count.added, RECORDS - held);
    CHECK_INT(found_whole(s, (store_query){ .key = "doc:QB:A002649" }), 1);
    store_close(s);
}

/* How many operations on files a whole import has. */
static long operations(void)
{
    holdings_import_count count;
    ent_err err = { 0 };
    store *s = opened();
    long seen;

    disk.seen = disk.at = 0;
    CHECK_OK(import(s, -1, 0, &count, &err), &err);
    CHECK_INT(count.added, RECORDS);
    store_close(s);
    seen = disk.seen;
    return seen;
}

static void an_import_killed_anywhere_loses_nothing_and_half_does_nothing(void **state)
{
    const char *asked = getenv("ENT_KILLS");
    long kills = asked == NULL ? 10 : strtol(asked, NULL, 10), all;

    (void)state;
    backend_needed();
    if (backend == POSTGRES && asked == NULL)
        kills = 3;
    CHECK_INT(set_up(state), 0);
    all = backend == SQLITE ? operations() : (long)size;
    (void)tear_down(state);
    for (long i = 0; i < kills; i++) {
        seed = (uint64_t)i + 1;
        CHECK_INT(set_up(state), 0);
        killed_at(1 + (long)below((uint32_t)all));
        (void)tear_down(state);
    }
}

int main(void)
{
    static const char *const names[] = { "kills on sqlite", "", "kills on postgres" };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_import_killed_anywhere_loses_nothing_and_half_does_nothing),
    };
    int failed = 0;

    text_make();
    disk_register();
    (void)postgres_start(&server);
    for (int i = SQLITE; i <= POSTGRES; i += POSTGRES) {
        backend = (enum backend)i;
        failed += cmocka_run_group_tests_name(names[i], tests, NULL, NULL);
    }
    postgres_stop(&server);
    free(text);
    return failed;
}
