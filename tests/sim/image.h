/* One end of a link at a moment -- its files and what its signer remembers -- to be set back
 * to later: an old disk, or a past that is told anew. */
#ifndef ENT_SIM_IMAGE_H
#define ENT_SIM_IMAGE_H

#include "sim/federation.h"

typedef struct image {
    fed_file *files;
    ledger_frontier signer[2];
} image;

static inline void image_files_free(fed_file *files)
{
    for (size_t i = 0; i < FED_FILES; i++) {
        free(files[i].bytes);
        free(files[i].before);
    }
    free(files);
}

static inline fed_file *image_files_copy(const fed_file *files)
{
    fed_file *copy = calloc(FED_FILES, sizeof *copy);

    assert_non_null(copy);
    for (size_t i = 0; i < FED_FILES; i++) {
        if (files[i].path[0] == '\0')
            continue;
        copy[i] = files[i];
        copy[i].unsynced = false;
        copy[i].before = NULL;
        if (files[i].bytes == NULL)
            continue;
        copy[i].bytes = malloc(files[i].size + 1);
        assert_non_null(copy[i].bytes);
        memcpy(copy[i].bytes, files[i].bytes, files[i].size);
    }
    return copy;
}

static inline image image_take(const fed_end *end)
{
    image taken = { .files = image_files_copy(end->files) };

    memcpy(taken.signer, end->signer, sizeof taken.signer);
    return taken;
}

/* Sets the end back; the image is used up. */
static inline void image_set(fed_end *end, image *taken)
{
    image_files_free(end->files);
    end->files = taken->files;
    end->dirty_count = 0;
    memcpy(end->signer, taken->signer, sizeof end->signer);
}

/* Signs whatever stands in these entries, as a thief of its key can. */
static inline void image_forge(fed_end *end, const ent_str *entries, size_t count)
{
    link_folder folder = { &end->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    ent_err err = { 0 };

    for (size_t i = 0; i < count; i++) {
        ent_hash leaf = ledger_leaf_hash(entries[i]);
        uint64_t at, size = end->signer[LINK_OUT].size;
        ent_str note;

        CHECK_OK(ledger_tiles_append(&files, arena, size, &entries[i], 1, &err), &err);
        CHECK_OK(fed_sign(end, arena, LINK_OUT, size, &leaf, 1, &note, &at, &err), &err);
        fed_put(end, "out/checkpoint", note);
    }
    ent_arena_free(arena);
}

#endif
