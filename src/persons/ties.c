#include "persons/ties.h"

#include "holdings/ties.h"
#include "persons/doubt.h"
#include "persons/same.h"

struct adding {
    desk *d;
    ent_arena *arena;
};

ent_code persons_authors(ent_arena *arena, const persons_same *same, ent_str *authors, ent_err *err)
{
    ent_buf buf;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < same->act_count; i++) {
        ent_buf_c(&buf, i == 0 ? "" : ", ");
        ent_buf_str(&buf, same->acts[i].node);
        ent_buf_byte(&buf, '/');
        ent_buf_str(&buf, same->acts[i].by);
    }
    return ent_buf_done(&buf, authors, err);
}

ent_code persons_joins(desk *d, ent_arena *arena, ent_str purpose, graph_link **joins,
                       size_t *count, ent_err *err)
{
    resolve_clusters clusters;

    *count = 0;
    ENT_TRY(persons_clusters(d, arena, NULL, &clusters, err));
    *joins = ent_arena_array(arena, clusters.join_count + 1, sizeof **joins);
    if (*joins == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < clusters.join_count; i++) {
        const resolve_statement *join = clusters.joins[i];
        graph_link *link = &(*joins)[*count];
        persons_same same;

        ENT_TRY(persons_same_get(d, arena, join->id, &same, err));
        if (purpose.size > 0 && same.purpose.size > 0 && !ent_str_equal(purpose, same.purpose))
            continue;
        *link = (graph_link){ .id = join->id,
                              .from = join->a,
                              .type = ENT_STR("same-person-as"),
                              .to = join->b,
                              .time = join->at,
                              .confidence = PERSONS_SAME_CONFIDENCE,
                              .evidential = true };
        ENT_TRY(persons_authors(arena, &same, &link->owner, err));
        (*count)++;
    }
    return ENT_OK;
}

static ent_code joins_add(void *arg, graph *g, ent_err *err)
{
    struct adding *adding = arg;
    graph_link *joins;
    size_t count;

    ENT_TRY(persons_doubt(adding->d, adding->arena, g, err));
    ENT_TRY(persons_joins(adding->d, adding->arena, ENT_STR_NONE, &joins, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(graph_add_link(g, &joins[i], err));
    return ENT_OK;
}

ent_code persons_graph(desk *d, ent_arena *arena, const uint8_t seed[16], graph **g, ent_err *err)
{
    struct adding adding = { d, arena };

    return holdings_graph_with(d->store, arena, ent_str_of(d->code), seed, joins_add, &adding, g,
                               err);
}
