#include "joint/points.h"

#include "base/limits.h"
#include "desk/work.h"
#include "psi/keyform.h"

#include <stdlib.h>

/* What one object may take while it is read. */
#define OBJECT_MEMORY ((size_t)64 << 20)

struct collect {
    const joint_view *view;
    ent_arena *arena, *scratch; /* of one row; only while rows are read */
    const char *peer;
    joint_points *points;
};

static ent_code point_put(struct collect *c, ent_str key, ent_str id, ent_str own, bool listed,
                          ent_err *err)
{
    joint_points *p = c->points;
    joint_point *to;

    if (p->count >= ENT_LIMIT_HYPO_POINTS)
        return ENT_OK; /* what is beyond it is not spoken of */
    if (p->count == p->room) {
        joint_point *grown = ent_arena_grow(c->arena, p->items, &p->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        p->items = grown;
    }
    to = &p->items[p->count++];
    *to = (joint_point){ .said = GRAPH_FAR, .heard = GRAPH_FAR, .listed = listed };
    if (key.size > 0)
        to->key = ent_arena_str(c->arena, key);
    if (id.size > 0)
        to->id = ent_arena_str(c->arena, id);
    if (own.size > 0)
        to->own = ent_arena_str(c->arena, own);
    if ((key.size > 0 && to->key.ptr == NULL) || (id.size > 0 && to->id.ptr == NULL) ||
        (own.size > 0 && to->own.ptr == NULL))
        return ent_fail_arena(err);
    return ENT_OK;
}

static int by_name(const void *a, const void *b)
{
    const joint_point *x = a, *y = b;
    int sign = ent_str_compare(x->key, y->key);

    return sign != 0 ? sign : ent_str_compare(x->id, y->id);
}

/* Of two that are one, all that is known of either. */
static void points_settle(joint_points *points)
{
    size_t kept = 0;

    if (points->count > 1)
        qsort(points->items, points->count, sizeof *points->items, by_name);
    for (size_t i = 0; i < points->count; i++) {
        const joint_point *p = &points->items[i];
        joint_point *same = &points->items[kept == 0 ? 0 : kept - 1];

        if (kept == 0 || by_name(same, p) != 0) {
            points->items[kept++] = *p;
            continue;
        }
        same->listed = same->listed || p->listed;
        same->own = same->own.size > 0 ? same->own : p->own;
        same->said = p->said < same->said ? p->said : same->said;
        same->heard = p->heard < same->heard ? p->heard : same->heard;
    }
    points->count = kept;
}

/* ---- what is shared ---- */

/* Keys that both have found.  A likeness of names joins nothing, and neither does a key whose
 * two records were never true at one time. */
static ent_code hits_collect(struct collect *c, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(c->view->d, c->arena, "hit", c->peer, "open", &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;
        ent_str key;

        ENT_TRY(ent_json_read(c->arena, docs[i].json, &json, err));
        key = ent_json_get_text(json, "key");
        if (ent_str_is(ent_json_get_text(json, "status"), "hit") && psi_keyform_of(key) != NULL &&
            !ent_str_starts(key, ENT_STR("nm:")))
            ENT_TRY(point_put(c, key, ENT_STR_NONE, ENT_STR_NONE, true, err));
    }
    return ENT_OK;
}

static ent_code public_take(void *arg, const store_row *row, ent_err *err)
{
    struct collect *c = arg;
    policy_label label;
    ent_json object;
    ent_str *keys;
    size_t count;
    bool seen;

    if (ent_str_is(row->type, "relationship"))
        return ENT_OK;
    ENT_TRY(joint_view_read(c->view, c->scratch, row, &object, &label, &seen, err));
    if (!seen)
        return ENT_OK;
    ENT_TRY(store_keys_of(c->view->d->store, c->scratch, row->number, &keys, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_starts(keys[i], ENT_STR("pub:")))
            ENT_TRY(point_put(c, keys[i], ENT_STR_NONE, ENT_STR_NONE, false, err));
    return ENT_OK;
}

static ent_code public_collect(struct collect *c, ent_err *err)
{
    const store_query query = { .key_start = "pub:" };
    ent_code rc;

    c->scratch = ent_arena_new(OBJECT_MEMORY);
    if (c->scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read an object");
    rc = store_objects_each(c->view->d->store, &query, public_take, c, err);
    return ent_arena_end(c->scratch, rc, err);
}

static ent_code given_collect(struct collect *c, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(c->view->d, c->arena, "release", c->peer, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        if (!ent_str_is(docs[i].state, "sent") && !ent_str_is(docs[i].state, "received"))
            continue;
        ENT_TRY(ent_json_read(c->arena, docs[i].json, &json, err));
        for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
             v = ent_json_next(v)) {
            ent_str own = ent_json_get_text(v, "id"), as = ent_json_get_text(v, "sent_as");
            bool holds;

            if (as.size == 0)
                continue;
            ENT_TRY(joint_view_holds(c->view, NULL, own, &holds, err));
            if (holds)
                ENT_TRY(point_put(c, ENT_STR_NONE, as, own, true, err));
        }
    }
    return ENT_OK;
}

ent_code joint_points_collect(const joint_view *view, ent_arena *arena, const char *peer,
                              bool public, joint_points *points, ent_err *err)
{
    struct collect c = { .view = view, .arena = arena, .peer = peer, .points = points };

    *points = (joint_points){ 0 };
    ENT_TRY(hits_collect(&c, err));
    ENT_TRY(given_collect(&c, err));
    if (public)
        ENT_TRY(public_collect(&c, err));
    points_settle(points);
    return ENT_OK;
}

static ent_code received_put(struct collect *c, ent_str id, ent_err *err)
{
    bool holds;

    ENT_TRY(joint_view_holds(c->view, c->peer, id, &holds, err));
    return holds ? point_put(c, ENT_STR_NONE, id, id, true, err) : ENT_OK;
}

static ent_code mention(struct collect *c, ent_json point, ent_err *err)
{
    ent_str key = ent_json_get_text(point, "key"), id = ent_json_get_text(point, "id");
    bool shows = false;

    if (id.size > 0)
        return received_put(c, id, err);
    if (ent_str_starts(key, ENT_STR("pub:")))
        ENT_TRY(joint_view_shows(c->view, key, &shows, err));
    return shows ? point_put(c, key, ENT_STR_NONE, ENT_STR_NONE, false, err) : ENT_OK;
}

ent_code joint_points_mention(const joint_view *view, ent_arena *arena, const char *peer,
                              ent_json list, joint_points *points, ent_err *err)
{
    joint_points known = *points, named = { 0 };
    struct collect c = { .view = view, .arena = arena, .peer = peer, .points = &named };
    size_t left = ENT_LIMIT_HYPO_POINTS;

    for (ent_json v = ent_json_first(list); v.doc != NULL && left > 0; v = ent_json_next(v), left--)
        if (joint_point_find(&known, ent_json_get_text(v, "key"), ent_json_get_text(v, "id")) ==
            NULL)
            ENT_TRY(mention(&c, v, err));
    c.points = points;
    for (size_t i = 0; i < named.count; i++)
        ENT_TRY(point_put(&c, named.items[i].key, named.items[i].id, named.items[i].own,
                          named.items[i].listed, err));
    points_settle(points);
    return ENT_OK;
}

ent_code joint_points_received(const joint_view *view, ent_arena *arena, const char *peer,
                               ent_str id, joint_points *points, ent_err *err)
{
    struct collect c = { .view = view, .arena = arena, .peer = peer, .points = points };

    ENT_TRY(received_put(&c, id, err));
    points_settle(points);
    return ENT_OK;
}

ent_code joint_point_add(ent_arena *arena, joint_points *points, ent_str id, ent_err *err)
{
    struct collect c = { .arena = arena, .points = points };

    if (joint_point_find(points, ENT_STR_NONE, id) != NULL)
        return ENT_OK;
    ENT_TRY(point_put(&c, ENT_STR_NONE, id, id, true, err));
    points_settle(points);
    return ENT_OK;
}

joint_point *joint_point_find(const joint_points *points, ent_str key, ent_str id)
{
    const joint_point wanted = { .key = key, .id = id };

    return points->count == 0
               ? NULL
               : bsearch(&wanted, points->items, points->count, sizeof *points->items, by_name);
}

/* ---- distances ---- */

/* What the peer has released to us and lies in the field. */
static ent_code reached_add(struct collect *c, const joint_field *field, ent_err *err)
{
    size_t count = graph_record_count(field->g);

    for (uint32_t i = 0; i < count; i++) {
        ent_str id = graph_id(field->g, i);
        store_row row;
        bool found;

        ENT_TRY(store_object_find(c->view->d->store, c->arena, c->peer, id, &row, &found, err));
        if (found)
            ENT_TRY(received_put(c, id, err));
    }
    points_settle(c->points);
    return ENT_OK;
}

ent_code joint_points_spread(const joint_view *view, ent_arena *arena, const char *peer,
                             joint_points *points, const ent_str *targets, size_t target_count,
                             unsigned cap, joint_field *field, uint8_t **steps, ent_err *err)
{
    graph_start *starts = ent_arena_array(arena, points->count + target_count + 1, sizeof *starts);
    struct collect c = { .view = view, .arena = arena, .peer = peer, .points = points };
    size_t count = 0;

    if (starts == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < target_count; i++)
        starts[count++] = (graph_start){ .id = targets[i] };
    for (size_t i = 0; i < points->count; i++)
        if (points->items[i].heard != GRAPH_FAR)
            starts[count++] = (graph_start){ .id = points->items[i].own,
                                             .key = points->items[i].key,
                                             .steps = points->items[i].heard };
    ENT_TRY(joint_field_load(view, arena, starts, count, cap, field, err));
    if (peer != NULL)
        ENT_TRY(reached_add(&c, field, err));
    return graph_distances(field->g, arena, starts, count, cap, true, steps, err);
}

static unsigned steps_of(const joint_field *field, const joint_point *point, const uint8_t *steps)
{
    if (point->key.size > 0)
        return graph_key_steps(field->g, steps, point->key);
    if (point->own.size == 0)
        return 0; /* a target that only its owner knows */
    return joint_field_steps(field, steps, point->own);
}

size_t joint_points_say(ent_jw *w, const joint_field *field, joint_points *points,
                        const uint8_t *steps, unsigned cap, bool all)
{
    size_t count = 0;

    ent_jw_key(w, "points");
    ent_jw_array(w);
    for (size_t i = 0; i < points->count; i++) {
        joint_point *p = &points->items[i];
        unsigned now = steps_of(field, p, steps);
        /* Behind a key comes a step; one that would be beyond the cap tells nothing. */
        bool shorter = now < p->said && now < p->heard && now + (p->key.size > 0 ? 1 : 0) <= cap;

        if (!(shorter && p->listed) && !(all && ent_str_starts(p->key, ENT_STR("pub:"))))
            continue;
        ent_jw_object(w);
        ent_jw_key(w, p->key.size > 0 ? "key" : "id");
        ent_jw_str(w, p->key.size > 0 ? p->key : p->id);
        if (shorter) {
            ent_jw_key(w, "steps");
            ent_jw_int(w, now);
            p->said = now;
        }
        ent_jw_end(w);
        p->listed = true;
        count += shorter;
    }
    ent_jw_end(w);
    return count;
}

static ent_code point_hear(ent_json v, joint_points *points, unsigned cap, ent_err *err)
{
    static const char *const names[] = { "id", "key", "steps", NULL };
    ent_str key = ent_json_get_text(v, "key"), id = ent_json_get_text(v, "id");
    ent_json value = ent_json_get(v, "steps");
    int64_t steps = GRAPH_FAR;
    joint_point *point;

    ENT_TRY(desk_members(v, "a point", names, err));
    if ((key.size > 0) == (id.size > 0))
        return ent_fail(err, ENT_FORMAT, "a point has a key or an id, one of both");
    if (value.doc != NULL && (!ent_json_int(value, &steps) || steps < 0 || steps > cap))
        return ent_fail(err, ENT_FORMAT, "a point's steps are no number from 0 to %u", cap);
    point = key.size > 0 ? joint_point_find(points, key, ENT_STR_NONE)
                         : joint_point_find(points, ENT_STR_NONE, id);
    if (point == NULL)
        return ENT_OK; /* recalled, erased or replaced since: it is no point any more */
    point->listed = true;
    if (steps < point->heard)
        point->heard = (unsigned)steps;
    return ENT_OK;
}

ent_code joint_points_hear(ent_json list, joint_points *points, unsigned cap, ent_err *err)
{
    if (!ent_json_is(list, ENT_JSON_ARRAY))
        return ent_fail(err, ENT_FORMAT, "member 'points' is no list");
    if (ent_json_count(list) > ENT_LIMIT_HYPO_POINTS)
        return ent_fail(err, ENT_LIMIT, "more than %d points [limit HYPO_POINTS]",
                        ENT_LIMIT_HYPO_POINTS);
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
        ENT_TRY(point_hear(v, points, cap, err));
    return ENT_OK;
}

void joint_points_write(ent_jw *w, const joint_points *points)
{
    ent_jw_key(w, "points");
    ent_jw_array(w);
    for (size_t i = 0; i < points->count; i++) {
        const joint_point *p = &points->items[i];

        if (p->said == GRAPH_FAR && p->heard == GRAPH_FAR && !p->listed)
            continue;
        ent_jw_object(w);
        ent_jw_key(w, p->key.size > 0 ? "key" : "id");
        ent_jw_str(w, p->key.size > 0 ? p->key : p->id);
        if (p->said != GRAPH_FAR) {
            ent_jw_key(w, "said");
            ent_jw_int(w, p->said);
        }
        if (p->heard != GRAPH_FAR) {
            ent_jw_key(w, "heard");
            ent_jw_int(w, p->heard);
        }
        ent_jw_end(w);
    }
    ent_jw_end(w);
}

void joint_points_read(ent_json list, joint_points *points)
{
    for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v)) {
        ent_str key = ent_json_get_text(v, "key");
        joint_point *point =
            key.size > 0 ? joint_point_find(points, key, ENT_STR_NONE)
                         : joint_point_find(points, ENT_STR_NONE, ent_json_get_text(v, "id"));
        int64_t number;

        if (point == NULL)
            continue;
        point->listed = true;
        if (ent_json_int(ent_json_get(v, "said"), &number))
            point->said = (unsigned)number;
        if (ent_json_int(ent_json_get(v, "heard"), &number))
            point->heard = (unsigned)number;
    }
}
