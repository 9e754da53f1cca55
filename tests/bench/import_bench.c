/* Durable import of records, against each database's own rate for the same rows in the same
 * run: the same settings, tables and indexes, rows ready-made, one transaction per batch as the
 * import has; PostgreSQL takes them by COPY.  And the peak memory of an import of ten thousand
 * and of a million records, which must be the same. */
#include "postgres.h"

#include "holdings/import.h"

#include <sqlite3.h>
#include <sys/resource.h>
#include <time.h>

#define RECORDS 20000
#define MANY    1000000
#define FEW     10000
#define BATCH   2000
#define ROUNDS  3
#define LINE    400

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
static size_t records_make(char *text, size_t room, int from, int count)
{
    static const char *const parts[] = { "Elkhan",  "Nabil",    "Hareth",   "Oxana",
                                         "Bastien", "Mirela",   "Farsoun",  "Juran",
                                         "Zarnouf", "Drevlian", "Corvelay", "Kostadin" };
    size_t size = 0;

    for (int i = from; i < from + count; i++) {
        const char *a = parts[next(6)], *b = parts[6 + next(6)], *c = parts[next(12)];

        size += (size_t)snprintf(
            text + size, room - size,
            "{\"id\":\"%d\",\"agency\":\"OFAC\",\"schema\":\"person\",\"names\":[{\"full\":\"%s "
            "%s\",\"kind\":\"primary\"},{\"full\":\"%s %s %s\",\"kind\":\"alias\"}],\"dob\":["
            "\"19%02u-%02u-%02u\"],\"nationality\":[\"qb\"],\"ids\":[{\"type\":\"passport\","
            "\"number\":\"%08u\",\"country\":\"qb\"}],\"notes\":\"listed for reasons that fill a "
            "line of text\"}\n",
            i, a, b, a, c, b, 40 + next(60), 1 + next(12), 1 + next(28), next(100000000));
    }
    return size;
}

/* Records are made as they are read: nothing of them is kept. */
static ent_code import_run(const char *where, int records, double *seconds, ent_err *err)
{
    static char text[1000 * LINE];
    holdings_import_options options = { .formats = { FORMATS_COUNT, NULL, NULL },
                                        .source = ENT_STR("import:bench"),
                                        .now = INT64_C(1767225600) * ENT_SECOND,
                                        .random = not_random };
    holdings_import *import = NULL;
    store *s = NULL;
    ent_code rc = store_open(where, &s, err);

    if (rc == ENT_OK)
        rc = holdings_import_new(s, &options, &import, err);
    seed = 1;
    *seconds = 0;
    for (int at = 0; rc == ENT_OK && at < records; at += 1000) {
        size_t size = records_make(text, sizeof text, at, 1000);
        double start = now_s();

        rc = holdings_import_feed(import, text, size, err);
        if (rc == ENT_OK && at + 1000 >= records)
            rc = holdings_import_end(import, true, err);
        *seconds += now_s() - start;
    }
    if (rc == ENT_OK && holdings_import_counted(import)->added != (size_t)records)
        rc = ent_fail(err, ENT_BUG, "%zu of %d came in", holdings_import_counted(import)->added,
                      records);
    holdings_import_free(import);
    store_close(s);
    return rc;
}

/* The rows of a finished import, held in memory, are inserted into an empty store row by row
 * with prepared statements, in the order in which the import wrote them: what SQLite can do
 * for somebody who has nothing else to do. */
static const char *const selects[] = {
    "SELECT number,owner,id,version,type,bytes,received,source,retention,latest,tombstone,handling,"
    "quarantine,since,until,lat,lon FROM object ORDER BY number",
    "SELECT key,object FROM key ORDER BY object",
    "SELECT target,object FROM ref ORDER BY object",
    "SELECT text,rowid FROM words ORDER BY rowid",
};
static const char *const inserts[] = {
    "INSERT INTO object(number,owner,id,version,type,bytes,received,source,retention,latest,"
    "tombstone,handling,quarantine,since,until,lat,lon)"
    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)",
    "INSERT OR IGNORE INTO key(key,object) VALUES(?1,?2)",
    "INSERT OR IGNORE INTO ref(target,object) VALUES(?1,?2)",
    "INSERT INTO words(text,rowid) VALUES(?1,?2)",
};

struct rows {
    sqlite3_value **cells;
    int count, columns;
};

static int rows_load(sqlite3 *db, int table, struct rows *rows)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, selects[table], -1, &stmt, NULL), room = 0;

    *rows = (struct rows){ NULL, 0, sqlite3_column_count(stmt) };
    while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        if (rows->count == room) {
            room = room == 0 ? 1024 : room * 2;
            rows->cells =
                realloc(rows->cells, (size_t)(room * rows->columns) * sizeof *rows->cells);
            if (rows->cells == NULL)
                return SQLITE_NOMEM;
        }
        for (int c = 0; c < rows->columns; c++)
            rows->cells[rows->count * rows->columns + c] =
                sqlite3_value_dup(sqlite3_column_value(stmt, c));
        rows->count++;
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

