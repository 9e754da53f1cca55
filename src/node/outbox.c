#include "node/outbox.h"

#include "base/text.h"
#include "desk/work.h"
#include "node/journal.h"
#include "node/link.h"
#include "node/readers.h"

#include <stdlib.h>
#include <string.h>

/* One row: a body in base64, its JSON, the body again and sealed. */
#define ROW_MEMORY ((size_t)1 << 30)

/* ---- saying ---- */

/* Texts of one column of the waiting rows, each once and in order. */
struct texts {
    ent_arena *arena;
    const char **items;
    size_t count, room;
    bool peers;
};

static ent_code text_collect(void *arg, const store_doc *doc, ent_err *err)
{
    struct texts *list = arg;
    ent_str text = list->peers ? doc->peer : doc->id, copy;

    for (size_t i = 0; list->peers && i < list->count; i++)
        if (ent_str_is(text, list->items[i]))
            return ENT_OK;
    if (list->count == list->room) {
        const char **grown = ent_arena_grow(list->arena, list->items, &list->room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        list->items = grown;
    }
    copy = ent_arena_str(list->arena, text);
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    list->items[list->count++] = copy.ptr;
    return ENT_OK;
}

static ent_code row_read(desk *d, ent_arena *arena, const char *id, link_kind *kind, ent_span *body,
                         ent_err *err)
{
    store_doc doc;
    ent_json json;

    ENT_TRY(desk_doc(d, arena, "outbox", ent_str_of(id), &doc, &json, err));
    if (!link_kind_read(ent_json_get_text(json, "kind"), kind))
        return ent_fail(err, ENT_BUG, "outbox row %s has a kind that no link knows", id);
    return desk_bytes(arena, &doc, json, "body", body, err);
}

static ent_code row_delete(desk *d, const char *kind, const char *id, ent_err *err)
{
    ent_code rc;

    ENT_TRY(store_begin(d->store, err));
    rc = store_doc_delete(d->store, kind, ent_str_of(id), err);
    return store_end(d->store, rc, err);
}

/* On a suspended link only what is urgent is said; the rest waits. */
static ent_code row_append(desk *d, node_link *link, link_log *log, const char *id, ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROW_MEMORY);
    bool waits = false;
    ent_span body;
    link_kind kind;
    uint64_t seq;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for an entry");
    rc = row_read(d, arena, id, &kind, &body, err);
    if (rc == ENT_OK)
        waits = link->peer.state == NODE_PEER_SUSPENDED && !link_kind_urgent(kind);
    if (rc == ENT_OK && !waits)
        rc = link_log_append(log, arena, kind, id, body, d->now, &seq, err);
    ent_arena_free(arena);
    return rc == ENT_OK && !waits ? row_delete(d, "outbox", id, err) : rc;
}

ent_code node_outbox_said(node_desk *nd, ent_arena *arena, const link_host *host, ent_err *err)
{
    desk *d = node_desk_desk(nd);
    store_doc row;
    bool there;
    char last[37];

    ENT_TRY(link_log_last(host, arena, last, err));
    if (last[0] == '\0')
        return ENT_OK;
    ENT_TRY(desk_doc_found(d, arena, "outbox", ent_str_of(last), &row, &there, err));
    return there ? row_delete(d, "outbox", last, err) : ENT_OK;
}

/* Rows are read under the lock: what another host has said is gone from them. */
static ent_code rows_append(node_desk *nd, ent_arena *arena, node_link *link, ent_err *err)
{
    struct texts rows = { .arena = arena };
    link_log log;

    ENT_TRY(link_log_open(&link->host, arena, &log, err));
    ENT_TRY(node_outbox_said(nd, arena, &link->host, err));
    ENT_TRY(store_docs_each(node_desk_desk(nd)->store, "outbox", link->peer.code, "waiting",
                            text_collect, &rows, err));
    for (size_t i = 0; i < rows.count; i++)
        ENT_TRY(row_append(node_desk_desk(nd), link, &log, rows.items[i], err));
    return rows.count == 0 ? ENT_OK : node_journal_head(nd, arena, link, LINK_OUT, err);
}

