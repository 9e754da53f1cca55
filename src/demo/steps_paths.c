/* Step 3: what nobody can see alone, and no pair together. */
#include "demo/play.h"

#include "psi/keyform.h"

static ent_code alone_check(demo *d, size_t service, ent_err *err)
{
    const demo_node *node = &d->nodes[service];
    const story_ends *ends = &d->s.ends[service];
    ent_str a, b;
    demo_result result;

    if (!ends->given) {
        demo_skip(d, "no_path.ends has nothing for it", "%s alone", node->code);
        return ENT_OK;
    }
    a = d->ids.entities[ends->a];
    b = d->ids.entities[ends->b];
    ENT_TRY(demo_command(d, node, "analyst", DEMO_ARGS("path", a.ptr, b.ptr, "--evidential"),
                         &result, err));
    ent_jw_object(&d->got);
    ent_jw_key(&d->got, "service");
    ent_jw_str(&d->got, d->s.services[service].id);
    ent_jw_key(&d->got, "path");
    ent_jw_bool(&d->got, result.exit == 0);
    ent_jw_end(&d->got);
    demo_check(d, result.exit == DEMO_EXIT_NO,
               "%s alone has no path of evidence between the incidents%s%.*s", node->code,
               result.exit > DEMO_EXIT_NO ? ": " : "",
               result.exit > DEMO_EXIT_NO ? (int)result.err.size : 0, result.err.ptr);
    return ENT_OK;
}

static ent_code record_put(demo *d, graph *g, const story_entity *e, ent_err *err)
{
    graph_record record = { .id = e->id,
                            .owner = d->s.services[e->service].code,
                            .rating = e->rate,
                            .label = e->label,
                            .valid = e->iv,
                            .days = { ENT_DAY_MIN, ENT_DAY_MAX },
                            .joins = e->mark == 'M' || e->mark == 'O' };
    graph_key *keys = ent_arena_array(d->arena, e->keys.count + 1, sizeof *keys);

    if (keys == NULL)
        return ent_fail_arena(err);
    if (e->iv.size > 0)
        ENT_TRY(ent_interval_read(e->iv, &record.days, err));
    for (size_t k = 0; k < e->keys.count; k++) {
        const psi_keyform *form = psi_keyform_of(e->keys.items[k]);

        keys[k] = (graph_key){ e->keys.items[k], form != NULL && form->reassignable };
    }
    return graph_add_record(g, &record, keys, e->keys.count, err);
}

ent_code demo_story_graph(demo *d, const bool *in, graph **g, ent_err *err)
{
    static const uint8_t seed[16] = { 0 };

    *g = graph_new(d->arena, seed);
    if (*g == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (in[i])
            ENT_TRY(record_put(d, *g, &d->s.entities[i], err));
    for (size_t i = 0; i < d->s.link_count; i++) {
        const story_link *l = &d->s.links[i];
        graph_link link = { .from = d->s.entities[l->a].id,
                            .type = l->rel,
                            .to = d->s.entities[l->b].id,
                            .owner = d->s.services[l->service].code,
                            .time = l->iv,
                            .confidence = l->confidence,
                            .evidential = l->evidential };

        if (in[l->a] && in[l->b])
            ENT_TRY(graph_add_link(*g, &link, err));
    }
    return graph_seal(*g, err);
}

/* The holdings of a pair, as if they were one: for the test only, from the story. */
static ent_code joined_graph(demo *d, const size_t pair[2], graph **g, ent_err *err)
{
    bool *in = ent_arena_array(d->arena, d->s.entity_count + 1, sizeof *in);

    if (in == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < d->s.entity_count; i++)
        in[i] = d->s.entities[i].service == pair[0] || d->s.entities[i].service == pair[1];
    return demo_story_graph(d, in, g, err);
}

static ent_code pair_ends_check(demo *d, const graph *g, size_t a, size_t b, size_t *paths,
                                size_t *conflicts, ent_err *err)
{
    graph_options options = { .evidential = true, .max_paths = 1 };
    ent_str from = d->s.entities[a].id, to = d->s.entities[b].id;
    graph_conflict *list;
    graph_answer answer;
    size_t count;

    if (a == b || !graph_has(g, from) || !graph_has(g, to))
        return ENT_OK;
    ENT_TRY(graph_paths(g, d->arena, from, to, &options, &answer, err));
    ENT_TRY(graph_conflicts(g, d->arena, from, to, true, &list, &count, err));
    *paths += answer.count;
    *conflicts += count;
    return ENT_OK;
}

static ent_code joined_check(demo *d, const size_t pair[2], ent_err *err)
{
    const char *one = d->nodes[pair[0]].code, *two = d->nodes[pair[1]].code;
    size_t paths = 0, conflicts = 0;
    graph *g;

    if (!d->s.ends[pair[0]].given && !d->s.ends[pair[1]].given) {
        demo_skip(d, "no_path.ends has nothing for them", "%s and %s together", one, two);
        return ENT_OK;
    }
    ENT_TRY(joined_graph(d, pair, &g, err));
    for (int x = 0; x < 2; x++)
        for (int y = 0; y < 2; y++)
            if (d->s.ends[pair[x]].given && d->s.ends[pair[y]].given)
                ENT_TRY(pair_ends_check(d, g, d->s.ends[pair[x]].a, d->s.ends[pair[y]].b, &paths,
                                        &conflicts, err));
    ent_jw_object(&d->got);
    demo_pair_write(d, pair);
    ent_jw_key(&d->got, "path");
    ent_jw_bool(&d->got, paths > 0);
    ent_jw_key(&d->got, "conflicts");
    ent_jw_int(&d->got, (int64_t)conflicts);
    ent_jw_end(&d->got);
    demo_check(d, paths == 0, "%s and %s together, joined for the test only, have none either%s",
               one, two,
               conflicts > 0 ? ": a number that changed hands would have made a false one" : "");
    return ENT_OK;
}

ent_code demo_no_paths(demo *d, ent_err *err)
{
    demo_step_begin(d, 3, "no path", "Nobody can see it alone");
    if (!d->s.has_no_path) {
        demo_skip(d, "the story has no no_path", "that nobody alone, and no pair, has a path");
        return ENT_OK;
    }
    demo_say(d, "Before anything is released, each looks for a path between the two incidents in "
                "what it holds. A claim is not evidence, and neither is a number that has passed "
                "to somebody else.");
    ent_jw_key(&d->got, "alone");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < d->s.alone_count; i++)
        ENT_TRY(alone_check(d, d->s.alone[i], err));
    ent_jw_end(&d->got);
    ent_jw_key(&d->got, "pairs");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < d->s.pair_count; i++)
        ENT_TRY(joined_check(d, d->s.pairs[i], err));
    ent_jw_end(&d->got);
    return ENT_OK;
}
