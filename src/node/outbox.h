/*
 * node/outbox -- what the desk said goes to the logs of those whom it is for, and what it
 * wants erased is erased.
 *
 * Rows wait in the store (documents "outbox" and "erase").  They are read under the lock of the log that
 * they go to, and an append is idempotent on the last entry's id: so several hosts may do this at
 * once, and a crash between append and delete says nothing twice.
 */
#ifndef ENT_NODE_OUTBOX_H
#define ENT_NODE_OUTBOX_H

#include "node/desk.h"

/* Appends what waits to the logs of its peers.  Outside transactions.  One peer's failure does not hold up the
 * others; the first failure is returned.  What is for a peer who is gone waits, and for one who is suspended all
 * but the urgent. */
ENT_MUST_USE ent_code node_outbox_flush(node_desk *nd, ent_arena *arena, ent_err *err);

/* Of a log under the lock of LINK_OUT, after link_log_open: its last entry waits in the outbox no
 * more.  A crash came before that was deleted, and link_log_append knows the entry again only while
 * it is the last: so before anything else is said or regained. */
ENT_MUST_USE ent_code node_outbox_said(node_desk *nd, ent_arena *arena, const link_host *host,
                                       ent_err *err);

#endif
