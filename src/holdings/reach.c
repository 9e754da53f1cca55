#include "holdings/reach.h"

#include "holdings/texts_int.h"
#include "holdings/ties_int.h"

#include <stdlib.h>

/* One end of a tie that is said, and the other. */
struct said {
    ent_str at, other;
};

struct reach {
    holdings_tying t;
    ent_arena *arena;
    const holdings_within *within;
    struct said *said; /* by `at` */
    size_t said_count;
    holdings_texts ids;  /* records, each within some steps */
    holdings_texts keys; /* whose holders were looked up, or will be next */
    uint8_t *steps;      /* of each record, as few as are known */
    bool *done;          /* looked at */
    size_t room;
    ent_str at;     /* the record that is looked at */
    unsigned level; /* its steps */
    bool in;        /* it is in the graph */
    bool others;    /* others' rows of its id are looked at now, not the own one */
};

static ent_code record_grow(struct reach *r, ent_err *err)
{
    size_t room = r->room == 0 ? 256 : 2 * r->room;
    uint8_t *steps = ent_arena_array(r->arena, room, 1);
    bool *done = ent_arena_array(r->arena, room, sizeof *done);

    if (steps == NULL || done == NULL)
        return ent_fail_arena(err);
    if (r->room > 0) {
        memcpy(steps, r->steps, r->room);
        memcpy(done, r->done, r->room * sizeof *done);
    }
    r->steps = steps;
    r->done = done;
    r->room = room;
    return ENT_OK;
}

/* The record is within so many steps. */
static ent_code record_near(struct reach *r, ent_str id, unsigned steps, ent_err *err)
{
    size_t number;
    bool is_new;

    ENT_TRY(holdings_texts_add(r->arena, &r->ids, id, &is_new, err));
    number = *holdings_texts_slot(&r->ids, id) - 1;
    if (number >= r->room)
        ENT_TRY(record_grow(r, err));
    if (is_new || steps < r->steps[number])
        r->steps[number] = (uint8_t)steps;
    if (is_new)
        r->done[number] = false;
    return ENT_OK;
}

/* Somebody who shows a key. */
static ent_code holder_take(void *arg, const store_row *row, ent_err *err)
{
    struct reach *r = arg;

    return ent_str_is(row->type, "relationship") ? ENT_OK
                                                 : record_near(r, row->id, r->level + 1, err);
}

static ent_code holders_near(struct reach *r, ent_str key, ent_err *err)
{
    store_query query = { .key = key.ptr };

    return store_objects_each(r->t.store, &query, holder_take, r, err);
}

/* A row of the record: the own one first, as in the whole graph (ties.c). */
static ent_code record_take(void *arg, const store_row *row, ent_err *err)
{
    struct reach *r = arg;
    holdings_tied tied;
    bool is_new;

    if (r->in || ent_str_is(row->type, "relationship") || (row->owner.size > 0) != r->others)
        return ENT_OK;
    ENT_TRY(holdings_tie(&r->t, row, &tied, err));
    r->in = tied.in;
    for (size_t i = 0; i < tied.key_count; i++)
        ENT_TRY(holdings_texts_add(r->arena, &r->keys, tied.keys[i].text, &is_new, err));
    return ENT_OK;
}

/* A link of the record: behind an evidential one is somebody a step further. */
static ent_code link_take(void *arg, const store_row *row, ent_err *err)
{
    struct reach *r = arg;
    holdings_tied tied;

    ENT_TRY(holdings_tie(&r->t, row, &tied, err));
    if (!tied.in || !tied.evidential)
        return ENT_OK;
    if (ent_str_equal(tied.from, r->at))
        return record_near(r, tied.to, r->level + 1, err);
    return ent_str_equal(tied.to, r->at) ? record_near(r, tied.from, r->level + 1, err) : ENT_OK;
}

static int by_end(const void *a, const void *b)
{
    return ent_str_compare(((const struct said *)a)->at, ((const struct said *)b)->at);
}

