/*
 * policy/decide -- may this recipient have this, for this, now, and why?
 *
 * A pure, total function: no clock, no allocation, no error path that permits.
 * Default deny: it permits only if no rule withholds, and every rule that was asked is
 * in the explanation, with the clause it rests on.  The first rule that withholds is the
 * reason; a peer never sees it.  A question of all zeros is withheld.
 *
 * Every rule is a condition on one label, so that combining labels (policy/label.h)
 * permits exactly what each of them permits; tests/unit/policy/laws_test.c checks that
 * over every pair of labels.  The rules in words: doc/design/policy.md.
 */
#ifndef ENT_POLICY_DECIDE_H
#define ENT_POLICY_DECIDE_H

#include "policy/label.h"

typedef enum policy_action {
    POLICY_MATCH,   /* discover: its keys go into a private match */
    POLICY_RELEASE, /* content goes to a linked node */
    POLICY_ONWARD,  /* content of somebody else is passed on */
    POLICY_USE,     /* the holder works with it */
    POLICY_EXPORT,  /* content leaves the node as a file */
    POLICY_ACTION_COUNT
} policy_action;

/* What an agreement says of passing on what was received under it. */
typedef enum policy_onward {
    POLICY_ONWARD_NONE,    /* never */
    POLICY_ONWARD_CONSENT, /* with the originator's consent each time (Europol H2) */
    POLICY_ONWARD_MARKED   /* as the markings allow */
} policy_onward;

/* An agreement as far as a decision needs it.  policy/agreement.h reads one. */
typedef struct policy_terms {
    ent_str id;
    bool in_force;   /* signed by all parties, within its dates, not suspended */
    bool both_party; /* it names both nodes */
    bool match, release;
    bool emergency; /* one officer may release, to be reviewed */
    ent_str purposes[POLICY_LIST];
    size_t purpose_count;
    policy_onward onward;
} policy_terms;

typedef struct policy_person {
    ent_str name, role;
} policy_person;

/* How the recipient stands to the holder, as the holder has declared it. */
typedef enum policy_standing {
    POLICY_OTHER,
    POLICY_CLIENT, /* a declared client of the holder (TLP:AMBER) */
    POLICY_OWN     /* within the holder's own organisation */
} policy_standing;

typedef struct policy_recipient {
    ent_str organisation; /* its code */
    ent_str individual;   /* the named person, or none */
    policy_standing standing;
    bool national;              /* of the originator's nation */
    const ent_str *communities; /* that it is a member of */
    size_t community_count;
} policy_recipient;

typedef struct policy_question {
    policy_action action;
    const policy_label *label;
    const policy_terms *terms;  /* with the recipient; NULL: there is none */
    const policy_terms *source; /* under which the holder received it; NULL: there is none */
    ent_str holder;             /* this node's code */
    ent_str originator;         /* whose fact it is; none: the holder's own */
    policy_recipient recipient;
    ent_str purpose;
    ent_day today;
    ent_time now;       /* 0: the whole of `today` */
    bool clock_suspect; /* the time cannot be trusted */
    unsigned means;     /* what is intended: set of POLICY_BIT(policy_mean) */
    policy_act visible; /* USE: how far what is done can be seen */
    bool encrypted;     /* it goes over an encrypted way */
    bool names_source;  /* it goes with its source named */
    ent_str drafter;
    const policy_person *approvals; /* verified */
    size_t approval_count;
    bool emergency;          /* released by one, where the agreement has it */
    bool third_person;       /* the recipient is one for whom three approve */
    const ent_str *consents; /* originators who consented to this */
    size_t consent_count;
    bool by_name;         /* it was released to the very individual */
    bool before_approval; /* is it releasable at all?  Approvals and consents are not asked for */
} policy_question;

#define POLICY_RULES(X)                                                                        \
    X(ACTION, "action", "an action that this policy knows")                                    \
    X(AGREEMENT, "agreement", "an agreement between both that is in force")                    \
    X(FLOW, "flow", "the agreement lets this flow")                                            \
    X(PURPOSE, "purpose", "the purpose is agreed and is one the object is held for")           \
    X(CLOCK, "clock", "the time is known and trusted")                                         \
    X(MARKED, "marked", "rating, purposes, category and retention are known")                  \
    X(MARKINGS, "markings", "every marking, code and member of the label is known")            \
    X(CONFLICT, "conflict", "the label does not contradict itself")                            \
    X(DISCLOSURE, "disclosure", "the owner does not forbid disclosure")                        \
    X(RETENTION, "retention", "the object is within its retention")                            \
    X(WINDOW, "window", "not before its first instant, not after its last")                    \
    X(PROHIBITED, "prohibited", "nothing intended is prohibited")                              \
    X(CRIME, "crime", "the purpose is to prevent or combat crime (H0)")                        \
    X(JUDICIAL, "judicial", "judicial use with the originator's consent (H1)")                 \
    X(SOURCE, "source", "the agreement it was received under lets this be done")               \
    X(ACTIONS, "actions", "what is done can be seen no further than permitted")                \
    X(RECIPIENT, "recipient", "the recipient is releasable to and not excluded")               \
    X(TLP, "tlp", "every traffic light lets it reach the recipient")                           \
    X(REQUIRED, "required", "encrypted and with its source, where that is required")           \
    X(DISCOVERY, "discovery", "the object may be found")                                       \
    X(CATEGORY, "category", "the person may be in a match set")                                \
    X(WORDS, "words", "a restriction in words (H3, a statement): the legal officer")           \
    X(TWO_PERSONS, "two persons", "two officers other than the drafter, or as many as needed") \
    X(LEGAL, "legal", "the legal officer, for a witness, victim or minor")                     \
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
const char *policy_action_name(policy_action action);

#endif
