/* A second implementation of the decision, written from doc/design/policy.md and from
 * nothing else: it shares no code with src/policy/decide.c, thinks in words instead of
 * bits, and is slow.  A million random questions must get the same answer from both, rule
 * by rule. */
#include "policy/decide.h"
#include "test.h"

/* ---- the question as a bag of words ---- */

#define WORDS_MAX 96

struct bag {
    char word[WORDS_MAX][40];
    size_t count;
};

static void say(struct bag *bag, const char *kind, ent_str what)
{
    assert_true(bag->count < WORDS_MAX);
    (void)snprintf(bag->word[bag->count++], sizeof bag->word[0], "%s %.*s", kind, (int)what.size,
                   what.ptr == NULL ? "" : what.ptr);
}

static void say_all(struct bag *bag, const char *kind, const ent_str *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        say(bag, kind, list[i]);
}

static bool said(const struct bag *bag, const char *kind, const char *what)
{
    size_t length = strlen(kind);

    for (size_t i = 0; i < bag->count; i++)
        if (memcmp(bag->word[i], kind, length) == 0 && bag->word[i][length] == ' ' &&
            strcmp(bag->word[i] + length + 1, what) == 0)
            return true;
    return false;
}

static bool said_any(const struct bag *bag, const char *kind)
{
    size_t length = strlen(kind);

    for (size_t i = 0; i < bag->count; i++)
        if (memcmp(bag->word[i], kind, length) == 0 && bag->word[i][length] == ' ')
            return true;
    return false;
}

/* Is everything that is said of one kind also said of the other? */
static bool said_within(const struct bag *bag, const char *kind, const char *other)
{
    size_t length = strlen(kind);

    for (size_t i = 0; i < bag->count; i++)
        if (memcmp(bag->word[i], kind, length) == 0 && bag->word[i][length] == ' ' &&
            !said(bag, other, bag->word[i] + length + 1))
            return false;
    return true;
}

static const char *const mark_words[] = {
    "unknown", "red", "amber+strict", "amber", "green", "unbound", "clear", "H0",
    "H1",      "H2",  "H3",           "P",     "C",     "NOFORN",  "ORCON", "statement",
};
static const char *const mean_words[] = { "attribution", "notify",     "judicial",
                                          "resale",      "derivation", "machine-learning" };
static const char *const category_words[] = { "none",    "unknown", "professional", "contact",
                                              "suspect", "witness", "victim",       "minor" };
static const char *const action_words[] = { "match", "release", "onward", "use", "export" };

static void terms_say(struct bag *bag, const char *kind, const char *purpose, const policy_terms *t)
{
    if (t == NULL)
        return;
    if (t->in_force && t->both_party)
        say(bag, kind, ENT_STR("in force"));
    if (t->match)
        say(bag, kind, ENT_STR("match"));
    if (t->release)
        say(bag, kind, ENT_STR("release"));
    say(bag, kind,
        t->onward == POLICY_ONWARD_NONE      ? ENT_STR("onward none")
        : t->onward == POLICY_ONWARD_CONSENT ? ENT_STR("onward consent")
                                             : ENT_STR("onward marked"));
    say_all(bag, purpose, t->purposes, t->purpose_count);
}

static void label_say(struct bag *bag, const policy_label *l)
{
    if (l->complete)
        say(bag, "label", ENT_STR("whole"));
    for (unsigned i = 0; i < 16; i++)
        if ((l->marks >> i & 1U) != 0)
            say(bag, "mark", ent_str_of(mark_words[i]));
    if (l->conflict)
        say(bag, "label", ENT_STR("conflict"));
    if (l->no_disclosure)
        say(bag, "label", ENT_STR("never leaves"));
    for (unsigned i = 0; i < 6; i++)
        if ((l->prohibit >> i & 1U) != 0)
            say(bag, "prohibited", ent_str_of(mean_words[i]));
    if (l->encrypt)
        say(bag, "required", ENT_STR("encrypted"));
    if (l->attribute)
        say(bag, "required", ENT_STR("sourced"));
    say(bag, "category", ent_str_of(category_words[l->category]));
    if (l->releasable_stated)
        say(bag, "label", ENT_STR("names recipients"));
    say_all(bag, "releasable", l->releasable.item, l->releasable.count);
    say_all(bag, "excluded", l->denied.item, l->denied.count);
    say_all(bag, "community", l->communities.item, l->communities.count);
    say_all(bag, "purpose", l->purposes, l->purpose_count);
    say_all(bag, "controlled", l->originators, l->originator_count);
}

static struct bag bag_of(const policy_question *q)
{
    struct bag bag = { .count = 0 };

