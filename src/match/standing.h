/*
 * match/standing -- a match that goes on: what is new at either side is found within a minute.
 *
 * Both sides are holder and asker.  A holder makes a key for an epoch, ships the tags of its
 * keys once (psi/tagset.h) and then only what changed; an asker has the function of its own
 * keys computed blindly (POPRF with proofs, psi/oprf.h) and looks them up.  So a new record here
 * is found by us, who ask about it, and by the peer, who sees its tag.  The public info of the
 * function names holder, asker, namespace, agreement, purpose and epoch: tags that two
 * partners received cannot be joined.
 *
 *     A  offer     agreement, purpose, versions, key, tags       B  accept   key, tags; asks
 *     either: ask (one namespace, blinded) -> answer (with proof); delta; set (a new epoch); stop
 *
 * What is compared is what a run would compare, and tripwires.  Nobody has to say that something has
 * changed: the store counts (store_change_number), and match_work compares the count.  Questions are charged to the
 * day's budget one by one, at both ends; what is over it waits for the next day.  What leaks: how
 * many keys are held, and when some come and go; how many are asked about, by namespace.  A
 * peer with the epoch's key, which never leaves its holder, could test guesses: epochs
 * last a week.  On a key that passes from hand to hand a run of its own compares the times.
 */
#ifndef ENT_MATCH_STANDING_H
#define ENT_MATCH_STANDING_H

#include "match/match.h"

typedef struct match_standing {
    ent_str id, peer;
    ent_str state; /* making, offered, open, stopped, refused */
    ent_str side;  /* "asked": we did; "answered" */
    ent_str purpose, agreement, user, clause, started;
    int64_t count_own, count_peer; /* tags */
    int64_t asked;                 /* own keys whose answer is here */
    int64_t waiting;               /* own keys that the budget holds back */
    int64_t hits;
} match_standing;

/* Offers one, or finds the one that stands with this peer for this purpose.  Outside of
 * transactions.  DENIED names the clause: agreement, flow, purpose, set_max */
ENT_MUST_USE ent_code match_standing_start(desk *d, ent_arena *arena,
                                           const match_question *question, char id[37],
                                           ent_err *err);

/* Ends it at both sides: keys and tags are deleted, hits stay.  Inside a transaction. */
ENT_MUST_USE ent_code match_standing_stop(desk *d, ent_arena *arena, ent_str id, ent_err *err);

ENT_MUST_USE ent_code match_standing_list(desk *d, ent_arena *arena, const char *peer,
                                          match_standing **list, size_t *count, ent_err *err);

/* A tripwire: a key of no record (of a closed tip, say) that is matched for `purpose` in every
 * standing match until `until`; `id` names it in hits.  Inside a transaction.
 * FORMAT  the key has no canonical form, or is no key that may be matched */
ENT_MUST_USE ent_code match_tripwire_set(desk *d, ent_arena *arena, ent_str id, ent_str key,
                                         ent_str purpose, ent_time until, ent_err *err);
/* The same, in the standing match with one peer only. */
ENT_MUST_USE ent_code match_tripwire_set_at(desk *d, ent_arena *arena, ent_str id, ent_str peer,
                                            ent_str key, ent_str purpose, ent_time until,
                                            ent_err *err);
ENT_MUST_USE ent_code match_tripwire_drop(desk *d, ent_arena *arena, ent_str id, ent_err *err);

#endif
