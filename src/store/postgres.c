#include "store/postgres_int.h"

#include <stdio.h>
#include <stdlib.h>

#define PENDING_MAX 256 /* so that neither side's socket buffer fills while nobody reads */
#define PAGE        256

static struct pg *of(store *s)
{
    return (struct pg *)s;
}

static struct pg_cursor *cursor_of(sql_cursor *c)
{
    return (struct pg_cursor *)c;
}

/* ---- failures ---- */

ent_code store_pg_fail(struct pg *s, const PGresult *result, ent_err *err)
{
    const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *says = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (PQstatus(s->connection) != CONNECTION_OK ||
        (state != NULL && (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0)))
        return ent_fail(err, ENT_UNAVAILABLE, "the store's server is gone: %s",
                        says == NULL ? "the connection was lost" : says);
    if (state == NULL)
        return ent_fail(err, ENT_IO, "the store: %s", PQerrorMessage(s->connection));
    /* Waited too long for a lock, a deadlock, or another writer's row. */
    if (strcmp(state, "55P03") == 0 || strncmp(state, "40", 2) == 0 || strcmp(state, "23505") == 0)
        return ent_fail(err, ENT_RETRY, "the store is busy; try again");
    if (strcmp(state, "53200") == 0)
        return ent_fail(err, ENT_MEMORY, "the store's server has no memory");
    if (strncmp(state, "XX", 2) == 0)
        return ent_fail(err, ENT_IO, "the store is damaged: %s; restore a backup",
                        says == NULL ? "" : says);
    return ent_fail(err, ENT_IO, "the store: %s (%s)", says == NULL ? "" : says, state);
}

/* ---- the pipeline ---- */

/* Takes one command's results; the last of them is kept. */
static PGresult *command_result(struct pg *s)
{
    PGresult *kept = NULL, *next;

    while ((next = PQgetResult(s->connection)) != NULL) {
        PQclear(kept);
        kept = next;
        if (PQstatus(s->connection) != CONNECTION_OK)
            break;
    }
    return kept;
}

ent_code store_pg_drain(struct pg *s, PGresult **last, ent_err *err)
{
    size_t count = s->pending;
    ent_code rc = ENT_OK;
    PGresult *result;

    if (last != NULL)
        *last = NULL;
    if (count == 0)
        return ENT_OK;
    s->pending = 0;
    if (PQpipelineSync(s->connection) != 1)
        return store_pg_fail(s, NULL, err);
    for (size_t i = 0; i < count; i++) {
        ExecStatusType status;

        result = command_result(s);
        status = PQresultStatus(result);
        /* The first failure says why; what follows was not run because of it. */
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && rc == ENT_OK)
            rc = store_pg_fail(s, result, err);
        if (last != NULL && i + 1 == count && rc == ENT_OK)
            *last = result;
        else
            PQclear(result);
        if (PQstatus(s->connection) != CONNECTION_OK)
            return rc == ENT_OK ? store_pg_fail(s, NULL, err) : rc;
    }
    result = PQgetResult(s->connection); /* the sync's own */
    PQclear(result);
    return rc;
}

static ent_code sent(struct pg *s, int ok, ent_err *err)
{
    if (ok != 1)
        return store_pg_fail(s, NULL, err);
    s->pending++;
    return ENT_OK;
}

static ent_code command_send(struct pg *s, const char *sql, ent_err *err)
{
    return sent(s, PQsendQueryParams(s->connection, sql, 0, NULL, NULL, NULL, NULL, 1), err);
}

ent_code store_pg_command(struct pg *s, const char *sql, ent_err *err)
{
    ENT_TRY(command_send(s, sql, err));
    return store_pg_drain(s, NULL, err);
}

static int64_t number_read(const char *bytes)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | (unsigned char)bytes[i];
    return (int64_t)number;
}

static void number_write(char bytes[8], uint64_t number)
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        bytes[i] = (char)(number & 0xff);
}

