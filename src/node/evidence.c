#include "node/evidence.h"

#include "base/hash.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/text.h"
#include "formats/media.h"
#include "node/files.h"

#include <stdio.h>

#define FILE_KIND "evidence"

static const char *file_path(node_desk *nd, ent_arena *arena, const char *hash)
{
    return node_path(arena, "%s/evidence/%.2s/%s", node_desk_home(nd)->path, hash, hash);
}

static bool is_hash(const char *text)
{
    return strlen(text) == NODE_EVIDENCE_HASH - 1 &&
           strspn(text, "0123456789abcdef") == NODE_EVIDENCE_HASH - 1;
}

/* The kind of the documents of one object. */
static const char *object_kind(ent_arena *arena, ent_str object)
{
    return ent_arena_printf(arena, FILE_KIND ":%.*s", ENT_STR_ARG(object)).ptr;
}

/* ---- documents ---- */

/* {"type","name","size","objects":[...]} of the file; of an attachment without objects. */
static ent_code doc_write(ent_arena *arena, const node_evidence *e, const ent_str *objects,
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

static ent_code doc_read(ent_arena *arena, const store_doc *doc, node_evidence *e,
                         ent_json *objects, ent_err *err)
{
    ent_json json;

    ENT_TRY(ent_json_read(arena, ent_arena_str(arena, doc->json), &json, err));
    *e = (node_evidence){ .type = ent_json_get_text(json, "type"),
                          .name = ent_json_get_text(json, "name"),
                          .added = doc->time };
    (void)snprintf(e->hash, sizeof e->hash, "%.*s", ENT_STR_ARG(doc->id));
    (void)ent_json_int(ent_json_get(json, "size"), &e->size);
    *objects = ent_json_get(json, "objects");
    return is_hash(e->hash) ? ENT_OK
                            : ent_fail(err, ENT_IO, "a document of evidence has no hash as its id");
}

/* The file's document with `object` in its list, or without it; *left: how many remain. */
static ent_code file_doc_change(store *s, ent_arena *arena, const node_evidence *e, ent_str object,
                                bool with, size_t *left, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR(FILE_KIND), .id = ent_str_of(e->hash), .time = e->added };
    ent_str objects[ENT_LIMIT_EVIDENCE_OBJECTS + 1];
    ent_json held = { .doc = NULL };
    node_evidence before;
    ent_err none = { 0 };
    store_doc have;
    ent_code rc = store_doc_get(s, arena, FILE_KIND, doc.id, &have, &none);

    *left = 0;
    if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
        *err = none;
        return rc;
    }
    if (rc == ENT_OK)
        ENT_TRY(doc_read(arena, &have, &before, &held, err));
    for (ent_json o = ent_json_first(held); o.doc != NULL; o = ent_json_next(o))
        if (!ent_str_equal(ent_json_str(o), object) && *left < ENT_LIMIT_EVIDENCE_OBJECTS)
            objects[(*left)++] = ent_json_str(o);
    if (with && *left == ENT_LIMIT_EVIDENCE_OBJECTS)
        return ent_fail(err, ENT_LIMIT, "the file is attached to %d objects already",
                        ENT_LIMIT_EVIDENCE_OBJECTS);
    if (with)
        objects[(*left)++] = object;
    if (*left == 0)
        return store_doc_delete(s, FILE_KIND, doc.id, err);
    ENT_TRY(doc_write(arena, rc == ENT_OK ? &before : e, objects, *left, &doc.json, err));
    return store_doc_put(s, &doc, err);
}

/* ---- adding ---- */

static ent_code object_check(store *s, ent_arena *arena, ent_str object, ent_err *err)
{
    store_row row;

    ENT_TRY(store_object_get(s, arena, "", object, &row, err));
    if (row.tombstone.size > 0)
        return ent_fail(err, ENT_NOT_FOUND, "the object was erased");
    if (ent_str_is(row.type, "device-record"))
        return ent_fail(err, ENT_DENIED,
                        "devices take closed lists only: nothing is attached to a device record "
                        "[doc/design/objects.md]");
    return ENT_OK;
}

