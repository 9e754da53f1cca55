#include "names/form_int.h"

#include "names/fold_int.h"

#include <stdio.h>

#define DERIVED_EXTRA 14 /* what a surname may weigh more than the given name it is made of */
#define SOUND_UNSEEN  56 /* quarter bits of a word that no list has */
#define SOUND_EXTRA   30 /* what unseen sounds may weigh more than their skeleton */

static bool carries(const names_word *word)
{
    return word->role != NAMES_ROLE_PARTICLE && word->role != NAMES_ROLE_TITLE &&
           word->text[0] != '\0';
}

/* A surname made of a given name (Magomedov, Yusupova) is not much rarer than that name,
 * though lists may not have it: the most it may weigh. */
static uint8_t derived_limit(const char *text)
{
    static const char *const endings[] = { "ov", "ev", "ova", "eva" };
    size_t size = strlen(text);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        char stem[NAMES_WORD];
        names_sound sound;
        unsigned limit;

        if (size < n + 4 || strcmp(text + size - n, endings[i]) != 0)
            continue;
        memcpy(stem, text, size - n);
        stem[size - n] = '\0';
        names_equivalent(stem);
        names_word_settle(stem);
        names_sound_of(stem, &sound);
        limit = names_sound_rarity(names_sound_hash(&sound), SOUND_UNSEEN) + DERIVED_EXTRA;
        return (uint8_t)(limit > SOUND_UNSEEN ? SOUND_UNSEEN : limit);
    }
    return SOUND_UNSEEN;
}

static void token_of(const names_word *word, names_token *token)
{
    uint8_t limit;

    token->skeleton = names_skeleton_pack(word->skeleton);
    names_sound_of(word->text, &token->sound);
    token->role = word->role;
    token->weight = names_people_rarity(token->skeleton);
    token->rare = names_sound_rarity(names_sound_hash(&token->sound), SOUND_UNSEEN);
    if (token->rare < token->weight)
        token->rare = token->weight;
    if (token->rare > token->weight + SOUND_EXTRA)
        token->rare = (uint8_t)(token->weight + SOUND_EXTRA);
    limit = derived_limit(word->text);
    if (token->rare > limit)
        token->rare = limit;
    if (token->weight > limit)
        token->weight = limit;
    if (word->role == NAMES_ROLE_INITIAL || word->role == NAMES_ROLE_NUMBER)
        token->weight = 8;
    else if (word->role == NAMES_ROLE_PATRONYMIC)
        token->weight = (uint8_t)(token->weight * 6 / 10);
    else if (word->role == NAMES_ROLE_KUNYA)
        token->weight = (uint8_t)(token->weight * 8 / 10);
    if (word->role != NAMES_ROLE_NAME)
        token->rare = token->weight;
}

static void join_add(const char *first, const char *second, size_t from, size_t to,
                     const names_token *parts, names_token *join)
{
    char text[2 * NAMES_WORD], skeleton[NAMES_SKELETON];
    size_t n = strlen(first), m = strlen(second);

    memcpy(text, first, n);
    memcpy(text + n, second, m + 1);
    names_sound_of(text, &join->sound);
    names_sound_skeleton(&join->sound, text, skeleton);
    join->skeleton = names_skeleton_pack(skeleton);
    join->role = NAMES_ROLE_NAME;
    join->weight = names_people_rarity(join->skeleton);
    join->rare = names_sound_rarity(names_sound_hash(&join->sound), SOUND_UNSEEN);
    if (join->rare < join->weight)
        join->rare = join->weight;
    join->from = (uint8_t)from;
    join->to = (uint8_t)to;
    if (from != to && join->weight > parts[from].weight + parts[to].weight)
        join->weight = join->rare = (uint8_t)(parts[from].weight + parts[to].weight);
}

/* A word with the particle before it written as one; with both where there are two (bin al-Shibh,
 * Binalshibh). */
static size_t particles_join(const names_parsed *parsed, size_t word, size_t at,
                             const names_token *parts, names_token *joins)
{
    const names_word *w = &parsed->words[word], *before = w - 1;
    char both[2 * NAMES_WORD];

    if (word == 0 || before->role != NAMES_ROLE_PARTICLE)
        return 0;
    join_add(before->text, w->text, at, at, parts, &joins[0]);
    if (word == 1 || before[-1].role != NAMES_ROLE_PARTICLE)
        return 1;
    (void)snprintf(both, sizeof both, "%s%s", before[-1].text, before->text);
    both[NAMES_WORD - 1] = '\0';
    join_add(both, w->text, at, at, parts, &joins[1]);
    return 2;
}

static bool can_join(const names_word *word)
{
    return word->role == NAMES_ROLE_NAME || word->role == NAMES_ROLE_PARTICLE ||
           word->role == NAMES_ROLE_KUNYA || word->role == NAMES_ROLE_INITIAL;
}

static uint8_t writing_of(unsigned script)
{
    switch (script) {
    case NAMES_ARABIC:
    case NAMES_HEBREW:
        return WRITING_BARE;
    case NAMES_HAN:
    case NAMES_HANGUL:
    case NAMES_KANA:
        return WRITING_EAST;
    default:
        return WRITING_FULL;
    }
}

void names_form_of(const names_parsed *parsed, names_token *tokens, names_form *form)
{
    size_t at[NAMES_WORDS] = { 0 }, count = 0, joins = 0;

    *form = (names_form){ .tokens = tokens };
    for (size_t i = 0; i < parsed->count; i++) {
        const names_word *word = &parsed->words[i];

        if (!carries(word))
            continue;
        token_of(word, &tokens[count]);
        tokens[count].from = tokens[count].to = (uint8_t)count;
        form->full = (uint8_t)(form->full + (word->role != NAMES_ROLE_INITIAL &&
                                             word->role != NAMES_ROLE_NUMBER));
        form->script = word->script;
        form->writing = writing_of(word->script);
        at[count++] = i;
    }
    for (size_t t = 0; t < count; t++) {
        const names_word *word = &parsed->words[at[t]], *next = word + 1;
        size_t from = at[t];

        if (!can_join(word))
            continue;
        joins += particles_join(parsed, from, t, tokens, &tokens[count + joins]);
        if (t + 1 < count && at[t + 1] == from + 1 && can_join(next))
            join_add(word->text, next->text, t, t + 1, tokens, &tokens[count + joins++]);
    }
    form->count = (uint8_t)count;
    form->joins = (uint8_t)joins;
    form->order = UINT64_C(0xcbf29ce484222325) + form->script;
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tokens[t].sound.size; i++)
            form->order = (form->order ^ tokens[t].sound.code[i]) * UINT64_C(0x100000001b3) + t;
}
