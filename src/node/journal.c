#include "node/journal.h"

#include "base/text.h"
#include "desk/note.h"
#include "node/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NOTE_MEMORY ((size_t)64 << 20)

ent_code node_journal_open(ent_arena *arena, node_desk *nd, node_link *link, ent_err *err)
{
    ENT_TRY(node_folder_make(node_path(arena, "%s/journal", node_desk_home(nd)->path), err));
    return node_link_own_open(arena, node_desk_home(nd), nd, "journal", link, err);
}

/* ---- appending ---- */

static ent_code note_append(node_desk *nd, link_log *log, const store_doc *doc, ent_err *err)
{
    ent_arena *arena = ent_arena_new(NOTE_MEMORY);
    store *s = node_desk_desk(nd)->store;
    ent_str id;
    uint64_t seq;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a note");
    id = ent_arena_str(arena, doc->id);
    rc = id.ptr == NULL ? ent_fail_arena(err)
                        : link_log_append(log, arena, LINK_JOURNAL, id.ptr,
                                          ent_span_of_str(doc->json), doc->time, &seq, err);
    ent_arena_free(arena);
    if (rc == ENT_OK)
        rc = store_begin(s, err);
    if (rc != ENT_OK)
        return rc;
    rc = store_doc_delete(s, "journal", doc->id, err);
    return store_end(s, rc, err);
}

/* Notes are read under the lock: what another process has appended is gone from
 * them. */
ent_code node_journal_flush(node_desk *nd, ent_arena *arena, ent_err *err)
{
    node_link link;
    store_doc *docs;
    size_t count;
    link_log log;
    ent_code rc;

    ENT_TRY(desk_docs(node_desk_desk(nd), arena, "journal", NULL, NULL, &docs, &count, err));
    if (count == 0)
        return ENT_OK;
    ENT_TRY(node_journal_open(arena, nd, &link, err));
    rc = node_link_lock(&link, arena, LINK_OUT, true, err);
    if (rc == ENT_OK)
        rc = link_log_open(&link.host, arena, &log, err);
    if (rc == ENT_OK)
        rc = desk_docs(node_desk_desk(nd), arena, "journal", NULL, NULL, &docs, &count, err);
    for (size_t i = 0; i < count && rc == ENT_OK; i++)
        rc = note_append(nd, &log, &docs[i], err);
    node_link_close(&link);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "the journal");
}

/* ---- heads ---- */

