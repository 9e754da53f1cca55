#include "stix/marking.h"

#include "stix/check_int.h"
#include "stix/format.h"

static const struct tlp {
    int version;
    const char *colour, *name, *id;
} tlps[] = {
#define X(version, colour, name, id) { (version), (colour), (name), (id) },
#include "stix/model/tlp.def"
#undef X
};

#define TLP2_EXTENSION "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

static const struct tlp *tlp_find(ent_str id)
{
    for (size_t i = 0; i < sizeof tlps / sizeof *tlps; i++)
        if (ent_str_is(id, tlps[i].id))
            return &tlps[i];
    return NULL;
}

/* ---- selectors ---- */

/* The component at *at, which is moved behind it and its point. */
static ent_str component(ent_str selector, size_t *at)
{
    const char *from = selector.ptr + *at;
    const char *point = memchr(from, '.', selector.size - *at);
    size_t size = point == NULL ? selector.size - *at : (size_t)(point - from);

    *at += size + (point == NULL ? 0 : 1);
    return (ent_str){ from, size };
}

/* "[12]" */
static bool index_read(ent_str text, size_t *index)
{
    if (text.size < 3 || text.size > 12 || text.ptr[0] != '[' || text.ptr[text.size - 1] != ']')
        return false;
    *index = 0;
    for (size_t i = 1; i + 1 < text.size; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *index = *index * 10 + (size_t)(text.ptr[i] - '0');
    }
    return true;
}

bool stix_selector_ok(ent_str selector)
{
    size_t at = 0, index;
    bool first = true;

    if (selector.size == 0 || selector.ptr[selector.size - 1] == '.')
        return false;
    while (at < selector.size) {
        ent_str name = component(selector, &at);

        if (first ? !stix_property_name_ok(name)
                  : !index_read(name, &index) && !stix_key_ok(name, 1))
            return false;
        first = false;
    }
    return true;
}

ent_json stix_selector_find(ent_json object, ent_str selector)
{
    ent_json value = object;
    size_t at = 0, index;

    if (selector.size == 0)
        return (ent_json){ NULL, 0 };
    while (at < selector.size && value.doc != NULL) {
        ent_str name = component(selector, &at);

        value = index_read(name, &index) && ent_json_is(value, ENT_JSON_ARRAY)
                    ? ent_json_at(value, index)
                    : ent_json_get_str(value, name);
    }
    return selector.ptr[selector.size - 1] == '.' ? (ent_json){ NULL, 0 } : value;
}

void stix_check_selector(const checker *c, ent_json value)
{
    ent_str selector = ent_json_str(value);

    if (!ent_json_is(value, ENT_JSON_STRING))
        stix_report_name(c->report, STIX_RULE_KIND, value, "a selector", "another value");
    else if (!stix_selector_ok(selector))
        stix_report_add(c->report, STIX_RULE_SELECTOR_FORM, value, selector, ENT_STR_NONE);
    else if (stix_selector_find(c->object, selector).doc == NULL)
        stix_report_add(c->report, STIX_RULE_SELECTOR_ABSENT, value, selector, ENT_STR_NONE);
}

/* ---- marking definitions ---- */

static void add(stix_report *report, stix_rule rule, ent_json where)
{
    stix_report_add(report, rule, where, ENT_STR_NONE, ENT_STR_NONE);
}

/* TLP 1 markings are four fixed objects: these members and no other. */
static bool tlp_object(ent_json object)
{
    ent_json definition = ent_json_get(object, "definition");
    const struct tlp *tlp = tlp_find(ent_json_get_text(object, "id"));

    if (tlp == NULL || tlp->version != 1 || ent_json_count(definition) != 1 ||
        !ent_str_is(ent_json_get_text(definition, "tlp"), tlp->colour) ||
        !ent_str_is(ent_json_get_text(object, "name"), tlp->name) ||
        !ent_str_is(ent_json_get_text(object, "created"), "2017-01-20T00:00:00.000Z"))
        return false;
    return ent_json_count(object) == 7;
}

static void self_check(stix_report *report, ent_json object)
{
    ent_str id = ent_json_get_text(object, "id");
    ent_json refs = ent_json_get(object, "object_marking_refs");
    ent_json granular = ent_json_get(object, "granular_markings");

    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_is(v, ENT_JSON_STRING) && ent_str_equal(ent_json_str(v), id))
            add(report, STIX_RULE_MARKING_SELF, v);
    for (ent_json v = ent_json_first(granular); v.doc != NULL; v = ent_json_next(v)) {
        ent_json ref = ent_json_get(v, "marking_ref");

        if (ent_json_is(ref, ENT_JSON_STRING) && ent_str_equal(ent_json_str(ref), id))
            add(report, STIX_RULE_MARKING_SELF, ref);
    }
}

static void redefinition_check(stix_report *report, ent_json object)
{
    const struct tlp *tlp = tlp_find(ent_json_get_text(object, "id"));
    ent_json extension = ent_json_get(ent_json_get(object, "extensions"), TLP2_EXTENSION);
    ent_str colour = ent_json_get_text(extension, "tlp_2_0");

    if (tlp == NULL)
        return;
    if (tlp->version == 2 && extension.doc != NULL && !ent_str_is(colour, tlp->colour))
        add(report, STIX_RULE_TLP_OBJECT, object);
    else if (extension.doc == NULL)
        stix_report_name(report, STIX_RULE_TLP_REDEFINED, ent_json_get(object, "id"), tlp->name,
                         NULL);
}

void stix_marking_check(stix_report *report, ent_json object)
{
    ent_str type = ent_json_get_text(object, "definition_type");
    ent_json definition = ent_json_get(object, "definition");

    self_check(report, object);
    if (ent_str_is(type, "tlp")) {
        if (!tlp_object(object))
            add(report, STIX_RULE_TLP_OBJECT, object);
        return;
    }
    redefinition_check(report, object);
    if (ent_str_is(type, "statement")) {
        if (!ent_json_is(ent_json_get(definition, "statement"), ENT_JSON_STRING))
            add(report, STIX_RULE_STATEMENT, definition.doc == NULL ? object : definition);
        return;
    }
    if (ent_json_get(object, "extensions").doc != NULL)
        return;
    if (type.ptr == NULL || definition.doc == NULL)
        add(report, STIX_RULE_MARKING_CONTENT, object);
    else
        add(report, STIX_RULE_CUSTOM_MARKING, object);
}
