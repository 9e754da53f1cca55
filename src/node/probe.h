/*
 * node/probe -- does this TAXII 2.1 server do what the standard says?
 *
 * Asks one collection that may be read and written a table of questions (probes.def) and
 * compares the status with the one wanted, and the content type, which every answer of
 * TAXII has.  Two of them need a page that is not the last: the probe adds two objects of
 * the type x-probe first, which stay (`entente taxii probe` says so).
 */
#ifndef ENT_NODE_PROBE_H
#define ENT_NODE_PROBE_H

#include "base/arena.h"
#include "base/err.h"

#define NODE_PROBE_EMPTY   1u /* the body is {} */
#define NODE_PROBE_CHUNKED 2u
#define NODE_PROBE_GZIP    4u
#define NODE_PROBE_NEXT    8u  /* the path ends with a `next` of a page of one */
#define NODE_PROBE_AFTER   16u /* which was asked for with added_after */

typedef struct node_probe_server {
    const char *url; /* https://.../collections/ID/ */
    const char *user, *secret, *ca;
    bool allow_private;
} node_probe_server;

typedef struct node_probe_row {
    const char *name, *medallion, *opentaxii;
    long wanted, got; /* got 0: no answer */
    bool typed;       /* the content type is TAXII's */
    bool good;
} node_probe_row;

typedef ent_code (*node_probe_each)(void *arg, const node_probe_row *row, ent_err *err);

/* USAGE: the address is no collection's.  Else what http_fetch says when the server cannot be
 * reached at all. */
ENT_MUST_USE ent_code node_probe_run(ent_arena *arena, const node_probe_server *server,
                                     node_probe_each each, void *arg, ent_err *err);

#endif
