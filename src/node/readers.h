/*
 * node/readers -- partners that have no node: what they may read, beside their log.
 *
 * A partner with nothing but a TAXII client and a certificate is a peer all the same: an
 * agreement that our two officers sign, releases by two persons through the one gate, and a
 * log of what left, when and under what.  It only cannot keep anything for us, so what it
 * has now (desk/given.h) is made into a TAXII store of its own, links/CODE/view/taxii.db,
 * with one collection.  The border serves that file and nothing else to the certificate's
 * key: it holds no other's objects, so nothing in it can depend on what was withheld.
 *
 * The file is replaced whole whenever something was said to the partner, after the entry
 * stands in the log: what is called back is gone with it.  Cost: linear in what it has.
 */
#ifndef ENT_NODE_READERS_H
#define ENT_NODE_READERS_H

#include "node/desk.h"
#include "node/peers.h"

#define NODE_READER_ROOT "released"

/* The folder that the border may read, and the file in it. */
const char *node_reader_folder(ent_arena *arena, const node_home *home, const char *code);
const char *node_reader_file(ent_arena *arena, const node_home *home, const char *code);

/* Makes what the partner may read be what it has now; nothing is written if it is so already.
 * Outside transactions.  For many processes at once. */
ENT_MUST_USE ent_code node_reader_refresh(node_desk *nd, const node_peer *peer, ent_err *err);
/* Of all of them, for what changes by the day. */
ENT_MUST_USE ent_code node_readers_refresh(node_desk *nd, ent_err *err);

/* The id of its collection.  NOT_FOUND: nothing was made yet. */
ENT_MUST_USE ent_code node_reader_collection(ent_arena *arena, const node_home *home,
                                             const char *code, ent_str *id, ent_err *err);

#endif
