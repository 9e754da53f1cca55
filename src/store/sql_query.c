/* Questions: their text is put together from fixed pieces, their values are bound. */
#include "store/sql_int.h"

#include "base/buf.h"
#include "store/span.h"

#include <stdio.h>

#define QUERY_ROOM ((size_t)1 << 20)
#define VALUES     32

/* The query's text and what is bound to it, in step. */
struct query_build {
    ent_buf sql;
    struct {
        enum { TEXT, NUMBER, REAL } kind;
        ent_str text;
        int64_t number;
        double real;
    } values[VALUES];
    int count;
};

static void text_add(struct query_build *b, const char *sql, ent_str value)
{
    ent_buf_printf(&b->sql, " AND %s?%d", sql, b->count + 1);
    b->values[b->count].kind = TEXT;
    b->values[b->count++].text = value;
}

static void number_add(struct query_build *b, const char *sql, int64_t value)
{
    ent_buf_printf(&b->sql, " AND %s?%d", sql, b->count + 1);
    b->values[b->count].kind = NUMBER;
    b->values[b->count++].number = value;
}

/* A driver's condition: %1, %2 ... are the parameters that will be bound next. */
static void pattern_add(struct query_build *b, const char *pattern)
{
    ent_buf_c(&b->sql, " AND ");
    for (const char *p = pattern; *p != '\0'; p++)
        if (*p == '%')
            ent_buf_printf(&b->sql, "?%d", b->count + (*++p - '0'));
        else
            ent_buf_byte(&b->sql, (unsigned char)*p);
}

static void near_add(struct query_build *b, const struct sql_driver *d, const store_box *box)
{
    const double values[4] = { box->south, box->north, box->west, box->east };

    pattern_add(b, box->west <= box->east ? d->near_where : d->near_round);
    for (int i = 0; i < 4; i++) {
        b->values[b->count].kind = REAL;
        b->values[b->count++].real = values[i];
    }
}

/* Questions for a range: the numbers come from the range's own index, in order, and only
 * their rows are read. */
static bool range_open(struct query_build *b, const store_query *q)
{
    bool latest = !q->every && !q->versions && !q->quarantined;

    if (latest)
        ent_buf_c(&b->sql, " AND o.number IN (SELECT t.number FROM object t WHERE t.latest=1");
    return latest;
}

static void when_add(struct query_build *b, const store_query *q)
{
    bool inner = range_open(b, q);

    number_add(b, inner ? "t.since<=" : "o.since<=", q->when->last);
    number_add(b, inner ? "t.until>=" : "o.until>=", q->when->first);
    ent_buf_c(&b->sql, inner ? ")" : "");
}

static void due_add(struct query_build *b, const store_query *q)
{
    bool inner = range_open(b, q);

    ent_buf_printf(&b->sql, " AND %s.retention<>''", inner ? "t" : "o");
    text_add(b, inner ? "t.retention<" : "o.retention<", ent_str_of(q->due));
    ent_buf_c(&b->sql, inner ? ")" : "");
}

/* A key that begins so lies between the text and the text with its last byte one higher. */
static void key_start_add(struct query_build *b, const char *start)
{
    size_t size = strlen(start) - 1;
    ent_str end = ent_arena_printf(b->sql.arena, "%.*s%c", (int)size, start, start[size] + 1);

    ent_buf_c(&b->sql, " AND o.number IN (SELECT s.object FROM key s WHERE 1=1");
    text_add(b, "s.key>=", ent_str_of(start));
    text_add(b, "s.key<", end);
    ent_buf_c(&b->sql, ")");
}

static void bits_add(struct query_build *b, const char *sql, int64_t bits)
{
    ent_buf_printf(&b->sql, "%sr.types&?%d", sql, b->count + 1);
    b->values[b->count].kind = NUMBER;
    b->values[b->count++].number = bits;
}

/* Such an object may be beside the reference. */
static void spans_add(struct query_build *b, const store_query *q)
{
    for (size_t i = 0; i < q->beside_count; i++)
        if (!store_span_told(ent_str_of(q->beside[i].type)))
            return;
    ent_buf_c(&b->sql, " AND (0");
    for (size_t i = 0; i < q->beside_count; i++) {
        const store_beside *beside = &q->beside[i];
        ent_str type = ent_str_of(beside->type);
        int64_t dated = store_span_bit(type, true), always = store_span_bit(type, false);

        bits_add(b, " OR ", beside->when == NULL ? dated | always : always);
        if (beside->when == NULL)
            continue;
        bits_add(b, " OR (", dated);
        number_add(b, "r.since<=", beside->when->last);
        number_add(b, "r.until>=", beside->when->first);
        ent_buf_byte(&b->sql, ')');
    }
    ent_buf_byte(&b->sql, ')');
}

