/*
 * match/answer (private) -- is what a peer announces agreed, and what do we say to it?
 *
 * Asked twice: when the announcement comes, and when the work of it is done, which may be later.
 */
#ifndef ENT_MATCH_ANSWER_INT_H
#define ENT_MATCH_ANSWER_INT_H

#include "match/step_int.h"

bool match_purpose_agreed(const desk_terms *terms, ent_str purpose);

/* *clause: by which we refuse, or NULL.  Each follows from the agreement and the request alone, so that the
 * peer may know it [law 9]. */
ENT_MUST_USE ent_code match_refusal_find(match_step *s, desk_terms *terms, const char **clause,
                                         ent_err *err);
/* Says so, and ends the run.  Inside a transaction. */
ENT_MUST_USE ent_code match_refuse(match_step *s, const char *clause, ent_err *err);

/* The work of an announcement: our own set, or the clause by which there is none. */
ENT_MUST_USE ent_code match_answer_work(match_step *s, const char **clause, ent_err *err);

#endif
