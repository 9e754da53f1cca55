/* Adding and removing objects: the collection's clock, versions, duplicates. */
#include "taxii/store_int.h"

#include "base/json_write.h"

/* A millisecond for each object, so that a client which keeps milliseconds loses none,
 * while the clock's lead over the time of day stays below this; after that 20
 * microseconds, which is 50,000 objects a second for as long as one likes. */
#define STEP       INT64_C(1000)
#define STEP_SHORT INT64_C(20)
#define LEAD       (1200 * ENT_SECOND)

/* ---- all versions of one object ---- */

static ent_code group_part(taxii_store *s, ent_arena *arena, int64_t collection, ent_str id,
                           bool older, struct taxii_version **rows, size_t *count, ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(s, older ? TAXII_SQL_HASHED2 : TAXII_SQL_HASHED, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, taxii_id_hash(collection, id));
    taxii_bind(stmt, 2, id);
    while ((rc = taxii_statement_row(s, stmt, err)) == ENT_OK) {
        int64_t key = sqlite3_column_int64(stmt, 0);
        struct taxii_version *row;

        if (key < taxii_key_of(collection, 0) || key >= taxii_key_of(collection + 1, 0))
            continue;
        if ((*count & (*count - 1)) == 0) { /* 0 or a power of two: full */
            struct taxii_version *grown =
                ent_arena_array(arena, *count == 0 ? 1 : *count * 2, sizeof *grown);

            if (grown == NULL) {
                rc = ent_fail_arena(err);
                break;
            }
            if (*count > 0)
                memcpy(grown, *rows, *count * sizeof *grown);
            *rows = grown;
        }
        row = &(*rows)[*count];
        *row = (struct taxii_version){ .key = key,
                                       .older = older,
                                       .version_key = taxii_column_copy(stmt, 2, arena),
                                       .spec = taxii_column_copy(stmt, 3, arena),
                                       .type = taxii_column_copy(stmt, 4, arena) };
        if (row->version_key.ptr == NULL || row->spec.ptr == NULL || row->type.ptr == NULL) {
            rc = ent_fail_arena(err);
            break;
        }
        ++*count;
    }
    taxii_statement_put(s, stmt);
    return rc == ENT_NOT_FOUND ? ENT_OK : rc;
}

ent_code taxii_group_load(taxii_store *s, ent_arena *arena, int64_t collection, ent_str id,
                          struct taxii_version **rows, size_t *count, ent_err *err)
{
    *rows = NULL;
    *count = 0;
    ENT_TRY(group_part(s, arena, collection, id, false, rows, count, err));
    if (*count == 0) /* no older version without a current one: most are new */
        return ENT_OK;
    return group_part(s, arena, collection, id, true, rows, count, err);
}

static bool is_in(ent_str text, const ent_str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(text, list[i]))
            return true;
    return false;
}

/* An object without versions has one that is ours: the date on which it was added. */
static bool version_listed(const taxii_versions *versions, const struct taxii_version *row)
{
    char stamp[TAXII_STAMP_SIZE];
    ent_str key = row->version_key;

    if (key.size == 0) {
        taxii_stamp_write(taxii_key_time(row->key), stamp);
        key = (ent_str){ stamp, strlen(stamp) - 1 };
        while (key.ptr[key.size - 1] == '0')
            key.size--;
        if (key.ptr[key.size - 1] == '.')
            key.size--;
    }
    return is_in(key, versions->keys, versions->key_count);
}

void taxii_group_mark(const taxii_select *select, struct taxii_version *rows, size_t count)
{
    ent_str newest = { "", 0 }, first = newest, last = newest;
    bool any = false;

    for (size_t i = 0; i < count; i++)
        if (ent_str_compare(rows[i].spec, newest) > 0)
            newest = rows[i].spec;
    for (size_t i = 0; i < count; i++) {
        rows[i].wanted = select->spec_count == 0
                             ? ent_str_equal(rows[i].spec, newest)
                             : is_in(rows[i].spec, select->specs, select->spec_count);
        if (!rows[i].wanted)
            continue;
        if (!any || ent_str_compare(rows[i].version_key, first) < 0)
            first = rows[i].version_key;
        if (!any || ent_str_compare(rows[i].version_key, last) > 0)
            last = rows[i].version_key;
        any = true;
    }
    for (size_t i = 0; i < count; i++)
        rows[i].wanted = rows[i].wanted &&
                         (select->versions.all ||
                          (select->versions.first && ent_str_equal(rows[i].version_key, first)) ||
                          (select->versions.last && ent_str_equal(rows[i].version_key, last)) ||
                          version_listed(&select->versions, &rows[i]));
}

