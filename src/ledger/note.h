/*
 * ledger/note -- a text that somebody signed (C2SP signed-note, tlog-cosignature).
 *
 * A note is text that ends in a newline, an empty line, and signature lines
 * "— NAME BASE64".  The base64 is a four-byte key id and the signature; the key id
 * is the start of SHA-256(NAME || 0x0A || TYPE || public key), so that a name that
 * two keys share does not matter.  Signatures of unknown keys are skipped; one
 * known key whose signature does not verify refuses the whole note.  Key types:
 * Ed25519 (0x01) over the text, and cosignature/v1 (0x04) over the text and a time.
 * Arguments of the readers are hostile.  Pure; secret keys are the caller's.
 */
#ifndef ENT_LEDGER_NOTE_H
#define ENT_LEDGER_NOTE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

#define LEDGER_ED25519     0x01
#define LEDGER_COSIGNATURE 0x04

typedef struct ledger_key {
    ent_str name; /* no white space, no '+' */
    uint8_t type; /* LEDGER_ED25519 or LEDGER_COSIGNATURE */
    uint8_t key[32];
} ledger_key;

typedef struct ledger_note {
    ent_str text;       /* with its final newline; borrowed */
    ent_str signatures; /* the lines behind the empty line; borrowed */
} ledger_note;

/* Splits a note.  FORMAT, LIMIT (NOTE_SIZE, NOTE_SIGNATURES) */
ENT_MUST_USE ent_code ledger_note_read(ent_str bytes, ledger_note *note, ent_err *err);

/*
 * Finds and verifies the signature of `key`.  `seconds` gets a cosignature's time
 * (may be NULL for Ed25519).
 * NOT_FOUND  the note has no signature of this key
 * UNTRUSTED  it has one, and it does not verify
 */
ENT_MUST_USE ent_code ledger_note_verify(ent_arena *arena, const ledger_note *note,
                                         const ledger_key *key, uint64_t *seconds, ent_err *err);

/* A signature line for `text` ("— NAME BASE64\n").  `seconds` is used by cosignatures. */
ENT_MUST_USE ent_code ledger_note_sign(ent_arena *arena, ent_str text, const ledger_key *key,
                                       const uint8_t secret[64], uint64_t seconds, ent_str *line,
                                       ent_err *err);

/* "NAME+hexid+base64(type || key)", how a key is written for people. */
ENT_MUST_USE ent_code ledger_vkey_write(ent_arena *arena, const ledger_key *key, ent_str *text,
                                        ent_err *err);
ENT_MUST_USE ent_code ledger_vkey_read(ent_arena *arena, ent_str text, ledger_key *key,
                                       ent_err *err);

#endif
