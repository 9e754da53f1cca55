#include "joint/field.h"

#include "desk/work.h"
#include "holdings/ties.h"

#include <math.h>

struct own_record {
    ent_str id;
    uint8_t kind;
    double lat, lon;
    bool where;
};

struct loading {
    desk *d;
    ent_arena *arena;
    const desk_terms *terms;
    ent_str purpose;
    struct own_record *own;
    size_t count, room;
    bool full;
};

static bool has_purpose(const policy_label *label, ent_str purpose)
{
    for (size_t i = 0; i < label->purpose_count; i++)
        if (ent_str_equal(label->purposes[i], purpose))
            return true;
    return label->purpose_count == 0; /* what concerns no person may have none */
}

/* May this person be in an answer, if only as "one of mine fits"?  As for a match set. */
static bool may_answer(const struct loading *l, const policy_label *label)
{
    policy_terms own = { .in_force = true,
                         .both_party = true,
                         .match = true,
                         .purposes = { l->purpose },
                         .purpose_count = 1 };
    policy_question q = {
        .action = POLICY_MATCH,
        .label = label,
        .terms = &own,
        .purpose = l->purpose,
        .holder = ent_str_of(l->d->code),
        .recipient = { .organisation = l->terms != NULL ? l->terms->peer : ent_str_of(l->d->code) },
        .today = desk_today(l->d),
        .now = l->d->now
    };

    return policy_decide(&q).permit;
}

static uint8_t kind_of(const struct loading *l, const store_row *row, ent_json object,
                       const policy_label *label)
{
    if (ent_str_is(row->type, "location"))
        return JOINT_PLACE;
    if (ent_str_is(row->type, "event"))
        return JOINT_MOVEMENT;
    if (ent_str_is(row->type, "identity") &&
        ent_str_is(ent_json_get_text(object, "identity_class"), "individual") &&
        may_answer(l, label))
        return JOINT_PERSON;
    return JOINT_OTHER;
}

static void own_put(struct loading *l, const store_row *row, ent_json object, uint8_t kind)
{
    struct own_record *to;

    if (l->count == l->room) {
        size_t room = l->room == 0 ? 64 : 2 * l->room;
        struct own_record *grown = ent_arena_array(l->arena, room, sizeof *grown);

        if (grown == NULL) {
            l->full = true;
            return;
        }
        if (l->count > 0)
            memcpy(grown, l->own, l->count * sizeof *grown);
        l->own = grown;
        l->room = room;
    }
    to = &l->own[l->count++];
    *to = (struct own_record){ .id = ent_arena_str(l->arena, row->id), .kind = kind };
    l->full = l->full || to->id.ptr == NULL;
    to->where = ent_json_double(ent_json_get(object, "latitude"), &to->lat) &&
                ent_json_double(ent_json_get(object, "longitude"), &to->lon);
}

static bool pick(void *arg, const store_row *row, ent_json object, const policy_label *label)
{
    struct loading *l = arg;
    uint8_t kind;

    if (label->no_disclosure || !has_purpose(label, l->purpose))
        return false;
    if (row->owner.size > 0)
        return true;
    kind = kind_of(l, row, object, label);
    if (kind != JOINT_OTHER)
        own_put(l, row, object, kind);
    return true;
}

static ent_code kinds_make(struct loading *l, joint_field *field, ent_err *err)
{
    field->kinds = ent_arena_array(l->arena, graph_record_count(field->g) + 1, 1);
    field->places = ent_arena_array(l->arena, l->count + 1, sizeof *field->places);
    if (field->kinds == NULL || field->places == NULL || l->full)
        return ent_fail_arena(err);
    for (size_t i = 0; i < l->count; i++) {
        uint32_t number = graph_number(field->g, l->own[i].id);

        if (number == GRAPH_NOBODY)
            continue;
        field->kinds[number] = l->own[i].kind;
        if (l->own[i].kind == JOINT_PLACE)
            field->places[field->place_count++] =
                (joint_place){ number, l->own[i].lat, l->own[i].lon, l->own[i].where };
    }
    return ENT_OK;
}

ent_code joint_field_load(desk *d, ent_arena *arena, const desk_terms *terms, ent_str purpose,
                          joint_field *field, ent_err *err)
{
    struct loading l = { .d = d, .arena = arena, .terms = terms, .purpose = purpose };
    uint8_t seed[16];

    *field = (joint_field){ .self = ent_str_of(d->code) };
    d->random(d->arg, seed, sizeof seed);
    ENT_TRY(holdings_graph_of(d->store, arena, field->self, seed, pick, &l, &field->g, err));
    return kinds_make(&l, field, err);
}

/* ---- regions ---- */

double joint_distance_km(double lat_a, double lon_a, double lat_b, double lon_b)
{
    static const double radius = 6371.0088, degree = 3.14159265358979323846 / 180;
    double y = sin((lat_b - lat_a) * degree / 2), x = sin((lon_b - lon_a) * degree / 2);
    double h = y * y + cos(lat_a * degree) * cos(lat_b * degree) * x * x;

    return 2 * radius * asin(sqrt(h > 1 ? 1 : h));
}

ent_code joint_region_put(desk *d, ent_arena *arena, ent_str name, const ent_str *ids, size_t count,
                          ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("region"), .id = name, .time = d->now };
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < count; i++) {
        store_row row;

        ENT_TRY(store_object_get(d->store, arena, "", ids[i], &row, err));
        if (!ent_str_is(row.type, "location"))
            return ent_fail(err, ENT_USAGE, "'%.*s' is no location", ENT_STR_ARG(ids[i]));
    }
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "places");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(&w, ids[i]);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

struct chosen {
    const joint_field *field;
    uint32_t *places;
    size_t count;
};

static void choose_id(struct chosen *c, ent_str id)
{
    uint32_t number = graph_number(c->field->g, id);

    if (number != GRAPH_NOBODY && c->field->kinds[number] == JOINT_PLACE)
        c->places[c->count++] = number;
}

ent_code joint_field_present(desk *d, ent_arena *arena, const joint_field *field,
                             const joint_region *region, ent_days window, uint32_t **persons,
                             size_t *count, ent_err *err)
{
    struct chosen c = { .field = field };
    ent_json named = { .doc = NULL };
    store_doc doc;
    bool found = false;

    if (region->name.size > 0)
        ENT_TRY(desk_doc_found(d, arena, "region", region->name, &doc, &found, err));
    if (found) {
        ENT_TRY(ent_json_read(arena, doc.json, &named, err));
        named = ent_json_get(named, "places");
    }
    c.places = ent_arena_array(
        arena, field->place_count + ent_json_count(named) + region->id_count + 1, sizeof *c.places);
    if (c.places == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(named); v.doc != NULL; v = ent_json_next(v))
        choose_id(&c, ent_json_str(v));
    for (size_t i = 0; i < region->id_count; i++)
        choose_id(&c, region->ids[i]);
    for (size_t i = 0; i < field->place_count && region->circle && !found; i++)
        if (field->places[i].where && joint_distance_km(field->places[i].lat, field->places[i].lon,
                                                        region->lat, region->lon) <= region->km)
            c.places[c.count++] = field->places[i].record;
    return joint_presence(field->g, arena, field->kinds, c.places, c.count, window, field->self,
                          persons, count, err);
}
