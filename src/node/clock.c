#include "node/clock.h"

#include "casework/alarms.h"
#include "casework/cases.h"
#include "casework/due.h"
#include "casework/emergency.h"
#include "casework/hits.h"
#include "casework/redress.h"
#include "casework/warn.h"
#include "desk/evidence.h"
#include "desk/retention.h"
#include "joint/alert.h"
#include "node/child.h"
#include "node/files.h"
#include "node/gossip.h"
#include "node/journal.h"
#include "node/paths.h"
#include "node/readers.h"
#include "node/renew.h"
#include "http/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define CLOCK_MEMORY ((size_t)16 << 20)
#define ROUND_MEMORY ((size_t)512 << 20)
/* After a failure that is not the end of the process. */
#define AGAIN (60 * ENT_SECOND)

/* Whatever has something to do by time.  To add one: the row.  A function does
 * what is due at d->now inside a transaction and sets *next to the first
 * instant at which more will be. */
static const struct {
    const char *name;
    ent_code (*due)(desk *d, ent_arena *arena, ent_time *next, ent_err *err);
} rows[] = {
    { "casework", casework_due },
    { "cases", casework_cases_due },
    { "emergencies", casework_emergency_due },
    { "redress", casework_redress_due },
    { "warnings", casework_warn_due },
    { "hits", casework_hits_due },
    { "alerts", joint_alert_clock },
    { "alarms", casework_alarms_due },
    { "retention", desk_retention_due },
    { "evidence", desk_evidence_due }, /* of what retention has just purged */
};

static ent_code row_run(node_desk *nd, size_t i, ent_time *next, ent_err *err)
{
    ent_arena *arena = ent_arena_new(ROUND_MEMORY);
    desk *d = node_desk_desk(nd);
    ent_code rc;

    *next = ENT_TIME_NEVER;
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for what is due");
    rc = store_begin(d->store, err);
    if (rc == ENT_OK) {
        rc = rows[i].due(d, arena, next, err);
        rc = store_end(d->store, rc, err);
    }
    ent_arena_free(arena);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "what is due for %s", rows[i].name);
}

ent_code node_clock_round(node_desk *nd, ent_time *next, ent_err *err)
{
    ent_arena *arena;
    ent_code rc = ENT_OK;

    *next = ENT_TIME_NEVER;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ent_err failure = { 0 };
        ent_time at;

        if (row_run(nd, i, &at, &failure) != ENT_OK) {
            at = node_desk_desk(nd)->now + AGAIN;
            if (rc == ENT_OK)
                *err = failure, rc = failure.code;
        }
        *next = at < *next ? at : *next;
    }
    arena = ent_arena_new(ROUND_MEMORY);
    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to say what is due");
    if (rc == ENT_OK) {
        ent_time at;
        size_t told;

        rc = node_gossip_say(nd, arena, false, &told, &at, err);
        *next = rc == ENT_OK && at < *next ? at : *next;
        if (rc == ENT_OK)
            rc = node_renew_due(nd, arena, false, &at, err);
        *next = rc == ENT_OK && at < *next ? at : *next;
    }
    if (rc == ENT_OK)
        rc = node_desk_flush(nd, arena, err);
    if (rc == ENT_OK)
        rc = node_readers_refresh(nd, err);
    if (rc == ENT_OK)
        rc = node_journal_flush(nd, arena, err);
    if (rc == ENT_OK)
        rc = node_paths_clean(nd, arena, err);
    ent_arena_free(arena);
    return rc;
}

/* ---- waiting ---- */

struct clock {
    node_desk *nd;
    int control, watch, timer;
    int clock_watch;        /* of the folder of the exercise clock */
    const char *clock_name; /* in it */
    int64_t notices;        /* that waited after the last round */
    char last[ENT_ERR_MSG_MAX];
};

