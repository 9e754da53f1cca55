#include "taxii/store_int.h"

#include "base/buf.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define SCHEMA_VERSION 3
#define BUSY_MS        10000
#define STATUS_LIFE    (2 * ENT_DAY_TIME)
#define TICKS          (((int64_t)1 << TAXII_TICK_BITS) - 1)

static const char schema[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"
    "CREATE TABLE roots (name TEXT PRIMARY KEY, title TEXT NOT NULL, max_content INTEGER NOT NULL,"
    " public INTEGER NOT NULL, partner TEXT NOT NULL DEFAULT '') WITHOUT ROWID;"
    "CREATE TABLE collections (number INTEGER PRIMARY KEY, root TEXT NOT NULL, id TEXT NOT NULL,"
    " title TEXT NOT NULL, alias TEXT, read TEXT NOT NULL, write TEXT NOT NULL,"
    " query TEXT NOT NULL, last INTEGER NOT NULL, UNIQUE (root, id), UNIQUE (root, alias));"
    "CREATE TABLE known (user TEXT NOT NULL, root TEXT NOT NULL, name TEXT NOT NULL,"
    " number INTEGER NOT NULL, PRIMARY KEY (user, root, name)) WITHOUT ROWID;"
    "CREATE TABLE types (code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE objects (key INTEGER PRIMARY KEY, hash INTEGER NOT NULL, type INTEGER NOT NULL,"
    " id TEXT NOT NULL, version TEXT NOT NULL, version_key TEXT NOT NULL, spec TEXT NOT NULL,"
    " bytes TEXT NOT NULL);"
    "CREATE INDEX objects_hash ON objects (hash);"
    "CREATE INDEX objects_type ON objects (type);"
    "CREATE TABLE older (key INTEGER PRIMARY KEY, hash INTEGER NOT NULL, type INTEGER NOT NULL,"
    " id TEXT NOT NULL, version TEXT NOT NULL, version_key TEXT NOT NULL, spec TEXT NOT NULL,"
    " bytes TEXT NOT NULL);"
    "CREATE INDEX older_hash ON older (hash);"
    "CREATE INDEX older_type ON older (type);"
    "CREATE TABLE statuses (id TEXT PRIMARY KEY, root TEXT NOT NULL, user TEXT NOT NULL,"
    " time INTEGER NOT NULL, json TEXT NOT NULL);"
    "CREATE INDEX statuses_time ON statuses (time);"
    "INSERT INTO meta VALUES ('next', randomblob(32));"
    "PRAGMA user_version = 3;";

static const char from_1[] = "ALTER TABLE roots ADD COLUMN partner TEXT NOT NULL DEFAULT '';";
static const char from_2[] =
    "CREATE TABLE known (user TEXT NOT NULL, root TEXT NOT NULL, name TEXT NOT NULL,"
    " number INTEGER NOT NULL, PRIMARY KEY (user, root, name)) WITHOUT ROWID;"
    "PRAGMA user_version = 3;";

static const char *const texts[] = {
#define X(name, text) text,
#include "taxii/store.def"
#undef X
};

/* ---- statements ---- */

ent_code taxii_store_fail(taxii_store *s, ent_err *err, const char *doing)
{
    int code = sqlite3_errcode(s->db) & 0xff;

    return ent_fail(err, code == SQLITE_BUSY ? ENT_RETRY : ENT_IO, "%s the TAXII store: %s", doing,
                    sqlite3_errmsg(s->db));
}

ent_code taxii_statement_get(taxii_store *s, taxii_sql sql, sqlite3_stmt **stmt, ent_err *err)
{
    sqlite3_stmt *made;

    for (size_t i = 0; i < s->count; i++)
        if (s->statements[i].sql == sql && !s->statements[i].busy) {
            s->statements[i].busy = true;
            *stmt = s->statements[i].stmt;
            return ENT_OK;
        }
    if (s->count == s->room) {
        size_t room = s->room == 0 ? 64 : s->room * 2;
        struct taxii_statement *grown = realloc(s->statements, room * sizeof *grown);

        if (grown == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory for a statement");
        s->statements = grown;
        s->room = room;
    }
    if (sqlite3_prepare_v3(s->db, texts[sql], -1, SQLITE_PREPARE_PERSISTENT, &made, NULL) !=
        SQLITE_OK)
        return taxii_store_fail(s, err, "asking");
    s->statements[s->count++] = (struct taxii_statement){ sql, true, made };
    *stmt = made;
    return ENT_OK;
}

void taxii_statement_put(taxii_store *s, sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt);
    for (size_t i = 0; i < s->count; i++)
        if (s->statements[i].stmt == stmt)
            s->statements[i].busy = false;
}

ent_code taxii_statement_run(taxii_store *s, sqlite3_stmt *stmt, ent_err *err)
{
    ent_code rc =
        sqlite3_step(stmt) == SQLITE_DONE ? ENT_OK : taxii_store_fail(s, err, "writing to");

    taxii_statement_put(s, stmt);
    return rc;
}

ent_code taxii_statement_row(taxii_store *s, sqlite3_stmt *stmt, ent_err *err)
{
    int did = sqlite3_step(stmt);

    if (did == SQLITE_ROW)
        return ENT_OK;
    return did == SQLITE_DONE ? ENT_NOT_FOUND : taxii_store_fail(s, err, "reading");
}

void taxii_bind(sqlite3_stmt *stmt, int at, ent_str text)
{
    (void)sqlite3_bind_text64(stmt, at, text.ptr == NULL ? "" : text.ptr, text.size, SQLITE_STATIC,
                              SQLITE_UTF8);
}

ent_str taxii_column(sqlite3_stmt *stmt, int at)
{
    const char *text = (const char *)sqlite3_column_text(stmt, at);
    int size = sqlite3_column_bytes(stmt, at);

    return (ent_str){ text == NULL ? "" : text, text == NULL ? 0 : (size_t)size };
}

ent_str taxii_column_copy(sqlite3_stmt *stmt, int at, ent_arena *arena)
{
    return ent_arena_str(arena, taxii_column(stmt, at));
}

/* ---- keys ---- */

int64_t taxii_key_of(int64_t collection, ent_time time)
{
    int64_t ticks = time - TAXII_EPOCH;

    if (ticks < 0)
        ticks = 0;
    if (ticks > TICKS)
        ticks = TICKS;
    return (int64_t)((uint64_t)collection << TAXII_TICK_BITS) | ticks;
}

ent_time taxii_key_time(int64_t key)
{
    return TAXII_EPOCH + (key & TICKS);
}

int64_t taxii_id_hash(int64_t collection, ent_str id)
{
    /* Not secret: who posts many ids of one hash only slows down finding those. */
    static const uint8_t key[crypto_shorthash_KEYBYTES] = "entente-taxii-id";
    uint64_t hash;

    (void)crypto_shorthash((uint8_t *)&hash, (const uint8_t *)id.ptr, id.size, key);
    return (int64_t)(hash ^ ((uint64_t)collection * UINT64_C(0x9e3779b97f4a7c15)));
}

/* ---- open and close ---- */

static ent_code schema_raise(taxii_store *s, int version, ent_err *err)
{
    const char *const steps[SCHEMA_VERSION] = { schema, from_1, from_2 };

    if (version < 0)
        return taxii_store_fail(s, err, "making");
    if (version > SCHEMA_VERSION)
        return ent_fail(err, ENT_CONFIG, "the TAXII store was made by a newer entente (schema %d)",
                        version);
    s->raised = version < SCHEMA_VERSION;
    for (int at = version; at < SCHEMA_VERSION; at = at == 0 ? SCHEMA_VERSION : at + 1)
        if (sqlite3_exec(s->db, steps[at], NULL, NULL, NULL) != SQLITE_OK)
            return taxii_store_fail(s, err, "making");
    return version == 0 || !s->raised ? ENT_OK : taxii_known_fill(s, err);
}

static ent_code schema_make(taxii_store *s, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int version = -1;

    if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return taxii_store_fail(s, err, "opening");
    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        version = sqlite3_column_int(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return taxii_store_end(s, schema_raise(s, version, err), err);
}

ent_code taxii_store_open(const char *path, taxii_store **out, ent_err *err)
{
    static const char settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                   "PRAGMA cache_size = -4096; PRAGMA trusted_schema = OFF;"
                                   "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;"
                                   "PRAGMA wal_autocheckpoint = 8000;";
    taxii_store *s = calloc(1, sizeof *s);
    ent_code rc = ENT_OK;

    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the TAXII store");
    if (sqlite3_open_v2(path, &s->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        rc = ent_fail(err, ENT_IO, "cannot open '%s': %s", path, sqlite3_errmsg(s->db));
    if (rc == ENT_OK) {
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        if (sqlite3_exec(s->db, settings, NULL, NULL, NULL) != SQLITE_OK)
            rc = taxii_store_fail(s, err, "opening");
    }
    if (rc == ENT_OK)
        rc = schema_make(s, err);
    if (rc != ENT_OK) {
        taxii_store_close(s);
        return rc;
    }
    *out = s;
    return ENT_OK;
}

/* A path as a URI of SQLite, which says that the file does not change. */
static ent_code frozen_uri(ent_arena *arena, const char *path, ent_str *uri, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, ENT_STR("file:"));
    for (; *path != '\0'; path++)
        if (strchr("?#%", *path) != NULL)
            ent_buf_printf(&buf, "%%%02X", (unsigned)(unsigned char)*path);
        else
            ent_buf_byte(&buf, (uint8_t)*path);
    ent_buf_str(&buf, ENT_STR("?immutable=1"));
    return ent_buf_done(&buf, uri, err);
}

ent_code taxii_store_open_frozen(ent_arena *arena, const char *path, taxii_store **out,
                                 ent_err *err)
{
    static const char settings[] = "PRAGMA cache_size = -2048; PRAGMA trusted_schema = OFF;"
                                   "PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;"
                                   "SELECT count(*) FROM roots;";
    taxii_store *s;
    ent_code rc = ENT_OK;
    ent_str uri;

    ENT_TRY(frozen_uri(arena, path, &uri, err));
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the TAXII store");
    if (sqlite3_open_v2(uri.ptr, &s->db,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        rc = ent_fail(err, ENT_NOT_FOUND, "cannot open '%s': %s", path, sqlite3_errmsg(s->db));
    if (rc == ENT_OK && sqlite3_exec(s->db, settings, NULL, NULL, NULL) != SQLITE_OK)
        rc = taxii_store_fail(s, err, "opening");
    if (rc != ENT_OK) {
        taxii_store_close(s);
        return rc;
    }
    *out = s;
    return ENT_OK;
}

bool taxii_store_raised(const taxii_store *s)
{
    return s->raised;
}

void taxii_store_close(taxii_store *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++)
        (void)sqlite3_finalize(s->statements[i].stmt);
    free(s->statements);
    (void)sqlite3_close(s->db);
    free(s);
}

ent_code taxii_store_cache(taxii_store *s, int kilobytes, ent_err *err)
{
    char sql[64];

    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", kilobytes);
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? ENT_OK
               : taxii_store_fail(s, err, "opening");
}

void taxii_store_memory(size_t size)
{
    (void)sqlite3_soft_heap_limit64((sqlite3_int64)size);
}

ent_code taxii_store_key(taxii_store *s, uint8_t key[TAXII_KEY_SIZE], ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_KEY_GET, &stmt, err));
    rc = taxii_statement_row(s, stmt, err);
    if (rc == ENT_OK && sqlite3_column_bytes(stmt, 0) == TAXII_KEY_SIZE)
        memcpy(key, sqlite3_column_blob(stmt, 0), TAXII_KEY_SIZE);
    else if (rc != ENT_IO)
        rc = ent_fail(err, ENT_IO, "the TAXII store has no key for its pages");
    taxii_statement_put(s, stmt);
    return rc;
}

ent_code taxii_store_look(taxii_store *s, ent_err *err)
{
    sqlite3_stmt *stmt;

    if (s->looks == 0) {
        ENT_TRY(taxii_statement_get(s, TAXII_SQL_LOOK, &stmt, err));
        ENT_TRY(taxii_statement_run(s, stmt, err));
    }
    s->looks++;
    return ENT_OK;
}

/* The transaction, if there is one. */
static void undo(taxii_store *s)
{
    if (sqlite3_get_autocommit(s->db) == 0)
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

void taxii_store_looked(taxii_store *s)
{
    sqlite3_stmt *stmt;
    ent_err err = { 0 };

    if (--s->looks > 0)
        return;
    if (taxii_statement_get(s, TAXII_SQL_LOOKED, &stmt, &err) != ENT_OK ||
        taxii_statement_run(s, stmt, &err) != ENT_OK)
        undo(s); /* nothing was written */
}

uint32_t taxii_store_state(taxii_store *s)
{
    uint32_t state = 0;

    (void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_DATA_VERSION, &state);
    return state;
}

ent_code taxii_store_begin(taxii_store *s, ent_err *err)
{
    return sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK
               ? ENT_OK
               : taxii_store_fail(s, err, "writing to");
}

ent_code taxii_store_end(taxii_store *s, ent_code rc, ent_err *err)
{
    if (rc == ENT_OK && sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        rc = taxii_store_fail(s, err, "writing to");
    if (rc != ENT_OK)
        undo(s);
    return rc;
}

ent_code taxii_store_mark(taxii_store *s, ent_err *err)
{
    return sqlite3_exec(s->db, "SAVEPOINT mark", NULL, NULL, NULL) == SQLITE_OK
               ? ENT_OK
               : taxii_store_fail(s, err, "writing to");
}

ent_code taxii_store_unmark(taxii_store *s, bool keep, ent_err *err)
{
    const char *sql = keep ? "RELEASE mark" : "ROLLBACK TO mark; RELEASE mark";

    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? ENT_OK
               : taxii_store_fail(s, err, "writing to");
}

/* ---- statuses ---- */

ent_code taxii_status_put(taxii_store *s, ent_str root, ent_str id, ent_str user, ent_time now,
                          ent_str json, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_STATUS_OLD, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, now - STATUS_LIFE);
    ENT_TRY(taxii_statement_run(s, stmt, err));
    ENT_TRY(taxii_statement_get(s, TAXII_SQL_STATUS_PUT, &stmt, err));
    taxii_bind(stmt, 1, id);
    taxii_bind(stmt, 2, root);
    taxii_bind(stmt, 3, user);
    (void)sqlite3_bind_int64(stmt, 4, now);
    taxii_bind(stmt, 5, json);
    return taxii_statement_run(s, stmt, err);
}

ent_code taxii_status_get(taxii_store *s, ent_arena *arena, ent_str root, ent_str id, ent_str user,
                          ent_str *json, ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_STATUS_GET, &stmt, err));
    taxii_bind(stmt, 1, id);
    taxii_bind(stmt, 2, root);
    taxii_bind(stmt, 3, user);
    rc = taxii_statement_row(s, stmt, err);
    if (rc == ENT_OK) {
        *json = taxii_column_copy(stmt, 0, arena);
        if (json->ptr == NULL)
            rc = ent_fail_arena(err);
    } else if (rc == ENT_NOT_FOUND) {
        rc = ent_fail(err, ENT_NOT_FOUND, "no such status");
    }
    taxii_statement_put(s, stmt);
    return rc;
}

/* ---- times ---- */

/* Not snprintf: a page of a manifest has hundreds of these. */
static char *digits_write(char *out, int number, int count, char behind)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    out[count] = behind;
    return out + count + 1;
}

