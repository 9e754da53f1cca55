#include "formats/reader_int.h"

#include "base/hash.h"
#include "base/text.h"
#include "stix/extension_ids.h"

static const char *const special_words[] = {
#define X(word) (word),
#include "formats/special.def"
#undef X
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Equal without regard to case; `word` is lower case. */
static bool same_word(ent_str a, const char *word)
{
    if (a.size != strlen(word))
        return false;
    for (size_t i = 0; i < a.size; i++)
        if ((a.ptr[i] | 0x20) != word[i])
            return false;
    return true;
}

bool formats_special(ent_str name)
{
    for (size_t at = 0; at < name.size;) {
        size_t end = at;

        /* Words end at what is no letter, and where camelCase begins a new one. */
        while (end < name.size && is_letter(name.ptr[end]) &&
               !(end > at && name.ptr[end] <= 'Z' && name.ptr[end - 1] >= 'a'))
            end++;
        for (size_t i = 0; end > at && i < sizeof special_words / sizeof *special_words; i++)
            if (same_word((ent_str){ name.ptr + at, end - at }, special_words[i]))
                return true;
        at = end > at ? end : at + 1;
    }
    return false;
}

ent_code formats_record_new(ent_arena *arena, formats_record *r, ent_err *err)
{
    *r = (formats_record){ .schema = ENT_STR("person") };
    r->names = ent_arena_array(arena, FORMATS_ROWS, sizeof *r->names);
    r->births = ent_arena_array(arena, FORMATS_ROWS, sizeof *r->births);
    r->places = ent_arena_array(arena, FORMATS_ROWS, sizeof *r->places);
    r->nations = ent_arena_array(arena, FORMATS_ROWS, sizeof *r->nations);
    r->documents = ent_arena_array(arena, FORMATS_ROWS, sizeof *r->documents);
    r->addresses = ent_arena_array(arena, FORMATS_ROWS, sizeof *r->addresses);
    return r->names == NULL || r->addresses == NULL || r->births == NULL || r->places == NULL ||
                   r->nations == NULL || r->documents == NULL
               ? ent_fail_arena(err)
               : ENT_OK;
}

/* ---- reading the JSON form ---- */

static ent_code texts_read(ent_json list, const char *member, ent_str *out, size_t *count,
                           ent_err *err)
{
    if (list.doc != NULL && !ent_json_is(list, ENT_JSON_ARRAY) && !ent_json_is(list, ENT_JSON_NULL))
        return ent_fail(err, ENT_FORMAT, "member '%s' of a record is no list", member);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        if (ent_json_str(v).size == 0)
            continue;
        if (*count == FORMATS_ROWS)
            return ent_fail(err, ENT_LIMIT, "member '%s' of a record has more than %d entries",
                            member, FORMATS_ROWS);
        out[(*count)++] = ent_json_str(v);
    }
    return ENT_OK;
}

static ent_code names_read(ent_json list, formats_record *r, ent_err *err)
{
    if (!ent_json_is(list, ENT_JSON_ARRAY))
        return ent_fail(err, ENT_FORMAT, "member 'names' of a record is no list");
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        bool object = ent_json_is(v, ENT_JSON_OBJECT);
        ent_str full = object ? ent_json_get_text(v, "full") : ent_json_str(v);

        if (full.ptr == NULL)
            return ent_fail(err, ENT_FORMAT, "an entry of member 'names' of a record is no text");
        if (r->name_count == FORMATS_ROWS)
            return ent_fail(err, ENT_LIMIT, "a record has more than %d names", FORMATS_ROWS);
        if (full.size > 0)
            r->names[r->name_count++] =
                (formats_name_row){ full, object ? ent_json_get_text(v, "script") : ENT_STR_NONE,
                                    object ? ent_json_get_text(v, "kind") : ENT_STR_NONE };
    }
    return ENT_OK;
}

