/* The `extensions` of an object (s3.2, s3.10, s7.3, s11.3). */
#include "stix/check_int.h"

#include "stix/extension_ids.h"
#include "stix/format.h"

static bool definition_id(ent_str key)
{
    ent_str type;

    return stix_id_split(key, &type, NULL) && ent_str_is(type, "extension-definition");
}

static bool custom_name(ent_str key)
{
    return stix_type_name_ok(key) && key.size > 4 && memcmp(key.ptr + key.size - 4, "-ext", 4) == 0;
}

/* The type that brings this extension kind into being. */
static void type_check(const checker *c, ent_json extension)
{
    ent_json type = ent_json_get(extension, "extension_type");
    static const char *const kinds[] = { "new-sdo", "new-sco", "new-sro", "property-extension",
                                         "toplevel-property-extension" };

    if (type.doc == NULL) {
        stix_report_add(c->report, STIX_RULE_EXTENSION_TYPE, extension, ENT_STR_NONE, ENT_STR_NONE);
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ent_str_is(ent_json_str(type), kinds[i]))
            return;
    stix_report_add(c->report, STIX_RULE_ENUM_VALUE, type, ent_json_raw(type),
                    ENT_STR("extension-type-enum"));
}

/* Properties of an extension that no table describes. */
static void unknown_properties(const checker *c, ent_json extension)
{
    for (ent_json v = ent_json_first(extension); v.doc != NULL; v = ent_json_next(v)) {
        if (!stix_property_name_ok(ent_json_name(v)))
            stix_report_add(c->report, STIX_RULE_PROPERTY_NAME, v, ent_json_name(v), ENT_STR_NONE);
        stix_check_custom(c, v);
    }
}

static bool allowed_on_closed(const checker *c, ent_str key)
{
    return ent_str_is(key, STIX_EXT_HANDLING) ||
           (c->type != NULL && stix_type_extension(c->type) != NULL &&
            ent_str_is(key, stix_type_extension(c->type)));
}

static void extension_check(const checker *c, ent_json extension)
{
    ent_str key = ent_json_name(extension);
    const stix_type *known = stix_extension_find(c->name, key);
    checker inside = *c;

    if (!ent_json_is(extension, ENT_JSON_OBJECT)) {
        stix_report_name(c->report, STIX_RULE_KIND, extension, "an object", "another value");
        return;
    }
    if (c->closed && !allowed_on_closed(c, key))
        stix_report_add(c->report, STIX_RULE_CLOSED_EXTENSION, extension, c->name, ENT_STR_NONE);
    inside.toplevel = false;
    inside.closed = c->closed && known == NULL && !ent_str_is(key, STIX_EXT_HANDLING);
    if (definition_id(key)) {
        type_check(c, extension);
    } else if (known == NULL) {
        if (!custom_name(key))
            stix_report_add(c->report, STIX_RULE_EXTENSION_KEY, extension, key, ENT_STR_NONE);
        else
            stix_report_add(c->report, STIX_RULE_CUSTOM_EXTENSION, extension, key, ENT_STR_NONE);
    }
    if (known != NULL)
        stix_check_members(&inside, extension, known, STIX_EXTENSION);
    else if (inside.closed && ent_json_count(extension) > 1)
        stix_report_add(c->report, STIX_RULE_CLOSED_PROPERTY, extension, key, c->name);
    else
        unknown_properties(c, extension);
}

static bool has_predefined(ent_str type)
{
    static const char *const types[] = { "file", "network-traffic", "process", "user-account" };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ent_str_is(type, types[i]))
            return true;
    return false;
}

void stix_check_extensions(const checker *c, ent_json value)
{
    const char *own = c->type == NULL ? NULL : stix_type_extension(c->type);
    bool nested = false, foreign = false;

    if (!ent_json_is(value, ENT_JSON_OBJECT)) {
        stix_report_name(c->report, STIX_RULE_KIND, value, "a dictionary of extensions",
                         "another value");
        return;
    }
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        extension_check(c, v);
        nested = nested || ent_str_is(ent_json_get_text(v, "extension_type"), "property-extension");
        foreign = foreign || stix_extension_find(c->name, ent_json_name(v)) == NULL;
    }
    if (c->toplevel && foreign && !nested && has_predefined(c->name))
        stix_report_add(c->report, STIX_RULE_NESTED_EXTENSION, value, ENT_STR_NONE, ENT_STR_NONE);
    if (own != NULL && ent_json_get(value, own).doc == NULL)
        stix_report_add(c->report, STIX_RULE_OWN_EXTENSION, value, c->name, ent_str_of(own));
}
