#include "ledger/tile.h"

#include "base/buf.h"
#include "base/limits.h"

#include <inttypes.h>
#include <stdio.h>

void ledger_tile_path(int level, uint64_t index, unsigned width, char path[LEDGER_TILE_PATH])
{
    char groups[32] = "", one[8];
    size_t used;

    (void)snprintf(groups, sizeof groups, "%03u", (unsigned)(index % 1000));
    for (index /= 1000; index > 0; index /= 1000) {
        char longer[48];

        (void)snprintf(one, sizeof one, "x%03u", (unsigned)(index % 1000));
        (void)snprintf(longer, sizeof longer, "%.7s/%.23s", one, groups);
        memcpy(groups, longer, sizeof groups - 1);
    }
    if (level == LEDGER_ENTRIES)
        used = (size_t)snprintf(path, LEDGER_TILE_PATH, "tile/entries/%s", groups);
    else
        used = (size_t)snprintf(path, LEDGER_TILE_PATH, "tile/%d/%s", level, groups);
    if (width < LEDGER_TILE_WIDTH)
        (void)snprintf(path + used, LEDGER_TILE_PATH - used, ".p/%u", width);
}

/* How many nodes a level has in a log of `size` entries. */
static uint64_t level_count(int level, uint64_t size)
{
    return level <= 0 ? size : level >= LEDGER_TILE_LEVELS ? 0 : size >> (8 * level);
}

static unsigned width_of(uint64_t tile, uint64_t count)
{
    uint64_t left = count - tile * LEDGER_TILE_WIDTH;

    return left > LEDGER_TILE_WIDTH ? LEDGER_TILE_WIDTH : (unsigned)left;
}

void ledger_tile_path_in(int level, uint64_t at, uint64_t size, char path[LEDGER_TILE_PATH])
{
    uint64_t tile = at / LEDGER_TILE_WIDTH;

    ledger_tile_path(level, tile, width_of(tile, level_count(level, size)), path);
}

ent_code ledger_bundle_read(ent_arena *arena, ent_str bundle, unsigned count, ent_str **entries,
                            ent_err *err)
{
    const uint8_t *p = (const uint8_t *)bundle.ptr;
    size_t at = 0;

    *entries = ent_arena_array(arena, count, sizeof **entries);
    if (*entries == NULL)
        return ent_fail_arena(err);
    for (unsigned i = 0; i < count; i++) {
        size_t size;

        if (bundle.size - at < 2)
            return ent_fail(err, ENT_FORMAT,
                            "an entry bundle ends before entry %u of %u [C2SP tlog-tiles]", i,
                            count);
        size = (size_t)p[at] << 8 | p[at + 1];
        at += 2;
        if (bundle.size - at < size)
            return ent_fail(err, ENT_FORMAT,
                            "an entry bundle ends within entry %u of %u [C2SP tlog-tiles]", i,
                            count);
        (*entries)[i] = (ent_str){ bundle.ptr + at, size };
        at += size;
    }
    if (at != bundle.size)
        return ent_fail(err, ENT_FORMAT,
                        "an entry bundle has %zu bytes behind its %u entries [C2SP tlog-tiles]",
                        bundle.size - at, count);
    return ENT_OK;
}

/* Appends `items` (each of them bytes) to the tiles of one level. */
static ent_code level_append(const ledger_files *files, ent_arena *arena, int level, uint64_t count,
                             const ent_str *items, uint64_t added, ent_err *err)
{
    uint64_t tile = count / LEDGER_TILE_WIDTH, end = count + added;
    unsigned width = (unsigned)(count % LEDGER_TILE_WIDTH);
    char path[LEDGER_TILE_PATH];
    ent_str content = { "", 0 };

    if (width > 0) {
        ledger_tile_path(level, tile, width, path);
        if (files->read(files->arg, arena, path, &content, err) != ENT_OK)
            return ent_context(err, "%s", path);
    }
    for (uint64_t next = 0; next < added; tile++) {
        unsigned full = width_of(tile, end);
        ent_buf buf;

        ent_buf_init(&buf, arena);
        ent_buf_str(&buf, content);
        for (; width < full; width++)
            ent_buf_str(&buf, items[next++]);
        ENT_TRY(ent_buf_done(&buf, &content, err));
        ledger_tile_path(level, tile, full, path);
        ENT_TRY(files->write(files->arg, path, content, err));
        content = (ent_str){ "", 0 };
        width = 0;
    }
    return ENT_OK;
}

