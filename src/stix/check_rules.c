/* What properties of one object owe each other: the rows of constraints.def, and the few
 * rules of single types that no row can say. */
#include "stix/check_int.h"

#include "stix/format.h"
#include "stix/marking.h"
#include "stix/pattern.h"

static bool has(ent_json object, const char *name)
{
    return ent_json_get(object, name).doc != NULL;
}

/* ---- rows ---- */

static void order_check(const checker *c, ent_json value, const stix_constraint *row)
{
    ent_json a = ent_json_get(value, row->a), b = ent_json_get(value, row->b);
    int sign;

    if (!stix_timestamp_ok(ent_json_str(a)) || !stix_timestamp_ok(ent_json_str(b)))
        return;
    sign = stix_timestamp_compare(ent_json_str(a), ent_json_str(b));
    if (row->kind == STIX_CONSTRAINT_GE && sign < 0)
        stix_report_name(c->report, STIX_RULE_ORDER_GE, a, row->a, row->b);
    if (row->kind == STIX_CONSTRAINT_GT && sign <= 0)
        stix_report_name(c->report, STIX_RULE_ORDER_GT, a, row->a, row->b);
}

/* "*" stands for any property of the type's own rows. */
static bool word_present(ent_json value, const stix_type *type, ent_str word)
{
    if (!ent_str_is(word, "*"))
        return ent_json_get_str(value, word).doc != NULL;
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
        if (stix_property_find(type, ent_json_name(v)) != NULL)
            return true;
    return false;
}

static bool any_present(ent_json value, const stix_type *type, const char *words)
{
    while (*words != '\0') {
        size_t size = strcspn(words, " ");

        if (word_present(value, type, (ent_str){ words, size }))
            return true;
        words += size;
        words += strspn(words, " ");
    }
    return false;
}

void stix_check_constraints(const checker *c, ent_json value, const stix_type *type)
{
    for (size_t i = 0; i < stix_constraint_count; i++) {
        const stix_constraint *row = &stix_constraints[i];

        if (row->type[0] != type->name[0] || strcmp(row->type, type->name) != 0)
            continue;
        switch (row->kind) {
        case STIX_CONSTRAINT_GE:
        case STIX_CONSTRAINT_GT:
            order_check(c, value, row);
            break;
        case STIX_CONSTRAINT_NEEDS:
            if (has(value, row->a) && !has(value, row->b))
                stix_report_name(c->report, STIX_RULE_NEEDS, ent_json_get(value, row->a), row->a,
                                 row->b);
            break;
        case STIX_CONSTRAINT_EXCLUDES:
            if (has(value, row->a) && has(value, row->b))
                stix_report_name(c->report, STIX_RULE_EXCLUDES, ent_json_get(value, row->b), row->a,
                                 row->b);
            break;
        case STIX_CONSTRAINT_ONE_OF:
            if (!any_present(value, type, row->a))
                stix_report_name(c->report, STIX_RULE_AT_LEAST_ONE, value,
                                 row->a[0] == '*' ? "its own properties" : row->a, NULL);
            break;
        }
    }
    if (strcmp(type->name, "granular-marking") == 0 &&
        has(value, "lang") == has(value, "marking_ref"))
        stix_report_add(c->report, STIX_RULE_GRANULAR_ONE, value, ENT_STR_NONE, ENT_STR_NONE);
}

/* ---- external references ---- */

