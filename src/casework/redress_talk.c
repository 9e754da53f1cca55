/* What the oversight bodies of two nodes say to each other, and exemptions. */
#include "casework/redress_int.h"

#include "casework/diary.h"
#include "desk/note.h"
#include "casework/say.h"
#include "desk/release.h"
#include "desk/trace.h"
#include "psi/keyform.h"

#define IDS_MAX 256

static const char where[] = "what an oversight body says";

/* Oversight is no third party, but there is nothing to oversee without an agreement. */
static ent_code linked_check(desk *d, ent_arena *arena, const char *peer, ent_err *err)
{
    desk_agreement *list;
    desk_peer linked;
    size_t count;

    ENT_TRY(d->peer(d->arg, arena, peer, &linked, err));
    ENT_TRY(desk_agreement_list(d, arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (list[i].in_force && desk_agreement_party(&list[i], ent_str_of(peer)) != NULL)
            return ENT_OK;
    return ent_fail(err, ENT_DENIED, "no agreement with %s is in force [agreement]", peer);
}

static ent_code say(desk *d, ent_arena *arena, const char *peer, ent_buf *buf, ent_err *err)
{
    ent_str text, body;

    ENT_TRY(ent_buf_done(buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &body, err));
    return desk_say(d, arena, peer, LINK_OVERSIGHT, ent_span_of_str(body), err);
}

/* ---- asking ---- */

/* The ids of a trace by which this peer knows the records: as they were sent to it, or its
 * own.  Nothing else is said of the person. */
static ent_code ids_find(desk *d, ent_arena *arena, const casework_redress_trace *trace,
                         ent_str peer, ent_str *ids, size_t *count, ent_err *err)
{
    *count = 0;
    for (size_t i = 0; i < trace->record_count && *count < IDS_MAX; i++) {
        ent_json *lines;
        size_t all;

        if (ent_str_equal(trace->records[i].owner, peer)) {
            ids[(*count)++] = trace->records[i].id;
            continue;
        }
        if (trace->records[i].owner.size > 0)
            continue;
        ENT_TRY(desk_trace(d, arena, trace->records[i].id, &lines, &all, err));
        for (size_t j = 0; j < all; j++)
            if (ent_str_equal(ent_json_get_text(lines[j], "peer"), peer) &&
                ent_str_is(ent_json_get_text(lines[j], "direction"), "out")) {
                ids[(*count)++] = ent_json_get_text(lines[j], "sent_as");
                break;
            }
    }
    return ENT_OK;
}

ent_code casework_redress_ask(desk *d, ent_arena *arena, casework_redress *r, const char *peer,
                              const desk_officer *by, size_t *count, ent_err *err)
{
    ent_str *ids = ent_arena_array(arena, IDS_MAX, sizeof *ids);
    casework_redress_trace trace;
    ent_buf buf;
    ent_jw w;

    if (ids == NULL)
        return ent_fail_arena(err);
    ENT_TRY(linked_check(d, arena, peer, err));
    ENT_TRY(casework_redress_trace_make(d, arena, r, &trace, err));
    ENT_TRY(ids_find(d, arena, &trace, ent_str_of(peer), ids, count, err));
    if (*count == 0)
        return ent_fail(err, ENT_NO, "nothing about this person is known to both us and %s", peer);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "by", ent_str_of(by->name));
    desk_put(&w, "id", r->id);
    ent_jw_key(&w, "ids");
    ent_jw_array(&w);
    for (size_t i = 0; i < *count; i++)
        ent_jw_str(&w, ids[i]);
    ent_jw_end(&w);
    desk_put(&w, "step", ENT_STR("ask"));
    ent_jw_end(&w);
    ENT_TRY(say(d, arena, peer, &buf, err));
    ENT_TRY(casework_redress_change(d, arena, r, NULL, ENT_STR_NONE, "asked", by->name,
                                    ent_str_of(peer), err));
    return casework_redress_note(d, arena, r, "redress asked", by, ent_str_of(peer), ENT_STR_NONE,
                                 err);
}

static ent_code take_ask(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = { "by", "id", "ids", "step", NULL };
    store_doc doc = { .kind = ENT_STR("redress-in"),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("asked"),
                      .time = d->now,
                      .json = ent_json_raw(json) };
    desk_note note = { .verb = "redress asked of us", .peer = ent_str_of(peer), .oversight = true };
    ent_json ids = ent_json_get(json, "ids");
    ent_str id, by;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_uuid(json, "id", where, &id, err));
    ENT_TRY(desk_text(json, "by", where, &by, err));
    if (by.size > 64 || ent_json_count(ids) < 1 || ent_json_count(ids) > IDS_MAX)
        return ent_fail(err, ENT_FORMAT, "%s: not 1 to %d ids, or a long name", where, IDS_MAX);
    for (ent_json v = ent_json_first(ids); v.doc != NULL; v = ent_json_next(v))
        if (!desk_is_id(ent_json_str(v)))
            return ent_fail(err, ENT_FORMAT, "%s: 'ids' has what is no id", where);
    ENT_TRY(linked_check(d, arena, peer, err));
    doc.id = ent_arena_printf(arena, "%s/%.*s", peer, ENT_STR_ARG(id));
    if (doc.id.ptr == NULL)
        return ent_fail_arena(err);
    note.object = id;
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return desk_note_write(d, arena, &note, err);
}

