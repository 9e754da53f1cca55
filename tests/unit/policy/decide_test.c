/* Each rule of the decision: what lets it hold, what breaks it, that nothing else breaks
 * with it, and for which actions it is asked at all. */
#include "policy/decide.h"
#include "test.h"

#define BIT(mark) POLICY_BIT(POLICY_MARK_##mark)
#define TODAY     20000

/* A question that is permitted for every action: change one thing and see. */
struct world {
    policy_label label;
    policy_terms terms, source;
    policy_person approvals[4];
    ent_str consents[4], communities[4];
    policy_question q;
};

static policy_terms terms_of(const char *purpose)
{
    return (policy_terms){ .in_force = true,
                           .both_party = true,
                           .match = true,
                           .release = true,
                           .purposes = { ENT_STR("SAFETY"), ent_str_of(purpose) },
                           .purpose_count = 2,
                           .onward = POLICY_ONWARD_MARKED };
}

static void world_init(struct world *w, policy_action action)
{
    *w = (struct world){
        .label = { .complete = true,
                   .discover = POLICY_POINTER,
                   .act = POLICY_ACT_DIRECT,
                   .category = POLICY_SUSPECT,
                   .purposes = { ENT_STR("JUST"), ENT_STR("CT-INV") },
                   .purpose_count = 2,
                   .retention_last = TODAY,
                   .not_before = INT64_MIN,
                   .expires = ENT_TIME_NEVER },
        .terms = terms_of("CT-INV"),
        .source = terms_of("CT-INV"),
        .approvals = { { ENT_STR("fdo1"), ENT_STR("disclosure") },
                       { ENT_STR("fdo2"), ENT_STR("disclosure") } },
    };
    w->q = (policy_question){ .action = action,
                              .label = &w->label,
                              .terms = &w->terms,
                              .source = &w->source,
                              .holder = ENT_STR("CTB"),
                              .originator = ENT_STR("CTB"),
                              .recipient = { .organisation = ENT_STR("DSV"),
                                             .communities = w->communities },
                              .purpose = ENT_STR("CT-INV"),
                              .today = TODAY,
                              .drafter = ENT_STR("analyst"),
                              .approvals = w->approvals,
                              .approval_count = 2,
                              .consents = w->consents };
    if (action == POLICY_ONWARD)
        w->q.originator = ENT_STR("SVB");
}

static void received(struct world *w)
{
    w->q.originator = ENT_STR("SVB");
    w->label.discover = POLICY_OPEN;
}

static void permits(const struct world *w)
{
    policy_decision d = policy_decide(&w->q);

    if (!d.permit)
        fail_msg("%s withheld by '%s'", policy_action_name(w->q.action),
                 policy_rule_name(d.reason));
    for (unsigned i = 0; i < POLICY_RULE_COUNT; i++)
        CHECK(d.rules[i] != POLICY_WITHHOLDS);
}

/* Withheld by this rule and no other. */
static void withholds(const struct world *w, policy_rule rule)
{
    policy_decision d = policy_decide(&w->q);

    if (d.permit || d.reason != rule)
        fail_msg("%s: wanted '%s', got '%s'", policy_action_name(w->q.action),
                 policy_rule_name(rule), d.permit ? "permit" : policy_rule_name(d.reason));
    for (unsigned i = 0; i < POLICY_RULE_COUNT; i++)
        if ((d.rules[i] == POLICY_WITHHOLDS) != (i == rule))
            fail_msg("%s: '%s' does not stand alone but with '%s'", policy_action_name(w->q.action),
                     policy_rule_name(rule), policy_rule_name((policy_rule)i));
}

static bool asked(const struct world *w, policy_rule rule)
{
    return policy_decide(&w->q).rules[rule] != POLICY_NOT_ASKED;
}

#define EACH_ACTION(a) \
    for (policy_action a = POLICY_MATCH; a < POLICY_ACTION_COUNT; a = (policy_action)(a + 1))

static void a_question_of_zeros_is_withheld(void **state)
{
    policy_question q = { .action = POLICY_MATCH };

    (void)state;
    EACH_ACTION(a)
    {
        q.action = a;
        CHECK(!policy_decide(&q).permit);
    }
}

static void the_plain_question_is_permitted_for_every_action(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        permits(&w);
        CHECK(policy_action_name(a) != NULL);
    }
}

static void an_action_that_is_not_known_is_withheld(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, POLICY_USE);
    w.q.action = POLICY_ACTION_COUNT;
    withholds(&w, POLICY_RULE_ACTION);
    w.q.action = (policy_action)-1;
    withholds(&w, POLICY_RULE_ACTION);
}

static void ARA_1_without_a_label_nothing_is_permitted(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.q.label = NULL;
        CHECK(!policy_decide(&w.q).permit);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_MARKED], POLICY_WITHHOLDS);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_RETENTION], POLICY_WITHHOLDS);
    }
}

