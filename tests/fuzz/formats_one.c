/*
 * formats_one -- any bytes as a file of one format, imported; built once for each row of
 * formats.def (FUZZ_FORMAT is its name), with a corpus of its own.
 *
 * Oracle: the items do not depend on how the bytes were cut into pieces; what was read is what
 * was added, updated, unchanged, quarantined or rejected; whatever is held then is an object of
 * STIX 2.1 that breaks no rule; the same file again adds nothing and changes nothing.  For a
 * table, a first line that begins with '{' is the mapping.
 */
#include "base/hash.h"
#include "holdings/import.h"
#include "stix/check.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LABEL                                                                                     \
    "{\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"},\"purposes\":[" \
    "\"SANCTIONS\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"discover\":"          \
    "\"pointer\"}"

/* ---- in pieces ---- */

struct reading {
    size_t items;
    ent_hash sum; /* over all items */
};

static ent_code item_take(void *arg, const formats_item *item, ent_err *err)
{
    struct reading *r = arg;
    const ent_span pieces[] = { { &r->sum, sizeof r->sum },
                                { &item->line, sizeof item->line },
                                { &item->offset, sizeof item->offset },
                                { &item->dropped, sizeof item->dropped },
                                ent_span_of_str(ent_json_raw(item->object)),
                                ent_span_of_str(item->key),
                                ent_span_of_str(item->agency) };

    (void)err;
    ENT_ASSERT(item->index == r->items);
    ENT_ASSERT(item->wrong == NULL || item->wrong->msg[0] != '\0');
    r->items++;
    r->sum = ent_hash_pieces(pieces, 7);
    return ENT_OK;
}

static ent_code read_all(struct reading *r, ent_str bytes, size_t piece,
                         const formats_options *options)
{
    formats_reader *reader = NULL;
    ent_err err = { 0 };
    ent_code rc;

    *r = (struct reading){ .items = 0 };
    rc = formats_reader_new(options, item_take, r, &reader, &err);
    if (rc != ENT_OK)
        return rc; /* the mapping */
    for (size_t at = 0; at < bytes.size && rc == ENT_OK; at += piece)
        rc = formats_feed(reader, bytes.ptr + at, bytes.size - at < piece ? bytes.size - at : piece,
                          &err);
    if (rc == ENT_OK)
        rc = formats_end(reader, &err);
    formats_reader_free(reader);
    ENT_ASSERT(rc == ENT_OK || ((rc == ENT_FORMAT || rc == ENT_LIMIT) && err.msg[0] != '\0'));
    return rc;
}

/* ---- imported ---- */

static uint64_t drawn;

static void numbered(void *arg, void *bytes, size_t size)
{
    (void)arg;
    memset(bytes, 0, size);
    drawn++;
    memcpy(bytes, &drawn, size < sizeof drawn ? size : sizeof drawn);
}

static ent_code import(store *s, ent_str bytes, const formats_options *formats,
                       holdings_import_count *count)
{
    holdings_import_options options = { .formats = *formats,
                                        .source = ENT_STR("import:fuzz"),
                                        .edition = "none",
                                        .label = ENT_STR(LABEL),
                                        .now = INT64_C(1731240000) * ENT_SECOND,
                                        .random = numbered };
    holdings_import *import = NULL;
    ent_err err = { 0 };
    ent_code rc = holdings_import_new(s, &options, &import, &err);
    bool complete;

    if (rc != ENT_OK)
        return rc;
    rc = holdings_import_feed(import, bytes.ptr, bytes.size, &err);
    complete = rc == ENT_OK;
    if (complete || rc == ENT_FORMAT || rc == ENT_LIMIT) {
        ent_code end = holdings_import_end(import, complete, &err);

        rc = complete ? end : rc;
    }
    ENT_ASSERT(rc == ENT_OK || rc == ENT_FORMAT || rc == ENT_LIMIT);
    *count = *holdings_import_counted(import);
    holdings_import_free(import);
    ENT_ASSERT(count->read == count->added + count->updated + count->unchanged +
                                  count->quarantined + count->rejected);
    ENT_ASSERT(count->delisted == 0);
    return rc;
}

struct held {
    size_t rows;
    ent_hash sum;
};

