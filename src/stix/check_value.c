/* Single values: is it the kind that its row wants, and does it look as it must? */
#include "stix/check_int.h"

#include "base/limits.h"
#include "stix/format.h"

#include <math.h>

static void add(const checker *c, stix_rule rule, ent_json where)
{
    stix_report_add(c->report, rule, where, ENT_STR_NONE, ENT_STR_NONE);
}

static void add_text(const checker *c, stix_rule rule, ent_json where, ent_str text)
{
    stix_report_add(c->report, rule, where, text, ENT_STR_NONE);
}

static const char *json_text(ent_json value)
{
    static const char *const texts[] = { "nothing",  "null",     "false",  "true",
                                         "a number", "a string", "a list", "an object" };

    return texts[ent_json_kind(value)];
}

/* True if the value has that JSON type; else KIND is reported. */
static bool wanted(const checker *c, ent_json value, ent_json_type type, const char *what)
{
    if (ent_json_is(value, type))
        return true;
    stix_report_name(c->report, STIX_RULE_KIND, value, what, json_text(value));
    return false;
}

/* ---- numbers ---- */

static void range_check(const checker *c, ent_json value, uint16_t argument, double number)
{
    const stix_range *range = &stix_ranges[argument - 1];
    ent_str text;

    if (number >= (double)range->least && number <= (double)range->greatest)
        return;
    text = ent_arena_printf(c->report->arena, "%lld to %lld", (long long)range->least,
                            (long long)range->greatest);
    stix_report_add(c->report, STIX_RULE_RANGE, value, ent_json_raw(value), text);
}

static void number_check(const checker *c, const stix_property *row, ent_json value)
{
    double number = 0;
    int64_t whole = 0;

    if (row->kind == STIX_KIND_INTEGER) {
        /* 1.0 and 1e3 are whole numbers, too: JSON has one kind of number. */
        if (!ent_json_double(value, &number) || number != floor(number)) {
            stix_report_name(c->report, STIX_RULE_KIND, value, "a whole number", json_text(value));
            return;
        }
        if (!ent_json_int(value, &whole) &&
            (number > 9007199254740991.0 || number < -9007199254740991.0))
            return; /* NUMBER_RANGE was reported */
    } else if (!wanted(c, value, ENT_JSON_NUMBER, "a number") || !ent_json_double(value, &number)) {
        return;
    }
    if (row->argument != 0)
        range_check(c, value, row->argument, number);
}

/* ---- strings ---- */

static void timestamp_check(const checker *c, const stix_property *row, ent_json value)
{
    ent_str text = ent_json_str(value);

    if (!wanted(c, value, ENT_JSON_STRING, "a timestamp"))
        return;
    if (!stix_timestamp_ok(text))
        add_text(c, STIX_RULE_TIMESTAMP, value, text);
    else if ((row->flags & STIX_MS) != 0 && stix_timestamp_digits(text) < 3 &&
             c->class_ != STIX_MARKING)
        add_text(c, STIX_RULE_MILLISECONDS, value, text);
}

static void hex_check(const checker *c, ent_json value)
{
    ent_str text = ent_json_str(value);

    if (!wanted(c, value, ENT_JSON_STRING, "a string of hex digits"))
        return;
    if (!stix_hex_ok(text)) {
        add_text(c, STIX_RULE_HEX, value, text);
        return;
    }
    for (size_t i = 0; i < text.size; i++)
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F') {
            add_text(c, STIX_RULE_HEX_CASE, value, text);
            return;
        }
}

static void binary_check(const checker *c, ent_json value)
{
    if (wanted(c, value, ENT_JSON_STRING, "a base64 string") &&
        !stix_base64_ok(ent_json_str(value)))
        add(c, STIX_RULE_BINARY, value);
}

static bool vocabulary_form_ok(ent_str text)
{
    return stix_format_ok(STIX_FORMAT_lower_hyphen, text);
}

static void vocabulary_check(const checker *c, const stix_property *row, ent_json value)
{
    const stix_vocabulary *vocabulary = &stix_vocabularies[row->argument];
    ent_str text = ent_json_str(value);

    if (!wanted(c, value, ENT_JSON_STRING, "a string") || stix_vocabulary_has(vocabulary, text))
        return;
    stix_report_add(c->report,
                    row->kind == STIX_KIND_ENUM ? STIX_RULE_ENUM_VALUE : STIX_RULE_VOCABULARY,
                    value, text, ent_str_of(vocabulary->name));
    if (row->kind == STIX_KIND_OPEN && !vocabulary_form_ok(text))
        add_text(c, STIX_RULE_VOCABULARY_FORM, value, text);
}

