#include "store/sqlite_int.h"

#include "base/buf.h"
#include "store/span.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS      20000
#define WAL_RETRY_MS 20
#define IDLE         16 /* statements of questions that are kept for the next one */

struct sqlite_cursor {
    sql_cursor base;
    struct sqlite *s;
    sqlite3_stmt *stmt;
    bool own;
};

/* What only SQLite says so. */
enum local {
    REF_ADD,
    REFERRED,
    REFS_WIDEN,
    REFS_FORGET,
    SPANS_OF,
    SPAN_OF,
    PLACE_ADD,
    PLACE_DROP,
    TEXT_ADD,
    BEGIN,
    COMMIT,
    ROLLBACK,
    MARK,
    UNDO,
    KEEP,
    LOCAL_END
};

static const char *const local_text[LOCAL_END] = {
    [REF_ADD] = ("INSERT INTO ref(target,object,types,since,until) VALUES(?1,?2,?3,?4,?5)"
                 " ON CONFLICT DO NOTHING"),
    /* Either each reference of an object has the span ANYTHING, or none has. */
    [REFERRED] = "SELECT 1 FROM ref WHERE target=?1 AND types<>-1 LIMIT 1",
    [REFS_WIDEN] = ("UPDATE ref SET types=types|?2, since=min(since,?3), until=max(until,?4)"
                    " WHERE object IN (SELECT object FROM ref WHERE target=?1 AND types<>-1)"
                    " AND target<>?1 AND (types&?2<>?2 OR since>?3 OR until<?4)"),
    [REFS_FORGET] = ("UPDATE ref SET types=?2, since=?3, until=?4"
                     " WHERE object IN (SELECT object FROM ref WHERE target=?1 AND types<>-1)"),
    [SPANS_OF] = "SELECT type,since,until FROM object WHERE id=?1 AND latest=1",
    [SPAN_OF] = "SELECT type,since,until FROM object WHERE number=?1",
    [PLACE_ADD] = "INSERT INTO place(object,south,north,west,east) VALUES(?1,?2,?2,?3,?3)",
    [PLACE_DROP] = "DELETE FROM place WHERE object=?1",
    [TEXT_ADD] = "INSERT INTO words(rowid,text) VALUES(?1,?2)",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [MARK] = "SAVEPOINT mark",
    [UNDO] = "ROLLBACK TO mark",
    [KEEP] = "RELEASE mark",
};

struct sqlite {
    struct sql_store base;
    sqlite3 *db;
    struct sqlite_cursor kept[STORE_SQL_END];
    struct sqlite_cursor local[LOCAL_END];
    struct sqlite_cursor *idle[IDLE]; /* the one that was let go last comes first */
    bool wide;                        /* its cache is of the size for questions */
};

static const struct sql_driver driver;

static struct sqlite *of(store *s)
{
    return (struct sqlite *)s;
}

/* ---- plumbing ---- */

static ent_code cursor_ready(struct sqlite *s, struct sqlite_cursor *c, const char *sql,
                             ent_err *err)
{
    if (c->stmt == NULL) {
        *c = (struct sqlite_cursor){ { &driver }, s, NULL, false };
        if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->stmt, NULL) !=
            SQLITE_OK)
            return store_sqlite_fail(s->db, err);
    }
    (void)sqlite3_reset(c->stmt);
    (void)sqlite3_clear_bindings(c->stmt);
    return ENT_OK;
}

static ent_code kept(store *s, enum store_sql which, sql_cursor **cursor, ent_err *err)
{
    struct sqlite_cursor *c = &of(s)->kept[which];

    ENT_TRY(cursor_ready(of(s), c, store_sql_text[which], err));
    *cursor = &c->base;
    return ENT_OK;
}

static ent_code local(struct sqlite *s, enum local which, sql_cursor **cursor, ent_err *err)
{
    ENT_TRY(cursor_ready(s, &s->local[which], local_text[which], err));
    *cursor = &s->local[which].base;
    return ENT_OK;
}

