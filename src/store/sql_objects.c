#include "store/sql_int.h"

const char *const store_sql_text[STORE_SQL_END] = {
#define X(name, sql) [STORE_SQL_##name] = (sql),
#include "store/sql.def"
#undef X
};

/* ---- statements ---- */

ent_code store_sql_done(sql_cursor *c, ent_err *err)
{
    bool row = false;
    ent_code rc = c->driver->step(c, &row, err);

    c->driver->done(c);
    return rc;
}

ent_code store_sql_number_run(store *s, enum store_sql which, int64_t number, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    sql_cursor *c;

    ENT_TRY(d->kept(s, which, &c, err));
    d->number(c, 1, number);
    return store_sql_done(c, err);
}

void store_sql_c(sql_cursor *c, int at, const char *text)
{
    if (text == NULL)
        c->driver->null(c, at);
    else
        c->driver->text(c, at, ent_str_of(text));
}

void store_sql_row_borrow(const sql_cursor *c, store_row *row)
{
    const struct sql_driver *d = c->driver;

    *row = (store_row){
        .number = d->column_number(c, 0),
        .owner = d->column(c, 1),
        .id = d->column(c, 2),
        .version = d->column(c, 3),
        .type = d->column(c, 4),
        .bytes = d->column(c, 5),
        .source = d->column(c, 6),
        .retention = d->column(c, 7),
        .received = d->column_number(c, 8),
        .tombstone = d->column(c, 9),
        .handling = d->column(c, 10),
        .quarantine = d->column(c, 11),
        .latest = d->column_number(c, 12) != 0,
        .when = { (ent_day)d->column_number(c, 13), (ent_day)d->column_number(c, 14) },
    };
    row->place.known =
        d->column_real(c, 15, &row->place.latitude) && d->column_real(c, 16, &row->place.longitude);
}

/* A statement about an owner's object. */
static ent_code owned(store *s, enum store_sql which, ent_str owner, ent_str id, sql_cursor **c,
                      ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);

    ENT_TRY(d->kept(s, which, c, err));
    d->text(*c, 1, owner);
    d->text(*c, 2, id);
    return ENT_OK;
}

/* ---- put ---- */

/* This very version, if it is there. */
struct same {
    int64_t number; /* 0: it is not */
    bool equal;     /* the same bytes */
    bool held;      /* in quarantine */
};

static ent_code same_version(store *s, const store_object *o, struct same *same, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    bool row = false;
    sql_cursor *c;
    ent_code rc;

    *same = (struct same){ .number = 0 };
    ENT_TRY(owned(s, STORE_SQL_SAME, o->owner, o->id, &c, err));
    d->text(c, 3, o->version);
    rc = d->step(c, &row, err);
    if (row)
        *same = (struct same){ d->column_number(c, 0), ent_str_equal(d->column(c, 1), o->bytes),
                               d->column(c, 2).size > 0 };
    d->done(c);
    return rc;
}

/* The latest version so far, 0 if there is none, and how it stands to the new one. */
static ent_code latest_find(store *s, const store_object *o, int64_t *number, bool *older,
                            ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    bool row = false;
    sql_cursor *c;
    ent_code rc;

    *number = 0;
    *older = false;
    ENT_TRY(owned(s, STORE_SQL_LATEST, o->owner, o->id, &c, err));
    rc = d->step(c, &row, err);
    if (row) {
        *number = d->column_number(c, 0);
        *older = store_version_older(o->version, d->column(c, 1));
    }
    d->done(c);
    return rc;
}

ent_code store_sql_put(store *s, const store_object *o, bool fresh, store_put_result *result,
                       ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    struct same same = { .number = 0 };
    int64_t before = 0;
    bool older = false;

    if (!fresh)
        ENT_TRY(same_version(s, o, &same, err));
    if (same.number != 0 && !same.held) {
        *result = same.equal ? STORE_UNCHANGED : STORE_CONFLICTS;
        return ENT_OK;
    }
    /* What was held is replaced: it comes again with what it lacked, or with less. */
    if (same.number != 0)
        ENT_TRY(store_sql_number_run(s, STORE_SQL_DROP, same.number, err));
    if (o->quarantine.size > 0) {
        *result = STORE_HELD;
        return d->insert(s, o, 0, false, ENT_STR(""), err);
    }
    if (!fresh)
        ENT_TRY(latest_find(s, o, &before, &older, err));
    if (before != 0 && !older) {
        ENT_TRY(store_sql_number_run(s, STORE_SQL_UNLATEST, before, err));
        ENT_TRY(d->index_drop(s, before, err));
    }
    *result = before == 0 ? STORE_ADDED : older ? STORE_OLDER : STORE_UPDATED;
    /* Only the latest version is found by keys, references, words and place. */
    return d->insert(s, o, before, !older, ENT_STR(""), err);
}

