#include "node/users.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/text.h"
#include "node/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define USER_FILE_LIMIT ((size_t)4096)
#define OFFICERS_LIMIT  ((size_t)1 << 20)
#define SEALED_SIZE     (64 + crypto_aead_xchacha20poly1305_ietf_ABYTES)

static const char *const role_names[NODE_ROLE_COUNT] = {
#define X(symbol, name) [NODE_ROLE_##symbol] = (name),
    NODE_ROLES(X)
#undef X
};

const char *node_role_name(node_role role)
{
    return role_names[role];
}

bool node_role_read(const char *name, node_role *role)
{
    for (int i = 0; i < NODE_ROLE_COUNT; i++)
        if (strcmp(name, role_names[i]) == 0) {
            *role = (node_role)i;
            return true;
        }
    return false;
}

static bool user_name_valid(const char *name)
{
    size_t size = strlen(name);

    return size >= 1 && size < NODE_USER_SIZE && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static const char *user_file(ent_arena *arena, const node_home *home, const char *name)
{
    return node_path(arena, "%s/keys/users/%s.json", home->path, name);
}

/* Argon2id at libsodium's interactive cost: 64 MiB, some tens of milliseconds. */
static ent_code sealing_key(ent_str passphrase, const uint8_t *salt, uint8_t key[32], ent_err *err)
{
    if (crypto_pwhash(key, 32, passphrase.ptr, passphrase.size, salt,
                      crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ent_fail(err, ENT_MEMORY, "no memory to work out a key from the passphrase");
    return ENT_OK;
}

static ent_code user_json(ent_arena *arena, const node_user *user, const uint8_t *salt,
                          const uint8_t *nonce, const uint8_t *sealed, ent_str *text, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "key");
    ent_jw_hex(&w, user->key, sizeof user->key);
    ent_jw_key(&w, "name");
    ent_jw_c(&w, user->name);
    ent_jw_key(&w, "nonce");
    ent_jw_hex(&w, nonce, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    ent_jw_key(&w, "role");
    ent_jw_c(&w, role_names[user->role]);
    ent_jw_key(&w, "salt");
    ent_jw_hex(&w, salt, crypto_pwhash_SALTBYTES);
    ent_jw_key(&w, "sealed");
    ent_jw_hex(&w, sealed, SEALED_SIZE);
    ent_jw_end(&w);
    return ent_buf_done(&buf, text, err);
}

/* keys/officers: a line "<hex key> <role> <name>" for each user. */
static ent_code officers_append(ent_arena *arena, const node_home *home, const node_user *user,
                                ent_err *err)
{
    const char *path = node_path(arena, "%s/keys/officers", home->path);
    char hex[65];
    ent_str text = { "", 0 };
    ent_buf buf;

    if (node_file_read(arena, path, OFFICERS_LIMIT, &text, err) != ENT_OK &&
        err->code != ENT_NOT_FOUND)
        return err->code;
    *err = (ent_err){ 0 };
    ent_hex_write(user->key, 32, hex);
    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, text);
    ent_buf_printf(&buf, "%s %s %s\n", hex, role_names[user->role], user->name);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(path, ent_span_of_str(text), 0600, err);
}

static ent_code user_write(ent_arena *arena, const node_home *home, node_user *user,
                           ent_str passphrase, uint8_t secret[64], ent_err *err)
{
    uint8_t salt[crypto_pwhash_SALTBYTES], nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t key[32], sealed[SEALED_SIZE];
    ent_str text;

    (void)crypto_sign_keypair(user->key, secret);
    randombytes_buf(salt, sizeof salt);
    randombytes_buf(nonce, sizeof nonce);
    ENT_TRY(sealing_key(passphrase, salt, key, err));
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, NULL, secret, 64, NULL, 0, NULL, nonce,
                                                     key);
    sodium_memzero(key, sizeof key);
    ENT_TRY(user_json(arena, user, salt, nonce, sealed, &text, err));
    ENT_TRY(officers_append(arena, home, user, err));
    return node_file_write(user_file(arena, home, user->name), ent_span_of_str(text), 0600, err);
}

ent_code node_user_add(ent_arena *arena, const node_home *home, const char *name, node_role role,
                       ent_str passphrase, ent_err *err)
{
    node_user user = { .role = role };
    uint8_t secret[64];
    ent_code rc;
    int lock;

    if (!user_name_valid(name))
        return ent_fail(err, ENT_USAGE, "a user's name is 1 to 64 of a-z 0-9 . _ -, not '%s'",
                        name);
    if (passphrase.size < ENT_LIMIT_PASSPHRASE_MIN || passphrase.size > ENT_LIMIT_PASSPHRASE_MAX ||
        !ent_utf8_valid(passphrase))
        return ent_fail(err, ENT_USAGE, "a passphrase is %d to %d bytes of UTF-8",
                        ENT_LIMIT_PASSPHRASE_MIN, ENT_LIMIT_PASSPHRASE_MAX);
    memcpy(user.name, name, strlen(name));
    ENT_TRY(node_lock(node_path(arena, "%s/keys/users.lock", home->path), true, &lock, err));
    if (node_file_exists(user_file(arena, home, name)))
        rc = ent_fail(err, ENT_CONFLICT, "there is a user '%s' already", name);
    else
        rc = user_write(arena, home, &user, passphrase, secret, err);
    sodium_memzero(secret, sizeof secret);
    (void)close(lock);
    return rc;
}

static ent_code user_load(ent_arena *arena, const node_home *home, const char *name,
                          node_user *user, ent_json *root, ent_err *err)
{
    ent_str text, role_copy;

    *user = (node_user){ 0 };
    if (!user_name_valid(name) || !node_file_exists(user_file(arena, home, name)))
        return ent_fail(err, ENT_NOT_FOUND, "there is no user '%s'; `entente user list` shows all",
                        name);
    ENT_TRY(node_file_read(arena, user_file(arena, home, name), USER_FILE_LIMIT, &text, err));
    ENT_TRY(ent_json_read(arena, text, root, err));
    memcpy(user->name, name, strlen(name));
    role_copy = ent_arena_str(arena, ent_json_get_text(*root, "role"));
    if (role_copy.ptr == NULL || !node_role_read(role_copy.ptr, &user->role) ||
        ent_hex_read(ent_json_get_text(*root, "key"), user->key, 32, err) != ENT_OK)
        return ent_fail(err, ENT_CONFIG, "%s is damaged", user_file(arena, home, name));
    return ENT_OK;
}

ent_code node_user_get(ent_arena *arena, const node_home *home, const char *name, node_user *user,
                       ent_err *err)
{
    ent_json root;

    return user_load(arena, home, name, user, &root, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const node_user *)a)->name, ((const node_user *)b)->name);
}

