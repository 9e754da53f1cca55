#include "link/pull.h"

#include "base/limits.h"
#include "base/text.h"
#include "link/cosign.h"
#include "link/lead.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

/* For one entry: its body sealed and open, and what applying it takes. */
#define APPLY_MEMORY ((size_t)512 << 20)

/* ---- evidence ---- */

/* Stops the link: what the peer signed before and now cannot both be true. */
static ent_code stop(link_pull *pull, const char *why, ent_err *err)
{
    const link_host *host = pull->host;

    if (pull->held.note.ptr != NULL)
        ENT_TRY(link_evidence_keep(host, pull->held.note, err));
    if (pull->next.note.ptr != NULL)
        ENT_TRY(link_evidence_keep(host, pull->next.note, err));
    ENT_TRY(host->publish(host->arg, "stopped", ent_str_of(why), err));
    pull->stopped = true;
    return ent_fail(err, ENT_UNTRUSTED, "%s; both signed heads are kept as evidence", why);
}

/* ---- applying ---- */

static ent_code entry_apply(link_pull *pull, ent_arena *arena, ent_span body, ent_err *err)
{
    const link_host *host = pull->host;

    if (pull->ahead) {
        ENT_TRY(host->ahead(host->arg, arena, &pull->entry, body, err));
        pull->urgent = pull->entry.seq + 1;
    } else {
        ENT_TRY(host->apply(host->arg, arena, &pull->entry, body, err));
        pull->position++;
    }
    pull->applied++;
    return ENT_OK;
}

/* Applies the entry at `seq` if its body is held or was erased here; otherwise the body
 * is what to fetch next. */
static ent_code held_apply_one(link_pull *pull, ent_arena *arena, uint64_t seq, ent_err *err)
{
    ent_span body = { NULL, 0 };
    ent_code rc;

    ENT_TRY(
        link_entry_at(pull->host, arena, LINK_IN, seq, pull->held.size, &pull->entry, NULL, err));
    if (pull->ahead && !(pull->suspended ? link_kind_urgent(pull->entry.kind)
                                         : link_kind_ahead(pull->entry.kind))) {
        pull->urgent = seq + 1;
        return ENT_OK;
    }
    rc = link_body_at(pull->host, arena, LINK_IN, &pull->entry, &body, err);
    if (rc == ENT_OK || rc == ENT_NO) {
        *err = (ent_err){ 0 };
        return entry_apply(pull, arena, body, err);
    }
    if (rc != ENT_NOT_FOUND && rc != ENT_UNTRUSTED && rc != ENT_FORMAT)
        return rc;
    *err = (ent_err){ 0 }; /* absent, or damaged on our disk: fetch it (again) */
    pull->state = LINK_PULL_KEY;
    return ENT_OK;
}

/* What cannot wait goes first, over all that came: a recall before what it calls back. */
static ent_code urgent_apply(link_pull *pull, ent_arena *arena, ent_err *err)
{
    const link_host *host = pull->host;
    ent_code rc = ENT_OK;

    if (host->ahead == NULL)
        return ENT_OK;
    if (pull->urgent < pull->position)
        pull->urgent = pull->position;
    pull->ahead = true;
    while (rc == ENT_OK && pull->state == LINK_PULL_COSIGNATURE && pull->urgent < pull->held.size) {
        rc = held_apply_one(pull, arena, pull->urgent, err);
        ent_arena_reset(arena);
    }
    if (pull->state == LINK_PULL_COSIGNATURE)
        pull->ahead = false;
    return rc;
}

static ent_code ordinary_apply(link_pull *pull, ent_arena *arena, ent_err *err)
{
    const link_host *host = pull->host;
    ent_code rc = ENT_OK;

    if (host->suspended != NULL)
        ENT_TRY(host->suspended(host->arg, &pull->suspended, err));
    while (rc == ENT_OK && !pull->suspended && pull->state == LINK_PULL_COSIGNATURE &&
           pull->position < pull->held.size) {
        rc = held_apply_one(pull, arena, pull->position, err);
        ent_arena_reset(arena);
    }
    return rc;
}