static void rows_free(struct rows *rows)
{
    for (int i = 0; i < rows->count * rows->columns; i++)
        sqlite3_value_free(rows->cells[i]);
    free(rows->cells);
}

static int row_put(sqlite3_stmt *stmt, const struct rows *rows, int row)
{
    int rc;

    (void)sqlite3_reset(stmt);
    for (int c = 0; c < rows->columns; c++)
        (void)sqlite3_bind_value(stmt, c + 1, rows->cells[row * rows->columns + c]);
    rc = sqlite3_step(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* An object's row, and then its rows in the other tables. */
static int rows_put(sqlite3 *db, const struct rows rows[4], double *seconds)
{
    sqlite3_stmt *stmt[4] = { NULL };
    int at[4] = { 0 }, rc = SQLITE_OK;
    double start = now_s();

    for (int t = 0; rc == SQLITE_OK && t < 4; t++)
        rc = sqlite3_prepare_v2(db, inserts[t], -1, &stmt[t], NULL);
    for (int i = 0; rc == SQLITE_OK && i < rows[0].count; i++) {
        sqlite3_int64 number = sqlite3_value_int64(rows[0].cells[i * rows[0].columns]);

        if (i % BATCH == 0)
            rc = sqlite3_exec(db, i == 0 ? "BEGIN IMMEDIATE" : "COMMIT; BEGIN IMMEDIATE", NULL,
                              NULL, NULL);
        if (rc == SQLITE_OK)
            rc = row_put(stmt[0], &rows[0], i);
        for (int t = 1; t < 4; t++)
            while (rc == SQLITE_OK && at[t] < rows[t].count &&
                   sqlite3_value_int64(rows[t].cells[at[t] * rows[t].columns + 1]) == number)
                rc = row_put(stmt[t], &rows[t], at[t]++);
    }
    for (int t = 0; t < 4; t++)
        (void)sqlite3_finalize(stmt[t]);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    *seconds = now_s() - start;
    return rc;
}

static int raw_run(const char *from, const char *to, double *seconds)
{
    struct rows rows[4] = { { NULL, 0, 0 } };
    sqlite3 *db = NULL;
    ent_err err = { 0 };
    store *s = NULL;
    int rc = sqlite3_open(from, &db);

    for (int t = 0; rc == SQLITE_OK && t < 4; t++)
        rc = rows_load(db, t, &rows[t]);
    (void)sqlite3_close(db);
    db = NULL;
    if (rc != SQLITE_OK || store_open(to, &s, &err) != ENT_OK)
        return SQLITE_ERROR;
    store_close(s);
    rc = sqlite3_open(to, &db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                          "PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=8192",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = rows_put(db, rows, seconds);
    for (int t = 0; t < 4; t++)
        rows_free(&rows[t]);
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

static void rate_print(const char *name, const char *against, double ours_s, double raw_s)
{
    (void)printf("{\"bench\":\"import/%d/jsonl/%s/records-per-second\",\"value\":%.0f,\"unit\":"
                 "\"records/s\",\"against\":\"%s the same finished rows, %.0f records/s\","
                 "\"ratio\":%.3f}\n",
                 RECORDS, name, RECORDS / ours_s, against, RECORDS / raw_s, raw_s / ours_s);
    (void)fflush(stdout);
}

/* The best of each, turn by turn, so that a busy machine is busy for both. */
static int sqlite_bench(const char *ours, const char *raw)
{
    double ours_s = 0, raw_s = 0;
    ent_err err = { 0 };

    for (int i = 0; i < ROUNDS; i++) {
        double a = 0, b = 0;

        stores_remove(ours, raw);
        if (import_run(ours, RECORDS, &a, &err) != ENT_OK) {
            (void)fprintf(stderr, "import_bench: %s\n", err.msg);
            return 1;
        }
        if (raw_run(ours, raw, &b) != SQLITE_OK)
            return 1;
        ours_s = i == 0 || a < ours_s ? a : ours_s;
        raw_s = i == 0 || b < raw_s ? b : raw_s;
    }
    stores_remove(ours, raw);
    rate_print("sqlite", "SQLite inserting", ours_s, raw_s);
    return 0;
}

/* ---- PostgreSQL ---- */

static const char *const copied[] = { "object", "key", "ref", "words" };

struct piece {
    char *bytes;
    size_t size, room;
};

static int copy_out(PGconn *c, const char *table, struct piece *all)
{
    char sql[64], *bytes;
    PGresult *r;
    int size;

    (void)snprintf(sql, sizeof sql, "COPY %s TO STDOUT (FORMAT binary)", table);
    r = PQexec(c, sql);
    PQclear(r);
    while ((size = PQgetCopyData(c, &bytes, 0)) > 0) {
        if (all->size + (size_t)size > all->room) {
            all->room = all->room * 2 + (size_t)size;
            all->bytes = realloc(all->bytes, all->room);
            if (all->bytes == NULL)
                return -1;
        }
        memcpy(all->bytes + all->size, bytes, (size_t)size);
        all->size += (size_t)size;
        PQfreemem(bytes);
    }
    while ((r = PQgetResult(c)) != NULL)
        PQclear(r);
    return size == -1 ? 0 : -1;
}

static int copy_in(PGconn *c, const char *table, const struct piece *all)
{
    char sql[64];
    PGresult *r;
    int rc;

    (void)snprintf(sql, sizeof sql, "COPY %s FROM STDIN (FORMAT binary)", table);
    PQclear(PQexec(c, sql));
    if (PQputCopyData(c, all->bytes, (int)all->size) != 1 || PQputCopyEnd(c, NULL) != 1)
        return -1;
    r = PQgetResult(c);
    rc = PQresultStatus(r) == PGRES_COMMAND_OK ? 0 : -1;
    PQclear(r);
    while ((r = PQgetResult(c)) != NULL)
        PQclear(r);
    return rc;
}

/* The rows of a finished import, taken out and put by COPY into empty tables of the same kind,
 * in one transaction. */
static int copy_run(const struct postgres *p, double *seconds)
{
    struct piece all[4] = { { NULL, 0, 0 } };
    PGconn *c = PQconnectdb(p->url);
    ent_err err = { 0 };
    double start;
    int rc = 0;
    store *s;

    for (int t = 0; rc == 0 && t < 4; t++)
        rc = copy_out(c, copied[t], &all[t]);
    if (rc != 0 || postgres_empty(p) != 0 || store_open(p->url, &s, &err) != ENT_OK)
        return -1;
    store_close(s);
    start = now_s();
    PQclear(PQexec(c, "BEGIN"));
    for (int t = 0; rc == 0 && t < 4; t++)
        rc = copy_in(c, copied[t], &all[t]);
    PQclear(PQexec(c, "COMMIT"));
    *seconds = now_s() - start;
    for (int t = 0; t < 4; t++)
        free(all[t].bytes);
    PQfinish(c);
    return rc;
}

static int postgres_bench(void)
{
    double ours_s = 0, raw_s = 0;
    struct postgres p;
    ent_err err = { 0 };
    int rc = 0;

    if (postgres_start(&p) != 0)
        return 0; /* not installed */
    for (int i = 0; rc == 0 && i < ROUNDS; i++) {
        double a = 0, b = 0;

        if (postgres_empty(&p) != 0 || import_run(p.url, RECORDS, &a, &err) != ENT_OK ||
            copy_run(&p, &b) != 0) {
            (void)fprintf(stderr, "import_bench: %s\n", err.msg);
            rc = 1;
        }
        ours_s = i == 0 || a < ours_s ? a : ours_s;
        raw_s = i == 0 || b < raw_s ? b : raw_s;
    }
    postgres_stop(&p);
    if (rc == 0)
        rate_print("postgres", "PostgreSQL copying", ours_s, raw_s);
    return rc;
}

/* ---- memory ---- */

/* In a process of its own, so that its peak is its own. */
static int peak_kib(const char *where, int records, long *kib, double *seconds)
{
    struct {
        double seconds;
        long kib;
    } tell = { 0, 0 };
    int told[2], status = 1;
    pid_t child;

    if (pipe(told) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        ent_err err = { 0 };
        ent_code rc = import_run(where, records, &tell.seconds, &err);
        struct rusage usage = { 0 };

        (void)getrusage(RUSAGE_SELF, &usage);
        tell.kib = usage.ru_maxrss;
        _exit(rc == ENT_OK && write(told[1], &tell, sizeof tell) == sizeof tell ? 0 : 1);
    }
    (void)close(told[1]);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0 ||
        read(told[0], &tell, sizeof tell) != sizeof tell)
        return -1;
    (void)close(told[0]);
    *kib = tell.kib;
    *seconds = tell.seconds;
    return 0;
}

static int memory_bench(const char *ours)
{
    double few_s, many_s;
    long few, many;

    if (peak_kib(ours, FEW, &few, &few_s) != 0)
        return 1;
    stores_remove(ours, ours);
    if (peak_kib(ours, MANY, &many, &many_s) != 0)
        return 1;
    stores_remove(ours, ours);
    (void)printf("{\"bench\":\"import/%d/jsonl/sqlite/peak\",\"value\":%ld,\"unit\":\"KiB\","
                 "\"records_per_second\":%.0f}\n"
                 "{\"bench\":\"import/%d/jsonl/sqlite/peak\",\"value\":%ld,\"unit\":\"KiB\","
                 "\"records_per_second\":%.0f,\"ratio\":%.3f}\n",
                 FEW, few, FEW / few_s, MANY, many, MANY / many_s, (double)few / (double)many);
    return 0;
}

int main(void)
{
    char folder[] = "/tmp/ent-bench-XXXXXX", ours[64], raw[64];
    int rc;

    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(ours, sizeof ours, "%s/ours", folder);
    (void)snprintf(raw, sizeof raw, "%s/raw", folder);
    /* First, while this process is small: a child's peak begins with its parent's size. */
    rc = memory_bench(ours);
    if (rc == 0)
        rc = sqlite_bench(ours, raw);
    if (rc == 0)
        rc = postgres_bench();
    stores_remove(ours, raw);
    (void)rmdir(folder);
    return rc;
}
