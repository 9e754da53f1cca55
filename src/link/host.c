#include "link/host.h"

#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

static const char *const side_names[] = { "out", "in" };

static void short_id(const uint8_t identity[32], char out[17])
{
    ent_hash hash = ent_hash_of(identity, 32);

    ent_hex_write(hash.bytes, 8, out);
}

void link_origin_write(const uint8_t from[32], const uint8_t to[32], char out[LINK_ORIGIN_SIZE])
{
    char a[17], b[17];

    short_id(from, a);
    short_id(to, b);
    (void)snprintf(out, LINK_ORIGIN_SIZE, "entente/%s/%s", a, b);
}

void link_key_name_write(const uint8_t identity[32], char out[LINK_ORIGIN_SIZE])
{
    char a[17];

    short_id(identity, a);
    (void)snprintf(out, LINK_ORIGIN_SIZE, "entente/%s", a);
}

void link_host_origins(link_host *host)
{
    link_origin_write(host->identity, host->peer_identity, host->out_origin);
    link_origin_write(host->peer_identity, host->identity, host->in_origin);
}

/* ---- paths ---- */

void link_path(link_side side, const char *name, char path[LINK_PATH_SIZE])
{
    (void)snprintf(path, LINK_PATH_SIZE, "%s/%s", side_names[side], name);
}