static void string_check(const checker *c, const stix_property *row, ent_json value)
{
    ent_str text = ent_json_str(value);
    stix_format format;

    if (!wanted(c, value, ENT_JSON_STRING, "a string") || row->argument == 0)
        return;
    format = (stix_format)(row->argument - 1);
    if (!stix_format_ok(format, text))
        add_text(c, stix_format_rule(format), value, text);
}

/* ---- references ---- */

static bool among(const char *words, ent_str word)
{
    while (*words != '\0') {
        size_t size = strcspn(words, " ");

        if (size == word.size && memcmp(words, word.ptr, size) == 0)
            return true;
        words += size;
        words += strspn(words, " ");
    }
    return false;
}

static bool target_ok(const stix_target *target, ent_str type)
{
    const stix_type *known = stix_type_find(type);

    if (among(target->types, type))
        return true;
    if (target->classes == 0)
        return false;
    /* A type that nobody knows may be of any class that is not ours to define. */
    return known == NULL
               ? (target->classes & (1u << STIX_SDO | 1u << STIX_SCO | 1u << STIX_SRO)) != 0
               : (target->classes >> known->class_ & 1) != 0;
}

/* Inside an observable-container a reference is a key of the container. */
static void local_reference(const checker *c, ent_json value, const stix_target *target)
{
    ent_str text = ent_json_str(value), type;
    ent_json other = ent_json_get_str(c->container, text);

    if (other.doc == NULL && stix_id_split(text, &type, NULL)) {
        if (!target_ok(target, type))
            stix_report_add(c->report, STIX_RULE_REF_TYPE, value, text, ent_str_of(target->text));
        return;
    }
    if (other.doc == NULL) {
        add_text(c, STIX_RULE_REF_LOCAL, value, text);
        return;
    }
    type = ent_json_get_text(other, "type");
    if (type.ptr != NULL && !target_ok(target, type))
        stix_report_add(c->report, STIX_RULE_REF_TYPE, value, text, ent_str_of(target->text));
}

void stix_check_reference(const checker *c, ent_json value, const stix_target *target)
{
    ent_str text = ent_json_str(value), type;

    if (!wanted(c, value, ENT_JSON_STRING, "an identifier"))
        return;
    if (c->container.doc != NULL)
        local_reference(c, value, target);
    else if (!stix_id_split(text, &type, NULL))
        add_text(c, STIX_RULE_REF_FORM, value, text);
    else if (target != NULL && !target_ok(target, type))
        stix_report_add(c->report, STIX_RULE_REF_TYPE, value, text, ent_str_of(target->text));
}

/* ---- dictionaries ---- */

void stix_check_hashes(const checker *c, ent_json value, bool closed)
{
    const stix_vocabulary *algorithms = NULL;

    if (!wanted(c, value, ENT_JSON_OBJECT, "a dictionary of hashes"))
        return;
    for (size_t i = 0; i < stix_vocabulary_count; i++)
        if (strcmp(stix_vocabularies[i].name, "hash-algorithm-ov") == 0)
            algorithms = &stix_vocabularies[i];
    ENT_ASSERT(algorithms != NULL);
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v), text = ent_json_str(v);

        if (!stix_key_ok(name, 3))
            add_text(c, STIX_RULE_HASH_KEY, v, name);
        if (!wanted(c, v, ENT_JSON_STRING, "a string"))
            continue;
        if (!stix_vocabulary_has(algorithms, name)) {
            if (closed)
                add_text(c, STIX_RULE_HASH_CLOSED, v, name);
            else if (!ent_str_starts(name, ENT_STR("x_")))
                add_text(c, STIX_RULE_HASH_ALGORITHM, v, name);
            if (name.size > 30)
                add_text(c, STIX_RULE_HASH_LENGTH, v, name);
        } else if (!stix_hash_ok(name, text)) {
            stix_report_add(c->report, STIX_RULE_HASH_VALUE, v, text, name);
        }
    }
}

