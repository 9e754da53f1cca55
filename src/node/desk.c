#include "node/desk.h"

#include "base/text.h"
#include "match/match.h"
#include "match/receive.h"
#include "desk/suspension.h"
#include "desk/work.h"
#include "holdings/derive.h"
#include "node/assured.h"
#include "node/command.h"
#include "node/crew.h"
#include "node/evidence.h"
#include "node/files.h"
#include "node/link.h"
#include "node/outbox.h"
#include "node/receivers.h"
#include "node/suspend.h"
#include "node/users.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#define OFFICERS_LIMIT ((size_t)1 << 20)
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

static ent_code heard_read(node_link *link, ent_arena *arena, uint64_t seq, ent_span *body,
                           ent_err *err)
{
    link_entry entry;
    link_head head;

    ENT_TRY(link_head_read(&link->host, arena, LINK_IN, &head, err));
    if (seq >= head.size)
        return ent_fail(err, ENT_NOT_FOUND, "there is no entry %" PRIu64, seq);
    ENT_TRY(link_entry_at(&link->host, arena, LINK_IN, seq, head.size, &entry, NULL, err));
    return link_body_at(&link->host, arena, LINK_IN, &entry, body, err);
}

/* From our mirror of the peer's log, where it is sealed. */
static ent_code host_heard(void *arg, ent_arena *arena, const char *peer, uint64_t seq,
                           ent_span *body, ent_err *err)
{
    node_desk *nd = arg;
    node_link link;
    ent_code rc = node_link_open(arena, nd->home, nd, peer, &link, err);

    if (rc == ENT_OK)
        rc = heard_read(&link, arena, seq, body, err);
    node_link_close(&link);
    return rc;
}

/* What cannot be said now is tried again by the flush that the work is part of, which says why. */
static void host_said(void *arg)
{
    ent_arena *arena = ent_arena_new(FLUSH_MEMORY);
    ent_err unsaid = { 0 };

    if (arena != NULL)
        (void)!node_outbox_flush(arg, arena, &unsaid);
    ent_arena_free(arena);
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
                       .said = host_said,
                       .files = &node_evidence_files,
                       .crew = &node_crew };
    /* Who works over a server's store from another machine has no mirror. */
    if (!store_is_remote(home->store))
        nd->desk.heard = host_heard;
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

/* ---- what waits to be done and said ---- */

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
            rc = node_outbox_flush(nd, round, err);
        ent_arena_free(round);
        if (rc != ENT_OK)
            return rc;
    } while (worked > 0);
    return node_evidence_flush(nd, arena, err);
}
