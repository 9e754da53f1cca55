#include "link/verify.h"

#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

/* A body sealed and open, and a bundle. */
#define STEP_MEMORY ((size_t)256 << 20)

typedef struct verifying {
    const link_host *host;
    link_side side;
    ent_arena *arena; /* of one step */
    uint64_t size, applied;
    ledger_frontier frontier;
    /* The tile that is being filled on each level, as the entries give it. */
    struct {
        ent_hash hashes[LEDGER_TILE_WIDTH];
        unsigned width;
        uint64_t index;
    } levels[LEDGER_TILE_LEVELS];
    link_verdict *verdict;
} verifying;

static ent_code file_fail(const char *path, ent_err *err)
{
    char why[ENT_ERR_MSG_MAX];

    (void)snprintf(why, sizeof why, "%s", err->msg);
    return ent_fail(err, ENT_UNTRUSTED, "%s is damaged or was changed: %.300s", path, why);
}

/* A leaf hash and its entry differ: which of the two was changed only people can tell. */
static ent_code leaf_fail(const verifying *v, const char *path, uint64_t first, unsigned width,
                          const ent_hash *hashes, const char *content, ent_err *err)
{
    char bundle[LEDGER_TILE_PATH];
    uint64_t at = first;

    for (unsigned i = 0;
         i < width && memcmp(hashes + i, content + i * sizeof *hashes, sizeof *hashes) == 0; i++)
        at++;
    ledger_tile_path_in(LEDGER_ENTRIES, at, v->size, bundle);
    return ent_fail(err, ENT_UNTRUSTED,
                    "%s or %.*s%s is damaged or was changed: entry %" PRIu64
                    " is not what its hash says",
                    path, (int)strcspn(path, "/") + 1, path, bundle, at);
}

