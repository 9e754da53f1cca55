#include "names/pair_int.h"

#define FAR_EAST   75 /* ... in scripts read by syllables, which have few spellings */
#define FAR_JOINED 80 /* ... where words are written as one */
#define CANDIDATES 160

struct candidate {
    uint8_t alike, a, b, span; /* tokens, also joins; span: words covered */
    uint8_t value;
};

struct side {
    const names_form *form;
    bool used[NAMES_WORDS];
};

/* Two names, and where the likeness of their words is found. */
struct two {
    const names_form *a, *b;
    const names_likes *likes;
    bool joins; /* also words written as one */
    bool bare;
};

static int alike_of(const struct two *two, const names_token *x, const names_token *y, bool join)
{
    const names_likes *likes = two->likes;

    if (join || likes->alike == NULL)
        return names_word_alike(x, y, two->bare, join ? FAR_JOINED : NAMES_FAR);
    return likes->alike[x->entry * likes->a_step + y->entry * likes->b_step];
}

/* Words that may be partners.  With joins only if one of these is among them: else what is found is
 * what was found without, and there is nothing to choose. */
static size_t candidates_of(const struct two *two, struct candidate out[CANDIDATES])
{
    const names_form *a = two->a, *b = two->b;
    bool joins = two->joins, joined = false;
    size_t count = 0;
    size_t na = a->count + (joins ? a->joins : 0U), nb = b->count + (joins ? b->joins : 0U);
    int far = a->writing == WRITING_EAST || b->writing == WRITING_EAST ? FAR_EAST : NAMES_FAR;

    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++) {
            const names_token *x = &a->tokens[i], *y = &b->tokens[j];
            bool join = i >= a->count || j >= b->count;
            int alike;

            if (i >= a->count && j >= b->count)
                continue;
            if (join && (x->sound.size > y->sound.size + 3 || y->sound.size > x->sound.size + 3))
                continue;
            alike = alike_of(two, x, y, join);
            if (alike < (join ? FAR_JOINED : far) || count == CANDIDATES)
                continue;
            joined = joined || join;
            out[count++] =
                (struct candidate){ (uint8_t)alike, (uint8_t)i, (uint8_t)j,
                                    (uint8_t)(x->to - x->from + y->to - y->from),
                                    (uint8_t)(alike + (x->to - x->from + y->to - y->from) * 4 +
                                              (x->weight + y->weight) / 32) };
        }
    return joins && !joined ? 0 : count;
}

static bool is_free(const struct side *side, const names_token *token)
{
    return !side->used[token->from] && !side->used[token->to];
}

struct tally {
    int shared, used_a, used_b, worst, partners, initials, same_skeleton, same_sound;
    int rarest, second, mean_sum, mean_weight, inversions, last_b, patronymic;
};

static void tally_add(struct tally *t, const names_token *x, const names_token *y, int alike)
{
    /* The same sounds are as rare as they are; the more the sounds differ, the more it is the
     * skeleton that agrees. */
    int weight = (x->weight + y->weight) / 2, rare = (x->rare + y->rare) / 2;
    bool initial = x->role == NAMES_ROLE_INITIAL || y->role == NAMES_ROLE_INITIAL;

    if (initial) {
        weight = x->weight < y->weight ? x->weight : y->weight;
        t->initials++;
    } else {
        t->partners++;
        if (alike < t->worst)
            t->worst = alike;
        t->same_skeleton += x->skeleton == y->skeleton;
        t->same_sound += alike == 100;
        t->mean_sum += weight * alike;
        t->mean_weight += weight;
        if (alike > 80)
            weight += (rare - weight) * (alike - 80) / 20;
        if (weight > t->rarest) {
            t->second = t->rarest;
            t->rarest = weight;
        } else if (weight > t->second) {
            t->second = weight;
        }
    }
    t->shared += weight * alike / 100;
    if (x->role == NAMES_ROLE_PATRONYMIC && y->role == NAMES_ROLE_PATRONYMIC)
        t->patronymic = 2;
}

/* The surest first; ties by place, so that the result depends on nothing else. */
static void partners_choose(const names_form *a, const names_form *b, struct candidate *all,
                            size_t count, struct tally *t, names_pair *pair, struct side *sa,
                            struct side *sb)
{
    for (;;) {
        size_t best = count;

        for (size_t k = 0; k < count; k++) {
            if (all[k].alike == 0)
                continue;
            if (!is_free(sa, &a->tokens[all[k].a]) || !is_free(sb, &b->tokens[all[k].b])) {
                all[k].alike = 0;
                continue;
            }
            if (best == count || all[k].value > all[best].value)
                best = k;
        }
        if (best == count)
            return;
        {
            const names_token *x = &a->tokens[all[best].a], *y = &b->tokens[all[best].b];

            tally_add(t, x, y, all[best].alike);
            for (size_t i = x->from; i <= x->to; i++) {
                sa->used[i] = true;
                pair->partner[i] = (uint8_t)(y->from + 1);
                pair->alike[i] = all[best].alike;
            }
            for (size_t j = y->from; j <= y->to; j++)
                sb->used[j] = true;
        }
        all[best].alike = 0;
    }
}

