#include "link/lead.h"

#include <inttypes.h>

/* Leaf hashes that the signer takes in one request. */
#define LEAVES_MAX ((uint64_t)4096)

static ent_code leaves_read(const link_host *host, ent_arena *arena, link_side side, uint64_t from,
                            uint64_t to, uint64_t size, ent_hash **leaves, ent_err *err)
{
    link_folder folder = { host, side };
    ledger_files files = link_folder_files(&folder);
    ledger_tile_source tiles = { .files = &files, .arena = arena, .size = size };
    ledger_source source = ledger_tiles_source(&tiles);

    *leaves = ent_arena_array(arena, (size_t)(to - from) + 1, sizeof **leaves);
    if (*leaves == NULL)
        return ent_fail_arena(err);
    for (uint64_t i = from; i < to; i++)
        ENT_TRY(source.hash(source.arg, 0, i, &(*leaves)[i - from], err));
    return ENT_OK;
}

ent_code link_signer_at(const link_host *host, ent_arena *arena, link_side side, uint64_t guess,
                        uint64_t *at, ent_str *note, ent_err *err)
{
    uint64_t there = guess, ignored;
    ent_code rc = host->sign(host->arg, arena, side, guess, NULL, 0, note, &there, err);

    *at = there;
    if (rc != ENT_CONFLICT)
        return rc;
    *err = (ent_err){ 0 };
    return host->sign(host->arg, arena, side, there, NULL, 0, note, &ignored, err);
}

ent_code link_signer_lead(const link_host *host, ent_arena *arena, link_side side, uint64_t guess,
                          uint64_t size, ent_str *note, ent_err *err)
{
    uint64_t at, ignored;

    ENT_TRY(link_signer_at(host, arena, side, guess, &at, note, err));
    if (at > size)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%" PRIu64 " entries were %s and only %" PRIu64 " are there", at,
                        side == LINK_OUT ? "signed" : "cosigned", size);
    while (at < size) {
        uint64_t to = size - at > LEAVES_MAX ? at + LEAVES_MAX : size;
        ent_hash *leaves;

        ENT_TRY(leaves_read(host, arena, side, at, to, size, &leaves, err));
        ENT_TRY(
            host->sign(host->arg, arena, side, at, leaves, (size_t)(to - at), note, &ignored, err));
        at = to;
    }
    return ENT_OK;
}
