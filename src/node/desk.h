/*
 * node/desk -- hosts a desk: gives it a store, time, randomness, peers and a signer.
 *
 * A command, a link process and a test all work through this.  The store is opened
 * at once; the signer (a child process) only when something is to be signed; an
 * officer's session is kept until the end.  What the desk said waits in the outbox
 * (node/outbox.h) until node_desk_flush.
 */
#ifndef ENT_NODE_DESK_H
#define ENT_NODE_DESK_H

#include "desk/desk.h"
#include "link/host.h"
#include "node/home.h"
#include "node/signer.h"

typedef struct node_desk node_desk;

/* Opens the store of `home`, which must outlive it, as the arena must.  Codes of
 * store_open and node_now. */
ENT_MUST_USE ent_code node_desk_open(ent_arena *arena, const node_home *home, node_desk **nd,
                                     ent_err *err);
/* Ends the sessions (wiping keys), the signer, and closes the store.  NULL is fine. */
void node_desk_close(node_desk *nd);

/* The desk, its `now` read anew (a clock that cannot be read stands still). */
desk *node_desk_desk(node_desk *nd);
const node_home *node_desk_home(const node_desk *nd);

/* The signer, started at the first call. */
ENT_MUST_USE ent_code node_desk_signer(node_desk *nd, node_signer **signer, ent_err *err);

/* A user of the node who proves to be it (the passphrase as in node_passphrase_get),
 * and can sign until node_desk_close.  DENIED for a wrong name or passphrase. */
ENT_MUST_USE ent_code node_desk_officer(node_desk *nd, const char *user, desk_officer *officer,
                                        ent_err *err);

/* Does the work of matches that waits, and appends what is said to the logs of its peers (node/outbox.h).
 * Outside transactions. */
ENT_MUST_USE ent_code node_desk_flush(node_desk *nd, ent_arena *arena, ent_err *err);

/* Says that something a peer said was applied (or, by our own code, that work of ours is
 * done): wakes node_desk_wait everywhere. */
ENT_MUST_USE ent_code node_desk_announce(const node_home *home, const char *peer, ent_err *err);

/* Waits until `done` says yes; it is asked at once and whenever something that a peer
 * said was applied.  RETRY when `seconds` are over, or what `done` returns. */
typedef ent_code (*node_desk_done)(void *arg, bool *yes, ent_err *err);
ENT_MUST_USE ent_code node_desk_wait(node_desk *nd, node_desk_done done, void *arg,
                                     unsigned seconds, ent_err *err);

#endif
