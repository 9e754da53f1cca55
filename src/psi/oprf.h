/*
 * psi/oprf -- a function of the client's input and the server's key, and neither sees the
 * other's (RFC 9497, ristretto255-SHA512, all three modes).
 *
 *     client   input ── blind ──► blinded element
 *     server   blinded element ── evaluate with its key, prove that it was that key ──► element
 *     client   check the proof, unblind, hash: the output
 *
 * OPRF has no proof; VOPRF proves the key; POPRF also binds public `info` that both know, so
 * that outputs under different info cannot be joined.  Up to PSI_OPRF_BATCH elements
 * share one proof.  Every element and scalar from the other side is hostile and is decoded
 * strictly.  Blinds and the proof's nonce come in as arguments and must be uniform, secret
 * and used once; a frame that is asked for again is the same bytes if they are derived
 * (psi_scalar_derive).  Constant-time in secrets, as libsodium is.
 * Cost on one core of 2024: evaluate 48 us, answer 36 us (with its proof 85 us), ask and
 * finish 90 us (with the check 185 us).
 */
#ifndef ENT_PSI_OPRF_H
#define ENT_PSI_OPRF_H

#include "psi/crew.h"
#include "psi/group.h"

#define PSI_OPRF_OUTPUT 64
#define PSI_OPRF_PROOF  64
#define PSI_OPRF_BATCH  4096  /* elements in one frame; the RFC allows 2^16 - 1 */
#define PSI_OPRF_INPUT  65535 /* bytes of an input, of info and of key info */

typedef enum psi_oprf_mode { PSI_OPRF, PSI_VOPRF, PSI_POPRF } psi_oprf_mode;

/* What the server computes with.  Secret but for `mode` and `public`; wipe it. */
typedef struct psi_oprf_server {
    psi_oprf_mode mode;
    uint8_t secret[PSI_SCALAR_SIZE];     /* skS, for POPRF skS + H(info) */
    uint8_t multiplier[PSI_SCALAR_SIZE]; /* skS, for POPRF 1 / (skS + H(info)) */
    psi_element public;                  /* what proofs are checked against */
    ent_str info;                        /* borrowed; POPRF only */
    const psi_crew *crew;                /* the caller may set it after init: who shares the work */
} psi_oprf_server;

typedef struct psi_oprf_client {
    psi_oprf_mode mode;
    psi_element public; /* pkS, for POPRF tweaked by info; unused for OPRF */
    ent_str info;       /* borrowed; POPRF only */
    const psi_crew *crew;
} psi_oprf_client;

/* DeriveKeyPair (s3.2.1).  LIMIT: `info` is too long. */
ENT_MUST_USE ent_code psi_oprf_key_derive(psi_oprf_mode mode, const uint8_t seed[PSI_SEED_SIZE],
                                          ent_str info, uint8_t secret[PSI_SCALAR_SIZE],
                                          psi_element *public, ent_err *err);

/* UNTRUSTED: the key is no scalar, or info cancels it (POPRF).  LIMIT: info is too long. */
ENT_MUST_USE ent_code psi_oprf_server_init(psi_oprf_server *server, psi_oprf_mode mode,
                                           const uint8_t secret[PSI_SCALAR_SIZE], ent_str info,
                                           ent_err *err);
void psi_oprf_server_wipe(psi_oprf_server *server);

/* `public` is not looked at for OPRF and may be NULL.  UNTRUSTED: it is no key, or info
 * cancels it (POPRF). */
ENT_MUST_USE ent_code psi_oprf_client_init(psi_oprf_client *client, psi_oprf_mode mode,
                                           const psi_element *public, ent_str info, ent_err *err);

/* Blind (s3.3.1).  UNTRUSTED: the blind is no scalar.  LIMIT: the input is too long. */
ENT_MUST_USE ent_code psi_oprf_blind(psi_oprf_mode mode, ent_str input,
                                     const uint8_t blind[PSI_SCALAR_SIZE], psi_element *blinded,
                                     ent_err *err);

/* BlindEvaluate of a frame; `nonce` and `proof` are not used by OPRF and may be NULL.
 *
 * LIMIT      no element, or more than PSI_OPRF_BATCH
 * UNTRUSTED  an element is not valid; then nothing was evaluated that is worth anything */
ENT_MUST_USE ent_code psi_oprf_answer(const psi_oprf_server *server, const psi_element *blinded,
                                      size_t count, const uint8_t nonce[PSI_SCALAR_SIZE],
                                      psi_element *evaluated, uint8_t proof[PSI_OPRF_PROOF],
                                      ent_err *err);

/* Were all evaluated with the one key?  For OPRF only that the elements are valid.
 * UNTRUSTED if not; LIMIT as above. */
ENT_MUST_USE ent_code psi_oprf_check(const psi_oprf_client *client, const psi_element *blinded,
                                     const psi_element *evaluated, size_t count,
                                     const uint8_t proof[PSI_OPRF_PROOF], ent_err *err);

/* Finalize, after psi_oprf_check, with 1/blind (psi_scalars_invert). */
ENT_MUST_USE ent_code psi_oprf_finalize(const psi_oprf_client *client, ent_str input,
                                        const uint8_t unblind[PSI_SCALAR_SIZE],
                                        const psi_element *evaluated,
                                        uint8_t output[PSI_OPRF_OUTPUT], ent_err *err);

/* Evaluate: the server's own way to the same output. */
ENT_MUST_USE ent_code psi_oprf_evaluate(const psi_oprf_server *server, ent_str input,
                                        uint8_t output[PSI_OPRF_OUTPUT], ent_err *err);

#endif