static int percent(int part, int whole)
{
    return whole <= 0 ? 0 : part >= whole ? 100 : 100 * part / whole;
}

struct left {
    int total, used, alone, heaviest, patronymics;
};

static struct left left_of(const struct side *side)
{
    struct left left = { 0, 0, 0, 0, 0 };

    for (size_t i = 0; i < side->form->count; i++) {
        const names_token *token = &side->form->tokens[i];

        left.total += token->weight;
        left.patronymics += token->role == NAMES_ROLE_PATRONYMIC && !side->used[i];
        if (side->used[i]) {
            left.used += token->weight;
            continue;
        }
        left.alone += token->weight;
        if (token->weight > left.heaviest)
            left.heaviest = token->weight;
    }
    return left;
}

static int low(int a, int b)
{
    return a < b ? a : b;
}

static int high(int a, int b)
{
    return a > b ? a : b;
}

/* 2 in the same order; 1 with the surname first in one and last in the other, as a circle, or the
 * other way round, as scripts from right to left are copied; 0 in any other. */
static int order_of(const names_pair *pair, size_t count)
{
    int first = 0, last = 0, back = 0, partners = 0;

    for (size_t i = 0; i < count; i++) {
        if (pair->partner[i] == 0)
            continue;
        partners++;
        back += pair->partner[i] < last;
        last = pair->partner[i];
        first = first == 0 ? last : first;
    }
    return back == 0 ? 2 : (back == 1 && last < first) || back == partners - 1 ? 1 : 0;
}

/* The first word that is a name: in most of the world a person's own, not the father's. */
static size_t first_of(const names_form *form)
{
    size_t at = 0;

    while (at + 1U < form->count && form->tokens[at].role != NAMES_ROLE_NAME)
        at++;
    return at;
}

static void first_set(const struct side *sa, const struct side *sb, const names_pair *pair,
                      int16_t *f)
{
    size_t a = first_of(sa->form), b = first_of(sb->form);

    f[FEATURE_FIRST] = (int16_t)(pair->partner[a] == b + 1 ? 3 : sa->used[a] + sb->used[b]);
}

/* Is one word of the form the other's first letters? */
static bool has_acronym(const names_form *form, const names_sound *initials)
{
    if (initials->size < 3)
        return false;
    for (size_t i = 0; i < form->count; i++)
        if (form->tokens[i].sound.size == initials->size &&
            memcmp(form->tokens[i].sound.code, initials->code, initials->size) == 0)
            return true;
    return false;
}

static void org_features_set(const names_form *a, const names_form *b, int16_t *f)
{
    f[FEATURE_LEGAL] = (int16_t)(a->legal == 0 || b->legal == 0 ? 1
                                 : (a->legal & b->legal) != 0   ? 2
                                                                : 0);
    f[FEATURE_NUMBERS] = (int16_t)(a->numbers == 0 && b->numbers == 0   ? 1
                                   : a->numbers == 0 || b->numbers == 0 ? 1
                                   : a->numbers == b->numbers           ? 2
                                                                        : 0);
    f[FEATURE_ACRONYM] = (int16_t)(has_acronym(a, &b->initials) || has_acronym(b, &a->initials));
    f[FEATURE_GLUED] = 0;
    if (a->glued.size > 0 && b->glued.size > 0)
        f[FEATURE_GLUED] = (int16_t)names_sound_alike(
            &a->glued, &b->glued, (a->writing == WRITING_BARE) != (b->writing == WRITING_BARE),
            NAMES_MISSED);
}

/* The likeness of two words without partners; 0 if it is less than `best`. */
static int missed_alike(const struct two *two, const names_token *x, const names_token *y, int best)
{
    int alike = two->likes->alike == NULL ? 0 : alike_of(two, x, y, false);

    /* What a table has as nothing alike is less than NAMES_FAR. */
    if (alike > 0 || (two->likes->alike != NULL && best >= NAMES_FAR))
        return alike;
    return names_word_alike(x, y, two->bare, high(NAMES_MISSED, best));
}

