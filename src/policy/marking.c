#include "policy/marking.h"

static const struct {
    const char *code, *text;
} marks[POLICY_MARK_COUNT] = {
#define X(symbol, code, text) [POLICY_MARK_##symbol] = { code, text },
#include "policy/marks.def"
#undef X
};

/* STIX 2.1 s7.2.1.4 (TLP 1.0) and the OASIS common objects (TLP 2.0). */
static const struct {
    const char *id;
    policy_mark mark;
} tlp_ids[] = {
    { "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", POLICY_MARK_TLP_CLEAR },
    { "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", POLICY_MARK_TLP_GREEN },
    { "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", POLICY_MARK_TLP_AMBER },
    { "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", POLICY_MARK_TLP_RED },
    { "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", POLICY_MARK_TLP_CLEAR },
    { "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", POLICY_MARK_TLP_GREEN },
    { "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", POLICY_MARK_TLP_AMBER },
    { "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", POLICY_MARK_TLP_AMBER_STRICT },
    { "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", POLICY_MARK_TLP_RED },
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

const char *policy_mark_code(policy_mark mark)
{
    return marks[mark].code;
}

const char *policy_mark_text(policy_mark mark)
{
    return marks[mark].text;
}

void policy_unknown_take(policy_label *label, ent_str what)
{
    label->marks |= POLICY_BIT(POLICY_MARK_UNKNOWN);
    if (label->unknown.ptr == NULL)
        label->unknown = what;
}

void policy_code_take(policy_label *label, ent_str code)
{
    for (unsigned i = 0; i < POLICY_MARK_COUNT; i++)
        if (marks[i].code != NULL && ent_str_is(code, marks[i].code)) {
            label->marks |= POLICY_BIT(i);
            return;
        }
    policy_unknown_take(label, code);
}

/* ---- FIRST IEP 2.0 ---- */

typedef bool (*iep_fn)(policy_label *label, ent_json value);

static bool iep_ignored(policy_label *label, ent_json value)
{
    (void)label;
    (void)value;
    return true;
}

static bool iep_version(policy_label *label, ent_json value)
{
    double number;

    (void)label;
    return (ent_json_double(value, &number) && number == 2.0) ||
           ent_str_is(ent_json_str(value), "2.0");
}

static bool iep_encrypt(policy_label *label, ent_json value)
{
    label->encrypt = label->encrypt || ent_str_is(ent_json_str(value), "must");
    return ent_str_is(ent_json_str(value), "must") || ent_str_is(ent_json_str(value), "may");
}

static bool iep_actions(policy_label *label, ent_json value)
{
    for (unsigned i = 0; i < POLICY_ACT_COUNT; i++)
        if (ent_str_is(ent_json_str(value), policy_act_name((policy_act)i))) {
            label->act = i < label->act ? (policy_act)i : label->act;
            return true;
        }
    return false;
}

static bool must_not(policy_label *label, ent_json value, policy_mean mean)
{
    if (!ent_str_is(ent_json_str(value), "must-not"))
        return ent_str_is(ent_json_str(value), "may");
    label->prohibit |= POLICY_BIT(mean);
    return true;
}

static bool iep_notify(policy_label *label, ent_json value)
{
    return must_not(label, value, POLICY_MEAN_NOTIFY);
}

static bool iep_resale(policy_label *label, ent_json value)
{
    return must_not(label, value, POLICY_MEAN_RESALE);
}

static bool iep_attribution(policy_label *label, ent_json value)
{
    if (!ent_str_is(ent_json_str(value), "must"))
        return must_not(label, value, POLICY_MEAN_ATTRIBUTION);
    label->attribute = true;
    return true;
}

static bool iep_tlp(policy_label *label, ent_json value)
{
    static const struct {
        const char *name;
        policy_mark mark;
    } colours[] = {
        { "red", POLICY_MARK_TLP_RED },     { "amber+strict", POLICY_MARK_TLP_AMBER_STRICT },
        { "amber", POLICY_MARK_TLP_AMBER }, { "green", POLICY_MARK_TLP_GREEN },
        { "clear", POLICY_MARK_TLP_CLEAR }, { "white", POLICY_MARK_TLP_CLEAR },
    };

    for (size_t i = 0; i < COUNT(colours); i++)
        if (ent_str_is(ent_json_str(value), colours[i].name)) {
            label->marks |= POLICY_BIT(colours[i].mark);
            return true;
        }
    return false;
}

static bool iep_start(policy_label *label, ent_json value)
{
    ent_err ignored;
    ent_time time;

    if (ent_json_is(value, ENT_JSON_NULL))
        return true;
    if (ent_time_read(ent_json_str(value), &time, &ignored) != ENT_OK)
        return false;
    label->not_before = time > label->not_before ? time : label->not_before;
    return true;
}

static bool iep_end(policy_label *label, ent_json value)
{
    ent_err ignored;
    ent_time time;

    if (ent_json_is(value, ENT_JSON_NULL))
        return true;
    if (ent_time_read(ent_json_str(value), &time, &ignored) != ENT_OK)
        return false;
    label->expires = time < label->expires ? time : label->expires;
    return true;
}

static const struct {
    const char *name;
    iep_fn take;
} iep_members[] = {
    { "extension_type", iep_ignored },
    { "iep_id", iep_ignored },
    { "name", iep_ignored },
    { "description", iep_ignored },
    { "external_reference", iep_ignored },
    { "external_references", iep_ignored },
    { "iep_version", iep_version },
    { "start_date", iep_start },
    { "end_date", iep_end },
    { "encrypt_in_transit", iep_encrypt },
    { "permitted_actions", iep_actions },
    { "affected_party_notifications", iep_notify },
    { "tlp", iep_tlp },
    { "attribution", iep_attribution },
    { "provider_attribution", iep_attribution },
    { "unmodified_resale", iep_resale },
};

static bool iep_take(policy_label *label, ent_json policy)
{
    bool version = false;

    for (ent_json m = ent_json_first(policy); m.doc != NULL; m = ent_json_next(m)) {
        size_t i;

        for (i = 0; i < COUNT(iep_members); i++)
            if (ent_str_is(ent_json_name(m), iep_members[i].name))
                break;
        if (i == COUNT(iep_members) || !iep_members[i].take(label, m))
            return false;
        version = version || iep_members[i].take == iep_version;
    }
    return version;
}

/* ---- marking definitions ---- */

/* The members a definition may have; any other could restrict in a way not understood. */
static bool definition_known(ent_json definition)
{
    static const char *const names[] = {
        "type",
        "spec_version",
        "id",
        "created",
        "modified",
        "created_by_ref",
        "definition",
        "definition_type",
        "name",
        "extensions",
        "lang",
        "external_references",
        "object_marking_refs",
    };

    for (ent_json m = ent_json_first(definition); m.doc != NULL; m = ent_json_next(m)) {
        size_t i;

        for (i = 0; i < COUNT(names) && !ent_str_is(ent_json_name(m), names[i]); i++)
            ;
        if (i == COUNT(names))
            return false;
    }
    return true;
}

static bool definition_take(policy_label *label, ent_json definition)
{
    ent_json extensions = ent_json_get(definition, "extensions");
    ent_json iep = ent_json_get(extensions, POLICY_EXT_IEP);
    ent_str type = ent_json_get_text(definition, "definition_type");

    if (!definition_known(definition))
        return false;
    if (type.ptr == NULL)
        return ent_json_count(extensions) == 1 && ent_json_is(iep, ENT_JSON_OBJECT) &&
               iep_take(label, iep);
    if (!ent_str_is(type, "statement") || extensions.doc != NULL)
        return false;
    label->marks |= POLICY_BIT(POLICY_MARK_STATEMENT);
    return true;
}

void policy_marking_take(policy_label *label, ent_str id, const ent_json *definitions, size_t count)
{
    for (size_t i = 0; i < COUNT(tlp_ids); i++)
        if (ent_str_is(id, tlp_ids[i].id)) {
            label->marks |= POLICY_BIT(tlp_ids[i].mark);
            return;
        }
    for (size_t i = 0; i < count; i++)
        if (id.ptr != NULL && ent_str_equal(ent_json_get_text(definitions[i], "id"), id)) {
            if (!definition_take(label, definitions[i]))
                policy_unknown_take(label, id);
            return;
        }
    policy_unknown_take(label, id.ptr == NULL ? ENT_STR("a marking without an id") : id);
}

/* ---- evaluations ---- */

bool policy_evaluation_valid(ent_str scale, ent_str source, ent_str information, bool *known)
{
    static const struct {
        const char *name, *sources, *informations;
    } scales[] = {
        { "admiralty", "ABCDEF", "123456" },
        { "europol", "ABCX", "1234" },
        { "uk-3x5x2", "123", "ABCDE" },
    };

    *known = false;
    for (size_t i = 0; i < COUNT(scales); i++) {
        if (!ent_str_is(scale, scales[i].name))
            continue;
        *known = true;
        return source.size == 1 && information.size == 1 &&
               memchr(scales[i].sources, source.ptr[0], strlen(scales[i].sources)) != NULL &&
               memchr(scales[i].informations, information.ptr[0], strlen(scales[i].informations)) !=
                   NULL;
    }
    return false;
}
