/* console/session (private) -- who is logged in.
 *
 * A session's token is 32 random bytes that only the browser's cookie has; here is their
 * hash.  It ends when its user logs out, after SESSION_IDLE without a request, SESSION_LIFE
 * after the login, or when the user is no more what it was; then the host wipes its key.
 * At most SESSIONS at a time and SESSIONS_EACH of one user: the oldest makes room.
 * For many threads at once. */
#ifndef ENT_CONSOLE_SESSION_INT_H
#define ENT_CONSOLE_SESSION_INT_H

#include "console/console.h"

#define SESSIONS           256
#define SESSIONS_EACH      8
#define SESSION_IDLE       ((int64_t)30 * 60 * 1000)
#define SESSION_LIFE       ((int64_t)12 * 60 * 60 * 1000)
#define SESSION_TOKEN_SIZE 65 /* hex and a NUL */

typedef struct console_sessions console_sessions;
typedef struct console_session console_session;

console_sessions *console_sessions_new(const console_host *host);
void console_sessions_free(console_sessions *s);

/* A new session of somebody whom the host has let in; `token` is for the cookie.  It takes the
 * host's session over, also when it fails.  RETRY */
ENT_MUST_USE ent_code console_session_begin(console_sessions *s, void *key,
                                            const console_user *user,
                                            char token[SESSION_TOKEN_SIZE], ent_err *err);

/* The session of a token, held until it is given back; NULL: none, or it has ended. */
console_session *console_session_take(console_sessions *s, ent_str token);
void console_session_give(console_sessions *s, console_session *session);
/* Ends it once nobody holds it. */
void console_session_end(console_sessions *s, console_session *session);

const console_user *console_session_user(const console_session *session);
void *console_session_key(const console_session *session); /* the host's session */

#endif
