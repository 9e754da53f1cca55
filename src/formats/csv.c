/* Tables: RFC 4180 with the usual liberties, one row at a time; where several rows are one
 * record they are held until the end. */
#include "formats/csv_int.h"

#include "base/limits.h"
#include "base/text.h"

#include <stdlib.h>

#define HEADER_ROWS 10                  /* titles stand within the first rows */
#define HELD        ((size_t)256 << 20) /* rows of tables whose records have several */
#define BUCKETS     ((size_t)1 << 16)

struct group {
    struct group *next, *later; /* in the bucket; in order of arrival */
    ent_str id;
    formats_row *first, *last;
    uint64_t offset;
    size_t line;
};

struct csv_state {
    formats_reader *reader;
    char *row; /* up to OBJECT_SIZE */
    size_t room;
    bool no_memory;
    size_t size, ends[FORMATS_COLUMNS], cells;
    bool quoted, was_quoted, after_quote, over, many;
    char delimiter;
    bool titled;
    size_t untitled; /* rows before the titles */
    formats_table table;
    ent_json mapping;
    ent_arena *fixed; /* mapping and titles */
    uint64_t offset, start;
    size_t line, start_line;
    ent_arena *held;
    struct group **buckets, *first, *last;
};

static void csv_close(void *state)
{
    struct csv_state *s = state;

    ent_arena_free(s->fixed);
    ent_arena_free(s->held);
    free(s->row);
    free(s);
}

/* The separator that stands most often in the first lines. */
static char delimiter_of(const char *head, size_t size)
{
    static const char candidates[] = ",;\t|";
    size_t best = 0;
    char found = ',';

    for (size_t c = 0; candidates[c] != '\0'; c++) {
        size_t count = 0;

        for (size_t i = 0, lines = 0; i < size && lines < 3; i++) {
            count += head[i] == candidates[c];
            lines += head[i] == '\n';
        }
        if (count > best) {
            best = count;
            found = candidates[c];
        }
    }
    return found;
}

static void *csv_open(formats_reader *reader)
{
    struct csv_state *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->reader = reader;
    s->line = s->start_line = 1;
    (void)formats_room(&s->row, &s->room, 1);
    s->fixed = ent_arena_new((size_t)16 << 20);
    s->held = ent_arena_new(HELD);
    if (s->row == NULL || s->fixed == NULL || s->held == NULL) {
        csv_close(s);
        return NULL;
    }
    s->buckets = ent_arena_array(s->fixed, BUCKETS, sizeof *s->buckets);
    s->delimiter = delimiter_of(reader->head, reader->head_size);
    if (s->buckets == NULL) {
        csv_close(s);
        return NULL;
    }
    if (reader->options.kind == FORMATS_OFAC_CSV ||
        (reader->options.kind == FORMATS_COUNT && reader->options.mapping == NULL &&
         formats_ofac_part(reader->head, reader->head_size) != 0)) {
        reader->kind = s->table.kind = FORMATS_OFAC_CSV;
        s->titled = true;
    }
    return s;
}

/* ---- cells ---- */

/* What is not UTF-8 in a British list is Windows-1252. */
static ent_code cell_decode(ent_arena *arena, ent_str raw, ent_str *cell, ent_err *err)
{
    static const uint16_t high[32] = { 0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020,
                                       0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
                                       0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d,
                                       0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
                                       0x0153, 0xfffd, 0x017e, 0x0178 };
    ent_buf buf;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < raw.size; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        ent_utf8_put(&buf, c >= 0x80 && c < 0xa0 ? high[c - 0x80] : c);
    }
    return ent_buf_done(&buf, cell, err);
}

static ent_code row_copy(struct csv_state *s, ent_arena *arena, formats_row **out, ent_err *err)
{
    formats_row *row = ent_arena_alloc(arena, sizeof *row);
    size_t from = 0;

    if (row == NULL)
        return ent_fail_arena(err);
    row->cells = ent_arena_array(arena, s->cells, sizeof *row->cells);
    if (row->cells == NULL)
        return ent_fail_arena(err);
    for (; row->count < s->cells; row->count++) {
        ent_str raw = formats_trimmed((ent_str){ s->row + from, s->ends[row->count] - from });
        ent_str *cell = &row->cells[row->count];

        from = s->ends[row->count];
        if (ent_utf8_valid(raw)) {
            *cell = ent_arena_str(arena, raw);
        } else if (s->table.kind == FORMATS_UK_CSV) {
            ENT_TRY(cell_decode(arena, raw, cell, err));
        } else {
            return ent_fail(err, ENT_FORMAT, "cell %zu is not UTF-8: save the table as UTF-8",
                            row->count + 1);
        }
        if (cell->ptr == NULL)
            return ent_fail_arena(err);
    }
    *out = row;
    return ENT_OK;
}

