/*
 * node/renew -- new keys for the links of a node: TLS of border and courier, and the box.
 *
 * Nobody links anew.  The coming keys are made in keys/next and told to every peer in the
 * log that this node's identity signs; from then on a peer takes both pins, seals to the
 * coming box, seals anew what it has said before, and says that it has heard.  Each peer that
 * has is called with the coming certificate.  When all have, or their time is over, the
 * coming keys take the place of the present ones, which are wiped, and peers are told to
 * forget them.  Who has not heard by then reads it from a pouch, or links anew.
 *
 *     entry `key`  {"border","box","courier","kind":"links","number","time","until"}
 *                  {"kind":"links-heard","number","time"}   by the peer
 *                  {"kind":"links-done","number","time"}    the old ones are no more
 *     keys/renewal {"number","state","until"}, the state announced, switching or done
 */
#ifndef ENT_NODE_RENEW_H
#define ENT_NODE_RENEW_H

#include "node/link.h"

#define NODE_RENEW_DAYS     30
#define NODE_RENEW_DAYS_MAX 365

typedef struct node_renewal {
    int64_t number; /* how often the keys were made new; 0: never */
    bool under_way;
    ent_time until;
} node_renewal;

ENT_MUST_USE ent_code node_renewal_read(ent_arena *arena, const node_home *home,
                                        node_renewal *renewal, ent_err *err);
/* Must this peer hear of it before it can end? */
bool node_renew_waits(const node_renewal *renewal, const node_peer *peer);

/* Makes the coming keys and tells the peers.
 * CONFLICT  some were told of others and have not heard yet */
ENT_MUST_USE ent_code node_renew_begin(node_desk *nd, ent_arena *arena, int64_t days, ent_err *err);

/* Does what is due: tells who was not told, takes the coming keys into use when all have heard
 * or the time is over (or `end` says so), forgets pins of peers whose time is over. */
ENT_MUST_USE ent_code node_renew_due(node_desk *nd, ent_arena *arena, bool end, ent_time *next,
                                     ent_err *err);

/* The folder of the TLS keys that this peer is called with: keys/, or keys/next. */
ENT_MUST_USE ent_code node_renew_folder(ent_arena *arena, const node_home *home,
                                        const node_peer *peer, const char **folder, ent_err *err);

/* ---- what a peer says of its own (renew_hear.c) ---- */

/* An entry `key` of one of the three kinds.  NO: of none of them.
 * UNTRUSTED  the certificate is another peer's */
ENT_MUST_USE ent_code node_renew_receive(desk *d, ent_arena *arena, const char *peer, ent_json json,
                                         ent_err *err);
/* Under the lock of out/, before anything is appended: from then on the log is sealed to the
 * peer's newest box as a whole.  Reads the peer anew. */
ENT_MUST_USE ent_code node_renew_settle(node_link *link, ent_arena *arena, ent_err *err);

#endif
