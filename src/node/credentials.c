#include "node/credentials.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/text.h"
#include "http/oidc.h"
#include "http/tls.h"
#include "node/files.h"

#include <dirent.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_LIMIT ((size_t)4096)
#define TITLE_SIZE ((size_t)256)
#define ID_SIZE    ((size_t)64)
#define LIST_MOST  ((size_t)4096)
#define PATH_SIZE  4096

static const struct {
    const char *folder, *word;
} kinds[] = { [NODE_TOKEN] = { "tokens", "token" },
              [NODE_CERTIFICATE] = { "certificates", "certificate" },
              [NODE_SECURITY_KEY] = { "security-keys", "security key" },
              [NODE_SUBJECT] = { "subjects", "subject" } };

static const char *folder_of(ent_arena *arena, const node_home *home, node_credential_kind kind)
{
    return node_path(arena, "%s/keys/%s", home->path, kinds[kind].folder);
}

static const char *path_of(ent_arena *arena, const node_home *home, node_credential_kind kind,
                           ent_str id)
{
    return node_path(arena, "%s/%.*s.json", folder_of(arena, home, kind), ENT_STR_ARG(id));
}

/* ---- files ---- */

static void key_write(const node_credential *c, ent_jw *w)
{
    ent_jw_key(w, "key");
    ent_jw_object(w);
    ent_jw_key(w, "algorithm");
    ent_jw_int(w, c->key.algorithm);
    ent_jw_key(w, "counter");
    ent_jw_int(w, c->key.counter);
    ent_jw_key(w, "credential");
    ent_jw_base64(w, c->key.id.ptr, c->key.id.size);
    ent_jw_key(w, "host");
    ent_jw_str(w, c->host);
    ent_jw_key(w, "point");
    ent_jw_hex(w, c->key.point, sizeof c->key.point);
    ent_jw_end(w);
}

static ent_code key_read(ent_arena *arena, ent_json json, node_credential *c, ent_err *err)
{
    int64_t algorithm, counter;

    c->host = ent_arena_str(arena, ent_json_get_text(json, "host"));
    if (c->host.ptr == NULL)
        return ent_fail_arena(err);
    if (!ent_json_int(ent_json_get(json, "algorithm"), &algorithm) ||
        !ent_json_int(ent_json_get(json, "counter"), &counter) || counter < 0 ||
        counter > UINT32_MAX || (algorithm != WEBAUTHN_ES256 && algorithm != WEBAUTHN_EDDSA))
        return ent_fail(err, ENT_CONFIG, "the file of a security key is damaged");
    c->key.algorithm = (webauthn_algorithm)algorithm;
    c->key.counter = (uint32_t)counter;
    ENT_TRY(ent_hex_read(ent_json_get_text(json, "point"), c->key.point, sizeof c->key.point, err));
    return ent_base64_read(arena, ent_json_get_text(json, "credential"), &c->key.id, err);
}

static ent_code credential_write(ent_arena *arena, const node_home *home, const node_credential *c,
                                 ent_err *err)
{
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "expires");
    ent_jw_int(&w, c->expires);
    if (c->kind == NODE_SUBJECT) {
        ent_jw_key(&w, "issuer");
        ent_jw_str(&w, c->host);
    }
    if (c->kind == NODE_SECURITY_KEY)
        key_write(c, &w);
    ent_jw_key(&w, "made");
    ent_jw_int(&w, c->made);
    ent_jw_key(&w, "title");
    ent_jw_str(&w, c->title);
    ent_jw_key(&w, "user");
    ent_jw_str(&w, c->user);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(path_of(arena, home, c->kind, c->id), ent_span_of_str(text), 0600, err);
}

static ent_code credential_read(ent_arena *arena, const node_home *home, node_credential_kind kind,
                                ent_str id, node_credential *c, ent_err *err)
{
    ent_json json;
    ent_str text;

    *c = (node_credential){ .id = id, .kind = kind };
    ENT_TRY(node_file_read(arena, path_of(arena, home, kind, id), FILE_LIMIT, &text, err));
    ENT_TRY(ent_json_read(arena, text, &json, err));
    c->user = ent_arena_str(arena, ent_json_get_text(json, "user"));
    c->title = ent_arena_str(arena, ent_json_get_text(json, "title"));
    if (c->user.ptr == NULL || c->title.ptr == NULL)
        return ent_fail_arena(err);
    if (!ent_json_int(ent_json_get(json, "expires"), &c->expires) ||
        !ent_json_int(ent_json_get(json, "made"), &c->made))
        return ent_fail(err, ENT_CONFIG, "%s is damaged", path_of(arena, home, kind, id));
    if (kind == NODE_SUBJECT) {
        c->host = ent_arena_str(arena, ent_json_get_text(json, "issuer"));
        return c->host.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
    }
    return kind == NODE_SECURITY_KEY ? key_read(arena, ent_json_get(json, "key"), c, err) : ENT_OK;
}

