#include "names/split_int.h"

#include "names/letters.h"

static const char *const junk[] = {
#define X(text) (text),
#include "names/junk.def"
#undef X
};

/* "a.k.a.", "aka", "f.k.a.", "alias", "also known as": names follow. */
static const char *const chains[] = { " a.k.a. ", " a.k.a ",    " aka ",
                                      " f.k.a. ", " fka ",      " alias ",
                                      " n.k.a. ", " formerly ", " also known as " };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool matches(ent_str text, size_t at, const char *word)
{
    size_t size = strlen(word);

    if (at + size > text.size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (lower(text.ptr[at + i]) != word[i])
            return false;
    return true;
}

static bool is_junk(ent_str text)
{
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++)
        if (text.size == strlen(junk[i]) && matches(text, 0, junk[i]))
            return true;
    return false;
}

static ent_str trim(ent_str text)
{
    static const char edge[] = " \t\r\n,.:\"'";

    while (text.size > 0 && strchr(edge, text.ptr[0]) != NULL) {
        text.ptr++;
        text.size--;
    }
    while (text.size > 0 && strchr(edge, text.ptr[text.size - 1]) != NULL)
        text.size--;
    return text;
}

/* The bytes of a mark between names at `at`, or 0. */
static size_t mark_at(ent_str text, size_t at)
{
    char c = text.ptr[at];

    if (c == ';' || c == '(' || c == ')' || c == '\n' || c == '[' || c == ']')
        return 1;
    if (c == '/' && at > 0 && at + 1 < text.size && text.ptr[at - 1] == ' ')
        return 1;
    if (c == ' ')
        for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
            if (matches(text, at, chains[i]))
                return strlen(chains[i]);
    return 0;
}

size_t names_split(ent_str field, ent_str pieces[NAMES_PIECES])
{
    size_t count = 0, from = 0;

    for (size_t at = 0; at <= field.size;) {
        size_t mark = at == field.size ? 1 : mark_at(field, at);
        ent_str piece;

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
