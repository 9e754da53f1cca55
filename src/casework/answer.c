#include "casework/answer.h"

#include "base/limits.h"
#include "base/text.h"
#include "desk/note.h"
#include "casework/signed.h"

static const char where[] = "an answer";
static const char *const kinds[] = { "answered", "nothing to release", "later", "refused" };

/* ---- small things ---- */

static void put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static ent_code note(desk *d, ent_arena *arena, const casework_item *item, const char *verb,
                     const desk_officer *by, ent_err *err)
{
    desk_note n = { .verb = verb,
                    .who = by == NULL ? ENT_STR_NONE : ent_str_of(by->name),
                    .role = by == NULL ? ENT_STR_NONE : ent_str_of(by->role),
                    .object = item->id,
                    .peer = item->peer,
                    .purpose = ent_json_get_text(item->body, "purpose") };

    return desk_note_write(d, arena, &n, err);
}

static ent_code say(desk *d, ent_arena *arena, const casework_item *item, ent_str body,
                    ent_err *err)
{
    ent_str peer = ent_arena_str(arena, item->peer);

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    return desk_say(d, arena, peer.ptr, LINK_ANSWER, ent_span_of_str(body), err);
}

static ent_code answered(desk *d, ent_arena *arena, casework_item *item, ent_str answer,
                         casework_answer_kind kind, const desk_officer *by, ent_err *err)
{
    ent_str who = by == NULL ? ENT_STR_NONE : ent_str_of(by->name);
    /* "Later" is an answer, but the answer itself is still owed. */
    const char *state = kind == CASEWORK_LATER ? NULL : "answered";

    item->answer = answer;
    ENT_TRY(casework_item_event(arena, item, state, kind == CASEWORK_LATER ? "later" : "answered",
                                who, ent_str_of(kinds[kind]), d->now, err));
    return casework_item_save(d, arena, item, err);
}

static ent_code may_answer(const casework_item *item, ent_err *err)
{
    if (item->kind != CASEWORK_REQUEST || item->out)
        return ent_fail(err, ENT_DENIED, "only a request that came in is answered");
    if (ent_str_is(item->state, "answered"))
        return ent_fail(err, ENT_CONFLICT, "the request is answered already");
    return ENT_OK;
}

/* ---- nothing to release ---- */

static ent_code nothing_body(ent_arena *arena, ent_str request, ent_str *body, ent_err *err)
{
    *body = ent_arena_printf(arena, "{\"answer\":\"%s\",\"request\":\"%.*s\"}",
                             kinds[CASEWORK_NOTHING], ENT_STR_ARG(request));
    return body->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* The first whole multiple of `hold` after the receipt that is not past. */
static ent_time leaves_at(const desk *d, const casework_item *item)
{
    ent_time hold = casework_hold(item->precedence) * ENT_SECOND;
    ent_time waited = d->now > item->received ? d->now - item->received : 0;

    return item->received + (waited / hold + 1) * hold;
}

static ent_code nothing_hold(desk *d, ent_arena *arena, const casework_item *item,
                             const desk_officer *by, casework_answer_state *state, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("answer-held"),
                      .id = item->id,
                      .peer = item->peer,
                      .state = ENT_STR("waiting") };
    store_doc before;
    bool found;

    ENT_TRY(desk_doc_found(d, arena, "answer-held", item->id, &before, &found, err));
    if (found)
        return ent_fail(err, ENT_CONFLICT, "the answer is given; it leaves at %.*s",
                        ENT_STR_ARG(desk_time_text(arena, before.time)));
    doc.time = state->leaves = leaves_at(d, item);
    state->state = "held";
    doc.json = ent_arena_printf(arena, "{\"by\":\"%s\"}", by->name);
    if (doc.json.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_doc_put(d->store, &doc, err));
    return note(d, arena, item, "answered: nothing to release", by, err);
}

ent_code casework_answers_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    store_doc *docs;
    size_t count;

    *next = ENT_TIME_NEVER;
    ENT_TRY(desk_docs(d, arena, "answer-held", NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        casework_item item = { 0 };
        ent_str body;

        if (docs[i].time > d->now) {
            *next = docs[i].time < *next ? docs[i].time : *next;
            continue;
        }
        ENT_TRY(store_doc_delete(d->store, "answer-held", docs[i].id, err));
        ENT_TRY(casework_item_load(d, arena, docs[i].id, &item, err));
        if (ent_str_is(item.state, "answered"))
            continue;
        ENT_TRY(nothing_body(arena, item.id, &body, err));
        ENT_TRY(say(d, arena, &item, body, err));
        ENT_TRY(answered(d, arena, &item, body, CASEWORK_NOTHING, NULL, err));
    }
    return ENT_OK;
}

