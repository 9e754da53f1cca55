/*
 * ledger/checkpoint -- "this log had this many entries and this root", signed.
 *
 * The text of a checkpoint (C2SP tlog-checkpoint) is three lines: the log's origin,
 * the number of entries, the root in base64; further lines are extensions, kept.
 * Reading is strict: one writing for each value, so that equal heads are equal bytes.
 */
#ifndef ENT_LEDGER_CHECKPOINT_H
#define ENT_LEDGER_CHECKPOINT_H

#include "ledger/note.h"

typedef struct ledger_checkpoint {
    ent_str origin;
    uint64_t size;
    ent_hash root;
    ent_str extensions; /* whole lines; mostly empty */
} ledger_checkpoint;

/* The text, unsigned. */
ENT_MUST_USE ent_code ledger_checkpoint_write(ent_arena *arena, const ledger_checkpoint *head,
                                              ent_str *text, ent_err *err);
ENT_MUST_USE ent_code ledger_checkpoint_read(ent_arena *arena, ent_str text,
                                             ledger_checkpoint *head, ent_err *err);

/* A whole note: the text, an empty line, one signature by `name`. */
ENT_MUST_USE ent_code ledger_checkpoint_sign(ent_arena *arena, const ledger_checkpoint *head,
                                             const char *name, const uint8_t secret[64],
                                             ent_str *note, ent_err *err);
/* The same with a cosignature of that time (seconds since 1970). */
ENT_MUST_USE ent_code ledger_checkpoint_cosign(ent_arena *arena, const ledger_checkpoint *head,
                                               const char *name, const uint8_t secret[64],
                                               uint64_t seconds, ent_str *note, ent_err *err);

/*
 * Opens a note: its signature by `key` must verify and its origin be `origin`.
 * UNTRUSTED  another origin, or the signature is missing or wrong
 */
ENT_MUST_USE ent_code ledger_checkpoint_open(ent_arena *arena, ent_str note, const char *origin,
                                             const ledger_key *key, ledger_checkpoint *head,
                                             uint64_t *seconds, ent_err *err);

#endif
