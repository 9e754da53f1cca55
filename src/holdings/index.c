#include "holdings/index_int.h"

#include "base/json_write.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "stix/extension_ids.h"

/* ---- the label ---- */

static ent_code sidecar_read(ent_arena *arena, ent_str sidecar, ent_json *json, ent_err *err)
{
    *json = (ent_json){ .doc = NULL };
    if (sidecar.size == 0)
        return ENT_OK;
    if (ent_json_read(arena, sidecar, json, err) != ENT_OK)
        return ent_context(err, "the label beside the object");
    if (!ent_json_is(*json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "the label beside the object is no JSON object");
    return ENT_OK;
}

ent_code holdings_label(ent_arena *arena, ent_json object, ent_str sidecar, policy_label *label,
                        ent_err *err)
{
    ent_json beside;

    ENT_TRY(sidecar_read(arena, sidecar, &beside, err));
    return policy_label_read(object, beside, label, err);
}

/* ---- when ---- */

static bool day_of(ent_json object, const char *const members[], ent_day *day)
{
    for (size_t i = 0; members[i] != NULL; i++) {
        ent_str text = ent_json_get_text(object, members[i]);
        ent_err ignored = { 0 };
        ent_days days;

        if (text.size > 0 && ent_days_read(text, &days, &ignored) == ENT_OK) {
            *day = days.first;
            return true;
        }
    }
    return false;
}

ent_days holdings_when(ent_json object, const policy_label *label)
{
    static const char *const starts[] = { "start_time", "first_observed", "first_seen",
                                          "valid_from", "published",      NULL };
    static const char *const stops[] = { "end_time",  "stop_time",   "last_observed",
                                         "last_seen", "valid_until", "published",
                                         NULL };
    static const char *const created[] = { "created", NULL };
    static const char *const modified[] = { "modified", "created", NULL };
    ent_days days = { ENT_DAY_MIN, ENT_DAY_MAX };
    bool starting, stopping;

    if (label->valid.first != ENT_DAY_MIN || label->valid.last != ENT_DAY_MAX)
        return label->valid;
    starting = day_of(object, starts, &days.first);
    stopping = day_of(object, stops, &days.last);
    if (starting || stopping || ent_str_is(ent_json_get_text(object, "type"), "event"))
        return days;
    (void)day_of(object, created, &days.first);
    (void)day_of(object, modified, &days.last);
    return days;
}

/* ---- names ---- */

ent_code holdings_record(ent_arena *arena, ent_json object, names_record *record, bool *found,
                         ent_err *err)
{
    ent_json person = ent_json_get(ent_json_get(object, "extensions"), STIX_EXT_PERSON);
    ent_json names = ent_json_get(person, "names"), births = ent_json_get(person, "births");
    ent_json aliases = ent_json_get(object, "aliases");
    ent_str shown = ent_json_get_text(object, "name"), kind = ent_json_get_text(person, "schema");
    bool individual = ent_str_is(ent_json_get_text(object, "identity_class"), "individual");

    *record = (names_record){ .id = ent_json_get_text(object, "id"),
                              .schema = kind.size > 0 ? kind
                                        : individual  ? ENT_STR("person")
                                                      : ENT_STR("org") };
    record->names = ent_arena_array(arena, ent_json_count(names) + ent_json_count(aliases) + 1,
                                    sizeof *record->names);
    record->births = ent_arena_array(arena, ent_json_count(births), sizeof *record->births);
    if (record->names == NULL || record->births == NULL)
        return ent_fail_arena(err);
    for (ent_json n = ent_json_first(names); n.doc != NULL; n = ent_json_next(n)) {
        ent_str full = ent_json_get_text(n, "full");

        if (full.size == 0)
            return ent_fail(err, ENT_FORMAT,
                            "an entry of 'names' has no 'full' [doc/design/objects.md]");
        record->names[record->name_count++] = full;
        if (ent_str_equal(full, shown))
            shown = ENT_STR_NONE;
    }
    for (ent_json n = ent_json_first(aliases); n.doc != NULL; n = ent_json_next(n))
        if (ent_json_str(n).size > 0)
            record->names[record->name_count++] = ent_json_str(n);
    if (shown.size > 0)
        record->names[record->name_count++] = shown;
    for (ent_json b = ent_json_first(births); b.doc != NULL; b = ent_json_next(b))
        if (ent_json_get_text(b, "value").size > 0)
            record->births[record->birth_count++] = ent_json_get_text(b, "value");
    *found = record->name_count > 0;
    return record->name_count > ENT_LIMIT_NAMES
               ? ent_fail(err, ENT_LIMIT, "'%.*s' has more than %d names", ENT_STR_ARG(record->id),
                          ENT_LIMIT_NAMES)
               : ENT_OK;
}

/* ---- what the object says of itself ---- */

static bool type_valid(ent_str type)
{
    if (type.size < 3 || type.size > 250)
        return false;
    for (size_t i = 0; i < type.size; i++) {
        char c = type.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

static ent_code id_read(holdings_entry *e, ent_err *err)
{
    size_t behind;

    e->type = ent_json_get_text(e->object, "type");
    e->id = ent_json_get_text(e->object, "id");
    behind = e->type.size + 2;
    if (!type_valid(e->type))
        return ent_fail(err, ENT_FORMAT, "'type' is missing or no type name [STIX 2.1 s2.13]");
    if (e->id.ptr == NULL)
        return ent_fail(err, ENT_FORMAT, "'id' is missing [STIX 2.1 s2.9]");
    if (e->id.size != behind + 36 || !ent_str_starts(e->id, e->type) ||
        memcmp(e->id.ptr + e->type.size, "--", 2) != 0 ||
        !ent_uuid_valid((ent_str){ e->id.ptr + behind, 36 }))
        return ent_fail(err, ENT_FORMAT, "'id' is not '%.*s--' and a UUID [STIX 2.1 s2.9]",
                        ENT_STR_ARG(e->type));
    return ENT_OK;
}

static ent_code time_member(ent_json object, const char *name, ent_str *text, ent_time *time,
                            ent_err *err)
{
    ent_json value = ent_json_get(object, name);

    *text = ENT_STR("");
    if (value.doc == NULL)
        return ENT_OK;
    if (!ent_json_is(value, ENT_JSON_STRING))
        return ent_fail(err, ENT_FORMAT, "'%s' is no timestamp [STIX 2.1 s2.16]", name);
    *text = ent_json_str(value);
    if (ent_time_read(*text, time, err) != ENT_OK)
        return ent_context(err, "'%s'", name);
    return ENT_OK;
}

static ent_code version_read(holdings_entry *e, ent_err *err)
{
    ent_time created = 0, modified = 0;
    ent_str text;

    ENT_TRY(time_member(e->object, "created", &e->created, &created, err));
    ENT_TRY(time_member(e->object, "modified", &text, &modified, err));
    if (text.size > 0 && e->created.size > 0 && modified < created)
        return ent_fail(err, ENT_FORMAT, "'modified' is earlier than 'created' [STIX 2.1 s3.6]");
    e->version = text.size > 0 ? text : e->created;
    e->creator = ent_json_get_text(e->object, "created_by_ref");
    e->revoked = ent_json_true(ent_json_get(e->object, "revoked"));
    return ENT_OK;
}

static bool is_personal(const holdings_entry *e)
{
    static const char *const types[] = { "identity-document", "phone-number", "user-account",
                                         "bank-account",      "vehicle",      "email-addr",
                                         "forensic-signature" };

    if (ent_str_is(e->type, "identity") &&
        ent_str_is(ent_json_get_text(e->object, "identity_class"), "individual"))
        return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ent_str_is(e->type, types[i]))
            return true;
    return false;
}

/* ---- the walk over every value: references, words, what no reader may differ on ---- */

struct walk {
    ent_arena *arena;
    holdings_entry *entry;
    size_t ref_room;
    ent_buf words;
};

static ent_code ref_add(struct walk *walk, ent_str ref, ent_err *err)
{
    holdings_entry *e = walk->entry;

    if (ref.size == 0)
        return ENT_OK;
    if (e->ref_count == ENT_LIMIT_REFS)
        return ent_fail(err, ENT_LIMIT, "it has more than %d references", ENT_LIMIT_REFS);
    if (e->ref_count == walk->ref_room) {
        ent_str *grown = ent_arena_grow(walk->arena, e->refs, &walk->ref_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        e->refs = grown;
    }
    e->refs[e->ref_count++] = ref;
    return ENT_OK;
}

static bool ends_with(ent_str text, const char *tail)
{
    size_t size = strlen(tail);

    return text.size >= size && memcmp(text.ptr + text.size - size, tail, size) == 0;
}

static bool is_one_of(ent_str name, const char *const list[])
{
    for (size_t i = 0; list[i] != NULL; i++)
        if (ent_str_is(name, list[i]))
            return true;
    return false;
}

/* A timestamp is looked for by its own options, not by words. */
static bool is_timestamp(ent_str text)
{
    return text.size >= 20 && text.size <= 40 && text.ptr[4] == '-' && text.ptr[10] == 'T' &&
           text.ptr[text.size - 1] == 'Z';
}

/* A number with breaks is found without them as well. */
static void number_words(ent_buf *buf, ent_str text)
{
    char whole[64];
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            continue;
        if (size == sizeof whole)
            return; /* no number that a person writes */
        whole[size++] = c;
    }
    if (size > 0 && size < text.size) {
        ent_buf_byte(buf, ' ');
        ent_buf_put(buf, whole, size);
    }
}

static ent_code string_take(struct walk *walk, ent_str name, ent_str text, ent_err *err)
{
    static const char *const silent[] = {
        "id",   "type",           "spec_version", "extension_type", "pattern_type",
        "lang", "schema_version", "payload_bin",  "script",         "kind",
        NULL
    };
    static const char *const named[] = { "name",          "aliases",         "full",
                                         "display_name",  "first_name",      "last_name",
                                         "account_login", "places_of_birth", NULL };

    static const char *const numbered[] = { "number",         "value",         "plate",
                                            "reference",      "iban",          "iban_number",
                                            "account_number", "account_login", NULL };

    if (text.size > ENT_LIMIT_STRING_SIZE)
        return ent_fail(err, ENT_LIMIT, "the string '%.*s' has %zu bytes, more than %d",
                        name.size > 60 ? 60 : (int)name.size, name.ptr, text.size,
                        ENT_LIMIT_STRING_SIZE);
    /* U+0000 ends a text for some readers and stores and not for others. */
    if (memchr(text.ptr, '\0', text.size) != NULL)
        return ent_fail(err, ENT_FORMAT, "the string '%.*s' holds a U+0000",
                        name.size > 60 ? 60 : (int)name.size, name.ptr);
    if (ends_with(name, "_ref") || ends_with(name, "_refs"))
        return ref_add(walk, text, err);
    if (is_one_of(name, silent) || is_timestamp(text))
        return ENT_OK;
    if (is_one_of(name, numbered))
        number_words(&walk->words, text);
    if (is_one_of(name, named))
        return holdings_words_name(walk->arena, &walk->words, text, err);
    holdings_words_plain(&walk->words, text);
    return ENT_OK;
}

static ent_code number_check(ent_json value, ent_str name, ent_err *err)
{
    ent_str raw = ent_json_raw(value);
    bool whole = true;
    int64_t integer;
    double number;

    for (size_t i = 0; i < raw.size; i++)
        if (raw.ptr[i] == '.' || raw.ptr[i] == 'e' || raw.ptr[i] == 'E')
            whole = false;
    if (!ent_json_double(value, &number) || (whole && !ent_json_int(value, &integer)))
        return ent_fail(err, ENT_FORMAT,
                        "the number '%.*s' is not the same for every reader [RFC 7493 s2.2]",
                        name.size > 60 ? 60 : (int)name.size, name.ptr);
    return ENT_OK;
}

/* Recursion is bounded by JSON_DEPTH.  An array's entries have the array's name. */
static ent_code value_walk(struct walk *walk, ent_str name, ent_json value, ent_err *err)
{
    if (ent_json_is(value, ENT_JSON_STRING))
        return string_take(walk, name, ent_json_str(value), err);
    if (ent_json_is(value, ENT_JSON_NUMBER))
        return number_check(value, name, err);
    for (ent_json v = ent_json_first(value); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(value_walk(walk, ent_json_is(value, ENT_JSON_OBJECT) ? ent_json_name(v) : name, v,
                           err));
    return ENT_OK;
}

static ent_code external_refs(struct walk *walk, ent_err *err)
{
    for (ent_json r = ent_json_first(ent_json_get(walk->entry->object, "external_references"));
         r.doc != NULL; r = ent_json_next(r)) {
        ent_str source = ent_json_get_text(r, "source_name");
        ent_str id = ent_json_get_text(r, "external_id"), ref;

        if (source.size == 0 || id.size == 0)
            continue;
        ref = ent_arena_printf(walk->arena, "ext:%.*s:%.*s", ENT_STR_ARG(source), ENT_STR_ARG(id));
        if (ref.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(ref_add(walk, ref, err));
    }
    return ENT_OK;
}

ent_code holdings_index_object(ent_arena *arena, ent_json object, ent_str sidecar,
                               holdings_entry *entry, ent_err *err)
{
    struct walk walk = { .arena = arena, .entry = entry };
    size_t size = ent_json_raw(object).size;
    ent_json beside;

    *entry = (holdings_entry){ .object = object,
                               .sidecar = sidecar.ptr == NULL ? ENT_STR("") : sidecar };
    if (!ent_json_is(object, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "it is no JSON object [STIX 2.1 s3]");
    if (size > ENT_LIMIT_OBJECT_SIZE)
        return ent_fail(err, ENT_LIMIT, "an object of %zu bytes is larger than %d", size,
                        ENT_LIMIT_OBJECT_SIZE);
    ENT_TRY(id_read(entry, err));
    ENT_TRY(version_read(entry, err));
    ENT_TRY(sidecar_read(arena, sidecar, &beside, err));
    ENT_TRY(policy_label_read(entry->object, beside, &entry->label, err));
    entry->personal = is_personal(entry);
    ent_buf_init(&walk.words, arena);
    ENT_TRY(value_walk(&walk, ENT_STR(""), entry->object, err));
    ENT_TRY(external_refs(&walk, err));
    ENT_TRY(ent_buf_done(&walk.words, &entry->text, err));
    entry->retention = entry->label.retention.ptr == NULL ? ENT_STR("") : entry->label.retention;
    entry->when = holdings_when(object, &entry->label);
    entry->placed = ent_json_double(ent_json_get(object, "latitude"), &entry->latitude) &&
                    ent_json_double(ent_json_get(object, "longitude"), &entry->longitude);
    return holdings_keys(arena, beside, entry, err);
}

ent_code holdings_index(ent_arena *arena, ent_str bytes, ent_str sidecar, holdings_entry *entry,
                        ent_err *err)
{
    ent_json object;

    if (bytes.size > ENT_LIMIT_OBJECT_SIZE)
        return ent_fail(err, ENT_LIMIT, "an object of %zu bytes is larger than %d", bytes.size,
                        ENT_LIMIT_OBJECT_SIZE);
    ENT_TRY(ent_json_read(arena, bytes, &object, err));
    return holdings_index_object(arena, object, sidecar, entry, err);
}