/* NULL if the value is what this dictionary holds, else what it wants. */
static const char *dict_value_wanted(stix_dict dict, ent_json value)
{
    bool string = ent_json_is(value, ENT_JSON_STRING);
    double number = 0;
    bool whole = ent_json_double(value, &number) && number == floor(number);

    switch (dict) {
    case STIX_D_STRING:
        return string ? NULL : "a string";
    case STIX_D_INTEGER:
        return whole ? NULL : "a whole number";
    case STIX_D_STRING_OR_INTEGER:
        return string || whole ? NULL : "a string or a whole number";
    case STIX_D_HEADER_FIELDS:
        if (string)
            return NULL; /* the form of STIX 2.0, a warning */
        __attribute__((fallthrough));
    case STIX_D_STRINGS:
        if (!ent_json_is(value, ENT_JSON_ARRAY))
            return "a list of strings";
        for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
            if (!ent_json_is(v, ENT_JSON_STRING))
                return "a list of strings";
        return NULL;
    case STIX_D_ANY:
    case STIX_D_CONTENTS:
        break;
    }
    return NULL;
}

static void contents_check(const checker *c, ent_json value)
{
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        ent_str language = ent_json_name(v);

        if (!stix_language_ok(language))
            add_text(c, STIX_RULE_VALUE_LANGUAGE, v, language);
        if (!ent_json_is(v, ENT_JSON_OBJECT))
            add_text(c, STIX_RULE_TRANSLATION, v, language);
        for (ent_json name = ent_json_first(v); name.doc != NULL; name = ent_json_next(name))
            if (ent_json_is(v, ENT_JSON_OBJECT) && !stix_property_name_ok(ent_json_name(name)))
                add_text(c, STIX_RULE_CONTENTS_NAME, name, ent_json_name(name));
    }
}

static void dict_check(const checker *c, const stix_property *row, ent_json value)
{
    if (!wanted(c, value, ENT_JSON_OBJECT, "a dictionary"))
        return;
    if (row->argument == STIX_D_CONTENTS) {
        contents_check(c, value);
        return;
    }
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        const char *what = dict_value_wanted((stix_dict)row->argument, v);

        if (!stix_key_ok(ent_json_name(v), 1))
            add_text(c, STIX_RULE_DICT_KEY, v, ent_json_name(v));
        if (row->argument == STIX_D_HEADER_FIELDS && ent_json_is(v, ENT_JSON_STRING))
            add(c, STIX_RULE_HEADER_STRING, v);
        if (what != NULL)
            stix_report_name(c->report, STIX_RULE_DICT_VALUE, v, what, NULL);
        else
            stix_check_custom(c, v);
    }
    stix_check_registry_keys(c, value);
}

/* ---- objects in objects ---- */

void stix_check_container(const checker *c, ent_json value)
{
    if (!wanted(c, value, ENT_JSON_OBJECT, "a dictionary of cyber-observable objects"))
        return;
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        ent_str key = ent_json_name(v);
        bool digits = key.size > 0;

        for (size_t i = 0; i < key.size; i++)
            digits = digits && key.ptr[i] >= '0' && key.ptr[i] <= '9';
        if (!digits)
            add_text(c, STIX_RULE_CONTAINER_KEY, v, key);
        if (c->container.doc == NULL && wanted(c, v, ENT_JSON_OBJECT, "an object"))
            stix_check_contained(c, v, value);
    }
}

static void objects_check(const checker *c, ent_json value)
{
    if (!ent_json_is(value, ENT_JSON_ARRAY) || ent_json_count(value) == 0) {
        add(c, STIX_RULE_BUNDLE_OBJECTS, value);
        return;
    }
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        if (!ent_json_is(v, ENT_JSON_OBJECT))
            add(c, STIX_RULE_BUNDLE_OBJECTS, v);
        else if (ent_str_is(ent_json_get_text(v, "type"), "bundle"))
            add(c, STIX_RULE_BUNDLE_ITEM, v);
    }
}

