#include "names/evidence_int.h"
#include "names/model_int.h"

#include <math.h>
#include <stdio.h>

#define POINTS_MAX  900 /* beyond this the score is as good as certain */
#define NEAR_POINTS 64  /* a name that the model takes for the same by itself */

static const char *const decision_names[] = { "different", "review", "same" };

const char *names_decision_name(names_decision decision)
{
    return decision_names[decision];
}

/* What was found of two records. */
struct finding {
    int points; /* of the best pair of names */
    names_likeness likeness;
    bool loose, any;
    const names_form *a, *b; /* the best pair */
    names_pair pair;
    names_dates dates;
    unsigned facts;
};

static void pair_look(const names_form *a, const names_form *b, names_thing thing,
                      struct finding *f)
{
    names_likeness likeness;
    names_pair pair;
    int points;

    if (a->order > b->order) {
        const names_form *swap = a;

        a = b;
        b = swap;
    }
    if (names_pair_compare(a, b, &pair)) {
        points = names_model_points(pair.feature, thing);
        if (!f->any || points > f->points) {
            f->any = true;
            f->points = points;
            f->pair = pair;
            f->a = a;
            f->b = b;
        }
    } else {
        return;
    }
    if (thing == THING_PERSON && f->likeness < STRONG) {
        likeness = names_pair_likeness(a, b);
        if (likeness > f->likeness)
            f->likeness = likeness;
        f->loose = f->loose || (f->dates == DATE_EQUAL && names_pair_loose(a, b));
    }
}

static void records_look(const names_prepared *a, const names_prepared *b, struct finding *f)
{
    *f = (struct finding){ .dates = names_dates_relate(a, b) };
    for (size_t i = 0; i < a->form_count; i++)
        for (size_t j = 0; j < b->form_count; j++)
            pair_look(&a->forms[i], &b->forms[j], a->thing, f);
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

    if (names < NEAR && f->any && f->points >= NEAR_POINTS &&
        f->pair.feature[FEATURE_PARTNERS] >= 2)
        names = NEAR;
    if (names == STRONG && whole)
        return NAMES_SAME;
    if (names > UNLIKE && agree)
        return NAMES_REVIEW;
    if (f->loose && whole)
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
        return f->points > -128 ? NAMES_SAME : NAMES_REVIEW;
    if (!f->any)
        return NAMES_DIFFERENT;
    return points >= THING_SAME     ? NAMES_SAME
           : points >= THING_REVIEW ? NAMES_REVIEW
                                    : NAMES_DIFFERENT;
}

/* One word is no name to match by: its score stays below any decision. */
static bool one_word(const struct finding *f)
{
    return f->any && (f->a->full < 2 || f->b->full < 2) && f->a->joins + f->b->joins == 0;
}

static double score_of(int points)
{
    double p;

    points = points > POINTS_MAX ? POINTS_MAX : points < -POINTS_MAX ? -POINTS_MAX : points;
    p = 1.0 / (1.0 + exp(-(double)points / NAMES_POINT));
    return floor(p * 1e6 + 0.5) / 1e6;
}

static names_result result_of(const struct finding *f, names_thing thing)
{
    int evidence = evidence_points(f, thing);
    names_result result = { .decision = NAMES_DIFFERENT };

    if (f->any)
        result.score = score_of(f->points + evidence);
    else if (has_fact(f, FACT_DOCUMENT))
        result.score = 0.5;
    if (thing == THING_PERSON) {
        if (one_word(f))
            result.score = floor(result.score * 0.45e6) / 1e6;
        result.decision = person_decide(f);
    } else {
        result.decision = thing_decide(f, f->points + evidence);
    }
    return result;
}

names_result names_score(const names_prepared *a, const names_prepared *b)
{
    struct finding f;

    if ((a->thing == THING_PERSON) != (b->thing == THING_PERSON))
        return (names_result){ 0, NAMES_DIFFERENT };
    records_look(a, b, &f);
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

static void why_names(const struct finding *f, names_thing thing, names_verdict *verdict)
{
    const int16_t *feature = f->pair.feature;

    if (thing == THING_PERSON)
        why_add(verdict, likeness_text[f->likeness]);
    if (!f->any) {
        why_add(verdict, "no two words of the names are alike");
        return;
    }
    if (verdict->why_count < NAMES_WHY)
        (void)snprintf(
            verdict->why[verdict->why_count++], NAMES_WHY_TEXT,
            "%d word%s of the closest names found a partner, covering %d and %d per cent "
            "of their weight",
            feature[FEATURE_PARTNERS], feature[FEATURE_PARTNERS] == 1 ? "" : "s",
            feature[FEATURE_COVER_LOW], feature[FEATURE_COVER_HIGH]);
    if (feature[FEATURE_AGAINST] > 0)
        why_add(verdict, "both names have words that the other lacks");
    if (feature[FEATURE_PATRONYMIC] == 0)
        why_add(verdict, "the patronymics differ");
    if (thing != THING_PERSON && feature[FEATURE_NUMBERS] == 0)
        why_add(verdict, "the numbers in the names differ");
    if (thing != THING_PERSON && feature[FEATURE_ACRONYM] == 1)
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
        if (x->thing == THING_PERSON && one_word(&f))
            why_add(&verdict, "a one-word name never matches by likeness");
    }
    ent_arena_free(arena);
    return verdict;
}
