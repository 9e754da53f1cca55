/*
 * joint/outside -- may this fact be told to somebody outside every agreement?
 *
 * A court, a third state: an outsider by its name.  A fact of another service goes to it only
 * with its owner's consent to exactly that (joint/repeat.h; H1 for a court, H2 for others); a
 * fact of any owner only while it is held, complete, within its retention, not barred from
 * disclosure, and its release stands.  A fact that stays out says by which rule.
 *
 * Users: joint/court.h (a case for a court), joint/message.h (facts for a third state).
 */
#ifndef ENT_JOINT_OUTSIDE_H
#define ENT_JOINT_OUTSIDE_H

#include "joint/repeat.h"
#include "policy/label.h"

typedef struct joint_fact {
    ent_str id, owner; /* "" ours */
    ent_str bytes, handling;
    policy_label label;
    ent_str release, entry, peer; /* of a received one: by which it came, and from whom */
    int64_t seq;
    ent_str consent, granted_by; /* the request that its owner granted */
    const char *rule; /* why it stays out: "consent", "retention", ...; NULL: it may go */
    const char *why;
} joint_fact;

/* What owners have granted; read once for many facts. */
typedef struct joint_grants {
    ent_str outsider;
    joint_repeat *list;
    size_t count;
} joint_grants;

ENT_MUST_USE ent_code joint_grants_load(desk *d, ent_arena *arena, ent_str outsider,
                                        joint_grants *grants, ent_err *err);

/* NOT_FOUND: it is no held object, or is frozen. */
ENT_MUST_USE ent_code joint_fact_judge(desk *d, ent_arena *arena, const joint_grants *grants,
                                       ent_str id, joint_fact *fact, ent_err *err);

#endif
