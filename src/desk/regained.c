#include "desk/regained.h"

#include "base/json_write.h"
#include "desk/release_int.h"

#include <inttypes.h>

static ent_code note_put(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                         bool has_body, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("regained"),
                      .id = ent_str_of(entry->id),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("lost"),
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "body");
    ent_jw_bool(&w, has_body);
    ent_jw_key(&w, "entry");
    ent_jw_c(&w, entry->id);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, entry->kind == LINK_UNKNOWN ? entry->unknown : link_kind_name(entry->kind));
    ent_jw_key(&w, "seq");
    ent_jw_int(&w, (int64_t)entry->seq);
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, entry->time));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code desk_regained_note(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            bool has_body, ent_err *err)
{
    ent_str id = ent_str_of(entry->id);
    store_doc doc;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "outbox", id, &doc, &found, err));
    if (found) /* it was to be said still, and the store knows of it */
        return store_doc_delete(d->store, "outbox", id, err);
    ENT_TRY(desk_doc_found(d, arena, "regained", id, &doc, &found, err));
    return found ? ENT_OK : note_put(d, arena, peer, entry, has_body, err);
}

/* The note whose text has `text` at `member`, of `inside` or (NULL) of the note itself. */
static ent_code note_find(desk *d, ent_arena *arena, const char *peer, const char *inside,
                          const char *member, ent_str text, store_doc *doc, bool *found,
                          ent_err *err)
{
    store_doc *docs;
    size_t count;

    *found = false;
    ENT_TRY(desk_docs(d, arena, "regained", peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count && !*found; i++) {
        ent_json json;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        if (inside != NULL)
            json = ent_json_get(ent_json_get(json, inside), "said");
        *found = text.size > 0 && ent_str_equal(ent_json_get_text(json, member), text);
        *doc = docs[i];
    }
    return ENT_OK;
}

ent_code desk_regained_receipt(desk *d, ent_arena *arena, const char *peer, ent_json receipt,
                               ent_str text, uint64_t seq, bool *found, ent_err *err)
{
    ent_str state = ent_arena_str(arena, ent_json_get_text(receipt, "state")), members;
    bool recall = ent_str_is(ent_json_get_text(receipt, "kind"), "recall");
    store_doc doc = { 0 };

    ENT_TRY(note_find(d, arena, peer, NULL, "entry", ent_json_get_text(receipt, "entry"), &doc,
                      found, err));
    if (!*found && recall)
        ENT_TRY(note_find(d, arena, peer, NULL, "recall_entry", ent_json_get_text(receipt, "entry"),
                          &doc, found, err));
    if (!*found)
        return ENT_OK;
    members = ent_arena_printf(arena, "\"%s\":{\"said\":%.*s,\"seq\":%" PRIu64 "}",
                               ent_str_is(state, "erased") ? "erasure" : "receipt",
                               ENT_STR_ARG(text), seq);
    if (state.ptr == NULL || members.ptr == NULL)
        return ent_fail_arena(err);
    return desk_doc_extend(d, arena, &doc, state.ptr, members, err);
}

ent_code desk_regained_recall(desk *d, ent_arena *arena, ent_str release, ent_str reason,
                              const char *by, ent_err *err)
{
    ent_str peer, body, members;
    store_doc doc = { 0 };
    char entry[37];
    bool found;

    *err = (ent_err){ 0 };
    ENT_TRY(note_find(d, arena, NULL, "receipt", "release", release, &doc, &found, err));
    if (!found)
        return ent_fail(err, ENT_NOT_FOUND, "there is no release '%.*s'", ENT_STR_ARG(release));
    if (ent_str_is(doc.state, "recalled") || ent_str_is(doc.state, "erased"))
        return ent_fail(err, ENT_CONFLICT, "the release is called back already");
    peer = ent_arena_str(arena, doc.peer);
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_recall_body(arena, release, reason, &body, err));
    ENT_TRY(desk_say_as(d, arena, peer.ptr, LINK_RECALL, ent_span_of_str(body), entry, err));
    members =
        ent_arena_printf(arena, "\"recall\":%.*s,\"recall_entry\":\"%s\",\"recalled_by\":\"%s\"",
                         ENT_STR_ARG(body), entry, by);
    return desk_doc_extend(d, arena, &doc, "recalled", members, err);
}
