/* The laws of combining, over every pair of a family of labels (doc/design/policy.md):
 *
 *     permit(a ^ b) = permit(a) AND permit(b), idempotent, commutative, absorbing.
 *
 * Each label is put through the real decision into a vector with one bit for each
 * question.  The family is closed under combining, part by part, so that the vector of
 * a ^ b is looked up; that the real policy_label_meet gives that member is checked for every
 * pair of values of every part and for random pairs. */
#include "policy/decide.h"
#include "test.h"

#define BIT(mark) POLICY_BIT(POLICY_MARK_##mark)
#define T         (20000 * ENT_DAY_TIME)

/* ---- the family: a product of small parts, each closed under combining ---- */

enum { MARKS, RELEASABLE, PURPOSES, WINDOW, DISCOVER, CATEGORY, PROHIBIT, PARTS };

static const unsigned part_sizes[PARTS] = { 32, 5, 4, 4, 3, 2, 2 };

#define LABELS    (32U * 5 * 4 * 4 * 3 * 2 * 2)
#define QUESTIONS 720U
#define WORDS     12U

typedef struct vector {
    uint64_t word[WORDS];
} vector;

static vector vectors[LABELS];

/* Marks are sets of five: unmarked, RED, AMBER, GREEN (bound), H2. */
static void marks_put(policy_label *l, unsigned value)
{
    l->complete = (value & 1U) == 0;
    l->missing = l->complete ? NULL : "rating";
    l->marks = ((value & 2U) != 0 ? BIT(TLP_RED) : 0) | ((value & 4U) != 0 ? BIT(TLP_AMBER) : 0) |
               ((value & 8U) != 0 ? BIT(TLP_GREEN) : 0) | ((value & 16U) != 0 ? BIT(H2) : 0);
    if ((value & 8U) != 0)
        l->communities = (policy_list){ { ENT_STR("C1") }, 1 };
}

static unsigned marks_of(const policy_label *l)
{
    return (l->complete ? 0 : 1U) | ((l->marks & BIT(TLP_RED)) != 0 ? 2U : 0) |
           ((l->marks & BIT(TLP_AMBER)) != 0 ? 4U : 0) |
           ((l->marks & BIT(TLP_GREEN)) != 0 ? 8U : 0) | ((l->marks & BIT(H2)) != 0 ? 16U : 0);
}

/* 0 not stated, 1 A and B, 2 A, 3 B, 4 nobody. */
static void releasable_put(policy_label *l, unsigned value)
{
    l->releasable_stated = value != 0;
    if (value == 1 || value == 2)
        l->releasable.item[l->releasable.count++] = ENT_STR("A");
    if (value == 1 || value == 3)
        l->releasable.item[l->releasable.count++] = ENT_STR("B");
}

static unsigned releasable_of(const policy_label *l)
{
    bool a = policy_list_has(&l->releasable, ENT_STR("A"));
    bool b = policy_list_has(&l->releasable, ENT_STR("B"));

    if (!l->releasable_stated)
        return 0;
    return a && b ? 1 : a ? 2 : b ? 3 : 4;
}

static void purposes_put(policy_label *l, unsigned value)
{
    if ((value & 1U) == 0)
        l->purposes[l->purpose_count++] = ENT_STR("CT-INV");
    if ((value & 2U) == 0)
        l->purposes[l->purpose_count++] = ENT_STR("CT-PREV");
}

static unsigned purposes_of(const policy_label *l)
{
    unsigned value = 3;

    for (size_t i = 0; i < l->purpose_count; i++)
        value &= ent_str_is(l->purposes[i], "CT-INV") ? ~1U : ~2U;
    return value;
}

static void window_put(policy_label *l, unsigned value)
{
    l->not_before = (value & 1U) != 0 ? T : INT64_MIN;
    l->expires = (value & 2U) != 0 ? T : ENT_TIME_NEVER;
}

