/* MISP: events, and what their objects share. */
#include "formats/misp_int.h"

#include "base/text.h"
#include "base/time.h"
#include "stix/extension_ids.h"

static const struct {
    const char *tag, *id;
} tlp[] = {
    { "tlp:clear", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487" },
    { "tlp:white", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9" }, /* of TLP 1 */
    { "tlp:green", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb" },
    { "tlp:amber", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421" },
    { "tlp:amber+strict", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003" },
    /* What is no known colour is the darkest. */
    { "tlp:", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1" },
};

bool formats_is_misp(ent_json v)
{
    return ent_json_is(ent_json_get(v, "Event"), ENT_JSON_OBJECT) ||
           ent_json_is(ent_json_get(v, "response"), ENT_JSON_OBJECT) ||
           (ent_json_get_text(v, "uuid").size > 0 && ent_json_get(v, "info").doc != NULL &&
            ent_json_get_text(v, "type").ptr == NULL);
}

/* ---- small things ---- */

bool formats_misp_number(ent_json v, int64_t *number)
{
    ent_str text = ent_json_str(v);

    if (ent_json_int(v, number))
        return true;
    *number = 0;
    if (text.size == 0 || text.size > 15)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *number = *number * 10 + (text.ptr[i] - '0');
    }
    return true;
}

bool formats_misp_true(ent_json v)
{
    int64_t number;

    return ent_json_true(v) || (formats_misp_number(v, &number) && number == 1);
}

bool formats_misp_time(ent_json object, const char *member, char *out)
{
    int64_t seconds;

    if (!formats_misp_number(ent_json_get(object, member), &seconds) || seconds <= 0 ||
        seconds > INT64_C(253402300799))
        return false;
    ent_time_write(seconds * ENT_SECOND, out);
    return true;
}

ent_str formats_misp_word(ent_arena *arena, ent_str text)
{
    char *word = ent_arena_alloc(arena, text.size + 1);
    size_t size = 0;

    if (word == NULL)
        return ENT_STR_NONE;
    if (text.size == 0)
        return ENT_STR("related-to");
    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        c = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        word[size++] = (char)((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-');
    }
    return (ent_str){ word, size };
}

/* ---- ids ---- */

ent_str formats_misp_id(formats_misp *e, const char *type, ent_str uuid)
{
    ent_str id = ent_uuid_valid(uuid)
                     ? ent_arena_printf(e->r->arena, "%s--%.*s", type, ENT_STR_ARG(uuid))
                     : ent_arena_printf(e->r->arena, "%s--ext:" MISP_AGENCY ":%.*s", type,
                                        ENT_STR_ARG(uuid));

    /* Capitals in a UUID are the same UUID [RFC 4122 s3]. */
    for (size_t i = strlen(type); ent_uuid_valid(uuid) && i < id.size; i++)
        if (id.ptr[i] >= 'A' && id.ptr[i] <= 'F')
            ((char *)(uintptr_t)id.ptr)[i] = (char)(id.ptr[i] + 32);
    return id;
}

ent_code formats_misp_ref(formats_misp *e, ent_str id, ent_err *err)
{
    if (id.ptr == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < e->ref_count; i++)
        if (ent_str_equal(e->refs[i], id))
            return ENT_OK;
    if (e->ref_count < MISP_REFS)
        e->refs[e->ref_count++] = id;
    return ENT_OK;
}

void formats_misp_begin(formats_misp *e, ent_jw *w, ent_buf *buf, const char *type, ent_str uuid)
{
    ent_buf_init(buf, e->r->arena);
    ent_jw_init(w, buf);
    ent_jw_object(w);
    ent_jw_key(w, "type");
    ent_jw_c(w, type);
    if (ent_uuid_valid(uuid)) {
        ent_jw_key(w, "id");
        ent_jw_str(w, formats_misp_id(e, type, uuid));
    }
}

ent_code formats_misp_end(formats_misp *e, ent_jw *w, ent_buf *buf, const char *type, ent_str uuid,
                          ent_err *err)
{
    ent_str key = ent_arena_printf(e->r->arena, MISP_AGENCY ":%.*s", ENT_STR_ARG(uuid));

    ent_jw_end(w);
    ENT_TRY(formats_misp_ref(e, formats_misp_id(e, type, uuid), err));
    return formats_template_give(e->r, e->at, buf, ENT_STR(MISP_AGENCY), key, err);
}

static void times_write(formats_misp *e, ent_jw *w, ent_json object)
{
    char text[ENT_TIME_TEXT];

    if (!formats_misp_time(object, "timestamp", text) &&
        !formats_misp_time(e->json, "timestamp", text))
        return;
    ent_jw_key(w, "created");
    ent_jw_c(w, text);
    ent_jw_key(w, "modified");
    ent_jw_c(w, text);
}

ent_code formats_misp_relate(formats_misp *e, ent_str uuid, ent_json of, ent_str type, ent_str from,
                             ent_str to, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (uuid.size == 0) /* the same relation, the same id */
        uuid = ent_arena_printf(e->r->arena, "relation:%.*s:%.*s:%.*s", ENT_STR_ARG(from),
                                ENT_STR_ARG(type), ENT_STR_ARG(to));
    if (uuid.ptr == NULL || type.ptr == NULL)
        return ent_fail_arena(err);
    formats_misp_begin(e, &w, &buf, "relationship", uuid);
    ent_jw_key(&w, "relationship_type");
    ent_jw_str(&w, type);
    ent_jw_key(&w, "source_ref");
    ent_jw_str(&w, from);
    ent_jw_key(&w, "target_ref");
    ent_jw_str(&w, to);
    if (e->org.size > 0) {
        ent_jw_key(&w, "created_by_ref");
        ent_jw_str(&w, e->org);
    }
    times_write(e, &w, of);
    return formats_misp_end(e, &w, &buf, "relationship", uuid, err);
}

/* ---- what every object has ---- */

static void marks_write(ent_jw *w, ent_json tags, ent_json above)
{
    const ent_json lists[] = { tags, above };
    const char *id = NULL;

    for (size_t l = 0; l < 2 && id == NULL; l++)
        for (ent_json t = ent_json_first(lists[l]); t.doc != NULL && id == NULL;
             t = ent_json_next(t)) {
            ent_str name = ent_json_get_text(t, "name");

            for (size_t i = 0; i < sizeof tlp / sizeof *tlp && id == NULL; i++)
                if (ent_str_is(name, tlp[i].tag) ||
                    (i + 1 == sizeof tlp / sizeof *tlp && ent_str_starts(name, ENT_STR("tlp:"))))
                    id = tlp[i].id;
        }
    if (id == NULL)
        return;
    ent_jw_key(w, "object_marking_refs");
    ent_jw_array(w);
    ent_jw_c(w, id);
    ent_jw_end(w);
}

static void labels_write(ent_jw *w, ent_json tags)
{
    bool any = false;

    for (ent_json t = ent_json_first(tags); t.doc != NULL; t = ent_json_next(t)) {
        ent_str name = ent_json_get_text(t, "name");

        if (name.size == 0 || ent_str_starts(name, ENT_STR("tlp:")))
            continue;
        if (!any) {
            ent_jw_key(w, "labels");
            ent_jw_array(w);
        }
        any = true;
        ent_jw_str(w, name);
    }
    if (any)
        ent_jw_end(w);
}

/* "Your organisation only" never leaves. */
static void distribution_write(formats_misp *e, ent_jw *w, ent_json object)
{
    int64_t own = -1, of_event = -1;

    if (formats_misp_number(ent_json_get(object, "distribution"), &own) && own == 5)
        own = -1; /* as the event */
    (void)formats_misp_number(ent_json_get(e->json, "distribution"), &of_event);
    if (own != 0 && of_event != 0)
        return;
    ent_jw_key(w, "extensions");
    ent_jw_object(w);
    ent_jw_key(w, STIX_EXT_HANDLING);
    ent_jw_object(w);
    ent_jw_key(w, "extension_type");
    ent_jw_c(w, "property-extension");
    ent_jw_key(w, "prohibit");
    ent_jw_array(w);
    ent_jw_c(w, "disclose");
    ent_jw_end(w);
    ent_jw_end(w);
    ent_jw_end(w);
}

static void reference_write(ent_jw *w, ent_str uuid)
{
    ent_jw_key(w, "external_references");
    ent_jw_array(w);
    ent_jw_object(w);
    ent_jw_key(w, "source_name");
    ent_jw_c(w, MISP_AGENCY);
    ent_jw_key(w, "external_id");
    ent_jw_str(w, uuid);
    ent_jw_end(w);
    ent_jw_end(w);
}

void formats_misp_common(formats_misp *e, ent_jw *w, ent_json object)
{
    if (e->org.size > 0) {
        ent_jw_key(w, "created_by_ref");
        ent_jw_str(w, e->org);
    }
    times_write(e, w, object);
    labels_write(w, ent_json_get(object, "Tag"));
    marks_write(w, ent_json_get(object, "Tag"), ent_json_get(e->json, "Tag"));
    reference_write(w, ent_json_get_text(object, "uuid"));
    distribution_write(e, w, object);
}

/* ---- the event ---- */

static ent_code org_give(formats_misp *e, ent_err *err)
{
    ent_json org = ent_json_get(e->json, "Orgc");
    ent_str name = ent_json_get_text(org, "name"), uuid = ent_json_get_text(org, "uuid");
    ent_buf buf;
    ent_jw w;

    e->org = ENT_STR("");
    if (name.size == 0)
        return ENT_OK;
    if (uuid.size == 0)
        uuid = ent_arena_printf(e->r->arena, "org:%.*s", ENT_STR_ARG(name));
    formats_misp_begin(e, &w, &buf, "identity", uuid);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, name);
    ent_jw_key(&w, "identity_class");
    ent_jw_c(&w, "organization");
    ENT_TRY(formats_misp_end(e, &w, &buf, "identity", uuid, err));
    e->org = formats_misp_id(e, "identity", uuid);
    e->ref_count = 0; /* the report is not about its maker */
    return ENT_OK;
}

static const char *report_type(formats_misp *e)
{
    return formats_misp_true(ent_json_get(e->json, "published")) ? "report" : "grouping";
}

static ent_code report_give(formats_misp *e, ent_err *err)
{
    ent_str uuid = ent_json_get_text(e->json, "uuid");
    const char *type = report_type(e);
    char when[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    formats_misp_begin(e, &w, &buf, type, uuid);
    ent_jw_key(&w, "name");
    ent_jw_str(&w, ent_json_get_text(e->json, "info"));
    if (strcmp(type, "report") == 0) {
        ent_jw_key(&w, "published");
        ent_jw_c(&w, formats_misp_time(e->json, "publish_timestamp", when) ||
                             formats_misp_time(e->json, "timestamp", when)
                         ? when
                         : "1970-01-01T00:00:00.000Z");
    } else {
        ent_jw_key(&w, "context");
        ent_jw_c(&w, "suspicious-activity");
    }
    if (e->ref_count == 0)
        ENT_TRY(formats_misp_ref(
            e, e->org.size > 0 ? e->org : formats_misp_id(e, "identity", ENT_STR("nobody")), err));
    ent_jw_key(&w, "object_refs");
    ent_jw_array(&w);
    for (size_t i = 0; i < e->ref_count; i++)
        ent_jw_str(&w, e->refs[i]);
    ent_jw_end(&w);
    formats_misp_common(e, &w, e->json);
    return formats_misp_end(e, &w, &buf, type, uuid, err);
}

/* What analysts wrote about the event. */
static ent_code words_give(formats_misp *e, ent_json report, ent_err *err)
{
    ent_str uuid = ent_json_get_text(report, "uuid"), text = ent_json_get_text(report, "content");
    ent_buf buf;
    ent_jw w;

    if (uuid.size == 0 || text.size == 0 || formats_misp_true(ent_json_get(report, "deleted")))
        return ENT_OK;
    formats_misp_begin(e, &w, &buf, "note", uuid);
    ent_jw_key(&w, "abstract");
    ent_jw_str(&w, ent_json_get_text(report, "name").ptr == NULL
                       ? ENT_STR("")
                       : ent_json_get_text(report, "name"));
    ent_jw_key(&w, "content");
    ent_jw_str(&w, text);
    ent_jw_key(&w, "object_refs");
    ent_jw_array(&w);
    ent_jw_str(&w, formats_misp_id(e, report_type(e), ent_json_get_text(e->json, "uuid")));
    ent_jw_end(&w);
    formats_misp_common(e, &w, report);
    return formats_misp_end(e, &w, &buf, "note", uuid, err);
}

static ent_code attributes_give(formats_misp *e, ent_json list, ent_err *err)
{
    for (ent_json a = ent_json_first(list); a.doc != NULL; a = ent_json_next(a))
        ENT_TRY(formats_misp_attribute(e, a, err));
    return ENT_OK;
}

static ent_code event_give(formats_misp *e, ent_err *err)
{
    ent_json objects = ent_json_get(e->json, "Object");

    if (ent_json_get_text(e->json, "uuid").size == 0 ||
        ent_json_get_text(e->json, "info").ptr == NULL)
        return formats_give_wrong(e->r, e->at->offset, e->at->line, "the event lacks uuid or info",
                                  err);
    ENT_TRY(org_give(e, err));
    ENT_TRY(attributes_give(e, ent_json_get(e->json, "Attribute"), err));
    for (ent_json o = ent_json_first(objects); o.doc != NULL; o = ent_json_next(o))
        ENT_TRY(formats_misp_object(e, o, err));
    ENT_TRY(formats_misp_galaxies(e, e->json, ENT_STR(""), err));
    for (ent_json o = ent_json_first(objects); o.doc != NULL; o = ent_json_next(o))
        ENT_TRY(formats_misp_references(e, o, err));
    for (ent_json t = ent_json_first(ent_json_get(e->json, "EventReport")); t.doc != NULL;
         t = ent_json_next(t))
        ENT_TRY(words_give(e, t, err));
    return report_give(e, err);
}

ent_code formats_misp_give(formats_reader *r, ent_json value, const formats_value *at, ent_err *err)
{
    formats_misp e = { .r = r, .at = at, .org = ENT_STR("") };
    ent_json response = ent_json_get(value, "response");

    e.refs = ent_arena_array(r->arena, MISP_REFS, sizeof *e.refs);
    if (e.refs == NULL)
        return ent_fail_arena(err);
    if (ent_json_is(response, ENT_JSON_OBJECT))
        return attributes_give(&e, ent_json_get(response, "Attribute"), err);
    e.json = ent_json_get(value, "Event");
    if (e.json.doc == NULL)
        e.json = value;
    return event_give(&e, err);
}
