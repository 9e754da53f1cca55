#include "holdings/edition.h"

#include "base/json_write.h"

#include <stdlib.h>

static ent_code number_read(store *s, ent_arena *arena, ent_str list, int64_t *number, ent_str *day,
                            ent_err *err)
{
    ent_err missing = { 0 };
    store_doc doc;
    ent_json json;
    ent_code rc = store_doc_get(s, arena, "edition", list, &doc, &missing);

    *number = 0;
    *day = ENT_STR("");
    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK) {
        *err = missing;
        return rc;
    }
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    if (!ent_json_int(ent_json_get(json, "number"), number))
        return ent_fail(err, ENT_IO, "the document of the list '%.*s' has no number",
                        ENT_STR_ARG(list));
    *day = ent_json_get_text(json, "day");
    return ENT_OK;
}

static ent_code number_write(const holdings_edition *e, ent_arena *arena, ent_str day, ent_time now,
                             ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("edition"), .id = e->list, .time = now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "number");
    ent_jw_raw(&w, e->number);
    ent_jw_key(&w, "day");
    ent_jw_str(&w, day);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(e->s, &doc, err);
}

ent_code holdings_edition_begin(store *s, ent_arena *arena, ent_str list, ent_str day, ent_time now,
                                holdings_edition *e, ent_err *err)
{
    ent_str held;
    int64_t number;

    ENT_TRY(number_read(s, arena, list, &number, &held, err));
    if (day.size > 0 && held.size > 0 &&
        strncmp(day.ptr, held.ptr, day.size < held.size ? day.size : held.size) < 0)
        return ent_fail(err, ENT_CONFLICT,
                        "this edition of the list '%.*s' is of %.*s, and that of %.*s is held: "
                        "--edition none brings in its records and delists nothing",
                        ENT_STR_ARG(list), ENT_STR_ARG(day), ENT_STR_ARG(held));
    *e = (holdings_edition){
        .s = s,
        .list = ent_arena_str(arena, list),
        .kind = ent_arena_printf(arena, "listed:%.*s", ENT_STR_ARG(list)),
        .number = ent_arena_printf(arena, "%lld", (long long)number + 1),
    };
    if (e->list.ptr == NULL || e->kind.ptr == NULL || e->number.ptr == NULL)
        return ent_fail_arena(err);
    return number_write(e, arena, day.size > 0 ? day : held, now, err);
}

ent_code holdings_edition_mark(const holdings_edition *e, ent_str id, ent_time now, ent_err *err)
{
    const store_doc doc = {
        .kind = e->kind, .id = id, .state = e->number, .time = now, .json = ENT_STR("{}")
    };

    return store_doc_put(e->s, &doc, err);
}

struct gone {
    const holdings_edition *edition;
    ent_arena *arena;
    struct gone_row {
        struct gone_row *next;
        ent_str id;
    } * first, **last;
    size_t count;
};

static ent_code gone_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct gone *gone = arg;
    struct gone_row *row;

    if (ent_str_equal(doc->state, gone->edition->number))
        return ENT_OK;
    row = ent_arena_alloc(gone->arena, sizeof *row);
    if (row == NULL)
        return ent_fail_arena(err);
    row->id = ent_arena_str(gone->arena, doc->id);
    if (row->id.ptr == NULL)
        return ent_fail_arena(err);
    *gone->last = row;
    gone->last = &row->next;
    gone->count++;
    return ENT_OK;
}

ent_code holdings_edition_gone(const holdings_edition *e, ent_arena *arena, ent_str **ids,
                               size_t *count, ent_err *err)
{
    struct gone gone = { .edition = e, .arena = arena };
    size_t i = 0;

    gone.last = &gone.first;
    ENT_TRY(store_docs_each(e->s, e->kind.ptr, NULL, NULL, gone_take, &gone, err));
    *ids = ent_arena_array(arena, gone.count + 1, sizeof **ids);
    if (*ids == NULL)
        return ent_fail_arena(err);
    for (const struct gone_row *row = gone.first; row != NULL; row = row->next)
        (*ids)[i++] = row->id;
    *count = gone.count;
    return ENT_OK;
}

/* The same object, later and revoked. */
static ent_code revoked_write(ent_arena *arena, ent_json object, ent_time now, ent_str *bytes,
                              ent_err *err)
{
    char text[ENT_TIME_TEXT];
    ent_time before;
    ent_buf buf;
    ent_jw w;

    now -= now % (ENT_SECOND / 1000);
    ENT_TRY(ent_time_read(ent_json_get_text(object, "modified"), &before, err));
    ent_time_write(before >= now ? before + ENT_SECOND / 1000 : now, text);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json m = ent_json_first(object); m.doc != NULL; m = ent_json_next(m)) {
        if (ent_str_is(ent_json_name(m), "revoked"))
            continue;
        ent_jw_key_str(&w, ent_json_name(m));
        if (!ent_str_is(ent_json_name(m), "modified")) {
            ent_jw_raw(&w, ent_json_raw(m));
            continue;
        }
        ent_jw_c(&w, text);
        ent_jw_key(&w, "revoked");
        ent_jw_bool(&w, true);
    }
    ent_jw_end(&w);
    return ent_buf_done(&buf, bytes, err);
}

ent_code holdings_edition_drop(const holdings_edition *e, ent_arena *arena, ent_str id,
                               ent_str source, ent_time now, bool *revoked, ent_err *err)
{
    holdings_origin origin = { .owner = "", .source = source, .now = now };
    holdings_result result;
    ent_err missing = { 0 };
    ent_str bytes, reason;
    store_row row;
    ent_json object;
    ent_code rc = store_object_get(e->s, arena, "", id, &row, &missing);

    *revoked = false;
    if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
        *err = missing;
        return rc;
    }
    ENT_TRY(store_doc_delete(e->s, e->kind.ptr, id, err));
    if (rc == ENT_NOT_FOUND || row.bytes.size == 0)
        return ENT_OK;
    ENT_TRY(ent_json_read(arena, row.bytes, &object, err));
    if (ent_json_true(ent_json_get(object, "revoked")))
        return ENT_OK;
    ENT_TRY(revoked_write(arena, object, now, &bytes, err));
    origin.sidecar = row.handling;
    ENT_TRY(holdings_admit(e->s, arena, &origin, bytes, &result, &reason, err));
    *revoked = result == HOLDINGS_UPDATED;
    return ENT_OK;
}