/* ---- erasing ---- */

/* One entry whose body is to go: ours by its id, the peer's by its place
 * ("CODE/SEQ"). What is not there any more, or never came, is erased already.
 */
static ent_code body_erase(ent_arena *arena, node_link *link, bool out, const char *id,
                           ent_err *err)
{
    const char *slash = strchr(id, '/');
    link_entry entry;
    link_head head;
    uint64_t seq;

    if (out) {
        ENT_TRY(link_log_find(&link->host, arena, LINK_OUT, id, &entry, err));
        return link_body_erase(&link->host, LINK_OUT, &entry.body, err);
    }
    seq = slash == NULL ? UINT64_MAX : strtoull(slash + 1, NULL, 10);
    ENT_TRY(link_head_read(&link->host, arena, LINK_IN, &head, err));
    if (seq >= head.size)
        return ent_fail(err, ENT_NOT_FOUND, "there is no entry %s", id);
    ENT_TRY(link_entry_at(&link->host, arena, LINK_IN, seq, head.size, &entry, NULL, err));
    return link_body_erase(&link->host, LINK_IN, &entry.body, err);
}

/* What the desk wants erased on one side of a link, under that side's lock. */
static ent_code bodies_erase(node_desk *nd, ent_arena *arena, node_link *link, bool out,
                             ent_err *err)
{
    struct texts rows = { .arena = arena };
    desk *d = node_desk_desk(nd);

    ENT_TRY(store_docs_each(d->store, "erase", link->peer.code, out ? "out" : "in", text_collect,
                            &rows, err));
    if (rows.count == 0)
        return ENT_OK;
    if (!out && node_link_lock(link, arena, LINK_IN, false, err) != ENT_OK) {
        if (err->code != ENT_RETRY)
            return err->code;
        *err = (ent_err){ 0 }; /* somebody is pulling: the next flush does it */
        return ENT_OK;
    }
    for (size_t i = 0; i < rows.count; i++) {
        ent_err why = { 0 };
        ent_code rc = body_erase(arena, link, out, rows.items[i], &why);

        if (rc != ENT_OK && rc != ENT_NOT_FOUND)
            return *err = why, rc;
        ENT_TRY(row_delete(d, "erase", rows.items[i], err));
    }
    return ENT_OK;
}

static ent_code peer_flush(node_desk *nd, ent_arena *arena, const char *code, ent_err *err)
{
    node_link link;
    ent_code rc = node_link_open(arena, node_desk_home(nd), nd, code, &link, err);

    if (rc == ENT_NOT_FOUND || (rc == ENT_OK && !node_peer_works(link.peer.state))) {
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    if (rc == ENT_OK)
        rc = node_link_lock(&link, arena, LINK_OUT, true, err);
    if (rc == ENT_OK)
        rc = node_link_settle(&link, arena, err);
    if (rc == ENT_OK)
        rc = rows_append(nd, arena, &link, err);
    if (rc == ENT_OK)
        rc = bodies_erase(nd, arena, &link, true, err);
    if (rc == ENT_OK)
        rc = bodies_erase(nd, arena, &link, false, err);
    if (rc == ENT_OK && link.peer.reader)
        rc = node_reader_refresh(nd, &link.peer, err);
    node_link_close(&link);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "saying something to %s", code);
}

ent_code node_outbox_flush(node_desk *nd, ent_arena *arena, ent_err *err)
{
    struct texts peers = { .arena = arena, .peers = true };
    store *s = node_desk_desk(nd)->store;
    ent_code rc = ENT_OK;

    ENT_TRY(store_docs_each(s, "outbox", NULL, "waiting", text_collect, &peers, err));
    ENT_TRY(store_docs_each(s, "erase", NULL, NULL, text_collect, &peers, err));
    for (size_t i = 0; i < peers.count; i++) {
        ent_err failure = { 0 };

        if (peer_flush(nd, arena, peers.items[i], &failure) == ENT_OK || rc != ENT_OK)
            continue;
        *err = failure;
        rc = failure.code;
    }
    return rc;
}