static ent_code local_run(struct sqlite *s, enum local which, ent_err *err)
{
    sql_cursor *c;

    ENT_TRY(local(s, which, &c, err));
    return store_sql_done(c, err);
}

/* Preparing a question takes longer than answering most: the last ones wait to be asked again. */
static struct sqlite_cursor *idle_take(struct sqlite *s, const char *sql)
{
    for (int i = 0; i < IDLE && s->idle[i] != NULL; i++) {
        struct sqlite_cursor *c = s->idle[i];

        if (strcmp(sqlite3_sql(c->stmt), sql) != 0)
            continue;
        memmove(&s->idle[i], &s->idle[i + 1], (size_t)(IDLE - 1 - i) * sizeof(*s->idle));
        s->idle[IDLE - 1] = NULL;
        return c;
    }
    return NULL;
}

static void idle_free(struct sqlite_cursor *c)
{
    if (c == NULL)
        return;
    (void)sqlite3_finalize(c->stmt);
    free(c);
}

static void idle_put(struct sqlite_cursor *c)
{
    struct sqlite *s = c->s;

    (void)sqlite3_reset(c->stmt);
    (void)sqlite3_clear_bindings(c->stmt);
    idle_free(s->idle[IDLE - 1]);
    memmove(&s->idle[1], &s->idle[0], (IDLE - 1) * sizeof(*s->idle));
    s->idle[0] = c;
}