/* ---- replying ---- */

static ent_code asked_read(ent_arena *arena, const store_doc *doc, casework_redress_asked *asked,
                           ent_err *err)
{
    ent_json json;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    *asked = (casework_redress_asked){ .id = ent_json_get_text(json, "id"),
                                       .peer = doc->peer,
                                       .state = doc->state,
                                       .ids = ent_json_get(json, "ids"),
                                       .answer = ent_json_get(json, "items"),
                                       .time = doc->time };
    return ENT_OK;
}

ent_code casework_redress_asked_list(desk *d, ent_arena *arena, casework_redress_asked **list,
                                     size_t *count, ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "redress-in", NULL, NULL, &docs, count, err));
    *list = ent_arena_array(arena, *count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(asked_read(arena, &docs[i], &(*list)[i], err));
    return ENT_OK;
}

/* What we say of one id: only about what that peer gave us or we gave it. */
static ent_code item_write(desk *d, ent_arena *arena, const char *peer, ent_str id, ent_jw *w,
                           ent_err *err)
{
    const char *state = "not held";
    bool found, knows, passed = false;
    store_row row;
    ent_json *lines;
    size_t count;

    ENT_TRY(store_object_find(d->store, arena, peer, id, &row, &found, err));
    ENT_TRY(desk_peer_knows(d, arena, peer, id, &knows, err));
    if (found)
        state = row.tombstone.size > 0 ? "erased" : "held";
    else if (knows)
        state = "ours";
    ENT_TRY(desk_trace(d, arena, id, &lines, &count, err));
    for (size_t i = 0; found && i < count; i++)
        passed = passed || ent_str_is(ent_json_get_text(lines[i], "direction"), "out");
    ent_jw_object(w);
    desk_put(w, "id", id);
    ent_jw_key(w, "passed");
    ent_jw_bool(w, passed);
    ent_jw_key(w, "state");
    ent_jw_c(w, state);
    ent_jw_end(w);
    return ENT_OK;
}

static ent_code asked_find(desk *d, ent_arena *arena, ent_str id, store_doc *doc,
                           casework_redress_asked *asked, ent_err *err)
{
    store_doc *docs;
    size_t count, found = 0;

    ENT_TRY(desk_docs(d, arena, "redress-in", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        casework_redress_asked one;

        ENT_TRY(asked_read(arena, &docs[i], &one, err));
        if (id.size < 4 || !ent_str_starts(one.id, id))
            continue;
        *doc = docs[i];
        *asked = one;
        found++;
    }
    return found == 1 ? ENT_OK
                      : ent_fail(err, found == 0 ? ENT_NOT_FOUND : ENT_CONFLICT,
                                 "'%.*s' names %s question of a partner", ENT_STR_ARG(id),
                                 found == 0 ? "no" : "more than one");
}

static ent_code reply_write(desk *d, ent_arena *arena, const char *peer,
                            const casework_redress_asked *asked, const desk_officer *by,
                            ent_buf *buf, ent_str *items, ent_err *err)
{
    ent_buf list;
    ent_jw w;

    ent_buf_init(&list, arena);
    ent_jw_init(&w, &list);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(asked->ids); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(item_write(d, arena, peer, ent_json_str(v), &w, err));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&list, items, err));
    ent_buf_init(buf, arena);
    ent_jw_init(&w, buf);
    ent_jw_object(&w);
    desk_put(&w, "by", ent_str_of(by->name));
    desk_put(&w, "id", asked->id);
    ent_jw_key(&w, "items");
    ent_jw_raw(&w, *items);
    desk_put(&w, "step", ENT_STR("reply"));
    ent_jw_end(&w);
    return ENT_OK;
}

