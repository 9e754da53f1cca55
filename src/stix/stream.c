#include "stix/stream.h"

/* One object and what is read with it. */
#define ITEM_MEMORY ((size_t)1 << 30)

typedef enum state {
    TOP,     /* before a top-level value */
    LIST,    /* in a top-level array, before an item or its end */
    OBJECTS, /* in a bundle's objects, before an object or their end */
} state;

struct stix_stream {
    ent_str text;
    size_t at;
    state state;
    bool list_open; /* the bundle is an item of a top-level array */
    bool first;     /* no item of this list was read yet */
    size_t index, object;
    size_t bundle_from, objects_from; /* where the bundle and its list begin */
    bool old;
    ent_arena *item;
    ent_arena *around;
};

ent_code stix_stream_new(ent_arena *arena, ent_str text, stix_stream **stream, ent_err *err)
{
    stix_stream *s = ent_arena_alloc(arena, sizeof *s);

    if (s == NULL)
        return ent_fail_arena(err);
    s->text = text;
    s->item = ent_arena_new(ITEM_MEMORY);
    s->around = ent_arena_new(ITEM_MEMORY);
    *stream = s;
    if (s->item == NULL || s->around == NULL) {
        stix_stream_free(s);
        return ent_fail(err, ENT_MEMORY, "no memory to read objects");
    }
    return ENT_OK;
}

void stix_stream_free(stix_stream *s)
{
    ent_arena_free(s->item);
    ent_arena_free(s->around);
    s->item = s->around = NULL;
}

static char skip(stix_stream *s)
{
    while (s->at < s->text.size && s->text.ptr[s->at] != '\0' &&
           strchr(" \t\r\n", s->text.ptr[s->at]) != NULL)
        s->at++;
    return s->at < s->text.size ? s->text.ptr[s->at] : '\0';
}

/* Only to have a message with line and column: what stands here is no value. */
static ent_code wrong(stix_stream *s, const char *what, ent_err *err)
{
    size_t line = 1, column = 1;

    for (size_t i = 0; i < s->at && i < s->text.size; i++) {
        column = s->text.ptr[i] == '\n' ? 1 : column + 1;
        line += s->text.ptr[i] == '\n';
    }
    return ent_fail(err, ENT_FORMAT, "line %zu column %zu: %s [RFC 8259]", line, column, what);
}

static ent_code value_read(stix_stream *s, ent_arena *arena, ent_json *value, ent_err *err)
{
    size_t used;

    ENT_TRY(ent_json_read_at(arena, s->text, s->at, value, &used, err));
    s->at += used;
    return ENT_OK;
}

/* ---- is it a bundle, and where is its list? ---- */

/* Behind the value at text[at], without judging it: strings and brackets are counted. */
static size_t value_end(ent_str text, size_t at)
{
    size_t depth = 0;

    while (at < text.size) {
        char c = text.ptr[at];

        if (c == '"') {
            for (at++; at < text.size && text.ptr[at] != '"'; at++)
                at += text.ptr[at] == '\\';
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at;
            depth--;
        } else if (c == ',' && depth == 0) {
            return at;
        }
        at++;
    }
    return text.size;
}

typedef struct members {
    bool bundle, old;
    size_t list; /* of '[' behind "objects"; 0: none */
} members;

/* Looks at one member from s->at on; false when something is not as in a sound object,
 * which the strict reader will then say. */
static bool member_look(stix_stream *s, members *found)
{
    ent_json name, value;
    ent_err ignored;

    if (skip(s) != '"' || value_read(s, s->around, &name, &ignored) != ENT_OK || skip(s) != ':')
        return false;
    s->at++;
    if (skip(s) == '[' && ent_str_is(ent_json_str(name), "objects"))
        found->list = s->at;
    if (s->at < s->text.size && s->text.ptr[s->at] == '"') {
        if (value_read(s, s->around, &value, &ignored) != ENT_OK)
            return false;
        if (ent_str_is(ent_json_str(name), "type"))
            found->bundle = ent_str_is(ent_json_str(value), "bundle");
        if (ent_str_is(ent_json_str(name), "spec_version"))
            found->old = ent_str_is(ent_json_str(value), "2.0");
        return true;
    }
    /* With the type known, a list need not be passed over to see what follows it ... */
    if (found->list != s->at || !found->bundle)
        s->at = value_end(s->text, s->at);
    return true;
}

/* ... but a version may stand behind it.  In a text that is one bundle that is seen
 * behind the last ']'. */
static bool version_behind(const stix_stream *s)
{
    static const char name[] = "\"spec_version\"";
    size_t at = s->text.size;

    if (s->state == LIST)
        return true;
    while (at > 0 && s->text.ptr[at - 1] != ']')
        at--;
    for (; at + sizeof name <= s->text.size; at++)
        if (memcmp(s->text.ptr + at, name, sizeof name - 1) == 0)
            return true;
    return false;
}

