#include "names/names.h"

#include "base/limits.h"

/* The texts of a list: strings, or objects with `full` (whose `kind` goes to `kinds`). */
static ent_code strings_read(ent_arena *arena, ent_json list, const char *member, ent_str **out,
                             ent_str **kinds, size_t *count, ent_err *err)
{
    size_t n = ent_json_count(list);

    *count = 0;
    if (n > ENT_LIMIT_NAMES)
        return ent_fail(err, ENT_LIMIT, "member '%s' of a record has %zu entries, more than %d",
                        member, n, ENT_LIMIT_NAMES);
    *out = ent_arena_array(arena, n, sizeof **out);
    if (kinds != NULL)
        *kinds = ent_arena_array(arena, n, sizeof **kinds);
    if (*out == NULL || (kinds != NULL && *kinds == NULL))
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        bool object = ent_json_is(v, ENT_JSON_OBJECT);
        ent_str text = object ? ent_json_get_text(v, "full") : ent_json_str(v);

        if (text.ptr == NULL)
            return ent_fail(err, ENT_FORMAT, "an entry of member '%s' of a record is no text",
                            member);
        if (kinds != NULL && object)
            (*kinds)[*count] = ent_json_get_text(v, "kind");
        (*out)[(*count)++] = text;
    }
    return ENT_OK;
}

static ent_code documents_read(ent_arena *arena, ent_json list, names_record *record, ent_err *err)
{
    size_t n = ent_json_count(list);

    if (n > ENT_LIMIT_NAMES)
        return ent_fail(err, ENT_LIMIT, "member 'ids' of a record has %zu entries, more than %d", n,
                        ENT_LIMIT_NAMES);
    record->documents = ent_arena_array(arena, n, sizeof *record->documents);
    if (record->documents == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        names_document *document = &record->documents[record->document_count];

        document->type = ent_json_get_text(v, "type");
        document->number = ent_json_get_text(v, "number");
        document->country = ent_json_get_text(v, "country");
        if (document->number.ptr != NULL)
            record->document_count++;
    }
    return ENT_OK;
}

/* Some members may be one text or null where the form wants a list: read leniently. */
static ent_json list_of(ent_json json, const char *member)
{
    ent_json list = ent_json_get(json, member);

    return ent_json_is(list, ENT_JSON_ARRAY) ? list : (ent_json){ NULL, 0 };
}

ent_code names_record_read(ent_arena *arena, ent_json json, names_record *record, ent_err *err)
{
    *record = (names_record){ .id = ent_json_get_text(json, "id"),
                              .schema = ent_json_get_text(json, "schema"),
                              .sex = ent_json_get_text(json, "gender") };
    if (!ent_json_is(json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "a record is no JSON object");
    if (ent_json_count(ent_json_get(json, "names")) == 0)
        return ent_fail(err, ENT_FORMAT, "member 'names' of a record is missing or empty");
    if (record->schema.ptr == NULL)
        record->schema = ENT_STR("person");
    ENT_TRY(strings_read(arena, ent_json_get(json, "names"), "names", &record->names,
                         &record->kinds, &record->name_count, err));
    ENT_TRY(strings_read(arena, list_of(json, "dob"), "dob", &record->births, NULL,
                         &record->birth_count, err));
    ENT_TRY(strings_read(arena, list_of(json, "nationality"), "nationality", &record->countries,
                         NULL, &record->country_count, err));
    ENT_TRY(strings_read(arena, list_of(json, "pob"), "pob", &record->places, NULL,
                         &record->place_count, err));
    return documents_read(arena, list_of(json, "ids"), record, err);
}
