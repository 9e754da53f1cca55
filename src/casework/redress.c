#include "casework/redress_int.h"

#include "base/limits.h"
#include "casework/diary.h"
#include "desk/note.h"
#include "casework/notice.h"
#include "persons/same.h"
#include "psi/keyform.h"

/* The same bytes whatever was found: who reads them learns nothing but that they were written. */
static const char letter_nothing[] =
    "Your complaint was examined by the oversight body, which had access to everything. Where the "
    "law required it, what was wrong has been put right. Whether anything is or was held about "
    "you can be neither confirmed nor denied.";
static const char letter_told[] =
    "Your complaint was examined by the oversight body, which had access to everything. Something "
    "that concerned you was wrong. It has been put right, and those who had received it were told.";

/* ---- the document ---- */

static ent_code redress_read(const desk *d, ent_arena *arena, const store_doc *doc,
                             casework_redress *r, ent_err *err)
{
    *r = (casework_redress){ .id = doc->id, .state = doc->state };
    ENT_TRY(ent_json_read(arena, doc->json, &r->json, err));
    r->opened = doc->time;
    r->due = doc->time + CASEWORK_REDRESS_DAYS * ENT_DAY_TIME;
    r->overdue = d->now > r->due && !ent_str_is(r->state, "answered");
    return ENT_OK;
}

static ent_code redress_save(desk *d, ent_arena *arena, casework_redress *r, ent_str json,
                             ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("redress"), .id = r->id, .state = r->state, .time = r->opened, .json = json
    };

    ENT_TRY(store_doc_put(d->store, &doc, err));
    return redress_read(d, arena, &doc, r, err);
}

ent_code casework_redress_change(desk *d, ent_arena *arena, casework_redress *r, const char *name,
                                 ent_str value, const char *event, const char *by, ent_str note,
                                 ent_err *err)
{
    ent_json json = r->json;
    ent_str text;

    if (value.ptr != NULL) {
        ENT_TRY(desk_with(arena, json, name, value, &text, err));
        ENT_TRY(ent_json_read(arena, text, &json, err));
    }
    ENT_TRY(casework_diary_add(d, arena, json, event, by, note, &text, err));
    return redress_save(d, arena, r, text, err);
}

ent_code casework_redress_note(desk *d, ent_arena *arena, const casework_redress *r,
                               const char *verb, const desk_officer *by, ent_str peer,
                               ent_str reason, ent_err *err)
{
    desk_note n = { .verb = verb,
                    .who = by == NULL ? ENT_STR_NONE : ent_str_of(by->name),
                    .role = by == NULL ? ENT_STR_NONE : ent_str_of(by->role),
                    .object = r->id,
                    .peer = peer,
                    .reason = reason,
                    .oversight = true };

    return desk_note_write(d, arena, &n, err);
}

/* ---- opening ---- */

static ent_code texts_put(ent_jw *w, const char *name, const ent_str *texts, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, texts[i]);
    ent_jw_end(w);
    return ENT_OK;
}

static ent_code complaint_check(ent_arena *arena, const casework_complaint *c, ent_str *keys,
                                ent_err *err)
{
    ent_days days;

    if (c->reference.size == 0 || (c->name.size == 0 && c->key_count == 0))
        return ent_fail(err, ENT_USAGE,
                        "a complaint has a reference, and the person's name or a document");
    if (c->text.size > ENT_LIMIT_CASE_TEXT || c->name.size > ENT_LIMIT_NAME_SIZE ||
        c->reference.size > 200)
        return ent_fail(err, ENT_LIMIT, "the complaint is too long");
    if (c->birth.size > 0 && ent_days_read(c->birth, &days, err) != ENT_OK)
        return ent_context(err, "the date of birth");
    for (size_t i = 0; i < c->key_count; i++)
        ENT_TRY(psi_key_canon(arena, c->keys[i], &keys[i], err));
    return ENT_OK;
}

