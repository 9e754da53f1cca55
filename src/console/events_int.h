/* console/events (private) -- changes as they happen, as server-sent events.
 *
 * A ring of the last changes; each stream reads it at its own pace.  Who fell behind the
 * ring, or comes back with an id that it no longer has, is told `all`: look at everything
 * anew.  An event says whose news was applied and nothing of what it was. */
#ifndef ENT_CONSOLE_EVENTS_INT_H
#define ENT_CONSOLE_EVENTS_INT_H

#include "http/api.h"

#define EVENTS_KEPT 256

typedef struct console_events console_events;

console_events *console_events_new(void);
void console_events_free(console_events *e);

/* `peer` is "" for a change of our own. */
void console_events_put(console_events *e, const char *peer);
/* Every stream says that it is still there. */
void console_events_beat(console_events *e);

/* A stream for this request, from what its Last-Event-ID says on.  False: no memory. */
bool console_events_open(console_events *e, http_request *request, http_reply *reply);

#endif
