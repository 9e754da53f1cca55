#include "node/suspend.h"

#include "base/text.h"
#include "desk/suspension.h"
#include "node/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* The key first: a body without it is noise. */
static const char *const kinds[] = { "key", "body" };

static ent_code failed(const char *what, const char *path, ent_err *err)
{
    return ent_fail(err, ENT_IO, "cannot %s '%s': %s", what, path, strerror(errno));
}

static ent_code folder_sync(const char *path, ent_err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        (void)close(fd);
    return good ? ENT_OK : failed("sync the folder", path, err);
}

/* ---- freezing ---- */

/* Puts back what a suspended peer still reads. */
static ent_code urgent_keep(node_link *link, ent_arena *arena, ent_err *err)
{
    ent_arena *one = ent_arena_new((size_t)4 << 20);
    link_head head = { 0 };
    ent_code rc;

    if (one == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to suspend a link");
    rc = link_head_read(&link->host, arena, LINK_OUT, &head, err);
    for (uint64_t seq = 0; rc == ENT_OK && seq < head.size; seq++) {
        link_entry entry;
        char hex[2 * ENT_HASH_SIZE + 1];

        ent_arena_reset(one);
        rc = link_entry_at(&link->host, one, LINK_OUT, seq, head.size, &entry, NULL, err);
        if (rc != ENT_OK || !link_kind_urgent(entry.kind))
            continue;
        ent_hex_write(entry.body.bytes, ENT_HASH_SIZE, hex);
        for (size_t k = 2; k > 0 && rc == ENT_OK; k--)
            if (rename(node_path(one, "%s/frozen/%s/%s", link->folder, kinds[k - 1], hex),
                       node_path(one, "%s/out/%s/%s", link->folder, kinds[k - 1], hex)) != 0 &&
                errno != ENOENT)
                rc = failed("put back", hex, err);
    }
    ent_arena_free(one);
    return rc;
}

static ent_code freeze(node_link *link, ent_arena *arena, ent_err *err)
{
    const char *out = node_path(arena, "%s/out", link->folder);
    const char *frozen = node_path(arena, "%s/frozen", link->folder);

    ENT_TRY(node_folder_make(frozen, err));
    for (size_t k = 0; k < 2; k++) {
        const char *from = node_path(arena, "%s/%s", out, kinds[k]);
        const char *to = node_path(arena, "%s/%s", frozen, kinds[k]);

        if (!node_file_exists(to) && rename(from, to) != 0 && errno != ENOENT)
            return failed("rename", from, err);
        ENT_TRY(node_folder_make(from, err));
    }
    ENT_TRY(folder_sync(out, err));
    ENT_TRY(folder_sync(frozen, err));
    return urgent_keep(link, arena, err);
}

/* ---- thawing ---- */

/* What was erased meanwhile has a word of its own in out/ and does not come back. */
static ent_code kind_thaw(node_link *link, ent_arena *arena, const char *kind, ent_err *err)
{
    const char *from = node_path(arena, "%s/frozen/%s", link->folder, kind);
    DIR *dir = opendir(from);
    ent_code rc = ENT_OK;

    if (dir == NULL)
        return errno == ENOENT ? ENT_OK : failed("read the folder", from, err);
    for (struct dirent *e = readdir(dir); e != NULL && rc == ENT_OK; e = readdir(dir)) {
        char source[4400], target[4400];

        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(source, sizeof source, "%s/%s", from, e->d_name);
        (void)snprintf(target, sizeof target, "%s/out/%s/%s", link->folder, kind, e->d_name);
        if (node_file_exists(target) ? unlink(source) != 0 : rename(source, target) != 0)
            rc = failed("rename", source, err);
    }
    (void)closedir(dir);
    if (rc == ENT_OK && rmdir(from) != 0)
        rc = failed("remove the folder", from, err);
    return rc == ENT_OK ? folder_sync(node_path(arena, "%s/out/%s", link->folder, kind), err) : rc;
}

static ent_code thaw(node_link *link, ent_arena *arena, ent_err *err)
{
    const char *frozen = node_path(arena, "%s/frozen", link->folder);

    if (!node_file_exists(frozen))
        return ENT_OK;
    for (size_t k = 2; k > 0; k--)
        ENT_TRY(kind_thaw(link, arena, kinds[k - 1], err));
    return rmdir(frozen) == 0 ? ENT_OK : failed("remove the folder", frozen, err);
}

ent_code node_suspend_settle(node_link *link, ent_arena *arena, ent_err *err)
{
    if (link->peer.state == NODE_PEER_SUSPENDED)
        return freeze(link, arena, err);
    return link->peer.state == NODE_PEER_CONFIRMED ? thaw(link, arena, err) : ENT_OK;
}

/* ---- the whole ---- */

static ent_code settle(node_desk *nd, ent_arena *arena, const char *code, node_peer *peer,
                       ent_err *err)
{
    node_link link;
    ent_code rc;

    ENT_TRY(node_link_open(arena, node_desk_home(nd), nd, code, &link, err));
    rc = node_link_lock(&link, arena, LINK_OUT, true, err);
    if (rc == ENT_OK)
        rc = node_suspend_settle(&link, arena, err);
    *peer = link.peer;
    node_link_close(&link);
    return rc;
}

static ent_code tell(node_desk *nd, ent_arena *arena, const node_peer *peer, bool suspended,
                     ent_str reason, ent_err *err)
{
    desk_peer to = { .code = peer->code, .name = peer->name };
    desk *d = node_desk_desk(nd);
    ent_code rc;

    memcpy(to.identity, peer->identity, sizeof to.identity);
    ENT_TRY(store_begin(d->store, err));
    rc = desk_suspension_say(d, arena, &to, suspended, reason, err);
    if (rc == ENT_OK)
        rc = store_commit(d->store, err);
    if (rc != ENT_OK) {
        store_rollback(d->store);
        return rc;
    }
    return node_desk_flush(nd, arena, err);
}

ent_code node_suspend(node_desk *nd, ent_arena *arena, const char *code, ent_str reason,
                      ent_err *err)
{
    node_peer peer;

    ENT_TRY(node_peer_suspend(arena, node_desk_home(nd), code, err));
    ENT_TRY(settle(nd, arena, code, &peer, err));
    return tell(nd, arena, &peer, true, reason, err);
}

/* The word that stopped the link goes to what it rests on. */
static ent_code stopped_clear(node_desk *nd, ent_arena *arena, const char *code, bool *was,
                              ent_err *err)
{
    const char *folder = node_path(arena, "%s/links/%s", node_desk_home(nd)->path, code);
    const char *path = node_path(arena, "%s/stopped", folder);
    ent_str why;

    *was = node_file_exists(path);
    if (!*was)
        return ENT_OK;
    ENT_TRY(node_file_read(arena, path, 65536, &why, err));
    ENT_TRY(node_file_write(node_path(arena, "%s/evidence/stopped-%lld", folder,
                                      (long long)(node_desk_desk(nd)->now / ENT_SECOND)),
                            ent_span_of_str(why), 0600, err));
    return node_file_remove(path, err);
}

ent_code node_resumed(node_desk *nd, ent_arena *arena, const char *code, ent_str reason,
                      ent_err *err)
{
    node_peer peer;

    ENT_TRY(settle(nd, arena, code, &peer, err));
    return tell(nd, arena, &peer, false, reason, err);
}

ent_code node_resume(node_desk *nd, ent_arena *arena, const char *code, ent_str reason,
                     ent_err *err)
{
    node_peer peer;
    bool stopped;

    ENT_TRY(node_peer_get(arena, node_desk_home(nd), code, &peer, err));
    ENT_TRY(stopped_clear(nd, arena, code, &stopped, err));
    if (peer.state == NODE_PEER_CONFIRMED && stopped)
        return ENT_OK; /* whoever works the link looks again after a while */
    ENT_TRY(node_peer_resume(arena, node_desk_home(nd), code, err));
    return node_resumed(nd, arena, code, reason, err);
}
