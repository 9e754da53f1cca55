#include "policy/label.h"

#include "policy/marking.h"
#include "stix/extension_ids.h"

#define SECTION "[doc/design/handling.md]"

/* The extension in the object, and the record beside the bytes. */
struct handling {
    ent_json own, beside;
};

ent_json policy_handling(ent_json object)
{
    return ent_json_get(ent_json_get(object, "extensions"), STIX_EXT_HANDLING);
}

/* What the object says itself counts; the record beside it says what it lacks. */
static ent_json pick(const struct handling *h, const char *name)
{
    ent_json own = ent_json_get(h->own, name);

    return own.doc != NULL ? own : ent_json_get(h->beside, name);
}

static ent_code text_read(const struct handling *h, const char *name, ent_str *text, ent_err *err)
{
    ent_json value = pick(h, name);

    *text = ent_json_str(value);
    if (value.doc != NULL && text->size == 0)
        return ent_fail(err, ENT_FORMAT, "handling member '%s' is no text " SECTION, name);
    return ENT_OK;
}

/* Adds the texts of a list that are not there yet. */
static ent_code texts_add(ent_json list, const char *name, ent_str out[POLICY_LIST], size_t *count,
                          ent_err *err)
{
    bool fits = list.doc == NULL || ent_json_is(list, ENT_JSON_ARRAY);

    for (ent_json v = ent_json_first(list); fits && v.doc != NULL; v = ent_json_next(v)) {
        ent_str text = ent_json_str(v);
        size_t i;

        for (i = 0; i < *count && !ent_str_equal(out[i], text); i++)
            ;
        if (i < *count)
            continue;
        fits = text.size > 0 && *count < POLICY_LIST;
        if (fits)
            out[(*count)++] = text;
    }
    if (!fits)
        return ent_fail(err, ENT_FORMAT,
                        "handling member '%s' is no list of at most %d texts " SECTION, name,
                        POLICY_LIST);
    return ENT_OK;
}

/* A list that restricts: both what the object and what the record beside it name. */
static ent_code both_read(const struct handling *h, const char *name, policy_list *list,
                          ent_err *err)
{
    ENT_TRY(texts_add(ent_json_get(h->own, name), name, list->item, &list->count, err));
    return texts_add(ent_json_get(h->beside, name), name, list->item, &list->count, err);
}

/* The index of `text` among `count` names, or `count`. */
static unsigned choice_of(ent_str text, const char *(*name_of)(unsigned), unsigned count)
{
    unsigned i;

    for (i = 0; i < count && !ent_str_is(text, name_of(i)); i++)
        ;
    return i;
}

static const char *category_of(unsigned i)
{
    return policy_category_name((policy_category)i);
}

static const char *discover_of(unsigned i)
{
    return policy_discover_name((policy_discover)i);
}

static const char *act_of(unsigned i)
{
    return policy_act_name((policy_act)i);
}

static const char *mean_of(unsigned i)
{
    return policy_mean_name((policy_mean)i);
}

static const char *kind_of(unsigned i)
{
    static const char *const names[] = { "", "fact", "assessment" };

    return names[i];
}

/* A member that is one of a closed list; absent leaves *choice alone. */
static ent_code choice_read(const struct handling *h, const char *name,
                            const char *(*name_of)(unsigned), unsigned count, unsigned *choice,
                            ent_err *err)
{
    ent_str text;
    unsigned i;

    ENT_TRY(text_read(h, name, &text, err));
    if (text.ptr == NULL)
        return ENT_OK;
    i = choice_of(text, name_of, count);
    if (i == count)
        return ent_fail(err, ENT_FORMAT, "handling member '%s' is '%.*s', which is no %s " SECTION,
                        name, text.size > 40 ? 40 : (int)text.size, text.ptr, name);
    *choice = i;
    return ENT_OK;
}

