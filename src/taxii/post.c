#include "taxii/post.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "taxii/filter.h"

/* Successes are named one by one up to here; their list is optional (s4.3.1). */
#define SUCCESSES_NAMED 10000
#define TYPE_SIZE       250

/* Any name without blanks, also a custom one that breaks STIX 2.1 s2.12. */
static bool type_valid(ent_str type)
{
    if (type.size == 0 || type.size > TYPE_SIZE)
        return false;
    for (size_t i = 0; i < type.size; i++)
        if (type.ptr[i] <= ' ' || type.ptr[i] > '~' || type.ptr[i] == ',')
            return false;
    return true;
}

/* type--UUID, of any version. */
static bool id_valid(ent_str id, ent_str type)
{
    const char *uuid = id.ptr + type.size + 2;

    if (id.size != type.size + 38 || !ent_str_starts(id, type) || uuid[-1] != '-' ||
        uuid[-2] != '-')
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? uuid[i] != '-'
                 : uuid[i] == '\0' || strchr("0123456789abcdefABCDEF", uuid[i]) == NULL)
            return false;
    }
    return true;
}

static void refuse(taxii_item *item, const char *message)
{
    item->outcome = TAXII_REFUSED;
    item->message = message;
}

/* `modified`, else `created`, is the version (s5.3.1). */
static ent_code times_read(ent_arena *arena, ent_json object, taxii_item *item, ent_err *err)
{
    static const char *const names[] = { "created", "modified" };
    static const char *const wrong[] = { "created is no timestamp [STIX 2.1 s3.2]",
                                         "modified is no timestamp [STIX 2.1 s3.2]" };

    for (size_t i = 0; i < 2; i++) {
        ent_json member = ent_json_get(object, names[i]);
        ent_code rc;

        if (member.doc == NULL)
            continue;
        if (!ent_json_is(member, ENT_JSON_STRING)) {
            refuse(item, wrong[i]);
            continue;
        }
        rc = taxii_version_key(arena, ent_json_str(member), &item->version_key, err);
        if (rc == ENT_LIMIT)
            return rc;
        if (rc != ENT_OK) {
            *err = (ent_err){ 0 };
            item->version_key = (ent_str){ "", 0 };
            refuse(item, wrong[i]);
            continue;
        }
        item->version = ent_json_str(member);
    }
    return ENT_OK;
}

static ent_code item_read(ent_arena *arena, ent_json object, taxii_item *item, ent_err *err)
{
    ent_json spec = ent_json_get(object, "spec_version");

    *item = (taxii_item){ .id = ent_json_get_text(object, "id"),
                          .type = ent_json_get_text(object, "type"),
                          .version = { "", 0 },
                          .version_key = { "", 0 },
                          .bytes = ent_json_raw(object) };
    if (!ent_json_is(object, ENT_JSON_OBJECT)) {
        refuse(item, "no JSON object");
        return ENT_OK;
    }
    ENT_TRY(times_read(arena, object, item, err));
    if (item->type.ptr == NULL || !type_valid(item->type))
        refuse(item, "type is missing, or no type's name [STIX 2.1 s3.2]");
    else if (item->id.ptr == NULL || !id_valid(item->id, item->type))
        refuse(item, "id is missing, or not of the form type--UUID [STIX 2.1 s2.9]");
    else if (item->bytes.size > ENT_LIMIT_OBJECT_SIZE)
        refuse(item, "the object is larger than what is accepted");
    else if (spec.doc != NULL &&
             (!ent_json_is(spec, ENT_JSON_STRING) || !taxii_spec_valid(ent_json_str(spec))))
        refuse(item, "spec_version is no version");
    /* Only 2.0 has objects that do not say it; only 2.1 has objects without times. */
    if (spec.doc != NULL)
        item->spec = ent_json_str(spec);
    else
        item->spec = item->version_key.size > 0 ? ENT_STR("2.0") : ENT_STR("2.1");
    return ENT_OK;
}

ent_code taxii_post_read(ent_arena *arena, ent_str body, taxii_item **items, size_t *count,
                         ent_err *err)
{
    ent_json root, list;
    size_t at = 0;

    if (ent_json_read(arena, body, &root, err) == ENT_LIMIT) /* it is JSON, but not for us */
        return ent_fail(err, ENT_USAGE, "the JSON is deeper than %d levels, or has too many values",
                        ENT_LIMIT_JSON_DEPTH);
    if (err->code != ENT_OK)
        return err->code;
    list = ent_json_get(root, "objects");
    if (!ent_json_is(list, ENT_JSON_ARRAY))
        return ent_fail(err, ENT_USAGE, "no list 'objects' [TAXII 2.1 s3.7]");
    *count = ent_json_count(list);
    *items = ent_arena_array(arena, *count + 1, sizeof **items);
    if (*items == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(item_read(arena, v, &(*items)[at++], err));
    return ENT_OK;
}

/* ---- the status ---- */

static void detail_write(ent_jw *w, const taxii_item *item, ent_time now)
{
    char stamp[TAXII_STAMP_SIZE];

    taxii_stamp_write(item->outcome == TAXII_REFUSED && item->added == 0 ? now : item->added,
                      stamp);
    ent_jw_object(w);
    ent_jw_key(w, "id");
    ent_jw_str(w, item->id.ptr == NULL ? (ent_str){ "", 0 } : item->id);
    ent_jw_key(w, "version");
    ent_jw_str(w, item->version.size > 0 ? item->version : ent_str_of(stamp));
    if (item->message != NULL) {
        ent_jw_key(w, "message");
        ent_jw_c(w, item->message);
    }
    ent_jw_end(w);
}

static void list_write(ent_jw *w, const char *name, bool failures, ent_time now,
                       const taxii_item *items, size_t count)
{
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        if ((items[i].outcome == TAXII_REFUSED) == failures)
            detail_write(w, &items[i], now);
    ent_jw_end(w);
}

ent_code taxii_status_write(ent_arena *arena, ent_str id, ent_time now, const taxii_item *items,
                            size_t count, ent_str *json, ent_err *err)
{
    char stamp[TAXII_STAMP_SIZE];
    size_t failed = 0;
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < count; i++)
        failed += items[i].outcome == TAXII_REFUSED;
    taxii_stamp_write(now, stamp);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, id);
    ent_jw_key(&w, "status");
    ent_jw_c(&w, "complete");
    ent_jw_key(&w, "request_timestamp");
    ent_jw_c(&w, stamp);
    ent_jw_key(&w, "total_count");
    ent_jw_int(&w, (int64_t)count);
    ent_jw_key(&w, "success_count");
    ent_jw_int(&w, (int64_t)(count - failed));
    if (count > failed && count - failed <= SUCCESSES_NAMED)
        list_write(&w, "successes", false, now, items, count);
    ent_jw_key(&w, "failure_count");
    ent_jw_int(&w, (int64_t)failed);
    if (failed > 0)
        list_write(&w, "failures", true, now, items, count);
    ent_jw_key(&w, "pending_count");
    ent_jw_int(&w, 0);
    ent_jw_end(&w);
    return ent_buf_done(&buf, json, err);
}
