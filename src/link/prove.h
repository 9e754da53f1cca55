/*
 * link/prove -- a proof that an entry stands in a link's log, and its check.
 *
 * The proof (ledger/proof.h) carries the entry, the checkpoint as its writer signed it
 * and, where the reader has cosigned exactly that head, the cosignature: then it shows
 * that both ends hold the same log.  It says nothing of the body but its commitment.
 */
#ifndef ENT_LINK_PROVE_H
#define ENT_LINK_PROVE_H

#include "ledger/proof.h"
#include "link/host.h"

/* The proof for entry `seq` of one side.  NOT_FOUND, or UNTRUSTED if the log on disk is
 * damaged: what is written was checked. */
ENT_MUST_USE ent_code link_prove(const link_host *host, ent_arena *arena, link_side side,
                                 uint64_t seq, ent_str *text, ent_err *err);

typedef struct link_proved {
    ledger_checkpoint head;
    link_entry entry;
    ent_str entry_text;
} link_proved;

/* Reads a proof as far as it can be read without a key: which log it is of.  FORMAT */
ENT_MUST_USE ent_code link_proof_origin(ent_arena *arena, ent_str text,
                                        char origin[LINK_ORIGIN_SIZE], ent_err *err);

/* Who signed, by any of its keys; `later` NULL: only the first. */
typedef struct link_who {
    const uint8_t *identity;
    const link_keys *later;
} link_who;

/* Checks a proof against the keys of the log's writer and, unless `reader.identity` is NULL,
 * a cosignature by the reader's.  UNTRUSTED, FORMAT */
ENT_MUST_USE ent_code link_proof_check(ent_arena *arena, ent_str text, const char *origin,
                                       link_who writer, link_who reader, link_proved *proved,
                                       ent_err *err);

#endif