ent_code store_sql_put_row(store *s, const store_object *o, bool latest, ent_str tombstone,
                           ent_err *err)
{
    return sql_driver_of(s)->insert(s, o, 0, latest, tombstone, err);
}

/* ---- get ---- */

/* All versions are looked through for the latest: to have them sorted would cost more than an
 * object that is not there, which is what an import asks for most. */
ent_code store_sql_get(store *s, ent_arena *arena, const char *owner, ent_str id, store_row *row,
                       enum store_found *found, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    bool there = true;
    sql_cursor *c;
    ent_code rc = ENT_OK;

    ENT_TRY(d->kept(s, owner == NULL ? STORE_SQL_GET : STORE_SQL_GET_OWNED, &c, err));
    d->text(c, 1, id);
    if (owner != NULL)
        store_sql_c(c, 2, owner);
    *found = STORE_ABSENT;
    while (*found != STORE_FOUND && (rc = d->step(c, &there, err)) == ENT_OK && there) {
        *found = STORE_HIDDEN;
        if (d->column_number(c, 12) == 0)
            continue;
        *found = STORE_FOUND;
        store_sql_row_borrow(c, row);
        rc = store_row_copy(arena, row, err);
    }
    d->done(c);
    return rc;
}

static ent_code list_of(store *s, enum store_sql which, ent_arena *arena, int64_t number,
                        ent_str **list, size_t *count, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    size_t room = 16;
    bool row = true;
    sql_cursor *c;
    ent_code rc;

    *count = 0;
    *list = ent_arena_array(arena, room, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    ENT_TRY(d->kept(s, which, &c, err));
    d->number(c, 1, number);
    while ((rc = d->step(c, &row, err)) == ENT_OK && row) {
        ent_str *to;

        if (*count == room) {
            ent_str *grown = ent_arena_array(arena, room * 2, sizeof *grown);

            if (grown == NULL) {
                rc = ent_fail_arena(err);
                break;
            }
            memcpy(grown, *list, room * sizeof *grown);
            *list = grown;
            room *= 2;
        }
        to = &(*list)[(*count)++];
        *to = ent_arena_str(arena, d->column(c, 0));
        if (to->ptr == NULL) {
            rc = ent_fail_arena(err);
            break;
        }
    }
    d->done(c);
    return rc;
}

ent_code store_sql_keys_of(store *s, ent_arena *arena, int64_t number, ent_str **list,
                           size_t *count, ent_err *err)
{
    return list_of(s, STORE_SQL_KEYS_OF, arena, number, list, count, err);
}

ent_code store_sql_refs_of(store *s, ent_arena *arena, int64_t number, ent_str **list,
                           size_t *count, ent_err *err)
{
    return list_of(s, STORE_SQL_REFS_OF, arena, number, list, count, err);
}

ent_code store_sql_text_of(store *s, ent_arena *arena, int64_t number, ent_str *text, ent_err *err)
{
    size_t count;
    ent_str *list;

    ENT_TRY(list_of(s, STORE_SQL_TEXT_OF, arena, number, &list, &count, err));
    *text = count == 0 ? ENT_STR("") : list[0];
    return ENT_OK;
}

/* ---- index ---- */

/* Of two lists, the first without doubles. */
static bool keys_same(const ent_str *have, size_t have_count, const ent_str *keys, size_t count)
{
    size_t different = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = 0, before = 0;

        while (at < have_count && !ent_str_equal(have[at], keys[i]))
            at++;
        if (at == have_count)
            return false;
        while (before < i && !ent_str_equal(keys[before], keys[i]))
            before++;
        different += before == i;
    }
    return different == have_count;
}

static ent_code index_same(store *s, ent_arena *arena, const store_object *o, int64_t number,
                           bool *same, ent_err *err)
{
    ent_str *have, text;
    size_t count;

    ENT_TRY(store_sql_keys_of(s, arena, number, &have, &count, err));
    ENT_TRY(store_sql_text_of(s, arena, number, &text, err));
    *same = keys_same(have, count, o->keys, o->key_count) && ent_str_equal(text, o->text);
    return ENT_OK;
}

