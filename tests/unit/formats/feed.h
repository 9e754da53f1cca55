/* A text fed to a reader in pieces of a size, and what it gave: for the tests of formats. */
#ifndef ENT_TEST_FORMATS_FEED_H
#define ENT_TEST_FORMATS_FEED_H

#include "test.h"

#include "base/buf.h"
#include "formats/formats.h"

typedef struct fed {
    char *seen; /* the objects, one a line */
    size_t seen_size, seen_capacity;
    char keys[4096], wrong[512];
    size_t items, wrongs, dropped, upgraded;
    formats_kind kind;
    formats_edition edition;
    char list[32], day[16];
    ent_err err;
} fed;

static inline ent_code fed_take(void *arg, const formats_item *item, ent_err *err)
{
    fed *f = arg;
    ent_str raw = item->wrong == NULL ? ent_json_raw(item->object) : ENT_STR("");
    size_t used = strlen(f->keys);

    (void)err;
    f->items++;
    f->dropped += item->dropped;
    f->upgraded += item->upgraded;
    if (item->wrong != NULL) {
        if (f->wrongs++ == 0)
            (void)snprintf(f->wrong, sizeof f->wrong, "%s", item->wrong->msg);
        return ENT_OK;
    }
    if (f->seen_size + raw.size + 2 > f->seen_capacity) {
        f->seen_capacity = 2 * f->seen_capacity + raw.size + 65536;
        f->seen = realloc(f->seen, f->seen_capacity);
        assert_non_null(f->seen);
    }
    memcpy(f->seen + f->seen_size, raw.ptr, raw.size);
    f->seen_size += raw.size;
    f->seen[f->seen_size++] = '\n';
    f->seen[f->seen_size] = '\0';
    (void)snprintf(f->keys + used, sizeof f->keys - used, "%.*s ", ENT_STR_ARG(item->key));
    return ENT_OK;
}

static inline void fed_clear(fed *f)
{
    free(f->seen);
    *f = (fed){ .kind = FORMATS_COUNT };
}

static inline ent_code fed_read(fed *f, const char *bytes, size_t size, size_t piece)
{
    const formats_options options = { FORMATS_COUNT, "test", NULL };
    formats_reader *reader;
    ent_code rc = ENT_OK;

    fed_clear(f);
    CHECK_OK(formats_reader_new(&options, fed_take, f, &reader, &f->err), &f->err);
    for (size_t at = 0; at < size && rc == ENT_OK; at += piece)
        rc = formats_feed(reader, bytes + at, size - at < piece ? size - at : piece, &f->err);
    if (rc == ENT_OK)
        rc = formats_end(reader, &f->err);
    f->kind = formats_reader_kind(reader);
    f->edition = formats_reader_edition(reader);
    (void)snprintf(f->list, sizeof f->list, "%s", f->edition.list);
    (void)snprintf(f->day, sizeof f->day, "%s", f->edition.day);
    formats_reader_free(reader);
    return rc;
}

/* The same in pieces of every size. */
static inline void fed_reads(fed *f, const char *text, formats_kind want)
{
    static const size_t pieces[] = { 1, 7, 1000000 };

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        CHECK_OK(fed_read(f, text, strlen(text), pieces[i]), &f->err);
        CHECK_INT(f->kind, want);
    }
}

static inline void fed_says(const fed *f, const char *part)
{
    if (f->seen == NULL || strstr(f->seen, part) == NULL)
        fail_msg("'%s' is not in %s (%s)", part, f->seen == NULL ? "nothing" : f->seen, f->wrong);
}

/* JSON with ' for ", U for a UUID behind --, T for the times. */
static inline char *json_of(const char *text)
{
    static const char uuid[] = "11111111-1111-4111-8111-111111111111";
    static const char times[] = "\"created\":\"2017-01-01T00:00:00.000Z\","
                                "\"modified\":\"2017-01-01T00:00:00.000Z\"";
    char *out = calloc(1, 8 * strlen(text) + 4096), *to = out;

    assert_non_null(out);
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            *to++ = '"';
        else if (*at == 'U' && at > text && at[-1] == '-')
            to = stpcpy(to, uuid);
        else if (*at == 'T' && at > text && at[-1] == ',')
            to = stpcpy(to, times);
        else
            *to++ = *at;
    return out;
}

#endif