static void what_leaves_needs_an_agreement_in_force(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        CHECK_INT(asked(&w, POLICY_RULE_AGREEMENT), a != POLICY_USE);
        CHECK_INT(asked(&w, POLICY_RULE_FLOW), a != POLICY_USE);
        w.terms.in_force = false;
        if (a == POLICY_USE) {
            permits(&w);
            continue;
        }
        CHECK_INT(policy_decide(&w.q).reason, POLICY_RULE_AGREEMENT);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_FLOW], POLICY_WITHHOLDS);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_PURPOSE], POLICY_WITHHOLDS);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_MARKED], POLICY_PERMITS);
        w.terms.in_force = true;
        w.terms.both_party = false;
        CHECK_INT(policy_decide(&w.q).reason, POLICY_RULE_AGREEMENT);
        CHECK(!policy_decide(&w.q).permit);
        w.q.terms = NULL;
        CHECK_INT(policy_decide(&w.q).reason, POLICY_RULE_AGREEMENT);
        CHECK(!policy_decide(&w.q).permit);
    }
}

static void each_flow_needs_its_own_term(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, POLICY_MATCH);
    w.terms.release = false;
    permits(&w);
    w.terms.match = false;
    withholds(&w, POLICY_RULE_FLOW);
    EACH_ACTION(a)
    {
        if (a == POLICY_MATCH || a == POLICY_USE)
            continue;
        world_init(&w, a);
        w.terms.match = false;
        permits(&w);
        w.terms.release = false;
        withholds(&w, POLICY_RULE_FLOW);
    }
}

static void DP_1_the_purpose_is_agreed_and_held_for(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.purpose_count = 1;
        withholds(&w, POLICY_RULE_PURPOSE);
        world_init(&w, a);
        w.terms.purpose_count = 1;
        if (a == POLICY_USE)
            permits(&w);
        else
            withholds(&w, POLICY_RULE_PURPOSE);
        world_init(&w, a);
        w.q.purpose = ENT_STR_NONE;
        w.label.purposes[0] = w.terms.purposes[0] = w.source.purposes[0] = ENT_STR("");
        withholds(&w, POLICY_RULE_PURPOSE);
        world_init(&w, a);
        w.label.purpose_count = 0;
        withholds(&w, POLICY_RULE_PURPOSE);
    }
}

static void a_clock_that_is_not_trusted_withholds(void **state)
{
    static const ent_day never[] = { INT32_MIN, INT32_MAX, 10000000, -10000000 };
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.q.clock_suspect = true;
        CHECK_INT(policy_decide(&w.q).reason, POLICY_RULE_CLOCK);
        CHECK(!policy_decide(&w.q).permit);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_RETENTION], POLICY_WITHHOLDS);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_WINDOW], POLICY_WITHHOLDS);
        w.label.retention_last = INT32_MAX;
        for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
            w.q = (policy_question){ .action = a, .label = &w.label, .today = never[i] };
            CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_CLOCK], POLICY_WITHHOLDS);
        }
        w.q = (policy_question){ .action = a, .label = &w.label, .now = INT64_MAX };
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_CLOCK], POLICY_WITHHOLDS);
        w.q.now = INT64_MIN;
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_CLOCK], POLICY_WITHHOLDS);
        w.q.now = 9999999 * ENT_DAY_TIME;
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_CLOCK], POLICY_PERMITS);
        w.q.now = 0;
        w.q.today = 9999999;
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_CLOCK], POLICY_PERMITS);
        w.q.today = -9999999;
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_CLOCK], POLICY_PERMITS);
    }
}

static void unmarked_is_a_mark_that_refuses(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.complete = false;
        CHECK_INT(policy_decide(&w.q).reason, POLICY_RULE_MARKED);
        CHECK_INT(policy_decide(&w.q).rules[POLICY_RULE_RETENTION], POLICY_WITHHOLDS);
    }
}

static void a_marking_that_is_not_known_refuses(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.marks = BIT(UNKNOWN);
        withholds(&w, POLICY_RULE_MARKINGS);
        w.label.marks = POLICY_BIT(POLICY_MARK_COUNT);
        withholds(&w, POLICY_RULE_MARKINGS);
        w.label.marks = POLICY_BIT(31);
        withholds(&w, POLICY_RULE_MARKINGS);
    }
}

static void a_conflict_refuses(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.conflict = true;
        withholds(&w, POLICY_RULE_CONFLICT);
    }
}

static void disclosure_forbidden_leaves_nothing_but_use(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.no_disclosure = true;
        if (a == POLICY_USE)
            permits(&w);
        else
            withholds(&w, POLICY_RULE_DISCLOSURE);
    }
    world_init(&w, POLICY_EXPORT);
    w.q.recipient.standing = POLICY_OWN;
    w.label.no_disclosure = true;
    withholds(&w, POLICY_RULE_DISCLOSURE);
}

static void DP_9_retention_ends_with_its_last_day(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.retention_last = TODAY - 1;
        withholds(&w, POLICY_RULE_RETENTION);
        w.label.retention_last = TODAY + 1;
        permits(&w);
        w.q.now = (TODAY + 2) * ENT_DAY_TIME - 1;
        permits(&w);
        w.q.now = (TODAY + 2) * ENT_DAY_TIME;
        withholds(&w, POLICY_RULE_RETENTION);
        w.label.retention_last = -1;
        w.q.now = -1;
        permits(&w);
        w.q.now = -ENT_DAY_TIME;
        permits(&w);
        w.label.retention_last = -2;
        withholds(&w, POLICY_RULE_RETENTION);
        w.q.now = -1;
        withholds(&w, POLICY_RULE_RETENTION);
        w.q.now = -ENT_DAY_TIME - 1;
        permits(&w);
    }
}