/* The root of a whole tile: 256 hashes, folded pairwise. */
static ent_hash tile_root(const ent_hash *hashes)
{
    ent_hash sums[LEDGER_TILE_WIDTH];

    memcpy(sums, hashes, sizeof sums);
    for (size_t n = LEDGER_TILE_WIDTH / 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++)
            sums[i] = ledger_node_hash(&sums[2 * i], &sums[2 * i + 1]);
    return sums[0];
}

/* The hashes of a tile of a level, all `width` of them, in the arena. */
static ent_code tile_read(const ledger_files *files, ent_arena *arena, int level, uint64_t tile,
                          unsigned width, const ent_hash **hashes, ent_err *err)
{
    char path[LEDGER_TILE_PATH];
    ent_str content;
    ent_code rc;

    ledger_tile_path(level, tile, width, path);
    rc = files->read(files->arg, arena, path, &content, err);
    if (rc != ENT_OK)
        return (void)ent_context(err, "%s", path), rc;
    if (content.size != (size_t)width * ENT_HASH_SIZE)
        return ent_fail(err, ENT_FORMAT, "%s has %zu bytes instead of %u hashes [C2SP tlog-tiles]",
                        path, content.size, width);
    *hashes = (const ent_hash *)(const void *)content.ptr; /* bytes all */
    return ENT_OK;
}

/* The nodes that a level gains: roots of the tiles below that became full. */
static ent_code level_gain(const ledger_files *files, ent_arena *arena, int level, uint64_t from,
                           uint64_t to, ent_hash **nodes, ent_err *err)
{
    const ent_hash *below;

    *nodes = ent_arena_array(arena, (size_t)(to - from), sizeof **nodes);
    if (*nodes == NULL)
        return ent_fail_arena(err);
    for (uint64_t i = from; i < to; i++) {
        ENT_TRY(tile_read(files, arena, level - 1, i, LEDGER_TILE_WIDTH, &below, err));
        (*nodes)[i - from] = tile_root(below);
    }
    return ENT_OK;
}

static ent_code hashes_append(const ledger_files *files, ent_arena *arena, int level,
                              uint64_t count, const ent_hash *nodes, size_t added, ent_err *err)
{
    ent_str *items = ent_arena_array(arena, added, sizeof *items);

    if (items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < added; i++)
        items[i] = (ent_str){ (const char *)nodes[i].bytes, ENT_HASH_SIZE };
    return level_append(files, arena, level, count, items, added, err);
}

static ent_code entries_append(const ledger_files *files, ent_arena *arena, uint64_t size,
                               const ent_str *entries, size_t count, ent_err *err)
{
    ent_str *items = ent_arena_array(arena, count, sizeof *items);

    if (items == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < count; i++) {
        char *item = ent_arena_alloc(arena, entries[i].size + 2);

        if (entries[i].size > ENT_LIMIT_ENTRY_SIZE)
            return ent_fail(err, ENT_LIMIT,
                            "an entry has %zu bytes, more than %d [C2SP tlog-tiles]",
                            entries[i].size, ENT_LIMIT_ENTRY_SIZE);
        if (item == NULL)
            return ent_fail_arena(err);
        item[0] = (char)(entries[i].size >> 8);
        item[1] = (char)(entries[i].size & 0xff);
        memcpy(item + 2, entries[i].ptr, entries[i].size);
        items[i] = (ent_str){ item, entries[i].size + 2 };
    }
    return level_append(files, arena, LEDGER_ENTRIES, size, items, count, err);
}

ent_code ledger_tiles_append(const ledger_files *files, ent_arena *arena, uint64_t size,
                             const ent_str *entries, size_t count, ent_err *err)
{
    ent_hash *nodes = ent_arena_array(arena, count, sizeof *nodes);

    if (nodes == NULL)
        return ent_fail_arena(err);
    ENT_TRY(entries_append(files, arena, size, entries, count, err));
    for (size_t i = 0; i < count; i++)
        nodes[i] = ledger_leaf_hash(entries[i]);
    ENT_TRY(hashes_append(files, arena, 0, size, nodes, count, err));
    for (int level = 1; level < LEDGER_TILE_LEVELS; level++) {
        uint64_t from = level_count(level, size), to = level_count(level, size + count);

        if (from == to)
            break;
        ENT_TRY(level_gain(files, arena, level, from, to, &nodes, err));
        ENT_TRY(hashes_append(files, arena, level, from, nodes, (size_t)(to - from), err));
    }
    return ENT_OK;
}

