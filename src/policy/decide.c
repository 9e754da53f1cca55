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

const char *policy_action_name(policy_action action)
{
    static const char *const names[POLICY_ACTION_COUNT] = {
        [POLICY_MATCH] = "match", [POLICY_RELEASE] = "release", [POLICY_ONWARD] = "onward",
        [POLICY_USE] = "use",     [POLICY_EXPORT] = "export",
    };

    return names[action];
}

/* ---- what a question says, put once ---- */

/* Days beyond this cannot be counted in microseconds and are no dates of ours. */
#define DAY_LIMIT 10000000

struct facts {
    const policy_question *q;
    const policy_label *label;
    bool known;     /* the action is */
    bool content;   /* more than a key may go: release, onward, export */
    bool leaves;    /* it leaves the holder's organisation */
    bool passed_on; /* the holder is not the originator */
    bool in_force;  /* the agreement with the recipient is */
    bool clock;     /* the time can be used */
    ent_day today;
    ent_time first, last; /* of the time that is asked about */
};

static void time_put(struct facts *f)
{
    const policy_question *q = f->q;
    ent_time day = q->today;

    if (q->now != 0)
        day = q->now / ENT_DAY_TIME - (q->now % ENT_DAY_TIME < 0 ? 1 : 0);
    f->clock = !q->clock_suspect && day > -DAY_LIMIT && day < DAY_LIMIT;
    if (!f->clock)
        return;
    f->today = (ent_day)day;
    f->first = q->now != 0 ? q->now : day * ENT_DAY_TIME;
    f->last = q->now != 0 ? q->now : (day + 1) * ENT_DAY_TIME - 1;
}

static bool marked(const struct facts *f, unsigned marks)
{
    return (f->label->marks & marks) != 0;
}

static struct facts facts_of(const policy_question *q)
{
    static const policy_label unmarked = { .complete = false };
    struct facts f = { .q = q, .label = q->label != NULL ? q->label : &unmarked };
    bool own = q->recipient.standing == POLICY_OWN;

    f.known = (unsigned)q->action < POLICY_ACTION_COUNT;
    f.content =
        q->action == POLICY_RELEASE || q->action == POLICY_ONWARD || q->action == POLICY_EXPORT;
    f.leaves = q->action == POLICY_MATCH || q->action == POLICY_RELEASE || (f.content && !own);
    /* Who passes something on must say whose it is; who releases may mean his own. */
    f.passed_on = q->originator.size > 0 ? !ent_str_equal(q->originator, q->holder)
                                         : q->action == POLICY_ONWARD;
    f.in_force = q->terms != NULL && q->terms->in_force && q->terms->both_party;
    time_put(&f);
    return f;
}

/* ---- conditions ---- */

static bool is_listed(const ent_str *list, size_t count, ent_str text)
{
    for (size_t i = 0; i < count; i++)
        if (ent_str_equal(list[i], text))
            return true;
    return false;
}

static bool consented(const policy_question *q, ent_str originator)
{
    return originator.size > 0 && is_listed(q->consents, q->consent_count, originator);
}

static bool purpose_holds(const struct facts *f)
{
    const policy_question *q = f->q;

    if (q->purpose.size == 0 || !is_listed(f->label->purposes, f->label->purpose_count, q->purpose))
        return false;
    return !f->leaves ||
           (f->in_force && is_listed(q->terms->purposes, q->terms->purpose_count, q->purpose));
}

static bool flow_holds(const struct facts *f)
{
    if (!f->in_force)
        return false;
    return f->q->action == POLICY_MATCH ? f->q->terms->match : f->q->terms->release;
}

static bool markings_known(const struct facts *f)
{
    return !marked(f, POLICY_BIT(POLICY_MARK_UNKNOWN)) &&
           f->label->marks < POLICY_BIT(POLICY_MARK_COUNT);
}

static bool nothing_prohibited(const struct facts *f)
{
    unsigned means = f->q->means;

    if (f->q->names_source)
        means |= POLICY_BIT(POLICY_MEAN_ATTRIBUTION);
    return (f->label->prohibit & means) == 0;
}

enum { PURPOSE_CRIME = 1, PURPOSE_JUDICIAL = 2 };

static int purpose_traits(ent_str purpose)
{
    static const struct {
        const char *name;
        bool crime, judicial;
    } purposes[] = {
#define X(name, crime, judicial) { (name), (crime), (judicial) },
#include "policy/purposes.def"
#undef X
    };

    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        if (ent_str_is(purpose, purposes[i].name))
            return (purposes[i].crime ? PURPOSE_CRIME : 0) |
                   (purposes[i].judicial ? PURPOSE_JUDICIAL : 0);
    return 0;
}

