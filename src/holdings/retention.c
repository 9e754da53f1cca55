#include "holdings/retention.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "holdings/search.h"

#include <stdio.h>
#include <stdlib.h>

static const struct hold {
    const char *kind, *state, *what;
} holds[] = {
#define X(kind, state, what) { (kind), (state), (what) },
#include "holdings/holds.def"
#undef X
};

#define DAY_TEXT 16

static void day_write(ent_time now, char out[DAY_TEXT])
{
    ent_time day = now / ENT_DAY_TIME - (now % ENT_DAY_TIME < 0 ? 1 : 0);
    int year, month, of_month;

    ent_day_split((ent_day)day, &year, &month, &of_month);
    (void)snprintf(out, DAY_TEXT, "%04d-%02d-%02d", year % 10000, month % 100, of_month % 100);
}

/* ---- what is due ---- */

struct due_list {
    ent_arena *arena, *scratch;
    holdings_due *due;
    size_t count, room;
};

static ent_code due_add(void *arg, const store_row *row, ent_err *err)
{
    struct due_list *l = arg;
    ent_json object = { .doc = NULL };
    ent_err unreadable = { 0 };
    holdings_due *to;

    if (row->tombstone.size > 0)
        return ENT_OK;
    if (l->count == l->room) {
        size_t room = l->room * 2 + 64;
        holdings_due *grown = ent_arena_array(l->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (l->count > 0)
            memcpy(grown, l->due, l->count * sizeof *grown);
        l->due = grown;
        l->room = room;
    }
    ent_arena_reset(l->scratch);
    if (ent_json_read(l->scratch, row->bytes, &object, &unreadable) != ENT_OK)
        object = (ent_json){ .doc = NULL };
    to = &l->due[l->count++];
    *to = (holdings_due){ .owner = ent_arena_str(l->arena, row->owner),
                          .id = ent_arena_str(l->arena, row->id),
                          .type = ent_arena_str(l->arena, row->type),
                          .retention = ent_arena_str(l->arena, row->retention),
                          .name = ent_arena_str(l->arena, holdings_title(object)) };
    return to->owner.ptr == NULL || to->id.ptr == NULL || to->type.ptr == NULL ||
                   to->retention.ptr == NULL || to->name.ptr == NULL
               ? ent_fail_arena(err)
               : ENT_OK;
}

struct held_back {
    struct due_list *list;
    ent_str today;
};

/* Nobody has decided about it for long; its last day is then that of the quarantine. */
static ent_code held_back_add(void *arg, const store_row *row, ent_err *err)
{
    const struct held_back *h = arg;
    char last[DAY_TEXT];
    store_row as = *row;

    day_write(row->received + ENT_LIMIT_QUARANTINE_DAYS * ENT_DAY_TIME, last);
    if (row->retention.size == 0 || ent_str_compare(ent_str_of(last), row->retention) < 0)
        as.retention = ent_str_of(last);
    return ent_str_compare(as.retention, h->today) < 0 ? due_add(h->list, &as, err) : ENT_OK;
}

/* A version that is held back goes with its object, if others of it are held. */
static ent_code held_back_find(store *s, struct due_list *l, const char *today, ent_err *err)
{
    const store_query query = { .quarantined = true };
    struct held_back h = { l, ent_str_of(today) };
    size_t kept = l->count;

    ENT_TRY(store_objects_each(s, &query, held_back_add, &h, err));
    for (size_t i = kept; i < l->count; i++) {
        ent_str owner = l->due[i].owner;
        store_row row;
        bool found, again = false;

        ent_arena_reset(l->scratch);
        ENT_TRY(store_object_find(s, l->scratch, owner.ptr, l->due[i].id, &row, &found, err));
        for (size_t j = 0; j < kept && !again; j++)
            again =
                ent_str_equal(l->due[j].id, l->due[i].id) && ent_str_equal(l->due[j].owner, owner);
        if ((!found || row.quarantine.size > 0) && !again)
            l->due[kept++] = l->due[i];
    }
    l->count = kept;
    return ENT_OK;
}

static int by_id(const void *a, const void *b)
{
    const holdings_due *x = a, *y = b;

    return ent_str_compare(x->id, y->id);
}

static int by_day(const void *a, const void *b)
{
    const holdings_due *x = a, *y = b;
    int order = ent_str_compare(x->retention, y->retention);

    return order != 0 ? order : ent_str_compare(x->id, y->id);
}

/* ---- what holds it ---- */

struct holding {
    struct due_list *list;
    const struct hold *hold;
};

static ent_code hold_note(struct due_list *l, const struct hold *hold, ent_str id, ent_str text,
                          ent_err *err)
{
    const holdings_due key = { .id = text };
    holdings_due *found = bsearch(&key, l->due, l->count, sizeof *l->due, by_id);

    if (found == NULL)
        return ENT_OK;
    /* Several owners' objects may have one id: neighbours in the order. */
    while (found > l->due && ent_str_equal(found[-1].id, text))
        found--;
    for (; found < l->due + l->count && ent_str_equal(found->id, text); found++) {
        if (found->hold != NULL)
            continue;
        found->hold = hold->what;
        found->hold_id = ent_arena_str(l->arena, id);
        if (found->hold_id.ptr == NULL)
            return ent_fail_arena(err);
    }
    return ENT_OK;
}

static ent_code strings_note(const struct holding *h, ent_str doc, ent_json json, ent_err *err)
{
    for (ent_json v = json; v.doc != NULL; v = ent_json_walk(json, v))
        if (ent_json_is(v, ENT_JSON_STRING))
            ENT_TRY(hold_note(h->list, h->hold, doc, ent_json_str(v), err));
    return ENT_OK;
}

/* What was signed stands in a document as a text, which is JSON again and was read as that. */
static ent_code signed_note(const struct holding *h, ent_str doc, ent_json json, ent_err *err)
{
    ent_str statement = ent_json_get_text(json, "statement");
    ent_json within;

    if (statement.size == 0 || statement.ptr[0] != '{')
        return ENT_OK;
    ENT_TRY(ent_json_read(h->list->scratch, statement, &within, err));
    return strings_note(h, doc, within, err);
}

/* A document speaks of an object when the id is one of its strings, wherever it stands: what a
 * later kind of document calls its members need not be known here. */
static ent_code hold_look(void *arg, const store_doc *doc, ent_err *err)
{
    const struct holding *h = arg;
    ent_json json;

    ent_arena_reset(h->list->scratch);
    ENT_TRY(ent_json_read(h->list->scratch, doc->json, &json, err));
    ENT_TRY(strings_note(h, doc->id, json, err));
    return signed_note(h, doc->id, json, err);
}

static ent_code due_find(store *s, struct due_list *l, ent_time now, ent_err *err)
{
    char today[DAY_TEXT];
    const store_query query = { .due = today };

    day_write(now, today);
    ENT_TRY(store_objects_each(s, &query, due_add, l, err));
    ENT_TRY(held_back_find(s, l, today, err));
    if (l->count == 0)
        return ENT_OK;
    qsort(l->due, l->count, sizeof *l->due, by_id);
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
        struct holding h = { l, &holds[i] };

        ENT_TRY(store_docs_each(s, holds[i].kind, NULL, holds[i].state, hold_look, &h, err));
    }
    qsort(l->due, l->count, sizeof *l->due, by_day);
    return ENT_OK;
}

