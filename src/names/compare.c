#include "names/evidence_int.h"
#include "names/model_int.h"

#include <math.h>
#include <stdio.h>

#define POINTS_MAX   900 /* beyond this the score is as good as certain */
#define NEAR_POINTS  64  /* a name that the model takes for the same by itself */

#define LOOSE_WEIGHT 24
#define LOOSE_COVER  40

static const char *const decision_names[] = { "different", "review", "same" };

const char *names_decision_name(names_decision decision)
{
    return decision_names[decision];
}

/* A pair of names. */
struct best {
    bool any;
    int points;
    names_pair pair;
};

/* What was found of two records: the best pair of whole names, the best in which one is a
 * single word, and what else there is. */
struct finding {
    struct best whole, lone;
    names_likeness likeness;
    bool loose;
    names_dates dates;
    unsigned facts;
};

/* One word is no name to match by: it counts for little, and what else agrees for little more. */
#define LONE_POINTS   (-64)
#define LONE_EVIDENCE 64

static bool is_lone(const names_form *a, const names_form *b)
{
    return (a->full < 2 || b->full < 2) && a->joins + b->joins == 0;
}

/* Of equal points the pair whose features are less, whatever the order of the records: the reasons
 * are made of them. */
static void best_keep(struct best *best, const names_pair *pair, names_thing thing)
{
    int points, order = -1;

    if (best->any)
        order = memcmp(pair->feature, best->pair.feature, sizeof pair->feature);
    if (order == 0)
        return; /* the same again */
    points = names_model_points(pair->feature, thing);
    if (best->any && (points < best->points || (points == best->points && order > 0)))
        return;
    *best = (struct best){ true, points, *pair };
}

/* A word that is not common, and a good part of the name, have something of a partner:
 * enough to look again when the birth dates are equal. */
static bool is_loose(const names_pair *pair)
{
    return pair->feature[FEATURE_RAREST] >= LOOSE_WEIGHT &&
           pair->feature[FEATURE_COVER_HIGH] >= LOOSE_COVER;
}

static void pair_look(const names_form *a, const names_form *b, names_likes likes,
                      names_thing thing, struct finding *f)
{
    names_likeness likeness;
    names_pair pair;

    if (a->order > b->order) {
        const names_form *swap = a;

        a = b;
        b = swap;
        likes = (names_likes){ likes.alike, likes.b_step, likes.a_step };
    }
    if (!names_pair_compare_in(&likes, a, b, &pair))
        return;
    best_keep(thing == THING_PERSON && is_lone(a, b) ? &f->lone : &f->whole, &pair, thing);
    if (thing != THING_PERSON || f->likeness == STRONG)
        return;
    if (is_lone(a, b))
        return;
    likeness = names_pair_likeness(a, b);
    if (likeness > f->likeness)
        f->likeness = likeness;
    f->loose = f->loose || is_loose(&pair);
}

/* Names without a word that could be a partner have nothing in common, unless one is a single word
 * and words written as one may be it. */
static bool may_agree(const names_table *table, const names_form *a, const names_form *b)
{
    return names_table_meet(table, a, b) ||
           ((a->count == 1 || b->count == 1) && a->joins + b->joins > 0);
}

static void names_look(const names_prepared *a, const names_prepared *b, const names_table *table,
                       struct finding *f)
{
    names_likes likes = { NULL, 0, 0 };

    f->loose = f->whole.any = f->lone.any = false;
    f->likeness = UNLIKE;
    if (table != NULL) {
        if (!table->any && !a->lone && !b->lone)
            return;
        likes = (names_likes){ table->alike[0], NAMES_ENTRIES, 1 };
    }
    for (size_t i = 0; i < a->form_count; i++)
        for (size_t j = 0; j < b->form_count; j++)
            if (table == NULL || may_agree(table, &a->forms[i], &b->forms[j]))
                pair_look(&a->forms[i], &b->forms[j], likes, a->thing, f);
}

