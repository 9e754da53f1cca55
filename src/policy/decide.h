/*
 * policy/decide -- may this peer have this, and why?
 *
 * A pure, total function: no clock, no allocation, no error path that permits.
 * Default deny: it permits only if no rule withholds, and every rule that was asked
 * is in the explanation, with the clause it rests on.  The first rule that withholds
 * is the reason; a peer never sees it.
 */
#ifndef ENT_POLICY_DECIDE_H
#define ENT_POLICY_DECIDE_H

#include "policy/label.h"

typedef enum policy_action { POLICY_MATCH, POLICY_RELEASE } policy_action;

/* An agreement as far as a decision needs it. */
typedef struct policy_terms {
    ent_str id;
    bool in_force;   /* signed by all parties, within its dates, not suspended */
    bool both_party; /* it names both nodes */
    bool match, release;
    ent_str purposes[POLICY_LIST];
    size_t purpose_count;
} policy_terms;

typedef struct policy_person {
    ent_str name, role;
} policy_person;

typedef struct policy_question {
    policy_action action;
    const policy_label *label;
    const policy_terms *terms; /* NULL: there is no agreement with this peer */
    ent_str purpose;
    ent_day today;
    ent_str drafter;
    const policy_person *approvals; /* verified */
    size_t approval_count;
    const ent_str *consents; /* originators who consented to this release */
    size_t consent_count;
    bool before_approval; /* is it releasable at all?  Approvals and consents are not asked for */
} policy_question;

#define POLICY_RULES(X)                                                              \
    X(AGREEMENT, "agreement", "an agreement between both that is in force")          \
    X(FLOW, "flow", "the agreement lets this flow")                                  \
    X(PURPOSE, "purpose", "the purpose is agreed and is one the object is held for") \
    X(MARKED, "marked", "rating, purposes, category and retention are known")        \
    X(MARKINGS, "markings", "every marking is known and permits it")                 \
    X(DISCLOSURE, "disclosure", "the owner does not forbid disclosure")              \
    X(RETENTION, "retention", "the object is within its retention")                  \
    X(DISCOVERY, "discovery", "the object may be found")                             \
    X(CATEGORY, "category", "the person may be in a match set")                      \
    X(TWO_PERSONS, "two persons", "two disclosure officers other than the drafter")  \
    X(LEGAL, "legal", "the legal officer, for a witness, victim or minor")           \
    X(ORIGINATOR, "originator", "the consent of every originator")

typedef enum policy_rule {
#define X(symbol, name, text) POLICY_RULE_##symbol,
    POLICY_RULES(X)
#undef X
        POLICY_RULE_COUNT
} policy_rule;

typedef enum policy_verdict { POLICY_NOT_ASKED, POLICY_PERMITS, POLICY_WITHHOLDS } policy_verdict;

typedef struct policy_decision {
    bool permit;
    policy_rule reason; /* the first that withholds */
    policy_verdict rules[POLICY_RULE_COUNT];
} policy_decision;

policy_decision policy_decide(const policy_question *question);

const char *policy_rule_name(policy_rule rule);
const char *policy_rule_text(policy_rule rule);

#endif
