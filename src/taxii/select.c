/* Finding a page.  What is asked most, the current versions of everything, is one run of
 * rows.  A list of types is the same run without the others while most rows are of them, and
 * from there on a merge of one run for each type; a list of ids, and one
 * object's versions, go by the objects; other versions and specification versions are a
 * walk over both tables that asks about each object on its way. */
#include "taxii/store_int.h"

#include <stdlib.h>

#define PAGE_BYTES ((size_t)16 << 20) /* a page ends early rather than grow beyond this */
#define TYPES_MAX  64
#define SEEN       64
#define DENSE_TRY  32 /* rows after which it is known whether most are of the wanted types */

struct page {
    const taxii_select *select;
    taxii_each each;
    void *arg;
    size_t count, bytes;
    bool more;
    bool bare; /* rows are key and bytes */
};

/* Hands on the row at which `stmt` stands; *full: the page has no room for it. */
static ent_code row_give(struct page *page, sqlite3_stmt *stmt, bool *full, ent_err *err)
{
    char stamp[TAXII_STAMP_SIZE];
    taxii_row row = {
        taxii_key_time(sqlite3_column_int64(stmt, 0)), { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }
    };

    if (!page->bare) {
        row.id = taxii_column(stmt, 1);
        row.version = taxii_column(stmt, 2);
    }
    *full = false;
    if (page->select->read != NULL) {
        ent_code rc =
            page->select->read(page->select->read_arg, row.id, row.version, &row.bytes, err);

        if (rc == ENT_NOT_FOUND)
            *err = (ent_err){ 0 };
        if (rc != ENT_OK)
            return rc == ENT_NOT_FOUND ? ENT_OK : rc;
    }
    *full = page->count == page->select->limit || page->bytes >= PAGE_BYTES;
    if (*full) {
        page->more = true;
        return ENT_OK;
    }
    if (!page->bare)
        row.spec = taxii_column(stmt, 3);
    if (!page->bare && row.version.size == 0) {
        taxii_stamp_write(row.added, stamp);
        row.version = ent_str_of(stamp);
    }
    if (page->select->content && page->select->read == NULL)
        row.bytes = taxii_column(stmt, page->bare ? 1 : 4);
    page->count++;
    page->bytes += row.bytes.size;
    return page->each(page->arg, &row, err);
}

static int64_t key_after(const taxii_select *select)
{
    return select->after <= TAXII_EPOCH ? taxii_key_of(select->collection, 0) - 1
                                        : taxii_key_of(select->collection, select->after);
}

/* ---- by id ---- */

static int by_key(const void *a, const void *b)
{
    int64_t x = ((const struct taxii_version *)a)->key, y = ((const struct taxii_version *)b)->key;

    return (x > y) - (x < y);
}