    label_say(&bag, q->label);
    terms_say(&bag, "terms", "agreed", q->terms);
    terms_say(&bag, "source", "received-for", q->source);
    for (unsigned i = 0; i < 6; i++)
        if ((q->means >> i & 1U) != 0)
            say(&bag, "intended", ent_str_of(mean_words[i]));
    if (q->names_source) {
        say(&bag, "intended", ENT_STR("attribution"));
        say(&bag, "way", ENT_STR("sourced"));
    }
    if (q->encrypted)
        say(&bag, "way", ENT_STR("encrypted"));
    say_all(&bag, "consent", q->consents, q->consent_count);
    say_all(&bag, "member", q->recipient.communities, q->recipient.community_count);
    for (size_t i = 0; i < q->approval_count; i++) {
        const policy_person *p = &q->approvals[i];

        if (p->name.size == 0 || ent_str_equal(p->name, q->drafter))
            continue;
        if (ent_str_is(p->role, "legal"))
            say(&bag, "legal", p->name);
        if (ent_str_is(p->role, "legal") || ent_str_is(p->role, "disclosure"))
            if (p->name.size > 0 && p->name.size < 30) {
                char name[32] = { 0 };

                memcpy(name, p->name.ptr, p->name.size);
                if (!said(&bag, "approved", name))
                    say(&bag, "approved", p->name);
            }
    }
    return bag;
}

/* ---- what the page says ---- */

struct view {
    const policy_question *q;
    struct bag bag;
    const char *action, *purpose, *originator, *organisation;
    bool leaves, received, content, own;
};

