/*
 * node/receivers -- who takes which kind of entry, of the modules above the desk.
 *
 * To add one: a row in link/kinds.def and one in receivers.c.
 */
#ifndef ENT_NODE_RECEIVERS_H
#define ENT_NODE_RECEIVERS_H

#include "desk/desk.h"

extern const desk_receiver node_receivers[LINK_KIND_COUNT];

#endif
