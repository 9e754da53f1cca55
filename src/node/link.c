#include "node/link.h"

#include "base/limits.h"
#include "desk/suspension.h"
#include "link/cosign.h"
#include "node/box.h"
#include "node/files.h"
#include "node/journal.h"
#include "node/keys.h"
#include "node/renew.h"
#include "node/suspend.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

/* Nothing in a link's folder is larger: a sealed body, a bundle of entries. */
#define FILE_LIMIT   ((size_t)ENT_LIMIT_BODY_SIZE + LINK_BODY_OVERHEAD)
#define ROUND_MEMORY ((size_t)4 << 20)
#define STEP_MEMORY  ((size_t)1 << 30)

/* ---- the host of src/link ---- */

static bool full_path(const node_link *link, const char *path, char full[4096])
{
    int size = snprintf(full, 4096, "%s/%s", link->folder, path);

    return size > 0 && size < 4096;
}

static ent_code host_read(void *arg, ent_arena *arena, const char *path, ent_str *content,
                          ent_err *err)
{
    char full[4096];

    if (!full_path(arg, path, full))
        return ent_fail(err, ENT_LIMIT, "the path of '%s' is too long", path);
    return node_file_read(arena, full, FILE_LIMIT, content, err);
}

static ent_code batch_of(node_link *link, ent_err *err)
{
    return link->batch != NULL ? ENT_OK : node_batch_new(&link->batch, err);
}

static ent_code host_write(void *arg, const char *path, ent_str content, ent_err *err)
{
    node_link *link = arg;
    char full[4096];

    if (!full_path(arg, path, full))
        return ent_fail(err, ENT_LIMIT, "the path of '%s' is too long", path);
    ENT_TRY(batch_of(link, err));
    return node_batch_write(link->batch, full, ent_span_of_str(content), 0600, err);
}

static ent_code host_remove(void *arg, const char *path, ent_err *err)
{
    node_link *link = arg;
    char full[4096];

    if (!full_path(arg, path, full))
        return ent_fail(err, ENT_LIMIT, "the path of '%s' is too long", path);
    ENT_TRY(batch_of(link, err));
    return node_batch_remove(link->batch, full, err);
}

static ent_code host_sync(void *arg, ent_err *err)
{
    node_link *link = arg;

    return link->batch == NULL ? ENT_OK : node_batch_sync(link->batch, err);
}

static ent_code host_publish(void *arg, const char *path, ent_str content, ent_err *err)
{
    char full[4096];

    if (!full_path(arg, path, full))
        return ent_fail(err, ENT_LIMIT, "the path of '%s' is too long", path);
    return node_file_write(full, ent_span_of_str(content), 0600, err);
}

static ent_code host_sign(void *arg, ent_arena *arena, link_side side, uint64_t size,
                          const ent_hash *leaves, size_t count, ent_str *note, uint64_t *at,
                          ent_err *err)
{
    const node_link *link = arg;
    node_sign_head head = { .origin =
                                side == LINK_OUT ? link->host.out_origin : link->host.in_origin,
                            .size = size,
                            .leaves = leaves,
                            .count = count,
                            .cosign = side == LINK_IN };
    node_signer *signer;

    if (link->nd == NULL)
        return ent_fail(err, ENT_BUG, "a link that was opened for reading signs nothing");
    ENT_TRY(node_desk_signer(link->nd, &signer, err));
    head.now = node_desk_desk(link->nd)->now;
    return node_signer_head(signer, arena, &head, note, at, err);
}

static void host_random(void *arg, void *bytes, size_t size)
{
    (void)arg;
    randombytes_buf(bytes, size);
}

static ent_code host_unseal(void *arg, ent_span sealed_key, uint8_t content_key[LINK_KEY_SIZE],
                            ent_err *err)
{
    const node_link *link = arg;

    if (node_box_open(link->home, sealed_key, content_key, LINK_KEY_SIZE, err) != ENT_OK)
        return ent_context(err, "the body's key");
    return ENT_OK;
}

static ent_code apply_in(node_link *link, ent_arena *arena, const link_entry *entry, ent_span body,
                         ent_err *err)
{
    desk *d = node_desk_desk(link->nd);
    uint64_t next;

    ENT_TRY(desk_position(d, arena, link->peer.code, &next, err));
    if (next > entry->seq)
        return ENT_OK; /* another process was faster */
    return desk_receive(d, arena, link->peer.code, entry, body, err);
}

