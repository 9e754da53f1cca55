/* The formats that are JSON: what each value is, and its items. */
#include "formats/json_int.h"

#include <stdlib.h>

struct json_state {
    formats_reader *reader;
    formats_scan *scan;
};

static bool is_record(ent_json v)
{
    return ent_json_is(ent_json_get(v, "names"), ENT_JSON_ARRAY) &&
           ent_json_get_text(v, "type").ptr == NULL;
}

static formats_kind kind_of(ent_json v)
{
    return is_record(v)         ? FORMATS_JSONL
           : formats_is_ftm(v)  ? FORMATS_FTM
           : formats_is_misp(v) ? FORMATS_MISP
                                : FORMATS_STIX;
}

ent_code formats_template_give(formats_reader *r, const formats_value *at, const ent_buf *buf,
                               ent_str agency, ent_str key, ent_err *err)
{
    formats_item item = { .offset = at->offset, .line = at->line, .key = key, .agency = agency };
    ent_str text;

    ENT_TRY(ent_buf_done(buf, &text, err));
    if (key.ptr == NULL || ent_arena_failed(r->arena))
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(r->arena, text, &item.object, err));
    return formats_give(r, &item, err);
}

static ent_code record_item(formats_reader *r, ent_json value, formats_item *item, ent_err *err)
{
    formats_record record;

    ENT_TRY(formats_record_read(r->arena, value, r->options.source, &record, &item->dropped, err));
    item->agency = record.agency;
    return formats_record_write(r->arena, &record, &item->object, &item->key, err);
}

static ent_code object_give(formats_reader *r, ent_json value, const formats_value *at,
                            ent_err *err)
{
    formats_item item = { .offset = at->offset, .line = at->line, .object = value };
    ent_err wrong = { 0 };
    formats_kind kind = r->options.kind != FORMATS_COUNT ? r->options.kind : kind_of(value);

    if (r->kind == FORMATS_COUNT)
        r->kind = kind;
    if (kind == FORMATS_FTM)
        return formats_ftm_give(r, value, at, err);
    if (kind == FORMATS_MISP)
        return formats_misp_give(r, value, at, err);
    if (kind == FORMATS_JSONL && record_item(r, value, &item, &wrong) != ENT_OK)
        return formats_give_wrong(r, at->offset, at->line, NULL, &wrong);
    if (kind == FORMATS_STIX && formats_is_stix20(value)) {
        if (formats_stix20_read(r->arena, value, &item.object, &wrong) != ENT_OK)
            return formats_give_wrong(r, at->offset, at->line, NULL, &wrong);
        item.upgraded = true;
    }
    return formats_give(r, &item, err);
}

/* What stood around the entries must be an object of a kind that has entries. */
static ent_code outer_check(formats_reader *r, ent_json outer, ent_err *err)
{
    ent_str type = ent_json_get_text(outer, "type");

    if (ent_json_get(outer, "response").doc != NULL || ent_str_is(type, "bundle"))
        return ENT_OK;
    (void)r;
    return ent_fail(err, ENT_FORMAT,
                    "the object around 'objects' is of type '%.*s', not 'bundle' [STIX 2.1 s8]",
                    type.size > 60 ? 60 : (int)type.size, type.ptr == NULL ? "" : type.ptr);
}

static ent_code value_take(void *arg, const formats_value *value, ent_err *err)
{
    formats_reader *r = ((struct json_state *)arg)->reader;
    ent_err wrong = { 0 };
    ent_json json, objects;

    ent_arena_reset(r->arena);
    if (value->broken != NULL)
        return formats_give_wrong(r, value->offset, value->line, value->broken, err);
    if (ent_json_read(r->arena, value->text, &json, &wrong) != ENT_OK) {
        if (value->outer)
            return ent_fail(err, wrong.code, "around the objects: %s", wrong.msg);
        *err = wrong;
        return formats_give_wrong(r, value->offset, value->line, NULL, err);
    }
    if (value->outer) {
        if (r->kind == FORMATS_COUNT)
            r->kind = ent_json_get(json, "response").doc != NULL ? FORMATS_MISP : FORMATS_STIX;
        return outer_check(r, json, err);
    }
    objects = ent_json_get(json, "objects");
    if (!ent_str_is(ent_json_get_text(json, "type"), "bundle") ||
        (objects.doc != NULL && !ent_json_is(objects, ENT_JSON_ARRAY)))
        return object_give(r, json, value, err);
    /* A bundle without objects, or one inside an array. */
    if (r->kind == FORMATS_COUNT)
        r->kind = FORMATS_STIX;
    for (ent_json v = ent_json_first(objects); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(object_give(r, v, value, err));
    return ENT_OK;
}

static void json_close(void *state)
{
    struct json_state *s = state;

    formats_scan_free(s->scan);
    free(s);
}

static void *json_open(formats_reader *reader)
{
    struct json_state *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->reader = reader;
    s->scan = formats_scan_new(value_take, s);
    if (s->scan == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

static ent_code json_feed(void *state, const char *bytes, size_t size, ent_err *err)
{
    return formats_scan_feed(((struct json_state *)state)->scan, bytes, size, err);
}

static ent_code json_end(void *state, ent_err *err)
{
    struct json_state *s = state;

    ENT_TRY(formats_scan_end(s->scan, err));
    if (s->reader->kind == FORMATS_COUNT)
        s->reader->kind = FORMATS_STIX; /* an empty array */
    return ENT_OK;
}

const formats_backend formats_json = { json_open, json_close, json_feed, json_end };