static void the_window_includes_both_its_ends(void **state)
{
    const ent_time t = TODAY * ENT_DAY_TIME + 12345;
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.q.now = t;
        w.label.not_before = t;
        w.label.expires = t;
        permits(&w);
        w.q.now = t - 1;
        withholds(&w, POLICY_RULE_WINDOW);
        w.q.now = t + 1;
        withholds(&w, POLICY_RULE_WINDOW);
    }
}

static void a_day_is_within_the_window_only_as_a_whole(void **state)
{
    const ent_time first = TODAY * ENT_DAY_TIME, last = first + ENT_DAY_TIME - 1;
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.not_before = first;
        w.label.expires = last;
        permits(&w);
        w.label.expires = last - 1;
        withholds(&w, POLICY_RULE_WINDOW);
        w.label.expires = last;
        w.label.not_before = first + 1;
        withholds(&w, POLICY_RULE_WINDOW);
    }
}

static void nothing_prohibited_is_intended(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    for (unsigned i = 0; i < POLICY_MEAN_COUNT; i++) {
        world_init(&w, a);
        w.label.prohibit = POLICY_BIT(i);
        w.q.means = POLICY_BIT(POLICY_MEAN_COUNT) - 1U - POLICY_BIT(i);
        permits(&w);
        w.q.means = POLICY_BIT(i);
        withholds(&w, POLICY_RULE_PROHIBITED);
        w.label.prohibit = 0;
        permits(&w);
    }
}

static void a_source_that_must_not_be_named_is_not_named(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.prohibit = POLICY_BIT(POLICY_MEAN_ATTRIBUTION);
        permits(&w);
        w.q.names_source = true;
        withholds(&w, POLICY_RULE_PROHIBITED);
    }
}

static void h0_is_for_crime_only(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        CHECK(!asked(&w, POLICY_RULE_CRIME));
        w.label.marks = BIT(H0);
        permits(&w);
        CHECK(asked(&w, POLICY_RULE_CRIME));
        w.q.purpose = w.label.purposes[0] = w.terms.purposes[0] = w.source.purposes[0] =
            ENT_STR("SANCTIONS");
        withholds(&w, POLICY_RULE_CRIME);
        w.q.purpose = w.label.purposes[0] = w.terms.purposes[0] = w.source.purposes[0] =
            ENT_STR("GARDENING");
        withholds(&w, POLICY_RULE_CRIME);
    }
}

static void DP_21_h1_needs_consent_for_judicial_use_of_what_was_received(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.marks = BIT(H1);
        permits(&w);
        CHECK(!asked(&w, POLICY_RULE_JUDICIAL));
        received(&w);
        permits(&w);
        CHECK(!asked(&w, POLICY_RULE_JUDICIAL));
        w.q.means = POLICY_BIT(POLICY_MEAN_JUDICIAL);
        withholds(&w, POLICY_RULE_JUDICIAL);
        w.consents[0] = ENT_STR("SVB");
        w.q.consent_count = 1;
        permits(&w);
        w.consents[0] = ENT_STR("DSV");
        withholds(&w, POLICY_RULE_JUDICIAL);
        w.q.means = 0;
        w.q.purpose = w.terms.purposes[0] = w.source.purposes[0] = ENT_STR("JUST");
        withholds(&w, POLICY_RULE_JUDICIAL);
        w.label.marks = 0;
        permits(&w);
        w.label.marks = BIT(H1);
        w.q.originator = ENT_STR("CTB");
        permits(&w);
        CHECK(asked(&w, POLICY_RULE_JUDICIAL));
    }
}

static void what_was_received_stays_bound_to_its_agreement(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        CHECK_INT(asked(&w, POLICY_RULE_SOURCE), a == POLICY_ONWARD);
        received(&w);
        permits(&w);
        CHECK(asked(&w, POLICY_RULE_SOURCE));
        w.source.in_force = false;
        withholds(&w, POLICY_RULE_SOURCE);
        w.source = terms_of("CT-INV");
        w.source.both_party = false;
        withholds(&w, POLICY_RULE_SOURCE);
        w.source = terms_of("CT-INV");
        w.source.purpose_count = 1;
        withholds(&w, POLICY_RULE_SOURCE);
        w.q.source = NULL;
        withholds(&w, POLICY_RULE_SOURCE);
    }
}