static void records_look(const names_prepared *a, const names_prepared *b, struct finding *f)
{
    names_look(a, b, NULL, f);
    f->dates = names_dates_relate(a, b);
    f->facts = names_facts_of(a, b);
}

static int evidence_points(const struct finding *f, names_thing thing)
{
    int points = 0;

    if (thing == THING_PERSON)
        points += names_date_points(f->dates);
    for (unsigned fact = 0; fact < FACT_COUNT; fact++)
        if ((f->facts >> fact & 1) != 0)
            points += names_fact_points((names_fact)fact);
    return points;
}

static bool has_fact(const struct finding *f, names_fact fact)
{
    return (f->facts >> fact & 1) != 0;
}

/* The rule of the story (FORM.md, reading 18), with what the model takes for near. */
static names_decision person_decide(const struct finding *f)
{
    bool whole = f->dates == DATE_EQUAL || f->dates == DATE_SWAPPED;
    bool agree = whole || f->dates == DATE_ONE_DIGIT || f->dates == DATE_COMPATIBLE ||
                 f->dates == DATE_MISSING;
    names_likeness names = f->likeness;

    if (names < NEAR && f->whole.any && f->whole.points >= NEAR_POINTS &&
        f->whole.pair.feature[FEATURE_PARTNERS] >= 2)
        names = NEAR;
    if (names == STRONG && whole)
        return NAMES_SAME;
    if (names > UNLIKE && agree)
        return NAMES_REVIEW;
    if (f->loose && f->dates == DATE_EQUAL)
        return NAMES_REVIEW;
    /* Dates that contradict each other are no veto where something else speaks. */
    if (names >= NEAR && (has_fact(f, FACT_DOCUMENT) || has_fact(f, FACT_PLACE)))
        return NAMES_REVIEW;
    return NAMES_DIFFERENT;
}

#define THING_SAME   384
#define THING_REVIEW 0

static names_decision thing_decide(const struct finding *f, int points)
{
    if (has_fact(f, FACT_DOCUMENT))
        return f->whole.any && f->whole.points > -128 ? NAMES_SAME : NAMES_REVIEW;
    if (!f->whole.any)
        return NAMES_DIFFERENT;
    return points >= THING_SAME     ? NAMES_SAME
           : points >= THING_REVIEW ? NAMES_REVIEW
                                    : NAMES_DIFFERENT;
}

static double score_of(int points)
{
    double p;

    points = points > POINTS_MAX ? POINTS_MAX : points < -POINTS_MAX ? -POINTS_MAX : points;
    p = 1.0 / (1.0 + exp(-(double)points / NAMES_POINT));
    return floor(p * 1e6 + 0.5) / 1e6;
}

/* Points of the records: of whole names with all that is known, or of a single word with
 * little of it, whichever is more.  So another name can only add. */
static int points_of(const struct finding *f, names_thing thing, bool *lone)
{
    int evidence = evidence_points(f, thing), whole = -POINTS_MAX, alone = -POINTS_MAX;

    if (f->whole.any)
        whole = f->whole.points + evidence;
    if (f->lone.any)
        alone = (f->lone.points < LONE_POINTS ? f->lone.points : LONE_POINTS) +
                (evidence < LONE_EVIDENCE ? evidence : LONE_EVIDENCE);
    *lone = alone > whole;
    return *lone ? alone : whole;
}

static names_result result_of(const struct finding *f, names_thing thing)
{
    names_result result = { .decision = NAMES_DIFFERENT };
    bool lone;
    int points = points_of(f, thing, &lone);

    if (f->whole.any || f->lone.any)
        result.score = score_of(points);
    if (has_fact(f, FACT_DOCUMENT) && result.score < 0.5)
        result.score = 0.5; /* a document in common is worth a look whatever the names */
    result.decision = thing == THING_PERSON ? person_decide(f) : thing_decide(f, points);
    return result;
}