static ent_code ahead_in(node_link *link, ent_arena *arena, const link_entry *entry, ent_span body,
                         ent_err *err)
{
    return desk_receive_ahead(node_desk_desk(link->nd), arena, link->peer.code, entry, body, err);
}

/* Applying and moving the position are one transaction. */
static ent_code apply_durably(node_link *link, ent_arena *arena, const link_entry *entry,
                              ent_span body, bool ahead, ent_err *err)
{
    store *s = node_desk_desk(link->nd)->store;
    ent_code rc;

    ENT_TRY(store_begin(s, err));
    rc = (ahead ? ahead_in : apply_in)(link, arena, entry, body, err);
    return store_end(s, rc, err);
}

static ent_code host_apply(void *arg, ent_arena *arena, const link_entry *entry, ent_span body,
                           ent_err *err)
{
    node_link *link = arg;

    ENT_TRY(apply_durably(link, arena, entry, body, false, err));
    link->position = entry->seq + 1;
    return ENT_OK;
}

static ent_code host_ahead(void *arg, ent_arena *arena, const link_entry *entry, ent_span body,
                           ent_err *err)
{
    return apply_durably(arg, arena, entry, body, true, err);
}

/* A question to the desk, in memory of its own. */
static ent_code desk_ask(node_link *link, uint64_t *next, bool *suspended, ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROUND_MEMORY);
    desk *d = node_desk_desk(link->nd);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to pull");
    rc = next != NULL ? desk_ahead_position(d, arena, link->peer.code, next, err)
                      : desk_suspended(d, arena, link->peer.code, suspended, err);
    ent_arena_free(arena);
    return rc;
}

static ent_code host_ahead_position(void *arg, uint64_t *next, ent_err *err)
{
    return desk_ask(arg, next, NULL, err);
}

static ent_code host_suspended(void *arg, bool *yes, ent_err *err)
{
    const node_link *link = arg;

    *yes = true;
    return link->only_urgent ? ENT_OK : desk_ask(arg, NULL, yes, err);
}

static ent_code host_rotate(void *arg, ent_arena *arena, ent_str statement, ent_err *err)
{
    node_link *link = arg;

    ENT_TRY(node_key_take(arena, link->home, link->peer.code, statement, err));
    ENT_TRY(node_peer_get(arena, link->home, link->peer.code, &link->peer, err));
    link->host.peer_keys = link->peer.keys;
    return ENT_OK;
}

/* ---- opening ---- */

static void host_bind(node_link *link)
{
    link->host = (link_host){ .arg = link,
                              .read = host_read,
                              .write = host_write,
                              .remove = host_remove,
                              .sync = host_sync,
                              .publish = host_publish,
                              .sign = host_sign,
                              .random = host_random,
                              .unseal = host_unseal,
                              .apply = host_apply,
                              .ahead = host_ahead,
                              .ahead_position = host_ahead_position,
                              .suspended = host_suspended };
    memcpy(link->host.identity, link->home->identity, sizeof link->host.identity);
    memcpy(link->host.peer_identity, link->peer.identity, sizeof link->host.peer_identity);
    memcpy(link->host.peer_box, link->peer.box, sizeof link->host.peer_box);
    link->host.peer_boxes = link->peer.renewal.boxes;
    link->host.keys = link->home->keys;
    link->host.peer_keys = link->peer.keys;
    link->host.peer_versions = link->peer.versions;
    link->host.rotate = host_rotate;
    link_host_origins(&link->host);
}

ent_code node_link_open(ent_arena *arena, const node_home *home, node_desk *nd, const char *code,
                        node_link *link, ent_err *err)
{
    *link = (node_link){ .nd = nd, .home = home, .out_lock = -1, .in_lock = -1 };
    ENT_TRY(node_peer_get(arena, home, code, &link->peer, err));
    link->folder = node_path(arena, "%s/links/%s", home->path, link->peer.code);
    host_bind(link);
    return ENT_OK;
}

ent_code node_link_own_open(ent_arena *arena, const node_home *home, node_desk *nd,
                            const char *name, node_link *link, ent_err *err)
{
    *link = (node_link){ .nd = nd, .home = home, .out_lock = -1, .in_lock = -1 };
    memcpy(link->peer.code, home->code, sizeof link->peer.code);
    memcpy(link->peer.identity, home->identity, sizeof link->peer.identity);
    memcpy(link->peer.box, home->box, sizeof link->peer.box);
    link->peer.renewal.boxes = home->boxes;
    link->folder = node_path(arena, "%s/%s", home->path, name);
    if (link->folder == NULL)
        return ent_fail_arena(err);
    host_bind(link);
    return ENT_OK;
}