/* Who refers to `ref` and to such an object.  Its row is looked up by its id, so the other
 * columns are no columns here; the rows of those who do not are never read. */
static void beside_add(struct query_build *b, const struct sql_driver *d, const store_query *q)
{
    ENT_ASSERT(q->beside_count <= STORE_BESIDES);
    ent_buf_c(&b->sql, "(SELECT DISTINCT y.object FROM ref r CROSS JOIN ref y CROSS JOIN object e"
                       " WHERE y.object=r.object AND y.target<>r.target AND e.id=y.target"
                       " AND e.latest=1");
    text_add(b, "r.target=", ent_str_of(q->ref));
    if (d->spans_forget != NULL)
        spans_add(b, q);
    for (size_t i = 0; i < q->beside_count; i++) {
        const store_beside *beside = &q->beside[i];

        ent_buf_c(&b->sql, i == 0 ? " AND (1=1" : " OR 1=1");
        text_add(b, "e.type||''=", ent_str_of(beside->type));
        if (beside->when == NULL)
            continue;
        number_add(b, "e.since+0<=", beside->when->last);
        number_add(b, "e.until+0>=", beside->when->first);
    }
    ent_buf_c(&b->sql, ")) r");
}

static void words_add(struct query_build *b, const struct sql_driver *d, const char *words)
{
    pattern_add(b, d->text_where);
    b->values[b->count].kind = TEXT;
    b->values[b->count++].text = ent_str_of(words);
}

static void conditions_write(const store_query *q, const struct sql_driver *d,
                             struct query_build *b)
{
    if (q->owner != NULL)
        text_add(b, "o.owner=", ent_str_of(q->owner));
    if (q->type != NULL)
        text_add(b, "o.type=", ent_str_of(q->type));
    if (q->key != NULL)
        text_add(b, "k.key=", ent_str_of(q->key));
    if (q->key_start != NULL)
        key_start_add(b, q->key_start);
    if (q->ref != NULL && q->beside_count == 0)
        text_add(b, "r.target=", ent_str_of(q->ref));
    if (q->source != NULL)
        text_add(b, "o.source=", ent_str_of(q->source));
    if (q->id.size > 0)
        text_add(b, "o.id=", q->id);
    if (q->due != NULL)
        due_add(b, q);
    if (q->when != NULL)
        when_add(b, q);
    if (q->after > 0)
        number_add(b, "o.number>", q->after);
    if (q->near != NULL)
        near_add(b, d, q->near);
    if (q->text != NULL)
        words_add(b, d, q->text);
}

/* The tables, the one that says most first.  CROSS JOIN: SQLite keeps the order, where it would
 * rather read all objects of a type; PostgreSQL knows how many there are and does as it likes. */
static void tables_write(struct query_build *b, const store_query *q, const struct sql_driver *d)
{
    bool led = q->near == NULL && q->text == NULL;

    if (led && q->key != NULL)
        ent_buf_c(&b->sql, "key k CROSS JOIN ");
    if (q->ref != NULL && q->beside_count > 0)
        beside_add(b, d, q);
    else if (q->ref != NULL)
        ent_buf_c(&b->sql, "ref r");
    ent_buf_printf(&b->sql, "%s%s%s%s", q->ref != NULL ? " CROSS JOIN " : "",
                   q->near != NULL ? d->near_from : "object o", q->text != NULL ? d->text_join : "",
                   !led && q->key != NULL ? " CROSS JOIN key k" : "");
    ent_buf_printf(&b->sql, " WHERE %s%s%s",
                   q->every         ? "1=1"
                   : q->quarantined ? "o.quarantine<>''"
                   : q->versions    ? "o.quarantine=''"
                                    : "o.latest=1",
                   q->key != NULL ? " AND k.object=o.number" : "",
                   q->ref != NULL ? " AND r.object=o.number" : "");
}

