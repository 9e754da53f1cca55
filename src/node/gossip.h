/*
 * node/gossip -- what do others hold of the logs that we read and write?
 *
 * The log between two nodes has one reader, so its writer and reader alone could both be set
 * back, or a writer show its reader another past, and nobody would know.  Where an agreement of
 * three or more parties says "heads", each tells the others once a day the signed checkpoints of
 * its links with the parties, and, to whoever writes or reads a log, what it was told of it.
 * Who hears one compares:
 *
 *     two roots at one size, or a root that our own copy does not have    split
 *     a teller says less than it said before                              rollback
 *     somebody holds more of a log of ours than we do                     set-back: we were
 *
 * Each is an alarm with the signed notes as evidence: `log verify` fails with it, `peer list` shows
 * it.  That we were set back is over once our log has come back (link/regain.h).  Sizes are told to
 * the parties and nobody else: that is why it takes an agreement.
 *
 * Documents: "head" (LOG/SIZE), "head-last" (LOG/TELLER), "head-alarm", "heads-said".
 */
#ifndef ENT_NODE_GOSSIP_H
#define ENT_NODE_GOSSIP_H

#include "node/link.h"

/* Tells whoever is to hear it and was not told for a day; `now`: whoever is to hear it.  *told is
 * to how many.  *next: when to come again. */
ENT_MUST_USE ent_code node_gossip_say(node_desk *nd, ent_arena *arena, bool now, size_t *told,
                                      ent_time *next, ent_err *err);

/* Receiver (node/receivers.c). */
ENT_MUST_USE ent_code node_heads_receive(desk *d, ent_arena *arena, const char *peer,
                                         const link_entry *entry, ent_span body, ent_err *err);

/* Our log for this peer was regained: whoever said that we were set back said it of a head that is
 * our past again.  In the caller's transaction. */
ENT_MUST_USE ent_code node_gossip_regained(const node_link *link, ent_arena *arena, ent_err *err);

/* Alarms of logs with this peer, as it stands in words; .ptr NULL: none.  `peer` NULL: any. */
ENT_MUST_USE ent_code node_gossip_alarm(desk *d, ent_arena *arena, const char *peer, ent_str *words,
                                        ent_err *err);

#endif