static void passing_on_follows_the_agreement_it_came_under(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        received(&w);
        w.consents[0] = ENT_STR("SVB");
        w.q.consent_count = 1;
        w.source.onward = POLICY_ONWARD_NONE;
        if (a == POLICY_USE)
            permits(&w);
        else
            withholds(&w, POLICY_RULE_SOURCE);
        w.source.onward = (policy_onward)7;
        if (a != POLICY_USE)
            withholds(&w, POLICY_RULE_SOURCE);
        w.source.onward = POLICY_ONWARD_CONSENT;
        permits(&w);
        w.q.consent_count = 0;
        if (a == POLICY_USE)
            permits(&w);
        else
            withholds(&w, POLICY_RULE_ORIGINATOR);
        w.q.before_approval = true;
        permits(&w);
        CHECK(!asked(&w, POLICY_RULE_ORIGINATOR));
    }
}

static void h2_orcon_and_conditions_need_the_owners_consent_onward(void **state)
{
    static const unsigned marks[] = { BIT(H2), BIT(ORCON), BIT(UK_C) };
    struct world w;

    (void)state;
    EACH_ACTION(a)
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (a == POLICY_USE)
            continue;
        world_init(&w, a);
        w.label.marks = marks[i];
        if (a != POLICY_ONWARD) {
            permits(&w);
            CHECK(!asked(&w, POLICY_RULE_ORIGINATOR));
        }
        received(&w);
        withholds(&w, POLICY_RULE_ORIGINATOR);
        w.consents[0] = ENT_STR("TCG");
        w.q.consent_count = 1;
        withholds(&w, POLICY_RULE_ORIGINATOR);
        w.consents[1] = ENT_STR("SVB");
        w.q.consent_count = 2;
        permits(&w);
        w.label.marks = BIT(UK_P) | BIT(H0) | BIT(TLP_CLEAR);
        w.q.consent_count = 0;
        permits(&w);
    }
}

static void who_passes_on_must_say_whose_it_is(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, POLICY_ONWARD);
    w.q.originator = ENT_STR_NONE;
    permits(&w);
    CHECK(asked(&w, POLICY_RULE_SOURCE));
    w.label.marks = BIT(H2);
    w.consents[0] = ENT_STR("");
    w.q.consent_count = 1;
    withholds(&w, POLICY_RULE_ORIGINATOR);
    world_init(&w, POLICY_RELEASE);
    w.q.originator = ENT_STR("S"); /* the shortest name is a name */
    w.label.marks = BIT(H2);
    withholds(&w, POLICY_RULE_ORIGINATOR);
    w.consents[0] = ENT_STR("S");
    w.q.consent_count = 1;
    permits(&w);
    world_init(&w, POLICY_RELEASE);
    w.q.originator = ENT_STR_NONE;
    w.q.source = NULL;
    permits(&w);
    CHECK(!asked(&w, POLICY_RULE_SOURCE));
    w.q.action = POLICY_ONWARD;
    w.q.originator = ENT_STR("CTB");
    permits(&w);
    CHECK(!asked(&w, POLICY_RULE_SOURCE));
}

static void what_is_done_is_seen_no_further_than_permitted(void **state)
{
    struct world w;

    (void)state;
    for (unsigned may = 0; may < POLICY_ACT_COUNT; may++)
        for (unsigned does = 0; does < POLICY_ACT_COUNT; does++) {
            world_init(&w, POLICY_USE);
            w.label.act = (policy_act)may;
            w.q.visible = (policy_act)does;
            if (does <= may)
                permits(&w);
            else
                withholds(&w, POLICY_RULE_ACTIONS);
        }
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.label.act = POLICY_ACT_NOTHING;
        permits(&w);
        CHECK_INT(asked(&w, POLICY_RULE_ACTIONS), a == POLICY_USE);
        received(&w);
        if (a == POLICY_MATCH)
            withholds(&w, POLICY_RULE_ACTIONS);
        else
            permits(&w);
        w.label.act = POLICY_ACT_INTERNAL;
        if (a == POLICY_MATCH)
            withholds(&w, POLICY_RULE_ACTIONS);
        w.label.act = POLICY_ACT_INDIRECT;
        permits(&w);
    }
}

static void only_named_recipients_receive(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        CHECK_INT(asked(&w, POLICY_RULE_RECIPIENT), a != POLICY_USE);
        w.label.releasable_stated = true;
        if (a == POLICY_USE) {
            permits(&w);
            continue;
        }
        withholds(&w, POLICY_RULE_RECIPIENT);
        w.label.releasable = (policy_list){ { ENT_STR("SVB"), ENT_STR("DSV") }, 2 };
        permits(&w);
        w.label.releasable.count = 1;
        withholds(&w, POLICY_RULE_RECIPIENT);
        w.label.releasable_stated = false;
        permits(&w);
    }
}

static void an_excluded_recipient_receives_nothing(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        if (a == POLICY_USE)
            continue;
        world_init(&w, a);
        w.label.denied = (policy_list){ { ENT_STR("SVB"), ENT_STR("DSV") }, 2 };
        withholds(&w, POLICY_RULE_RECIPIENT);
        w.label.releasable_stated = true;
        w.label.releasable = (policy_list){ { ENT_STR("DSV") }, 1 };
        withholds(&w, POLICY_RULE_RECIPIENT);
        w.label.releasable_stated = false;
        w.label.denied.count = 1;
        permits(&w);
        w.q.recipient.organisation = ENT_STR_NONE;
        withholds(&w, POLICY_RULE_RECIPIENT);
        w.label.denied.count = 0;
        permits(&w);
    }
}

