#include "stix/check_int.h"

#include "base/limits.h"
#include "stix/format.h"

#include <math.h>

/* ---- what is true of every value, wherever it stands ---- */

static void number_check(const checker *c, ent_json value)
{
    ent_str raw = ent_json_raw(value);
    int64_t whole;
    double number;
    bool integer = true;

    if (ent_json_int(value, &whole))
        return;
    for (size_t i = 0; i < raw.size; i++)
        integer = integer && raw.ptr[i] != '.' && raw.ptr[i] != 'e' && raw.ptr[i] != 'E';
    if (integer || !ent_json_double(value, &number))
        stix_report_add(c->report, STIX_RULE_NUMBER_RANGE, value, raw, ENT_STR_NONE);
}

static void string_check(const checker *c, ent_json value)
{
    ent_str text = ent_json_str(value), raw = ent_json_raw(value);

    /* Only an escape can put it there, and only strings with escapes were copied. */
    if (text.ptr != raw.ptr + 1 && text.size > 0 && memchr(text.ptr, 0, text.size) != NULL)
        stix_report_add(c->report, STIX_RULE_NUL_CHARACTER, value, ENT_STR_NONE, ENT_STR_NONE);
}

static void count_issue(const checker *c, stix_rule rule, ent_json where, size_t count,
                        size_t limit)
{
    stix_report_add(c->report, rule, where, ent_arena_printf(c->report->arena, "%zu", count),
                    ent_arena_printf(c->report->arena, "%zu", limit));
}

static void every_value(const checker *c)
{
    for (ent_json v = c->object; v.doc != NULL; v = ent_json_walk(c->object, v)) {
        switch (ent_json_kind(v)) {
        case ENT_JSON_NULL:
            stix_report_add(c->report, STIX_RULE_NULL_VALUE, v, ENT_STR_NONE, ENT_STR_NONE);
            break;
        case ENT_JSON_NUMBER:
            number_check(c, v);
            break;
        case ENT_JSON_STRING:
            string_check(c, v);
            break;
        case ENT_JSON_ARRAY:
            if (ent_json_count(v) == 0)
                stix_report_add(c->report, STIX_RULE_EMPTY_LIST, v, ENT_STR_NONE, ENT_STR_NONE);
            break;
        case ENT_JSON_OBJECT:
            if (ent_json_count(v) == 0)
                stix_report_add(c->report, STIX_RULE_EMPTY_DICT, v, ENT_STR_NONE, ENT_STR_NONE);
            if (ent_json_count(v) > ENT_LIMIT_MEMBERS)
                count_issue(c, STIX_RULE_TOO_MANY_MEMBERS, v, ent_json_count(v), ENT_LIMIT_MEMBERS);
            break;
        case ENT_JSON_NONE:
        case ENT_JSON_FALSE:
        case ENT_JSON_TRUE:
            break;
        }
    }
}

/* ---- members ---- */

static const char *class_text(stix_class class_)
{
    switch (class_) {
    case STIX_SRO:
        return "relationship object";
    case STIX_SCO:
        return "cyber-observable object";
    case STIX_DEFINITION:
        return "extension definition";
    case STIX_LANGUAGE:
        return "language content";
    case STIX_MARKING:
        return "marking definition";
    case STIX_BUNDLE:
        return "bundle";
    case STIX_UNKNOWN:
    case STIX_SDO:
    case STIX_CLOSED_SDO:
    case STIX_PART:
    case STIX_EXTENSION:
        break;
    }
    return "domain object";
}

static bool reserved(ent_str name)
{
    static const char *const names[] = { "severity", "username", "phone_number", "phone_numbers",
                                         "action" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ent_str_is(name, names[i]))
            return true;
    return false;
}

