#include "node/clearance.h"

#include "desk/compartment.h"
#include "node/files.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT   ((size_t)8192)
#define PURPOSE_SIZE 64

static const struct {
    bool usual, protected_;
} by_role[NODE_ROLE_COUNT] = {
#define X(role, usual, protected_) [NODE_ROLE_##role] = { usual, protected_ },
#include "node/clearance.def"
#undef X
};

static const char *path_of(ent_arena *arena, const node_home *home, const char *name)
{
    return node_path(arena, "%s/keys/clearances/%s.json", home->path, name);
}

static bool category_read(ent_str name, unsigned *bit)
{
    for (int i = 0; i < (int)POLICY_CATEGORY_COUNT; i++)
        if (ent_str_is(name, policy_category_name((policy_category)i))) {
            *bit = POLICY_BIT(i);
            return true;
        }
    return false;
}

static void role_give(node_role role, desk_audience *audience)
{
    audience->any_purpose = true;
    for (int i = 0; i < (int)POLICY_CATEGORY_COUNT; i++)
        if (policy_protected((policy_category)i) ? by_role[role].protected_ : by_role[role].usual)
            audience->categories |= POLICY_BIT(i);
}

static ent_code file_take(ent_arena *arena, ent_str text, desk_audience *audience, ent_err *err)
{
    ent_json json, list;
    unsigned bit;

    ENT_TRY(ent_json_read(arena, text, &json, err));
    audience->any_purpose = false;
    audience->categories = 0;
    list = ent_json_get(json, "purposes");
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_str_is(ent_json_str(v), "*"))
            audience->any_purpose = true;
        else if (audience->purpose_count < POLICY_LIST)
            audience->purposes[audience->purpose_count++] = ent_json_str(v);
    }
    list = ent_json_get(json, "categories");
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (category_read(ent_json_str(v), &bit))
            audience->categories |= bit;
    list = ent_json_get(json, "compartments");
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (audience->compartment_count < POLICY_LIST)
            audience->compartments[audience->compartment_count++] = ent_json_str(v);
    return ENT_OK;
}

ent_code node_clearance_get(ent_arena *arena, const node_home *home, const node_user *user,
                            desk_audience *audience, ent_err *err)
{
    ent_str text;
    ent_code rc;

    *audience = (desk_audience){ .name = ent_arena_str(arena, ent_str_of(user->name)) };
    if (audience->name.ptr == NULL)
        return ent_fail_arena(err);
    audience->any_compartment = user->role == NODE_ROLE_OVERSIGHT;
    rc = node_file_read(arena, path_of(arena, home, user->name), FILE_LIMIT, &text, err);
    if (rc == ENT_NOT_FOUND) {
        *err = (ent_err){ 0 };
        role_give(user->role, audience);
        return ENT_OK;
    }
    return rc == ENT_OK ? file_take(arena, text, audience, err) : rc;
}

static ent_code purposes_take(ent_arena *arena, const char *text, desk_audience *audience,
                              ent_err *err)
{
    audience->any_purpose = strcmp(text, "*") == 0;
    audience->purpose_count = 0;
    while (*text != '\0' && !audience->any_purpose) {
        size_t size = strcspn(text, ",");

        if (size == 0 || size > PURPOSE_SIZE || audience->purpose_count == POLICY_LIST)
            return ent_fail(err, ENT_USAGE, "a purpose is a word; there are at most %d",
                            (int)POLICY_LIST);
        audience->purposes[audience->purpose_count] = ent_arena_str(arena, (ent_str){ text, size });
        if (audience->purposes[audience->purpose_count++].ptr == NULL)
            return ent_fail_arena(err);
        text += size;
        text += *text == ',';
    }
    return ENT_OK;
}

static ent_code compartments_take(ent_arena *arena, const char *text, desk_audience *audience,
                                  ent_err *err)
{
    audience->compartment_count = 0;
    while (*text != '\0') {
        ent_str name = { text, strcspn(text, ",") };

        if (!desk_compartment_name(name) || audience->compartment_count == POLICY_LIST)
            return ent_fail(
                err, ENT_USAGE,
                "a compartment's name is 1 to %d of A-Z 0-9 and '-'; there are at most %d",
                DESK_COMPARTMENT_NAME, (int)POLICY_LIST);
        audience->compartments[audience->compartment_count] = ent_arena_str(arena, name);
        if (audience->compartments[audience->compartment_count++].ptr == NULL)
            return ent_fail_arena(err);
        text += name.size;
        text += *text == ',';
    }
    return ENT_OK;
}

static ent_code categories_take(const char *text, desk_audience *audience, ent_err *err)
{
    unsigned bit;

    audience->categories = strcmp(text, "*") == 0 ? POLICY_BIT(POLICY_CATEGORY_COUNT) - 1 : 0;
    while (*text != '\0' && *text != '*') {
        ent_str name = { text, strcspn(text, ",") };

        if (!category_read(name, &bit))
            return ent_fail(err, ENT_USAGE,
                            "'%.*s' is no category; they are none unknown professional contact "
                            "suspect witness victim minor",
                            ENT_STR_ARG(name));
        audience->categories |= bit;
        text += name.size;
        text += *text == ',';
    }
    return ENT_OK;
}

void node_clearance_write(const desk_audience *audience, ent_jw *w)
{
    ent_jw_key(w, "purposes");
    ent_jw_array(w);
    if (audience->any_purpose)
        ent_jw_c(w, "*");
    for (size_t i = 0; i < audience->purpose_count; i++)
        ent_jw_str(w, audience->purposes[i]);
    ent_jw_end(w);
    ent_jw_key(w, "categories");
    ent_jw_array(w);
    for (int i = 0; i < (int)POLICY_CATEGORY_COUNT; i++)
        if ((audience->categories & POLICY_BIT(i)) != 0)
            ent_jw_c(w, policy_category_name((policy_category)i));
    ent_jw_end(w);
    ent_jw_key(w, "compartments");
    ent_jw_array(w);
    if (audience->any_compartment)
        ent_jw_c(w, "*");
    for (size_t i = 0; i < audience->compartment_count; i++)
        ent_jw_str(w, audience->compartments[i]);
    ent_jw_end(w);
}

ent_code node_clearance_set(ent_arena *arena, const node_home *home, const node_user *user,
                            const char *purposes, const char *categories, const char *compartments,
                            ent_err *err)
{
    const char *folder = node_path(arena, "%s/keys/clearances", home->path);
    desk_audience audience;
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(node_clearance_get(arena, home, user, &audience, err));
    if (purposes != NULL)
        ENT_TRY(purposes_take(arena, purposes, &audience, err));
    if (categories != NULL)
        ENT_TRY(categories_take(categories, &audience, err));
    if (compartments != NULL)
        ENT_TRY(compartments_take(arena, compartments, &audience, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    node_clearance_write(&audience, &w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return ent_fail(err, ENT_IO, "cannot make '%s': %s", folder, strerror(errno));
    return node_file_write(path_of(arena, home, user->name), ent_span_of_str(text), 0600, err);
}

ent_code node_clearance_reset(ent_arena *arena, const node_home *home, const node_user *user,
                              ent_err *err)
{
    const char *path = path_of(arena, home, user->name);

    if (unlink(path) != 0 && errno != ENOENT)
        return ent_fail(err, ENT_IO, "cannot remove '%s': %s", path, strerror(errno));
    return ENT_OK;
}
