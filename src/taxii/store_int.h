/*
 * taxii/store (private) -- statements and keys of the SQLite file.
 *
 * A row's key: the collection's number above the microseconds since 2024, so that the
 * rows of one collection are neighbours in the order in which they were added.
 */
#ifndef ENT_TAXII_STORE_INT_H
#define ENT_TAXII_STORE_INT_H

#include "taxii/store.h"

#include <sqlite3.h>

#define TAXII_TICK_BITS 50 /* microseconds: to the year 2059 */
#define TAXII_NUMBERS   ((int64_t)1 << (62 - TAXII_TICK_BITS))
#define TAXII_EPOCH     (INT64_C(1704067200) * ENT_SECOND) /* 2024-01-01 */

typedef enum taxii_sql {
#define X(name, text) TAXII_SQL_##name,
#include "taxii/store.def"
#undef X
    TAXII_SQL_COUNT
} taxii_sql;

struct taxii_statement {
    taxii_sql sql;
    bool busy;
    sqlite3_stmt *stmt;
};

struct taxii_store {
    sqlite3 *db;
    struct taxii_statement *statements;
    size_t count, room;
    unsigned looks; /* begun and not over */
    bool raised;
};

/* A statement of ours, ready to bind; given back by taxii_statement_put. */
ENT_MUST_USE ent_code taxii_statement_get(taxii_store *s, taxii_sql sql, sqlite3_stmt **stmt,
                                          ent_err *err);
void taxii_statement_put(taxii_store *s, sqlite3_stmt *stmt);
/* Runs a statement without rows, and gives it back. */
ENT_MUST_USE ent_code taxii_statement_run(taxii_store *s, sqlite3_stmt *stmt, ent_err *err);
/* One row: OK, or NOT_FOUND without a message when there is none. */
ENT_MUST_USE ent_code taxii_statement_row(taxii_store *s, sqlite3_stmt *stmt, ent_err *err);
ent_code taxii_store_fail(taxii_store *s, ent_err *err, const char *doing);

void taxii_bind(sqlite3_stmt *stmt, int at, ent_str text);
ent_str taxii_column(sqlite3_stmt *stmt, int at);                        /* until the next step */
ent_str taxii_column_copy(sqlite3_stmt *stmt, int at, ent_arena *arena); /* .ptr NULL: no memory */

int64_t taxii_key_of(int64_t collection, ent_time time);
ent_time taxii_key_time(int64_t key);
/* What an object is found by: its id and collection, hashed. */
int64_t taxii_id_hash(int64_t collection, ent_str id);

/* Writes down who knows of it; a root with a partner's releases is known by its collections
 * alone.  `fill`: of all, for a file that was made before that was kept. */
ENT_MUST_USE ent_code taxii_known_root_add(taxii_store *s, const taxii_root *root, ent_err *err);
ENT_MUST_USE ent_code taxii_known_collection_add(taxii_store *s, const taxii_root *root,
                                                 const taxii_collection *collection, ent_err *err);
ENT_MUST_USE ent_code taxii_known_fill(taxii_store *s, ent_err *err);

/* All versions of one object. */
struct taxii_version {
    int64_t key;
    bool older; /* which table */
    ent_str version_key, spec, type;
    bool wanted;
};

ENT_MUST_USE ent_code taxii_group_load(taxii_store *s, ent_arena *arena, int64_t collection,
                                       ent_str id, struct taxii_version **rows, size_t *count,
                                       ent_err *err);
/* Sets `wanted` by the selection's specification versions and versions. */
void taxii_group_mark(const taxii_select *select, struct taxii_version *rows, size_t count);

#endif
