#include "store/store.h"

#include "base/buf.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define SCHEMA_VERSION 1
#define BUSY_MS        20000

/* Every statement, by name, prepared on first use and kept. */
#define STATEMENTS(X)                                                                            \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                  \
    X(COMMIT, "COMMIT")                                                                          \
    X(ROLLBACK, "ROLLBACK")                                                                      \
    X(SAME, "SELECT number, bytes FROM object WHERE owner=?1 AND id=?2 AND version=?3")          \
    X(LATEST, "SELECT number, version FROM object WHERE owner=?1 AND id=?2 AND latest=1")        \
    X(UNLATEST, "UPDATE object SET latest=0 WHERE number=?1")                                    \
    X(INSERT, "INSERT INTO object(owner,id,version,type,bytes,received,source,retention,latest)" \
              " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)")                                             \
    X(KEY_ADD, "INSERT OR IGNORE INTO key(key,object) VALUES(?1,?2)")                            \
    X(REF_ADD, "INSERT OR IGNORE INTO ref(target,object) VALUES(?1,?2)")                         \
    X(TEXT_ADD, "INSERT INTO words(rowid,text) VALUES(?1,?2)")                                   \
    X(KEYS_DROP, "DELETE FROM key WHERE object=?1")                                              \
    X(REFS_DROP, "DELETE FROM ref WHERE object=?1")                                              \
    X(TEXT_DROP, "DELETE FROM words WHERE rowid=?1")                                             \
    X(KEYS_OF, "SELECT key FROM key WHERE object=?1 ORDER BY key")                               \
    X(NUMBERS, "SELECT number FROM object WHERE owner=?1 AND id=?2")                             \
    X(ERASE, "UPDATE object SET bytes=x'', retention='', tombstone=?3 WHERE owner=?1 AND id=?2") \
    X(COUNT, "SELECT count(*) FROM object WHERE latest=1 AND (?1 IS NULL OR owner=?1)")          \
    X(DOC_PUT, "INSERT INTO doc(kind,id,peer,state,time,json) VALUES(?1,?2,?3,?4,?5,?6)"         \
               " ON CONFLICT(kind,id) DO UPDATE SET peer=?3,state=?4,time=?5,json=?6")           \
    X(DOC_GET, "SELECT kind,id,peer,state,time,json FROM doc WHERE kind=?1 AND id=?2")           \
    X(DOC_DELETE, "DELETE FROM doc WHERE kind=?1 AND id=?2")                                     \
    X(DOCS, "SELECT kind,id,peer,state,time,json FROM doc WHERE kind=?1 AND (?2 IS NULL OR "     \
            "peer=?2) AND (?3 IS NULL OR state=?3) ORDER BY number")

enum statement {
#define X(name, sql) SQL_##name,
    STATEMENTS(X)
#undef X
        SQL_COUNT_ALL
};

static const char *const statement_text[SQL_COUNT_ALL] = {
#define X(name, sql) [SQL_##name] = (sql),
    STATEMENTS(X)
#undef X
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT_ALL];
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
    "CREATE INDEX doc_state ON doc(kind, state, peer);";

/* ---- plumbing ---- */

static ent_code sql_fail(store *s, ent_err *err)
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

static ent_code prepared(store *s, enum statement which, sqlite3_stmt **stmt, ent_err *err)
{
    if (s->statements[which] == NULL &&
        sqlite3_prepare_v3(s->db, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT,
                           &s->statements[which], NULL) != SQLITE_OK)
        return sql_fail(s, err);
    *stmt = s->statements[which];
    (void)sqlite3_reset(*stmt);
    (void)sqlite3_clear_bindings(*stmt);
    return ENT_OK;
}

static void bind_str(sqlite3_stmt *stmt, int at, ent_str text)
{
    (void)sqlite3_bind_text64(stmt, at, text.ptr == NULL ? "" : text.ptr, text.size, SQLITE_STATIC,
                              SQLITE_UTF8);
}