static bool digits(ent_str text, size_t from)
{
    for (size_t i = from; i < text.size; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.size > from;
}

/* CVE-YYYY-NNNN and more digits; with five or more the first is not 0. */
static bool cve_ok(ent_str id)
{
    if (!ent_str_starts(id, ENT_STR("CVE-")) || id.size < 13 || id.ptr[8] != '-' ||
        !digits((ent_str){ id.ptr, 8 }, 4) || !digits(id, 9))
        return false;
    return id.size == 13 || id.ptr[9] != '0';
}

static bool capec_ok(ent_str id)
{
    return ent_str_starts(id, ENT_STR("CAPEC-")) && digits(id, 6);
}

static void external_check(const checker *c, ent_json reference)
{
    ent_str source = ent_json_get_text(reference, "source_name");
    ent_json id = ent_json_get(reference, "external_id");
    ent_str text = ent_json_str(id);

    if (ent_str_is(source, "cve")) {
        if (!cve_ok(text))
            stix_report_name(c->report, STIX_RULE_EXTERNAL_CVE, id.doc == NULL ? reference : id,
                             "cve", "CVE-YYYY-NNNN");
    } else if (ent_str_is(source, "capec")) {
        if (!capec_ok(text))
            stix_report_name(c->report, STIX_RULE_EXTERNAL_CVE, id.doc == NULL ? reference : id,
                             "capec", "CAPEC-N");
    } else if (cve_ok(text) || capec_ok(text)) {
        stix_report_add(c->report, STIX_RULE_EXTERNAL_SOURCE, id, text,
                        text.ptr[1] == 'V' ? ENT_STR("cve") : ENT_STR("capec"));
    }
}

/* ---- single types ---- */

static void created_order(const checker *c)
{
    ent_json created = ent_json_get(c->object, "created");
    ent_json modified = ent_json_get(c->object, "modified");

    if (stix_timestamp_ok(ent_json_str(created)) && stix_timestamp_ok(ent_json_str(modified)) &&
        stix_timestamp_compare(ent_json_str(modified), ent_json_str(created)) < 0)
        stix_report_name(c->report, STIX_RULE_ORDER_GE, modified, "modified", "created");
}

static void indicator_check(const checker *c)
{
    ent_json pattern = ent_json_get(c->object, "pattern");
    ent_err err = { 0 };
    ent_arena *arena;
    ent_str version;

    if (!ent_str_is(ent_json_get_text(c->object, "pattern_type"), "stix") ||
        !ent_json_is(pattern, ENT_JSON_STRING))
        return;
    arena = c->report->arena;
    version = ent_json_get_text(c->object, "pattern_version");
    if (version.ptr == NULL)
        version = ent_json_get_text(c->object, "spec_version");
    if (stix_pattern_check(arena, ent_json_str(pattern), version, &err) != ENT_OK)
        stix_report_add(c->report, STIX_RULE_PATTERN, pattern,
                        ent_arena_str(arena, ent_str_of(err.msg)), ENT_STR_NONE);
}

static void email_check(const checker *c)
{
    ent_json multipart = ent_json_get(c->object, "is_multipart");

    if (ent_json_is(multipart, ENT_JSON_TRUE) && has(c->object, "body"))
        stix_report_name(c->report, STIX_RULE_MULTIPART_BODY, ent_json_get(c->object, "body"),
                         "body", "true");
    if (ent_json_is(multipart, ENT_JSON_FALSE) && has(c->object, "body_multipart"))
        stix_report_name(c->report, STIX_RULE_MULTIPART_BODY,
                         ent_json_get(c->object, "body_multipart"), "body_multipart", "false");
}

static void observed_check(const checker *c)
{
    ent_json refs = ent_json_get(c->object, "object_refs");
    bool sco = !ent_json_is(refs, ENT_JSON_ARRAY) || ent_json_count(refs) == 0;

    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v)) {
        ent_str type;
        const stix_type *known;

        if (!stix_id_split(ent_json_str(v), &type, NULL))
            return; /* reported, and the verdict stands */
        known = stix_type_find(type);
        sco = sco || known == NULL || known->class_ == STIX_SCO;
    }
    if (!sco)
        stix_report_add(c->report, STIX_RULE_OBSERVED_SCO, refs, ENT_STR_NONE, ENT_STR_NONE);
}

static void definition_check(const checker *c)
{
    ent_json types = ent_json_get(c->object, "extension_types");
    ent_json properties = ent_json_get(c->object, "extension_properties");
    bool toplevel = false;

    for (ent_json v = ent_json_first(types); v.doc != NULL; v = ent_json_next(v))
        toplevel = toplevel || ent_str_is(ent_json_str(v), "toplevel-property-extension");
    if (!toplevel && properties.doc != NULL)
        stix_report_add(c->report, STIX_RULE_EXTENSION_PROPERTIES, properties, ENT_STR_NONE,
                        ENT_STR_NONE);
    if (toplevel && properties.doc == NULL)
        stix_report_add(c->report, STIX_RULE_DEFINITION_PROPERTIES, c->object, ENT_STR_NONE,
                        ENT_STR_NONE);
    if (!has(c->object, "description"))
        stix_report_add(c->report, STIX_RULE_DEFINITION_TEXT, c->object, ENT_STR_NONE,
                        ENT_STR_NONE);
}

