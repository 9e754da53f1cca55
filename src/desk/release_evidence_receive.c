/* Files that come with a peer's release.  Every byte is from outside: what is kept is exactly
 * what a statement under two officers' signatures names (desk/release_evidence_int.h). */
#include "desk/receive_int.h"
#include "desk/release_evidence_int.h"
#include "desk/release_int.h"

#include "base/limits.h"
#include "formats/media.h"

#include <stdio.h>

static const char where[] = "a file of a release";

/* Document "evidence-in" of one file of one release. */
typedef struct arriving {
    store_doc doc;
    ent_json json;
    ent_str release, hash, type;
    int64_t size, next; /* the part that comes next */
} arriving;

static ent_str file_id(ent_arena *arena, ent_str release, ent_str hash)
{
    return ent_arena_printf(arena, "%.*s/%.*s", ENT_STR_ARG(release), ENT_STR_ARG(hash));
}

static ent_str part_id(ent_arena *arena, const arriving *a, int64_t part)
{
    return ent_arena_printf(arena, "%.*s/%lld", ENT_STR_ARG(a->doc.id), (long long)part);
}

static int64_t part_count(int64_t size)
{
    return (size + ENT_LIMIT_EVIDENCE_PART - 1) / ENT_LIMIT_EVIDENCE_PART;
}

static ent_code arriving_read(ent_arena *arena, const store_doc *doc, arriving *a, ent_err *err)
{
    *a = (arriving){ .doc = *doc };
    ENT_TRY(ent_json_read(arena, doc->json, &a->json, err));
    a->release = ent_json_get_text(a->json, "release");
    a->hash = ent_json_get_text(a->json, "hash");
    a->type = ent_json_get_text(a->json, "type");
    (void)ent_json_int(ent_json_get(a->json, "size"), &a->size);
    (void)ent_json_int(ent_json_get(a->json, "next"), &a->next);
    return ENT_OK;
}

/* Writes it with one object, or one entry's place, more. */
static ent_code arriving_put(desk *d, ent_arena *arena, arriving *a, const char *state,
                             ent_str object, const uint64_t *seq, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "release");
    ent_jw_str(&w, a->release);
    ent_jw_key(&w, "hash");
    ent_jw_str(&w, a->hash);
    ent_jw_key(&w, "type");
    ent_jw_str(&w, a->type);
    ent_jw_key(&w, "size");
    ent_jw_int(&w, a->size);
    ent_jw_key(&w, "next");
    ent_jw_int(&w, a->next);
    ent_jw_key(&w, "objects");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(ent_json_get(a->json, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        ent_jw_str(&w, ent_json_str(v));
    if (object.size > 0)
        ent_jw_str(&w, object);
    ent_jw_end(&w);
    ent_jw_key(&w, "seqs");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(ent_json_get(a->json, "seqs")); v.doc != NULL;
         v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    if (seq != NULL)
        ent_jw_int(&w, (int64_t)*seq);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &a->doc.json, err));
    a->doc.state = ent_str_of(state);
    ENT_TRY(store_doc_put(d->store, &a->doc, err));
    return ent_json_read(arena, a->doc.json, &a->json, err);
}

/* ---- what is to come ---- */

