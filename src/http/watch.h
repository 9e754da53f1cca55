/*
 * http/watch -- hearing that something in a folder has changed.
 *
 * One inotify instance, whose descriptor is polled and read by who opened it.  The system gives
 * each user only so many, shared by all of the user's programs, so that several nodes on a machine
 * can use them up; it then says "too many open files", which leads nobody to the cause.  The
 * messages here name the limit that was met, and what to raise.
 *
 * Not here: what an event means.
 */
#ifndef ENT_HTTP_WATCH_H
#define ENT_HTTP_WATCH_H

#include "base/err.h"

#include <sys/inotify.h>

/* A watch on nothing yet; the caller closes it.  Closed on exec, and does not block.
 * IO  the system gives no more; *watch is -1 */
ENT_MUST_USE ent_code http_watch_open(int *watch, ent_err *err);

/* Hears of `events` (IN_...) in a folder.  `place` is what an event of it will bear, or NULL.
 * IO  as above, or there is no such folder */
ENT_MUST_USE ent_code http_watch_add(int watch, const char *folder, uint32_t events, int *place,
                                     ent_err *err);

#endif
