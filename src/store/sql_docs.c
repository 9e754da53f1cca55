#include "store/sql_int.h"

#include <stdio.h>

/* Documents may be large (a release's body), so that a page of them is small. */
#define DOC_PAGE 16

ent_code store_sql_doc_put(store *s, const store_doc *doc, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    sql_cursor *c;

    ENT_TRY(d->kept(s, STORE_SQL_DOC_PUT, &c, err));
    d->text(c, 1, doc->kind);
    d->text(c, 2, doc->id);
    d->text(c, 3, doc->peer);
    d->text(c, 4, doc->state);
    d->number(c, 5, doc->time);
    d->text(c, 6, doc->json);
    d->bytes(c, 7, doc->bytes);
    return store_sql_done(c, err);
}

static void doc_borrow(const sql_cursor *c, store_doc *doc)
{
    const struct sql_driver *d = c->driver;

    *doc = (store_doc){ .kind = d->column(c, 0),
                        .id = d->column(c, 1),
                        .peer = d->column(c, 2),
                        .state = d->column(c, 3),
                        .time = d->column_number(c, 4),
                        .json = d->column(c, 5) };
}

ent_code store_sql_doc_get(store *s, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                           ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    bool found = false;
    sql_cursor *c;
    ent_code rc;

    ENT_TRY(d->kept(s, STORE_SQL_DOC_GET, &c, err));
    store_sql_c(c, 1, kind);
    d->text(c, 2, id);
    rc = d->step(c, &found, err);
    if (found) {
        doc_borrow(c, doc);
        doc->bytes = d->column(c, 6);
    }
    if (rc == ENT_OK)
        rc = found ? store_doc_copy(arena, doc, err) : store_doc_missing(kind, id, err);
    d->done(c);
    return rc;
}

ent_code store_sql_doc_delete(store *s, const char *kind, ent_str id, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    sql_cursor *c;

    ENT_TRY(d->kept(s, STORE_SQL_DOC_DELETE, &c, err));
    store_sql_c(c, 1, kind);
    d->text(c, 2, id);
    return store_sql_done(c, err);
}

/* A statement of its own: `each` may use the store, also this function. */
static ent_code docs_page(store *s, const char *const values[3], int64_t *after, size_t *rows,
                          store_doc_each each, void *arg, ent_err *err)
{
    static const char *const names[3] = { "kind", "peer", "state" };
    const struct sql_driver *d = sql_driver_of(s);
    /* Where no page follows, the condition must not draw SQLite away from the kind's index. */
    char sql[256] = "SELECT kind,id,peer,state,time,json,number FROM doc WHERE ";
    bool row = true;
    sql_cursor *c;
    ent_code rc;
    int count = 1;

    (void)snprintf(sql + strlen(sql), sizeof sql - strlen(sql), "%snumber>?1",
                   d->page == 0 ? "+" : "");
    for (int i = 0; i < 3; i++)
        if (values[i] != NULL)
            (void)snprintf(sql + strlen(sql), sizeof sql - strlen(sql), " AND %s=?%d", names[i],
                           ++count);
    (void)snprintf(sql + strlen(sql), sizeof sql - strlen(sql), " ORDER BY number%s",
                   d->page == 0 ? "" : " LIMIT 16");
    ENT_TRY(d->own(s, sql, &c, err));
    d->number(c, 1, *after);
    count = 1;
    for (int i = 0; i < 3; i++)
        if (values[i] != NULL)
            store_sql_c(c, ++count, values[i]);
    while ((rc = d->step(c, &row, err)) == ENT_OK && row) {
        store_doc doc;

        doc_borrow(c, &doc);
        *after = d->column_number(c, 6);
        (*rows)++;
        rc = each(arg, &doc, err);
        if (rc != ENT_OK)
            break;
    }
    d->done(c);
    return rc;
}

ent_code store_sql_docs_each(store *s, const char *kind, const char *peer, const char *state,
                             store_doc_each each, void *arg, ent_err *err)
{
    const char *const values[3] = { kind, peer, state };
    int64_t after = INT64_MIN;
    size_t rows;

    do {
        rows = 0;
        ENT_TRY(docs_page(s, values, &after, &rows, each, arg, err));
    } while (sql_driver_of(s)->page > 0 && rows == DOC_PAGE);
    return ENT_OK;
}

/* ---- schema ---- */

ent_code store_sql_schema_check(int64_t version, int known, ent_err *err)
{
    return version <= known ? ENT_OK
                            : ent_fail(err, ENT_CONFIG,
                                       "the store has schema %lld; this entente knows up to %d: "
                                       "use the newer one",
                                       (long long)version, known);
}