static ent_code choices_read(const struct handling *h, policy_label *label, ent_err *err)
{
    unsigned discover = POLICY_SILENT, category = POLICY_UNKNOWN, act = POLICY_ACT_DIRECT;
    unsigned kind = POLICY_KIND_UNSTATED;
    ent_json evidential = pick(h, "evidential");

    ENT_TRY(choice_read(h, "discover", discover_of, POLICY_OPEN + 1, &discover, err));
    ENT_TRY(choice_read(h, "category", category_of, POLICY_CATEGORY_COUNT, &category, err));
    ENT_TRY(choice_read(h, "actions", act_of, POLICY_ACT_COUNT, &act, err));
    ENT_TRY(choice_read(h, "kind", kind_of, POLICY_ASSESSMENT + 1, &kind, err));
    label->discover = (policy_discover)discover;
    label->category = (policy_category)category;
    label->act = (policy_act)act;
    label->kind = (policy_kind)kind;
    label->evidential = !ent_json_is(evidential, ENT_JSON_FALSE);
    if (evidential.doc != NULL && label->evidential && !ent_json_true(evidential))
        return ent_fail(err, ENT_FORMAT,
                        "handling member 'evidential' is neither true nor false " SECTION);
    return ENT_OK;
}

/* What restricts counts wherever it stands. */
static ent_code exercise_read(const struct handling *h, policy_label *label, ent_err *err)
{
    ent_json said[] = { ent_json_get(h->own, "exercise"), ent_json_get(h->beside, "exercise") };

    for (int i = 0; i < 2; i++) {
        label->exercise = label->exercise || ent_json_true(said[i]);
        if (said[i].doc != NULL && !ent_json_true(said[i]) && !ent_json_is(said[i], ENT_JSON_FALSE))
            return ent_fail(err, ENT_FORMAT,
                            "handling member 'exercise' is neither true nor false " SECTION);
    }
    return ENT_OK;
}

static ent_code instant_read(const struct handling *h, const char *name, ent_time *time,
                             ent_err *err)
{
    ent_str text;

    ENT_TRY(text_read(h, name, &text, err));
    if (text.ptr != NULL && ent_time_read(text, time, err) != ENT_OK)
        return ent_context(err, "handling member '%s'", name);
    return ENT_OK;
}

/* Two persons may have extended the retention: that stands beside the bytes alone, for an
 * object that came from elsewhere does not extend itself. */
static ent_code extended_read(const struct handling *h, policy_label *label, ent_err *err)
{
    ent_json extended = ent_json_get(h->beside, "extended");
    ent_str text = ent_json_str(extended);
    ent_days days;

    if (ent_json_get(h->own, "extended").doc != NULL)
        policy_unknown_take(label, ENT_STR("extended"));
    if (extended.doc == NULL)
        return ENT_OK;
    if (ent_days_read(text, &days, err) != ENT_OK)
        return ent_context(err, "handling member 'extended'");
    if (label->retention.ptr != NULL && days.last > label->retention_last) {
        label->retention = text;
        label->retention_last = days.last;
    }
    return ENT_OK;
}

static ent_code times_read(const struct handling *h, policy_label *label, ent_err *err)
{
    ent_str valid;
    ent_days days;

    label->valid = (ent_days){ ENT_DAY_MIN, ENT_DAY_MAX };
    label->not_before = INT64_MIN;
    label->expires = ENT_TIME_NEVER;
    ENT_TRY(text_read(h, "retention", &label->retention, err));
    ENT_TRY(text_read(h, "valid", &valid, err));
    if (label->retention.ptr != NULL) {
        if (ent_days_read(label->retention, &days, err) != ENT_OK)
            return ent_context(err, "handling member 'retention'");
        label->retention_last = days.last;
    }
    ENT_TRY(extended_read(h, label, err));
    if (valid.ptr != NULL && ent_interval_read(valid, &label->valid, err) != ENT_OK)
        return ent_context(err, "handling member 'valid'");
    ENT_TRY(instant_read(h, "not_before", &label->not_before, err));
    return instant_read(h, "expires", &label->expires, err);
}

