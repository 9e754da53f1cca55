#include "joint/points.h"

#include "base/limits.h"
#include "desk/work.h"
#include "psi/keyform.h"

#include <stdlib.h>

struct collect {
    desk *d;
    ent_arena *arena;
    ent_str peer;
    const joint_field *field;
    joint_point *items;
    size_t count, room;
};

static ent_code point_put(struct collect *c, ent_str key, ent_str id, ent_str own, bool listed,
                          ent_err *err)
{
    joint_point *to;

    if (c->count == ENT_LIMIT_HYPO_POINTS)
        return ENT_OK; /* what is beyond it is not spoken of */
    if (c->count == c->room) {
        size_t room = c->room == 0 ? 64 : 2 * c->room;
        joint_point *grown = ent_arena_array(c->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (c->count > 0)
            memcpy(grown, c->items, c->count * sizeof *grown);
        c->items = grown;
        c->room = room;
    }
    to = &c->items[c->count++];
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

/* Keys that both have found.  A likeness of names joins nothing, and neither does a key whose
 * two records were never true at one time. */
static ent_code hits_collect(struct collect *c, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(c->d, c->arena, "hit", c->peer.ptr, "open", &docs, &count, err));
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

static ent_code public_collect(struct collect *c, ent_err *err)
{
    for (size_t i = 0; i < graph_key_count(c->field->g); i++) {
        ent_str key = graph_key_text(c->field->g, i);

        if (ent_str_starts(key, ENT_STR("pub:")))
            ENT_TRY(point_put(c, key, ENT_STR_NONE, ENT_STR_NONE, false, err));
    }
    return ENT_OK;
}

static ent_code received_take(void *arg, const store_row *row, ent_err *err)
{
    struct collect *c = arg;

    if (row->tombstone.size > 0 || graph_number(c->field->g, row->id) == GRAPH_NOBODY)
        return ENT_OK;
    return point_put(c, ENT_STR_NONE, row->id, row->id, true, err);
}

static ent_code given_collect(struct collect *c, ent_err *err)
{
    store_doc *docs;
    size_t count;

    ENT_TRY(desk_docs(c->d, c->arena, "release", c->peer.ptr, NULL, &docs, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_json json;

        if (!ent_str_is(docs[i].state, "sent") && !ent_str_is(docs[i].state, "received"))
            continue;
        ENT_TRY(ent_json_read(c->arena, docs[i].json, &json, err));
        for (ent_json v = ent_json_first(ent_json_get(json, "objects")); v.doc != NULL;
             v = ent_json_next(v)) {
            ent_str own = ent_json_get_text(v, "id"), as = ent_json_get_text(v, "sent_as");

            if (as.size > 0 && graph_number(c->field->g, own) != GRAPH_NOBODY)
                ENT_TRY(point_put(c, ENT_STR_NONE, as, own, true, err));
        }
    }
    return ENT_OK;
}

static int by_name(const void *a, const void *b)
{
    const joint_point *x = a, *y = b;
    int sign = ent_str_compare(x->key, y->key);

    return sign != 0 ? sign : ent_str_compare(x->id, y->id);
}

static void points_settle(joint_points *points)
{
    size_t kept = 0;

    if (points->count > 1)
        qsort(points->items, points->count, sizeof *points->items, by_name);
    for (size_t i = 0; i < points->count; i++) {
        if (kept > 0 && by_name(&points->items[kept - 1], &points->items[i]) == 0)
            points->items[kept - 1].listed |= points->items[i].listed;
        else
            points->items[kept++] = points->items[i];
    }
    points->count = kept;
}

ent_code joint_points_collect(desk *d, ent_arena *arena, const char *peer, const joint_field *field,
                              joint_points *points, ent_err *err)
{
    struct collect c = { .d = d, .arena = arena, .peer = ent_str_of(peer), .field = field };
    store_query received = { .owner = peer };

    ENT_TRY(hits_collect(&c, err));
    ENT_TRY(public_collect(&c, err));
    ENT_TRY(store_objects_each(d->store, &received, received_take, &c, err));
    ENT_TRY(given_collect(&c, err));
    *points = (joint_points){ c.items, c.count };
    points_settle(points);
    return ENT_OK;
}

ent_code joint_point_add(ent_arena *arena, joint_points *points, ent_str id, ent_err *err)
{
    joint_point *grown;

    if (joint_point_find(points, ENT_STR_NONE, id) != NULL)
        return ENT_OK;
    grown = ent_arena_array(arena, points->count + 1, sizeof *grown);
    if (grown == NULL)
        return ent_fail_arena(err);
    if (points->count > 0)
        memcpy(grown, points->items, points->count * sizeof *grown);
    grown[points->count++] =
        (joint_point){ .id = id, .own = id, .said = GRAPH_FAR, .heard = GRAPH_FAR, .listed = true };
    points->items = grown;
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

ent_code joint_points_spread(ent_arena *arena, const joint_field *field, const joint_points *points,
                             const ent_str *targets, size_t target_count, unsigned cap,
                             uint8_t **steps, ent_err *err)
{
    graph_start *starts = ent_arena_array(arena, points->count + target_count + 1, sizeof *starts);
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
    return graph_distances(field->g, arena, starts, count, cap, true, steps, err);
}

static unsigned steps_of(const joint_field *field, const joint_point *point, const uint8_t *steps)
{
    uint32_t number;

    if (point->key.size > 0)
        return graph_key_steps(field->g, steps, point->key);
    if (point->own.size == 0)
        return 0; /* a target that only its owner knows */
    number = graph_number(field->g, point->own);
    return number == GRAPH_NOBODY ? GRAPH_FAR : steps[number];
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
