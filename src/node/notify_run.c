/* The rounds and the process. */
#include "node/notify.h"

#include "base/json_write.h"
#include "desk/compartment.h"
#include "desk/work.h"
#include "node/files.h"
#include "http/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define FIRST_WAIT   (30 * ENT_SECOND)
#define LONGEST_WAIT (3600 * ENT_SECOND)
#define GIVEN_UP     ENT_DAY_TIME
#define ROUND_MEMORY ((size_t)256 << 20)
#define TEXT_MOST    2000

struct round {
    node_desk *nd;
    ent_arena *arena;
    node_route *routes;
    size_t route_count;
    ent_time now, next;
};

/* One notice by one route. */
struct sent {
    ent_str id; /* of the document */
    const char *state;
    int64_t tries;
    ent_time first, next;
    ent_str error;
};

/* ---- what is to be sent ---- */

static bool urgent_enough(const node_route *route, ent_str precedence)
{
    casework_precedence wanted, has;

    return route->at_least.size == 0 || !casework_precedence_read(route->at_least, &wanted) ||
           !casework_precedence_read(precedence, &has) || has <= wanted;
}

static bool goes_by(const node_route *route, ent_json notice)
{
    ent_str to = ent_json_get_text(notice, "to");

    return urgent_enough(route, ent_json_get_text(notice, "precedence")) &&
           (route->person.size == 0 || to.size == 0 || ent_str_equal(route->person, to));
}

/* What somebody in no compartment sees of it: whoever reads a notice is nobody we know. */
static ent_code item_load(struct round *r, ent_str object, casework_item *item, ent_err *err)
{
    desk *d = node_desk_desk(r->nd);
    const store_reader *reader;
    ent_code rc;

    ENT_TRY(desk_reader_open(d, r->arena, ENT_STR(""), NULL, 0, &reader, err));
    (void)store_reader_set(d->store, reader);
    rc = casework_item_load(d, r->arena, object, item, err);
    (void)store_reader_set(d->store, NULL);
    return rc;
}

/* The words, if the route may have them and the legal officer has not to see them first. */
static ent_code content_add(struct round *r, const store_doc *doc, node_message *m, ent_str object,
                            ent_err *err)
{
    casework_item item = { 0 };
    ent_err none = { 0 };
    ent_code rc = item_load(r, object, &item, &none);

    m->peer = doc->peer;
    if (rc == ENT_NOT_FOUND)
        return ENT_OK;
    if (rc != ENT_OK)
        return *err = none, rc;
    if (item.legal_first)
        return ENT_OK;
    m->text = ent_json_get_text(item.body, "text");
    if (m->text.size > TEXT_MOST)
        m->text.size = TEXT_MOST;
    return ENT_OK;
}

static ent_code message_make(struct round *r, const store_doc *doc, ent_json notice, bool content,
                             node_message *m, ent_err *err)
{
    ent_str object = ent_json_get_text(notice, "item");

    *m = (node_message){ .id = ent_arena_str(r->arena, doc->id),
                         .kind = ent_json_get_text(notice, "kind"),
                         .precedence = ent_json_get_text(notice, "precedence"),
                         .why = ent_json_get_text(notice, "why"),
                         .object = { object.ptr, object.size < 8 ? object.size : 8 },
                         .time = ent_json_get_text(notice, "time"),
                         .node = ent_str_of(node_desk_desk(r->nd)->code),
                         .exercise = store_exercise(node_desk_desk(r->nd)->store),
                         .peer = { "", 0 },
                         .text = { "", 0 } };
    if (m->id.ptr == NULL)
        return ent_fail_arena(err);
    return content ? content_add(r, doc, m, object, err) : ENT_OK;
}

/* ---- what was sent ---- */

