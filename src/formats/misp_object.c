/* The objects of MISP: one STIX object by a table, or the observables of their attributes. */
#include "formats/misp_int.h"

#include "base/time.h"

#include <stdio.h>

enum kind { TEXT, LIST, NUMBER, BOOLEAN, TIME, HASH, HEADER, PE, AS };

static const struct row {
    const char *object, *stix, *relation, *member;
    enum kind kind;
} rows[] = {
#define X(object, stix, relation, member, kind) { (object), (stix), (relation), (member), kind },
#include "formats/misp_objects.def"
#undef X
};

#define ROW_COUNT (sizeof rows / sizeof *rows)

static const struct row *row_of(ent_str object, ent_str relation)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (ent_str_is(object, rows[i].object) &&
            (relation.ptr == NULL || ent_str_is(relation, rows[i].relation)))
            return &rows[i];
    return NULL;
}

static ent_json attributes_of(ent_json object)
{
    return ent_json_first(ent_json_get(object, "Attribute"));
}

static ent_str value_of(ent_json attribute)
{
    return ent_json_get_text(attribute, "value");
}

static ent_str relation_of(ent_json attribute)
{
    return ent_json_get_text(attribute, "object_relation");
}

static bool is_person(ent_str name)
{
    return ent_str_is(name, "person") || ent_str_is(name, "employee");
}

static bool is_domain_object(const char *stix)
{
    return strcmp(stix, "attack-pattern") == 0 || strcmp(stix, "course-of-action") == 0 ||
           strcmp(stix, "vulnerability") == 0 || strcmp(stix, "identity") == 0 ||
           strcmp(stix, "malware") == 0 || strcmp(stix, "tool") == 0;
}

static ent_str value_by(ent_json object, const char *relation)
{
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a))
        if (ent_str_is(relation_of(a), relation))
            return value_of(a);
    return ENT_STR("");
}

/* The row that says what an object is; NULL: its attributes.  An artifact without its bytes is one
 * by its URL and hashes [STIX 2.1 s6.1]. */
static const struct row *known_of(ent_json object)
{
    const struct row *row = row_of(ent_json_get_text(object, "name"), ENT_STR_NONE);
    bool hashed = false;

    if (row == NULL || strcmp(row->stix, "artifact") != 0)
        return row;
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
        const struct row *one = row_of(ent_json_get_text(object, "name"), relation_of(a));

        hashed = hashed || (one != NULL && one->kind == HASH);
    }
    return hashed && value_by(object, "url").size > 0 ? row : NULL;
}

/* A script that does no harm is a tool. */
static const char *type_of(ent_json object, const struct row *known)
{
    return strcmp(known->stix, "malware") == 0 &&
                   !ent_str_is(value_by(object, "state"), "Malicious")
               ? "tool"
               : known->stix;
}

/* ---- one STIX object ---- */

static int64_t digits_of(ent_str text)
{
    int64_t number = 0;

    for (size_t i = 0; i < text.size && i < 18; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            number = number * 10 + (text.ptr[i] - '0');
    return number;
}

/* "2020-10-25T16:22:00Z" and the form of MISP, "2020-10-25T16:22:00.000000+0000". */
static bool time_of(ent_str text, char out[ENT_TIME_TEXT])
{
    static const char utc[] = "+0000";
    char z[64];
    ent_time time;
    ent_err none = { 0 };

    if (text.size > sizeof utc - 1 && text.size < sizeof z &&
        memcmp(text.ptr + text.size - 5, utc, 5) == 0) {
        memcpy(z, text.ptr, text.size - 5);
        z[text.size - 5] = 'Z';
        text = (ent_str){ z, text.size - 4 };
    }
    if (ent_time_read(text, &time, &none) != ENT_OK)
        return false;
    ent_time_write(time, out);
    return true;
}

static void member_write(formats_misp *e, ent_jw *w, const struct row *row, ent_str value)
{
    char time[ENT_TIME_TEXT];

    if (row->kind == TIME && !time_of(value, time))
        return;
    ent_jw_key(w, row->member);
    switch (row->kind) {
    case NUMBER:
    case AS:
        ent_jw_int(w, digits_of(value));
        break;
    case BOOLEAN:
        ent_jw_bool(w, ent_str_is(value, "1") || ent_str_is(value, "True") ||
                           ent_str_is(value, "true"));
        break;
    case TIME:
        ent_jw_c(w, time);
        break;
    case HEADER:
        ent_jw_array(w);
        ent_jw_str(w, value);
        ent_jw_end(w);
        break;
    case TEXT:
    case LIST:
    case HASH:
    case PE:
    default:
        ent_jw_str(w, strcmp(row->member, "key") == 0 ? formats_misp_hive(e, value) : value);
        break;
    }
}

/* The first attribute with this relation, before `end` (none: of all). */
static bool seen_before(ent_json object, ent_json end, ent_str relation)
{
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
        if (ent_json_raw(a).ptr == ent_json_raw(end).ptr)
            return false;
        if (ent_str_equal(relation_of(a), relation))
            return true;
    }
    return false;
}

