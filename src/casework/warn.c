#include "casework/warn.h"

#include "base/limits.h"
#include "casework/diary.h"
#include "casework/duty.h"
#include "desk/note.h"
#include "casework/notice.h"

/* ---- the document ---- */

static ent_code warning_read(const desk *d, ent_arena *arena, const store_doc *doc,
                             casework_warning *w, ent_err *err)
{
    casework_precedence precedence;

    *w = (casework_warning){ .id = doc->id, .state = doc->state, .opened = doc->time };
    ENT_TRY(ent_json_read(arena, doc->json, &w->json, err));
    if (!casework_precedence_read(ent_json_get_text(w->json, "precedence"), &precedence))
        return ent_fail(err, ENT_FORMAT, "a warning without a precedence");
    w->due = w->opened + casework_acknowledge_within(precedence) * ENT_SECOND;
    w->overdue = ent_str_is(w->state, "open") && d->now > w->due;
    return ENT_OK;
}

static ent_code warning_save(desk *d, ent_arena *arena, casework_warning *w, ent_str json,
                             ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("warning"), .id = w->id, .state = w->state, .time = w->opened, .json = json
    };

    ENT_TRY(store_doc_put(d->store, &doc, err));
    return warning_read(d, arena, &doc, w, err);
}

static ent_code happened(desk *d, ent_arena *arena, casework_warning *w, const char *what,
                         const desk_officer *by, ent_str note, ent_err *err)
{
    desk_note n = { .verb = what,
                    .who = by == NULL ? ENT_STR_NONE : ent_str_of(by->name),
                    .role = by == NULL ? ENT_STR_NONE : ent_str_of(by->role),
                    .object = w->id,
                    .reason = note,
                    .oversight = true };
    ent_str text;

    ENT_TRY(casework_diary_add(d, arena, w->json, what, by == NULL ? NULL : by->name, note, &text,
                               err));
    ENT_TRY(warning_save(d, arena, w, text, err));
    return desk_note_write(d, arena, &n, err);
}

/* ---- work ---- */

ent_code casework_warn_new(desk *d, ent_arena *arena, const casework_threat *t,
                           const desk_officer *by, casework_warning *w, ent_err *err)
{
    char id[37];
    ent_buf buf;
    ent_str text;
    ent_jw j;

    if (t->threatened.size == 0 || t->text.size == 0)
        return ent_fail(err, ENT_USAGE, "a warning says who is threatened, and how");
    if (t->threatened.size > ENT_LIMIT_NAME_SIZE || t->text.size > ENT_LIMIT_CASE_TEXT)
        return ent_fail(err, ENT_LIMIT, "the warning is too long");
    desk_id(d, id);
    *w = (casework_warning){ .id = ent_arena_str(arena, ent_str_of(id)),
                             .state = ENT_STR("open"),
                             .opened = d->now };
    ent_buf_init(&buf, arena);
    ent_jw_init(&j, &buf);
    ent_jw_object(&j);
    desk_put(&j, "threatened", t->threatened);
    desk_put(&j, "text", t->text);
    desk_put(&j, "about", t->about);
    desk_put(&j, "precedence", ent_str_of(casework_precedence_name(t->precedence)));
    desk_put(&j, "by", ent_str_of(by->name));
    ent_jw_end(&j);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(ent_json_read(arena, text, &w->json, err));
    return happened(d, arena, w, "threat to life", by, ENT_STR_NONE, err);
}

ent_code casework_warn_list(desk *d, ent_arena *arena, casework_warning **list, size_t *count,
                            ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "warning", NULL, NULL, &docs, count, err));
    *list = ent_arena_array(arena, *count + 1, sizeof **list);
    if (*list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(warning_read(d, arena, &docs[i], &(*list)[i], err));
    return ENT_OK;
}

