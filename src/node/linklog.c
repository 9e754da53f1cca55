#include "node/linklog.h"

#include "base/limits.h"
#include "base/text.h"
#include "ledger/checkpoint.h"
#include "link/body.h"
#include "node/files.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#define TILE_LIMIT ((size_t)LEDGER_TILE_WIDTH * (ENT_LIMIT_ENTRY_SIZE + 2))

/* ---- folders ---- */

static ent_code folder_read(void *arg, ent_arena *arena, const char *path, ent_str *content,
                            ent_err *err)
{
    const node_folder *folder = arg;

    return node_file_read(arena, node_path(arena, "%s/%s", folder->path, path), TILE_LIMIT, content,
                          err);
}

static ent_code folder_write(void *arg, const char *path, ent_str content, ent_err *err)
{
    const node_folder *folder = arg;
    char full[4096];

    (void)snprintf(full, sizeof full, "%s/%s", folder->path, path);
    return node_file_write(full, ent_span_of_str(content), 0600, err);
}

ledger_files node_folder_files(node_folder *folder)
{
    return (ledger_files){ folder_read, folder_write, folder };
}

ent_code node_head_read(ent_arena *arena, const char *folder, const char *origin,
                        const uint8_t key[NODE_KEY_SIZE], uint64_t *size, ent_hash *root,
                        ent_str *note, ent_err *err)
{
    char name[NODE_ORIGIN_SIZE];
    ledger_key signer = { .type = LEDGER_ED25519 };
    ledger_checkpoint head;
    ent_str text;

    *size = 0;
    *root = ent_hash_of("", 0);
    if (note != NULL)
        *note = ENT_STR_NONE;
    if (node_file_read(arena, node_path(arena, "%s/checkpoint", folder), ENT_LIMIT_NOTE_SIZE, &text,
                       err) != ENT_OK) {
        if (err->code != ENT_NOT_FOUND)
            return err->code;
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    node_key_name(key, name);
    signer.name = ent_str_of(name);
    memcpy(signer.key, key, NODE_KEY_SIZE);
    if (ledger_checkpoint_open(arena, text, origin, &signer, &head, NULL, err) != ENT_OK)
        return ent_context(err, "%s/checkpoint", folder);
    *size = head.size;
    *root = head.root;
    if (note != NULL)
        *note = text;
    return ENT_OK;
}

ent_code node_cosigned_read(ent_arena *arena, const char *folder, const char *origin,
                            const uint8_t key[NODE_KEY_SIZE], uint64_t *size, ent_err *err)
{
    char name[NODE_ORIGIN_SIZE];
    ledger_key signer = { .type = LEDGER_COSIGNATURE };
    ledger_checkpoint head;
    uint64_t seconds;
    ent_str text;

    *size = 0;
    if (node_file_read(arena, node_path(arena, "%s/cosignature", folder), ENT_LIMIT_NOTE_SIZE,
                       &text, err) != ENT_OK) {
        if (err->code != ENT_NOT_FOUND)
            return err->code;
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    node_key_name(key, name);
    signer.name = ent_str_of(name);
    memcpy(signer.key, key, NODE_KEY_SIZE);
    if (ledger_checkpoint_open(arena, text, origin, &signer, &head, &seconds, err) != ENT_OK)
        return ent_context(err, "%s/cosignature", folder);
    *size = head.size;
    return ENT_OK;
}

ent_code node_entry_read(ent_arena *arena, const char *folder, uint64_t seq, uint64_t size,
                         link_entry *entry, ent_str *text, ent_err *err)
{
    node_folder at = { folder };
    ledger_files files = node_folder_files(&at);
    ent_str bytes;

    ENT_TRY(ledger_tiles_entry(&files, arena, seq, size, &bytes, err));
    if (link_entry_read(arena, bytes, entry, err) != ENT_OK)
        return ent_context(err, "%s: entry %" PRIu64, folder, seq);
    if (entry->seq != seq)
        return ent_fail(err, ENT_FORMAT, "%s: entry %" PRIu64 " says it is %" PRIu64, folder, seq,
                        entry->seq);
    if (text != NULL)
        *text = bytes;
    return ENT_OK;
}

static void commitment_hex(const ent_hash *commitment, char hex[2 * ENT_HASH_SIZE + 1])
{
    ent_hex_write(commitment->bytes, ENT_HASH_SIZE, hex);
}

/* The content key: our own copy, or the one sealed to us. */
static ent_code content_key(ent_arena *arena, const node_home *home, const node_peer *peer,
                            bool out, const char *hex, uint8_t key[LINK_KEY_SIZE], ent_err *err)
{
    uint8_t secret[LINK_KEY_SIZE];
    ent_str sealed;
    ent_code rc;

    if (out)
        return node_file_read_secret(
            node_path(arena, "%s/links/%s/kept/%s", home->path, peer->code, hex), key,
            LINK_KEY_SIZE, err);
    ENT_TRY(node_file_read(arena,
                           node_path(arena, "%s/links/%s/in/key/%s", home->path, peer->code, hex),
                           LINK_SEALED_KEY_SIZE, &sealed, err));
    ENT_TRY(node_file_read_secret(node_path(arena, "%s/keys/box.sk", home->path), secret,
                                  sizeof secret, err));
    rc = link_key_open(ent_span_of_str(sealed), home->box, secret, key, err);
    sodium_memzero(secret, sizeof secret);
    return rc;
}

ent_code node_body_read(ent_arena *arena, const node_home *home, const node_peer *peer, bool out,
                        const link_entry *entry, ent_span *body, ent_err *err)
{
    char hex[2 * ENT_HASH_SIZE + 1];
    uint8_t key[LINK_KEY_SIZE];
    ent_str sealed;
    ent_code rc;

    commitment_hex(&entry->body, hex);
    ENT_TRY(node_file_read(
        arena,
        node_path(arena, "%s/links/%s/%s/body/%s", home->path, peer->code, out ? "out" : "in", hex),
        (size_t)ENT_LIMIT_BODY_SIZE + LINK_BODY_OVERHEAD, &sealed, err));
    ENT_TRY(content_key(arena, home, peer, out, hex, key, err));
    rc = link_body_open(arena, ent_span_of_str(sealed), key, &entry->body, body, err);
    sodium_memzero(key, sizeof key);
    return rc == ENT_OK ? ENT_OK
                        : ent_context(err, "entry %" PRIu64 " of %s", entry->seq, peer->code);
}

/* ---- opening ---- */

static const char *out_folder(ent_arena *arena, const node_log *log)
{
    return node_path(arena, "%s/links/%s/out", log->home->path, log->peer->code);
}

/* Asks for the head at `size` with these new leaves, and publishes it. */
static ent_code head_publish(node_log *log, ent_arena *arena, uint64_t size, const ent_hash *leaves,
                             size_t count, uint64_t *at, ent_err *err)
{
    char name[NODE_CODE_SIZE + 4];
    node_sign_head head = {
        .log = name, .origin = log->origin, .size = size, .leaves = leaves, .count = count
    };
    ent_str note;

    (void)snprintf(name, sizeof name, "out-%s", log->peer->code);
    ENT_TRY(node_signer_head(log->signer, arena, &head, &note, at, err));
    ENT_TRY(node_file_write(node_path(arena, "%s/checkpoint", out_folder(arena, log)),
                            ent_span_of_str(note), 0600, err));
    log->size = size + count;
    return ENT_OK;
}

/* A crash after a signature: entries up to the signed size are on disk already. */
static ent_code roll_forward(node_log *log, ent_arena *arena, uint64_t signed_size, ent_err *err)
{
    uint64_t at;

    if (signed_size < log->size)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the log for %s has %" PRIu64 " entries, the signer knows of %" PRIu64
                        ": the signer's state was lost or set back",
                        log->peer->code, log->size, signed_size);
    for (uint64_t seq = log->size; seq < signed_size; seq++) {
        link_entry entry;

        if (node_entry_read(arena, out_folder(arena, log), seq, signed_size, &entry, NULL, err) !=
            ENT_OK)
            return ent_fail(err, ENT_UNTRUSTED,
                            "the log for %s was signed at %" PRIu64 " entries and has only %" PRIu64
                            ": it was restored from an old backup",
                            log->peer->code, signed_size, log->size);
    }
    return head_publish(log, arena, signed_size, NULL, 0, &at, err);
}

ent_code node_log_open(ent_arena *arena, const node_home *home, const node_peer *peer,
                       node_signer *signer, node_log *log, ent_err *err)
{
    uint64_t at = 0;
    ent_hash root;
    ent_code rc;

    *log = (node_log){ .home = home, .peer = peer, .signer = signer, .lock = -1 };
    node_origin(home->identity, peer->identity, log->origin);
    ENT_TRY(node_lock(node_path(arena, "%s/links/%s/out.lock", home->path, peer->code), true,
                      &log->lock, err));
    rc = node_head_read(arena, out_folder(arena, log), log->origin, home->identity, &log->size,
                        &root, NULL, err);
    if (rc == ENT_OK) {
        rc = head_publish(log, arena, log->size, NULL, 0, &at, err);
        if (rc == ENT_CONFLICT) {
            *err = (ent_err){ 0 };
            rc = roll_forward(log, arena, at, err);
        }
    }
    if (rc != ENT_OK)
        node_log_close(log);
    return rc;
}

void node_log_close(node_log *log)
{
    if (log->lock >= 0)
        (void)close(log->lock);
    log->lock = -1;
}

/* ---- appending ---- */

static ent_code body_write(node_log *log, ent_arena *arena, ent_span body, ent_hash *commitment,
                           ent_err *err)
{
    const char *folder = out_folder(arena, log);
    char hex[2 * ENT_HASH_SIZE + 1];
    link_body_seed seed;
    link_sealed sealed;
    ent_code rc;

    randombytes_buf(&seed, sizeof seed);
    rc = link_body_seal(arena, body, &seed, log->peer->box, &sealed, err);
    if (rc == ENT_OK) {
        commitment_hex(&sealed.commitment, hex);
        *commitment = sealed.commitment;
        rc = node_file_write(node_path(arena, "%s/body/%s", folder, hex), sealed.body, 0600, err);
    }
    if (rc == ENT_OK)
        rc = node_file_write(node_path(arena, "%s/key/%s", folder, hex),
                             (ent_span){ sealed.key, sizeof sealed.key }, 0600, err);
    if (rc == ENT_OK)
        rc = node_file_write(
            node_path(arena, "%s/links/%s/kept/%s", log->home->path, log->peer->code, hex),
            (ent_span){ seed.content_key, sizeof seed.content_key }, 0600, err);
    sodium_memzero(&seed, sizeof seed);
    return rc;
}

/* Partial tiles of sizes long past are not needed: two are kept, for a reader who
 * has just read the checkpoint before. */
static void partial_remove(node_log *log, ent_arena *arena, uint64_t size)
{
    static const int levels[] = { LEDGER_ENTRIES, 0 };
    unsigned width = (unsigned)(size % LEDGER_TILE_WIDTH);

    for (size_t i = 0; i < 2 && width > 2; i++) {
        char path[LEDGER_TILE_PATH];

        ledger_tile_path(levels[i], size / LEDGER_TILE_WIDTH, width - 2, path);
        (void)unlink(node_path(arena, "%s/%s", out_folder(arena, log), path));
    }
}

ent_code node_log_append(node_log *log, ent_arena *arena, link_kind kind, const char *id,
                         ent_span body, ent_time now, uint64_t *seq, ent_err *err)
{
    node_folder at = { out_folder(arena, log) };
    ledger_files files = node_folder_files(&at);
    link_entry entry = { .seq = log->size, .kind = kind, .time = now };
    uint64_t signed_at;
    ent_hash leaf;
    ent_str text;

    if (log->size > 0) {
        link_entry last;

        ENT_TRY(node_entry_read(arena, at.path, log->size - 1, log->size, &last, NULL, err));
        if (strcmp(last.id, id) == 0) {
            *seq = last.seq;
            return ENT_OK;
        }
    }
    memcpy(entry.id, id, 37);
    ENT_TRY(body_write(log, arena, body, &entry.body, err));
    ENT_TRY(link_entry_write(arena, &entry, &text, err));
    ENT_TRY(ledger_tiles_append(&files, arena, log->size, &text, 1, err));
    leaf = ledger_leaf_hash(text);
    ENT_TRY(head_publish(log, arena, log->size, &leaf, 1, &signed_at, err));
    partial_remove(log, arena, log->size);
    *seq = entry.seq;
    return ENT_OK;
}

/* ---- verifying ---- */

ent_code node_log_verify(ent_arena *arena, const char *folder, const char *origin,
                         const uint8_t key[NODE_KEY_SIZE], uint64_t *entries, ent_err *err)
{
    node_folder at = { folder };
    ledger_files files = node_folder_files(&at);
    ledger_frontier frontier, in_tiles;
    ent_hash root, have;
    uint64_t size;

    ENT_TRY(node_head_read(arena, folder, origin, key, &size, &root, NULL, err));
    ledger_frontier_init(&frontier);
    for (uint64_t seq = 0; seq < size; seq++) {
        ent_arena *one = ent_arena_new((size_t)64 << 20);
        link_entry entry;
        ent_code rc;
        ent_str text;

        if (one == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory to verify a log");
        rc = node_entry_read(one, folder, seq, size, &entry, &text, err);
        if (rc == ENT_OK) {
            ent_hash leaf = ledger_leaf_hash(text);

            rc = ledger_frontier_append(&frontier, &leaf, err);
        }
        ent_arena_free(one);
        if (rc != ENT_OK)
            return ent_fail(err, ENT_UNTRUSTED, "entry %" PRIu64 " is damaged: %.300s", seq,
                            node_path(arena, "%s", err->msg));
    }
    have = ledger_frontier_root(&frontier);
    if (!ent_hash_equal(&have, &root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the entries do not lead to the signed root: one of them was changed");
    if (ledger_tiles_frontier(&files, arena, size, &in_tiles, err) != ENT_OK)
        return ent_fail(err, ENT_UNTRUSTED, "a hash tile is damaged: %.300s",
                        node_path(arena, "%s", err->msg));
    have = ledger_frontier_root(&in_tiles);
    if (!ent_hash_equal(&have, &root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the hash tiles do not lead to the signed root: one of them was changed");
    if (entries != NULL)
        *entries = size;
    return ENT_OK;
}