static unsigned window_of(const policy_label *l)
{
    return (l->not_before == T ? 1U : 0) | (l->expires == T ? 2U : 0);
}

static policy_label label_of(const unsigned values[PARTS])
{
    policy_label l = { .act = POLICY_ACT_DIRECT, .retention_last = 30000, .evidential = true };

    marks_put(&l, values[MARKS]);
    releasable_put(&l, values[RELEASABLE]);
    purposes_put(&l, values[PURPOSES]);
    window_put(&l, values[WINDOW]);
    l.discover = (policy_discover)(POLICY_OPEN - values[DISCOVER]);
    l.category = values[CATEGORY] == 0 ? POLICY_SUSPECT : POLICY_WITNESS;
    l.prohibit = values[PROHIBIT] == 0 ? 0 : POLICY_BIT(POLICY_MEAN_JUDICIAL);
    return l;
}

static void values_of(const policy_label *l, unsigned values[PARTS])
{
    values[MARKS] = marks_of(l);
    values[RELEASABLE] = releasable_of(l);
    values[PURPOSES] = purposes_of(l);
    values[WINDOW] = window_of(l);
    values[DISCOVER] = (unsigned)(POLICY_OPEN - l->discover);
    values[CATEGORY] = l->category == POLICY_SUSPECT ? 0 : 1;
    values[PROHIBIT] = l->prohibit == 0 ? 0 : 1;
}

static void index_split(unsigned index, unsigned values[PARTS])
{
    for (unsigned p = PARTS; p-- > 0; index /= part_sizes[p])
        values[p] = index % part_sizes[p];
}

static unsigned index_join(const unsigned values[PARTS])
{
    unsigned index = 0;

    for (unsigned p = 0; p < PARTS; p++)
        index = index * part_sizes[p] + values[p];
    return index;
}

/* What combining two values of a part should give. */
static unsigned part_meet(unsigned part, unsigned a, unsigned b)
{
    if (part == RELEASABLE)
        return a == b || b == 0 ? a : a == 0 ? b : a == 1 ? b : b == 1 ? a : 4;
    if (part == DISCOVER)
        return a > b ? a : b;
    return a | b;
}

/* ---- the questions ---- */

static policy_terms terms = { .in_force = true,
                              .both_party = true,
                              .match = true,
                              .release = true,
                              .purpose_count = 2,
                              .onward = POLICY_ONWARD_MARKED };
static policy_person approvals[3];
static ent_str consents[1], communities[1];
static policy_recipient recipients[3]; /* of the community, a client, the own organisation */

static int setup(void **state)
{
    (void)state;
    terms.purposes[0] = ENT_STR("CT-INV");
    terms.purposes[1] = ENT_STR("CT-PREV");
    approvals[0] = (policy_person){ ENT_STR("fdo1"), ENT_STR("disclosure") };
    approvals[1] = (policy_person){ ENT_STR("fdo2"), ENT_STR("disclosure") };
    approvals[2] = (policy_person){ ENT_STR("legal"), ENT_STR("legal") };
    consents[0] = ENT_STR("SVB");
    communities[0] = ENT_STR("C1");
    for (unsigned i = 0; i < 3; i++)
        recipients[i] = (policy_recipient){ .organisation = (ent_str){ &"ABD"[i], 1 },
                                            .individual = ENT_STR("v.fdo1"),
                                            .standing = (policy_standing)i,
                                            .communities = communities,
                                            .community_count = i == 0 ? 1 : 0 };
    return 0;
}

