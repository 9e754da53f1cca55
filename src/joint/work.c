#include "joint/work.h"

#include "base/limits.h"
#include "base/text.h"
#include "desk/work.h"
#include "joint/plan.h"
#include "joint/receive.h"
#include "joint/terms.h"

static const char where[] = "joint work";

/* ---- documents and messages ---- */

static ent_code text_check(ent_str text, const char *what, ent_err *err)
{
    return text.size <= JOINT_TEXT_MAX
               ? ENT_OK
               : ent_fail(err, ENT_LIMIT, "%s has more than %d bytes", what, JOINT_TEXT_MAX);
}

static void member(ent_jw *w, const char *name, ent_str text)
{
    ent_jw_key(w, name);
    ent_jw_str(w, text.size > 0 ? text : ENT_STR_NONE);
}

static void peers_member(ent_jw *w, const char *const *peers, size_t count)
{
    ent_jw_key(w, "peers");
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_c(w, peers[i]);
    ent_jw_end(w);
}

static ent_code doc_keep(desk *d, const char *kind, ent_str id, ent_str peer, const char *state,
                         ent_buf *buf, ent_err *err)
{
    store_doc doc = {
        .kind = ent_str_of(kind), .id = id, .peer = peer, .state = ent_str_of(state), .time = d->now
    };

    ENT_TRY(ent_buf_done(buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* Says a finished body to everybody of a list, if the agreements let it. */
static ent_code say_all(desk *d, ent_arena *arena, link_kind kind, ent_str purpose,
                        const char *const *peers, size_t count, ent_str body, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        desk_terms terms;

        ENT_TRY(joint_terms_find(d, arena, peers[i], JOINT_WORK, purpose, &terms, err));
        ENT_TRY(desk_say(d, arena, peers[i], kind, ent_span_of_str(body), err));
    }
    return ENT_OK;
}

static ent_code peers_of(ent_arena *arena, ent_json json, const char ***peers, size_t *count,
                         ent_err *err)
{
    ent_json list = ent_json_get(json, "peers");

    *count = 0;
    *peers = ent_arena_array(arena, ent_json_count(list) + 1, sizeof **peers);
    if (*peers == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str code = ent_arena_str(arena, ent_json_str(v));

        if (code.ptr == NULL)
            return ent_fail_arena(err);
        (*peers)[(*count)++] = code.ptr;
    }
    return ENT_OK;
}

/* The document with a member replaced, or added at its end. */
static ent_code doc_change(desk *d, ent_arena *arena, store_doc *doc, ent_json json,
                           const char *name, ent_str value, ent_err *err)
{
    ENT_TRY(desk_with(arena, json, name, value, &doc->json, err));
    return store_doc_put(d->store, doc, err);
}

static ent_code items_list(desk *d, ent_arena *arena, const char *kind, joint_item **items,
                           size_t *count, ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, kind, NULL, NULL, &docs, count, err));
    *items = ent_arena_array(arena, *count + 1, sizeof **items);
    if (*items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        (*items)[i] = (joint_item){ .id = docs[i].id, .state = docs[i].state };
        ENT_TRY(ent_json_read(arena, docs[i].json, &(*items)[i].json, err));
    }
    return ENT_OK;
}

/* ---- views ---- */

static bool confidence_known(ent_str text)
{
    static const char *const words[] = { "unlikely", "possible", "likely", "almost-certain" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ent_str_is(text, words[i]))
            return true;
    return false;
}

static bool opinion_known(ent_str text)
{
    static const char *const words[] = { "strongly-disagree", "disagree", "neutral", "agree",
                                         "strongly-agree" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ent_str_is(text, words[i]))
            return true;
    return false;
}