/* Applies what is held already; stops at the first entry whose body must be fetched. */
static ent_code apply_held(link_pull *pull, ent_err *err)
{
    ent_arena *arena;
    ent_code rc;

    pull->state = LINK_PULL_COSIGNATURE;
    pull->ahead = false;
    if (pull->position == pull->held.size)
        return ENT_OK;
    if (pull->position > pull->held.size)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%" PRIu64 " entries of the peer were applied and its log has %" PRIu64,
                        pull->position, pull->held.size);
    arena = ent_arena_new(APPLY_MEMORY);
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to apply an entry");
    rc = urgent_apply(pull, arena, err);
    if (rc == ENT_OK && pull->state == LINK_PULL_COSIGNATURE)
        rc = ordinary_apply(pull, arena, err);
    ent_arena_free(arena);
    return rc;
}

/* ---- our cosignature of what we hold ---- */

/* Cosigns `head`, whose tiles are in the mirror.  The signer keeps its own range of
 * the peer's log: if the peer changed its past, its root is another one. */
static ent_code cosign(link_pull *pull, ent_arena *arena, uint64_t held, const link_head *head,
                       ent_str *note, ent_err *err)
{
    link_head seen;
    ent_code rc = link_signer_lead(pull->host, arena, LINK_IN, held, head->size, note, err);

    if (rc == ENT_UNTRUSTED)
        return stop(pull, "the peer's log is shorter than what it signed before", err);
    if (rc != ENT_OK)
        return rc;
    ENT_TRY(link_seen_open(pull->host, arena, LINK_IN, *note, &seen, err));
    if (seen.size != head->size || !ent_hash_equal(&seen.root, &head->root))
        return stop(pull, "the peer's log is not the one that was cosigned before", err);
    return ENT_OK;
}

/* A crash between our signature and our mirror, or an old mirror, leaves the signer alone
 * with the memory of a longer log.  No reason to stop: this answer may be an old one. */
static ent_code signer_ask(const link_pull *pull, ent_arena *arena, ent_err *err)
{
    uint64_t at = pull->held.size;
    ent_str note;
    ent_code rc = pull->host->sign(pull->host->arg, arena, LINK_IN, at, NULL, 0, &note, &at, err);

    if (rc != ENT_CONFLICT)
        return rc;
    *err = (ent_err){ 0 };
    if (at > pull->held.size)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%" PRIu64
                        " entries of the peer's log were cosigned and it has only %" PRIu64
                        ": it was set back",
                        at, pull->held.size);
    return ENT_OK;
}

/* Our cosignature is a file beside our own checkpoint.  A crash may have lost it.  Where there
 * is none even an empty log is cosigned: the signer may remember that it was longer.  It is of
 * more than we hold where that has been put down already (link/cosign.h). */
static ent_code cosignature_renew(link_pull *pull, ent_arena *arena, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    link_head seen;
    ent_str note;

    ENT_TRY(link_cosignature_read(pull->host, arena, LINK_IN, &seen, err));
    if (pull->held.note.ptr == NULL)
        return ENT_OK;
    if (seen.note.ptr != NULL && !seen.replaced &&
        (seen.size > pull->held.size ||
         (seen.size == pull->held.size && ent_hash_equal(&seen.root, &pull->held.root))))
        return signer_ask(pull, arena, err);
    ENT_TRY(cosign(pull, arena, pull->held.size, &pull->held, &note, err));
    link_path(LINK_OUT, "cosignature", path);
    return pull->host->publish(pull->host->arg, path, note, err);
}

/* ---- a new checkpoint ---- */

/* All entries came and lead to the signed root: the mirror takes the new head. */
static ent_code head_take(link_pull *pull, ent_arena *arena, ent_err *err)
{
    const link_host *host = pull->host;
    char path[LINK_PATH_SIZE];
    ent_str note;

    ENT_TRY(link_leavings_remove(host, LINK_IN, pull->held.size, pull->next.size, err));
    ENT_TRY(host->sync(host->arg, err));
    ENT_TRY(cosign(pull, arena, pull->held.size, &pull->next, &note, err));
    link_path(LINK_IN, "checkpoint", path);
    ENT_TRY(host->publish(host->arg, path, pull->next.note, err));
    link_partials_remove(host, LINK_IN, pull->held.size, pull->next.size);
    pull->held = pull->next;
    link_path(LINK_OUT, "cosignature", path);
    ENT_TRY(host->publish(host->arg, path, note, err));
    return apply_held(pull, err);
}

