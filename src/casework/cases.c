#include "casework/cases.h"

#include "casework/diary.h"

/* ---- the document ---- */

static ent_str list_of(ent_json json, const char *name)
{
    ent_json list = ent_json_get(json, name);

    return list.doc == NULL ? ENT_STR("[]") : ent_json_raw(list);
}

static ent_code case_read(ent_arena *arena, const store_doc *doc, casework_case *c, ent_err *err)
{
    ent_err ignored = { 0 };
    ent_json json;

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    *c = (casework_case){ .id = doc->id,
                          .state = doc->state,
                          .title = ent_json_get_text(json, "title"),
                          .purpose = ent_json_get_text(json, "purpose"),
                          .owner = ent_json_get_text(json, "owner"),
                          .offered_to = ent_json_get_text(json, "offered_to"),
                          .members = list_of(json, "members"),
                          .things = list_of(json, "things"),
                          .events = list_of(json, "events"),
                          .review = ent_json_get_text(json, "review") };
    if (ent_time_read(ent_json_get_text(json, "offered_at"), &c->offered_at, &ignored) != ENT_OK)
        c->offered_at = 0;
    return ENT_OK;
}

static void put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static void raw(ent_jw *w, const char *name, ent_str json)
{
    ent_jw_key(w, name);
    ent_jw_raw(w, json);
}

static ent_code case_save(desk *d, ent_arena *arena, const casework_case *c, ent_err *err)
{
    store_doc doc = {
        .kind = ENT_STR("case"), .id = c->id, .peer = ENT_STR(""), .state = c->state, .time = d->now
    };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    put(&w, "title", c->title);
    put(&w, "purpose", c->purpose);
    put(&w, "owner", c->owner);
    put(&w, "offered_to", c->offered_to);
    if (c->offered_to.size > 0)
        put(&w, "offered_at", desk_time_text(arena, c->offered_at));
    raw(&w, "members", c->members);
    raw(&w, "things", c->things);
    raw(&w, "events", c->events);
    put(&w, "review", c->review);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

/* `item`: one JSON value more at the end. */
static ent_code list_add(ent_arena *arena, ent_str *list, ent_str item, ent_err *err)
{
    ent_str body = { list->ptr, list->size - 1 }; /* without its bracket */

    *list = ent_arena_printf(arena, "%.*s%s%.*s]", ENT_STR_ARG(body), list->size > 2 ? "," : "",
                             ENT_STR_ARG(item));
    return list->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code text_add(ent_arena *arena, ent_str *list, ent_str text, ent_err *err)
{
    ent_buf buf;
    ent_str quoted;

    ent_buf_init(&buf, arena);
    ent_json_string_write(&buf, text);
    ENT_TRY(ent_buf_done(&buf, &quoted, err));
    return list_add(arena, list, quoted, err);
}

static ent_code list_has(ent_arena *arena, ent_str list, ent_str text, bool *has, ent_err *err)
{
    ent_json json;

    *has = false;
    ENT_TRY(ent_json_read(arena, list, &json, err));
    for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v))
        *has = *has || ent_str_equal(ent_json_str(v), text);
    return ENT_OK;
}

static ent_code event(desk *d, ent_arena *arena, casework_case *c, const char *what, ent_str by,
                      ent_str note, ent_err *err)
{
    ent_str text, who = ent_arena_str(arena, by);

    if (who.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(casework_diary_line(d, arena, what, who.ptr, note, &text, err));
    ENT_TRY(list_add(arena, &c->events, text, err));
    return case_save(d, arena, c, err);
}

/* ---- work ---- */

ent_code casework_case_new(desk *d, ent_arena *arena, ent_str title, ent_str purpose, ent_str by,
                           casework_case *c, ent_err *err)
{
    char id[37];

    if (title.size == 0 || purpose.size == 0 || by.size == 0)
        return ent_fail(err, ENT_USAGE, "a case has a title, a purpose and an owner");
    desk_id(d, id);
    *c = (casework_case){ .id = ent_arena_str(arena, ent_str_of(id)),
                          .state = ENT_STR("open"),
                          .title = title,
                          .purpose = purpose,
                          .owner = by,
                          .members = ENT_STR("[]"),
                          .things = ENT_STR("[]"),
                          .events = ENT_STR("[]") };
    if (c->id.ptr == NULL)
        return ent_fail_arena(err);
    return event(d, arena, c, "opened", by, ENT_STR_NONE, err);
}

ent_code casework_case_list(desk *d, ent_arena *arena, casework_case **cases, size_t *count,
                            ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "case", NULL, NULL, &docs, count, err));
    *cases = ent_arena_array(arena, *count + 1, sizeof **cases);
    if (*cases == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        ENT_TRY(case_read(arena, &docs[i], &(*cases)[i], err));
    return ENT_OK;
}

