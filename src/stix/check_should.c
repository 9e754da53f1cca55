/* What only should be: warnings, which --strict counts as errors. */
#include "stix/check_int.h"

#include "stix/format.h"

static bool has(ent_json object, const char *name)
{
    return ent_json_get(object, name).doc != NULL;
}

static bool ours(const checker *c)
{
    return c->type != NULL && stix_type_extension(c->type) != NULL;
}

static void uuid_check(const checker *c)
{
    ent_json id = ent_json_get(c->object, "id");
    bool observable = c->type != NULL && c->class_ == STIX_SCO && !ent_str_is(c->name, "process");
    int version;

    /* entente gives its own observables random ids on purpose: a deterministic one is an
     * unsalted hash of a small value. */
    if (ours(c) || c->container.doc != NULL || !stix_id_split(ent_json_str(id), NULL, &version) ||
        version == (observable ? 5 : 4))
        return;
    stix_report_add(c->report, observable ? STIX_RULE_ID_SHOULD_V5 : STIX_RULE_ID_SHOULD_V4, id,
                    ENT_STR_NONE, ENT_STR_NONE);
}

static void url_hashes(const checker *c)
{
    ent_json references = ent_json_get(c->object, "external_references");

    for (ent_json v = ent_json_first(references); v.doc != NULL; v = ent_json_next(v))
        if (has(v, "url") && !has(v, "hashes"))
            stix_report_add(c->report, STIX_RULE_URL_HASHES, v, ENT_STR_NONE, ENT_STR_NONE);
}

static bool meta(ent_str type)
{
    const stix_type *known = stix_type_find(type);

    return known != NULL && known->class_ != STIX_SDO && known->class_ != STIX_SCO;
}

static void relation_check(const checker *c)
{
    ent_json kind = ent_json_get(c->object, "relationship_type");
    ent_str source, target, relation = ent_json_str(kind);

    if (!stix_id_split(ent_json_get_text(c->object, "source_ref"), &source, NULL) ||
        !stix_id_split(ent_json_get_text(c->object, "target_ref"), &target, NULL) ||
        relation.ptr == NULL)
        return;
    if (ent_str_is(relation, "derived-from") || ent_str_is(relation, "duplicate-of") ||
        ent_str_is(relation, "related-to") || meta(source) || meta(target))
        return;
    if (!stix_relation_suggested(source, relation, target))
        stix_report_add(c->report, STIX_RULE_RELATION, kind, relation,
                        ent_arena_printf(c->report->arena, "%.*s to %.*s", ENT_STR_ARG(source),
                                         ENT_STR_ARG(target)));
}

/* Dictionaries of observables have lower-case keys, but for those whose keys are names of
 * something else. */
static void key_case(const checker *c, ent_json object)
{
    static const char *const foreign[] = { "hashes",         "file_header_hashes",
                                           "request_header", "additional_header_fields",
                                           "exif_tags",      "document_info_dict",
                                           "ipfix",          "options",
                                           "startup_info",   "environment_variables" };

    for (ent_json v = ent_json_first(object); v.doc != NULL; v = ent_json_next(v)) {
        ent_str name = ent_json_name(v);
        bool skip = false;

        for (size_t i = 0; i < name.size; i++)
            if (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') {
                stix_report_add(c->report, STIX_RULE_DICT_KEY_CASE, v, name, ENT_STR_NONE);
                break;
            }
        for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
            skip = skip || ent_str_is(name, foreign[i]);
        if (!skip && ent_json_is(v, ENT_JSON_OBJECT))
            key_case(c, v);
    }
}

void stix_check_registry_keys(const checker *c, ent_json dictionary)
{
    static const struct registry_key {
        const char *name;
        stix_registry registry;
        stix_rule rule;
    } keys[] = {
        { "ipfix", STIX_REGISTRY_IPFIX, STIX_RULE_IPFIX_NAME },
        { "request_header", STIX_REGISTRY_HTTP_HEADER, STIX_RULE_HTTP_HEADER },
        { "options", STIX_REGISTRY_SOCKET_OPTION, STIX_RULE_SOCKET_OPTION },
        { "document_info_dict", STIX_REGISTRY_PDF_INFO, STIX_RULE_PDF_INFO },
    };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!ent_str_is(ent_json_name(dictionary), keys[i].name))
            continue;
        for (ent_json v = ent_json_first(dictionary); v.doc != NULL; v = ent_json_next(v))
            if (!stix_registry_has(keys[i].registry, ent_json_name(v)))
                stix_report_add(c->report, keys[i].rule, v, ent_json_name(v), ENT_STR_NONE);
    }
}

static void custom_type(const checker *c)
{
    if (c->type == NULL && c->class_ == STIX_UNKNOWN)
        stix_report_add(c->report, STIX_RULE_CUSTOM_TYPE, ent_json_get(c->object, "type"), c->name,
                        ENT_STR_NONE);
}

void stix_check_should(const checker *c)
{
    uuid_check(c);
    url_hashes(c);
    custom_type(c);
    if (c->type != NULL && c->class_ == STIX_SCO && c->container.doc == NULL)
        key_case(c, c->object);
    if (ent_str_is(c->name, "relationship"))
        relation_check(c);
    else if (ent_str_is(c->name, "network-traffic")) {
        if (!has(c->object, "src_port") || !has(c->object, "dst_port"))
            stix_report_add(c->report, STIX_RULE_PORTS, c->object, ENT_STR_NONE, ENT_STR_NONE);
    } else if (ent_str_is(c->name, "indicator")) {
        if (!has(c->object, "name") || !has(c->object, "description"))
            stix_report_add(c->report, STIX_RULE_INDICATOR_TEXT, c->object, ENT_STR_NONE,
                            ENT_STR_NONE);
    }
}
