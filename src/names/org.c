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

/* "35th" is 35. */
static void ordinal_cut(char text[NAMES_WORD])
{
    size_t digits = strspn(text, "0123456789");

    if (digits > 0 && (strcmp(text + digits, "th") == 0 || strcmp(text + digits, "st") == 0 ||
                       strcmp(text + digits, "nd") == 0 || strcmp(text + digits, "rd") == 0))
        text[digits] = '\0';
}

/* A Slavic adjective made of a place: tambovskii is tambov. */
static void adjective_cut(char text[NAMES_WORD])
{
    static const char *const endings[] = { "skii", "skiy",  "skyi",  "sky",   "ski",
                                           "skij", "skoi",  "skoy",  "skaia", "skaya",
                                           "skoe", "skoye", "skogo", "skyy",  "skie" };
    size_t size = strlen(text);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);

        if (size >= n + 4 && strcmp(text + size - n, endings[i]) == 0) {
            text[size - n] = '\0';
            return;
        }
    }
}

struct org {
    char texts[NAMES_WORDS][NAMES_WORD];
    names_token *tokens;
    names_form *form;
};

/* The words that `word` is read as, each once in a name. */
static void words_add(struct org *org, char word[NAMES_WORD])
{
    const char *as = trade_word(word);
    bool trade = as != word;

    if (!trade)
        adjective_cut(word);
    while (*as != '\0' && org->form->count < NAMES_WORDS) {
        size_t size = strcspn(as, " ");
        char *text = org->texts[org->form->count];
        bool again = false;

        (void)snprintf(text, NAMES_WORD, "%.*s", (int)size, as);
        for (size_t i = 0; i < org->form->count; i++)
            again = again || (trade && strcmp(org->texts[i], text) == 0);
        if (!again && text[0] != '\0') {
            token_fill(text, &org->tokens[org->form->count], org->form);
            if (is_number(text))
                number_add(org->form, text);
            org->form->count++;
        }
        as += size + (as[size] == ' ');
    }
}

static uint8_t writing_of(unsigned script)
{
    if (script == NAMES_ARABIC || script == NAMES_HEBREW)
        return WRITING_BARE;
    return script == NAMES_HAN || script == NAMES_HANGUL ? WRITING_EAST : WRITING_FULL;
}

void names_org_form_of(const names_parsed *folded, names_token *tokens, names_form *form)
{
    struct org org = { .tokens = tokens, .form = form };

    *form = (names_form){ .tokens = tokens };
    for (int pass = 0; pass < 2 && form->count == 0; pass++)
        for (size_t i = 0; i < folded->count; i++) {
            char word[NAMES_WORD];

            memcpy(word, folded->words[i].text, sizeof word);
            ordinal_cut(word);
            /* A name of nothing but dropped words keeps them. */
            if (pass == 0 && is_legal(word, &form->legal))
                continue;
            words_add(&org, word);
            form->script = folded->words[i].script;
            form->writing = writing_of(form->script);
        }
    form->full = form->count;
    joins_fill(org.texts, tokens, form);
    form->order = UINT64_C(0xcbf29ce484222325) + form->script + form->legal * 64U;
    for (size_t t = 0; t < form->count; t++)
        for (size_t i = 0; i < tokens[t].sound.size; i++)
            form->order = (form->order ^ tokens[t].sound.code[i]) * UINT64_C(0x100000001b3) + t;
}
