/*
 * link/host -- what a link needs from where it runs.
 *
 * The logic of a link (log.h, pull.h, verify.h) has no file, socket, clock, key or
 * randomness of its own; it reaches them through these callbacks.  node/ binds them
 * to a folder, a courier and the signer; tests/sim binds them to memory, where every
 * write can fail and every answer can be lost.  Paths are relative to the link's own
 * folder and made here:
 *
 *     out/checkpoint, out/tile/..., out/body/HEX, out/key/HEX, out/cosignature   served
 *     in/...                           the same of the peer, as a mirror
 *     kept/HEX                         the content keys of our bodies, not served
 *     frozen/{body,key}/HEX            what a suspension took out of out/
 *     evidence/HEX                     what a peer signed and cannot both be true
 *     stopped                          why nothing is pulled any more
 */
#ifndef ENT_LINK_HOST_H
#define ENT_LINK_HOST_H

#include "base/limits.h"
#include "ledger/checkpoint.h"
#include "ledger/tile.h"
#include "link/body.h"
#include "link/entry.h"

/* The name of the log that `from` writes for `to`, "entente/<from>/<to>", each the
 * first 16 hex digits of SHA-256(identity key); and of the key that signs it. */
#define LINK_ORIGIN_SIZE 48
void link_origin_write(const uint8_t from[32], const uint8_t to[32], char out[LINK_ORIGIN_SIZE]);
void link_key_name_write(const uint8_t identity[32], char out[LINK_ORIGIN_SIZE]);

#define LINK_ERASED "erased\n"

/* A bundle of the largest entries. */
#define LINK_BUNDLE_LIMIT ((size_t)LEDGER_TILE_WIDTH * (ENT_LIMIT_ENTRY_SIZE + 2))

/* A node is named by its first key for ever (origins, names of keys) and signs with its
 * newest.  These are the keys after the first, newest first; none: the first one signs. */
#define LINK_KEYS_MAX 32
typedef struct link_keys {
    uint8_t key[LINK_KEYS_MAX][32];
    size_t count;
} link_keys;

/* The versions of entries that a node reads, as it said in an entry `hello`; zeros: it has
 * said nothing, and reads the first alone. */
typedef struct link_versions {
    unsigned min, max;
} link_versions;

typedef enum link_side {
    LINK_OUT, /* what we say to the peer */
    LINK_IN   /* a mirror of what it says to us */
} link_side;

typedef struct link_host {
    void *arg;
    ent_code (*read)(void *arg, ent_arena *arena, const char *path, ent_str *content,
                     ent_err *err); /* NOT_FOUND */
    /* Durable after the next `sync`; a crash before may leave them old, new or torn. */
    ent_code (*write)(void *arg, const char *path, ent_str content, ent_err *err);
    ent_code (*remove)(void *arg, const char *path, ent_err *err); /* absent is fine */
    ent_code (*sync)(void *arg, ent_err *err);
    /* What was there or this, whole, and durable when it returns: for files that commit
     * to what was written and synced before. */
    ent_code (*publish)(void *arg, const char *path, ent_str content, ent_err *err);
    /* Extends the last head that the signer signed for that log (LINK_IN: cosigned),
     * which must be at `size`, by these leaves.  CONFLICT: it is at *at instead. */
    ent_code (*sign)(void *arg, ent_arena *arena, link_side side, uint64_t size,
                     const ent_hash *leaves, size_t count, ent_str *note, uint64_t *at,
                     ent_err *err);
    void (*random)(void *arg, void *bytes, size_t size);
    /* Opens a content key that is sealed to us.  UNTRUSTED */
    ent_code (*unseal)(void *arg, ent_span sealed_key, uint8_t content_key[LINK_KEY_SIZE],
                       ent_err *err);
    /* Applies one entry of the peer's, durably and once; `body.ptr` NULL: erased. */
    ent_code (*apply)(void *arg, ent_arena *arena, const link_entry *entry, ent_span body,
                      ent_err *err);
    /* Applies an urgent entry before those in front of it, durably and once: *next is behind
     * the last one that was.  `apply` meets it again at its place.  NULL: nothing is urgent. */
    ent_code (*ahead)(void *arg, ent_arena *arena, const link_entry *entry, ent_span body,
                      ent_err *err);
    ent_code (*ahead_position)(void *arg, uint64_t *next, ent_err *err);
    /* Is the link suspended, so that nothing but the urgent is applied?  NULL: it is not. */
    ent_code (*suspended)(void *arg, bool *yes, ent_err *err);
    /* Takes the peer's word, signed by its recovery key, that its key was replaced
     * (out/rotation), and changes `peer_keys`.  UNTRUSTED; CONFLICT: it is known already.
     * NULL: never. */
    ent_code (*rotate)(void *arg, ent_arena *arena, ent_str statement, ent_err *err);
    link_keys keys, peer_keys;
    link_versions peer_versions;
    unsigned version_max;                    /* that this node writes and reads; 0: the newest */
    uint8_t identity[32], peer_identity[32]; /* Ed25519 */
    uint8_t peer_box[32];                    /* X25519, to which our bodies are sealed */
    link_keys peer_boxes;                    /* those before it, newest first (node/renew.h) */
    char out_origin[LINK_ORIGIN_SIZE], in_origin[LINK_ORIGIN_SIZE];
} link_host;