/* The members of one kind, in an object of their own. */
static void group_write(formats_misp *e, ent_jw *w, ent_json object, enum kind kind,
                        const char *member)
{
    ent_str name = ent_json_get_text(object, "name");
    bool any = false;

    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
        const struct row *row = row_of(name, relation_of(a));

        if (row == NULL || row->kind != kind || value_of(a).ptr == NULL ||
            seen_before(object, a, relation_of(a)))
            continue;
        if (!any) {
            ent_jw_key(w, member);
            ent_jw_object(w);
        }
        any = true;
        member_write(e, w, row, value_of(a));
    }
    if (any)
        ent_jw_end(w);
}

static void groups_write(formats_misp *e, ent_jw *w, ent_json object)
{
    group_write(e, w, object, HASH, "hashes");
    group_write(e, w, object, HEADER, "additional_header_fields");
    if (value_by(object, "type").size == 0 || !ent_str_is(ent_json_get_text(object, "name"), "pe"))
        return; /* `pe_type` is required */
    ent_jw_key(w, "extensions");
    ent_jw_object(w);
    group_write(e, w, object, PE, "windows-pebinary-ext");
    ent_jw_end(w);
}

/* All values of one relation, as a list. */
static void list_write(ent_jw *w, const char *member, ent_json object, ent_str relation)
{
    ent_jw_key(w, member);
    ent_jw_array(w);
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a))
        if (ent_str_equal(relation_of(a), relation))
            ent_jw_str(w, value_of(a).ptr == NULL ? ENT_STR("") : value_of(a));
    ent_jw_end(w);
}

/* What no property of STIX says: x_misp_RELATION. */
static void extra_write(ent_jw *w, ent_json object, ent_str relation)
{
    char name[200] = "x_misp_";
    size_t size = 7, count = 0;
    ent_str value = ENT_STR("");

    if (relation.size == 0 || relation.size > 190)
        return;
    for (size_t i = 0; i < relation.size; i++) {
        char c = relation.ptr[i];

        c = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        name[size++] = (char)((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_');
    }
    name[size] = '\0';
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a))
        if (ent_str_equal(relation_of(a), relation)) {
            value = count++ == 0 ? value_of(a) : value;
        }
    if (count > 1) {
        list_write(w, name, object, relation);
        return;
    }
    ent_jw_key(w, name);
    ent_jw_str(w, value.ptr == NULL ? ENT_STR("") : value);
}

/* What the rows say of the attributes, and the rest as it is.  Is there a name? */
static bool members_write(formats_misp *e, ent_jw *w, ent_json object, const char *stix)
{
    ent_str name = ent_json_get_text(object, "name");
    bool named = false, multipart = formats_misp_multipart(object);

    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
        const struct row *row = row_of(name, relation_of(a));

        if (seen_before(object, a, relation_of(a)) || formats_special(relation_of(a)) ||
            formats_misp_is_part(object, a) ||
            (row != NULL && (row->kind == HASH || row->kind == HEADER || row->kind == PE)))
            continue;
        if (row == NULL || (multipart && strcmp(row->member, "body") == 0) ||
            (row->kind == LIST && strcmp(stix, "tool") == 0))
            extra_write(w, object, relation_of(a));
        else if (row->kind == LIST)
            list_write(w, row->member, object, relation_of(a));
        else if (value_of(a).ptr != NULL)
            member_write(e, w, row, value_of(a));
        named = named || (row != NULL && strcmp(row->member, "name") == 0);
    }
    return named;
}

