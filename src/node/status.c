#include "node/status.h"

#include "ledger/checkpoint.h"
#include "node/files.h"
#include "node/linklog.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define REASON_LIMIT ((size_t)4096)

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

static ent_code link_read(ent_arena *arena, const node_home *home, store *s, node_link_status *link,
                          ent_err *err)
{
    const char *folder = node_path(arena, "%s/links/%s", home->path, link->peer.code);
    char out[NODE_ORIGIN_SIZE], in[NODE_ORIGIN_SIZE];
    ent_str reason;
    ent_hash root;

    node_origin(home->identity, link->peer.identity, out);
    node_origin(link->peer.identity, home->identity, in);
    ENT_TRY(node_head_read(arena, node_path(arena, "%s/out", folder), out, home->identity,
                           &link->out_size, &root, NULL, err));
    ENT_TRY(node_head_read(arena, node_path(arena, "%s/in", folder), in, link->peer.identity,
                           &link->in_size, &root, NULL, err));
    ENT_TRY(node_cosigned_read(arena, node_path(arena, "%s/in", folder), out, link->peer.identity,
                               &link->out_seen, err));
    ENT_TRY(position_read(arena, s, link->peer.code, &link->in_applied, err));
    ENT_TRY(
        store_docs_each(s, "outbox", link->peer.code, "waiting", one_count, &link->waiting, err));
    if (node_file_read(arena, node_path(arena, "%s/stopped", folder), REASON_LIMIT, &reason, err) ==
        ENT_OK) {
        link->stopped = reason.ptr;
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

static int64_t file_size(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

ent_code node_status_read(ent_arena *arena, const node_home *home, store *s, node_status *status,
                          ent_err *err)
{
    const char *path = node_path(arena, "%s/holdings.db", home->path);
    struct statvfs disk;

    *status = (node_status){ 0 };
    ENT_TRY(node_running_read(home, &status->running, err));
    ENT_TRY(store_count(s, NULL, &status->objects, err));
    ENT_TRY(store_count(s, "", &status->own_objects, err));
    ENT_TRY(store_docs_each(s, "refused", NULL, "open", one_count, &status->refused, err));
    status->store_bytes = file_size(path) + file_size(node_path(arena, "%s-wal", path));
    if (statvfs(home->path, &disk) != 0)
        return ent_fail(err, ENT_IO, "cannot look at the disk of '%s': %s", home->path,
                        strerror(errno));
    status->disk_free = (int64_t)(disk.f_bavail * disk.f_frsize);
    status->disk_total = (int64_t)(disk.f_blocks * disk.f_frsize);
    return links_read(arena, home, s, status, err);
}
