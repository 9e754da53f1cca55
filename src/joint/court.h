/*
 * joint/court -- what of a case a court may see [DP-21].
 *
 * A fact of another service is at a court only with its owner's consent to exactly that
 * (joint/repeat.h: the outsider is the court by its name, H1); a fact of any owner only while it is
 * held, complete, within its retention and not barred from disclosure.  Each fact is judged
 * by itself and says by which rule it stays out.  The legal officer asks, never whose case
 * it is, so that two persons are behind a file.  Nothing here writes; the file and the
 * proofs of the logs are made by the command (cli/cmd_case_court.c).
 */
#ifndef ENT_JOINT_COURT_H
#define ENT_JOINT_COURT_H

#include "casework/cases.h"
#include "policy/label.h"

typedef struct joint_court_fact {
    ent_str id, owner; /* "" ours */
    ent_str bytes, handling;
    policy_label label;
    ent_str release, entry, peer; /* of a received one: by which it came, and from whom */
    int64_t seq;
    ent_str consent, granted_by; /* the request that its owner granted */
    const char *rule; /* why it stays out: "consent", "retention", ...; NULL: it may go */
    const char *why;
} joint_court_fact;

/* The facts of a case, in its order; what is no held object (a tip, a request) is in `others`.
 * DENIED  `user` owns the case [person];  USAGE  no name of a court */
ENT_MUST_USE ent_code joint_court_collect(desk *d, ent_arena *arena, const casework_case *c,
                                          ent_str court, ent_str user, joint_court_fact **facts,
                                          size_t *count, ent_str **others, size_t *other_count,
                                          ent_err *err);

#endif