static void noforn_stays_in_the_nation(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        if (a == POLICY_USE)
            continue;
        world_init(&w, a);
        w.label.marks = BIT(NOFORN);
        withholds(&w, POLICY_RULE_RECIPIENT);
        w.q.recipient.national = true;
        permits(&w);
    }
}

/* ---- the traffic light, first release and onward, to each kind of recipient ---- */

static void the_first_release_goes_to_a_named_recipient_under_any_light_but_red(void **state)
{
    static const unsigned lights[] = { BIT(TLP_CLEAR), BIT(TLP_GREEN),
                                       BIT(TLP_GREEN) | BIT(TLP_UNBOUND), BIT(TLP_AMBER),
                                       BIT(TLP_AMBER_STRICT) };
    struct world w;

    (void)state;
    for (size_t i = 0; i < sizeof lights / sizeof *lights; i++) {
        world_init(&w, POLICY_RELEASE);
        w.label.marks = lights[i];
        permits(&w);
        world_init(&w, POLICY_MATCH);
        w.label.marks = lights[i];
        permits(&w);
    }
}

static void red_names_persons_and_goes_no_further(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        w.q.originator = ENT_STR("CTB");
        CHECK_INT(asked(&w, POLICY_RULE_TLP), a != POLICY_USE);
        w.label.marks = BIT(TLP_RED);
        if (a == POLICY_USE) {
            permits(&w);
            continue;
        }
        withholds(&w, POLICY_RULE_TLP);
        w.q.recipient.individual = ENT_STR("v.fdo1");
        if (a == POLICY_MATCH)
            withholds(&w, POLICY_RULE_TLP);
        else
            permits(&w);
        received(&w);
        withholds(&w, POLICY_RULE_TLP);
        w.q.recipient.standing = POLICY_OWN;
        withholds(&w, POLICY_RULE_TLP);
        w.q.by_name = true;
        if (a == POLICY_MATCH)
            withholds(&w, POLICY_RULE_TLP);
        else
            permits(&w);
        w.q.recipient.standing = POLICY_CLIENT;
        withholds(&w, POLICY_RULE_TLP);
        w.q.recipient.standing = POLICY_OWN;
        w.q.recipient.individual = ENT_STR_NONE;
        withholds(&w, POLICY_RULE_TLP);
    }
}

static void onward_each_light_has_its_reach(void **state)
{
    static const struct {
        unsigned marks;
        policy_standing standing;
        bool community, permits;
    } rows[] = {
        { BIT(TLP_AMBER_STRICT), POLICY_OWN, false, true },
        { BIT(TLP_AMBER_STRICT), POLICY_CLIENT, true, false },
        { BIT(TLP_AMBER_STRICT), POLICY_OTHER, true, false },
        { BIT(TLP_AMBER), POLICY_OWN, false, true },
        { BIT(TLP_AMBER), POLICY_CLIENT, false, true },
        { BIT(TLP_AMBER), POLICY_OTHER, true, false },
        { BIT(TLP_GREEN), POLICY_OWN, false, true },
        { BIT(TLP_GREEN), POLICY_CLIENT, false, false },
        { BIT(TLP_GREEN), POLICY_CLIENT, true, true },
        { BIT(TLP_GREEN), POLICY_OTHER, false, false },
        { BIT(TLP_GREEN), POLICY_OTHER, true, true },
        { BIT(TLP_GREEN) | BIT(TLP_UNBOUND), POLICY_OTHER, true, false },
        { BIT(TLP_GREEN) | BIT(TLP_UNBOUND), POLICY_OWN, false, true },
        { BIT(TLP_CLEAR), POLICY_OTHER, false, true },
        { BIT(TLP_GREEN) | BIT(TLP_AMBER), POLICY_CLIENT, false, false },
        { BIT(TLP_GREEN) | BIT(TLP_AMBER), POLICY_OTHER, true, false },
        { BIT(TLP_GREEN) | BIT(TLP_AMBER), POLICY_CLIENT, true, true },
        { BIT(TLP_CLEAR) | BIT(TLP_RED), POLICY_OTHER, true, false },
    };
    static const policy_action actions[] = { POLICY_ONWARD, POLICY_EXPORT, POLICY_MATCH,
                                             POLICY_RELEASE };
    struct world w;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < 4; k++) {
            world_init(&w, actions[k]);
            received(&w);
            w.label.marks = rows[i].marks;
            if ((rows[i].marks & BIT(TLP_GREEN)) != 0)
                w.label.communities = (policy_list){ { ENT_STR("C1") }, 1 };
            w.q.recipient.standing = rows[i].standing;
            w.communities[0] = ENT_STR("C0");
            w.communities[1] = ENT_STR("C1");
            w.q.recipient.community_count = rows[i].community ? 2 : 1;
            if (rows[i].permits)
                permits(&w);
            else
                withholds(&w, POLICY_RULE_TLP);
        }
}