static ent_code frontier_of_held(link_pull *pull, ent_arena *arena, ent_err *err)
{
    link_folder folder = { pull->host, LINK_IN };
    ledger_files files = link_folder_files(&folder);
    ent_hash root;

    ENT_TRY(ledger_tiles_frontier(&files, arena, pull->held.size, &pull->frontier, err));
    root = ledger_frontier_root(&pull->frontier);
    if (!ent_hash_equal(&root, &pull->held.root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the tiles of our mirror do not lead to its root: one was changed");
    return ENT_OK;
}

/* A file may have been long under way: its head is one that our log had, or a lie. */
static ent_code old_head_answer(link_pull *pull, ent_arena *arena, ent_err *err)
{
    link_folder folder = { pull->host, LINK_IN };
    ledger_files files = link_folder_files(&folder);
    ledger_tile_source tiles = { .files = &files, .arena = arena, .size = pull->held.size };
    ledger_source source = ledger_tiles_source(&tiles);
    ent_hash root;

    ENT_TRY(ledger_source_root(&source, pull->next.size, &root, err));
    if (!ent_hash_equal(&root, &pull->next.root))
        return stop(pull, "the peer signed two different logs", err);
    pull->state = LINK_PULL_DONE;
    return ENT_OK;
}

/* What to do about a head that the peer signed with its present key. */
static ent_code head_judge(link_pull *pull, ent_arena *arena, ent_err *err)
{
    link_head now;

    /* Another process may have pulled while this answer was held. */
    ENT_TRY(link_head_read(pull->host, arena, LINK_IN, &now, err));
    if (now.size != pull->held.size)
        return ent_fail(err, ENT_RETRY, "another process has pulled meanwhile");
    if (pull->next.size < pull->held.size && pull->carried)
        return old_head_answer(pull, arena, err);
    if (pull->next.size < pull->held.size)
        return stop(pull, "the peer's log is shorter than it was: it was set back", err);
    if (pull->next.size > pull->held.size) {
        pull->state = LINK_PULL_BUNDLE;
        pull->at = pull->held.size;
        return frontier_of_held(pull, arena, err);
    }
    if (!ent_hash_equal(&pull->next.root, &pull->held.root))
        return stop(pull, "the peer signed two different logs of the same size", err);
    /* The first checkpoint, of an empty log; or the same by a new key, which its writer may want
     * back from us and then believe alone (link/regain.h). */
    if (pull->held.note.ptr == NULL || (pull->held.replaced && !pull->next.replaced)) {
        char path[LINK_PATH_SIZE];

        link_path(LINK_IN, "checkpoint", path);
        ENT_TRY(pull->host->publish(pull->host->arg, path, pull->next.note, err));
        pull->held = pull->next;
    }
    ENT_TRY(cosignature_renew(pull, arena, err));
    return apply_held(pull, err);
}

/* The head that we hold may be signed with a key that was replaced since; a new one may not. */
static ent_code replaced_check(const link_pull *pull, ent_err *err)
{
    if (!pull->next.replaced || ent_str_equal(pull->next.note, pull->held.note) || pull->carried)
        return ENT_OK;
    return ent_fail(err, ENT_UNTRUSTED,
                    "the peer's checkpoint is signed with a key that was replaced");
}

static ent_code checkpoint_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                                  ent_err *err)
{
    ent_str note;

    /* No evidence of anything: it may have suspended the link, or not begun. */
    if (got == ENT_NOT_FOUND)
        return ent_fail(err, ENT_UNAVAILABLE, "the peer serves us nothing at present");
    if (content.size > ENT_LIMIT_NOTE_SIZE)
        return ent_fail(err, ENT_LIMIT, "the peer's checkpoint has %zu bytes, more than %d",
                        content.size, ENT_LIMIT_NOTE_SIZE);
    note = ent_arena_str(pull->arena, content);
    if (note.ptr == NULL)
        return ent_fail_arena(err);
    pull->next.note = note;
    if (link_head_open(pull->host, pull->arena, LINK_IN, note, &pull->next, err) == ENT_OK) {
        ENT_TRY(replaced_check(pull, err));
        return head_judge(pull, arena, err);
    }
    if (err->code != ENT_UNTRUSTED || pull->host->rotate == NULL)
        return ent_context(err, "the peer's checkpoint");
    (void)snprintf(pull->reason, sizeof pull->reason, "%s", err->msg);
    *err = (ent_err){ 0 };
    pull->next.note = note;
    pull->state = LINK_PULL_ROTATION; /* perhaps its key was replaced */
    return ENT_OK;
}

static ent_code rotation_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                                ent_err *err)
{
    ent_str note = pull->next.note;
    ent_code rc;

    if (got == ENT_NOT_FOUND)
        return ent_fail(err, ENT_UNTRUSTED, "the peer's checkpoint: %s", pull->reason);
    rc = pull->host->rotate(pull->host->arg, arena, content, err);
    if (rc == ENT_CONFLICT) /* the key was not replaced since: the head is not the peer's */
        return ent_fail(err, ENT_UNTRUSTED, "the peer's checkpoint: %s", pull->reason);
    if (rc != ENT_OK)
        return rc;
    if (link_head_open(pull->host, pull->arena, LINK_IN, note, &pull->next, err) != ENT_OK)
        return ent_context(err, "the peer's checkpoint");
    ENT_TRY(replaced_check(pull, err));
    return head_judge(pull, arena, err);
}

