/* The attributes of MISP: what they observe, and what is detected by them. */
#include "formats/misp_int.h"

#include "base/time.h"

#include <stdio.h>

enum shape {
    PLAIN,    /* a property of an observable */
    HASH,     /* one of its hashes */
    NUMBER,   /* a property that is a number: "AS174" */
    SOURCE,   /* an address that traffic came from */
    TARGET,   /* or went to */
    PORT,     /* of the address beside it */
    FROM,     /* who sent a message */
    TO,       /* who got it */
    ATTACHED, /* a file that came with a message */
    MESSAGE,  /* a property of a message */
    LINES,    /* a list of a message */
    HEADER,   /* a header field of a message */
    REGVALUE  /* a value of the key beside it */
};

static const struct kind {
    const char *misp, *stix, *member;
    enum shape shape;
} kinds[] = {
#define X(misp, stix, member, shape) { (misp), (stix), (member), shape },
#include "formats/misp.def"
#undef X
};

/* ---- facts ---- */

static bool fact_find(ent_str type, ent_str value, formats_fact *fact)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ent_str_is(type, kinds[i].misp) && value.size > 0) {
            *fact = (formats_fact){ i, value };
            return true;
        }
    return false;
}

static int64_t number_in(ent_str text)
{
    int64_t number = 0;
    size_t digits = 0;

    for (size_t i = 0; i < text.size; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9') {
            number = number * 10 + (text.ptr[i] - '0');
            if (++digits > 10)
                return -1;
        } else if (digits > 0) {
            return -1;
        }
    return digits == 0 ? -1 : number;
}

/* Shapes that mean nothing alone, and numbers that are none. */
static bool fact_sound(const formats_fact *fact, bool second)
{
    enum shape shape = kinds[fact->kind].shape;

    if (shape == NUMBER)
        return number_in(fact->value) >= 0;
    if (strcmp(kinds[fact->kind].stix, "url") == 0) /* "/path" is none */
        return memchr(fact->value.ptr, ':', fact->value.size) != NULL;
    if (shape == PORT)
        return second && number_in(fact->value) >= 0 && number_in(fact->value) <= 65535;
    return shape != REGVALUE || second;
}

size_t formats_misp_facts(ent_json attribute, formats_fact facts[2])
{
    ent_str type = ent_json_get_text(attribute, "type");
    ent_str value = ent_json_get_text(attribute, "value");
    const char *bar, *in;
    size_t count = 0;

    if (ent_str_is(type, "malware-sample"))
        type = ENT_STR("filename|md5");
    if (type.size == 0 || value.size == 0)
        return 0;
    bar = memchr(type.ptr, '|', type.size);
    in = memchr(value.ptr, '|', value.size);
    if (bar == NULL || in == NULL)
        return fact_find(type, value, &facts[0]) && fact_sound(&facts[0], false) ? 1 : 0;
    if (fact_find((ent_str){ type.ptr, (size_t)(bar - type.ptr) },
                  (ent_str){ value.ptr, (size_t)(in - value.ptr) }, &facts[0]) &&
        fact_sound(&facts[0], false))
        count++;
    if (fact_find((ent_str){ bar + 1, type.size - (size_t)(bar - type.ptr) - 1 },
                  (ent_str){ in + 1, value.size - (size_t)(in - value.ptr) - 1 }, &facts[count]) &&
        fact_sound(&facts[count], count > 0))
        count++;
    return count;
}

bool formats_misp_detects(ent_json attribute, const formats_fact *facts, size_t count)
{
    ent_json said = ent_json_get(attribute, "to_ids");
    ent_str type = ent_json_get_text(attribute, "type");

    if (count == 0)
        return false;
    if (said.doc != NULL)
        return formats_misp_true(said);
    return kinds[facts[0].kind].shape <= ATTACHED && kinds[facts[0].kind].shape != NUMBER &&
           !ent_str_is(type, "attachment") && !ent_str_is(type, "link");
}

const char *formats_misp_observable(const formats_fact *fact)
{
    return strcmp(kinds[fact->kind].stix, "ipv4-addr") == 0 &&
                   memchr(fact->value.ptr, ':', fact->value.size) != NULL
               ? "ipv6-addr"
               : kinds[fact->kind].stix;
}

/* ---- observables ---- */

static const struct kind *kind_of(const formats_fact *fact)
{
    return &kinds[fact->kind];
}