void taxii_stamp_write(ent_time time, char out[TAXII_STAMP_SIZE])
{
    int64_t seconds = time / ENT_SECOND, micro = time % ENT_SECOND;
    int year, month, day, rest;

    if (micro < 0) {
        micro += ENT_SECOND;
        seconds--;
    }
    rest = (int)(((seconds % 86400) + 86400) % 86400);
    ent_day_split((ent_day)((seconds - rest) / 86400), &year, &month, &day);
    out = digits_write(out, year, 4, '-');
    out = digits_write(out, month, 2, '-');
    out = digits_write(out, day, 2, 'T');
    out = digits_write(out, rest / 3600, 2, ':');
    out = digits_write(out, rest / 60 % 60, 2, ':');
    out = digits_write(out, rest % 60, 2, '.');
    out = digits_write(out, (int)micro, 6, 'Z');
    *out = '\0';
}

ent_code taxii_version_key(ent_arena *arena, ent_str timestamp, ent_str *key, ent_err *err)
{
    ent_time time;

    ENT_TRY(ent_time_read(timestamp, &time, err));
    *key = ent_arena_str(arena, (ent_str){ timestamp.ptr, timestamp.size - 1 });
    if (key->ptr == NULL)
        return ent_fail_arena(err);
    if (memchr(key->ptr, '.', key->size) != NULL) {
        while (key->ptr[key->size - 1] == '0')
            key->size--;
        if (key->ptr[key->size - 1] == '.')
            key->size--;
    }
    return ENT_OK;
}
