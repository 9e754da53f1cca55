/* store/sqlite (private) -- what the SQLite backend's files share.
 *
 * Statements are prepared on first use and kept (store/sqlite.def); text from outside
 * is only ever bound, never part of SQL. */
#ifndef ENT_STORE_SQLITE_INT_H
#define ENT_STORE_SQLITE_INT_H

#include "store/store.h"

#include <sqlite3.h>

/* A row of `object o`, in the order in which it is read (sqlite_objects.c). */
#define STORE_SQL_ROW                                                                            \
    "o.number,o.owner,o.id,o.version,o.type,o.bytes,o.source,o.retention,o.received,o.tombstone" \
    ",o.handling,o.quarantine"

enum store_sql {
#define X(name, sql) STORE_SQL_##name,
#include "store/sqlite.def"
#undef X
    STORE_SQL_END
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STORE_SQL_END];
    bool frozen; /* what is frozen is shown */
};

/* The database's last error as one of ours. */
ent_code store_sql_fail(store *s, ent_err *err);
/* The statement, reset and without bindings. */
ENT_MUST_USE ent_code store_sql_prepared(store *s, enum store_sql which, sqlite3_stmt **stmt,
                                         ent_err *err);
/* A statement of its own, for walks during which the store is used: caller finalizes. */
ENT_MUST_USE ent_code store_sql_own(store *s, enum store_sql which, sqlite3_stmt **stmt,
                                    ent_err *err);
void store_sql_str(sqlite3_stmt *stmt, int at, ent_str text);
void store_sql_c(sqlite3_stmt *stmt, int at, const char *text); /* NULL binds null */
/* Runs a statement that returns nothing, and lets go of it. */
ENT_MUST_USE ent_code store_sql_done(store *s, sqlite3_stmt *stmt, ent_err *err);
/* Runs a statement without parameters. */
ENT_MUST_USE ent_code store_sql_plain(store *s, enum store_sql which, ent_err *err);
ent_str store_sql_column(sqlite3_stmt *stmt, int at);
ENT_MUST_USE ent_code store_sql_copy(sqlite3_stmt *stmt, int at, ent_arena *arena, ent_str *out,
                                     ent_err *err);

#endif
