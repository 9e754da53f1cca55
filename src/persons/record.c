#include "persons/record.h"

#include "desk/work.h"
#include "holdings/index.h"
#include "stix/extension_ids.h"

struct gather {
    desk *d;
    ent_arena *arena;
    persons_record *record;
    size_t document_room, lost_room;
    ent_str *lost;
};

static ent_code document_add(struct gather *g, const names_document *document, ent_err *err)
{
    names_record *names = &g->record->names;

    if (document->number.size == 0)
        return ENT_OK;
    for (size_t i = 0; i < names->document_count; i++)
        if (ent_str_equal(names->documents[i].number, document->number))
            return ENT_OK;
    if (names->document_count == g->document_room) {
        names_document *grown =
            ent_arena_grow(g->arena, names->documents, &g->document_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        names->documents = grown;
    }
    names->documents[names->document_count++] = *document;
    return ENT_OK;
}

static ent_code lost_add(struct gather *g, ent_str number, ent_err *err)
{
    resolve_record *r = &g->record->resolve;

    if (number.size == 0)
        return ENT_OK;
    if (r->lost_count == g->lost_room) {
        ent_str *grown = ent_arena_grow(g->arena, g->lost, &g->lost_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        g->lost = grown;
    }
    g->lost[r->lost_count++] = number;
    r->lost = g->lost;
    return ENT_OK;
}

/* ---- what the object says itself ---- */

static ent_code texts_read(ent_arena *arena, ent_json list, ent_str **texts, size_t *count,
                           ent_err *err)
{
    *count = 0;
    *texts = ent_arena_array(arena, ent_json_count(list), sizeof **texts);
    if (*texts == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        if (ent_json_str(v).size > 0)
            (*texts)[(*count)++] = ent_json_str(v);
    return ENT_OK;
}

static ent_code person_read(struct gather *g, ent_err *err)
{
    ent_json person = ent_json_get(ent_json_get(g->record->object, "extensions"), STIX_EXT_PERSON);
    names_record *names = &g->record->names;

    ENT_TRY(texts_read(g->arena, ent_json_get(person, "nationalities"), &names->countries,
                       &names->country_count, err));
    ENT_TRY(texts_read(g->arena, ent_json_get(person, "places_of_birth"), &names->places,
                       &names->place_count, err));
    names->sex = ent_json_get_text(person, "gender");
    for (ent_json v = ent_json_first(ent_json_get(person, "documents")); v.doc != NULL;
         v = ent_json_next(v)) {
        names_document document = { ent_json_get_text(v, "type"), ent_json_get_text(v, "number"),
                                    ent_json_get_text(v, "issuer") };

        ENT_TRY(document_add(g, &document, err));
    }
    return ENT_OK;
}

/* ---- what relationships tie to it ---- */

static bool is_holding(ent_str type)
{
    return ent_str_is(type, "holds") || ent_str_is(type, "holder-of") ||
           ent_str_is(type, "owner-of") || ent_str_is(type, "owns");
}

static ent_code tie_take(void *arg, const store_row *row, ent_err *err)
{
    struct gather *g = arg;
    ent_json link, thing;
    ent_err why = { 0 };
    ent_str other, bytes, status;
    store_row end;
    ent_code rc;

    if (row->tombstone.size > 0 || !ent_str_is(row->type, "relationship"))
        return ENT_OK;
    bytes = ent_arena_str(g->arena, row->bytes);
    if (bytes.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ent_json_read(g->arena, bytes, &link, err));
    other = ent_json_get_text(link, "target_ref");
    if (!ent_str_equal(ent_json_get_text(link, "source_ref"), g->record->id) ||
        !ent_str_starts(other, ENT_STR("identity-document--")) ||
        ent_json_true(ent_json_get(link, "revoked")))
        return ENT_OK;
    rc = store_object_get(g->d->store, g->arena, NULL, other, &end, &why);
    if (rc == ENT_NOT_FOUND || (rc == ENT_OK && end.tombstone.size > 0))
        return ENT_OK;
    if (rc != ENT_OK) {
        *err = why;
        return rc;
    }
    ENT_TRY(ent_json_read(g->arena, end.bytes, &thing, err));
    ENT_TRY(document_add(g,
                         &(names_document){ ent_json_get_text(thing, "document_type"),
                                            ent_json_get_text(thing, "number"),
                                            ent_json_get_text(thing, "issuer") },
                         err));
    /* Stolen from whom it was issued to; who merely used it has lost nothing. */
    status = ent_json_get_text(thing, "status");
    if (is_holding(ent_json_get_text(link, "relationship_type")) &&
        (ent_str_is(status, "stolen") || ent_str_is(status, "lost")))
        return lost_add(g, ent_json_get_text(thing, "number"), err);
    return ENT_OK;
}

static ent_code keys_take(struct gather *g, int64_t number, ent_err *err)
{
    ent_str *keys;
    size_t count;

    ENT_TRY(store_keys_of(g->d->store, g->arena, number, &keys, &count, err));
    for (size_t i = 0; i < count; i++) {
        const char *colon;

        if (!ent_str_starts(keys[i], ENT_STR("doc:")))
            continue;
        colon = memchr(keys[i].ptr + 4, ':', keys[i].size - 4);
        if (colon == NULL)
            continue;
        ENT_TRY(document_add(
            g,
            &(names_document){
                .number = { colon + 1, (size_t)(keys[i].ptr + keys[i].size - colon - 1) },
                .country = { keys[i].ptr + 4, (size_t)(colon - keys[i].ptr - 4) } },
            err));
    }
    return ENT_OK;
}

static ent_code victim_take(struct gather *g, ent_err *err)
{
    const names_record *names = &g->record->names;

    if (g->record->label.category == POLICY_VICTIM)
        for (size_t i = 0; i < names->document_count; i++)
            ENT_TRY(lost_add(g, names->documents[i].number, err));
    return ENT_OK;
}

ent_code persons_record_of(ent_arena *arena, ent_json object, persons_record *record, ent_err *err)
{
    struct gather g = { .arena = arena, .record = record };
    bool found;

    record->object = object;
    record->id = ent_json_get_text(object, "id");
    if (!ent_str_is(ent_json_get_text(object, "type"), "identity"))
        return ent_fail(err, ENT_FORMAT,
                        "'%.*s' is no identity; same-person statements are about "
                        "identities",
                        ENT_STR_ARG(record->id));
    ENT_TRY(holdings_record(arena, object, &record->names, &found, err));
    ENT_TRY(person_read(&g, err));
    record->resolve.names = &record->names;
    return ENT_OK;
}

ent_code persons_record_load(desk *d, ent_arena *arena, ent_str id, persons_record *record,
                             ent_err *err)
{
    struct gather g = { .d = d, .arena = arena, .record = record };
    store_query ties = { .type = "relationship" };
    ent_json object;
    store_row row;

    *record = (persons_record){ .id = id };
    if (store_object_get(d->store, arena, NULL, id, &row, err) != ENT_OK)
        return ent_context(err, "'%.*s'", ENT_STR_ARG(id));
    if (row.tombstone.size > 0)
        return ent_fail(err, ENT_NOT_FOUND, "the content of '%.*s' was erased", ENT_STR_ARG(id));
    ENT_TRY(desk_label(arena, &row, &object, &record->label, err));
    record->owner = row.owner;
    ENT_TRY(persons_record_of(arena, object, record, err));
    g.document_room = record->names.document_count;
    ties.ref = row.id.ptr;
    ENT_TRY(store_objects_each(d->store, &ties, tie_take, &g, err));
    ENT_TRY(keys_take(&g, row.number, err));
    ENT_TRY(victim_take(&g, err));
    record->resolve.protected_ =
        policy_protected(record->label.category) || record->label.no_disclosure;
    return ENT_OK;
}
