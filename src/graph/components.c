#include "graph/components.h"

#include "graph/graph_int.h"

static uint32_t first_of(uint32_t *of, uint32_t record)
{
    while (of[record] != record)
        record = of[record] = of[of[record]];
    return record;
}

/* The lower of the two stands for both, so that the answer does not depend on the order. */
static void join(uint32_t *of, uint32_t a, uint32_t b)
{
    a = first_of(of, a);
    b = first_of(of, b);
    if (a < b)
        of[b] = a;
    else
        of[a] = b;
}

static void groups_join(const graph *g, const graph_rule *rule, uint32_t *of)
{
    for (uint32_t i = 0; i < g->group_count; i++) {
        const graph_group *group = &g->groups[i];
        const graph_key_row *key = &g->keys[group->key];
        uint32_t before = GRAPH_NONE, record;

        if (!rule->joins(graph_text(g, key->text)))
            continue;
        for (uint32_t at = 0; at < key->post_count; at++) {
            if (!graph_in_group(g, group, at, &record) || of[record] == GRAPH_NOBODY)
                continue;
            if (before != GRAPH_NONE)
                join(of, before, record);
            before = record;
        }
    }
}

ent_code graph_components(const graph *g, ent_arena *arena, const graph_rule *rule, uint32_t **out,
                          ent_err *err)
{
    uint32_t *of = ent_arena_array(arena, (size_t)g->record_count + 1, sizeof *of);

    if (of == NULL)
        return ent_fail_arena(err);
    for (uint32_t i = 0; i < g->record_count; i++)
        of[i] = rule->member(graph_text(g, g->records[i].id)) ? i : GRAPH_NOBODY;
    for (uint32_t i = 0; i < g->link_count; i++) {
        const graph_link_row *link = &g->links[i];

        if (link->evidential && of[link->from] != GRAPH_NOBODY && of[link->to] != GRAPH_NOBODY)
            join(of, link->from, link->to);
    }
    groups_join(g, rule, of);
    for (uint32_t i = 0; i < g->record_count; i++)
        if (of[i] != GRAPH_NOBODY)
            of[i] = first_of(of, i);
    *out = of;
    return ENT_OK;
}

ent_code graph_keys_of(const graph *g, ent_arena *arena, uint32_t record, ent_str **keys,
                       size_t *count, ent_err *err)
{
    uint32_t first = g->key_first[record], end = g->key_first[record + 1];

    *count = end - first;
    *keys = ent_arena_array(arena, *count + 1, sizeof **keys);
    if (*keys == NULL)
        return ent_fail_arena(err);
    for (uint32_t i = first; i < end; i++)
        (*keys)[i - first] = graph_text(g, g->keys[g->key_list[i]].text);
    return ENT_OK;
}