/* ---- entries ---- */

/* The entries of a bundle that are new, checked for their form. */
static ent_code bundle_read(const link_pull *pull, ent_arena *arena, ent_str content,
                            ent_str **entries, size_t *count, ent_err *err)
{
    uint64_t first = pull->at / LEDGER_TILE_WIDTH * LEDGER_TILE_WIDTH;
    uint64_t left = pull->next.size - first;
    unsigned width = left < LEDGER_TILE_WIDTH ? (unsigned)left : LEDGER_TILE_WIDTH;
    unsigned ours = pull->host->version_max == 0 ? LINK_ENTRY_VERSION : pull->host->version_max;

    ENT_TRY(ledger_bundle_read(arena, content, width, entries, err));
    *entries += pull->at - first;
    *count = width - (size_t)(pull->at - first);
    for (size_t i = 0; i < *count; i++) {
        link_entry entry;

        ENT_TRY(link_entry_read(arena, (*entries)[i], &entry, err));
        if (entry.version > ours)
            return ent_fail(err, ENT_UNAVAILABLE,
                            "entry %" PRIu64 " is of version %u, and this node reads up to %u: it "
                            "must be brought up to date",
                            entry.seq, entry.version, ours);
        if (entry.seq != pull->at + i)
            return ent_fail(err, ENT_UNTRUSTED, "entry %" PRIu64 " says it is %" PRIu64,
                            pull->at + i, entry.seq);
    }
    return ENT_OK;
}

static ent_code frontier_extend(link_pull *pull, const ent_str *entries, size_t count, ent_err *err)
{
    for (size_t i = 0; i < count; i++) {
        ent_hash leaf = ledger_leaf_hash(entries[i]), root;

        ENT_TRY(ledger_frontier_append(&pull->frontier, &leaf, err));
        if (pull->frontier.size == pull->held.size) {
            root = ledger_frontier_root(&pull->frontier);
            pull->same_past = ent_hash_equal(&root, &pull->held.root);
        }
    }
    pull->at += count;
    return ENT_OK;
}

static bool leads_to_signed_root(const link_pull *pull)
{
    ent_hash root = ledger_frontier_root(&pull->frontier);

    return ent_hash_equal(&root, &pull->next.root);
}

static ent_code bundle_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                              ent_err *err)
{
    link_folder folder = { pull->host, LINK_IN };
    ledger_files files = link_folder_files(&folder);
    ent_str *entries;
    size_t count;

    if (got == ENT_NOT_FOUND)
        return ent_fail(err, ENT_RETRY, "entries from %" PRIu64 " are not there (any more)",
                        pull->at);
    if (bundle_read(pull, arena, content, &entries, &count, err) != ENT_OK)
        return ent_context(err, "the peer's entries from %" PRIu64, pull->at);
    ENT_TRY(frontier_extend(pull, entries, count, err));
    if (pull->at < pull->next.size || leads_to_signed_root(pull)) {
        /* Behind what our checkpoint covers: it counts only when that moves, and a tile
         * that is not full yet is only written when it is right. */
        ENT_TRY(ledger_tiles_append(&files, arena, pull->at - count, entries, count, err));
        return pull->at < pull->next.size ? ENT_OK : head_take(pull, arena, err);
    }
    /* A spoiled answer, or another past?  Its whole log, without ours, tells. */
    if (pull->held.size == 0)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the peer's entries do not lead to the root that it signed");
    pull->state = LINK_PULL_JUDGE;
    pull->at = 0;
    pull->same_past = false;
    ledger_frontier_init(&pull->frontier);
    return ENT_OK;
}