static ent_code watch_open(struct clock *c, ent_arena *arena, ent_err *err)
{
    const node_home *home = node_desk_home(c->nd);
    const char *applied = node_path(arena, "%s/run/applied", home->path);

    ENT_TRY(node_folder_make(applied, err));
    ENT_TRY(http_watch_open(&c->watch, err));
    ENT_TRY(http_watch_add(c->watch, applied, IN_MOVED_TO, NULL, err));
    c->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (c->timer < 0)
        return ent_fail(err, ENT_IO, "no timer for the clock: %s", strerror(errno));
    /* A clock on exercise is a file that somebody replaces or writes. */
    if (home->clock != NULL) {
        ent_str folder = ent_arena_str(arena, ent_str_of(home->clock));
        const char *slash = strrchr(home->clock, '/');

        if (folder.ptr == NULL)
            return ent_fail_arena(err);
        folder = ent_arena_str(arena, (ent_str){ folder.ptr, (size_t)(slash - home->clock) });
        if (folder.ptr == NULL)
            return ent_fail_arena(err);
        c->clock_name = slash + 1;
        ENT_TRY(http_watch_add(c->watch, folder.ptr, IN_MOVED_TO | IN_CLOSE_WRITE, &c->clock_watch,
                               err));
    }
    return ENT_OK;
}

static void timer_set(const struct clock *c, ent_time next)
{
    struct itimerspec at = { 0 };

    /* Being set anew is an event too.  A clock on exercise only moves by its
   * file. */
    if (node_desk_home(c->nd)->clock == NULL && next != ENT_TIME_NEVER) {
        at.it_value.tv_sec = (time_t)(next / ENT_SECOND) + 1;
        at.it_value.tv_nsec = 0;
    }
    (void)timerfd_settime(c->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL);
}

/* Of the folder of the clock only the clock is news: the store is written there
 * too. */
static bool watch_take(const struct clock *c)
{
    _Alignas(struct inotify_event) char bytes[4096];
    bool news = false;
    ssize_t got;

    while ((got = read(c->watch, bytes, sizeof bytes)) > 0)
        for (char *p = bytes; p < bytes + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)p;

            news = news || event->wd != c->clock_watch ||
                   (event->len > 0 && strcmp(event->name, c->clock_name) == 0);
            p += sizeof *event + event->len;
        }
    return news;
}

/* False when we are to end. */
static bool news_await(const struct clock *c)
{
    for (;;) {
        struct pollfd wait[3] = { { c->control, POLLIN, 0 },
                                  { c->watch, POLLIN, 0 },
                                  { c->timer, POLLIN, 0 } };
        uint64_t times;

        if (poll(wait, 3, -1) < 0 && errno != EINTR)
            return false;
        if (wait[0].revents != 0)
            return false;
        if (watch_take(c) || wait[2].revents != 0) {
            (void)!read(c->timer, &times, sizeof times);
            return true;
        }
    }
}

static ent_code one_counted(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    ++*(int64_t *)arg;
    return ENT_OK;
}

/* What this process put down itself nobody else has announced to `notify`. */
static void notices_announce(struct clock *c)
{
    ent_err ignored = { 0 };
    int64_t count = 0;

    if (store_docs_each(node_desk_desk(c->nd)->store, "notice", NULL, "waiting", one_counted,
                        &count, &ignored) == ENT_OK &&
        count > c->notices)
        (void)!node_desk_announce(node_desk_home(c->nd), "notify", &ignored);
    c->notices = count;
}

static ent_code rounds(struct clock *c, ent_err *err)
{
    do {
        ent_err failure = { 0 };
        ent_time next;
        ent_code rc = node_clock_round(c->nd, &next, &failure);

        if (rc == ENT_MEMORY || rc == ENT_BUG || rc == ENT_CONFIG) {
            *err = failure;
            return rc;
        }
        if (rc != ENT_OK && strcmp(c->last, failure.msg) != 0)
            (void)fprintf(stderr, "entente: clock: %s\n", failure.msg);
        (void)snprintf(c->last, sizeof c->last, "%s", rc == ENT_OK ? "" : failure.msg);
        notices_announce(c);
        timer_set(c, next);
    } while (news_await(c));
    return ENT_OK;
}

ent_code node_clock_run(const node_home *home, int control, ent_err *err)
{
    ent_arena *arena = ent_arena_new(CLOCK_MEMORY);
    struct clock c = { .control = control, .watch = -1, .timer = -1, .clock_watch = -1 };
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for the clock");
    rc = node_desk_open(arena, home, &c.nd, err);
    if (rc == ENT_OK)
        rc = watch_open(&c, arena, err);
    if (rc == ENT_OK)
        rc = node_line_send(control, "ready\n", 6, err);
    if (rc == ENT_OK)
        rc = rounds(&c, err);
    if (c.watch >= 0)
        (void)close(c.watch);
    if (c.timer >= 0)
        (void)close(c.timer);
    node_desk_close(c.nd);
    ent_arena_free(arena);
    return rc == ENT_OK ? ENT_OK : ent_context(err, "clock");
}
