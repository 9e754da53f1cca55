#include "node/keys.h"

#include "base/text.h"
#include "desk/work.h"
#include "link/approval.h"
#include "node/files.h"
#include "node/peers.h"
#include "node/renew.h"

#include <sodium.h>
#include <stdio.h>

#define WORD_LIMIT ((size_t)16384)

static const char where[] = "the word of a new key";

/* ---- replacing our own ---- */

/* The last line that is not a comment. */
static ent_code recovery_read(const char *path, uint8_t secret[crypto_sign_SECRETKEYBYTES],
                              ent_err *err)
{
    FILE *in = fopen(path, "r");
    ent_code rc = ENT_NOT_FOUND;
    char line[256];

    if (in == NULL)
        return ent_fail(err, ENT_NOT_FOUND,
                        "there is no recovery key at '%s': say with --recovery where it is kept; "
                        "without it, link anew (`entente peer remove`, `peer invite`)",
                        path);
    while (fgets(line, sizeof line, in) != NULL) {
        if (line[0] == '#')
            continue;
        rc = ent_hex_read((ent_str){ line, strcspn(line, "\r\n") }, secret,
                          crypto_sign_SECRETKEYBYTES, err);
        break;
    }
    sodium_memzero(line, sizeof line);
    (void)fclose(in);
    return rc == ENT_OK ? ENT_OK : ent_fail(err, ENT_FORMAT, "'%s' holds no recovery key", path);
}

/* The number of the last rotation: 0 before the first. */
static ent_code number_read(ent_arena *arena, const node_home *home, int64_t *number, ent_err *err)
{
    ent_json word, statement;
    ent_str text;

    *number = 0;
    if (node_file_read(arena, node_path(arena, "%s/keys/rotation", home->path), WORD_LIMIT, &text,
                       err) != ENT_OK) {
        if (err->code != ENT_NOT_FOUND)
            return err->code;
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    ENT_TRY(ent_json_read(arena, text, &word, err));
    ENT_TRY(ent_json_read(arena, ent_json_get_text(word, "statement"), &statement, err));
    (void)ent_json_int(ent_json_get(statement, "number"), number);
    return ENT_OK;
}

static ent_code statement_write(ent_arena *arena, const node_home *home, const uint8_t key[32],
                                int64_t number, ent_str reason, ent_str *text, ent_err *err)
{
    ent_time now;
    ent_buf buf;
    ent_str raw;
    ent_jw w;

    ENT_TRY(node_now(home, &now, err));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "identity");
    ent_jw_hex(&w, home->identity, NODE_KEY_SIZE);
    ent_jw_key(&w, "key");
    ent_jw_hex(&w, key, NODE_KEY_SIZE);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, "key");
    ent_jw_key(&w, "number");
    ent_jw_int(&w, number);
    if (reason.size > 0) {
        ent_jw_key(&w, "reason");
        ent_jw_str(&w, reason);
    }
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, now));
    ent_jw_key(&w, "version");
    ent_jw_int(&w, 1);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &raw, err));
    return desk_canon(arena, raw, text, err);
}

static ent_code word_write(ent_arena *arena, ent_str statement, const uint8_t *recovery,
                           const uint8_t *secret, ent_str *word, ent_err *err)
{
    ent_hash hash = link_statement_hash(statement);
    uint8_t possession[64], recovered[64];
    ent_buf buf;
    ent_str raw;
    ent_jw w;

    (void)crypto_sign_detached(possession, NULL, hash.bytes, ENT_HASH_SIZE, secret);
    (void)crypto_sign_detached(recovered, NULL, hash.bytes, ENT_HASH_SIZE, recovery);
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "possession");
    ent_jw_hex(&w, possession, sizeof possession);
    ent_jw_key(&w, "recovery");
    ent_jw_hex(&w, recovered, sizeof recovered);
    ent_jw_key(&w, "statement");
    ent_jw_str(&w, statement);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &raw, err));
    return desk_canon(arena, raw, word, err);
}

static ent_code hex_file_write(ent_arena *arena, const node_home *home, const char *name,
                               const uint8_t key[32], ent_err *err)
{
    char hex[2 * NODE_KEY_SIZE + 1];

    ent_hex_write(key, NODE_KEY_SIZE, hex);
    return node_file_write(node_path(arena, "%s/keys/%s", home->path, name),
                           (ent_span){ hex, strlen(hex) }, 0644, err);
}