static bool type_of_object(ent_json statement, ent_str object, ent_str *type)
{
    for (ent_json v = ent_json_first(ent_json_get(statement, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_get_text(v, "id"), object)) {
            *type = ent_json_get_text(v, "type");
            return true;
        }
    return false;
}

static ent_code file_expect(desk *d, ent_arena *arena, const char *peer, ent_str release,
                            ent_json statement, ent_json row, ent_err *err)
{
    static const char *const names[] = { "hash", "object", "size", "type", NULL };
    ent_str hash, object, type, object_type;
    int64_t size;
    store_doc doc;
    arriving a;
    bool found;

    ENT_TRY(desk_members(row, where, names, err));
    ENT_TRY(desk_text(row, "hash", where, &hash, err));
    ENT_TRY(desk_text(row, "object", where, &object, err));
    ENT_TRY(desk_text(row, "type", where, &type, err));
    ENT_TRY(desk_number(row, "size", where, 1, ENT_LIMIT_EVIDENCE_SIZE, &size, err));
    if (!desk_evidence_is_hash(hash))
        return ent_fail(err, ENT_FORMAT, "%s: its hash is no SHA-256 in hex", where);
    if (!formats_media_known(type))
        return ent_fail(err, ENT_FORMAT, "%s: its type is not on the list", where);
    if (!type_of_object(statement, object, &object_type) ||
        !desk_property_leaves(object_type, ENT_STR("evidence")))
        return ent_fail(err, ENT_FORMAT, "%s: it belongs to no object that may have files", where);
    ENT_TRY(
        desk_doc_found(d, arena, "evidence-in", file_id(arena, release, hash), &doc, &found, err));
    if (!found) {
        a = (arriving){ .doc = { .kind = ENT_STR("evidence-in"),
                                 .id = file_id(arena, release, hash),
                                 .peer = ent_str_of(peer),
                                 .time = d->now },
                        .release = release,
                        .hash = hash,
                        .type = type,
                        .size = size };
        return arriving_put(d, arena, &a, "arriving", object, NULL, err);
    }
    ENT_TRY(arriving_read(arena, &doc, &a, err));
    if (a.size != size || !ent_str_equal(a.type, type))
        return ent_fail(err, ENT_FORMAT, "%s: it is named twice, and not alike", where);
    for (ent_json v = ent_json_first(ent_json_get(a.json, "objects")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_str_equal(ent_json_str(v), object))
            return ent_fail(err, ENT_FORMAT, "%s: it is named twice for one object", where);
    return arriving_put(d, arena, &a, "arriving", object, NULL, err);
}

ent_code desk_files_expect(desk *d, ent_arena *arena, const char *peer, ent_str release,
                           ent_json statement, ent_err *err)
{
    ent_json list = ent_json_get(statement, "evidence");
    int64_t bytes = 0, size = 0;

    if (list.doc == NULL)
        return ENT_OK;
    if (!ent_json_is(list, ENT_JSON_ARRAY) || ent_json_count(list) == 0)
        return ent_fail(err, ENT_FORMAT, "%s: 'evidence' is no list of files", where);
    if (ent_json_count(list) > ENT_LIMIT_RELEASE_FILES)
        return ent_fail(err, ENT_LIMIT, "a release has more than %d files",
                        ENT_LIMIT_RELEASE_FILES);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ENT_TRY(file_expect(d, arena, peer, release, statement, v, err));
        (void)ent_json_int(ent_json_get(v, "size"), &size);
        bytes += size;
    }
    if (bytes > ENT_LIMIT_RELEASE_BYTES)
        return ent_fail(err, ENT_LIMIT, "the files of a release have more than %d bytes",
                        ENT_LIMIT_RELEASE_BYTES);
    return ENT_OK;
}

/* ---- parts ---- */

static ent_code head_read(ent_arena *arena, ent_span body, ent_str *release, ent_str *hash,
                          int64_t *part, ent_str *bytes, ent_err *err)
{
    static const char *const names[] = { "file", "part", "release", NULL };
    ent_str text = { body.ptr, body.size };
    const char *line = text.size == 0 ? NULL : memchr(text.ptr, '\n', text.size);
    ent_json head;

    if (line == NULL)
        return ent_fail(err, ENT_FORMAT, "%s: it has no head", where);
    ENT_TRY(
        desk_canonical(arena, (ent_str){ text.ptr, (size_t)(line - text.ptr) }, where, &head, err));
    ENT_TRY(desk_members(head, where, names, err));
    ENT_TRY(desk_uuid(head, "release", where, release, err));
    ENT_TRY(desk_text(head, "file", where, hash, err));
    ENT_TRY(desk_number(head, "part", where, 0, ENT_LIMIT_EVIDENCE_SIZE, part, err));
    if (!desk_evidence_is_hash(*hash))
        return ent_fail(err, ENT_FORMAT, "%s: its hash is no SHA-256 in hex", where);
    *bytes = (ent_str){ line + 1, text.size - (size_t)(line + 1 - text.ptr) };
    return ENT_OK;
}

static ent_code part_put(desk *d, ent_arena *arena, const arriving *a, ent_str bytes, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("evidence-part"),
                      .id = part_id(arena, a, a->next),
                      .peer = a->doc.peer,
                      .state = ENT_STR("held"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "bytes");
    ent_jw_base64(&w, bytes.ptr, bytes.size);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, &doc, err);
}

