/* New rows go by COPY in its binary form [PostgreSQL 15, COPY]: each row a count of fields,
 * each field its size and its bytes. */
#include "store/postgres_int.h"

#include <stdio.h>

#define COPY_ROOM  ((size_t)256 << 20)
#define COPY_BYTES ((size_t)8 << 20) /* gathered at most */
#define COPY_ROWS  4000

/* The server's limits on one word and on one row's words [PostgreSQL 15 s12.11]. */
#define WORD_SIZE  2000
#define WORDS_SIZE 900000

static const char *const commands[PG_COPY_END] = {
    [PG_OBJECT] = "COPY object(number,owner,id,version,type,bytes,received,source,retention,"
                  "latest,tombstone,handling,quarantine,since,until,lat,lon)"
                  " FROM STDIN (FORMAT binary)",
    [PG_KEY] = "COPY key(key,object) FROM STDIN (FORMAT binary)",
    [PG_REF] = "COPY ref(target,object) FROM STDIN (FORMAT binary)",
    [PG_WORDS] = "COPY words(rowid,text) FROM STDIN (FORMAT binary)",
};

/* ---- fields ---- */

static void word_put(ent_buf *buf, uint64_t word, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        ent_buf_byte(buf, (unsigned char)(word >> shift & 0xff));
}

static void field_text(ent_buf *buf, ent_str text)
{
    word_put(buf, text.size, 4);
    ent_buf_str(buf, text);
}

static void field_number(ent_buf *buf, int64_t number)
{
    word_put(buf, 8, 4);
    word_put(buf, (uint64_t)number, 8);
}

static void field_real(ent_buf *buf, bool known, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    word_put(buf, known ? 8 : UINT32_MAX, 4);
    if (known)
        word_put(buf, bits, 8);
}

static bool is_letter(char c)
{
    return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Words, one blank between them: the form that the index cuts at blanks. */
static void words_put(ent_buf *buf, ent_str text)
{
    size_t start = buf->size;

    for (size_t at = 0; at < text.size;) {
        size_t end = at;

        while (end < text.size && is_letter(lower(text.ptr[end])))
            end++;
        if (end > at && end - at <= WORD_SIZE && buf->size - start + end - at < WORDS_SIZE) {
            if (buf->size > start)
                ent_buf_byte(buf, ' ');
            for (size_t i = at; i < end; i++)
                ent_buf_byte(buf, (unsigned char)lower(text.ptr[i]));
        }
        at = end + 1;
    }
}

/* ---- rows ---- */

static void object_row(ent_buf *b, int64_t number, const store_object *o, bool latest,
                       ent_str tombstone)
{
    word_put(b, 17, 2);
    field_number(b, number);
    field_text(b, o->owner);
    field_text(b, o->id);
    field_text(b, o->version);
    field_text(b, o->type);
    field_text(b, o->bytes);
    field_number(b, o->received);
    field_text(b, o->source);
    field_text(b, o->retention);
    field_number(b, latest);
    field_text(b, tombstone);
    field_text(b, o->handling);
    field_text(b, o->quarantine);
    field_number(b, o->when.first);
    field_number(b, o->when.last);
    field_real(b, o->place.known, o->place.latitude);
    field_real(b, o->place.known, o->place.longitude);
}

static void list_rows(ent_buf *b, const ent_str *list, size_t count, int64_t number)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = 0;

        while (before < i && !ent_str_equal(list[before], list[i]))
            before++;
        if (before < i)
            continue; /* COPY has no ON CONFLICT */
        word_put(b, 2, 2);
        field_text(b, list[i]);
        field_number(b, number);
    }
}

static ent_code words_row(ent_arena *arena, ent_buf *b, ent_str text, int64_t number, ent_err *err)
{
    ent_buf words;
    ent_str cut;

    ent_buf_init(&words, arena);
    ent_buf_reserve(&words, text.size + 1);
    words_put(&words, text);
    ENT_TRY(ent_buf_done(&words, &cut, err));
    word_put(b, 2, 2);
    field_number(b, number);
    field_text(b, cut);
    return ENT_OK;
}