/* Is the file at `path` exactly these hashes?  `must`: it has to be there. */
static ent_code tile_compare(const verifying *v, int level, uint64_t index, unsigned width,
                             const ent_hash *hashes, bool must, ent_err *err)
{
    char tile[LEDGER_TILE_PATH], path[LINK_PATH_SIZE];
    ent_str content;

    ledger_tile_path(level, index, width, tile);
    link_path(v->side, tile, path);
    if (v->host->read(v->host->arg, v->arena, path, &content, err) != ENT_OK) {
        if (err->code != ENT_NOT_FOUND || must)
            return file_fail(path, err);
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    if (content.size == width * sizeof *hashes && memcmp(content.ptr, hashes, content.size) == 0)
        return ENT_OK;
    if (level > 0 || content.size != width * sizeof *hashes)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%s is damaged or was changed: it is not what the entries give", path);
    return leaf_fail(v, path, index * LEDGER_TILE_WIDTH, width, hashes, content.ptr, err);
}

/* A tile is complete as far as the log goes: compare it and what is left of its past. */
static ent_code level_compare(verifying *v, int level, ent_err *err)
{
    unsigned width = v->levels[level].width;

    for (unsigned w = 1; w <= width; w++)
        ENT_TRY(tile_compare(v, level, v->levels[level].index, w, v->levels[level].hashes,
                             w == width, err));
    ent_arena_reset(v->arena);
    return ENT_OK;
}

static ent_hash tile_root(ent_hash *hashes)
{
    for (size_t n = LEDGER_TILE_WIDTH / 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++)
            hashes[i] = ledger_node_hash(&hashes[2 * i], &hashes[2 * i + 1]);
    return hashes[0];
}

static ent_code node_take(verifying *v, ent_hash node, ent_err *err)
{
    for (int level = 0; level < LEDGER_TILE_LEVELS; level++) {
        v->levels[level].hashes[v->levels[level].width++] = node;
        if (v->levels[level].width < LEDGER_TILE_WIDTH)
            return ENT_OK;
        ENT_TRY(level_compare(v, level, err));
        node = tile_root(v->levels[level].hashes);
        v->levels[level].width = 0;
        v->levels[level].index++;
    }
    return ENT_OK;
}

/* Does it seal this content key to one of these?  NO: to none. */
static ent_code sealed_to(const uint8_t (*boxes)[32], size_t count, const link_body_seed *seed,
                          ent_str sealed, ent_err *err)
{
    uint8_t again[LINK_SEALED_KEY_SIZE];

    for (size_t i = 0; i < count; i++) {
        ENT_TRY(link_key_seal(seed, boxes[i], again, err));
        if (sealed.size == sizeof again && memcmp(sealed.ptr, again, sizeof again) == 0)
            return ENT_OK;
    }
    return ENT_NO;
}

/* Was our own content key sealed to the peer as it lies there?  To a key that the peer has
 * replaced it may be until everything is sealed anew. */
static ent_code sealed_compare(const verifying *v, const ent_hash *commitment, ent_err *err)
{
    const link_host *host = v->host;
    char path[LINK_PATH_SIZE];
    link_body_seed seed;
    ent_str kept, sealed;
    ent_code rc;

    link_path_kept(commitment, path);
    if (host->read(host->arg, v->arena, path, &kept, err) != ENT_OK || kept.size != LINK_KEY_SIZE)
        return file_fail(path, err);
    link_path_of(LINK_OUT, "key", commitment, path);
    if (link_file_read(host, v->arena, LINK_OUT, "key", commitment, &sealed, err) != ENT_OK)
        return file_fail(path, err);
    memcpy(seed.content_key, kept.ptr, LINK_KEY_SIZE);
    link_body_seed_finish(&seed);
    rc = sealed_to(&host->peer_box, 1, &seed, sealed, err);
    if (rc == ENT_NO)
        rc = sealed_to(host->peer_boxes.key, host->peer_boxes.count, &seed, sealed, err);
    sodium_memzero(&seed, sizeof seed);
    if (rc == ENT_NO)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%s is damaged or was changed: it does not seal the body's key", path);
    return rc;
}

static ent_code body_check(verifying *v, const link_entry *entry, ent_err *err)
{
    ent_span body;
    ent_code rc = link_body_at(v->host, v->arena, v->side, entry, &body, err);

    if (rc == ENT_NO) {
        *err = (ent_err){ 0 };
        v->verdict->erased++;
        return ENT_OK;
    }
    if (rc == ENT_NOT_FOUND && entry->seq >= v->applied) {
        *err = (ent_err){ 0 };
        v->verdict->absent++;
        return ENT_OK;
    }
    if (rc == ENT_OK && v->side == LINK_OUT)
        return v->verdict->bodies++, sealed_compare(v, &entry->body, err);
    if (rc != ENT_OK) {
        char path[LINK_PATH_SIZE];

        link_path_of(v->side, "body", &entry->body, path);
        return file_fail(path, err);
    }
    v->verdict->bodies++;
    return ENT_OK;
}

/* The entries of one bundle, and what is left of its past. */
static ent_code bundle_check(verifying *v, uint64_t first, unsigned width, ent_str **entries,
                             ent_err *err)
{
    char tile[LEDGER_TILE_PATH], path[LINK_PATH_SIZE];
    ent_str bundle, past;
    size_t end = 0;

    ledger_tile_path(LEDGER_ENTRIES, first / LEDGER_TILE_WIDTH, width, tile);
    link_path(v->side, tile, path);
    if (v->host->read(v->host->arg, v->arena, path, &bundle, err) != ENT_OK ||
        ledger_bundle_read(v->arena, bundle, width, entries, err) != ENT_OK)
        return file_fail(path, err);
    for (unsigned w = 1; w < width; w++) {
        end += (*entries)[w - 1].size + 2;
        ledger_tile_path(LEDGER_ENTRIES, first / LEDGER_TILE_WIDTH, w, tile);
        link_path(v->side, tile, path);
        if (v->host->read(v->host->arg, v->arena, path, &past, err) != ENT_OK) {
            if (err->code != ENT_NOT_FOUND)
                return file_fail(path, err);
            *err = (ent_err){ 0 };
        } else if (past.size != end || memcmp(past.ptr, bundle.ptr, end) != 0) {
            return ent_fail(err, ENT_UNTRUSTED,
                            "%s is damaged or was changed: it differs from the later bundle", path);
        }
    }
    return ENT_OK;
}

static ent_code entry_check(verifying *v, uint64_t seq, ent_str text, link_entry *entry,
                            ent_err *err)
{
    ent_hash leaf = ledger_leaf_hash(text);

    ENT_TRY(link_entry_read(v->arena, text, entry, err));
    if (entry->seq != seq)
        return ent_fail(err, ENT_UNTRUSTED, "entry %" PRIu64 " says it is %" PRIu64, seq,
                        entry->seq);
    ENT_TRY(ledger_frontier_append(&v->frontier, &leaf, err));
    return ENT_OK;
}

/* One bundle: its entries, then their leaves in the tiles, then their bodies. */
static ent_code step(verifying *v, uint64_t first, ent_err *err)
{
    uint64_t left = v->size - first;
    unsigned width = left < LEDGER_TILE_WIDTH ? (unsigned)left : LEDGER_TILE_WIDTH;
    char tile[LEDGER_TILE_PATH], path[LINK_PATH_SIZE];
    link_entry entries[LEDGER_TILE_WIDTH];
    ent_hash leaves[LEDGER_TILE_WIDTH];
    ent_str *texts;

    ENT_TRY(bundle_check(v, first, width, &texts, err));
    ledger_tile_path(LEDGER_ENTRIES, first / LEDGER_TILE_WIDTH, width, tile);
    link_path(v->side, tile, path);
    for (unsigned i = 0; i < width; i++) {
        leaves[i] = ledger_leaf_hash(texts[i]);
        if (entry_check(v, first + i, texts[i], &entries[i], err) != ENT_OK)
            return file_fail(path, err);
    }
    ent_arena_reset(v->arena);
    for (unsigned i = 0; i < width; i++)
        ENT_TRY(node_take(v, leaves[i], err));
    /* Before the bodies, which are found by what the entries say. */
    if (width < LEDGER_TILE_WIDTH)
        ENT_TRY(level_compare(v, 0, err));
    for (unsigned i = 0; i < width; i++) {
        ENT_TRY(body_check(v, &entries[i], err));
        ent_arena_reset(v->arena);
    }
    v->verdict->entries += width;
    return ENT_OK;
}

static ent_code all_check(verifying *v, const link_head *head, ent_err *err)
{
    ent_hash root;

    for (uint64_t first = 0; first < v->size; first += LEDGER_TILE_WIDTH)
        ENT_TRY(step(v, first, err));
    for (int level = 1; level < LEDGER_TILE_LEVELS; level++)
        if (v->levels[level].width > 0)
            ENT_TRY(level_compare(v, level, err));
    root = ledger_frontier_root(&v->frontier);
    if (!ent_hash_equal(&root, &head->root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the entries do not lead to the signed root: one of them was changed");
    return ENT_OK;
}

ent_code link_verify(const link_host *host, link_side side, uint64_t applied, link_verdict *verdict,
                     ent_err *err)
{
    ent_arena *arena = ent_arena_new(STEP_MEMORY), *kept = ent_arena_new(STEP_MEMORY);
    verifying *v = kept == NULL ? NULL : ent_arena_alloc(kept, sizeof *v);
    link_head head, seen;
    ent_code rc;

    *verdict = (link_verdict){ 0 };
    if (arena == NULL || v == NULL) {
        rc = ent_fail(err, ENT_MEMORY, "no memory to verify a log");
        goto out;
    }
    *v = (verifying){
        .host = host, .side = side, .arena = arena, .applied = applied, .verdict = verdict
    };
    rc = link_head_read(host, kept, side, &head, err);
    if (rc == ENT_OK)
        rc = link_seen_read(host, kept, side, &seen, err);
    if (rc == ENT_FORMAT || rc == ENT_LIMIT || rc == ENT_UNTRUSTED)
        rc = file_fail("the signed head", err);
    if (rc == ENT_OK) {
        v->size = head.size;
        rc = all_check(v, &head, err);
    }
out:
    ent_arena_free(arena);
    ent_arena_free(kept);
    return rc;
}
