#include "link/regain.h"

#include "base/limits.h"
#include "link/cosign.h"
#include "link/lead.h"
#include "link/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- our own ---- */

/* The root of the first `size` entries on our disk. */
static ent_code own_root(const link_regain *r, ent_arena *arena, uint64_t size, ent_hash *root,
                         ent_err *err)
{
    link_folder folder = { r->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);
    ledger_tile_source tiles = { .files = &files, .arena = arena, .size = r->ours.size };
    ledger_source source = ledger_tiles_source(&tiles);

    return ledger_source_root(&source, size, root, err);
}

/* Is that the past of our log?  Of what is longer than our disk, what comes must say. */
static ent_code past_check(const link_regain *r, ent_arena *arena, const link_head *head,
                           const char *who, ent_err *err)
{
    ent_hash root;

    if (head->size > r->ours.size)
        return ENT_OK;
    ENT_TRY(own_root(r, arena, head->size, &root, err));
    return ent_hash_equal(&root, &head->root)
               ? ENT_OK
               : ent_fail(err, ENT_UNTRUSTED,
                          "%s another history of our log than the one on this disk, at %" PRIu64
                          " entries",
                          who, head->size);
}

static ent_code signer_look(link_regain *r, ent_err *err)
{
    uint64_t at;
    ent_str note;

    ENT_TRY(link_signer_at(r->host, r->arena, LINK_OUT, r->ours.size, &at, &note, err));
    ENT_TRY(link_head_open(r->host, r->arena, LINK_OUT, note, &r->signer, err));
    return past_check(r, r->arena, &r->signer, "keys/signer: our signer has signed", err);
}

ent_code link_regain_begin(link_regain *regain, const link_host *host, ent_arena *arena,
                           link_regain_taken taken, void *arg, ent_err *err)
{
    link_log log;

    *regain = (link_regain){ .host = host, .arena = arena, .taken = taken, .arg = arg };
    /* A signature that was never published is no loss.  What is one is why we are here. */
    if (link_log_open(host, arena, &log, err) != ENT_OK) {
        if (err->code != ENT_UNTRUSTED)
            return err->code;
        *err = (ent_err){ 0 };
    }
    ENT_TRY(link_head_read(host, arena, LINK_OUT, &regain->ours, err));
    return signer_look(regain, err);
}

/* ---- what was seen ---- */

/* The reader's word that it had more than we have, kept at once: nothing is appended any more
 * to what is shorter (link/log.h). */
static ent_code seen_take(link_regain *r, ent_arena *arena, const link_head *seen, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    link_head held;

    ENT_TRY(link_cosignature_read(r->host, r->arena, LINK_OUT, &held, err));
    r->told = seen != NULL && !seen->replaced;
    r->state = LINK_REGAIN_HEAD;
    r->seen = seen != NULL && seen->size > held.size ? *seen : held;
    ENT_TRY(past_check(r, arena, &r->seen, "cosignature: the peer has cosigned", err));
    if (r->seen.size <= held.size || r->seen.replaced)
        return ENT_OK;
    link_path(LINK_IN, "cosignature", path);
    return r->host->publish(r->host->arg, path, r->cosignature, err);
}

static ent_code seen_answer(link_regain *r, ent_arena *arena, ent_code got, ent_str content,
                            ent_err *err)
{
    link_head seen;

    if (got == ENT_NOT_FOUND)
        return seen_take(r, arena, NULL, err);
    if (content.size > ENT_LIMIT_NOTE_SIZE)
        return ent_fail(err, ENT_LIMIT, "cosignature: it has %zu bytes, more than %d", content.size,
                        ENT_LIMIT_NOTE_SIZE);
    r->cosignature = ent_arena_str(r->arena, content);
    if (r->cosignature.ptr == NULL)
        return ent_fail_arena(err);
    if (link_seen_open(r->host, r->arena, LINK_OUT, r->cosignature, &seen, err) == ENT_OK)
        return seen_take(r, arena, &seen, err);
    if (err->code != ENT_UNTRUSTED || r->host->rotate == NULL)
        return ent_context(err, "cosignature");
    *err = (ent_err){ 0 };
    r->state = LINK_REGAIN_ROTATION; /* perhaps its key was replaced while we were away */
    return ENT_OK;
}