/* ---- adding ---- */

struct adding {
    taxii_store *s;
    ent_arena *arena;
    int64_t collection;
    int64_t last, now; /* ticks */
    ent_str type;      /* of the last one, with its code: most bodies hold few types */
    int64_t type_code;
};

static ent_code clock_read(struct adding *a, ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(a->s, TAXII_SQL_LAST_GET, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, a->collection);
    rc = taxii_statement_row(a->s, stmt, err);
    if (rc == ENT_OK)
        a->last = sqlite3_column_int64(stmt, 0);
    else if (rc == ENT_NOT_FOUND)
        rc = ent_fail(err, ENT_NOT_FOUND, "the collection is gone");
    taxii_statement_put(a->s, stmt);
    return rc;
}

static ent_code clock_write(struct adding *a, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(a->s, TAXII_SQL_LAST_SET, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, a->last);
    (void)sqlite3_bind_int64(stmt, 2, a->collection);
    return taxii_statement_run(a->s, stmt, err);
}

static int64_t clock_next(struct adding *a)
{
    int64_t next = a->last + (a->last - a->now < LEAD ? STEP : STEP_SHORT);

    a->last = next > a->now ? next : a->now;
    return (int64_t)((uint64_t)a->collection << TAXII_TICK_BITS) | a->last;
}

static ent_code type_code(struct adding *a, ent_str type, ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    if (ent_str_equal(type, a->type))
        return ENT_OK;
    ENT_TRY(taxii_statement_get(a->s, TAXII_SQL_TYPE_GET, &stmt, err));
    taxii_bind(stmt, 1, type);
    rc = taxii_statement_row(a->s, stmt, err);
    if (rc == ENT_OK)
        a->type_code = sqlite3_column_int64(stmt, 0);
    taxii_statement_put(a->s, stmt);
    if (rc == ENT_NOT_FOUND) {
        ENT_TRY(taxii_statement_get(a->s, TAXII_SQL_TYPE_ADD, &stmt, err));
        taxii_bind(stmt, 1, type);
        ENT_TRY(taxii_statement_run(a->s, stmt, err));
        a->type_code = sqlite3_last_insert_rowid(a->s->db);
        rc = ENT_OK;
    }
    a->type = type;
    return rc;
}

static ent_code row_insert(struct adding *a, taxii_item *item, bool older, ent_err *err)
{
    sqlite3_stmt *stmt;
    int64_t key;

    ENT_TRY(type_code(a, item->type, err));
    key = clock_next(a);
    ENT_TRY(
        taxii_statement_get(a->s, older ? TAXII_SQL_OLDER_ADD : TAXII_SQL_OBJECT_ADD, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, key);
    (void)sqlite3_bind_int64(stmt, 2, taxii_id_hash(a->collection, item->id));
    (void)sqlite3_bind_int64(stmt, 3, a->type_code);
    taxii_bind(stmt, 4, item->id);
    taxii_bind(stmt, 5, item->version);
    taxii_bind(stmt, 6, item->version_key);
    taxii_bind(stmt, 7, item->spec);
    taxii_bind(stmt, 8, item->bytes);
    item->outcome = TAXII_ADDED;
    item->added = taxii_key_time(key);
    return taxii_statement_run(a->s, stmt, err);
}

/* Moves a row from one table to the other. */
static ent_code row_move(taxii_store *s, int64_t key, bool to_older, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, to_older ? TAXII_SQL_OBJECT_AGE : TAXII_SQL_OLDER_RENEW, &stmt,
                                err));
    (void)sqlite3_bind_int64(stmt, 1, key);
    ENT_TRY(taxii_statement_run(s, stmt, err));
    ENT_TRY(taxii_statement_get(s, to_older ? TAXII_SQL_OBJECT_REMOVE : TAXII_SQL_OLDER_REMOVE,
                                &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, key);
    return taxii_statement_run(s, stmt, err);
}

