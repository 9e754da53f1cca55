#include "node/desk.h"

#include "base/text.h"
#include "match/match.h"
#include "match/receive.h"
#include "desk/suspension.h"
#include "desk/work.h"
#include "node/assured.h"
#include "node/command.h"
#include "node/crew.h"
#include "node/evidence.h"
#include "node/files.h"
#include "node/journal.h"
#include "node/link.h"
#include "node/readers.h"
#include "node/receivers.h"
#include "node/suspend.h"
#include "node/users.h"
#include "holdings/derive.h"
#include "http/watch.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define OFFICERS_LIMIT ((size_t)1 << 20)
/* One outbox row: a body in base64, its JSON, the body again and sealed. */
#define ROW_MEMORY ((size_t)1 << 30)
/* One round of a flush: ids of rows, what standing matches work with. */
#define FLUSH_MEMORY ((size_t)512 << 20)

struct session {
    struct session *next;
    node_session *session;
};

struct node_desk {
    const node_home *home;
    ent_arena *arena;
    desk desk;
    node_signer *signer;
    struct session *sessions;
};

/* ---- what a desk asks its host ---- */

static void host_random(void *arg, void *bytes, size_t size)
{
    (void)arg;
    randombytes_buf(bytes, size);
}

static ent_code host_peer(void *arg, ent_arena *arena, const char *code, desk_peer *peer,
                          ent_err *err)
{
    node_desk *nd = arg;
    node_peer found;
    ent_str copy;
    bool suspended;

    ENT_TRY(node_peer_get(arena, nd->home, code, &found, err));
    if (found.state != NODE_PEER_CONFIRMED)
        return ent_fail(err, ENT_DENIED, "the link to %s is %s, not confirmed", code,
                        node_peer_state_name(found.state));
    ENT_TRY(desk_suspended(&nd->desk, arena, code, &suspended, err));
    if (suspended)
        return ent_fail(err, ENT_DENIED, "%s has suspended the exchange [suspension]", code);
    copy = ent_arena_str(arena, ent_str_of(found.code));
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    *peer = (desk_peer){ .code = copy.ptr, .name = found.name, .reads = found.reader };
    memcpy(peer->identity, found.identity, sizeof peer->identity);
    memcpy(peer->key, node_peer_key(&found), sizeof peer->key);
    return ENT_OK;
}

static ent_code host_statement(void *arg, ent_arena *arena, ent_str statement, ent_json approvals,
                               ent_str drafter, uint8_t signature[64], ent_err *err)
{
    node_signer *signer;

    ENT_TRY(node_desk_signer(arg, &signer, err));
    return node_signer_statement(signer, arena, statement, drafter, approvals, signature, err);
}

static ent_code host_officers(void *arg, ent_arena *arena, ent_str *lines, ent_err *err)
{
    const node_desk *nd = arg;

    if (node_file_read(arena, node_path(arena, "%s/keys/officers", nd->home->path), OFFICERS_LIMIT,
                       lines, err) == ENT_OK)
        return ENT_OK;
    if (err->code != ENT_NOT_FOUND)
        return err->code;
    *err = (ent_err){ 0 };
    *lines = ENT_STR("");
    return ENT_OK;
}

static ent_code host_assured(void *arg, ent_arena *arena, ent_str code, bool *yes, ent_err *err)
{
    const node_desk *nd = arg;

    return node_assured_get(arena, nd->home, code, yes, err);
}

static void officer_sign(void *arg, const void *bytes, size_t size, uint8_t signature[64])
{
    node_session_sign(arg, bytes, size, signature);
}

/* ---- opening ---- */

