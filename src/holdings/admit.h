/*
 * holdings/admit -- may this object come in, and what became of it?
 *
 * The one door to the store for objects: of import, and of the desk for what a peer
 * released.  It derives the row (holdings/index.h), holds back personal data without a
 * whole label and what claims to come from the future, and refuses a new version that
 * its originator could not have made: another creator, another `created`, after a
 * revocation, or older than an erasure (laws 4 and 5).  An item is admitted whole or
 * not at all; whoever calls holds the transaction.
 */
#ifndef ENT_HOLDINGS_ADMIT_H
#define ENT_HOLDINGS_ADMIT_H

#include "holdings/index.h"
#include "store/store.h"

typedef struct holdings_origin {
    const char *owner; /* "": this node; else the peer that released it */
    ent_str source;    /* "import:FILE", or a release's id */
    ent_str sidecar;   /* handling members for what objects lack, JSON, or ENT_STR_NONE */
    ent_time now;
} holdings_origin;

#define HOLDINGS_RESULTS(X)                                                             \
    X(ADDED, "added")                                                                   \
    X(UPDATED, "updated")                                                               \
    X(OLDER, "older")             /* an earlier version, kept beside the latest */      \
    X(UNCHANGED, "unchanged")     /* these very bytes are there */                      \
    X(CONFLICT, "conflict")       /* contradicts what is held, which stays; a reason */ \
    X(QUARANTINED, "quarantined") /* kept, found by nothing but the quarantine; a reason */

typedef enum holdings_result {
#define X(symbol, name) HOLDINGS_##symbol,
    HOLDINGS_RESULTS(X)
#undef X
        HOLDINGS_RESULT_COUNT
} holdings_result;

const char *holdings_result_name(holdings_result result);

/* Inside a transaction.  `bytes` is one STIX object, kept exactly.  `reason` is set for
 * CONFLICT and QUARANTINED, else "".
 * FORMAT, LIMIT  it is no object that can be held; nothing was changed
 * others         the store's; the transaction must be rolled back */
ENT_MUST_USE ent_code holdings_admit(store *s, ent_arena *arena, const holdings_origin *origin,
                                     ent_str bytes, holdings_result *result, ent_str *reason,
                                     ent_err *err);

/* The same for an object that was indexed already (with origin->sidecar). */
ENT_MUST_USE ent_code holdings_admit_entry(store *s, ent_arena *arena,
                                           const holdings_origin *origin, ent_str bytes,
                                           const holdings_entry *entry, holdings_result *result,
                                           ent_str *reason, ent_err *err);

/* A list that is published anew and still has this own object, unchanged: it is kept as long as
 * the list's label (entry, by origin->sidecar) says now, if that is longer. */
ENT_MUST_USE ent_code holdings_renew(store *s, ent_arena *arena, const holdings_entry *entry,
                                     ent_err *err);

/* Tries again what is in quarantine under this id, with origin->sidecar filling what the
 * object and the label it came with lack.  NOT_FOUND if nothing of that id is held back. */
ENT_MUST_USE ent_code holdings_readmit(store *s, ent_arena *arena, const holdings_origin *origin,
                                       ent_str id, holdings_result *result, ent_str *reason,
                                       ent_err *err);

#endif