static ent_code count_take(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    ++*(size_t *)arg;
    return ENT_OK;
}

static ent_code attach(store *s, ent_arena *arena, const node_evidence *e, ent_err *err)
{
    store_doc doc = { .id = ent_str_of(e->hash), .time = e->added };
    size_t count = 0, left;

    doc.kind = ent_str_of(object_kind(arena, e->object));
    if (doc.kind.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_docs_each(s, doc.kind.ptr, NULL, NULL, count_take, &count, err));
    if (count >= ENT_LIMIT_EVIDENCE_FILES)
        return ent_fail(err, ENT_LIMIT, "the object has %d files already",
                        ENT_LIMIT_EVIDENCE_FILES);
    ENT_TRY(doc_write(arena, e, NULL, 0, &doc.json, err));
    ENT_TRY(store_doc_put(s, &doc, err));
    return file_doc_change(s, arena, e, e->object, true, &left, err);
}

static ent_code file_judge(ent_arena *arena, const char *path, const char *type, node_evidence *e,
                           ent_str *content, ent_err *err)
{
    const char *slash = strrchr(path, '/'), *found;
    ent_hash hash;

    ENT_TRY(node_file_read(arena, path, ENT_LIMIT_EVIDENCE_SIZE, content, err));
    ENT_TRY(formats_media_type(*content, &found, err));
    if (type != NULL && strcmp(type, found) != 0)
        return ent_fail(err, ENT_DENIED, "the file is %s by its content, not %s", found, type);
    hash = ent_hash_of(content->ptr, content->size);
    ent_hex_write(hash.bytes, sizeof hash.bytes, e->hash);
    e->type = ent_str_of(found);
    e->name = ent_arena_str(arena, ent_str_of(slash == NULL ? path : slash + 1));
    e->size = (int64_t)content->size;
    if (e->name.ptr == NULL)
        return ent_fail_arena(err);
    if (e->name.size > 255 || !ent_utf8_valid(e->name))
        e->name = ENT_STR("file");
    return ENT_OK;
}

/* Runs in a transaction of its own. */
static ent_code in_transaction(store *s, ent_code rc, ent_err *err)
{
    if (rc == ENT_OK)
        rc = store_commit(s, err);
    if (rc != ENT_OK)
        store_rollback(s);
    return rc;
}

ent_code node_evidence_add(node_desk *nd, ent_arena *arena, ent_str object, const char *path,
                           const char *type, node_evidence *added, ent_err *err)
{
    desk *d = node_desk_desk(nd);
    const char *to;
    ent_str content;

    *added = (node_evidence){ .object = object, .added = d->now };
    ENT_TRY(object_check(d->store, arena, object, err));
    ENT_TRY(file_judge(arena, path, type, added, &content, err));
    /* The file first: a document never names what is not there. */
    to = file_path(nd, arena, added->hash);
    if (!node_file_exists(to))
        ENT_TRY(node_file_write(to, (ent_span){ content.ptr, content.size }, 0600, err));
    ENT_TRY(store_begin(d->store, err));
    return in_transaction(d->store, attach(d->store, arena, added, err), err);
}

/* ---- reading ---- */

struct list {
    ent_arena *arena;
    ent_str object;
    node_evidence_each each;
    void *arg;
};

static ent_code doc_list(void *arg, const store_doc *doc, ent_err *err)
{
    const struct list *list = arg;
    node_evidence e;
    ent_json objects;

    ENT_TRY(doc_read(list->arena, doc, &e, &objects, err));
    e.object = list->object;
    return list->each(list->arg, &e, err);
}

