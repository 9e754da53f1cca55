#include "http/held_int.h"

#include "http/folder_int.h"
#include "http/watch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often one of those that are due is let go: it takes about as long as an answer. */
#define DUE_GRAIN 2 /* ms */

/* As many events as one read can give. */
#define EVENT_BYTES 4096
#define EVENTS      (EVENT_BYTES / sizeof(struct inotify_event))

struct http_held {
    struct http_held *next;
    struct http_line *line;
    int64_t deadline; /* ms */
    int watch;
};

ent_code http_waiting_open(struct http_waiting *waiting, ent_err *err)
{
    waiting->end = &waiting->first;
    return http_watch_open(&waiting->loop->also, err);
}

void http_waiting_close(struct http_waiting *waiting)
{
    if (waiting->loop->also >= 0)
        (void)close(waiting->loop->also);
    waiting->loop->also = -1;
}

bool http_waiting_join(struct http_waiting *waiting, struct http_line *line, const char *folder,
                       const char *after, const char *beside)
{
    struct http_held *held = calloc(1, sizeof *held);

    if (held == NULL)
        return false;
    held->watch = inotify_add_watch(waiting->loop->also, folder, IN_MOVED_TO);
    if (held->watch < 0 || !http_folder_has(folder, waiting->name, after) ||
        (beside != NULL && waiting->beside != NULL &&
         !http_folder_has(folder, waiting->beside, beside))) {
        free(held);
        return false;
    }
    held->line = line;
    held->deadline = http_now() + waiting->patience;
    *waiting->end = held;
    waiting->end = &held->next;
    MHD_suspend_connection(line->mhd);
    return true;
}

/* Takes the one at `at` out of the line and lets it be answered. */
static void held_end(struct http_waiting *waiting, struct http_held **at)
{
    struct http_held *held = *at;

    *at = held->next;
    if (*at == NULL)
        waiting->end = at;
    http_line_resume(held->line);
    free(held);
}

/* ---- what has changed ---- */

struct changes {
    int watch[EVENTS];
    size_t count;
    bool all; /* more than inotify could keep */
};

/* Only the names that are waited for count: the temporary file beside one changes before its
 * content does.  What one read leaves, the next round takes. */
static void changes_read(const struct http_waiting *waiting, struct changes *changes)
{
    _Alignas(struct inotify_event) char bytes[EVENT_BYTES];
    ssize_t got = read(waiting->loop->also, bytes, sizeof bytes);

    for (char *p = bytes; got > 0 && p < bytes + got;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)p;

        if ((event->mask & IN_Q_OVERFLOW) != 0)
            changes->all = true;
        else if (event->len > 0 &&
                 (strcmp(event->name, waiting->name) == 0 ||
                  (waiting->beside != NULL && strcmp(event->name, waiting->beside) == 0)))
            changes->watch[changes->count++] = event->wd;
        p += sizeof *event + event->len;
    }
}

static bool is_changed(const struct changes *changes, int watch)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->watch[i] == watch)
            return true;
    return changes->all;
}

/* ---- looks ---- */

void http_waiting_look(struct http_waiting *waiting, int64_t now)
{
    struct changes changes = { .count = 0 };

    if (waiting->loop->changed)
        changes_read(waiting, &changes);
    for (struct http_held **at = &waiting->first;
         (changes.count > 0 || changes.all) && *at != NULL;)
        if (is_changed(&changes, (*at)->watch))
            held_end(waiting, at);
        else
            at = &(*at)->next;
    if (now < waiting->looked + DUE_GRAIN)
        return;
    waiting->looked = now;
    if (waiting->first != NULL && waiting->first->deadline <= now)
        held_end(waiting, &waiting->first);
}

void http_waiting_dismiss(struct http_waiting *waiting)
{
    while (waiting->first != NULL)
        held_end(waiting, &waiting->first);
}

int http_waiting_left(const struct http_waiting *waiting, int64_t now, int most)
{
    int64_t left = most;

    if (waiting->first != NULL && waiting->first->deadline - now < left)
        left = waiting->first->deadline - now;
    return left < DUE_GRAIN ? DUE_GRAIN : (int)left;
}
