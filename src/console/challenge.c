#include "console/challenge_int.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#define OPEN  ((size_t)16) /* time, chance */
#define MARK  (WEBAUTHN_CHALLENGE - OPEN)
#define CLOCK ((size_t)8)

struct console_challenges {
    console_host host;
    int64_t life;
    uint8_t secret[crypto_generichash_KEYBYTES];
    pthread_mutex_t lock;
    uint8_t taken[CHALLENGES][WEBAUTHN_CHALLENGE]; /* a ring */
    size_t next;
};

console_challenges *console_challenges_new(const console_host *host, int64_t life)
{
    console_challenges *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->host = *host;
    c->life = life;
    host->random(host->arg, c->secret, sizeof c->secret);
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

void console_challenges_free(console_challenges *c)
{
    if (c == NULL)
        return;
    sodium_memzero(c->secret, sizeof c->secret);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

static void mark(const console_challenges *c, const uint8_t open[OPEN], uint8_t out[MARK])
{
    (void)crypto_generichash(out, MARK, open, OPEN, c->secret, sizeof c->secret);
}

void console_challenge_make(console_challenges *c, uint8_t challenge[WEBAUTHN_CHALLENGE])
{
    uint64_t now = (uint64_t)c->host.now(c->host.arg);

    for (size_t i = 0; i < CLOCK; i++)
        challenge[i] = (uint8_t)(now >> (8 * (CLOCK - 1 - i)));
    c->host.random(c->host.arg, challenge + CLOCK, OPEN - CLOCK);
    mark(c, challenge, challenge + OPEN);
}

/* Under the lock. */
static bool is_taken(const console_challenges *c, const uint8_t challenge[WEBAUTHN_CHALLENGE])
{
    for (size_t i = 0; i < CHALLENGES; i++)
        if (memcmp(c->taken[i], challenge, WEBAUTHN_CHALLENGE) == 0)
            return true;
    return false;
}

bool console_challenge_holds(console_challenges *c, const uint8_t challenge[WEBAUTHN_CHALLENGE])
{
    uint8_t right[MARK];
    uint64_t made = 0;
    int64_t age;
    bool taken;

    mark(c, challenge, right);
    if (sodium_memcmp(right, challenge + OPEN, sizeof right) != 0)
        return false;
    for (size_t i = 0; i < CLOCK; i++)
        made = made << 8 | challenge[i];
    age = c->host.now(c->host.arg) - (int64_t)made;
    (void)pthread_mutex_lock(&c->lock);
    taken = is_taken(c, challenge);
    (void)pthread_mutex_unlock(&c->lock);
    return !taken && age >= 0 && age <= c->life;
}

bool console_challenge_take(console_challenges *c, const uint8_t challenge[WEBAUTHN_CHALLENGE])
{
    bool taken;

    (void)pthread_mutex_lock(&c->lock);
    taken = is_taken(c, challenge);
    if (!taken) {
        memcpy(c->taken[c->next], challenge, WEBAUTHN_CHALLENGE);
        c->next = (c->next + 1) % CHALLENGES;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return !taken;
}

/* More bytes than a mark is made of, so that neither is ever the other. */
void console_challenge_derive(const console_challenges *c,
                              const uint8_t challenge[WEBAUTHN_CHALLENGE], uint8_t purpose,
                              uint8_t out[CHALLENGE_DERIVED])
{
    uint8_t text[1 + WEBAUTHN_CHALLENGE] = { purpose };

    memcpy(text + 1, challenge, WEBAUTHN_CHALLENGE);
    (void)crypto_generichash(out, CHALLENGE_DERIVED, text, sizeof text, c->secret,
                             sizeof c->secret);
}