ent_code holdings_retention_due(store *s, ent_arena *arena, ent_time now, holdings_due **due,
                                size_t *count, ent_err *err)
{
    struct due_list l = { .arena = arena, .scratch = ent_arena_new((size_t)256 << 20) };
    ent_code rc;

    if (l.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to look what is due");
    rc = due_find(s, &l, now, err);
    ent_arena_free(l.scratch);
    *due = l.due;
    *count = l.count;
    return rc;
}

/* ---- purging ---- */

static ent_code purge(store *s, ent_arena *arena, const holdings_due *due, ent_time now,
                      const char *who, ent_str reason, ent_err *err)
{
    char today[DAY_TEXT];
    ent_str why;

    day_write(now, today);
    why = who == NULL
              ? ent_arena_printf(arena, "purged %s: its retention ended with %.*s", today,
                                 ENT_STR_ARG(due->retention))
              : ent_arena_printf(arena, "purged %s by %s: %.*s (its retention ended with %.*s)",
                                 today, who, ENT_STR_ARG(reason), ENT_STR_ARG(due->retention));
    if (why.ptr == NULL)
        return ent_fail_arena(err);
    return store_object_erase(s, due->owner, due->id, why, err);
}

ent_code holdings_retention_sweep(store *s, ent_arena *arena, ent_time now, holdings_swept *swept,
                                  ent_err *err)
{
    holdings_due *due;
    size_t count;

    *swept = (holdings_swept){ 0 };
    ENT_TRY(holdings_retention_due(s, arena, now, &due, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (due[i].hold != NULL) {
            swept->waiting++;
            continue;
        }
        ENT_TRY(purge(s, arena, &due[i], now, NULL, ENT_STR(""), err));
        swept->purged++;
    }
    return ENT_OK;
}

ent_code holdings_retention_purge(store *s, ent_arena *arena, const char *owner, ent_str id,
                                  const char *who, ent_str reason, ent_time now, ent_err *err)
{
    char today[DAY_TEXT];
    holdings_due due;
    store_row row;

    day_write(now, today);
    ENT_TRY(store_object_get(s, arena, owner, id, &row, err));
    if (row.tombstone.size > 0)
        return ent_fail(err, ENT_NOT_FOUND, "'%.*s' was purged already", ENT_STR_ARG(id));
    if (row.retention.size == 0 || ent_str_compare(row.retention, ent_str_of(today)) >= 0)
        return ent_fail(err, ENT_DENIED,
                        "'%.*s' may be kept until %.*s; only what is due is purged [law 7]",
                        ENT_STR_ARG(id), ENT_STR_ARG(row.retention));
    due = (holdings_due){ .owner = row.owner, .id = row.id, .retention = row.retention };
    return purge(s, arena, &due, now, who, reason, err);
}

/* ---- extending ---- */

ent_code holdings_retention_check(store *s, ent_arena *arena, ent_str id, ent_str until,
                                  store_row *row, ent_err *err)
{
    ent_days day;

    if (until.size != 10 || ent_days_read(until, &day, err) != ENT_OK)
        return ent_fail(err, ENT_FORMAT, "'%.*s' is no day YYYY-MM-DD",
                        until.size > 40 ? 40 : (int)until.size, until.ptr);
    ENT_TRY(store_object_get(s, arena, "", id, row, err));
    if (row->tombstone.size > 0)
        return ent_fail(err, ENT_NOT_FOUND, "'%.*s' was purged already", ENT_STR_ARG(id));
    if (ent_str_compare(until, row->retention) <= 0)
        return ent_fail(err, ENT_CONFLICT, "'%.*s' is kept until %.*s as it is", ENT_STR_ARG(id),
                        ENT_STR_ARG(row->retention));
    return ENT_OK;
}

ent_code holdings_retention_extend(store *s, ent_arena *arena, ent_str id, ent_str until,
                                   ent_err *err)
{
    ent_json beside = { .doc = NULL };
    ent_str handling;
    store_row row;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(holdings_retention_check(s, arena, id, until, &row, err));
    if (row.handling.size > 0)
        ENT_TRY(ent_json_read(arena, row.handling, &beside, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json m = ent_json_first(beside); m.doc != NULL; m = ent_json_next(m)) {
        if (ent_str_is(ent_json_name(m), "extended"))
            continue;
        ent_jw_key_str(&w, ent_json_name(m));
        ent_jw_raw(&w, ent_json_raw(m));
    }
    ent_jw_key(&w, "extended");
    ent_jw_str(&w, until);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &handling, err));
    return store_object_label(s, ENT_STR(""), id, handling, until, err);
}
