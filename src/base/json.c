#include "base/json.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/run_int.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>

/* One value of the tape, small so that a large text stays in the cache.  `next` is the
 * following sibling's place, 0 for the last: place 0 is the root, which is nobody's
 * sibling.  `count` is that of the members or entries, or of a string's bytes.  Sizes
 * fit because nothing is longer than JSON_TEXT. */
struct value {
    const char *raw, *str, *name;
    uint32_t raw_size, next, count;
    uint32_t name_size : 28, type : 4;
};
_Static_assert(ENT_LIMIT_JSON_TEXT <= 1 << 28, "a name's size must fit into 28 bits");

struct ent_json_doc {
    struct value *values;
    uint32_t count, room;
};

struct level {
    uint32_t container, last; /* last child read so far; 0: none yet */
};

typedef struct reader {
    ent_arena *arena;
    ent_json_doc *doc;
    const char *start, *at, *end;
    struct level levels[ENT_LIMIT_JSON_DEPTH];
    int depth;
    uint32_t first_room; /* of the tape */
    bool clipped;        /* the text goes on behind `end`, further than one value may be long */
    ent_err *err;
} reader;

/* ---- errors ---- */

/* Line and column are counted only here, when something is wrong. */
static ent_code wrong_at(const reader *r, const char *at, const char *what)
{
    size_t line = 1, column = 1;

    for (const char *p = r->start; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            column++;
        }
    }
    return ent_fail(r->err, ENT_FORMAT, "line %zu column %zu: %s [RFC 8259]", line, column, what);
}

static ent_code wrong(const reader *r, const char *what)
{
    if (r->at == r->end && r->clipped)
        return ent_fail(r->err, ENT_LIMIT, "a JSON value is larger than %d bytes",
                        ENT_LIMIT_JSON_TEXT);
    return wrong_at(r, r->at, r->at == r->end ? "the text ends too early" : what);
}

/* ---- pieces ---- */

static inline void space_skip(reader *r)
{
    if (r->at == r->end || (unsigned char)*r->at > ' ')
        return; /* mostly the next token follows at once ... */
    if (r->end - r->at >= 2 && *r->at == ' ' && (unsigned char)r->at[1] > ' ')
        r->at++; /* ... or behind one blank */
    else
        r->at = ent_run_blank(r->at, r->end);
}

static int hex4(const char *p)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* The \u escape at r->at (behind "\u"), with its second half if it is a surrogate. */
static ent_code unicode_escape(reader *r, uint32_t *c)
{
    int unit = r->end - r->at < 4 ? -1 : hex4(r->at), low;

    if (unit < 0)
        return wrong(r, "four hex digits are wanted behind \\u");
    r->at += 4;
    *c = (uint32_t)unit;
    if (unit < 0xd800 || unit > 0xdfff)
        return ENT_OK;
    low = unit <= 0xdbff && r->end - r->at >= 6 && r->at[0] == '\\' && r->at[1] == 'u'
              ? hex4(r->at + 2)
              : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return wrong_at(r, r->at - 4, "a lone surrogate is no character [RFC 7493 s2.1]");
    r->at += 6;
    *c = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return ENT_OK;
}

/* From the first escape on: `plain` was read already. */
static ent_code string_unescape(reader *r, ent_str plain, ent_str *text)
{
    ent_buf buf;

    ent_buf_init(&buf, r->arena);
    ent_buf_str(&buf, plain);
    while (r->at < r->end && *r->at != '"') {
        const char *from = r->at;
        static const char escapes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
        const char *escape;
        uint32_t c = 0;
        bool high;

        r->at = ent_run_plain(r->at, r->end, &high);
        ent_buf_put(&buf, from, (size_t)(r->at - from));
        if (r->at == r->end || *r->at == '"')
            break;
        if (*r->at != '\\')
            return wrong(r, "a control character in a string must be escaped");
        if (++r->at == r->end)
            return wrong(r, "");
        escape = *r->at == '\0' ? NULL : strchr(escapes, *r->at);
        if (escape != NULL) {
            ent_buf_byte(&buf, (unsigned char)values[escape - escapes]);
            r->at++;
        } else if (*r->at == 'u') {
            r->at++;
            ENT_TRY(unicode_escape(r, &c));
            ent_utf8_put(&buf, c);
        } else {
            return wrong(r, "there is no such escape in a string");
        }
    }
    return ent_buf_done(&buf, text, r->err);
}

