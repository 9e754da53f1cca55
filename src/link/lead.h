/*
 * link/lead -- the signer brought along a log that is on the disk.
 *
 * The signer keeps no log, only the compact range of what it signed last, and signs nothing
 * but what extends that.  A crash leaves it a step ahead of the disk, a restored disk or a
 * lost memory of its own anywhere; whoever has the tiles leads it from where it is to where
 * they end.  That what it signed before is the past of this log, only the root that it gives
 * at the end tells: compare it.
 */
#ifndef ENT_LINK_LEAD_H
#define ENT_LINK_LEAD_H

#include "link/host.h"

/* Where the signer is in that side's log, with its note of it; `guess` saves a request. */
ENT_MUST_USE ent_code link_signer_at(const link_host *host, ent_arena *arena, link_side side,
                                     uint64_t guess, uint64_t *at, ent_str *note, ent_err *err);

/* Brings it to `size` entries of that side's tiles; its last note in `note`.
 * UNTRUSTED  it has signed more */
ENT_MUST_USE ent_code link_signer_lead(const link_host *host, ent_arena *arena, link_side side,
                                       uint64_t guess, uint64_t size, ent_str *note, ent_err *err);

#endif
