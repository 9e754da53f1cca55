/* sim: two nodes with an agreement on matching, records that are keys, and a question. */
#ifndef ENT_SIM_MATCH_STAGE_H
#define ENT_SIM_MATCH_STAGE_H

#include "sim/desk_sim.h"

#include "match/match.h"
#include "stix/extension_ids.h"

#define M                                                                                   \
    "\"purposes\":[\"CT-INV\"],\"category\":\"suspect\",\"retention\":\"2029-01-01\",\"dis" \
    "cover\":\"pointer\""

/* A record of ours with these keys. */
static inline void put_keys(sim_node *n, ent_arena *arena, const char *id, const ent_str *keys,
                            size_t count)
{
    const char *bytes =
        ent_arena_printf(arena,
                         "{\"type\":\"identity\",\"id\":\"%s\",\"extensions\":{\"" STIX_EXT_HANDLING
                         "\":{\"rating\":{\"source\":\"A\",\"information\":\"1\"}," M "}}}",
                         id)
            .ptr;

    sim_put(n, id, "identity", bytes, keys, count, NULL, 0);
}

static inline void put(sim_node *n, ent_arena *arena, const char *id, const char *key)
{
    ent_str keys[] = { ent_str_of(key) };

    put_keys(n, arena, id, keys, 1);
}

/* The numbers from `first` on, as documents. */
static inline ent_str *range(ent_arena *arena, long first, size_t count)
{
    ent_str *keys = ent_arena_array(arena, count, sizeof *keys);

    for (size_t i = 0; i < count; i++)
        keys[i] = ent_arena_printf(arena, "doc:QBZ:%ld", first + (long)i);
    return keys;
}

static inline ent_code ask(sim_node *n, ent_arena *arena, const match_question *q, char run[37],
                           ent_err *err)
{
    *err = (ent_err){ 0 };
    return match_start(&n->d, arena, q, run, err);
}

static inline void begin(sim *world, ent_arena *arena, const char *match)
{
    char id[37];

    sim_init(world, 2);
    sim_propose(world, arena,
                ent_arena_printf(arena,
                                 "{\"name\":\"x\",\"purposes\":[\"CT-INV\"],\"match\":%s,"
                                 "\"retention_months\":1,\"not_after\":\"2025\"}",
                                 match)
                    .ptr,
                id);
    sim_sign_agreement(&world->nodes[0], arena, id);
    sim_sign_agreement(&world->nodes[1], arena, id);
}

static inline size_t alarms(sim_node *n, ent_arena *arena, ent_json **list)
{
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(match_alarms(&n->d, arena, NULL, list, &count, &err), &err);
    return count;
}

#endif
