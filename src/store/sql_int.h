/*
 * store/sql (private) -- the SQL that both databases speak, and what each does its own way.
 *
 * The statements are one table (store/sql.def), the decisions one file (sql_objects.c).
 * A driver prepares, binds, steps and reads; text from outside is only ever bound, never
 * part of SQL.  A parameter is written ?1 in the table, whatever the database calls it.
 */
#ifndef ENT_STORE_SQL_INT_H
#define ENT_STORE_SQL_INT_H

#include "store/backend_int.h"

/* A row of `object o`, in the order in which store_sql_row_borrow reads it. */
#define STORE_SQL_ROW                                                                            \
    "o.number,o.owner,o.id,o.version,o.type,o.bytes,o.source,o.retention,o.received,o.tombstone" \
    ",o.handling,o.quarantine,o.latest,o.since,o.until,o.lat,o.lon"

enum store_sql {
#define X(name, sql) STORE_SQL_##name,
#include "store/sql.def"
#undef X
    STORE_SQL_END
};

extern const char *const store_sql_text[STORE_SQL_END];

typedef struct sql_cursor sql_cursor;

struct sql_driver {
    /* The kept statement, reset and without bindings. */
    ent_code (*kept)(store *s, enum store_sql which, sql_cursor **cursor, ent_err *err);
    /* A statement of its own, for walks during which the store is used. */
    ent_code (*own)(store *s, const char *sql, sql_cursor **cursor, ent_err *err);
    void (*text)(sql_cursor *c, int at, ent_str text); /* borrowed until the first step */
    void (*bytes)(sql_cursor *c, int at, ent_str bytes);
    void (*number)(sql_cursor *c, int at, int64_t number);
    void (*real)(sql_cursor *c, int at, double number);
    void (*null)(sql_cursor *c, int at);
    ent_code (*step)(sql_cursor *c, bool *row, ent_err *err);
    ent_str (*column)(const sql_cursor *c, int at); /* until the next step */
    int64_t (*column_number)(const sql_cursor *c, int at);
    bool (*column_real)(const sql_cursor *c, int at, double *number); /* false: null */
    /* Lets go of it; an own cursor is gone for who had it. */
    void (*done)(sql_cursor *c);
    /* Adds an object's row, and its index rows if it is the latest; `before` is the number of the
     * version that was it, or 0. */
    ent_code (*insert)(store *s, const store_object *object, int64_t before, bool latest,
                       ent_str tombstone, ent_err *err);
    ent_code (*index_drop)(store *s, int64_t number, ent_err *err);
    /* Adds the keys and the words of a row that has none. */
    ent_code (*found_add)(store *s, const store_object *object, int64_t number, ent_err *err);
    /* Words (store_query.text) in the database's own query language, "" if there are none. */
    ent_code (*words)(ent_arena *arena, const char *text, ent_str *quoted, ent_err *err);
    const char *text_join, *text_where, *text_order; /* %1: the words */
    /* With %1 to %4 for south, north, west and east; the second goes round by the date line. */
    const char *near_from, *near_where, *near_round;
    /* Where `ref` has the columns types, since, until (store/span.h), else NULL: whoever refers to
     * this object no longer knows of what days it is. */
    ent_code (*spans_forget)(store *s, ent_str id, ent_err *err);
    size_t page; /* rows that a walk takes at a time, 0: it streams */
};

struct sql_cursor {
    const struct sql_driver *driver;
};

/* Both backends' structs begin with this. */
struct sql_store {
    store base;
    const struct sql_driver *driver;
};

static inline const struct sql_driver *sql_driver_of(const store *s)
{
    return ((const struct sql_store *)s)->driver;
}

/* Runs a statement that returns nothing, and lets go of it. */
ENT_MUST_USE ent_code store_sql_done(sql_cursor *c, ent_err *err);
/* The same with one number as its parameter. */
ENT_MUST_USE ent_code store_sql_number_run(store *s, enum store_sql which, int64_t number,
                                           ent_err *err);
void store_sql_c(sql_cursor *c, int at, const char *text); /* NULL binds null */
void store_sql_row_borrow(const sql_cursor *c, store_row *row);

ent_code store_sql_put(store *s, const store_object *o, bool fresh, store_put_result *result,
                       ent_err *err);
ent_code store_sql_put_row(store *s, const store_object *o, bool latest, ent_str tombstone,
                           ent_err *err);
ent_code store_sql_get(store *s, ent_arena *arena, const char *owner, ent_str id, store_row *row,
                       enum store_found *found, ent_err *err);
ent_code store_sql_each(store *s, const store_query *query, store_each each, void *arg,
                        ent_err *err);
ent_code store_sql_keys_of(store *s, ent_arena *arena, int64_t number, ent_str **list,
                           size_t *count, ent_err *err);
ent_code store_sql_refs_of(store *s, ent_arena *arena, int64_t number, ent_str **list,
                           size_t *count, ent_err *err);
ent_code store_sql_text_of(store *s, ent_arena *arena, int64_t number, ent_str *text, ent_err *err);
ent_code store_sql_index(store *s, int64_t number, const ent_str *keys, size_t key_count,
                         ent_str text, ent_err *err);
ent_code store_sql_label(store *s, ent_str owner, ent_str id, ent_str handling, ent_str retention,
                         ent_err *err);
ent_code store_sql_erase(store *s, ent_str owner, ent_str id, ent_str reason, ent_err *err);
ent_code store_sql_forget(store *s, ent_str owner, ent_str id, ent_err *err);
ent_code store_sql_count(store *s, const char *owner, int64_t *count, ent_err *err);
ent_code store_sql_doc_put(store *s, const store_doc *doc, ent_err *err);
ent_code store_sql_doc_get(store *s, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                           ent_err *err);
ent_code store_sql_doc_delete(store *s, const char *kind, ent_str id, ent_err *err);
ent_code store_sql_docs_each(store *s, const char *kind, const char *peer, const char *state,
                             store_doc_each each, void *arg, ent_err *err);

/* sql_objects.c, sql_query.c, sql_docs.c: what both do alike, as rows of their store_ops;
 * `each` they write themselves. */
#define STORE_SQL_OPS                                                                         \
    .put = store_sql_put, .put_row = store_sql_put_row, .get = store_sql_get,                 \
    .keys_of = store_sql_keys_of, .refs_of = store_sql_refs_of, .text_of = store_sql_text_of, \
    .index = store_sql_index, .label = store_sql_label, .erase = store_sql_erase,             \
    .forget = store_sql_forget, .count = store_sql_count, .doc_put = store_sql_doc_put,       \
    .doc_get = store_sql_doc_get, .doc_delete = store_sql_doc_delete,                         \
    .docs_each = store_sql_docs_each

/* A schema that this program does not know yet.  CONFIG */
ENT_MUST_USE ent_code store_sql_schema_check(int64_t version, int known, ent_err *err);

#endif
