/* The bodies of tips, requests and messages: the same check at both ends. */
#include "casework/say.h"

#include "base/limits.h"
#include "base/text.h"
#include "psi/keyform.h"

static const struct {
    const char *name, *kinds;
} members[] = {
#define X(name, kinds) { name, kinds },
#include "casework/members.def"
#undef X
};

static const char kind_letters[] = { 't', 'r', 'm' };

static const char *where_of(casework_kind kind)
{
    static const char *const where[] = { "a tip", "a request", "a message" };

    return where[kind];
}

static ent_code members_check(casework_kind kind, ent_json body, ent_err *err)
{
    char may = kind_letters[kind], must = (char)(may - 'a' + 'A');
    size_t known = 0;

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        bool there = ent_json_get(body, members[i].name).doc != NULL;

        if (strchr(members[i].kinds, must) != NULL && !there)
            return ent_fail(err, ENT_FORMAT, "%s: member '%s' is missing", where_of(kind),
                            members[i].name);
        known += there &&
                 (strchr(members[i].kinds, may) != NULL || strchr(members[i].kinds, must) != NULL);
    }
    if (known != ent_json_count(body))
        return ent_fail(err, ENT_FORMAT, "%s: it has a member that it may not have",
                        where_of(kind));
    return ENT_OK;
}

static ent_code texts_check(const char *where, ent_json list, const char *name, bool uuids,
                            ent_err *err)
{
    if (list.doc == NULL)
        return ENT_OK;
    if (!ent_json_is(list, ENT_JSON_ARRAY) || ent_json_count(list) == 0 ||
        ent_json_count(list) > ENT_LIMIT_CASE_LIST)
        return ent_fail(err, ENT_FORMAT, "%s: '%s' is no list of 1 to %d", where, name,
                        ENT_LIMIT_CASE_LIST);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str text = ent_json_str(v);

        if (text.size == 0 || text.size > ENT_LIMIT_NAME_SIZE || (uuids && !ent_uuid_valid(text)))
            return ent_fail(err, ENT_FORMAT, "%s: an entry of '%s' is no %s", where, name,
                            uuids ? "UUID" : "short text");
    }
    return ENT_OK;
}

static ent_code keys_check(ent_arena *arena, const char *where, ent_json keys, ent_err *err)
{
    for (ent_json v = ent_json_first(keys); v.doc != NULL; v = ent_json_next(v)) {
        ent_str canonical;

        if (psi_key_canon(arena, ent_json_str(v), &canonical, err) != ENT_OK)
            return ent_context(err, "%s", where);
        if (!ent_str_equal(canonical, ent_json_str(v)))
            return ent_fail(err, ENT_FORMAT, "%s: a key is not in its normal form", where);
    }
    return ENT_OK;
}

static ent_code subject_check(const char *where, ent_json list, ent_err *err)
{
    static const char *const names[] = { "birth", "name", NULL };

    if (list.doc == NULL)
        return ENT_OK;
    if (!ent_json_is(list, ENT_JSON_ARRAY) || ent_json_count(list) == 0 ||
        ent_json_count(list) > ENT_LIMIT_CASE_LIST)
        return ent_fail(err, ENT_FORMAT, "%s: 'subject' is no list of 1 to %d", where,
                        ENT_LIMIT_CASE_LIST);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name, birth = ent_json_get_text(v, "birth");
        ent_days days;

        ENT_TRY(desk_members(v, where, names, err));
        ENT_TRY(desk_text(v, "name", where, &name, err));
        if (name.size > ENT_LIMIT_NAME_SIZE)
            return ent_fail(err, ENT_LIMIT, "%s: a name is too long", where);
        if (ent_json_get(v, "birth").doc != NULL && ent_days_read(birth, &days, err) != ENT_OK)
            return ent_context(err, "%s: a date of birth", where);
    }
    return ENT_OK;
}

static ent_code within_check(const char *where, ent_json within, ent_err *err)
{
    static const char *const names[] = { "acknowledge", "answer", NULL };
    int64_t seconds;

    ENT_TRY(desk_members(within, where, names, err));
    ENT_TRY(desk_number(within, "acknowledge", where, 60, 31536000, &seconds, err));
    return desk_number(within, "answer", where, 60, 315360000, &seconds, err);
}

static ent_code texts_all_check(casework_kind kind, ent_json body, ent_err *err)
{
    static const char *const shorts[] = { "rating", "reference", "handling", "class", "why", NULL };
    const char *where = where_of(kind);
    ent_str text;

    ENT_TRY(desk_text(body, "text", where, &text, err));
    if (text.size > ENT_LIMIT_CASE_TEXT)
        return ent_fail(err, ENT_LIMIT, "%s: its text is larger than %d bytes", where,
                        ENT_LIMIT_CASE_TEXT);
    for (const char *const *name = shorts; *name != NULL; name++) {
        if (ent_json_get(body, *name).doc == NULL)
            continue;
        ENT_TRY(desk_text(body, *name, where, &text, err));
        if (text.size > 200)
            return ent_fail(err, ENT_LIMIT, "%s: '%s' is longer than 200 bytes", where, *name);
    }
    return ENT_OK;
}

static ent_code times_check(casework_kind kind, ent_json body, ent_err *err)
{
    const char *where = where_of(kind);
    ent_str text;
    ent_time time;

    ENT_TRY(desk_text(body, "time", where, &text, err));
    if (ent_time_read(text, &time, err) != ENT_OK)
        return ent_context(err, "%s", where);
    if (ent_json_get(body, "departs").doc == NULL)
        return ENT_OK;
    if (ent_time_read(ent_json_get_text(body, "departs"), &time, err) != ENT_OK)
        return ent_context(err, "%s: 'departs'", where);
    return ENT_OK;
}

ent_code casework_body_read(ent_arena *arena, casework_kind kind, ent_str text, ent_json *body,
                            ent_err *err)
{
    const char *where = where_of(kind);
    casework_precedence precedence;
    ent_str id;

    ENT_TRY(desk_canonical(arena, text, where, body, err));
    ENT_TRY(members_check(kind, *body, err));
    ENT_TRY(desk_uuid(*body, "id", where, &id, err));
    ENT_TRY(desk_text(*body, "agreement", where, &id, err));
    ENT_TRY(desk_text(*body, "purpose", where, &id, err));
    if (!casework_precedence_read(ent_json_get_text(*body, "precedence"), &precedence))
        return ent_fail(err, ENT_FORMAT, "%s: its precedence is not known", where);
    ENT_TRY(texts_all_check(kind, *body, err));
    ENT_TRY(times_check(kind, *body, err));
    ENT_TRY(within_check(where, ent_json_get(*body, "within"), err));
    ENT_TRY(texts_check(where, ent_json_get(*body, "keys"), "keys", false, err));
    ENT_TRY(keys_check(arena, where, ent_json_get(*body, "keys"), err));
    ENT_TRY(texts_check(where, ent_json_get(*body, "also"), "also", false, err));
    ENT_TRY(texts_check(where, ent_json_get(*body, "releases"), "releases", true, err));
    if (ent_json_get(*body, "thread").doc != NULL)
        ENT_TRY(desk_uuid(*body, "thread", where, &id, err));
    return subject_check(where, ent_json_get(*body, "subject"), err);
}
