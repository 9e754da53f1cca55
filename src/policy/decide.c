#include "policy/decide.h"

static const struct {
    const char *name, *text;
} rules[POLICY_RULE_COUNT] = {
#define X(symbol, name, text) [POLICY_RULE_##symbol] = { (name), (text) },
    POLICY_RULES(X)
#undef X
};

const char *policy_rule_name(policy_rule rule)
{
    return rules[rule].name;
}

const char *policy_rule_text(policy_rule rule)
{
    return rules[rule].text;
}

static bool is_listed(const ent_str *list, size_t count, ent_str text)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(list[i], text))
            return true;
    return false;
}

static bool is_releaser(ent_str role)
{
    return ent_str_is(role, "disclosure") || ent_str_is(role, "legal");
}

/* Two different persons who may release, neither of them the drafter. */
static bool two_persons(const policy_question *q)
{
    ent_str first = ENT_STR_NONE;
    size_t count = 0;

    for (size_t i = 0; i < q->approval_count; i++) {
        const policy_person *p = &q->approvals[i];

        if (!is_releaser(p->role) || ent_str_equal(p->name, q->drafter) ||
            (count > 0 && ent_str_equal(p->name, first)))
            continue;
        if (count == 0)
            first = p->name;
        count++;
    }
    return count >= 2;
}

static bool legal_approved(const policy_question *q)
{
    for (size_t i = 0; i < q->approval_count; i++)
        if (ent_str_is(q->approvals[i].role, "legal") &&
            !ent_str_equal(q->approvals[i].name, q->drafter))
            return true;
    return false;
}

static bool originators_consented(const policy_question *q)
{
    for (size_t i = 0; i < q->label->originator_count; i++)
        if (!is_listed(q->consents, q->consent_count, q->label->originators[i]))
            return false;
    return true;
}

static void ask(policy_decision *d, policy_rule rule, bool holds)
{
    d->rules[rule] = holds ? POLICY_PERMITS : POLICY_WITHHOLDS;
    if (!holds && d->permit) {
        d->permit = false;
        d->reason = rule;
    }
}

policy_decision policy_decide(const policy_question *q)
{
    const policy_terms *terms = q->terms;
    const policy_label *label = q->label;
    policy_decision d = { .permit = true };
    bool in_force = terms != NULL && terms->in_force && terms->both_party;

    ask(&d, POLICY_RULE_AGREEMENT, in_force);
    ask(&d, POLICY_RULE_FLOW,
        in_force && (q->action == POLICY_MATCH ? terms->match : terms->release));
    ask(&d, POLICY_RULE_PURPOSE,
        in_force && q->purpose.size > 0 &&
            is_listed(terms->purposes, terms->purpose_count, q->purpose) &&
            is_listed(label->purposes, label->purpose_count, q->purpose));
    ask(&d, POLICY_RULE_MARKED, label->complete);
    ask(&d, POLICY_RULE_MARKINGS,
        (label->marks & (POLICY_BIT(POLICY_MARK_UNKNOWN) | POLICY_BIT(POLICY_MARK_TLP_RED))) == 0 &&
            !label->conflict);
    ask(&d, POLICY_RULE_DISCLOSURE, !label->no_disclosure);
    ask(&d, POLICY_RULE_RETENTION, label->complete && q->today <= label->retention_last);
    if (q->action == POLICY_MATCH) {
        ask(&d, POLICY_RULE_DISCOVERY, label->discover >= POLICY_POINTER);
        ask(&d, POLICY_RULE_CATEGORY, !policy_protected(label->category));
        return d;
    }
    if (q->before_approval)
        return d;
    ask(&d, POLICY_RULE_TWO_PERSONS, two_persons(q));
    if (policy_protected(label->category))
        ask(&d, POLICY_RULE_LEGAL, legal_approved(q));
    if (label->originator_count > 0)
        ask(&d, POLICY_RULE_ORIGINATOR, originators_consented(q));
    return d;
}