/* What a type requires and no attribute says. */
static void required_write(ent_jw *w, ent_json object, const char *stix)
{
    ent_str name = ent_json_get_text(object, "name");

    if (strcmp(stix, "identity") == 0) {
        ent_jw_key(w, "identity_class");
        ent_jw_c(w, "organization");
    }
    if (strcmp(stix, "malware") == 0) {
        ent_jw_key(w, "is_family");
        ent_jw_bool(w, false);
    }
    if (strcmp(stix, "email-message") == 0) {
        ent_jw_key(w, "is_multipart");
        ent_jw_bool(w, formats_misp_multipart(object));
    }
    if (ent_str_is(name, "gitlab-user") || ent_str_is(name, "github-user") ||
        ent_str_is(name, "telegram-account")) {
        ent_jw_key(w, "account_type");
        ent_jw_str(w, (ent_str){ name.ptr, (size_t)((const char *)memchr(name.ptr, '-', name.size) -
                                                    name.ptr) });
    }
}

static ent_code single_give(formats_misp *e, ent_json object, const char *stix, ent_err *err)
{
    ent_str uuid = ent_json_get_text(object, "uuid");
    bool named;
    ent_buf buf;
    ent_jw w;

    formats_misp_begin(e, &w, &buf, stix, uuid);
    named = members_write(e, &w, object, stix);
    formats_misp_parts_write(e, &w, object);
    groups_write(e, &w, object);
    if (!named && is_domain_object(stix)) {
        ent_jw_key(&w, "name");
        ent_jw_str(&w, ent_json_get_text(object, "name"));
    }
    required_write(&w, object, stix);
    if (is_domain_object(stix))
        formats_misp_common(e, &w, object);
    return formats_misp_end(e, &w, &buf, stix, uuid, err);
}

/* ---- a person ---- */

static void person_attribute(formats_record *r, ent_json a, ent_str *given, ent_str *family,
                             ent_str *country)
{
    ent_str what = relation_of(a), value = value_of(a);

    if (ent_str_is(what, "first-name"))
        *given = value;
    else if (ent_str_is(what, "last-name"))
        *family = value;
    else if (ent_str_is(what, "passport-country"))
        *country = value;
    else if (ent_str_is(what, "date-of-birth"))
        formats_text_add(r->births, &r->birth_count, value);
    else if (ent_str_is(what, "place-of-birth"))
        formats_text_add(r->places, &r->place_count, value);
    else if (ent_str_is(what, "nationality"))
        formats_text_add(r->nations, &r->nation_count, value);
    else if (ent_str_is(what, "gender"))
        r->gender = value;
    else if (ent_str_is(what, "passport-number"))
        formats_document_add(r, "passport", ENT_STR(""), value);
    else if (ent_str_is(what, "full-name"))
        formats_name_add(r, value, "primary");
    else if (ent_str_is(what, "alias"))
        formats_name_add(r, value, "alias");
    else if (ent_str_is(what, "phone-number") || ent_str_is(what, "e-mail") ||
             ent_str_is(what, "email-address") || ent_str_is(what, "address"))
        formats_text_add(r->addresses, &r->address_count, value);
}

static ent_code person_give(formats_misp *e, ent_json object, ent_err *err)
{
    formats_item item = { .offset = e->at->offset,
                          .line = e->at->line,
                          .agency = ENT_STR(MISP_AGENCY) };
    ent_str given = ENT_STR(""), family = ENT_STR(""), country = ENT_STR(""), full;
    formats_record record;
    ent_err wrong = { 0 };

    ENT_TRY(formats_record_new(e->r->arena, &record, err));
    record.agency = ENT_STR(MISP_AGENCY);
    record.id = ent_json_get_text(object, "uuid");
    record.stix_id = formats_misp_id(e, "identity", record.id);
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
        item.dropped += formats_special(relation_of(a));
        person_attribute(&record, a, &given, &family, &country);
    }
    ENT_TRY(formats_joined(e->r->arena, (const ent_str[]){ given, family }, 2, " ", &full, err));
    formats_name_add(&record, full, "primary");
    for (size_t i = 0; i < record.document_count; i++)
        record.documents[i].issuer = formats_country(country);
    if (formats_record_write(e->r->arena, &record, &item.object, &item.key, &wrong) != ENT_OK) {
        *err = wrong;
        return formats_give_wrong(e->r, e->at->offset, e->at->line, NULL, err);
    }
    ENT_TRY(formats_misp_ref(e, record.stix_id, err));
    return formats_give(e->r, &item, err);
}