static void item_check(const checker *c, const stix_property *row, ent_json value)
{
    switch ((stix_kind)row->kind) {
    case STIX_KIND_STRING:
        string_check(c, row, value);
        break;
    case STIX_KIND_BOOLEAN:
        if (!ent_json_is(value, ENT_JSON_TRUE) && !ent_json_is(value, ENT_JSON_FALSE))
            stix_report_name(c->report, STIX_RULE_KIND, value, "true or false", json_text(value));
        break;
    case STIX_KIND_INTEGER:
    case STIX_KIND_FLOAT:
        number_check(c, row, value);
        break;
    case STIX_KIND_TIMESTAMP:
        timestamp_check(c, row, value);
        break;
    case STIX_KIND_HEX:
        hex_check(c, value);
        break;
    case STIX_KIND_BINARY:
        binary_check(c, value);
        break;
    case STIX_KIND_IDENT:
        stix_check_reference(c, value, &stix_targets[row->argument]);
        break;
    case STIX_KIND_OPEN:
    case STIX_KIND_ENUM:
        vocabulary_check(c, row, value);
        break;
    case STIX_KIND_HASHES:
        stix_check_hashes(c, value, row->argument != 0);
        break;
    case STIX_KIND_DICT:
        dict_check(c, row, value);
        break;
    case STIX_KIND_OBJECT:
        if (wanted(c, value, ENT_JSON_OBJECT, "an object"))
            stix_check_members(c, value, stix_type_at(row->argument), STIX_PART);
        break;
    case STIX_KIND_ANYOBJECT:
        if (wanted(c, value, ENT_JSON_OBJECT, "an object"))
            stix_check_custom(c, value);
        break;
    case STIX_KIND_EXTENSIONS:
        stix_check_extensions(c, value);
        break;
    case STIX_KIND_CONTAINER:
        stix_check_container(c, value);
        break;
    case STIX_KIND_OBJECTS:
        break;
    case STIX_KIND_SELECTOR:
        stix_check_selector(c, value);
        break;
    case STIX_KIND_RESERVED:
        add_text(c, STIX_RULE_RESERVED_NAME, value, ent_json_name(value));
        break;
    }
}

void stix_check_value(const checker *c, const stix_property *row, ent_json value)
{
    size_t count = ent_json_count(value);

    if ((row->flags & STIX_OLD) != 0)
        add_text(c, STIX_RULE_DEPRECATED, value, ent_json_name(value));
    if (ent_json_is(value, ENT_JSON_NULL))
        return; /* NULL_VALUE was reported */
    if (row->kind == STIX_KIND_OBJECTS) {
        objects_check(c, value);
        return;
    }
    if ((row->flags & STIX_LIST) == 0) {
        item_check(c, row, value);
        return;
    }
    if (!wanted(c, value, ENT_JSON_ARRAY, "a list"))
        return;
    if (row->kind == STIX_KIND_IDENT && count > ENT_LIMIT_REFS)
        stix_report_add(c->report, STIX_RULE_TOO_MANY_REFS, value,
                        ent_arena_printf(c->report->arena, "%zu", count),
                        ent_arena_printf(c->report->arena, "%d", ENT_LIMIT_REFS));
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
        item_check(c, row, v);
}

/* ---- values that no row describes ---- */

static bool ends(ent_str name, const char *suffix)
{
    size_t size = strlen(suffix);

    return name.size > size && memcmp(name.ptr + name.size - size, suffix, size) == 0;
}

static void custom_reference(const checker *c, ent_json value)
{
    if (!ent_json_is(value, ENT_JSON_STRING) || !stix_id_split(ent_json_str(value), NULL, NULL))
        stix_report_add(c->report, STIX_RULE_CUSTOM_REF, value, ent_json_raw(value), ENT_STR_NONE);
}

/* What the suffix of a property's name promises (s3.1).  Every reference ends in _ref, but
 * not all that ends so need be one. */
static void suffix_check(const checker *c, ent_json value)
{
    ent_str name = ent_json_name(value);

    if (ends(name, "_hex") && ent_json_is(value, ENT_JSON_STRING)) {
        hex_check(c, value);
    } else if (ends(name, "_bin") && ent_json_is(value, ENT_JSON_STRING)) {
        binary_check(c, value);
    } else if (c->container.doc != NULL) {
        return;
    } else if (ends(name, "_ref")) {
        custom_reference(c, value);
    } else if (ends(name, "_refs")) {
        for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
            custom_reference(c, v);
    }
}

void stix_check_custom(const checker *c, ent_json value)
{
    if (ent_json_name(value).size > 0)
        suffix_check(c, value);
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_json_is(value, ENT_JSON_OBJECT) && !stix_key_ok(ent_json_name(v), 1))
            add_text(c, STIX_RULE_DICT_KEY, v, ent_json_name(v));
        stix_check_custom(c, v);
    }
}