static ent_code rotation_answer(link_regain *r, ent_arena *arena, ent_code got, ent_str content,
                                ent_err *err)
{
    link_head seen;

    if (got == ENT_OK && r->host->rotate(r->host->arg, arena, content, err) != ENT_OK &&
        err->code != ENT_CONFLICT)
        return ent_context(err, "rotation");
    *err = (ent_err){ 0 };
    if (link_seen_open(r->host, r->arena, LINK_OUT, r->cosignature, &seen, err) != ENT_OK)
        return ent_context(err, "cosignature");
    return seen_take(r, arena, &seen, err);
}

/* ---- what is given ---- */

/* Nothing was lost that the reader has.  The signer's memory alone may have been set back. */
static ent_code nothing_lost(link_regain *r, ent_arena *arena, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    ent_str note;

    r->state = LINK_REGAIN_DONE;
    if (r->signer.size == r->ours.size)
        return ENT_OK;
    ENT_TRY(link_signer_lead(r->host, arena, LINK_OUT, r->signer.size, r->ours.size, &note, err));
    link_path(LINK_OUT, "checkpoint", path);
    return r->host->publish(r->host->arg, path, note, err);
}

/* The mirror ends where our log does or before. */
static ent_code no_more(link_regain *r, ent_arena *arena, ent_err *err)
{
    if (past_check(r, arena, &r->theirs, LINK_MIRROR "checkpoint: the peer holds", err) != ENT_OK) {
        ent_err unheard = { 0 };

        if (err->code != ENT_UNTRUSTED)
            return err->code;
        if ((r->ours.note.ptr != NULL &&
             link_evidence_keep(r->host, r->ours.note, &unheard) != ENT_OK) ||
            link_evidence_keep(r->host, r->theirs.note, &unheard) != ENT_OK)
            return *err = unheard, err->code;
        return ent_fail(err, ENT_UNTRUSTED,
                        LINK_MIRROR "checkpoint: our key has signed two histories of %" PRIu64
                                    " entries, the peer's and that of this disk; both heads are "
                                    "kept as evidence",
                        r->theirs.size);
    }
    return nothing_lost(r, arena, err);
}