ent_code node_desk_open(ent_arena *arena, const node_home *home, node_desk **out, ent_err *err)
{
    node_desk *nd = calloc(1, sizeof *nd);
    ent_code rc;

    if (nd == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a desk");
    nd->home = home;
    nd->arena = arena;
    nd->desk = (desk){ .code = home->code,
                       .name = home->name,
                       .arg = nd,
                       .random = host_random,
                       .peer = host_peer,
                       .statement = host_statement,
                       .officers = host_officers,
                       .assured = host_assured,
                       .above = node_receivers,
                       .released = match_leaves_open,
                       .files = &node_evidence_files,
                       .crew = &node_crew };
    memcpy(nd->desk.identity, home->identity, sizeof nd->desk.identity);
    rc = node_now(home, &nd->desk.now, err);
    if (rc == ENT_OK)
        rc = store_open(home->store, &nd->desk.store, err);
    if (rc == ENT_OK)
        rc = store_exercise_settle(nd->desk.store, home->clock != NULL, err);
    if (rc == ENT_OK)
        rc = holdings_derived_settle(nd->desk.store, err);
    if (rc != ENT_OK) {
        node_desk_close(nd);
        return rc;
    }
    *out = nd;
    return ENT_OK;
}

void node_desk_close(node_desk *nd)
{
    if (nd == NULL)
        return;
    while (nd->sessions != NULL) {
        struct session *next = nd->sessions->next;

        node_session_end(nd->sessions->session);
        free(nd->sessions);
        nd->sessions = next;
    }
    node_signer_stop(nd->signer);
    if (nd->desk.store != NULL)
        store_close(nd->desk.store);
    free(nd);
}

desk *node_desk_desk(node_desk *nd)
{
    ent_err ignored = { 0 };
    ent_time now;

    if (node_now(nd->home, &now, &ignored) == ENT_OK)
        nd->desk.now = now;
    return &nd->desk;
}

const node_home *node_desk_home(const node_desk *nd)
{
    return nd->home;
}

ent_code node_desk_signer(node_desk *nd, node_signer **signer, ent_err *err)
{
    if (nd->signer != NULL && node_signer_gone(nd->signer)) {
        node_signer_stop(nd->signer);
        nd->signer = NULL;
    }
    if (nd->signer == NULL)
        ENT_TRY(node_signer_start(nd->home, &nd->signer, err));
    *signer = nd->signer;
    return ENT_OK;
}

ent_code node_desk_officer(node_desk *nd, const char *user, desk_officer *officer, ent_err *err)
{
    struct session *held;
    ent_str passphrase;
    ent_code rc;

    for (held = nd->sessions; held != NULL; held = held->next)
        if (strcmp(held->session->user.name, user) == 0)
            break;
    if (held == NULL) {
        held = calloc(1, sizeof *held);
        if (held == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory for a session");
        held->session = node_session_inherited(user);
        rc = held->session != NULL ? ENT_OK : node_passphrase_get(NULL, user, &passphrase, err);
        if (rc == ENT_OK && held->session == NULL) {
            rc = node_session_begin(nd->home, user, passphrase, &held->session, err);
            node_passphrase_free(passphrase);
        }
        if (rc != ENT_OK) {
            free(held);
            return rc;
        }
        held->next = nd->sessions;
        nd->sessions = held;
    }
    *officer = (desk_officer){ .name = held->session->user.name,
                               .role = node_role_name(held->session->user.role),
                               .sign = node_session_signs(held->session) ? officer_sign : NULL,
                               .arg = held->session };
    memcpy(officer->key, held->session->user.key, sizeof officer->key);
    return ENT_OK;
}

/* ---- the outbox ---- */

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
        size_t room = list->room == 0 ? 64 : list->room * 2;
        const char **grown = ent_arena_array(list->arena, room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (list->count > 0)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->room = room;
    }
    copy = ent_arena_str(list->arena, text);
    if (copy.ptr == NULL)
        return ent_fail_arena(err);
    list->items[list->count++] = copy.ptr;
    return ENT_OK;
}

static ent_code row_read(node_desk *nd, ent_arena *arena, const char *id, link_kind *kind,
                         ent_span *body, ent_err *err)
{
    store_doc doc;
    ent_json json;

    ENT_TRY(desk_doc(&nd->desk, arena, "outbox", ent_str_of(id), &doc, &json, err));
    if (!link_kind_read(ent_json_get_text(json, "kind"), kind))
        return ent_fail(err, ENT_BUG, "outbox row %s has a kind that no link knows", id);
    return desk_bytes(arena, &doc, json, "body", body, err);
}

static ent_code row_delete(node_desk *nd, const char *kind, const char *id, ent_err *err)
{
    ent_code rc;

    ENT_TRY(store_begin(nd->desk.store, err));
    rc = store_doc_delete(nd->desk.store, kind, ent_str_of(id), err);
    return store_end(nd->desk.store, rc, err);
}

static ent_code row_append(node_desk *nd, link_log *log, const char *id, ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROW_MEMORY);
    ent_span body;
    link_kind kind;
    uint64_t seq;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for an entry");
    rc = row_read(nd, arena, id, &kind, &body, err);
    if (rc == ENT_OK)
        rc = link_log_append(log, arena, kind, id, body, node_desk_desk(nd)->now, &seq, err);
    ent_arena_free(arena);
    return rc == ENT_OK ? row_delete(nd, "outbox", id, err) : rc;
}

