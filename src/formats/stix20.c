/* STIX 2.0 objects as 2.1: the version stood on the bundle, some members had other names.
 *
 * Id and times stay, because it is the same version of the same object. */
#include "formats/json_int.h"

#include "stix/check.h"

static const struct {
    const char *type, *old, *new;
} renamed[] = {
#define X(type, old, new) { (type), (old), (new) },
#include "formats/stix20.def"
#undef X
};

/* Types that 2.1 brought: without spec_version they are wrong, and not old. */
static const char *const newer[] = { "grouping", "incident", "infrastructure",  "location",
                                     "note",     "opinion",  "malware-analysis" };

bool formats_is_stix20(ent_json object)
{
    ent_json version = ent_json_get(object, "spec_version");
    ent_str type = ent_json_get_text(object, "type");
    stix_class class_;

    if (type.size == 0 || ent_str_is(type, "bundle") ||
        (version.doc != NULL && !ent_str_is(ent_json_str(version), "2.0")))
        return false;
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        if (ent_str_is(type, newer[i]))
            return false;
    class_ = stix_class_of(object);
    if (class_ == STIX_UNKNOWN) /* somebody's own: 2.1 would say so */
        return ent_json_get(object, "modified").doc != NULL &&
               ent_json_get(object, "extensions").doc == NULL;
    return class_ == STIX_SDO || class_ == STIX_SRO || class_ == STIX_MARKING;
}

static void value_write(ent_jw *w, ent_str name, ent_json value);

static void key_write(ent_jw *w, ent_str type, ent_json object, ent_str name)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (ent_str_is(type, renamed[i].type) && ent_str_is(name, renamed[i].old) &&
            ent_json_get(object, renamed[i].new).doc == NULL) {
            ent_jw_key(w, renamed[i].new);
            return;
        }
    ent_jw_key_str(w, name);
}

/* The members of an observable of observed-data, whose names changed too. */
static void observable_write(ent_jw *w, ent_json object)
{
    ent_str type = ent_json_get_text(object, "type");

    ent_jw_object(w);
    for (ent_json m = ent_json_first(object); m.doc != NULL; m = ent_json_next(m)) {
        key_write(w, type, object, ent_json_name(m));
        value_write(w, ent_json_name(m), m);
    }
    ent_jw_end(w);
}

/* 2.0 wrote "ssdeep" where 2.1 writes "SSDEEP"; everything else as it stands. */
static void value_write(ent_jw *w, ent_str name, ent_json value)
{
    bool hashes = ent_str_is(name, "hashes");

    if (ent_json_is(value, ENT_JSON_OBJECT)) {
        ent_jw_object(w);
        for (ent_json m = ent_json_first(value); m.doc != NULL; m = ent_json_next(m)) {
            if (hashes && ent_str_is(ent_json_name(m), "ssdeep") &&
                ent_json_get(value, "SSDEEP").doc == NULL)
                ent_jw_key(w, "SSDEEP");
            else
                ent_jw_key_str(w, ent_json_name(m));
            value_write(w, ent_json_name(m), m);
        }
        ent_jw_end(w);
    } else if (ent_json_is(value, ENT_JSON_ARRAY)) {
        ent_jw_array(w);
        for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
            value_write(w, ENT_STR(""), v);
        ent_jw_end(w);
    } else {
        ent_jw_raw(w, ent_json_raw(value));
    }
}

static void objects_write(ent_jw *w, ent_json objects)
{
    ent_jw_key(w, "objects");
    ent_jw_object(w);
    for (ent_json o = ent_json_first(objects); o.doc != NULL; o = ent_json_next(o)) {
        ent_jw_key_str(w, ent_json_name(o));
        observable_write(w, o);
    }
    ent_jw_end(w);
}

/* What 2.1 requires and 2.0 did not know. */
static void added_write(ent_jw *w, ent_str type, ent_json object)
{
    if (ent_str_is(type, "indicator") && ent_json_get(object, "pattern_type").doc == NULL) {
        ent_jw_key(w, "pattern_type");
        ent_jw_c(w, "stix");
    }
    /* 2.0 described "samples and families"; what has a name and no sample is a family. */
    if (ent_str_is(type, "malware") && ent_json_get(object, "is_family").doc == NULL) {
        ent_jw_key(w, "is_family");
        ent_jw_bool(w, true);
    }
}

ent_code formats_stix20_read(ent_arena *arena, ent_json old, ent_json *object, ent_err *err)
{
    ent_str type = ent_json_get_text(old, "type"), text;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_str(&w, type);
    ent_jw_key(&w, "spec_version");
    ent_jw_c(&w, "2.1");
    for (ent_json m = ent_json_first(old); m.doc != NULL; m = ent_json_next(m)) {
        ent_str name = ent_json_name(m);

        if (ent_str_is(name, "type") || ent_str_is(name, "spec_version"))
            continue;
        if (ent_str_is(type, "observed-data") && ent_str_is(name, "objects") &&
            ent_json_is(m, ENT_JSON_OBJECT)) {
            objects_write(&w, m);
            continue;
        }
        key_write(&w, type, old, name);
        value_write(&w, name, m);
    }
    added_write(&w, type, old);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return ent_json_read(arena, text, object, err);
}
