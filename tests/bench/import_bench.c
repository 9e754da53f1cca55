/* Durable import of records, against SQLite's own rate for the same rows in the same run:
 * the same database file settings, tables and indexes, rows ready-made, one transaction per
 * batch as the import has. */
#include "holdings/import.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define RECORDS 20000
#define BATCH   2000
#define ROUNDS  3

static double now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void not_random(void *arg, void *bytes, size_t size)
{
    (void)arg;
    memset(bytes, 7, size);
}

static uint32_t seed = 1;

static uint32_t next(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* Invented records of the usual size: a few names, a date, a document. */
static char *records_make(size_t *size)
{
    static const char *const parts[] = { "Elkhan",  "Nabil",    "Hareth",   "Oxana",
                                         "Bastien", "Mirela",   "Farsoun",  "Juran",
                                         "Zarnouf", "Drevlian", "Corvelay", "Kostadin" };
    size_t room = (size_t)RECORDS * 400;
    char *text = malloc(room);

    *size = 0;
    for (int i = 0; text != NULL && i < RECORDS; i++) {
        const char *a = parts[next(6)], *b = parts[6 + next(6)], *c = parts[next(12)];

        *size += (size_t)snprintf(
            text + *size, room - *size,
            "{\"id\":\"%d\",\"agency\":\"OFAC\",\"schema\":\"person\",\"names\":[{\"full\":\"%s "
            "%s\","
            "\"kind\":\"primary\"},{\"full\":\"%s %s "
            "%s\",\"kind\":\"alias\"}],\"dob\":[\"19%02u-%02u-%02u\"]"
            ",\"nationality\":[\"qb\"],\"ids\":[{\"type\":\"passport\",\"number\":\"%08u\","
            "\"country\":"
            "\"qb\"}],\"notes\":\"listed for reasons that fill a line of text\"}\n",
            i, a, b, a, c, b, 40 + next(60), 1 + next(12), 1 + next(28), next(100000000));
    }
    return text;
}

static ent_code import_run(const char *path, const char *text, size_t size, double *seconds,
                           ent_err *err)
{
    holdings_import_options options = { .formats = { FORMATS_COUNT, NULL, NULL },
                                        .source = ENT_STR("import:bench"),
                                        .now = INT64_C(1767225600) * ENT_SECOND,
                                        .random = not_random };
    holdings_import *import = NULL;
    store *s = NULL;
    double start;
    ent_code rc = store_open(path, &s, err);

    if (rc == ENT_OK)
        rc = holdings_import_new(s, &options, &import, err);
    start = now_s();
    for (size_t at = 0; rc == ENT_OK && at < size; at += 65536)
        rc = holdings_import_feed(import, text + at, size - at < 65536 ? size - at : 65536, err);
    if (rc == ENT_OK)
        rc = holdings_import_end(import, true, err);
    *seconds = now_s() - start;
    if (rc == ENT_OK && holdings_import_counted(import)->added != RECORDS)
        rc = ent_fail(err, ENT_BUG, "%zu of %d came in", holdings_import_counted(import)->added,
                      RECORDS);
    holdings_import_free(import);
    store_close(s);
    return rc;
}

/* The rows of a finished import, inserted by plain SQL into an empty copy of its tables. */
static int raw_run(const char *from, const char *to, double *seconds)
{
    static const char *const copies[] = {
        "INSERT INTO object SELECT * FROM rows.object WHERE number>?1 AND number<=?2",
        "INSERT INTO key SELECT * FROM rows.key WHERE object>?1 AND object<=?2",
        "INSERT INTO ref SELECT * FROM rows.ref WHERE object>?1 AND object<=?2",
        "INSERT INTO words(rowid,text) SELECT rowid,text FROM rows.words WHERE rowid>?1 AND "
        "rowid<=?2",
    };
    char attach[256];
    sqlite3 *db = NULL;
    ent_err err = { 0 };
    store *s = NULL;
    double start;
    int rc;

    if (store_open(to, &s, &err) != ENT_OK)
        return SQLITE_ERROR;
    store_close(s);
    (void)snprintf(attach, sizeof attach, "ATTACH '%s' AS rows", from);
    rc = sqlite3_open(to, &db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                          "PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=8192",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, attach, NULL, NULL, NULL);
    start = now_s();
    for (int i = 0; rc == SQLITE_OK && i < RECORDS; i += BATCH) {
        rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        for (size_t c = 0; rc == SQLITE_OK && c < 4; c++) {
            sqlite3_stmt *stmt = NULL;

            rc = sqlite3_prepare_v2(db, copies[c], -1, &stmt, NULL);
            if (rc == SQLITE_OK) {
                (void)sqlite3_bind_int(stmt, 1, i);
                (void)sqlite3_bind_int(stmt, 2, i + BATCH);
                rc = sqlite3_step(stmt) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
            }
            (void)sqlite3_finalize(stmt);
        }
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    *seconds = now_s() - start;
    (void)sqlite3_close(db);
    return rc;
}

static void stores_remove(const char *ours, const char *raw)
{
    static const char *const tails[] = { "", "-wal", "-shm" };

    for (int i = 0; i < 6; i++) {
        char file[80];

        (void)snprintf(file, sizeof file, "%s%s", i < 3 ? ours : raw, tails[i % 3]);
        (void)remove(file);
    }
}

int main(void)
{
    char folder[] = "/tmp/ent-bench-XXXXXX", ours[64], raw[64];
    double ours_s = 0, raw_s = 0;
    ent_err err = { 0 };
    size_t size;
    char *text = records_make(&size);

    if (text == NULL || mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(ours, sizeof ours, "%s/ours", folder);
    (void)snprintf(raw, sizeof raw, "%s/raw", folder);
    /* The best of each, turn by turn, so that a busy machine is busy for both. */
    for (int i = 0; i < ROUNDS; i++) {
        double a = 0, b = 0;

        stores_remove(ours, raw);
        if (import_run(ours, text, size, &a, &err) != ENT_OK) {
            (void)fprintf(stderr, "import_bench: %s\n", err.msg);
            return 1;
        }
        if (raw_run(ours, raw, &b) != SQLITE_OK)
            return 1;
        ours_s = i == 0 || a < ours_s ? a : ours_s;
        raw_s = i == 0 || b < raw_s ? b : raw_s;
    }
    (void)printf(
        "{\"bench\":\"import/%d/jsonl/records-per-second\",\"value\":%.0f,\"unit\":\"records/s\","
        "\"against\":\"SQLite inserting the same finished rows, %.0f records/s\",\"ratio\":%.3f}\n",
        RECORDS, RECORDS / ours_s, RECORDS / raw_s, raw_s / ours_s);
    free(text);
    stores_remove(ours, raw);
    (void)rmdir(folder);
    return 0;
}
