/*
 * node/suspend -- stopping the exchange with a peer at once, and taking it up again.
 *
 * First the state of the peer, then the link's folder: out/key and out/body are renamed to
 * frozen/ as a whole, whatever their size, so that nothing of ours can be fetched from
 * that moment; what is urgent (recalls, suspensions) is put back.  Then the peer is told.
 * A crash in between is made good by whoever works the link next (node_suspend_settle).
 */
#ifndef ENT_NODE_SUSPEND_H
#define ENT_NODE_SUSPEND_H

#include "node/link.h"

/* CONFLICT if the link is not confirmed. */
ENT_MUST_USE ent_code node_suspend(node_desk *nd, ent_arena *arena, const char *code,
                                   ent_str reason, ent_err *err);

/* A suspended link is confirmed again and serves what it served; one that is only stopped
 * (what the peer signed contradicts itself) pulls again, its evidence is kept.
 * CONFLICT if it is neither. */
ENT_MUST_USE ent_code node_resume(node_desk *nd, ent_arena *arena, const char *code, ent_str reason,
                                  ent_err *err);

/* The rest of it, after the state of a suspended peer was set to confirmed. */
ENT_MUST_USE ent_code node_resumed(node_desk *nd, ent_arena *arena, const char *code,
                                   ent_str reason, ent_err *err);

/* Brings the folder of a link to what the state of the peer says; under the lock of LINK_OUT. */
ENT_MUST_USE ent_code node_suspend_settle(node_link *link, ent_arena *arena, ent_err *err);

#endif