/* The first key, and the replaced ones with the present one in front. */
static ent_code past_write(ent_arena *arena, const node_home *home, ent_err *err)
{
    char hex[2 * NODE_KEY_SIZE + 1];
    ent_buf buf;
    ent_str text;

    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < home->keys.count; i++) {
        ent_hex_write(home->keys.key[i], NODE_KEY_SIZE, hex);
        ent_buf_printf(&buf, "%s\n", hex);
    }
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(node_file_write(node_path(arena, "%s/keys/before", home->path), ent_span_of_str(text),
                            0644, err));
    return hex_file_write(arena, home, "first.pk", home->identity, err);
}

/* A crash in between leaves a home that says "not one pair"; rotating again makes it good. */
static ent_code rotate(ent_arena *arena, const node_home *home, const uint8_t *recovery,
                       ent_str reason, ent_err *err)
{
    uint8_t key[32], secret[crypto_sign_SECRETKEYBYTES];
    ent_str statement, word;
    int64_t number;
    ent_code rc;

    if (home->keys.count >= LINK_KEYS_MAX - 1)
        return ent_fail(err, ENT_LIMIT, "the key was replaced %zu times: link anew",
                        home->keys.count);
    ENT_TRY(number_read(arena, home, &number, err));
    (void)crypto_sign_keypair(key, secret);
    rc = statement_write(arena, home, key, number + 1, reason, &statement, err);
    if (rc == ENT_OK)
        rc = word_write(arena, statement, recovery, secret, &word, err);
    if (rc == ENT_OK)
        rc = past_write(arena, home, err);
    if (rc == ENT_OK)
        rc = node_file_write(node_path(arena, "%s/keys/rotation", home->path),
                             ent_span_of_str(word), 0600, err);
    if (rc == ENT_OK)
        rc = node_file_write(node_path(arena, "%s/keys/identity.sk", home->path),
                             (ent_span){ secret, sizeof secret }, 0600, err);
    if (rc == ENT_OK)
        rc = hex_file_write(arena, home, "identity.pk", key, err);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

ent_code node_key_rotate(ent_arena *arena, const node_home *home, const char *recovery,
                         ent_str reason, ent_err *err)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES], pinned[32];
    ent_str hex;
    ent_code rc;

    ENT_TRY(
        node_file_read(arena, node_path(arena, "%s/keys/recovery.pk", home->path), 64, &hex, err));
    ENT_TRY(ent_hex_read(hex, pinned, sizeof pinned, err));
    rc = recovery_read(recovery, secret, err);
    if (rc == ENT_OK && memcmp(secret + 32, pinned, 32) != 0)
        rc = ent_fail(err, ENT_UNTRUSTED, "'%s' is not the recovery key of this node", recovery);
    if (rc == ENT_OK)
        rc = rotate(arena, home, secret, reason, err);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

/* ---- telling ---- */

static ent_code say(node_desk *nd, ent_arena *arena, const char *peer, link_kind kind, ent_str body,
                    ent_err *err)
{
    desk *d = node_desk_desk(nd);
    ent_code rc;

    ENT_TRY(store_begin(d->store, err));
    rc = desk_say(d, arena, peer, kind, ent_span_of_str(body), err);
    return store_end(d->store, rc, err);
}

ent_code node_key_tell(node_desk *nd, ent_arena *arena, ent_err *err)
{
    const node_home *home = node_desk_home(nd);
    node_peer *peers;
    ent_str word;
    size_t count;

    ENT_TRY(node_file_read(arena, node_path(arena, "%s/keys/rotation", home->path), WORD_LIMIT,
                           &word, err));
    ENT_TRY(node_peer_list(arena, home, &peers, &count, err));
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(
            node_file_write(node_path(arena, "%s/links/%s/out/rotation", home->path, peers[i].code),
                            ent_span_of_str(word), 0600, err));
        /* Written anew with our new key, so that the process of the link starts anew. */
        ENT_TRY(node_peer_change(arena, home, peers[i].code, NULL, NULL, err));
        ENT_TRY(say(nd, arena, peers[i].code, LINK_KEY, word, err));
    }
    return node_desk_flush(nd, arena, err);
}

