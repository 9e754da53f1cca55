/*
 * link/cosign -- our word of how much we have read of the peer's log, where nothing is pulled.
 *
 * It is given anew with every head that is pulled (link/pull.h).  But a peer that must regain
 * its own log serves nothing meanwhile, and it is just this peer who needs the word: of the key
 * that it knows, and of all that we have read.  So whoever begins to work on a link puts it in
 * order by itself: signed by our present key, which may have been replaced twice since and the
 * peer knows only the newest, and of what our signer remembers, be our mirror lost or an old
 * one.  What the signer does not remember it never vouches for, so there is nothing to check.
 */
#ifndef ENT_LINK_COSIGN_H
#define ENT_LINK_COSIGN_H

#include "link/host.h"

/* Under the lock of in/.  Codes of the host's own failures. */
ENT_MUST_USE ent_code link_cosignature_prepare(const link_host *host, ent_arena *arena,
                                               ent_err *err);

/* As link_seen_read for LINK_IN or LINK_OUT; a damaged file is none, as it is written anew. */
ENT_MUST_USE ent_code link_cosignature_read(const link_host *host, ent_arena *arena, link_side side,
                                            link_head *head, ent_err *err);

#endif
