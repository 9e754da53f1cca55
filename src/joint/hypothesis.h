/*
 * joint/hypothesis -- who was in that region then, and is tied to one of these?
 *
 * The asker puts the question to partners whose agreement has hypotheses for that purpose.
 * Each answers from its own records and under its own gate: presence by its own movements,
 * the tie by what both know together (joint/points.h).  It names a record that it has
 * released to the asker; of all others it says at most "one of mine fits": no name, no
 * count.  Persons who may not be found (witness, victim, minor, silent, other purposes, not
 * to be disclosed) are in no answer.
 *
 *     A  ask        region, window, points with A's distances
 *     B  distances  what B knows shorter       } until neither
 *     A  distances  what is shorter now        } has anything
 *     B  answer     or refuse, with a clause of the agreement
 *
 * The exchange of distances does not depend on who was there, only its outcome does.  What
 * leaks, to both: for what both know, how few steps it is from a target, capped; to B the
 * region and the window.  Questions are counted by peer, region and window (limits HYPO_*).
 *
 * Documents: "hypothesis" and "hypothesis-peer" (ours), "question" (theirs), "region".
 */
#ifndef ENT_JOINT_HYPOTHESIS_H
#define ENT_JOINT_HYPOTHESIS_H

#include "joint/points.h"
#include "joint/presence.h"

typedef struct joint_question {
    ent_str id; /* UUID */
    ent_str purpose;
    joint_region region;
    ent_str from, to; /* dates or instants; days, both included */
    ent_days window;
    const ent_str *tied_to; /* as this node knows them */
    size_t tied_count;
    unsigned max_steps;
    ent_str asked_by;
} joint_question;

#define JOINT_STEPS_DEFAULT 8

/* Puts a question to `peers`.  The own part is answered at once.  Inside a transaction.
 * DENIED  an agreement does not let it: names peer and clause; then nobody is asked
 * FORMAT, USAGE  what of the question is wrong */
ENT_MUST_USE ent_code joint_hypothesis_ask(desk *d, ent_arena *arena, joint_question *question,
                                           const char *const *peers, size_t count, char id[37],
                                           ent_err *err);

/* One record that fits. */
typedef struct joint_fit {
    ent_str id, owner;
    ent_json joins; /* of an own one: ids of the statements by which it is tied; or none */
} joint_fit;

typedef struct joint_peer_answer {
    ent_str peer;
    ent_str state; /* open, answered, refused */
    ent_str clause;
    bool fits;      /* one of its own that it does not name */
    int64_t leaked; /* distances told, by both */
} joint_peer_answer;

typedef struct joint_answer {
    ent_str id, state; /* open, closed */
    ent_json question;
    joint_fit *fits;
    size_t fit_count;
    joint_peer_answer *peers;
    size_t peer_count;
    bool open; /* somebody has not answered */
} joint_answer;

ENT_MUST_USE ent_code joint_hypothesis_get(desk *d, ent_arena *arena, ent_str id,
                                           joint_answer *answer, ent_err *err);

/* The ids of all, in order. */
ENT_MUST_USE ent_code joint_hypothesis_list(desk *d, ent_arena *arena, ent_str **ids, size_t *count,
                                            ent_err *err);

#endif
