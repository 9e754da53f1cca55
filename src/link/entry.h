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
 * A kind or a version that this program does not know is read all the same: the log of
 * a newer node must verify here (link_versions in link/host.h).
 * Arguments of the readers are hostile.  Pure.  Cost: linear in the header.
 */
#ifndef ENT_LINK_ENTRY_H
#define ENT_LINK_ENTRY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/time.h"

/* The newest version that this program writes and reads; it reads all before it. */
#define LINK_ENTRY_VERSION 1
#define LINK_KIND_NAME     32

typedef enum link_kind {
#define X(symbol, name, body) LINK_##symbol,
#include "link/kinds.def"
#undef X
    LINK_KIND_COUNT,
    LINK_UNKNOWN = LINK_KIND_COUNT /* of a newer program: kept, and applied by nobody */
} link_kind;

const char *link_kind_name(link_kind kind);
/* false: no such kind. */
bool link_kind_read(ent_str name, link_kind *kind);
/* Applied before everything else that came with it, and readable on a suspended link. */
bool link_kind_urgent(link_kind kind);
/* Applied before what came with it if it can be, on a link that is not suspended; what is urgent
 * always. */
bool link_kind_ahead(link_kind kind);
/* What stands in the log of a partner that has no node and reads by TAXII: what was released and
 * called back, and under what.  Everything else asks for somebody who answers. */
bool link_kind_for_readers(link_kind kind);

typedef struct link_entry {
    uint64_t seq;
    link_kind kind;
    char id[37];      /* UUID text */
    ent_time time;    /* milliseconds are kept */
    ent_hash body;    /* the commitment: SHA-256(salt || body), also the body's file name */
    unsigned version; /* 0: the first */
    char unknown[LINK_KIND_NAME]; /* the name of an unknown kind */
} link_entry;

/* The canonical bytes.  LIMIT only (arena). */
ENT_MUST_USE ent_code link_entry_write(ent_arena *arena, const link_entry *entry, ent_str *text,
                                       ent_err *err);

/* FORMAT  not exactly the header described above, or not canonical, or another version */
ENT_MUST_USE ent_code link_entry_read(ent_arena *arena, ent_str text, link_entry *entry,
                                      ent_err *err);

#endif
