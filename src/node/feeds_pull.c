#include "node/feeds_int.h"

#include "desk/basis.h"
#include "holdings/import.h"
#include "http/fetch.h"
#include "node/files.h"
#include "node/sandbox.h"
#include "http/watch.h"
#include "taxii/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define ANSWER_MOST   ((size_t)256 << 20)
#define PAGE_MEMORY   ((size_t)1536 << 20)
#define SMALL_MEMORY  ((size_t)16 << 20)
#define FETCH_SECONDS 300
#define REJECTED_MOST ((off_t)1 << 20)
#define DAY_SECONDS   INT64_C(86400)
#define FIRST_SECONDS 5

struct round {
    node_desk *nd;
    const node_home *home;
    ent_arena *arena; /* of the round: state and feed */
    ent_arena *page;  /* of one answer */
    const char *name;
    node_feed feed;
    node_feed_state *state;
    unsigned retry_after;
    int rejected; /* the file of reasons, or -1 */
};

/* ---- bringing in ---- */

static void note_keep(void *arg, const holdings_note *note)
{
    struct round *r = arg;
    char line[1024];
    int size;

    if (note->quarantined || r->rejected < 0 || lseek(r->rejected, 0, SEEK_END) >= REJECTED_MOST)
        return;
    size = snprintf(line, sizeof line, "%zu %.*s: %.*s\n", note->index, ENT_STR_ARG(note->id),
                    (int)(note->reason.size > 800 ? 800 : note->reason.size), note->reason.ptr);
    if (size > 0 && (size_t)size < sizeof line)
        (void)!write(r->rejected, line, (size_t)size);
}

static ent_code items_import(struct round *r, ent_str bytes, formats_kind kind, ent_err *err)
{
    desk *d = node_desk_desk(r->nd);
    holdings_import_options options = {
        .formats = { .kind = kind },
        .source = ent_arena_printf(r->page, "feed:%s", r->name),
        .label = r->feed.label.size > 0 ? r->feed.label : ENT_STR_NONE,
        .now = d->now,
        .random = d->random,
        .random_arg = d->arg,
        .changed = desk_basis_imported,
        .changed_arg = d,
        .note = note_keep,
        .arg = r,
    };
    const holdings_import_count *count;
    holdings_import *import;
    ent_code rc;

    if (options.source.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(holdings_import_new(d->store, &options, &import, err));
    rc = holdings_import_feed(import, bytes.ptr, bytes.size, err);
    if (rc == ENT_OK)
        rc = holdings_import_end(import, true, err);
    count = holdings_import_counted(import);
    if (rc == ENT_OK || rc == ENT_FORMAT) {
        r->state->read += (int64_t)count->read;
        r->state->added += (int64_t)(count->added + count->updated);
        r->state->quarantined += (int64_t)count->quarantined;
        r->state->rejected += (int64_t)count->rejected;
    }
    holdings_import_free(import);
    return rc;
}

static ent_code ask(struct round *r, ent_str url, const char *accept, http_fetch_reply *reply,
                    ent_err *err)
{
    http_fetch_request request = { .url = url.ptr,
                                   .accept = accept,
                                   .ca = r->feed.ca.size > 0 ? r->feed.ca.ptr : NULL,
                                   .user = r->feed.user.size > 0 ? r->feed.user.ptr : NULL,
                                   .secret = r->feed.secret.size > 0 ? r->feed.secret.ptr : NULL,
                                   .allow_private = r->feed.allow_private,
                                   .limit = ANSWER_MOST,
                                   .seconds = FETCH_SECONDS };
    ent_code rc = http_fetch(r->page, &request, reply, err);

    r->retry_after = reply->retry_after;
    return rc;
}

static ent_code state_keep(struct round *r, ent_err *err)
{
    return node_feed_state_write(r->page, r->home, r->name, r->state, err);
}

/* ---- TAXII ---- */

static ent_code texts_keep(struct round *r, const taxii_pull *pull, ent_err *err)
{
    const ent_str from[] = { pull->after, pull->next, pull->last };
    ent_str *const to[] = { &r->state->after, &r->state->next, &r->state->last };

    for (size_t i = 0; i < 3; i++) {
        *to[i] = ent_arena_str(r->arena, from[i]);
        if (to[i]->ptr == NULL)
            return ent_fail_arena(err);
    }
    return state_keep(r, err);
}

static ent_code taxii_round(struct round *r, ent_err *err)
{
    taxii_pull pull = { .url = r->feed.url };
    taxii_pull_step step = TAXII_PULL_MORE;

    while (step == TAXII_PULL_MORE) {
        taxii_pull_answer answer;
        http_fetch_reply reply;
        ent_str url, objects;

        ent_arena_reset(r->page);
        pull.after = r->state->after;
        pull.next = r->state->next;
        pull.last = r->state->last;
        ENT_TRY(taxii_pull_url(r->page, &pull, &url, err));
        ENT_TRY(ask(r, url, "application/taxii+json;version=2.1", &reply, err));
        answer = (taxii_pull_answer){ reply.status, reply.type, reply.date_added_last, reply.body };
        ENT_TRY(taxii_pull_take(r->page, &pull, &answer, &objects, &step, err));
        /* First what came, then where it goes on: a stop in between repeats a page. */
        if (objects.size > 0)
            ENT_TRY(items_import(r, objects, FORMATS_STIX, err));
        ENT_TRY(texts_keep(r, &pull, err));
    }
    return ENT_OK;
}

/* ---- MISP ---- */

struct event {
    int64_t time;
    ent_str uuid;
};

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return ent_str_compare(x->uuid, y->uuid);
}