static void relationship_check(const checker *c)
{
    ent_json source = ent_json_get(c->object, "source_ref");
    ent_json target = ent_json_get(c->object, "target_ref");

    if (ent_json_is(source, ENT_JSON_STRING) &&
        ent_str_equal(ent_json_str(source), ent_json_str(target)))
        stix_report_add(c->report, STIX_RULE_REF_SELF, target, ENT_STR_NONE, ENT_STR_NONE);
}

static bool type_is(const checker *c, const char *name)
{
    return ent_str_is(c->name, name);
}

/* Windows stamps PE files with seconds. */
static void pe_check(const checker *c)
{
    ent_json pe = ent_json_get(ent_json_get(c->object, "extensions"), "windows-pebinary-ext");
    ent_json stamp = ent_json_get(pe, "time_date_stamp");

    if (stix_timestamp_ok(ent_json_str(stamp)) && stix_timestamp_digits(ent_json_str(stamp)) > 0)
        stix_report_add(c->report, STIX_RULE_SECONDS_ONLY, stamp, ent_json_str(stamp),
                        ENT_STR_NONE);
}

static void sdo_check(const checker *c)
{
    if (type_is(c, "indicator"))
        indicator_check(c);
    else if (type_is(c, "malware")) {
        if (ent_json_true(ent_json_get(c->object, "is_family")) && !has(c->object, "name"))
            stix_report_add(c->report, STIX_RULE_FAMILY_NAME, c->object, ENT_STR_NONE,
                            ENT_STR_NONE);
    } else if (type_is(c, "observed-data"))
        observed_check(c);
    else if (type_is(c, "relationship"))
        relationship_check(c);
}

static void sco_check(const checker *c)
{
    if (type_is(c, "email-message"))
        email_check(c);
    else if (type_is(c, "network-traffic")) {
        if (ent_json_true(ent_json_get(c->object, "is_active")) && has(c->object, "end"))
            stix_report_add(c->report, STIX_RULE_ACTIVE_END, ent_json_get(c->object, "end"),
                            ENT_STR_NONE, ENT_STR_NONE);
    } else if (type_is(c, "file"))
        pe_check(c);
}

/* An SCO none of whose contributing properties is there has no value to hash (s2.9). */
static void sco_id_check(const checker *c)
{
    ent_json id = ent_json_get(c->object, "id");
    bool contributes = false, any = false;
    int version;

    if (c->container.doc != NULL || !stix_id_split(ent_json_str(id), NULL, &version) ||
        version == 4)
        return;
    for (size_t i = 0; i < c->type->count; i++) {
        const stix_property *row = &c->type->properties[i];

        contributes = contributes || (row->flags & STIX_IDC) != 0;
        any = any || ((row->flags & STIX_IDC) != 0 && has(c->object, row->name));
    }
    if (type_is(c, "process"))
        stix_report_add(c->report, STIX_RULE_PROCESS_V4, id, ENT_STR_NONE, ENT_STR_NONE);
    else if (contributes && !any && !has(c->object, "extensions"))
        stix_report_add(c->report, STIX_RULE_ID_V4, id, ENT_STR_NONE, ENT_STR_NONE);
}

void stix_check_special(const checker *c)
{
    ent_json references = ent_json_get(c->object, "external_references");
    const char *own = c->type == NULL ? NULL : stix_type_extension(c->type);

    created_order(c);
    for (ent_json v = ent_json_first(references); v.doc != NULL; v = ent_json_next(v))
        external_check(c, v);
    if (own != NULL && !has(c->object, "extensions"))
        stix_report_add(c->report, STIX_RULE_OWN_EXTENSION, c->object, c->name, ent_str_of(own));
    if (c->class_ == STIX_MARKING)
        stix_marking_check(c->report, c->object);
    else if (c->class_ == STIX_DEFINITION)
        definition_check(c);
    else if (c->type != NULL && c->class_ == STIX_SCO) {
        sco_id_check(c);
        sco_check(c);
    } else if (c->type != NULL)
        sdo_check(c);
}
