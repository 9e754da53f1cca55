/*
 * casework/tries -- who asks again and again about a subject that was refused at home.
 *
 * A request or tip that is refused at home because an own record guards its subject is a try.
 * So is whatever the same person says of that subject within seven days, under whatever
 * purpose or from whatever fresh record.  The third one is not sent, and its author sends
 * nothing any more until a liaison officer, another person, has spoken to him and says so.
 * Oversight reads each step.  Documents: "try", "suspended" (a user).
 */
#ifndef ENT_CASEWORK_TRIES_H
#define ENT_CASEWORK_TRIES_H

#include "desk/work.h"

#define CASEWORK_TRIES 3

/* Inside a transaction, which must be kept.  `body` is what is to be said, `refused` the clause
 * by which it is refused at home already, or NULL; afterwards also "third try" or "suspended". */
ENT_MUST_USE ent_code casework_tries_check(desk *d, ent_arena *arena, ent_str user, ent_json body,
                                           const char **refused, ent_err *err);

/* A liaison officer lets `user` ask again.  DENIED: a wrong role, or himself; NOT_FOUND */
ENT_MUST_USE ent_code casework_tries_resume(desk *d, ent_arena *arena, ent_str user,
                                            const desk_officer *by, ent_err *err);

#endif