ent_code casework_redress_open(desk *d, ent_arena *arena, const casework_complaint *c,
                               const desk_officer *by, casework_redress *r, ent_err *err)
{
    ent_str *keys = ent_arena_array(arena, c->key_count + 1, sizeof *keys), text, event;
    casework_redress before;
    ent_err none = { 0 };
    char id[37];
    ent_buf buf;
    ent_jw w;

    if (keys == NULL)
        return ent_fail_arena(err);
    ENT_TRY(complaint_check(arena, c, keys, err));
    if (casework_redress_find(d, arena, c->reference, &before, &none) != ENT_NOT_FOUND)
        return ent_fail(err, ENT_CONFLICT, "there is a complaint '%.*s' already",
                        ENT_STR_ARG(c->reference));
    desk_id(d, id);
    *r = (casework_redress){ .id = ent_arena_str(arena, ent_str_of(id)),
                             .state = ENT_STR("received"),
                             .opened = d->now };
    ENT_TRY(casework_diary_line(d, arena, "received", by->name, ENT_STR_NONE, &event, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "reference", c->reference);
    desk_put(&w, "name", c->name);
    desk_put(&w, "birth", c->birth);
    desk_put(&w, "text", c->text);
    desk_put(&w, "by", ent_str_of(by->name));
    ENT_TRY(texts_put(&w, "keys", keys, c->key_count));
    ENT_TRY(texts_put(&w, "about", c->about, c->about_count));
    ent_jw_key(&w, "events");
    ent_jw_array(&w);
    ent_jw_raw(&w, event);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(redress_save(d, arena, r, text, err));
    return casework_redress_note(d, arena, r, "redress received", by, ENT_STR_NONE, c->reference,
                                 err);
}

ent_code casework_redress_list(desk *d, ent_arena *arena, casework_redress **list, size_t *count,
                               ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "redress", NULL, NULL, &docs, count, err));
    *list = ent_arena_array(arena, *count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(redress_read(d, arena, &docs[i], &(*list)[i], err));
    return ENT_OK;
}

