#include "names/table_int.h"

#define WITH_FAITH 86 /* Salah and Salah al-Din */
#define SPELLINGS  50 /* words with one skeleton that are less alike are no spellings of one */

static bool same_first(const names_token *a, const names_token *b)
{
    return a->sound.size > 0 && b->sound.size > 0 &&
           (a->sound.code[0] == b->sound.code[0] ||
            (a->skeleton >> 56 == b->skeleton >> 56 && a->skeleton >> 56 != 'A'));
}

/* As names_sound_faith, which most pairs are too much of one size for. */
static bool has_faith(const names_sound *longer, const names_sound *shorter, bool bare)
{
    return longer->size >= shorter->size + 2 && names_sound_faith(longer, shorter, bare);
}

int names_word_alike(const names_token *a, const names_token *b, bool bare, int far)
{
    /* The same skeleton of three letters or more: spellings of one sound. */
    bool spellings = a->skeleton == b->skeleton && (a->skeleton & 0xff0000000000U) != 0;
    int alike;

    if (a->role == NAMES_ROLE_INITIAL || b->role == NAMES_ROLE_INITIAL)
        return same_first(a, b) ? NAMES_INITIAL : 0;
    if (spellings && far > SPELLINGS)
        far = SPELLINGS;
    alike = names_sound_alike(&a->sound, &b->sound, bare, far);
    if (alike < WITH_FAITH &&
        (has_faith(&a->sound, &b->sound, bare) || has_faith(&b->sound, &a->sound, bare)))
        alike = WITH_FAITH;
    if (spellings && alike >= SPELLINGS && alike < 90)
        alike += (90 - alike) / 2;
    return alike;
}

static bool is_initial(const names_token *token)
{
    return token->role == NAMES_ROLE_INITIAL;
}

bool names_entry_add(names_entries *entries, names_token *token, bool bare)
{
    size_t at = 0;

    for (; at < entries->count; at++) {
        const names_token *other = &entries->word[at];

        if (entries->entry[at].bare == bare && other->skeleton == token->skeleton &&
            is_initial(other) == is_initial(token) && other->sound.size == token->sound.size &&
            memcmp(other->sound.code, token->sound.code, token->sound.size) == 0)
            break;
    }
    if (at == NAMES_ENTRIES)
        return false;
    if (at == entries->count) {
        entries->count++;
        entries->word[at] = *token;
        entries->entry[at] = (names_entry){
            .mask = token->sound.mask,
            .mass = token->sound.mass,
            .bare = bare,
            .open = is_initial(token) || names_sound_has_faith(&token->sound),
        };
    }
    token->entry = (uint8_t)at;
    return true;
}

/* The words of b, as bits, that names_sound_alike does not refuse at once or that are open; without a
 * branch, because nobody guesses which. */
static uint64_t perhaps_alike(const names_entry *x, const names_prepared *b)
{
    unsigned least = names_mass_least(x->mass), span = names_mass_most(x->mass) - least;
    uint64_t perhaps = 0;

    for (size_t j = 0; j < b->entry_count; j++) {
        const names_entry *y = &b->entries[j];
        uint32_t differ = x->mask ^ y->mask;
        bool bare = x->bare != y->bare, near = y->mass - least <= span;

        differ &= differ - 1; /* one bit less */
        differ &= differ - 1;
        near = (near & (differ == 0)) | (bare & ((differ & (differ - 1)) == 0));
        perhaps |= (uint64_t)(near | x->open | y->open) << j;
    }
    return perhaps;
}

bool names_table_fill(const names_prepared *a, const names_prepared *b, names_table *table)
{
    if (a->entry_count == 0 || b->entry_count == 0)
        return false;
    table->any = false;
    for (size_t i = 0; i < a->entry_count; i++) {
        const names_entry *x = &a->entries[i];
        uint64_t partners = 0;

        memset(table->alike[i], 0, sizeof table->alike[i]);
        for (uint64_t rest = perhaps_alike(x, b); rest != 0; rest &= rest - 1) {
            size_t j = (size_t)__builtin_ctzll(rest);
            bool bare = x->bare != b->entries[j].bare;
            int alike = names_word_alike(&a->words[i], &b->words[j], bare, NAMES_FAR);

            table->alike[i][j] = (uint8_t)alike;
            partners |= (uint64_t)(alike >= NAMES_FAR) << j;
        }
        table->partners[i] = partners;
        table->any = table->any || partners != 0;
    }
    return true;
}

bool names_table_meet(const names_table *table, const names_form *a, const names_form *b)
{
    uint64_t partners = 0;

    for (size_t i = 0; i < a->count; i++)
        partners |= table->partners[a->tokens[i].entry];
    return (partners & b->entries) != 0;
}
