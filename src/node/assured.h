/*
 * node/assured -- the recipients for whom three officers approve.
 *
 * A file of the home, keys/assured, a code a line, so that the signer, which sees no store, asks
 * the same list as the desk.
 */
#ifndef ENT_NODE_ASSURED_H
#define ENT_NODE_ASSURED_H

#include "node/home.h"

ENT_MUST_USE ent_code node_assured_get(ent_arena *arena, const node_home *home, ent_str code,
                                       bool *yes, ent_err *err);
ENT_MUST_USE ent_code node_assured_set(ent_arena *arena, const node_home *home, ent_str code,
                                       bool yes, ent_err *err);

#endif
