#include "desk/work.h"

#include "link/approval.h"

#include "base/text.h"
#include "holdings/index.h"

ent_code desk_text(ent_json json, const char *name, const char *where, ent_str *text, ent_err *err)
{
    *text = ent_json_get_text(json, name);
    if (text->size == 0)
        return ent_fail(err, ENT_FORMAT, "%s: member '%s' is missing or no text", where, name);
    return ENT_OK;
}

ent_code desk_uuid(ent_json json, const char *name, const char *where, ent_str *text, ent_err *err)
{
    *text = ent_json_get_text(json, name);
    if (!ent_uuid_valid(*text))
        return ent_fail(err, ENT_FORMAT, "%s: member '%s' is missing or no UUID", where, name);
    return ENT_OK;
}

ent_code desk_hex(ent_json json, const char *name, const char *where, void *bytes, size_t size,
                  ent_err *err)
{
    ent_err why = { 0 };

    if (ent_hex_read(ent_json_get_text(json, name), bytes, size, &why) != ENT_OK)
        return ent_fail(err, ENT_FORMAT, "%s: member '%s' is missing or not %zu hex digits", where,
                        name, 2 * size);
    return ENT_OK;
}

ent_code desk_number(ent_json json, const char *name, const char *where, int64_t min, int64_t max,
                     int64_t *number, ent_err *err)
{
    if (!ent_json_int(ent_json_get(json, name), number) || *number < min || *number > max)
        return ent_fail(err, ENT_FORMAT,
                        "%s: member '%s' is missing or no whole number from %lld to %lld", where,
                        name, (long long)min, (long long)max);
    return ENT_OK;
}

ent_code desk_members(ent_json json, const char *where, const char *const *names, ent_err *err)
{
    if (!ent_json_is(json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "%s: an object is wanted", where);
    for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);
        const char *const *known = names;

        while (*known != NULL && !ent_str_is(name, *known))
            known++;
        if (*known == NULL)
            return ent_fail(err, ENT_FORMAT, "%s: member '%.*s' is not known", where,
                            name.size > 60 ? 60 : (int)name.size, name.ptr);
    }
    return ENT_OK;
}

ent_code desk_bytes(ent_arena *arena, const store_doc *doc, ent_json json, const char *member,
                    ent_span *bytes, ent_err *err)
{
    *bytes = (ent_span){ doc->bytes.ptr, doc->bytes.size };
    return doc->bytes.size > 0
               ? ENT_OK
               : ent_base64_read(arena, ent_json_get_text(json, member), bytes, err);
}

ent_code desk_canon(ent_arena *arena, ent_str text, ent_str *canonical, ent_err *err)
{
    ent_json json;
    ent_buf buf;

    ENT_TRY(ent_json_read(arena, text, &json, err));
    ent_buf_init(&buf, arena);
    ENT_TRY(ent_json_canon(json, &buf, err));
    return ent_buf_done(&buf, canonical, err);
}

