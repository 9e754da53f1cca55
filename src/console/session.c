#include "console/session_int.h"

#include "base/hash.h"
#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>

struct console_session {
    ent_hash hash;
    void *key;
    console_user user;
    int64_t begun, seen;
    unsigned held;
    bool alive; /* a token opens it */
};

struct console_sessions {
    console_host host;
    pthread_mutex_t lock;
    console_session list[SESSIONS];
};

console_sessions *console_sessions_new(const console_host *host)
{
    console_sessions *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->host = *host;
    (void)pthread_mutex_init(&s->lock, NULL);
    return s;
}

/* A place is free when there is no key in it.  Under the lock. */
static void session_end(console_sessions *s, console_session *session)
{
    session->alive = false;
    if (session->held > 0 || session->key == NULL)
        return;
    s->host.logout(s->host.arg, session->key);
    *session = (console_session){ 0 };
}

void console_sessions_free(console_sessions *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < SESSIONS; i++) {
        ENT_ASSERT(s->list[i].held == 0);
        session_end(s, &s->list[i]);
    }
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static bool is_over(const console_session *session, int64_t now)
{
    return now - session->seen > SESSION_IDLE || now - session->begun > SESSION_LIFE;
}

/* The one of these that was used longest ago and is not in use; NULL: none. */
static console_session *oldest(console_sessions *s, const char *name, size_t *count)
{
    console_session *found = NULL;

    *count = 0;
    for (size_t i = 0; i < SESSIONS; i++) {
        console_session *session = &s->list[i];

        if (session->key == NULL || (name != NULL && strcmp(session->user.name, name) != 0))
            continue;
        (*count)++;
        if (session->held == 0 && (found == NULL || session->seen < found->seen))
            found = session;
    }
    return found;
}

/* A free place, made if need be.  Under the lock. */
static console_session *place_make(console_sessions *s, const char *name, int64_t now)
{
    console_session *old;
    size_t count;

    for (size_t i = 0; i < SESSIONS; i++)
        if (s->list[i].key != NULL && is_over(&s->list[i], now))
            session_end(s, &s->list[i]);
    old = oldest(s, name, &count);
    if (count >= SESSIONS_EACH) {
        if (old == NULL)
            return NULL;
        session_end(s, old);
    }
    old = oldest(s, NULL, &count);
    if (count == SESSIONS) {
        if (old == NULL)
            return NULL;
        session_end(s, old);
    }
    for (size_t i = 0; i < SESSIONS; i++)
        if (s->list[i].key == NULL)
            return &s->list[i];
    return NULL;
}

ent_code console_session_begin(console_sessions *s, void *key, const console_user *user,
                               char token[SESSION_TOKEN_SIZE], ent_err *err)
{
    uint8_t bytes[32];
    console_session *place;
    int64_t now;

    s->host.random(s->host.arg, bytes, sizeof bytes);
    ent_hex_write(bytes, sizeof bytes, token);
    (void)pthread_mutex_lock(&s->lock);
    now = s->host.now(s->host.arg);
    place = place_make(s, user->name, now);
    if (place != NULL) {
        *place = (console_session){ .key = key, .user = *user, .begun = now, .seen = now };
        place->hash = ent_hash_of(token, SESSION_TOKEN_SIZE - 1);
        place->alive = true;
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (place != NULL)
        return ENT_OK;
    s->host.logout(s->host.arg, key);
    return ent_fail(err, ENT_RETRY, "too many sessions are at work; try again later");
}

static console_session *session_find(console_sessions *s, const ent_hash *hash)
{
    for (size_t i = 0; i < SESSIONS; i++)
        if (s->list[i].alive && ent_hash_equal(&s->list[i].hash, hash))
            return &s->list[i];
    return NULL;
}

console_session *console_session_take(console_sessions *s, ent_str token)
{
    ent_err ignored = { 0 };
    ent_hash hash;
    console_session *session;
    int64_t now;

    if (token.size != SESSION_TOKEN_SIZE - 1)
        return NULL;
    hash = ent_hash_of(token.ptr, token.size);
    (void)pthread_mutex_lock(&s->lock);
    now = s->host.now(s->host.arg);
    session = session_find(s, &hash);
    if (session != NULL &&
        (is_over(session, now) || s->host.still(s->host.arg, session->key, &ignored) != ENT_OK)) {
        session_end(s, session);
        session = NULL;
    }
    if (session != NULL) {
        session->seen = now;
        session->held++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return session;
}

void console_session_give(console_sessions *s, console_session *session)
{
    if (session == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    session->held--;
    if (!session->alive)
        session_end(s, session);
    (void)pthread_mutex_unlock(&s->lock);
}

void console_session_end(console_sessions *s, console_session *session)
{
    (void)pthread_mutex_lock(&s->lock);
    session_end(s, session);
    (void)pthread_mutex_unlock(&s->lock);
}

const console_user *console_session_user(const console_session *session)
{
    return &session->user;
}

void *console_session_key(const console_session *session)
{
    return session->key;
}