static ent_code wanted_add(ent_arena *arena, struct taxii_version **list, size_t *count,
                           const struct taxii_version *row, ent_err *err)
{
    if ((*count & (*count - 1)) == 0) {
        struct taxii_version *grown =
            ent_arena_array(arena, *count == 0 ? 1 : *count * 2, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (*count > 0)
            memcpy(grown, *list, *count * sizeof *grown);
        *list = grown;
    }
    (*list)[(*count)++] = *row;
    return ENT_OK;
}

static bool type_wanted(const taxii_select *select, ent_str type)
{
    for (size_t i = 0; i < select->type_count; i++)
        if (ent_str_equal(select->types[i], type))
            return true;
    return select->type_count == 0;
}

static ent_code ids_gather(taxii_store *s, ent_arena *arena, const taxii_select *select,
                           struct taxii_version **list, size_t *count, ent_err *err)
{
    int64_t after = key_after(select);

    *list = NULL;
    *count = 0;
    for (size_t i = 0; i < select->id_count; i++) {
        struct taxii_version *rows;
        size_t versions;

        ENT_TRY(
            taxii_group_load(s, arena, select->collection, select->ids[i], &rows, &versions, err));
        taxii_group_mark(select, rows, versions);
        for (size_t j = 0; j < versions; j++)
            if (rows[j].wanted && rows[j].key > after && type_wanted(select, rows[j].type))
                ENT_TRY(wanted_add(arena, list, count, &rows[j], err));
    }
    if (*count > 1)
        qsort(*list, *count, sizeof **list, by_key);
    return ENT_OK;
}

static ent_code ids_page(taxii_store *s, ent_arena *arena, struct page *page, ent_err *err)
{
    struct taxii_version *list;
    ent_code rc = ENT_OK;
    bool full = false;
    size_t count;

    ENT_TRY(ids_gather(s, arena, page->select, &list, &count, err));
    for (size_t i = 0; i < count && rc == ENT_OK && !full; i++) {
        sqlite3_stmt *stmt;

        ENT_TRY(taxii_statement_get(s, list[i].older ? TAXII_SQL_OLDER_ROW : TAXII_SQL_OBJECT_ROW,
                                    &stmt, err));
        (void)sqlite3_bind_int64(stmt, 1, list[i].key);
        rc = taxii_statement_row(s, stmt, err);
        if (rc == ENT_OK)
            rc = row_give(page, stmt, &full, err);
        taxii_statement_put(s, stmt);
    }
    return rc;
}

/* ---- by walking ---- */

struct run {
    sqlite3_stmt *stmt;
    int64_t key; /* of the row at which it stands */
    bool older;
};

/* What was found out about an object: which versions of it are wanted. */
struct seen {
    ent_str id; /* .ptr NULL: nothing */
    struct taxii_version *rows;
    size_t count;
};

struct walk {
    taxii_store *s;
    ent_arena *arena; /* of the request */
    ent_arena *notes; /* forgotten now and then */
    struct page *page;
    struct run runs[2 * TYPES_MAX];
    size_t run_count;
    int64_t after;            /* the key behind which the runs begin */
    int64_t codes[TYPES_MAX]; /* of the wanted types that there are */
    size_t code_count;
    bool plain; /* current versions only: every row is wanted */
    struct seen seen[SEEN];
};

static ent_code run_step(struct walk *w, size_t at, ent_err *err)
{
    struct run *run = &w->runs[at];
    ent_code rc = taxii_statement_row(w->s, run->stmt, err);

    if (rc == ENT_OK)
        run->key = sqlite3_column_int64(run->stmt, 0);
    if (rc != ENT_NOT_FOUND)
        return rc;
    taxii_statement_put(w->s, run->stmt);
    *run = w->runs[--w->run_count];
    return ENT_OK;
}

/* The statement of a run.  What only current versions have, and nobody compares, may be
 * asked for with the columns that the page shows. */
static taxii_sql run_statement(const struct walk *w, bool older, bool typed)
{
    const taxii_select *select = w->page->select;

    if (older)
        return typed ? TAXII_SQL_OLDERS_TYPED : TAXII_SQL_OLDERS;
    if (w->page->bare)
        return typed ? TAXII_SQL_BYTES_TYPED : TAXII_SQL_BYTES;
    if (!select->content || select->read != NULL)
        return typed ? TAXII_SQL_NAMES_TYPED : TAXII_SQL_NAMES;
    return typed ? TAXII_SQL_OBJECTS_TYPED : TAXII_SQL_OBJECTS;
}

static ent_code run_begin(struct walk *w, bool older, int64_t type, ent_err *err)
{
    const taxii_select *select = w->page->select;
    struct run *run = &w->runs[w->run_count];

    ENT_TRY(taxii_statement_get(w->s, run_statement(w, older, type >= 0), &run->stmt, err));
    (void)sqlite3_bind_int64(run->stmt, 1, w->after);
    (void)sqlite3_bind_int64(run->stmt, 2, taxii_key_of(select->collection + 1, 0));
    if (type >= 0)
        (void)sqlite3_bind_int64(run->stmt, 3, type);
    run->older = older;
    return run_step(w, w->run_count++, err);
}

static ent_code type_find(taxii_store *s, ent_str name, int64_t *code, ent_err *err)
{
    sqlite3_stmt *stmt;
    ent_code rc;

    ENT_TRY(taxii_statement_get(s, TAXII_SQL_TYPE_GET, &stmt, err));
    taxii_bind(stmt, 1, name);
    rc = taxii_statement_row(s, stmt, err);
    *code = rc == ENT_OK ? sqlite3_column_int64(stmt, 0) : -1;
    taxii_statement_put(s, stmt);
    return rc == ENT_NOT_FOUND ? ENT_OK : rc;
}

/* Of types of which nothing was ever posted nothing is found. */
static ent_code types_find(struct walk *w, ent_err *err)
{
    const taxii_select *select = w->page->select;

    if (select->type_count > TYPES_MAX)
        return ent_fail(err, ENT_USAGE, "match[type] has more than %d types", TYPES_MAX);
    for (size_t i = 0; i < select->type_count; i++) {
        ENT_TRY(type_find(w->s, select->types[i], &w->codes[w->code_count], err));
        w->code_count += w->codes[w->code_count] >= 0;
    }
    return ENT_OK;
}

static ent_code runs_begin(struct walk *w, ent_err *err)
{
    bool typed = w->page->select->type_count > 0;

    for (size_t i = 0; i < (typed ? w->code_count : 1); i++) {
        ENT_TRY(run_begin(w, false, typed ? w->codes[i] : -1, err));
        if (!w->plain)
            ENT_TRY(run_begin(w, true, typed ? w->codes[i] : -1, err));
    }
    return ENT_OK;
}

/* Is this row among the wanted versions of its object?  Neighbouring rows are often of
 * the same few objects, so the answers are kept for a while. */
static ent_code row_judge(struct walk *w, const struct run *run, bool *wanted, ent_err *err)
{
    ent_str id = taxii_column(run->stmt, 1);
    struct seen *seen = &w->seen[(uint64_t)taxii_id_hash(0, id) % SEEN];

    if (!ent_str_equal(seen->id, id)) {
        if (ent_arena_used(w->notes) > (size_t)4 << 20) {
            memset(w->seen, 0, sizeof w->seen);
            ent_arena_reset(w->notes);
        }
        seen->id = ent_arena_str(w->notes, id);
        if (seen->id.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(taxii_group_load(w->s, w->notes, w->page->select->collection, id, &seen->rows,
                                 &seen->count, err));
        taxii_group_mark(w->page->select, seen->rows, seen->count);
    }
    *wanted = false;
    for (size_t i = 0; i < seen->count; i++)
        if (seen->rows[i].key == run->key)
            *wanted = seen->rows[i].wanted;
    return ENT_OK;
}

/* By the index each row costs a search, which one that lies beside the last one does not: *over,
 * the page is full or there are no more rows; else the runs go on behind w->after. */
static ent_code dense_page(struct walk *w, bool *over, ent_err *err)
{
    size_t looked = 0, wanted = 0;

    ENT_TRY(run_begin(w, false, -1, err));
    while (w->run_count > 0 && (looked < DENSE_TRY || 2 * wanted >= looked)) {
        sqlite3_stmt *stmt = w->runs[0].stmt;
        int64_t type = sqlite3_column_int64(stmt, sqlite3_column_count(stmt) - 1);
        bool is_wanted = false;

        for (size_t i = 0; i < w->code_count; i++)
            is_wanted |= w->codes[i] == type;
        if (is_wanted)
            ENT_TRY(row_give(w->page, stmt, over, err));
        if (*over)
            return ENT_OK;
        looked++;
        wanted += is_wanted;
        w->after = w->runs[0].key;
        ENT_TRY(run_step(w, 0, err));
    }
    *over = w->run_count == 0;
    if (!*over)
        taxii_statement_put(w->s, w->runs[--w->run_count].stmt);
    return ENT_OK;
}

static ent_code walk_page(struct walk *w, ent_err *err)
{
    bool full = false, over = false;

    ENT_TRY(types_find(w, err));
    if (w->plain && w->code_count > 0)
        ENT_TRY(dense_page(w, &over, err));
    if (!over)
        ENT_TRY(runs_begin(w, err));
    while (!over && w->run_count > 0) {
        bool wanted = true;
        size_t least = 0;

        for (size_t i = 1; i < w->run_count; i++)
            if (w->runs[i].key < w->runs[least].key)
                least = i;
        if (!w->plain)
            ENT_TRY(row_judge(w, &w->runs[least], &wanted, err));
        if (wanted)
            ENT_TRY(row_give(w->page, w->runs[least].stmt, &full, err));
        if (full)
            break;
        ENT_TRY(run_step(w, least, err));
    }
    return ENT_OK;
}

static ent_code all_page(taxii_store *s, ent_arena *arena, struct page *page, ent_err *err)
{
    const taxii_select *select = page->select;
    struct walk w = { .s = s,
                      .arena = arena,
                      .notes = ent_arena_new((size_t)256 << 20),
                      .page = page,
                      .after = key_after(select),
                      .plain = select->spec_count == 0 && select->versions.last &&
                               !select->versions.first && select->versions.key_count == 0 };
    ent_code rc;

    page->bare = w.plain && select->only_bytes && select->content && select->read == NULL;
    rc = w.notes == NULL ? ent_fail(err, ENT_MEMORY, "no memory for a page") : walk_page(&w, err);

    while (w.run_count > 0)
        taxii_statement_put(s, w.runs[--w.run_count].stmt);
    ent_arena_free(w.notes);
    return rc;
}

ent_code taxii_objects_select(taxii_store *s, ent_arena *arena, const taxii_select *select,
                              taxii_each each, void *arg, bool *more, ent_err *err)
{
    struct page page = { .select = select, .each = each, .arg = arg };
    ent_code rc;

    ENT_TRY(taxii_store_look(s, err));
    rc = select->id_count > 0 ? ids_page(s, arena, &page, err) : all_page(s, arena, &page, err);
    taxii_store_looked(s);
    *more = page.more;
    return rc;
}
