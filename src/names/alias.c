#include "names/evidence_int.h"

/*
 * Do two persons' records agree on a second name that has little to do with the first?  Who is
 * called Omar Hammami in two lists may be two men; who is called Omar Hammami and Abu Mansur
 * al-Amriki in both is one.  Two names agree if every word of the shorter has its skeleton in the
 * longer; two such agreements count if each has words that the other lacks and that are not common.
 * So another alias can only add.  A record has few names: every agreement is held against those
 * before it.
 */

#define AGREED_MAX   48 /* agreements that are kept */
#define OTHER_WEIGHT 12 /* quarter bits that the words of the other name weigh at least */

struct agreed {
    const names_form *a, *b;
};

static bool has_word(const names_form *form, uint64_t skeleton)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->tokens[i].skeleton == skeleton)
            return true;
    return false;
}

static bool words_agree(const names_form *few, const names_form *many)
{
    for (size_t i = 0; i < few->count; i++)
        if (!has_word(many, few->tokens[i].skeleton))
            return false;
    return true;
}

/* Names with as many words agree only both ways: which of the records is a must not matter. */
static bool names_agree(const names_form *a, const names_form *b)
{
    return (a->count > b->count || words_agree(a, b)) && (a->count < b->count || words_agree(b, a));
}

/* What the words of a name weigh that the other name has too, and neither name of `one`. */
static unsigned more_weight(const struct agreed *one, const names_form *name,
                            const names_form *other)
{
    unsigned weight = 0;

    for (size_t i = 0; i < name->count; i++) {
        const names_token *token = &name->tokens[i];

        if (has_word(other, token->skeleton) && !has_word(one->a, token->skeleton) &&
            !has_word(one->b, token->skeleton))
            weight += token->weight;
    }
    return weight;
}

/* Have the names of `other` something in common that neither name of `one` has? */
static bool says_more(const struct agreed *one, const struct agreed *other)
{
    return more_weight(one, other->a, other->b) >= OTHER_WEIGHT &&
           more_weight(one, other->b, other->a) >= OTHER_WEIGHT;
}

bool names_aliases_agree(const names_prepared *a, const names_prepared *b)
{
    struct agreed agreed[AGREED_MAX];
    size_t count = 0;

    if (a->form_count < 2 || b->form_count < 2)
        return false;
    for (size_t i = 0; i < a->form_count; i++)
        for (size_t j = 0; j < b->form_count && count < AGREED_MAX; j++) {
            struct agreed next = { &a->forms[i], &b->forms[j] };

            if (!names_agree(next.a, next.b))
                continue;
            for (size_t k = 0; k < count; k++)
                if (says_more(&agreed[k], &next) && says_more(&next, &agreed[k]))
                    return true;
            agreed[count++] = next;
        }
    return false;
}
