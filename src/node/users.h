/*
 * node/users -- the people of this node: roles, passphrases, signing keys.
 *
 * Every user has an Ed25519 key.  Its secret is kept encrypted under the user's
 * passphrase (Argon2id, then XChaCha20-Poly1305), so that nobody, not even who
 * reads the home, approves in another's name.  The public keys stand in
 * keys/officers, where the signer reads them, and in the signed agreements, where
 * partners do.  One user, one role: nobody drafts and approves.
 */
#ifndef ENT_NODE_USERS_H
#define ENT_NODE_USERS_H

#include "node/home.h"

#define NODE_USER_SIZE 65

/* In the order of INTERFACE.md. */
/* clang-format off */
#define NODE_ROLES(X)           \
    X(COLLECTOR, "collector")   \
    X(ANALYST, "analyst")       \
    X(DISCLOSURE, "disclosure") \
    X(LEGAL, "legal")           \
    X(LIAISON, "liaison")       \
    X(CASE, "case")             \
    X(ADMIN, "admin")           \
    X(OVERSIGHT, "oversight")
/* clang-format on */

typedef enum node_role {
#define X(symbol, name) NODE_ROLE_##symbol,
    NODE_ROLES(X)
#undef X
        NODE_ROLE_COUNT
} node_role;

const char *node_role_name(node_role role);
bool node_role_read(const char *name, node_role *role);

typedef struct node_user {
    char name[NODE_USER_SIZE]; /* 1 to 64 of a-z 0-9 . _ - */
    node_role role;
    uint8_t key[32]; /* Ed25519 public key */
} node_user;

/* A user who has given the right passphrase, and can sign; or who came in by something else,
 * and has no secret (all zero) to sign with.  In locked memory; node_session_end wipes it. */
typedef struct node_session {
    node_user user;
    uint8_t secret[64];
} node_session;

/* CONFLICT if the name is taken; USAGE for a bad name or a passphrase out of bounds. */
ENT_MUST_USE ent_code node_user_add(ent_arena *arena, const node_home *home, const char *name,
                                    node_role role, ent_str passphrase, ent_err *err);
ENT_MUST_USE ent_code node_user_get(ent_arena *arena, const node_home *home, const char *name,
                                    node_user *user, ent_err *err);
/* All users, sorted by name. */
ENT_MUST_USE ent_code node_user_list(ent_arena *arena, const node_home *home, node_user **users,
                                     size_t *count, ent_err *err);

/* DENIED for an unknown name or a wrong passphrase, the same either way. */
ENT_MUST_USE ent_code node_session_begin(const node_home *home, const char *name,
                                         ent_str passphrase, node_session **session, ent_err *err);
/* The session of somebody who was let in without the passphrase.  MEMORY */
ENT_MUST_USE ent_code node_session_keyless(const node_user *user, node_session **session,
                                           ent_err *err);
bool node_session_signs(const node_session *session);
void node_session_end(node_session *session);
void node_session_sign(const node_session *session, const void *bytes, size_t size,
                       uint8_t signature[64]);

/* The passphrase: from the file that ENTENTE_PASSPHRASE_FILE or `file` names (one
 * newline at its end is not part of it), or asked on the terminal.  In locked
 * memory; free with node_passphrase_free. */
ENT_MUST_USE ent_code node_passphrase_get(const char *file, const char *prompt, ent_str *passphrase,
                                          ent_err *err);
void node_passphrase_free(ent_str passphrase);

#endif
