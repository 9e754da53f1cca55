/* MISP: an event is a report (a grouping until it is published) over its attributes:
 * indicators where MISP would detect by them, observed data otherwise, notes for words. */
#include "formats/json_int.h"

#include "base/text.h"
#include "base/time.h"
#include "stix/extension_ids.h"

#include <stdio.h>

#define AGENCY   "misp"
#define REFS_MAX 9000

static const struct {
    const char *misp, *stix, *member;
} kinds[] = {
#define X(misp, stix, member) { (misp), (stix), (member) },
#include "formats/misp.def"
#undef X
};

static const struct {
    const char *tag, *id;
} tlp[] = {
    { "tlp:clear", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487" },
    { "tlp:white", "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487" },
    { "tlp:green", "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb" },
    { "tlp:amber", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421" },
    { "tlp:amber+strict", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003" },
    /* What is no known colour is the darkest. */
    { "tlp:", "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1" },
};

struct event {
    formats_reader *r;
    const formats_value *at;
    ent_json json; /* none for attributes without an event */
    ent_str org;   /* key of who made it, "" if unknown */
    ent_str *refs; /* what the report is about */
    size_t ref_count;
};

bool formats_is_misp(ent_json v)
{
    return ent_json_is(ent_json_get(v, "Event"), ENT_JSON_OBJECT) ||
           ent_json_is(ent_json_get(v, "response"), ENT_JSON_OBJECT) ||
           (ent_json_get_text(v, "uuid").size > 0 && ent_json_get(v, "info").doc != NULL &&
            ent_json_get_text(v, "type").ptr == NULL);
}

/* ---- small things ---- */

/* A number, or a text that is one: MISP writes both. */
static bool number_of(ent_json v, int64_t *number)
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

static bool is_true(ent_json v)
{
    int64_t number;

    return ent_json_true(v) || (number_of(v, &number) && number == 1);
}

/* "created" or "modified" as text; false if the object does not say. */
static bool time_text(ent_json object, const char *member, char out[ENT_TIME_TEXT])
{
    int64_t seconds;

    if (!number_of(ent_json_get(object, member), &seconds) || seconds <= 0 ||
        seconds > INT64_C(253402300799))
        return false;
    ent_time_write(seconds * ENT_SECOND, out);
    return true;
}

static ent_str key_of(ent_arena *arena, const char *prefix, ent_str uuid)
{
    return ent_arena_printf(arena, AGENCY ":%s%.*s", prefix, ENT_STR_ARG(uuid));
}

static void ref_add(struct event *e, const char *type, ent_str key)
{
    ent_str ref = ent_arena_printf(e->r->arena, "%s--ext:%.*s", type, ENT_STR_ARG(key));

    if (ref.ptr != NULL && e->ref_count < REFS_MAX)
        e->refs[e->ref_count++] = ref;
}

/* ---- what every object has ---- */

static void times_write(const struct event *e, ent_jw *w, ent_json object)
{
    char text[ENT_TIME_TEXT];

    if (!time_text(object, "timestamp", text) && !time_text(e->json, "timestamp", text))
        return;
    ent_jw_key(w, "created");
    ent_jw_c(w, text);
    ent_jw_key(w, "modified");
    ent_jw_c(w, text);
}

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
static void distribution_write(const struct event *e, ent_jw *w, ent_json object)
{
    int64_t own = -1, of_event = -1;

    if (number_of(ent_json_get(object, "distribution"), &own) && own == 5)
        own = -1; /* as the event */
    (void)number_of(ent_json_get(e->json, "distribution"), &of_event);
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
    ent_jw_c(w, AGENCY);
    ent_jw_key(w, "external_id");
    ent_jw_str(w, uuid);
    ent_jw_end(w);
    ent_jw_end(w);
}

static void common_write(const struct event *e, ent_jw *w, ent_json object)
{
    if (e->org.size > 0) {
        ent_jw_key(w, "created_by_ref");
        ent_jw_printf(w, "identity--ext:%.*s", ENT_STR_ARG(e->org));
    }
    times_write(e, w, object);
    labels_write(w, ent_json_get(object, "Tag"));
    marks_write(w, ent_json_get(object, "Tag"), ent_json_get(e->json, "Tag"));
    reference_write(w, ent_json_get_text(object, "uuid"));
    distribution_write(e, w, object);
}

/* ---- attributes ---- */

/* A pattern's or observable's value: a row of `kinds` and a text. */
struct fact {
    size_t kind;
    ent_str value;
};

static bool fact_find(ent_str type, ent_str value, struct fact *fact)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ent_str_is(type, kinds[i].misp) && value.size > 0) {
            *fact = (struct fact){ i, value };
            return true;
        }
    return false;
}

/* The parts of "filename|sha256": at most two facts. */
static size_t facts_find(ent_str type, ent_str value, struct fact facts[2])
{
    const char *bar = memchr(type.ptr, '|', type.size), *in = memchr(value.ptr, '|', value.size);
    size_t count = 0;

    if (bar == NULL || in == NULL)
        return fact_find(type, value, &facts[0]) ? 1 : 0;
    if (fact_find((ent_str){ type.ptr, (size_t)(bar - type.ptr) },
                  (ent_str){ value.ptr, (size_t)(in - value.ptr) }, &facts[count]))
        count++;
    if (fact_find((ent_str){ bar + 1, type.size - (size_t)(bar - type.ptr) - 1 },
                  (ent_str){ in + 1, value.size - (size_t)(in - value.ptr) - 1 }, &facts[count]))
        count++;
    return count;
}

static const char *stix_type(const struct fact *fact)
{
    return strcmp(kinds[fact->kind].stix, "ipv4-addr") == 0 &&
                   memchr(fact->value.ptr, ':', fact->value.size) != NULL
               ? "ipv6-addr"
               : kinds[fact->kind].stix;
}

static ent_code pattern_write(ent_arena *arena, const struct fact *facts, size_t count,
                              ent_str *pattern, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_byte(&buf, '[');
    for (size_t i = 0; i < count; i++) {
        ent_buf_printf(&buf, "%s%s:%s = '", i > 0 ? " AND " : "", stix_type(&facts[i]),
                       kinds[facts[i].kind].member);
        for (size_t j = 0; j < facts[i].value.size; j++) {
            char c = facts[i].value.ptr[j];

            if (c == '\'' || c == '\\')
                ent_buf_byte(&buf, '\\');
            ent_buf_byte(&buf, (unsigned char)c);
        }
        ent_buf_byte(&buf, '\'');
    }
    ent_buf_byte(&buf, ']');
    return ent_buf_done(&buf, pattern, err);
}

static ent_code indicator_give(struct event *e, ent_json attribute, const struct fact *facts,
                               size_t count, ent_err *err)
{
    ent_str key = key_of(e->r->arena, "", ent_json_get_text(attribute, "uuid")), pattern;
    char since[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    ENT_TRY(pattern_write(e->r->arena, facts, count, &pattern, err));
    ent_buf_init(&buf, e->r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "indicator");
    ent_jw_key(&w, "name");
    ent_jw_str(&w, ent_json_get_text(attribute, "value"));
    if (ent_json_get_text(attribute, "comment").size > 0) {
        ent_jw_key(&w, "description");
        ent_jw_str(&w, ent_json_get_text(attribute, "comment"));
    }
    ent_jw_key(&w, "pattern");
    ent_jw_str(&w, pattern);
    ent_jw_key(&w, "pattern_type");
    ent_jw_c(&w, "stix");
    ent_jw_key(&w, "valid_from");
    ent_jw_c(&w, time_text(attribute, "timestamp", since) || time_text(e->json, "timestamp", since)
                     ? since
                     : "1970-01-01T00:00:00.000Z");
    common_write(e, &w, attribute);
    ent_jw_end(&w);
    ref_add(e, "indicator", key);
    return formats_template_give(e->r, e->at, &buf, ENT_STR(AGENCY), key, err);
}

/* The same value is the same observable in every event. */
static ent_code observable_give(struct event *e, const struct fact *facts, size_t count,
                                ent_str *ref, ent_err *err)
{
    const char *type = stix_type(&facts[0]);
    const char *hash = NULL;
    ent_str key;
    ent_buf buf;
    ent_jw w;

    key = ent_arena_printf(e->r->arena, "value:%s:%.*s%s%.*s", type, ENT_STR_ARG(facts[0].value),
                           count > 1 ? "|" : "", count > 1 ? (int)facts[1].value.size : 0,
                           count > 1 ? facts[1].value.ptr : "");
    *ref = ent_arena_printf(e->r->arena, "%s--ext:%.*s", type, ENT_STR_ARG(key));
    if (key.ptr == NULL || ref->ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, e->r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, type);
    for (size_t i = 0; i < count; i++) {
        const char *member = kinds[facts[i].kind].member;

        if (strncmp(member, "hashes.", 7) == 0 && hash == NULL) {
            hash = member + 7;
            ent_jw_key(&w, "hashes");
            ent_jw_object(&w);
            ent_jw_key_str(&w, hash[0] == '\'' ? (ent_str){ hash + 1, strlen(hash) - 2 }
                                               : ent_str_of(hash));
            ent_jw_str(&w, facts[i].value);
            ent_jw_end(&w);
        } else if (strncmp(member, "hashes.", 7) != 0) {
            ent_jw_key(&w, member);
            ent_jw_str(&w, facts[i].value);
        }
    }
    ent_jw_end(&w);
    return formats_template_give(e->r, e->at, &buf, ENT_STR(AGENCY), key, err);
}

static ent_code observed_give(struct event *e, ent_json attribute, const struct fact *facts,
                              size_t count, ent_err *err)
{
    ent_str key = key_of(e->r->arena, "", ent_json_get_text(attribute, "uuid")), refs[2];
    bool together = count == 2 && strcmp(stix_type(&facts[0]), stix_type(&facts[1])) == 0;
    size_t objects = together ? 1 : count;
    char when[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < objects; i++)
        ENT_TRY(observable_give(e, &facts[i], together ? 2 : 1, &refs[i], err));
    if (!time_text(attribute, "timestamp", when) && !time_text(e->json, "timestamp", when))
        ent_time_write(0, when);
    ent_buf_init(&buf, e->r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "observed-data");
    ent_jw_key(&w, "first_observed");
    ent_jw_c(&w, when);
    ent_jw_key(&w, "last_observed");
    ent_jw_c(&w, when);
    ent_jw_key(&w, "number_observed");
    ent_jw_int(&w, 1);
    ent_jw_key(&w, "object_refs");
    ent_jw_array(&w);
    for (size_t i = 0; i < objects; i++)
        ent_jw_str(&w, refs[i]);
    ent_jw_end(&w);
    common_write(e, &w, attribute);
    ent_jw_end(&w);
    ref_add(e, "observed-data", key);
    return formats_template_give(e->r, e->at, &buf, ENT_STR(AGENCY), key, err);
}

/* Words, and what STIX has no observable for. */
static ent_code words_give(struct event *e, ent_json attribute, ent_str type, ent_str value,
                           ent_err *err)
{
    ent_str key = key_of(e->r->arena, "", ent_json_get_text(attribute, "uuid"));
    bool weakness = ent_str_is(type, "vulnerability");
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, e->r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, weakness ? "vulnerability" : "note");
    ent_jw_key(&w, weakness ? "name" : "abstract");
    ent_jw_str(&w, weakness ? value : type);
    if (!weakness) {
        ent_jw_key(&w, "content");
        ent_jw_str(&w, value);
        ent_jw_key(&w, "object_refs");
        ent_jw_array(&w);
        if (ent_json_get_text(e->json, "uuid").size > 0)
            ent_jw_printf(&w, "%s--ext:" AGENCY ":%.*s",
                          is_true(ent_json_get(e->json, "published")) ? "report" : "grouping",
                          ENT_STR_ARG(ent_json_get_text(e->json, "uuid")));
        else
            ent_jw_printf(&w, "note--ext:%.*s", ENT_STR_ARG(key));
        ent_jw_end(&w);
    }
    common_write(e, &w, attribute);
    ent_jw_end(&w);
    ref_add(e, weakness ? "vulnerability" : "note", key);
    return formats_template_give(e->r, e->at, &buf, ENT_STR(AGENCY), key, err);
}

static ent_code attribute_give(struct event *e, ent_json attribute, ent_err *err)
{
    ent_str type = ent_json_get_text(attribute, "type");
    ent_str value = ent_json_get_text(attribute, "value");
    struct fact facts[2];
    size_t count;

    if (is_true(ent_json_get(attribute, "deleted")))
        return ENT_OK;
    if (type.size == 0 || value.size == 0 || ent_json_get_text(attribute, "uuid").size == 0)
        return formats_give_wrong(e->r, e->at->offset, e->at->line,
                                  "an attribute lacks type, value or uuid", err);
    count = facts_find(type, value, facts);
    if (count == 0)
        return words_give(e, attribute, type, value, err);
    return is_true(ent_json_get(attribute, "to_ids"))
               ? indicator_give(e, attribute, facts, count, err)
               : observed_give(e, attribute, facts, count, err);
}

/* ---- objects: a person is an identity, all others their attributes ---- */

static ent_code person_give(struct event *e, ent_json object, ent_err *err)
{
    formats_item item = { .offset = e->at->offset, .line = e->at->line, .agency = ENT_STR(AGENCY) };
    ent_str given = ENT_STR(""), family = ENT_STR(""), country = ENT_STR("");
    formats_record record;
    ent_err wrong = { 0 };

    if (formats_record_new(e->r->arena, &record, &wrong) != ENT_OK) {
        *err = wrong;
        return err->code;
    }
    record.agency = ENT_STR(AGENCY);
    record.id = ent_json_get_text(object, "uuid");
    for (ent_json a = ent_json_first(ent_json_get(object, "Attribute")); a.doc != NULL;
         a = ent_json_next(a)) {
        ent_str what = ent_json_get_text(a, "object_relation");
        ent_str value = ent_json_get_text(a, "value");

        item.dropped += formats_special(what);
        if (ent_str_is(what, "first-name"))
            given = value;
        else if (ent_str_is(what, "last-name"))
            family = value;
        else if (ent_str_is(what, "passport-country"))
            country = value;
        else if (ent_str_is(what, "date-of-birth") && record.birth_count < FORMATS_ROWS)
            record.births[record.birth_count++] = value;
        else if (ent_str_is(what, "place-of-birth") && record.place_count < FORMATS_ROWS)
            record.places[record.place_count++] = value;
        else if (ent_str_is(what, "nationality") && record.nation_count < FORMATS_ROWS)
            record.nations[record.nation_count++] = value;
        else if (ent_str_is(what, "gender"))
            record.gender = value;
        else if (ent_str_is(what, "passport-number") && record.document_count < FORMATS_ROWS)
            record.documents[record.document_count++] =
                (formats_document){ ENT_STR("passport"), ENT_STR(""), value };
        else if ((ent_str_is(what, "full-name") || ent_str_is(what, "alias")) &&
                 record.name_count < FORMATS_ROWS)
            record.names[record.name_count++] =
                (formats_name_row){ value, formats_script(value),
                                    ent_str_is(what, "alias") ? ENT_STR("alias")
                                                              : ENT_STR("primary") };
    }
    if (given.size + family.size > 0 && record.name_count < FORMATS_ROWS) {
        ent_str full =
            ent_arena_printf(e->r->arena, "%.*s%s%.*s", ENT_STR_ARG(given),
                             given.size > 0 && family.size > 0 ? " " : "", ENT_STR_ARG(family));

        record.names[record.name_count++] =
            (formats_name_row){ full, formats_script(full), ENT_STR("primary") };
    }
    for (size_t i = 0; i < record.document_count; i++)
        record.documents[i].issuer = formats_country(country);
    if (formats_record_write(e->r->arena, &record, &item.object, &item.key, &wrong) != ENT_OK) {
        *err = wrong;
        return formats_give_wrong(e->r, e->at->offset, e->at->line, NULL, err);
    }
    ref_add(e, "identity", item.key);
    return formats_give(e->r, &item, err);
}

static ent_code attributes_give(struct event *e, ent_json list, ent_err *err)
{
    for (ent_json a = ent_json_first(list); a.doc != NULL; a = ent_json_next(a))
        ENT_TRY(attribute_give(e, a, err));
    return ENT_OK;
}

/* ---- the event ---- */

static ent_code org_give(struct event *e, ent_err *err)
{
    ent_json org = ent_json_get(e->json, "Orgc");
    ent_str name = ent_json_get_text(org, "name"), uuid = ent_json_get_text(org, "uuid");
    ent_buf buf;
    ent_jw w;

    e->org = ENT_STR("");
    if (name.size == 0)
        return ENT_OK;
    e->org = key_of(e->r->arena, "org:", uuid.size > 0 ? uuid : name);
    if (e->org.ptr == NULL)
        return ent_fail_arena(err);
    ent_buf_init(&buf, e->r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "identity");
    ent_jw_key(&w, "name");
    ent_jw_str(&w, name);
    ent_jw_key(&w, "identity_class");
    ent_jw_c(&w, "organization");
    ent_jw_end(&w);
    return formats_template_give(e->r, e->at, &buf, ENT_STR(AGENCY), e->org, err);
}

static ent_code report_give(struct event *e, ent_err *err)
{
    bool published = is_true(ent_json_get(e->json, "published"));
    char when[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, e->r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, published ? "report" : "grouping");
    ent_jw_key(&w, "name");
    ent_jw_str(&w, ent_json_get_text(e->json, "info"));
    if (published) {
        ent_jw_key(&w, "published");
        ent_jw_c(&w, time_text(e->json, "publish_timestamp", when) ||
                             time_text(e->json, "timestamp", when)
                         ? when
                         : "1970-01-01T00:00:00.000Z");
    } else {
        ent_jw_key(&w, "context");
        ent_jw_c(&w, "suspicious-activity");
    }
    if (e->ref_count == 0 && e->org.size > 0)
        ref_add(e, "identity", e->org);
    ent_jw_key(&w, "object_refs");
    ent_jw_array(&w);
    for (size_t i = 0; i < e->ref_count; i++)
        ent_jw_str(&w, e->refs[i]);
    ent_jw_end(&w);
    common_write(e, &w, e->json);
    ent_jw_end(&w);
    return formats_template_give(e->r, e->at, &buf, ENT_STR(AGENCY),
                                 key_of(e->r->arena, "", ent_json_get_text(e->json, "uuid")), err);
}

static ent_code event_give(struct event *e, ent_err *err)
{
    if (ent_json_get_text(e->json, "uuid").size == 0 ||
        ent_json_get_text(e->json, "info").ptr == NULL)
        return formats_give_wrong(e->r, e->at->offset, e->at->line, "the event lacks uuid or info",
                                  err);
    ENT_TRY(org_give(e, err));
    ENT_TRY(attributes_give(e, ent_json_get(e->json, "Attribute"), err));
    for (ent_json o = ent_json_first(ent_json_get(e->json, "Object")); o.doc != NULL;
         o = ent_json_next(o))
        ENT_TRY(ent_str_is(ent_json_get_text(o, "name"), "person")
                    ? person_give(e, o, err)
                    : attributes_give(e, ent_json_get(o, "Attribute"), err));
    return report_give(e, err);
}

ent_code formats_misp_give(formats_reader *r, ent_json value, const formats_value *at, ent_err *err)
{
    struct event e = { .r = r, .at = at, .org = ENT_STR("") };
    ent_json response = ent_json_get(value, "response");

    e.refs = ent_arena_array(r->arena, REFS_MAX, sizeof *e.refs);
    if (e.refs == NULL)
        return ent_fail_arena(err);
    if (ent_json_is(response, ENT_JSON_OBJECT))
        return attributes_give(&e, ent_json_get(response, "Attribute"), err);
    e.json = ent_json_get(value, "Event");
    if (e.json.doc == NULL)
        e.json = value;
    return event_give(&e, err);
}
