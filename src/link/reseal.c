#include "link/reseal.h"

#include <sodium.h>

#define SCAN_MEMORY ((size_t)64 << 20)

/* Where the sealed key of an entry is.  NO: it was erased, or never came. */
static ent_code place_find(const link_host *host, ent_arena *arena, link_side side,
                           const ent_hash *commitment, char path[LINK_PATH_SIZE], ent_str *there,
                           ent_err *err)
{
    ent_code rc;

    link_path_of(side, "key", commitment, path);
    rc = host->read(host->arg, arena, path, there, err);
    if (rc == ENT_NOT_FOUND && side == LINK_OUT) {
        *err = (ent_err){ 0 };
        link_path_frozen("key", commitment, path);
        rc = host->read(host->arg, arena, path, there, err);
    }
    if (rc != ENT_OK && rc != ENT_NOT_FOUND)
        return rc;
    *err = (ent_err){ 0 };
    return rc == ENT_OK && !ent_str_is(*there, LINK_ERASED) ? ENT_OK : ENT_NO;
}

/* NO: we cannot have it, as what it opens was erased or is for another. */
static ent_code content_key(const link_host *host, ent_arena *arena, link_side side,
                            const ent_hash *commitment, ent_str sealed, uint8_t key[LINK_KEY_SIZE],
                            ent_err *err)
{
    char path[LINK_PATH_SIZE];
    ent_str kept;
    ent_code rc;

    if (side == LINK_IN) {
        rc = host->unseal(host->arg, ent_span_of_str(sealed), key, err);
    } else {
        link_path_kept(commitment, path);
        rc = host->read(host->arg, arena, path, &kept, err);
        if (rc == ENT_OK && kept.size != LINK_KEY_SIZE)
            rc = ENT_UNTRUSTED;
        if (rc == ENT_OK)
            memcpy(key, kept.ptr, LINK_KEY_SIZE);
    }
    if (rc != ENT_NOT_FOUND && rc != ENT_UNTRUSTED)
        return rc;
    *err = (ent_err){ 0 }; /* `log verify` says what is wrong with it */
    return ENT_NO;
}

static ent_code entry_reseal(const link_host *host, ent_arena *arena, link_side side,
                             const ent_hash *commitment, const uint8_t box[LINK_KEY_SIZE],
                             uint64_t *sealed, ent_err *err)
{
    uint8_t again[LINK_SEALED_KEY_SIZE];
    char path[LINK_PATH_SIZE];
    link_body_seed seed;
    ent_str there;
    ent_code rc;

    rc = place_find(host, arena, side, commitment, path, &there, err);
    if (rc == ENT_OK)
        rc = content_key(host, arena, side, commitment, there, seed.content_key, err);
    if (rc != ENT_OK)
        return rc == ENT_NO ? ENT_OK : rc;
    link_body_seed_finish(&seed);
    rc = link_key_seal(&seed, box, again, err);
    sodium_memzero(&seed, sizeof seed);
    if (rc != ENT_OK || (there.size == sizeof again && memcmp(there.ptr, again, there.size) == 0))
        return rc;
    *sealed += 1;
    return host->write(host->arg, path, (ent_str){ (const char *)again, sizeof again }, err);
}

ent_code link_reseal(const link_host *host, link_side side, const uint8_t box[LINK_KEY_SIZE],
                     uint64_t *sealed, ent_err *err)
{
    ent_arena *arena = ent_arena_new(SCAN_MEMORY);
    link_head head = { 0 };
    ent_code rc;

    *sealed = 0;
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to seal a log anew");
    rc = link_head_read(host, arena, side, &head, err);
    for (uint64_t seq = 0; rc == ENT_OK && seq < head.size; seq++) {
        link_entry entry;

        ent_arena_reset(arena);
        rc = link_entry_at(host, arena, side, seq, head.size, &entry, NULL, err);
        if (rc == ENT_OK)
            rc = entry_reseal(host, arena, side, &entry.body, box, sealed, err);
    }
    ent_arena_free(arena);
    return rc == ENT_OK ? host->sync(host->arg, err) : rc;
}
