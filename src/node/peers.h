/*
 * node/peers -- who the other ends of our links are, and how they became that.
 *
 * Linking is three files and one telephone call.  A writes an invitation, B joins
 * it and writes a reply, A joins the reply.  Both files are cards: keys, TLS pins,
 * address, nonce.  Then both ends show the same twelve words, made from both
 * cards; the people compare them over another channel and each confirms.  Somebody
 * who changed a card on its way changed the words.  Only a confirmed peer is
 * served, pulled from, or written to.  Cards are hostile input (node/cards_int.h).
 */
#ifndef ENT_NODE_PEERS_H
#define ENT_NODE_PEERS_H

#include "node/home.h"

#define NODE_CARD_LIMIT ((size_t)65536)
#define NODE_WORDS_SIZE 80 /* twelve words of four letters, blanks between */

typedef enum node_peer_state {
    NODE_PEER_JOINED, /* cards exchanged, words not compared yet */
    NODE_PEER_CONFIRMED,
    NODE_PEER_SUSPENDED, /* only what is urgent is served, pulled and said */
    NODE_PEER_HELD       /* nothing is: this node was restored and heads must be compared */
} node_peer_state;

/* What a peer has said of the keys of its links since its card (node/renew.h). */
typedef struct node_peer_renewal {
    int64_t number; /* of the last time; 0: they are those of its card */
    bool overlap;   /* the pins before are taken as well, until it says that it is done or then */
    uint8_t border_before[32], courier_before[32];
    ent_time until;
    link_keys boxes; /* that its box has replaced, newest first */
    int64_t heard;   /* it has heard that ours are new for the time of this number */
} node_peer_renewal;

typedef struct node_peer {
    char code[NODE_CODE_SIZE];
    ent_str name;
    const char *address;             /* "https://host:port" */
    uint8_t identity[NODE_KEY_SIZE]; /* Ed25519: the first, which names the node */
    link_keys keys;                  /* those after it */
    int64_t key_number;              /* of the newest */
    bool recoverable;                /* it has a recovery key */
    uint8_t recovery[NODE_KEY_SIZE];
    link_versions versions;     /* of entries that it reads */
    uint8_t box[NODE_KEY_SIZE]; /* X25519 */
    uint8_t border_pin[32];     /* SHA-256 of the border's SubjectPublicKeyInfo */
    uint8_t courier_pin[32];
    node_peer_renewal renewal;
    node_peer_state state;
    bool reader; /* it has no node and reads by TAXII (readers.h): the courier's pin is its own */
    bool exercise;
    char words[NODE_WORDS_SIZE];
} node_peer;

const char *node_peer_state_name(node_peer_state state);
/* Is such a link worked: served, pulled, said on? */
bool node_peer_works(node_peer_state state);

/* Writes an invitation to `path` ("-": standard output). */
ENT_MUST_USE ent_code node_peer_invite(ent_arena *arena, const node_home *home, const char *address,
                                       const char *path, ent_err *err);

/* Reads an invitation (and writes the reply to `reply_path`) or a reply to an
 * invitation of ours.
 * FORMAT    no card, with the member that is wrong
 * NOT_FOUND a reply to an invitation that this node did not write
 * CONFLICT  the code is our own or another peer's
 * DENIED    one node is on exercise and the other is live */
ENT_MUST_USE ent_code node_peer_join(ent_arena *arena, const node_home *home, ent_str card,
                                     const char *address, const char *reply_path, node_peer *peer,
                                     ent_err *err);

/* A partner that has no node, with its certificate (PEM).  Of one that is there, name and
 * certificate become these, and a link that was held is confirmed.
 * USAGE     no code
 * FORMAT    no certificate, or no name
 * CONFLICT  a node has this code, or another peer this certificate */
ENT_MUST_USE ent_code node_peer_reader(ent_arena *arena, const node_home *home, const char *code,
                                       ent_str name, ent_str certificate, node_peer *peer,
                                       ent_err *err);

/* UNTRUSTED if the words are not those of this link. */
ENT_MUST_USE ent_code node_peer_confirm(ent_arena *arena, const node_home *home, const char *code,
                                        const char *words, ent_err *err);
/* The state alone, for node/suspend.h: only a confirmed link can be suspended, only a
 * suspended one resumed (CONFLICT). */
ENT_MUST_USE ent_code node_peer_suspend(ent_arena *arena, const node_home *home, const char *code,
                                        ent_err *err);
ENT_MUST_USE ent_code node_peer_resume(ent_arena *arena, const node_home *home, const char *code,
                                       ent_err *err);
/* Holds the link until it is confirmed anew. */
ENT_MUST_USE ent_code node_peer_hold(ent_arena *arena, const node_home *home, const char *code,
                                     ent_err *err);
ENT_MUST_USE ent_code node_peer_remove(ent_arena *arena, const node_home *home, const char *code,
                                       ent_err *err);

/* Changes what is kept of a peer: its state, or what it said of itself since (keys, address,
 * versions).  Read, changed and written under one lock, so that of two at once neither is lost;
 * `change` says nothing and asks for no lock.  NO from it: all stays as it is, which is OK.
 * NULL: it is written anew with our own keys, so that whoever works the link starts anew. */
typedef ent_code node_peer_change_fn(void *arg, node_peer *peer, ent_err *err);
ENT_MUST_USE ent_code node_peer_change(ent_arena *arena, const node_home *home, const char *code,
                                       node_peer_change_fn *change, void *arg, ent_err *err);
/* Is it the courier's pin of another peer?  Then its mail would be handed to this one. */
ENT_MUST_USE ent_code node_peer_pin_free(ent_arena *arena, const node_home *home, const char *code,
                                         const uint8_t pin[32], ent_err *err);
/* The key that it signs with now. */
const uint8_t *node_peer_key(const node_peer *peer);

/* NOT_FOUND if there is no such peer. */
ENT_MUST_USE ent_code node_peer_get(ent_arena *arena, const node_home *home, const char *code,
                                    node_peer *peer, ent_err *err);
/* All peers, sorted by code. */
ENT_MUST_USE ent_code node_peer_list(ent_arena *arena, const node_home *home, node_peer **peers,
                                     size_t *count, ent_err *err);

#endif