static ent_code rating_read(const struct handling *h, policy_label *label, ent_err *err)
{
    ent_json rating = pick(h, "rating");
    bool known;

    if (rating.doc == NULL)
        return ENT_OK;
    label->scale = ent_json_get_text(rating, "scale");
    label->source = ent_json_get_text(rating, "source");
    label->information = ent_json_get_text(rating, "information");
    if (ent_json_get(rating, "scale").doc == NULL)
        label->scale = ENT_STR("admiralty");
    if (label->source.size == 0 || label->information.size == 0)
        return ENT_OK; /* missing, which refuses and says so */
    if (!policy_evaluation_valid(label->scale, label->source, label->information, &known)) {
        if (known)
            return ent_fail(err, ENT_FORMAT,
                            "handling member 'rating' is no evaluation of its scale " SECTION);
        policy_unknown_take(label, ENT_STR("the scale of the rating"));
    }
    return ENT_OK;
}

/* There is no word for everybody: a list of organisations names them. */
static ent_code organisations_check(const policy_list *list, const char *name, ent_err *err)
{
    static const char *const everybody[] = {
        "*", "all", "ALL", "everyone", "EVERYONE", "any", "ANY"
    };

    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < sizeof everybody / sizeof *everybody; k++)
            if (ent_str_is(list->item[i], everybody[k]))
                return ent_fail(err, ENT_FORMAT,
                                "handling member '%s' says '%s'; organisations are named one by "
                                "one " SECTION,
                                name, everybody[k]);
    return ENT_OK;
}

static ent_code recipients_read(const struct handling *h, policy_label *label, ent_err *err)
{
    ent_json releasable = pick(h, "releasable_to");
    ent_str community;

    label->releasable_stated = releasable.doc != NULL;
    ENT_TRY(texts_add(releasable, "releasable_to", label->releasable.item, &label->releasable.count,
                      err));
    ENT_TRY(organisations_check(&label->releasable, "releasable_to", err));
    ENT_TRY(both_read(h, "not_releasable_to", &label->denied, err));
    ENT_TRY(text_read(h, "community", &community, err));
    if (community.ptr != NULL)
        label->communities = (policy_list){ .item = { community }, .count = 1 };
    return ENT_OK;
}

static ent_code prohibitions_read(const struct handling *h, policy_label *label, ent_err *err)
{
    policy_list list = { .count = 0 };

    ENT_TRY(both_read(h, "prohibit", &list, err));
    for (size_t i = 0; i < list.count; i++) {
        unsigned mean = choice_of(list.item[i], mean_of, POLICY_MEAN_COUNT);

        if (ent_str_is(list.item[i], "disclose"))
            label->no_disclosure = true;
        else if (mean < POLICY_MEAN_COUNT)
            label->prohibit |= POLICY_BIT(mean);
        else
            policy_unknown_take(label, list.item[i]);
    }
    list.count = 0;
    ENT_TRY(both_read(h, "require", &list, err));
    for (size_t i = 0; i < list.count; i++)
        if (ent_str_is(list.item[i], "encrypt"))
            label->encrypt = true;
        else if (ent_str_is(list.item[i], "attribute"))
            label->attribute = true;
        else
            policy_unknown_take(label, list.item[i]);
    return ENT_OK;
}

static ent_code lists_read(const struct handling *h, policy_label *label, ent_err *err)
{
    policy_list codes = { .count = 0 };

    ENT_TRY(
        texts_add(pick(h, "purposes"), "purposes", label->purposes, &label->purpose_count, err));
    ENT_TRY(texts_add(ent_json_get(h->own, "originator_control"), "originator_control",
                      label->originators, &label->originator_count, err));
    ENT_TRY(texts_add(ent_json_get(h->beside, "originator_control"), "originator_control",
                      label->originators, &label->originator_count, err));
    ENT_TRY(both_read(h, "handling", &codes, err));
    for (size_t i = 0; i < codes.count; i++)
        policy_code_take(label, codes.item[i]);
    ENT_TRY(recipients_read(h, label, err));
    return prohibitions_read(h, label, err);
}

/* ---- markings of the object ---- */

struct definitions {
    const ent_json *list;
    size_t count;
};

static void object_markings_read(ent_json object, const struct definitions *at_hand,
                                 policy_label *label)
{
    ent_json refs = ent_json_get(object, "object_marking_refs");

    if (refs.doc != NULL && !ent_json_is(refs, ENT_JSON_ARRAY))
        policy_unknown_take(label, ENT_STR("object_marking_refs"));
    for (ent_json v = ent_json_first(refs); v.doc != NULL; v = ent_json_next(v))
        policy_marking_take(label, ent_json_str(v), at_hand->list, at_hand->count);
}

