#include "desk/evidence.h"

#include "base/limits.h"
#include "desk/work.h"

#include <stdio.h>

#define FILE_KIND "evidence"

bool desk_evidence_is_hash(ent_str text)
{
    if (text.size != DESK_EVIDENCE_HASH - 1)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (strchr("0123456789abcdef", text.ptr[i]) == NULL || text.ptr[i] == '\0')
            return false;
    return true;
}

/* The kind of the documents of one object. */
static const char *object_kind(ent_arena *arena, ent_str object)
{
    return ent_arena_printf(arena, FILE_KIND ":%.*s", ENT_STR_ARG(object)).ptr;
}

/* {"type","name","size","objects":[...]} of the file; of an attachment without objects. */
static ent_code doc_write(ent_arena *arena, const desk_evidence *e, const ent_str *objects,
                          size_t count, ent_str *json, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_str(&w, e->type);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, e->name);
    ent_jw_key(&w, "size");
    ent_jw_int(&w, e->size);
    ent_jw_key(&w, "objects");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(&w, objects[i]);
    ent_jw_end(&w);
    ent_jw_end(&w);
    return ent_buf_done(&buf, json, err);
}

static ent_code doc_read(ent_arena *arena, const store_doc *doc, desk_evidence *e,
                         ent_json *objects, ent_err *err)
{
    ent_str copy = ent_arena_str(arena, doc->json);
    ent_json json;

    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, copy, &json, err));
    if (!desk_evidence_is_hash(doc->id))
        return ent_fail(err, ENT_IO, "a document of evidence has no hash as its id");
    *objects = ent_json_get(json, "objects");
    *e = (desk_evidence){ .type = ent_json_get_text(json, "type"),
                          .name = ent_json_get_text(json, "name"),
                          .object = ent_json_str(ent_json_first(*objects)),
                          .added = doc->time };
    (void)snprintf(e->hash, sizeof e->hash, "%.*s", ENT_STR_ARG(doc->id));
    (void)ent_json_int(ent_json_get(json, "size"), &e->size);
    return ENT_OK;
}

static ent_code file_doc(store *s, ent_arena *arena, ent_str hash, desk_evidence *e,
                         ent_json *objects, bool *found, ent_err *err)
{
    ent_err none = { 0 };
    store_doc doc;
    ent_code rc = store_doc_get(s, arena, FILE_KIND, hash, &doc, &none);

    *objects = (ent_json){ .doc = NULL };
    *found = rc == ENT_OK;
    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = none, rc;
    return doc_read(arena, &doc, e, objects, err);
}

/* ---- attaching ---- */

/* The file's document with `object` in its list, or without it. */
static ent_code file_doc_change(store *s, ent_arena *arena, const desk_evidence *e, ent_str object,
                                bool with, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR(FILE_KIND), .id = ent_str_of(e->hash), .time = e->added };
    ent_str objects[ENT_LIMIT_EVIDENCE_OBJECTS + 1];
    desk_evidence before;
    size_t count = 0;
    ent_json held;
    bool found;

    ENT_TRY(file_doc(s, arena, doc.id, &before, &held, &found, err));
    for (ent_json o = ent_json_first(held); o.doc != NULL; o = ent_json_next(o))
        if (!ent_str_equal(ent_json_str(o), object) && count < ENT_LIMIT_EVIDENCE_OBJECTS)
            objects[count++] = ent_json_str(o);
    if (with && count == ENT_LIMIT_EVIDENCE_OBJECTS)
        return ent_fail(err, ENT_LIMIT, "the file is attached to %d objects already",
                        ENT_LIMIT_EVIDENCE_OBJECTS);
    if (with)
        objects[count++] = object;
    if (count == 0) {
        store_doc erase = {
            .kind = ENT_STR("erase-file"), .id = doc.id, .time = e->added, .json = ENT_STR("{}")
        };

        ENT_TRY(store_doc_put(s, &erase, err));
        return store_doc_delete(s, FILE_KIND, doc.id, err);
    }
    ENT_TRY(doc_write(arena, found ? &before : e, objects, count, &doc.json, err));
    return store_doc_put(s, &doc, err);
}

static ent_code count_take(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    ++*(size_t *)arg;
    return ENT_OK;
}

ent_code desk_evidence_attach(store *s, ent_arena *arena, const desk_evidence *e, ent_err *err)
{
    store_doc doc = { .id = ent_str_of(e->hash), .time = e->added };
    size_t count = 0;

    doc.kind = ent_str_of(object_kind(arena, e->object));
    if (doc.kind.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_docs_each(s, doc.kind.ptr, NULL, NULL, count_take, &count, err));
    if (count >= ENT_LIMIT_EVIDENCE_FILES)
        return ent_fail(err, ENT_LIMIT, "the object has %d files already",
                        ENT_LIMIT_EVIDENCE_FILES);
    ENT_TRY(doc_write(arena, e, NULL, 0, &doc.json, err));
    ENT_TRY(store_doc_put(s, &doc, err));
    return file_doc_change(s, arena, e, e->object, true, err);
}