/* ---- several observables ---- */

static ent_str traffic_end(ent_json object, bool source, const char *port, int64_t *number,
                           formats_misp *e)
{
    ent_str found = ENT_STR("");

    *number = -1;
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
        ent_str what = relation_of(a);
        formats_fact facts[2];
        bool of_source = ent_str_starts(what, ENT_STR("src")) || ent_str_is(what, "ip-src") ||
                         ent_str_is(what, "hostname-src");

        if (ent_str_is(what, port))
            *number = digits_of(value_of(a));
        else if (found.size == 0 && of_source == source && formats_misp_facts(a, facts) == 1 &&
                 strcmp(formats_misp_observable(&facts[0]), "url") != 0 &&
                 strstr(formats_misp_observable(&facts[0]), "-addr") != NULL)
            found = formats_misp_id(e, formats_misp_observable(&facts[0]),
                                    ent_json_get_text(a, "uuid"));
    }
    return found;
}

/* The traffic between the addresses of an object. */
static ent_code traffic_give(formats_misp *e, ent_json object, ent_str *refs, size_t *count,
                             ent_err *err)
{
    static const char *const names[] = { "ip-port", "network-connection", "network-socket",
                                         "http-request", "netflow" };
    ent_str name = ent_json_get_text(object, "name"), uuid = ent_json_get_text(object, "uuid");
    int64_t source_port, target_port;
    ent_str source = traffic_end(object, true, "src-port", &source_port, e);
    ent_str target = traffic_end(object, false, "dst-port", &target_port, e);
    bool is = false;
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is = is || ent_str_is(name, names[i]);
    if (!is || source.size + target.size == 0)
        return ENT_OK;
    formats_misp_begin(e, &w, &buf, "network-traffic", uuid);
    if (source.size > 0) {
        ent_jw_key(&w, "src_ref");
        ent_jw_str(&w, source);
    }
    if (target.size > 0) {
        ent_jw_key(&w, "dst_ref");
        ent_jw_str(&w, target);
    }
    if (source_port >= 0 && source_port <= 65535) {
        ent_jw_key(&w, "src_port");
        ent_jw_int(&w, source_port);
    }
    if (target_port >= 0 && target_port <= 65535) {
        ent_jw_key(&w, "dst_port");
        ent_jw_int(&w, target_port);
    }
    ent_jw_key(&w, "protocols");
    ent_jw_array(&w);
    ent_jw_c(&w, "tcp");
    if (ent_str_is(name, "http-request"))
        ent_jw_c(&w, "http");
    ent_jw_end(&w);
    refs[(*count)++] = formats_misp_id(e, "network-traffic", uuid);
    return formats_misp_end(e, &w, &buf, "network-traffic", uuid, err);
}

static size_t facts_of(ent_json object, formats_fact *facts)
{
    size_t count = 0;

    for (ent_json a = attributes_of(object); a.doc != NULL && count + 2 <= MISP_FACTS;
         a = ent_json_next(a)) {
        formats_fact found[2];
        size_t one = formats_misp_facts(a, found);

        if (formats_misp_true(ent_json_get(a, "deleted")) || !formats_misp_detects(a, found, one))
            continue;
        for (size_t i = 0; i < one; i++) {
            bool again = false;

            for (size_t j = 0; j < count; j++)
                again = again || (facts[j].kind == found[i].kind &&
                                  ent_str_equal(facts[j].value, found[i].value));
            if (!again)
                facts[count++] = found[i];
        }
    }
    return count;
}