ent_code node_journal_head(node_desk *nd, ent_arena *arena, const node_link *link, link_side side,
                           ent_err *err)
{
    desk *d = node_desk_desk(nd);
    char hex[2 * ENT_HASH_SIZE + 1];
    link_head head;
    desk_note note = { .verb = side == LINK_OUT ? "said" : "heard",
                       .peer = ent_str_of(link->peer.code) };
    ent_code rc;

    ENT_TRY(link_head_read(&link->host, arena, side, &head, err));
    ent_hex_write(head.root.bytes, ENT_HASH_SIZE, hex);
    note.object = ent_arena_printf(arena, "%" PRIu64 "/%s", head.size, hex);
    if (note.object.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(store_begin(d->store, err));
    rc = desk_note_write(d, arena, &note, err);
    return store_end(d->store, rc, err);
}

/* ---- reading ---- */

ent_code node_journal_read(node_desk *nd, ent_arena *arena, node_journal_each each, void *arg,
                           ent_err *err)
{
    ent_arena *scratch;
    node_link link;
    link_head head;
    ent_code rc;

    ENT_TRY(node_journal_flush(nd, arena, err));
    ENT_TRY(node_journal_open(arena, nd, &link, err));
    rc = link_head_read(&link.host, arena, LINK_OUT, &head, err);
    scratch = ent_arena_new(NOTE_MEMORY);
    if (rc == ENT_OK && scratch == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory to read the journal");
    for (uint64_t seq = 0; rc == ENT_OK && seq < head.size; seq++) {
        link_entry entry;
        ent_span body;
        ent_json note;

        ent_arena_reset(scratch);
        rc = link_entry_at(&link.host, scratch, LINK_OUT, seq, head.size, &entry, NULL, err);
        if (rc == ENT_OK)
            rc = link_body_at(&link.host, scratch, LINK_OUT, &entry, &body, err);
        if (rc == ENT_OK)
            rc = ent_json_read(scratch, (ent_str){ body.ptr, body.size }, &note, err);
        if (rc == ENT_OK)
            rc = each(arg, seq, note, err);
    }
    ent_arena_free(scratch);
    node_link_close(&link);
    return rc;
}

/* ---- comparing ---- */

struct heads {
    const char *verb, *peer;
    ent_hash *roots; /* of the log at each size */
    uint64_t size;
    size_t compared;
};

/* Is "size/root" the root of the log at that size?  `who` says so. */
static ent_code head_check(const struct heads *h, ent_str object, const char *who, ent_err *err)
{
    char hex[2 * ENT_HASH_SIZE + 1];
    uint64_t size;
    size_t at = 0;

    while (at < object.size && object.ptr[at] != '/')
        at++;
    size = strtoull(object.ptr, NULL, 10);
    if (at == object.size || size > h->size)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%s knows %" PRIu64 " entries %s with %s, the log has %" PRIu64, who, size,
                        h->verb, h->peer, h->size);
    ent_hex_write(h->roots[size].bytes, ENT_HASH_SIZE, hex);
    if (!ent_str_is((ent_str){ object.ptr + at + 1, object.size - at - 1 }, hex))
        return ent_fail(err, ENT_UNTRUSTED,
                        "%s and the log of what was %s with %s differ within the first %" PRIu64
                        " entries",
                        who, h->verb, h->peer, size);
    return ENT_OK;
}

static ent_code head_compare(void *arg, uint64_t seq, ent_json note, ent_err *err)
{
    struct heads *h = arg;
    char who[64];

    if (!ent_str_is(ent_json_get_text(note, "verb"), h->verb) ||
        !ent_str_is(ent_json_get_text(note, "peer"), h->peer))
        return ENT_OK;
    (void)snprintf(who, sizeof who, "note %" PRIu64 " of the journal", seq);
    ENT_TRY(head_check(h, ent_json_get_text(note, "object"), who, err));
    h->compared++;
    return ENT_OK;
}

/* The root of a log after each entry. */
static ent_code roots_make(const node_link *link, ent_arena *arena, link_side side,
                           struct heads *heads, ent_err *err)
{
    ent_arena *scratch;
    ledger_frontier frontier;
    link_head head;
    ent_code rc = ENT_OK;

    ENT_TRY(link_head_read(&link->host, arena, side, &head, err));
    heads->size = head.size;
    heads->roots = ent_arena_array(arena, (size_t)head.size + 1, sizeof *heads->roots);
    scratch = ent_arena_new(NOTE_MEMORY);
    if (heads->roots == NULL || scratch == NULL)
        rc = ent_fail(err, ENT_MEMORY, "no memory to compare");
    ledger_frontier_init(&frontier);
    for (uint64_t seq = 0; rc == ENT_OK && seq < head.size; seq++) {
        link_entry entry;
        ent_hash leaf;
        ent_str text;

        ent_arena_reset(scratch);
        rc = link_entry_at(&link->host, scratch, side, seq, head.size, &entry, &text, err);
        if (rc != ENT_OK)
            break;
        leaf = ledger_leaf_hash(text);
        rc = ledger_frontier_append(&frontier, &leaf, err);
        heads->roots[seq + 1] = ledger_frontier_root(&frontier);
    }
    ent_arena_free(scratch);
    return rc;
}

ent_code node_journal_heads(node_desk *nd, ent_arena *arena, const node_link *link, link_side side,
                            size_t *count, ent_err *err)
{
    struct heads heads = { .verb = side == LINK_OUT ? "said" : "heard", .peer = link->peer.code };

    *count = 0;
    ENT_TRY(roots_make(link, arena, side, &heads, err));
    ENT_TRY(node_journal_read(nd, arena, head_compare, &heads, err));
    *count = heads.compared;
    return ENT_OK;
}

/* ---- between oversight bodies ---- */

struct last {
    const char *verb, *peer;
    ent_arena *arena;
    ent_str head;
};

static ent_code last_take(void *arg, uint64_t seq, ent_json note, ent_err *err)
{
    struct last *l = arg;

    (void)seq;
    if (!ent_str_is(ent_json_get_text(note, "verb"), l->verb) ||
        !ent_str_is(ent_json_get_text(note, "peer"), l->peer))
        return ENT_OK;
    l->head = ent_arena_str(l->arena, ent_json_get_text(note, "object"));
    return l->head.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code node_journal_last(node_desk *nd, ent_arena *arena, const char *peer, link_side side,
                           ent_str *head, ent_err *err)
{
    struct last last = { .verb = side == LINK_OUT ? "said" : "heard",
                         .peer = peer,
                         .arena = arena,
                         .head = ENT_STR("") };

    ENT_TRY(node_journal_read(nd, arena, last_take, &last, err));
    *head = last.head;
    return ENT_OK;
}

ent_code node_journal_told(node_desk *nd, ent_arena *arena, const node_link *link, link_side side,
                           size_t *count, ent_err *err)
{
    struct heads heads = { .verb = side == LINK_OUT ? "said" : "heard", .peer = link->peer.code };
    store_doc *docs;
    size_t all;

    *count = 0;
    ENT_TRY(roots_make(link, arena, side, &heads, err));
    ENT_TRY(
        desk_docs(node_desk_desk(nd), arena, "heads-in", link->peer.code, NULL, &docs, &all, err));
    for (size_t i = 0; i < all; i++) {
        ent_json json;
        ent_str head;

        ENT_TRY(ent_json_read(arena, docs[i].json, &json, err));
        head = ent_json_get_text(json, side == LINK_OUT ? "heard" : "said");
        if (head.size == 0)
            continue;
        ENT_TRY(head_check(&heads, head, "the partner's oversight body", err));
        ++*count;
    }
    return ENT_OK;
}
