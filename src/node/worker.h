/*
 * node/worker -- the process that works one link.
 *
 * Says what waits in the outbox, pulls (the request for the peer's checkpoint is held
 * by the peer until there is news), applies, and says what follows from that; again
 * and again.  What goes wrong is written to standard error once, and tried again after
 * a while; a peer whose signed heads contradict each other is not asked again.
 */
#ifndef ENT_NODE_WORKER_H
#define ENT_NODE_WORKER_H

#include "node/courier.h"
#include "node/link.h"

/* The process: works until `control` is closed at its other end. */
ENT_MUST_USE ent_code node_worker_run(const node_home *home, const char *peer, int control,
                                      ent_err *err);

/* The process that goes before, when a node comes back: one round, of which only what is urgent
 * is applied (recalls, corrections, suspensions), so that no query is answered from what a
 * partner has called back meanwhile.  A partner who cannot be reached is no failure. */
ENT_MUST_USE ent_code node_worker_catch_up(const node_home *home, const char *peer, int control,
                                           ent_err *err);

/* One round of pulling through a courier, for the command: does not wait for news. */
ENT_MUST_USE ent_code node_worker_pull(node_link *link, node_courier *courier, uint64_t *applied,
                                       ent_err *err);

#endif
