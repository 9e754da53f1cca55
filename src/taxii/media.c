#include "taxii/media.h"

#include <strings.h>

struct cursor {
    ent_str text;
    size_t at;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool at_char(const struct cursor *c, char wanted)
{
    return c->at < c->text.size && c->text.ptr[c->at] == wanted;
}

static void blanks_skip(struct cursor *c)
{
    while (c->at < c->text.size && is_blank(c->text.ptr[c->at]))
        c->at++;
}

/* Up to one of the separators, without the blanks at its end. */
static ent_str word_read(struct cursor *c, const char *separators)
{
    size_t start, end;

    blanks_skip(c);
    start = c->at;
    /* strchr would find the NUL behind the separators: text from outside may hold one. */
    while (c->at < c->text.size &&
           (c->text.ptr[c->at] == '\0' || strchr(separators, c->text.ptr[c->at]) == NULL))
        c->at++;
    end = c->at;
    while (end > start && is_blank(c->text.ptr[end - 1]))
        end--;
    return (ent_str){ c->text.ptr + start, end - start };
}

/* A parameter's value: a token, or between quotes (escapes are not needed for ours). */
static ent_str value_read(struct cursor *c)
{
    size_t start;

    blanks_skip(c);
    if (!at_char(c, '"'))
        return word_read(c, ";,");
    start = ++c->at;
    while (c->at < c->text.size && c->text.ptr[c->at] != '"')
        c->at += c->text.ptr[c->at] == '\\' && c->at + 1 < c->text.size ? 2 : 1;
    if (c->at > c->text.size)
        c->at = c->text.size;
    {
        ent_str value = { c->text.ptr + start, c->at - start };

        if (at_char(c, '"'))
            c->at++;
        (void)word_read(c, ";,");
        return value;
    }
}

static bool is_same(ent_str word, const char *name)
{
    return word.size == strlen(name) && strncasecmp(word.ptr, name, word.size) == 0;
}

/* "0", "0.", "0.000" */
static bool is_zero(ent_str weight)
{
    if (weight.size == 0 || weight.ptr[0] != '0')
        return false;
    for (size_t i = 1; i < weight.size; i++)
        if (weight.ptr[i] != (i == 1 ? '.' : '0'))
            return false;
    return true;
}

struct range {
    ent_str type;
    ent_str version; /* .ptr NULL: none given */
    bool refused;    /* weight 0 */
};

/* One media range; false at the end of the list. */
static bool range_read(struct cursor *c, struct range *range)
{
    if (c->at >= c->text.size)
        return false;
    *range = (struct range){ .type = word_read(c, ";,") };
    while (at_char(c, ';')) {
        ent_str name, value = ENT_STR_NONE;

        c->at++;
        name = word_read(c, "=;,");
        if (at_char(c, '=')) {
            c->at++;
            value = value_read(c);
        }
        if (is_same(name, "version"))
            range->version = value;
        if (is_same(name, "q"))
            range->refused = is_zero(value);
    }
    c->at += at_char(c, ',');
    return true;
}

bool taxii_media_accepted(ent_str accept)
{
    struct cursor c = { accept, 0 };
    struct range range;

    while (range_read(&c, &range)) {
        bool any = is_same(range.type, "*/*") || is_same(range.type, "application/*");
        bool ours = is_same(range.type, "application/taxii+json") &&
                    (range.version.ptr == NULL || ent_str_is(range.version, "2.1"));

        if ((any || ours) && !range.refused)
            return true;
    }
    return false;
}

bool taxii_media_readable(ent_str content_type)
{
    struct cursor c = { content_type, 0 };
    struct range range;

    if (!range_read(&c, &range) || c.at < content_type.size)
        return false;
    return (is_same(range.type, "application/taxii+json") ||
            is_same(range.type, "application/stix+json")) &&
           (range.version.ptr == NULL || ent_str_is(range.version, "2.1"));
}
