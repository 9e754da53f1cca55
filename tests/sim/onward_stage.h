/*
 * sim/onward_stage -- three desks: a fact of A's goes through B to C by A's grant.
 */
#ifndef ENT_SIM_ONWARD_STAGE_H
#define ENT_SIM_ONWARD_STAGE_H

#include "sim/release_stage.h"

#include "desk/onward.h"

struct onward {
    struct stage s;
    sim_node *c;
    ent_str release; /* of A to B */
    ent_str request; /* of B to A */
    ent_str passed;  /* B's release to C */
};

static inline void onward_set(struct onward *o)
{
    memset(o, 0, sizeof *o);
    stage_set(&o->s, 3);
    o->c = &o->s.world.nodes[2];
    o->release = release(&o->s, ANNA);
}

static inline ent_code ask_for(struct onward *o, const char *object, ent_err *err)
{
    ent_str ids[] = { ent_str_of(object) };
    desk_onward_request q = { .ids = ids,
                              .id_count = 1,
                              .to = "CTB",
                              .purpose = ENT_STR("CT-INV"),
                              .reason = ENT_STR("their case needs it"),
                              .by = "s.analyst" };
    char id[37];
    ent_code rc;

    *err = (ent_err){ 0 };
    rc = SIM_WORK(o->s.b, desk_onward_ask(&o->s.b->d, o->s.arena, &q, id, err), err);
    if (rc == ENT_OK)
        o->request = ent_arena_str(o->s.arena, ent_str_of(id));
    return rc;
}

static inline ent_code node_approve(sim_node *n, ent_arena *arena, ent_str draft, int person,
                                    desk_draft_state *state, ent_err *err)
{
    *err = (ent_err){ 0 };
    return SIM_WORK(
        n, desk_release_approve(&n->d, arena, draft, &n->people[person].officer, state, err), err);
}

static inline void both_approve(sim_node *n, ent_arena *arena, ent_str draft)
{
    desk_draft_state state;
    ent_err err;

    CHECK_OK(node_approve(n, arena, draft, 0, &state, &err), &err);
    CHECK_STR(state.state, "waiting");
    CHECK_OK(node_approve(n, arena, draft, 1, &state, &err), &err);
    CHECK_STR(state.state, "sent");
}

static inline ent_str grant_draft(struct onward *o, const char *until)
{
    desk_gate_result result;
    desk_draft_state state;
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(o->s.a,
                      desk_onward_draft(&o->s.a->d, o->s.arena, o->request, ent_str_of(until),
                                        o->s.a->people[4].name, &result, &state, &err),
                      &err),
             &err);
    return state.id;
}

static inline ent_code pass_draft(struct onward *o, desk_draft_state *state, ent_err *err)
{
    desk_gate_result result;
    desk_draft_request q = { .peer = "CTB",
                             .purpose = ENT_STR("CT-INV"),
                             .grants = &o->request,
                             .grant_count = 1,
                             .drafter = o->s.b->people[4].name };

    *err = (ent_err){ 0 };
    return SIM_WORK(o->s.b, desk_release_draft(&o->s.b->d, o->s.arena, &q, &result, state, err),
                    err);
}

/* The whole way. */
static inline void pass(struct onward *o)
{
    desk_draft_state state;
    ent_err err;

    CHECK_OK(ask_for(o, ANNA, &err), &err);
    sim_carry(&o->s.world);
    both_approve(o->s.a, o->s.arena, grant_draft(o, "2025-06-01"));
    sim_carry(&o->s.world);
    CHECK_TEXT(state_of(o->s.b, o->s.arena, "onward-out", o->request), "granted");
    CHECK_OK(pass_draft(o, &state, &err), &err);
    o->passed = state.id;
    both_approve(o->s.b, o->s.arena, state.id);
    sim_carry(&o->s.world);
}

#endif