ent_str formats_misp_hive(formats_misp *e, ent_str key)
{
    static const struct {
        const char *brief, *whole;
    } hives[] = { { "HKLM\\", "HKEY_LOCAL_MACHINE\\" },
                  { "HKCU\\", "HKEY_CURRENT_USER\\" },
                  { "HKCR\\", "HKEY_CLASSES_ROOT\\" },
                  { "HKU\\", "HKEY_USERS\\" },
                  { "HKCC\\", "HKEY_CURRENT_CONFIG\\" } };

    for (size_t i = 0; i < sizeof hives / sizeof *hives; i++) {
        size_t size = strlen(hives[i].brief);

        if (!ent_str_starts(key, ent_str_of(hives[i].brief)))
            continue;
        return ent_arena_printf(e->r->arena, "%s%.*s", hives[i].whole, (int)(key.size - size),
                                key.ptr + size);
    }
    return key;
}

static void text_write(ent_jw *w, const char *member, ent_str text)
{
    ent_jw_key(w, member);
    ent_jw_str(w, text);
}

static void list_write(ent_jw *w, const char *member, ent_str text)
{
    ent_jw_key(w, member);
    ent_jw_array(w);
    ent_jw_str(w, text);
    ent_jw_end(w);
}

static void fact_write(formats_misp *e, ent_jw *w, const formats_fact *fact)
{
    const struct kind *kind = kind_of(fact);

    switch (kind->shape) {
    case NUMBER:
        ent_jw_key(w, kind->member);
        ent_jw_int(w, number_in(fact->value));
        break;
    case HEADER:
        ent_jw_key(w, "additional_header_fields");
        ent_jw_object(w);
        list_write(w, kind->member, fact->value);
        ent_jw_end(w);
        break;
    case REGVALUE:
        ent_jw_key(w, "values");
        ent_jw_array(w);
        ent_jw_object(w);
        text_write(w, kind->member, fact->value);
        ent_jw_end(w);
        ent_jw_end(w);
        break;
    case LINES:
        list_write(w, kind->member, fact->value);
        break;
    case HASH:
    case PORT:
        break; /* hashes_write, traffic_give */
    case PLAIN:
    case SOURCE:
    case TARGET:
    case FROM:
    case TO:
    case ATTACHED:
    case MESSAGE:
    default:
        text_write(w, kind->member,
                   strcmp(kind->member, "key") == 0 ? formats_misp_hive(e, fact->value)
                                                    : fact->value);
        break;
    }
}

static void hashes_write(ent_jw *w, const formats_fact *facts, size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        if (kind_of(&facts[i])->shape != HASH)
            continue;
        if (!any) {
            ent_jw_key(w, "hashes");
            ent_jw_object(w);
        }
        any = true;
        text_write(w, kind_of(&facts[i])->member, facts[i].value);
    }
    if (any)
        ent_jw_end(w);
}

/* The message that an address sent or got, or that a file came with. */
static void message_write(formats_misp *e, ent_jw *w, const formats_fact *fact, ent_str what)
{
    enum shape shape = kind_of(fact)->shape;

    ent_jw_key(w, "is_multipart");
    ent_jw_bool(w, shape == ATTACHED);
    if (shape == FROM) {
        text_write(w, "from_ref", what);
    } else if (shape == TO) {
        list_write(w, "to_refs", what);
    } else {
        ent_jw_key(w, "body_multipart");
        ent_jw_array(w);
        ent_jw_object(w);
        text_write(w, "body_raw_ref", what);
        text_write(
            w, "content_disposition",
            ent_arena_printf(e->r->arena, "attachment; filename='%.*s'", ENT_STR_ARG(fact->value)));
        ent_jw_end(w);
        ent_jw_end(w);
    }
}

/* The traffic or the message in which an address or a file stands. */
static ent_code around_give(formats_misp *e, ent_str uuid, const formats_fact *facts, size_t count,
                            ent_str address, ent_str *refs, size_t *ref_count, ent_err *err)
{
    enum shape shape = kind_of(&facts[0])->shape;
    bool port = count == 2 && kind_of(&facts[1])->shape == PORT, source = shape == SOURCE;
    bool message = shape == FROM || shape == TO || shape == ATTACHED;
    const char *type = message ? "email-message" : "network-traffic";
    ent_buf buf;
    ent_jw w;

    if (!message && shape != SOURCE && shape != TARGET && !port)
        return ENT_OK;
    formats_misp_begin(e, &w, &buf, type, uuid);
    if (message) {
        message_write(e, &w, &facts[0], address);
    } else {
        text_write(&w, source ? "src_ref" : "dst_ref", address);
        if (port) {
            ent_jw_key(&w, source ? "src_port" : "dst_port");
            ent_jw_int(&w, number_in(facts[1].value));
        }
        list_write(&w, "protocols", ENT_STR("tcp"));
    }
    refs[(*ref_count)++] = formats_misp_id(e, type, uuid);
    return formats_misp_end(e, &w, &buf, type, uuid, err);
}