/* ---- records ---- */

static ent_code record_give(struct csv_state *s, const formats_row *rows, uint64_t offset,
                            size_t line, ent_err *err)
{
    formats_reader *r = s->reader;
    formats_item item = { .offset = offset, .line = line };
    formats_record record;
    ent_err wrong = { 0 };
    ent_code rc =
        s->table.kind == FORMATS_OFAC_CSV
            ? formats_ofac_rows_read(r->arena, rows, &record, &wrong)
            : formats_rows_read(r->arena, &s->table, rows, &record, &item.dropped, &wrong);

    if (rc == ENT_OK && record.agency.size == 0)
        record.agency = ent_str_of(r->options.source == NULL ? "records" : r->options.source);
    item.agency = record.agency;
    if (rc == ENT_OK)
        rc = formats_record_write(r->arena, &record, &item.object, &item.key, &wrong);
    if (rc == ENT_OK)
        return formats_give(r, &item, err);
    *err = wrong;
    return formats_give_wrong(r, offset, line, NULL, err);
}

/* FNV-1a; a table made to collide costs its own import time, bounded by HELD. */
static size_t bucket_of(ent_str id)
{
    uint64_t h = 1469598103934665603u;

    for (size_t i = 0; i < id.size; i++)
        h = (h ^ (unsigned char)id.ptr[i]) * 1099511628211u;
    return (size_t)(h % BUCKETS);
}

static ent_code row_hold(struct csv_state *s, formats_row *row, ent_str id, ent_err *err)
{
    struct group **bucket = &s->buckets[bucket_of(id)], *g = *bucket;

    while (g != NULL && !ent_str_equal(g->id, id))
        g = g->next;
    if (g != NULL) {
        g->last->next = row;
        g->last = row;
        return ENT_OK;
    }
    g = ent_arena_alloc(s->held, sizeof *g);
    if (g == NULL)
        return ent_fail_arena(err);
    *g = (struct group){ .next = *bucket,
                         .id = id,
                         .first = row,
                         .last = row,
                         .offset = s->start,
                         .line = s->start_line };
    *bucket = g;
    if (s->last == NULL)
        s->first = g;
    else
        s->last->later = g;
    s->last = g;
    return ENT_OK;
}

static ent_code titles_take(struct csv_state *s, ent_err *err)
{
    formats_reader *r = s->reader;
    formats_row *row;
    ent_err none = { 0 };
    formats_kind kind;
    ent_code rc;

    if (r->options.mapping != NULL && s->mapping.doc == NULL &&
        ent_json_read(s->fixed, ent_str_of(r->options.mapping), &s->mapping, err) != ENT_OK)
        return ent_context(err, "the mapping");
    s->table.kind = FORMATS_UK_CSV; /* titles may be in any encoding */
    ENT_TRY(row_copy(s, s->fixed, &row, err));
    kind = formats_table_kind(row->cells, row->count);
    s->table.kind = s->mapping.doc != NULL ? FORMATS_CSV : kind;
    rc = formats_table_read(&s->table, row->cells, row->count, s->mapping, &none);
    /* Something may stand before the titles: the British list has its date there. */
    if (rc == ENT_FORMAT && s->mapping.doc == NULL && s->untitled++ < HEADER_ROWS) {
        if (row->count > 1 && ent_str_is(row->cells[0], "Last Updated"))
            formats_edition_day(r, row->cells[1]);
        return ENT_OK;
    }
    if (rc == ENT_OK) {
        r->kind = s->table.kind;
        s->titled = true;
        if (r->kind == FORMATS_UK_CSV)
            r->edition.list = "UK";
    } else {
        *err = none;
    }
    return rc;
}

