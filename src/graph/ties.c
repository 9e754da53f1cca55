#include "graph/graph_int.h"

#include <stdlib.h>

#include "base/limits.h"

#define FAR UINT16_MAX

graph_step graph_step_of_link(const graph *g, uint32_t number, uint32_t from)
{
    const graph_link_row *link = &g->links[number];
    uint32_t to = graph_other(link, from);

    return (graph_step){
        .from = graph_text(g, g->records[from].id),
        .to = graph_text(g, g->records[to].id),
        .from_label = graph_text(g, g->records[from].label),
        .to_label = graph_text(g, g->records[to].label),
        .link = graph_text(g, link->type),
        .owner = graph_text(g, link->owner),
        .rating = graph_text(g, link->rating),
        .time = graph_text(g, link->time),
        .confidence = link->confidence,
        .evidential = link->evidential,
        .reversed = link->from != from,
    };
}

graph_step graph_step_of_key(const graph *g, uint32_t key, uint32_t from, uint32_t to)
{
    return (graph_step){
        .from = graph_text(g, g->records[from].id),
        .to = graph_text(g, g->records[to].id),
        .from_label = graph_text(g, g->records[from].label),
        .to_label = graph_text(g, g->records[to].label),
        .link = ENT_STR("="),
        .key = graph_text(g, g->keys[key].text),
        .owner = graph_text(g, g->records[to].owner),
        .rating = graph_text(g, g->records[to].rating),
        .time = graph_text(g, g->records[to].valid),
        .confidence = 100,
        .evidential = true,
    };
}

ent_code graph_ends(const graph *g, ent_str a, ent_str b, uint32_t *from, uint32_t *to,
                    ent_err *err)
{
    *from = graph_find(g, a);
    *to = graph_find(g, b);
    if (*from == GRAPH_NONE || *to == GRAPH_NONE)
        return ent_fail(err, ENT_NOT_FOUND, "'%.*s' is not held here",
                        ENT_STR_ARG(*from == GRAPH_NONE ? a : b));
    return ENT_OK;
}

/* ---- conflicts ---- */

struct found {
    uint32_t from, to, key, steps;
};

static int found_before(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->steps != y->steps)
        return x->steps < y->steps ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

/* Steps from one end over everything usable, by record. */
struct reach {
    uint16_t *level;
    uint32_t *queue, head, tail;
    uint8_t *spread; /* groups that were */
};

static void reach_push(struct reach *r, uint32_t record, uint16_t level)
{
    if (r->level[record] != FAR)
        return;
    r->level[record] = level;
    r->queue[r->tail++] = record;
}

static void reach_record(const graph *g, struct reach *r, uint32_t record, bool evidential)
{
    uint16_t next = (uint16_t)(r->level[record] + 1);

    for (uint32_t i = g->near_first[record]; i < g->near_first[record + 1]; i++)
        if (g->links[g->near[i]].evidential || !evidential)
            reach_push(r, graph_other(&g->links[g->near[i]], record), next);
    for (uint32_t i = g->key_first[record]; i < g->key_first[record + 1]; i++) {
        const graph_key_row *key = &g->keys[g->key_list[i]];
        uint32_t group, end, member;

        graph_groups_of(g, g->key_list[i], g->records[record].days, &group, &end);
        for (; group < end; group++) {
            if (r->spread[group])
                continue;
            r->spread[group] = 1;
            for (uint32_t at = 0; at < key->post_count; at++)
                if (graph_in_group(g, &g->groups[group], at, &member))
                    reach_push(r, member, next);
        }
    }
}

static ent_code reach_make(const graph *g, ent_arena *arena, uint32_t end, bool evidential,
                           struct reach *r, ent_err *err)
{
    *r = (struct reach){ 0 };
    r->level = ent_arena_array(arena, g->record_count, sizeof *r->level);
    r->queue = ent_arena_array(arena, g->record_count, sizeof *r->queue);
    r->spread = ent_arena_array(arena, (size_t)g->group_count + 1, sizeof *r->spread);
    if (r->level == NULL || r->queue == NULL || r->spread == NULL)
        return ent_fail_arena(err);
    memset(r->level, 0xff, g->record_count * sizeof *r->level);
    reach_push(r, end, 0);
    while (r->head < r->tail && r->level[r->queue[r->head]] < ENT_LIMIT_PATH_STEPS)
        reach_record(g, r, r->queue[r->head++], evidential);
    return ENT_OK;
}

/* Adds the pair if it lies on a way that is short enough; keeps the nearest. */
static void found_add(struct found *list, size_t *count, size_t room, struct found pair)
{
    if (*count == room) {
        if (found_before(&pair, &list[room - 1]) >= 0)
            return;
        --*count;
    }
    list[(*count)++] = pair;
    if (*count == room)
        qsort(list, room, sizeof *list, found_before);
}

