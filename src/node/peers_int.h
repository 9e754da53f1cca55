/*
 * node/peers_int -- the file that is kept of each peer: links/CODE/peer.json.
 *
 * Its card as it came, and what was said since: state, words, keys after the first, renewed
 * pins, versions.  Reading needs no lock, since a file is replaced whole; whoever reads a
 * peer to write it holds `node_peers_lock`.
 */
#ifndef ENT_NODE_PEERS_INT_H
#define ENT_NODE_PEERS_INT_H

#include "node/peers.h"

const char *node_peer_file(ent_arena *arena, const node_home *home, const char *code);
/* `lock` is the caller's to close. */
ENT_MUST_USE ent_code node_peers_lock(ent_arena *arena, const node_home *home, int *lock,
                                      ent_err *err);
ENT_MUST_USE ent_code node_peer_save(ent_arena *arena, const node_home *home, const node_peer *peer,
                                     ent_str card, ent_err *err);
/* NOT_FOUND: no such peer.  DENIED: it is of the other world. */
ENT_MUST_USE ent_code node_peer_load(ent_arena *arena, const node_home *home, const char *code,
                                     node_peer *peer, ent_str *card, ent_err *err);

#endif
