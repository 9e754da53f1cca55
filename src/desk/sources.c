#include "desk/sources.h"

#include "desk/work.h"

/* Records on the way back, each once. */
struct way {
    ent_arena *arena;
    ent_str ids[DESK_SOURCES_MAX];
    size_t count, at; /* `at`: whose origins are looked for */
    bool derived;     /* it has one */
};

static ent_code origin_add(struct way *way, ent_str id, ent_err *err)
{
    for (size_t i = 0; i < way->count; i++)
        if (ent_str_equal(way->ids[i], id))
            return ENT_OK;
    if (way->count == DESK_SOURCES_MAX)
        return ent_fail(err, ENT_LIMIT, "it rests on more than %d records", DESK_SOURCES_MAX);
    way->ids[way->count] = ent_arena_str(way->arena, id);
    return way->ids[way->count++].ptr != NULL ? ENT_OK : ent_fail_arena(err);
}

/* A link that refers to the record: does it say what the record was derived from? */
static ent_code link_follow(void *arg, const store_row *row, ent_err *err)
{
    struct way *way = arg;
    ent_json json;

    if (!ent_str_is(row->type, "relationship"))
        return ENT_OK;
    ENT_TRY(ent_json_read(way->arena, row->bytes, &json, err));
    if (!ent_str_is(ent_json_get_text(json, "relationship_type"), "derived-from") ||
        !ent_str_equal(ent_json_get_text(json, "source_ref"), way->ids[way->at]))
        return ENT_OK;
    way->derived = true;
    return origin_add(way, ent_json_get_text(json, "target_ref"), err);
}

static ent_code source_read(desk *d, ent_arena *arena, ent_str id, desk_source *source,
                            ent_err *err)
{
    ent_err absent = { 0 };
    ent_json object;
    store_row row;
    ent_code rc = store_object_get(d->store, arena, NULL, id, &row, &absent);

    *source = (desk_source){ .id = id };
    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = absent, rc;
    source->owner = row.owner;
    source->held = row.tombstone.size == 0;
    return source->held ? desk_label(arena, &row, &object, &source->label, err) : ENT_OK;
}

ent_code desk_sources(desk *d, ent_arena *arena, ent_str id, desk_source **sources, size_t *count,
                      ent_err *err)
{
    struct way *way = ent_arena_alloc(arena, sizeof *way);
    store_row row;

    *count = 0;
    *sources = ent_arena_array(arena, DESK_SOURCES_MAX, sizeof **sources);
    if (way == NULL || *sources == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_object_get(d->store, arena, NULL, id, &row, err));
    *way = (struct way){ .arena = arena };
    ENT_TRY(origin_add(way, id, err));
    for (; way->at < way->count; way->at++) {
        store_query query = { .ref = way->ids[way->at].ptr };

        way->derived = false;
        ENT_TRY(store_objects_each(d->store, &query, link_follow, way, err));
        if (!way->derived)
            ENT_TRY(source_read(d, arena, way->ids[way->at], &(*sources)[(*count)++], err));
    }
    return ENT_OK;
}