/* One and whose it is. */
static ent_code owned_read(ent_arena *arena, const node_home *home, node_credential_kind kind,
                           ent_str id, node_credential *c, node_user *user, ent_err *err)
{
    ent_code rc = credential_read(arena, home, kind, id, c, err);

    if (rc == ENT_OK)
        rc = node_user_get(arena, home, c->user.ptr, user, err);
    return rc == ENT_NOT_FOUND ? ent_fail(err, ENT_DENIED, "no such %s", kinds[kind].word) : rc;
}

static ent_str id_text(ent_arena *arena, const uint8_t hash[32])
{
    char hex[65];

    ent_hex_write(hash, 32, hex);
    return ent_arena_str(arena, ent_str_of(hex));
}

/* ---- adding ---- */

/* Writes one that is not there yet. */
static ent_code credential_add(ent_arena *arena, const node_home *home, const node_credential *c,
                               ent_err *err)
{
    node_credential there;

    if (c->id.ptr == NULL || c->user.ptr == NULL)
        return ent_fail_arena(err);
    if (credential_read(arena, home, c->kind, c->id, &there, err) == ENT_OK)
        return c->kind == NODE_SECURITY_KEY /* which people add themselves */
                   ? ent_fail(err, ENT_CONFLICT, "this security key stands for somebody already")
                   : ent_fail(err, ENT_CONFLICT, "this %s stands for '%.*s' already",
                              kinds[c->kind].word, ENT_STR_ARG(there.user));
    if (err->code != ENT_NOT_FOUND)
        return err->code;
    *err = (ent_err){ 0 };
    ENT_TRY(node_folder_make(folder_of(arena, home, c->kind), err));
    return credential_write(arena, home, c, err);
}