/* 5 actions, 3 instants, 3 recipients, 2 purposes, 2 means, 2 consents, 2 sets of approvals. */
static policy_question question_of(unsigned n, const policy_label *label)
{
    policy_action action = (policy_action)(n % 5);
    unsigned time = n / 5 % 3, bits = n / 45;
    const policy_recipient *to = &recipients[n / 15 % 3];
    bool received = action != POLICY_RELEASE && (action != POLICY_MATCH || n / 15 % 3 != 0);

    return (policy_question){
        .action = action,
        .label = label,
        .terms = &terms,
        .source = &terms,
        .holder = ENT_STR("CTB"),
        .originator = received ? ENT_STR("SVB") : ENT_STR("CTB"),
        .recipient = *to,
        .purpose = (bits & 1U) == 0 ? ENT_STR("CT-INV") : ENT_STR("CT-PREV"),
        .now = T - 1 + time,
        .means = (bits & 2U) == 0 ? 0 : POLICY_BIT(POLICY_MEAN_JUDICIAL),
        .drafter = ENT_STR("analyst"),
        .approvals = approvals,
        .approval_count = (bits & 4U) == 0 ? 2 : 3,
        .consents = consents,
        .consent_count = (bits & 8U) == 0 ? 0 : 1,
    };
}

static vector vector_of(const policy_label *label)
{
    vector v = { { 0 } };

    for (unsigned n = 0; n < QUESTIONS; n++) {
        policy_question q = question_of(n, label);

        if (policy_decide(&q).permit)
            v.word[n / 64] |= UINT64_C(1) << (n % 64);
    }
    return v;
}

static bool vector_equal(const vector *a, const vector *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static vector vector_and(const vector *a, const vector *b)
{
    vector v;

    for (unsigned i = 0; i < WORDS; i++)
        v.word[i] = a->word[i] & b->word[i];
    return v;
}

static unsigned bits_in(const vector *v)
{
    unsigned count = 0;

    for (unsigned n = 0; n < QUESTIONS; n++)
        count += (unsigned)(v->word[n / 64] >> (n % 64)) & 1U;
    return count;
}

/* ---- the laws ---- */

static void every_label_answers_every_question(void **state)
{
    vector seen = { { 0 } };
    const vector none = { { 0 } };
    unsigned refusing = 0;

    (void)state;
    CHECK_INT(LABELS, 30720);
    for (unsigned i = 0; i < LABELS; i++) {
        unsigned values[PARTS];
        policy_label label;

        index_split(i, values);
        CHECK_INT(index_join(values), i);
        label = label_of(values);
        vectors[i] = vector_of(&label);
        for (unsigned k = 0; k < WORDS; k++)
            seen.word[k] |= vectors[i].word[k];
        refusing += vector_equal(&vectors[i], &none);
    }
    /* No question is idle but those of H2 without consent, so the vectors say something. */
    CHECK_INT(bits_in(&seen), QUESTIONS);
    CHECK(refusing < LABELS * 3 / 4);
    CHECK(bits_in(&vectors[0]) > QUESTIONS / 2);
}

/* Marks that refuse the same whatever else is said: unmarked; RED; AMBER with GREEN, as no
 * recipient here is both a client and of the community. */
static bool refuse_alike(unsigned a, unsigned b)
{
    return (a & b & 3U) != 0 || ((a & 12U) == 12U && (b & 12U) == 12U);
}

/* Each value of each part, against the same label with another one. */
static void every_part_makes_a_difference(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PARTS; p++)
        for (unsigned a = 0; a < part_sizes[p]; a++)
            for (unsigned b = 0; b < a; b++) {
                unsigned one[PARTS] = { 0 }, other[PARTS] = { 0 };

                one[p] = a;
                other[p] = b;
                if (p == MARKS && refuse_alike(a, b))
                    continue;
                if (vector_equal(&vectors[index_join(one)], &vectors[index_join(other)]))
                    fail_msg("part %u: %u and %u answer alike", p, a, b);
            }
}

static void meet_check(const unsigned a[PARTS], const unsigned b[PARTS])
{
    policy_label la = label_of(a), lb = label_of(b), m = policy_label_meet(&la, &lb);
    policy_label n = policy_label_meet(&lb, &la), again = policy_label_meet(&m, &la);
    unsigned got[PARTS], turned[PARTS], absorbed[PARTS];

    values_of(&m, got);
    values_of(&n, turned);
    values_of(&again, absorbed);
    for (unsigned p = 0; p < PARTS; p++) {
        CHECK_INT(got[p], part_meet(p, a[p], b[p]));
        CHECK_INT(turned[p], got[p]);
        CHECK_INT(absorbed[p], got[p]);
    }
    CHECK(!m.conflict);
}