ent_code store_pg_number(struct pg *s, const char *sql, int64_t *number, ent_err *err)
{
    PGresult *result;

    ENT_TRY(command_send(s, sql, err));
    ENT_TRY(store_pg_drain(s, &result, err));
    *number = PQntuples(result) == 1 && PQgetlength(result, 0, 0) == 8
                  ? number_read(PQgetvalue(result, 0, 0))
                  : 0;
    PQclear(result);
    return ENT_OK;
}

/* ---- statements ---- */

/* ?1 becomes $1: the tables' statements have no other question mark. */
static void placeholders(char *to, const char *sql)
{
    for (; *sql != '\0'; sql++)
        *to++ = *sql == '?' ? '$' : *sql;
    *to = '\0';
}

static ent_code kept(store *base, enum store_sql which, sql_cursor **cursor, ent_err *err)
{
    struct pg *s = of(base);
    struct pg_cursor *c = &s->kept[which];
    char sql[1024];

    if (!c->prepared) {
        *c = (struct pg_cursor){ .base = { &store_pg_driver },
                                 .s = s,
                                 .sql = store_sql_text[which] };
        (void)snprintf(c->name, sizeof c->name, "s%d", (int)which);
        placeholders(sql, c->sql);
        ENT_TRY(sent(s, PQsendPrepare(s->connection, c->name, sql, 0, NULL), err));
        c->prepared = true;
    }
    PQclear(c->result);
    c->result = NULL;
    c->count = 0;
    c->started = false;
    *cursor = &c->base;
    return ENT_OK;
}

static ent_code own(store *base, const char *sql, sql_cursor **cursor, ent_err *err)
{
    struct pg_cursor *c = calloc(1, sizeof *c);

    if (c == NULL || (c->text = malloc(strlen(sql) + 1)) == NULL) {
        free(c);
        return ent_fail(err, ENT_MEMORY, "no memory for a query");
    }
    c->base.driver = &store_pg_driver;
    c->s = of(base);
    c->own = true;
    placeholders(c->text, sql);
    c->sql = c->text;
    *cursor = &c->base;
    return ENT_OK;
}

static void value_set(sql_cursor *cursor, int at, const char *value, size_t size)
{
    struct pg_cursor *c = cursor_of(cursor);

    ENT_ASSERT(at >= 1 && at <= PG_PARAMETERS && size <= INT32_MAX);
    while (c->count < at)
        c->values[c->count++] = NULL;
    c->values[at - 1] = value;
    c->sizes[at - 1] = (int)size;
}

static void bind_text(sql_cursor *c, int at, ent_str text)
{
    value_set(c, at, text.ptr == NULL ? "" : text.ptr, text.size);
}

static void bind_number(sql_cursor *c, int at, int64_t number)
{
    char *room = cursor_of(c)->numbers[at - 1];

    number_write(room, (uint64_t)number);
    value_set(c, at, room, 8);
}

static void bind_real(sql_cursor *c, int at, double number)
{
    char *room = cursor_of(c)->numbers[at - 1];
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    number_write(room, bits);
    value_set(c, at, room, 8);
}

static void bind_null(sql_cursor *c, int at)
{
    value_set(c, at, NULL, 0);
}

