#include "stix/version.h"

#include "base/json_write.h"
#include "stix/check.h"
#include "stix/format.h"
#include "stix/model.h"

ent_str stix_version_of(ent_json object)
{
    ent_str modified = ent_json_get_text(object, "modified");

    return modified.ptr != NULL ? modified : ent_json_get_text(object, "created");
}

int stix_version_compare(ent_json a, ent_json b)
{
    ent_str va = stix_version_of(a), vb = stix_version_of(b);
    bool ok_a = va.ptr != NULL && stix_timestamp_ok(va),
         ok_b = vb.ptr != NULL && stix_timestamp_ok(vb);

    return ok_a && ok_b ? stix_timestamp_compare(va, vb) : (int)ok_a - (int)ok_b;
}

/* In 2.0 a bundle had the version, observables had no id, and other objects said nothing. */
const char *stix_spec_version(ent_json object)
{
    ent_json version = ent_json_get(object, "spec_version");
    const stix_type *type = stix_type_find(ent_json_get_text(object, "type"));

    if (type != NULL && type->class_ == STIX_BUNDLE)
        return version.doc != NULL ? "2.0" : "2.1";
    if (version.doc != NULL)
        return ent_str_is(ent_json_str(version), "2.0") ? "2.0" : "2.1";
    if (ent_json_get(object, "id").doc == NULL)
        return "2.0";
    return type != NULL && type->class_ == STIX_SCO ? "2.1" : "2.0";
}

/* ---- custom ---- */

static bool is_custom(const stix_type *type, ent_json member)
{
    ent_str name = ent_json_name(member);

    return type != NULL && stix_property_find(type, name) == NULL &&
           stix_common_find((stix_class)type->class_, name) == NULL;
}

bool stix_is_custom(ent_json object)
{
    const stix_type *type = stix_type_find(ent_json_get_text(object, "type"));

    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v))
        if (type == NULL || is_custom(type, v))
            return true;
    return false;
}

/* ---- writing ---- */

static ent_code versioned(ent_json object, ent_err *err)
{
    ent_str type = ent_json_get_text(object, "type");
    stix_class class_ = stix_class_of(object);

    if (class_ == STIX_MARKING || class_ == STIX_BUNDLE ||
        (class_ == STIX_SCO && ent_json_get(object, "created").doc == NULL))
        return ent_fail(err, ENT_DENIED, "a %.*s has no versions [STIX 2.1 s3.6]",
                        ENT_STR_ARG(type));
    if (ent_json_get(object, "created").doc == NULL)
        return ent_fail(err, ENT_DENIED, "without 'created' there are no versions [STIX 2.1 s3.6]");
    if (ent_json_true(ent_json_get(object, "revoked")))
        return ent_fail(err, ENT_DENIED, "the object is revoked for good [STIX 2.1 s3.6]");
    return ENT_OK;
}

/* Whether the object's id is computed from this property. */
static bool in_id(ent_json object, ent_str name)
{
    const stix_type *type = stix_type_find(ent_json_get_text(object, "type"));
    const stix_property *row = type == NULL ? NULL : stix_property_find(type, name);
    int version = 0;

    return row != NULL && (row->flags & STIX_IDC) != 0 &&
           stix_id_split(ent_json_get_text(object, "id"), NULL, &version) && version == 5;
}

static ent_code changes_check(ent_json object, ent_json changes, bool custom, ent_err *err)
{
    static const char *const fixed[] = { "type", "id", "created", "created_by_ref" };
    const stix_type *type = stix_type_find(ent_json_get_text(object, "type"));

    for (ent_json v = ent_json_first(changes); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);
        bool denied = in_id(object, name);

        for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
            denied = denied || ent_str_is(name, fixed[i]);
        if (denied)
            return ent_fail(err, ENT_DENIED, "'%.*s' stays in every version [STIX 2.1 s3.6]",
                            ENT_STR_ARG(name));
        if (!custom && is_custom(type, v) && !ent_json_is(v, ENT_JSON_NULL))
            return ent_fail(err, ENT_FORMAT, "'%.*s' is not in the specification [STIX 2.1 s11.1]",
                            ENT_STR_ARG(name));
    }
    /* What is custom already and is not taken away needs leave, too. */
    for (ent_json v = ent_json_first(object); !custom && v.doc != NULL; v = ent_json_next(v))
        if (is_custom(type, v) && ent_json_get_str(changes, ent_json_name(v)).doc == NULL)
            return ent_fail(err, ENT_FORMAT, "'%.*s' is not in the specification [STIX 2.1 s11.1]",
                            ENT_STR_ARG(ent_json_name(v)));
    return ENT_OK;
}

static ent_code modified_check(ent_json object, ent_str modified, ent_err *err)
{
    ent_str before = stix_version_of(object);

    if (!stix_timestamp_ok(modified) || stix_timestamp_digits(modified) < 3)
        return ent_fail(err, ENT_FORMAT, "'%.*s' is no time of a version [STIX 2.1 s3.2]",
                        ENT_STR_ARG(modified));
    if (before.ptr != NULL && stix_timestamp_ok(before) &&
        stix_timestamp_compare(modified, before) <= 0)
        return ent_fail(err, ENT_FORMAT, "a new version must be later than %.*s [STIX 2.1 s3.6]",
                        ENT_STR_ARG(before));
    return ENT_OK;
}

static void member_write(ent_jw *w, ent_json value)
{
    ent_jw_key_str(w, ent_json_name(value));
    ent_jw_raw(w, ent_json_raw(value));
}

ent_code stix_new_version(ent_arena *arena, ent_json object, ent_json changes, bool custom,
                          ent_str modified, ent_str *out, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ENT_TRY(versioned(object, err));
    ENT_TRY(changes_check(object, changes, custom, err));
    ENT_TRY(modified_check(object, modified, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v)) {
        ent_json changed = ent_json_get_str(changes, ent_json_name(v));

        if (!ent_str_is(ent_json_name(v), "modified") && !ent_json_is(changed, ENT_JSON_NULL))
            member_write(&w, changed.doc != NULL ? changed : v);
    }
    for (ent_json v = ent_json_first(changes); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_get_str(object, ent_json_name(v)).doc == NULL &&
            !ent_json_is(v, ENT_JSON_NULL) && !ent_str_is(ent_json_name(v), "modified"))
            member_write(&w, v);
    ent_jw_key(&w, "modified");
    ent_jw_str(&w, modified);
    ent_jw_end(&w);
    return ent_buf_done(&buf, out, err);
}

ent_code stix_revoke(ent_arena *arena, ent_json object, ent_str modified, ent_str *out,
                     ent_err *err)
{
    ent_json changes;

    ENT_TRY(ent_json_read(arena, ENT_STR("{\"revoked\":true}"), &changes, err));
    return stix_new_version(arena, object, changes, true, modified, out, err);
}

ent_code stix_remove_custom(ent_arena *arena, ent_json object, ent_str modified, ent_str *out,
                            ent_err *err)
{
    const stix_type *type = stix_type_find(ent_json_get_text(object, "type"));
    ent_buf buf;
    ent_jw w;

    if (modified.ptr != NULL) {
        ENT_TRY(versioned(object, err));
        ENT_TRY(modified_check(object, modified, err));
    }
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v)) {
        if (is_custom(type, v))
            continue;
        if (modified.ptr == NULL || !ent_str_is(ent_json_name(v), "modified")) {
            member_write(&w, v);
            continue;
        }
        ent_jw_key(&w, "modified");
        ent_jw_str(&w, modified);
    }
    ent_jw_end(&w);
    return ent_buf_done(&buf, out, err);
}
