/* console/passkey (private) -- the two ceremonies of a security key, as requests (http/webauthn.h).
 *
 * POST challenge            {} gives {"challenge"}
 * POST session/key          {"title","client_data","attestation"}, of a session that signs: the key
 *                           stands for its user from now on (`user key add`)
 * POST session              {"key":{"id","client_data","authenticator_data","signature"}}: who has it
 *                           is let in
 *
 * Bytes are base64url without padding, as browsers write them. */
#ifndef ENT_CONSOLE_PASSKEY_INT_H
#define ENT_CONSOLE_PASSKEY_INT_H

#include "base/json.h"
#include "console/challenge_int.h"

/* {"challenge":...}.  MEMORY */
ENT_MUST_USE ent_code console_passkey_challenge(console_challenges *c, ent_arena *arena,
                                                ent_str *answer, ent_err *err);

/* Lets in who holds a key.  DENIED, FORMAT */
ENT_MUST_USE ent_code console_passkey_login(console_challenges *c, const console_host *host,
                                            const http_request *request, ent_json key,
                                            void **session, console_user *user, ent_err *err);

/* The command that adds the key of a ceremony, as a line to run.  DENIED, FORMAT */
ENT_MUST_USE ent_code console_passkey_add(console_challenges *c, const http_request *request,
                                          console_line *line, ent_err *err);

#endif
