#include "node/status.h"

#include "node/files.h"
#include "node/link.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static ent_code one_count(void *arg, const store_doc *doc, ent_err *err)
{
    int64_t *count = arg;

    (void)doc;
    (void)err;
    *count += 1;
    return ENT_OK;
}

static ent_code position_read(ent_arena *arena, store *s, const char *peer, uint64_t *next,
                              ent_err *err)
{
    store_doc doc;

    *next = 0;
    if (store_doc_get(s, arena, "position", ent_str_of(peer), &doc, err) == ENT_OK) {
        *next = strtoull(doc.json.ptr, NULL, 10);
        return ENT_OK;
    }
    if (err->code != ENT_NOT_FOUND)
        return err->code;
    *err = (ent_err){ 0 };
    return ENT_OK;
}

static ent_code link_read(ent_arena *arena, const node_home *home, store *s,
                          node_link_status *status, ent_err *err)
{
    link_head head;
    node_link link;
    ent_str reason;

    ENT_TRY(node_link_open(arena, home, NULL, status->peer.code, &link, err));
    ENT_TRY(link_head_read(&link.host, arena, LINK_OUT, &head, err));
    status->out_size = head.size;
    ENT_TRY(link_seen_read(&link.host, arena, LINK_OUT, &head, err));
    status->out_seen = head.size;
    ENT_TRY(link_head_read(&link.host, arena, LINK_IN, &head, err));
    status->in_size = head.size;
    ENT_TRY(position_read(arena, s, status->peer.code, &status->in_applied, err));
    ENT_TRY(store_docs_each(s, "outbox", status->peer.code, "waiting", one_count, &status->waiting,
                            err));
    if (link.host.read(link.host.arg, arena, "stopped", &reason, err) == ENT_OK) {
        status->stopped = reason.ptr;
        return ENT_OK;
    }
    if (err->code != ENT_NOT_FOUND)
        return err->code;
    *err = (ent_err){ 0 };
    return ENT_OK;
}

static ent_code links_read(ent_arena *arena, const node_home *home, store *s, node_status *status,
                           ent_err *err)
{
    node_peer *peers;

    ENT_TRY(node_peer_list(arena, home, &peers, &status->link_count, err));
    status->links = ent_arena_array(arena, status->link_count + 1, sizeof *status->links);
    if (status->links == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < status->link_count; i++) {
        status->links[i].peer = peers[i];
        if (link_read(arena, home, s, &status->links[i], err) != ENT_OK)
            return ent_context(err, "the link to %s", peers[i].code);
    }
    return ENT_OK;
}

ent_code node_status_read(ent_arena *arena, const node_home *home, store *s, node_status *status,
                          ent_err *err)
{
    struct statvfs disk;

    *status = (node_status){ 0 };
    ENT_TRY(node_running_read(home, &status->running, err));
    ENT_TRY(store_count(s, NULL, &status->objects, err));
    ENT_TRY(store_count(s, "", &status->own_objects, err));
    ENT_TRY(holdings_derived_read(s, &status->derived, err));
    ENT_TRY(store_docs_each(s, "refused", NULL, "open", one_count, &status->refused, err));
    ENT_TRY(store_bytes(s, &status->store_bytes, err));
    if (statvfs(home->path, &disk) != 0)
        return ent_fail(err, ENT_IO, "cannot look at the disk of '%s': %s", home->path,
                        strerror(errno));
    status->disk_free = (int64_t)(disk.f_bavail * disk.f_frsize);
    status->disk_total = (int64_t)(disk.f_blocks * disk.f_frsize);
    return links_read(arena, home, s, status, err);
}