ent_code formats_misp_observe(formats_misp *e, ent_str uuid, const formats_fact *facts,
                              size_t fact_count, bool alone, ent_str *refs, size_t *count,
                              ent_err *err)
{
    ent_str first = ENT_STR("");

    for (size_t i = 0; i < fact_count; i++) {
        const char *type = formats_misp_observable(&facts[i]);
        bool same =
            i == 0 && fact_count == 2 && strcmp(type, formats_misp_observable(&facts[1])) == 0;
        ent_buf buf;
        ent_jw w;

        if (kind_of(&facts[i])->shape == PORT)
            continue;
        formats_misp_begin(e, &w, &buf, type, uuid);
        if (strcmp(type, "email-message") == 0) {
            ent_jw_key(&w, "is_multipart");
            ent_jw_bool(&w, false);
        }
        fact_write(e, &w, &facts[i]);
        if (same)
            fact_write(e, &w, &facts[1]);
        hashes_write(&w, &facts[i], same ? 2 : 1);
        if (strcmp(type, "domain-name") == 0 && i == 0 && fact_count == 2 &&
            kind_of(&facts[1])->shape != PORT)
            list_write(&w, "resolves_to_refs",
                       formats_misp_id(e, formats_misp_observable(&facts[1]), uuid));
        refs[*count] = formats_misp_id(e, type, uuid);
        if (first.size == 0)
            first = refs[*count];
        ++*count;
        ENT_TRY(formats_misp_end(e, &w, &buf, type, uuid, err));
        i += same;
    }
    return alone && first.size > 0
               ? around_give(e, uuid, facts, fact_count, first, refs, count, err)
               : ENT_OK;
}

ent_code formats_misp_observed(formats_misp *e, ent_json object, const ent_str *refs,
                               size_t ref_count, ent_err *err)
{
    ent_str uuid = ent_json_get_text(object, "uuid");
    char when[ENT_TIME_TEXT];
    ent_buf buf;
    ent_jw w;

    if (!formats_misp_time(object, "timestamp", when) &&
        !formats_misp_time(e->json, "timestamp", when))
        ent_time_write(0, when);
    formats_misp_begin(e, &w, &buf, "observed-data", uuid);
    text_write(&w, "first_observed", ent_str_of(when));
    text_write(&w, "last_observed", ent_str_of(when));
    ent_jw_key(&w, "number_observed");
    ent_jw_int(&w, 1);
    ent_jw_key(&w, "object_refs");
    ent_jw_array(&w);
    for (size_t i = 0; i < ref_count; i++)
        ent_jw_str(&w, refs[i]);
    ent_jw_end(&w);
    formats_misp_common(e, &w, object);
    return formats_misp_end(e, &w, &buf, "observed-data", uuid, err);
}

/* ---- patterns ---- */

void formats_misp_compare(ent_buf *buf, const char *path, ent_str value)
{
    ent_buf_printf(buf, "%s = '", path);
    for (size_t i = 0; i < value.size; i++) {
        if (value.ptr[i] == '\'' || value.ptr[i] == '\\')
            ent_buf_byte(buf, '\\');
        ent_buf_byte(buf, (unsigned char)value.ptr[i]);
    }
    ent_buf_byte(buf, '\'');
}

/* "network-traffic:src_ref.type = 'ipv4-addr' AND network-traffic:src_ref.value = '...'" */
static void traffic_put(ent_buf *buf, const formats_fact *fact, const char *end)
{
    char path[64];

    (void)snprintf(path, sizeof path, "network-traffic:%s_ref.type", end);
    formats_misp_compare(buf, path, ent_str_of(formats_misp_observable(fact)));
    ent_buf_c(buf, " AND ");
    (void)snprintf(path, sizeof path, "network-traffic:%s_ref.value", end);
    formats_misp_compare(buf, path, fact->value);
}