static ent_code index_in(store *s, ent_arena *arena, const store_object *o, int64_t number,
                         ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    bool same = false;

    /* Most rows are found by what they were, and to read that is less than to write it, unless each
     * question is a journey. */
    if (d->page == 0)
        ENT_TRY(index_same(s, arena, o, number, &same, err));
    if (same)
        return ENT_OK;
    ENT_TRY(store_sql_number_run(s, STORE_SQL_KEYS_DROP, number, err));
    ENT_TRY(store_sql_number_run(s, STORE_SQL_TEXT_DROP, number, err));
    return d->found_add(s, o, number, err);
}

ent_code store_sql_index(store *s, int64_t number, const ent_str *keys, size_t key_count,
                         ent_str text, ent_err *err)
{
    const store_object o = { .keys = keys, .key_count = key_count, .text = text };
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    rc = index_in(s, arena, &o, number, err);
    return ent_arena_end(arena, rc, err);
}

/* ---- label, erase, forget ---- */

/* The numbers of all versions, read before any of them is changed. */
static ent_code numbers_of(store *s, ent_str owner, ent_str id, ent_arena *arena, int64_t **numbers,
                           size_t *count, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    size_t room = 0;
    bool row = true;
    sql_cursor *c;
    ent_code rc;

    *count = 0;
    ENT_TRY(owned(s, STORE_SQL_NUMBERS, owner, id, &c, err));
    while ((rc = d->step(c, &row, err)) == ENT_OK && row) {
        if (*count == room) {
            int64_t *grown = ent_arena_array(arena, room * 2 + 16, sizeof *grown);

            if (grown == NULL) {
                rc = ent_fail_arena(err);
                break;
            }
            if (*count > 0)
                memcpy(grown, *numbers, *count * sizeof *grown);
            *numbers = grown;
            room = room * 2 + 16;
        }
        (*numbers)[(*count)++] = d->column_number(c, 0);
    }
    d->done(c);
    return rc == ENT_OK && *count == 0 ? store_missing(id, err) : rc;
}

ent_code store_sql_label(store *s, ent_str owner, ent_str id, ent_str handling, ent_str retention,
                         ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    bool found = false;
    sql_cursor *c;
    ent_code rc;

    ENT_TRY(owned(s, STORE_SQL_LATEST, owner, id, &c, err));
    rc = d->step(c, &found, err);
    d->done(c);
    if (rc != ENT_OK)
        return rc;
    if (!found)
        return store_missing(id, err);
    ENT_TRY(owned(s, STORE_SQL_LABEL, owner, id, &c, err));
    d->text(c, 3, handling);
    d->text(c, 4, retention);
    return store_sql_done(c, err);
}

static ent_code erase_in(store *s, ent_arena *arena, ent_str owner, ent_str id, ent_str reason,
                         ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    int64_t *numbers = NULL;
    size_t count;
    sql_cursor *c;

    ENT_TRY(numbers_of(s, owner, id, arena, &numbers, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(d->index_drop(s, numbers[i], err));
    ENT_TRY(owned(s, STORE_SQL_ERASE, owner, id, &c, err));
    d->text(c, 3, reason);
    d->bytes(c, 4, ENT_STR(""));
    ENT_TRY(store_sql_done(c, err));
    return d->spans_forget == NULL ? ENT_OK : d->spans_forget(s, id, err);
}

ent_code store_sql_erase(store *s, ent_str owner, ent_str id, ent_str reason, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    rc = erase_in(s, arena, owner, id, reason, err);
    ent_arena_free(arena);
    return rc;
}

ent_code store_sql_forget(store *s, ent_str owner, ent_str id, ent_err *err)
{
    sql_cursor *c;

    ENT_TRY(owned(s, STORE_SQL_FORGET, owner, id, &c, err));
    return store_sql_done(c, err);
}

ent_code store_sql_count(store *s, const char *owner, int64_t *count, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(s);
    bool row = false;
    sql_cursor *c;
    ent_code rc;

    ENT_TRY(d->kept(s, owner == NULL ? STORE_SQL_COUNT : STORE_SQL_COUNT_OWNED, &c, err));
    if (owner != NULL)
        store_sql_c(c, 1, owner);
    rc = d->step(c, &row, err);
    *count = row ? d->column_number(c, 0) : 0;
    d->done(c);
    return rc;
}