/* Each record of the basis with its version, so that a change is seen. */
static ent_code basis_write(desk *d, ent_arena *arena, ent_jw *w, const joint_view *view,
                            ent_err *err)
{
    ent_jw_key(w, "basis");
    ent_jw_array(w);
    for (size_t i = 0; i < view->basis_count; i++) {
        store_row row;

        ENT_TRY(store_object_get(d->store, arena, NULL, view->basis[i], &row, err));
        ent_jw_object(w);
        member(w, "id", view->basis[i]);
        member(w, "version", row.version);
        ent_jw_end(w);
    }
    ent_jw_end(w);
    return ENT_OK;
}

static void view_write(ent_jw *w, const joint_view *view)
{
    member(w, "title", view->title);
    member(w, "confidence", view->confidence);
    member(w, "purpose", view->purpose);
    member(w, "by", view->by);
}

ent_code joint_view_open(desk *d, ent_arena *arena, const joint_view *view, char id[37],
                         ent_err *err)
{
    ent_buf buf, say;
    ent_str body;
    ent_jw w;

    if (view->title.size == 0 || !confidence_known(view->confidence))
        return ent_fail(err, ENT_USAGE,
                        "a joint view has a title, and as its confidence one of "
                        "unlikely possible likely almost-certain");
    ENT_TRY(text_check(view->title, "the title", err));
    desk_id(d, id);
    ent_buf_init(&say, arena);
    ent_jw_init(&w, &say);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "open");
    ent_jw_key(&w, "id");
    ent_jw_c(&w, id);
    view_write(&w, view);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&say, &body, err));
    ENT_TRY(
        say_all(d, arena, LINK_OPINION, view->purpose, view->peers, view->peer_count, body, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    view_write(&w, view);
    member(&w, "owner", ent_str_of(d->code));
    ENT_TRY(basis_write(d, arena, &w, view, err));
    peers_member(&w, view->peers, view->peer_count);
    ent_jw_key(&w, "opinions");
    ent_jw_raw(&w, ENT_STR("[]"));
    ent_jw_end(&w);
    return doc_keep(d, "view", ent_str_of(id), ENT_STR(""), "open", &buf, err);
}

/* A service's opinion, beside those of the others; a later one of its own comes after. */
static ent_code opinion_add(desk *d, ent_arena *arena, store_doc *doc, ent_json json,
                            ent_str service, ent_str value, ent_str note, ent_str by, ent_err *err)
{
    ent_str one, list;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    member(&w, "service", service);
    member(&w, "opinion", value);
    member(&w, "note", note);
    member(&w, "by", by);
    member(&w, "time", desk_time_text(arena, d->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &one, err));
    ENT_TRY(desk_with_item(arena, ent_json_get(json, "opinions"), one, &list, err));
    return doc_change(d, arena, doc, json, "opinions", list, err);
}

ent_code joint_opinion_put(desk *d, ent_arena *arena, ent_str id, ent_str value, ent_str note,
                           ent_str by, ent_err *err)
{
    const char **peers;
    ent_json json;
    store_doc doc;
    size_t count;
    ent_str body;
    ent_buf buf;
    ent_jw w;

    if (!opinion_known(value))
        return ent_fail(err, ENT_USAGE,
                        "an opinion is one of strongly-disagree disagree neutral "
                        "agree strongly-agree [STIX 2.1 s10.19]");
    ENT_TRY(text_check(note, "the note", err));
    ENT_TRY(desk_doc(d, arena, "view", id, &doc, &json, err));
    ENT_TRY(peers_of(arena, json, &peers, &count, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "opinion");
    member(&w, "id", id);
    member(&w, "opinion", value);
    member(&w, "note", note);
    member(&w, "by", by);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(say_all(d, arena, LINK_OPINION, ent_json_get_text(json, "purpose"), peers, count, body,
                    err));
    return opinion_add(d, arena, &doc, json, ent_str_of(d->code), value, note, by, err);
}

static ent_code basis_changed(desk *d, ent_arena *arena, ent_json json, bool *changed, ent_err *err)
{
    *changed = false;
    for (ent_json v = ent_json_first(ent_json_get(json, "basis")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_err why = { 0 };
        store_row row;
        ent_code rc =
            store_object_get(d->store, arena, NULL, ent_json_get_text(v, "id"), &row, &why);

        if (rc != ENT_OK && rc != ENT_NOT_FOUND)
            return *err = why, rc;
        *changed = *changed || rc == ENT_NOT_FOUND || row.tombstone.size > 0 ||
                   !ent_str_equal(row.version, ent_json_get_text(v, "version"));
    }
    return ENT_OK;
}

ent_code joint_view_list(desk *d, ent_arena *arena, joint_item **items, size_t *count, ent_err *err)
{
    ENT_TRY(items_list(d, arena, "view", items, count, err));
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(basis_changed(d, arena, (*items)[i].json, &(*items)[i].changed, err));
    return ENT_OK;
}

static ent_code take_view(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = {
        "by", "confidence", "id", "purpose", "step", "title", NULL
    };
    joint_view view = { .title = ent_json_get_text(json, "title"),
                        .confidence = ent_json_get_text(json, "confidence"),
                        .purpose = ent_json_get_text(json, "purpose"),
                        .by = ent_json_get_text(json, "by"),
                        .peers = &peer,
                        .peer_count = 1 };
    ent_str id = ent_json_get_text(json, "id");
    desk_terms terms;
    store_doc doc;
    ent_buf buf;
    bool found;
    ent_jw w;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(text_check(view.title, "the title", err));
    ENT_TRY(text_check(view.by, "the name", err));
    ENT_TRY(joint_terms_find(d, arena, peer, JOINT_WORK, view.purpose, &terms, err));
    ENT_TRY(desk_doc_found(d, arena, "view", id, &doc, &found, err));
    if (found || view.title.size == 0 || !confidence_known(view.confidence))
        return ent_fail(err, ENT_FORMAT, "%s: no new view, or not in the closed words", where);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    view_write(&w, &view);
    member(&w, "owner", ent_str_of(peer));
    peers_member(&w, &peer, 1);
    ent_jw_key(&w, "opinions");
    ent_jw_raw(&w, ENT_STR("[]"));
    ent_jw_end(&w);
    return doc_keep(d, "view", id, ent_str_of(peer), "open", &buf, err);
}

static bool in_list(ent_json list, const char *text)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_is(ent_json_str(v), text))
            return true;
    return false;
}

/* Who opened a view passes each opinion on, so that all see all. */
static ent_code opinion_pass(desk *d, ent_arena *arena, const char *from, ent_json json,
                             ent_json view, ent_err *err)
{
    const char **peers;
    size_t count;
    ent_str body;
    ent_buf buf;
    ent_jw w;

    if (!ent_str_is(ent_json_get_text(view, "owner"), d->code))
        return ENT_OK;
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    ent_jw_key(&w, "service");
    ent_jw_c(&w, from);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(peers_of(arena, view, &peers, &count, err));
    for (size_t i = 0; i < count; i++)
        if (strcmp(peers[i], from) != 0)
            ENT_TRY(say_all(d, arena, LINK_OPINION, ent_json_get_text(view, "purpose"), &peers[i],
                            1, body, err));
    return ENT_OK;
}

static ent_code take_opinion(desk *d, ent_arena *arena, const char *peer, ent_json json,
                             ent_err *err)
{
    static const char *const names[] = { "by", "id", "note", "opinion", "service", "step", NULL };
    ent_str value = ent_json_get_text(json, "opinion"), note = ent_json_get_text(json, "note"),
            by = ent_json_get_text(json, "by"), service = ent_json_get_text(json, "service");
    ent_json view;
    store_doc doc;
    bool owner;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(text_check(note, "the note", err));
    ENT_TRY(text_check(by, "the name", err));
    ENT_TRY(desk_doc(d, arena, "view", ent_json_get_text(json, "id"), &doc, &view, err));
    owner = ent_str_is(ent_json_get_text(view, "owner"), peer);
    /* Only who opened it speaks for others, and nobody for us. */
    if (!opinion_known(value) || !in_list(ent_json_get(view, "peers"), peer) ||
        (service.size > 0 && (!owner || ent_str_is(service, d->code) || service.size > 8)))
        return ent_fail(err, ENT_DENIED, "%s: no opinion that this peer could have", where);
    ENT_TRY(opinion_add(d, arena, &doc, view, service.size > 0 ? service : ent_str_of(peer), value,
                        note, by, err));
    return service.size > 0 ? ENT_OK : opinion_pass(d, arena, peer, json, view, err);
}

ent_code joint_opinion_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                               ent_span body, ent_err *err)
{
    ent_str step, id;
    ent_json json;

    (void)entry;
    ENT_TRY(ent_json_read(arena, (ent_str){ body.ptr, body.size }, &json, err));
    ENT_TRY(desk_text(json, "step", where, &step, err));
    ENT_TRY(desk_uuid(json, "id", where, &id, err));
    if (ent_str_is(step, "open"))
        return take_view(d, arena, peer, json, err);
    if (ent_str_is(step, "opinion"))
        return take_opinion(d, arena, peer, json, err);
    return ent_fail(err, ENT_FORMAT, "%s: an unknown step", where);
}

