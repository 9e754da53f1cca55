#include "link/log.h"

#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

/* One entry of a scan; a bundle of the largest entries fits. */
#define SCAN_MEMORY ((size_t)64 << 20)

/* ---- opening ---- */

/* Checks the signer's note against what the entries say. */
static ent_code note_check(const link_host *host, ent_arena *arena, ent_str note,
                           const ledger_frontier *frontier, ent_err *err)
{
    ent_hash root = ledger_frontier_root(frontier);
    link_head head;

    ENT_TRY(link_head_open(host, arena, LINK_OUT, note, &head, err));
    if (head.size != frontier->size || !ent_hash_equal(&head.root, &root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the log on disk is not the one that was signed at %" PRIu64
                        " entries: it was restored or changed",
                        head.size);
    return ENT_OK;
}

static ent_code note_publish(const link_host *host, ent_str note, ent_err *err)
{
    char path[LINK_PATH_SIZE];

    link_path(LINK_OUT, "checkpoint", path);
    return host->publish(host->arg, path, note, err);
}

static ent_code head_publish(const link_host *host, ent_arena *arena, ent_str note,
                             const ledger_frontier *frontier, ent_err *err)
{
    ENT_TRY(note_check(host, arena, note, frontier, err));
    return note_publish(host, note, err);
}

/* The tiles of a log of `size` entries into a frontier, by `files`. */
static ent_code frontier_load(const link_host *host, ent_arena *arena, uint64_t size,
                              ledger_frontier *frontier, ent_err *err)
{
    link_folder folder = { host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);

    return ledger_tiles_frontier(&files, arena, size, frontier, err);
}

static ent_code publish_in(void *arg, const char *name, ent_str content, ent_err *err)
{
    const link_folder *folder = arg;
    char path[LINK_PATH_SIZE];

    link_path(folder->side, name, path);
    return folder->host->publish(folder->host->arg, path, content, err);
}

/* What a crash left behind a checkpoint: `count` entries from `seq` on, of one bundle. */
typedef ent_code (*tail_step)(const link_host *host, ent_arena *arena, uint64_t seq,
                              const ent_str *texts, size_t count, ledger_frontier *frontier,
                              ent_err *err);

static ent_code tail_read(const link_host *host, ent_arena *arena, uint64_t seq, uint64_t size,
                          ent_str **texts, size_t *count, ent_err *err)
{
    link_folder folder = { host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);

    ENT_TRY(ledger_tiles_entries(&files, arena, seq, size, texts, count, err));
    for (size_t i = 0; i < *count; i++) {
        link_entry entry;

        ENT_TRY(link_entry_read(arena, (*texts)[i], &entry, err));
        if (entry.seq != seq + i)
            return ent_fail(err, ENT_FORMAT, "entry %" PRIu64 " says it is %" PRIu64, seq + i,
                            entry.seq);
    }
    return ENT_OK;
}

/* However many there are, in the memory of one bundle. */
static ent_code tail_each(const link_host *host, uint64_t have, uint64_t size, tail_step step,
                          ledger_frontier *frontier, ent_err *err)
{
    ent_arena *arena = ent_arena_new(SCAN_MEMORY);
    ent_code rc = ENT_OK;
    size_t count = 0;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to roll a log forward");
    for (uint64_t seq = have; rc == ENT_OK && seq < size; seq += count) {
        ent_str *texts;

        ent_arena_reset(arena);
        rc = tail_read(host, arena, seq, size, &texts, &count, err);
        if (rc == ENT_OK)
            rc = step(host, arena, seq, texts, count, frontier, err);
    }
    return ent_arena_end(arena, rc, err);
}

static ent_code tail_count(const link_host *host, ent_arena *arena, uint64_t seq,
                           const ent_str *texts, size_t count, ledger_frontier *frontier,
                           ent_err *err)
{
    (void)host;
    (void)arena;
    (void)seq;
    for (size_t i = 0; i < count; i++) {
        ent_hash leaf = ledger_leaf_hash(texts[i]);

        ENT_TRY(ledger_frontier_append(frontier, &leaf, err));
    }
    return ENT_OK;
}

/* Writes what the entries give, each file whole and at once.  Where regaining crashed
 * (link/regain.h) the signer was ahead of what was written and not synced yet: a tile may be
 * missing or torn beside a bundle that is whole, and all may be in memory only. */
static ent_code tail_publish(const link_host *host, ent_arena *arena, uint64_t seq,
                             const ent_str *texts, size_t count, ledger_frontier *frontier,
                             ent_err *err)
{
    link_folder folder = { host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);

    (void)frontier;
    files.write = publish_in;
    return ledger_tiles_append(&files, arena, seq, texts, count, err);
}

/* A crash after a signature: the entries that were signed are on disk already, and only the
 * checkpoint is behind. */
static ent_code roll_forward(const link_host *host, ent_arena *arena, uint64_t have,
                             uint64_t signed_at, ledger_frontier *frontier, ent_err *err)
{
    ent_code rc;
    ent_str note;
    uint64_t at;

    if (signed_at < have)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the log has %" PRIu64 " entries, the signer knows of %" PRIu64
                        ": the signer's state was lost or set back",
                        have, signed_at);
    ENT_TRY(frontier_load(host, arena, have, frontier, err));
    rc = tail_each(host, have, signed_at, tail_count, frontier, err);
    if (rc == ENT_NOT_FOUND || rc == ENT_FORMAT || rc == ENT_LIMIT)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the log was signed at %" PRIu64 " entries and has only %" PRIu64
                        ": it was restored from an old backup; `log regain` fetches the rest",
                        signed_at, frontier->size);
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(host->sign(host->arg, arena, LINK_OUT, signed_at, NULL, 0, &note, &at, err));
    ENT_TRY(note_check(host, arena, note, frontier, err));
    ENT_TRY(tail_each(host, have, signed_at, tail_publish, NULL, err));
    ENT_TRY(link_leavings_remove(host, LINK_OUT, have, signed_at, err));
    return note_publish(host, note, err);
}

