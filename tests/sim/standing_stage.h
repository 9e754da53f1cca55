/* sim: a standing match of many keys between two nodes, in parts of four keys and pieces of half a
 * KiB. */
#ifndef ENT_SIM_STANDING_STAGE_H
#define ENT_SIM_STANDING_STAGE_H

#include "sim/match_stage.h"

#include "match/standing_int.h"

struct stage {
    sim world;
    ent_arena *arena;
    sim_node *a, *b;
    char id[37];
};

static inline void keys_put(struct stage *s, sim_node *n, int from, int count)
{
    for (int i = from; i < from + count; i++)
        put(n, s->arena, ent_arena_printf(s->arena, "identity--%d", i).ptr,
            ent_arena_printf(s->arena, "doc:QBZ:%d", 10000 + 37 * i).ptr);
}

/* `few` keys at the first node, `many` at the second; half of the few are common. */
static inline void stage_set(struct stage *s, const char *terms, int few, int many)
{
    *s = (struct stage){ .arena = ent_arena_new(SIM_ROOM) };
    begin(&s->world, s->arena, terms);
    s->a = &s->world.nodes[0];
    s->b = &s->world.nodes[1];
    s->a->d.match_part = s->b->d.match_part = 4;
    keys_put(s, s->a, 0, few);
    keys_put(s, s->b, few / 2, many);
}

static inline void stage_strike(struct stage *s)
{
    sim_release(&s->world);
    ent_arena_free(s->arena);
}

static inline ent_code stand(struct stage *s, sim_node *n, const char *peer, ent_err *err)
{
    const match_question q = { .peer = peer, .purpose = ENT_STR("CT-INV"), .user = "ana" };

    *err = (ent_err){ 0 };
    return match_standing_start(&n->d, s->arena, &q, s->id, err);
}

/* All the work that is due, as a node does it. */
static inline void work_all(struct stage *s, sim_node *n)
{
    ent_err err = { 0 };
    size_t done;

    do
        CHECK_OK(match_work(&n->d, s->arena, &done, &err), &err);
    while (done > 0);
}

static inline void rounds(struct stage *s, int count)
{
    for (int i = 0; i < count; i++) {
        work_all(s, s->a);
        work_all(s, s->b);
        sim_carry(&s->world);
    }
}

static inline standing of(struct stage *s, sim_node *n)
{
    ent_err err = { 0 };
    standing st;

    CHECK_OK(match_standing_load(&n->d, s->arena, ent_str_of(s->id), &st, &err), &err);
    return st;
}

#endif