/* ---- tasks ---- */

static void task_write(ent_jw *w, const joint_task *task)
{
    member(w, "activity", task->activity);
    member(w, "due", task->due);
    member(w, "who", task->who);
    member(w, "note", task->note);
    member(w, "purpose", task->purpose);
    member(w, "by", task->by);
}

static ent_code task_check(const joint_task *task, ent_err *err)
{
    ent_days days;

    if (!joint_activity_known(task->activity))
        return ent_fail(err, ENT_DENIED, "activity '%.*s' is not in the closed list [activity]",
                        task->activity.size > 40 ? 40 : (int)task->activity.size,
                        task->activity.ptr);
    if (ent_days_read(task->due, &days, err) != ENT_OK)
        return ent_context(err, "the day a task is due");
    ENT_TRY(text_check(task->note, "the note", err));
    return text_check(task->by, "the name", err);
}

static ent_code task_keep(desk *d, ent_arena *arena, const joint_task *task, ent_str id,
                          ent_str owner, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    task_write(&w, task);
    member(&w, "owner", owner);
    peers_member(&w, task->peers, task->peer_count);
    ent_jw_end(&w);
    return doc_keep(d, "task", id, ent_str_is(owner, d->code) ? ENT_STR("") : owner, "proposed",
                    &buf, err);
}

