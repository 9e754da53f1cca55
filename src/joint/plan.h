/*
 * joint/plan -- do our plans meet somebody else's?
 *
 * A plan is a box (place, height, time) in one or more domains.  It never leaves the node.
 * Plans of two nodes whose agreement has deconfliction, for the purpose SAFETY, are compared
 * privately (psi/clash.h): coarse cells nominate pairs, exact tokens decide.  Both learn of a
 * clash the domain, the day of their own plan, whom to call at the other, and a reference
 * that both can say on the telephone.  Boxes that touch at an edge do not clash, no height
 * is every height.
 *
 * Every change of a plan begins a new run with every peer.  A run in which our plans were
 * older than they are at its end is followed by another, so that in the end both have
 * compared what both have.  What leaks is what psi/clash.h says.
 *
 * Documents: "plan", "plan-run", "plan-secret" (until the run ends), "clash".
 */
#ifndef ENT_JOINT_PLAN_H
#define ENT_JOINT_PLAN_H

#include "desk/desk.h"
#include "psi/clash.h"

#define JOINT_PURPOSE_PLANS "SAFETY"
#define JOINT_DOMAINS       8

typedef struct joint_plan {
    ent_str id;    /* UUID, ours */
    ent_str name;  /* the user's, unique here */
    ent_str state; /* active, withdrawn */
    ent_str activity, start, stop;
    uint8_t domains[JOINT_DOMAINS];
    size_t domain_count;
    psi_box box;
    ent_json json; /* as it was given */
} joint_plan;

/* One plan as users write it: {"name","activity","domains","lat","lon","height_m","start",
 * "stop"}.  FORMAT names the member. */
ENT_MUST_USE ent_code joint_plan_read(ent_arena *arena, ent_json json, joint_plan *plan,
                                      ent_err *err);

/* Adds a plan, or replaces one of the same name (`move`: it must be there; else it must not).
 * Inside a transaction, as all that change something.  CONFLICT, NOT_FOUND */
ENT_MUST_USE ent_code joint_plan_put(desk *d, ent_arena *arena, ent_json json, bool move,
                                     ent_str user, ent_err *err);
ENT_MUST_USE ent_code joint_plan_withdraw(desk *d, ent_arena *arena, ent_str name, ent_err *err);
ENT_MUST_USE ent_code joint_plan_list(desk *d, ent_arena *arena, joint_plan **plans, size_t *count,
                                      ent_err *err);

/* Begins a run with every peer that deconflicts with us and with whom none is under way. */
ENT_MUST_USE ent_code joint_plans_compare(desk *d, ent_arena *arena, ent_err *err);

/* Whom a peer is to call: a desk's telephone, said in every run. */
ENT_MUST_USE ent_code joint_plan_contact(desk *d, ent_arena *arena, ent_str contact, ent_err *err);

typedef struct joint_clash {
    ent_str peer, plan, domain, day, until, call, reference;
} joint_clash;

/* The clashes that stand. */
ENT_MUST_USE ent_code joint_clash_list(desk *d, ent_arena *arena, joint_clash **clashes,
                                       size_t *count, ent_err *err);

/* With whom plans are compared, and whether what stands is of our plans as they are now. */
typedef struct joint_compared {
    const char *peer;
    bool current;
    ent_str why; /* it was refused or failed */
} joint_compared;
ENT_MUST_USE ent_code joint_plans_compared(desk *d, ent_arena *arena, joint_compared **list,
                                           size_t *count, ent_err *err);

const char *joint_domain_name(uint8_t number); /* "?" */
bool joint_activity_known(ent_str activity);

#endif
