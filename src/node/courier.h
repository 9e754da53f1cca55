/*
 * node/courier -- the process that fetches what a peer's border serves.
 *
 * It has our TLS key for fetching, one pinned peer, and one folder to write into
 * (the spool).  It sees sealed bodies and signed logs, holds no store, no policy and
 * no key that opens or signs anything.  A desk asks it for one path at a time over a
 * socket pair: "GET <path> <limit> <seconds>\n"; it answers "<code> <message>\n" when
 * the file stands in the spool under `got`.  What it brings is not believed; the
 * desk checks it.
 */
#ifndef ENT_NODE_COURIER_H
#define ENT_NODE_COURIER_H

#include "node/peers.h"

typedef struct node_courier node_courier;

/* From a single-threaded process only (child.h).  When `stop` (a descriptor, or -1) can
 * be read or is closed at its other end, a wait for the peer ends with RETRY. */
ENT_MUST_USE ent_code node_courier_start(const node_home *home, const char *peer, int stop,
                                         node_courier **courier, ent_err *err);
void node_courier_stop(node_courier *courier);
/* Did it die, or was a wait cut short?  Then start another. */
bool node_courier_gone(const node_courier *courier);

/* Fetches <address>/entente/v1/<path>; the content is in the arena.  Codes of
 * http_client_get. */
ENT_MUST_USE ent_code node_courier_get(node_courier *courier, ent_arena *arena, const char *path,
                                       size_t limit, unsigned seconds, ent_str *content,
                                       ent_err *err);

/* The courier process itself. */
ENT_MUST_USE ent_code node_courier_run(const node_home *home, const char *peer, int fd,
                                       ent_err *err);

#endif