/* `after`: a page's first number lies behind it (before it, with `versions`). */
static ent_code query_write(const store_query *q, const struct sql_driver *d, int64_t after,
                            size_t limit, struct query_build *b, ent_str *sql, ent_err *err)
{
    bool backwards = q->versions && q->text == NULL;

    b->count = 0;
    ent_buf_c(&b->sql, "SELECT " STORE_SQL_ROW " FROM ");
    tables_write(b, q, d);
    conditions_write(q, d, b);
    if (d->page > 0 && q->text == NULL)
        number_add(b, backwards ? "o.number<" : "o.number>", after);
    ent_buf_printf(&b->sql, " ORDER BY %s",
                   q->text != NULL ? d->text_order
                   : backwards     ? "o.number DESC"
                                   : "o.number");
    if (limit > 0)
        ent_buf_printf(&b->sql, " LIMIT %zu", limit);
    return ent_buf_done(&b->sql, sql, err);
}

struct walk {
    store *s;
    const store_query *query;
    store_each each;
    void *arg;
    size_t told;
    int64_t last;
};

static ent_code cursor_walk(struct walk *w, sql_cursor *c, size_t *rows, ent_err *err)
{
    bool row = true;
    ent_code rc;

    while ((rc = c->driver->step(c, &row, err)) == ENT_OK && row) {
        store_row found;

        store_sql_row_borrow(c, &found);
        w->last = found.number;
        w->told++;
        (*rows)++;
        rc = w->each(w->arg, &found, err);
        if (rc != ENT_OK)
            break;
    }
    return rc;
}

/* One statement: the whole answer, or one page of it. */
static ent_code page_walk(struct walk *w, size_t limit, size_t *rows, ent_err *err)
{
    const struct sql_driver *d = sql_driver_of(w->s);
    ent_arena *arena =
        ent_arena_new(QUERY_ROOM + (w->query->text == NULL ? 0 : strlen(w->query->text)));
    struct query_build b = { .count = 0 };
    sql_cursor *c = NULL;
    ent_code rc;
    ent_str sql;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a query");
    ent_buf_init(&b.sql, arena);
    rc = query_write(w->query, d, w->last, limit, &b, &sql, err);
    if (rc == ENT_OK)
        rc = d->own(w->s, sql.ptr, &c, err);
    for (int i = 0; rc == ENT_OK && i < b.count; i++)
        if (b.values[i].kind == TEXT)
            d->text(c, i + 1, b.values[i].text);
        else if (b.values[i].kind == NUMBER)
            d->number(c, i + 1, b.values[i].number);
        else
            d->real(c, i + 1, b.values[i].real);
    if (rc == ENT_OK)
        rc = cursor_walk(w, c, rows, err);
    if (c != NULL)
        d->done(c);
    ent_arena_free(arena);
    return rc;
}

/* A driver that cannot stream takes a walk in pages, each behind the last number of the one
 * before it, so that memory stays small and the store can be used in between. */
static ent_code pages_walk(struct walk *w, ent_err *err)
{
    size_t limit = w->query->limit, page = sql_driver_of(w->s)->page, rows;

    w->last = w->query->versions ? INT64_MAX : INT64_MIN;
    if (page == 0 || w->query->text != NULL) {
        rows = 0;
        return page_walk(w, limit, &rows, err);
    }
    do {
        size_t want = limit > 0 && limit - w->told < page ? limit - w->told : page;

        rows = 0;
        ENT_TRY(page_walk(w, want, &rows, err));
        if (rows < want)
            return ENT_OK;
    } while (limit == 0 || w->told < limit);
    return ENT_OK;
}

ent_code store_sql_each(store *s, const store_query *query, store_each each, void *arg,
                        ent_err *err)
{
    store_query q = *query;
    struct walk w = { s, &q, each, arg, 0, 0 };
    ent_str quoted = ENT_STR_NONE;
    ent_arena *arena;
    ent_code rc;

    if (q.text == NULL)
        return pages_walk(&w, err);
    arena = ent_arena_new(QUERY_ROOM + 4 * strlen(q.text));
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a query");
    rc = sql_driver_of(s)->words(arena, q.text, &quoted, err);
    if (rc == ENT_OK && quoted.size > 0) { /* no words: nothing is found */
        q.text = quoted.ptr;
        rc = pages_walk(&w, err);
    }
    ent_arena_free(arena);
    return rc;
}
