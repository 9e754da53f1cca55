#include "link/cosign.h"

#include "link/lead.h"

ent_code link_cosignature_read(const link_host *host, ent_arena *arena, link_side side,
                               link_head *head, ent_err *err)
{
    ent_code rc = link_seen_read(host, arena, side, head, err);

    if (rc != ENT_UNTRUSTED && rc != ENT_FORMAT && rc != ENT_LIMIT)
        return rc;
    *err = (ent_err){ 0 };
    *head = (link_head){ .root = ent_hash_of("", 0) };
    return ENT_OK;
}

ent_code link_cosignature_prepare(const link_host *host, ent_arena *arena, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    link_head seen;
    ent_str note;
    uint64_t at;

    ENT_TRY(link_cosignature_read(host, arena, LINK_IN, &seen, err));
    ENT_TRY(link_signer_at(host, arena, LINK_IN, seen.size, &at, &note, err));
    /* Less than is there: its memory was set back, and the next pull leads it along. */
    if (at < seen.size || (at == 0 && seen.note.ptr == NULL) ||
        (at == seen.size && seen.note.ptr != NULL && !seen.replaced))
        return ENT_OK;
    link_path(LINK_OUT, "cosignature", path);
    return host->publish(host->arg, path, note, err);
}