/* Whether the object at s->at is a bundle with a list; s->at is left where it was. */
static members bundle_look(stix_stream *s)
{
    members found = { .list = 0 };
    size_t from = s->at++;

    while (member_look(s, &found)) {
        if (found.bundle && found.list == s->at) {
            if (found.old || !version_behind(s))
                break;
            s->at = value_end(s->text, s->at);
        }
        if (skip(s) != ',')
            break;
        s->at++;
    }
    s->at = from;
    ent_arena_reset(s->around);
    return found;
}

/* ---- items ---- */

/* What is around the list, as if the list were empty: "[]" is put in its place. */
static ent_code bundle_end(stix_stream *s, stix_item *item, ent_err *err)
{
    ent_buf buf;
    ent_str around;
    size_t end = value_end(s->text, s->at), used, head = s->objects_from - s->bundle_from;

    while (end < s->text.size && s->text.ptr[end] == ',')
        end = value_end(s->text, end + 1);
    ent_buf_init(&buf, s->around);
    ent_buf_put(&buf, s->text.ptr + s->bundle_from, head);
    ent_buf_c(&buf, s->object == 0 ? "[]" : "[{}]");
    ent_buf_put(&buf, s->text.ptr + s->at, end - s->at + (end < s->text.size));
    ENT_TRY(ent_buf_done(&buf, &around, err));
    if (ent_json_read_at(s->around, around, 0, &item->value, &used, err) != ENT_OK)
        return ent_context(err, "around the objects of the bundle");
    s->at = end + 1;
    item->bundle = true;
    item->old = false;
    item->at = STIX_NOWHERE;
    s->state = s->list_open ? LIST : TOP;
    s->first = false;
    return ENT_OK;
}

static ent_code value_begin(stix_stream *s, stix_item *item, bool *more, ent_err *err)
{
    members found = { .list = 0 };

    if (s->text.ptr[s->at] == '{')
        found = bundle_look(s);
    if (!found.bundle || found.list == 0) {
        ENT_TRY(value_read(s, s->item, &item->value, err));
        item->index = s->index++;
        item->at = STIX_NOWHERE;
        item->bundle = ent_str_is(ent_json_get_text(item->value, "type"), "bundle");
        s->first = false;
        return ENT_OK;
    }
    s->list_open = s->state == LIST;
    s->bundle_from = s->at;
    s->objects_from = found.list;
    s->at = found.list + 1;
    s->old = found.old;
    s->object = 0;
    s->first = true;
    s->state = OBJECTS;
    s->index++;
    return stix_stream_next(s, item, more, err);
}

/* In a list: past the comma.  *end when the list ends here. */
static ent_code list_step(stix_stream *s, bool *end, ent_err *err)
{
    char c = skip(s);

    *end = false;
    if (c == ']') {
        s->at++;
        *end = true;
    } else if (!s->first) {
        if (c != ',')
            return wrong(s, "',' or ']' is wanted", err);
        s->at++;
        (void)skip(s);
    }
    return ENT_OK;
}

static ent_code objects_next(stix_stream *s, stix_item *item, ent_err *err)
{
    bool end;

    item->index = s->index - 1;
    item->old = s->old;
    ENT_TRY(list_step(s, &end, err));
    if (end)
        return bundle_end(s, item, err);
    ENT_TRY(value_read(s, s->item, &item->value, err));
    item->at = s->object++;
    s->first = false;
    return ENT_OK;
}

static ent_code list_next(stix_stream *s, stix_item *item, bool *more, ent_err *err)
{
    bool end;

    ENT_TRY(list_step(s, &end, err));
    if (end) {
        s->state = TOP;
        return stix_stream_next(s, item, more, err);
    }
    if (s->at >= s->text.size)
        return wrong(s, "the text ends too early", err);
    return value_begin(s, item, more, err);
}

ent_code stix_stream_next(stix_stream *s, stix_item *item, bool *more, ent_err *err)
{
    *item = (stix_item){ .index = s->index };
    *more = true;
    ent_arena_reset(s->item);
    ent_arena_reset(s->around);
    if (s->state == OBJECTS)
        return objects_next(s, item, err);
    if (s->state == LIST)
        return list_next(s, item, more, err);
    if (skip(s) == '\0' && s->at >= s->text.size) {
        *more = false;
        return ENT_OK;
    }
    if (s->text.ptr[s->at] == '[') {
        s->at++;
        s->state = LIST;
        s->first = true;
        return list_next(s, item, more, err);
    }
    return value_begin(s, item, more, err);
}
