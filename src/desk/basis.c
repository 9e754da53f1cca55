#include "desk/basis.h"

#include "desk/work.h"

/* Records on the way from what was corrected to what rests on it. */
#define BASIS_RECORDS 256

struct records {
    ent_str ids[BASIS_RECORDS];
    size_t count;
};

static const struct {
    const char *document, *text;
} kinds[] = {
#define X(document, text) { (document), (text) },
#include "desk/basis.def"
#undef X
};

/* ---- one flag ---- */

struct marking {
    desk *d;
    ent_arena *arena;
    const desk_basis_cause *cause;
    ent_str record;   /* whose dependents are looked for now */
    ent_str from, to; /* of a link: what it ties */
    struct records *records;
};

static void text_put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static ent_code flag_put(const struct marking *m, ent_str thing, const char *kind, ent_err *err)
{
    const char *state = m->cause->withdrawn ? "withdrawn" : "changed";
    store_doc doc = { .kind = ENT_STR("basis"),
                      .peer = m->cause->owner,
                      .state = ent_str_of(state),
                      .time = m->d->now };
    ent_buf buf;
    ent_jw w;

    doc.id = ent_arena_printf(m->arena, "%.*s/%.*s", ENT_STR_ARG(thing), ENT_STR_ARG(m->record));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, m->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    text_put(&w, "thing", thing);
    text_put(&w, "kind", ent_str_of(kind));
    text_put(&w, "basis", ent_str_of(state));
    text_put(&w, "record", m->record);
    text_put(&w, "owner", m->cause->owner);
    text_put(&w, "release", m->cause->release);
    text_put(&w, "reason", m->cause->reason);
    text_put(&w, "time", desk_time_text(m->arena, m->d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(m->d->store, &doc, err);
}

static void record_follow(struct records *records, ent_str id)
{
    for (size_t i = 0; i < records->count; i++)
        if (ent_str_equal(records->ids[i], id))
            return;
    if (records->count < BASIS_RECORDS && id.size > 0)
        records->ids[records->count++] = id;
}

/* ---- what rests on one record ---- */

/* A row of ours that refers to it. */
static ent_code row_flag(void *arg, const store_row *row, ent_err *err)
{
    const struct marking *m = arg;
    bool link = ent_str_is(row->type, "relationship");
    ent_json json;
    ent_str source;

    if (row->tombstone.size > 0)
        return ENT_OK;
    ENT_TRY(flag_put(m, row->id, link ? "link" : "record", err));
    if (!link)
        return ENT_OK;
    ENT_TRY(ent_json_read(m->arena, row->bytes, &json, err));
    if (!ent_str_is(ent_json_get_text(json, "relationship_type"), "derived-from"))
        return ENT_OK;
    source = ent_arena_str(m->arena, ent_json_get_text(json, "source_ref"));
    if (source.ptr == NULL)
        return ent_fail_arena(err);
    if (ent_str_equal(source, m->record))
        return ENT_OK; /* the record is what was derived */
    record_follow(m->records, source);
    return flag_put(m, source, "record", err);
}

static bool text_has(ent_str text, ent_str part)
{
    while (text.size >= part.size) {
        const char *at = memchr(text.ptr, part.ptr[0], text.size - part.size + 1);

        if (at == NULL)
            return false;
        if (memcmp(at, part.ptr, part.size) == 0)
            return true;
        text.size -= (size_t)(at + 1 - text.ptr);
        text.ptr = at + 1;
    }
    return false;
}

/* Is the link a step of one of these ways (of a hypothesis)? */
static bool on_way(const struct marking *m, ent_json ways)
{
    for (ent_json way = ent_json_first(ways); way.doc != NULL; way = ent_json_next(way)) {
        ent_str before = ENT_STR_NONE;

        for (ent_json v = ent_json_first(way); v.doc != NULL; v = ent_json_next(v)) {
            ent_str id = ent_json_str(v);

            if ((ent_str_equal(before, m->from) && ent_str_equal(id, m->to)) ||
                (ent_str_equal(before, m->to) && ent_str_equal(id, m->from)))
                return true;
            before = id;
        }
    }
    return false;
}

/* Has the partner named the record in its answer, or did a distance go by it? */
static bool in_answer(const struct marking *m, ent_json peer)
{
    for (ent_json v = ent_json_first(ent_json_get(ent_json_get(peer, "answer"), "named"));
         v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_str(v), m->record))
            return true;
    for (ent_json v = ent_json_first(ent_json_get(peer, "points")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "id"), m->record) &&
            (ent_json_get(v, "said").doc != NULL || ent_json_get(v, "heard").doc != NULL))
            return true;
    return false;
}