void link_path_of(link_side side, const char *kind, const ent_hash *commitment,
                  char path[LINK_PATH_SIZE])
{
    char hex[2 * ENT_HASH_SIZE + 1];

    ent_hex_write(commitment->bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(path, LINK_PATH_SIZE, "%s/%s/%s", side_names[side], kind, hex);
}

void link_path_kept(const ent_hash *commitment, char path[LINK_PATH_SIZE])
{
    char hex[2 * ENT_HASH_SIZE + 1];

    ent_hex_write(commitment->bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(path, LINK_PATH_SIZE, "kept/%s", hex);
}

static ent_code folder_read(void *arg, ent_arena *arena, const char *name, ent_str *content,
                            ent_err *err)
{
    const link_folder *folder = arg;
    char path[LINK_PATH_SIZE];

    link_path(folder->side, name, path);
    return folder->host->read(folder->host->arg, arena, path, content, err);
}

static ent_code folder_write(void *arg, const char *name, ent_str content, ent_err *err)
{
    const link_folder *folder = arg;
    char path[LINK_PATH_SIZE];

    link_path(folder->side, name, path);
    return folder->host->write(folder->host->arg, path, content, err);
}

ledger_files link_folder_files(link_folder *folder)
{
    return (ledger_files){ folder_read, folder_write, folder };
}

/* ---- heads ---- */

static ent_code note_open_by(ent_arena *arena, ent_str note, const char *origin,
                             const ledger_key *key, link_head *head, ent_err *err)
{
    ledger_checkpoint checkpoint;
    uint64_t seconds;

    ENT_TRY(ledger_checkpoint_open(arena, note, origin, key, &checkpoint, &seconds, err));
    *head = (link_head){ .size = checkpoint.size, .root = checkpoint.root, .note = note };
    return ENT_OK;
}

/* By the newest key, else by one that was replaced. */
static ent_code note_open(ent_arena *arena, ent_str note, const char *origin, uint8_t type,
                          const uint8_t identity[32], const link_keys *keys, link_head *head,
                          ent_err *err)
{
    char name[LINK_ORIGIN_SIZE];
    ledger_key signer = { .type = type };

    link_key_name_write(identity, name);
    signer.name = ent_str_of(name);
    for (size_t i = 0; i <= keys->count; i++) {
        ent_err why = { 0 };

        memcpy(signer.key, i < keys->count ? keys->key[i] : identity, 32);
        if (note_open_by(arena, note, origin, &signer, head, &why) == ENT_OK) {
            head->replaced = i > 0;
            *err = (ent_err){ 0 };
            return ENT_OK;
        }
        if (i == 0)
            *err = why;
    }
    return err->code;
}

/* Reads a file, or gives the head of an empty log. */
static ent_code note_read(const link_host *host, ent_arena *arena, const char *path, ent_str *note,
                          link_head *head, ent_err *err)
{
    *head = (link_head){ .root = ent_hash_of("", 0), .note = ENT_STR_NONE };
    *note = ENT_STR_NONE;
    if (host->read(host->arg, arena, path, note, err) == ENT_OK)
        return ENT_OK;
    if (err->code != ENT_NOT_FOUND)
        return err->code;
    *err = (ent_err){ 0 };
    return ENT_OK;
}

ent_code link_head_open(const link_host *host, ent_arena *arena, link_side side, ent_str note,
                        link_head *head, ent_err *err)
{
    return note_open(arena, note, side == LINK_OUT ? host->out_origin : host->in_origin,
                     LEDGER_ED25519, side == LINK_OUT ? host->identity : host->peer_identity,
                     side == LINK_OUT ? &host->keys : &host->peer_keys, head, err);
}

ent_code link_head_read(const link_host *host, ent_arena *arena, link_side side, link_head *head,
                        ent_err *err)
{
    char path[LINK_PATH_SIZE];
    ent_str note;

    link_path(side, "checkpoint", path);
    ENT_TRY(note_read(host, arena, path, &note, head, err));
    if (note.ptr != NULL && link_head_open(host, arena, side, note, head, err) != ENT_OK)
        return ent_context(err, "%s", path);
    return ENT_OK;
}

ent_code link_version_choose(const link_host *host, unsigned *version, ent_err *err)
{
    unsigned ours = host->version_max == 0 ? LINK_ENTRY_VERSION : host->version_max;
    unsigned min = host->peer_versions.min == 0 ? 1 : host->peer_versions.min;
    unsigned max = host->peer_versions.max == 0 ? 1 : host->peer_versions.max;

    *version = max < ours ? max : ours;
    if (*version < min)
        return ent_fail(err, ENT_UNAVAILABLE,
                        "the peer reads versions %u to %u of entries and this node writes up to %u",
                        min, max, ours);
    return ENT_OK;
}

ent_code link_seen_open(const link_host *host, ent_arena *arena, link_side side, ent_str note,
                        link_head *head, ent_err *err)
{
    return note_open(arena, note, side == LINK_OUT ? host->out_origin : host->in_origin,
                     LEDGER_COSIGNATURE, side == LINK_OUT ? host->peer_identity : host->identity,
                     side == LINK_OUT ? &host->peer_keys : &host->keys, head, err);
}

ent_code link_seen_read(const link_host *host, ent_arena *arena, link_side side, link_head *head,
                        ent_err *err)
{
    char path[LINK_PATH_SIZE];
    ent_str note;

    /* The reader writes it, so it lies on the other side. */
    link_path(side == LINK_OUT ? LINK_IN : LINK_OUT, "cosignature", path);
    ENT_TRY(note_read(host, arena, path, &note, head, err));
    if (note.ptr != NULL && link_seen_open(host, arena, side, note, head, err) != ENT_OK)
        return ent_context(err, "%s", path);
    return ENT_OK;
}

/* ---- entries and bodies ---- */

ent_code link_entry_at(const link_host *host, ent_arena *arena, link_side side, uint64_t seq,
                       uint64_t size, link_entry *entry, ent_str *text, ent_err *err)
{
    link_folder folder = { host, side };
    ledger_files files = link_folder_files(&folder);
    ent_str bytes;

    if (ledger_tiles_entry(&files, arena, seq, size, &bytes, err) != ENT_OK ||
        link_entry_read(arena, bytes, entry, err) != ENT_OK)
        return ent_context(err, "%s: entry %" PRIu64, side_names[side], seq);
    if (entry->seq != seq)
        return ent_fail(err, ENT_FORMAT, "%s: entry %" PRIu64 " says it is %" PRIu64,
                        side_names[side], seq, entry->seq);
    if (text != NULL)
        *text = bytes;
    return ENT_OK;
}

void link_path_frozen(const char *kind, const ent_hash *commitment, char path[LINK_PATH_SIZE])
{
    char hex[2 * ENT_HASH_SIZE + 1];

    ent_hex_write(commitment->bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(path, LINK_PATH_SIZE, "frozen/%s/%s", kind, hex);
}

ent_code link_file_read(const link_host *host, ent_arena *arena, link_side side, const char *kind,
                        const ent_hash *commitment, ent_str *content, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    ent_code rc;

    link_path_of(side, kind, commitment, path);
    rc = host->read(host->arg, arena, path, content, err);
    if (rc != ENT_NOT_FOUND || side != LINK_OUT)
        return rc;
    *err = (ent_err){ 0 };
    link_path_frozen(kind, commitment, path);
    return host->read(host->arg, arena, path, content, err);
}

/* The content key: our own copy, or the one sealed to us. */
static ent_code content_key(const link_host *host, ent_arena *arena, link_side side,
                            const ent_hash *commitment, uint8_t key[LINK_KEY_SIZE], ent_err *err)
{
    char path[LINK_PATH_SIZE];
    ent_str bytes;

    if (side == LINK_IN) {
        link_path_of(side, "key", commitment, path);
        ENT_TRY(host->read(host->arg, arena, path, &bytes, err));
        return host->unseal(host->arg, ent_span_of_str(bytes), key, err);
    }
    link_path_kept(commitment, path);
    ENT_TRY(host->read(host->arg, arena, path, &bytes, err));
    if (bytes.size != LINK_KEY_SIZE)
        return ent_fail(err, ENT_UNTRUSTED, "%s is no content key", path);
    memcpy(key, bytes.ptr, LINK_KEY_SIZE);
    return ENT_OK;
}

ent_code link_body_at(const link_host *host, ent_arena *arena, link_side side,
                      const link_entry *entry, ent_span *body, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    uint8_t key[LINK_KEY_SIZE];
    ent_str sealed;
    ent_code rc;

    ENT_TRY(link_file_read(host, arena, side, "key", &entry->body, &sealed, err));
    if (ent_str_is(sealed, LINK_ERASED))
        return ent_fail(err, ENT_NO, "the body of entry %" PRIu64 " was erased", entry->seq);
    ENT_TRY(link_file_read(host, arena, side, "body", &entry->body, &sealed, err));
    link_path_of(side, "body", &entry->body, path);
    ENT_TRY(content_key(host, arena, side, &entry->body, key, err));
    rc = link_body_open(arena, ent_span_of_str(sealed), key, &entry->body, body, err);
    sodium_memzero(key, sizeof key);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "entry %" PRIu64 ": %s", entry->seq, path);
}

ent_code link_body_erase(const link_host *host, link_side side, const ent_hash *commitment,
                         ent_err *err)
{
    char path[LINK_PATH_SIZE];

    /* The keys first: without them the body is noise. */
    link_path_of(side, "key", commitment, path);
    ENT_TRY(host->publish(host->arg, path, ENT_STR(LINK_ERASED), err));
    if (side == LINK_OUT) {
        link_path_kept(commitment, path);
        ENT_TRY(host->remove(host->arg, path, err));
        link_path_frozen("key", commitment, path);
        ENT_TRY(host->remove(host->arg, path, err));
        link_path_frozen("body", commitment, path);
        ENT_TRY(host->remove(host->arg, path, err));
    }
    link_path_of(side, "body", commitment, path);
    ENT_TRY(host->remove(host->arg, path, err));
    return host->sync(host->arg, err);
}

void link_partials_remove(const link_host *host, link_side side, uint64_t size, uint64_t now)
{
    static const int levels[] = { LEDGER_ENTRIES, 0, 1 };

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        uint64_t count = levels[i] < 1 ? size : size / LEDGER_TILE_WIDTH;
        uint64_t now_count = levels[i] < 1 ? now : now / LEDGER_TILE_WIDTH;
        char tile[LEDGER_TILE_PATH], path[LINK_PATH_SIZE];
        ent_err ignored = { 0 };

        if (count % LEDGER_TILE_WIDTH == 0 || count == now_count)
            continue;
        ledger_tile_path(levels[i], count / LEDGER_TILE_WIDTH,
                         (unsigned)(count % LEDGER_TILE_WIDTH), tile);
        link_path(side, tile, path);
        (void)host->remove(host->arg, path, &ignored);
    }
}

ent_code link_leavings_remove(const link_host *host, link_side side, uint64_t size, uint64_t now,
                              ent_err *err)
{
    static const int levels[] = { LEDGER_ENTRIES, 0, 1 };

    for (uint64_t s = size + 1; s < now; s++)
        for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
            uint64_t count = levels[i] < 1 ? s : s / LEDGER_TILE_WIDTH;
            char tile[LEDGER_TILE_PATH], path[LINK_PATH_SIZE];

            if (count % LEDGER_TILE_WIDTH == 0 ||
                (levels[i] == 1 &&
                 (s % LEDGER_TILE_WIDTH != 0 || count == now / LEDGER_TILE_WIDTH)))
                continue;
            ledger_tile_path(levels[i], count / LEDGER_TILE_WIDTH,
                             (unsigned)(count % LEDGER_TILE_WIDTH), tile);
            link_path(side, tile, path);
            ENT_TRY(host->remove(host->arg, path, err));
        }
    return ENT_OK;
}

ent_code link_evidence_keep(const link_host *host, ent_str note, ent_err *err)
{
    char hex[2 * ENT_HASH_SIZE + 1], path[LINK_PATH_SIZE];
    ent_hash hash = ent_hash_of(note.ptr, note.size);

    ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(path, sizeof path, "evidence/%s", hex);
    return host->publish(host->arg, path, note, err);
}
