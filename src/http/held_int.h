/*
 * http/held (private) -- requests that wait until a file of their folder changes.
 *
 * A loop's waiting stand in one line in the order in which they came.  All wait equally long, so
 * who came first is due first, and no request walks past all who wait.  Ten thousand may be due at
 * once: they are answered one at a time, with whoever else asks in between.
 *
 * Files are replaced by renaming, and inotify tells of that.  The watch stands before the content
 * is compared, so that no change falls between the two; what inotify could not keep lets all go.
 *
 * All of it is for its loop's thread alone.
 */
#ifndef ENT_HTTP_HELD_INT_H
#define ENT_HTTP_HELD_INT_H

#include "http/loop_int.h"

struct http_held;

struct http_waiting {
    struct http_loop *loop;    /* its `also` is the inotify instance */
    const char *name, *beside; /* the files whose change ends a wait; beside NULL: one only */
    int64_t patience;          /* ms that anybody waits */
    struct http_held *first, **end;
    int64_t looked; /* ms: when the due were last let go */
};

/* The fields down to `patience` are the caller's.  IO (http/watch.h) */
ENT_MUST_USE ent_code http_waiting_open(struct http_waiting *waiting, ent_err *err);
void http_waiting_close(struct http_waiting *waiting);

/* Suspends the request of a client that has `after` (and `beside`, unless NULL) as SHA-256 in hex.
 * False: there is news, or no room to wait. */
bool http_waiting_join(struct http_waiting *waiting, struct http_line *line, const char *folder,
                       const char *after, const char *beside);
/* Lets go of those whose folder has changed, and of one that has waited long enough. */
void http_waiting_look(struct http_waiting *waiting, int64_t now);
/* Lets all go: the end has come, before which libmicrohttpd wants nobody suspended. */
void http_waiting_dismiss(struct http_waiting *waiting);
/* ms until it is to be looked at, `most` at most. */
int http_waiting_left(const struct http_waiting *waiting, int64_t now, int most);

#endif
