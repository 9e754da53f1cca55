/* console/challenge (private) -- what a security key is asked to sign.
 *
 * A challenge is the time, chance, and a mark under a secret of this process, so that none has to
 * be remembered until it comes back: whoever asks for millions fills nothing.  It holds for
 * CHALLENGE_LIFE and is good for one answer.  Only of those that a key answered rightly are the
 * last CHALLENGES remembered, which nobody can make without a key that is known here.  Logins at a
 * provider are begun with challenges of a secret and a life of their own (console/provider_int.h).
 * For many threads at once. */
#ifndef ENT_CONSOLE_CHALLENGE_INT_H
#define ENT_CONSOLE_CHALLENGE_INT_H

#include "console/console.h"
#include "http/webauthn.h"

#define CHALLENGES        4096
#define CHALLENGE_LIFE    ((int64_t)5 * 60 * 1000)

#define CHALLENGE_DERIVED 32 /* bytes */

typedef struct console_challenges console_challenges;

/* They hold for `life` milliseconds. */
console_challenges *console_challenges_new(const console_host *host, int64_t life);
void console_challenges_free(console_challenges *c);

void console_challenge_make(console_challenges *c, uint8_t challenge[WEBAUTHN_CHALLENGE]);
/* Is it ours, of these minutes, and not used up? */
bool console_challenge_holds(console_challenges *c, const uint8_t challenge[WEBAUTHN_CHALLENGE]);
/* Uses up one that holds and was answered rightly; false: somebody was quicker. */
bool console_challenge_take(console_challenges *c, const uint8_t challenge[WEBAUTHN_CHALLENGE]);

/* Bytes that follow from a challenge and that only this process can work out, others for each
 * purpose. */
void console_challenge_derive(const console_challenges *c,
                              const uint8_t challenge[WEBAUTHN_CHALLENGE], uint8_t purpose,
                              uint8_t out[CHALLENGE_DERIVED]);

#endif