names_result names_score(const names_prepared *a, const names_prepared *b)
{
    struct finding f;
    names_table table;

    if ((a->thing == THING_PERSON) != (b->thing == THING_PERSON))
        return (names_result){ 0, NAMES_DIFFERENT };
    names_look(a, b, names_table_fill(a, b, &table) ? &table : NULL, &f);
    if (!f.whole.any && !f.lone.any && (a->document_count == 0 || b->document_count == 0))
        return (names_result){ 0, NAMES_DIFFERENT }; /* what else agrees is no evidence by itself */
    f.dates = names_dates_relate(a, b);
    f.facts = names_facts_of(a, b);
    return result_of(&f, a->thing);
}

/* ---- reasons ---- */

static const char *const likeness_text[] = {
    "the words of the names do not agree",
    "a word of one name stands only as an initial in the other",
    "each word of the shorter name is a word of the other but for one letter of its sound",
    "each word of the shorter name sounds like a word of the other",
};

static void why_add(names_verdict *verdict, const char *text)
{
    if (verdict->why_count < NAMES_WHY)
        (void)snprintf(verdict->why[verdict->why_count++], NAMES_WHY_TEXT, "%s", text);
}

static void why_pair(const struct finding *f, const names_pair *pair, names_verdict *verdict)
{
    const int16_t *feature = pair->feature;

    if (f->likeness < NEAR && feature[FEATURE_PARTNERS] == 0)
        return;
    if (verdict->why_count < NAMES_WHY)
        (void)snprintf(
            verdict->why[verdict->why_count++], NAMES_WHY_TEXT,
            "%d word%s of the closest names found a partner, covering %d and %d per cent "
            "of their weight",
            feature[FEATURE_PARTNERS], feature[FEATURE_PARTNERS] == 1 ? "" : "s",
            feature[FEATURE_COVER_LOW], feature[FEATURE_COVER_HIGH]);
    if (feature[FEATURE_AGAINST] > 0)
        why_add(verdict, "both of these names have words that the other lacks");
    if (feature[FEATURE_PATRONYMIC] == 0)
        why_add(verdict, "the patronymics differ");
}

static void why_names(const struct finding *f, names_thing thing, names_verdict *verdict)
{
    bool lone;
    const struct best *best;

    (void)points_of(f, thing, &lone);
    best = lone ? &f->lone : &f->whole;
    if (thing == THING_PERSON)
        why_add(verdict, likeness_text[f->likeness]);
    if (!best->any) {
        why_add(verdict, "no two words of the names are alike");
        return;
    }
    why_pair(f, &best->pair, verdict);
    if (lone)
        why_add(verdict, "a one-word name never matches by likeness");
    if (thing == THING_PERSON)
        return;
    if (best->pair.feature[FEATURE_NUMBERS] == 0)
        why_add(verdict, "the numbers in the names differ");
    if (best->pair.feature[FEATURE_ACRONYM] == 1)
        why_add(verdict, "a word of one name has the first letters of the other");
}

names_verdict names_compare(const names_record *a, const names_record *b)
{
    names_verdict verdict = { .score = 0 };
    const names_prepared *x, *y;
    ent_err ignored = { 0 };
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    struct finding f;

    if (arena == NULL || names_prepare(arena, a, &x, &ignored) != ENT_OK ||
        names_prepare(arena, b, &y, &ignored) != ENT_OK) {
        why_add(&verdict, "there was no memory to compare the records");
    } else if ((x->thing == THING_PERSON) != (y->thing == THING_PERSON)) {
        why_add(&verdict, "one is a person and the other is not");
    } else {
        names_result result;

        records_look(x, y, &f);
        result = result_of(&f, x->thing);
        verdict.score = result.score;
        verdict.decision = result.decision;
        why_names(&f, x->thing, &verdict);
        if (x->thing == THING_PERSON)
            why_add(&verdict, names_date_text(f.dates));
        for (unsigned fact = 0; fact < FACT_COUNT; fact++)
            if (has_fact(&f, (names_fact)fact))
                why_add(&verdict, names_fact_text((names_fact)fact));
    }
    ent_arena_free(arena);
    return verdict;
}
