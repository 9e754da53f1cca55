#include "store/sqlite_int.h"

/* ---- documents ---- */

ent_code store_doc_put(store *s, const store_doc *doc, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(store_sql_prepared(s, STORE_SQL_DOC_PUT, &stmt, err));
    store_sql_str(stmt, 1, doc->kind);
    store_sql_str(stmt, 2, doc->id);
    store_sql_str(stmt, 3, doc->peer);
    store_sql_str(stmt, 4, doc->state);
    (void)sqlite3_bind_int64(stmt, 5, doc->time);
    store_sql_str(stmt, 6, doc->json);
    return store_sql_done(s, stmt, err);
}

static void doc_borrow(sqlite3_stmt *stmt, store_doc *doc)
{
    *doc = (store_doc){ .kind = store_sql_column(stmt, 0),
                        .id = store_sql_column(stmt, 1),
                        .peer = store_sql_column(stmt, 2),
                        .state = store_sql_column(stmt, 3),
                        .time = sqlite3_column_int64(stmt, 4),
                        .json = store_sql_column(stmt, 5) };
}

ent_code store_doc_get(store *s, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                       ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;
    int step;

    ENT_TRY(store_sql_prepared(s, STORE_SQL_DOC_GET, &stmt, err));
    store_sql_c(stmt, 1, kind);
    store_sql_str(stmt, 2, id);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW) {
        ent_str *to[] = { &doc->kind, &doc->id, &doc->peer, &doc->state, &doc->json };

        doc_borrow(stmt, doc);
        for (size_t i = 0; i < 5 && rc == ENT_OK; i++) {
            *to[i] = ent_arena_str(arena, *to[i]);
            if (to[i]->ptr == NULL)
                rc = ent_fail_arena(err);
        }
    } else {
        rc = step == SQLITE_DONE
                 ? ent_fail(err, ENT_NOT_FOUND, "there is no %s '%.*s'", kind, ENT_STR_ARG(id))
                 : store_sql_fail(s, err);
    }
    (void)sqlite3_reset(stmt);
    return rc;
}

ent_code store_doc_delete(store *s, const char *kind, ent_str id, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;

    ENT_TRY(store_sql_prepared(s, STORE_SQL_DOC_DELETE, &stmt, err));
    store_sql_c(stmt, 1, kind);
    store_sql_str(stmt, 2, id);
    return store_sql_done(s, stmt, err);
}

/* A statement of its own: `each` may use the store, also this function. */
ent_code store_docs_each(store *s, const char *kind, const char *peer, const char *state,
                         store_doc_each each, void *arg, ent_err *err)
{
    sqlite3_stmt *stmt = NULL;
    ent_code rc = ENT_OK;
    int step = SQLITE_DONE;

    ENT_TRY(store_sql_own(s, STORE_SQL_DOCS, &stmt, err));
    store_sql_c(stmt, 1, kind);
    store_sql_c(stmt, 2, peer);
    store_sql_c(stmt, 3, state);
    while (rc == ENT_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        store_doc doc;

        doc_borrow(stmt, &doc);
        rc = each(arg, &doc, err);
    }
    if (rc == ENT_OK && step != SQLITE_DONE)
        rc = store_sql_fail(s, err);
    (void)sqlite3_finalize(stmt);
    return rc;
}