/* Of hypotheses: those with the link on a way, and those whose partners speak of the record. */
static ent_code hypotheses_flag(const struct marking *m, ent_err *err)
{
    bool link = m->from.size > 0;
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(m->d, m->arena, link ? "hypothesis" : "hypothesis-peer", NULL, NULL, &docs,
                      &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *end = memchr(docs[i].id.ptr, '/', docs[i].id.size);
        ent_str thing = { docs[i].id.ptr,
                          end == NULL ? docs[i].id.size : (size_t)(end - docs[i].id.ptr) };
        ent_json json;

        if (!text_has(docs[i].json, link ? m->from : m->record))
            continue;
        ENT_TRY(ent_json_read(m->arena, docs[i].json, &json, err));
        if (link ? on_way(m, ent_json_get(json, "ways")) : in_answer(m, json))
            ENT_TRY(flag_put(m, thing, "hypothesis", err));
    }
    return ENT_OK;
}

static ent_code documents_flag(const struct marking *m, ent_err *err)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        store_doc *docs;
        size_t count;

        ENT_TRY(desk_docs(m->d, m->arena, kinds[k].document, NULL, NULL, &docs, &count, err));
        for (size_t i = 0; i < count; i++)
            if (text_has(docs[i].json, m->record))
                ENT_TRY(flag_put(m, docs[i].id, kinds[k].text, err));
    }
    return hypotheses_flag(m, err);
}

/* What a link ties, as it was or as it is held; nothing for all else. */
static ent_code ends_find(struct marking *m, ent_err *err)
{
    ent_json object = m->cause->object;
    ent_err absent = { 0 };
    store_row row;

    m->from = m->to = ENT_STR_NONE;
    if (!ent_str_starts(m->record, ENT_STR("relationship--")))
        return ENT_OK;
    if (!ent_str_equal(ent_json_get_text(object, "id"), m->record)) {
        ent_code rc = store_object_get(m->d->store, m->arena, NULL, m->record, &row, &absent);

        if (rc == ENT_NOT_FOUND || (rc == ENT_OK && row.bytes.size == 0))
            return ENT_OK;
        if (rc != ENT_OK)
            return *err = absent, rc;
        ENT_TRY(ent_json_read(m->arena, row.bytes, &object, err));
    }
    m->from = ent_json_get_text(object, "source_ref");
    m->to = ent_json_get_text(object, "target_ref");
    return ENT_OK;
}

/* Rows are collected first: a flag is written while nothing is being read. */
struct rows {
    ent_arena *arena;
    store_row *items;
    size_t count, room;
};

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct rows *rows = arg;
    store_row *to;

    if (rows->count == rows->room) {
        store_row *grown = ent_arena_grow(rows->arena, rows->items, &rows->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        rows->items = grown;
    }
    to = &rows->items[rows->count++];
    *to = (store_row){ .id = ent_arena_str(rows->arena, row->id),
                       .type = ent_arena_str(rows->arena, row->type),
                       .bytes = ent_arena_str(rows->arena, row->bytes),
                       .tombstone = ent_arena_str(rows->arena, row->tombstone) };
    return to->id.ptr == NULL || to->type.ptr == NULL || to->bytes.ptr == NULL ||
                   to->tombstone.ptr == NULL
               ? ent_fail_arena(err)
               : ENT_OK;
}

static ent_code dependents_flag(struct marking *m, ent_err *err)
{
    struct rows rows = { .arena = m->arena };
    ent_str id = ent_arena_str(m->arena, m->record);
    store_query query = { .owner = "", .ref = id.ptr };

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_objects_each(m->d->store, &query, row_take, &rows, err));
    for (size_t i = 0; i < rows.count; i++)
        ENT_TRY(row_flag(m, &rows.items[i], err));
    return documents_flag(m, err);
}