ent_code casework_redress_reply(desk *d, ent_arena *arena, ent_str id, const desk_officer *by,
                                casework_redress_asked *asked, ent_err *err)
{
    desk_note note = { .verb = "redress replied",
                       .who = ent_str_of(by->name),
                       .role = ent_str_of(by->role),
                       .oversight = true };
    ent_str peer, items;
    ent_json json;
    store_doc doc;
    ent_buf buf;

    ENT_TRY(asked_find(d, arena, id, &doc, asked, err));
    if (!ent_str_is(doc.state, "asked"))
        return ent_fail(err, ENT_CONFLICT, "it is answered already");
    peer = ent_arena_str(arena, doc.peer);
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(linked_check(d, arena, peer.ptr, err));
    ENT_TRY(reply_write(d, arena, peer.ptr, asked, by, &buf, &items, err));
    ENT_TRY(say(d, arena, peer.ptr, &buf, err));
    ENT_TRY(ent_json_read(arena, doc.json, &json, err));
    ENT_TRY(desk_with(arena, json, "items", items, &doc.json, err));
    doc.state = ENT_STR("answered");
    ENT_TRY(store_doc_put(d->store, &doc, err));
    ENT_TRY(asked_read(arena, &doc, asked, err));
    note.object = asked->id;
    note.peer = doc.peer;
    return desk_note_write(d, arena, &note, err);
}

static ent_code reply_check(ent_json items, ent_err *err)
{
    static const char *const names[] = { "id", "passed", "state", NULL };

    if (ent_json_count(items) < 1 || ent_json_count(items) > IDS_MAX)
        return ent_fail(err, ENT_FORMAT, "%s: 'items' is no list of 1 to %d", where, IDS_MAX);
    for (ent_json v = ent_json_first(items); v.doc != NULL; v = ent_json_next(v)) {
        ent_json_type passed = ent_json_kind(ent_json_get(v, "passed"));
        ent_str state;

        ENT_TRY(desk_members(v, where, names, err));
        ENT_TRY(desk_text(v, "state", where, &state, err));
        if (!desk_is_id(ent_json_get_text(v, "id")) ||
            (passed != ENT_JSON_TRUE && passed != ENT_JSON_FALSE) ||
            (!ent_str_is(state, "held") && !ent_str_is(state, "erased") &&
             !ent_str_is(state, "not held") && !ent_str_is(state, "ours")))
            return ent_fail(err, ENT_FORMAT, "%s: an item is none", where);
    }
    return ENT_OK;
}

static ent_code take_reply(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = { "by", "id", "items", "step", NULL };
    ent_json partners, item;
    casework_redress r;
    ent_str id, by, kept;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_uuid(json, "id", where, &id, err));
    ENT_TRY(desk_text(json, "by", where, &by, err));
    ENT_TRY(reply_check(ent_json_get(json, "items"), err));
    ENT_TRY(casework_redress_find(d, arena, id, &r, err));
    /* One reply to each question: a complaint does not grow as its partner likes. */
    if (casework_diary_count(r.json, "asked", peer) <=
            casework_diary_count(r.json, "replied", peer) ||
        by.size > 64)
        return ent_fail(err, ENT_UNTRUSTED, "%s: '%s' was asked no such thing", where, peer);
    partners = ent_json_get(r.json, "partners");
    kept = ent_arena_printf(arena, "{\"peer\":\"%s\",\"items\":%.*s}", peer,
                            ENT_STR_ARG(ent_json_raw(ent_json_get(json, "items"))));
    if (kept.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, kept, &item, err));
    ENT_TRY(desk_with_item(arena, partners, ent_json_raw(item), &kept, err));
    ENT_TRY(casework_redress_change(d, arena, &r, "partners", kept, "replied", NULL,
                                    ent_str_of(peer), err));
    return casework_redress_note(d, arena, &r, "redress reply came", NULL, ent_str_of(peer),
                                 ENT_STR_NONE, err);
}