/* On a suspended link only what is urgent is said; the rest waits. */
static ent_code row_waits(node_desk *nd, const char *id, bool *waits, ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROW_MEMORY);
    store_doc doc;
    link_kind kind;
    ent_json json;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for an entry");
    rc = desk_doc(&nd->desk, arena, "outbox", ent_str_of(id), &doc, &json, err);
    *waits = rc == ENT_OK &&
             !(link_kind_read(ent_json_get_text(json, "kind"), &kind) && link_kind_urgent(kind));
    ent_arena_free(arena);
    return rc;
}

ent_code node_desk_said(node_desk *nd, ent_arena *arena, const link_host *host, ent_err *err)
{
    store_doc row;
    bool there;
    char last[37];

    ENT_TRY(link_log_last(host, arena, last, err));
    if (last[0] == '\0')
        return ENT_OK;
    ENT_TRY(desk_doc_found(&nd->desk, arena, "outbox", ent_str_of(last), &row, &there, err));
    return there ? row_delete(nd, "outbox", last, err) : ENT_OK;
}

/* Rows are read under the lock: what another host has said is gone from them. */
static ent_code rows_append(node_desk *nd, ent_arena *arena, node_link *link, ent_err *err)
{
    struct texts rows = { .arena = arena };
    link_log log;

    ENT_TRY(link_log_open(&link->host, arena, &log, err));
    ENT_TRY(node_desk_said(nd, arena, &link->host, err));
    ENT_TRY(store_docs_each(nd->desk.store, "outbox", link->peer.code, "waiting", text_collect,
                            &rows, err));
    for (size_t i = 0; i < rows.count; i++) {
        bool waits = false;

        if (link->peer.state == NODE_PEER_SUSPENDED)
            ENT_TRY(row_waits(nd, rows.items[i], &waits, err));
        if (!waits)
            ENT_TRY(row_append(nd, &log, rows.items[i], err));
    }
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

    ENT_TRY(store_docs_each(nd->desk.store, "erase", link->peer.code, out ? "out" : "in",
                            text_collect, &rows, err));
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
        ENT_TRY(row_delete(nd, "erase", rows.items[i], err));
    }
    return ENT_OK;
}

