/*
 * casework/cases -- who is responsible now?
 *
 * A case has a title, a purpose, members, what belongs to it (ids of records, tips, requests)
 * and exactly one owner at any time [BER-3].  Handing it over needs the other's acceptance:
 * until then the old owner is answerable, and after 48 hours it is as if nothing had been
 * offered [PAR-5].  Every change is an event with its author; a closed case has a reason and a
 * day on which it is looked at again [BER-2].  Cases stay in this node.  Document: "case".
 */
#ifndef ENT_CASEWORK_CASES_H
#define ENT_CASEWORK_CASES_H

#include "desk/work.h"

#define CASEWORK_ACCEPT_WITHIN (INT64_C(48) * 3600 * ENT_SECOND)

typedef struct casework_case {
    ent_str id, state; /* open, closed */
    ent_str title, purpose, owner;
    ent_str offered_to; /* "" nobody */
    ent_time offered_at;
    ent_str members, things, events; /* JSON lists */
    ent_str review;                  /* day, of a closed one */
} casework_case;

/* Inside a transaction, all that change.  `by` is who does it. */
ENT_MUST_USE ent_code casework_case_new(desk *d, ent_arena *arena, ent_str title, ent_str purpose,
                                        ent_str by, casework_case *c, ent_err *err);
/* By its id or the beginning of it.  NOT_FOUND, CONFLICT */
ENT_MUST_USE ent_code casework_case_find(desk *d, ent_arena *arena, ent_str text, casework_case *c,
                                         ent_err *err);
ENT_MUST_USE ent_code casework_case_list(desk *d, ent_arena *arena, casework_case **cases,
                                         size_t *count, ent_err *err);
/* DENIED: not the owner or a member (adding), not the owner (offering, closing), not the one
 * it was offered to (accepting), or the offer is too old. */
ENT_MUST_USE ent_code casework_case_add(desk *d, ent_arena *arena, casework_case *c, ent_str thing,
                                        ent_str member, ent_str by, ent_err *err);
ENT_MUST_USE ent_code casework_case_offer(desk *d, ent_arena *arena, casework_case *c, ent_str to,
                                          ent_str by, ent_err *err);
ENT_MUST_USE ent_code casework_case_accept(desk *d, ent_arena *arena, casework_case *c, ent_str by,
                                           ent_err *err);
ENT_MUST_USE ent_code casework_case_close(desk *d, ent_arena *arena, casework_case *c,
                                          ent_str reason, ent_str review, ent_str by, ent_err *err);

/* Offers that nobody accepted go back.  *next as in casework/due.h. */
ENT_MUST_USE ent_code casework_cases_due(desk *d, ent_arena *arena, ent_time *next, ent_err *err);

#endif