static ent_code copy_begin(struct pg *s, ent_err *err)
{
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    struct pg_copy *c = &s->copy;

    if (c->arena == NULL && (c->arena = ent_arena_new(COPY_ROOM)) == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the store");
    /* Numbers are given here; the lock of the transaction keeps others from giving any. */
    if (s->number == 0)
        ENT_TRY(store_pg_number(s, "SELECT coalesce(max(number),0) FROM object", &s->number, err));
    if (c->count > 0)
        return ENT_OK;
    for (int t = 0; t < PG_COPY_END; t++) {
        ent_buf_init(&c->rows[t], c->arena);
        ent_buf_reserve(&c->rows[t], 65536);
        ent_buf_put(&c->rows[t], head, 19);
    }
    return ENT_OK;
}

static ent_code found_rows(struct pg *s, const store_object *o, int64_t number, ent_err *err)
{
    struct pg_copy *c = &s->copy;

    list_rows(&c->rows[PG_KEY], o->keys, o->key_count, number);
    return words_row(c->arena, &c->rows[PG_WORDS], o->text, number, err);
}

/* One more thing was gathered. */
static ent_code rows_added(struct pg *s, ent_err *err)
{
    struct pg_copy *c = &s->copy;
    size_t size = 0;

    s->changed = true;
    c->count++;
    for (int t = 0; t < PG_COPY_END; t++)
        size += c->rows[t].size;
    return c->count >= COPY_ROWS || size >= COPY_BYTES ? store_pg_copy_flush(s, err) : ENT_OK;
}

static ent_code rows_add(struct pg *s, const store_object *o, bool latest, ent_str tombstone,
                         ent_err *err)
{
    struct pg_copy *c = &s->copy;

    ENT_TRY(copy_begin(s, err));
    s->number++;
    object_row(&c->rows[PG_OBJECT], s->number, o, latest, tombstone);
    if (latest) {
        list_rows(&c->rows[PG_REF], o->refs, o->ref_count, s->number);
        ENT_TRY(found_rows(s, o, s->number, err));
    }
    return rows_added(s, err);
}

/* What was deleted of them goes before: a flush waits for what was sent. */
ent_code store_pg_found_add(store *base, const store_object *o, int64_t number, ent_err *err)
{
    struct pg *s = (struct pg *)base;

    ENT_TRY(copy_begin(s, err));
    ENT_TRY(found_rows(s, o, number, err));
    return rows_added(s, err);
}

ent_code store_pg_insert(store *base, const store_object *o, int64_t before, bool latest,
                         ent_str tombstone, ent_err *err)
{
    struct pg *s = (struct pg *)base;
    bool alone = !s->open;
    ent_code rc;

    (void)before;
    /* Outside a transaction a put is a transaction of its own. */
    if (alone)
        ENT_TRY(base->ops->begin(base, err));
    rc = rows_add(s, o, latest, tombstone, err);
    if (alone && rc == ENT_OK)
        rc = base->ops->commit(base, err);
    if (alone && rc != ENT_OK)
        base->ops->rollback(base);
    return rc;
}

/* ---- sending ---- */

static ent_code copy_result(struct pg *s, ExecStatusType want, ent_err *err)
{
    PGresult *result = PQgetResult(s->connection);
    ent_code rc = PQresultStatus(result) == want ? ENT_OK : store_pg_fail(s, result, err);

    PQclear(result);
    return rc;
}

static ent_code table_send(struct pg *s, enum pg_copy_table table, ent_err *err)
{
    ent_buf *rows = &s->copy.rows[table];
    ent_code rc;
    ent_str all;

    word_put(rows, 0xffff, 2); /* the end */
    ENT_TRY(ent_buf_done(rows, &all, err));
    if (PQsendQuery(s->connection, commands[table]) != 1)
        return store_pg_fail(s, NULL, err);
    rc = copy_result(s, PGRES_COPY_IN, err);
    for (size_t at = 0; rc == ENT_OK && at < all.size;) {
        size_t size = all.size - at < 1048576 ? all.size - at : 1048576;

        if (PQputCopyData(s->connection, all.ptr + at, (int)size) != 1)
            rc = store_pg_fail(s, NULL, err);
        at += size;
    }
    if (rc == ENT_OK && PQputCopyEnd(s->connection, NULL) != 1)
        rc = store_pg_fail(s, NULL, err);
    if (rc == ENT_OK)
        rc = copy_result(s, PGRES_COMMAND_OK, err);
    for (PGresult *rest; (rest = PQgetResult(s->connection)) != NULL; PQclear(rest))
        if (PQstatus(s->connection) != CONNECTION_OK) {
            PQclear(rest);
            break;
        }
    return rc;
}

void store_pg_copy_forget(struct pg *s)
{
    s->copy.count = 0;
    if (s->copy.arena != NULL)
        ent_arena_reset(s->copy.arena);
}

ent_code store_pg_copy_flush(struct pg *s, ent_err *err)
{
    ent_code rc;

    if (s->copy.count == 0)
        return ENT_OK;
    rc = store_pg_drain(s, NULL, err);
    /* COPY is not part of a pipeline. */
    if (rc == ENT_OK && PQexitPipelineMode(s->connection) != 1)
        rc = store_pg_fail(s, NULL, err);
    for (int t = 0; rc == ENT_OK && t < PG_COPY_END; t++)
        if (s->copy.rows[t].size > 19)
            rc = table_send(s, (enum pg_copy_table)t, err);
    if (PQpipelineStatus(s->connection) == PQ_PIPELINE_OFF)
        (void)PQenterPipelineMode(s->connection);
    store_pg_copy_forget(s);
    return rc;
}

/* ---- words asked for ---- */

/* One word of a question as a tsquery: its pieces, each quoted; nothing in a piece needs an
 * escape but the quote and the backslash, which are no letters and so never in one. */
static bool word_query(ent_buf *buf, const char *text, size_t size, bool beginning, bool *any)
{
    bool first = true;

    for (size_t at = 0; at < size;) {
        size_t end = at;

        while (end < size && is_letter(lower(text[end])))
            end++;
        if (end > at && end - at <= WORD_SIZE) {
            ent_buf_c(buf, !first ? " & '" : *any ? " | ('" : "('");
            for (size_t i = at; i < end; i++)
                ent_buf_byte(buf, (unsigned char)lower(text[i]));
            ent_buf_c(buf, beginning && end == size ? "':*" : "'");
            first = false;
            *any = true;
        }
        at = end + 1;
    }
    if (!first)
        ent_buf_byte(buf, ')');
    return !first;
}

/* `a b|c` is ('a') & (('b') | ('c':*)). */
ent_code store_pg_words(ent_arena *arena, const char *text, ent_str *quoted, ent_err *err)
{
    ent_buf all;

    ent_buf_init(&all, arena);
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        bool any = false, last = strchr(text + size, ' ') == NULL;
        ent_buf one;

        ent_buf_init(&one, arena);
        for (size_t at = 0; at < size;) {
            size_t end = at;

            while (end < size && text[end] != '|')
                end++;
            (void)word_query(&one, text + at, end - at, last, &any);
            at = end + 1;
        }
        if (any) {
            ent_buf_c(&all, all.size > 0 ? " & (" : "(");
            ent_buf_put(&all, one.ptr, one.size);
            ent_buf_byte(&all, ')');
        }
        text += size + (text[size] == ' ');
    }
    return ent_buf_done(&all, quoted, err);
}