static void conflicts_of_key(const graph *g, uint32_t k, const struct reach *a,
                             const struct reach *b, struct found *list, size_t *count,
                             uint64_t *work)
{
    const graph_key_row *key = &g->keys[k];

    for (uint32_t i = 0; i < key->post_count; i++) {
        uint32_t x = g->posts[key->post_first + i];

        for (uint32_t j = 0; a->level[x] != FAR && j < key->post_count; j++) {
            uint32_t y = g->posts[key->post_first + j];

            if (++*work > (uint64_t)ENT_LIMIT_PATH_WORK)
                return;
            if (x == y || b->level[y] == FAR ||
                a->level[x] + 1 + b->level[y] > ENT_LIMIT_PATH_STEPS ||
                ent_days_overlap(g->records[x].days, g->records[y].days))
                continue;
            found_add(list, count, ENT_LIMIT_PATH_CONFLICTS,
                      (struct found){ x, y, k, (uint32_t)(a->level[x] + 1 + b->level[y]) });
        }
    }
}

ent_code graph_conflicts(const graph *g, ent_arena *arena, ent_str a, ent_str b, bool evidential,
                         graph_conflict **list, size_t *count, ent_err *err)
{
    struct found *found = ent_arena_array(arena, ENT_LIMIT_PATH_CONFLICTS, sizeof *found);
    struct reach from_a, from_b;
    uint32_t from, to;
    uint64_t work = 0;

    *count = 0;
    ENT_TRY(graph_ends(g, a, b, &from, &to, err));
    ENT_TRY(reach_make(g, arena, from, evidential, &from_a, err));
    ENT_TRY(reach_make(g, arena, to, evidential, &from_b, err));
    *list = ent_arena_array(arena, ENT_LIMIT_PATH_CONFLICTS, sizeof **list);
    if (found == NULL || *list == NULL)
        return ent_fail_arena(err);
    for (uint32_t k = 0; k < g->key_count; k++)
        if (g->keys[k].reassignable && g->keys[k].post_count > 1)
            conflicts_of_key(g, k, &from_a, &from_b, found, count, &work);
    qsort(found, *count, sizeof *found, found_before);
    for (size_t i = 0; i < *count; i++) {
        const graph_record_row *x = &g->records[found[i].from], *y = &g->records[found[i].to];

        (*list)[i] = (graph_conflict){
            .from = graph_text(g, x->id),
            .to = graph_text(g, y->id),
            .from_label = graph_text(g, x->label),
            .to_label = graph_text(g, y->label),
            .key = graph_text(g, g->keys[found[i].key].text),
            .from_owner = graph_text(g, x->owner),
            .to_owner = graph_text(g, y->owner),
            .from_valid = graph_text(g, x->valid),
            .to_valid = graph_text(g, y->valid),
        };
    }
    return ENT_OK;
}

/* ---- neighbours ---- */

/* A key that both show: one that joins them if there is one, else one in conflict. */
static graph_tie key_between(const graph *g, uint32_t from, uint32_t to, uint32_t *key)
{
    graph_tie tie = GRAPH_UNTIED;

    for (uint32_t i = g->key_first[from]; i < g->key_first[from + 1]; i++)
        for (uint32_t j = g->key_first[to]; j < g->key_first[to + 1]; j++) {
            if (g->key_list[i] != g->key_list[j])
                continue;
            *key = g->key_list[i];
            if (!g->keys[*key].reassignable ||
                ent_days_overlap(g->records[from].days, g->records[to].days))
                return GRAPH_TIED;
            tie = GRAPH_CONFLICTED;
        }
    return tie;
}

graph_tie graph_neighbours(const graph *g, ent_str a, ent_str b, bool evidential, graph_step *step)
{
    uint32_t from = graph_find(g, a), to = graph_find(g, b), best = GRAPH_NONE, key = 0;
    graph_tie tie;

    *step = (graph_step){ .from = a, .to = b };
    if (from == GRAPH_NONE)
        return GRAPH_UNKNOWN_FROM;
    if (to == GRAPH_NONE)
        return GRAPH_UNKNOWN_TO;
    for (uint32_t i = g->near_first[from]; i < g->near_first[from + 1]; i++) {
        const graph_link_row *link = &g->links[g->near[i]];

        if (graph_other(link, from) == to && (link->evidential || !evidential) &&
            (best == GRAPH_NONE || graph_strength(link) > graph_strength(&g->links[best])))
            best = g->near[i];
    }
    tie = key_between(g, from, to, &key);
    if (best != GRAPH_NONE && (tie != GRAPH_TIED || g->records[from].owner == g->records[to].owner))
        *step = graph_step_of_link(g, best, from);
    else if (tie != GRAPH_UNTIED)
        *step = graph_step_of_key(g, key, from, to);
    return best != GRAPH_NONE ? GRAPH_TIED : tie;
}
