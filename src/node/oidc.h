/*
 * node/oidc -- the provider at which this node's people may log in (OpenID Connect).
 *
 * One provider, or none.  What it is stands in keys/provider/provider.json, which the client
 * listener may read; its secret in keys/provider.secret, which it may not: like the node's own
 * keys it is a file that only this user reads, held in locked memory while a code is changed for
 * a token.  That is done by a command (`oidc exchange`), since the listener connects to nobody.
 * The provider's addresses are those that its document had when an administrator set it; its
 * keys are fetched for each login, so that one it has withdrawn lets nobody in.  Fetching keeps
 * to the rules of http/fetch.h: https, certificates, no redirect, no address of the own network
 * unless that is allowed.  Whom a subject is here, an administrator says (`user oidc add`).
 */
#ifndef ENT_NODE_OIDC_H
#define ENT_NODE_OIDC_H

#include "http/oidc.h"
#include "node/credentials.h"

typedef struct node_oidc {
    oidc_provider provider;
    ent_str ca; /* absolute path, or "" */
    bool allow_private;
    ent_time set;
} node_oidc;

/* Asks the provider who it is and takes it; `secret` .ptr NULL: it wants none (a public client).
 * USAGE names what is wrong; else what the provider did, and nothing is changed. */
ENT_MUST_USE ent_code node_oidc_set(ent_arena *arena, const node_home *home, node_oidc *oidc,
                                    ent_str secret, ent_err *err);
/* NOT_FOUND: none is set. */
ENT_MUST_USE ent_code node_oidc_get(ent_arena *arena, const node_home *home, node_oidc *oidc,
                                    ent_err *err);
/* Nobody logs in there any more, and who has is out. */
ENT_MUST_USE ent_code node_oidc_clear(ent_arena *arena, const node_home *home, ent_err *err);

/* Changes a code for an ID token, and that for a user and the subject that stands for it.
 * DENIED  nobody here: the message says who it is there;  else what was wrong with the provider */
ENT_MUST_USE ent_code node_oidc_exchange(ent_arena *arena, const node_home *home, ent_str code,
                                         const oidc_attempt *attempt, ent_time now,
                                         node_credential *subject, node_user *user, ent_err *err);

/* Whose a subject is, by its id; DENIED: nobody's, or of another provider than is set now. */
ENT_MUST_USE ent_code node_oidc_user(ent_arena *arena, const node_home *home, ent_str id,
                                     node_user *user, ent_err *err);
/* How many subjects of the provider that is set stand for a user (NULL: for anybody). */
ENT_MUST_USE ent_code node_oidc_count(ent_arena *arena, const node_home *home, const char *user,
                                      size_t *count, ent_err *err);

#endif