ent_code desk_evidence_detach(store *s, ent_arena *arena, ent_time now, ent_str object,
                              ent_str hash, ent_err *err)
{
    const char *kind = object_kind(arena, object);
    desk_evidence e = { .added = now };
    store_doc doc;

    if (kind == NULL)
        return ent_fail_arena(err);
    (void)snprintf(e.hash, sizeof e.hash, "%.*s", ENT_STR_ARG(hash));
    ENT_TRY(store_doc_get(s, arena, kind, hash, &doc, err));
    ENT_TRY(store_doc_delete(s, kind, hash, err));
    return file_doc_change(s, arena, &e, object, false, err);
}

/* ---- looking ---- */

/* An object that is frozen is seen by those who may (store_frozen_show), and so are its files. */
static ent_code seen(store *s, ent_arena *arena, ent_str object, bool *yes, ent_err *err)
{
    ent_err none = { 0 };
    store_row row;
    ent_code rc = store_object_get(s, arena, NULL, object, &row, &none);

    *yes = rc == ENT_OK;
    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = none, rc;
    return ENT_OK;
}

ent_code desk_evidence_get(store *s, ent_arena *arena, ent_str hash, desk_evidence *e, ent_err *err)
{
    ent_json objects;
    store_doc doc;
    bool yes = false;

    ENT_TRY(store_doc_get(s, arena, FILE_KIND, hash, &doc, err));
    ENT_TRY(doc_read(arena, &doc, e, &objects, err));
    for (ent_json o = ent_json_first(objects); o.doc != NULL && !yes; o = ent_json_next(o))
        ENT_TRY(seen(s, arena, ent_json_str(o), &yes, err));
    return yes ? ENT_OK
               : ent_fail(err, ENT_NOT_FOUND, "there is no evidence '%.*s'", ENT_STR_ARG(hash));
}

struct list {
    ent_arena *arena;
    ent_str object;
    desk_evidence_each each;
    void *arg;
};

static ent_code doc_list(void *arg, const store_doc *doc, ent_err *err)
{
    const struct list *list = arg;
    desk_evidence e;
    ent_json objects;

    ENT_TRY(doc_read(list->arena, doc, &e, &objects, err));
    e.object = list->object;
    return list->each(list->arg, &e, err);
}

ent_code desk_evidence_list(store *s, ent_arena *arena, ent_str object, desk_evidence_each each,
                            void *arg, ent_err *err)
{
    struct list list = { arena, object, each, arg };
    const char *kind = object_kind(arena, object);

    bool yes;

    if (kind == NULL)
        return ent_fail_arena(err);
    ENT_TRY(seen(s, arena, object, &yes, err));
    return yes ? store_docs_each(s, kind, NULL, NULL, doc_list, &list, err) : ENT_OK;
}

/* ---- sweeping ---- */

struct sweep {
    ent_arena *arena;
    struct sweep_row {
        struct sweep_row *next;
        ent_str object;
        char hash[DESK_EVIDENCE_HASH];
    } * first;
};

static ent_code sweep_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct sweep *sweep = arg;
    desk_evidence e;
    ent_json objects;

    ENT_TRY(doc_read(sweep->arena, doc, &e, &objects, err));
    for (ent_json o = ent_json_first(objects); o.doc != NULL; o = ent_json_next(o)) {
        struct sweep_row *row = ent_arena_alloc(sweep->arena, sizeof *row);

        if (row == NULL)
            return ent_fail_arena(err);
        row->next = sweep->first;
        row->object = ent_json_str(o);
        memcpy(row->hash, e.hash, sizeof row->hash);
        sweep->first = row;
    }
    return ENT_OK;
}

static ent_code held_take(void *arg, const store_row *row, ent_err *err)
{
    (void)err;
    *(bool *)arg |= row->tombstone.size == 0;
    return ENT_OK;
}

ent_code desk_evidence_sweep(store *s, ent_arena *arena, ent_time now, size_t *removed,
                             ent_err *err)
{
    struct sweep sweep = { .arena = arena };

    *removed = 0;
    ENT_TRY(store_docs_each(s, FILE_KIND, NULL, NULL, sweep_take, &sweep, err));
    for (const struct sweep_row *row = sweep.first; row != NULL; row = row->next) {
        /* Whoever's it is, and though it is frozen or held back. */
        store_query query = { .id = row->object, .versions = true, .every = true };
        bool held = false;

        ENT_TRY(store_objects_each(s, &query, held_take, &held, err));
        if (held)
            continue;
        ENT_TRY(desk_evidence_detach(s, arena, now, row->object, ent_str_of(row->hash), err));
        ++*removed;
    }
    return ENT_OK;
}

ent_code desk_evidence_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    size_t removed;

    ENT_TRY(desk_evidence_sweep(d->store, arena, d->now, &removed, err));
    *next = ((ent_time)desk_today(d) + 1) * ENT_DAY_TIME; /* objects end at midnight */
    return ENT_OK;
}
