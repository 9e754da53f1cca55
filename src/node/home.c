/* realpath is of the XSI part of POSIX. */
#define _XOPEN_SOURCE 700

#include "node/home.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/text.h"
#include "http/tls.h"
#include "node/files.h"
#include "store/store.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CONF_LIMIT ((size_t)65536)

bool node_code_valid(const char *code)
{
    size_t size = strlen(code);

    return size >= 2 && size < NODE_CODE_SIZE &&
           strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == size;
}

/* The capitals and digits of the name, at most eight; NODE if there are too few. */
static void code_make(const char *name, char code[NODE_CODE_SIZE])
{
    size_t size = 0;

    for (const char *p = name; *p != '\0' && size < NODE_CODE_SIZE - 1; p++) {
        if (*p >= 'a' && *p <= 'z')
            code[size++] = (char)(*p - 'a' + 'A');
        else if ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9'))
            code[size++] = *p;
    }
    code[size] = '\0';
    if (size < 2)
        (void)snprintf(code, NODE_CODE_SIZE, "NODE");
}

/* Into the folder `keys`. */
static ent_code pair_write(ent_arena *arena, const char *keys, const char *name,
                           const uint8_t public_key[NODE_KEY_SIZE], const void *secret,
                           size_t secret_size, ent_err *err)
{
    char hex[2 * NODE_KEY_SIZE + 1];

    ent_hex_write(public_key, NODE_KEY_SIZE, hex);
    ENT_TRY(node_file_write(node_path(arena, "%s/%s.sk", keys, name),
                            (ent_span){ secret, secret_size }, 0600, err));
    return node_file_write(node_path(arena, "%s/%s.pk", keys, name),
                           (ent_span){ hex, 2 * NODE_KEY_SIZE }, 0644, err);
}