static ent_code part_read(desk *d, ent_arena *memory, const arriving *a, int64_t part,
                          ent_buf *content, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)16 * ENT_LIMIT_EVIDENCE_PART);
    store_doc doc;
    ent_span bytes;
    ent_json json;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a part of a file");
    rc = desk_doc(d, arena, "evidence-part", part_id(memory, a, part), &doc, &json, err);
    if (rc == ENT_OK)
        rc = ent_base64_read(arena, ent_json_get_text(json, "bytes"), &bytes, err);
    if (rc == ENT_OK)
        ent_buf_put(content, bytes.ptr, bytes.size);
    return ent_arena_end(arena, rc, err);
}

static ent_code parts_delete(desk *d, ent_arena *arena, const arriving *a, ent_err *err)
{
    for (int64_t part = 0; part < a->next; part++) {
        ent_err none = { 0 };
        ent_code rc = store_doc_delete(d->store, "evidence-part", part_id(arena, a, part), &none);

        if (rc != ENT_OK && rc != ENT_NOT_FOUND)
            return *err = none, rc;
    }
    return ENT_OK;
}

/* ---- the whole file ---- */

/* The bytes have come; are they what was signed, and of a kind that is kept here? */
static ent_code content_judge(const arriving *a, ent_str content, ent_err *err)
{
    ent_hash sum = ent_hash_of(content.ptr, content.size);
    char hex[DESK_EVIDENCE_HASH];
    const char *type;

    ent_hex_write(sum.bytes, sizeof sum.bytes, hex);
    if (!ent_str_is(a->hash, hex))
        return ent_fail(err, ENT_UNTRUSTED, "%s: its bytes are not those that were signed", where);
    if (formats_media_type(content, &type, err) != ENT_OK)
        return ent_context(err, "%s", where);
    if (!ent_str_is(a->type, type))
        return ent_fail(err, ENT_UNTRUSTED, "%s: it is %s by its content, not %.*s", where, type,
                        ENT_STR_ARG(a->type));
    return ENT_OK;
}

