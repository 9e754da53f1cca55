/*
 * joint/terms -- does an agreement let this be done with that peer?
 *
 * Hypotheses and deconfliction are flows of their own in an agreement (policy/agreement.h).
 * Both ends ask here before anything is said or answered.
 */
#ifndef ENT_JOINT_TERMS_H
#define ENT_JOINT_TERMS_H

#include "desk/agreement.h"

typedef enum joint_flow {
    JOINT_HYPOTHESES,
    JOINT_PLANS,
    JOINT_ALERTS, /* standing questions: private match */
    JOINT_WORK    /* tasks, consents, opinions: release */
} joint_flow;

/* The agreement in force with `peer` that has this flow for this purpose.
 * DENIED names the clause: agreement, flow, purpose
 * NOT_FOUND: no such peer */
ENT_MUST_USE ent_code joint_terms_find(desk *d, ent_arena *arena, const char *peer, joint_flow flow,
                                       ent_str purpose, desk_terms *terms, ent_err *err);

/* All peers with whom that is so. */
ENT_MUST_USE ent_code joint_peers(desk *d, ent_arena *arena, joint_flow flow, ent_str purpose,
                                  const char ***peers, size_t *count, ent_err *err);

#endif