/* An object without its `modified`, in canonical form.  Two objects of one version differ
 * in it at most by how the instant is written, or by leaving it to `created`. */
static bool content_write(ent_arena *arena, ent_str bytes, ent_buf *out)
{
    ent_err err = { 0 };
    ent_json object;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    if (ent_json_read(arena, bytes, &object, &err) != ENT_OK)
        return false;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_str_is(ent_json_name(v), "modified"))
            continue;
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    ent_jw_end(&w);
    ent_buf_init(out, arena);
    return ent_buf_done(&buf, &text, &err) == ENT_OK &&
           ent_json_read(arena, text, &object, &err) == ENT_OK &&
           ent_json_canon(object, out, &err) == ENT_OK && !out->failed;
}

/* The same bytes, or the same JSON written differently. */
static bool content_same(ent_str a, ent_str b)
{
    ent_arena *arena;
    ent_buf one, two;
    bool same;

    if (ent_str_equal(a, b))
        return true;
    arena = ent_arena_new((size_t)256 << 20);
    if (arena == NULL)
        return false;
    same = content_write(arena, a, &one) && content_write(arena, b, &two) && one.size == two.size &&
           memcmp(one.ptr, two.ptr, one.size) == 0;
    ent_arena_free(arena);
    return same;
}

static ent_code item_compare(struct adding *a, taxii_item *item, const struct taxii_version *row,
                             ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(a->s, row->older ? TAXII_SQL_OLDER_BYTES : TAXII_SQL_OBJECT_BYTES,
                                &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, row->key);
    rc = taxii_statement_row(a->s, stmt, err);
    if (rc == ENT_OK) {
        bool same = content_same(item->bytes, taxii_column(stmt, 0));

        item->outcome = same ? TAXII_PRESENT : TAXII_REFUSED;
        item->message = same ? "object already added"
                             : "this version of the object is there with other content, which "
                               "stays";
        item->added = taxii_key_time(row->key);
    } else if (rc == ENT_NOT_FOUND) {
        rc = ent_fail(err, ENT_IO, "a row of the TAXII store is gone");
    }
    taxii_statement_put(a->s, stmt);
    return rc;
}

/* Newer: by specification version, then by version. */
static bool is_newer(const taxii_item *item, const struct taxii_version *row)
{
    int sign = ent_str_compare(item->spec, row->spec);

    return sign != 0 ? sign > 0 : ent_str_compare(item->version_key, row->version_key) > 0;
}