static ent_code own(store *s, const char *sql, sql_cursor **cursor, ent_err *err)
{
    struct sqlite_cursor *c = idle_take(of(s), sql);
    ent_code rc;

    if (c != NULL) {
        *cursor = &c->base;
        return ENT_OK;
    }
    c = calloc(1, sizeof *c);
    if (c == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a query");
    *c = (struct sqlite_cursor){ { &driver }, of(s), NULL, true };
    if (sqlite3_prepare_v2(of(s)->db, sql, -1, &c->stmt, NULL) != SQLITE_OK) {
        rc = store_sqlite_fail(of(s)->db, err);
        free(c);
        return rc;
    }
    *cursor = &c->base;
    return ENT_OK;
}

static sqlite3_stmt *stmt_of(const sql_cursor *c)
{
    return ((const struct sqlite_cursor *)c)->stmt;
}

static void bind_text(sql_cursor *c, int at, ent_str text)
{
    (void)sqlite3_bind_text64(stmt_of(c), at, text.ptr == NULL ? "" : text.ptr, text.size,
                              SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_bytes(sql_cursor *c, int at, ent_str bytes)
{
    (void)sqlite3_bind_blob64(stmt_of(c), at, bytes.ptr == NULL ? "" : bytes.ptr, bytes.size,
                              SQLITE_STATIC);
}

static void bind_number(sql_cursor *c, int at, int64_t number)
{
    (void)sqlite3_bind_int64(stmt_of(c), at, number);
}

static void bind_real(sql_cursor *c, int at, double number)
{
    (void)sqlite3_bind_double(stmt_of(c), at, number);
}

static void bind_null(sql_cursor *c, int at)
{
    (void)sqlite3_bind_null(stmt_of(c), at);
}

static ent_code step(sql_cursor *c, bool *row, ent_err *err)
{
    int rc = sqlite3_step(stmt_of(c));

    *row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE
               ? ENT_OK
               : store_sqlite_fail(((struct sqlite_cursor *)c)->s->db, err);
}

static ent_str column(const sql_cursor *c, int at)
{
    const char *text = sqlite3_column_blob(stmt_of(c), at);

    return (ent_str){ text == NULL ? "" : text, (size_t)sqlite3_column_bytes(stmt_of(c), at) };
}

static int64_t column_number(const sql_cursor *c, int at)
{
    return sqlite3_column_int64(stmt_of(c), at);
}

static bool column_real(const sql_cursor *c, int at, double *number)
{
    *number = sqlite3_column_double(stmt_of(c), at);
    return sqlite3_column_type(stmt_of(c), at) != SQLITE_NULL;
}

static void done(sql_cursor *cursor)
{
    struct sqlite_cursor *c = (struct sqlite_cursor *)cursor;

    if (c->own)
        idle_put(c);
    else
        (void)sqlite3_reset(c->stmt);
}

/* ---- rows ---- */

static ent_code keys_add(store *s, const store_object *o, int64_t number, ent_err *err)
{
    for (size_t i = 0; i < o->key_count; i++) {
        sql_cursor *c;

        ENT_TRY(kept(s, STORE_SQL_KEY_ADD, &c, err));
        bind_text(c, 1, o->keys[i]);
        bind_number(c, 2, number);
        ENT_TRY(store_sql_done(c, err));
    }
    return ENT_OK;
}

/* Widens the span by what the statement finds, and lets go of it. */
static ent_code span_take(sql_cursor *c, store_span *span, ent_err *err)
{
    bool row = true;
    ent_code rc;

    while ((rc = step(c, &row, err)) == ENT_OK && row)
        store_span_add(span, column(c, 0),
                       (ent_days){ (ent_day)column_number(c, 1), (ent_day)column_number(c, 2) });
    done(c);
    return rc;
}

/* What everybody's latest version of an object is. */
static ent_code span_read(struct sqlite *s, ent_str id, store_span *span, ent_err *err)
{
    sql_cursor *c;

    *span = STORE_SPAN_NOTHING;
    ENT_TRY(local(s, SPANS_OF, &c, err));
    bind_text(c, 1, id);
    return span_take(c, span, err);
}

static void span_bind(sql_cursor *c, int at, const store_span *span)
{
    bind_number(c, at, span->types);
    bind_number(c, at + 1, span->since);
    bind_number(c, at + 2, span->until);
}

/* Each reference of a relationship with the span of the others. */
static ent_code refs_add(struct sqlite *s, const store_object *o, int64_t number, ent_err *err)
{
    bool few = o->ref_count <= STORE_SPAN_REFS && !store_span_told(o->type);
    store_span spans[STORE_SPAN_REFS];

    for (size_t i = 0; few && i < o->ref_count; i++)
        ENT_TRY(span_read(s, o->refs[i], &spans[i], err));
    for (size_t i = 0; i < o->ref_count; i++) {
        store_span beside = few ? STORE_SPAN_NOTHING : STORE_SPAN_ANYTHING;
        sql_cursor *c;

        for (size_t k = 0; few && k < o->ref_count; k++)
            if (!ent_str_equal(o->refs[k], o->refs[i]))
                store_span_join(&beside, &spans[k]);
        ENT_TRY(local(s, REF_ADD, &c, err));
        bind_text(c, 1, o->refs[i]);
        bind_number(c, 2, number);
        span_bind(c, 3, &beside);
        ENT_TRY(store_sql_done(c, err));
    }
    return ENT_OK;
}

/* What whoever refers to an object knows of it before it is put; nobody does: anything, as there is
 * no span to widen. */
static ent_code span_known(struct sqlite *s, const store_object *o, int64_t before,
                           store_span *known, ent_err *err)
{
    bool referred = false;
    sql_cursor *c;
    ent_code rc;

    *known = STORE_SPAN_ANYTHING;
    if (!store_span_told(o->type))
        return ENT_OK;
    ENT_TRY(local(s, REFERRED, &c, err));
    bind_text(c, 1, o->id);
    rc = step(c, &referred, err);
    done(c);
    if (rc != ENT_OK || !referred)
        return rc;
    ENT_TRY(span_read(s, o->id, known, err));
    if (before == 0)
        return ENT_OK;
    ENT_TRY(local(s, SPAN_OF, &c, err));
    bind_number(c, 1, before);
    return span_take(c, known, err);
}

/* Whoever refers to it has such an object beside its other references now; most knew, of the version
 * that it takes the place of or of another owner's. */
static ent_code refs_widen(struct sqlite *s, const store_object *o, const store_span *known,
                           ent_err *err)
{
    store_span span = STORE_SPAN_NOTHING;
    sql_cursor *c;

    store_span_add(&span, o->type, o->when);
    if (store_span_has(known, &span))
        return ENT_OK;
    ENT_TRY(local(s, REFS_WIDEN, &c, err));
    bind_text(c, 1, o->id);
    span_bind(c, 2, &span);
    return store_sql_done(c, err);
}

static ent_code spans_forget(store *s, ent_str id, ent_err *err)
{
    sql_cursor *c;

    ENT_TRY(local(of(s), REFS_FORGET, &c, err));
    bind_text(c, 1, id);
    span_bind(c, 2, &STORE_SPAN_ANYTHING);
    return store_sql_done(c, err);
}

static ent_code found_add(store *s, const store_object *o, int64_t number, ent_err *err)
{
    sql_cursor *c;

    ENT_TRY(keys_add(s, o, number, err));
    ENT_TRY(local(of(s), TEXT_ADD, &c, err));
    bind_number(c, 1, number);
    bind_text(c, 2, o->text);
    return store_sql_done(c, err);
}

static ent_code index_add(store *s, const store_object *o, int64_t number, ent_err *err)
{
    sql_cursor *c;

    ENT_TRY(refs_add(of(s), o, number, err));
    if (o->place.known) {
        ENT_TRY(local(of(s), PLACE_ADD, &c, err));
        bind_number(c, 1, number);
        bind_real(c, 2, o->place.latitude);
        bind_real(c, 3, o->place.longitude);
        ENT_TRY(store_sql_done(c, err));
    }
    return found_add(s, o, number, err);
}

static ent_code insert(store *s, const store_object *o, int64_t before, bool latest,
                       ent_str tombstone, ent_err *err)
{
    store_span known;
    sql_cursor *c;

    if (latest)
        ENT_TRY(span_known(of(s), o, before, &known, err));
    ENT_TRY(kept(s, STORE_SQL_INSERT, &c, err));
    bind_text(c, 1, o->owner);
    bind_text(c, 2, o->id);
    bind_text(c, 3, o->version);
    bind_text(c, 4, o->type);
    bind_bytes(c, 5, o->bytes);
    bind_number(c, 6, o->received);
    bind_text(c, 7, o->source);
    bind_text(c, 8, o->retention);
    bind_number(c, 9, latest);
    bind_text(c, 10, tombstone);
    bind_text(c, 11, o->handling);
    bind_text(c, 12, o->quarantine);
    bind_number(c, 13, o->when.first);
    bind_number(c, 14, o->when.last);
    if (o->place.known) {
        bind_real(c, 15, o->place.latitude);
        bind_real(c, 16, o->place.longitude);
    }
    ENT_TRY(store_sql_done(c, err));
    if (!latest)
        return ENT_OK;
    ENT_TRY(index_add(s, o, sqlite3_last_insert_rowid(of(s)->db), err));
    return refs_widen(of(s), o, &known, err);
}

static ent_code index_drop(store *s, int64_t number, ent_err *err)
{
    sql_cursor *c;

    ENT_TRY(store_sql_number_run(s, STORE_SQL_KEYS_DROP, number, err));
    ENT_TRY(store_sql_number_run(s, STORE_SQL_REFS_DROP, number, err));
    ENT_TRY(store_sql_number_run(s, STORE_SQL_TEXT_DROP, number, err));
    ENT_TRY(local(of(s), PLACE_DROP, &c, err));
    bind_number(c, 1, number);
    return store_sql_done(c, err);
}

/* FTS5 has a query language; words from outside become quoted strings in it:
 * `a b|c` is ("a") AND ("b" OR "c"*). */
static ent_code words(ent_arena *arena, const char *text, ent_str *out, ent_err *err)
{
    bool open = false;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    while (*text != '\0') {
        size_t size = strcspn(text, " |");

        if (size > 0) {
            ent_buf_c(&buf, open ? " OR \"" : buf.size > 0 ? " AND (\"" : "(\"");
            for (size_t i = 0; i < size; i++)
                if (text[i] != '"')
                    ent_buf_byte(&buf, (unsigned char)text[i]);
            /* The last word may still be in writing. */
            ent_buf_c(&buf, strchr(text + size, ' ') == NULL ? "\"*" : "\"");
            open = true;
        }
        if (open && (text[size] == ' ' || text[size] == '\0')) {
            ent_buf_byte(&buf, ')');
            open = false;
        }
        text += size + (text[size] != '\0');
    }
    if (open)
        ent_buf_byte(&buf, ')');
    return ent_buf_done(&buf, out, err);
}

static const struct sql_driver driver = {
    .kept = kept,
    .own = own,
    .text = bind_text,
    .bytes = bind_bytes,
    .number = bind_number,
    .real = bind_real,
    .null = bind_null,
    .step = step,
    .column = column,
    .column_number = column_number,
    .column_real = column_real,
    .done = done,
    .insert = insert,
    .index_drop = index_drop,
    .found_add = found_add,
    .words = words,
    .spans_forget = spans_forget,
    .text_join = " JOIN words w ON w.rowid=o.number",
    .text_where = "words MATCH %1",
    /* As PostgreSQL does; BM25 would tell of texts that are hidden from who reads. */
    .text_order = "length(w.text), o.number",
    /* Begins with the places in the box, however many objects are of a type (CROSS JOIN keeps the
     * order). */
    .near_from = "place p CROSS JOIN object o ON o.number=p.object",
    /* The R-tree rounds outwards, to 32 bits. */
    .near_where = "p.north>=%1 AND p.south<=%2 AND p.east>=%3 AND p.west<=%4",
    .near_round = "p.north>=%1 AND p.south<=%2 AND (p.east>=%3 OR p.west<=%4)",
};

/* ---- opening ---- */

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

static void close_(store *base)
{
    struct sqlite *s = of(base);

    for (int i = 0; i < STORE_SQL_END; i++)
        (void)sqlite3_finalize(s->kept[i].stmt);
    for (int i = 0; i < LOCAL_END; i++)
        (void)sqlite3_finalize(s->local[i].stmt);
    for (int i = 0; i < IDLE; i++)
        idle_free(s->idle[i]);
    (void)sqlite3_close(s->db);
    free(s);
}

/* Two processes that meet a new file both read it and both want to change its mode: SQLite tells
 * one of them at once that it is busy, without waiting, as it could not know for what. */
static ent_code wal_begin(struct sqlite *s, ent_err *err)
{
    ent_code rc = store_sqlite_run(s->db, "PRAGMA journal_mode=WAL", err);

    for (int waited = 0; rc == ENT_RETRY && waited < BUSY_MS; waited += WAL_RETRY_MS) {
        (void)sqlite3_sleep(WAL_RETRY_MS);
        rc = store_sqlite_run(s->db, "PRAGMA journal_mode=WAL", err);
    }
    return rc;
}

static ent_code settings_make(struct sqlite *s, ent_err *err)
{
    ENT_TRY(wal_begin(s, err));
    return store_sqlite_run(
        s->db,
        "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
        /* A batch of an import stays in memory until it is committed, and the log is
                    * brought into the file less often. */
        "PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=16384",
        err);
}

static ent_code open_(const char *path, store **out, ent_err *err)
{
    struct sqlite *s = calloc(1, sizeof *s);
    ent_code rc;

    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    s->base = (struct sql_store){ { .ops = &store_sqlite }, &driver };
    made_private(path);
    if (sqlite3_open_v2(path, &s->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        rc = s->db == NULL ? ent_fail(err, ENT_MEMORY, "no memory for the store")
                           : store_sqlite_fail(s->db, err);
    } else {
        (void)sqlite3_busy_timeout(s->db, BUSY_MS);
        rc = settings_make(s, err);
        if (rc == ENT_OK)
            rc = store_sqlite_schema_update(s->db, err);
    }
    if (rc != ENT_OK) {
        close_(&s->base.base);
        return rc;
    }
    *out = &s->base.base;
    return ENT_OK;
}

/* ---- transactions ---- */

static ent_code begin(store *s, ent_err *err)
{
    return local_run(of(s), BEGIN, err);
}

static ent_code commit(store *s, ent_err *err)
{
    return local_run(of(s), COMMIT, err);
}

static void rollback(store *s)
{
    ent_err ignored = { 0 };

    if (sqlite3_get_autocommit(of(s)->db) == 0)
        (void)!local_run(of(s), ROLLBACK, &ignored);
}

static ent_code mark(store *s, ent_err *err)
{
    return local_run(of(s), MARK, err);
}

static ent_code mark_keep(store *s, ent_err *err)
{
    return local_run(of(s), KEEP, err);
}

static ent_code mark_undo(store *s, ent_err *err)
{
    ENT_TRY(local_run(of(s), UNDO, err));
    return mark_keep(s, err);
}

/* ---- care ---- */

static ent_code backup(store *s, const char *path, ent_err *err)
{
    sqlite3 *to = NULL;
    sqlite3_backup *copy;
    int rc = sqlite3_open(path, &to);

    if (rc == SQLITE_OK) {
        copy = sqlite3_backup_init(to, "main", of(s)->db, "main");
        rc = copy == NULL ? sqlite3_errcode(to) : sqlite3_backup_step(copy, -1);
        if (copy != NULL)
            rc = sqlite3_backup_finish(copy);
    }
    if (rc != SQLITE_OK)
        (void)ent_fail(err, ENT_IO, "cannot back up to '%s': %s", path,
                       to == NULL ? "no memory" : sqlite3_errmsg(to));
    (void)sqlite3_close(to);
    return rc == SQLITE_OK ? ENT_OK : err->code;
}

/* A question for what else things refer to reads pages from all over the file, the same ones for
 * each place and window: who asks one keeps more of them than an import needs. */
static ent_code each(store *base, const store_query *query, store_each to, void *arg, ent_err *err)
{
    struct sqlite *s = of(base);

    if (query->beside_count > 0 && !s->wide) {
        ENT_TRY(store_sqlite_run(s->db, "PRAGMA cache_size=-65536", err));
        s->wide = true;
    }
    return store_sql_each(base, query, to, arg, err);
}

static ent_code limit(store *s, int64_t pages, ent_err *err)
{
    char sql[64];

    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count=%lld",
                   pages > 0 ? (long long)pages : 1073741823LL);
    return store_sqlite_run(of(s)->db, sql, err);
}

/* The file's pages and the log's, as the file system has them. */
static ent_code bytes_(store *s, int64_t *bytes, ent_err *err)
{
    const char *path = sqlite3_db_filename(of(s)->db, "main");
    struct stat file;

    (void)err;
    if (path == NULL || path[0] == '\0')
        return ENT_OK; /* in memory */
    if (stat(path, &file) == 0)
        *bytes += (int64_t)file.st_size;
    if (stat(sqlite3_filename_wal(path), &file) == 0)
        *bytes += (int64_t)file.st_size;
    return ENT_OK;
}

static ent_code check(store *base, ent_err *err)
{
    struct sqlite *s = of(base);
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;

    if (sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        rc = store_sqlite_fail(s->db, err);
    else if (strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") != 0)
        rc = ent_fail(err, ENT_IO, "the store is damaged: %s; restore a backup",
                      (const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    return rc;
}

const struct store_ops store_sqlite = {
    .name = "sqlite",
    .open = open_,
    .close = close_,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .mark = mark,
    .mark_undo = mark_undo,
    .mark_keep = mark_keep,
    STORE_SQL_OPS,
    .each = each,
    .check = check,
    .backup = backup,
    .limit = limit,
    .bytes = bytes_,
};
