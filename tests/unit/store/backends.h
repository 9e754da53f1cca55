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

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
