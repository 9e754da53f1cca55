#include "entente/stix.h"

#include "base/call.h"
#include "stix/check.h"
#include "stix/match.h"
#include "stix/sco_id.h"
#include "stix/together.h"

#include <stdio.h>

#define API_MEMORY ((size_t)1 << 30)

/* ---- check ---- */

/* What was found in one object; kept until both lists are written. */
typedef struct found {
    stix_report report;
    size_t at; /* in its bundle; SIZE_MAX: in none */
    struct found *next;
} found;

static ent_code object_check(ent_call *call, ent_json object, size_t at, bool old,
                             stix_together *together, found ***link)
{
    found *f = ent_arena_alloc(call->arena, sizeof *f);

    if (f == NULL)
        return ent_fail_arena(&call->err);
    f->at = at;
    stix_report_init(&f->report, call->arena);
    stix_check_in(object, old, &f->report);
    if (together != NULL)
        ENT_TRY(stix_together_add(together, object, &f->report, &call->err));
    if (f->report.full)
        return ent_fail_arena(&call->err);
    **link = f;
    *link = &f->next;
    return ENT_OK;
}

static void issue_write(ent_call *call, const found *f, const stix_issue *issue)
{
    ent_buf inside, path, message;

    ent_buf_init(&inside, call->arena);
    ent_buf_init(&path, call->arena);
    ent_buf_init(&message, call->arena);
    stix_issue_path(&f->report, issue, &inside);
    if (f->at != SIZE_MAX)
        ent_buf_printf(&path, "objects.[%zu]%s", f->at, inside.size == 0 ? "" : ".");
    ent_buf_put(&path, inside.ptr, inside.size);
    stix_issue_message(issue, &message);
    ent_jw_object(&call->w);
    ent_jw_key(&call->w, "rule");
    ent_jw_c(&call->w, stix_rule_name(issue->rule));
    ent_jw_key(&call->w, "path");
    ent_jw_str(&call->w, path.size == 0 ? ENT_STR("") : (ent_str){ path.ptr, path.size });
    ent_jw_key(&call->w, "message");
    ent_jw_str(&call->w, message.size == 0 ? ENT_STR("") : (ent_str){ message.ptr, message.size });
    ent_jw_key(&call->w, "spec");
    ent_jw_c(&call->w, stix_rule_specification(issue->rule));
    ent_jw_end(&call->w);
}

static void issues_write(ent_call *call, const found *first, stix_level level)
{
    ent_jw_key(&call->w, level == STIX_MUST ? "errors" : "warnings");
    ent_jw_array(&call->w);
    for (const found *f = first; f != NULL; f = f->next)
        for (size_t i = 0; i < f->report.count; i++)
            if (stix_rule_level(f->report.issues[i].rule) == level)
                issue_write(call, f, &f->report.issues[i]);
    ent_jw_end(&call->w);
}

static ent_code check_all(ent_call *call, ent_json object, found **first)
{
    ent_json list = ent_json_get(object, "objects");
    bool old = ent_str_is(ent_json_get_text(object, "spec_version"), "2.0");
    found **link = first;
    stix_together *together;
    size_t at = 0;

    ENT_TRY(object_check(call, object, SIZE_MAX, false, NULL, &link));
    if (!ent_str_is(ent_json_get_text(object, "type"), "bundle") ||
        !ent_json_is(list, ENT_JSON_ARRAY))
        return ENT_OK;
    together = stix_together_new(call->arena);
    if (together == NULL)
        return ent_fail_arena(&call->err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(object_check(call, v, at++, old, together, &link));
    return ENT_OK;
}

static ent_code check_write(ent_call *call, const char *json)
{
    ent_json object;
    found *first = NULL;
    bool valid = true;

    ENT_TRY(ent_json_read(call->arena, ent_str_of(json), &object, &call->err));
    ENT_TRY(check_all(call, object, &first));
    for (const found *f = first; f != NULL; f = f->next)
        valid = valid && f->report.errors == 0;
    ent_jw_object(&call->w);
    ent_jw_key(&call->w, "valid");
    ent_jw_bool(&call->w, valid);
    issues_write(call, first, STIX_MUST);
    issues_write(call, first, STIX_SHOULD);
    ent_jw_end(&call->w);
    return ENT_OK;
}

int stix_api_check(const char *json, char *out, size_t room)
{
    ent_call call;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK)
        rc = check_write(&call, json);
    return ent_call_end(&call, rc, out, room);
}

