/* joint/hypothesis (private) -- the question as it goes over the link and as it is kept. */
#ifndef ENT_JOINT_HYPOTHESIS_INT_H
#define ENT_JOINT_HYPOTHESIS_INT_H

#include "joint/hypothesis.h"

/* Members of the question without its points: purpose, region, window, steps. */
void joint_question_write(ent_jw *w, const joint_question *question);

/* FORMAT names what is wrong.  Borrows from the JSON; `tied_to` is not in it. */
ENT_MUST_USE ent_code joint_question_read(ent_arena *arena, ent_json json, joint_question *question,
                                          ent_err *err);

/* The document "hypothesis-peer" of a question. */
ent_str joint_peer_doc_id(ent_arena *arena, ent_str question, ent_str peer);

/* All that the one side of an exchange works with. */
typedef struct joint_exchange {
    desk *d;
    ent_arena *arena;
    const char *peer;
    joint_question question;
    joint_view view;
    joint_field field;
    joint_points points;
    uint8_t *steps;
    int64_t rounds;
} joint_exchange;

/* Says {"step","question",...,"points"}; *count: how many distances were in it.  `all`: with
 * the question itself; without `empty`, nothing is said when there is none. */
ENT_MUST_USE ent_code joint_distances_say(joint_exchange *x, const char *step, bool all, bool empty,
                                          size_t *count, ent_err *err);

/* Keeps our side of the exchange with a peer. */
ENT_MUST_USE ent_code joint_peer_put(joint_exchange *x, const char *state, ent_json answer,
                                     ent_str clause, ent_err *err);

/* If nobody is open any more, the question is closed. */
ENT_MUST_USE ent_code joint_hypothesis_settle(desk *d, ent_arena *arena, ent_str id, ent_err *err);

#endif
