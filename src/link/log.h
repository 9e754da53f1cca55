/*
 * link/log -- the log we write for one peer.
 *
 * An append writes body and keys, then entry and tiles, then gets the signer's
 * signature, then replaces the checkpoint: the checkpoint is the commit.  A crash
 * before the signature leaves files that nobody looks at.  A crash after it is
 * rolled forward at the next open, because the signer never signs a second history:
 * so nothing but the same, file by file and whole, may be written over what it signed,
 * and a handle whose append failed is of no use any more.  One writer at a time, which is
 * the caller's to see to.
 * Costs a handful of small files for each entry, whatever the size of the log.
 */
#ifndef ENT_LINK_LOG_H
#define ENT_LINK_LOG_H

#include "link/host.h"

typedef struct link_log {
    const link_host *host;
    ledger_frontier frontier; /* of what is published */
    bool broken;              /* an append failed: open it anew */
} link_log;

/*
 * Makes the log if it is new, and rolls forward.
 * UNTRUSTED  what is on disk is shorter than what was signed or what the peer has
 *            cosigned, or not what was signed:
 *            it was restored from a backup or damaged; nothing may be added
 */
ENT_MUST_USE ent_code link_log_open(const link_host *host, ent_arena *arena, link_log *log,
                                    ent_err *err);

/* Appends one entry; it can be read by the peer when this returns.  An entry whose id
 * is the last one's is there already and is not added again.
 * RETRY  the handle is broken; open it anew and append again with the same id */
ENT_MUST_USE ent_code link_log_append(link_log *log, ent_arena *arena, link_kind kind,
                                      const char *id, ent_span body, ent_time now, uint64_t *seq,
                                      ent_err *err);

/* The id of the last entry; "" if there is none.  What waits to be said under it has been said: a
 * crash came before it was deleted.  To be asked after an open and before anything else is said or
 * regained, as link_log_append knows it again only while it is the last one. */
ENT_MUST_USE ent_code link_log_last(const link_host *host, ent_arena *arena, char id[37],
                                    ent_err *err);

/* The entry with that id, looked for from the end.  NOT_FOUND */
ENT_MUST_USE ent_code link_log_find(const link_host *host, ent_arena *arena, link_side side,
                                    const char *id, link_entry *entry, ent_err *err);

#endif