/* The test of one attribute as a property of the whole; false: it is none. */
static bool row_test(ent_buf *buf, ent_json object, const char *stix, ent_json a)
{
    const struct row *row = row_of(ent_json_get_text(object, "name"), relation_of(a));
    char part[64], path[128];

    if (formats_misp_part_path(object, a, part, sizeof part)) {
        (void)snprintf(path, sizeof path, "%s:%s", stix, part);
    } else if (row == NULL || row->kind == TIME || row->kind == LIST || row->kind == BOOLEAN) {
        return false;
    } else {
        const char *in = row->kind == HASH     ? "hashes."
                         : row->kind == HEADER ? "additional_header_fields."
                         : row->kind == PE     ? "extensions.'windows-pebinary-ext'."
                                               : "";
        const char *quote = strchr(row->member, '-') != NULL ? "'" : "";

        (void)snprintf(path, sizeof path, "%s:%s%s%s%s%s", stix, in, quote, row->member, quote,
                       row->kind == HEADER ? "[*]" : "");
    }
    if ((row != NULL && (row->kind == NUMBER || row->kind == AS)) ||
        strcmp(path + strlen(path) - 4, ".pid") == 0)
        ent_buf_printf(buf, "%s = %lld", path, (long long)digits_of(value_of(a)));
    else
        formats_misp_compare(buf, path, value_of(a));
    return true;
}

static bool is_hash(ent_json object, ent_json a)
{
    const struct row *row = row_of(ent_json_get_text(object, "name"), relation_of(a));

    return row != NULL && row->kind == HASH;
}

/* What is detected of an object that is one observable: one pair of brackets, hashes first. */
static ent_code whole_pattern(formats_misp *e, ent_json object, const char *stix, ent_str *pattern,
                              ent_err *err)
{
    size_t tests = 0;
    ent_buf buf;

    ent_buf_init(&buf, e->r->arena);
    ent_buf_byte(&buf, '[');
    for (int hashes = 1; hashes >= 0; hashes--)
        for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
            ent_json said = ent_json_get(a, "to_ids");
            formats_fact facts[2];
            ent_buf one;
            ent_str text;

            if (is_hash(object, a) != (hashes == 1) || value_of(a).size == 0 ||
                formats_misp_true(ent_json_get(a, "deleted")) ||
                (said.doc != NULL ? !formats_misp_true(said)
                                  : !formats_misp_detects(a, facts, formats_misp_facts(a, facts))))
                continue;
            ent_buf_init(&one, e->r->arena);
            if (!row_test(&one, object, stix, a))
                continue;
            ENT_TRY(ent_buf_done(&one, &text, err));
            ent_buf_c(&buf, tests++ > 0 ? " AND " : "");
            ent_buf_str(&buf, text);
        }
    ent_buf_byte(&buf, ']');
    ENT_TRY(ent_buf_done(&buf, pattern, err));
    if (tests == 0)
        *pattern = ENT_STR("");
    return ENT_OK;
}

/* Is it shown as observed data? */
static bool has_observables(ent_json object, const struct row *known)
{
    formats_fact facts[2];

    if (known != NULL)
        return !is_domain_object(known->stix);
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a))
        if (formats_misp_facts(a, facts) > 0)
            return true;
    return false;
}

/* What has no observable of an object that has others, as notes. */
static ent_code several_give(formats_misp *e, ent_json object, ent_str *refs, size_t *count,
                             ent_err *err)
{
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a)) {
        formats_fact facts[2];
        size_t fact_count = formats_misp_facts(a, facts);
        ent_str uuid = ent_json_get_text(a, "uuid");

        if (formats_misp_true(ent_json_get(a, "deleted")) || uuid.size == 0 ||
            value_of(a).size == 0)
            continue;
        if (fact_count > 0 && *count + 4 < MISP_FACTS)
            ENT_TRY(formats_misp_observe(e, uuid, facts, fact_count, false, refs, count, err));
        else if (!ent_str_is(ent_json_get_text(a, "type"), "port"))
            ENT_TRY(formats_misp_words(e, a, err));
    }
    return traffic_give(e, object, refs, count, err);
}

