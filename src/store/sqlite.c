#include "store/sqlite_int.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCHEMA_VERSION 2
#define BUSY_MS        20000

static const char *const statement_text[STORE_SQL_END] = {
#define X(name, sql) [STORE_SQL_##name] = (sql),
#include "store/sqlite.def"
#undef X
};

static const char schema_1[] =
    "CREATE TABLE object(number INTEGER PRIMARY KEY, owner TEXT NOT NULL, id TEXT NOT NULL,"
    " version TEXT NOT NULL, type TEXT NOT NULL, bytes BLOB NOT NULL, received INTEGER NOT NULL,"
    " source TEXT NOT NULL, retention TEXT NOT NULL, latest INTEGER NOT NULL,"
    " tombstone TEXT NOT NULL DEFAULT '', UNIQUE(owner,id,version)) STRICT;"
    "CREATE INDEX object_id ON object(id) WHERE latest=1;"
    "CREATE INDEX object_type ON object(type, owner) WHERE latest=1;"
    "CREATE INDEX object_source ON object(source);"
    "CREATE TABLE key(key TEXT NOT NULL, object INTEGER NOT NULL, PRIMARY KEY(key,object)) STRICT, "
    "WITHOUT ROWID;"
    "CREATE INDEX key_object ON key(object);"
    "CREATE TABLE ref(target TEXT NOT NULL, object INTEGER NOT NULL, PRIMARY KEY(target,object)) "
    "STRICT, WITHOUT ROWID;"
    "CREATE INDEX ref_object ON ref(object);"
    "CREATE VIRTUAL TABLE words USING fts5(text, tokenize='unicode61 remove_diacritics 0');"
    "CREATE TABLE doc(number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL,"
    " peer TEXT NOT NULL, state TEXT NOT NULL, time INTEGER NOT NULL, json TEXT NOT NULL,"
    " UNIQUE(kind,id)) STRICT;"
    "CREATE INDEX doc_state ON doc(kind, state, peer);"
    "PRAGMA user_version=1";

/* The label that came beside the bytes, and why a row is held back. */
static const char schema_2[] =
    "ALTER TABLE object ADD COLUMN handling TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE object ADD COLUMN quarantine TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX object_quarantine ON object(number) WHERE quarantine<>'';"
    "PRAGMA user_version=2";

/* Step n makes schema n + 1 of schema n, and never changes once it was released. */
static const char *const schema_steps[SCHEMA_VERSION] = { schema_1, schema_2 };

/* ---- plumbing ---- */

ent_code store_sql_fail(store *s, ent_err *err)
{
    int rc = sqlite3_extended_errcode(s->db);

    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ent_fail(err, ENT_RETRY, "the store is busy; try again");
    case SQLITE_NOMEM:
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ent_fail(err, ENT_IO, "the store is damaged: %s; restore a backup",
                        sqlite3_errmsg(s->db));
    default:
        return ent_fail(err, ENT_IO, "the store: %s (%d)", sqlite3_errmsg(s->db), rc);
    }
}

ent_code store_sql_prepared(store *s, enum store_sql which, sqlite3_stmt **stmt, ent_err *err)
{
    if (s->statements[which] == NULL &&
        sqlite3_prepare_v3(s->db, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT,
                           &s->statements[which], NULL) != SQLITE_OK)
        return store_sql_fail(s, err);
    *stmt = s->statements[which];
    (void)sqlite3_reset(*stmt);
    (void)sqlite3_clear_bindings(*stmt);
    return ENT_OK;
}

ent_code store_sql_own(store *s, enum store_sql which, sqlite3_stmt **stmt, ent_err *err)
{
    return sqlite3_prepare_v2(s->db, statement_text[which], -1, stmt, NULL) == SQLITE_OK
               ? ENT_OK
               : store_sql_fail(s, err);
}

void store_sql_str(sqlite3_stmt *stmt, int at, ent_str text)
{
    (void)sqlite3_bind_text64(stmt, at, text.ptr == NULL ? "" : text.ptr, text.size, SQLITE_STATIC,
                              SQLITE_UTF8);
}

