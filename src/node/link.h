/*
 * node/link -- one link of this node: its folder, its locks, its signer, its desk.
 *
 * Binds the logic of src/link to files (links/CODE/), to the signer process and to the
 * desk.  Two locks: whoever appends to out/ holds one, whoever changes in/ the other,
 * so that commands and a running `serve` can work on the same link.
 */
#ifndef ENT_NODE_LINK_H
#define ENT_NODE_LINK_H

#include "link/log.h"
#include "link/pull.h"
#include "node/desk.h"
#include "node/files.h"
#include "node/peers.h"

typedef struct node_link {
    node_desk *nd; /* NULL: for reading only */
    const node_home *home;
    node_peer peer;
    const char *folder;
    link_host host;
    node_batch *batch;     /* written and not yet durable; NULL: nothing */
    int out_lock, in_lock; /* -1: not held */
    bool carried;          /* what is pulled comes by file (link_pull.carried) */
    bool only_urgent;      /* what is not urgent is fetched, and applied by a later round */
    uint64_t position;     /* of the entries applied, as the last one left it */
} node_link;

/* Opens the link to `code`, in whatever state it is.  `nd` NULL: only for reading. */
ENT_MUST_USE ent_code node_link_open(ent_arena *arena, const node_home *home, node_desk *nd,
                                     const char *code, node_link *link, ent_err *err);
/* A log of this node for itself, in the folder NAME of its home. */
ENT_MUST_USE ent_code node_link_own_open(ent_arena *arena, const node_home *home, node_desk *nd,
                                         const char *name, node_link *link, ent_err *err);
void node_link_close(node_link *link); /* lets go of the locks */

/* Takes the lock for one side, waiting for it if `wait`, else RETRY. */
ENT_MUST_USE ent_code node_link_lock(node_link *link, ent_arena *arena, link_side side, bool wait,
                                     ent_err *err);
void node_link_unlock(node_link *link, link_side side);

/* Under the lock of LINK_OUT: reads the peer anew and puts out/ into the state that it is in
 * now, suspended or not, sealed to its newest key. */
ENT_MUST_USE ent_code node_link_settle(node_link *link, ent_arena *arena, ent_err *err);

/* Makes our log for the peer if there is none, and rolls it forward after a crash; puts our word
 * of what we have read of its log in order (link/cosign.h). */
ENT_MUST_USE ent_code node_link_prepare(node_link *link, ent_arena *arena, ent_err *err);

/* Where files come from in a round of pulling: content in the arena.  Codes of
 * http_client_get. */
typedef ent_code (*node_link_fetch)(void *arg, ent_arena *arena, const link_want *want,
                                    ent_str *content, ent_err *err);

/* One round of pulling; *applied gets how many entries were applied, *stopped whether
 * the link cannot go on.  The lock of LINK_IN is taken when the first answer is here,
 * and let go at the end.  Codes of link_pull_answer and of `fetch`. */
ENT_MUST_USE ent_code node_link_pull(node_link *link, node_link_fetch fetch, void *arg,
                                     uint64_t *applied, bool *stopped, ent_err *err);

#endif