/* Markings of single properties count for the whole object; policy/projection takes them
 * apart.  A language is no handling (STIX 2.1 s7.2.3). */
static void granular_read(ent_json object, const struct definitions *at_hand, policy_label *label)
{
    ent_json granular = ent_json_get(object, "granular_markings");

    if (granular.doc != NULL && !ent_json_is(granular, ENT_JSON_ARRAY))
        policy_unknown_take(label, ENT_STR("granular_markings"));
    for (ent_json v = ent_json_first(granular); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_get(v, "lang").doc == NULL || ent_json_get(v, "marking_ref").doc != NULL)
            policy_marking_take(label, ent_json_get_text(v, "marking_ref"), at_hand->list,
                                at_hand->count);
}

static void members_check(ent_json handling, policy_label *label)
{
    static const char *const names[] = {
#define X(name) name,
#include "policy/members.def"
#undef X
    };

    for (ent_json m = ent_json_first(handling); m.doc != NULL; m = ent_json_next(m)) {
        size_t i;

        for (i = 0; i < sizeof names / sizeof *names && !ent_str_is(ent_json_name(m), names[i]);
             i++)
            ;
        if (i == sizeof names / sizeof *names)
            policy_unknown_take(label, ent_json_name(m));
    }
}

static const char *first_missing(const struct handling *h, const policy_label *label)
{
    if (h->own.doc == NULL && h->beside.doc == NULL)
        return "handling";
    if (label->source.size == 0 || label->information.size == 0)
        return "rating";
    if (label->purpose_count == 0)
        return "purposes";
    if (pick(h, "category").doc == NULL)
        return "category";
    return label->retention.ptr == NULL ? "retention" : NULL;
}

static ent_code handling_read(const struct handling *h, policy_label *label, ent_err *err)
{
    if ((h->own.doc != NULL && !ent_json_is(h->own, ENT_JSON_OBJECT)) ||
        (h->beside.doc != NULL && !ent_json_is(h->beside, ENT_JSON_OBJECT)))
        return ent_fail(err, ENT_FORMAT, "the handling extension is no object " SECTION);
    members_check(h->own, label);
    members_check(h->beside, label);
    ENT_TRY(rating_read(h, label, err));
    ENT_TRY(lists_read(h, label, err));
    ENT_TRY(choices_read(h, label, err));
    ENT_TRY(exercise_read(h, label, err));
    return times_read(h, label, err);
}

void policy_label_settle(policy_label *label)
{
    if ((label->marks & POLICY_BIT(POLICY_MARK_TLP_GREEN)) != 0 && label->communities.count == 0)
        label->marks |= POLICY_BIT(POLICY_MARK_TLP_UNBOUND);
    if (label->not_before > label->expires ||
        (label->attribute && (label->prohibit & POLICY_BIT(POLICY_MEAN_ATTRIBUTION)) != 0))
        label->conflict = true;
}

ent_code policy_label_base_read(ent_json object, ent_json sidecar, const ent_json *definitions,
                                size_t count, policy_label *label, ent_err *err)
{
    struct handling h = { policy_handling(object), sidecar };
    struct definitions at_hand = { definitions, count };

    *label = (policy_label){ .complete = false };
    if (handling_read(&h, label, err) != ENT_OK) {
        *label = (policy_label){ .missing = "handling", .conflict = true };
        return err->code;
    }
    object_markings_read(object, &at_hand, label);
    policy_label_settle(label);
    label->missing = first_missing(&h, label);
    label->complete = label->missing == NULL;
    return ENT_OK;
}

ent_code policy_label_read_with(ent_json object, ent_json sidecar, const ent_json *definitions,
                                size_t count, policy_label *label, ent_err *err)
{
    struct definitions at_hand = { definitions, count };

    ENT_TRY(policy_label_base_read(object, sidecar, definitions, count, label, err));
    granular_read(object, &at_hand, label);
    policy_label_settle(label);
    return ENT_OK;
}

ent_code policy_label_read(ent_json object, ent_json sidecar, policy_label *label, ent_err *err)
{
    return policy_label_read_with(object, sidecar, NULL, 0, label, err);
}