static ent_code file_attach(desk *d, ent_arena *arena, const arriving *a, ent_err *err)
{
    desk_evidence e = { .type = a->type, .size = a->size, .added = d->now };

    (void)snprintf(e.hash, sizeof e.hash, "%.*s", ENT_STR_ARG(a->hash));
    e.name = ent_arena_printf(arena, "from %.*s", ENT_STR_ARG(a->doc.peer));
    if (e.name.ptr == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(ent_json_get(a->json, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        e.object = ent_json_str(v);
        ENT_TRY(desk_evidence_attach(d->store, arena, &e, err));
    }
    return ENT_OK;
}

static ent_code file_assemble(desk *d, ent_arena *memory, const arriving *a, ent_err *err)
{
    ent_str hash = ent_arena_str(memory, a->hash), content;
    ent_buf buf;

    ent_buf_init(&buf, memory);
    (void)ent_buf_reserve(&buf, (size_t)a->size);
    for (int64_t part = 0; part < part_count(a->size); part++)
        ENT_TRY(part_read(d, memory, a, part, &buf, err));
    ENT_TRY(ent_buf_done(&buf, &content, err));
    if (hash.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(content_judge(a, content, err));
    return d->files->write(d->arg, memory, hash.ptr, content, err);
}

/* The last part has come.  A file that is refused leaves its parts, too. */
static ent_code file_finish(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            arriving *a, ent_err *err)
{
    ent_arena *memory = ent_arena_new(2 * (size_t)ENT_LIMIT_EVIDENCE_SIZE + ((size_t)1 << 20));
    ent_err why = { 0 };
    ent_code rc;
    bool good;

    if (memory == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a file");
    rc = file_assemble(d, memory, a, &why);
    rc = ent_arena_end(memory, rc, &why);
    good = rc == ENT_OK;
    if (!good && rc != ENT_UNTRUSTED && rc != ENT_DENIED)
        return *err = why, rc;
    ENT_TRY(parts_delete(d, arena, a, err));
    if (good)
        ENT_TRY(file_attach(d, arena, a, err));
    else
        ENT_TRY(desk_refusal_note(d, arena, peer, entry, why.msg, err));
    ENT_TRY(arriving_put(d, arena, a, good ? "stored" : "refused", ENT_STR_NONE, NULL, err));
    return desk_receipt_say(d, arena, peer, entry->id, link_kind_name(entry->kind),
                            good ? "received" : "refused", a->release, 1, err);
}

ent_code desk_evidence_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_span body, ent_err *err)
{
    ent_str release, hash, bytes;
    int64_t part, wanted;
    store_doc doc;
    arriving a;
    bool found;

    ENT_TRY(head_read(arena, body, &release, &hash, &part, &bytes, err));
    ENT_TRY(
        desk_doc_found(d, arena, "evidence-in", file_id(arena, release, hash), &doc, &found, err));
    if (!found || !ent_str_is(doc.peer, peer))
        return ent_fail(err, ENT_NOT_FOUND, "%s: no release of this peer names it", where);
    ENT_TRY(arriving_read(arena, &doc, &a, err));
    if (ent_str_is(a.doc.state, "recalled")) /* the recall came first */
        return desk_erase_ask(
            d, a.doc.peer, ent_arena_printf(arena, "%s/%llu", peer, (unsigned long long)entry->seq),
            "in", err);
    wanted = a.size - part * ENT_LIMIT_EVIDENCE_PART;
    if (!ent_str_is(a.doc.state, "arriving") || part != a.next || wanted <= 0)
        return ent_fail(err, ENT_FORMAT, "%s: part %lld is not the one that is awaited", where,
                        (long long)part);
    if (wanted > ENT_LIMIT_EVIDENCE_PART)
        wanted = ENT_LIMIT_EVIDENCE_PART;
    if ((int64_t)bytes.size != wanted)
        return ent_fail(err, ENT_FORMAT, "%s: part %lld has %zu bytes, not %lld", where,
                        (long long)part, bytes.size, (long long)wanted);
    if (d->files == NULL)
        return ent_fail(err, ENT_DENIED, "%s: this node keeps no files", where);
    ENT_TRY(part_put(d, arena, &a, bytes, err));
    a.next++;
    ENT_TRY(arriving_put(d, arena, &a, "arriving", ENT_STR_NONE, &entry->seq, err));
    return a.next < part_count(a.size) ? ENT_OK : file_finish(d, arena, peer, entry, &a, err);
}

/* ---- recall ---- */

/* Does another release of the peer that stands give the file to this object? */
static ent_code given_elsewhere(ent_arena *arena, const store_doc *docs, size_t count,
                                const arriving *a, ent_str object, bool *given, ent_err *err)
{
    *given = false;
    for (size_t i = 0; i < count && !*given; i++) {
        arriving other;

        ENT_TRY(arriving_read(arena, &docs[i], &other, err));
        if (!ent_str_is(docs[i].state, "stored") || !ent_str_equal(other.hash, a->hash) ||
            ent_str_equal(other.release, a->release))
            continue;
        for (ent_json v = ent_json_first(ent_json_get(other.json, "objects")); v.doc != NULL;
             v = ent_json_next(v))
            *given = *given || ent_str_equal(ent_json_str(v), object);
    }
    return ENT_OK;
}

static ent_code file_end(desk *d, ent_arena *arena, const char *peer, const store_doc *docs,
                         size_t count, arriving *a, ent_err *err)
{
    bool stored = ent_str_is(a->doc.state, "stored"), given;

    ENT_TRY(parts_delete(d, arena, a, err));
    for (ent_json v = ent_json_first(ent_json_get(a->json, "seqs")); v.doc != NULL;
         v = ent_json_next(v))
        ENT_TRY(desk_erase_ask(
            d, a->doc.peer, ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(ent_json_raw(v))),
            "in", err));
    for (ent_json v = ent_json_first(ent_json_get(a->json, "objects")); v.doc != NULL && stored;
         v = ent_json_next(v)) {
        ent_err none = { 0 };
        ent_code rc;

        ENT_TRY(given_elsewhere(arena, docs, count, a, ent_json_str(v), &given, err));
        if (given)
            continue;
        rc = desk_evidence_detach(d->store, arena, d->now, ent_json_str(v), a->hash, &none);
        if (rc != ENT_OK && rc != ENT_NOT_FOUND) /* somebody here took it off before */
            return *err = none, rc;
    }
    return arriving_put(d, arena, a, "recalled", ENT_STR_NONE, NULL, err);
}

ent_code desk_files_end(desk *d, ent_arena *arena, const char *peer, ent_str release, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(d, arena, "evidence-in", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        arriving a;

        ENT_TRY(arriving_read(arena, &docs[i], &a, err));
        if (ent_str_equal(a.release, release))
            ENT_TRY(file_end(d, arena, peer, docs, count, &a, err));
    }
    return ENT_OK;
}
