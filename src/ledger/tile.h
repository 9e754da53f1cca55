/*
 * ledger/tile -- a log as a folder of files that never change (C2SP tlog-tiles).
 *
 *     tile/entries/<N>[.p/<W>]   256 entries, each behind its size in 16 bits
 *     tile/<L>/<N>[.p/<W>]       256 hashes: the roots of the tiles of level L-1
 *
 * N is written in groups of three digits (x001/x234/067).  A tile that is not full
 * is named with its width W and is replaced, under a new name, as the log grows.
 * Any static file server serves a log, and any tlog-tiles client reads it.
 *
 * Files are reached through two callbacks, so that this runs over a folder, a
 * spool, or memory in tests.  What is read is checked for its form here; whether it
 * is true only a root says.  Appending n entries costs n hashes and, for each
 * level, one tile read and the tiles that changed written.
 */
#ifndef ENT_LEDGER_TILE_H
#define ENT_LEDGER_TILE_H

#include "ledger/tree.h"

#include "base/arena.h"

#define LEDGER_TILE_WIDTH  256
#define LEDGER_TILE_PATH   64
#define LEDGER_TILE_LEVELS 8
#define LEDGER_ENTRIES     (-1) /* the level of entry bundles */

typedef struct ledger_files {
    /* NOT_FOUND if there is no such file. */
    ent_code (*read)(void *arg, ent_arena *arena, const char *path, ent_str *content, ent_err *err);
    ent_code (*write)(void *arg, const char *path, ent_str content, ent_err *err);
    void *arg;
} ledger_files;

/* `width` is 1 to 256. */
void ledger_tile_path(int level, uint64_t index, unsigned width, char path[LEDGER_TILE_PATH]);

/* The bundle or tile that holds position `at` in a log of `size` entries, at its
 * present width. */
void ledger_tile_path_in(int level, uint64_t at, uint64_t size, char path[LEDGER_TILE_PATH]);

/* Splits a bundle into its entries (borrowed from it), exactly `count` of them.
 * FORMAT  truncated, or fewer or more */
ENT_MUST_USE ent_code ledger_bundle_read(ent_arena *arena, ent_str bundle, unsigned count,
                                         ent_str **entries, ent_err *err);

/* Writes what changes when `count` entries are appended to a log of `size`.
 * LIMIT  an entry is larger than ENTRY_SIZE */
ENT_MUST_USE ent_code ledger_tiles_append(const ledger_files *files, ent_arena *arena,
                                          uint64_t size, const ent_str *entries, size_t count,
                                          ent_err *err);

/* The entries of a log of `size` from `index` to the end of their bundle. */
ENT_MUST_USE ent_code ledger_tiles_entries(const ledger_files *files, ent_arena *arena,
                                           uint64_t index, uint64_t size, ent_str **entries,
                                           size_t *count, ent_err *err);

/* Entry `index` of a log of `size` entries. */
ENT_MUST_USE ent_code ledger_tiles_entry(const ledger_files *files, ent_arena *arena,
                                         uint64_t index, uint64_t size, ent_str *entry,
                                         ent_err *err);

/* Hashes for proofs, out of the tiles of a log of `size` entries.  The last tile read of each level
 * is kept, in the arena: the others of a proof lie in it, or in few more. */
typedef struct ledger_tile_source {
    const ledger_files *files;
    ent_arena *arena;
    uint64_t size;
    struct {
        const ent_hash *hashes; /* NULL: none */
        uint64_t tile;
    } kept[LEDGER_TILE_LEVELS];
} ledger_tile_source;
ledger_source ledger_tiles_source(ledger_tile_source *source);

/* The frontier of a log of `size` entries, from its tiles. */
ENT_MUST_USE ent_code ledger_tiles_frontier(const ledger_files *files, ent_arena *arena,
                                            uint64_t size, ledger_frontier *frontier, ent_err *err);

#endif