/* Fills the two origins from the identities. */
void link_host_origins(link_host *host);

/* One side of the link's folder, for ledger/tile.h. */
typedef struct link_folder {
    const link_host *host;
    link_side side;
} link_folder;
ledger_files link_folder_files(link_folder *folder);

/* "out/NAME" or "in/NAME"; and a file named by a commitment, "out/body/HEX". */
#define LINK_PATH_SIZE 128
void link_path(link_side side, const char *name, char path[LINK_PATH_SIZE]);
void link_path_of(link_side side, const char *kind, const ent_hash *commitment,
                  char path[LINK_PATH_SIZE]);
/* Where our own copy of a content key is, and where a suspension put a file of out/. */
void link_path_kept(const ent_hash *commitment, char path[LINK_PATH_SIZE]);
void link_path_frozen(const char *kind, const ent_hash *commitment, char path[LINK_PATH_SIZE]);

typedef struct link_head {
    uint64_t size;
    ent_hash root;
    ent_str note;  /* ptr NULL: there is no checkpoint yet, and the log is empty */
    bool replaced; /* signed with a key that was replaced since: nothing new is believed of it */
} link_head;

/* Reads a checkpoint of that side's log, signed by its writer, out of a note.
 * UNTRUSTED: another log, or its signature does not hold. */
ENT_MUST_USE ent_code link_head_open(const link_host *host, ent_arena *arena, link_side side,
                                     ent_str note, link_head *head, ent_err *err);
/* The one on disk. */
ENT_MUST_USE ent_code link_head_read(const link_host *host, ent_arena *arena, link_side side,
                                     link_head *head, ent_err *err);

/* The version in which entries for the peer are written: the newest that both know.
 * UNAVAILABLE: there is none. */
ENT_MUST_USE ent_code link_version_choose(const link_host *host, unsigned *version, ent_err *err);

/* How much of that side's log its reader has cosigned: for LINK_OUT the peer, in the
 * file in/cosignature; for LINK_IN we, in out/cosignature.  0 without one. */
ENT_MUST_USE ent_code link_seen_open(const link_host *host, ent_arena *arena, link_side side,
                                     ent_str note, link_head *head, ent_err *err);
ENT_MUST_USE ent_code link_seen_read(const link_host *host, ent_arena *arena, link_side side,
                                     link_head *head, ent_err *err);

/* Entry `seq` of a log of `size` entries; its bytes into `text`, which may be NULL. */
ENT_MUST_USE ent_code link_entry_at(const link_host *host, ent_arena *arena, link_side side,
                                    uint64_t seq, uint64_t size, link_entry *entry, ent_str *text,
                                    ent_err *err);

/* The body of an entry, opened.  NO if it was erased, NOT_FOUND if it is not there. */
ENT_MUST_USE ent_code link_body_at(const link_host *host, ent_arena *arena, link_side side,
                                   const link_entry *entry, ent_span *body, ent_err *err);

/* A file of out/ or in/ that a commitment names; of out/ also where a suspension put it. */
ENT_MUST_USE ent_code link_file_read(const link_host *host, ent_arena *arena, link_side side,
                                     const char *kind, const ent_hash *commitment, ent_str *content,
                                     ent_err *err);

/* Erases a body and its keys; the entry stays.  LINK_ERASED in the place of the key says
 * to both ends that the body is gone on purpose.  What is erased is gone for good. */
ENT_MUST_USE ent_code link_body_erase(const link_host *host, link_side side,
                                      const ent_hash *commitment, ent_err *err);

/* Removes the partial tiles of a log of `size` entries that one of `now` entries has
 * no use for.  Failing to remove one is no failure. */
void link_partials_remove(const link_host *host, link_side side, uint64_t size, uint64_t now);

/* Removes the partial tiles of every size between the two: what rounds left that crashed
 * before they had a checkpoint, perhaps torn.  Not durable before the next sync. */
ENT_MUST_USE ent_code link_leavings_remove(const link_host *host, link_side side, uint64_t size,
                                           uint64_t now, ent_err *err);

/* Keeps a signed note beside the logs, in evidence/. */
ENT_MUST_USE ent_code link_evidence_keep(const link_host *host, ent_str note, ent_err *err);

#endif