/* Reads the bundle in which entry `index` is: of so many entries. */
static ent_code bundle_of(const ledger_files *files, ent_arena *arena, uint64_t index,
                          uint64_t size, ent_str *bundle, unsigned *width, ent_err *err)
{
    char path[LEDGER_TILE_PATH];

    if (index >= size)
        return ent_fail(err, ENT_NOT_FOUND, "entry %" PRIu64 " is not in a log of %" PRIu64, index,
                        size);
    *width = width_of(index / LEDGER_TILE_WIDTH, size);
    ledger_tile_path_in(LEDGER_ENTRIES, index, size, path);
    return files->read(files->arg, arena, path, bundle, err) == ENT_OK
               ? ENT_OK
               : ent_context(err, "%s", path);
}

static ent_code bundle_wrong(uint64_t index, uint64_t size, ent_err *err)
{
    char path[LEDGER_TILE_PATH];

    ledger_tile_path_in(LEDGER_ENTRIES, index, size, path);
    return ent_context(err, "%s", path);
}

ent_code ledger_tiles_entries(const ledger_files *files, ent_arena *arena, uint64_t index,
                              uint64_t size, ent_str **entries, size_t *count, ent_err *err)
{
    size_t first = (size_t)(index % LEDGER_TILE_WIDTH);
    unsigned width = 0;
    ent_str bundle;

    ENT_TRY(bundle_of(files, arena, index, size, &bundle, &width, err));
    if (ledger_bundle_read(arena, bundle, width, entries, err) != ENT_OK)
        return bundle_wrong(index, size, err);
    *entries += first;
    *count = width - first;
    return ENT_OK;
}

ent_code ledger_tiles_entry(const ledger_files *files, ent_arena *arena, uint64_t index,
                            uint64_t size, ent_str *entry, ent_err *err)
{
    ent_str bundle, *entries;
    unsigned width = 0;

    ENT_TRY(bundle_of(files, arena, index, size, &bundle, &width, err));
    if (ledger_bundle_read(arena, bundle, width, &entries, err) != ENT_OK)
        return bundle_wrong(index, size, err);
    *entry = entries[index % LEDGER_TILE_WIDTH];
    return ENT_OK;
}

/* A way to the root has up to eight hashes of one tile, side by side. */
static ent_code source_tile(ledger_tile_source *source, int level, uint64_t tile,
                            const ent_hash **hashes, ent_err *err)
{
    uint64_t count = level_count(level, source->size);

    if (source->kept[level].hashes == NULL || source->kept[level].tile != tile) {
        source->kept[level].hashes = NULL;
        ENT_TRY(tile_read(source->files, source->arena, level, tile, width_of(tile, count),
                          &source->kept[level].hashes, err));
        source->kept[level].tile = tile;
    }
    *hashes = source->kept[level].hashes;
    return ENT_OK;
}

/* A subtree's root is in the tile level level/8, or folds from a few hashes there. */
static ent_code source_hash(void *arg, unsigned level, uint64_t index, ent_hash *hash, ent_err *err)
{
    ledger_tile_source *source = arg;
    int tile_level = (int)(level / 8);
    uint64_t span = UINT64_C(1) << (level % 8), first = index * span;
    ent_hash sums[LEDGER_TILE_WIDTH / 2];
    const ent_hash *hashes;

    if (first + span > level_count(tile_level, source->size))
        return ent_fail(err, ENT_FORMAT,
                        "subtree %" PRIu64 " of height %u is not in a log of %" PRIu64, index,
                        level, source->size);
    ENT_TRY(source_tile(source, tile_level, first / LEDGER_TILE_WIDTH, &hashes, err));
    memcpy(sums, hashes + first % LEDGER_TILE_WIDTH, span * sizeof *sums);
    for (; span > 1; span /= 2)
        for (uint64_t i = 0; i < span / 2; i++)
            sums[i] = ledger_node_hash(&sums[2 * i], &sums[2 * i + 1]);
    *hash = sums[0];
    return ENT_OK;
}

ledger_source ledger_tiles_source(ledger_tile_source *source)
{
    return (ledger_source){ source_hash, source };
}

ent_code ledger_tiles_frontier(const ledger_files *files, ent_arena *arena, uint64_t size,
                               ledger_frontier *frontier, ent_err *err)
{
    ledger_tile_source source = { .files = files, .arena = arena, .size = size };
    uint64_t start = 0;
    size_t at = 0;

    ledger_frontier_init(frontier);
    for (unsigned level = 63; level < 64; level--) {
        uint64_t span = UINT64_C(1) << level;

        if ((size & span) == 0)
            continue;
        ENT_TRY(source_hash(&source, level, start >> level, &frontier->subtrees[at++], err));
        start += span;
    }
    frontier->size = size;
    return ENT_OK;
}
