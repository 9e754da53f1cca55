#include "names/fold_int.h"

#include "base/time.h"

#include <stdio.h>

static const char *const decision_names[] = { "different", "review", "same" };

const char *names_decision_name(names_decision decision)
{
    return decision_names[decision];
}

/* ---- names ---- */

/* How alike two names are; each step says less than the one before. */
typedef enum likeness {
    UNLIKE,
    BY_INITIAL, /* a word stands only as its first letter */
    NEAR,       /* every word is the other's but for one letter of a skeleton, or its beginning */
    STRONG      /* the skeletons are the same */
} likeness;

/* Is the edit distance of two skeletons at most one? */
static bool one_edit(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b), same = 0, tail = 0;

    if (na > nb + 1 || nb > na + 1)
        return false;
    while (same < na && same < nb && a[same] == b[same])
        same++;
    while (tail < na - same && tail < nb - same && a[na - 1 - tail] == b[nb - 1 - tail])
        tail++;
    return na - same - tail <= 1 && nb - same - tail <= 1;
}

static likeness words_likeness(const names_word *a, const names_word *b)
{
    size_t na = strlen(a->skeleton), nb = strlen(b->skeleton);

    if (a->initial || b->initial)
        return a->skeleton[0] == b->skeleton[0] && a->skeleton[0] != '\0' ? BY_INITIAL : UNLIKE;
    if (na == 0 || nb == 0)
        return strcmp(a->text, b->text) == 0 ? STRONG : UNLIKE;
    if (strcmp(a->skeleton, b->skeleton) == 0)
        return STRONG;
    /* One letter of three or more; shorter skeletons say too little. */
    return na >= 3 && nb >= 3 && one_edit(a->skeleton, b->skeleton) ? NEAR : UNLIKE;
}

/* The words that count, with a short first word joined to the next if `join`. */
static void words_take(const names_parsed *from, bool join, names_parsed *to)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        names_word word = from->words[i];

        if (join && strlen(word.text) >= 2 && strlen(word.text) <= 3 && i + 1 < from->count) {
            size_t size = strlen(word.text);

            (void)snprintf(word.text + size, sizeof word.text - size, "%.*s",
                           (int)(sizeof word.text - size - 1), from->words[i + 1].text);
            names_skeleton(word.text, word.skeleton);
            word.particle = word.initial = false;
            i++;
        }
        if (!word.particle)
            to->words[to->count++] = word;
    }
}

/* Every word of the shorter name must find a word of its own in the longer one.
 * Words are few: the best free partner in turn is good enough, strongest first. */
static likeness words_assign(const names_parsed *few, const names_parsed *many)
{
    bool used_few[NAMES_WORDS] = { false }, used_many[NAMES_WORDS] = { false };
    likeness weakest = STRONG;
    size_t paired = 0, full = 0;

    for (likeness want = STRONG; want > UNLIKE; want = (likeness)(want - 1))
        for (size_t i = 0; i < few->count; i++)
            for (size_t j = 0; j < many->count && !used_few[i]; j++) {
                if (used_many[j] || words_likeness(&few->words[i], &many->words[j]) != want)
                    continue;
                used_few[i] = used_many[j] = true;
                paired++;
                full += want >= NEAR;
                if (want < weakest)
                    weakest = want;
            }
    /* One word, or one word and initials that differ: never alike. */
    if (paired < 2 || paired < few->count || full == 0)
        return UNLIKE;
    return weakest;
}

static likeness names_likeness(ent_str a, ent_str b)
{
    names_parsed all_a, all_b, x, y;
    likeness best = UNLIKE;

    names_parse(a, &all_a);
    names_parse(b, &all_b);
    for (int join = 0; join < 4; join++) {
        likeness got;

        words_take(&all_a, (join & 1) != 0, &x);
        words_take(&all_b, (join & 2) != 0, &y);
        if (x.count == 0 || y.count == 0)
            continue;
        got = x.count <= y.count ? words_assign(&x, &y) : words_assign(&y, &x);
        if (got > best)
            best = got;
    }
    return best;
}

/* ---- dates ---- */

typedef enum date_relation {
    DATE_CONFLICT,
    DATE_MISSING,
    DATE_COMPATIBLE,
    DATE_ONE_DIGIT,
    DATE_SWAPPED,
    DATE_EQUAL
} date_relation;

static date_relation dates_relation(ent_str a, ent_str b)
{
    ent_err ignored = { 0 };
    ent_days x, y;
    size_t differ = 0;

    if (ent_days_read(a, &x, &ignored) != ENT_OK || ent_days_read(b, &y, &ignored) != ENT_OK)
        return DATE_MISSING;
    if (a.size != 10 || b.size != 10)
        return ent_days_overlap(x, y) ? DATE_COMPATIBLE : DATE_CONFLICT;
    for (size_t i = 0; i < 10; i++)
        differ += a.ptr[i] != b.ptr[i];
    if (differ == 0)
        return DATE_EQUAL;
    if (memcmp(a.ptr, b.ptr, 5) == 0 && memcmp(a.ptr + 5, b.ptr + 8, 2) == 0 &&
        memcmp(a.ptr + 8, b.ptr + 5, 2) == 0)
        return DATE_SWAPPED;
    return differ == 1 ? DATE_ONE_DIGIT : DATE_CONFLICT;
}

static date_relation births_relation(const names_record *a, const names_record *b)
{
    date_relation best = DATE_CONFLICT;

    if (a->birth_count == 0 || b->birth_count == 0)
        return DATE_MISSING;
    for (size_t i = 0; i < a->birth_count; i++)
        for (size_t j = 0; j < b->birth_count; j++) {
            date_relation got = dates_relation(a->births[i], b->births[j]);

            if (got > best)
                best = got;
        }
    return best;
}

/* ---- the decision ---- */

static const char *const likeness_text[] = {
    "no two words of the names are alike",
    "a word of one name stands only as an initial in the other",
    "each word of the shorter name is a word of the other but for one letter of its sound",
    "each word of the shorter name sounds like a word of the other",
};

static const char *const date_text[] = {
    "the birth dates contradict each other",          "a birth date is missing",
    "the birth dates agree as far as both are known", "the birth dates differ in one digit",
    "day and month of birth are exchanged",           "the birth dates are equal",
};

static const double likeness_score[] = { 0.0, 0.45, 0.7, 1.0 };
static const double date_score[] = { 0.3, 0.6, 0.7, 0.75, 0.95, 1.0 };

names_verdict names_compare(const names_record *a, const names_record *b)
{
    names_verdict verdict = { 0 };
    date_relation dates = births_relation(a, b);
    likeness names = UNLIKE;

    for (size_t i = 0; i < a->name_count; i++)
        for (size_t j = 0; j < b->name_count && names < STRONG; j++) {
            likeness got = names_likeness(a->names[i], b->names[j]);

            if (got > names)
                names = got;
        }
    if (names == STRONG && (dates == DATE_EQUAL || dates == DATE_SWAPPED))
        verdict.decision = NAMES_SAME;
    else if (names >= NEAR && dates > DATE_CONFLICT && !(names == NEAR && dates <= DATE_COMPATIBLE))
        verdict.decision = NAMES_REVIEW;
    else if (names == BY_INITIAL && dates != DATE_CONFLICT)
        verdict.decision = NAMES_REVIEW;
    verdict.score = likeness_score[names] * date_score[dates];
    verdict.why[verdict.why_count++] = likeness_text[names];
    verdict.why[verdict.why_count++] = date_text[dates];
    return verdict;
}