ent_code node_token_add(ent_arena *arena, const node_home *home, const char *user,
                        const char *title, ent_time now, ent_time expires,
                        char token[NODE_TOKEN_SIZE], node_credential *made, ent_err *err)
{
    uint8_t random[32];
    node_user found;
    ent_hash hash;

    ENT_TRY(node_user_get(arena, home, user, &found, err));
    if (strlen(title) > TITLE_SIZE || !ent_utf8_valid(ent_str_of(title)))
        return ent_fail(err, ENT_USAGE, "a title is at most %zu bytes of UTF-8", TITLE_SIZE);
    randombytes_buf(random, sizeof random);
    memcpy(token, "ent_", 4);
    (void)sodium_bin2base64(token + 4, NODE_TOKEN_SIZE - 4, random, sizeof random,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(random, sizeof random);
    hash = ent_hash_of(token, strlen(token));
    *made = (node_credential){ .id = id_text(arena, hash.bytes),
                               .user = ent_arena_str(arena, ent_str_of(user)),
                               .title = ent_str_of(title),
                               .made = now,
                               .expires = expires };
    if (made->id.ptr == NULL || made->user.ptr == NULL)
        return ent_fail_arena(err);
    return credential_write(arena, home, made, err);
}

ent_code node_certificate_add(ent_arena *arena, const node_home *home, const char *user,
                              ent_str pem, ent_time now, node_credential *made, ent_err *err)
{
    uint8_t pin[HTTP_PIN_SIZE];
    node_user found;

    ENT_TRY(node_user_get(arena, home, user, &found, err));
    ENT_TRY(http_tls_pin(pem, pin, err));
    *made = (node_credential){ .id = id_text(arena, pin),
                               .user = ent_arena_str(arena, ent_str_of(user)),
                               .title = { "", 0 },
                               .made = now,
                               .kind = NODE_CERTIFICATE };
    return credential_add(arena, home, made, err);
}

/* ---- security keys ---- */

static ent_str key_id(ent_arena *arena, ent_span credential)
{
    return id_text(arena, ent_hash_of(credential.ptr, credential.size).bytes);
}

ent_code node_security_key_add(ent_arena *arena, const node_home *home, const char *user,
                               const char *title, ent_str host, const webauthn_key *key,
                               ent_time now, node_credential *made, ent_err *err)
{
    node_user found;

    ENT_TRY(node_user_get(arena, home, user, &found, err));
    if (strlen(title) > TITLE_SIZE || !ent_utf8_valid(ent_str_of(title)))
        return ent_fail(err, ENT_USAGE, "a title is at most %zu bytes of UTF-8", TITLE_SIZE);
    *made = (node_credential){ .kind = NODE_SECURITY_KEY,
                               .id = key_id(arena, key->id),
                               .user = ent_arena_str(arena, ent_str_of(user)),
                               .title = ent_str_of(title),
                               .made = now,
                               .key = *key,
                               .host = host };
    return credential_add(arena, home, made, err);
}

ent_code node_security_key_get(ent_arena *arena, const node_home *home, ent_span credential,
                               node_credential *key, node_user *user, ent_err *err)
{
    ent_str id = key_id(arena, credential);

    return id.ptr == NULL ? ent_fail_arena(err)
                          : owned_read(arena, home, NODE_SECURITY_KEY, id, key, user, err);
}

/* Read, compared and written under a lock: of two answers with one number the second is refused. */
ent_code node_security_key_used(ent_arena *arena, const node_home *home, const char *user,
                                ent_str id, uint32_t counter, ent_err *err)
{
    node_credential key;
    ent_code rc;
    int lock;

    if (id.size != ID_SIZE || strspn(id.ptr, "0123456789abcdef") < ID_SIZE)
        return ent_fail(err, ENT_USAGE, "the id of a security key is %zu hexadecimal digits",
                        ID_SIZE);
    ENT_TRY(
        node_lock(node_path(arena, "%s/keys/security-keys.lock", home->path), true, &lock, err));
    rc = credential_read(arena, home, NODE_SECURITY_KEY, id, &key, err);
    if (rc == ENT_OK && !ent_str_is(key.user, user))
        rc = ent_fail(err, ENT_NOT_FOUND, "'%s' has no security key '%.*s'", user, ENT_STR_ARG(id));
    if (rc == ENT_OK && !http_webauthn_counts(key.key.counter, counter))
        rc = ent_fail(
            err, ENT_DENIED,
            "the key counts %u and has counted %u: there may be two of it [WebAuthn 6.1.1]",
            counter, key.key.counter);
    if (rc == ENT_OK && counter != key.key.counter) {
        key.key.counter = counter;
        rc = credential_write(arena, home, &key, err);
    }
    (void)close(lock);
    return rc;
}

/* ---- subjects ---- */

/* With the NUL between the two, so that they cannot be cut elsewhere. */
static ent_str subject_id(ent_arena *arena, ent_str issuer, ent_str name)
{
    const ent_span pieces[] = { ent_span_of_str(issuer), { "", 1 }, ent_span_of_str(name) };

    return id_text(arena, ent_hash_pieces(pieces, 3).bytes);
}

ent_code node_subject_add(ent_arena *arena, const node_home *home, const char *user, ent_str issuer,
                          const char *subject, ent_time now, node_credential *made, ent_err *err)
{
    ent_str name = ent_str_of(subject);
    node_user found;

    ENT_TRY(node_user_get(arena, home, user, &found, err));
    if (!http_oidc_subject_valid(name))
        return ent_fail(err, ENT_USAGE, "a subject is 1 to %zu printable characters of ASCII",
                        OIDC_SUBJECT_LIMIT);
    *made = (node_credential){ .kind = NODE_SUBJECT,
                               .id = subject_id(arena, issuer, name),
                               .user = ent_arena_str(arena, ent_str_of(user)),
                               .title = name,
                               .made = now,
                               .host = issuer };
    return credential_add(arena, home, made, err);
}

ent_code node_subject_get(ent_arena *arena, const node_home *home, ent_str id,
                          node_credential *subject, node_user *user, ent_err *err)
{
    return owned_read(arena, home, NODE_SUBJECT, id, subject, user, err);
}

ent_code node_subject_user(ent_arena *arena, const node_home *home, ent_str issuer, ent_str name,
                           node_credential *subject, node_user *user, ent_err *err)
{
    ent_str id = subject_id(arena, issuer, name);

    return id.ptr == NULL ? ent_fail_arena(err)
                          : node_subject_get(arena, home, id, subject, user, err);
}

/* ---- listing and removing ---- */

static int by_id(const void *a, const void *b)
{
    return ent_str_compare(((const node_credential *)a)->id, ((const node_credential *)b)->id);
}

ent_code node_credential_list(ent_arena *arena, const node_home *home, node_credential_kind kind,
                              const char *user, node_credential **list, size_t *count, ent_err *err)
{
    DIR *dir = opendir(folder_of(arena, home, kind));
    ent_code rc = ENT_OK;

    *count = 0;
    *list = ent_arena_array(arena, LIST_MOST, sizeof **list);
    if (*list == NULL)
        rc = ent_fail_arena(err);
    if (dir == NULL)
        return rc;
    for (struct dirent *e = readdir(dir); e != NULL && rc == ENT_OK; e = readdir(dir)) {
        ent_str id = ent_arena_str(arena, (ent_str){ e->d_name, strcspn(e->d_name, ".") });
        node_credential *c = &(*list)[*count];

        if (id.ptr == NULL)
            rc = ent_fail_arena(err);
        else if (id.size != ID_SIZE || strcmp(e->d_name + id.size, ".json") != 0)
            continue;
        else if (*count + 1 == LIST_MOST)
            rc = ent_fail(err, ENT_LIMIT, "there are more than %zu", LIST_MOST);
        else
            rc = credential_read(arena, home, kind, id, c, err);
        if (rc == ENT_OK)
            *count += user == NULL || ent_str_is(c->user, user);
    }
    (void)closedir(dir);
    if (*count > 0)
        qsort(*list, *count, sizeof **list, by_id);
    return rc;
}

ent_code node_credential_remove(ent_arena *arena, const node_home *home, node_credential_kind kind,
                                const char *user, const char *id, ent_err *err)
{
    const char *what = kinds[kind].word;
    const node_credential *found = NULL;
    node_credential *list;
    size_t count;

    if (strlen(id) < 8)
        return ent_fail(err, ENT_USAGE, "the id of a %s is at least its first 8 digits", what);
    ENT_TRY(node_credential_list(arena, home, kind, user, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (strncmp(list[i].id.ptr, id, strlen(id)) != 0)
            continue;
        if (found != NULL)
            return ent_fail(err, ENT_CONFLICT, "several %ss begin with '%s'", what, id);
        found = &list[i];
    }
    if (found == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "'%s' has no %s '%s'", user, what, id);
    return node_file_remove(path_of(arena, home, kind, found->id), err);
}

/* ---- who it is ---- */

static ent_code user_of(ent_arena *arena, const node_home *home, node_credential_kind kind,
                        ent_str id, ent_time now, node_user *user, ent_err *err)
{
    node_credential c;
    ent_code rc = credential_read(arena, home, kind, id, &c, err);

    if (rc == ENT_OK && c.expires != 0 && now >= c.expires)
        return ent_fail(err, ENT_DENIED, "the credentials have expired");
    if (rc == ENT_OK)
        rc = node_user_get(arena, home, c.user.ptr, user, err);
    return rc == ENT_NOT_FOUND ? ent_fail(err, ENT_DENIED, "no such credentials") : rc;
}

ent_code node_credential_user(ent_arena *arena, const node_home *home, node_credential_kind kind,
                              ent_str id, node_user *user, ent_err *err)
{
    return user_of(arena, home, kind, id, 0, user, err);
}

ent_code node_token_user(ent_arena *arena, const node_home *home, ent_str token, ent_time now,
                         node_user *user, ent_err *err)
{
    ent_hash hash = ent_hash_of(token.ptr, token.size);
    ent_str id = id_text(arena, hash.bytes);

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    return user_of(arena, home, NODE_TOKEN, id, now, user, err);
}

bool node_certificates_any(const node_home *home)
{
    char folder[PATH_SIZE];
    bool found = false;
    DIR *dir = NULL;

    if (snprintf(folder, sizeof folder, "%s/keys/%s", home->path, kinds[NODE_CERTIFICATE].folder) <
        (int)sizeof folder)
        dir = opendir(folder);
    if (dir == NULL)
        return false;
    for (struct dirent *e = readdir(dir); e != NULL && !found; e = readdir(dir))
        found = e->d_name[0] != '.';
    (void)closedir(dir);
    return found;
}

ent_code node_certificate_user(ent_arena *arena, const node_home *home, const uint8_t pin[32],
                               node_user *user, ent_err *err)
{
    ent_str id = id_text(arena, pin);

    if (id.ptr == NULL)
        return ent_fail_arena(err);
    return user_of(arena, home, NODE_CERTIFICATE, id, 0, user, err);
}