ent_code desk_canonical(ent_arena *arena, ent_str text, const char *where, ent_json *json,
                        ent_err *err)
{
    ent_str canonical;

    if (desk_canon(arena, text, &canonical, err) != ENT_OK ||
        ent_json_read(arena, text, json, err) != ENT_OK)
        return ent_context(err, "%s", where);
    if (!ent_str_equal(text, canonical))
        return ent_fail(err, ENT_FORMAT, "%s: not in canonical form [RFC 8785]", where);
    if (!ent_json_is(*json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "%s: an object is wanted", where);
    return ENT_OK;
}

struct doc_list {
    ent_arena *arena;
    store_doc *docs;
    size_t count, room;
};

static ent_code doc_take(void *arg, const store_doc *doc, ent_err *err)
{
    struct doc_list *list = arg;
    store_doc *to;

    if (list->count == list->room) {
        store_doc *grown = ent_arena_grow(list->arena, list->docs, &list->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        list->docs = grown;
    }
    to = &list->docs[list->count];
    to->time = doc->time;
    to->kind = ent_arena_str(list->arena, doc->kind);
    to->id = ent_arena_str(list->arena, doc->id);
    to->peer = ent_arena_str(list->arena, doc->peer);
    to->state = ent_arena_str(list->arena, doc->state);
    to->json = ent_arena_str(list->arena, doc->json);
    if (to->kind.ptr == NULL || to->id.ptr == NULL || to->peer.ptr == NULL ||
        to->state.ptr == NULL || to->json.ptr == NULL)
        return ent_fail_arena(err);
    list->count++;
    return ENT_OK;
}

ent_code desk_docs(desk *d, ent_arena *arena, const char *kind, const char *peer, const char *state,
                   store_doc **docs, size_t *count, ent_err *err)
{
    struct doc_list list = { .arena = arena };

    ENT_TRY(store_docs_each(d->store, kind, peer, state, doc_take, &list, err));
    *docs = list.docs;
    *count = list.count;
    return ENT_OK;
}

ent_code desk_doc_found(desk *d, ent_arena *arena, const char *kind, ent_str id, store_doc *doc,
                        bool *found, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc = store_doc_get(d->store, arena, kind, id, doc, &why);

    *found = rc == ENT_OK;
    if (rc != ENT_OK && rc != ENT_NOT_FOUND) {
        *err = why;
        return rc;
    }
    return ENT_OK;
}

void desk_put(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

ent_code desk_with(ent_arena *arena, ent_json object, const char *name, ent_str value,
                   ent_str *text, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_str_is(ent_json_name(v), name))
            continue;
        ent_jw_key_str(&w, ent_json_name(v));
        ent_jw_raw(&w, ent_json_raw(v));
    }
    ent_jw_key(&w, name);
    ent_jw_raw(&w, value);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

ent_code desk_with_item(ent_arena *arena, ent_json list, ent_str value, ent_str *text, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ent_jw_raw(&w, ent_json_raw(v));
    ent_jw_raw(&w, value);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

bool desk_list_has(ent_json list, ent_str text)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (ent_str_equal(ent_json_str(v), text))
            return true;
    return false;
}

ent_code desk_label(ent_arena *arena, const store_row *row, ent_json *object, policy_label *label,
                    ent_err *err)
{
    ENT_TRY(ent_json_read(arena, row->bytes, object, err));
    return holdings_label(arena, *object, row->handling, label, err);
}

ent_day desk_today(const desk *d)
{
    ent_time day = d->now / ENT_DAY_TIME;

    return (ent_day)(d->now % ENT_DAY_TIME < 0 ? day - 1 : day);
}

ent_code desk_erase_ask(desk *d, ent_str peer, ent_str entry, const char *side, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("erase"),
                      .id = entry,
                      .peer = peer,
                      .state = ent_str_of(side),
                      .time = d->now,
                      .json = ENT_STR("{}") };

    return store_doc_put(d->store, &doc, err);
}

ent_str desk_time_text(ent_arena *arena, ent_time time)
{
    char text[ENT_TIME_TEXT];

    ent_time_write(time, text);
    return ent_arena_str(arena, ent_str_of(text));
}

void desk_texts_write(ent_jw *w, const char *name, const ent_str *texts, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, texts[i]);
    ent_jw_end(w);
}

ent_code desk_texts_read(ent_arena *arena, ent_json list, ent_str **texts, size_t *count,
                         ent_err *err)
{
    *count = 0;
    *texts = ent_arena_array(arena, ent_json_count(list) + 1, sizeof **texts);
    if (*texts == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        (*texts)[(*count)++] = ent_json_str(v);
    return ENT_OK;
}

ent_code desk_assured(desk *d, ent_arena *arena, ent_str code, bool *yes, ent_err *err)
{
    *yes = false;
    return d->assured == NULL ? ENT_OK : d->assured(d->arg, arena, code, yes, err);
}

ent_code desk_officer_sign(const desk_officer *officer, const char *what, ent_str statement,
                           uint8_t signature[64], ent_err *err)
{
    ent_hash hash = link_approval_hash(what, statement);

    if (officer->sign == NULL)
        return ent_fail(
            err, ENT_DENIED,
            "this is signed with the key of '%s', which the passphrase opens: log in with it",
            officer->name);
    officer->sign(officer->arg, hash.bytes, ENT_HASH_SIZE, signature);
    if (!link_approval_verify(what, statement, officer->key, signature))
        return ent_fail(err, ENT_DENIED,
                        "the signature of '%s' does not verify under the key that this node knows",
                        officer->name);
    return ENT_OK;
}

ent_str desk_inside(ent_str object)
{
    return (ent_str){ object.ptr + 1, object.size - 2 };
}

ent_code desk_doc_extend(desk *d, ent_arena *arena, store_doc *doc, const char *state,
                         ent_str members, ent_err *err)
{
    if (members.ptr == NULL)
        return ent_fail_arena(err);
    doc->state = ent_str_of(state);
    doc->json = ent_arena_printf(arena, "%.*s,%.*s}", (int)(doc->json.size - 1), doc->json.ptr,
                                 ENT_STR_ARG(members));
    if (doc->json.ptr == NULL)
        return ent_fail_arena(err);
    return store_doc_put(d->store, doc, err);
}
