/* persons/same (private) -- statements as documents, and their acts. */
#ifndef ENT_PERSONS_SAME_INT_H
#define ENT_PERSONS_SAME_INT_H

#include "persons/record.h"
#include "persons/same.h"

/* Reads one act; *holds says whether its signature is under it.  FORMAT names the member. */
ENT_MUST_USE ent_code persons_act_read(ent_arena *arena, ent_str text, ent_str signature_hex,
                                       persons_act *act, ent_err *err);

/* A new act of this node's officer on a statement, signed. */
ENT_MUST_USE ent_code persons_act_make(desk *d, ent_arena *arena, const char *act,
                                       ent_str statement, ent_str why, const desk_officer *officer,
                                       persons_act *made, ent_err *err);

/* Puts an act behind the others and writes the document; the state follows from the act.  What
 * was found by way of a join that it takes away is marked (desk/basis.h). */
ENT_MUST_USE ent_code persons_same_act(desk *d, ent_arena *arena, persons_same *same,
                                       const persons_act *act, ent_err *err);

/* Does the act name this statement? */
bool persons_act_of(const persons_act *act, ent_str statement);

/* Tells the peer with whom the statement is shared of its last act. */
ENT_MUST_USE ent_code persons_same_say(desk *d, ent_arena *arena, const persons_same *same,
                                       ent_err *err);

/* An agreement in force lets content go to (or come from) this peer for the purpose, and the
 * peer knows both records.  DENIED if not. */
ENT_MUST_USE ent_code persons_shared_check(desk *d, ent_arena *arena, const char *peer,
                                           ent_str purpose, ent_str a, ent_str b, ent_err *err);

/* persons_clusters, which also knows what these records say. */
ENT_MUST_USE ent_code persons_clusters_with(desk *d, ent_arena *arena, const char *peer,
                                            const ent_str *more, size_t more_count,
                                            resolve_clusters *clusters, ent_err *err);

/* That two are one person, stated by a link and not by two people of ours. */
typedef struct persons_claim {
    ent_str a, b;
    bool held; /* answer: it must not count */
} persons_claim;

/* Which claims must not count: those about who is joined to nobody, and each that would bring
 * together, with what stands and the claims before it, two who are never the same. */
ENT_MUST_USE ent_code persons_claims_judge(desk *d, ent_arena *arena, persons_claim *claims,
                                           size_t count, ent_err *err);

/* The standing "never" that keeps the clusters of the two apart, or NULL. */
const resolve_statement *persons_never_between(const resolve_clusters *c, ent_str a, ent_str b);

/* DENIED  the two may never be joined: protected, stolen document, or "never" */
ENT_MUST_USE ent_code persons_join_check(desk *d, ent_arena *arena, const persons_record *a,
                                         const persons_record *b, ent_err *err);

#endif
