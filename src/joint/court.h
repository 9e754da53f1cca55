/*
 * joint/court -- what of a case a court may see [DP-21].
 *
 * A court is an outsider (joint/outside.h): each fact is judged by itself, and says by which
 * rule it stays out.  The legal officer asks, never whose case
 * it is, so that two persons are behind a file.  Nothing here writes; the file and the
 * proofs of the logs are made by the command (cli/cmd_case_court.c).
 */
#ifndef ENT_JOINT_COURT_H
#define ENT_JOINT_COURT_H

#include "casework/cases.h"
#include "joint/outside.h"

/* The facts of a case, in its order; what is no held object (a tip, a request) is in `others`.
 * DENIED  `user` owns the case [person];  USAGE  no name of a court */
ENT_MUST_USE ent_code joint_court_collect(desk *d, ent_arena *arena, const casework_case *c,
                                          ent_str court, ent_str user, joint_fact **facts,
                                          size_t *count, ent_str **others, size_t *other_count,
                                          ent_err *err);

#endif