static ent_code basis_mark(desk *d, ent_arena *arena, ent_str record, const desk_basis_cause *cause,
                           ent_err *err)
{
    struct records *records = ent_arena_alloc(arena, sizeof *records);
    struct marking m = { .d = d, .arena = arena, .cause = cause, .records = records };

    if (records == NULL)
        return ent_fail_arena(err);
    *records = (struct records){ .ids = { record }, .count = 1 };
    for (size_t i = 0; i < records->count; i++) {
        m.record = records->ids[i];
        ENT_TRY(ends_find(&m, err));
        ENT_TRY(dependents_flag(&m, err));
    }
    return ENT_OK;
}

/* Also on what the person at work may not see: the flag is for those who do. */
ent_code desk_basis_mark(desk *d, ent_arena *arena, ent_str record, const desk_basis_cause *cause,
                         ent_err *err)
{
    const store_reader *reader = store_reader_set(d->store, NULL);
    ent_code rc = basis_mark(d, arena, record, cause, err);

    (void)store_reader_set(d->store, reader);
    return rc;
}

ent_code desk_basis_imported(void *arg, ent_arena *arena, ent_str id, bool revoked, ent_err *err)
{
    const desk_basis_cause cause = { .owner = ENT_STR(""),
                                     .release = ENT_STR(""),
                                     .reason = ent_str_of(revoked ? "revoked" : "a newer version"),
                                     .withdrawn = revoked };

    return desk_basis_mark(arg, arena, id, &cause, err);
}

/* ---- reading them ---- */

ent_code desk_basis_load(desk *d, ent_arena *arena, bool all, desk_flags *flags, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *flags = (desk_flags){ .count = 0 };
    ENT_TRY(desk_docs(d, arena, "basis", NULL, NULL, &docs, &count, err));
    flags->items = ent_arena_array(arena, count + 1, sizeof *flags->items);
    if (flags->items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        desk_flag *flag = &flags->items[flags->count];

        if (!all && ent_str_is(docs[i].state, "read"))
            continue;
        ENT_TRY(ent_json_read(arena, docs[i].json, &flag->json, err));
        flag->thing = ent_json_get_text(flag->json, "thing");
        flag->kind = ent_json_get_text(flag->json, "kind");
        flag->record = ent_json_get_text(flag->json, "record");
        flag->state = docs[i].state;
        flags->count++;
    }
    return ENT_OK;
}

const char *desk_basis_of(const desk_flags *flags, ent_str thing)
{
    const char *worst = "";

    for (size_t i = 0; i < flags->count; i++) {
        if (!ent_str_equal(flags->items[i].thing, thing))
            continue;
        if (ent_str_is(flags->items[i].state, "withdrawn"))
            return "withdrawn";
        if (ent_str_is(flags->items[i].state, "changed"))
            worst = "changed";
    }
    return worst;
}

/* ---- taking them off ---- */

static ent_code flag_read(desk *d, ent_arena *arena, store_doc *doc, ent_str note, ent_str by,
                          ent_err *err)
{
    ent_str members;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    text_put(&w, "read_by", by);
    text_put(&w, "note", note);
    text_put(&w, "read", desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &members, err));
    return desk_doc_extend(d, arena, doc, "read", desk_inside(members), err);
}

ent_code desk_basis_read(desk *d, ent_arena *arena, ent_str thing, ent_str note, ent_str by,
                         size_t *count, ent_err *err)
{
    store_doc *docs;
    size_t all;

    *count = 0;
    ENT_TRY(desk_docs(d, arena, "basis", NULL, NULL, &docs, &all, err));
    for (size_t i = 0; i < all; i++) {
        bool its = docs[i].id.size > thing.size && ent_str_starts(docs[i].id, thing) &&
                   docs[i].id.ptr[thing.size] == '/';

        if (!its || ent_str_is(docs[i].state, "read"))
            continue;
        ENT_TRY(flag_read(d, arena, &docs[i], note, by, err));
        (*count)++;
    }
    if (*count == 0)
        return ent_fail(err, ENT_NOT_FOUND, "nothing that '%.*s' rests on has changed",
                        ENT_STR_ARG(thing));
    return ENT_OK;
}
