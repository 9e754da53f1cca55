#include "policy/projection.h"

#include "policy/marking.h"
#include "stix/marking.h"

struct work {
    ent_json object;
    const ent_json *definitions;
    size_t count;
    const policy_question *question;
    policy_label base;
};

static bool is_required(ent_str name, const char *const *required)
{
    static const char *const always[] = { "type", "id", "spec_version", "created", "modified" };

    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (ent_str_is(name, always[i]))
            return true;
    for (; required != NULL && *required != NULL; required++)
        if (ent_str_is(name, *required))
            return true;
    return false;
}

/* What a marking with a selector that selects nothing was to protect is not known. */
static void selectors_check(struct work *w)
{
    ent_json granular = ent_json_get(w->object, "granular_markings");

    if (granular.doc != NULL && !ent_json_is(granular, ENT_JSON_ARRAY))
        policy_unknown_take(&w->base, ENT_STR("granular_markings"));
    for (ent_json v = ent_json_first(granular); v.doc != NULL; v = ent_json_next(v)) {
        ent_json selectors = ent_json_get(v, "selectors");

        if (ent_json_get_text(v, "marking_ref").size == 0 && ent_json_get_text(v, "lang").size == 0)
            policy_unknown_take(&w->base, ENT_STR("a marking without an id"));
        if (ent_json_count(selectors) == 0)
            policy_unknown_take(&w->base, ENT_STR("a marking without selectors"));
        for (ent_json s = ent_json_first(selectors); s.doc != NULL; s = ent_json_next(s))
            if (!stix_selector_ok(ent_json_str(s)) ||
                stix_selector_find(w->object, ent_json_str(s)).doc == NULL)
                policy_unknown_take(&w->base, ENT_STR("a selector that selects nothing"));
    }
}

/* A selector reaches a property if it names it or something in it. */
static bool reaches(ent_json marking, ent_str name)
{
    for (ent_json s = ent_json_first(ent_json_get(marking, "selectors")); s.doc != NULL;
         s = ent_json_next(s)) {
        ent_str selector = ent_json_str(s);

        if (ent_str_starts(selector, name) &&
            (selector.size == name.size || selector.ptr[name.size] == '.'))
            return true;
    }
    return false;
}

static policy_label part_label(const struct work *w, ent_str name)
{
    policy_label label = w->base;

    if (!stix_selector_ok(name)) /* what marks it cannot be said, so it is not known */
        policy_unknown_take(&label, name);
    for (ent_json v = ent_json_first(ent_json_get(w->object, "granular_markings")); v.doc != NULL;
         v = ent_json_next(v))
        if (ent_json_get(v, "marking_ref").doc != NULL && reaches(v, name))
            policy_marking_take(&label, ent_json_get_text(v, "marking_ref"), w->definitions,
                                w->count);
    policy_label_settle(&label);
    return label;
}

static void part_decide(const struct work *w, ent_str name, const char *const *required,
                        policy_projection *p)
{
    policy_question q = *w->question;
    policy_part *part = &p->parts[p->count++];
    policy_label label = part_label(w, name);
    bool kept_back;

    q.label = &label;
    *part = (policy_part){ name, policy_decide(&q) };
    if (part->decision.permit) {
        p->label = policy_label_meet(&p->label, &label);
        return;
    }
    kept_back = is_required(name, required) ||
                (ent_str_is(name, "extensions") && policy_handling(w->object).doc != NULL);
    if (kept_back && p->goes) {
        p->goes = false;
        p->stays_for = name;
    }
}

ent_code policy_project(ent_arena *arena, ent_json object, ent_json sidecar,
                        const ent_json *definitions, size_t count, const policy_question *question,
                        const char *const *required, policy_projection *p, ent_err *err)
{
    struct work w = {
        .object = object, .definitions = definitions, .count = count, .question = question
    };
    policy_question whole = *question;

    *p = (policy_projection){ .goes = false };
    ENT_TRY(policy_label_base_read(object, sidecar, definitions, count, &w.base, err));
    selectors_check(&w);
    p->label = w.base;
    p->parts = ent_arena_array(arena, ent_json_count(object) + 1, sizeof *p->parts);
    if (p->parts == NULL)
        return ent_fail_arena(err);
    whole.label = &w.base;
    p->goes = policy_decide(&whole).permit;
    for (ent_json m = ent_json_first(object); m.doc != NULL; m = ent_json_next(m))
        part_decide(&w, ent_json_name(m), required, p);
    return ENT_OK;
}