static ent_code cursor_send(struct pg_cursor *c, ent_err *err)
{
    static const int binary[PG_PARAMETERS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    PGconn *connection = c->s->connection;

    return sent(
        c->s,
        c->own
            ? PQsendQueryParams(connection, c->sql, c->count, NULL, c->values, c->sizes, binary, 1)
            : PQsendQueryPrepared(connection, c->name, c->count, c->values, c->sizes, binary, 1),
        err);
}

static ent_code cursor_start(struct pg_cursor *c, ent_err *err)
{
    struct pg *s = c->s;
    bool reads = strncmp(c->sql, "SELECT", 6) == 0;

    c->started = true;
    /* Rows that were gathered come before whatever may see or change them. */
    ENT_TRY(store_pg_copy_flush(s, err));
    if (!reads)
        s->changed = true;
    /* An INSERT that names its number takes one that this transaction has not given away. */
    ENT_TRY(cursor_send(c, err));
    if (!reads && s->open)
        return s->pending >= PENDING_MAX ? store_pg_drain(s, NULL, err) : ENT_OK;
    return store_pg_drain(s, &c->result, err);
}

static ent_code step(sql_cursor *cursor, bool *row, ent_err *err)
{
    struct pg_cursor *c = cursor_of(cursor);

    *row = false;
    if (!c->started) {
        ENT_TRY(cursor_start(c, err));
        c->row = -1;
    }
    if (c->result == NULL)
        return ENT_OK;
    *row = ++c->row < PQntuples(c->result);
    return ENT_OK;
}

static ent_str column(const sql_cursor *cursor, int at)
{
    const struct pg_cursor *c = (const struct pg_cursor *)cursor;

    return (ent_str){ PQgetvalue(c->result, c->row, at),
                      (size_t)PQgetlength(c->result, c->row, at) };
}

static int64_t column_number(const sql_cursor *cursor, int at)
{
    ent_str bytes = column(cursor, at);

    return bytes.size == 8 ? number_read(bytes.ptr) : 0;
}

static bool column_real(const sql_cursor *cursor, int at, double *number)
{
    const struct pg_cursor *c = (const struct pg_cursor *)cursor;
    int64_t bits = column_number(cursor, at);

    memcpy(number, &bits, sizeof bits);
    return PQgetisnull(c->result, c->row, at) == 0;
}

static void done(sql_cursor *cursor)
{
    struct pg_cursor *c = cursor_of(cursor);

    PQclear(c->result);
    c->result = NULL;
    if (c->own) {
        free(c->text);
        free(c);
    }
}

static ent_code index_drop(store *s, int64_t number, ent_err *err)
{
    ENT_TRY(store_sql_number_run(s, STORE_SQL_KEYS_DROP, number, err));
    ENT_TRY(store_sql_number_run(s, STORE_SQL_REFS_DROP, number, err));
    return store_sql_number_run(s, STORE_SQL_TEXT_DROP, number, err);
}

const struct sql_driver store_pg_driver = {
    .kept = kept,
    .own = own,
    .text = bind_text,
    .bytes = bind_text,
    .number = bind_number,
    .real = bind_real,
    .null = bind_null,
    .step = step,
    .column = column,
    .column_number = column_number,
    .column_real = column_real,
    .done = done,
    .insert = store_pg_insert,
    .index_drop = index_drop,
    .found_add = store_pg_found_add,
    .words = store_pg_words,
    .text_join = " JOIN words w ON w.rowid=o.number",
    .text_where = "array_to_tsvector(string_to_array(w.text,' ')) @@ %1::text::tsquery",
    /* Shorter texts say more about each of their words. */
    .text_order = "length(w.text), o.number",
    .near_from = "object o",
    .near_where = "o.latest=1 AND o.lat IS NOT NULL AND point(o.lon,o.lat) <@"
                  " box(point(%3,%1),point(%4,%2))",
    .near_round = "o.latest=1 AND o.lat IS NOT NULL AND (point(o.lon,o.lat) <@"
                  " box(point(%3,%1),point(180,%2)) OR point(o.lon,o.lat) <@"
                  " box(point(-180,%1),point(%4,%2)))",
    .page = PAGE,
};

/* ---- transactions ---- */

/* One writer at a time, as with SQLite: everything above reads, decides and writes within a
 * transaction and may rely on nobody writing in between.  The lock is the schema's. */
static ent_code begin(store *base, ent_err *err)
{
    struct pg *s = of(base);
    ent_code rc;

    ENT_TRY(command_send(s, "BEGIN", err));
    ENT_TRY(command_send(s, "SET LOCAL lock_timeout='20s'", err));
    ENT_TRY(command_send(s, "SELECT pg_advisory_xact_lock(1701737588, hashtext(current_schema()))",
                         err));
    rc = store_pg_drain(s, NULL, err);
    if (rc != ENT_OK) {
        ent_err ignored = { 0 };

        (void)!store_pg_command(s, "ROLLBACK", &ignored);
        return rc;
    }
    s->open = true;
    s->changed = false;
    s->number = 0;
    return ENT_OK;
}

static void rollback(store *base)
{
    struct pg *s = of(base);
    ent_err ignored = { 0 };

    store_pg_copy_forget(s);
    if (!s->open)
        return;
    s->open = false;
    (void)!store_pg_drain(s, NULL, &ignored);
    /* Statements that failed to be prepared in a failed transaction are prepared anew. */
    (void)!store_pg_command(s, "ROLLBACK", &ignored);
    (void)!store_pg_command(s, "DEALLOCATE ALL", &ignored);
    for (int i = 0; i < STORE_SQL_END; i++)
        s->kept[i].prepared = false;
}

static ent_code commit(store *base, ent_err *err)
{
    struct pg *s = of(base);
    PGresult *result = NULL;
    ent_code rc;

    ENT_TRY(store_pg_copy_flush(s, err));
    if (s->changed)
        ENT_TRY(command_send(s, "NOTIFY entente_changes", err));
    ENT_TRY(store_pg_drain(s, NULL, err));
    ENT_TRY(command_send(s, "COMMIT", err));
    rc = store_pg_drain(s, &result, err);
    /* The COMMIT of a failed transaction succeeds and says ROLLBACK. */
    if (rc == ENT_OK && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        rc = ent_fail(err, ENT_IO, "the store did not commit");
    PQclear(result);
    if (rc == ENT_OK)
        s->open = false;
    return rc;
}

static ent_code marked(store *base, const char *sql, ent_err *err)
{
    struct pg *s = of(base);

    ENT_TRY(store_pg_copy_flush(s, err));
    ENT_TRY(store_pg_drain(s, NULL, err));
    return store_pg_command(s, sql, err);
}

static ent_code mark(store *s, ent_err *err)
{
    return marked(s, "SAVEPOINT mark", err);
}

static ent_code mark_keep(store *s, ent_err *err)
{
    return marked(s, "RELEASE mark", err);
}

/* Also after a failure: what was sent since is waited for, and its failure is what is undone. */
static ent_code mark_undo(store *base, ent_err *err)
{
    struct pg *s = of(base);
    ent_err undone = { 0 };

    store_pg_copy_forget(s);
    (void)!store_pg_drain(s, NULL, &undone);
    s->number = 0;
    ENT_TRY(store_pg_command(s, "ROLLBACK TO mark", err));
    return store_pg_command(s, "RELEASE mark", err);
}

/* ---- which are there ---- */

/* An array of texts in binary form: dimensions, no nulls, element type, size, first index. */
static ent_code array_write(ent_arena *arena, const ent_str *list, size_t count, ent_str *out,
                            ent_err *err)
{
    const uint32_t head[5] = { 1, 0, 25, (uint32_t)count, 1 };
    ent_buf buf;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < 5 + count; i++) {
        uint32_t word = i < 5 ? head[i] : (uint32_t)list[i - 5].size;

        for (int shift = 24; shift >= 0; shift -= 8)
            ent_buf_byte(&buf, (unsigned char)(word >> shift & 0xff));
        if (i >= 5)
            ent_buf_str(&buf, list[i - 5]);
    }
    return ent_buf_done(&buf, out, err);
}

static ent_code present_in(struct pg *s, ent_arena *arena, const char *owner, const ent_str *ids,
                           size_t count, void (*tell)(void *arg, ent_str id), void *arg,
                           ent_err *err)
{
    bool row = true;
    sql_cursor *c;
    ent_str array;
    ent_code rc;

    ENT_TRY(array_write(arena, ids, count, &array, err));
    ENT_TRY(
        own(&s->base.base, "SELECT id FROM object WHERE owner=?1 AND id=ANY(?2::text[])", &c, err));
    store_sql_c(c, 1, owner);
    bind_text(c, 2, array);
    while ((rc = step(c, &row, err)) == ENT_OK && row)
        tell(arg, column(c, 0));
    done(c);
    return rc;
}

static ent_code present(store *s, const char *owner, const ent_str *ids, size_t count,
                        void (*tell)(void *arg, ent_str id), void *arg, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    rc = present_in(of(s), arena, owner, ids, count, tell, arg, err);
    ent_arena_free(arena);
    return rc;
}

/* ---- changes ---- */

static int changes(store *s)
{
    ent_err ignored = { 0 };

    (void)!store_pg_command(of(s), "LISTEN entente_changes", &ignored);
    return PQsocket(of(s)->connection);
}

static bool changes_take(store *base)
{
    struct pg *s = of(base);
    bool others = false;
    PGnotify *note;

    (void)PQconsumeInput(s->connection);
    while ((note = PQnotifies(s->connection)) != NULL) {
        others = others || note->be_pid != PQbackendPID(s->connection);
        PQfreemem(note);
    }
    return others;
}

/* ---- opening ---- */

static void close_(store *base)
{
    struct pg *s = of(base);

    for (int i = 0; i < STORE_SQL_END; i++)
        PQclear(s->kept[i].result);
    PQfinish(s->connection);
    ent_arena_free(s->copy.arena);
    free(s);
}

static void quiet(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

static ent_code connected(struct pg *s, const char *where, ent_err *err)
{
    s->connection = PQconnectdb(where);
    if (s->connection == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    if (PQstatus(s->connection) != CONNECTION_OK) {
        const char *says = PQerrorMessage(s->connection);

        /* Of a URL that it cannot read libpq would repeat the piece, which may be secret. */
        if (PQsocket(s->connection) < 0 && PQhost(s->connection) == NULL)
            return ent_fail(err, ENT_CONFIG, "it is no URL that libpq understands");
        return ent_fail(err, ENT_UNAVAILABLE, "the store's server: %.*s", (int)strcspn(says, "\n"),
                        says);
    }
    (void)PQsetNoticeReceiver(s->connection, quiet, NULL);
    if (PQserverVersion(s->connection) < 150000)
        return ent_fail(err, ENT_CONFIG, "PostgreSQL 15 or newer is needed");
    if (PQenterPipelineMode(s->connection) != 1)
        return store_pg_fail(s, NULL, err);
    return ENT_OK;
}

static ent_code open_(const char *where, store **out, ent_err *err)
{
    struct pg *s = calloc(1, sizeof *s);
    ent_code rc;

    if (s == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    s->base = (struct sql_store){ { .ops = &store_postgres }, &store_pg_driver };
    rc = connected(s, where, err);
    if (rc == ENT_OK)
        rc = store_pg_schema_update(s, err);
    if (rc != ENT_OK) {
        close_(&s->base.base);
        return rc;
    }
    *out = &s->base.base;
    return ENT_OK;
}

/* The server checks its pages when it reads them (data checksums); here the indexes are
 * compared with what they index. */
static ent_code check(store *s, ent_err *err)
{
    int64_t wrong = 0;

    ENT_TRY(store_pg_number(of(s),
                            "SELECT (SELECT count(*) FROM key LEFT JOIN object ON number=object"
                            " WHERE latest IS DISTINCT FROM 1)"
                            "+(SELECT count(*) FROM ref LEFT JOIN object ON number=object"
                            " WHERE latest IS DISTINCT FROM 1)"
                            "+(SELECT count(*) FROM words LEFT JOIN object ON number=rowid"
                            " WHERE latest IS DISTINCT FROM 1)"
                            "+(SELECT count(*) FROM (SELECT 1 FROM object WHERE latest=1"
                            " GROUP BY owner,id HAVING count(*)>1) twice)",
                            &wrong, err));
    return wrong == 0 ? ENT_OK
                      : ent_fail(err, ENT_IO,
                                 "the store is damaged: %lld index rows without their object; "
                                 "restore a backup",
                                 (long long)wrong);
}

static ent_code bytes_(store *s, int64_t *bytes, ent_err *err)
{
    return store_pg_number(
        of(s),
        "SELECT coalesce(sum(pg_total_relation_size(oid)),0)::bigint FROM pg_class"
        " WHERE relnamespace=current_schema()::regnamespace AND relkind='r'",
        bytes, err);
}

const struct store_ops store_postgres = {
    .name = "postgres",
    .open = open_,
    .close = close_,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .mark = mark,
    .mark_undo = mark_undo,
    .mark_keep = mark_keep,
    STORE_SQL_OPS,
    .each = store_sql_each,
    .present = present,
    .check = check,
    .bytes = bytes_,
    .changes = changes,
    .changes_take = changes_take,
};