static bool is_judicial(const policy_question *q)
{
    return (q->means & POLICY_BIT(POLICY_MEAN_JUDICIAL)) != 0 ||
           (purpose_traits(q->purpose) & PURPOSE_JUDICIAL) != 0;
}

/* What was received stays bound to the agreement it was received under. */
static bool source_holds(const struct facts *f)
{
    const policy_terms *source = f->q->source;

    if (source == NULL || !source->in_force || !source->both_party)
        return false;
    if (!is_listed(source->purposes, source->purpose_count, f->q->purpose))
        return false;
    return !f->leaves || source->onward == POLICY_ONWARD_CONSENT ||
           source->onward == POLICY_ONWARD_MARKED;
}

/* A match with a third party shows indirectly what was received. */
static bool actions_hold(const struct facts *f)
{
    return f->label->act >= (f->q->action == POLICY_USE ? f->q->visible : POLICY_ACT_INDIRECT);
}

static bool recipient_holds(const struct facts *f)
{
    const policy_recipient *to = &f->q->recipient;
    const policy_label *label = f->label;

    if (label->releasable_stated && !policy_list_has(&label->releasable, to->organisation))
        return false;
    /* Who does not say who it is cannot be told from who is excluded. */
    if (label->denied.count > 0 &&
        (to->organisation.size == 0 || policy_list_has(&label->denied, to->organisation)))
        return false;
    return to->national || !marked(f, POLICY_BIT(POLICY_MARK_NOFORN));
}

static bool in_every_community(const struct facts *f)
{
    const policy_recipient *to = &f->q->recipient;
    const policy_list *bound = &f->label->communities;

    for (size_t i = 0; i < bound->count; i++)
        if (!is_listed(to->communities, to->community_count, bound->item[i]))
            return false;
    return true;
}

/* TLP 2.0 governs how far a recipient may pass something on; the first release is the
 * owner's, to a named recipient.  RED names persons, always. */
static bool tlp_holds(const struct facts *f)
{
    policy_standing standing = f->q->recipient.standing;

    if (marked(f, POLICY_BIT(POLICY_MARK_TLP_RED)) &&
        ((f->passed_on && !(standing == POLICY_OWN && f->q->by_name)) || !f->content ||
         f->q->recipient.individual.size == 0))
        return false;
    if (!f->passed_on || standing == POLICY_OWN)
        return true;
    if (marked(f, POLICY_BIT(POLICY_MARK_TLP_AMBER_STRICT) | POLICY_BIT(POLICY_MARK_TLP_UNBOUND)))
        return false;
    if (marked(f, POLICY_BIT(POLICY_MARK_TLP_AMBER)) && standing != POLICY_CLIENT)
        return false;
    if (marked(f, POLICY_BIT(POLICY_MARK_TLP_GREEN)) && f->label->communities.count == 0)
        return false;
    return in_every_community(f);
}

static bool required_holds(const struct facts *f)
{
    return (!f->label->encrypt || f->q->encrypted) && (!f->label->attribute || f->q->names_source);
}

/* ---- approvals and consents ---- */

static bool is_releaser(ent_str role)
{
    return ent_str_is(role, "disclosure") || ent_str_is(role, "legal");
}

/* May release, is not the drafter, and has not approved before. */
static bool counts(const policy_question *q, size_t at)
{
    const policy_person *p = &q->approvals[at];

    if (!is_releaser(p->role) || p->name.size == 0 || ent_str_equal(p->name, q->drafter))
        return false;
    for (size_t i = 0; i < at; i++)
        if (is_releaser(q->approvals[i].role) && ent_str_equal(q->approvals[i].name, p->name))
            return false;
    return true;
}

/* Two; three for some recipients; one in an emergency, if the agreement knows emergencies. */
static size_t persons_needed(const policy_question *q)
{
    if (q->emergency && q->terms != NULL && q->terms->emergency)
        return 1;
    return q->third_person ? 3 : 2;
}

static bool enough_persons(const policy_question *q)
{
    size_t count = 0;

    for (size_t i = 0; i < q->approval_count; i++)
        count += counts(q, i);
    return count >= persons_needed(q);
}

static bool legal_approved(const policy_question *q)
{
    for (size_t i = 0; i < q->approval_count; i++)
        if (ent_str_is(q->approvals[i].role, "legal") && q->approvals[i].name.size > 0 &&
            !ent_str_equal(q->approvals[i].name, q->drafter))
            return true;
    return false;
}