static void test_put(ent_buf *buf, const formats_fact *fact, bool alone)
{
    const struct kind *kind = kind_of(fact);
    const char *type = formats_misp_observable(fact);
    char path[128];

    if (alone && (kind->shape == SOURCE || kind->shape == TARGET)) {
        traffic_put(buf, fact, kind->shape == SOURCE ? "src" : "dst");
        return;
    }
    if (kind->shape == NUMBER) {
        ent_buf_printf(buf, "%s:%s = %lld", type, kind->member, (long long)number_in(fact->value));
        return;
    }
    if (kind->shape == HASH)
        (void)snprintf(path, sizeof path,
                       strchr(kind->member, '-') != NULL ? "%s:hashes.'%s'" : "%s:hashes.%s", type,
                       kind->member);
    else if (kind->shape == HEADER)
        (void)snprintf(path, sizeof path, "email-message:additional_header_fields.'%s'[*]",
                       kind->member);
    else if (kind->shape == REGVALUE)
        (void)snprintf(path, sizeof path, "windows-registry-key:values[*].data");
    else if (kind->shape == LINES)
        (void)snprintf(path, sizeof path, "%s:%s[*]", type, kind->member);
    else if (alone && kind->shape == ATTACHED)
        (void)snprintf(path, sizeof path, "email-message:body_multipart[*].body_raw_ref.name");
    else if (alone && kind->shape == FROM)
        (void)snprintf(path, sizeof path, "email-message:from_ref.value");
    else if (alone && kind->shape == TO)
        (void)snprintf(path, sizeof path, "email-message:to_refs[*].value");
    else
        (void)snprintf(path, sizeof path, "%s:%s", type, kind->member);
    formats_misp_compare(buf, path, fact->value);
}

/* A domain and its address, an address and its port: one observable refers to the other. */
static bool pair_put(ent_buf *buf, const formats_fact *facts, size_t count)
{
    bool source = kind_of(&facts[0])->shape == SOURCE;

    if (count != 2)
        return false;
    if (kind_of(&facts[1])->shape == PORT) {
        traffic_put(buf, &facts[0], source ? "src" : "dst");
        ent_buf_printf(buf, " AND network-traffic:%s_port = %lld", source ? "src" : "dst",
                       (long long)number_in(facts[1].value));
        return true;
    }
    if (strcmp(formats_misp_observable(&facts[0]), "domain-name") != 0 ||
        strcmp(kind_of(&facts[1])->stix, "ipv4-addr") != 0)
        return false;
    formats_misp_compare(buf, "domain-name:value", facts[0].value);
    ent_buf_c(buf, " AND ");
    formats_misp_compare(buf, "domain-name:resolves_to_refs[*].value", facts[1].value);
    return true;
}

/* All tests in one pair of brackets are on one observable [STIX 2.1 s9.6]: others get their own. */
static void pattern_put(ent_buf *buf, const formats_fact *facts, size_t count, bool alone)
{
    bool done[MISP_FACTS] = { false };

    ent_buf_byte(buf, '[');
    if (alone && pair_put(buf, facts, count)) {
        ent_buf_byte(buf, ']');
        return;
    }
    for (size_t i = 0, groups = 0; i < count; i++) {
        if (done[i])
            continue;
        ent_buf_c(buf, groups++ > 0 ? "] AND [" : "");
        for (size_t j = i, tests = 0; j < count; j++) {
            if (done[j] ||
                strcmp(formats_misp_observable(&facts[i]), formats_misp_observable(&facts[j])) != 0)
                continue;
            /* The same property twice is of two observables. */
            if (j > i && kind_of(&facts[j])->shape != HASH &&
                strcmp(kind_of(&facts[j])->member, kind_of(&facts[i])->member) == 0)
                continue;
            ent_buf_c(buf, tests++ > 0 ? " AND " : "");
            test_put(buf, &facts[j], alone);
            done[j] = true;
        }
    }
    ent_buf_byte(buf, ']');
}

ent_code formats_misp_detect(formats_misp *e, ent_json object, const formats_fact *facts,
                             size_t fact_count, bool alone, ent_err *err)
{
    ent_str pattern;
    ent_buf text;

    ent_buf_init(&text, e->r->arena);
    pattern_put(&text, facts, fact_count, alone);
    ENT_TRY(ent_buf_done(&text, &pattern, err));
    return formats_misp_indicator(e, object, pattern, err);
}

