/*
 * link/entry -- one thing said on a link: what the log keeps of it for ever.
 *
 * An entry is a small canonical JSON header (RFC 8785).  It is the Merkle leaf,
 * and it commits to the body by a salted hash, so that a body (with its salt)
 * can be erased while the log still verifies and tells nothing of it.
 *
 *     {"body":"<hex>","id":"<uuid>","kind":"release","seq":12,"time":"2024-...Z","v":1}
 *
 * `seq` is the entry's 0-based place in the log, `id` is random and makes sending
 * idempotent, `time` is the sender's clock.  Reading is strict: exactly these
 * members, in exactly the canonical bytes, so that equal entries are equal leaves.
 * Arguments of the readers are hostile.  Pure.  Cost: linear in the header.
 */
#ifndef ENT_LINK_ENTRY_H
#define ENT_LINK_ENTRY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/time.h"

#define LINK_ENTRY_VERSION 1

typedef enum link_kind {
#define X(symbol, name, body) LINK_##symbol,
#include "link/kinds.def"
#undef X
    LINK_KIND_COUNT
} link_kind;

const char *link_kind_name(link_kind kind);
/* false: no such kind. */
bool link_kind_read(ent_str name, link_kind *kind);
/* Applied before everything else that came with it, and readable on a suspended link. */
bool link_kind_urgent(link_kind kind);

typedef struct link_entry {
    uint64_t seq;
    link_kind kind;
    char id[37];   /* UUID text */
    ent_time time; /* milliseconds are kept */
    ent_hash body; /* the commitment: SHA-256(salt || body), also the body's file name */
} link_entry;

/* The canonical bytes.  LIMIT only (arena). */
ENT_MUST_USE ent_code link_entry_write(ent_arena *arena, const link_entry *entry, ent_str *text,
                                       ent_err *err);

/* FORMAT  not exactly the header described above, or not canonical, or another version */
ENT_MUST_USE ent_code link_entry_read(ent_arena *arena, ent_str text, link_entry *entry,
                                      ent_err *err);

#endif
