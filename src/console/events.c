#include "console/events_int.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PEER_SIZE 16

struct console_events {
    pthread_mutex_t lock;
    uint64_t first, next; /* numbers of the oldest kept, and of the one to come */
    uint64_t beats;
    char peers[EVENTS_KEPT][PEER_SIZE];
};

struct stream {
    console_events *events;
    uint64_t next, beats;
    http_stream stream;
};

console_events *console_events_new(void)
{
    console_events *e = calloc(1, sizeof *e);

    if (e != NULL)
        (void)pthread_mutex_init(&e->lock, NULL);
    return e;
}

void console_events_free(console_events *e)
{
    if (e == NULL)
        return;
    (void)pthread_mutex_destroy(&e->lock);
    free(e);
}

void console_events_put(console_events *e, const char *peer)
{
    (void)pthread_mutex_lock(&e->lock);
    (void)snprintf(e->peers[e->next % EVENTS_KEPT], PEER_SIZE, "%s", peer);
    e->next++;
    if (e->next - e->first > EVENTS_KEPT)
        e->first = e->next - EVENTS_KEPT;
    (void)pthread_mutex_unlock(&e->lock);
}

void console_events_beat(console_events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->beats++;
    (void)pthread_mutex_unlock(&e->lock);
}

static size_t stream_read(void *arg, char *bytes, size_t room)
{
    struct stream *s = arg;
    console_events *e = s->events;
    size_t size = 0;
    int put = 1;

    (void)pthread_mutex_lock(&e->lock);
    if (s->next < e->first || s->next > e->next) {
        s->next = e->next;
        put = snprintf(bytes, room, "id: %" PRIu64 "\nevent: all\ndata: {}\n\n", s->next);
        size = put > 0 && (size_t)put < room ? (size_t)put : 0;
    }
    while (s->next < e->next && put > 0) {
        put = snprintf(bytes + size, room - size,
                       "id: %" PRIu64 "\nevent: change\ndata: {\"peer\":\"%s\"}\n\n", s->next + 1,
                       e->peers[s->next % EVENTS_KEPT]);
        if (put < 0 || size + (size_t)put >= room)
            break; /* the rest when there is room */
        size += (size_t)put;
        s->next++;
    }
    if (size == 0 && s->beats != e->beats) {
        (void)memcpy(bytes, ":\n\n", 3);
        size = 3;
    }
    s->beats = e->beats;
    (void)pthread_mutex_unlock(&e->lock);
    return size;
}

bool console_events_open(console_events *e, http_request *request, http_reply *reply)
{
    const char *last = http_request_header(request, "Last-Event-ID");
    struct stream *s = ent_arena_alloc(request->arena, sizeof *s);
    uint64_t from = 0;

    if (s == NULL)
        return false;
    (void)pthread_mutex_lock(&e->lock);
    from = e->next;
    s->beats = e->beats - 1; /* it says at once that it is there */
    (void)pthread_mutex_unlock(&e->lock);
    if (last != NULL && *last != '\0' && strspn(last, "0123456789") == strlen(last))
        from = strtoull(last, NULL, 10);
    s->events = e;
    s->next = from;
    s->stream = (http_stream){ stream_read, s };
    reply->status = 200;
    reply->type = "text/event-stream";
    reply->stream = &s->stream;
    http_reply_header(reply, "Cache-Control", "no-store");
    return true;
}
