#include "joint/repeat.h"

#include "base/limits.h"
#include "desk/gate.h"
#include "desk/work.h"
#include "joint/receive.h"
#include "joint/terms.h"

#define IDS_MAX 200

static const char where[] = "a request to repeat facts";

static void ids_write(ent_jw *w, const char *name, const ent_str *ids, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, ids[i]);
    ent_jw_end(w);
}

ent_code joint_repeat_ask(desk *d, ent_arena *arena, const char *owner, ent_str outsider,
                          ent_str purpose, const ent_str *ids, size_t count, char id[37],
                          ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("repeat"),
                      .peer = ent_str_of(owner),
                      .state = ENT_STR("asked"),
                      .time = d->now };
    desk_terms terms;
    ent_buf buf;
    ent_jw w;

    if (count == 0 || count > IDS_MAX || outsider.size == 0 || outsider.size > 200)
        return ent_fail(err, ENT_USAGE, "1 to %d facts, and an outsider's name, are wanted",
                        IDS_MAX);
    ENT_TRY(joint_terms_find(d, arena, owner, JOINT_WORK, purpose, &terms, err));
    for (size_t i = 0; i < count; i++) {
        store_row row;

        if (store_object_get(d->store, arena, owner, ids[i], &row, err) != ENT_OK)
            return ent_context(err, "'%.*s' was not released by '%s'", ENT_STR_ARG(ids[i]), owner);
    }
    desk_id(d, id);
    doc.id = ent_str_of(id);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "ask");
    ent_jw_key(&w, "id");
    ent_jw_c(&w, id);
    ent_jw_key(&w, "outsider");
    ent_jw_str(&w, outsider);
    ent_jw_key(&w, "purpose");
    ent_jw_str(&w, purpose);
    ids_write(&w, "ids", ids, count);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return desk_say(d, arena, owner, LINK_REPEAT, ent_span_of_str(doc.json), err);
}

/* What was asked, with what was granted. */
static ent_code granted_put(desk *d, ent_arena *arena, store_doc *doc, ent_json asked,
                            const ent_str *granted, size_t count, ent_str by, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(asked); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    ids_write(&w, "granted", granted, count);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, by);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc->json, err));
    doc->state = ENT_STR("answered");
    return store_doc_put(d->store, doc, err);
}

ent_code joint_repeat_answer(desk *d, ent_arena *arena, ent_str id, const ent_str *granted,
                             size_t count, ent_str by, ent_err *err)
{
    ent_json asked;
    store_doc doc;
    ent_str body, peer;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_doc(d, arena, "repeat-in", id, &doc, &asked, err));
    if (!ent_str_is(doc.state, "asked"))
        return ent_fail(err, ENT_CONFLICT, "it is answered already");
    for (size_t i = 0; i < count; i++)
        if (!desk_list_has(ent_json_get(asked, "ids"), granted[i]))
            return ent_fail(err, ENT_USAGE, "'%.*s' was not asked for", ENT_STR_ARG(granted[i]));
    peer = ent_arena_str(arena, doc.peer);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "answer");
    ent_jw_key(&w, "id");
    ent_jw_str(&w, ent_json_get_text(asked, "id"));
    ids_write(&w, "granted", granted, count);
    ent_jw_key(&w, "by");
    ent_jw_str(&w, by);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_say(d, arena, peer.ptr, LINK_REPEAT, ent_span_of_str(body), err));
    return granted_put(d, arena, &doc, asked, granted, count, by, err);
}

