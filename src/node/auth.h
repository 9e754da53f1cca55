/*
 * node/auth -- who is behind these credentials?
 *
 * HTTP Basic (RFC 7617) against the node's users.  Working out a passphrase is meant to
 * be expensive (Argon2id), so an answer is remembered for a short while: under a hash
 * keyed with a secret of this process, never the passphrase, and only as long as the
 * user's file is the same.  Refusals are remembered too, briefly.  An unknown user
 * costs what a wrong passphrase costs.  For many threads at once.
 */
#ifndef ENT_NODE_AUTH_H
#define ENT_NODE_AUTH_H

#include "node/users.h"

typedef struct node_auth node_auth;

/* `home` must outlive it. */
ENT_MUST_USE ent_code node_auth_new(const node_home *home, node_auth **auth, ent_err *err);
void node_auth_free(node_auth *auth);

/*
 * The user of an Authorization field.
 * DENIED  no user, a wrong passphrase, or no Basic credentials
 * RETRY   not known yet, and `patient` is false: ask again where it may take its time
 */
ENT_MUST_USE ent_code node_auth_check(node_auth *auth, const char *authorization, bool patient,
                                      node_user *user, ent_err *err);

/* The two parts of Basic credentials, in memory of at least `size` bytes: name NUL
 * passphrase NUL.  FORMAT */
ENT_MUST_USE ent_code node_basic_read(const char *authorization, char *bytes, size_t size,
                                      ent_str *name, ent_str *passphrase, ent_err *err);

#endif
