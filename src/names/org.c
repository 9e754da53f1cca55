#include "names/form_int.h"

#include "names/letters.h"

#include <stdio.h>

enum legal { LEGAL_NONE = 0, LEGAL_LLC = 1, LEGAL_JSC = 2, LEGAL_CORP = 4, LEGAL_STATE = 8 };

static const struct {
    const char *start;
    uint16_t legal;
} legals[] = {
#define X(start, legal) { (start), LEGAL_##legal },
#include "names/legal.def"
#undef X
};

static const struct {
    const char *start, *as;
} words[] = {
#define X(start, as) { (start), (as) },
#include "names/org_words.def"
#undef X
};

/* Does the word begin so?  "ltd$": is it exactly ltd? */
static bool starts(const char *text, const char *start)
{
    size_t i = 0;

    for (; start[i] != '\0' && start[i] != '$'; i++)
        if (text[i] != start[i])
            return false;
    return start[i] == '\0' || text[i] == '\0';
}

/* Dropped words: legal forms and what binds. */
static bool is_legal(const char *text, uint16_t *legal)
{
    for (size_t i = 0; i < sizeof legals / sizeof *legals; i++)
        if (legals[i].start[0] == text[0] && starts(text, legals[i].start)) {
            *legal |= legals[i].legal;
            return true;
        }
    return false;
}

static const char *trade_word(const char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].start[0] == text[0] && starts(text, words[i].start))
            return words[i].as;
    return text;
}

static bool is_number(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

static void number_add(names_form *form, const char *text)
{
    uint32_t hash = 2166136261U;

    while (*text == '0')
        text++;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    form->numbers += hash | 1; /* a sum: in any order */
}

static void token_fill(const char *text, names_token *token, names_form *form)
{
    char skeleton[NAMES_SKELETON], first[2] = { text[0], '\0' };
    names_sound joined, one;

    names_sound_of(text, &token->sound);
    names_sound_skeleton(&token->sound, text, skeleton);
    token->skeleton = names_skeleton_pack(skeleton);
    token->role = is_number(text) ? NAMES_ROLE_NUMBER : NAMES_ROLE_NAME;
    token->weight = token->rare = names_org_rarity(token->skeleton);
    if (token->role == NAMES_ROLE_NUMBER)
        token->weight = token->rare = 24;
    token->from = token->to = form->count;
    names_sound_join(&form->glued, &token->sound, &joined);
    form->glued = joined;
    names_sound_of(first, &one);
    names_sound_join(&form->initials, &one, &joined);
    form->initials = joined;
}

static void joins_fill(char texts[NAMES_WORDS][NAMES_WORD], names_token *tokens, names_form *form)
{
    for (size_t i = 0; i + 1 < form->count; i++) {
        names_token *join = &tokens[form->count + form->joins];
        char text[2 * NAMES_WORD], skeleton[NAMES_SKELETON];

        (void)snprintf(text, sizeof text, "%.47s%.47s", texts[i], texts[i + 1]);
        names_sound_of(text, &join->sound);
        names_sound_skeleton(&join->sound, text, skeleton);
        join->skeleton = names_skeleton_pack(skeleton);
        join->role = NAMES_ROLE_NAME;
        join->weight = join->rare = names_org_rarity(join->skeleton);
        join->from = (uint8_t)i;
        join->to = (uint8_t)(i + 1);
        form->joins++;
    }
}

void names_org_form_of(const names_parsed *folded, names_token *tokens, names_form *form)
{
    char texts[NAMES_WORDS][NAMES_WORD];

    *form = (names_form){ .tokens = tokens };
    for (int pass = 0; pass < 2 && form->count == 0; pass++)
        for (size_t i = 0; i < folded->count; i++) {
            const char *text = folded->words[i].text;

            /* A name of nothing but dropped words keeps them. */
            if (pass == 0 && is_legal(text, &form->legal))
                continue;
            text = trade_word(text);
            (void)snprintf(texts[form->count], NAMES_WORD, "%s", text);
            token_fill(text, &tokens[form->count], form);
            if (is_number(text))
                number_add(form, text);
            form->script = folded->words[i].script;
            form->writing =
                form->script == NAMES_ARABIC || form->script == NAMES_HEBREW ? WRITING_BARE
                : form->script == NAMES_HAN || form->script == NAMES_HANGUL  ? WRITING_EAST
                                                                             : WRITING_FULL;
            form->count++;
        }
    form->full = form->count;
    joins_fill(texts, tokens, form);
    form->order = UINT64_C(0xcbf29ce484222325) + form->script + form->legal * 64U;
    for (size_t t = 0; t < form->count; t++)
        for (size_t i = 0; i < tokens[t].sound.size; i++)
            form->order = (form->order ^ tokens[t].sound.code[i]) * UINT64_C(0x100000001b3) + t;
}