static ent_code judge_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                             ent_err *err)
{
    ent_str *entries;
    size_t count;

    if (got == ENT_NOT_FOUND)
        return ent_fail(err, ENT_RETRY, "entries from %" PRIu64 " are not there (any more)",
                        pull->at);
    if (bundle_read(pull, arena, content, &entries, &count, err) != ENT_OK)
        return ent_context(err, "the peer's entries from %" PRIu64, pull->at);
    ENT_TRY(frontier_extend(pull, entries, count, err));
    if (pull->at < pull->next.size)
        return ENT_OK;
    if (leads_to_signed_root(pull) && !pull->same_past)
        return stop(pull, "the peer's log does not begin with what we hold: it was rewritten", err);
    return ent_fail(err, ENT_UNTRUSTED,
                    "the peer's entries do not lead to the root that it signed");
}

/* ---- bodies ---- */

static ent_code key_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                           ent_err *err)
{
    if (got == ENT_NOT_FOUND)
        return ent_fail(err, ENT_RETRY, "the body of entry %" PRIu64 " is not there",
                        pull->entry.seq);
    if (ent_str_is(content, LINK_ERASED)) { /* by its sender */
        char path[LINK_PATH_SIZE];

        link_path_of(LINK_IN, "key", &pull->entry.body, path);
        ENT_TRY(pull->host->publish(pull->host->arg, path, content, err));
        ENT_TRY(entry_apply(pull, arena, (ent_span){ NULL, 0 }, err));
        return apply_held(pull, err);
    }
    if (content.size != LINK_SEALED_KEY_SIZE)
        return ent_fail(err, ENT_UNTRUSTED, "the key of entry %" PRIu64 " has %zu bytes, not %d",
                        pull->entry.seq, content.size, LINK_SEALED_KEY_SIZE);
    memcpy(pull->sealed_key, content.ptr, LINK_SEALED_KEY_SIZE);
    pull->state = LINK_PULL_BODY;
    return ENT_OK;
}

static ent_code body_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                            ent_err *err)
{
    const link_host *host = pull->host;
    const ent_str sealed_key = { (const char *)pull->sealed_key, LINK_SEALED_KEY_SIZE };
    char path[LINK_PATH_SIZE];
    uint8_t key[LINK_KEY_SIZE];
    ent_span body = { NULL, 0 };
    ent_code rc;

    if (got == ENT_NOT_FOUND) /* perhaps erased this moment: then its key is empty now */
        return ent_fail(err, ENT_RETRY, "the body of entry %" PRIu64 " is not there",
                        pull->entry.seq);
    ENT_TRY(host->unseal(host->arg, ent_span_of_str(sealed_key), key, err));
    rc = link_body_open(arena, ent_span_of_str(content), key, &pull->entry.body, &body, err);
    sodium_memzero(key, sizeof key);
    if (rc != ENT_OK)
        return ent_context(err, "entry %" PRIu64, pull->entry.seq);
    link_path_of(LINK_IN, "key", &pull->entry.body, path);
    ENT_TRY(host->write(host->arg, path, sealed_key, err));
    link_path_of(LINK_IN, "body", &pull->entry.body, path);
    ENT_TRY(host->write(host->arg, path, content, err));
    ENT_TRY(host->sync(host->arg, err));
    ENT_TRY(entry_apply(pull, arena, body, err));
    return apply_held(pull, err);
}

/* ---- how much of ours the peer has seen ---- */

