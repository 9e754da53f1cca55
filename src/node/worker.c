#include "node/worker.h"

#include "node/border.h"
#include "node/child.h"
#include "node/files.h"
#include "node/keys.h"
#include "node/regain.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define WORKER_MEMORY ((size_t)64 << 20)
#define FLUSH_MEMORY  ((size_t)64 << 20)
#define HEADS_MEMORY  ((size_t)1 << 20)
#define WAIT_FIRST_MS 100
#define WAIT_MOST_MS  15000
/* A body of the largest size over a slow line. */
#define FETCH_SECONDS 600U

struct fetching {
    node_courier *courier;
    bool may_wait;
};

static ent_code fetch(void *arg, ent_arena *arena, const link_want *want, ent_str *content,
                      ent_err *err)
{
    const struct fetching *fetching = arg;
    char path[sizeof want->path];

    (void)snprintf(path, sizeof path, "%s", want->path);
    if (!fetching->may_wait)
        path[strcspn(path, "?")] = '\0';
    return node_courier_get(fetching->courier, arena, path, want->limit,
                            want->may_wait ? NODE_HOLD_SECONDS + 15 : FETCH_SECONDS, content, err);
}

ent_code node_worker_pull(node_link *link, node_courier *courier, uint64_t *applied, ent_err *err)
{
    struct fetching fetching = { courier, false };
    bool stopped;

    return node_link_pull(link, fetch, &fetching, applied, &stopped, err);
}

struct worker {
    node_desk *nd;
    node_link link;
    node_courier *courier;
    int control;
    int wait_ms;
    char last[ENT_ERR_MSG_MAX]; /* what was said to go wrong */
};

/* What a killed courier left behind. */
static void spool_clean(const struct worker *w, ent_arena *arena)
{
    const char *path = node_path(arena, "%s/spool", w->link.folder);
    DIR *dir = opendir(path);

    if (dir == NULL)
        return;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        if (e->d_name[0] != '.')
            (void)unlink(node_path(arena, "%s/%s", path, e->d_name));
    (void)closedir(dir);
}

static void failure_say(struct worker *w, const ent_err *failure)
{
    if (strcmp(w->last, failure->msg) == 0)
        return;
    (void)snprintf(w->last, sizeof w->last, "%s", failure->msg);
    (void)fprintf(stderr, "entente: link %s: %s\n", w->link.peer.code, failure->msg);
}

/* Waits, longer each time; false when we are to end. */
static bool pause_end(struct worker *w, bool stopped)
{
    struct pollfd wait = { w->control, POLLIN, 0 };
    int ms = stopped ? WAIT_MOST_MS : w->wait_ms;

    w->wait_ms = w->wait_ms == 0 ? WAIT_FIRST_MS
                                 : (w->wait_ms > WAIT_MOST_MS / 2 ? WAIT_MOST_MS : w->wait_ms * 2);
    return poll(&wait, 1, ms) == 0;
}

static ent_code flush(struct worker *w, ent_err *err)
{
    ent_arena *arena = ent_arena_new(FLUSH_MEMORY);
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to say what waits");
    rc = node_desk_flush(w->nd, arena, err);
    ent_arena_free(arena);
    return rc;
}

/* Has the peer seen more of our log than there is?  Then this is an old disk, and the link is held
 * before anybody can read of it that the log was set back, or add to it. */
static ent_code set_back_hold(struct worker *w, ent_err *err)
{
    ent_arena *arena = ent_arena_new(HEADS_MEMORY);
    bool held = false;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for two heads");
    rc = node_regain_held(&w->link, arena, &held, err);
    ent_arena_free(arena);
    if (held)
        (void)fprintf(stderr,
                      "entente: link %s: the peer has cosigned more of our log than is on this "
                      "disk; the link is held: `entente log regain %s`\n",
                      w->link.peer.code, w->link.peer.code);
    return rc;
}