static ent_code said_take(struct reach *r, ent_err *err)
{
    const holdings_within *w = r->within;

    r->said = ent_arena_array(r->arena, 2 * w->said_count + 1, sizeof *r->said);
    if (r->said == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w->said_count; i++) {
        r->said[r->said_count++] = (struct said){ w->said[i].from, w->said[i].to };
        r->said[r->said_count++] = (struct said){ w->said[i].to, w->said[i].from };
    }
    if (r->said_count > 0)
        qsort(r->said, r->said_count, sizeof *r->said, by_end);
    return ENT_OK;
}

/* Whom somebody ties to the record that is looked at. */
static ent_code said_near(struct reach *r, ent_err *err)
{
    size_t first = 0, last = r->said_count;

    while (first < last) {
        size_t middle = first + (last - first) / 2;

        if (ent_str_compare(r->said[middle].at, r->at) < 0)
            first = middle + 1;
        else
            last = middle;
    }
    for (; first < r->said_count && ent_str_equal(r->said[first].at, r->at); first++)
        ENT_TRY(record_near(r, r->said[first].other, r->level + 1, err));
    return ENT_OK;
}

static ent_code record_look(struct reach *r, size_t number, ent_err *err)
{
    store_query rows = { .id = r->ids.text[number] };
    store_query links = { .ref = r->ids.text[number].ptr, .type = "relationship" };
    size_t keys = r->keys.count;

    r->at = r->ids.text[number];
    r->level = r->steps[number];
    r->in = r->others = false;
    ENT_TRY(store_objects_each(r->t.store, &rows, record_take, r, err));
    r->others = true;
    if (!r->in)
        ENT_TRY(store_objects_each(r->t.store, &rows, record_take, r, err));
    if (!r->in || r->level >= r->within->cap)
        return ENT_OK;
    ENT_TRY(said_near(r, err));
    for (; keys < r->keys.count; keys++)
        ENT_TRY(holders_near(r, r->keys.text[keys], err));
    return store_objects_each(r->t.store, &links, link_take, r, err);
}

static ent_code starts_take(struct reach *r, ent_err *err)
{
    for (size_t i = 0; i < r->within->start_count; i++) {
        const graph_start *start = &r->within->starts[i];

        r->level = start->steps;
        if (start->steps > r->within->cap)
            continue;
        if (start->key.size > 0)
            ENT_TRY(holders_near(r, ent_arena_str(r->arena, start->key), err));
        else if (start->id.size > 0)
            ENT_TRY(record_near(r, start->id, start->steps, err));
    }
    return ENT_OK;
}

static ent_code spread(struct reach *r, ent_err *err)
{
    ENT_TRY(said_take(r, err));
    ENT_TRY(starts_take(r, err));
    for (unsigned level = 0; level <= r->within->cap; level++)
        for (size_t i = 0; i < r->ids.count; i++)
            if (!r->done[i] && r->steps[i] == level) {
                r->done[i] = true;
                ENT_TRY(record_look(r, i, err));
            }
    return ENT_OK;
}

/* What is held, then what `more` makes of it, then what is said. */
static ent_code fill(struct reach *r, ent_err *err)
{
    const holdings_within *w = r->within;

    ENT_TRY(spread(r, err));
    if (w->more != NULL)
        ENT_TRY(w->more(w->more_arg, r->t.g, err));
    for (size_t i = 0; i < w->said_count; i++)
        ENT_TRY(graph_add_link(r->t.g, &w->said[i], err));
    return graph_seal(r->t.g, err);
}

ent_code holdings_reach(store *s, ent_arena *arena, ent_str self, const uint8_t seed[16],
                        const holdings_within *within, graph **g, ent_err *err)
{
    struct reach r = { .t = { .store = s,
                              .self = self,
                              .pick = within->pick,
                              .pick_arg = within->pick_arg,
                              .g = graph_new(arena, seed) },
                       .arena = arena,
                       .within = within };
    ent_code rc;

    ENT_ASSERT(within->cap < GRAPH_FAR);
    if (r.t.g == NULL)
        return ent_fail_arena(err);
    r.t.scratch = ent_arena_new(HOLDINGS_OBJECT_MEMORY);
    if (r.t.scratch == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read an object");
    rc = fill(&r, err);
    rc = ent_arena_end(r.t.scratch, rc, err);
    *g = r.t.g;
    return rc;
}