ent_code casework_case_find(desk *d, ent_arena *arena, ent_str text, casework_case *c, ent_err *err)
{
    casework_case *cases;
    size_t count, found = 0;

    ENT_TRY(casework_case_list(d, arena, &cases, &count, err));
    for (size_t i = 0; i < count; i++)
        if (text.size >= 4 && ent_str_starts(cases[i].id, text)) {
            *c = cases[i];
            found++;
        }
    if (found == 1)
        return ENT_OK;
    return ent_fail(err, found == 0 ? ENT_NOT_FOUND : ENT_CONFLICT,
                    found == 0 ? "there is no case '%.*s'" : "'%.*s' is more than one case",
                    text.size > 60 ? 60 : (int)text.size, text.ptr);
}

static ent_code owner_check(const casework_case *c, ent_str by, ent_err *err)
{
    if (ent_str_is(c->state, "closed"))
        return ent_fail(err, ENT_CONFLICT, "the case is closed");
    if (!ent_str_equal(c->owner, by))
        return ent_fail(err, ENT_DENIED, "the case is owned by '%.*s' [owner]",
                        ENT_STR_ARG(c->owner));
    return ENT_OK;
}

ent_code casework_case_add(desk *d, ent_arena *arena, casework_case *c, ent_str thing,
                           ent_str member, ent_str by, ent_err *err)
{
    bool is_member, has;

    ENT_TRY(list_has(arena, c->members, by, &is_member, err));
    if (!is_member || member.size > 0) /* only the owner says who is of it */
        ENT_TRY(owner_check(c, by, err));
    if (member.size > 0) {
        ENT_TRY(list_has(arena, c->members, member, &has, err));
        if (!has)
            ENT_TRY(text_add(arena, &c->members, member, err));
    }
    if (thing.size > 0) {
        ENT_TRY(list_has(arena, c->things, thing, &has, err));
        if (!has)
            ENT_TRY(text_add(arena, &c->things, thing, err));
    }
    return event(d, arena, c, "added", by, thing.size > 0 ? thing : member, err);
}

ent_code casework_case_offer(desk *d, ent_arena *arena, casework_case *c, ent_str to, ent_str by,
                             ent_err *err)
{
    ENT_TRY(owner_check(c, by, err));
    if (ent_str_equal(to, by))
        return ent_fail(err, ENT_USAGE, "the case is yours already");
    c->offered_to = to;
    c->offered_at = d->now;
    return event(d, arena, c, "offered", by, to, err);
}

ent_code casework_case_accept(desk *d, ent_arena *arena, casework_case *c, ent_str by, ent_err *err)
{
    if (c->offered_to.size == 0 || !ent_str_equal(c->offered_to, by))
        return ent_fail(err, ENT_DENIED, "the case was not offered to '%.*s' [owner]",
                        ENT_STR_ARG(by));
    if (d->now - c->offered_at > CASEWORK_ACCEPT_WITHIN)
        return ent_fail(err, ENT_DENIED,
                        "the offer is older than 48 hours; the case is still with '%.*s' [owner]",
                        ENT_STR_ARG(c->owner));
    c->owner = by;
    c->offered_to = ENT_STR("");
    return event(d, arena, c, "accepted", by, ENT_STR_NONE, err);
}

ent_code casework_case_close(desk *d, ent_arena *arena, casework_case *c, ent_str reason,
                             ent_str review, ent_str by, ent_err *err)
{
    ent_days days;

    ENT_TRY(owner_check(c, by, err));
    if (reason.size == 0)
        return ent_fail(err, ENT_USAGE, "closing a case needs a reason [BER-2]");
    if (ent_days_read(review, &days, err) != ENT_OK)
        return ent_context(err, "the day on which it is looked at again");
    c->state = ENT_STR("closed");
    c->offered_to = ENT_STR("");
    c->review = review;
    return event(d, arena, c, "closed", by, reason, err);
}

ent_code casework_cases_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err)
{
    casework_case *cases;
    size_t count;

    *next = ENT_TIME_NEVER;
    ENT_TRY(casework_case_list(d, arena, &cases, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_time due = cases[i].offered_at + CASEWORK_ACCEPT_WITHIN;

        if (cases[i].offered_to.size == 0)
            continue;
        if (due >= d->now) {
            *next = due + ENT_SECOND / 1000 < *next ? due + ENT_SECOND / 1000 : *next;
            continue;
        }
        cases[i].offered_to = ENT_STR("");
        ENT_TRY(event(d, arena, &cases[i], "not accepted", cases[i].owner, ENT_STR_NONE, err));
    }
    return ENT_OK;
}