static void bind_c(sqlite3_stmt *stmt, int at, const char *text)
{
    if (text == NULL)
        (void)sqlite3_bind_null(stmt, at);
    else
        (void)sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

/* Runs a statement that returns nothing, and lets go of it. */
static ent_code done(store *s, sqlite3_stmt *stmt, ent_err *err)
{
    int rc = sqlite3_step(stmt);
    ent_code code = rc == SQLITE_DONE || rc == SQLITE_ROW ? ENT_OK : sql_fail(s, err);

    (void)sqlite3_reset(stmt);
    return code;
}

static ent_str column(sqlite3_stmt *stmt, int at)
{
    const char *text = sqlite3_column_blob(stmt, at);

    return (ent_str){ text == NULL ? "" : text, (size_t)sqlite3_column_bytes(stmt, at) };
}

static ent_code column_copy(sqlite3_stmt *stmt, int at, ent_arena *arena, ent_str *out,
                            ent_err *err)
{
    *out = ent_arena_str(arena, column(stmt, at));
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
    return rc == SQLITE_OK ? ENT_OK : sql_fail(s, err);
}

static ent_code sql_run(store *s, const char *sql, ent_err *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ENT_OK : sql_fail(s, err);
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
    if (rc == ENT_OK && version < 1)
        rc = sql_run(s, schema_1, err);
    if (rc == ENT_OK)
        rc = sql_run(s, "PRAGMA user_version=1", err);
    if (rc == ENT_OK)
        return sql_run(s, "COMMIT", err);
    (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

ent_code store_open(const char *path, store **out, ent_err *err)
{
    store *s = calloc(1, sizeof *s);
    ent_code rc;

    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    if (sqlite3_open_v2(path, &s->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        rc =
            s->db == NULL ? ent_fail(err, ENT_MEMORY, "no memory for the store") : sql_fail(s, err);
    } else {
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        rc = sql_run(s,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                     "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON",
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

void store_close(store *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < SQL_COUNT_ALL; i++)
        (void)sqlite3_finalize(s->statements[i]);
    (void)sqlite3_close(s->db);
    free(s);
}

static ent_code plain(store *s, enum statement which, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(prepared(s, which, &stmt, err));
    return done(s, stmt, err);
}

ent_code store_begin(store *s, ent_err *err)
{
    return plain(s, SQL_BEGIN, err);
}

ent_code store_commit(store *s, ent_err *err)
{
    return plain(s, SQL_COMMIT, err);
}

void store_rollback(store *s)
{
    ent_err ignored = { 0 };

    if (sqlite3_get_autocommit(s->db) == 0)
        (void)!plain(s, SQL_ROLLBACK, &ignored);
}

/* ---- objects ---- */

/* Is this very version there already?  *found is set if so. */
static ent_code same_version(store *s, const store_object *o, bool *found, store_put_result *result,
                             ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    ENT_TRY(prepared(s, SQL_SAME, &stmt, err));
    bind_str(stmt, 1, o->owner);
    bind_str(stmt, 2, o->id);
    bind_str(stmt, 3, o->version);
    rc = sqlite3_step(stmt);
    *found = rc == SQLITE_ROW;
    if (*found)
        *result = ent_str_equal(column(stmt, 1), o->bytes) ? STORE_UNCHANGED : STORE_CONFLICTS;
    (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ENT_OK : sql_fail(s, err);
}

/* The latest version so far, 0 if there is none, and how it stands to the new one. */
static ent_code latest_find(store *s, const store_object *o, int64_t *number, bool *older,
                            ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    *number = 0;
    *older = false;
    ENT_TRY(prepared(s, SQL_LATEST, &stmt, err));
    bind_str(stmt, 1, o->owner);
    bind_str(stmt, 2, o->id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        ent_err ignored = { 0 };
        ent_time have, come;

        *number = sqlite3_column_int64(stmt, 0);
        /* As instants: "12Z" and "12.0Z" are one time (STIX 2.1 s3.2). */
        if (ent_time_read(column(stmt, 1), &have, &ignored) == ENT_OK &&
            ent_time_read(o->version, &come, &ignored) == ENT_OK)
            *older = come < have;
    }
    (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ENT_OK : sql_fail(s, err);
}

static ent_code number_run(store *s, enum statement which, int64_t number, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(prepared(s, which, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    return done(s, stmt, err);
}

static ent_code index_drop(store *s, int64_t number, ent_err *err)
{
    ENT_TRY(number_run(s, SQL_KEYS_DROP, number, err));
    ENT_TRY(number_run(s, SQL_REFS_DROP, number, err));
    return number_run(s, SQL_TEXT_DROP, number, err);
}

static ent_code list_add(store *s, enum statement which, const ent_str *list, size_t count,
                         int64_t number, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *stmt = NULL;

        ENT_TRY(prepared(s, which, &stmt, err));
        bind_str(stmt, 1, list[i]);
        (void)sqlite3_bind_int64(stmt, 2, number);
        ENT_TRY(done(s, stmt, err));
    }
    return ENT_OK;
}

static ent_code index_add(store *s, const store_object *o, int64_t number, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(list_add(s, SQL_KEY_ADD, o->keys, o->key_count, number, err));
    ENT_TRY(list_add(s, SQL_REF_ADD, o->refs, o->ref_count, number, err));
    ENT_TRY(prepared(s, SQL_TEXT_ADD, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    bind_str(stmt, 2, o->text);
    return done(s, stmt, err);
}

static ent_code row_insert(store *s, const store_object *o, bool latest, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(prepared(s, SQL_INSERT, &stmt, err));
    bind_str(stmt, 1, o->owner);
    bind_str(stmt, 2, o->id);
    bind_str(stmt, 3, o->version);
    bind_str(stmt, 4, o->type);
    (void)sqlite3_bind_blob64(stmt, 5, o->bytes.ptr, o->bytes.size, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, 6, o->received);
    bind_str(stmt, 7, o->source);
    bind_str(stmt, 8, o->retention);
    (void)sqlite3_bind_int(stmt, 9, latest);
    ENT_TRY(done(s, stmt, err));
    /* Only the latest version is found by keys, references and words. */
    return latest ? index_add(s, o, sqlite3_last_insert_rowid(s->db), err) : ENT_OK;
}

ent_code store_object_put(store *s, const store_object *o, store_put_result *result, ent_err *err)
{
    int64_t before;
    bool found, older;

    ENT_TRY(same_version(s, o, &found, result, err));
    if (found)
        return ENT_OK;
    ENT_TRY(latest_find(s, o, &before, &older, err));
    if (before != 0 && !older) {
        ENT_TRY(number_run(s, SQL_UNLATEST, before, err));
        ENT_TRY(index_drop(s, before, err));
    }
    *result = before == 0 ? STORE_ADDED : older ? STORE_OLDER : STORE_UPDATED;
    return row_insert(s, o, !older, err);
}

#define ROW_COLUMNS \
    "o.number,o.owner,o.id,o.version,o.type,o.bytes,o.source,o.retention,o.received,o.tombstone"

static void row_borrow(sqlite3_stmt *stmt, store_row *row)
{
    *row = (store_row){
        .number = sqlite3_column_int64(stmt, 0),
        .owner = column(stmt, 1),
        .id = column(stmt, 2),
        .version = column(stmt, 3),
        .type = column(stmt, 4),
        .bytes = column(stmt, 5),
        .source = column(stmt, 6),
        .retention = column(stmt, 7),
        .received = sqlite3_column_int64(stmt, 8),
        .tombstone = column(stmt, 9),
    };
}

/* The query's text and what is bound to it, in step. */
struct query_build {
    char sql[1024];
    ent_str values[8];
    int count;
};

static void condition(struct query_build *b, const char *sql, ent_str value)
{
    size_t used = strlen(b->sql);

    (void)snprintf(b->sql + used, sizeof b->sql - used, " AND %s", sql);
    used = strlen(b->sql);
    (void)snprintf(b->sql + used, sizeof b->sql - used, "?%d", b->count + 1);
    b->values[b->count++] = value;
}

static void query_write(const store_query *q, struct query_build *b)
{
    size_t used;

    (void)snprintf(b->sql, sizeof b->sql, "SELECT " ROW_COLUMNS " FROM object o%s%s%s WHERE %s",
                   q->key != NULL ? " JOIN key k ON k.object=o.number" : "",
                   q->ref != NULL ? " JOIN ref r ON r.object=o.number" : "",
                   q->text != NULL ? " JOIN words w ON w.rowid=o.number" : "",
                   q->versions ? "1=1" : "o.latest=1");
    if (q->owner != NULL)
        condition(b, "o.owner=", ent_str_of(q->owner));
    if (q->type != NULL)
        condition(b, "o.type=", ent_str_of(q->type));
    if (q->key != NULL)
        condition(b, "k.key=", ent_str_of(q->key));
    if (q->ref != NULL)
        condition(b, "r.target=", ent_str_of(q->ref));
    if (q->source != NULL)
        condition(b, "o.source=", ent_str_of(q->source));
    if (q->id.size > 0)
        condition(b, "o.id=", q->id);
    if (q->text != NULL)
        condition(b, "words MATCH ", ent_str_of(q->text));
    used = strlen(b->sql);
    (void)snprintf(b->sql + used, sizeof b->sql - used, " ORDER BY %s LIMIT %lld",
                   q->text != NULL ? "w.rank"
                   : q->versions   ? "o.number DESC"
                                   : "o.number",
                   q->limit == 0 ? -1LL : (long long)q->limit);
}

/* FTS5 has a query language; words from outside become quoted strings in it. */
static ent_code words_quote(ent_arena *arena, const char *text, ent_str *out, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    while (*text != '\0') {
        size_t size = strcspn(text, " ");

        if (size > 0) {
            ent_buf_byte(&buf, '"');
            for (size_t i = 0; i < size; i++)
                if (text[i] != '"')
                    ent_buf_byte(&buf, (unsigned char)text[i]);
            ent_buf_c(&buf, text[size] == '\0' ? "\"*" : "\" ");
        }
        text += size + (text[size] == ' ');
    }
    return ent_buf_done(&buf, out, err);
}

static ent_code query_step(store *s, sqlite3_stmt *stmt, store_each each, void *arg, ent_err *err)
{
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        store_row row;

        row_borrow(stmt, &row);
        ENT_TRY(each(arg, &row, err));
    }
    return rc == SQLITE_DONE ? ENT_OK : sql_fail(s, err);
}

ent_code store_objects_each(store *s, const store_query *query, store_each each, void *arg,
                            ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    struct query_build b = { .count = 0 };
    sqlite3_stmt *stmt = NULL;
    store_query q = *query;
    ent_str quoted = ENT_STR_NONE;
    ent_code rc = ENT_OK;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a query");
    if (q.text != NULL) {
        rc = words_quote(arena, q.text, &quoted, err);
        q.text = quoted.ptr;
    }
    if (rc == ENT_OK && quoted.ptr != NULL && quoted.size == 0)
        goto out; /* no words: nothing is found */
    if (rc == ENT_OK) {
        query_write(&q, &b);
        if (sqlite3_prepare_v2(s->db, b.sql, -1, &stmt, NULL) != SQLITE_OK)
            rc = sql_fail(s, err);
    }
    for (int i = 0; i < b.count && rc == ENT_OK; i++)
        bind_str(stmt, i + 1, b.values[i]);
    if (rc == ENT_OK)
        rc = query_step(s, stmt, each, arg, err);
out:
    (void)sqlite3_finalize(stmt);
    ent_arena_free(arena);
    return rc;
}

struct get_one {
    ent_arena *arena;
    store_row *row;
    bool found;
};

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct get_one *get = arg;
    ent_str *to[] = { &get->row->owner,     &get->row->id,       &get->row->version,
                      &get->row->type,      &get->row->bytes,    &get->row->source,
                      &get->row->retention, &get->row->tombstone };

    if (get->found && row->owner.size > 0)
        return ENT_OK; /* the node's own wins */
    *get->row = *row;
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        *to[i] = ent_arena_str(get->arena, *to[i]);
        if (to[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    get->found = true;
    return ENT_OK;
}

ent_code store_object_get(store *s, ent_arena *arena, const char *owner, ent_str id, store_row *row,
                          ent_err *err)
{
    const store_query query = { .owner = owner, .id = id };
    struct get_one get = { arena, row, false };

    if (id.size == 0)
        return ent_fail(err, ENT_NOT_FOUND, "an empty id names nothing");
    ENT_TRY(store_objects_each(s, &query, row_take, &get, err));
    if (!get.found)
        return ent_fail(err, ENT_NOT_FOUND, "there is no object '%.*s'", ENT_STR_ARG(id));
    return ENT_OK;
}

ent_code store_keys_of(store *s, ent_arena *arena, int64_t number, ent_str **keys, size_t *count,
                       ent_err *err)
{
    size_t room = 16;
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;
    int step = SQLITE_DONE;

    *count = 0;
    *keys = ent_arena_array(arena, room, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(err);
    ENT_TRY(prepared(s, SQL_KEYS_OF, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    while (rc == ENT_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (*count == room) {
            ent_str *grown = ent_arena_array(arena, room * 2, sizeof *grown);

            if (grown == NULL) {
                rc = ent_fail_arena(err);
                break;
            }
            memcpy(grown, *keys, room * sizeof *grown);
            *keys = grown;
            room *= 2;
        }
        rc = column_copy(stmt, 0, arena, &(*keys)[(*count)++], err);
    }
    if (rc == ENT_OK && step != SQLITE_DONE)
        rc = sql_fail(s, err);
    (void)sqlite3_reset(stmt);
    return rc;
}

ent_code store_object_erase(store *s, ent_str owner, ent_str id, ent_str reason, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;

    ENT_TRY(prepared(s, SQL_NUMBERS, &stmt, err));
    bind_str(stmt, 1, owner);
    bind_str(stmt, 2, id);
    while (rc == ENT_OK && sqlite3_step(stmt) == SQLITE_ROW)
        rc = index_drop(s, sqlite3_column_int64(stmt, 0), err);
    (void)sqlite3_reset(stmt);
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(prepared(s, SQL_ERASE, &stmt, err));
    bind_str(stmt, 1, owner);
    bind_str(stmt, 2, id);
    bind_str(stmt, 3, reason);
    ENT_TRY(done(s, stmt, err));
    if (sqlite3_changes(s->db) == 0)
        return ent_fail(err, ENT_NOT_FOUND, "there is no object '%.*s'", ENT_STR_ARG(id));
    return ENT_OK;
}

ent_code store_count(store *s, const char *owner, int64_t *count, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    ENT_TRY(prepared(s, SQL_COUNT, &stmt, err));
    bind_c(stmt, 1, owner);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *count = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? ENT_OK : sql_fail(s, err);
}

/* ---- documents ---- */

ent_code store_doc_put(store *s, const store_doc *doc, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(prepared(s, SQL_DOC_PUT, &stmt, err));
    bind_str(stmt, 1, doc->kind);
    bind_str(stmt, 2, doc->id);
    bind_str(stmt, 3, doc->peer);
    bind_str(stmt, 4, doc->state);
    (void)sqlite3_bind_int64(stmt, 5, doc->time);
    bind_str(stmt, 6, doc->json);
    return done(s, stmt, err);
}

static void doc_borrow(sqlite3_stmt *stmt, store_doc *doc)
{
    *doc = (store_doc){ .kind = column(stmt, 0),
                        .id = column(stmt, 1),
                        .peer = column(stmt, 2),
                        .state = column(stmt, 3),
                        .time = sqlite3_column_int64(stmt, 4),
                        .json = column(stmt, 5) };
}

ent_code store_doc_get(store *s, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                       ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;
    int step;

    ENT_TRY(prepared(s, SQL_DOC_GET, &stmt, err));
    bind_c(stmt, 1, kind);
    bind_str(stmt, 2, id);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW) {
        ent_str *to[] = { &doc->kind, &doc->id, &doc->peer, &doc->state, &doc->json };

        doc_borrow(stmt, doc);
        for (size_t i = 0; i < 5 && rc == ENT_OK; i++) {
            *to[i] = ent_arena_str(arena, *to[i]);
            if (to[i]->ptr == NULL)
                rc = ent_fail_arena(err);
        }
    } else {
        rc = step == SQLITE_DONE
                 ? ent_fail(err, ENT_NOT_FOUND, "there is no %s '%.*s'", kind, ENT_STR_ARG(id))
                 : sql_fail(s, err);
    }
    (void)sqlite3_reset(stmt);
    return rc;
}

ent_code store_doc_delete(store *s, const char *kind, ent_str id, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(prepared(s, SQL_DOC_DELETE, &stmt, err));
    bind_c(stmt, 1, kind);
    bind_str(stmt, 2, id);
    return done(s, stmt, err);
}

/* A statement of its own: `each` may use the store, also this function. */
ent_code store_docs_each(store *s, const char *kind, const char *peer, const char *state,
                         store_doc_each each, void *arg, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;
    int step = SQLITE_DONE;

    if (sqlite3_prepare_v2(s->db, statement_text[SQL_DOCS], -1, &stmt, NULL) != SQLITE_OK)
        return sql_fail(s, err);
    bind_c(stmt, 1, kind);
    bind_c(stmt, 2, peer);
    bind_c(stmt, 3, state);
    while (rc == ENT_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        store_doc doc;

        doc_borrow(stmt, &doc);
        rc = each(arg, &doc, err);
    }
    if (rc == ENT_OK && step != SQLITE_DONE)
        rc = sql_fail(s, err);
    (void)sqlite3_finalize(stmt);
    return rc;
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

ent_code store_check(store *s, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;

    if (sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        rc = sql_fail(s, err);
    else if (!ent_str_is(column(stmt, 0), "ok"))
        rc = ent_fail(err, ENT_IO, "the store is damaged: %.*s; restore a backup",
                      ENT_STR_ARG(column(stmt, 0)));
    (void)sqlite3_finalize(stmt);
    return rc;
}
