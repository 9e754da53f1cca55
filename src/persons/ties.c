#include "persons/ties.h"

#include "holdings/ties.h"
#include "persons/doubt.h"
#include "persons/same.h"

struct adding {
    desk *d;
    ent_arena *arena;
};

/* "DSV/ana, SVB/boris": who proposed and who confirmed. */
static ent_code authors_of(ent_arena *arena, const persons_same *same, ent_str *authors,
                           ent_err *err)
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

static ent_code joins_add(void *arg, graph *g, ent_err *err)
{
    struct adding *adding = arg;
    resolve_clusters clusters;

    ENT_TRY(persons_doubt(adding->d, adding->arena, g, err));
    ENT_TRY(persons_clusters(adding->d, adding->arena, NULL, &clusters, err));
    for (size_t i = 0; i < clusters.join_count; i++) {
        const resolve_statement *join = clusters.joins[i];
        graph_link link = { .id = join->id,
                            .from = join->a,
                            .type = ENT_STR("same-person-as"),
                            .to = join->b,
                            .time = join->at,
                            .confidence = PERSONS_SAME_CONFIDENCE,
                            .evidential = true };
        persons_same same;

        ENT_TRY(persons_same_get(adding->d, adding->arena, join->id, &same, err));
        ENT_TRY(authors_of(adding->arena, &same, &link.owner, err));
        ENT_TRY(graph_add_link(g, &link, err));
    }
    return ENT_OK;
}

ent_code persons_graph(desk *d, ent_arena *arena, const uint8_t seed[16], graph **g, ent_err *err)
{
    struct adding adding = { d, arena };

    return holdings_graph_with(d->store, arena, ent_str_of(d->code), seed, joins_add, &adding, g,
                               err);
}