ent_code node_evidence_list(node_desk *nd, ent_arena *arena, ent_str object,
                            node_evidence_each each, void *arg, ent_err *err)
{
    struct list list = { arena, object, each, arg };
    const char *kind = object_kind(arena, object);

    if (kind == NULL)
        return ent_fail_arena(err);
    return store_docs_each(node_desk_desk(nd)->store, kind, NULL, NULL, doc_list, &list, err);
}

ent_code node_evidence_get(node_desk *nd, ent_arena *arena, const char *hash,
                           node_evidence *evidence, ent_str *content, ent_err *err)
{
    char found[NODE_EVIDENCE_HASH];
    ent_json objects;
    store_doc doc;
    ent_hash sum;

    if (!is_hash(hash))
        return ent_fail(err, ENT_USAGE, "'%.80s' is no SHA-256 in hex", hash);
    ENT_TRY(
        store_doc_get(node_desk_desk(nd)->store, arena, FILE_KIND, ent_str_of(hash), &doc, err));
    ENT_TRY(doc_read(arena, &doc, evidence, &objects, err));
    ENT_TRY(
        node_file_read(arena, file_path(nd, arena, hash), ENT_LIMIT_EVIDENCE_SIZE, content, err));
    sum = ent_hash_of(content->ptr, content->size);
    ent_hex_write(sum.bytes, sizeof sum.bytes, found);
    if (strcmp(found, hash) != 0)
        return ent_fail(err, ENT_IO, "the file of %s is not what was attached: it is damaged",
                        hash);
    return ENT_OK;
}

/* ---- removing ---- */

static ent_code detach(node_desk *nd, ent_arena *arena, ent_str object, const char *hash,
                       size_t *left, ent_err *err)
{
    store *s = node_desk_desk(nd)->store;
    const char *kind = object_kind(arena, object);
    node_evidence e = { .added = node_desk_desk(nd)->now };
    store_doc doc;

    if (kind == NULL)
        return ent_fail_arena(err);
    (void)snprintf(e.hash, sizeof e.hash, "%s", hash);
    ENT_TRY(store_doc_get(s, arena, kind, ent_str_of(hash), &doc, err));
    ENT_TRY(store_doc_delete(s, kind, ent_str_of(hash), err));
    return file_doc_change(s, arena, &e, object, false, left, err);
}

ent_code node_evidence_remove(node_desk *nd, ent_arena *arena, ent_str object, const char *hash,
                              ent_err *err)
{
    store *s = node_desk_desk(nd)->store;
    size_t left = 1;

    if (!is_hash(hash))
        return ent_fail(err, ENT_USAGE, "'%.80s' is no SHA-256 in hex", hash);
    ENT_TRY(store_begin(s, err));
    ENT_TRY(in_transaction(s, detach(nd, arena, object, hash, &left, err), err));
    return left > 0 ? ENT_OK : node_file_remove(file_path(nd, arena, hash), err);
}

struct sweep {
    node_desk *nd;
    ent_arena *arena;
    struct sweep_row {
        struct sweep_row *next;
        ent_str object;
        char hash[NODE_EVIDENCE_HASH];
    } * first;
};

static ent_code sweep_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct sweep *sweep = arg;
    node_evidence e;
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

ent_code node_evidence_sweep(node_desk *nd, ent_arena *arena, size_t *removed, ent_err *err)
{
    struct sweep sweep = { .nd = nd, .arena = arena };
    store *s = node_desk_desk(nd)->store;

    *removed = 0;
    ENT_TRY(store_docs_each(s, FILE_KIND, NULL, NULL, sweep_take, &sweep, err));
    for (const struct sweep_row *row = sweep.first; row != NULL; row = row->next) {
        ent_err none = { 0 };
        store_row object;
        ent_code rc = store_object_get(s, arena, "", row->object, &object, &none);

        if (rc == ENT_OK && object.tombstone.size == 0)
            continue;
        if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
            *err = none;
            return rc;
        }
        ENT_TRY(node_evidence_remove(nd, arena, row->object, row->hash, err));
        ++*removed;
    }
    return ENT_OK;
}
