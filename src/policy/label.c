#include "policy/label.h"

#include "stix/extension_ids.h"

static const char *const category_names[POLICY_CATEGORY_COUNT] = {
#define X(symbol, name) [POLICY_##symbol] = (name),
    POLICY_CATEGORIES(X)
#undef X
};

const char *policy_category_name(policy_category category)
{
    return category_names[category];
}

ent_json policy_handling(ent_json object)
{
    return ent_json_get(ent_json_get(object, "extensions"), STIX_EXT_HANDLING);
}

/* TLP 1.0 and 2.0 marking definitions (STIX 2.1 s7.2.1.4; OASIS common objects). */
static const struct {
    const char *id;
    bool red;
} markings[] = {
    { "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", false },
    { "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", false },
    { "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", false },
    { "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", true },
    { "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", false },
    { "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", false },
    { "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", false },
    { "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", false },
    { "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", true },
};

static void marking_take(policy_label *label, ent_str id)
{
    for (size_t i = 0; i < sizeof markings / sizeof *markings; i++)
        if (ent_str_is(id, markings[i].id)) {
            label->tlp_red = label->tlp_red || markings[i].red;
            return;
        }
    label->unknown_marking = true;
}

static ent_code list_read(ent_json list, const char *member, ent_str out[POLICY_LIST],
                          size_t *count, ent_err *err)
{
    *count = 0;
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_json_str(v).size == 0 || *count == POLICY_LIST)
            return ent_fail(
                err, ENT_FORMAT,
                "handling member '%s' is no list of at most %d texts [doc/design/handling.md]",
                member, POLICY_LIST);
        out[(*count)++] = ent_json_str(v);
    }
    return ENT_OK;
}

static ent_code choices_read(ent_json handling, policy_label *label, ent_err *err)
{
    ent_str discover = ent_json_get_text(handling, "discover");
    ent_str category = ent_json_get_text(handling, "category");
    int i;

    if (discover.ptr != NULL) {
        if (ent_str_is(discover, "pointer"))
            label->discover = POLICY_POINTER;
        else if (ent_str_is(discover, "open"))
            label->discover = POLICY_OPEN;
        else if (!ent_str_is(discover, "silent"))
            return ent_fail(err, ENT_FORMAT,
                            "handling member 'discover' is not silent, pointer or open "
                            "[doc/design/handling.md]");
    }
    if (category.ptr == NULL)
        return ENT_OK;
    for (i = 0; i < POLICY_CATEGORY_COUNT && !ent_str_is(category, category_names[i]); i++)
        ;
    if (i == POLICY_CATEGORY_COUNT)
        return ent_fail(
            err, ENT_FORMAT,
            "handling member 'category' is '%.*s', which is no category [doc/design/handling.md]",
            category.size > 40 ? 40 : (int)category.size, category.ptr);
    label->category = (policy_category)i;
    return ENT_OK;
}

static ent_code dates_read(ent_json handling, policy_label *label, ent_err *err)
{
    ent_str valid = ent_json_get_text(handling, "valid");
    ent_days days;

    label->retention = ent_json_get_text(handling, "retention");
    label->valid = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
    if (label->retention.ptr != NULL) {
        if (ent_days_read(label->retention, &days, err) != ENT_OK)
            return ent_context(err, "handling member 'retention'");
        label->retention_last = days.last;
    }
    if (valid.ptr != NULL && ent_interval_read(valid, &label->valid, err) != ENT_OK)
        return ent_context(err, "handling member 'valid'");
    return ENT_OK;
}

static const char *first_missing(ent_json handling, const policy_label *label)
{
    if (handling.doc == NULL)
        return "handling";
    if (label->source.size == 0 || label->information.size == 0)
        return "rating";
    if (label->purpose_count == 0)
        return "purposes";
    if (ent_json_get_text(handling, "category").ptr == NULL)
        return "category";
    return label->retention.ptr == NULL ? "retention" : NULL;
}

ent_code policy_label_read(ent_json object, policy_label *label, ent_err *err)
{
    ent_json handling = policy_handling(object), prohibit;

    *label =
        (policy_label){ .discover = POLICY_SILENT, .category = POLICY_UNKNOWN, .evidential = true };
    for (ent_json v = ent_json_first(ent_json_get(object, "object_marking_refs")); v.doc != NULL;
         v = ent_json_next(v))
        marking_take(label, ent_json_str(v));
    /* Granular markings narrow single properties; until they are projected apart,
     * any of them counts for the whole object. */
    for (ent_json v = ent_json_first(ent_json_get(object, "granular_markings")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_json_get(v, "marking_ref").doc != NULL)
            marking_take(label, ent_json_get_text(v, "marking_ref"));
    label->source = ent_json_get_text(ent_json_get(handling, "rating"), "source");
    label->information = ent_json_get_text(ent_json_get(handling, "rating"), "information");
    ENT_TRY(list_read(ent_json_get(handling, "purposes"), "purposes", label->purposes,
                      &label->purpose_count, err));
    ENT_TRY(list_read(ent_json_get(handling, "originator_control"), "originator_control",
                      label->originators, &label->originator_count, err));
    ENT_TRY(choices_read(handling, label, err));
    ENT_TRY(dates_read(handling, label, err));
    prohibit = ent_json_get(handling, "prohibit");
    for (ent_json v = ent_json_first(prohibit); v.doc != NULL; v = ent_json_next(v))
        label->no_disclosure = true; /* every prohibition of this version is one of disclosure */
    label->evidential = !ent_json_is(ent_json_get(handling, "evidential"), ENT_JSON_FALSE);
    label->missing = first_missing(handling, label);
    label->complete = label->missing == NULL;
    return ENT_OK;
}

static bool list_has(const ent_str *list, size_t count, ent_str text)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(list[i], text))
            return true;
    return false;
}

/* The graver category: a witness' or victim's protection is never lost by combining. */
static policy_category category_meet(policy_category a, policy_category b)
{
    bool a_protected = a == POLICY_WITNESS || a == POLICY_VICTIM || a == POLICY_MINOR;

    return a_protected || b == POLICY_NONE ? a : b;
}

policy_label policy_label_meet(const policy_label *a, const policy_label *b)
{
    policy_label m = *a;

    m.complete = a->complete && b->complete;
    m.missing = a->missing != NULL ? a->missing : b->missing;
    m.unknown_marking = a->unknown_marking || b->unknown_marking;
    m.tlp_red = a->tlp_red || b->tlp_red;
    m.no_disclosure = a->no_disclosure || b->no_disclosure;
    m.discover = a->discover < b->discover ? a->discover : b->discover;
    m.category = category_meet(a->category, b->category);
    m.purpose_count = 0;
    for (size_t i = 0; i < a->purpose_count; i++)
        if (list_has(b->purposes, b->purpose_count, a->purposes[i]))
            m.purposes[m.purpose_count++] = a->purposes[i];
    for (size_t i = 0; i < b->originator_count; i++) {
        if (list_has(m.originators, m.originator_count, b->originators[i]))
            continue;
        if (m.originator_count == POLICY_LIST)
            m.no_disclosure = true; /* more consents than can be listed: nobody gets it */
        else
            m.originators[m.originator_count++] = b->originators[i];
    }
    if (b->retention_last < a->retention_last) {
        m.retention_last = b->retention_last;
        m.retention = b->retention;
    }
    m.valid.first = a->valid.first > b->valid.first ? a->valid.first : b->valid.first;
    m.valid.last = a->valid.last < b->valid.last ? a->valid.last : b->valid.last;
    m.evidential = a->evidential && b->evidential;
    return m;
}
