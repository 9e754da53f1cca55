/* console/provider (private) -- logging in at an OpenID Connect provider, as requests.
 *
 * GET  session/oidc   who it is: {"issuer","host"}; 204: there is none
 * POST session/oidc   {} gives {"location"}: where the page goes, and a cookie that binds the
 *                     login to this browser
 * POST session        {"oidc":{"code","state","iss"?}}: what the provider sent back with
 *
 * The cookie is a challenge (console/challenge_int.h); state, nonce and PKCE's verifier are worked
 * out of it under the secret of this process, so that nothing is remembered until it comes back.
 * One cookie is good for one code.  The provider sends browsers back to our own page at /, and that
 * page asks for the session: so also this login comes from our own origin, and all its cookies are
 * of the strict kind. */
#ifndef ENT_CONSOLE_PROVIDER_INT_H
#define ENT_CONSOLE_PROVIDER_INT_H

#include "base/json.h"
#include "console/challenge_int.h"

#define PROVIDER_COOKIE "__Host-entente-login"
/* Ten minutes to prove who one is, there. */
#define PROVIDER_LIFE ((int64_t)10 * 60 * 1000)

/* What a page may know before anybody is logged in; ENT_STR_NONE: no provider. */
ENT_MUST_USE ent_code console_provider_offer(const console_host *host, ent_arena *arena,
                                             ent_str *answer, ent_err *err);

/* Where the page goes, and the cookie's value.  DENIED: the console is at another address. */
ENT_MUST_USE ent_code console_provider_begin(console_challenges *c, const console_host *host,
                                             const http_request *request, ent_str *answer,
                                             ent_str *cookie, ent_err *err);

/* Lets in who came back.  DENIED, FORMAT, or what was wrong with the provider */
ENT_MUST_USE ent_code console_provider_login(console_challenges *c, const console_host *host,
                                             const http_request *request, ent_json back,
                                             ent_str cookie, void **session, console_user *user,
                                             ent_err *err);

#endif
