#include "joint/presence.h"

struct walk {
    const graph *g;
    const uint8_t *kinds;
    uint8_t *seen;
    uint32_t *list; /* places first, then movements, then persons: each record once */
    size_t count;
    ent_days window;
    ent_str owner;
};

static void take(struct walk *w, uint32_t record)
{
    if (w->seen[record])
        return;
    w->seen[record] = 1;
    w->list[w->count++] = record;
}

/* Is it a link that says where a movement went? */
static bool is_at(ent_str type)
{
    return ent_str_is(type, "to") || ent_str_is(type, "from") || ent_str_is(type, "at");
}

static void places_spread(struct walk *w, size_t place)
{
    uint32_t record = w->list[place], count = graph_edge_count(w->g, record);

    for (uint32_t i = 0; i < count; i++) {
        graph_edge edge = graph_edge_at(w->g, record, i);

        if (!edge.outgoing && w->kinds[edge.other] == JOINT_PLACE &&
            ent_str_is(edge.type, "located-at") && ent_str_equal(edge.owner, w->owner))
            take(w, edge.other);
    }
}

static void movements_take(struct walk *w, uint32_t place)
{
    uint32_t count = graph_edge_count(w->g, place);

    for (uint32_t i = 0; i < count; i++) {
        graph_edge edge = graph_edge_at(w->g, place, i);

        if (!edge.outgoing && w->kinds[edge.other] == JOINT_MOVEMENT && is_at(edge.type) &&
            ent_str_equal(edge.owner, w->owner) &&
            ent_days_overlap(graph_days(w->g, edge.other), w->window))
            take(w, edge.other);
    }
}

static void persons_take(struct walk *w, uint32_t movement)
{
    uint32_t count = graph_edge_count(w->g, movement);

    for (uint32_t i = 0; i < count; i++) {
        graph_edge edge = graph_edge_at(w->g, movement, i);

        if (!edge.outgoing && w->kinds[edge.other] == JOINT_PERSON &&
            ent_str_equal(edge.owner, w->owner))
            take(w, edge.other);
    }
}

ent_code joint_presence(const graph *g, ent_arena *arena, const uint8_t *kinds,
                        const uint32_t *places, size_t place_count, ent_days window, ent_str owner,
                        uint32_t **persons, size_t *count, ent_err *err)
{
    struct walk w = { .g = g, .kinds = kinds, .window = window, .owner = owner };
    size_t place_end, movement_end;

    w.seen = ent_arena_array(arena, graph_record_count(g) + 1, 1);
    w.list = ent_arena_array(arena, graph_record_count(g) + 1, sizeof *w.list);
    if (w.seen == NULL || w.list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < place_count; i++)
        take(&w, places[i]);
    for (size_t i = 0; i < w.count; i++) /* grows as it goes */
        places_spread(&w, i);
    place_end = w.count;
    for (size_t i = 0; i < place_end; i++)
        movements_take(&w, w.list[i]);
    movement_end = w.count;
    for (size_t i = place_end; i < movement_end; i++)
        persons_take(&w, w.list[i]);
    *persons = w.list + movement_end;
    *count = w.count - movement_end;
    return ENT_OK;
}
