/* Where a person is: records by id, key and name, and every place that names one of them. */
#include "casework/redress_int.h"

#include "desk/trace.h"
#include "holdings/search.h"
#include "names/names.h"

#define RECORDS_MAX 256
#define PLACES_MAX  4096

static const struct {
    const char *kind, *what, *closed;
} kinds[] = {
#define X(kind, what, closed) { kind, what, closed },
#include "casework/redress.def"
#undef X
};

struct search {
    desk *d;
    ent_arena *arena;
    const casework_redress *r;
    casework_redress_trace *trace;
    ent_json keys;
    names_record person;
    ent_str name, birth;
};

/* ---- records ---- */

static ent_code record_add(struct search *s, const store_row *row, const char *how, ent_err *err)
{
    casework_redress_trace *t = s->trace;
    casework_redress_record *to = &t->records[t->record_count];

    for (size_t i = 0; i < t->record_count; i++)
        if (ent_str_equal(t->records[i].id, row->id) &&
            ent_str_equal(t->records[i].owner, row->owner))
            return ENT_OK;
    if (t->record_count == RECORDS_MAX)
        return ent_fail(err, ENT_LIMIT,
                        "more than %d records could be about this person; say which", RECORDS_MAX);
    *to = (casework_redress_record){ .id = ent_arena_str(s->arena, row->id),
                                     .owner = ent_arena_str(s->arena, row->owner),
                                     .type = ent_arena_str(s->arena, row->type),
                                     .how = how };
    if (to->id.ptr == NULL || to->owner.ptr == NULL || to->type.ptr == NULL)
        return ent_fail_arena(err);
    t->record_count++;
    return ENT_OK;
}

static ent_code by_key(void *arg, const store_row *row, ent_err *err)
{
    return record_add(arg, row, "key", err);
}

