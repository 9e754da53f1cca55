#include "names/split_int.h"

#include "names/letters.h"

struct phrase {
    const char *text;
    size_t size;
};

static const struct phrase junk[] = {
#define X(text) { (text), sizeof(text) - 1 },
#include "names/junk.def"
#undef X
};

#define CHAIN_MIN 5 /* bytes of the shortest of these */

/* "a.k.a.", "aka", "f.k.a.", "alias", "also known as": names follow. */
#define CHAIN(text)              \
    {                            \
        (text), sizeof(text) - 1 \
    }
static const struct phrase chains[] = { CHAIN(" a.k.a. "),       CHAIN(" a.k.a "),
                                        CHAIN(" aka "),          CHAIN(" f.k.a. "),
                                        CHAIN(" fka "),          CHAIN(" alias "),
                                        CHAIN(" n.k.a. "),       CHAIN(" formerly "),
                                        CHAIN(" also known as ") };
#undef CHAIN

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool matches(ent_str text, size_t at, const struct phrase *phrase)
{
    if (at + phrase->size > text.size)
        return false;
    for (size_t i = 0; i < phrase->size; i++)
        if (lower(text.ptr[at + i]) != phrase->text[i])
            return false;
    return true;
}

#define JUNK_MAX 15 /* bytes of the longest row */
#define X(text) \
    _Static_assert(sizeof(text) - 1 <= JUNK_MAX, "JUNK_MAX is less than a row of junk.def");
#include "names/junk.def"
#undef X

static bool is_junk(ent_str text)
{
    if (text.size > JUNK_MAX)
        return false;
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
        if (text.size == junk[i].size && matches(text, 0, &junk[i]))
            return true;
    return false;
}

static bool is_edge(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '.' || c == ':' ||
           c == '"' || c == '\'' || c == '\0';
}

static ent_str trim(ent_str text)
{
    while (text.size > 0 && is_edge(text.ptr[0])) {
        text.ptr++;
        text.size--;
    }
    while (text.size > 0 && is_edge(text.ptr[text.size - 1]))
        text.size--;
    return text;
}

/* What a mark may begin with. */
static const bool begins[256] = { [';'] = true, ['('] = true, [')'] = true, ['\n'] = true,
                                  ['['] = true, [']'] = true, ['/'] = true, [' '] = true };

/* The bytes of a mark between names at `at`, or 0. */
static size_t mark_at(ent_str text, size_t at)
{
    char c = text.ptr[at];

    if (c == ';' || c == '(' || c == ')' || c == '\n' || c == '[' || c == ']')
        return 1;
    if (c == '/' && at > 0 && at + 1 < text.size && text.ptr[at - 1] == ' ')
        return 1;
    if (c != ' ' || at + CHAIN_MIN > text.size)
        return 0;
    c = lower(text.ptr[at + 1]);
    if (c != 'a' && c != 'f' && c != 'n') /* how all chains begin */
        return 0;
    c = lower(text.ptr[at + 2]);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
        if (chains[i].text[2] == c && matches(text, at, &chains[i]))
            return chains[i].size;
    return 0;
}

size_t names_split(ent_str field, ent_str pieces[NAMES_PIECES])
{
    size_t count = 0, from = 0;

    for (size_t at = 0; at <= field.size;) {
        size_t mark;
        ent_str piece;

        while (at < field.size && !begins[(unsigned char)field.ptr[at]])
            at++;
        mark = at == field.size ? 1 : mark_at(field, at);
        if (mark == 0) {
            at++;
            continue;
        }
        piece = trim((ent_str){ field.ptr + from, at - from });
        if (piece.size > 0 && !is_junk(piece) && count < NAMES_PIECES)
            pieces[count++] = piece;
        at += mark;
        from = at;
    }
    return count;
}
