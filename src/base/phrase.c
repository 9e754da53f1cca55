#include "base/phrase.h"

static const struct {
    const char *code, *form;
} rows[] = {
#define X(code, form)    { (code), (form) },
#define MADE(code, form) { (code), (form) },
#include "base/phrases.def"
#undef X
#undef MADE
};

enum { ROWS = sizeof rows / sizeof *rows };

const char *ent_phrase_code(size_t row)
{
    return row < ROWS ? rows[row].code : NULL;
}

const char *ent_phrase_form(size_t row)
{
    return row < ROWS ? rows[row].form : NULL;
}

static ent_str behind(ent_str text, size_t at)
{
    return (ent_str){ text.ptr + at, text.size - at };
}

static size_t place_of(ent_str text, ent_str part)
{
    for (size_t at = 0; at + part.size <= text.size; at++)
        if (memcmp(text.ptr + at, part.ptr, part.size) == 0)
            return at;
    return SIZE_MAX;
}

/* Where the gap before `literal` ends: the last words of a form stand at the end of the text,
 * others as soon as they can.  That finds a way through whenever there is one. */
static size_t gap_end(ent_str text, ent_str literal, bool last)
{
    if (!last)
        return place_of(text, literal);
    if (text.size < literal.size)
        return SIZE_MAX;
    return ent_str_starts(behind(text, text.size - literal.size), literal)
               ? text.size - literal.size
               : SIZE_MAX;
}

static bool gap_take(ent_phrase *phrase, ent_str name, ent_str value)
{
    ent_phrase_gap gap = { .name = name, .value = value };

    if (phrase->count == ENT_PHRASE_GAPS)
        return false;
    gap.said = name.size > 0 && name.ptr[0] == '@';
    if (gap.said)
        gap.name = behind(name, 1);
    phrase->gaps[phrase->count++] = gap;
    return true;
}

static bool fits(const char *form, ent_str text, ent_phrase *phrase)
{
    ent_str literal = { form, strcspn(form, "{") };
    bool leads = literal.size == 0;

    phrase->count = 0;
    if (!ent_str_starts(text, literal))
        return false;
    text = behind(text, literal.size);
    for (form += literal.size; *form == '{'; form = literal.ptr + literal.size) {
        ent_str name = { form + 1, strcspn(form + 1, "}") };
        size_t end;

        literal.ptr = name.ptr + name.size + 1;
        literal.size = strcspn(literal.ptr, "{");
        end = gap_end(text, literal, literal.ptr[literal.size] == '\0');
        if (end == SIZE_MAX || !gap_take(phrase, name, (ent_str){ text.ptr, end }))
            return false;
        /* Or every context would belong to a form that begins with a gap. */
        if (leads && place_of((ent_str){ text.ptr, end }, ENT_STR(": ")) != SIZE_MAX)
            return false;
        leads = false;
        text = behind(text, end + literal.size);
    }
    return text.size == 0;
}

bool ent_phrase_read(ent_str text, ent_phrase *phrase)
{
    *phrase = (ent_phrase){ .code = NULL };
    for (size_t i = 0; text.ptr != NULL && i < ROWS; i++)
        if (fits(rows[i].form, text, phrase)) {
            phrase->code = rows[i].code;
            return true;
        }
    phrase->count = 0;
    return false;
}

bool ent_phrase_find(ent_str message, ent_phrase *phrase)
{
    ent_str rest = message;

    while (!ent_phrase_read(rest, phrase)) {
        size_t colon = rest.ptr == NULL ? SIZE_MAX : place_of(rest, ENT_STR(": "));

        if (colon == SIZE_MAX)
            return false;
        rest = behind(rest, colon + 2);
    }
    if (rest.size < message.size)
        phrase->before = (ent_str){ message.ptr, message.size - rest.size - 2 };
    return true;
}

static void head_write(ent_jw *w, const char *code)
{
    ent_jw_object(w);
    ent_jw_key(w, "code");
    ent_jw_c(w, code);
    ent_jw_key(w, "args");
    ent_jw_object(w);
}

/* What stands in a gap of what stands in a gap is text. */
static void inner_write(ent_jw *w, ent_str text)
{
    ent_phrase inner;

    if (!ent_phrase_read(text, &inner)) {
        ent_jw_str(w, text);
        return;
    }
    head_write(w, inner.code);
    for (size_t i = 0; i < inner.count; i++) {
        ent_jw_key_str(w, inner.gaps[i].name);
        ent_jw_str(w, inner.gaps[i].value);
    }
    ent_jw_end(w);
    ent_jw_end(w);
}

void ent_phrase_write(ent_jw *w, const ent_phrase *phrase)
{
    head_write(w, phrase->code);
    for (size_t i = 0; i < phrase->count; i++) {
        ent_jw_key_str(w, phrase->gaps[i].name);
        if (phrase->gaps[i].said)
            inner_write(w, phrase->gaps[i].value);
        else
            ent_jw_str(w, phrase->gaps[i].value);
    }
    ent_jw_end(w);
    if (phrase->before.size > 0) {
        ent_jw_key(w, "before");
        ent_jw_str(w, phrase->before);
    }
    ent_jw_end(w);
}

void ent_phrase_json(ent_jw *w, ent_str message)
{
    ent_phrase phrase;

    if (ent_phrase_find(message, &phrase))
        ent_phrase_write(w, &phrase);
    else
        ent_jw_null(w);
}
