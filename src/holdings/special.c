#include "holdings/special.h"

#include "base/json_write.h"
#include "formats/formats.h"
#include "stix/model.h"

struct cutting {
    ent_str type;
    const stix_type *known; /* NULL: a type that is in no table */
    size_t cut;
    ent_jw w;
};

/* Types whose objects are, or belong to, a person; what nobody knows may be. */
static bool of_person(ent_str type)
{
    static const char *const types[] = { "identity",     "identity-document", "threat-actor",
                                         "user-account", "email-addr",        "phone-number",
                                         "bank-account", "forensic-signature" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ent_str_is(type, types[i]))
            return true;
    return stix_type_find(type) == NULL;
}

/* So many members of it are left out: itself, or all that it has, for STIX has no empty object. */
static size_t special(ent_json member, bool whole)
{
    size_t inside = 0;

    if (formats_special(ent_json_name(member)))
        return 1;
    if (whole || !ent_json_is(member, ENT_JSON_OBJECT))
        return 0;
    for (ent_json v = ent_json_first(member); v.doc != NULL; v = ent_json_next(v)) {
        if (!formats_special(ent_json_name(v)))
            return 0;
        inside++;
    }
    return inside;
}

static void value_write(struct cutting *c, ent_json value);

static void member_write(struct cutting *c, ent_json member, bool whole)
{
    size_t left_out = special(member, whole);

    c->cut += left_out;
    if (left_out > 0)
        return;
    ent_jw_key_str(&c->w, ent_json_name(member));
    if (whole)
        ent_jw_raw(&c->w, ent_json_raw(member));
    else
        value_write(c, member);
}

/* Anything that a maker put there. */
static void value_write(struct cutting *c, ent_json value)
{
    bool object = ent_json_is(value, ENT_JSON_OBJECT);

    if (!object && !ent_json_is(value, ENT_JSON_ARRAY)) {
        ent_jw_raw(&c->w, ent_json_raw(value));
        return;
    }
    if (object)
        ent_jw_object(&c->w);
    else
        ent_jw_array(&c->w);
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        if (object)
            member_write(c, v, false);
        else
            value_write(c, v);
    }
    ent_jw_end(&c->w);
}

/* What the specification describes has no such member, and its dictionaries have keys of other
 * things (the variables of a process). */
static bool described(const struct cutting *c, ent_json member)
{
    ent_str name = ent_json_name(member);

    return c->known != NULL && (stix_property_find(c->known, name) != NULL ||
                                stix_common_find((stix_class)c->known->class_, name) != NULL);
}

static void object_write(struct cutting *c, ent_json object)
{
    ent_jw_object(&c->w);
    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v))
        member_write(c, v, described(c, v) && !ent_str_is(ent_json_name(v), "extensions"));
    ent_jw_end(&c->w);
}

/* Is there any such name at all?  Mostly not, and then nothing is written. */
static bool named(ent_json object)
{
    for (ent_json v = object; v.doc != NULL; v = ent_json_walk(object, v))
        if (formats_special(ent_json_name(v)))
            return true;
    return false;
}

ent_code holdings_special_cut(ent_arena *arena, ent_json *object, size_t *cut, ent_err *err)
{
    struct cutting c = { .type = ent_json_get_text(*object, "type") };
    ent_buf buf;
    ent_str text;

    *cut = 0;
    if (!ent_json_is(*object, ENT_JSON_OBJECT) || !of_person(c.type) || !named(*object))
        return ENT_OK;
    c.known = stix_type_find(c.type);
    ent_buf_init(&buf, arena);
    ent_jw_init(&c.w, &buf);
    object_write(&c, *object);
    if (c.cut == 0)
        return ENT_OK;
    *cut = c.cut;
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return ent_json_read(arena, text, object, err);
}