/* The likeness of the two most alike words without partners. */
static int miss_of(const struct two *two, const struct side *sa, const struct side *sb)
{
    int best = 0;

    for (size_t i = 0; i < sa->form->count; i++)
        for (size_t j = 0; j < sb->form->count && !sa->used[i]; j++)
            if (!sb->used[j])
                best =
                    high(best, missed_alike(two, &sa->form->tokens[i], &sb->form->tokens[j], best));
    return best;
}

static void features_set(const struct two *two, const struct side *sa, const struct side *sb,
                         const struct tally *t, names_pair *pair)
{
    struct left a = left_of(sa), b = left_of(sb);
    int cover_a = percent(a.used, a.total), cover_b = percent(b.used, b.total);
    int16_t *f = pair->feature;

    f[FEATURE_COVER_LOW] = (int16_t)low(cover_a, cover_b);
    f[FEATURE_COVER_HIGH] = (int16_t)high(cover_a, cover_b);
    f[FEATURE_SHARED] = (int16_t)t->shared;
    f[FEATURE_AGAINST] = (int16_t)low(a.alone, b.alone);
    f[FEATURE_AGAINST_MAX] = (int16_t)low(a.heaviest, b.heaviest);
    f[FEATURE_ALONE] = (int16_t)(a.alone + b.alone);
    f[FEATURE_WORST] = (int16_t)t->worst;
    f[FEATURE_MEAN] = (int16_t)(t->mean_weight == 0 ? 0 : t->mean_sum / t->mean_weight);
    f[FEATURE_PARTNERS] = (int16_t)t->partners;
    f[FEATURE_INITIALS] = (int16_t)t->initials;
    f[FEATURE_PATRONYMIC] = (int16_t)(t->patronymic == 2                       ? 2
                                      : a.patronymics > 0 && b.patronymics > 0 ? 0
                                                                               : 1);
    f[FEATURE_ORDER] = (int16_t)order_of(pair, sa->form->count);
    f[FEATURE_WORDS_LOW] = (int16_t)low(sa->form->full, sb->form->full);
    f[FEATURE_WORDS_HIGH] = (int16_t)high(sa->form->full, sb->form->full);
    f[FEATURE_WRITING] = (int16_t)high(sa->form->writing, sb->form->writing);
    f[FEATURE_SAME_SKELETON] = (int16_t)t->same_skeleton;
    f[FEATURE_RAREST] = (int16_t)t->rarest;
    f[FEATURE_MISS] = (int16_t)miss_of(two, sa, sb);
    f[FEATURE_SAME_SOUND] = (int16_t)t->same_sound;
    f[FEATURE_RARE_LOW] = (int16_t)t->second;
    first_set(sa, sb, pair, f);
    org_features_set(sa->form, sb->form, f);
}

static bool try_pair(const struct two *two, names_pair *pair)
{
    const names_form *a = two->a, *b = two->b;
    struct side sa = { .form = a }, sb = { .form = b };
    struct candidate all[CANDIDATES];
    struct tally tally = { .worst = 100 };
    size_t count = candidates_of(two, all);

    if (count == 0)
        return false;
    memset(pair->partner, 0, sizeof pair->partner);
    memset(pair->alike, 0, sizeof pair->alike);
    partners_choose(a, b, all, count, &tally, pair, &sa, &sb);
    if (tally.partners == 0)
        return false;
    features_set(two, &sa, &sb, &tally, pair);
    return true;
}

bool names_pair_compare_in(const names_likes *likes, const names_form *a, const names_form *b,
                           names_pair *pair)
{
    struct two two = { a, b, likes, false,
                       (a->writing == WRITING_BARE) != (b->writing == WRITING_BARE) };
    bool found = try_pair(&two, pair);

    two.joins = true;
    if (found && pair->feature[FEATURE_COVER_LOW] == 100)
        return true;
    /* Words written as one: only where something else agrees, or there is nothing else. */
    if (a->joins + b->joins > 0 && (found || a->count == 1 || b->count == 1)) {
        names_pair joined;

        if (try_pair(&two, &joined) &&
            (!found || joined.feature[FEATURE_COVER_LOW] + joined.feature[FEATURE_COVER_HIGH] >
                           pair->feature[FEATURE_COVER_LOW] + pair->feature[FEATURE_COVER_HIGH])) {
            *pair = joined;
            found = true;
        }
    }
    return found;
}

bool names_pair_compare(const names_form *a, const names_form *b, names_pair *pair)
{
    return names_pair_compare_in(&(names_likes){ NULL, 0, 0 }, a, b, pair);
}