static ent_code sent_read(struct round *r, ent_str notice, const node_route *route, struct sent *s,
                          ent_err *err)
{
    store_doc doc;
    ent_json json;
    bool found;

    *s = (struct sent){ .state = "waiting", .first = r->now, .error = { "", 0 } };
    s->id = ent_arena_printf(r->arena, "%.*s/%s", ENT_STR_ARG(notice), route->name.ptr);
    if (s->id.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(
        desk_doc_found(node_desk_desk(r->nd), r->arena, "notice-sent", s->id, &doc, &found, err));
    if (!found)
        return ENT_OK;
    ENT_TRY(ent_json_read(r->arena, doc.json, &json, err));
    s->state = ent_str_is(doc.state, "sent")     ? "sent"
               : ent_str_is(doc.state, "failed") ? "failed"
                                                 : "waiting";
    s->error = ent_json_get_text(json, "error");
    if (!ent_json_int(ent_json_get(json, "tries"), &s->tries) ||
        !ent_json_int(ent_json_get(json, "first"), &s->first) ||
        !ent_json_int(ent_json_get(json, "next"), &s->next))
        return ent_fail(err, ENT_FORMAT, "a notice's state");
    return ENT_OK;
}

static ent_code doc_write(struct round *r, const store_doc *doc, ent_err *err)
{
    store *st = node_desk_desk(r->nd)->store;
    ent_code rc;

    ENT_TRY(store_begin(st, err));
    rc = store_doc_put(st, doc, err);
    return store_end(st, rc, err);
}

static ent_code sent_write(struct round *r, const struct sent *s, const node_route *route,
                           ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("notice-sent"),
                      .id = s->id,
                      .peer = route->name, /* by which it is listed */
                      .state = ent_str_of(s->state),
                      .time = r->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, r->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "error");
    ent_jw_str(&w, s->error);
    ent_jw_key(&w, "first");
    ent_jw_int(&w, s->first);
    ent_jw_key(&w, "next");
    ent_jw_int(&w, s->next);
    ent_jw_key(&w, "tries");
    ent_jw_int(&w, s->tries);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return doc_write(r, &doc, err);
}

static ent_code try_one(struct round *r, const node_route *route, const node_message *m,
                        struct sent *s, ent_err *err)
{
    ent_time wait = FIRST_WAIT;
    ent_err why = { 0 };

    s->tries++;
    if (node_notify_send(r->arena, route, m, &why) == ENT_OK) {
        s->state = "sent";
        s->error = ENT_STR("");
        return sent_write(r, s, route, err);
    }
    for (int64_t i = 1; i < s->tries && wait < LONGEST_WAIT; i++)
        wait *= 2;
    s->next = r->now + (wait < LONGEST_WAIT ? wait : LONGEST_WAIT);
    s->error = ent_arena_str(r->arena, ent_str_of(why.msg));
    if (s->error.ptr == NULL)
        return ent_fail_arena(err);
    if (s->next - s->first > GIVEN_UP)
        s->state = "failed";
    if (s->tries == 1 || strcmp(s->state, "failed") == 0)
        (void)fprintf(stderr, "entente: a notice was not delivered: %s\n", why.msg);
    return sent_write(r, s, route, err);
}

/* By every route that is due; *open: it is not yet delivered or given up by one. */
static ent_code notice_deliver(struct round *r, const store_doc *doc, bool *open, ent_err *err)
{
    ent_json notice;

    *open = false;
    ENT_TRY(ent_json_read(r->arena, doc->json, &notice, err));
    for (size_t i = 0; i < r->route_count; i++) {
        const node_route *route = &r->routes[i];
        node_message m;
        struct sent s;

        if (!goes_by(route, notice))
            continue;
        ENT_TRY(sent_read(r, doc->id, route, &s, err));
        if (strcmp(s.state, "waiting") == 0 && s.next <= r->now) {
            ENT_TRY(message_make(r, doc, notice, route->content, &m, err));
            ENT_TRY(try_one(r, route, &m, &s, err));
        }
        if (strcmp(s.state, "waiting") != 0)
            continue;
        *open = true;
        r->next = s.next < r->next ? s.next : r->next;
    }
    return ENT_OK;
}

