/*
 * node/regain -- what this node's disk has lost of a log that it wrote, from who read it.
 *
 * Runs the conversation of link/regain.h through a courier, under the lock of out/, on a link
 * that is held (a restore holds all, and whoever finds that its log was set back holds that one:
 * node_regain_held).  Of every entry that comes back the store gets a note (desk/regained.h).
 * The link stays held until a person confirms it anew: what nobody gave back was seen by nobody
 * whom this node can ask, and only people can compare heads with the other end.
 */
#ifndef ENT_NODE_REGAIN_H
#define ENT_NODE_REGAIN_H

#include "node/link.h"

typedef struct node_regain_report {
    uint64_t had, size; /* entries before and after */
    uint64_t seen;      /* as many of them the peer has cosigned */
} node_regain_report;

/* DENIED  the link was never confirmed; USAGE: the peer has no node, and no mirror
 * others  as link_regain_answer and node_courier_get */
ENT_MUST_USE ent_code node_regain(node_desk *nd, ent_arena *arena, const char *code,
                                  node_regain_report *report, ent_err *err);

/* Is our log shorter than the peer has cosigned, rolled forward if a crash left it behind?  Then the
 * link is held, and *held. */
ENT_MUST_USE ent_code node_regain_held(node_link *link, ent_arena *arena, bool *held, ent_err *err);

#endif