static ent_code documents_read(ent_json list, formats_record *r, ent_err *err)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str number = ent_json_get_text(v, "number");

        if (r->document_count == FORMATS_ROWS)
            return ent_fail(err, ENT_LIMIT, "a record has more than %d documents", FORMATS_ROWS);
        if (number.size > 0)
            r->documents[r->document_count++] =
                (formats_document){ ent_json_get_text(v, "type"), ent_json_get_text(v, "country"),
                                    number };
    }
    return ENT_OK;
}

/* A record without an id is known by its content. */
static ent_code id_find(ent_arena *arena, ent_json json, formats_record *r, ent_err *err)
{
    ent_json id = ent_json_get(json, "id");
    char hex[2 * ENT_HASH_SIZE + 1];
    ent_hash hash;

    r->id = ent_json_is(id, ENT_JSON_NUMBER) ? ent_json_raw(id) : ent_json_str(id);
    if (r->id.size > 0)
        return ENT_OK;
    hash = ent_hash_of(ent_json_raw(json).ptr, ent_json_raw(json).size);
    ent_hex_write(hash.bytes, sizeof hash.bytes, hex);
    r->id = ent_arena_str(arena, ent_str_of(hex));
    return r->id.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code formats_record_read(ent_arena *arena, ent_json json, const char *source, formats_record *r,
                             size_t *dropped, ent_err *err)
{
    *dropped = 0;
    ENT_TRY(formats_record_new(arena, r, err));
    if (!ent_json_is(json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "a record is no JSON object");
    for (ent_json m = ent_json_first(json); m.doc != NULL; m = ent_json_next(m))
        *dropped += formats_special(ent_json_name(m));
    r->agency = ent_json_get_text(json, "agency");
    if (r->agency.size == 0)
        r->agency = ent_str_of(source == NULL ? "records" : source);
    if (ent_json_get_text(json, "schema").size > 0)
        r->schema = ent_json_get_text(json, "schema");
    ENT_TRY(id_find(arena, json, r, err));
    ENT_TRY(names_read(ent_json_get(json, "names"), r, err));
    ENT_TRY(texts_read(ent_json_get(json, "dob"), "dob", r->births, &r->birth_count, err));
    ENT_TRY(texts_read(ent_json_get(json, "pob"), "pob", r->places, &r->place_count, err));
    ENT_TRY(texts_read(ent_json_get(json, "nationality"), "nationality", r->nations,
                       &r->nation_count, err));
    ENT_TRY(documents_read(ent_json_get(json, "ids"), r, err));
    r->gender = ent_json_get_text(json, "gender");
    r->program = ent_json_get_text(json, "program");
    r->notes = ent_json_get_text(json, "notes");
    r->un_ref = ent_json_get_text(json, "un_ref");
    r->exercise = ent_json_true(ent_json_get(json, "exercise"));
    return ENT_OK;
}

/* ---- writing the template ---- */

static void text_member(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

static void upper_member(ent_jw *w, const char *name, ent_str text)
{
    char upper[64];

    if (text.size == 0 || text.size > sizeof upper) {
        text_member(w, name, text);
        return;
    }
    for (size_t i = 0; i < text.size; i++)
        upper[i] =
            (char)(text.ptr[i] >= 'a' && text.ptr[i] <= 'z' ? text.ptr[i] - 32 : text.ptr[i]);
    text_member(w, name, (ent_str){ upper, text.size });
}

static void names_write(ent_jw *w, const formats_record *r)
{
    ent_jw_key(w, "names");
    ent_jw_array(w);
    for (size_t i = 0; i < r->name_count; i++) {
        ent_jw_object(w);
        text_member(w, "full", r->names[i].full);
        text_member(w, "script", r->names[i].script);
        text_member(w, "kind", r->names[i].kind);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

#define RANGE_YEARS 10

/* "1962 to 1965", "between 1962 and 1965": the first and last year.  0, 0 if it is no range. */
static void range_read(ent_str text, int *first, int *last)
{
    int years[2] = { 0, 0 }, count = 0;

    for (size_t i = 0; i + 4 <= text.size && count < 2; i++) {
        bool four = true;

        for (size_t j = 0; j < 4; j++)
            four = four && text.ptr[i + j] >= '0' && text.ptr[i + j] <= '9';
        if (!four)
            continue;
        for (size_t j = 0; j < 4; j++)
            years[count] = years[count] * 10 + (text.ptr[i + j] - '0');
        count++;
        i += 3;
    }
    *first = *last = 0;
    if (count == 2 && years[0] <= years[1] && years[1] - years[0] < RANGE_YEARS) {
        *first = years[0];
        *last = years[1];
    }
}

static void birth_write(ent_jw *w, ent_str value, ent_str raw)
{
    ent_jw_object(w);
    text_member(w, "value", value);
    if (!ent_str_equal(value, raw))
        text_member(w, "raw", raw);
    ent_jw_end(w);
}

/* Every reading of every date. */
static void births_write(ent_arena *arena, ent_jw *w, const formats_record *r)
{
    bool any = false;

    for (size_t i = 0; i < r->birth_count; i++) {
        ent_str value = formats_date(arena, r->births[i]);
        int first, last;

        range_read(r->births[i], &first, &last);
        if ((value.size > 0 || first > 0) && !any) {
            any = true;
            ent_jw_key(w, "births");
            ent_jw_array(w);
        }
        if (value.size > 0) {
            birth_write(w, value, r->births[i]);
            continue;
        }
        for (int year = first; year > 0 && year <= last; year++)
            birth_write(w, ent_arena_printf(arena, "%04d", year), r->births[i]);
    }
    if (any)
        ent_jw_end(w);
}

/* The notes, and what of birth and nationality nobody can read. */
static ent_code description_write(ent_arena *arena, ent_jw *w, const formats_record *r,
                                  ent_err *err)
{
    ent_str text;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, r->notes);
    for (size_t i = 0; i < r->birth_count; i++) {
        int first, last;

        range_read(r->births[i], &first, &last);
        if (first == 0 && formats_date(arena, r->births[i]).size == 0)
            ent_buf_printf(&buf, "%sborn: %.*s", buf.size > 0 ? "\n" : "",
                           ENT_STR_ARG(r->births[i]));
    }
    for (size_t i = 0; i < r->nation_count; i++) {
        ent_str rest = r->nations[i], code;

        if (rest.size > 0 && !formats_nation_next(&rest, &code))
            ent_buf_printf(&buf, "%snationality: %.*s", buf.size > 0 ? "\n" : "",
                           ENT_STR_ARG(r->nations[i]));
    }
    for (size_t i = 0; i < r->document_count; i++)
        if (r->documents[i].issuer.size > 0 && formats_issuer(r->documents[i].issuer).size == 0)
            ent_buf_printf(&buf, "%s%.*s %.*s: issued by %.*s", buf.size > 0 ? "\n" : "",
                           ENT_STR_ARG(r->documents[i].type), ENT_STR_ARG(r->documents[i].number),
                           ENT_STR_ARG(r->documents[i].issuer));
    ENT_TRY(ent_buf_done(&buf, &text, err));
    text_member(w, "description", text);
    return ENT_OK;
}

/* One a line: STIX has one text for how somebody is reached. */
static ent_code addresses_write(ent_arena *arena, ent_jw *w, const formats_record *r, ent_err *err)
{
    ent_str text;

    ENT_TRY(formats_joined(arena, r->addresses, r->address_count, "\n", &text, err));
    text_member(w, "contact_information", text);
    return ENT_OK;
}

static void list_write(ent_jw *w, const char *name, const ent_str *list, size_t count)
{
    if (count == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(w, list[i]);
    ent_jw_end(w);
}

/* Codes in upper case; each once. */
static void nations_write(ent_arena *arena, ent_jw *w, const formats_record *r)
{
    ent_str codes[64];
    size_t count = 0;

    for (size_t i = 0; i < r->nation_count; i++) {
        ent_str rest = r->nations[i], code;

        while (count < 64 && formats_nation_next(&rest, &code)) {
            bool known = false;

            code = ent_arena_str(arena, code);
            for (size_t j = 0; code.size == 2 && j < 2; j++)
                if (code.ptr[j] >= 'a' && code.ptr[j] <= 'z')
                    ((char *)(uintptr_t)code.ptr)[j] = (char)(code.ptr[j] - 32);
            for (size_t j = 0; j < count; j++)
                known = known || ent_str_equal(codes[j], code);
            if (!known && code.size > 0)
                codes[count++] = code;
        }
    }
    list_write(w, "nationalities", codes, count);
}

static void documents_write(ent_jw *w, const formats_record *r)
{
    if (r->document_count == 0)
        return;
    ent_jw_key(w, "documents");
    ent_jw_array(w);
    for (size_t i = 0; i < r->document_count; i++) {
        ent_jw_object(w);
        text_member(w, "type", r->documents[i].type);
        upper_member(w, "issuer", formats_issuer(r->documents[i].issuer));
        text_member(w, "number", r->documents[i].number);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static void references_write(ent_jw *w, const formats_record *r)
{
    ent_jw_key(w, "external_references");
    ent_jw_array(w);
    ent_jw_object(w);
    text_member(w, "source_name", r->agency);
    text_member(w, "external_id", r->id);
    ent_jw_end(w);
    if (r->un_ref.size > 0) {
        ent_jw_object(w);
        ent_jw_key(w, "source_name");
        ent_jw_c(w, "un-reference");
        text_member(w, "external_id", r->un_ref);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

static ent_str shown_name(const formats_record *r)
{
    for (size_t i = 0; i < r->name_count; i++)
        if (ent_str_is(r->names[i].kind, "primary"))
            return r->names[i].full;
    return r->names[0].full;
}

static void extension_write(ent_arena *arena, ent_jw *w, const formats_record *r)
{
    ent_jw_key(w, "extensions");
    ent_jw_object(w);
    ent_jw_key(w, STIX_EXT_PERSON);
    ent_jw_object(w);
    ent_jw_key(w, "extension_type");
    ent_jw_c(w, "property-extension");
    names_write(w, r);
    births_write(arena, w, r);
    list_write(w, "places_of_birth", r->places, r->place_count);
    nations_write(arena, w, r);
    text_member(w, "gender", r->gender);
    documents_write(w, r);
    if (ent_str_is(r->schema, "vessel") || ent_str_is(r->schema, "aircraft"))
        text_member(w, "schema", r->schema);
    ent_jw_end(w);
    if (r->exercise) {
        ent_jw_key(w, STIX_EXT_HANDLING);
        ent_jw_object(w);
        ent_jw_key(w, "extension_type");
        ent_jw_c(w, "property-extension");
        ent_jw_key(w, "exercise");
        ent_jw_bool(w, true);
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

ent_code formats_record_write(ent_arena *arena, const formats_record *r, ent_json *object,
                              ent_str *key, ent_err *err)
{
    ent_buf buf;
    ent_str text;
    ent_jw w;

    if (r->name_count == 0)
        return ent_fail(err, ENT_FORMAT, "the record has no name");
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "type");
    ent_jw_c(&w, "identity");
    if (!ent_str_starts(r->stix_id, ENT_STR("identity--ext:")))
        text_member(&w, "id", r->stix_id);
    text_member(&w, "name", shown_name(r));
    ent_jw_key(&w, "identity_class");
    ent_jw_c(&w, ent_str_is(r->schema, "person") ? "individual"
                 : ent_str_is(r->schema, "org")  ? "organization"
                                                 : "unspecified");
    if (r->program.size > 0)
        list_write(&w, "labels", &r->program, 1);
    ENT_TRY(description_write(arena, &w, r, err));
    ENT_TRY(addresses_write(arena, &w, r, err));
    references_write(&w, r);
    extension_write(arena, &w, r);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    if (ent_arena_failed(arena)) /* a text that is missing would be another record */
        return ent_fail_arena(err);
    *key = ent_arena_printf(arena, "%.*s:%.*s", ENT_STR_ARG(r->agency), ENT_STR_ARG(r->id));
    if (key->ptr == NULL)
        return ent_fail_arena(err);
    return ent_json_read(arena, text, object, err);
}