ent_code casework_warn_find(desk *d, ent_arena *arena, ent_str text, casework_warning *w,
                            ent_err *err)
{
    casework_warning *list;
    size_t count, found = 0;

    ENT_TRY(casework_warn_list(d, arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (text.size >= 4 && ent_str_starts(list[i].id, text)) {
            *w = list[i];
            found++;
        }
    if (found == 1)
        return ENT_OK;
    return ent_fail(err, found == 0 ? ENT_NOT_FOUND : ENT_CONFLICT,
                    found == 0 ? "there is no warning '%.*s'" : "'%.*s' is more than one warning",
                    text.size > 60 ? 60 : (int)text.size, text.ptr);
}

ent_code casework_warn_done(desk *d, ent_arena *arena, casework_warning *w, ent_str who,
                            ent_str how, const desk_officer *by, ent_err *err)
{
    ent_str note = ent_arena_printf(arena, "%.*s: %.*s", ENT_STR_ARG(who), ENT_STR_ARG(how));

    if (who.size == 0 || how.size == 0)
        return ent_fail(err, ENT_USAGE, "who was warned, and how, is wanted");
    if (ent_str_is(w->state, "waived"))
        return ent_fail(err, ENT_CONFLICT, "the warning was waived");
    if (note.ptr == NULL)
        return ent_fail_arena(err);
    w->state = ENT_STR("warned");
    return happened(d, arena, w, "warned", by, note, err);
}

ent_code casework_warn_waive(desk *d, ent_arena *arena, casework_warning *w, ent_str reason,
                             const desk_officer *by, ent_err *err)
{
    ent_json first = ent_json_get(w->json, "waiver");
    bool legal = strcmp(by->role, "legal") == 0;
    ent_str text;

    if (!ent_str_is(w->state, "open"))
        return ent_fail(err, ENT_CONFLICT, "the warning is %.*s already", ENT_STR_ARG(w->state));
    if (!legal && strcmp(by->role, "disclosure") != 0)
        return ent_fail(err, ENT_DENIED,
                        "a duty to warn is waived by the legal officer and one other officer "
                        "[role]");
    if (first.doc == NULL) {
        if (reason.size == 0)
            return ent_fail(err, ENT_USAGE, "a waiver has a reason");
        text = ent_arena_printf(arena, "{\"by\":\"%s\",\"legal\":%s}", by->name,
                                legal ? "true" : "false");
        if (text.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(desk_with(arena, w->json, "waiver", text, &text, err));
        ENT_TRY(ent_json_read(arena, text, &w->json, err));
        return happened(d, arena, w, "waiver asked", by, reason, err);
    }
    if (ent_str_is(ent_json_get_text(first, "by"), by->name))
        return ent_fail(err, ENT_DENIED, "a second person waives it [law 6]");
    if (!legal && !ent_json_true(ent_json_get(first, "legal")))
        return ent_fail(err, ENT_DENIED, "one of the two is the legal officer [role]");
    w->state = ENT_STR("waived");
    return happened(d, arena, w, "waived", by, reason, err);
}

/* ---- time ---- */

static ent_code overdue(casework_round *r, casework_warning *w, const char *what, size_t step,
                        ent_err *err)
{
    casework_notice_about about = { .object = w->id,
                                    .peer = ENT_STR(""),
                                    .kind = "warning",
                                    .precedence = "FLASH",
                                    .why = "a threat to life, and nobody is warned",
                                    .to = casework_round_turn(r, step) };

    ENT_TRY(happened(r->d, r->arena, w, what, NULL, about.to, err));
    return casework_notice_put(r->d, r->arena, &about, err);
}

ent_code casework_warn_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    static const char *const steps[] = { "overdue", "overdue: deputy" };
    casework_warning *list;
    casework_round r;
    size_t count;

    ENT_TRY(casework_round_begin(d, arena, &r, err));
    ENT_TRY(casework_warn_list(d, arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        for (size_t step = 0; step < 2 && ent_str_is(list[i].state, "open"); step++) {
            ent_time length = list[i].due - list[i].opened;
            ent_time at = list[i].due + (ent_time)step * length + ENT_SECOND / 1000;

            casework_round_again(&r, at);
            if (at > d->now)
                break;
            if (!casework_diary_has(list[i].json, steps[step], NULL))
                ENT_TRY(overdue(&r, &list[i], steps[step], step, err));
        }
    *next = r.next;
    return ENT_OK;
}