static ent_code row_take(struct csv_state *s, ent_err *err)
{
    bool ofac = s->table.kind == FORMATS_OFAC_CSV;
    bool grouped = s->table.kind == FORMATS_UK_CSV || ofac;
    ent_arena *arena = grouped ? s->held : s->reader->arena;
    formats_row *row;
    ent_err wrong = { 0 };
    ent_str id;
    ent_code rc;

    if (s->cells == 0 || (s->cells == 1 && s->size == 0))
        return ENT_OK; /* an empty line */
    if (s->no_memory)
        return ent_fail(err, ENT_MEMORY, "no memory for a row");
    if (s->over || s->many)
        return formats_give_wrong(s->reader, s->start, s->start_line,
                                  s->many ? "the row has more than 512 cells"
                                          : "the row is larger than OBJECT_SIZE (`entente limits`)",
                                  err);
    if (!s->titled)
        return titles_take(s, err);
    if (!grouped)
        ent_arena_reset(arena);
    rc = row_copy(s, arena, &row, &wrong);
    if (rc == ENT_OK && ofac && !formats_ofac_row(row))
        rc = ent_fail(&wrong, ENT_FORMAT,
                      "the row has %zu cells or no number: it is of no table of OFAC", row->count);
    if (rc == ENT_OK && !ofac && row->count > s->table.count)
        rc = ent_fail(&wrong, ENT_FORMAT, "the row has %zu cells under %zu titles [RFC 4180 s2]",
                      row->count, s->table.count);
    if (rc == ENT_OK && grouped) {
        id = row->cells[0];
        if (!ofac)
            rc = formats_row_id(arena, &s->table, row, &id, &wrong);
        if (rc == ENT_OK && id.size > 0)
            rc = row_hold(s, row, id, &wrong);
        else if (rc == ENT_OK)
            rc = ent_fail(&wrong, ENT_FORMAT, "the row has no id");
        if (rc == ENT_LIMIT)
            return ent_fail(err, ENT_LIMIT,
                            "line %zu: the table's rows need more memory than %zu bytes",
                            s->start_line, HELD);
        if (rc == ENT_OK)
            return ENT_OK;
    }
    if (rc == ENT_OK)
        return record_give(s, row, s->start, s->start_line, err);
    *err = wrong;
    return formats_give_wrong(s->reader, s->start, s->start_line, NULL, err);
}

/* ---- bytes ---- */

static void put(struct csv_state *s, char c)
{
    if (s->size == ENT_LIMIT_OBJECT_SIZE)
        s->over = true;
    else if (!formats_room(&s->row, &s->room, s->size + 1))
        s->no_memory = true;
    else
        s->row[s->size++] = c;
}

static void cell_end(struct csv_state *s)
{
    if (s->cells == FORMATS_COLUMNS)
        s->many = true;
    else
        s->ends[s->cells++] = s->size;
    s->was_quoted = s->after_quote = false;
}

static ent_code row_end(struct csv_state *s, ent_err *err)
{
    ent_code rc;

    cell_end(s);
    rc = row_take(s, err);
    s->size = s->cells = 0;
    s->over = s->many = false;
    return rc;
}

static ent_code byte_take(struct csv_state *s, char c, ent_err *err)
{
    size_t cell_start = s->cells == 0 ? 0 : s->ends[s->cells - 1];

    /* The set's files end as files of CP/M did. */
    if (c == 0x1a && s->table.kind == FORMATS_OFAC_CSV)
        return ENT_OK;
    if (s->quoted) {
        if (c == '"') {
            s->quoted = false;
            s->after_quote = true;
        } else {
            put(s, c);
        }
        return ENT_OK;
    }
    if (c == '"' && s->after_quote) { /* "" is a quote */
        put(s, c);
        s->quoted = true;
        s->after_quote = false;
    } else if (c == '"' && s->size == cell_start && !s->was_quoted) {
        s->quoted = s->was_quoted = true;
    } else if (c == s->delimiter) {
        cell_end(s);
    } else if (c == '\n') {
        return row_end(s, err);
    } else if (c != '\r') {
        put(s, c);
        s->after_quote = false;
    }
    return ENT_OK;
}

static ent_code csv_feed(void *state, const char *bytes, size_t size, ent_err *err)
{
    struct csv_state *s = state;

    for (size_t i = 0; i < size; i++) {
        if (s->offset < 3 && (unsigned char)bytes[i] == (unsigned char)"\xef\xbb\xbf"[s->offset]) {
            s->offset++;
            s->start = s->offset;
            continue; /* a byte order mark */
        }
        ENT_TRY(byte_take(s, bytes[i], err));
        s->offset++;
        s->line += bytes[i] == '\n';
        if (s->size == 0 && s->cells == 0 && !s->quoted) {
            s->start = s->offset;
            s->start_line = s->line;
        }
    }
    return ENT_OK;
}

static ent_code csv_end(void *state, ent_err *err)
{
    struct csv_state *s = state;

    if (s->quoted)
        return ent_fail(err, ENT_FORMAT,
                        "the file ends inside a quoted cell of the row that begins on line %zu "
                        "[RFC 4180 s2]",
                        s->start_line);
    if (s->size > 0 || s->cells > 0)
        ENT_TRY(row_end(s, err));
    if (!s->titled)
        return ent_fail(err, ENT_FORMAT,
                        "the table has no titles that name a name column; "
                        "--mapping FILE says which column is what");
    for (const struct group *g = s->first; g != NULL; g = g->later) {
        ent_arena_reset(s->reader->arena);
        ENT_TRY(record_give(s, g->first, g->offset, g->line, err));
    }
    return ENT_OK;
}

const formats_backend formats_csv_backend = { csv_open, csv_close, csv_feed, csv_end };