/* ---- exemptions ---- */

/* What another said first stays as it was said: nobody writes over it [law 4]. */
ent_code casework_exempt_put(desk *d, ent_arena *arena, ent_str key, ent_str peer,
                             ent_str reference, ent_err *err)
{
    store_doc held, doc = {
        .kind = ENT_STR("exempt"), .id = key, .peer = peer, .state = ENT_STR("kept"), .time = d->now
    };
    ent_buf buf;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "exempt", key, &held, &found, err));
    if (found && peer.size > 0 && !ent_str_equal(held.peer, peer))
        return ENT_OK;
    ent_buf_init(&buf, arena);
    ent_json_string_write(&buf, reference);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code casework_exempt(desk *d, ent_arena *arena, const ent_str *keys, size_t count, bool *exempt,
                         ent_err *err)
{
    store_doc doc;

    *exempt = false;
    for (size_t i = 0; i < count && !*exempt; i++)
        ENT_TRY(desk_doc_found(d, arena, "exempt", keys[i], &doc, exempt, err));
    return ENT_OK;
}

static ent_str exempt_id(ent_arena *arena, const casework_redress *r, const char *peer)
{
    return ent_arena_printf(arena, "%.*s/%s", ENT_STR_ARG(r->id), peer);
}

ent_code casework_exempt_draft(desk *d, ent_arena *arena, const casework_redress *r,
                               const casework_redress_decision *decision, const char *peer,
                               const desk_officer *by, ent_err *err)
{
    casework_signed draft = { .kind = "redress-exempt",
                              .what = "exempt",
                              .id = exempt_id(arena, r, peer),
                              .peer = ent_str_of(peer),
                              .drafter = ent_str_of(by->name) };
    desk_terms terms;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    if (draft.id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(casework_terms(d, arena, peer, decision->purpose, true, &terms, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "agreement", terms.policy.id);
    desk_put(&w, "id", r->id);
    ent_jw_key(&w, "keys");
    ent_jw_array(&w);
    for (size_t i = 0; i < decision->exempt_count; i++)
        ent_jw_str(&w, decision->exempt[i]);
    ent_jw_end(&w);
    desk_put(&w, "purpose", decision->purpose);
    desk_put(&w, "time", desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &draft.statement, err));
    return casework_signed_draft(d, arena, &draft, err);
}

static ent_code exempt_send(desk *d, ent_arena *arena, casework_redress *r,
                            const casework_signed *draft, const desk_officer *by, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, draft->peer);
    desk_terms terms;
    ent_json json;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(arena, draft->statement, &json, err));
    ENT_TRY(
        casework_terms(d, arena, peer.ptr, ent_json_get_text(json, "purpose"), true, &terms, err));
    ENT_TRY(desk_say(d, arena, peer.ptr, LINK_OVERSIGHT, ent_span_of_str(draft->body), err));
    ENT_TRY(casework_redress_change(d, arena, r, NULL, ENT_STR_NONE, "exemption sent", by->name,
                                    peer, err));
    return casework_redress_note(d, arena, r, "exemption sent", by, peer, ENT_STR_NONE, err);
}