ent_code formats_misp_indicator(formats_misp *e, ent_json object, ent_str pattern, ent_err *err)
{
    ent_str uuid = ent_json_get_text(object, "uuid");
    ent_str name = ent_json_get_text(object, "value");
    ent_buf buf;
    char since[ENT_TIME_TEXT];
    ent_jw w;

    if (name.size == 0)
        name = ent_json_get_text(object, "name");
    formats_misp_begin(e, &w, &buf, "indicator", uuid);
    text_write(&w, "name", name);
    if (ent_json_get_text(object, "comment").size > 0)
        text_write(&w, "description", ent_json_get_text(object, "comment"));
    text_write(&w, "pattern", pattern);
    text_write(&w, "pattern_type", ENT_STR("stix"));
    ent_jw_key(&w, "valid_from");
    ent_jw_c(&w, formats_misp_time(object, "timestamp", since) ||
                         formats_misp_time(e->json, "timestamp", since)
                     ? since
                     : "1970-01-01T00:00:00.000Z");
    formats_misp_common(e, &w, object);
    ENT_TRY(formats_misp_end(e, &w, &buf, "indicator", uuid, err));
    return formats_misp_relate(e, ENT_STR(""), object, ENT_STR("based-on"),
                               formats_misp_id(e, "indicator", uuid),
                               formats_misp_id(e, "observed-data", uuid), err);
}

/* ---- words ---- */

ent_code formats_misp_words(formats_misp *e, ent_json attribute, ent_err *err)
{
    ent_str uuid = ent_json_get_text(attribute, "uuid");
    ent_str type = ent_json_get_text(attribute, "type");
    ent_str event = ent_json_get_text(e->json, "uuid");
    bool weakness = ent_str_is(type, "vulnerability");
    const char *stix = weakness ? "vulnerability" : "note";
    ent_buf buf;
    ent_jw w;

    formats_misp_begin(e, &w, &buf, stix, uuid);
    text_write(&w, weakness ? "name" : "abstract",
               weakness ? ent_json_get_text(attribute, "value") : type);
    if (!weakness) {
        text_write(&w, "content", ent_json_get_text(attribute, "value"));
        list_write(&w, "object_refs",
                   event.size == 0 ? formats_misp_id(e, stix, uuid)
                   : formats_misp_true(ent_json_get(e->json, "published"))
                       ? formats_misp_id(e, "report", event)
                       : formats_misp_id(e, "grouping", event));
    }
    formats_misp_common(e, &w, attribute);
    return formats_misp_end(e, &w, &buf, stix, uuid, err);
}

ent_str formats_misp_attribute_id(formats_misp *e, ent_json attribute)
{
    formats_fact facts[2];
    ent_str uuid = ent_json_get_text(attribute, "uuid");

    if (formats_misp_facts(attribute, facts) > 0)
        return formats_misp_id(e, "observed-data", uuid);
    return formats_misp_id(e,
                           ent_str_is(ent_json_get_text(attribute, "type"), "vulnerability")
                               ? "vulnerability"
                               : "note",
                           uuid);
}

ent_code formats_misp_attribute(formats_misp *e, ent_json attribute, ent_err *err)
{
    ent_str uuid = ent_json_get_text(attribute, "uuid"), refs[4], of;
    formats_fact facts[2];
    size_t fact_count, count = 0;
    bool detects;

    if (formats_misp_true(ent_json_get(attribute, "deleted")))
        return ENT_OK;
    if (ent_json_get_text(attribute, "type").size == 0 ||
        ent_json_get_text(attribute, "value").size == 0 || uuid.size == 0)
        return formats_give_wrong(e->r, e->at->offset, e->at->line,
                                  "an attribute lacks type, value or uuid", err);
    fact_count = formats_misp_facts(attribute, facts);
    of = formats_misp_attribute_id(e, attribute);
    if (fact_count == 0) {
        ENT_TRY(formats_misp_words(e, attribute, err));
        return formats_misp_galaxies(e, attribute, of, err);
    }
    detects = formats_misp_true(ent_json_get(attribute, "to_ids"));
    ENT_TRY(formats_misp_observe(e, uuid, facts, fact_count, true, refs, &count, err));
    ENT_TRY(formats_misp_observed(e, attribute, refs, count, err));
    if (detects) {
        ENT_TRY(formats_misp_detect(e, attribute, facts, fact_count, true, err));
        of = formats_misp_id(e, "indicator", uuid);
    }
    ENT_TRY(formats_misp_galaxies(e, attribute, of, err));
    return formats_misp_sightings(e, attribute, of, err);
}
