/*
 * node/pouch -- a link's mail as one file, for where no line is.
 *
 * A pouch holds the files of our log that a peer lacks, from an entry on: checkpoint,
 * entry bundles, keys, bodies, cosignature.  It is encrypted as a stream under a key of
 * its own, sealed to the peer, so that who carries it learns no more than its size.
 * Opening it is a round of pulling whose courier is the file: everything is
 * verified as if it had come over a line, and applying twice is applying once.
 *
 *     "entente-pouch v1 <origin>\n"  the sealed key  the stream's header
 *     chunks: size in 4 bytes (big-endian), then that many encrypted bytes of
 *             "<path>\0<content>"; the last one is marked as the last
 */
#ifndef ENT_NODE_POUCH_H
#define ENT_NODE_POUCH_H

#include "node/link.h"

typedef struct node_pouch_result {
    uint64_t from, to; /* entries [from, to) */
} node_pouch_result;

/* Packs what the peer of `link` lacks from entry `from` on (UINT64_MAX: from what it
 * has cosigned) into `path`. */
ENT_MUST_USE ent_code node_pouch_pack(node_link *link, uint64_t from, const char *path,
                                      node_pouch_result *result, ent_err *err);

/* Opens a pouch: finds the link it is of, applies.  *code names the peer.
 * FORMAT     it is no pouch, or it is cut
 * NOT_FOUND  it is of no link of this node
 * UNTRUSTED  it is not for this node, was changed, or codes of link_pull_answer */
ENT_MUST_USE ent_code node_pouch_open(ent_arena *arena, const node_home *home, node_desk *nd,
                                      const char *path, char code[NODE_CODE_SIZE],
                                      uint64_t *applied, ent_err *err);

#endif