static bool uuid_like(ent_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr("0123456789abcdefABCDEF-", text.ptr[i]) == NULL)
            return false;
    return text.size == 36;
}

/* What the manifest lists that is later than what was taken, in order. */
static ent_code manifest_read(struct round *r, ent_str body, ent_arena *arena,
                              struct event **events, size_t *count, ent_err *err)
{
    int64_t after = r->state->after.size > 0 ? strtoll(r->state->after.ptr, NULL, 10) : -1;
    ent_json json;

    *count = 0;
    ENT_TRY(ent_json_read(r->page, body, &json, err));
    if (!ent_json_is(json, ENT_JSON_OBJECT))
        return ent_fail(err, ENT_FORMAT, "manifest.json is no MISP manifest");
    *events = ent_arena_array(arena, ent_json_count(json) + 1, sizeof **events);
    if (*events == NULL)
        return ent_fail_arena(err);
    for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v)) {
        ent_str text = ent_json_get_text(v, "timestamp");
        struct event *event = &(*events)[*count];
        int64_t number;

        if (!uuid_like(ent_json_name(v)))
            continue;
        if (text.size > 0)
            number = strtoll(text.ptr, NULL, 10);
        else if (!ent_json_int(ent_json_get(v, "timestamp"), &number))
            continue;
        if (number <= after)
            continue;
        *event = (struct event){ number, ent_arena_str(arena, ent_json_name(v)) };
        if (event->uuid.ptr == NULL)
            return ent_fail_arena(err);
        ++*count;
    }
    if (*count > 0)
        qsort(*events, *count, sizeof **events, by_time);
    return ENT_OK;
}

static ent_code answered(const http_fetch_reply *reply, ent_err *err)
{
    if (reply->status == 200)
        return ENT_OK;
    if (reply->status == 401 || reply->status == 403)
        return ent_fail(err, ENT_DENIED, "the server answers %ld: credentials or rights",
                        reply->status);
    if (reply->status == 429 || reply->status >= 500)
        return ent_fail(err, ENT_UNAVAILABLE, "the server answers %ld", reply->status);
    return ent_fail(err, ENT_FORMAT, "the server answers %ld", reply->status);
}