ent_code joint_task_new(desk *d, ent_arena *arena, const joint_task *task, char id[37],
                        ent_err *err)
{
    ent_str body;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(task_check(task, err));
    desk_id(d, id);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "new");
    ent_jw_key(&w, "id");
    ent_jw_c(&w, id);
    task_write(&w, task);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(say_all(d, arena, LINK_TASK, task->purpose, task->peers, task->peer_count, body, err));
    return task_keep(d, arena, task, ent_str_of(id), ent_str_of(d->code), err);
}

static bool task_state_known(ent_str state)
{
    return ent_str_is(state, "accepted") || ent_str_is(state, "refused") ||
           ent_str_is(state, "done");
}

ent_code joint_task_set(desk *d, ent_arena *arena, ent_str id, const char *state, ent_str why,
                        ent_str by, ent_err *err)
{
    const char **peers;
    ent_json json;
    store_doc doc;
    size_t count;
    ent_str body;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(text_check(why, "the reason", err));
    ENT_TRY(desk_doc(d, arena, "task", id, &doc, &json, err));
    if (!ent_str_is(ent_json_get_text(json, "who"), d->code))
        return ent_fail(err, ENT_DENIED, "the task is one for %.*s",
                        ENT_STR_ARG(ent_json_get_text(json, "who")));
    if (strcmp(state, "refused") == 0 && why.size == 0)
        return ent_fail(err, ENT_USAGE, "a refusal needs a reason");
    ENT_TRY(peers_of(arena, json, &peers, &count, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, "set");
    member(&w, "id", id);
    ent_jw_key(&w, "state");
    ent_jw_c(&w, state);
    member(&w, "why", why);
    member(&w, "by", by);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(
        say_all(d, arena, LINK_TASK, ent_json_get_text(json, "purpose"), peers, count, body, err));
    doc.state = ent_str_of(state);
    return doc_change(d, arena, &doc, json, "set", body, err);
}

ent_code joint_task_list(desk *d, ent_arena *arena, joint_item **items, size_t *count, ent_err *err)
{
    ENT_TRY(items_list(d, arena, "task", items, count, err));
    for (size_t i = 0; i < *count; i++) {
        joint_item *item = &(*items)[i];
        ent_err ignored = { 0 };
        ent_days days;

        item->late =
            ent_days_read(ent_json_get_text(item->json, "due"), &days, &ignored) == ENT_OK &&
            days.last < desk_today(d) && !ent_str_is(item->state, "done") &&
            !ent_str_is(item->state, "refused");
    }
    return ENT_OK;
}

static ent_code take_task(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = { "activity", "by",   "due", "id", "note",
                                         "purpose",  "step", "who", NULL };
    joint_task task = { .activity = ent_json_get_text(json, "activity"),
                        .due = ent_json_get_text(json, "due"),
                        .who = ent_json_get_text(json, "who"),
                        .note = ent_json_get_text(json, "note"),
                        .purpose = ent_json_get_text(json, "purpose"),
                        .by = ent_json_get_text(json, "by"),
                        .peers = &peer,
                        .peer_count = 1 };
    desk_terms terms;
    store_doc doc;
    bool found;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(task_check(&task, err));
    ENT_TRY(joint_terms_find(d, arena, peer, JOINT_WORK, task.purpose, &terms, err));
    ENT_TRY(desk_doc_found(d, arena, "task", ent_json_get_text(json, "id"), &doc, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "%s: there is such a task already", where);
    return task_keep(d, arena, &task, ent_json_get_text(json, "id"), ent_str_of(peer), err);
}

static ent_code take_set(desk *d, ent_arena *arena, const char *peer, ent_json json, ent_err *err)
{
    static const char *const names[] = { "by", "id", "state", "step", "why", NULL };
    ent_json task;
    store_doc doc;

    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(text_check(ent_json_get_text(json, "why"), "the reason", err));
    ENT_TRY(text_check(ent_json_get_text(json, "by"), "the name", err));
    ENT_TRY(desk_doc(d, arena, "task", ent_json_get_text(json, "id"), &doc, &task, err));
    if (!ent_str_is(ent_json_get_text(task, "who"), peer) ||
        !task_state_known(ent_json_get_text(json, "state")))
        return ent_fail(err, ENT_DENIED, "%s: it is not this peer's task, or no such state", where);
    doc.state = ent_json_get_text(json, "state");
    return doc_change(d, arena, &doc, task, "set", ent_json_raw(json), err);
}

ent_code joint_task_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err)
{
    ent_str step, id;
    ent_json json;

    (void)entry;
    ENT_TRY(ent_json_read(arena, (ent_str){ body.ptr, body.size }, &json, err));
    ENT_TRY(desk_text(json, "step", where, &step, err));
    ENT_TRY(desk_uuid(json, "id", where, &id, err));
    if (ent_str_is(step, "new"))
        return take_task(d, arena, peer, json, err);
    if (ent_str_is(step, "set"))
        return take_set(d, arena, peer, json, err);
    return ent_fail(err, ENT_FORMAT, "%s: an unknown step", where);
}