/* A property that no row describes. */
static void custom_property(const checker *c, ent_json value, stix_class class_)
{
    ent_str name = ent_json_name(value);

    if (c->closed) {
        stix_report_add(c->report, STIX_RULE_CLOSED_PROPERTY, value, name, c->name);
        return;
    }
    if (!stix_property_name_ok(name))
        stix_report_add(c->report,
                        stix_property_name_loose(name) ? STIX_RULE_PROPERTY_FORM
                                                       : STIX_RULE_PROPERTY_NAME,
                        value, name, ENT_STR_NONE);
    else if (class_ < STIX_PART && reserved(name))
        stix_report_add(c->report, STIX_RULE_RESERVED_NAME, value, name, ENT_STR_NONE);
    else if (c->type != NULL && !c->toplevel)
        stix_report_add(c->report, STIX_RULE_CUSTOM_PROPERTY, value, name, ENT_STR_NONE);
    stix_check_custom(c, value);
}

/* The free texts and lists that a closed type must not have, though its class has them. */
static bool closed_common(ent_str name)
{
    return ent_str_is(name, "labels") || ent_str_is(name, "external_references") ||
           ent_str_is(name, "lang");
}

static void common_property(const checker *c, const stix_property *row, ent_json value,
                            stix_class class_)
{
    ent_str name = ent_json_name(value);

    if (c->closed && closed_common(name)) {
        stix_report_add(c->report, STIX_RULE_CLOSED_PROPERTY, value, name, c->name);
        return;
    }
    if ((row->flags & STIX_NA) != 0) {
        if (ent_str_is(name, "defanged"))
            stix_report_add(c->report, STIX_RULE_DEFANGED, value, ENT_STR_NONE, ENT_STR_NONE);
        else
            stix_report_add(c->report, STIX_RULE_NOT_APPLICABLE, value, name,
                            ent_str_of(class_text(class_)));
    }
    stix_check_value(c, row, value);
}

/* What the class requires and this object may lack all the same. */
static bool optional_here(const checker *c, const char *name)
{
    if (c->container.doc != NULL && strcmp(name, "id") == 0)
        return true;
    return c->old && strcmp(name, "spec_version") == 0;
}

static void required_check(const checker *c, ent_json value, const stix_property *rows,
                           size_t count, uint64_t seen, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if ((rows[i].flags & STIX_REQ) == 0 || (seen >> i & 1) != 0)
            continue;
        if (optional_here(c, rows[i].name))
            continue;
        stix_report_name(c->report, STIX_RULE_REQUIRED, value, rows[i].name, what);
    }
}

void stix_check_members(const checker *c, ent_json value, const stix_type *type, stix_class class_)
{
    uint64_t seen = 0, seen_common = 0;
    size_t commons;
    const stix_property *common = stix_common(class_, &commons);

    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);
        const stix_property *row = type == NULL ? NULL : stix_property_find(type, name);

        if (row != NULL) {
            seen |= UINT64_C(1) << (row - type->properties);
            stix_check_value(c, row, v);
            continue;
        }
        row = commons == 0 ? NULL : stix_common_find(class_, name);
        if (row != NULL) {
            seen_common |= UINT64_C(1) << (row - common);
            common_property(c, row, v, class_);
            continue;
        }
        if (class_ == STIX_EXTENSION && ent_str_is(name, "extension_type"))
            continue;
        custom_property(c, v, class_);
    }
    if (type != NULL)
        required_check(c, value, type->properties, type->count, seen, type->name);
    required_check(c, value, common, commons, seen_common, class_text(class_));
    if (type != NULL)
        stix_check_constraints(c, value, type);
}

/* ---- the object ---- */

stix_class stix_class_of(ent_json object)
{
    const stix_type *type = stix_type_find(ent_json_get_text(object, "type"));
    ent_json extensions = ent_json_get(object, "extensions");

    if (type != NULL)
        return (stix_class)type->class_;
    for (ent_json e = ent_json_first(extensions); e.doc != NULL; e = ent_json_next(e)) {
        ent_str kind = ent_json_get_text(e, "extension_type");

        if (ent_str_is(kind, "new-sdo"))
            return STIX_SDO;
        if (ent_str_is(kind, "new-sco"))
            return STIX_SCO;
        if (ent_str_is(kind, "new-sro"))
            return STIX_SRO;
    }
    return STIX_UNKNOWN;
}