ent_code joint_repeat_list(desk *d, ent_arena *arena, joint_repeat **list, size_t *count,
                           ent_err *err)
{
    static const char *const kinds[] = { "repeat", "repeat-in" };
    store_doc *docs[2];
    size_t counts[2];

    for (int i = 0; i < 2; i++)
        ENT_TRY(desk_docs(d, arena, kinds[i], NULL, NULL, &docs[i], &counts[i], err));
    *count = 0;
    *list = ent_arena_array(arena, counts[0] + counts[1] + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < 2; i++)
        for (size_t j = 0; j < counts[i]; j++) {
            ent_json json;

            ENT_TRY(ent_json_read(arena, docs[i][j].json, &json, err));
            (*list)[(*count)++] = (joint_repeat){ .id = docs[i][j].id,
                                                  .peer = docs[i][j].peer,
                                                  .state = docs[i][j].state,
                                                  .ours = i == 0,
                                                  .outsider = ent_json_get_text(json, "outsider"),
                                                  .purpose = ent_json_get_text(json, "purpose"),
                                                  .asked = ent_json_get(json, "ids"),
                                                  .granted = ent_json_get(json, "granted"),
                                                  .by = ent_json_get_text(json, "by") };
        }
    return ENT_OK;
}

/* ---- receiving ---- */

static ent_code take_ask(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = { "id", "ids", "outsider", "purpose", "step", NULL };
    store_doc doc = { .kind = ENT_STR("repeat-in"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("asked"),
                      .time = d->now,
                      .json = ent_json_raw(json) };
    ent_json ids = ent_json_get(json, "ids");
    ent_str outsider, purpose;
    desk_terms terms;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "outsider", where, &outsider, err));
    ENT_TRY(desk_text(json, "purpose", where, &purpose, err));
    if (outsider.size > 200 || ent_json_count(ids) < 1 || ent_json_count(ids) > IDS_MAX)
        return ent_fail(err, ENT_FORMAT, "%s: not 1 to %d ids, or a long name", where, IDS_MAX);
    ENT_TRY(joint_terms_find(d, arena, peer, JOINT_WORK, purpose, &terms, err));
    for (ent_json v = ent_json_first(ids); v.doc != NULL; v = ent_json_next(v)) {
        ent_str given = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(ent_json_str(v)));
        store_doc known;
        bool found;

        if (given.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(desk_doc_found(d, arena, "given", given, &known, &found, err));
        if (!found)
            return ent_fail(err, ENT_DENIED, "%s: it was not released to this peer", where);
    }
    doc.id = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(ent_json_get_text(json, "id")));
    return doc.id.ptr == NULL ? ent_fail_arena(err) : store_doc_put(d->store, &doc, err);
}

static ent_code take_answer(desk *d, ent_arena *arena, const char *peer, ent_json json,
                            ent_err *err)
{
    static const char *const names[] = { "by", "granted", "id", "step", NULL };
    ent_json list = ent_json_get(json, "granted"), asked;
    ent_str *granted, by;
    store_doc doc;
    size_t count = 0;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "by", where, &by, err));
    ENT_TRY(desk_doc(d, arena, "repeat", ent_json_get_text(json, "id"), &doc, &asked, err));
    if (!ent_str_is(doc.peer, peer) || !ent_str_is(doc.state, "asked"))
        return ent_fail(err, ENT_CONFLICT, "%s: answered already, or another was asked", where);
    granted = ent_arena_array(arena, ent_json_count(list) + 1, sizeof *granted);
    if (granted == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        if (!desk_list_has(ent_json_get(asked, "ids"), ent_json_str(v)))
            return ent_fail(err, ENT_FORMAT, "%s: it grants what was not asked", where);
        granted[count++] = ent_json_str(v);
    }
    return granted_put(d, arena, &doc, asked, granted, count, by, err);
}

ent_code joint_repeat_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                              ent_span body, ent_err *err)
{
    ent_str step, id;
    ent_json json;

    (void)entry;
    ENT_TRY(ent_json_read(arena, (ent_str){ body.ptr, body.size }, &json, err));
    ENT_TRY(desk_text(json, "step", where, &step, err));
    ENT_TRY(desk_uuid(json, "id", where, &id, err));
    if (ent_str_is(step, "ask"))
        return take_ask(d, arena, peer, json, err);
    if (ent_str_is(step, "answer"))
        return take_answer(d, arena, peer, json, err);
    return ent_fail(err, ENT_FORMAT, "%s: an unknown step", where);
}