static uint32_t random_state = 20241108;

static unsigned random_below(unsigned limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

static void the_real_meet_gives_the_member_that_is_looked_up(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PARTS; p++)
        for (unsigned a = 0; a < part_sizes[p]; a++)
            for (unsigned b = 0; b < part_sizes[p]; b++)
                for (unsigned k = 0; k < 20; k++) {
                    unsigned one[PARTS], other[PARTS];

                    index_split(random_below(LABELS), one);
                    index_split(random_below(LABELS), other);
                    one[p] = a;
                    other[p] = b;
                    meet_check(one, other);
                }
    for (unsigned k = 0; k < 200000; k++) {
        unsigned one[PARTS], other[PARTS];

        index_split(random_below(LABELS), one);
        index_split(random_below(LABELS), other);
        meet_check(one, other);
    }
}

static void the_real_meet_goes_through_the_real_decision(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 2000; k++) {
        unsigned i = random_below(LABELS), j = random_below(LABELS), a[PARTS], b[PARTS];
        policy_label la, lb, m;
        vector got, want = vector_and(&vectors[i], &vectors[j]);

        index_split(i, a);
        index_split(j, b);
        la = label_of(a);
        lb = label_of(b);
        m = policy_label_meet(&la, &lb);
        got = vector_of(&m);
        CHECK(vector_equal(&got, &want));
    }
}

/* An index in two halves, so that combining two is two look-ups. */
#define LOW  (4U * 3 * 2 * 2)
#define HIGH (LABELS / LOW)

static uint32_t high_meet[HIGH][HIGH];
static uint8_t low_meet[LOW][LOW];

