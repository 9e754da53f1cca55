/* The three backends, each with an empty store for each test; PostgreSQL's server is the
 * test's own (tests/postgres.h) and its tests are skipped where it is not installed. */
#ifndef ENT_TEST_STORE_BACKENDS_H
#define ENT_TEST_STORE_BACKENDS_H

#include "test.h"

#include "postgres.h"
#include "store/store.h"

enum backend { SQLITE, PLAIN, POSTGRES };

static enum backend backend;
static char path[128], folder[64]; /* what store_open gets; where files may be */
static struct postgres server;

static inline int set_up(void **state)
{
    *state = NULL;
    (void)snprintf(folder, sizeof folder, "/tmp/ent-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    if (backend == SQLITE)
        (void)snprintf(path, sizeof path, "%s/db", folder);
    else
        (void)snprintf(path, sizeof path, "%s", backend == PLAIN ? "plain:" : server.url);
    return backend == POSTGRES && server.server > 0 ? postgres_empty(&server) : 0;
}

static inline int tear_down(void **state)
{
    static const char *const tails[] = { "", "-wal", "-shm", "-copy", "-copy-wal", "-copy-shm" };
    char file[160];

    (void)state;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        (void)snprintf(file, sizeof file, "%s/db%s", folder, tails[i]);
        (void)remove(file);
    }
    (void)rmdir(folder);
    return 0;
}

static inline void backend_needed(void)
{
    if (backend == POSTGRES && server.server <= 0) {
        print_message("# skipped: PostgreSQL 15 is not installed\n");
        skip();
    }
}

/* Opens the store of this test, or skips the test. */
static inline store *opened(void)
{
    ent_err err = { 0 };
    store *s = NULL;

    backend_needed();
    CHECK_OK(store_open(path, &s, &err), &err);
    return s;
}

static inline ent_code backend_counted(void *arg, const store_row *row, ent_err *err)
{
    (void)row;
    (void)err;
    ++*(int *)arg;
    return ENT_OK;
}

/* How many objects a query finds. */
static inline int found(store *s, store_query query)
{
    ent_err err = { 0 };
    int count = 0;

    CHECK_OK(store_objects_each(s, &query, backend_counted, &count, &err), &err);
    return count;
}

/* The tests over each backend, which has a name; how many failed. */
#define BACKENDS_RUN(names, tests) backends_run(names, tests, sizeof(tests) / sizeof *(tests))
static inline int backends_run(const char *const names[], const struct CMUnitTest *tests,
                               size_t count)
{
    int failed = 0;

    (void)postgres_start(&server);
    for (int i = SQLITE; i <= POSTGRES; i++) {
        backend = (enum backend)i;
        failed += _cmocka_run_group_tests(names[i], tests, count, NULL, NULL);
    }
    postgres_stop(&server);
    return failed;
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
