#include "joint/presence.h"

#include "desk/work.h"
#include "holdings/search.h"

#include <stdlib.h>

#define OBJECT_MEMORY ((size_t)64 << 20)

/* Ids in the order in which they were found; settled, in the order of ids and each once. */
struct found {
    ent_str *ids;
    size_t count, room;
};

/* Who is linked by one of these types (NULL: any) goes there. */
struct into {
    struct found *found;
    const char *const *ties;
};

struct walk {
    const joint_view *view;
    ent_arena *arena, *scratch;
    const joint_region *region;
    ent_days window;
    struct found places, went, movements, persons; /* went: movements of whatever purpose */
    ent_str at;                                    /* whose links are read */
    const struct into *into;                       /* two of them */
};

static ent_code id_put(struct walk *w, struct found *to, ent_str id, ent_err *err)
{
    if (to->count == to->room) {
        ent_str *grown = ent_arena_grow(w->arena, to->ids, &to->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        to->ids = grown;
    }
    to->ids[to->count] = ent_arena_str(w->arena, id);
    return to->ids[to->count++].ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static int by_text(const void *a, const void *b)
{
    return ent_str_compare(*(const ent_str *)a, *(const ent_str *)b);
}

static void settle(struct found *f)
{
    size_t kept = 0;

    if (f->count > 1)
        qsort(f->ids, f->count, sizeof *f->ids, by_text);
    for (size_t i = 0; i < f->count; i++)
        if (kept == 0 || !ent_str_equal(f->ids[kept - 1], f->ids[i]))
            f->ids[kept++] = f->ids[i];
    f->count = kept;
}

static bool has_id(const struct found *f, ent_str id)
{
    for (size_t i = 0; i < f->count; i++)
        if (ent_str_equal(f->ids[i], id))
            return true;
    return false;
}

/* ---- links ---- */

static bool one_of(ent_str type, const char *const *types)
{
    for (; *types != NULL; types++)
        if (ent_str_is(type, *types))
            return true;
    return false;
}

/* A link that reads from somebody to the record whose links are read. */
static ent_code link_take(void *arg, const store_row *row, ent_err *err)
{
    struct walk *w = arg;
    policy_label label;
    ent_json object;
    ent_str type;
    bool seen;

    ENT_TRY(joint_view_read(w->view, w->scratch, row, &object, &label, &seen, err));
    if (!seen || !ent_str_equal(ent_json_get_text(object, "target_ref"), w->at))
        return ENT_OK;
    type = ent_json_get_text(object, "relationship_type");
    for (size_t i = 0; i < 2 && w->into[i].found != NULL; i++)
        if (w->into[i].ties == NULL || one_of(type, w->into[i].ties))
            ENT_TRY(id_put(w, w->into[i].found, ent_json_get_text(object, "source_ref"), err));
    return ENT_OK;
}

/* Who is linked to `at` and is of that type, at that time; sorted by the links' types. */
static ent_code linked(struct walk *w, ent_str at, const store_beside *beside, size_t count,
                       const struct into into[2], ent_err *err)
{
    const store_query query = {
        .owner = "", .type = "relationship", .ref = at.ptr, .beside = beside, .beside_count = count
    };

    w->at = at;
    w->into = into;
    return store_objects_each(w->view->d->store, &query, link_take, w, err);
}

/* ---- records ---- */

/* The own row of a record, if it is of that type and may be looked at.  Whoever has one, the own
 * comes first: the index of ids, of which the question for links has just read that page, is asked,
 * and not the one of owners. */
static ent_code own_read(struct walk *w, ent_str id, const char *type, store_row *row,
                         ent_json *object, policy_label *label, bool *seen, ent_err *err)
{
    ENT_TRY(store_object_find(w->view->d->store, w->arena, NULL, id, row, seen, err));
    if (!*seen || row->owner.size > 0 || !ent_str_is(row->type, type)) {
        *seen = false;
        return ENT_OK;
    }
    return joint_view_read(w->view, w->scratch, row, object, label, seen, err);
}

static ent_code place_take(struct walk *w, ent_str id, ent_err *err)
{
    policy_label label;
    ent_json object;
    store_row row;
    bool seen;

    if (has_id(&w->places, id))
        return ENT_OK;
    ENT_TRY(own_read(w, id, "location", &row, &object, &label, &seen, err));
    return seen ? id_put(w, &w->places, id, err) : ENT_OK;
}

static ent_code circle_take(void *arg, const store_row *row, ent_err *err)
{
    struct walk *w = arg;
    policy_label label;
    ent_json object;
    bool seen;

    if (holdings_km(row->place.latitude, row->place.longitude, w->region->lat, w->region->lon) >
        w->region->km)
        return ENT_OK;
    ENT_TRY(joint_view_read(w->view, w->scratch, row, &object, &label, &seen, err));
    return seen ? id_put(w, &w->places, row->id, err) : ENT_OK;
}

/* A name that is defined stands for its places, and the circle for those who do not know it. */
static ent_code region_take(struct walk *w, ent_err *err)
{
    const store_box box = holdings_box(w->region->lat, w->region->lon, w->region->km);
    const store_query query = { .owner = "", .type = "location", .near = &box };
    desk *d = w->view->d;
    bool named = false;
    store_doc doc;
    ent_json json;

    if (w->region->name.size > 0)
        ENT_TRY(desk_doc_found(d, w->arena, "region", w->region->name, &doc, &named, err));
    if (named) {
        ENT_TRY(ent_json_read(w->arena, doc.json, &json, err));
        for (ent_json v = ent_json_first(ent_json_get(json, "places")); v.doc != NULL;
             v = ent_json_next(v))
            ENT_TRY(place_take(w, ent_json_str(v), err));
    }
    for (size_t i = 0; i < w->region->id_count; i++)
        ENT_TRY(place_take(w, w->region->ids[i], err));
    if (!w->region->circle || named)
        return ENT_OK;
    ENT_TRY(store_objects_each(d->store, &query, circle_take, w, err));
    settle(&w->places);
    return ENT_OK;
}

/* With the places in these places, to any depth, and with who went there. */
static ent_code places_spread(struct walk *w, ent_err *err)
{
    static const char *const located[] = { "located-at", NULL };
    static const char *const there[] = { "to", "from", "at", NULL };
    const store_beside besides[] = { { "location", NULL }, { "event", &w->window } };

    for (size_t i = 0; i < w->places.count; i++) {
        struct found within = { 0 };
        const struct into into[2] = { { &within, located }, { &w->went, there } };

        ENT_TRY(linked(w, w->places.ids[i], besides, 2, into, err));
        for (size_t k = 0; k < within.count; k++)
            ENT_TRY(place_take(w, within.ids[k], err));
    }
    settle(&w->went);
    return ENT_OK;
}

static ent_code movements_take(struct walk *w, ent_err *err)
{
    for (size_t i = 0; i < w->went.count; i++) {
        policy_label label;
        ent_json object;
        store_row row;
        bool seen;

        ENT_TRY(own_read(w, w->went.ids[i], "event", &row, &object, &label, &seen, err));
        if (seen && ent_days_overlap(row.when, w->window))
            ENT_TRY(id_put(w, &w->movements, w->went.ids[i], err));
    }
    return ENT_OK;
}

static ent_code persons_take(struct walk *w, ent_err *err)
{
    const store_beside person = { "identity", NULL };
    struct found all = { 0 };
    const struct into into[2] = { { &all, NULL } };

    for (size_t i = 0; i < w->movements.count; i++)
        ENT_TRY(linked(w, w->movements.ids[i], &person, 1, into, err));
    settle(&all);
    for (size_t i = 0; i < all.count; i++) {
        policy_label label;
        ent_json object;
        store_row row;
        bool seen;

        ENT_TRY(own_read(w, all.ids[i], "identity", &row, &object, &label, &seen, err));
        if (seen && joint_view_person(w->view, object, &label))
            ENT_TRY(id_put(w, &w->persons, all.ids[i], err));
    }
    return ENT_OK;
}

static ent_code walk(struct walk *w, ent_err *err)
{
    ENT_TRY(region_take(w, err));
    ENT_TRY(places_spread(w, err));
    ENT_TRY(movements_take(w, err));
    return persons_take(w, err);
}

ent_code joint_presence(const joint_view *view, ent_arena *arena, const joint_region *region,
                        ent_days window, ent_str **persons, size_t *count, ent_err *err)
{
    struct walk w = { .view = view,
                      .arena = arena,
                      .scratch = ent_arena_new(OBJECT_MEMORY),
                      .region = region,
                      .window = window };
    ent_code rc;

    if (w.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read an object");
    rc = walk(&w, err);
    rc = ent_arena_end(w.scratch, rc, err);
    *persons = w.persons.ids;
    *count = w.persons.count;
    return rc;
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
