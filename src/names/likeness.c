#include "names/pair_int.h"

static size_t skeleton_size(uint64_t packed)
{
    size_t size = 0;

    for (; packed != 0; packed <<= 8)
        size++;
    return size;
}

/* The skeletons may have one letter more, less or changed; five letters together at least,
 * shorter ones say too little. */
static bool near_skeletons(uint64_t a, uint64_t b)
{
    size_t na = skeleton_size(a), nb = skeleton_size(b), same = 0, tail = 0;

    if (na < 2 || nb < 2 || na + nb < 5 || na > nb + 1 || nb > na + 1)
        return false;
    while (same < na && same < nb && (a >> (56 - 8 * same) & 0xff) == (b >> (56 - 8 * same) & 0xff))
        same++;
    while (tail < na - same && tail < nb - same &&
           (a >> (64 - 8 * (na - tail)) & 0xff) == (b >> (64 - 8 * (nb - tail)) & 0xff))
        tail++;
    return na - same - tail <= 1 && nb - same - tail <= 1;
}

static bool near_sounds(const names_sound *a, const names_sound *b)
{
    size_t na = a->size, nb = b->size, same = 0, tail = 0;

    if (na < 3 || nb < 3 || na > nb + 1 || nb > na + 1)
        return false;
    while (same < na && same < nb && a->code[same] == b->code[same])
        same++;
    while (tail < na - same && tail < nb - same && a->code[na - 1 - tail] == b->code[nb - 1 - tail])
        tail++;
    return na - same - tail <= 1 && nb - same - tail <= 1;
}

static bool same_first(const names_token *a, const names_token *b)
{
    return a->sound.size > 0 && b->sound.size > 0 &&
           (a->sound.code[0] == b->sound.code[0] || a->skeleton >> 56 == b->skeleton >> 56) &&
           a->skeleton >> 56 != 0;
}

static names_likeness words_likeness(const names_token *a, const names_token *b)
{
    if (a->role == NAMES_ROLE_INITIAL || b->role == NAMES_ROLE_INITIAL)
        return same_first(a, b) ? BY_INITIAL : UNLIKE;
    if (a->skeleton == 0 || b->skeleton == 0)
        return a->sound.size == b->sound.size && a->sound.size > 0 &&
                       memcmp(a->sound.code, b->sound.code, a->sound.size) == 0
                   ? STRONG
                   : UNLIKE;
    if (a->skeleton == b->skeleton)
        return STRONG;
    if (names_classes_differ(&a->sound, &b->sound) > 2)
        return UNLIKE; /* one letter changes two classes at most */
    return near_skeletons(a->skeleton, b->skeleton) || near_sounds(&a->sound, &b->sound) ? NEAR
                                                                                         : UNLIKE;
}

struct words {
    const names_token *word[NAMES_WORDS];
    size_t count;
};

/* The form's words; with `join`, short ones and articles written with the next. */
static void words_take(const names_form *form, bool join, struct words *out)
{
    out->count = 0;
    for (size_t i = 0; i < form->count; i++) {
        const names_token *take = &form->tokens[i];

        for (size_t j = form->count; join && j < (size_t)form->count + form->joins; j++) {
            const names_token *candidate = &form->tokens[j];

            if (candidate->from == i && (candidate->to == i || form->tokens[i].sound.size <= 3)) {
                take = candidate;
                break;
            }
        }
        out->word[out->count++] = take;
        i = take->to > i ? take->to : i;
    }
}

/* The likeness of every word of the shorter name with every word of the longer one; false if a word
 * of the shorter is like none. */
static bool words_compare(const struct words *few, const struct words *many,
                          uint8_t like[NAMES_WORDS][NAMES_WORDS])
{
    for (size_t i = 0; i < few->count; i++) {
        names_likeness best = UNLIKE;

        for (size_t j = 0; j < many->count; j++) {
            names_likeness got = words_likeness(few->word[i], many->word[j]);

            like[i][j] = (uint8_t)got;
            best = got > best ? got : best;
        }
        if (best == UNLIKE)
            return false;
    }
    return true;
}

/* Every word of the shorter name must find a word of its own in the longer one.  Words
 * are few: the best free partner in turn is good enough, strongest first. */
static names_likeness words_assign(const struct words *few, const struct words *many)
{
    bool used_few[NAMES_WORDS] = { false }, used_many[NAMES_WORDS] = { false };
    uint8_t like[NAMES_WORDS][NAMES_WORDS];
    names_likeness weakest = STRONG;
    size_t paired = 0, full = 0;

    if (few->count < 2 || !words_compare(few, many, like))
        return UNLIKE;
    for (names_likeness want = STRONG; want > UNLIKE; want = (names_likeness)(want - 1))
        for (size_t i = 0; i < few->count; i++)
            for (size_t j = 0; j < many->count && !used_few[i]; j++) {
                if (used_many[j] || like[i][j] != want)
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

names_likeness names_pair_likeness(const names_form *a, const names_form *b)
{
    names_likeness best = UNLIKE;

    if (a->count < 2 || b->count < 2)
        if (a->joins + b->joins == 0)
            return UNLIKE;
    for (int join = 0; join < 4 && best < STRONG; join++) {
        names_likeness got;
        struct words x, y;

        if (((join & 1) != 0 && a->joins == 0) || ((join & 2) != 0 && b->joins == 0))
            continue; /* the same words again */
        words_take(a, (join & 1) != 0, &x);
        words_take(b, (join & 2) != 0, &y);
        if (x.count == 0 || y.count == 0)
            continue;
        got = x.count <= y.count ? words_assign(&x, &y) : words_assign(&y, &x);
        if (got > best)
            best = got;
    }
    return best;
}