static ent_code frontier_of_ours(link_regain *r, ent_arena *arena, ent_err *err)
{
    link_folder folder = { r->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);
    ent_hash root;

    r->at = r->ours.size;
    ENT_TRY(ledger_tiles_frontier(&files, arena, r->ours.size, &r->frontier, err));
    root = ledger_frontier_root(&r->frontier);
    if (!ent_hash_equal(&root, &r->ours.root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "the tiles of our log do not lead to its signed root: one was changed");
    return ENT_OK;
}

/* Is there less than somebody remembers?  Then whoever appended would sign a second history. */
static ent_code enough(const link_regain *r, ent_err *err)
{
    uint64_t most = r->ours.size > r->theirs.size ? r->ours.size : r->theirs.size;

    if (r->seen.size > most)
        return ent_fail(err, ENT_UNTRUSTED,
                        LINK_MIRROR "checkpoint: the peer has cosigned %" PRIu64
                                    " entries of our log and gives back %" PRIu64
                                    ": entries are missing",
                        r->seen.size, r->theirs.size);
    if (r->signer.size > most)
        return ent_fail(err, ENT_UNTRUSTED,
                        LINK_MIRROR "checkpoint: %" PRIu64
                                    " entries of our log were signed and the peer gives back "
                                    "%" PRIu64 ": it never read the others",
                        r->signer.size, r->theirs.size);
    return ENT_OK;
}

/* Is the head that came the one that our signer signed last?  Then its key does not matter. */
static bool signer_remembers(const link_regain *r)
{
    return r->signer.size == r->theirs.size && ent_hash_equal(&r->signer.root, &r->theirs.root);
}

static ent_code head_answer(link_regain *r, ent_arena *arena, ent_code got, ent_str content,
                            ent_err *err)
{
    uint64_t lost;

    if (got == ENT_NOT_FOUND && r->told) { /* its mirror is lost, and its signer remembers */
        ENT_TRY(enough(r, err));
        return nothing_lost(r, arena, err);
    }
    if (got == ENT_NOT_FOUND)
        return ent_fail(err, ENT_UNAVAILABLE,
                        "the peer gives nothing of our log back: it has read nothing, serves us "
                        "nothing, or is of a version that does not");
    if (content.size > ENT_LIMIT_NOTE_SIZE)
        return ent_fail(err, ENT_LIMIT, LINK_MIRROR "checkpoint has %zu bytes, more than %d",
                        content.size, ENT_LIMIT_NOTE_SIZE);
    content = ent_arena_str(r->arena, content);
    if (content.ptr == NULL)
        return ent_fail_arena(err);
    if (link_head_open(r->host, r->arena, LINK_OUT, content, &r->theirs, err) != ENT_OK)
        return ent_context(err, LINK_MIRROR "checkpoint: no head of our log by a key that we have");
    ENT_TRY(enough(r, err));
    if (r->theirs.size <= r->ours.size)
        return no_more(r, arena, err);
    if (r->theirs.replaced && !signer_remembers(r))
        return ent_fail(err, ENT_UNTRUSTED,
                        LINK_MIRROR
                        "checkpoint: it is signed with a key of ours that was replaced, and "
                        "goes beyond our log: whoever had that key may have made it");
    lost = r->theirs.size - r->ours.size;
    if (lost > ENT_LIMIT_REGAIN_ENTRIES)
        return ent_fail(err, ENT_LIMIT,
                        "%" PRIu64 " entries were lost, more than %d: restore a newer backup first",
                        lost, ENT_LIMIT_REGAIN_ENTRIES);
    r->leaves = ent_arena_array(r->arena, (size_t)lost, sizeof *r->leaves);
    if (r->leaves == NULL)
        return ent_fail_arena(err);
    r->state = LINK_REGAIN_LOOK;
    return frontier_of_ours(r, arena, err);
}

/* ---- entries ---- */

/* Those of a bundle that were lost.  What stands before them in it is on our disk. */
static ent_code bundle_read(const link_regain *r, ent_arena *arena, ent_str content,
                            ent_str **texts, link_entry **entries, size_t *count, ent_err *err)
{
    uint64_t first = r->at / LEDGER_TILE_WIDTH * LEDGER_TILE_WIDTH;
    uint64_t left = r->theirs.size - first;
    unsigned width = left < LEDGER_TILE_WIDTH ? (unsigned)left : LEDGER_TILE_WIDTH;
    size_t known = (size_t)(r->at - first);
    link_entry own;
    ent_str text;

    ENT_TRY(ledger_bundle_read(arena, content, width, texts, err));
    for (size_t i = 0; i < known; i++) {
        ENT_TRY(link_entry_at(r->host, arena, LINK_OUT, first + i, r->ours.size, &own, &text, err));
        if (!ent_str_equal(text, (*texts)[i]))
            return ent_fail(err, ENT_UNTRUSTED,
                            "entry %" PRIu64 " is another than the one on our disk", first + i);
    }
    *texts += known;
    *count = width - known;
    *entries = ent_arena_array(arena, *count, sizeof **entries);
    if (*entries == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        ENT_TRY(link_entry_read(arena, (*texts)[i], &(*entries)[i], err));
        if ((*entries)[i].seq != r->at + i)
            return ent_fail(err, ENT_UNTRUSTED, "entry %" PRIu64 " says it is %" PRIu64, r->at + i,
                            (*entries)[i].seq);
    }
    return ENT_OK;
}

/* What was signed or cosigned at this size must be just this. */
static ent_code mark_check(const link_regain *r, const link_head *mark, const ent_hash *root,
                           const char *who, ent_err *err)
{
    if (r->at != mark->size || ent_hash_equal(root, &mark->root))
        return ENT_OK;
    return ent_fail(err, ENT_UNTRUSTED, "the entries to %" PRIu64 " are not those that %s", r->at,
                    who);
}

static ent_code step_look(link_regain *r, ent_str text, ent_err *err)
{
    ent_hash leaf = ledger_leaf_hash(text), root;

    ENT_TRY(ledger_frontier_append(&r->frontier, &leaf, err));
    r->leaves[r->at - r->ours.size] = leaf;
    r->at++;
    if (r->at != r->theirs.size && r->at != r->signer.size && r->at != r->seen.size)
        return ENT_OK;
    root = ledger_frontier_root(&r->frontier);
    if (r->at == r->theirs.size && !ent_hash_equal(&root, &r->theirs.root))
        return ent_fail(err, ENT_UNTRUSTED,
                        "entries %" PRIu64 " to %" PRIu64
                        " do not lead from our log to the root that we signed: one was altered, "
                        "left out or is another's",
                        r->ours.size, r->theirs.size - 1);
    ENT_TRY(mark_check(r, &r->signer, &root, "our signer signed", err));
    return mark_check(r, &r->seen, &root, "the peer has cosigned", err);
}

static ent_code look(link_regain *r, const ent_str *texts, size_t count, ent_arena *arena,
                     ent_err *err)
{
    for (size_t i = 0; i < count; i++)
        ENT_TRY(step_look(r, texts[i], err));
    if (r->at < r->theirs.size)
        return ENT_OK;
    r->state = LINK_REGAIN_TAKE;
    return frontier_of_ours(r, arena, err);
}

/* Its body, if the disk still has it; else the reader is told that it will not come. */
static ent_code body_settle(const link_regain *r, ent_arena *arena, const link_entry *entry,
                            bool *has, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    ent_span body;
    ent_code rc = link_body_at(r->host, arena, LINK_OUT, entry, &body, err);

    *has = rc == ENT_OK;
    if (rc == ENT_OK)
        return ENT_OK;
    if (rc != ENT_NO && rc != ENT_NOT_FOUND && rc != ENT_UNTRUSTED && rc != ENT_FORMAT)
        return rc;
    *err = (ent_err){ 0 };
    if (rc == ENT_NO)
        return ENT_OK;
    link_path_of(LINK_OUT, "key", &entry->body, path);
    ENT_TRY(r->host->write(r->host->arg, path, ENT_STR(LINK_ERASED), err));
    link_path_of(LINK_OUT, "body", &entry->body, path);
    return r->host->remove(r->host->arg, path, err);
}

/* The signer is led along what is durable on our disk, and the checkpoint moves. */
static ent_code commit(link_regain *r, ent_arena *arena, ent_err *err)
{
    char path[LINK_PATH_SIZE];
    link_head head;
    ent_str note;

    ENT_TRY(link_leavings_remove(r->host, LINK_OUT, r->ours.size, r->theirs.size, err));
    ENT_TRY(r->host->sync(r->host->arg, err));
    ENT_TRY(link_signer_lead(r->host, arena, LINK_OUT, r->signer.size, r->theirs.size, &note, err));
    ENT_TRY(link_head_open(r->host, arena, LINK_OUT, note, &head, err));
    if (!ent_hash_equal(&head.root, &r->theirs.root))
        return ent_fail(err, ENT_BUG, "the signer was led to another root than was checked");
    link_path(LINK_OUT, "checkpoint", path);
    ENT_TRY(r->host->publish(r->host->arg, path, note, err));
    r->regained = r->theirs.size - r->ours.size;
    r->state = LINK_REGAIN_DONE;
    return ENT_OK;
}

static ent_code take(link_regain *r, ent_arena *arena, const ent_str *texts,
                     const link_entry *entries, size_t count, ent_err *err)
{
    link_folder folder = { r->host, LINK_OUT };
    ledger_files files = link_folder_files(&folder);

    for (size_t i = 0; i < count; i++) {
        ent_hash leaf = ledger_leaf_hash(texts[i]);

        if (!ent_hash_equal(&leaf, &r->leaves[r->at + i - r->ours.size]))
            return ent_fail(err, ENT_UNTRUSTED,
                            "entry %" PRIu64 " is another than the one that came before",
                            r->at + i);
    }
    for (size_t i = 0; i < count; i++) {
        bool has = false;

        ENT_TRY(body_settle(r, arena, &entries[i], &has, err));
        ENT_TRY(r->taken(r->arg, arena, &entries[i], has, err));
    }
    /* Before the entries themselves: a signer that is ahead takes whole ones for its own after a
     * crash (link/log.h), and a reader would wait for ever for a body of which nothing says that
     * it was erased. */
    ENT_TRY(r->host->sync(r->host->arg, err));
    ENT_TRY(ledger_tiles_append(&files, arena, r->at, texts, count, err));
    r->at += count;
    return r->at < r->theirs.size ? ENT_OK : commit(r, arena, err);
}

static ent_code bundle_answer(link_regain *r, ent_arena *arena, ent_code got, ent_str content,
                              ent_err *err)
{
    link_entry *entries;
    ent_str *texts;
    link_want place;
    size_t count;
    ent_code rc;

    (void)link_regain_want(r, &place);
    if (got == ENT_NOT_FOUND)
        return ent_fail(err, ENT_RETRY, "%s: it is not there (any more)", place.path);
    rc = bundle_read(r, arena, content, &texts, &entries, &count, err);
    if (rc == ENT_OK)
        rc = r->state == LINK_REGAIN_LOOK ? look(r, texts, count, arena, err)
                                          : take(r, arena, texts, entries, count, err);
    return rc == ENT_OK || rc == ENT_BUG ? rc : ent_context(err, "%s", place.path);
}

/* ---- what is served ---- */

const char *link_mirror_name(const char *name)
{
    static const char prefix[] = LINK_MIRROR, entries[] = "tile/entries/";

    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return NULL;
    name += sizeof prefix - 1;
    return strcmp(name, "checkpoint") == 0 || strncmp(name, entries, sizeof entries - 1) == 0
               ? name
               : NULL;
}

/* ---- the conversation ---- */

bool link_regain_want(const link_regain *regain, link_want *want)
{
    *want = (link_want){ .limit = ENT_LIMIT_NOTE_SIZE };
    switch (regain->state) {
    case LINK_REGAIN_SEEN:
        (void)snprintf(want->path, sizeof want->path, "cosignature");
        return true;
    case LINK_REGAIN_ROTATION:
        (void)snprintf(want->path, sizeof want->path, "rotation");
        return true;
    case LINK_REGAIN_HEAD:
        (void)snprintf(want->path, sizeof want->path, LINK_MIRROR "checkpoint");
        return true;
    case LINK_REGAIN_LOOK:
    case LINK_REGAIN_TAKE:
        (void)snprintf(want->path, sizeof want->path, LINK_MIRROR);
        ledger_tile_path_in(LEDGER_ENTRIES, regain->at, regain->theirs.size,
                            want->path + sizeof LINK_MIRROR - 1);
        want->limit = LINK_BUNDLE_LIMIT;
        return true;
    case LINK_REGAIN_DONE:
        break;
    }
    return false;
}

ent_code link_regain_answer(link_regain *regain, ent_arena *arena, ent_code got, ent_str content,
                            ent_err *err)
{
    switch (regain->state) {
    case LINK_REGAIN_SEEN:
        return seen_answer(regain, arena, got, content, err);
    case LINK_REGAIN_ROTATION:
        return rotation_answer(regain, arena, got, content, err);
    case LINK_REGAIN_HEAD:
        return head_answer(regain, arena, got, content, err);
    case LINK_REGAIN_LOOK:
    case LINK_REGAIN_TAKE:
        return bundle_answer(regain, arena, got, content, err);
    case LINK_REGAIN_DONE:
        break;
    }
    return ent_fail(err, ENT_BUG, "a round of regaining is over and gets an answer");
}