ent_code node_notify_round(node_desk *nd, ent_time now, ent_time *next, ent_err *err)
{
    struct round r = { .nd = nd, .now = now, .next = ENT_TIME_NEVER };
    store_doc *docs;
    size_t count;
    ent_code rc;

    *next = ENT_TIME_NEVER;
    r.arena = ent_arena_new(ROUND_MEMORY);
    if (r.arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for notices");
    rc = node_route_list(r.arena, node_desk_home(nd), &r.routes, &r.route_count, err);
    if (rc == ENT_OK)
        rc = desk_docs(node_desk_desk(nd), r.arena, "notice", NULL, "waiting", &docs, &count, err);
    for (size_t i = 0; rc == ENT_OK && i < count; i++) {
        bool open;

        rc = notice_deliver(&r, &docs[i], &open, err);
        if (rc == ENT_OK && !open) { /* also if there is no route for it: it is not kept for one */
            docs[i].state = ENT_STR("done");
            rc = doc_write(&r, &docs[i], err);
        }
    }
    *next = r.next;
    ent_arena_free(r.arena);
    return rc;
}

/* ---- how a route fares, and a test of it ---- */

struct counting {
    ent_arena *arena;
    node_route_state *state;
};

static ent_code sent_count(void *arg, const store_doc *doc, ent_err *err)
{
    struct counting *c = arg;
    ent_json json;

    c->state->sent += ent_str_is(doc->state, "sent");
    c->state->waiting += ent_str_is(doc->state, "waiting");
    c->state->failed += ent_str_is(doc->state, "failed");
    ENT_TRY(ent_json_read(c->arena, doc->json, &json, err));
    if (ent_json_get_text(json, "error").size > 0)
        c->state->error = ent_arena_str(c->arena, ent_json_get_text(json, "error"));
    return c->state->error.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

ent_code node_route_state_get(node_desk *nd, ent_arena *arena, const node_route *route,
                              node_route_state *state, ent_err *err)
{
    struct counting c = { arena, state };

    *state = (node_route_state){ .error = { "", 0 } };
    return store_docs_each(node_desk_desk(nd)->store, "notice-sent", route->name.ptr, NULL,
                           sent_count, &c, err);
}

ent_code node_notify_test(node_desk *nd, ent_arena *arena, const char *name, ent_err *err)
{
    desk *d = node_desk_desk(nd);
    node_message m = { .kind = ENT_STR("test"),
                       .precedence = ENT_STR("ROUTINE"),
                       .why = ENT_STR("a test of this route"),
                       .object = ENT_STR("00000000"),
                       .time = desk_time_text(arena, d->now),
                       .node = ent_str_of(d->code),
                       .exercise = store_exercise(d->store),
                       .peer = { "", 0 },
                       .text = { "", 0 } };
    node_route route;
    char id[37];

    ENT_TRY(node_route_get(arena, node_desk_home(nd), name, &route, err));
    desk_id(d, id);
    m.id = ent_arena_str(arena, ent_str_of(id));
    if (m.id.ptr == NULL || m.time.ptr == NULL)
        return ent_fail_arena(err);
    return node_notify_send(arena, &route, &m, err);
}

/* ---- the process ---- */

static ent_time now_of_day(void)
{
    struct timespec ts = { 0 };

    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (ent_time)ts.tv_sec * ENT_SECOND + ts.tv_nsec / (1000000000 / ENT_SECOND);
}

static ent_code watch_open(const node_home *home, ent_arena *arena, int *watch, ent_err *err)
{
    const char *const folders[] = { node_path(arena, "%s/notify", home->path),
                                    node_path(arena, "%s/run/applied", home->path) };

    ENT_TRY(http_watch_open(watch, err));
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        ENT_TRY(node_folder_make(folders[i], err));
        ENT_TRY(http_watch_add(*watch, folders[i], IN_MOVED_TO | IN_DELETE, NULL, err));
    }
    return ENT_OK;
}

/* False when we are to end. */
static bool news_await(int control, int watch, ent_time next)
{
    struct pollfd wait[2] = { { control, POLLIN, 0 }, { watch, POLLIN, 0 } };
    ent_time left = next == ENT_TIME_NEVER ? ENT_DAY_TIME : next - now_of_day();
    _Alignas(struct inotify_event) char bytes[4096];

    left = left < 0 ? 0 : left > ENT_DAY_TIME ? ENT_DAY_TIME : left;
    while (poll(wait, 2, (int)(left / (ENT_SECOND / 1000)) + 1) < 0 && errno == EINTR)
        ;
    while (read(watch, bytes, sizeof bytes) > 0)
        ;
    return wait[0].revents == 0;
}

ent_code node_notify_run(const node_home *home, int control, ent_err *err)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    node_desk *nd = NULL;
    ent_time next = ENT_TIME_NEVER;
    int watch = -1;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory for notices");
    rc = node_desk_open(arena, home, &nd, err);
    if (rc == ENT_OK)
        rc = watch_open(home, arena, &watch, err);
    while (rc == ENT_OK) {
        ent_err why = { 0 };
        ent_code round = node_notify_round(nd, now_of_day(), &next, &why);

        if (round == ENT_MEMORY || round == ENT_BUG) {
            *err = why;
            rc = round;
            break;
        }
        if (round != ENT_OK) {
            (void)fprintf(stderr, "entente: notices: %s\n", why.msg);
            next = now_of_day() + FIRST_WAIT;
        }
        if (!news_await(control, watch, next))
            break;
    }
    if (watch >= 0)
        (void)close(watch);
    node_desk_close(nd);
    ent_arena_free(arena);
    return rc == ENT_OK ? rc : ent_context(err, "notify");
}
