/*
 * link/verify -- is everything that lies in a link's folder what was signed?
 *
 * Reads one side of a link whole: the signature of the checkpoint, every entry of
 * every bundle, every hash tile against what the entries give (also the partial tiles
 * of sizes before, where they are still there), and every body against its entry's
 * commitment; of our own bodies also the sealed key against the content key we kept.
 * One changed byte in any of these is found, and the message says in which file.
 * Memory does not grow with the log.
 */
#ifndef ENT_LINK_VERIFY_H
#define ENT_LINK_VERIFY_H

#include "link/host.h"

typedef struct link_verdict {
    uint64_t entries;
    uint64_t bodies; /* opened and fitting */
    uint64_t erased; /* on purpose: the entry still verifies */
    uint64_t absent; /* not fetched (LINK_IN, behind `applied`) */
} link_verdict;

/* `applied`: entries whose bodies must be there; UINT64_MAX: all.
 * UNTRUSTED  names the first file that is wrong, and why */
ENT_MUST_USE ent_code link_verify(const link_host *host, link_side side, uint64_t applied,
                                  link_verdict *verdict, ent_err *err);

#endif