/* The string whose opening quote is at r->at. */
static ent_code string_read(reader *r, ent_str *text)
{
    const char *from = ++r->at;
    bool high;

    r->at = ent_run_plain(from, r->end, &high);
    *text = (ent_str){ from, (size_t)(r->at - from) };
    if (r->at < r->end && *r->at == '\\')
        ENT_TRY(string_unescape(r, *text, text));
    if (r->at == r->end)
        return wrong(r, "");
    if (*r->at != '"')
        return wrong(r, "a control character in a string must be escaped");
    if ((high || text->ptr != from) && !ent_utf8_valid((ent_str){ from, (size_t)(r->at - from) }))
        return wrong_at(r, from, "this string is not UTF-8 [RFC 7493 s2.1]");
    r->at++;
    return ENT_OK;
}

static bool digits_skip(reader *r)
{
    const char *from = r->at;

    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > from;
}

static ent_code number_read(reader *r)
{
    if (*r->at == '-')
        r->at++;
    if (r->at < r->end && *r->at == '0')
        r->at++;
    else if (!digits_skip(r))
        return wrong(r, "a digit is wanted");
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (!digits_skip(r))
            return wrong(r, "a digit is wanted behind the decimal point");
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
            r->at++;
        if (!digits_skip(r))
            return wrong(r, "a digit is wanted in the exponent");
    }
    return ENT_OK;
}

static ent_code word_read(reader *r, const char *word)
{
    for (; *word != '\0'; word++, r->at++)
        if (r->at == r->end || *r->at != *word)
            return wrong(r, "a value is wanted");
    return ENT_OK;
}

/* ---- the tape ---- */

