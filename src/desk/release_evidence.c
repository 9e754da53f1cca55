/* Files that go with a release: choosing, sending and calling back (desk/release_evidence_int.h). */
#include "desk/release_evidence_int.h"

#include "base/limits.h"
#include "desk/release_int.h"

/* ---- choosing ---- */

struct choosing {
    ent_arena *arena;
    const desk_gate_request *request;
    desk_gate_result *result;
    const desk_gate_object *object;
    bool *found; /* for each of the request */
    int64_t bytes;
};

static ent_code chosen_add(struct choosing *c, const desk_evidence *e, ent_err *err)
{
    desk_gate_result *r = c->result;
    desk_chosen *to = &r->evidence[r->evidence_count];

    if (!desk_property_leaves(c->object->type, ENT_STR("evidence")))
        return ent_fail(err, ENT_DENIED, "%.*s: files of a %.*s do not leave [projection]",
                        ENT_STR_ARG(c->object->id), ENT_STR_ARG(c->object->type));
    if (r->evidence_count == ENT_LIMIT_RELEASE_FILES)
        return ent_fail(err, ENT_LIMIT, "a release has more than %d files",
                        ENT_LIMIT_RELEASE_FILES);
    c->bytes += e->size;
    if (c->bytes > ENT_LIMIT_RELEASE_BYTES)
        return ent_fail(err, ENT_LIMIT, "the files of a release have more than %d bytes",
                        ENT_LIMIT_RELEASE_BYTES);
    *to = (desk_chosen){ .object = c->object->id, .sent_as = c->object->sent_as, .file = *e };
    r->evidence_count++;
    return ENT_OK;
}

static ent_code file_take(void *arg, const desk_evidence *e, ent_err *err)
{
    struct choosing *c = arg;
    ent_str property;

    for (size_t i = 0; i < c->request->evidence_count; i++)
        if (ent_str_is(c->request->evidence[i], e->hash)) {
            c->found[i] = true;
            return chosen_add(c, e, err);
        }
    property = ent_arena_printf(c->arena, "evidence %s", e->hash);
    if (property.ptr == NULL)
        return ent_fail_arena(err);
    return desk_withhold(c->arena, &c->result->withheld, c->object->id, property, "was not chosen",
                         err);
}

ent_code desk_files_choose(desk *d, ent_arena *arena, const desk_gate_request *request,
                           desk_gate_result *r, ent_err *err)
{
    struct choosing c = { .arena = arena, .request = request, .result = r };

    c.found = ent_arena_array(arena, request->evidence_count + 1, sizeof *c.found);
    r->evidence = ent_arena_array(arena, ENT_LIMIT_RELEASE_FILES + 1, sizeof *r->evidence);
    if (c.found == NULL || r->evidence == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < r->count; i++) {
        c.object = &r->objects[i];
        ENT_TRY(desk_evidence_list(d->store, arena, c.object->id, file_take, &c, err));
    }
    for (size_t i = 0; i < request->evidence_count; i++)
        if (!c.found[i])
            return ent_fail(err, ENT_NOT_FOUND,
                            "the file '%.*s' is attached to none of these objects",
                            request->evidence[i].size > 64 ? 64 : (int)request->evidence[i].size,
                            request->evidence[i].ptr);
    return ENT_OK;
}