static void every_bound_community_counts(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, POLICY_ONWARD);
    w.label.marks = BIT(TLP_GREEN);
    withholds(&w, POLICY_RULE_TLP); /* bound to none */
    w.label.communities = (policy_list){ { ENT_STR("C1"), ENT_STR("C2") }, 2 };
    w.communities[0] = ENT_STR("C1");
    w.q.recipient.community_count = 1;
    withholds(&w, POLICY_RULE_TLP);
    w.communities[1] = ENT_STR("C2");
    w.q.recipient.community_count = 2;
    permits(&w);
    w.label.marks = 0;
    permits(&w);
    w.q.recipient.community_count = 1;
    withholds(&w, POLICY_RULE_TLP);
}

static void within_the_house_no_agreement_or_approval_is_asked(void **state)
{
    static const policy_action actions[] = { POLICY_ONWARD, POLICY_EXPORT };
    struct world w;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        world_init(&w, actions[k]);
        received(&w);
        w.q.recipient.standing = POLICY_OWN;
        w.q.terms = NULL;
        w.q.approval_count = 0;
        w.label.marks = BIT(H2) | BIT(H3);
        w.label.category = POLICY_MINOR;
        w.label.originators[0] = ENT_STR("TCG");
        w.label.originator_count = 1;
        w.label.encrypt = true;
        w.label.releasable_stated = true;
        w.source.onward = POLICY_ONWARD_NONE;
        permits(&w);
    }
    world_init(&w, POLICY_RELEASE);
    w.q.recipient.standing = POLICY_OWN;
    w.q.terms = NULL;
    CHECK(!policy_decide(&w.q).permit);
    world_init(&w, POLICY_MATCH);
    w.q.recipient.standing = POLICY_OWN;
    w.q.terms = NULL;
    CHECK(!policy_decide(&w.q).permit);
}

static void content_goes_as_it_is_required_to(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        bool content = a == POLICY_RELEASE || a == POLICY_ONWARD || a == POLICY_EXPORT;

        world_init(&w, a);
        CHECK_INT(asked(&w, POLICY_RULE_REQUIRED), content);
        w.label.encrypt = true;
        if (content)
            withholds(&w, POLICY_RULE_REQUIRED);
        w.q.encrypted = true;
        permits(&w);
        w.label.attribute = true;
        if (content)
            withholds(&w, POLICY_RULE_REQUIRED);
        w.q.names_source = true;
        permits(&w);
        w.q.encrypted = false;
        if (content)
            withholds(&w, POLICY_RULE_REQUIRED);
        w.label.encrypt = false;
        permits(&w);
    }
}

static void only_what_may_be_found_is_matched(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        world_init(&w, a);
        CHECK_INT(asked(&w, POLICY_RULE_DISCOVERY), a == POLICY_MATCH);
        w.label.discover = POLICY_SILENT;
        if (a == POLICY_MATCH)
            withholds(&w, POLICY_RULE_DISCOVERY);
        else
            permits(&w);
        w.label.discover = POLICY_OPEN;
        permits(&w);
    }
    world_init(&w, POLICY_MATCH);
    received(&w);
    permits(&w);
    w.label.discover = POLICY_POINTER;
    withholds(&w, POLICY_RULE_DISCOVERY);
}

static void DP_3_witnesses_victims_and_minors_are_protected(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    for (unsigned c = 0; c < POLICY_CATEGORY_COUNT; c++) {
        bool content = a == POLICY_RELEASE || a == POLICY_ONWARD || a == POLICY_EXPORT;
        bool protect = c == POLICY_WITNESS || c == POLICY_VICTIM || c == POLICY_MINOR;

        world_init(&w, a);
        w.label.category = (policy_category)c;
        CHECK_INT(asked(&w, POLICY_RULE_LEGAL), content && protect);
        CHECK_INT(asked(&w, POLICY_RULE_CATEGORY), a == POLICY_MATCH);
        if (!protect || a == POLICY_USE) {
            permits(&w);
            continue;
        }
        if (a == POLICY_MATCH) {
            withholds(&w, POLICY_RULE_CATEGORY);
            continue;
        }
        withholds(&w, POLICY_RULE_LEGAL);
        w.approvals[2] = (policy_person){ ENT_STR("legal"), ENT_STR("legal") };
        w.q.approval_count = 3;
        permits(&w);
        w.q.drafter = ENT_STR("legal");
        withholds(&w, POLICY_RULE_LEGAL);
        w.q.drafter = ENT_STR("analyst");
        w.approvals[2].name = ENT_STR("");
        withholds(&w, POLICY_RULE_LEGAL);
        w.q.before_approval = true;
        permits(&w);
        CHECK(!asked(&w, POLICY_RULE_LEGAL));
    }
}

static void a_restriction_in_words_needs_the_legal_officer(void **state)
{
    static const unsigned marks[] = { BIT(H3), BIT(STATEMENT) };
    struct world w;

    (void)state;
    EACH_ACTION(a)
    for (size_t i = 0; i < 2; i++) {
        world_init(&w, a);
        CHECK(!asked(&w, POLICY_RULE_WORDS));
        w.label.marks = marks[i];
        if (a == POLICY_USE) {
            permits(&w);
            continue;
        }
        withholds(&w, POLICY_RULE_WORDS);
        w.approvals[2] = (policy_person){ ENT_STR("legal"), ENT_STR("legal") };
        w.q.approval_count = 3;
        if (a == POLICY_MATCH) {
            withholds(&w, POLICY_RULE_WORDS);
            w.q.before_approval = true;
            withholds(&w, POLICY_RULE_WORDS);
            continue;
        }
        permits(&w);
        w.q.approval_count = 0;
        w.q.before_approval = true;
        permits(&w);
    }
}