static ent_code cosignature_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                                   ent_err *err)
{
    link_head seen, held, ours;
    char path[LINK_PATH_SIZE];

    pull->state = LINK_PULL_DONE;
    if (got == ENT_NOT_FOUND)
        return ENT_OK;
    if (content.size > ENT_LIMIT_NOTE_SIZE ||
        link_seen_open(pull->host, arena, LINK_OUT, content, &seen, err) != ENT_OK)
        return ent_context(err, "the peer's cosignature");
    ENT_TRY(link_cosignature_read(pull->host, arena, LINK_OUT, &held, err));
    ENT_TRY(link_head_read(pull->host, arena, LINK_OUT, &ours, err));
    if (seen.size == ours.size && !ent_hash_equal(&seen.root, &ours.root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the peer cosigned another log of ours than the one on this disk");
    if (seen.replaced && !ent_str_equal(content, held.note))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the peer's cosignature is made with a key that was replaced");
    if (seen.size < held.size)
        return ent_fail(err, ENT_UNTRUSTED, "the peer takes back a cosignature: it was set back");
    if (ent_str_equal(content, held.note))
        return ENT_OK;
    link_path(LINK_IN, "cosignature", path);
    return pull->host->publish(pull->host->arg, path, content, err);
}

/* ---- the conversation ---- */

ent_code link_pull_begin(link_pull *pull, const link_host *host, ent_arena *arena,
                         uint64_t position, ent_err *err)
{
    link_head seen = { 0 };
    ent_str why;

    *pull = (link_pull){ .host = host, .arena = arena, .position = position };
    if (host->read(host->arg, arena, "stopped", &why, err) == ENT_OK) {
        pull->stopped = true;
        return ent_fail(err, ENT_UNTRUSTED, "the link is stopped: %.*s",
                        why.size > 300 ? 300 : (int)why.size, why.ptr);
    }
    if (err->code != ENT_NOT_FOUND)
        return err->code;
    *err = (ent_err){ 0 };
    if (host->ahead_position != NULL)
        ENT_TRY(host->ahead_position(host->arg, &pull->urgent, err));
    if (host->suspended != NULL)
        ENT_TRY(host->suspended(host->arg, &pull->suspended, err));
    ENT_TRY(link_cosignature_read(host, arena, LINK_OUT, &seen, err));
    pull->beside = ent_hash_of(seen.note.ptr, seen.note.size);
    return link_head_read(host, arena, LINK_IN, &pull->held, err);
}

static void want_of(const link_pull *pull, const char *kind, size_t limit, link_want *want)
{
    char hex[2 * ENT_HASH_SIZE + 1];

    ent_hex_write(pull->entry.body.bytes, ENT_HASH_SIZE, hex);
    (void)snprintf(want->path, sizeof want->path, "%s/%s", kind, hex);
    want->limit = limit;
}

bool link_pull_want(const link_pull *pull, link_want *want)
{
    char hex[2 * ENT_HASH_SIZE + 1], beside[2 * ENT_HASH_SIZE + 1];
    ent_hash hash;

    *want = (link_want){ .limit = ENT_LIMIT_NOTE_SIZE };
    switch (pull->state) {
    case LINK_PULL_CHECKPOINT:
        /* What is not applied yet is reason enough not to wait. */
        want->may_wait =
            pull->held.note.ptr != NULL && ((pull->suspended && pull->urgent >= pull->held.size) ||
                                            pull->position >= pull->held.size);
        hash = ent_hash_of(pull->held.note.ptr, pull->held.note.size);
        ent_hex_write(hash.bytes, ENT_HASH_SIZE, hex);
        if (!want->may_wait) {
            (void)snprintf(want->path, sizeof want->path, "checkpoint");
            return true;
        }
        ent_hex_write(pull->beside.bytes, ENT_HASH_SIZE, beside);
        (void)snprintf(want->path, sizeof want->path, "checkpoint?after=%s&beside=%s", hex, beside);
        return true;
    case LINK_PULL_ROTATION:
        (void)snprintf(want->path, sizeof want->path, "rotation");
        return true;
    case LINK_PULL_BUNDLE:
    case LINK_PULL_JUDGE:
        ledger_tile_path_in(LEDGER_ENTRIES, pull->at, pull->next.size, want->path);
        want->limit = LINK_BUNDLE_LIMIT;
        return true;
    case LINK_PULL_KEY:
        want_of(pull, "key", LINK_SEALED_KEY_SIZE, want);
        return true;
    case LINK_PULL_BODY:
        want_of(pull, "body", (size_t)ENT_LIMIT_BODY_SIZE + LINK_BODY_OVERHEAD, want);
        return true;
    case LINK_PULL_COSIGNATURE:
        (void)snprintf(want->path, sizeof want->path, "cosignature");
        return true;
    case LINK_PULL_DONE:
        break;
    }
    return false;
}

ent_code link_pull_answer(link_pull *pull, ent_arena *arena, ent_code got, ent_str content,
                          ent_err *err)
{
    switch (pull->state) {
    case LINK_PULL_CHECKPOINT:
        return checkpoint_answer(pull, arena, got, content, err);
    case LINK_PULL_ROTATION:
        return rotation_answer(pull, arena, got, content, err);
    case LINK_PULL_BUNDLE:
        return bundle_answer(pull, arena, got, content, err);
    case LINK_PULL_JUDGE:
        return judge_answer(pull, arena, got, content, err);
    case LINK_PULL_KEY:
        return key_answer(pull, arena, got, content, err);
    case LINK_PULL_BODY:
        return body_answer(pull, arena, got, content, err);
    case LINK_PULL_COSIGNATURE:
        return cosignature_answer(pull, arena, got, content, err);
    case LINK_PULL_DONE:
        break;
    }
    return ent_fail(err, ENT_BUG, "a round of pulling is over and gets an answer");
}