void desk_files_write(ent_jw *w, const desk_gate_result *r)
{
    if (r->evidence_count == 0)
        return;
    ent_jw_key(w, "evidence");
    ent_jw_array(w);
    for (size_t i = 0; i < r->evidence_count; i++) {
        ent_jw_object(w);
        ent_jw_key(w, "hash");
        ent_jw_c(w, r->evidence[i].file.hash);
        ent_jw_key(w, "object");
        ent_jw_str(w, r->evidence[i].sent_as);
        ent_jw_key(w, "size");
        ent_jw_int(w, r->evidence[i].file.size);
        ent_jw_key(w, "type");
        ent_jw_str(w, r->evidence[i].file.type);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

/* ---- sending ---- */

struct saying {
    desk *d;
    const char *peer;
    ent_str release;
    const char *hash;
    ent_buf entries; /* a JSON array of their ids */
};

static ent_code part_say(struct saying *s, ent_arena *arena, size_t part, ent_str bytes,
                         ent_err *err)
{
    ent_str head = ent_arena_printf(arena, "{\"file\":\"%s\",\"part\":%zu,\"release\":\"%.*s\"}",
                                    s->hash, part, ENT_STR_ARG(s->release));
    char entry[37];
    ent_buf buf;
    ent_str body;

    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, head);
    ent_buf_byte(&buf, '\n');
    ent_buf_str(&buf, bytes);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    if (head.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_say_as(s->d, arena, s->peer, LINK_EVIDENCE, ent_span_of_str(body), entry, err));
    ent_buf_printf(&s->entries, "%s\"%s\"", part == 0 ? "" : ",", entry);
    return ENT_OK;
}

static ent_code parts_say(struct saying *s, ent_arena *memory, int64_t size, ent_err *err)
{
    ent_str content;

    ENT_TRY(s->d->files->read(s->d->arg, memory, s->hash, &content, err));
    if ((int64_t)content.size != size)
        return ent_fail(err, ENT_IO, "the file of %s has not the size that was attached", s->hash);
    for (size_t at = 0, part = 0; at < content.size; at += ENT_LIMIT_EVIDENCE_PART, part++) {
        ent_arena *arena = ent_arena_new((size_t)16 * ENT_LIMIT_EVIDENCE_PART);
        ent_str bytes = { content.ptr + at, content.size - at };
        ent_code rc;

        if (arena == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory for a part of a file");
        if (bytes.size > ENT_LIMIT_EVIDENCE_PART)
            bytes.size = ENT_LIMIT_EVIDENCE_PART;
        rc = part_say(s, arena, part, bytes, err);
        ent_arena_free(arena);
        ENT_TRY(rc);
    }
    return ENT_OK;
}

static ent_code file_say(desk *d, ent_arena *arena, const char *peer, ent_str release,
                         const desk_evidence *e, ent_err *err)
{
    struct saying s = { .d = d, .peer = peer, .release = release, .hash = e->hash };
    store_doc doc = { .kind = ENT_STR("evidence-out"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("sent"),
                      .time = d->now };
    ent_arena *memory = ent_arena_new((size_t)ENT_LIMIT_EVIDENCE_SIZE + ((size_t)1 << 20));
    ent_str entries;
    ent_code rc;

    if (memory == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a file");
    ent_buf_init(&s.entries, arena);
    rc = parts_say(&s, memory, e->size, err);
    ent_arena_free(memory);
    ENT_TRY(rc);
    ENT_TRY(ent_buf_done(&s.entries, &entries, err));
    doc.id = ent_arena_printf(arena, "%.*s/%s", ENT_STR_ARG(release), e->hash);
    doc.json =
        ent_arena_printf(arena,
                         "{\"release\":\"%.*s\",\"hash\":\"%s\",\"type\":\"%.*s\",\"size\":%lld,"
                         "\"entries\":[%.*s]}",
                         ENT_STR_ARG(release), e->hash, ENT_STR_ARG(e->type), (long long)e->size,
                         ENT_STR_ARG(entries));
    if (doc.id.ptr == NULL || doc.json.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, &doc, err);
}

/* A file that several of the objects have goes once. */
static bool said_before(const desk_gate_result *r, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(r->evidence[j].file.hash, r->evidence[i].file.hash) == 0)
            return true;
    return false;
}

ent_code desk_files_say(desk *d, ent_arena *arena, const char *peer, ent_str release,
                        const desk_gate_result *r, ent_err *err)
{
    if (r->evidence_count > 0 && d->files == NULL)
        return ent_fail(err, ENT_BUG, "this host keeps no files");
    for (size_t i = 0; i < r->evidence_count; i++)
        if (!said_before(r, i))
            ENT_TRY(file_say(d, arena, peer, release, &r->evidence[i].file, err));
    return ENT_OK;
}

/* ---- calling back, and what the peer says ---- */

ent_code desk_files_recall(desk *d, ent_arena *arena, const char *peer, ent_str release,
                           ent_err *err)
{
    store_doc *docs;
    size_t count;
    ent_json json;

    ENT_TRY(desk_docs(d, arena, "evidence-out", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (!ent_str_equal(ent_json_get_text(json, "release"), release))
            continue;
        for (ent_json v = ent_json_first(ent_json_get(json, "entries")); v.doc != NULL;
             v = ent_json_next(v))
            ENT_TRY(desk_erase_ask(d, docs[i].peer, ent_json_str(v), "out", err));
        docs[i].state = ENT_STR("recalled");
        ENT_TRY(store_doc_put(d->store, &docs[i], err));
    }
    return ENT_OK;
}

ent_code desk_files_receipt(desk *d, ent_arena *arena, const char *peer, ent_str entry,
                            ent_str said, ent_err *err)
{
    store_doc *docs;
    size_t count;
    ent_json json;

    ENT_TRY(desk_docs(d, arena, "evidence-out", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        for (ent_json v = ent_json_first(ent_json_get(json, "entries")); v.doc != NULL;
             v = ent_json_next(v)) {
            if (!ent_str_equal(ent_json_str(v), entry))
                continue;
            if (!ent_str_is(docs[i].state, "sent") || ent_str_is(said, "erased"))
                return ent_fail(err, ENT_CONFLICT,
                                "a receipt: a file that is '%.*s' cannot become '%.*s'",
                                ENT_STR_ARG(docs[i].state), ENT_STR_ARG(said));
            docs[i].state = said;
            return store_doc_put(d->store, &docs[i], err);
        }
    }
    return ent_fail(err, ENT_NOT_FOUND, "a receipt: no file was sent under the entry %.*s",
                    ENT_STR_ARG(entry));
}

ent_code desk_files_show(desk *d, ent_arena *arena, bool out, const char *peer, ent_str release,
                         ent_jw *w, ent_err *err)
{
    static const char *const members[] = { "hash", "type", "size", "objects" };
    store_doc *docs;
    size_t count;
    ent_json json;

    ENT_TRY(
        desk_docs(d, arena, out ? "evidence-out" : "evidence-in", peer, NULL, &docs, &count, err));
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (!ent_str_equal(ent_json_get_text(json, "release"), release))
            continue;
        ent_jw_object(w);
        for (size_t j = 0; j < sizeof members / sizeof *members; j++) {
            ent_json value = ent_json_get(json, members[j]);

            if (value.doc == NULL)
                continue;
            ent_jw_key(w, members[j]);
            ent_jw_raw(w, ent_json_raw(value));
        }
        ent_jw_key(w, "state");
        ent_jw_str(w, docs[i].state);
        ent_jw_end(w);
    }
    ent_jw_end(w);
    return ENT_OK;
}