ent_code node_box_make(ent_arena *arena, const char *keys, ent_err *err)
{
    uint8_t key[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
    ent_code rc;

    (void)crypto_box_keypair(key, secret);
    rc = pair_write(arena, keys, "box", key, secret, sizeof secret, err);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

/* The host part of "ADDR:PORT", which the client listener's certificate names. */
static const char *host_of(ent_arena *arena, const char *address)
{
    const char *colon = address == NULL ? NULL : strrchr(address, ':');

    return colon == NULL ? NULL : node_path(arena, "%.*s", (int)(colon - address), address);
}

ent_code node_tls_pair_make(ent_arena *arena, const char *keys, const char *code, const char *role,
                            const char *client, ent_err *err)
{
    http_tls_pair pair;
    ent_code rc;

    ENT_TRY(
        http_tls_make(node_path(arena, "%s-%s", code, role), host_of(arena, client), &pair, err));
    rc = node_file_write(node_path(arena, "%s/%s.key", keys, role),
                         (ent_span){ pair.key, pair.key_size }, 0600, err);
    if (rc == ENT_OK)
        rc = node_file_write(node_path(arena, "%s/%s.crt", keys, role),
                             (ent_span){ pair.certificate, pair.certificate_size }, 0644, err);
    http_tls_release(&pair);
    return rc;
}

/* The public half stays; the other is text for a stick or a safe. */
static ent_code recovery_write(ent_arena *arena, const char *path, const uint8_t pk[32],
                               const uint8_t sk[crypto_sign_SECRETKEYBYTES], ent_err *err)
{
    char hex[2 * crypto_sign_SECRETKEYBYTES + 1], text[512];
    ent_code rc;
    int size;

    ent_hex_write(pk, 32, hex);
    ENT_TRY(node_file_write(node_path(arena, "%s/keys/recovery.pk", path),
                            (ent_span){ hex, strlen(hex) }, 0644, err));
    ent_hex_write(sk, crypto_sign_SECRETKEYBYTES, hex);
    size =
        snprintf(text, sizeof text,
                 "# The recovery key of this node.  MOVE THIS FILE to a place that is not on this\n"
                 "# machine: `entente key rotate --recovery FILE` replaces the node's identity\n"
                 "# key with it when that was lost or stolen, and peers believe it alone.\n"
                 "%s\n",
                 hex);
    rc = node_file_write(node_path(arena, "%s/keys/recovery", path),
                         (ent_span){ text, (size_t)size }, 0600, err);
    sodium_memzero(hex, sizeof hex);
    sodium_memzero(text, sizeof text);
    return rc;
}

static ent_code keys_make(ent_arena *arena, const node_init *init, const char *code, ent_err *err)
{
    static const char *const roles[] = { "border", "courier", "client" };
    uint8_t identity_pk[crypto_sign_PUBLICKEYBYTES], identity_sk[crypto_sign_SECRETKEYBYTES];
    uint8_t recovery_pk[crypto_sign_PUBLICKEYBYTES], recovery_sk[crypto_sign_SECRETKEYBYTES];
    const char *keys = node_path(arena, "%s/keys", init->path);
    ent_code rc;

    (void)crypto_sign_keypair(identity_pk, identity_sk);
    (void)crypto_sign_keypair(recovery_pk, recovery_sk);
    rc = pair_write(arena, keys, "identity", identity_pk, identity_sk, sizeof identity_sk, err);
    if (rc == ENT_OK)
        rc = recovery_write(arena, init->path, recovery_pk, recovery_sk, err);
    sodium_memzero(identity_sk, sizeof identity_sk);
    sodium_memzero(recovery_sk, sizeof recovery_sk);
    if (rc == ENT_OK)
        rc = node_box_make(arena, keys, err);
    for (size_t i = 0; i < 3 && rc == ENT_OK; i++)
        rc = node_tls_pair_make(arena, keys, code, roles[i], init->client, err);
    return rc;
}

static ent_code conf_write(ent_arena *arena, const node_init *init, const char *code, ent_err *err)
{
    ent_str text;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_printf(&buf,
                   "# entente node.  One `name = value` a line; `entente doctor` checks it.\n"
                   "name = %s\ncode = %s\nborder = %s\nclient = %s\nstore = %s\n",
                   init->name, code, init->border == NULL ? "127.0.0.1:7443" : init->border,
                   init->client == NULL ? "127.0.0.1:7444" : init->client,
                   init->store == NULL ? "holdings.db" : init->store);
    if (init->address != NULL)
        ent_buf_printf(&buf, "address = %s\n", init->address);
    if (init->clock != NULL || init->exercise != NULL)
        ent_buf_printf(&buf,
                       "# An exercise: this node's time is read from a file, and it links only to\n"
                       "# nodes on exercise.\nexercise-clock = %s\n",
                       init->clock != NULL ? init->clock : "exercise-clock");
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(node_path(arena, "%s/entente.conf", init->path), ent_span_of_str(text),
                           0600, err);
}

ent_code node_home_init(ent_arena *arena, const node_init *init, ent_err *err)
{
    char code[NODE_CODE_SIZE];

    if (init->code != NULL && !node_code_valid(init->code))
        return ent_fail(err, ENT_USAGE, "the code '%s' is not 2 to 8 of A-Z and 0-9", init->code);
    if (init->name[0] == '\0' || strpbrk(init->name, "\r\n") != NULL ||
        !ent_utf8_valid(ent_str_of(init->name)))
        return ent_fail(err, ENT_USAGE, "the name must be one line of UTF-8 text");
    if (init->store != NULL &&
        (!store_is_remote(init->store) || strpbrk(init->store, "\r\n") != NULL))
        return ent_fail(err, ENT_USAGE, "the store is a URL 'postgresql://...' on one line");
    if (init->code != NULL)
        (void)snprintf(code, sizeof code, "%s", init->code);
    else
        code_make(init->name, code);
    if (init->exercise != NULL) {
        ent_time time;

        if (init->clock != NULL)
            return ent_fail(err, ENT_USAGE, "an exercise has a time or a clock file, not both");
        if (ent_time_read(ent_str_of(init->exercise), &time, err) != ENT_OK)
            return ent_context(err, "the time of the exercise");
    }
    if (node_file_exists(node_path(arena, "%s/entente.conf", init->path)))
        return ent_fail(err, ENT_CONFLICT, "'%s' is the home of a node already", init->path);
    ENT_TRY(node_folder_make(node_path(arena, "%s/keys/signer", init->path), err));
    ENT_TRY(node_folder_make(node_path(arena, "%s/links", init->path), err));
    ENT_TRY(node_folder_make(node_path(arena, "%s/run", init->path), err));
    ENT_TRY(keys_make(arena, init, code, err));
    if (init->exercise != NULL)
        ENT_TRY(node_file_write(node_path(arena, "%s/exercise-clock", init->path),
                                ent_span_of_str(ent_str_of(init->exercise)), 0600, err));
    /* The configuration is last: a home without it is no home. */
    return conf_write(arena, init, code, err);
}

static ent_str trimmed(ent_str text)
{
    while (text.size > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = (ent_str){ text.ptr + 1, text.size - 1 };
    while (text.size > 0 && strchr(" \t\r", text.ptr[text.size - 1]) != NULL)
        text.size--;
    return text;
}

static ent_code setting_take(ent_arena *arena, node_home *home, ent_str name, ent_str value,
                             ent_err *err)
{
    ent_str copy = ent_arena_str(arena, value);

    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    if (ent_str_is(name, "name")) {
        home->name = copy;
    } else if (ent_str_is(name, "code")) {
        if (!node_code_valid(copy.ptr))
            return ent_fail(err, ENT_CONFIG, "the code '%s' is not 2 to 8 of A-Z and 0-9",
                            copy.ptr);
        memcpy(home->code, copy.ptr, copy.size + 1);
    } else if (ent_str_is(name, "border")) {
        home->border = copy.ptr;
    } else if (ent_str_is(name, "client")) {
        home->client = copy.ptr;
    } else if (ent_str_is(name, "address")) {
        home->address = copy.ptr;
    } else if (ent_str_is(name, "exercise-clock")) {
        home->clock =
            copy.ptr[0] == '/' ? copy.ptr : node_path(arena, "%s/%s", home->path, copy.ptr);
    } else if (ent_str_is(name, "store") && store_is_remote(copy.ptr)) {
        home->store = copy.ptr;
    } else if (ent_str_is(name, "store")) {
        /* What is given here may be a mistyped URL with a password: it is not repeated. */
        if (!ent_str_is(value, "holdings.db"))
            return ent_fail(err, ENT_CONFIG,
                            "'store' is neither holdings.db nor a URL 'postgresql://...'");
    } else {
        return ent_fail(err, ENT_CONFIG, "'%.*s = %.*s' is no setting of this version",
                        ENT_STR_ARG(name), ENT_STR_ARG(value));
    }
    return ENT_OK;
}

static ent_code conf_read(ent_arena *arena, node_home *home, ent_err *err)
{
    const char *path = node_path(arena, "%s/entente.conf", home->path);
    ent_str text;
    int line = 0;

    if (node_file_read(arena, path, CONF_LIMIT, &text, err) != ENT_OK)
        return err->code == ENT_NOT_FOUND
                   ? ent_fail(err, ENT_NOT_FOUND,
                              "'%s' is no node's home; `entente init` makes one", home->path)
                   : err->code;
    while (text.size > 0) {
        const char *end = memchr(text.ptr, '\n', text.size), *equals;
        ent_str row =
            trimmed((ent_str){ text.ptr, end == NULL ? text.size : (size_t)(end - text.ptr) });
        size_t used = end == NULL ? text.size : (size_t)(end - text.ptr) + 1;

        line++;
        text = (ent_str){ text.ptr + used, text.size - used };
        if (row.size == 0 || row.ptr[0] == '#')
            continue;
        equals = memchr(row.ptr, '=', row.size);
        if (equals == NULL)
            return ent_fail(err, ENT_CONFIG, "%s:%d: there is no '='", path, line);
        if (setting_take(
                arena, home, trimmed((ent_str){ row.ptr, (size_t)(equals - row.ptr) }),
                trimmed((ent_str){ equals + 1, row.size - (size_t)(equals - row.ptr) - 1 }),
                err) != ENT_OK)
            return ent_context(err, "%s:%d", path, line);
    }
    if (home->code[0] == '\0' || home->border == NULL || home->client == NULL)
        return ent_fail(err, ENT_CONFIG, "%s: code, border and client must be set", path);
    return ENT_OK;
}

static ent_code public_key_read(ent_arena *arena, const node_home *home, const char *name,
                                uint8_t key[NODE_KEY_SIZE], ent_err *err)
{
    const char *path = node_path(arena, "%s/keys/%s.pk", home->path, name);
    ent_str text;

    ENT_TRY(node_file_read(arena, path, CONF_LIMIT, &text, err));
    if (ent_hex_read(text, key, NODE_KEY_SIZE, err) != ENT_OK)
        return ent_context(err, "%s", path);
    return ENT_OK;
}

/* Keys that were replaced: lines in hex, newest first, behind those that are there. */
static ent_code replaced_read(ent_arena *arena, const node_home *home, const char *name,
                              link_keys *keys, ent_err *err)
{
    const char *path = node_path(arena, "%s/keys/%s", home->path, name);
    ent_str text;

    ENT_TRY(node_file_read(arena, path, CONF_LIMIT, &text, err));
    for (; text.size >= 65 && keys->count < LINK_KEYS_MAX;
         text = (ent_str){ text.ptr + 65, text.size - 65 })
        if (ent_hex_read((ent_str){ text.ptr, 64 }, keys->key[keys->count++], NODE_KEY_SIZE, err) !=
            ENT_OK)
            return ent_context(err, "%s", path);
    return ENT_OK;
}

static ent_code boxes_read(ent_arena *arena, node_home *home, ent_err *err)
{
    ENT_TRY(public_key_read(arena, home, "box", home->box, err));
    if (!node_file_exists(node_path(arena, "%s/keys/boxes", home->path)))
        return ENT_OK;
    return replaced_read(arena, home, "boxes", &home->boxes, err);
}

static ent_code keys_read(ent_arena *arena, node_home *home, ent_err *err)
{
    uint8_t current[NODE_KEY_SIZE];

    ENT_TRY(boxes_read(arena, home, err));
    ENT_TRY(public_key_read(arena, home, "identity", current, err));
    memcpy(home->identity, current, NODE_KEY_SIZE);
    if (!node_file_exists(node_path(arena, "%s/keys/first.pk", home->path)))
        return ENT_OK;
    ENT_TRY(public_key_read(arena, home, "first", home->identity, err));
    memcpy(home->keys.key[0], current, NODE_KEY_SIZE);
    home->keys.count = 1;
    return replaced_read(arena, home, "before", &home->keys, err);
}

ent_code node_home_open(ent_arena *arena, const char *path, node_home *home, ent_err *err)
{
    char *absolute;
    ent_str copy;

    *home = (node_home){ 0 };
    if (path == NULL)
        return ent_fail(err, ENT_USAGE, "which node? Give --home DIR or set ENTENTE_HOME");
    absolute = realpath(path, NULL);
    if (absolute == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "'%s' is no node's home; `entente init` makes one",
                        path);
    copy = ent_arena_str(arena, ent_str_of(absolute));
    free(absolute);
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    home->path = copy.ptr;
    home->store = node_path(arena, "%s/holdings.db", home->path);
    ENT_TRY(conf_read(arena, home, err));
    return keys_read(arena, home, err);
}

const uint8_t *node_home_key(const node_home *home)
{
    return home->keys.count > 0 ? home->keys.key[0] : home->identity;
}

void node_fingerprint(const uint8_t identity[NODE_KEY_SIZE], char out[NODE_FINGERPRINT_SIZE])
{
    ent_hash hash = ent_hash_of(identity, NODE_KEY_SIZE);
    char hex[2 * 16 + 1];
    size_t to = 0;

    ent_hex_write(hash.bytes, 16, hex);
    for (size_t i = 0; i < 32; i++) {
        if (i > 0 && i % 4 == 0)
            out[to++] = '-';
        out[to++] = hex[i];
    }
    out[to] = '\0';
}

int64_t node_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

ent_code node_now(const node_home *home, ent_time *now, ent_err *err)
{
    ent_arena *arena;
    ent_code rc;
    ent_str text;

    if (home->clock == NULL) {
        struct timespec ts;

        if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
            return ent_fail(err, ENT_IO, "the system's clock cannot be read");
        *now = (int64_t)ts.tv_sec * ENT_SECOND + ts.tv_nsec / 1000;
        return ENT_OK;
    }
    arena = ent_arena_new(65536);
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read the clock");
    rc = node_file_read(arena, home->clock, 64, &text, err);
    if (rc == ENT_OK)
        rc = ent_time_read(trimmed((ent_str){ text.ptr, strcspn(text.ptr, "\n") }), now, err);
    ent_arena_free(arena);
    if (rc != ENT_OK)
        (void)ent_context(err, "the exercise clock");
    return rc;
}
