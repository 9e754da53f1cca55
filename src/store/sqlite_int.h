/*
 * store/sqlite (private) -- what the SQLite backend's two files share.
 */
#ifndef ENT_STORE_SQLITE_INT_H
#define ENT_STORE_SQLITE_INT_H

#include "store/sql_int.h"

#include <sqlite3.h>

/* What the database said last, as an error of ours: RETRY, MEMORY or IO. */
ent_code store_sqlite_fail(sqlite3 *db, ent_err *err);

/* Runs fixed SQL that returns nothing. */
ENT_MUST_USE ent_code store_sqlite_run(sqlite3 *db, const char *sql, ent_err *err);

/* Makes the tables, or brings them up to date in one transaction (sqlite_schema.c).
 * CONFIG  made by a newer entente */
ENT_MUST_USE ent_code store_sqlite_schema_update(sqlite3 *db, ent_err *err);

#endif