static ent_code value_push(reader *r, ent_str name, uint32_t *place)
{
    ent_json_doc *doc = r->doc;

    if (doc->count == doc->room) {
        uint32_t room = doc->room == 0 ? r->first_room : doc->room * 2;
        struct value *grown =
            room < doc->room ? NULL : ent_arena_raw(r->arena, (size_t)room * sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(r->err);
        if (doc->count > 0)
            memcpy(grown, doc->values, doc->count * sizeof *grown);
        doc->values = grown;
        doc->room = room;
    }
    *place = doc->count++;
    doc->values[*place] =
        (struct value){ .name = name.ptr, .name_size = (uint32_t)name.size & 0xfffffff };
    if (r->depth > 0) {
        struct level *level = &r->levels[r->depth - 1];

        if (level->last != 0)
            doc->values[level->last].next = *place;
        level->last = *place;
        doc->values[level->container].count++;
    }
    return ENT_OK;
}

static int by_name(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

/* Puts each name into one of 256 boxes: true if no box got two, for then no two are equal. */
static bool names_apart(const struct value *values, uint32_t object)
{
    uint64_t boxes[4] = { 0 };

    for (uint32_t at = object + 1; at != 0; at = values[at].next) {
        const unsigned char *name = (const unsigned char *)values[at].name;
        uint32_t size = values[at].name_size, box = size;

        if (size > 0)
            box += name[0] * 5U + name[size - 1] * 17U + name[size / 2] * 67U;
        if ((boxes[box >> 6 & 3] & UINT64_C(1) << (box & 63)) != 0)
            return false;
        boxes[box >> 6 & 3] |= UINT64_C(1) << (box & 63);
    }
    return true;
}

/* No two members of one name.  Few members are compared pairwise, many are sorted:
 * a wide object costs n log n, so width is no attack. */
static ent_code names_check(reader *r, uint32_t object)
{
    const struct value *values = r->doc->values;
    uint32_t count = values[object].count;
    ent_str few[16], *names = few;
    bool repeated = false;
    size_t i = 0;

    if (count < 2 || (count <= 64 && names_apart(values, object)))
        return ENT_OK;
    if (count > 16) {
        names = ent_arena_raw(r->arena, count * sizeof *names);
        if (names == NULL)
            return ent_fail_arena(r->err);
    }
    for (uint32_t at = object + 1; at != 0; at = values[at].next)
        names[i++] = (ent_str){ values[at].name, values[at].name_size };
    if (count > 16)
        qsort(names, count, sizeof *names, by_name);
    for (i = 1; i < count; i++)
        for (size_t j = count > 16 ? i - 1 : 0; j < i; j++)
            repeated = repeated || ent_str_equal(names[i], names[j]);
    return repeated ? wrong(r, "two members of this object have the same name [RFC 7493 s2.3]")
                    : ENT_OK;
}

static ent_code container_open(reader *r, uint32_t place)
{
    if (r->depth == ENT_LIMIT_JSON_DEPTH)
        return ent_fail(r->err, ENT_LIMIT, "the JSON is nested deeper than %d levels",
                        ENT_LIMIT_JSON_DEPTH);
    r->levels[r->depth++] = (struct level){ place, 0 };
    r->at++;
    return ENT_OK;
}

static ent_code container_close(reader *r)
{
    struct level *level = &r->levels[r->depth - 1];
    struct value *value = &r->doc->values[level->container];

    if (value->type == ENT_JSON_OBJECT)
        ENT_TRY(names_check(r, level->container));
    r->at++;
    value = &r->doc->values[level->container];
    value->raw_size = (uint32_t)(r->at - value->raw);
    r->depth--;
    return ENT_OK;
}

/* The value at r->at, without what is inside a container. */
static ent_code value_read(reader *r, ent_str name)
{
    struct value *value;
    uint32_t place = 0;
    ent_str text = ENT_STR_NONE;
    ent_json_type type;
    const char *from = r->at;

    if (r->at == r->end)
        return wrong(r, "");
    ENT_TRY(value_push(r, name, &place));
    switch (*r->at) {
    case '{':
    case '[':
        type = *r->at == '{' ? ENT_JSON_OBJECT : ENT_JSON_ARRAY;
        ENT_TRY(container_open(r, place));
        break;
    case '"':
        type = ENT_JSON_STRING;
        ENT_TRY(string_read(r, &text));
        break;
    case 't':
        type = ENT_JSON_TRUE;
        ENT_TRY(word_read(r, "true"));
        break;
    case 'f':
        type = ENT_JSON_FALSE;
        ENT_TRY(word_read(r, "false"));
        break;
    case 'n':
        type = ENT_JSON_NULL;
        ENT_TRY(word_read(r, "null"));
        break;
    default:
        type = ENT_JSON_NUMBER;
        if (*r->at != '-' && (*r->at < '0' || *r->at > '9'))
            return wrong(r, "a value is wanted");
        ENT_TRY(number_read(r));
    }
    value = &r->doc->values[place];
    value->type = (unsigned)type & 15;
    value->raw = from;
    value->raw_size = (uint32_t)(r->at - from);
    if (type == ENT_JSON_STRING) {
        value->str = text.ptr;
        value->count = (uint32_t)text.size;
    }
    return ENT_OK;
}

static ent_code member_name_read(reader *r, ent_str *name)
{
    if (r->at == r->end || *r->at != '"')
        return wrong(r, "a member's name in quotes is wanted");
    ENT_TRY(string_read(r, name));
    space_skip(r);
    if (r->at == r->end || *r->at != ':')
        return wrong(r, "':' is wanted behind a member's name");
    r->at++;
    space_skip(r);
    return ENT_OK;
}

/* Reads on inside the innermost open container: one child, or its end. */
static ent_code container_continue(reader *r)
{
    struct level *level = &r->levels[r->depth - 1];
    bool object = r->doc->values[level->container].type == ENT_JSON_OBJECT;
    char close = object ? '}' : ']';
    ent_str name = ENT_STR_NONE;

    space_skip(r);
    if (r->at < r->end && *r->at == close)
        return container_close(r);
    if (level->last != 0) {
        if (r->at == r->end || *r->at != ',')
            return wrong(r, object ? "',' or '}' is wanted" : "',' or ']' is wanted");
        r->at++;
        space_skip(r);
    }
    if (object)
        ENT_TRY(member_name_read(r, &name));
    return value_read(r, name);
}

/* A text that is one value has about one value in 32 bytes; room for them at once saves
 * moving a large tape while it grows. */
static uint32_t room_guess(size_t size)
{
    return size < 65536 ? 32 : (uint32_t)(size / 32);
}

static ent_code read_from(ent_arena *arena, ent_str text, size_t from, uint32_t room,
                          ent_json *root, size_t *used, ent_err *err)
{
    reader r = { .arena = arena, .start = text.ptr, .first_room = room, .err = err };

    if (text.size == 0)
        r.start = "";
    r.at = r.start + from;
    r.end = r.start + text.size;
    r.clipped = text.size - from > ENT_LIMIT_JSON_TEXT;
    if (r.clipped)
        r.end = r.at + ENT_LIMIT_JSON_TEXT;
    r.doc = ent_arena_alloc(arena, sizeof *r.doc);
    if (r.doc == NULL)
        return ent_fail_arena(err);
    space_skip(&r);
    ENT_TRY(value_read(&r, ENT_STR_NONE));
    while (r.depth > 0)
        ENT_TRY(container_continue(&r));
    *root = (ent_json){ r.doc, 0 };
    *used = (size_t)(r.at - r.start) - from;
    return ENT_OK;
}

ent_code ent_json_read_first(ent_arena *arena, ent_str text, ent_json *root, size_t *used,
                             ent_err *err)
{
    if (text.size > ENT_LIMIT_JSON_TEXT)
        return ent_fail(err, ENT_LIMIT, "the JSON text has %zu bytes, more than %d", text.size,
                        ENT_LIMIT_JSON_TEXT);
    return read_from(arena, text, 0, 32, root, used, err);
}

ent_code ent_json_read_at(ent_arena *arena, ent_str text, size_t from, ent_json *root, size_t *used,
                          ent_err *err)
{
    return read_from(arena, text, from, 32, root, used, err);
}

ent_code ent_json_read(ent_arena *arena, ent_str text, ent_json *root, ent_err *err)
{
    reader r = { .err = err };
    size_t used;

    if (text.ptr == NULL)
        text = ENT_STR(""); /* a text that is not there: the message is that of an empty one */
    if (text.size > ENT_LIMIT_JSON_TEXT)
        return ent_json_read_first(arena, text, root, &used, err);
    ENT_TRY(read_from(arena, text, 0, room_guess(text.size), root, &used, err));
    r.start = text.ptr;
    r.at = text.ptr + used;
    r.end = text.ptr + text.size;
    space_skip(&r);
    return r.at == r.end ? ENT_OK : wrong(&r, "nothing more may follow the value");
}

/* ---- looking ---- */

static const struct value *value_of(ent_json value)
{
    static const struct value none = { .type = ENT_JSON_NONE };

    return value.doc == NULL ? &none : &value.doc->values[value.at];
}

ent_json_type ent_json_kind(ent_json value)
{
    return (ent_json_type)value_of(value)->type;
}

bool ent_json_is(ent_json value, ent_json_type type)
{
    return value_of(value)->type == type;
}

ent_str ent_json_raw(ent_json value)
{
    const struct value *v = value_of(value);

    return (ent_str){ v->raw, v->raw_size };
}

ent_str ent_json_str(ent_json value)
{
    const struct value *v = value_of(value);

    return v->type == ENT_JSON_STRING ? (ent_str){ v->str, v->count } : ENT_STR_NONE;
}

bool ent_json_int(ent_json value, int64_t *number)
{
    ent_str raw = ent_json_raw(value);
    bool negative = raw.size > 0 && raw.ptr[0] == '-';
    int64_t n = 0;

    if (!ent_json_is(value, ENT_JSON_NUMBER) || raw.size > 17)
        return false;
    for (size_t i = negative; i < raw.size; i++) {
        if (raw.ptr[i] < '0' || raw.ptr[i] > '9')
            return false;
        n = n * 10 + (raw.ptr[i] - '0');
    }
    if (n > INT64_C(9007199254740991))
        return false;
    *number = negative ? -n : n;
    return true;
}

bool ent_json_double(ent_json value, double *number)
{
    ent_str raw = ent_json_raw(value);
    char text[512];

    /* Beyond 500 digits the value is an attack, not a measurement. */
    if (!ent_json_is(value, ENT_JSON_NUMBER) || raw.ptr == NULL || raw.size >= sizeof text)
        return false;
    memcpy(text, raw.ptr, raw.size);
    text[raw.size] = '\0';
    *number = strtod(text, NULL);
    return isfinite(*number);
}

bool ent_json_true(ent_json value)
{
    return ent_json_is(value, ENT_JSON_TRUE);
}

static bool is_container(const struct value *v)
{
    return v->type >= ENT_JSON_ARRAY;
}

size_t ent_json_count(ent_json value)
{
    const struct value *v = value_of(value);

    return is_container(v) ? v->count : 0;
}

ent_json ent_json_first(ent_json container)
{
    const struct value *v = value_of(container);

    if (!is_container(v) || v->count == 0)
        return (ent_json){ NULL, 0 };
    return (ent_json){ container.doc, container.at + 1 };
}

ent_json ent_json_next(ent_json value)
{
    uint32_t next = value_of(value)->next;

    return next == 0 ? (ent_json){ NULL, 0 } : (ent_json){ value.doc, next };
}

ent_str ent_json_name(ent_json member)
{
    const struct value *v = value_of(member);

    return (ent_str){ v->name, v->name_size };
}

ent_json ent_json_get_str(ent_json object, ent_str name)
{
    if (!ent_json_is(object, ENT_JSON_OBJECT))
        return (ent_json){ NULL, 0 };
    if (value_of(object)->count == 0)
        return (ent_json){ NULL, 0 };
    for (uint32_t at = object.at + 1; at != 0; at = object.doc->values[at].next) {
        const struct value *v = &object.doc->values[at];

        if (v->name_size == name.size &&
            (name.size == 0 || memcmp(v->name, name.ptr, name.size) == 0))
            return (ent_json){ object.doc, at };
    }
    return (ent_json){ NULL, 0 };
}

ent_json ent_json_get(ent_json object, const char *name)
{
    return ent_json_get_str(object, ent_str_of(name));
}

ent_str ent_json_get_text(ent_json object, const char *name)
{
    return ent_json_str(ent_json_get(object, name));
}

ent_json ent_json_at(ent_json array, size_t index)
{
    ent_json v = ent_json_first(array);

    for (; v.doc != NULL && index > 0; index--)
        v = ent_json_next(v);
    return v;
}

ent_json ent_json_walk(ent_json root, ent_json value)
{
    ent_json next = { value.doc, value.at + 1 };
    ent_str whole = ent_json_raw(root);

    /* What begins behind the end of the root's text is not inside it. */
    if (value.doc == NULL || next.at >= value.doc->count ||
        ent_json_raw(next).ptr >= whole.ptr + whole.size)
        return (ent_json){ NULL, 0 };
    return next;
}

/* Places are in the order of the text, so the child to go down into is the last one
 * that does not begin behind the value. */
void ent_json_path(ent_json root, ent_json value, ent_buf *buf)
{
    ent_json at = root;
    bool first = true;

    while (at.doc != NULL && at.doc == value.doc && at.at < value.at) {
        bool list = ent_json_is(at, ENT_JSON_ARRAY);
        ent_json child = ent_json_first(at), next = ent_json_next(child);
        size_t index = 0;

        for (; next.doc != NULL && next.at <= value.at; next = ent_json_next(child), index++)
            child = next;
        if (child.doc == NULL || child.at > value.at)
            return;
        if (!first)
            ent_buf_byte(buf, '.');
        first = false;
        if (list) {
            ent_buf_byte(buf, '[');
            ent_buf_int(buf, (int64_t)index);
            ent_buf_byte(buf, ']');
        } else {
            ent_buf_str(buf, ent_json_name(child));
        }
        at = child;
    }
}
