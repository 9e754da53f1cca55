/* The tables of a SQLite store, and how those of earlier versions become them. */
#include "store/sqlite_int.h"

#define SCHEMA_VERSION 6

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

/* When and where, and what falls due.  What is there already counts as always; the places of
 * locations are read from their bytes, this once, so that no place goes missing. */
static const char schema_3[] =
    "ALTER TABLE object ADD COLUMN since INTEGER NOT NULL DEFAULT -2147483648;"
    "ALTER TABLE object ADD COLUMN until INTEGER NOT NULL DEFAULT 2147483647;"
    "ALTER TABLE object ADD COLUMN lat REAL;"
    "ALTER TABLE object ADD COLUMN lon REAL;"
    "UPDATE object SET lat=CAST(json_extract(CAST(bytes AS TEXT),'$.latitude') AS REAL),"
    " lon=CAST(json_extract(CAST(bytes AS TEXT),'$.longitude') AS REAL)"
    " WHERE type='location' AND latest=1 AND json_valid(CAST(bytes AS TEXT));"
    "UPDATE object SET lat=NULL, lon=NULL WHERE lat IS NULL OR lon IS NULL;"
    "CREATE INDEX object_when ON object(until, since, latest) WHERE latest=1;"
    "CREATE INDEX object_retention ON object(retention, latest) WHERE latest=1 AND retention<>'';"
    "CREATE VIRTUAL TABLE place USING rtree(object, south, north, west, east);"
    "INSERT INTO place SELECT number,lat,lat,lon,lon FROM object WHERE lat IS NOT NULL;"
    "PRAGMA user_version=3";

/* Of what is looked up by its id, type and days come from the index: a question that asks of
 * thousands whether they are movements of a window reads none of their rows. */
static const char schema_4[] =
    "DROP INDEX IF EXISTS object_id;"
    "CREATE INDEX object_id ON object(id, type, since, until, latest) WHERE latest=1;"
    "PRAGMA user_version=4";

/* What stands beside each reference, as a filter in front of `beside` (store/span.h).  What is there
 * already may have anything beside it.  And what was erased keeps no days. */
static const char schema_5[] =
    "ALTER TABLE ref ADD COLUMN types INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE ref ADD COLUMN since INTEGER NOT NULL DEFAULT -2147483648;"
    "ALTER TABLE ref ADD COLUMN until INTEGER NOT NULL DEFAULT 2147483647;"
    "UPDATE object SET since=2147483647, until=-2147483648 WHERE tombstone<>'';"
    "PRAGMA user_version=5";

/* What is large in a document stands beside its JSON. */
static const char schema_6[] = "ALTER TABLE doc ADD COLUMN bytes BLOB NOT NULL DEFAULT x'';"
                               "PRAGMA user_version=6";

/* Step n makes schema n + 1 of schema n, and never changes once it was released. */
static const char *const schema_steps[SCHEMA_VERSION] = { schema_1, schema_2, schema_3,
                                                          schema_4, schema_5, schema_6 };

ent_code store_sqlite_fail(sqlite3 *db, ent_err *err)
{
    int rc = sqlite3_extended_errcode(db);

    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ent_fail(err, ENT_RETRY, "the store is busy; try again");
    case SQLITE_NOMEM:
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ent_fail(err, ENT_IO, "the store is damaged: %s; restore a backup",
                        sqlite3_errmsg(db));
    default:
        return ent_fail(err, ENT_IO, "the store: %s (%d)", sqlite3_errmsg(db), rc);
    }
}

ent_code store_sqlite_run(sqlite3 *db, const char *sql, ent_err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? ENT_OK
                                                                : store_sqlite_fail(db, err);
}

static ent_code schema_version(sqlite3 *db, int64_t *version, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);

    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        *version = sqlite3_column_int64(stmt, 0);
    else
        rc = SQLITE_ERROR;
    (void)sqlite3_finalize(stmt);
    return rc == SQLITE_OK ? ENT_OK : store_sqlite_fail(db, err);
}

ent_code store_sqlite_schema_update(sqlite3 *db, ent_err *err)
{
    int64_t version = 0;
    ent_code rc;

    ENT_TRY(schema_version(db, &version, err));
    ENT_TRY(store_sql_schema_check(version, SCHEMA_VERSION, err));
    if (version == SCHEMA_VERSION)
        return ENT_OK;
    ENT_TRY(store_sqlite_run(db, "BEGIN IMMEDIATE", err));
    /* Another process may have been first. */
    rc = schema_version(db, &version, err);
    for (; rc == ENT_OK && version < SCHEMA_VERSION; version++)
        rc = store_sqlite_run(db, schema_steps[version], err);
    if (rc == ENT_OK)
        return store_sqlite_run(db, "COMMIT", err);
    (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}