ent_code node_user_list(ent_arena *arena, const node_home *home, node_user **users, size_t *count,
                        ent_err *err)
{
    const char *path = node_path(arena, "%s/keys/users", home->path);
    DIR *dir = opendir(path);
    ent_code rc = ENT_OK;
    size_t room = 1024;

    *count = 0;
    *users = ent_arena_array(arena, room, sizeof **users);
    if (*users == NULL)
        rc = ent_fail_arena(err);
    if (dir == NULL)
        return rc;
    for (struct dirent *e = readdir(dir); e != NULL && rc == ENT_OK; e = readdir(dir)) {
        char name[NODE_USER_SIZE + 5];
        size_t size = strlen(e->d_name);

        if (size < 6 || size >= sizeof name || strcmp(e->d_name + size - 5, ".json") != 0)
            continue;
        memcpy(name, e->d_name, size - 5);
        name[size - 5] = '\0';
        if (*count == room)
            rc = ent_fail(err, ENT_LIMIT, "there are more than %zu users", room);
        else
            rc = node_user_get(arena, home, name, &(*users)[*count], err);
        *count += rc == ENT_OK;
    }
    (void)closedir(dir);
    if (*count > 0)
        qsort(*users, *count, sizeof **users, by_name);
    return rc;
}

static ent_code secret_open(ent_json root, ent_str passphrase, uint8_t secret[64], ent_err *err)
{
    uint8_t salt[crypto_pwhash_SALTBYTES], nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t key[32], sealed[SEALED_SIZE];
    int failed;

    ENT_TRY(ent_hex_read(ent_json_get_text(root, "salt"), salt, sizeof salt, err));
    ENT_TRY(ent_hex_read(ent_json_get_text(root, "nonce"), nonce, sizeof nonce, err));
    ENT_TRY(ent_hex_read(ent_json_get_text(root, "sealed"), sealed, sizeof sealed, err));
    ENT_TRY(sealing_key(passphrase, salt, key, err));
    failed = crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL, sealed, sizeof sealed,
                                                        NULL, 0, nonce, key);
    sodium_memzero(key, sizeof key);
    if (failed != 0)
        return ent_fail(err, ENT_DENIED, "no such user, or a wrong passphrase");
    return ENT_OK;
}

