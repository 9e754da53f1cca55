#include "formats/reader_int.h"
#include "formats/scan_int.h"

#include "base/limits.h"

#include <stdlib.h>

enum state {
    TOP,         /* between top-level values */
    VALUE,       /* inside a value */
    ENTRY_FIRST, /* behind the '[' of an outer array */
    ENTRY,       /* behind its comma */
    ENTRY_AFTER, /* behind an entry */
    REST         /* behind something broken: until the line ends */
};

struct formats_scan {
    formats_value_each each;
    void *arg;
    enum state state;
    char *bytes; /* up to ITEM_SIZE: the value being read */
    size_t size, room;
    char *around; /* up to OBJECT_SIZE: what stands around the entries of a member */
    size_t around_size, around_room;
    bool no_memory;
    uint8_t open[ENT_LIMIT_JSON_DEPTH]; /* the brackets of the value being read */
    int depth;
    bool string, escape, scalar;
    bool over;           /* larger than ITEM_SIZE: its bytes are not kept */
    bool entry;          /* it is an entry of an outer array */
    bool member;         /* that array is a member of an outer object */
    bool watched;        /* an outer object, whose members are looked at */
    bool given;          /* entries of this outer object were given */
    bool plain;          /* its type is not bundle: `objects` is a member like any other */
    bool lines;          /* one value has ended on the line on which it began: JSON Lines */
    size_t key, key_end; /* the last member's name at depth 1 of a watched object */
    size_t text;         /* where a string that is a member's value begins */
    size_t members;
    bool behind_colon;
    uint64_t offset, start;
    size_t line, start_line;
};

bool formats_room(char **bytes, size_t *room, size_t size)
{
    size_t more = *room == 0 ? 4096 : *room;
    char *grown;

    if (size <= *room)
        return true;
    while (more < size)
        more *= 2;
    grown = realloc(*bytes, more);
    if (grown == NULL)
        return false;
    *bytes = grown;
    *room = more;
    return true;
}

formats_scan *formats_scan_new(formats_value_each each, void *arg)
{
    formats_scan *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->each = each;
    s->arg = arg;
    s->line = 1;
    if (!formats_room(&s->bytes, &s->room, 1) || !formats_room(&s->around, &s->around_room, 1)) {
        formats_scan_free(s);
        return NULL;
    }
    return s;
}

void formats_scan_free(formats_scan *s)
{
    if (s == NULL)
        return;
    free(s->bytes);
    free(s->around);
    free(s);
}

static ent_code place_fail(const formats_scan *s, ent_code code, const char *what, ent_err *err)
{
    return ent_fail(err, code, "line %zu (byte %llu): %s", s->line, (unsigned long long)s->offset,
                    what);
}

static ent_code value_give(formats_scan *s, const char *broken, ent_err *err)
{
    const formats_value value = { .text = { s->bytes, s->size },
                                  .offset = s->start,
                                  .line = s->start_line,
                                  .outer = s->given && broken == NULL && !s->entry,
                                  .broken = broken };

    s->size = 0;
    if (s->no_memory)
        return ent_fail(err, ENT_MEMORY, "no memory for a value");
    return s->each(s->arg, &value, err);
}

/* Something that cannot be read on.  On a line of its own it costs that line. */
static ent_code broken(formats_scan *s, const char *what, ent_err *err)
{
    if (s->entry || s->given || (s->start_line != s->line && !s->lines))
        return place_fail(s, ENT_FORMAT, what, err);
    s->lines = true;
    s->state = REST;
    s->string = s->escape = s->scalar = s->watched = false;
    s->depth = 0;
    return value_give(s, what, err);
}

static void put(formats_scan *s, char c)
{
    if (s->size == ENT_LIMIT_ITEM_SIZE)
        s->over = true;
    else if (!formats_room(&s->bytes, &s->room, s->size + 1))
        s->no_memory = true;
    else
        s->bytes[s->size++] = c;
}

