/*
 * desk/explain -- would this go to that peer, and which rules say so?
 *
 * The same decision that the match and the release make (policy/decide.h), with every
 * rule that was asked.  For own users: a peer never sees any of it.
 */
#ifndef ENT_DESK_EXPLAIN_H
#define ENT_DESK_EXPLAIN_H

#include "desk/agreement.h"

typedef struct desk_explanation {
    ent_str object; /* or .ptr NULL */
    ent_str peer, purpose, agreement;
    policy_action action;
    policy_decision decision;
    const char *why_not; /* why no agreement is in force, or NULL */
} desk_explanation;

/* About an own object.  `purpose` .ptr NULL: the first one that the object is held for
 * and an agreement has.  NOT_FOUND: no such object. */
ENT_MUST_USE ent_code desk_explain(desk *d, ent_arena *arena, ent_str object, const char *peer,
                                   policy_action action, ent_str purpose,
                                   desk_explanation *explanation, ent_err *err);

/* About a request as a file puts it (`entente help agreement test`), under one agreement. */
ENT_MUST_USE ent_code desk_explain_request(desk *d, ent_arena *arena, ent_str agreement,
                                           ent_str request, desk_explanation *explanation,
                                           ent_err *err);

#endif