static void DP_13_two_other_persons_approve_what_leaves(void **state)
{
    const struct {
        policy_person persons[3];
        size_t count;
        bool permits;
    } rows[] = {
        { { { ENT_STR("a"), ENT_STR("disclosure") }, { ENT_STR("b"), ENT_STR("disclosure") } },
          2,
          true },
        { { { ENT_STR("a"), ENT_STR("disclosure") }, { ENT_STR("b"), ENT_STR("legal") } },
          2,
          true },
        { { { ENT_STR("a"), ENT_STR("disclosure") }, { ENT_STR("a"), ENT_STR("disclosure") } },
          2,
          false },
        { { { ENT_STR("a"), ENT_STR("disclosure") }, { ENT_STR("a"), ENT_STR("legal") } },
          2,
          false },
        { { { ENT_STR("a"), ENT_STR("disclosure") },
            { ENT_STR("analyst"), ENT_STR("disclosure") } },
          2,
          false },
        { { { ENT_STR("analyst"), ENT_STR("legal") }, { ENT_STR("b"), ENT_STR("disclosure") } },
          2,
          false },
        { { { ENT_STR("a"), ENT_STR("disclosure") }, { ENT_STR("b"), ENT_STR("admin") } },
          2,
          false },
        { { { ENT_STR("a"), ENT_STR("disclosure") }, { ENT_STR(""), ENT_STR("disclosure") } },
          2,
          false },
        { { { ENT_STR("a"), ENT_STR("disclosure") } }, 1, false },
        { { { ENT_STR(""), ENT_STR("") } }, 0, false },
        { { { ENT_STR("a"), ENT_STR("disclosure") },
            { ENT_STR("a"), ENT_STR("disclosure") },
            { ENT_STR("b"), ENT_STR("disclosure") } },
          3,
          true },
        { { { ENT_STR("a"), ENT_STR("collector") },
            { ENT_STR("b"), ENT_STR("disclosure") },
            { ENT_STR("c"), ENT_STR("disclosure") } },
          3,
          true },
    };
    struct world w;

    (void)state;
    EACH_ACTION(a)
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world_init(&w, a);
        w.q.approvals = rows[i].persons;
        w.q.approval_count = rows[i].count;
        if (rows[i].permits || a == POLICY_MATCH || a == POLICY_USE)
            permits(&w);
        else
            withholds(&w, POLICY_RULE_TWO_PERSONS);
        CHECK_INT(asked(&w, POLICY_RULE_TWO_PERSONS), a != POLICY_MATCH && a != POLICY_USE);
        w.q.before_approval = true;
        permits(&w);
        CHECK(!asked(&w, POLICY_RULE_TWO_PERSONS));
    }
}

/* How many: two, three for some recipients, one in an emergency that the agreement knows. */
static void an_emergency_needs_one_and_some_recipients_three(void **state)
{
    static const struct {
        bool emergency, agreed, third;
        size_t needed;
    } rows[] = {
        { false, false, false, 2 }, { false, true, false, 2 }, { true, false, false, 2 },
        { true, true, false, 1 },   { false, false, true, 3 }, { true, false, true, 3 },
        { true, true, true, 1 },
    };

    (void)state;
    EACH_ACTION(a)
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t n = 0; n <= 4; n++) {
            struct world w;

            world_init(&w, a);
            w.approvals[2] = (policy_person){ ENT_STR("fdo1"), ENT_STR("disclosure") }; /* again */
            w.approvals[3] = (policy_person){ ENT_STR("law"), ENT_STR("legal") };
            w.q.approval_count = n;
            w.q.emergency = rows[i].emergency;
            w.q.third_person = rows[i].third;
            w.terms.emergency = rows[i].agreed;
            if ((n == 3   ? 2
                 : n == 4 ? 3
                          : n) >= rows[i].needed ||
                a == POLICY_MATCH || a == POLICY_USE)
                permits(&w);
            else
                withholds(&w, POLICY_RULE_TWO_PERSONS);
        }
}

