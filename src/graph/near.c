/* Distances from several starts, and the sealed graph by number. */
#include "graph/graph_int.h"

struct spread {
    const graph *g;
    uint8_t *steps;
    uint32_t *queue, head, tail;
    uint8_t *done; /* groups that were spread */
    bool evidential;
};

static void push(struct spread *s, uint32_t record, unsigned steps)
{
    if (s->steps[record] != GRAPH_FAR)
        return;
    s->steps[record] = (uint8_t)steps;
    s->queue[s->tail++] = record;
}

static void push_group(struct spread *s, uint32_t group, unsigned steps)
{
    const graph_key_row *key = &s->g->keys[s->g->groups[group].key];
    uint32_t member;

    if (s->done[group])
        return;
    s->done[group] = 1;
    for (uint32_t i = 0; i < key->post_count; i++)
        if (graph_in_group(s->g, &s->g->groups[group], i, &member))
            push(s, member, steps);
}

static void spread_record(struct spread *s, uint32_t record, unsigned next)
{
    const graph *g = s->g;

    for (uint32_t i = g->near_first[record]; i < g->near_first[record + 1]; i++)
        if (g->links[g->near[i]].evidential || !s->evidential)
            push(s, graph_other(&g->links[g->near[i]], record), next);
    for (uint32_t i = g->key_first[record]; i < g->key_first[record + 1]; i++) {
        uint32_t group, end;

        graph_groups_of(g, g->key_list[i], g->records[record].days, &group, &end);
        for (; group < end; group++)
            push_group(s, group, next);
    }
}

static uint32_t key_find(const graph *g, ent_str key)
{
    uint32_t text = graph_text_find(g, key);

    return text == GRAPH_NONE ? GRAPH_NONE : g->key_of[text];
}

static void push_starts(struct spread *s, const graph_start *starts, size_t count, unsigned level)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t record = GRAPH_NONE, key = GRAPH_NONE;

        if (starts[i].id.size > 0 && starts[i].steps == level)
            record = graph_find(s->g, starts[i].id);
        else if (starts[i].id.size == 0 && starts[i].steps + 1 == level)
            key = key_find(s->g, starts[i].key);
        if (record != GRAPH_NONE)
            push(s, record, level);
        for (uint32_t at = 0; key != GRAPH_NONE && at < s->g->keys[key].post_count; at++)
            push(s, s->g->posts[s->g->keys[key].post_first + at], level);
    }
}

ent_code graph_distances(const graph *g, ent_arena *arena, const graph_start *starts, size_t count,
                         unsigned cap, bool evidential, uint8_t **steps, ent_err *err)
{
    struct spread s = { .g = g, .evidential = evidential };

    ENT_ASSERT(g->sealed && cap < GRAPH_FAR);
    s.steps = ent_arena_array(arena, (size_t)g->record_count + 1, 1);
    s.queue = ent_arena_array(arena, (size_t)g->record_count + 1, sizeof *s.queue);
    s.done = ent_arena_array(arena, (size_t)g->group_count + 1, 1);
    if (s.steps == NULL || s.queue == NULL || s.done == NULL)
        return ent_fail_arena(err);
    memset(s.steps, GRAPH_FAR, (size_t)g->record_count + 1);
    for (unsigned level = 0; level <= cap; level++) {
        push_starts(&s, starts, count, level);
        while (level < cap && s.head < s.tail && s.steps[s.queue[s.head]] == level)
            spread_record(&s, s.queue[s.head++], level + 1);
    }
    *steps = s.steps;
    return ENT_OK;
}

unsigned graph_key_steps(const graph *g, const uint8_t *steps, ent_str key)
{
    uint32_t number = key_find(g, key);
    unsigned best = GRAPH_FAR;

    for (uint32_t i = 0; number != GRAPH_NONE && i < g->keys[number].post_count; i++) {
        unsigned there = steps[g->posts[g->keys[number].post_first + i]];

        best = there < best ? there : best;
    }
    return best;
}

size_t graph_key_count(const graph *g)
{
    return g->key_count;
}

ent_str graph_key_text(const graph *g, size_t number)
{
    return graph_text(g, g->keys[number].text);
}

uint32_t graph_number(const graph *g, ent_str id)
{
    return graph_find(g, id);
}

ent_str graph_id(const graph *g, uint32_t number)
{
    return graph_text(g, g->records[number].id);
}

ent_days graph_days(const graph *g, uint32_t number)
{
    return g->records[number].days;
}

uint32_t graph_edge_count(const graph *g, uint32_t number)
{
    return g->near_first[number + 1] - g->near_first[number];
}

graph_edge graph_edge_at(const graph *g, uint32_t number, uint32_t index)
{
    const graph_link_row *link = &g->links[g->near[g->near_first[number] + index]];

    return (graph_edge){ .other = graph_other(link, number),
                         .type = graph_text(g, link->type),
                         .owner = graph_text(g, link->owner),
                         .outgoing = link->from == number,
                         .evidential = link->evidential };
}
