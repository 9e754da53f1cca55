/* sim/match_ways -- the four ways in which two can compare what they hold, and how each begins. */
#ifndef ENT_SIM_MATCH_WAYS_H
#define ENT_SIM_MATCH_WAYS_H

#include "sim/desk_sim.h"

#include "match/match.h"
#include "match/standing.h"

enum way { RUN, SIZE, FAST, STANDING, WAYS };

static inline void way_begin(sim_node *n, ent_arena *arena, enum way way, char id[37])
{
    const match_question q = { .peer = "SVB",
                               .purpose = ENT_STR("CT-INV"),
                               .user = "ana",
                               .size = way == SIZE,
                               .fast = way == FAST };
    ent_err err = { 0 };

    if (way == STANDING)
        CHECK_OK(match_standing_start(&n->d, arena, &q, id, &err), &err);
    else
        CHECK_OK(match_start(&n->d, arena, &q, id, &err), &err);
}

#endif