ent_str formats_misp_object_id(formats_misp *e, ent_json object)
{
    ent_str name = ent_json_get_text(object, "name"), uuid = ent_json_get_text(object, "uuid");
    const struct row *known = known_of(object);
    ent_json first = attributes_of(object);

    if (is_person(name))
        return formats_misp_id(e, "identity", uuid);
    if (known != NULL && is_domain_object(known->stix))
        return formats_misp_id(e, type_of(object, known), uuid);
    if (has_observables(object, known))
        return formats_misp_id(e, "observed-data", uuid);
    return first.doc == NULL ? ENT_STR("") : formats_misp_attribute_id(e, first);
}

ent_code formats_misp_object(formats_misp *e, ent_json object, ent_err *err)
{
    ent_str name = ent_json_get_text(object, "name"), uuid = ent_json_get_text(object, "uuid");
    const struct row *known = known_of(object);
    formats_fact facts[MISP_FACTS];
    ent_str pattern = ENT_STR(""), refs[MISP_FACTS + 1], of = formats_misp_object_id(e, object);
    size_t count = 0, fact_count;

    if (formats_misp_true(ent_json_get(object, "deleted")))
        return ENT_OK;
    if (uuid.size == 0)
        return formats_give_wrong(e->r, e->at->offset, e->at->line, "an object lacks its uuid",
                                  err);
    if (is_person(name))
        return person_give(e, object, err);
    if (known != NULL) {
        const char *stix = type_of(object, known);

        ENT_TRY(formats_misp_parts_give(e, object, refs, &count, err));
        ENT_TRY(single_give(e, object, stix, err));
        refs[count++] = formats_misp_id(e, stix, uuid);
    } else {
        ENT_TRY(several_give(e, object, refs, &count, err));
    }
    if (count > 0 && has_observables(object, known)) {
        ENT_TRY(formats_misp_observed(e, object, refs, count, err));
        if (known != NULL)
            ENT_TRY(whole_pattern(e, object, known->stix, &pattern, err));
        fact_count = pattern.size > 0 ? 0 : facts_of(object, facts);
        if (pattern.size > 0)
            ENT_TRY(formats_misp_indicator(e, object, pattern, err));
        else if (fact_count > 0)
            ENT_TRY(formats_misp_detect(e, object, facts, fact_count, ent_str_is(name, "domain-ip"),
                                        err));
    }
    for (ent_json a = attributes_of(object); a.doc != NULL; a = ent_json_next(a))
        ENT_TRY(formats_misp_galaxies(e, a, of, err));
    return formats_misp_galaxies(e, object, of, err);
}

/* ---- references ---- */

static ent_str id_of_uuid(formats_misp *e, ent_str uuid)
{
    for (ent_json o = ent_json_first(ent_json_get(e->json, "Object")); o.doc != NULL;
         o = ent_json_next(o)) {
        if (ent_str_equal(ent_json_get_text(o, "uuid"), uuid))
            return formats_misp_object_id(e, o);
        for (ent_json a = attributes_of(o); a.doc != NULL; a = ent_json_next(a))
            if (ent_str_equal(ent_json_get_text(a, "uuid"), uuid))
                return formats_misp_object_id(e, o);
    }
    for (ent_json a = attributes_of(e->json); a.doc != NULL; a = ent_json_next(a))
        if (ent_str_equal(ent_json_get_text(a, "uuid"), uuid))
            return formats_misp_attribute_id(e, a);
    return ENT_STR("");
}

ent_code formats_misp_references(formats_misp *e, ent_json object, ent_err *err)
{
    ent_str from = formats_misp_object_id(e, object);

    for (ent_json r = ent_json_first(ent_json_get(object, "ObjectReference")); r.doc != NULL;
         r = ent_json_next(r)) {
        ent_str to = id_of_uuid(e, ent_json_get_text(r, "referenced_uuid"));

        if (from.size == 0 || to.size == 0 || formats_misp_true(ent_json_get(r, "deleted")))
            continue;
        ENT_TRY(formats_misp_relate(
            e, ent_json_get_text(r, "uuid"), object,
            formats_misp_word(e->r->arena, ent_json_get_text(r, "relationship_type")), from, to,
            err));
    }
    return ENT_OK;
}
