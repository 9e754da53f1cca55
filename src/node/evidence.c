#include "node/evidence.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "formats/media.h"
#include "node/files.h"

#include <string.h>

static const char *file_path(node_desk *nd, ent_arena *arena, const char *hash)
{
    return node_path(arena, "%s/evidence/%.2s/%s", node_desk_home(nd)->path, hash, hash);
}

/* Runs in a transaction of its own. */
static ent_code in_transaction(store *s, ent_code rc, ent_err *err)
{
    return store_end(s, rc, err);
}

/* ---- the files ---- */

static ent_code content_read(void *arg, ent_arena *arena, const char *hash, ent_str *content,
                             ent_err *err)
{
    char found[DESK_EVIDENCE_HASH];
    ent_hash sum;

    ENT_TRY(
        node_file_read(arena, file_path(arg, arena, hash), ENT_LIMIT_EVIDENCE_SIZE, content, err));
    sum = ent_hash_of(content->ptr, content->size);
    ent_hex_write(sum.bytes, sizeof sum.bytes, found);
    if (strcmp(found, hash) != 0)
        return ent_fail(err, ENT_IO, "the file of %s is not what was attached: it is damaged",
                        hash);
    return ENT_OK;
}

/* Before the document that names it: a document never names what is not there. */
static ent_code content_write(void *arg, ent_arena *arena, const char *hash, ent_str content,
                              ent_err *err)
{
    const char *to = file_path(arg, arena, hash);

    return node_file_exists(to) ? ENT_OK : node_file_write(to, ent_span_of_str(content), 0600, err);
}

const desk_files node_evidence_files = { content_read, content_write };

struct names {
    ent_arena *arena;
    struct name {
        struct name *next;
        ent_str text;
    } * first;
};

static ent_code name_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct names *names = arg;
    struct name *name = ent_arena_alloc(names->arena, sizeof *name);

    if (name == NULL)
        return ent_fail_arena(err);
    *name = (struct name){ names->first, ent_arena_str(names->arena, doc->id) };
    names->first = name;
    return name->text.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* While nobody can attach it again, and unless somebody did. */
static ent_code file_erase(node_desk *nd, ent_arena *arena, ent_str hash, ent_err *err)
{
    store *s = node_desk_desk(nd)->store;
    ent_err none = { 0 };
    store_doc doc;
    ent_code rc = store_doc_get(s, arena, "evidence", hash, &doc, &none);

    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return *err = none, rc;
    if (rc == ENT_NOT_FOUND)
        ENT_TRY(node_file_remove(file_path(nd, arena, hash.ptr), err));
    return store_doc_delete(s, "erase-file", hash, err);
}

ent_code node_evidence_flush(node_desk *nd, ent_arena *arena, ent_err *err)
{
    store *s = node_desk_desk(nd)->store;
    struct names names = { .arena = arena };

    ENT_TRY(store_docs_each(s, "erase-file", NULL, NULL, name_take, &names, err));
    for (const struct name *name = names.first; name != NULL; name = name->next) {
        ent_err gone = { 0 };
        store_doc doc;

        ENT_TRY(store_begin(s, err));
        if (store_doc_get(s, arena, "erase-file", name->text, &doc, &gone) == ENT_NOT_FOUND) {
            store_rollback(s); /* another process has done it */
            continue;
        }
        ENT_TRY(in_transaction(s, file_erase(nd, arena, name->text, err), err));
    }
    return ENT_OK;
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

static ent_code file_judge(ent_arena *arena, const char *path, ent_str content, const char *type,
                           desk_evidence *e, ent_err *err)
{
    const char *slash = strrchr(path, '/'), *found;
    ent_hash hash;

    ENT_TRY(formats_media_type(content, &found, err));
    if (type != NULL && strcmp(type, found) != 0)
        return ent_fail(err, ENT_DENIED, "the file is %s by its content, not %s", found, type);
    hash = ent_hash_of(content.ptr, content.size);
    ent_hex_write(hash.bytes, sizeof hash.bytes, e->hash);
    e->type = ent_str_of(found);
    e->name = ent_arena_str(arena, ent_str_of(slash == NULL ? path : slash + 1));
    e->size = (int64_t)content.size;
    if (e->name.ptr == NULL)
        return ent_fail_arena(err);
    if (e->name.size > 255 || !ent_utf8_valid(e->name))
        e->name = ENT_STR("file");
    return ENT_OK;
}

ent_code node_evidence_add(node_desk *nd, ent_arena *arena, ent_str object, const char *path,
                           const char *type, desk_evidence *added, ent_err *err)
{
    ent_str content;

    ENT_TRY(object_check(node_desk_desk(nd)->store, arena, object, err));
    ENT_TRY(node_file_read(arena, path, ENT_LIMIT_EVIDENCE_SIZE, &content, err));
    return node_evidence_put(nd, arena, object, path, content, type, added, err);
}

ent_code node_evidence_put(node_desk *nd, ent_arena *arena, ent_str object, const char *name,
                           ent_str content, const char *type, desk_evidence *added, ent_err *err)
{
    desk *d = node_desk_desk(nd);

    *added = (desk_evidence){ .object = object, .added = d->now };
    ENT_TRY(object_check(d->store, arena, object, err));
    ENT_TRY(file_judge(arena, name, content, type, added, err));
    ENT_TRY(store_begin(d->store, err));
    return in_transaction(d->store,
                          content_write(nd, arena, added->hash, content, err) == ENT_OK
                              ? desk_evidence_attach(d->store, arena, added, err)
                              : err->code,
                          err);
}

/* ---- reading and removing ---- */

static ent_code hash_check(const char *hash, ent_err *err)
{
    return desk_evidence_is_hash(ent_str_of(hash))
               ? ENT_OK
               : ent_fail(err, ENT_USAGE, "'%.80s' is no SHA-256 in hex", hash);
}

ent_code node_evidence_get(node_desk *nd, ent_arena *arena, const char *hash,
                           desk_evidence *evidence, ent_str *content, ent_err *err)
{
    ENT_TRY(hash_check(hash, err));
    ENT_TRY(desk_evidence_get(node_desk_desk(nd)->store, arena, ent_str_of(hash), evidence, err));
    return content_read(nd, arena, hash, content, err);
}

ent_code node_evidence_remove(node_desk *nd, ent_arena *arena, ent_str object, const char *hash,
                              ent_err *err)
{
    desk *d = node_desk_desk(nd);

    ENT_TRY(hash_check(hash, err));
    ENT_TRY(store_begin(d->store, err));
    ENT_TRY(in_transaction(
        d->store, desk_evidence_detach(d->store, arena, d->now, object, ent_str_of(hash), err),
        err));
    return node_evidence_flush(nd, arena, err);
}

ent_code node_evidence_sweep(node_desk *nd, ent_arena *arena, size_t *removed, ent_err *err)
{
    desk *d = node_desk_desk(nd);

    ENT_TRY(store_begin(d->store, err));
    ENT_TRY(
        in_transaction(d->store, desk_evidence_sweep(d->store, arena, d->now, removed, err), err));
    return node_evidence_flush(nd, arena, err);
}