/* The peer's own signature that our log was longer than it is: entries were lost, and
 * whatever is appended now would be a second history. */
static ent_code lost_check(const link_host *host, ent_arena *arena, uint64_t size, ent_err *err)
{
    link_head seen;
    ent_code rc = link_seen_read(host, arena, LINK_OUT, &seen, err);

    if (rc == ENT_UNTRUSTED || rc == ENT_FORMAT) { /* damaged: it proves nothing */
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    if (rc == ENT_OK && seen.size > size)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the peer has cosigned %" PRIu64 " entries of our log and only %" PRIu64
                        " are on this disk: it was restored from an old backup; `log regain` "
                        "fetches the rest",
                        seen.size, size);
    return rc;
}

ent_code link_log_open(const link_host *host, ent_arena *arena, link_log *log, ent_err *err)
{
    link_head head;
    ent_str note;
    uint64_t at = 0;
    ent_hash root;
    ent_code rc;

    *log = (link_log){ .host = host };
    ENT_TRY(link_head_read(host, arena, LINK_OUT, &head, err));
    rc = host->sign(host->arg, arena, LINK_OUT, head.size, NULL, 0, &note, &at, err);
    if (rc == ENT_CONFLICT) {
        *err = (ent_err){ 0 };
        ENT_TRY(roll_forward(host, arena, head.size, at, &log->frontier, err));
        return lost_check(host, arena, log->frontier.size, err);
    }
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(lost_check(host, arena, head.size, err));
    ENT_TRY(frontier_load(host, arena, head.size, &log->frontier, err));
    root = ledger_frontier_root(&log->frontier);
    if (!ent_hash_equal(&root, &head.root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the tiles of the log do not lead to its signed root: one was changed");
    if (head.note.ptr != NULL && !head.replaced)
        return ENT_OK;
    return head_publish(host, arena, note, &log->frontier, err); /* the first, or by a new key */
}

/* ---- appending ---- */

static ent_code body_write(const link_host *host, ent_arena *arena, ent_span body,
                           ent_hash *commitment, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    link_body_seed seed;
    link_sealed sealed;
    ent_code rc;

    host->random(host->arg, seed.content_key, sizeof seed.content_key);
    host->random(host->arg, seed.salt, sizeof seed.salt);
    link_body_seed_finish(&seed);
    rc = link_body_seal(arena, body, &seed, host->peer_box, &sealed, err);
    if (rc == ENT_OK) {
        *commitment = sealed.commitment;
        link_path_of(LINK_OUT, "body", commitment, path);
        rc = host->write(host->arg, path, (ent_str){ sealed.body.ptr, sealed.body.size }, err);
    }
    if (rc == ENT_OK) {
        link_path_of(LINK_OUT, "key", commitment, path);
        rc = host->write(host->arg, path, (ent_str){ (const char *)sealed.key, sizeof sealed.key },
                         err);
    }
    if (rc == ENT_OK) {
        link_path_kept(commitment, path);
        rc = host->write(host->arg, path,
                         (ent_str){ (const char *)seed.content_key, sizeof seed.content_key }, err);
    }
    sodium_memzero(&seed, sizeof seed);
    return rc;
}

static ent_code entry_append(link_log *log, ent_arena *arena, link_entry *entry, ent_span body,
                             ent_err *err)
{
    link_folder folder = { log->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);
    ledger_frontier next = log->frontier;
    ent_str text, note;
    uint64_t at;
    ent_hash leaf;

    ENT_TRY(body_write(log->host, arena, body, &entry->body, err));
    ENT_TRY(link_entry_write(arena, entry, &text, err));
    leaf = ledger_leaf_hash(text);
    ENT_TRY(ledger_frontier_append(&next, &leaf, err));
    ENT_TRY(ledger_tiles_append(&files, arena, log->frontier.size, &text, 1, err));
    ENT_TRY(log->host->sync(log->host->arg, err));
    ENT_TRY(log->host->sign(log->host->arg, arena, LINK_OUT, log->frontier.size, &leaf, 1, &note,
                            &at, err));
    ENT_TRY(head_publish(log->host, arena, note, &next, err));
    log->frontier = next;
    return ENT_OK;
}

ent_code link_log_append(link_log *log, ent_arena *arena, link_kind kind, const char *id,
                         ent_span body, ent_time now, uint64_t *seq, ent_err *err)
{
    link_entry entry = { .seq = log->frontier.size, .kind = kind, .time = now };

    if (log->broken)
        return ent_fail(err, ENT_RETRY, "the log must be opened anew after a failure");
    if (entry.seq > 0) {
        link_entry last;

        ENT_TRY(
            link_entry_at(log->host, arena, LINK_OUT, entry.seq - 1, entry.seq, &last, NULL, err));
        if (strcmp(last.id, id) == 0) {
            *seq = last.seq;
            return ENT_OK;
        }
    }
    ENT_TRY(link_version_choose(log->host, &entry.version, err));
    memcpy(entry.id, id, sizeof entry.id);
    log->broken = true;
    ENT_TRY(entry_append(log, arena, &entry, body, err));
    log->broken = false;
    /* The one before stays, for a reader who has just read its checkpoint. */
    if (log->frontier.size > 2)
        link_partials_remove(log->host, LINK_OUT, log->frontier.size - 2, log->frontier.size);
    *seq = entry.seq;
    return ENT_OK;
}

ent_code link_log_last(const link_host *host, ent_arena *arena, char id[37], ent_err *err)
{
    link_entry last;
    link_head head;

    id[0] = '\0';
    ENT_TRY(link_head_read(host, arena, LINK_OUT, &head, err));
    if (head.size == 0)
        return ENT_OK;
    ENT_TRY(link_entry_at(host, arena, LINK_OUT, head.size - 1, head.size, &last, NULL, err));
    memcpy(id, last.id, sizeof last.id);
    return ENT_OK;
}

ent_code link_log_find(const link_host *host, ent_arena *arena, link_side side, const char *id,
                       link_entry *entry, ent_err *err)
{
    ent_arena *scan = ent_arena_new(SCAN_MEMORY);
    ent_code rc;
    link_head head;
    bool found = false;

    if (scan == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to read a log");
    rc = link_head_read(host, arena, side, &head, err);
    for (uint64_t seq = head.size; rc == ENT_OK && seq > 0 && !found; seq--) {
        rc = link_entry_at(host, scan, side, seq - 1, head.size, entry, NULL, err);
        found = rc == ENT_OK && strcmp(entry->id, id) == 0;
        ent_arena_reset(scan);
    }
    ent_arena_free(scan);
    if (rc == ENT_OK && !found)
        return ent_fail(err, ENT_NOT_FOUND, "no entry of this log has the id '%s'", id);
    return rc;
}