ent_code node_session_begin(const node_home *home, const char *name, ent_str passphrase,
                            node_session **out, ent_err *err)
{
    node_session *session = sodium_malloc(sizeof *session);
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    ent_json root;
    ent_code rc;

    if (session == NULL || arena == NULL) {
        rc = ent_fail(err, ENT_MEMORY, "no memory for a session");
        goto out;
    }
    rc = user_load(arena, home, name, &session->user, &root, err);
    if (rc == ENT_NOT_FOUND) {
        /* It takes as long as for a user there is, or the time would tell who is one. */
        uint8_t salt[crypto_pwhash_SALTBYTES] = { 0 }, key[32];

        rc = sealing_key(passphrase, salt, key, err);
        if (rc == ENT_OK)
            rc = ent_fail(err, ENT_DENIED, "no such user, or a wrong passphrase");
    }
    if (rc == ENT_OK)
        rc = secret_open(root, passphrase, session->secret, err);
out:
    ent_arena_free(arena);
    if (rc == ENT_OK)
        *out = session;
    else
        sodium_free(session);
    return rc;
}

ent_code node_session_keyless(const node_user *user, node_session **out, ent_err *err)
{
    node_session *session = sodium_malloc(sizeof *session);

    if (session == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a session");
    memset(session, 0, sizeof *session);
    session->user = *user;
    *out = session;
    return ENT_OK;
}

bool node_session_signs(const node_session *session)
{
    return !sodium_is_zero(session->secret, sizeof session->secret);
}

void node_session_end(node_session *session)
{
    sodium_free(session); /* wipes */
}

void node_session_sign(const node_session *session, const void *bytes, size_t size,
                       uint8_t signature[64])
{
    (void)crypto_sign_detached(signature, NULL, bytes, size, session->secret);
}

/* ---- passphrases ---- */

static ent_code passphrase_ask(const char *prompt, char *bytes, size_t room, size_t *size,
                               ent_err *err)
{
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
    struct termios shown, hidden;
    ssize_t got;

    if (tty < 0 || tcgetattr(tty, &shown) != 0) {
        if (tty >= 0)
            (void)close(tty);
        return ent_fail(err, ENT_USAGE,
                        "there is no terminal to ask for the passphrase; name a file in "
                        "ENTENTE_PASSPHRASE_FILE");
    }
    hidden = shown;
    hidden.c_lflag &= (tcflag_t)~ECHO;
    (void)tcsetattr(tty, TCSAFLUSH, &hidden);
    (void)dprintf(tty, "%s: ", prompt);
    got = read(tty, bytes, room);
    (void)tcsetattr(tty, TCSAFLUSH, &shown);
    (void)dprintf(tty, "\n");
    (void)close(tty);
    if (got < 0)
        return ent_fail(err, ENT_IO, "the terminal cannot be read");
    *size = (size_t)got;
    return ENT_OK;
}

static ent_code passphrase_read(const char *file, char *bytes, size_t room, size_t *size,
                                ent_err *err)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (fd < 0)
        return ent_fail(err, ENT_NOT_FOUND, "cannot open the passphrase file '%s': %s", file,
                        strerror(errno));
    got = read(fd, bytes, room);
    (void)close(fd);
    if (got < 0)
        return ent_fail(err, ENT_IO, "cannot read the passphrase file '%s': %s", file,
                        strerror(errno));
    *size = (size_t)got;
    return ENT_OK;
}

ent_code node_passphrase_get(const char *file, const char *prompt, ent_str *passphrase,
                             ent_err *err)
{
    size_t room = ENT_LIMIT_PASSPHRASE_MAX + 2, size = 0;
    char *bytes = sodium_malloc(room);
    ent_code rc;

    if (bytes == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a passphrase");
    if (file == NULL)
        file = getenv("ENTENTE_PASSPHRASE_FILE");
    rc = file == NULL ? passphrase_ask(prompt, bytes, room, &size, err)
                      : passphrase_read(file, bytes, room, &size, err);
    if (rc != ENT_OK) {
        sodium_free(bytes);
        return rc;
    }
    if (size > 0 && bytes[size - 1] == '\n')
        size--;
    *passphrase = (ent_str){ bytes, size };
    return ENT_OK;
}

void node_passphrase_free(ent_str passphrase)
{
    sodium_free((void *)(uintptr_t)passphrase.ptr);
}