static bool has_toplevel(ent_json object)
{
    ent_json extensions = ent_json_get(object, "extensions");

    for (ent_json e = ent_json_first(extensions); e.doc != NULL; e = ent_json_next(e))
        if (ent_str_is(ent_json_get_text(e, "extension_type"), "toplevel-property-extension"))
            return true;
    return false;
}

static void id_check(const checker *c)
{
    ent_json id = ent_json_get(c->object, "id");
    ent_str text = ent_json_str(id), prefix;

    if (!ent_json_is(id, ENT_JSON_STRING) || c->container.doc != NULL)
        return;
    if (!stix_id_split(text, &prefix, NULL)) {
        stix_report_add(c->report, STIX_RULE_ID_FORM, id, text, ENT_STR_NONE);
        return;
    }
    for (size_t i = prefix.size; i < text.size; i++)
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F') {
            stix_report_add(c->report, STIX_RULE_ID_CASE, id, ENT_STR_NONE, ENT_STR_NONE);
            break;
        }
    if (!ent_str_equal(prefix, c->name))
        stix_report_add(c->report, STIX_RULE_ID_TYPE, id, prefix, c->name);
}

static void version_check(const checker *c)
{
    ent_json version = ent_json_get(c->object, "spec_version");

    if (version.doc == NULL || c->class_ == STIX_BUNDLE)
        return;
    if (ent_str_is(ent_json_str(version), "2.0"))
        stix_report_add(c->report, STIX_RULE_OLD_VERSION, version, ENT_STR_NONE, ENT_STR_NONE);
    else if (!ent_str_is(ent_json_str(version), "2.1"))
        stix_report_add(c->report, STIX_RULE_SPEC_VERSION, version, ent_json_raw(version),
                        ENT_STR_NONE);
}

static void check_whole(checker *c)
{
    ent_json type = ent_json_get(c->object, "type");

    if (!ent_json_is(c->object, ENT_JSON_OBJECT)) {
        stix_report_add(c->report, STIX_RULE_NOT_AN_OBJECT, c->object, ENT_STR_NONE, ENT_STR_NONE);
        return;
    }
    if (c->container.doc == NULL && !ent_str_is(ent_json_str(type), "bundle"))
        every_value(c);
    if (!ent_json_is(type, ENT_JSON_STRING)) {
        stix_report_add(c->report, STIX_RULE_TYPE_MISSING, c->object, ENT_STR_NONE, ENT_STR_NONE);
        return;
    }
    c->name = ent_json_str(type);
    c->type = stix_type_find(c->name);
    c->class_ = stix_class_of(c->object);
    c->toplevel = has_toplevel(c->object);
    c->closed = c->class_ == STIX_CLOSED_SDO;
    if (c->type == NULL && !stix_type_name_ok(c->name))
        stix_report_add(c->report, STIX_RULE_TYPE_NAME, type, c->name, ENT_STR_NONE);
    else if (c->type == NULL && ent_str_is(c->name, "action"))
        stix_report_add(c->report, STIX_RULE_RESERVED_NAME, type, c->name, ENT_STR_NONE);
    id_check(c);
    version_check(c);
    stix_check_members(c, c->object, c->type, c->class_);
    stix_check_special(c);
    stix_check_should(c);
}

void stix_check_contained(const checker *c, ent_json value, ent_json container)
{
    checker inner = { .report = c->report, .object = value, .container = container, .old = c->old };

    check_whole(&inner);
}

void stix_check(ent_json object, stix_report *report)
{
    stix_check_in(object, false, report);
}

void stix_check_in(ent_json object, bool old, stix_report *report)
{
    checker c = { .report = report, .object = object, .old = old };

    report->object = object;
    report->count = report->errors = report->warnings = 0;
    report->full = false;
    check_whole(&c);
}