static ent_code named_find(struct search *s, ent_err *err)
{
    for (ent_json v = ent_json_first(ent_json_get(s->r->json, "about")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_err why = { 0 };
        store_row row;
        ent_code rc = store_object_get(s->d->store, s->arena, NULL, ent_json_str(v), &row, &why);

        if (rc != ENT_OK && rc != ENT_NOT_FOUND)
            return *err = why, rc;
        if (rc == ENT_OK)
            ENT_TRY(record_add(s, &row, "named", err));
    }
    return ENT_OK;
}

static ent_code keys_find(struct search *s, ent_err *err)
{
    for (ent_json v = ent_json_first(s->keys); v.doc != NULL; v = ent_json_next(v)) {
        ent_str key = ent_arena_str(s->arena, ent_json_str(v));
        store_query query = { .key = key.ptr };

        if (key.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(store_objects_each(s->d->store, &query, by_key, s, err));
    }
    return ENT_OK;
}

static ent_code names_find(struct search *s, ent_err *err)
{
    ent_str text = ent_arena_str(s->arena, s->name);
    holdings_search search = { .text = text.ptr,
                               .type = "identity",
                               .when = { ENT_DAY_MIN, ENT_DAY_MAX },
                               .limit = RECORDS_MAX };
    holdings_hit *hits;
    ent_err none = { 0 };
    size_t count;
    ent_code rc;

    if (s->name.size == 0)
        return ENT_OK;
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    rc = holdings_find(s->d->store, s->arena, &search, &hits, &count, &none);
    if (rc == ENT_FORMAT)
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = none, rc;
    for (size_t i = 0; i < count; i++) {
        names_record held;
        bool found;

        ENT_TRY(holdings_record(s->arena, hits[i].object, &held, &found, err));
        if (found && names_compare(&s->person, &held).decision != NAMES_DIFFERENT)
            ENT_TRY(record_add(s, &hits[i].row, "likeness", err));
    }
    return ENT_OK;
}

/* ---- places ---- */

static ent_code place_add(struct search *s, const casework_redress_place *place, ent_err *err)
{
    casework_redress_trace *t = s->trace;

    if (t->place_count == PLACES_MAX)
        return ent_fail(err, ENT_LIMIT, "the person is in more than %d places", PLACES_MAX);
    t->places[t->place_count++] = *place;
    t->open_count += place->open;
    return ENT_OK;
}

/* Releases: settled when the holder has proved that it erased what it had. */
static ent_code releases_find(struct search *s, ent_err *err)
{
    size_t records = s->trace->record_count;

    for (size_t i = 0; i < records; i++) {
        ent_json *lines;
        size_t count;

        ENT_TRY(desk_trace(s->d, s->arena, s->trace->records[i].id, &lines, &count, err));
        for (size_t j = 0; j < count; j++) {
            bool out = ent_str_is(ent_json_get_text(lines[j], "direction"), "out");
            ent_str state = ent_json_get_text(lines[j], "state");
            casework_redress_place place = { .what = out ? ENT_STR("released to")
                                                         : ENT_STR("received from"),
                                             .id = ent_json_get_text(lines[j], "release"),
                                             .peer = ent_json_get_text(lines[j], "peer"),
                                             .state = state,
                                             .by = s->trace->records[i].id,
                                             .open = !ent_str_is(state, "erased") };

            ENT_TRY(place_add(s, &place, err));
        }
    }
    return ENT_OK;
}

/* Is this text one of the person's: a record, a key? */
static bool is_his(const struct search *s, ent_str text)
{
    if (text.size < 4)
        return false;
    for (size_t i = 0; i < s->trace->record_count; i++)
        if (ent_str_equal(s->trace->records[i].id, text))
            return true;
    for (size_t i = 0; i < s->trace->place_count; i++) /* alarms name sightings by reference */
        if (ent_str_is(s->trace->places[i].what, "sighting") &&
            ent_str_equal(s->trace->places[i].id, text))
            return true;
    return desk_list_has(s->keys, text);
}

static bool is_name(ent_json v)
{
    ent_str name = ent_json_name(v);

    return ent_str_is(name, "name") || ent_str_is(name, "names");
}

static bool alike(const struct search *s, ent_str text)
{
    names_record other = { .schema = ENT_STR("person"), .names = &text, .name_count = 1 };

    return s->name.size > 0 && text.size > 0 &&
           names_compare(&s->person, &other).decision != NAMES_DIFFERENT;
}

/* The first text in it that is the person's, also within texts that are JSON themselves. */
static ent_str mention_find(const struct search *s, ent_json json, int depth)
{
    for (ent_json v = json; v.doc != NULL; v = ent_json_walk(json, v)) {
        ent_str text = ent_json_str(v);
        ent_err none = { 0 };
        ent_json inner;

        if (is_his(s, text) || (is_name(v) && alike(s, text)))
            return text;
        for (ent_json n = is_name(v) ? ent_json_first(v) : (ent_json){ NULL, 0 }; n.doc != NULL;
             n = ent_json_next(n))
            if (alike(s, ent_json_str(n)))
                return ent_json_str(n);
        if (depth < 2 && text.size > 2 && text.ptr[0] == '{' &&
            ent_json_read(s->arena, text, &inner, &none) == ENT_OK) {
            ent_str found = mention_find(s, inner, depth + 1);

            if (found.size > 0)
                return found;
        }
    }
    return ENT_STR_NONE;
}

static bool word_in(const char *words, ent_str word)
{
    if (strcmp(words, "*") == 0)
        return true;
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t size = strcspn(at, " ");

        if (word.size == size && memcmp(word.ptr, at, size) == 0)
            return true;
        at += size;
    }
    return false;
}

static ent_code places_find(struct search *s, size_t kind, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(s->d, s->arena, kinds[kind].kind, NULL, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        casework_redress_place place = { .what = ent_str_of(kinds[kind].what),
                                         .id = docs[i].id,
                                         .peer = docs[i].peer,
                                         .state = docs[i].state,
                                         .open = !word_in(kinds[kind].closed, docs[i].state) };
        ent_json json;

        ENT_TRY(ent_json_read(s->arena, docs[i].json, &json, err));
        place.by = mention_find(s, json, 0);
        if (ent_str_is(docs[i].kind, "sighting"))
            place.id = ent_json_get_text(json, "ref");
        if (place.by.size > 0)
            ENT_TRY(place_add(s, &place, err));
    }
    return ENT_OK;
}

ent_code casework_redress_trace_make(desk *d, ent_arena *arena, const casework_redress *r,
                                     casework_redress_trace *trace, ent_err *err)
{
    struct search s = { .d = d,
                        .arena = arena,
                        .r = r,
                        .trace = trace,
                        .keys = ent_json_get(r->json, "keys"),
                        .name = ent_json_get_text(r->json, "name"),
                        .birth = ent_json_get_text(r->json, "birth") };

    *trace = (casework_redress_trace){
        .records = ent_arena_array(arena, RECORDS_MAX, sizeof *trace->records),
        .places = ent_arena_array(arena, PLACES_MAX, sizeof *trace->places)
    };
    if (trace->records == NULL || trace->places == NULL)
        return ent_fail_arena(err);
    s.person = (names_record){ .schema = ENT_STR("person"),
                               .names = &s.name,
                               .name_count = 1,
                               .births = &s.birth,
                               .birth_count = s.birth.size > 0 };
    ENT_TRY(named_find(&s, err));
    ENT_TRY(keys_find(&s, err));
    ENT_TRY(names_find(&s, err));
    ENT_TRY(releases_find(&s, err));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ENT_TRY(places_find(&s, i, err));
    return ENT_OK;
}