void store_sql_c(sqlite3_stmt *stmt, int at, const char *text)
{
    if (text == NULL)
        (void)sqlite3_bind_null(stmt, at);
    else
        (void)sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

ent_code store_sql_done(store *s, sqlite3_stmt *stmt, ent_err *err)
{
    int rc = sqlite3_step(stmt);
    ent_code code = rc == SQLITE_DONE || rc == SQLITE_ROW ? ENT_OK : store_sql_fail(s, err);

    (void)sqlite3_reset(stmt);
    return code;
}

ent_str store_sql_column(sqlite3_stmt *stmt, int at)
{
    const char *text = sqlite3_column_blob(stmt, at);

    return (ent_str){ text == NULL ? "" : text, (size_t)sqlite3_column_bytes(stmt, at) };
}

ent_code store_sql_copy(sqlite3_stmt *stmt, int at, ent_arena *arena, ent_str *out, ent_err *err)
{
    *out = ent_arena_str(arena, store_sql_column(stmt, at));
    return out->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* ---- opening ---- */

static ent_code pragma_number(store *s, const char *sql, int64_t *number, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        *number = sqlite3_column_int64(stmt, 0);
    else
        rc = SQLITE_ERROR;
    (void)sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? ENT_OK : store_sql_fail(s, err);
}

static ent_code sql_run(store *s, const char *sql, ent_err *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ENT_OK
                                                                   : store_sql_fail(s, err);
}

static ent_code schema_update(store *s, ent_err *err)
{
    int64_t version = 0;
    ent_code rc;

    ENT_TRY(pragma_number(s, "PRAGMA user_version", &version, err));
    if (version > SCHEMA_VERSION)
        return ent_fail(err, ENT_CONFIG,
                        "the store has schema %lld; this entente knows up to %d: use the newer one",
                        (long long)version, SCHEMA_VERSION);
    if (version == SCHEMA_VERSION)
        return ENT_OK;
    ENT_TRY(sql_run(s, "BEGIN IMMEDIATE", err));
    /* Another process may have been first. */
    rc = pragma_number(s, "PRAGMA user_version", &version, err);
    for (; rc == ENT_OK && version < SCHEMA_VERSION; version++)
        rc = sql_run(s, schema_steps[version], err);
    if (rc == ENT_OK)
        return sql_run(s, "COMMIT", err);
    (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* SQLite makes files by the umask; a store is its owner's alone.  If this fails, the
 * opening that follows says why.  A file that is there is not opened: closing it would take
 * away the locks of every other handle on it in this process (fcntl(2)). */
static void made_private(const char *path)
{
    int fd = strcmp(path, ":memory:") == 0
                 ? -1
                 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0)
        (void)close(fd);
}

ent_code store_open(const char *path, store **out, ent_err *err)
{
    store *s = calloc(1, sizeof *s);
    ent_code rc;

    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    made_private(path);
    if (sqlite3_open_v2(path, &s->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        rc = s->db == NULL ? ent_fail(err, ENT_MEMORY, "no memory for the store")
                           : store_sql_fail(s, err);
    } else {
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        rc =
            sql_run(s,
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON",
                    err);
        if (rc == ENT_OK)
            rc = schema_update(s, err);
    }
    if (rc != ENT_OK) {
        store_close(s);
        return ent_context(err, "%s", path);
    }
    *out = s;
    return ENT_OK;
}

void store_frozen_show(store *s)
{
    s->frozen = true;
}

void store_close(store *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < STORE_SQL_END; i++)
        (void)sqlite3_finalize(s->statements[i]);
    (void)sqlite3_close(s->db);
    free(s);
}

ent_code store_sql_plain(store *s, enum store_sql which, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(store_sql_prepared(s, which, &stmt, err));
    return store_sql_done(s, stmt, err);
}

ent_code store_begin(store *s, ent_err *err)
{
    return store_sql_plain(s, STORE_SQL_BEGIN, err);
}

ent_code store_commit(store *s, ent_err *err)
{
    return store_sql_plain(s, STORE_SQL_COMMIT, err);
}

void store_rollback(store *s)
{
    ent_err ignored = { 0 };

    if (sqlite3_get_autocommit(s->db) == 0)
        (void)!store_sql_plain(s, STORE_SQL_ROLLBACK, &ignored);
}

ent_code store_mark(store *s, ent_err *err)
{
    return store_sql_plain(s, STORE_SQL_MARK, err);
}

ent_code store_mark_undo(store *s, ent_err *err)
{
    ENT_TRY(store_sql_plain(s, STORE_SQL_MARK_UNDO, err));
    return store_sql_plain(s, STORE_SQL_MARK_KEEP, err);
}

ent_code store_mark_keep(store *s, ent_err *err)
{
    return store_sql_plain(s, STORE_SQL_MARK_KEEP, err);
}

/* ---- care ---- */

ent_code store_backup(store *s, const char *path, ent_err *err)
{
    sqlite3 *to = NULL;
    sqlite3_backup *backup;
    int rc = sqlite3_open(path, &to);

    if (rc == SQLITE_OK) {
        backup = sqlite3_backup_init(to, "main", s->db, "main");
        rc = backup == NULL ? sqlite3_errcode(to) : sqlite3_backup_step(backup, -1);
        if (backup != NULL)
            rc = sqlite3_backup_finish(backup);
    }
    if (rc != SQLITE_OK)
        (void)ent_fail(err, ENT_IO, "cannot back up to '%s': %s", path,
                       to == NULL ? "no memory" : sqlite3_errmsg(to));
    (void)sqlite3_close(to);
    return rc == SQLITE_OK ? ENT_OK : err->code;
}

ent_code store_limit(store *s, int64_t pages, ent_err *err)
{
    char sql[64];

    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count=%lld",
                   pages > 0 ? (long long)pages : 1073741823LL);
    return sql_run(s, sql, err);
}

ent_code store_check(store *s, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;

    if (sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        rc = store_sql_fail(s, err);
    else if (!ent_str_is(store_sql_column(stmt, 0), "ok"))
        rc = ent_fail(err, ENT_IO, "the store is damaged: %.*s; restore a backup",
                      ENT_STR_ARG(store_sql_column(stmt, 0)));
    (void)sqlite3_finalize(stmt);
    return rc;
}
