/*
 * node/linklog -- the log we write for one peer, on disk.
 *
 *     links/CODE/out/checkpoint, tile/..., body/<commitment>, key/<commitment>,
 *                    cosignature             what the border serves to CODE
 *     links/CODE/kept/<commitment>           our own content keys, not served
 *     links/CODE/in/...                      a mirror of what CODE serves to us
 *
 * An append writes body and key, then entry and tiles, then gets the signer's
 * signature, then replaces the checkpoint: the checkpoint is the commit.  A crash
 * before it leaves files that nobody looks at; a crash after the signature is
 * rolled forward at the next open, because the signer never signs a second history.
 * One writer at a time (a lock); the holder of the lock owns the handle.
 */
#ifndef ENT_NODE_LINKLOG_H
#define ENT_NODE_LINKLOG_H

#include "ledger/tile.h"
#include "link/entry.h"
#include "node/peers.h"
#include "node/signer.h"

typedef struct node_log {
    const node_home *home;
    const node_peer *peer;
    node_signer *signer;
    int lock;
    uint64_t size;
    char origin[NODE_ORIGIN_SIZE];
} node_log;

/* Files below a folder, for ledger/tile.h. */
typedef struct node_folder {
    const char *path;
} node_folder;
ledger_files node_folder_files(node_folder *folder);

/* Takes the lock (waiting for it), makes the log if it is new, rolls forward.
 * UNTRUSTED  the log on disk is shorter than what was signed: it was restored from a
 *            backup; nothing may be added until `entente doctor` says how */
ENT_MUST_USE ent_code node_log_open(ent_arena *arena, const node_home *home, const node_peer *peer,
                                    node_signer *signer, node_log *log, ent_err *err);
void node_log_close(node_log *log);

/* Appends one entry; it is served when this returns.  An entry whose id is the last
 * one's is there already and is not added again. */
ENT_MUST_USE ent_code node_log_append(node_log *log, ent_arena *arena, link_kind kind,
                                      const char *id, ent_span body, ent_time now, uint64_t *seq,
                                      ent_err *err);

/* The checkpoint of a log folder: 0 entries if there is none.  UNTRUSTED if its
 * signature by `key` does not hold.  `note` may be NULL. */
ENT_MUST_USE ent_code node_head_read(ent_arena *arena, const char *folder, const char *origin,
                                     const uint8_t key[NODE_KEY_SIZE], uint64_t *size,
                                     ent_hash *root, ent_str *note, ent_err *err);

/* How much of our log (`origin`) the peer has cosigned: the file cosignature in its
 * mirror.  0 if there is none.  UNTRUSTED if the signature by `key` does not hold. */
ENT_MUST_USE ent_code node_cosigned_read(ent_arena *arena, const char *folder, const char *origin,
                                         const uint8_t key[NODE_KEY_SIZE], uint64_t *size,
                                         ent_err *err);

/* Entry `seq` of a log folder of `size` entries, parsed; its text may be NULL. */
ENT_MUST_USE ent_code node_entry_read(ent_arena *arena, const char *folder, uint64_t seq,
                                      uint64_t size, link_entry *entry, ent_str *text,
                                      ent_err *err);

/* The body of an entry of ours (`out`) or of the peer's, opened.  NOT_FOUND if it
 * was erased or never came. */
ENT_MUST_USE ent_code node_body_read(ent_arena *arena, const node_home *home, const node_peer *peer,
                                     bool out, const link_entry *entry, ent_span *body,
                                     ent_err *err);

/* Checks a whole log folder: every entry, tile, and the signed root.  `entries` may
 * be NULL.  UNTRUSTED names the first place that is wrong. */
ENT_MUST_USE ent_code node_log_verify(ent_arena *arena, const char *folder, const char *origin,
                                      const uint8_t key[NODE_KEY_SIZE], uint64_t *entries,
                                      ent_err *err);

#endif