/* Does passing this on need the owner's consent each time? */
static bool owner_asked(const struct facts *f)
{
    return f->passed_on && (marked(f, POLICY_BIT(POLICY_MARK_H2) | POLICY_BIT(POLICY_MARK_ORCON) |
                                          POLICY_BIT(POLICY_MARK_UK_C)) ||
                            (f->q->source != NULL && f->q->source->onward != POLICY_ONWARD_MARKED));
}

static bool originators_consented(const struct facts *f)
{
    for (size_t i = 0; f->content && i < f->label->originator_count; i++)
        if (!consented(f->q, f->label->originators[i]))
            return false;
    return !owner_asked(f) || consented(f->q, f->q->originator);
}

/* ---- the decision ---- */

#define WORDS (POLICY_BIT(POLICY_MARK_H3) | POLICY_BIT(POLICY_MARK_STATEMENT))

static void ask(policy_decision *d, policy_rule rule, bool holds)
{
    d->rules[rule] = holds ? POLICY_PERMITS : POLICY_WITHHOLDS;
    if (!holds && d->permit) {
        d->permit = false;
        d->reason = rule;
    }
}

static void ask_all(policy_decision *d, const struct facts *f)
{
    const policy_label *label = f->label;
    const policy_question *q = f->q;

    ask(d, POLICY_RULE_PURPOSE, purpose_holds(f));
    ask(d, POLICY_RULE_CLOCK, f->clock);
    ask(d, POLICY_RULE_MARKED, label->complete);
    ask(d, POLICY_RULE_MARKINGS, markings_known(f));
    ask(d, POLICY_RULE_CONFLICT, !label->conflict);
    ask(d, POLICY_RULE_RETENTION, f->clock && label->complete && f->today <= label->retention_last);
    ask(d, POLICY_RULE_WINDOW,
        f->clock && label->not_before <= f->first && f->last <= label->expires);
    ask(d, POLICY_RULE_PROHIBITED, nothing_prohibited(f));
    if (marked(f, POLICY_BIT(POLICY_MARK_H0)))
        ask(d, POLICY_RULE_CRIME, (purpose_traits(q->purpose) & PURPOSE_CRIME) != 0);
    if (marked(f, POLICY_BIT(POLICY_MARK_H1)) && is_judicial(q))
        ask(d, POLICY_RULE_JUDICIAL, !f->passed_on || consented(q, q->originator));
    if (f->passed_on)
        ask(d, POLICY_RULE_SOURCE, source_holds(f));
    if (q->action == POLICY_USE || (q->action == POLICY_MATCH && f->passed_on))
        ask(d, POLICY_RULE_ACTIONS, actions_hold(f));
}

static void ask_leaving(policy_decision *d, const struct facts *f)
{
    ask(d, POLICY_RULE_RECIPIENT, recipient_holds(f));
    if (f->content)
        ask(d, POLICY_RULE_REQUIRED, required_holds(f));
}

/* What a holder found in another's node may be found at the holder only if it is open. */
static void ask_match(policy_decision *d, const struct facts *f)
{
    ask(d, POLICY_RULE_DISCOVERY,
        f->label->discover >= (f->passed_on ? POLICY_OPEN : POLICY_POINTER));
    ask(d, POLICY_RULE_CATEGORY, !policy_protected(f->label->category));
    if (marked(f, WORDS))
        ask(d, POLICY_RULE_WORDS, false);
}

static void ask_persons(policy_decision *d, const struct facts *f)
{
    if (f->content)
        ask(d, POLICY_RULE_TWO_PERSONS, enough_persons(f->q));
    if (f->content && marked(f, WORDS))
        ask(d, POLICY_RULE_WORDS, legal_approved(f->q));
    if (f->content && policy_protected(f->label->category))
        ask(d, POLICY_RULE_LEGAL, legal_approved(f->q));
    if ((f->content && f->label->originator_count > 0) || owner_asked(f))
        ask(d, POLICY_RULE_ORIGINATOR, originators_consented(f));
}

policy_decision policy_decide(const policy_question *q)
{
    const struct facts f = facts_of(q);
    policy_decision d = { .permit = true };

    ask(&d, POLICY_RULE_ACTION, f.known);
    if (f.leaves) {
        ask(&d, POLICY_RULE_AGREEMENT, f.in_force);
        ask(&d, POLICY_RULE_FLOW, flow_holds(&f));
    }
    ask_all(&d, &f);
    if (q->action != POLICY_USE) {
        ask(&d, POLICY_RULE_DISCLOSURE, !f.label->no_disclosure);
        ask(&d, POLICY_RULE_TLP, tlp_holds(&f));
    }
    if (f.leaves)
        ask_leaving(&d, &f);
    if (q->action == POLICY_MATCH)
        ask_match(&d, &f);
    if (f.leaves && !q->before_approval)
        ask_persons(&d, &f);
    return d;
}