static ent_code value_end(formats_scan *s, ent_err *err)
{
    bool one_line = s->start_line == s->line;
    const char *wrong = s->over ? "it is larger than ITEM_SIZE (`entente limits`)" : NULL;

    s->state = s->entry ? ENTRY_AFTER : TOP;
    s->scalar = false;
    if (!s->entry && one_line && !s->given)
        s->lines = true;
    ENT_TRY(value_give(s, wrong, err));
    if (!s->entry || !s->member)
        s->watched = false;
    if (!s->entry)
        s->given = false;
    return ENT_OK;
}

static void value_begin(formats_scan *s, char c, bool entry)
{
    s->state = VALUE;
    s->entry = entry;
    s->over = false;
    s->size = 0;
    s->start = s->offset;
    s->start_line = s->line;
    s->depth = 0;
    s->string = c == '"';
    s->escape = false;
    s->scalar = c != '{' && c != '[' && c != '"';
    if (!entry) {
        s->watched = c == '{';
        s->given = s->member = s->plain = false;
        s->members = 0;
        s->behind_colon = false;
        s->key = s->key_end = 0;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool key_is(const formats_scan *s, const char *name)
{
    size_t size = strlen(name);

    return s->key_end - s->key == size && memcmp(s->bytes + s->key, name, size) == 0;
}

/* Does this '[' begin the entries of a bundle, or of an answer of MISP? */
static bool is_entries(const formats_scan *s)
{
    return s->watched && !s->entry && s->depth == 1 && s->open[0] == '{' && s->behind_colon &&
           !s->over && !s->plain &&
           (key_is(s, "objects") || (key_is(s, "response") && s->members == 1));
}

/* Leaves the outer object, to come back to it behind the array. */
static ent_code entries_begin(formats_scan *s, ent_err *err)
{
    if (s->size + 2 > ENT_LIMIT_OBJECT_SIZE)
        return place_fail(s, ENT_LIMIT, "what stands before the objects is larger than OBJECT_SIZE",
                          err);
    if (!formats_room(&s->around, &s->around_room, s->size + 2) ||
        !formats_room(&s->bytes, &s->room, s->size + 2)) /* it comes back */
        return ent_fail(err, ENT_MEMORY, "no memory for a value");
    memcpy(s->around, s->bytes, s->size);
    memcpy(s->around + s->size, "[]", 2);
    s->around_size = s->size + 2;
    s->state = ENTRY_FIRST;
    s->member = s->given = true;
    return ENT_OK;
}

static void entries_end(formats_scan *s)
{
    s->entry = false;
    s->lines = false;
    if (!s->member) {
        s->state = TOP;
        return;
    }
    memcpy(s->bytes, s->around, s->around_size);
    s->size = s->around_size;
    s->state = VALUE;
    s->depth = 1;
    s->open[0] = '{';
    s->string = s->escape = s->scalar = s->over = s->behind_colon = false;
}

static ent_code string_byte(formats_scan *s, char c, ent_err *err)
{
    if (c == '\n')
        return broken(s, "the line ends inside a string [RFC 8259 s7]", err);
    put(s, c);
    if (s->escape) {
        s->escape = false;
    } else if (c == '\\') {
        s->escape = true;
    } else if (c == '"') {
        s->string = false;
        if (s->depth == 1 && !s->behind_colon)
            s->key_end = s->size - 1;
        else if (s->depth == 1 && s->watched && !s->entry && key_is(s, "type"))
            s->plain = s->size - s->text != 7 || memcmp(s->bytes + s->text, "bundle", 6) != 0;
        if (s->depth == 0)
            return value_end(s, err);
    }
    return ENT_OK;
}

static ent_code bracket_open(formats_scan *s, char c, ent_err *err)
{
    if (c == '[' && is_entries(s))
        return entries_begin(s, err);
    if (s->depth == ENT_LIMIT_JSON_DEPTH)
        return broken(s, "it is deeper than JSON_DEPTH (`entente limits`)", err);
    put(s, c);
    s->open[s->depth++] = (uint8_t)c;
    return ENT_OK;
}

static ent_code bracket_close(formats_scan *s, char c, ent_err *err)
{
    if (s->depth == 0 || s->open[s->depth - 1] != (c == '}' ? '{' : '['))
        return broken(s, "a bracket closes what is not open [RFC 8259 s2]", err);
    put(s, c);
    s->depth--;
    return s->depth == 0 ? value_end(s, err) : ENT_OK;
}

static ent_code byte_take(formats_scan *s, char c, ent_err *err);

static ent_code value_byte(formats_scan *s, char c, ent_err *err)
{
    if (s->string)
        return string_byte(s, c, err);
    if (s->scalar && (is_blank(c) || c == ',' || c == ']' || c == '}')) {
        ENT_TRY(value_end(s, err));
        return byte_take(s, c, err);
    }
    if (c == '{' || c == '[')
        return bracket_open(s, c, err);
    if (c == '}' || c == ']')
        return bracket_close(s, c, err);
    if (c == '\n' && s->lines && !s->entry)
        return broken(s, "the line ends inside a value", err);
    put(s, c);
    if (c == '"') {
        s->string = true;
        if (s->depth == 1 && !s->behind_colon) {
            s->key = s->size;
            s->members++;
        } else {
            s->text = s->size;
        }
    } else if (s->depth == 1 && (c == ':' || c == ',')) {
        s->behind_colon = c == ':';
    }
    return ENT_OK;
}

static ent_code entry_byte(formats_scan *s, char c, ent_err *err)
{
    if (is_blank(c))
        return ENT_OK;
    s->entry = true;
    if (s->state == ENTRY_AFTER && c == ',') {
        s->state = ENTRY;
        return ENT_OK;
    }
    if (c == ']' && s->state != ENTRY) {
        entries_end(s);
        return ENT_OK;
    }
    if (s->state == ENTRY_AFTER || c == ',' || c == ']' || c == '}' || c == ':')
        return place_fail(s, ENT_FORMAT,
                          s->state == ENTRY_AFTER
                              ? "a comma or a closing bracket is expected here [RFC 8259 s5]"
                              : "a value is expected here [RFC 8259 s5]",
                          err);
    value_begin(s, c, true);
    if (s->string) {
        put(s, c);
        return ENT_OK;
    }
    return value_byte(s, c, err);
}

static ent_code top_byte(formats_scan *s, char c, ent_err *err)
{
    if (is_blank(c))
        return ENT_OK;
    if (c == '[') {
        s->state = ENTRY_FIRST;
        s->member = s->given = s->watched = false;
        return ENT_OK;
    }
    value_begin(s, c, false);
    if (c == ',' || c == ']' || c == '}' || c == ':')
        return broken(s, "a value is expected here [RFC 8259 s2]", err);
    if (s->string) {
        put(s, c);
        return ENT_OK;
    }
    return value_byte(s, c, err);
}

static ent_code byte_take(formats_scan *s, char c, ent_err *err)
{
    switch (s->state) {
    case TOP:
        return top_byte(s, c, err);
    case VALUE:
        return value_byte(s, c, err);
    case REST:
        if (c == '\n')
            s->state = TOP;
        return ENT_OK;
    case ENTRY_FIRST:
    case ENTRY:
    case ENTRY_AFTER:
    default:
        return entry_byte(s, c, err);
    }
}

ent_code formats_scan_feed(formats_scan *s, const char *bytes, size_t size, ent_err *err)
{
    for (size_t i = 0; i < size; i++) {
        ENT_TRY(byte_take(s, bytes[i], err));
        /* REST was entered by this very line end. */
        if (bytes[i] == '\n' && s->state == REST)
            s->state = TOP;
        s->offset++;
        s->line += bytes[i] == '\n';
    }
    return ENT_OK;
}

ent_code formats_scan_end(formats_scan *s, ent_err *err)
{
    switch (s->state) {
    case TOP:
    case REST:
        return ENT_OK;
    case VALUE:
        if (s->scalar && !s->entry)
            return value_end(s, err);
        if (!s->entry && !s->given && (s->lines || s->start_line == s->line))
            return broken(s, "the file ends inside a value", err);
        return ent_fail(err, ENT_FORMAT,
                        "the file ends at byte %llu inside the value that begins on line %zu (byte "
                        "%llu)",
                        (unsigned long long)s->offset, s->start_line, (unsigned long long)s->start);
    case ENTRY_FIRST:
    case ENTRY:
    case ENTRY_AFTER:
    default:
        return place_fail(s, ENT_FORMAT, "the file ends inside a list [RFC 8259 s5]", err);
    }
}
