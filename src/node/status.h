/*
 * node/status -- how a node is doing, from what lies in its home.
 *
 * Reads files and the store, asks no process, changes nothing; so it works beside a
 * running `serve` and without one.  How far a partner is comes from its last
 * cosignature of our log, which is what it has verified and kept.
 */
#ifndef ENT_NODE_STATUS_H
#define ENT_NODE_STATUS_H

#include "holdings/derive.h"
#include "node/peers.h"
#include "node/processes.h"
#include "store/store.h"

typedef struct node_link_status {
    node_peer peer;
    uint64_t out_size;   /* entries in our log for them */
    uint64_t out_seen;   /* as many of them they have cosigned */
    uint64_t in_size;    /* entries of theirs that we hold */
    uint64_t in_applied; /* as many of them are applied */
    int64_t waiting;     /* outbox rows for them */
    const char *stopped; /* why the link does not pull; NULL if it does */
} node_link_status;

typedef struct node_status {
    node_running running;
    int64_t objects, own_objects, store_bytes;
    holdings_derived derived;
    int64_t refused; /* entries of peers that broke a rule and were not looked at yet */
    int64_t disk_free, disk_total;
    node_link_status *links;
    size_t link_count;
} node_status;

ENT_MUST_USE ent_code node_status_read(ent_arena *arena, const node_home *home, store *s,
                                       node_status *status, ent_err *err);

#endif
