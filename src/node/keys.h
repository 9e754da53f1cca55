/*
 * node/keys -- replacing the key by which a node is known, and telling its peers.
 *
 * A node is named by its first identity key for ever; the key that signs can be replaced
 * when it was lost or stolen.  The word that does it is signed by the recovery key, which
 * `init` made and which is kept elsewhere, and by the new key; peers pinned the recovery
 * key when they linked.  It is served as out/rotation, because a peer that knows only the
 * old key cannot read a log that the new one signs, and said as an entry `key`.  From then
 * on nothing new that the old key signs is believed.  Without recovery key: link anew.
 *
 *     {"possession":SIG,"recovery":SIG,"statement":TEXT}    both over link_statement_hash(TEXT)
 *     TEXT = {"identity","key","kind":"key","number","reason"?,"time","version":1}, canonical
 *
 * An entry `key` may also say a new address: {"address","kind":"address","time"}; the log
 * that it stands in is signed.  So are words of new keys of the links (node/renew.h).  An
 * entry `hello` says which versions of entries are read.
 */
#ifndef ENT_NODE_KEYS_H
#define ENT_NODE_KEYS_H

#include "desk/desk.h"
#include "node/desk.h"

/* Replaces this node's identity key; `recovery`: the file that `init` made.
 * NOT_FOUND  there is no such file
 * UNTRUSTED  it holds another node's key */
ENT_MUST_USE ent_code node_key_rotate(ent_arena *arena, const node_home *home, const char *recovery,
                                      ent_str reason, ent_err *err);

/* Puts the last rotation where peers fetch it, and says it to them.  After node_key_rotate,
 * with a desk that was opened since. */
ENT_MUST_USE ent_code node_key_tell(node_desk *nd, ent_arena *arena, ent_err *err);

/* A peer's word that its key was replaced: pins the new one.  CONFLICT: not newer than
 * what is known; UNTRUSTED, FORMAT */
ENT_MUST_USE ent_code node_key_take(ent_arena *arena, const node_home *home, const char *peer,
                                    ent_str word, ent_err *err);

/* Tells every peer a new address of this node's border. */
ENT_MUST_USE ent_code node_address_tell(node_desk *nd, ent_arena *arena, ent_str address,
                                        ent_err *err);
/* Tells a peer which versions this node reads, if it was told others before. */
ENT_MUST_USE ent_code node_hello_tell(node_desk *nd, ent_arena *arena, const char *peer,
                                      ent_err *err);

/* Receivers of entries (node/receivers.c). */
ENT_MUST_USE ent_code node_key_receive(desk *d, ent_arena *arena, const char *peer,
                                       const link_entry *entry, ent_span body, ent_err *err);
ENT_MUST_USE ent_code node_hello_receive(desk *d, ent_arena *arena, const char *peer,
                                         const link_entry *entry, ent_span body, ent_err *err);

#endif
