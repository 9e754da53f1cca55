/*
 * persons/same -- who says that two records are one person, and does it stand?
 *
 * Records are never merged.  A join is a statement (resolve/statement.h) with its evidence,
 * proposed by one analyst and confirmed by another; "never the same" is one too, and is
 * stronger.  Each act (propose, confirm, never, undo) is signed by who did it, over the
 * hash of the statement.  What stands is read anew from the statements each time, so an
 * undo is one step and leaves both records as they were, with all their links.
 *
 *     proposed -> confirmed -> undone        never -> undone
 *
 * A statement that is shared with a peer is about records that both already know; one
 * person of each service must stand behind it.  Documents: "same".  What comes from a
 * peer is hostile.
 */
#ifndef ENT_PERSONS_SAME_H
#define ENT_PERSONS_SAME_H

#include "desk/desk.h"
#include "resolve/cluster.h"

#define PERSONS_ACTS 4

/* One step in the life of a statement. */
typedef struct persons_act {
    ent_str text; /* canonical; what is signed */
    ent_str act;  /* propose, confirm, never, undo */
    ent_str by, role, node, at, why;
    uint8_t key[32], signature[64];
    bool holds; /* the signature is under this text */
} persons_act;

typedef struct persons_same {
    ent_str id, state; /* proposed, confirmed, never, undone; broken: a signature does not hold */
    ent_str peer;      /* with whom it is shared; "" if with nobody */
    ent_str purpose;   /* of a shared one */
    ent_str statement; /* canonical */
    resolve_statement said;
    persons_act acts[PERSONS_ACTS];
    size_t act_count;
} persons_same;

/* What an analyst wants to say of two held identities.  `peer` NULL: to nobody else. */
typedef struct persons_wish {
    ent_str a, b, why;
    const char *peer;
    ent_str purpose; /* with a peer: under which agreement it goes */
    const desk_officer *officer;
} persons_wish;

/* Inside a transaction, as everything that changes something.
 * DENIED     wrong role; one of the two is protected (witness, victim, minor) or not to be
 *            disclosed; the holder and the user of a stolen document; somebody has said
 *            never; a peer does not know both, or no agreement lets it be told
 * CONFLICT   it is proposed or confirmed already
 * NOT_FOUND  one of the two is not held */
ENT_MUST_USE ent_code persons_propose(desk *d, ent_arena *arena, const persons_wish *wish,
                                      persons_same *same, ent_err *err);

/* A second, different person; of a shared statement, one of the service that did not propose.
 * Codes as persons_propose. */
ENT_MUST_USE ent_code persons_confirm(desk *d, ent_arena *arena, ent_str id,
                                      const desk_officer *officer, persons_same *same,
                                      ent_err *err);

/* One person suffices.  A join that is contradicted no longer has effect. */
ENT_MUST_USE ent_code persons_never(desk *d, ent_arena *arena, const persons_wish *wish,
                                    persons_same *same, ent_err *err);

/* Takes back whatever the statement said.  A "never" is taken back by somebody else than
 * who said it. */
ENT_MUST_USE ent_code persons_undo(desk *d, ent_arena *arena, ent_str id, ent_str why,
                                   const desk_officer *officer, persons_same *same, ent_err *err);

ENT_MUST_USE ent_code persons_same_get(desk *d, ent_arena *arena, ent_str id, persons_same *same,
                                       ent_err *err);

/* All of them, in the order they were first said; `state` and `peer` NULL: any. */
ENT_MUST_USE ent_code persons_same_list(desk *d, ent_arena *arena, const char *state,
                                        const char *peer, persons_same **list, size_t *count,
                                        ent_err *err);

/* The clusters of what stands: confirmed joins, less what "never" forbids, and what the records
 * themselves do, whosever they are: a protected category, and a stolen document, also by way of a
 * third record.  `said` is the
 * statements, which the clusters borrow.  `peer`: only what is shared with it. */
ENT_MUST_USE ent_code persons_clusters(desk *d, ent_arena *arena, const char *peer,
                                       resolve_clusters *clusters, ent_err *err);

/* Takes a peer's act on a statement (entry kind "same"). */
ENT_MUST_USE ent_code persons_same_receive(desk *d, ent_arena *arena, const char *peer,
                                           const link_entry *entry, ent_span body, ent_err *err);

#endif