/* What the import lets pass: a new type is read by those who know it. */
static bool let_pass(ent_str path)
{
    return ent_str_starts(path, ENT_STR("x_")) || ent_str_is(path, "extensions");
}

static void whole_check(ent_arena *arena, ent_str bytes)
{
    ent_err err = { 0 };
    stix_report report;
    ent_json object;

    ENT_ASSERT(ent_json_read(arena, bytes, &object, &err) == ENT_OK);
    stix_report_init(&report, arena);
    stix_check(object, &report);
    for (size_t i = 0; i < report.count; i++) {
        ent_buf path;
        ent_str where;

        if (stix_rule_level(report.issues[i].rule) != STIX_MUST)
            continue;
        ent_buf_init(&path, arena);
        stix_issue_path(&report, &report.issues[i], &path);
        ENT_ASSERT(ent_buf_done(&path, &where, &err) == ENT_OK);
        if (let_pass(where))
            continue;
        (void)fprintf(stderr, "held, and breaks '%s' at %.*s:\n%.*s\n",
                      stix_rule_name(report.issues[i].rule), ENT_STR_ARG(where),
                      ENT_STR_ARG(bytes));
        abort();
    }
}

static ent_code row_take(void *arg, const store_row *row, ent_err *err)
{
    struct held *held = arg;
    const ent_span pieces[] = {
        { &held->sum, sizeof held->sum }, ent_span_of_str(row->id),
        ent_span_of_str(row->version),    ent_span_of_str(row->bytes),
        ent_span_of_str(row->handling),   ent_span_of_str(row->quarantine)
    };
    ent_arena *arena = ent_arena_new((size_t)256 << 20);

    (void)err;
    ENT_ASSERT(arena != NULL);
    whole_check(arena, row->bytes);
    ent_arena_free(arena);
    held->rows++;
    held->sum = ent_hash_pieces(pieces, 6);
    return ENT_OK;
}

static struct held look(store *s)
{
    const store_query query = { .every = true, .versions = true };
    struct held held = { .rows = 0 };
    ent_err err = { 0 };

    ENT_ASSERT(store_objects_each(s, &query, row_take, &held, &err) == ENT_OK);
    return held;
}

static void imported_check(ent_str bytes, const formats_options *options)
{
    holdings_import_count first = { 0 }, again = { 0 };
    struct held before, after;
    ent_err err = { 0 };
    ent_code rc;
    store *s;

    ENT_ASSERT(store_open("plain:", &s, &err) == ENT_OK);
    rc = import(s, bytes, options, &first);
    before = look(s);
    ENT_ASSERT(before.rows == first.added + first.updated + first.quarantined);
    /* A file that says two things of one entry says the other one again. */
    if (first.updated == 0 && first.quarantined == 0) {
        ENT_ASSERT(import(s, bytes, options, &again) == rc);
        after = look(s);
        ENT_ASSERT(again.added == 0 && again.updated == 0);
        ENT_ASSERT(again.rejected == first.rejected);
        ENT_ASSERT(before.rows == after.rows && ent_hash_equal(&before.sum, &after.sum));
    }
    store_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = { 1, 3, 4096 };
    formats_options options = { formats_find(FUZZ_FORMAT), "fuzz", NULL };
    ent_str bytes = { size == 0 ? "" : (const char *)data, size };
    const char *line = size == 0 ? NULL : memchr(data, '\n', size);
    char *mapping = NULL;
    struct reading whole, cut;
    ent_code rc;

    ENT_ASSERT(options.kind != FORMATS_COUNT);
    if (options.kind == FORMATS_CSV && size > 0 && data[0] == '{' && line != NULL) {
        mapping = calloc(1, (size_t)(line - bytes.ptr) + 1);
        ENT_ASSERT(mapping != NULL);
        memcpy(mapping, bytes.ptr, (size_t)(line - bytes.ptr));
        options.mapping = mapping;
        bytes = (ent_str){ line + 1, size - (size_t)(line + 1 - bytes.ptr) };
    }
    rc = read_all(&whole, bytes, bytes.size == 0 ? 1 : bytes.size, &options);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        ENT_ASSERT(read_all(&cut, bytes, pieces[i], &options) == rc);
        ENT_ASSERT(whole.items == cut.items && ent_hash_equal(&whole.sum, &cut.sum));
    }
    imported_check(bytes, &options);
    free(mapping);
    return 0;
}
