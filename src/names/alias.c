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

/* What the names of `other` have in common that neither name of `one` has. */
static bool says_more(const struct agreed *one, const struct agreed *other)
{
    unsigned weight = 0;

    for (size_t i = 0; i < other->a->count; i++) {
        const names_token *token = &other->a->tokens[i];

        if (has_word(other->b, token->skeleton) && !has_word(one->a, token->skeleton) &&
            !has_word(one->b, token->skeleton))
            weight += token->weight;
    }
    return weight >= OTHER_WEIGHT;
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

            if (!(next.a->count <= next.b->count ? words_agree(next.a, next.b)
                                                 : words_agree(next.b, next.a)))
                continue;
            for (size_t k = 0; k < count; k++)
                if (says_more(&agreed[k], &next) && says_more(&next, &agreed[k]))
                    return true;
            agreed[count++] = next;
        }
    return false;
}