/* One round.  RETRY is the peer's log having moved on, or being told to stop. */
static ent_code round_work(struct worker *w, bool *stopped, ent_err *err)
{
    struct fetching fetching = { .may_wait = true };
    ent_err unsaid = { 0 };
    uint64_t applied = 0;
    ent_code rc;

    if (w->courier == NULL || node_courier_gone(w->courier)) {
        node_courier_stop(w->courier);
        w->courier = NULL;
        ENT_TRY(node_courier_start(w->link.home, w->link.peer.code, w->control, &w->courier, err));
    }
    fetching.courier = w->courier;
    /* What cannot be said is no reason not to listen. */
    rc = flush(w, &unsaid);
    if (rc == ENT_IO || rc == ENT_MEMORY || rc == ENT_BUG) {
        *err = unsaid;
        return rc;
    }
    if (rc != ENT_OK && rc != ENT_RETRY)
        failure_say(w, &unsaid);
    rc = node_link_pull(&w->link, fetch, &fetching, &applied, stopped, err);
    if (applied > 0) {
        ent_err failure = { 0 };

        if (flush(w, &failure) != ENT_OK)
            failure_say(w, &failure);
    }
    return rc == ENT_OK ? set_back_hold(w, err) : rc;
}

static ent_code rounds_work(struct worker *w, ent_err *err)
{
    bool stopped = false;

    do {
        ent_err failure = { 0 };
        ent_code rc = round_work(w, &stopped, &failure);

        if (rc == ENT_OK) {
            w->wait_ms = 0;
            w->last[0] = '\0';
        } else if (rc == ENT_IO || rc == ENT_MEMORY || rc == ENT_BUG) {
            /* Of our own disk or making: start from scratch, by the supervisor. */
            *err = failure;
            return rc;
        } else if (rc != ENT_RETRY) {
            failure_say(w, &failure);
        }
        if (rc == ENT_OK)
            continue;
        if (!pause_end(w, stopped))
            return ENT_OK;
    } while (true);
}

static ent_code worker_serve(struct worker *w, ent_arena *arena, const node_home *home,
                             const char *peer, ent_err *err)
{
    ENT_TRY(node_desk_open(arena, home, &w->nd, err));
    ENT_TRY(node_link_open(arena, home, w->nd, peer, &w->link, err));
    if (!node_peer_works(w->link.peer.state))
        return ent_fail(err, ENT_DENIED, "the link to %s is not confirmed", peer);
    spool_clean(w, arena);
    if (node_link_prepare(&w->link, arena, err) != ENT_OK) {
        if (err->code != ENT_UNTRUSTED)
            return err->code;
        failure_say(w, err);
        *err = (ent_err){ 0 };
    }
    ENT_TRY(node_hello_tell(w->nd, arena, peer, err));
    ENT_TRY(node_line_send(w->control, "ready\n", 6, err));
    return rounds_work(w, err);
}

ent_code node_worker_run(const node_home *home, const char *peer, int control, ent_err *err)
{
    ent_arena *arena = ent_arena_new(WORKER_MEMORY);
    struct worker w = { .control = control, .link = { .out_lock = -1, .in_lock = -1 } };
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a link");
    rc = worker_serve(&w, arena, home, peer, err);
    node_courier_stop(w.courier);
    node_link_close(&w.link);
    node_desk_close(w.nd);
    ent_arena_free(arena);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "link %s", peer);
}

/* ---- before the others ---- */

static ent_code urgent_pull(struct worker *w, ent_arena *arena, const node_home *home,
                            const char *peer, ent_err *err)
{
    ent_err failure = { 0 };
    uint64_t applied = 0;
    ent_code rc;

    ENT_TRY(node_desk_open(arena, home, &w->nd, err));
    ENT_TRY(node_link_open(arena, home, w->nd, peer, &w->link, err));
    w->link.only_urgent = true;
    ENT_TRY(node_courier_start(home, peer, w->control, &w->courier, err));
    rc = node_worker_pull(&w->link, w->courier, &applied, err);
    if (set_back_hold(w, &failure) == ENT_OK)
        return rc;
    *err = failure;
    return failure.code;
}

ent_code node_worker_catch_up(const node_home *home, const char *peer, int control, ent_err *err)
{
    ent_arena *arena = ent_arena_new(WORKER_MEMORY);
    struct worker w = { .control = control, .link = { .out_lock = -1, .in_lock = -1 } };
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a link");
    rc = urgent_pull(&w, arena, home, peer, err);
    node_courier_stop(w.courier);
    node_link_close(&w.link);
    node_desk_close(w.nd);
    ent_arena_free(arena);
    /* The link's own process says what is wrong with it. */
    return rc == ENT_IO || rc == ENT_MEMORY || rc == ENT_BUG ? rc : ENT_OK;
}