static ent_code misp_round(struct round *r, ent_err *err)
{
    http_fetch_reply reply;
    struct event *events;
    size_t count;
    ent_str url;

    url = ent_arena_printf(r->page, "%.*smanifest.json", ENT_STR_ARG(r->feed.url));
    if (url.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(ask(r, url, "application/json", &reply, err));
    ENT_TRY(answered(&reply, err));
    ENT_TRY(manifest_read(r, reply.body, r->arena, &events, &count, err));
    for (size_t i = 0; i < count; i++) {
        ent_arena_reset(r->page);
        url = ent_arena_printf(r->page, "%.*s%.*s.json", ENT_STR_ARG(r->feed.url),
                               ENT_STR_ARG(events[i].uuid));
        if (url.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(ask(r, url, "application/json", &reply, err));
        ENT_TRY(answered(&reply, err));
        if (items_import(r, reply.body, FORMATS_MISP, err) != ENT_OK && err->code != ENT_FORMAT)
            return err->code;
        r->state->rejected += err->code == ENT_FORMAT; /* one that cannot be read is counted */
        *err = (ent_err){ 0 };
        /* The date moves when all events of one instant are in. */
        if (i + 1 < count && events[i + 1].time == events[i].time)
            continue;
        r->state->after = ent_arena_printf(r->arena, "%lld", (long long)events[i].time);
        if (r->state->after.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(state_keep(r, err));
    }
    return ENT_OK;
}

/* ---- one round ---- */

static ent_time now_of_day(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND;
}

/* When it is asked again: after its minutes, or doubled for each failure, a day at most. */
static ent_time due_after(const struct round *r, ent_time now)
{
    int64_t seconds = r->feed.minutes * 60;

    for (int64_t i = 1; i < r->state->failures && seconds < DAY_SECONDS; i++)
        seconds *= 2;
    if (r->state->failures > 0 && seconds > DAY_SECONDS)
        seconds = DAY_SECONDS;
    if (seconds < (int64_t)r->retry_after && r->retry_after <= DAY_SECONDS)
        seconds = r->retry_after;
    return now + seconds * ENT_SECOND;
}

static ent_code round_note(struct round *r, ent_code rc, const ent_err *why, ent_err *err)
{
    node_feed_state *s = r->state;

    s->tried = now_of_day();
    s->error = ent_arena_str(r->arena, ent_str_of(rc == ENT_OK ? "" : why->msg));
    if (s->error.ptr == NULL)
        return ent_fail_arena(err);
    s->failures = rc == ENT_OK ? 0 : s->failures + 1;
    if (rc == ENT_OK)
        s->done = s->tried;
    s->due = due_after(r, s->tried);
    return state_keep(r, err);
}

static ent_code round_run(struct round *r, ent_err *err)
{
    ent_err why = { 0 };
    ent_code rc;

    ENT_TRY(node_feed_get(r->arena, r->home, r->name, &r->feed, r->state, err));
    r->rejected = open(node_path(r->arena, "%s/feeds/%s.rejected", r->home->path, r->name),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    rc = r->feed.misp ? misp_round(r, &why) : taxii_round(r, &why);
    if (r->rejected >= 0)
        (void)close(r->rejected);
    ent_arena_reset(r->page);
    ENT_TRY(round_note(r, rc, &why, err));
    *err = why;
    return rc;
}

ent_code node_feed_pull(node_desk *nd, ent_arena *arena, const char *name, node_feed_state *state,
                        ent_err *err)
{
    struct round r = { .nd = nd,
                       .home = node_desk_home(nd),
                       .arena = arena,
                       .page = ent_arena_new(PAGE_MEMORY),
                       .name = name,
                       .state = state };
    node_feed feed;
    ent_code rc;
    int lock;

    if (r.page == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for a feed");
    rc = node_feed_get(arena, r.home, name, &feed, state, err);
    if (rc == ENT_OK)
        rc = node_lock(node_path(arena, "%s/feeds/%s.lock", r.home->path, name), false, &lock, err);
    if (rc == ENT_OK) {
        rc = round_run(&r, err);
        (void)close(lock);
    }
    ent_arena_free(r.page);
    return rc == ENT_OK ? rc : ent_context(err, "feed %s", name);
}

/* ---- the process ---- */

/* Pulls what is due; *wait: seconds until the next is. */
static ent_code due_pull(const node_home *home, ent_arena *arena, int64_t *wait, ent_err *err)
{
    ent_str *names;
    size_t count;

    *wait = DAY_SECONDS;
    ENT_TRY(node_feed_list(arena, home, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        node_feed_state state;
        ent_err why = { 0 };
        node_feed feed;
        node_desk *nd = NULL;
        int64_t left;

        if (node_feed_get(arena, home, names[i].ptr, &feed, &state, &why) != ENT_OK)
            continue; /* it is being removed, or damaged: `feed list` says so */
        if (state.due <= now_of_day()) {
            if (node_desk_open(arena, home, &nd, &why) == ENT_OK &&
                node_feed_pull(nd, arena, names[i].ptr, &state, &why) != ENT_OK)
                (void)fprintf(stderr, "entente: %s\n", why.msg);
            node_desk_close(nd);
        }
        left = (state.due - now_of_day()) / ENT_SECOND + 1;
        if (left < FIRST_SECONDS) /* it could not even be noted */
            left = FIRST_SECONDS;
        if (left < *wait)
            *wait = left;
    }
    return ENT_OK;
}

ent_code node_feeds_run(const node_home *home, int control, ent_err *err)
{
    const char *const all[] = { "/" }, *const own[] = { home->path };
    const node_sandbox sandbox = { all, 1, own, 1, true };
    char folder[4200], bytes[4096];
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int watch = -1;
    ent_code rc = ENT_OK;

    (void)snprintf(folder, sizeof folder, "%s/feeds", home->path);
    /* What servers send is read here: nothing but the home can be written, nothing started. */
    if (timer < 0)
        rc = ent_fail(err, ENT_UNAVAILABLE, "no timer for the feeds: %s", strerror(errno));
    else if (http_watch_open(&watch, err) != ENT_OK || node_folder_make(folder, err) != ENT_OK ||
             node_sandbox_enter(&sandbox, err) != ENT_OK ||
             http_watch_add(watch, folder, IN_MOVED_TO | IN_DELETE, NULL, err) != ENT_OK)
        rc = err->code;
    while (rc == ENT_OK) {
        struct pollfd wait[] = { { control, POLLIN, 0 },
                                 { timer, POLLIN, 0 },
                                 { watch, POLLIN, 0 } };
        ent_arena *arena = ent_arena_new(SMALL_MEMORY);
        struct itimerspec until = { 0 };
        int64_t seconds;

        /* Before the feeds are looked at, so that nothing said meanwhile is missed. */
        while (read(watch, bytes, sizeof bytes) > 0)
            ;
        rc = arena == NULL ? ent_fail(err, ENT_MEMORY, "no memory for feeds")
                           : due_pull(home, arena, &seconds, err);
        ent_arena_free(arena);
        if (rc != ENT_OK)
            break;
        /* Its own notes wake it, too: then nothing is due, and it sleeps. */
        until.it_value.tv_sec = seconds;
        (void)timerfd_settime(timer, 0, &until, NULL);
        while (poll(wait, 3, -1) < 0 && errno == EINTR)
            ;
        (void)!read(timer, bytes, 8);
        if (wait[0].revents != 0)
            break;
    }
    if (timer >= 0)
        (void)close(timer);
    if (watch >= 0)
        (void)close(watch);
    return rc;
}
