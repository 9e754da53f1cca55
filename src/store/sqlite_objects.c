#include "store/sqlite_int.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- objects ---- */

/* This very version, if it is there. */
struct same {
    int64_t number; /* 0: it is not */
    bool equal;     /* the same bytes */
    bool held;      /* in quarantine */
};

static ent_code same_version(store *s, const store_object *o, struct same *same, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    *same = (struct same){ .number = 0 };
    ENT_TRY(store_sql_prepared(s, STORE_SQL_SAME, &stmt, err));
    store_sql_str(stmt, 1, o->owner);
    store_sql_str(stmt, 2, o->id);
    store_sql_str(stmt, 3, o->version);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *same = (struct same){ sqlite3_column_int64(stmt, 0),
                               ent_str_equal(store_sql_column(stmt, 1), o->bytes),
                               store_sql_column(stmt, 2).size > 0 };
    (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ENT_OK : store_sql_fail(s, err);
}

/* The latest version so far, 0 if there is none, and how it stands to the new one. */
static ent_code latest_find(store *s, const store_object *o, int64_t *number, bool *older,
                            ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    *number = 0;
    *older = false;
    ENT_TRY(store_sql_prepared(s, STORE_SQL_LATEST, &stmt, err));
    store_sql_str(stmt, 1, o->owner);
    store_sql_str(stmt, 2, o->id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        ent_err ignored = { 0 };
        ent_time have, come;

        *number = sqlite3_column_int64(stmt, 0);
        /* As instants: "12Z" and "12.0Z" are one time (STIX 2.1 s3.2). */
        if (ent_time_read(store_sql_column(stmt, 1), &have, &ignored) == ENT_OK &&
            ent_time_read(o->version, &come, &ignored) == ENT_OK)
            *older = come < have;
    }
    (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? ENT_OK : store_sql_fail(s, err);
}

static ent_code number_run(store *s, enum store_sql which, int64_t number, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(store_sql_prepared(s, which, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    return store_sql_done(s, stmt, err);
}

static ent_code index_drop(store *s, int64_t number, ent_err *err)
{
    ENT_TRY(number_run(s, STORE_SQL_KEYS_DROP, number, err));
    ENT_TRY(number_run(s, STORE_SQL_REFS_DROP, number, err));
    return number_run(s, STORE_SQL_TEXT_DROP, number, err);
}

static ent_code list_add(store *s, enum store_sql which, const ent_str *list, size_t count,
                         int64_t number, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *stmt = NULL;

        ENT_TRY(store_sql_prepared(s, which, &stmt, err));
        store_sql_str(stmt, 1, list[i]);
        (void)sqlite3_bind_int64(stmt, 2, number);
        ENT_TRY(store_sql_done(s, stmt, err));
    }
    return ENT_OK;
}

static ent_code index_add(store *s, const store_object *o, int64_t number, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(list_add(s, STORE_SQL_KEY_ADD, o->keys, o->key_count, number, err));
    ENT_TRY(list_add(s, STORE_SQL_REF_ADD, o->refs, o->ref_count, number, err));
    ENT_TRY(store_sql_prepared(s, STORE_SQL_TEXT_ADD, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    store_sql_str(stmt, 2, o->text);
    return store_sql_done(s, stmt, err);
}

static ent_code row_insert(store *s, const store_object *o, bool latest, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(store_sql_prepared(s, STORE_SQL_INSERT, &stmt, err));
    store_sql_str(stmt, 1, o->owner);
    store_sql_str(stmt, 2, o->id);
    store_sql_str(stmt, 3, o->version);
    store_sql_str(stmt, 4, o->type);
    (void)sqlite3_bind_blob64(stmt, 5, o->bytes.ptr, o->bytes.size, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, 6, o->received);
    store_sql_str(stmt, 7, o->source);
    store_sql_str(stmt, 8, o->retention);
    (void)sqlite3_bind_int(stmt, 9, latest);
    store_sql_str(stmt, 10, o->handling);
    store_sql_str(stmt, 11, o->quarantine);
    ENT_TRY(store_sql_done(s, stmt, err));
    /* Only the latest version is found by keys, references and words. */
    return latest ? index_add(s, o, sqlite3_last_insert_rowid(s->db), err) : ENT_OK;
}

ent_code store_object_put(store *s, const store_object *o, store_put_result *result, ent_err *err)
{
    int64_t before;
    struct same same;
    bool older;

    ENT_TRY(same_version(s, o, &same, err));
    if (same.number != 0 && !same.held) {
        *result = same.equal ? STORE_UNCHANGED : STORE_CONFLICTS;
        return ENT_OK;
    }
    /* What was held is replaced: it comes again with what it lacked, or with less. */
    if (same.number != 0)
        ENT_TRY(number_run(s, STORE_SQL_DROP, same.number, err));
    if (o->quarantine.size > 0) {
        *result = STORE_HELD;
        return row_insert(s, o, false, err);
    }
    ENT_TRY(latest_find(s, o, &before, &older, err));
    if (before != 0 && !older) {
        ENT_TRY(number_run(s, STORE_SQL_UNLATEST, before, err));
        ENT_TRY(index_drop(s, before, err));
    }
    *result = before == 0 ? STORE_ADDED : older ? STORE_OLDER : STORE_UPDATED;
    return row_insert(s, o, !older, err);
}

static void row_borrow(sqlite3_stmt *stmt, store_row *row)
{
    *row = (store_row){
        .number = sqlite3_column_int64(stmt, 0),
        .owner = store_sql_column(stmt, 1),
        .id = store_sql_column(stmt, 2),
        .version = store_sql_column(stmt, 3),
        .type = store_sql_column(stmt, 4),
        .bytes = store_sql_column(stmt, 5),
        .source = store_sql_column(stmt, 6),
        .retention = store_sql_column(stmt, 7),
        .received = sqlite3_column_int64(stmt, 8),
        .tombstone = store_sql_column(stmt, 9),
        .handling = store_sql_column(stmt, 10),
        .quarantine = store_sql_column(stmt, 11),
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

    (void)snprintf(b->sql, sizeof b->sql, "SELECT " STORE_SQL_ROW " FROM object o%s%s%s WHERE %s",
                   q->key != NULL ? " JOIN key k ON k.object=o.number" : "",
                   q->ref != NULL ? " JOIN ref r ON r.object=o.number" : "",
                   q->text != NULL ? " JOIN words w ON w.rowid=o.number" : "",
                   q->quarantined ? "o.quarantine<>''"
                   : q->versions  ? "o.quarantine=''"
                                  : "o.latest=1");
    if (!q->frozen)
        (void)snprintf(b->sql + strlen(b->sql), sizeof b->sql - strlen(b->sql),
                       " AND o.owner NOT IN (SELECT id FROM doc WHERE kind='frozen')");
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
    if (q->after > 0)
        (void)snprintf(b->sql + used, sizeof b->sql - used, " AND o.number>%lld",
                       (long long)q->after);
    used = strlen(b->sql);
    (void)snprintf(b->sql + used, sizeof b->sql - used, " ORDER BY %s LIMIT %lld",
                   q->text != NULL ? "w.rank"
                   : q->versions   ? "o.number DESC"
                                   : "o.number",
                   q->limit == 0 ? -1LL : (long long)q->limit);
}

/* FTS5 has a query language; words from outside become quoted strings in it:
 * `a b|c` is ("a") AND ("b" OR "c"*). */
static ent_code words_quote(ent_arena *arena, const char *text, ent_str *out, ent_err *err)
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

static ent_code query_step(store *s, sqlite3_stmt *stmt, store_each each, void *arg, ent_err *err)
{
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        store_row row;

        row_borrow(stmt, &row);
        ENT_TRY(each(arg, &row, err));
    }
    return rc == SQLITE_DONE ? ENT_OK : store_sql_fail(s, err);
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
        q.frozen = q.frozen || s->frozen;
        query_write(&q, &b);
        if (sqlite3_prepare_v2(s->db, b.sql, -1, &stmt, NULL) != SQLITE_OK)
            rc = store_sql_fail(s, err);
    }
    for (int i = 0; i < b.count && rc == ENT_OK; i++)
        store_sql_str(stmt, i + 1, b.values[i]);
    if (rc == ENT_OK)
        rc = query_step(s, stmt, each, arg, err);
out:
    (void)sqlite3_finalize(stmt);
    ent_arena_free(arena);
    return rc;
}

static ent_code row_copy(ent_arena *arena, store_row *row, ent_err *err)
{
    ent_str *to[] = { &row->owner,    &row->id,        &row->version,   &row->type,
                      &row->bytes,    &row->source,    &row->retention, &row->tombstone,
                      &row->handling, &row->quarantine };

    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        *to[i] = ent_arena_str(arena, *to[i]);
        if (to[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

ent_code store_object_get(store *s, ent_arena *arena, const char *owner, ent_str id, store_row *row,
                          ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;
    int step;

    ENT_TRY(store_sql_prepared(s, owner == NULL ? STORE_SQL_GET : STORE_SQL_GET_OWNED, &stmt, err));
    store_sql_str(stmt, 1, id);
    store_sql_c(stmt, 2, owner);
    if (owner == NULL)
        (void)sqlite3_bind_int(stmt, 3, s->frozen);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW) {
        row_borrow(stmt, row);
        rc = row_copy(arena, row, err);
    } else {
        rc = step == SQLITE_DONE ? ent_fail(err, ENT_NOT_FOUND, "there is no object '%.*s'",
                                            id.size > 200 ? 200 : (int)id.size, id.ptr)
                                 : store_sql_fail(s, err);
    }
    (void)sqlite3_reset(stmt);
    return rc;
}

static ent_code list_of(store *s, enum store_sql which, ent_arena *arena, int64_t number,
                        ent_str **list, size_t *count, ent_err *err)
{
    size_t room = 16;
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;
    int step = SQLITE_DONE;

    *count = 0;
    *list = ent_arena_array(arena, room, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_sql_prepared(s, which, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, number);
    while (rc == ENT_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (*count == room) {
            ent_str *grown = ent_arena_array(arena, room * 2, sizeof *grown);

            if (grown == NULL) {
                rc = ent_fail_arena(err);
                break;
            }
            memcpy(grown, *list, room * sizeof *grown);
            *list = grown;
            room *= 2;
        }
        rc = store_sql_copy(stmt, 0, arena, &(*list)[(*count)++], err);
    }
    if (rc == ENT_OK && step != SQLITE_DONE)
        rc = store_sql_fail(s, err);
    (void)sqlite3_reset(stmt);
    return rc;
}

ent_code store_keys_of(store *s, ent_arena *arena, int64_t number, ent_str **keys, size_t *count,
                       ent_err *err)
{
    return list_of(s, STORE_SQL_KEYS_OF, arena, number, keys, count, err);
}

ent_code store_refs_of(store *s, ent_arena *arena, int64_t number, ent_str **refs, size_t *count,
                       ent_err *err)
{
    return list_of(s, STORE_SQL_REFS_OF, arena, number, refs, count, err);
}

ent_code store_object_erase(store *s, ent_str owner, ent_str id, ent_str reason, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;

    ENT_TRY(store_sql_prepared(s, STORE_SQL_NUMBERS, &stmt, err));
    store_sql_str(stmt, 1, owner);
    store_sql_str(stmt, 2, id);
    while (rc == ENT_OK && sqlite3_step(stmt) == SQLITE_ROW)
        rc = index_drop(s, sqlite3_column_int64(stmt, 0), err);
    (void)sqlite3_reset(stmt);
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(store_sql_prepared(s, STORE_SQL_ERASE, &stmt, err));
    store_sql_str(stmt, 1, owner);
    store_sql_str(stmt, 2, id);
    store_sql_str(stmt, 3, reason);
    ENT_TRY(store_sql_done(s, stmt, err));
    if (sqlite3_changes(s->db) == 0)
        return ent_fail(err, ENT_NOT_FOUND, "there is no object '%.*s'", ENT_STR_ARG(id));
    return ENT_OK;
}

ent_code store_object_forget(store *s, ent_str owner, ent_str id, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(store_sql_prepared(s, STORE_SQL_FORGET, &stmt, err));
    store_sql_str(stmt, 1, owner);
    store_sql_str(stmt, 2, id);
    return store_sql_done(s, stmt, err);
}

ent_code store_count(store *s, const char *owner, int64_t *count, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    ENT_TRY(store_sql_prepared(s, STORE_SQL_COUNT, &stmt, err));
    store_sql_c(stmt, 1, owner);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *count = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? ENT_OK : store_sql_fail(s, err);
}
