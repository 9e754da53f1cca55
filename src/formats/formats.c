#include "formats/reader_int.h"

#include <stdlib.h>

/* Enough to see a root element or the titles of the columns behind comments. */
#define HEAD_SIZE ((size_t)16384)

static const char *const names[FORMATS_COUNT] = {
#define X(symbol, name, meaning) [FORMATS_##symbol] = (name),
#include "formats/formats.def"
#undef X
};

const char *formats_name(formats_kind kind)
{
    return kind == FORMATS_COUNT ? "" : names[kind];
}

formats_kind formats_find(const char *name)
{
    int i;

    for (i = 0; i < FORMATS_COUNT && strcmp(names[i], name) != 0; i++)
        ;
    return (formats_kind)i;
}

formats_kind formats_reader_kind(const formats_reader *reader)
{
    return reader->kind;
}

ent_code formats_reader_new(const formats_options *options, formats_each each, void *arg,
                            formats_reader **reader, ent_err *err)
{
    formats_reader *r = calloc(1, sizeof *r);

    if (r != NULL) {
        r->options = *options;
        r->each = each;
        r->arg = arg;
        r->kind = options->kind;
        r->edition = (formats_edition){ .list = "", .entry_count = -1 };
        r->arena = ent_arena_new(FORMATS_ITEM_MEMORY);
        r->head = malloc(HEAD_SIZE);
    }
    if (r == NULL || r->arena == NULL || r->head == NULL) {
        formats_reader_free(r);
        return ent_fail(err, ENT_MEMORY, "no memory to read a file");
    }
    *reader = r;
    return ENT_OK;
}

void formats_reader_free(formats_reader *r)
{
    if (r == NULL)
        return;
    if (r->backend != NULL && r->state != NULL)
        r->backend->close(r->state);
    ent_arena_free(r->arena);
    free(r->head);
    free(r);
}

formats_edition formats_reader_edition(const formats_reader *r)
{
    formats_edition edition = r->edition;

    edition.day = r->edition_date;
    edition.entries = r->items;
    edition.broken = r->broken;
    return edition;
}

void formats_edition_day(formats_reader *r, ent_str text)
{
    ent_str day;

    if (text.size > 10)
        text.size = 10; /* behind it a time of day */
    ent_arena_reset(r->arena);
    day = formats_date(r->arena, text);
    if (day.size == FORMATS_DATE - 1)
        memcpy(r->edition_date, day.ptr, day.size);
}

ent_code formats_give(formats_reader *r, formats_item *item, ent_err *err)
{
    item->index = r->items++;
    item->arena = r->arena;
    return r->each(r->arg, item, err);
}

ent_code formats_give_wrong(formats_reader *r, uint64_t offset, size_t line, const char *why,
                            ent_err *err)
{
    formats_item item = { .offset = offset, .line = line };
    ent_err wrong = { 0 };

    if (why == NULL && ent_arena_rc(r->arena, err->code, err) == ENT_MEMORY)
        return ENT_MEMORY; /* no fault of the item */
    if (why != NULL)
        (void)ent_fail(&wrong, ENT_FORMAT, "%s", why);
    else
        wrong = *err;
    item.wrong = &wrong;
    r->broken = true;
    return formats_give(r, &item, err);
}

/* ---- finding the format ---- */

static bool starts(const formats_reader *r, const char *bytes, size_t size)
{
    return r->head_size >= size && memcmp(r->head, bytes, size) == 0;
}

/* What no reader can take, said so that a person knows what to do. */
static ent_code encoding_check(const formats_reader *r, ent_err *err)
{
    if (starts(r, "\x1f\x8b", 2) || starts(r, "PK\x03\x04", 4) || starts(r, "\xfd\x37zXZ", 5))
        return ent_fail(err, ENT_FORMAT, "the file is compressed: unpack it first");
    if (starts(r, "\xff\xfe", 2) || starts(r, "\xfe\xff", 2) ||
        (r->head_size >= 4 && memchr(r->head, '\0', 4) != NULL))
        return ent_fail(err, ENT_FORMAT,
                        "the file is UTF-16 or binary: save it as UTF-8 [RFC 8259 s8.1]");
    return ENT_OK;
}

/* Do the first lines look like titles of a table that is known? */
static bool is_table(const formats_reader *r, size_t at)
{
    size_t lines = 0, separators = 0;

    if (r->options.kind == FORMATS_CSV || r->options.kind == FORMATS_UK_CSV ||
        r->options.kind == FORMATS_EU_CSV || r->options.kind == FORMATS_OFAC_CSV)
        return true;
    for (; at < r->head_size && lines < 2; at++) {
        separators += strchr(",;\t|", r->head[at]) != NULL && r->head[at] != '\0';
        lines += r->head[at] == '\n';
    }
    return separators > 0 && lines > 0;
}

static ent_code backend_find(formats_reader *r, ent_err *err)
{
    bool marked = starts(r, "\xef\xbb\xbf", 3);
    size_t at = marked ? 3 : 0;

    if (starts(r, "\xff\xfe<", 3) || starts(r, "\xfe\xff\0<", 4)) {
        r->backend = &formats_xml_backend; /* XML says its encoding itself */
        return ENT_OK;
    }
    ENT_TRY(encoding_check(r, err));
    while (at < r->head_size && strchr(" \t\r\n", r->head[at]) != NULL && r->head[at] != '\0')
        at++;
    if (at == r->head_size)
        return ent_fail(err, ENT_FORMAT, "the file is empty");
    if (r->head[at] == '<') {
        r->backend = &formats_xml_backend;
        return ENT_OK;
    }
    if (r->head[at] == '{' || r->head[at] == '[') {
        r->backend = &formats_json;
        return !marked ? ENT_OK
                       : ent_fail(err, ENT_FORMAT,
                                  "the file begins with a byte order mark: save it without "
                                  "[RFC 8259 s8.1]");
    }
    if (r->options.mapping == NULL && !is_table(r, at))
        return ent_fail(err, ENT_FORMAT,
                        "the file is of no known format; `entente help import` lists them");
    r->backend = &formats_csv_backend;
    return ENT_OK;
}

static ent_code backend_open(formats_reader *r, ent_err *err)
{
    ENT_TRY(backend_find(r, err));
    r->state = r->backend->open(r);
    if (r->state == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read a file");
    return r->backend->feed(r->state, r->head, r->head_size, err);
}

ent_code formats_feed(formats_reader *r, const void *bytes, size_t size, ent_err *err)
{
    const char *at = bytes;

    if (r->backend == NULL) {
        size_t take = HEAD_SIZE - r->head_size < size ? HEAD_SIZE - r->head_size : size;

        memcpy(r->head + r->head_size, at, take);
        r->head_size += take;
        at += take;
        size -= take;
        if (r->head_size < HEAD_SIZE)
            return ENT_OK;
        ENT_TRY(backend_open(r, err));
    }
    return r->backend->feed(r->state, at, size, err);
}

ent_code formats_end(formats_reader *r, ent_err *err)
{
    if (r->backend == NULL)
        ENT_TRY(backend_open(r, err));
    return r->backend->end(r->state, err);
}
