#include "node/auth.h"

#include "base/limits.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#define ENTRIES        1024 /* in sets of WAYS */
#define WAYS           4
#define KNOWN_SECONDS  300
#define DENIED_SECONDS 5
#define BASIC_SIZE     (NODE_USER_SIZE + ENT_LIMIT_PASSPHRASE_MAX + 2)

/* The user's file as it was: another passphrase is another file. */
struct stamp {
    ino_t inode; /* 0: there is no such file */
    struct timespec modified;
};

struct entry {
    uint8_t mac[32];
    time_t until; /* 0: free */
    bool known;
    node_user user;
    struct stamp stamp;
};

struct node_auth {
    const node_home *home;
    uint8_t key[32];
    pthread_mutex_t lock;
    struct entry entries[ENTRIES];
};

ent_code node_auth_new(const node_home *home, node_auth **out, ent_err *err)
{
    node_auth *auth = calloc(1, sizeof *auth);

    if (auth == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for credentials");
    auth->home = home;
    randombytes_buf(auth->key, sizeof auth->key);
    (void)pthread_mutex_init(&auth->lock, NULL);
    *out = auth;
    return ENT_OK;
}

void node_auth_free(node_auth *auth)
{
    if (auth == NULL)
        return;
    (void)pthread_mutex_destroy(&auth->lock);
    sodium_memzero(auth, sizeof *auth);
    free(auth);
}

ent_code node_basic_read(const char *authorization, char *bytes, size_t size, ent_str *name,
                         ent_str *passphrase, ent_err *err)
{
    const char *text = authorization, *colon;
    size_t length;

    if (strncasecmp(text, "Basic", 5) != 0 || text[5] != ' ')
        return ent_fail(err, ENT_FORMAT, "no Basic credentials");
    text += 5 + strspn(text + 5, " ");
    if (sodium_base642bin((unsigned char *)bytes, size - 1, text, strlen(text), NULL, &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return ent_fail(err, ENT_FORMAT, "the credentials are no base64, or too long");
    bytes[length] = '\0';
    colon = memchr(bytes, ':', length);
    if (colon == NULL || memchr(bytes, '\0', length) != NULL)
        return ent_fail(err, ENT_FORMAT, "the credentials have no colon, or a NUL");
    *name = (ent_str){ bytes, (size_t)(colon - bytes) };
    *passphrase = (ent_str){ colon + 1, length - name->size - 1 };
    bytes[name->size] = '\0';
    return ENT_OK;
}

static struct stamp stamp_of(const node_auth *auth, ent_str name)
{
    struct stamp stamp = { 0 };
    char path[4200];
    struct stat st;

    /* The name comes from outside: nothing but a user's name becomes part of a path. */
    for (size_t i = 0; i < name.size; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", name.ptr[i]) == NULL)
            return stamp;
    if (name.size == 0 || name.size >= NODE_USER_SIZE || name.ptr[0] == '.')
        return stamp;
    (void)snprintf(path, sizeof path, "%s/keys/users/%s.json", auth->home->path, name.ptr);
    if (stat(path, &st) == 0)
        stamp = (struct stamp){ st.st_ino, st.st_mtim };
    return stamp;
}

static bool stamp_same(const struct stamp *a, const struct stamp *b)
{
    return a->inode == b->inode && a->modified.tv_sec == b->modified.tv_sec &&
           a->modified.tv_nsec == b->modified.tv_nsec;
}

static time_t now_seconds(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + 1;
}

/* The four places where an answer can be. */
static struct entry *set_of(node_auth *auth, const uint8_t mac[32])
{
    size_t set = ((size_t)mac[0] | (size_t)mac[1] << 8) % (ENTRIES / WAYS);

    return &auth->entries[set * WAYS];
}

static bool answer_find(node_auth *auth, const uint8_t mac[32], const struct stamp *stamp,
                        node_user *user, bool *known)
{
    struct entry *set = set_of(auth, mac);
    time_t now = now_seconds();
    bool found = false;

    (void)pthread_mutex_lock(&auth->lock);
    for (size_t i = 0; i < WAYS && !found; i++) {
        found = set[i].until > now && sodium_memcmp(set[i].mac, mac, 32) == 0 &&
                stamp_same(&set[i].stamp, stamp);
        if (found) {
            *known = set[i].known;
            *user = set[i].user;
        }
    }
    (void)pthread_mutex_unlock(&auth->lock);
    return found;
}

static void answer_keep(node_auth *auth, const uint8_t mac[32], const struct stamp *stamp,
                        const node_user *user)
{
    struct entry *set = set_of(auth, mac), *oldest = set;

    (void)pthread_mutex_lock(&auth->lock);
    for (size_t i = 1; i < WAYS; i++)
        if (set[i].until < oldest->until)
            oldest = &set[i];
    *oldest =
        (struct entry){ .known = user != NULL,
                        .until = now_seconds() + (user != NULL ? KNOWN_SECONDS : DENIED_SECONDS),
                        .stamp = *stamp };
    memcpy(oldest->mac, mac, 32);
    if (user != NULL)
        oldest->user = *user;
    (void)pthread_mutex_unlock(&auth->lock);
}

static ent_code denied(ent_err *err)
{
    return ent_fail(err, ENT_DENIED, "no such user, or a wrong passphrase");
}

static ent_code credentials_check(node_auth *auth, ent_str name, ent_str passphrase, bool patient,
                                  node_user *user, ent_err *err)
{
    struct stamp stamp = stamp_of(auth, name);
    node_session *session;
    crypto_generichash_state state;
    uint8_t mac[32];
    bool known;
    ent_code rc;

    (void)crypto_generichash_init(&state, auth->key, sizeof auth->key, sizeof mac);
    /* With the NUL behind the name, so that the two parts cannot be cut elsewhere. */
    (void)crypto_generichash_update(&state, (const uint8_t *)name.ptr, name.size + 1);
    (void)crypto_generichash_update(&state, (const uint8_t *)passphrase.ptr, passphrase.size);
    (void)crypto_generichash_final(&state, mac, sizeof mac);
    if (answer_find(auth, mac, &stamp, user, &known))
        return known ? ENT_OK : denied(err);
    if (!patient)
        return ent_fail(err, ENT_RETRY, "these credentials were not seen lately");
    rc = node_session_begin(auth->home, name.ptr, passphrase, &session, err);
    if (rc == ENT_OK) {
        *user = session->user;
        node_session_end(session);
    }
    if (rc == ENT_OK || rc == ENT_DENIED)
        answer_keep(auth, mac, &stamp, rc == ENT_OK ? user : NULL);
    return rc;
}

ent_code node_auth_check(node_auth *auth, const char *authorization, bool patient, node_user *user,
                         ent_err *err)
{
    char bytes[BASIC_SIZE];
    ent_str name, passphrase;
    ent_code rc = node_basic_read(authorization, bytes, sizeof bytes, &name, &passphrase, err);

    rc = rc == ENT_OK ? credentials_check(auth, name, passphrase, patient, user, err) : denied(err);
    sodium_memzero(bytes, sizeof bytes);
    return rc;
}