ent_code node_link_lock(node_link *link, ent_arena *arena, link_side side, bool wait, ent_err *err)
{
    return node_lock(node_path(arena, "%s/%s.lock", link->folder, side == LINK_OUT ? "out" : "in"),
                     wait, side == LINK_OUT ? &link->out_lock : &link->in_lock, err);
}

void node_link_unlock(node_link *link, link_side side)
{
    int *lock = side == LINK_OUT ? &link->out_lock : &link->in_lock;

    if (*lock >= 0)
        (void)close(*lock);
    *lock = -1;
}

void node_link_close(node_link *link)
{
    node_link_unlock(link, LINK_OUT);
    node_link_unlock(link, LINK_IN);
    node_batch_free(link->batch);
    link->batch = NULL;
}

/* It may have been suspended, or have renewed its keys, while we waited for the lock. */
ent_code node_link_settle(node_link *link, ent_arena *arena, ent_err *err)
{
    ENT_TRY(node_renew_settle(link, arena, err));
    return node_suspend_settle(link, arena, err);
}

static ent_code cosignature_prepare(node_link *link, ent_arena *arena, ent_err *err)
{
    ent_code rc;

    ENT_TRY(node_link_lock(link, arena, LINK_IN, true, err));
    rc = link_cosignature_prepare(&link->host, arena, err);
    node_link_unlock(link, LINK_IN);
    return rc;
}

ent_code node_link_prepare(node_link *link, ent_arena *arena, ent_err *err)
{
    link_log log;
    ent_code rc;

    ENT_TRY(cosignature_prepare(link, arena, err));
    ENT_TRY(node_link_lock(link, arena, LINK_OUT, true, err));
    rc = node_link_settle(link, arena, err);
    if (rc == ENT_OK)
        rc = link_log_open(&link->host, arena, &log, err);
    node_link_unlock(link, LINK_OUT);
    return rc;
}

/* ---- pulling ---- */

/* One question to the peer and what follows from its answer. */
static ent_code pull_step(node_link *link, link_pull *pull, const link_want *want,
                          node_link_fetch fetch, void *arg, ent_err *err)
{
    ent_arena *arena = ent_arena_new(STEP_MEMORY);
    ent_str content = { "", 0 };
    ent_code rc, got;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to pull");
    rc = got = fetch(arg, arena, want, &content, err);
    if (rc == ENT_NOT_FOUND) {
        *err = (ent_err){ 0 };
        rc = ENT_OK;
    }
    if (rc == ENT_OK && link->in_lock < 0)
        rc = node_link_lock(link, arena, LINK_IN, true, err);
    if (rc == ENT_OK)
        rc = link_pull_answer(pull, arena, got, content, err);
    ent_arena_free(arena);
    return rc;
}

/* What we have heard, for the journal. */
static ent_code head_note(const node_link *link, ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROUND_MEMORY);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a note");
    rc = node_journal_head(link->nd, arena, link, LINK_IN, err);
    ent_arena_free(arena);
    return rc;
}

ent_code node_link_pull(node_link *link, node_link_fetch fetch, void *arg, uint64_t *applied,
                        bool *stopped, ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROUND_MEMORY);
    desk *d = node_desk_desk(link->nd);
    link_pull pull = { 0 };
    link_want want;
    ent_code rc;

    *applied = 0;
    *stopped = false;
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to pull");
    rc = desk_position(d, arena, link->peer.code, &link->position, err);
    if (rc == ENT_OK)
        rc = link_pull_begin(&pull, &link->host, arena, link->position, err);
    pull.carried = link->carried;
    while (rc == ENT_OK && link_pull_want(&pull, &want))
        rc = pull_step(link, &pull, &want, fetch, arg, err);
    node_link_unlock(link, LINK_IN);
    *applied = pull.applied;
    *stopped = pull.stopped;
    ent_arena_free(arena);
    if (*applied > 0) {
        ent_err ignored = { 0 };

        if (rc == ENT_OK)
            rc = head_note(link, err);
        (void)!node_desk_announce(link->home, link->peer.code, &ignored);
    }
    return rc;
}
