/*
 * node/border -- the process that peers connect to.
 *
 * It has its TLS key, a listening socket and the links' out/ folders, read-only, and lets go of
 * everything else (sandbox.h) before the first byte from outside is read. The key that a peer shows
 * chooses its folder; a peer that has lost its own log reads below "mirror/" the head and the
 * entries that we hold of it, and nobody else does.  It learns of peers when it starts: the
 * supervisor starts it anew when they change.
 */
#ifndef ENT_NODE_BORDER_H
#define ENT_NODE_BORDER_H

#include "node/home.h"

#define NODE_BORDER_PREFIX "/entente/v1/"
#define NODE_HOLD_SECONDS  25U

/* Serves on the listening socket `listen_fd` until `control` is closed at its other
 * end; says "ready" there once it accepts.  CONFIG without a working sandbox. */
ENT_MUST_USE ent_code node_border_run(const node_home *home, int control, int listen_fd,
                                      ent_err *err);

#endif