ent_code node_address_tell(node_desk *nd, ent_arena *arena, ent_str address, ent_err *err)
{
    node_peer *peers;
    ent_str raw, body;
    size_t count;
    ent_buf buf;
    ent_jw w;

    if (!ent_str_starts(address, ENT_STR("https://")) || address.size > 300)
        return ent_fail(err, ENT_USAGE, "'%.*s' is no https:// address", ENT_STR_ARG(address));
    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "address");
    ent_jw_str(&w, address);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, "address");
    ent_jw_key(&w, "time");
    ent_jw_str(&w, desk_time_text(arena, node_desk_desk(nd)->now));
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &raw, err));
    ENT_TRY(desk_canon(arena, raw, &body, err));
    ENT_TRY(node_peer_list(arena, node_desk_home(nd), &peers, &count, err));
    for (size_t i = 0; i < count; i++)
        if (node_peer_works(peers[i].state))
            ENT_TRY(say(nd, arena, peers[i].code, LINK_KEY, body, err));
    return node_desk_flush(nd, arena, err);
}

ent_code node_hello_tell(node_desk *nd, ent_arena *arena, const char *peer, ent_err *err)
{
    desk *d = node_desk_desk(nd);
    store_doc doc = { .kind = ENT_STR("hello-said"),
                      .id = ent_str_of(peer),
                      .peer = ent_str_of(peer),
                      .time = d->now };
    ent_str body = ent_arena_printf(arena, "{\"versions\":[1,%d]}", LINK_ENTRY_VERSION);
    store_doc last;
    bool found;

    if (body.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(desk_doc_found(d, arena, "hello-said", doc.id, &last, &found, err));
    if (found ? ent_str_equal(last.json, body) : LINK_ENTRY_VERSION == 1)
        return ENT_OK;
    doc.json = body;
    ENT_TRY(say(nd, arena, peer, LINK_HELLO, body, err));
    ENT_TRY(store_begin(d->store, err));
    if (store_doc_put(d->store, &doc, err) != ENT_OK || store_commit(d->store, err) != ENT_OK) {
        store_rollback(d->store);
        return err->code;
    }
    return ENT_OK;
}

/* ---- hearing it ---- */

static ent_code word_check(ent_arena *arena, const node_peer *peer, ent_str word, uint8_t key[32],
                           int64_t *number, ent_err *err)
{
    static const char *const outer_names[] = { "possession", "recovery", "statement", NULL };
    static const char *const names[] = { "identity", "key",  "kind",    "number",
                                         "reason",   "time", "version", NULL };
    uint8_t possession[64], recovery[64], identity[32];
    ent_json outer, json;
    ent_str statement;
    int64_t version;

    if (!peer->recoverable)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%s: %s has no recovery key; compare fresh words with it", where,
                        peer->code);
    ENT_TRY(desk_canonical(arena, word, where, &outer, err));
    ENT_TRY(desk_members(outer, where, outer_names, err));
    ENT_TRY(desk_hex(outer, "possession", where, possession, sizeof possession, err));
    ENT_TRY(desk_hex(outer, "recovery", where, recovery, sizeof recovery, err));
    ENT_TRY(desk_text(outer, "statement", where, &statement, err));
    if (!link_statement_verify(statement, peer->recovery, recovery))
        return ent_fail(err, ENT_UNTRUSTED, "%s: it is not signed by the recovery key of %s", where,
                        peer->code);
    ENT_TRY(desk_canonical(arena, statement, where, &json, err));
    ENT_TRY(desk_members(json, where, names, err));
    ENT_TRY(desk_number(json, "version", where, 1, 1, &version, err));
    ENT_TRY(desk_number(json, "number", where, 1, 1000000, number, err));
    ENT_TRY(desk_hex(json, "identity", where, identity, sizeof identity, err));
    ENT_TRY(desk_hex(json, "key", where, key, 32, err));
    if (!ent_str_is(ent_json_get_text(json, "kind"), "key") ||
        memcmp(identity, peer->identity, sizeof identity) != 0)
        return ent_fail(err, ENT_UNTRUSTED, "%s: it is of another node", where);
    if (!link_statement_verify(statement, key, possession))
        return ent_fail(err, ENT_UNTRUSTED, "%s: the new key has not signed it", where);
    return ENT_OK;
}

