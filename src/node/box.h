/*
 * node/box -- opening what is sealed to this node.
 *
 * While the keys of the links are renewed (node/renew.h) some partners seal to the coming key
 * and some to the present one: whichever of them fits, opens.  Secrets are read for one
 * opening and wiped.
 */
#ifndef ENT_NODE_BOX_H
#define ENT_NODE_BOX_H

#include "node/home.h"

/* Opens a sealed box of exactly `size` bytes inside.  UNTRUSTED: it is for another. */
ENT_MUST_USE ent_code node_box_open(const node_home *home, ent_span sealed, void *plain,
                                    size_t size, ent_err *err);

#endif