static ent_code item_add(struct adding *a, taxii_item *item, ent_err *err)
{
    const struct taxii_version *current = NULL;
    struct taxii_version *rows;
    size_t count;

    ENT_TRY(taxii_group_load(a->s, a->arena, a->collection, item->id, &rows, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (ent_str_equal(rows[i].version_key, item->version_key) &&
            ent_str_equal(rows[i].spec, item->spec))
            return item_compare(a, item, &rows[i], err);
        if (!rows[i].older)
            current = &rows[i];
    }
    if (current != NULL && !is_newer(item, current))
        return row_insert(a, item, true, err);
    if (current != NULL)
        ENT_TRY(row_move(a->s, current->key, true, err));
    return row_insert(a, item, false, err);
}

static struct adding adding_begin(taxii_store *s, ent_arena *arena, int64_t collection,
                                  ent_time now)
{
    int64_t ticks = now > TAXII_EPOCH ? now - TAXII_EPOCH : 0;

    /* Dates are whole milliseconds as long as the clock does not run ahead. */
    return (struct adding){
        .s = s, .arena = arena, .collection = collection, .now = (ticks + STEP - 1) / STEP * STEP
    };
}

ent_code taxii_objects_add(taxii_store *s, ent_arena *arena, int64_t collection, ent_time now,
                           taxii_item *items, size_t count, ent_err *err)
{
    struct adding a = adding_begin(s, arena, collection, now);

    ENT_TRY(clock_read(&a, err));
    for (size_t i = 0; i < count; i++)
        if (items[i].outcome != TAXII_REFUSED)
            ENT_TRY(item_add(&a, &items[i], err));
    return clock_write(&a, err);
}

static ent_code row_remove(taxii_store *s, const struct taxii_version *row, ent_err *err)
{
    sqlite3_stmt *stmt;

    ENT_TRY(taxii_statement_get(s, row->older ? TAXII_SQL_OLDER_REMOVE : TAXII_SQL_OBJECT_REMOVE,
                                &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, row->key);
    return taxii_statement_run(s, stmt, err);
}

/* Rows of an id that are not the item's version go; its own stays, with its date. */
static ent_code item_mirror(struct adding *a, taxii_item *item, ent_err *err)
{
    struct taxii_version *rows;
    bool there = false;
    size_t count;

    ENT_TRY(taxii_group_load(a->s, a->arena, a->collection, item->id, &rows, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (item->outcome != TAXII_REFUSED && !there &&
            ent_str_equal(rows[i].version_key, item->version_key) &&
            ent_str_equal(rows[i].spec, item->spec))
            there = true;
        else
            ENT_TRY(row_remove(a->s, &rows[i], err));
    }
    return there || item->outcome == TAXII_REFUSED ? ENT_OK : row_insert(a, item, false, err);
}

ent_code taxii_objects_mirror(taxii_store *s, ent_arena *arena, int64_t collection, ent_time now,
                              taxii_item *items, size_t count, ent_err *err)
{
    struct adding a = adding_begin(s, arena, collection, now);

    ENT_TRY(clock_read(&a, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(item_mirror(&a, &items[i], err));
    return clock_write(&a, err);
}

/* ---- removing ---- */

static ent_code object_delete(taxii_store *s, ent_arena *arena, const taxii_select *select,
                              ent_str id, size_t *removed, ent_err *err)
{
    const struct taxii_version *best = NULL;
    struct taxii_version *rows;
    bool current_gone = false;
    size_t count;

    ENT_TRY(taxii_group_load(s, arena, select->collection, id, &rows, &count, err));
    taxii_group_mark(select, rows, count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].wanted) {
            ENT_TRY(row_remove(s, &rows[i], err));
            current_gone |= !rows[i].older;
            ++*removed;
            continue;
        }
        if (rows[i].older && (best == NULL || ent_str_compare(rows[i].spec, best->spec) > 0 ||
                              (ent_str_equal(rows[i].spec, best->spec) &&
                               ent_str_compare(rows[i].version_key, best->version_key) > 0)))
            best = &rows[i];
    }
    /* What was second becomes current. */
    return current_gone && best != NULL ? row_move(s, best->key, false, err) : ENT_OK;
}

ent_code taxii_objects_delete(taxii_store *s, ent_arena *arena, const taxii_select *select,
                              ent_err *err)
{
    size_t removed = 0;

    for (size_t i = 0; i < select->id_count; i++)
        ENT_TRY(object_delete(s, arena, select, select->ids[i], &removed, err));
    return removed > 0 ? ENT_OK : ent_fail(err, ENT_NOT_FOUND, "no such object");
}

ent_code taxii_object_exists(taxii_store *s, ent_arena *arena, int64_t collection, ent_str id,
                             bool *exists, ent_err *err)
{
    struct taxii_version *rows;
    size_t count;

    ENT_TRY(taxii_group_load(s, arena, collection, id, &rows, &count, err));
    *exists = count > 0;
    return ENT_OK;
}

ent_code taxii_objects_count(taxii_store *s, int64_t collection, int64_t *count, ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_ROW_COUNT, &stmt, err));
    (void)sqlite3_bind_int64(stmt, 1, taxii_key_of(collection, 0));
    (void)sqlite3_bind_int64(stmt, 2, taxii_key_of(collection + 1, 0));
    rc = taxii_statement_row(s, stmt, err);
    if (rc == ENT_OK)
        *count = sqlite3_column_int64(stmt, 0);
    taxii_statement_put(s, stmt);
    return rc;
}
