/*
 * store/postgres (private) -- one connection: its pipeline, its statements, its COPY.
 *
 * Everything goes through libpq's pipeline: what returns nothing is sent and not waited
 * for, until an answer is needed or the transaction ends; then all failures come out.
 * New rows are gathered and go by COPY, before anything that could miss them is sent.
 */
#ifndef ENT_STORE_POSTGRES_INT_H
#define ENT_STORE_POSTGRES_INT_H

#include "store/sql_int.h"

#include "base/buf.h"

#include <libpq-fe.h>

#define PG_PARAMETERS 24

struct pg;

struct pg_cursor {
    sql_cursor base;
    struct pg *s;
    char name[8];    /* of the prepared statement; "" for one of its own */
    const char *sql; /* borrowed, ?1 as in the table */
    bool own, prepared, started;
    int count; /* parameters bound so far */
    const char *values[PG_PARAMETERS];
    int sizes[PG_PARAMETERS];
    char numbers[PG_PARAMETERS][8];
    PGresult *result;
    int row;
    char *text; /* of its own statement, $1 */
};

enum pg_copy_table { PG_OBJECT, PG_KEY, PG_REF, PG_WORDS, PG_COPY_END };

struct pg_copy {
    ent_arena *arena;
    ent_buf rows[PG_COPY_END];
    size_t count;
};

struct pg {
    struct sql_store base;
    PGconn *connection;
    size_t pending;     /* commands sent whose results were not taken */
    bool open, changed; /* a transaction; and it wrote */
    int64_t number;     /* the last row number of this transaction; 0: not asked yet */
    struct pg_cursor kept[STORE_SQL_END];
    struct pg_copy copy;
};

extern const struct sql_driver store_pg_driver;

/* A failure of the server or the connection as one of ours; never tells a password. */
ent_code store_pg_fail(struct pg *s, const PGresult *result, ent_err *err);

/* Waits for everything that was sent.  `last` (may be NULL) gets the last one's result. */
ENT_MUST_USE ent_code store_pg_drain(struct pg *s, PGresult **last, ent_err *err);

/* A statement without parameters or result, waited for. */
ENT_MUST_USE ent_code store_pg_command(struct pg *s, const char *sql, ent_err *err);

/* One number, by a statement without parameters. */
ENT_MUST_USE ent_code store_pg_number(struct pg *s, const char *sql, int64_t *number, ent_err *err);

/* Sends the rows that were gathered. */
ENT_MUST_USE ent_code store_pg_copy_flush(struct pg *s, ent_err *err);
void store_pg_copy_forget(struct pg *s);

/* struct sql_driver's insert, found_add and words. */
ent_code store_pg_insert(store *s, const store_object *object, int64_t before, bool latest,
                         ent_str tombstone, ent_err *err);
ent_code store_pg_found_add(store *s, const store_object *object, int64_t number, ent_err *err);
ent_code store_pg_words(ent_arena *arena, const char *text, ent_str *quoted, ent_err *err);

/* Brings the schema up to date, and refuses a server that may lose what it acknowledged. */
ENT_MUST_USE ent_code store_pg_schema_update(struct pg *s, ent_err *err);

#endif
