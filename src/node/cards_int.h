/*
 * node/cards_int -- what two nodes hand each other to become partners.
 *
 * A card is one JSON object with its members in order: keys, TLS pins, address, code, name
 * and a nonce.  Both ends hash the same two canonical texts into twelve words, which
 * people compare by telephone; whoever changed a card on its way changed the words.
 * What a card says is hostile until then: each member has a limit and is named when wrong.
 */
#ifndef ENT_NODE_CARDS_INT_H
#define ENT_NODE_CARDS_INT_H

#include "base/json.h"
#include "node/peers.h"

/* Our own card; `answers` is the digest of the invitation it replies to, or NULL. */
ENT_MUST_USE ent_code node_card_write(ent_arena *arena, const node_home *home, const char *address,
                                      const ent_hash *answers, ent_str *text, ent_err *err);
/* The card of a partner without a node, by the pin of its certificate; `old`: what is kept of
 * it, or NULL. */
ENT_MUST_USE ent_code node_card_reader(ent_arena *arena, const node_home *home, const char *code,
                                       ent_str name, const node_peer *old, const uint8_t pin[32],
                                       ent_str *text, ent_err *err);
/* FORMAT: the member that is wrong. */
ENT_MUST_USE ent_code node_card_read(ent_arena *arena, ent_json card, node_peer *peer,
                                     ent_err *err);
/* One member of 32 bytes in hexadecimal. */
ENT_MUST_USE ent_code node_card_key(ent_json card, const char *name, uint8_t key[32], ent_err *err);
/* The card's canonical text: what both ends hash. */
ENT_MUST_USE ent_code node_card_canon(ent_arena *arena, ent_json card, ent_str *text, ent_err *err);

/* The twelve words for 32 hash bytes: 11 bits each. */
void node_words_write(const uint8_t hash[32], char out[NODE_WORDS_SIZE]);
/* Those of a link, from the canonical texts of both its cards. */
void node_card_words(ent_str invitation, ent_str reply, char words[NODE_WORDS_SIZE]);

#endif