struct key_word {
    ent_arena *arena;
    ent_str word;
};

static ent_code key_add(void *arg, node_peer *peer, ent_err *err)
{
    const struct key_word *w = arg;
    uint8_t key[32] = { 0 };
    int64_t number = 0;

    ENT_TRY(word_check(w->arena, peer, w->word, key, &number, err));
    if (number <= peer->key_number)
        return ent_fail(err, ENT_CONFLICT, "%s: it is not newer than what is known", where);
    if (peer->keys.count == LINK_KEYS_MAX)
        return ent_fail(err, ENT_LIMIT, "%s: there were too many: link anew", where);
    memmove(peer->keys.key[1], peer->keys.key[0], peer->keys.count * sizeof *peer->keys.key);
    memcpy(peer->keys.key[0], key, 32);
    peer->keys.count++;
    peer->key_number = number;
    return ENT_OK;
}

ent_code node_key_take(ent_arena *arena, const node_home *home, const char *code, ent_str word,
                       ent_err *err)
{
    struct key_word w = { arena, word };

    return node_peer_change(arena, home, code, key_add, &w, err);
}

static ent_code address_set(void *arg, node_peer *peer, ent_err *err)
{
    const ent_str *address = arg;

    (void)err;
    if (strcmp(peer->address, address->ptr) == 0)
        return ENT_NO;
    peer->address = address->ptr;
    return ENT_OK;
}

static ent_code address_take(desk *d, ent_arena *arena, const char *code, ent_json json,
                             ent_err *err)
{
    static const char *const names[] = { "address", "kind", "time", NULL };
    static const char of[] = "the word of a new address";
    ent_str address;

    ENT_TRY(desk_members(json, of, names, err));
    ENT_TRY(desk_text(json, "address", of, &address, err));
    if (!ent_str_starts(address, ENT_STR("https://")) || address.size > 300 ||
        memchr(address.ptr, '\0', address.size) != NULL)
        return ent_fail(err, ENT_FORMAT, "%s: it is no https:// address", of);
    address = ent_arena_str(arena, address);
    if (address.ptr == NULL)
        return ent_fail_arena(err);
    return node_peer_change(arena, node_desk_home(d->arg), code, address_set, &address, err);
}

ent_code node_key_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                          ent_span body, ent_err *err)
{
    const ent_str text = { body.ptr, body.size };
    ent_err why = { 0 };
    ent_json json;
    ent_code rc;

    (void)entry;
    ENT_TRY(desk_canonical(arena, text, where, &json, err));
    if (ent_str_is(ent_json_get_text(json, "kind"), "address"))
        return address_take(d, arena, peer, json, err);
    rc = node_renew_receive(d, arena, peer, json, err);
    if (rc != ENT_NO)
        return rc;
    rc = node_key_take(arena, node_desk_home(d->arg), peer, text, &why);
    if (rc != ENT_OK && rc != ENT_CONFLICT) /* mostly it was pinned before this could be read */
        return *err = why, rc;
    return ENT_OK;
}

static ent_code versions_set(void *arg, node_peer *peer, ent_err *err)
{
    const link_versions *versions = arg;

    (void)err;
    peer->versions = *versions;
    return ENT_OK;
}

ent_code node_hello_receive(desk *d, ent_arena *arena, const char *peer, const link_entry *entry,
                            ent_span body, ent_err *err)
{
    static const char *const names[] = { "versions", NULL };
    static const char of[] = "a hello";
    link_versions versions;
    int64_t min = 0, max = 0;
    ent_json json, list;

    (void)entry;
    ENT_TRY(desk_canonical(arena, (ent_str){ body.ptr, body.size }, of, &json, err));
    ENT_TRY(desk_members(json, of, names, err));
    list = ent_json_get(json, "versions");
    if (ent_json_count(list) != 2 || !ent_json_int(ent_json_first(list), &min) ||
        !ent_json_int(ent_json_next(ent_json_first(list)), &max) || min < 1 || max < min ||
        max > 1000)
        return ent_fail(err, ENT_FORMAT, "%s: 'versions' is no range", of);
    versions = (link_versions){ (unsigned)min, (unsigned)max };
    return node_peer_change(arena, node_desk_home(d->arg), peer, versions_set, &versions, err);
}