ent_code casework_redress_approve(desk *d, ent_arena *arena, casework_redress *r,
                                  const desk_officer *by, size_t *signed_, size_t *sent,
                                  ent_err *err)
{
    store_doc *docs;
    size_t count;

    *signed_ = *sent = 0;
    ENT_TRY(desk_docs(d, arena, "redress-exempt", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        casework_signed draft = { .kind = "redress-exempt", .what = "exempt" };

        if (!ent_str_starts(docs[i].id, r->id))
            continue;
        ENT_TRY(casework_signed_load(d, arena, docs[i].id, &draft, err));
        ENT_TRY(casework_signed_approve(d, arena, &draft, by, err));
        ++*signed_;
        if (draft.body.size == 0)
            continue;
        ENT_TRY(exempt_send(d, arena, r, &draft, by, err));
        ++*sent;
    }
    return *signed_ > 0 ? ENT_OK
                        : ent_fail(err, ENT_NOT_FOUND, "no exemption of it waits for approval");
}

static ent_code take_exempt(desk *d, ent_arena *arena, const char *peer, ent_json body,
                            ent_err *err)
{
    static const char *const names[] = { "agreement", "id", "keys", "purpose", "time", NULL };
    desk_note note = { .verb = "exemption received", .peer = ent_str_of(peer), .oversight = true };
    ent_str text, id, purpose;
    desk_terms terms;
    ent_json said;

    ENT_TRY(casework_signed_read(d, arena, "exempt", where, peer, body, &said, &text, err));
    ENT_TRY(desk_members(said, where, names, err));
    ENT_TRY(desk_uuid(said, "id", where, &id, err));
    ENT_TRY(desk_text(said, "purpose", where, &purpose, err));
    ENT_TRY(casework_terms(d, arena, peer, purpose, true, &terms, err));
    if (ent_json_count(ent_json_get(said, "keys")) < 1 ||
        ent_json_count(ent_json_get(said, "keys")) > IDS_MAX)
        return ent_fail(err, ENT_FORMAT, "%s: 'keys' is no list of 1 to %d", where, IDS_MAX);
    for (ent_json v = ent_json_first(ent_json_get(said, "keys")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str key;

        ENT_TRY(psi_key_canon(arena, ent_json_str(v), &key, err));
        ENT_TRY(casework_exempt_put(d, arena, key, ent_str_of(peer), id, err));
    }
    note.object = id;
    return desk_note_write(d, arena, &note, err);
}

/* ---- heads ---- */

ent_code casework_heads_say(desk *d, ent_arena *arena, const char *peer, ent_str said,
                            ent_str heard, const desk_officer *by, ent_err *err)
{
    desk_note note = { .verb = "heads told",
                       .who = ent_str_of(by->name),
                       .role = ent_str_of(by->role),
                       .object = said,
                       .peer = ent_str_of(peer),
                       .oversight = true };
    ent_buf buf;
    ent_jw w;

    ENT_TRY(linked_check(d, arena, peer, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "by", ent_str_of(by->name));
    ent_jw_key(&w, "heard");
    ent_jw_str(&w, heard);
    ent_jw_key(&w, "said");
    ent_jw_str(&w, said);
    desk_put(&w, "step", ENT_STR("heads"));
    ent_jw_end(&w);
    ENT_TRY(say(d, arena, peer, &buf, err));
    return desk_note_write(d, arena, &note, err);
}

static ent_code take_heads(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                           ent_json json, ent_err *err)
{
    static const char *const names[] = { "by", "heard", "said", "step", NULL };
    store_doc doc = { .kind = ENT_STR("heads-in"),
                      .id = ent_str_of(entry->id),
                      .peer = ent_str_of(peer),
                      .state = ENT_STR("told"),
                      .time = d->now,
                      .json = ent_json_raw(json) };
    desk_note note = { .verb = "heads heard", .peer = ent_str_of(peer), .oversight = true };
    ent_str said, heard;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_text(json, "said", where, &said, err));
    ENT_TRY(desk_text(json, "heard", where, &heard, err));
    if (said.size > 100 || heard.size > 100)
        return ent_fail(err, ENT_FORMAT, "%s: a head is too long", where);
    ENT_TRY(linked_check(d, arena, peer, err));
    ENT_TRY(store_doc_put(d->store, &doc, err));
    note.object = said;
    return desk_note_write(d, arena, &note, err);
}

ent_code casework_oversight_receive(desk *d, ent_arena *arena, const char *peer,
                                    const link_entry *entry, ent_span body, ent_err *err)
{
    ent_json json;
    ent_str step;

    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, where, &json, err));
    if (ent_json_get(json, "statement").doc != NULL)
        return take_exempt(d, arena, peer, json, err);
    ENT_TRY(desk_text(json, "step", where, &step, err));
    if (ent_str_is(step, "ask"))
        return take_ask(d, arena, peer, json, err);
    if (ent_str_is(step, "reply"))
        return take_reply(d, arena, peer, json, err);
    if (ent_str_is(step, "heads"))
        return take_heads(d, arena, peer, entry, json, err);
    return ent_fail(err, ENT_FORMAT, "%s: an unknown step", where);
}