ent_code casework_redress_find(desk *d, ent_arena *arena, ent_str text, casework_redress *r,
                               ent_err *err)
{
    casework_redress *list;
    size_t count, found = 0;

    ENT_TRY(casework_redress_list(d, arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(ent_json_get_text(list[i].json, "reference"), text) ||
            (text.size >= 4 && ent_str_starts(list[i].id, text))) {
            *r = list[i];
            found++;
        }
    if (found == 1)
        return ENT_OK;
    return ent_fail(err, found == 0 ? ENT_NOT_FOUND : ENT_CONFLICT,
                    found == 0 ? "there is no complaint '%.*s'" : "'%.*s' is more than one",
                    text.size > 60 ? 60 : (int)text.size, text.ptr);
}

/* ---- deciding ---- */

static ent_code decision_write(ent_arena *arena, const casework_redress_decision *decision,
                               const desk_officer *by, ent_str *text, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    desk_put(&w, "by", ent_str_of(by->name));
    ent_jw_key(&w, "founded");
    ent_jw_bool(&w, decision->founded);
    ent_jw_key(&w, "may_tell");
    ent_jw_bool(&w, decision->may_tell);
    desk_put(&w, "reason", decision->reason);
    ENT_TRY(texts_put(&w, "never", decision->never, decision->never_count));
    ENT_TRY(texts_put(&w, "exempt", decision->exempt, decision->exempt_count));
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

static ent_code decision_check(const casework_redress *r, const casework_redress_decision *decision,
                               const desk_officer *by, ent_err *err)
{
    if (strcmp(by->role, "legal") != 0)
        return ent_fail(err, ENT_DENIED, "a complaint is decided by the legal officer [role]");
    if (!ent_str_is(r->state, "received"))
        return ent_fail(err, ENT_CONFLICT, "the complaint is %.*s already", ENT_STR_ARG(r->state));
    if (decision->reason.size == 0)
        return ent_fail(err, ENT_USAGE, "a decision has a reason");
    if (decision->never_count % 2 != 0)
        return ent_fail(err, ENT_USAGE, "who is never the same is said in pairs");
    if (decision->tell_count > 0 && (decision->exempt_count == 0 || decision->purpose.size == 0))
        return ent_fail(err, ENT_USAGE,
                        "partners are told which keys are exempt, under the agreement for a "
                        "purpose");
    return ENT_OK;
}

/* Who is never the same, here and with every partner who knows both records. */
static ent_code nevers_put(desk *d, ent_arena *arena, const casework_redress *r,
                           const casework_redress_decision *decision, const desk_officer *by,
                           ent_err *err)
{
    ent_str why = ent_arena_printf(arena, "redress %.*s",
                                   ENT_STR_ARG(ent_json_get_text(r->json, "reference")));

    if (why.ptr == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i + 1 < decision->never_count; i += 2) {
        persons_wish wish = {
            .a = decision->never[i], .b = decision->never[i + 1], .why = why, .officer = by
        };
        persons_same same;
        ent_code rc = persons_never(d, arena, &wish, &same, err);

        if (rc == ENT_CONFLICT) /* somebody has said so before */
            *err = (ent_err){ 0 }, rc = ENT_OK;
        if (rc != ENT_OK)
            return rc;
    }
    return ENT_OK;
}

ent_code casework_redress_decide(desk *d, ent_arena *arena, casework_redress *r,
                                 const casework_redress_decision *wish, const desk_officer *by,
                                 ent_err *err)
{
    casework_redress_decision decision = *wish;
    ent_str *keys = ent_arena_array(arena, wish->exempt_count + 1, sizeof *keys), text;

    if (keys == NULL)
        return ent_fail_arena(err);
    ENT_TRY(decision_check(r, wish, by, err));
    for (size_t i = 0; i < wish->exempt_count; i++)
        ENT_TRY(psi_key_canon(arena, wish->exempt[i], &keys[i], err));
    decision.exempt = keys;
    ENT_TRY(nevers_put(d, arena, r, &decision, by, err));
    for (size_t i = 0; i < decision.exempt_count; i++)
        ENT_TRY(casework_exempt_put(d, arena, keys[i], ENT_STR(""),
                                    ent_json_get_text(r->json, "reference"), err));
    for (size_t i = 0; i < decision.tell_count; i++)
        ENT_TRY(casework_exempt_draft(d, arena, r, &decision, decision.tell[i], by, err));
    ENT_TRY(decision_write(arena, &decision, by, &text, err));
    r->state = ENT_STR("decided");
    ENT_TRY(casework_redress_change(d, arena, r, "decision", text, "decided", by->name,
                                    decision.reason, err));
    return casework_redress_note(d, arena, r, "redress decided", by, ENT_STR_NONE, decision.reason,
                                 err);
}

/* ---- answering the person ---- */

ent_code casework_redress_answer(desk *d, ent_arena *arena, casework_redress *r,
                                 const desk_officer *by, ent_str *letter, ent_err *err)
{
    ent_json decision = ent_json_get(r->json, "decision");

    if (!ent_str_is(r->state, "decided"))
        return ent_fail(err, ENT_CONFLICT,
                        "the complaint is %.*s; what is decided by the legal officer is answered",
                        ENT_STR_ARG(r->state));
    *letter = ent_json_true(ent_json_get(decision, "may_tell")) &&
                      ent_json_true(ent_json_get(decision, "founded"))
                  ? ent_str_of(letter_told)
                  : ent_str_of(letter_nothing);
    r->state = ENT_STR("answered");
    ENT_TRY(casework_redress_change(d, arena, r, NULL, ENT_STR_NONE, "answered", by->name,
                                    ENT_STR_NONE, err));
    return casework_redress_note(d, arena, r, "redress answered", by, ENT_STR_NONE, ENT_STR_NONE,
                                 err);
}

/* ---- time ---- */

static ent_code overdue_tell(desk *d, ent_arena *arena, const casework_redress *r, ent_err *err)
{
    casework_notice_about about = { .object = r->id,
                                    .peer = ENT_STR(""),
                                    .kind = "redress",
                                    .precedence = "PRIORITY",
                                    .why = "overdue",
                                    .to = ent_json_get_text(r->json, "by") };

    return casework_notice_put(d, arena, &about, err);
}

ent_code casework_redress_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    casework_redress *list;
    size_t count;

    *next = ENT_TIME_NEVER;
    ENT_TRY(casework_redress_list(d, arena, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        casework_redress *r = &list[i];

        if (ent_str_is(r->state, "answered") || casework_diary_has(r->json, "overdue", NULL))
            continue;
        if (!r->overdue) {
            *next = r->due + ENT_SECOND / 1000 < *next ? r->due + ENT_SECOND / 1000 : *next;
            continue;
        }
        ENT_TRY(casework_redress_change(d, arena, r, NULL, ENT_STR_NONE, "overdue", NULL,
                                        ENT_STR("not answered in thirty days"), err));
        ENT_TRY(casework_redress_note(d, arena, r, "redress overdue", NULL, ENT_STR_NONE,
                                      ENT_STR_NONE, err));
        ENT_TRY(overdue_tell(d, arena, r, err));
    }
    return ENT_OK;
}