static unsigned index_meet(unsigned i, unsigned j)
{
    unsigned a[PARTS], b[PARTS];

    index_split(i, a);
    index_split(j, b);
    for (unsigned p = 0; p < PARTS; p++)
        a[p] = part_meet(p, a[p], b[p]);
    return index_join(a);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define STEP 61U /* an instrumented build takes a sample of the rows */
#else
#define STEP 1U
#endif

/* All pairs with `i`: the number that break the law. */
static unsigned row_violations(unsigned i)
{
    const uint32_t *high_row = high_meet[i / LOW];
    const uint8_t *low_row = low_meet[i % LOW];
    const vector a = vectors[i];
    unsigned violations = 0;

    for (unsigned h = 0; h < HIGH; h++) {
        const vector *m = &vectors[high_row[h]], *b = &vectors[h * LOW];

        for (unsigned l = 0; l < LOW; l++) {
            const uint64_t *got = m[low_row[l]].word, *other = b[l].word;
            uint64_t differ = 0;

            for (unsigned k = 0; k < WORDS; k++)
                differ |= got[k] ^ (a.word[k] & other[k]);
            violations += differ != 0;
        }
    }
    return violations;
}

static void combining_permits_exactly_what_both_permit(void **state)
{
    uint64_t pairs = 0, violations = 0;

    (void)state;
    for (unsigned i = 0; i < HIGH; i++)
        for (unsigned j = 0; j < HIGH; j++)
            high_meet[i][j] = index_meet(i * LOW, j * LOW);
    for (unsigned i = 0; i < LOW; i++)
        for (unsigned j = 0; j < LOW; j++)
            low_meet[i][j] = (uint8_t)index_meet(i, j);
    for (unsigned i = 0; i < LABELS; i += STEP) {
        CHECK_INT(index_meet(i, i), i);
        violations += row_violations(i);
        pairs += LABELS;
    }
    print_message("# %u labels, %u questions each, %llu pairs, %llu violations\n", LABELS,
                  QUESTIONS, (unsigned long long)pairs, (unsigned long long)violations);
    CHECK_INT(violations, 0);
}

/* The check is itself checked: a combination that forgets one part is noticed. */
static void a_combination_that_forgets_a_part_is_noticed(void **state)
{
    (void)state;
    for (unsigned p = 0; p < PARTS; p++) {
        uint64_t violations = 0;

        for (unsigned k = 0; k < 200000; k++) {
            unsigned i = random_below(LABELS), j = random_below(LABELS), a[PARTS], m[PARTS];
            vector want = vector_and(&vectors[i], &vectors[j]);

            index_split(i, a);
            index_split(index_meet(i, j), m);
            m[p] = a[p];
            violations += !vector_equal(&vectors[index_join(m)], &want);
        }
        CHECK(violations > 0);
    }
}

/* The highest colour instead of the set of colours: the mistake that is warned of. */
static void a_chain_of_colours_breaks_the_law(void **state)
{
    unsigned violations = 0;

    (void)state;
    for (unsigned i = 0; i < LABELS; i++) {
        unsigned a[PARTS], amber[PARTS], m[PARTS];
        vector want;

        index_split(i, a);
        if ((a[MARKS] & 14U) != 8U)
            continue; /* green alone */
        memcpy(amber, a, sizeof a);
        amber[MARKS] = (a[MARKS] & ~14U) | 4U;
        memcpy(m, amber, sizeof m);
        want = vector_and(&vectors[i], &vectors[index_join(amber)]);
        violations += !vector_equal(&vectors[index_join(m)], &want);
    }
    CHECK(violations > 0);
}

static void the_bottom_refuses_and_absorbs(void **state)
{
    const policy_label zero = { .complete = false };
    const vector none = { { 0 } };
    vector v = vector_of(&zero);

    (void)state;
    CHECK(vector_equal(&v, &none));
    for (unsigned k = 0; k < 1000; k++) {
        unsigned a[PARTS];
        policy_label l, m;

        index_split(random_below(LABELS), a);
        l = label_of(a);
        m = policy_label_meet(&l, &zero);
        v = vector_of(&m);
        CHECK(vector_equal(&v, &none));
        m = policy_label_meet(&zero, &l);
        v = vector_of(&m);
        CHECK(vector_equal(&v, &none));
    }
}

/* t-1, t, t+1: of the label that has nothing but a window. */
static void a_window_is_exact_to_the_instant(void **state)
{
    (void)state;
    for (unsigned w = 0; w < 4; w++) {
        unsigned values[PARTS] = { 0 };
        const vector *with, *without = &vectors[0];

        values[WINDOW] = w;
        with = &vectors[index_join(values)];
        for (unsigned n = 0; n < QUESTIONS; n++) {
            bool free = (without->word[n / 64] >> (n % 64) & 1U) != 0;
            bool got = (with->word[n / 64] >> (n % 64) & 1U) != 0;
            unsigned time = n / 5 % 3; /* before, at, after */

            CHECK_INT(got, free && !((w & 1U) != 0 && time == 0) && !((w & 2U) != 0 && time == 2));
        }
    }
}

static void meeting_is_associative(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 100000; k++) {
        unsigned i = random_below(LABELS), j = random_below(LABELS), l = random_below(LABELS);

        CHECK_INT(index_meet(index_meet(i, j), l), index_meet(i, index_meet(j, l)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_label_answers_every_question),
        TEST(every_part_makes_a_difference),
        TEST(the_real_meet_gives_the_member_that_is_looked_up),
        TEST(the_real_meet_goes_through_the_real_decision),
        TEST(combining_permits_exactly_what_both_permit),
        TEST(a_combination_that_forgets_a_part_is_noticed),
        TEST(a_chain_of_colours_breaks_the_law),
        TEST(the_bottom_refuses_and_absorbs),
        TEST(a_window_is_exact_to_the_instant),
        TEST(meeting_is_associative),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