static void text_of(ent_str s, char out[40])
{
    (void)snprintf(out, 40, "%.*s", (int)s.size, s.ptr == NULL ? "" : s.ptr);
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool mark(const struct view *v, const char *word)
{
    return said(&v->bag, "mark", word);
}

static bool protected_person(const struct view *v)
{
    return said(&v->bag, "category", "witness") || said(&v->bag, "category", "victim") ||
           said(&v->bag, "category", "minor");
}

static bool time_known(const struct view *v, int64_t *day, int64_t *from, int64_t *to)
{
    const int64_t length = INT64_C(86400000000);

    *day = v->q->today;
    if (v->q->now < INT64_MIN + length)
        return false; /* the next line does not hold there */
    if (v->q->now != 0)
        *day = (v->q->now - (v->q->now % length + length) % length) / length;
    if (v->q->clock_suspect || *day >= 10000000 || *day <= -10000000)
        return false;
    *from = *day * length;
    *to = *from + length - 1;
    if (v->q->now != 0)
        *from = *to = v->q->now;
    return true;
}

static bool originator_consents(const struct view *v)
{
    return v->originator[0] != '\0' && said(&v->bag, "consent", v->originator);
}

static bool lights_permit(const struct view *v)
{
    bool client = v->q->recipient.standing == POLICY_CLIENT;

    if (mark(v, "red")) {
        if (!v->content || (v->received && !v->own) || (v->received && !v->q->by_name))
            return false;
        if (v->q->recipient.individual.size == 0)
            return false;
    }
    if (!v->received || v->own)
        return true;
    if (mark(v, "amber+strict"))
        return false;
    if (mark(v, "amber") && !client)
        return false;
    if (mark(v, "green") && (mark(v, "unbound") || !said_any(&v->bag, "community")))
        return false;
    if (mark(v, "unbound"))
        return false;
    return said_within(&v->bag, "community", "member");
}

static size_t count_of(const struct bag *bag, const char *kind)
{
    size_t count = 0, length = strlen(kind);

    for (size_t i = 0; i < bag->count; i++)
        count += memcmp(bag->word[i], kind, length) == 0 && bag->word[i][length] == ' ';
    return count;
}

/* '-' not asked, 'y' holds, 'n' withholds. */
static char verdict(bool asked, bool holds)
{
    return !asked ? '-' : holds ? 'y' : 'n';
}

static char agreements_say(const struct view *v, const char *rule)
{
    bool force = said(&v->bag, "terms", "in force");

    if (is(rule, "agreement"))
        return verdict(v->leaves, force);
    if (is(rule, "flow"))
        return verdict(v->leaves, force && said(&v->bag, "terms",
                                                is(v->action, "match") ? "match" : "release"));
    if (is(rule, "purpose"))
        return verdict(true, v->purpose[0] != '\0' && said(&v->bag, "purpose", v->purpose) &&
                                 (!v->leaves || (force && said(&v->bag, "agreed", v->purpose))));
    if (is(rule, "source"))
        return verdict(v->received, said(&v->bag, "source", "in force") &&
                                        said(&v->bag, "received-for", v->purpose) &&
                                        (!v->leaves || !said(&v->bag, "source", "onward none")));
    return '?';
}

static char always_say(const struct view *v, const char *rule)
{
    int64_t day, from = 0, to = 0;
    bool known = time_known(v, &day, &from, &to), judicial;
    const policy_label *l = v->q->label;

    if (is(rule, "action"))
        return 'y';
    if (is(rule, "clock"))
        return verdict(true, known);
    if (is(rule, "marked"))
        return verdict(true, said(&v->bag, "label", "whole"));
    if (is(rule, "markings"))
        return verdict(true, !mark(v, "unknown"));
    if (is(rule, "conflict"))
        return verdict(true, !said(&v->bag, "label", "conflict"));
    if (is(rule, "retention"))
        return verdict(true,
                       known && said(&v->bag, "label", "whole") && !(day > l->retention_last));
    if (is(rule, "window"))
        return verdict(true, known && !(from < l->not_before) && !(to > l->expires));
    if (is(rule, "prohibited")) {
        for (unsigned i = 0; i < 6; i++)
            if (said(&v->bag, "prohibited", mean_words[i]) &&
                said(&v->bag, "intended", mean_words[i]))
                return 'n';
        return 'y';
    }
    if (is(rule, "crime"))
        return verdict(mark(v, "H0"), is(v->purpose, "CT-INV") || is(v->purpose, "CT-PREV") ||
                                          is(v->purpose, "SAFETY") || is(v->purpose, "JUST"));
    judicial = said(&v->bag, "intended", "judicial") || is(v->purpose, "JUST");
    if (is(rule, "judicial"))
        return verdict(mark(v, "H1") && judicial, !v->received || originator_consents(v));
    if (is(rule, "actions"))
        return verdict(is(v->action, "use") || (is(v->action, "match") && v->received),
                       is(v->action, "use")
                           ? (int)v->q->visible <= (int)l->act
                           : l->act == POLICY_ACT_INDIRECT || l->act == POLICY_ACT_DIRECT);
    return '?';
}

static char leaving_say(const struct view *v, const char *rule)
{
    if (is(rule, "disclosure"))
        return verdict(!is(v->action, "use"), !said(&v->bag, "label", "never leaves"));
    if (is(rule, "tlp"))
        return verdict(!is(v->action, "use"), lights_permit(v));
    if (is(rule, "recipient")) {
        bool named = !said(&v->bag, "label", "names recipients") ||
                     said(&v->bag, "releasable", v->organisation);
        bool barred = said_any(&v->bag, "excluded") &&
                      (v->organisation[0] == '\0' || said(&v->bag, "excluded", v->organisation));

        return verdict(v->leaves,
                       named && !barred && (!mark(v, "NOFORN") || v->q->recipient.national));
    }
    if (is(rule, "required"))
        return verdict(v->content && v->leaves, said_within(&v->bag, "required", "way"));
    if (is(rule, "discovery"))
        return verdict(is(v->action, "match"),
                       v->q->label->discover == POLICY_OPEN ||
                           (v->q->label->discover == POLICY_POINTER && !v->received));
    if (is(rule, "category"))
        return verdict(is(v->action, "match"), !protected_person(v));
    return '?';
}

static char persons_say(const struct view *v, const char *rule)
{
    bool goes = v->content && v->leaves, before = v->q->before_approval;
    bool words = mark(v, "H3") || mark(v, "statement");
    bool legal = said_any(&v->bag, "legal");
    bool owned = v->received && v->leaves &&
                 (mark(v, "H2") || mark(v, "ORCON") || mark(v, "C") ||
                  (said_any(&v->bag, "source") && !said(&v->bag, "source", "onward marked")));
    bool controlled = goes && said_any(&v->bag, "controlled");

    if (is(rule, "words"))
        return is(v->action, "match") ? verdict(words, false)
                                      : verdict(words && goes && !before, legal);
    if (is(rule, "two persons"))
        return verdict(goes && !before,
                       count_of(&v->bag, "approved") >=
                           (v->q->emergency && v->q->terms != NULL && v->q->terms->emergency ? 1
                            : v->q->third_person                                             ? 3
                                                                                             : 2));
    if (is(rule, "legal"))
        return verdict(goes && !before && protected_person(v), legal);
    if (is(rule, "originator"))
        return verdict(!before && (owned || controlled),
                       (!controlled || (said_within(&v->bag, "controlled", "consent") &&
                                        !said(&v->bag, "controlled", ""))) &&
                           (!owned || originator_consents(v)));
    return '?';
}

static void second_decide(const policy_question *q, char verdicts[POLICY_RULE_COUNT])
{
    char purpose[40], originator[40], organisation[40];
    struct view v = { .q = q,
                      .bag = bag_of(q),
                      .action = action_words[q->action],
                      .purpose = purpose,
                      .originator = originator,
                      .organisation = organisation };

    text_of(q->purpose, purpose);
    text_of(q->originator, originator);
    text_of(q->recipient.organisation, organisation);
    v.own = q->recipient.standing == POLICY_OWN;
    v.content = is(v.action, "release") || is(v.action, "onward") || is(v.action, "export");
    v.leaves = is(v.action, "match") || is(v.action, "release") ||
               ((is(v.action, "onward") || is(v.action, "export")) && !v.own);
    v.received =
        originator[0] == '\0' ? is(v.action, "onward") : !ent_str_equal(q->originator, q->holder);
    for (unsigned i = 0; i < POLICY_RULE_COUNT; i++) {
        const char *rule = policy_rule_name((policy_rule)i);

        verdicts[i] = agreements_say(&v, rule);
        if (verdicts[i] == '?')
            verdicts[i] = always_say(&v, rule);
        if (verdicts[i] == '?')
            verdicts[i] = leaving_say(&v, rule);
        if (verdicts[i] == '?')
            verdicts[i] = persons_say(&v, rule);
        if (verdicts[i] == '?')
            fail_msg("the page has no rule '%s'", rule);
    }
}

/* ---- random questions ---- */

static uint64_t seed = 20261125;

static unsigned pick(unsigned limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % limit;
}

static bool rarely(void)
{
    return pick(8) == 0;
}

/* So that about every other thing is as it should be. */
static ent_str name_pick(void)
{
    static const char *const names[] = { "DSV", "SVB", "CTB", "TCG", "" };

    return ent_str_of(names[pick(8) == 0 ? 4 : pick(4)]);
}

static ent_str purpose_pick(void)
{
    static const char *const names[] = { "CT-INV", "JUST", "SANCTIONS", "" };

    return ent_str_of(names[pick(3) == 0 ? pick(4) : 0]);
}

static size_t list_pick(ent_str (*one)(void), ent_str *out, unsigned most)
{
    size_t count = pick(most + 1);

    for (size_t i = 0; i < count; i++)
        out[i] = one();
    return count;
}

static void label_pick(policy_label *l)
{
    *l = (policy_label){ .complete = !rarely(),
                         .conflict = rarely() && rarely(),
                         .no_disclosure = rarely() && rarely(),
                         .encrypt = rarely(),
                         .attribute = rarely(),
                         .discover = (policy_discover)pick(3),
                         .act = (policy_act)pick(5),
                         .category = (policy_category)pick(8),
                         .releasable_stated = pick(3) == 0,
                         .retention_last = (ent_day)(19999 + (int)pick(3)),
                         .not_before = INT64_MIN,
                         .expires = ENT_TIME_NEVER };
    for (unsigned i = 0; i < 3; i++)
        if (pick(2) == 0)
            l->marks |= POLICY_BIT(pick(POLICY_MARK_COUNT));
    if (!rarely())
        l->marks &= ~POLICY_BIT(POLICY_MARK_UNKNOWN);
    if (rarely())
        l->prohibit = POLICY_BIT(pick(POLICY_MEAN_COUNT));
    if (rarely())
        l->not_before = 20000 * ENT_DAY_TIME + (int)pick(3) - 1;
    if (rarely())
        l->expires = 20001 * ENT_DAY_TIME + (int)pick(3) - 2;
    l->releasable.count = list_pick(name_pick, l->releasable.item, 4);
    l->denied.count = rarely() ? list_pick(name_pick, l->denied.item, 2) : 0;
    l->communities.count = pick(3) == 0 ? list_pick(name_pick, l->communities.item, 2) : 0;
    l->purpose_count = list_pick(purpose_pick, l->purposes, 3);
    l->originator_count = rarely() ? list_pick(name_pick, l->originators, 2) : 0;
}

static void terms_pick(policy_terms *t)
{
    *t = (policy_terms){ .in_force = !rarely(),
                         .both_party = !rarely(),
                         .match = !rarely(),
                         .release = !rarely(),
                         .onward = (policy_onward)pick(3) };
    t->purpose_count = list_pick(purpose_pick, t->purposes, 3);
}

struct world {
    policy_label label;
    policy_terms terms, source;
    policy_person approvals[4];
    ent_str consents[4], communities[3];
};

static policy_question question_pick(struct world *w)
{
    static const char *const roles[] = { "disclosure", "disclosure", "legal", "admin" };
    static const char *const persons[] = { "a", "b", "c", "" };
    static const ent_time times[] = {
        0,
        20000 * ENT_DAY_TIME,
        20000 * ENT_DAY_TIME - 1,
        20001 * ENT_DAY_TIME - 1,
        20001 * ENT_DAY_TIME,
        -1,
        INT64_MAX,
        INT64_MIN,
        -1 * ENT_DAY_TIME,
    };
    policy_question q = { .action = (policy_action)pick(POLICY_ACTION_COUNT),
                          .label = &w->label,
                          .terms = rarely() ? NULL : &w->terms,
                          .source = rarely() ? NULL : &w->source,
                          .holder = ENT_STR("CTB"),
                          .originator = pick(2) == 0 ? ENT_STR("CTB") : name_pick(),
                          .recipient = { .organisation = name_pick(),
                                         .individual = name_pick(),
                                         .standing = (policy_standing)pick(3),
                                         .national = pick(2) == 0,
                                         .communities = w->communities },
                          .purpose = purpose_pick(),
                          .today = 20000 + (rarely() ? (int)pick(3) - 1 : 0),
                          .now = rarely() ? times[pick(9)] : times[pick(2)],
                          .clock_suspect = rarely() && rarely(),
                          .means = rarely() ? POLICY_BIT(pick(POLICY_MEAN_COUNT)) : 0,
                          .visible = (policy_act)pick(5),
                          .encrypted = pick(2) == 0,
                          .names_source = pick(2) == 0,
                          .drafter = ent_str_of(persons[pick(3)]),
                          .approvals = w->approvals,
                          .consents = w->consents,
                          .emergency = rarely(),
                          .third_person = rarely(),
                          .by_name = pick(2) == 0,
                          .before_approval = pick(3) == 0 };

    label_pick(&w->label);
    terms_pick(&w->terms);
    w->terms.emergency = pick(2) == 0;
    terms_pick(&w->source);
    q.recipient.community_count = list_pick(name_pick, w->communities, 3);
    q.consent_count = list_pick(name_pick, w->consents, 4);
    q.approval_count = pick(5);
    for (size_t i = 0; i < q.approval_count; i++)
        w->approvals[i] =
            (policy_person){ ent_str_of(persons[pick(4)]), ent_str_of(roles[pick(4)]) };
    if (rarely())
        q.today = pick(2) == 0 ? INT32_MAX : -10000000 + (int)pick(2);
    return q;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define ROUNDS 100000U
#else
#define ROUNDS 1000000U
#endif

static void a_million_questions_get_the_same_answer_twice(void **state)
{
    static const char letters[] = "-yn";
    unsigned permitted = 0, broke[POLICY_RULE_COUNT] = { 0 }, alone[POLICY_RULE_COUNT] = { 0 };

    (void)state;
    for (unsigned n = 0; n < ROUNDS; n++) {
        uint64_t before = seed;
        struct world w;
        policy_question q = question_pick(&w);
        policy_decision d = policy_decide(&q);
        char verdicts[POLICY_RULE_COUNT];
        unsigned withheld = 0, last = 0;

        second_decide(&q, verdicts);
        for (unsigned i = 0; i < POLICY_RULE_COUNT; i++) {
            if (verdicts[i] != letters[d.rules[i]])
                fail_msg("seed %llu: %s: rule '%s' is '%c' by the page and '%c' by the code",
                         (unsigned long long)before, policy_action_name(q.action),
                         policy_rule_name((policy_rule)i), verdicts[i], letters[d.rules[i]]);
            if (verdicts[i] == 'n') {
                withheld++;
                broke[i]++;
                last = i;
            }
        }
        if (withheld == 1)
            alone[last]++;
        CHECK_INT(d.permit, withheld == 0);
        permitted += d.permit;
    }
    print_message("# %u questions, %u permitted\n", ROUNDS, permitted);
    /* The questions are worth asking: each rule (but "action") decided some alone. */
    CHECK(permitted > ROUNDS / 200);
    for (unsigned i = 1; i < POLICY_RULE_COUNT; i++) {
        CHECK(broke[i] > 0);
        if (i != POLICY_RULE_AGREEMENT && i != POLICY_RULE_CLOCK && i != POLICY_RULE_MARKED &&
            alone[i] == 0)
            fail_msg("rule '%s' never decided alone", policy_rule_name((policy_rule)i));
    }
}

RUN_TESTS(TEST(a_million_questions_get_the_same_answer_twice))