/* ---- answers that two persons sign ---- */

static ent_code statement_write(desk *d, ent_arena *arena, const casework_item *item,
                                const casework_answer *answer, ent_str *statement, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    put(&w, "agreement", ent_json_get_text(item->body, "agreement"));
    put(&w, "answer", ent_str_of(kinds[answer->kind]));
    if (answer->release_count > 0) {
        ent_jw_key(&w, "releases");
        ent_jw_array(&w);
        for (size_t i = 0; i < answer->release_count; i++)
            ent_jw_str(&w, answer->releases[i]);
        ent_jw_end(&w);
    }
    put(&w, "request", item->id);
    put(&w, "text", answer->text);
    put(&w, "time", desk_time_text(arena, d->now));
    put(&w, "until", answer->until);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(arena, text, statement, err);
}

/* "Answered" without a proof of what was given is no answer [NIN-2]. */
static ent_code answer_check(desk *d, ent_arena *arena, const casework_item *item,
                             const casework_answer *answer, ent_err *err)
{
    ent_day day = 0;
    ent_days days;

    if (answer->text.size > ENT_LIMIT_CASE_TEXT || answer->release_count > ENT_LIMIT_CASE_LIST)
        return ent_fail(err, ENT_LIMIT, "an answer has at most %d bytes of text and %d releases",
                        ENT_LIMIT_CASE_TEXT, ENT_LIMIT_CASE_LIST);
    if (answer->kind == CASEWORK_ANSWERED && answer->text.size == 0 && answer->release_count == 0)
        return ent_fail(err, ENT_USAGE,
                        "an answer has a text, or the release by which it was given [NIN-2]");
    if (answer->kind == CASEWORK_REFUSED && answer->text.size == 0)
        return ent_fail(err, ENT_USAGE, "a refusal says its reason");
    if (answer->kind == CASEWORK_LATER) {
        if (ent_days_read(answer->until, &days, err) != ENT_OK)
            return ent_context(err, "the day until which the answer is promised");
        day = days.last;
        if (day < desk_today(d))
            return ent_fail(err, ENT_USAGE, "the day of a later answer is past");
    }
    for (size_t i = 0; i < answer->release_count; i++) {
        store_doc doc;
        bool found;

        ENT_TRY(desk_doc_found(d, arena, "release", answer->releases[i], &doc, &found, err));
        if (!found || !ent_str_equal(doc.peer, item->peer) ||
            (!ent_str_is(doc.state, "sent") && !ent_str_is(doc.state, "received")))
            return ent_fail(err, ENT_DENIED,
                            "'%.*s' is no release that %.*s has: passing something on is proved "
                            "by its release [NIN-2]",
                            ENT_STR_ARG(answer->releases[i]), ENT_STR_ARG(item->peer));
    }
    return ENT_OK;
}

static casework_signed signed_of(const casework_item *item)
{
    return (casework_signed){
        .kind = "answer-draft", .what = "answer", .id = item->id, .peer = item->peer
    };
}

ent_code casework_answer_draft(desk *d, ent_arena *arena, casework_item *item,
                               const casework_answer *answer, const desk_officer *by,
                               casework_answer_state *state, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, item->peer);
    casework_signed draft = signed_of(item);
    desk_terms terms;

    *state = (casework_answer_state){ .state = "waiting" };
    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(may_answer(item, err));
    if (answer->kind == CASEWORK_NOTHING)
        return nothing_hold(d, arena, item, by, state, err);
    if (item->legal_first && strcmp(by->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED,
                        "of this subject only the legal officer may say more than nothing "
                        "[disclosure]");
    ENT_TRY(answer_check(d, arena, item, answer, err));
    ENT_TRY(casework_terms(d, arena, peer.ptr, ent_json_get_text(item->body, "purpose"), true,
                           &terms, err));
    ENT_TRY(statement_write(d, arena, item, answer, &draft.statement, err));
    draft.drafter = ent_str_of(by->name);
    ENT_TRY(casework_signed_draft(d, arena, &draft, err));
    return note(d, arena, item, "drafted an answer", by, err);
}

