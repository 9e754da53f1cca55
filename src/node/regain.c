#include "node/regain.h"

#include "desk/regained.h"
#include "link/log.h"
#include "link/regain.h"
#include "node/courier.h"
#include "node/gossip.h"
#include "node/outbox.h"

#include <inttypes.h>

/* 32 bytes for each lost entry, and heads. */
#define ROUND_MEMORY ((size_t)64 << 20)
/* A bundle, its entries and the tiles that they make. */
#define STEP_MEMORY   ((size_t)256 << 20)
#define FETCH_SECONDS 120U

_Static_assert((size_t)ENT_LIMIT_REGAIN_ENTRIES *ENT_HASH_SIZE < ROUND_MEMORY, "a round fits");

/* One transaction: the note of it, and what waited to be said. */
static ent_code taken(void *arg, ent_arena *arena, const link_entry *entry, bool has_body,
                      ent_err *err)
{
    const node_link *link = arg;
    desk *d = node_desk_desk(link->nd);
    ent_code rc;

    ENT_TRY(store_begin(d->store, err));
    rc = desk_regained_note(d, arena, link->peer.code, entry, has_body, err);
    return store_end(d->store, rc, err);
}

static ent_code step(link_regain *regain, node_courier *courier, const link_want *want,
                     ent_err *err)
{
    ent_arena *arena = ent_arena_new(STEP_MEMORY);
    ent_str content = { "", 0 };
    ent_code rc, got;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to regain a log");
    rc = got =
        node_courier_get(courier, arena, want->path, want->limit, FETCH_SECONDS, &content, err);
    if (rc == ENT_NOT_FOUND) {
        *err = (ent_err){ 0 };
        rc = ENT_OK;
    }
    if (rc == ENT_OK)
        rc = link_regain_answer(regain, arena, got, content, err);
    ent_arena_free(arena);
    return rc;
}

static ent_code alarms_end(const node_link *link, ent_arena *arena, ent_err *err)
{
    store *s = node_desk_desk(link->nd)->store;
    ent_code rc;

    ENT_TRY(store_begin(s, err));
    rc = node_gossip_regained(link, arena, err);
    return store_end(s, rc, err);
}

static ent_code conversation(node_link *link, node_courier *courier, node_regain_report *report,
                             ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROUND_MEMORY);
    link_regain regain;
    link_want want;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to regain a log");
    rc = link_regain_begin(&regain, &link->host, arena, taken, link, err);
    if (rc == ENT_OK)
        rc = node_outbox_said(link->nd, arena, &link->host, err);
    while (rc == ENT_OK && link_regain_want(&regain, &want))
        rc = step(&regain, courier, &want, err);
    if (rc == ENT_OK)
        rc = alarms_end(link, arena, err);
    *report = (node_regain_report){ .had = regain.ours.size,
                                    .size = regain.ours.size + regain.regained,
                                    .seen = regain.seen.size };
    ent_arena_free(arena);
    return rc;
}

ent_code node_regain(node_desk *nd, ent_arena *arena, const char *code, node_regain_report *report,
                     ent_err *err)
{
    node_courier *courier = NULL;
    node_link link;
    ent_code rc;

    ENT_TRY(node_link_open(arena, node_desk_home(nd), nd, code, &link, err));
    if (link.peer.reader)
        return ent_fail(err, ENT_USAGE, "%s has no node: it reads, and can give nothing back",
                        code);
    if (link.peer.state == NODE_PEER_JOINED)
        return ent_fail(err, ENT_DENIED, "the link to %s is not confirmed", code);
    rc = node_courier_start(node_desk_home(nd), code, -1, &courier, err);
    if (rc == ENT_OK)
        rc = node_link_lock(&link, arena, LINK_OUT, true, err);
    if (rc == ENT_OK)
        rc = conversation(&link, courier, report, err);
    node_courier_stop(courier);
    node_link_close(&link);
    return rc;
}

/* After a loss of power the checkpoint may be an older one than was served, and what it lacks be on
 * the disk all the same. */
static ent_code rolled_forward(node_link *link, ent_arena *arena, ent_err *err)
{
    link_log log;
    ent_code rc;

    ENT_TRY(node_link_lock(link, arena, LINK_OUT, true, err));
    rc = link_log_open(&link->host, arena, &log, err);
    node_link_unlock(link, LINK_OUT);
    if (rc != ENT_UNTRUSTED)
        return rc;
    *err = (ent_err){ 0 }; /* it is shorter than was signed, or seen */
    return ENT_OK;
}

ent_code node_regain_held(node_link *link, ent_arena *arena, bool *held, ent_err *err)
{
    link_head ours, seen;

    *held = false;
    if (link_seen_read(&link->host, arena, LINK_OUT, &seen, err) != ENT_OK) {
        if (err->code != ENT_UNTRUSTED && err->code != ENT_FORMAT)
            return err->code;
        *err = (ent_err){ 0 }; /* damaged: it proves nothing */
        return ENT_OK;
    }
    ENT_TRY(link_head_read(&link->host, arena, LINK_OUT, &ours, err));
    if (seen.size <= ours.size)
        return ENT_OK;
    ENT_TRY(rolled_forward(link, arena, err));
    ENT_TRY(link_head_read(&link->host, arena, LINK_OUT, &ours, err));
    if (seen.size <= ours.size)
        return ENT_OK;
    ENT_TRY(node_peer_hold(arena, link->home, link->peer.code, err));
    *held = true;
    return ENT_OK;
}