static void every_originator_consents_to_content(void **state)
{
    struct world w;

    (void)state;
    EACH_ACTION(a)
    {
        bool content = a == POLICY_RELEASE || a == POLICY_ONWARD || a == POLICY_EXPORT;

        world_init(&w, a);
        CHECK(!asked(&w, POLICY_RULE_ORIGINATOR));
        w.label.originators[0] = ENT_STR("TCG");
        w.label.originators[1] = ENT_STR("XYZ");
        w.label.originator_count = 2;
        if (!content) {
            permits(&w);
            CHECK(!asked(&w, POLICY_RULE_ORIGINATOR));
            continue;
        }
        withholds(&w, POLICY_RULE_ORIGINATOR);
        w.consents[0] = ENT_STR("XYZ");
        w.q.consent_count = 1;
        withholds(&w, POLICY_RULE_ORIGINATOR);
        w.consents[1] = ENT_STR("TCG");
        w.q.consent_count = 2;
        permits(&w);
        w.label.originators[0] = ENT_STR("");
        withholds(&w, POLICY_RULE_ORIGINATOR);
        w.q.before_approval = true;
        permits(&w);
    }
    /* A match of what was received under H2 asks its owner alone. */
    world_init(&w, POLICY_MATCH);
    received(&w);
    w.label.marks = BIT(H2);
    w.label.originators[0] = ENT_STR("TCG");
    w.label.originator_count = 1;
    w.consents[0] = ENT_STR("SVB");
    w.q.consent_count = 1;
    permits(&w);
}

static void the_first_rule_that_withholds_is_the_reason(void **state)
{
    struct world w;
    policy_decision d;

    (void)state;
    world_init(&w, POLICY_RELEASE);
    w.label.conflict = true;
    w.label.marks = BIT(UNKNOWN);
    w.q.approval_count = 0;
    d = policy_decide(&w.q);
    CHECK(!d.permit);
    CHECK_INT(d.reason, POLICY_RULE_MARKINGS);
    CHECK_INT(d.rules[POLICY_RULE_CONFLICT], POLICY_WITHHOLDS);
    CHECK_INT(d.rules[POLICY_RULE_TWO_PERSONS], POLICY_WITHHOLDS);
    CHECK_INT(d.rules[POLICY_RULE_AGREEMENT], POLICY_PERMITS);
    CHECK_INT(d.rules[POLICY_RULE_DISCOVERY], POLICY_NOT_ASKED);
}

static void every_rule_has_a_name_and_a_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICY_RULE_COUNT; i++) {
        CHECK(strlen(policy_rule_name((policy_rule)i)) > 2);
        CHECK(strlen(policy_rule_text((policy_rule)i)) > 10);
    }
    CHECK_STR(policy_rule_name(POLICY_RULE_TWO_PERSONS), "two persons");
    CHECK_STR(policy_rule_text(POLICY_RULE_TLP), "every traffic light lets it reach the recipient");
    CHECK_STR(policy_action_name(POLICY_MATCH), "match");
    CHECK_STR(policy_action_name(POLICY_RELEASE), "release");
    CHECK_STR(policy_action_name(POLICY_ONWARD), "onward");
    CHECK_STR(policy_action_name(POLICY_USE), "use");
    CHECK_STR(policy_action_name(POLICY_EXPORT), "export");
}

RUN_TESTS(
    TEST(a_question_of_zeros_is_withheld), TEST(the_plain_question_is_permitted_for_every_action),
    TEST(an_action_that_is_not_known_is_withheld), TEST(ARA_1_without_a_label_nothing_is_permitted),
    TEST(what_leaves_needs_an_agreement_in_force), TEST(each_flow_needs_its_own_term),
    TEST(DP_1_the_purpose_is_agreed_and_held_for), TEST(a_clock_that_is_not_trusted_withholds),
    TEST(unmarked_is_a_mark_that_refuses), TEST(a_marking_that_is_not_known_refuses),
    TEST(a_conflict_refuses), TEST(disclosure_forbidden_leaves_nothing_but_use),
    TEST(DP_9_retention_ends_with_its_last_day), TEST(the_window_includes_both_its_ends),
    TEST(a_day_is_within_the_window_only_as_a_whole), TEST(nothing_prohibited_is_intended),
    TEST(a_source_that_must_not_be_named_is_not_named), TEST(h0_is_for_crime_only),
    TEST(DP_21_h1_needs_consent_for_judicial_use_of_what_was_received),
    TEST(what_was_received_stays_bound_to_its_agreement),
    TEST(passing_on_follows_the_agreement_it_came_under),
    TEST(h2_orcon_and_conditions_need_the_owners_consent_onward),
    TEST(who_passes_on_must_say_whose_it_is), TEST(what_is_done_is_seen_no_further_than_permitted),
    TEST(only_named_recipients_receive), TEST(an_excluded_recipient_receives_nothing),
    TEST(noforn_stays_in_the_nation),
    TEST(the_first_release_goes_to_a_named_recipient_under_any_light_but_red),
    TEST(red_names_persons_and_goes_no_further), TEST(onward_each_light_has_its_reach),
    TEST(every_bound_community_counts), TEST(within_the_house_no_agreement_or_approval_is_asked),
    TEST(content_goes_as_it_is_required_to), TEST(only_what_may_be_found_is_matched),
    TEST(DP_3_witnesses_victims_and_minors_are_protected),
    TEST(a_restriction_in_words_needs_the_legal_officer),
    TEST(DP_13_two_other_persons_approve_what_leaves),
    TEST(an_emergency_needs_one_and_some_recipients_three),
    TEST(every_originator_consents_to_content), TEST(the_first_rule_that_withholds_is_the_reason),
    TEST(every_rule_has_a_name_and_a_text))