/* ---- patterns ---- */

int stix_api_pattern(const char *pattern, char *out, size_t room)
{
    ent_call call;
    stix_node *node;
    size_t column = 1;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK) {
        ent_err why = { 0 };
        bool valid =
            stix_pattern_read(call.arena, ent_str_of(pattern), &node, &column, &why) == ENT_OK;

        ent_jw_object(&call.w);
        ent_jw_key(&call.w, "valid");
        ent_jw_bool(&call.w, valid);
        if (!valid) {
            ent_jw_key(&call.w, "error");
            ent_jw_object(&call.w);
            ent_jw_key(&call.w, "column");
            ent_jw_int(&call.w, (int64_t)column);
            ent_jw_key(&call.w, "message");
            ent_jw_c(&call.w, why.msg);
            ent_jw_end(&call.w);
        }
        ent_jw_end(&call.w);
    }
    return ent_call_end(&call, rc, out, room);
}

static ent_code match_write(ent_call *call, const char *pattern, const char *observed)
{
    stix_observations *observations = stix_observations_new(call->arena);
    stix_match_result result;
    stix_matcher *matcher;
    stix_node *node;
    ent_json value;
    size_t column;

    if (observations == NULL)
        return ent_fail_arena(&call->err);
    ENT_TRY(stix_pattern_read(call->arena, ent_str_of(pattern), &node, &column, &call->err));
    ENT_TRY(stix_matcher_new(call->arena, node, &matcher, &call->err));
    ENT_TRY(ent_json_read(call->arena, ent_str_of(observed), &value, &call->err));
    if (ent_json_is(value, ENT_JSON_ARRAY)) {
        for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
            ENT_TRY(stix_observations_add_all(observations, v, &call->err));
    } else {
        ENT_TRY(stix_observations_add_all(observations, value, &call->err));
    }
    ENT_TRY(stix_match(matcher, observations, call->arena, &result, &call->err));
    ent_jw_object(&call->w);
    ent_jw_key(&call->w, "matched");
    ent_jw_bool(&call->w, result.matched);
    ent_jw_key(&call->w, "objects");
    ent_jw_array(&call->w);
    for (size_t i = 0; i < result.count; i++)
        ent_jw_str(&call->w, result.ids[i]);
    ent_jw_end(&call->w);
    ent_jw_end(&call->w);
    return ENT_OK;
}

int stix_api_match(const char *pattern, const char *observed, char *out, size_t room)
{
    ent_call call;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK)
        rc = match_write(&call, pattern, observed);
    return ent_call_end(&call, rc, out, room);
}

/* ---- ids and canonical form ---- */

int stix_api_id(const char *object, char *out, size_t room)
{
    ent_call call;
    ent_json value;
    ent_str id = ENT_STR_NONE;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK &&
        (rc = ent_json_read(call.arena, ent_str_of(object), &value, &call.err)) == ENT_OK)
        rc = stix_sco_id(call.arena, value, &id, &call.err);
    if (rc == ENT_OK)
        ent_jw_str(&call.w, id);
    return ent_call_end(&call, rc, out, room);
}

int stix_api_canon(const char *json, char *out, size_t room)
{
    ent_call call;
    ent_json value;
    ent_code rc = ent_call_begin(&call, API_MEMORY);

    if (rc == ENT_OK &&
        (rc = ent_json_read(call.arena, ent_str_of(json), &value, &call.err)) == ENT_OK)
        rc = ent_json_canon(value, &call.buf, &call.err);
    return ent_call_end(&call, rc, out, room);
}