ent_code casework_answer_drop(desk *d, ent_arena *arena, casework_item *item, ent_err *err)
{
    (void)arena;
    return store_doc_delete(d->store, "answer-draft", item->id, err);
}

/* ---- approving ---- */

static casework_answer_kind kind_of(ent_json answer)
{
    for (int i = 0; i < 4; i++)
        if (ent_str_is(ent_json_get_text(answer, "answer"), kinds[i]))
            return (casework_answer_kind)i;
    return CASEWORK_NOTHING;
}

static ent_code answer_send(desk *d, ent_arena *arena, casework_item *item,
                            const casework_signed *draft, const desk_officer *by, ent_err *err)
{
    ent_str peer = ent_arena_str(arena, item->peer);
    desk_terms terms;
    ent_json json;

    if (peer.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(casework_terms(d, arena, peer.ptr, ent_json_get_text(item->body, "purpose"), true,
                           &terms, err));
    ENT_TRY(say(d, arena, item, draft->body, err));
    ENT_TRY(ent_json_read(arena, draft->statement, &json, err));
    return answered(d, arena, item, draft->statement, kind_of(json), by, err);
}

ent_code casework_answer_approve(desk *d, ent_arena *arena, casework_item *item,
                                 const desk_officer *by, casework_answer_state *state, ent_err *err)
{
    casework_signed draft = signed_of(item);

    *state = (casework_answer_state){ .state = "waiting" };
    ENT_TRY(may_answer(item, err));
    ENT_TRY(casework_signed_load(d, arena, item->id, &draft, err));
    ENT_TRY(casework_signed_approve(d, arena, &draft, by, err));
    memcpy(state->approvals, draft.officers, sizeof draft.officers);
    state->approval_count = draft.count;
    ENT_TRY(note(d, arena, item, "approved an answer", by, err));
    if (draft.body.size == 0)
        return ENT_OK;
    state->state = "sent";
    return answer_send(d, arena, item, &draft, by, err);
}

/* ---- what peers say ---- */

static ent_code statement_check(ent_json answer, ent_err *err)
{
    static const char *const members[] = { "agreement", "answer", "releases", "request",
                                           "text",      "time",   "until",    NULL };
    ent_days days;

    ENT_TRY(desk_members(answer, where, members, err));
    if (kind_of(answer) == CASEWORK_NOTHING)
        return ent_fail(err, ENT_FORMAT, "%s: it is none of the four", where);
    if (kind_of(answer) == CASEWORK_LATER &&
        ent_days_read(ent_json_get_text(answer, "until"), &days, err) != ENT_OK)
        return ent_context(err, "%s", where);
    if (ent_json_get_text(answer, "text").size > ENT_LIMIT_CASE_TEXT)
        return ent_fail(err, ENT_LIMIT, "%s: its text is too long", where);
    return ENT_OK;
}

ent_code casework_answer_receive(desk *d, ent_arena *arena, const char *peer,
                                 const link_entry *entry, ent_span body, ent_err *err)
{
    static const char *const plain[] = { "answer", "request", NULL };
    casework_answer_kind kind = CASEWORK_NOTHING;
    ent_str text = { body.ptr, body.size }, id;
    casework_item item = { 0 };
    ent_json json, answer;

    (void)entry;
    ENT_TRY(desk_canonical(arena, text, where, &json, err));
    answer = json;
    if (ent_json_get(json, "statement").doc == NULL) {
        ENT_TRY(desk_members(json, where, plain, err));
        if (!ent_str_is(ent_json_get_text(json, "answer"), kinds[CASEWORK_NOTHING]))
            return ent_fail(err, ENT_UNTRUSTED,
                            "%s: only 'nothing' goes without two officers' signatures [law 6]",
                            where);
    } else {
        ENT_TRY(casework_signed_read(d, arena, "answer", where, peer, json, &answer, &text, err));
        ENT_TRY(statement_check(answer, err));
        kind = kind_of(answer);
    }
    ENT_TRY(desk_uuid(answer, "request", where, &id, err));
    ENT_TRY(casework_item_load(d, arena, id, &item, err));
    if (!item.out || item.kind != CASEWORK_REQUEST || !ent_str_is(item.peer, peer))
        return ent_fail(err, ENT_UNTRUSTED, "%s: '%s' was asked no such thing", where, peer);
    if (ent_str_is(item.state, "answered"))
        return ent_fail(err, ENT_CONFLICT, "%s: the request is answered already", where);
    return answered(d, arena, &item, text, kind, NULL, err);
}