static ent_code peer_flush(node_desk *nd, ent_arena *arena, const char *code, ent_err *err)
{
    node_link link;
    ent_code rc = node_link_open(arena, nd->home, nd, code, &link, err);

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

/* The long work of one message of a match, by one process of the node at a time: two would make the
 * same bytes, each on all processors.  Who comes while another works leaves it to that one, which
 * looks again until nothing is left.  What comes between its last look and its unlocking is the
 * next flush's, which a link's process does at each round: NODE_HOLD_SECONDS later at most. */
static ent_code matches_work(node_desk *nd, ent_arena *arena, size_t *worked, ent_err *err)
{
    const char *path = node_path(arena, "%s/run/match.lock", nd->home->path);
    ent_err unheard = { 0 };
    ent_code rc;
    int lock;

    *worked = 0;
    rc = node_lock(path, false, &lock, err);
    if (rc == ENT_RETRY) {
        *err = (ent_err){ 0 };
        return ENT_OK;
    }
    if (rc != ENT_OK)
        return rc;
    rc = match_work(node_desk_desk(nd), arena, worked, err);
    (void)close(lock);
    if (*worked > 0)
        (void)!node_desk_announce(nd->home, nd->home->code, &unheard);
    return rc;
}

static ent_code peers_flush(node_desk *nd, ent_arena *arena, ent_err *err)
{
    struct texts peers = { .arena = arena, .peers = true };
    ent_code rc = ENT_OK;

    ENT_TRY(store_docs_each(nd->desk.store, "outbox", NULL, "waiting", text_collect, &peers, err));
    ENT_TRY(store_docs_each(nd->desk.store, "erase", NULL, NULL, text_collect, &peers, err));
    for (size_t i = 0; i < peers.count; i++) {
        ent_err failure = { 0 };

        if (peer_flush(nd, arena, peers.items[i], &failure) == ENT_OK || rc != ENT_OK)
            continue;
        *err = failure;
        rc = failure.code;
    }
    return rc;
}

/* What one message of a match says goes out while the next is worked on. */
ent_code node_desk_flush(node_desk *nd, ent_arena *arena, ent_err *err)
{
    size_t worked;

    do {
        ent_arena *round = ent_arena_new(FLUSH_MEMORY);
        ent_code rc;

        if (round == NULL)
            return ent_fail(err, ENT_MEMORY, "no memory to say what waits");
        rc = matches_work(nd, round, &worked, err);
        if (rc == ENT_OK)
            rc = peers_flush(nd, round, err);
        ent_arena_free(round);
        if (rc != ENT_OK)
            return rc;
    } while (worked > 0);
    return node_evidence_flush(nd, arena, err);
}

/* ---- waiting ---- */

ent_code node_desk_announce(const node_home *home, const char *peer, ent_err *err)
{
    char folder[4096], path[4200], temporary[4220];
    FILE *out;

    /* Only a signal: it need not survive a crash, so nothing is synced. */
    (void)snprintf(folder, sizeof folder, "%s/run/applied", home->path);
    (void)snprintf(path, sizeof path, "%s/%s", folder, peer);
    (void)snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
    ENT_TRY(node_folder_make(folder, err));
    out = fopen(temporary, "w");
    if (out == NULL || fclose(out) != 0 || rename(temporary, path) != 0)
        return ent_fail(err, ENT_IO, "cannot write '%s': %s", path, strerror(errno));
    return ENT_OK;
}

static int64_t milliseconds(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits for a change or the deadline, and takes what was reported.  A server tells of what
 * processes on other machines did; SQLite's are all on this one and use the folder. */
static void change_await(store *s, int watch, int64_t until)
{
    struct pollfd wait[2] = { { watch, POLLIN, 0 }, { store_changes(s), POLLIN, 0 } };
    int64_t left = until - milliseconds();
    char bytes[4096];

    /* It may have been heard while `done` was asking. */
    if (left <= 0 || store_changes_take(s))
        return;
    if (poll(wait, wait[1].fd < 0 ? 1 : 2, left > 60000 ? 60000 : (int)left) > 0)
        while (read(watch, bytes, sizeof bytes) > 0)
            ;
    (void)store_changes_take(s);
}

ent_code node_desk_wait(node_desk *nd, node_desk_done done, void *arg, unsigned seconds,
                        ent_err *err)
{
    int64_t until = milliseconds() + (int64_t)seconds * 1000;
    const char *folder = node_path(nd->arena, "%s/run/applied", nd->home->path);
    ent_code rc;
    bool yes;
    int watch;

    ENT_TRY(node_folder_make(folder, err));
    if (http_watch_open(&watch, err) != ENT_OK ||
        http_watch_add(watch, folder, IN_MOVED_TO, NULL, err) != ENT_OK) {
        if (watch >= 0)
            (void)close(watch);
        return ent_context(err, "what was asked goes on, but its answer cannot be waited for");
    }
    /* The watches stand before the question, so that no change falls between. */
    (void)store_changes(nd->desk.store);
    for (;;) {
        yes = false;
        rc = done(arg, &yes, err);
        if (rc != ENT_OK || yes)
            break;
        if (milliseconds() >= until) {
            rc = ent_fail(err, ENT_RETRY, "nothing came within %u seconds", seconds);
            break;
        }
        change_await(nd->desk.store, watch, until);
    }
    (void)close(watch);
    return rc;
}
