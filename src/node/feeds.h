/*
 * node/feeds -- what is fetched from other servers on a schedule.
 *
 * A feed is a TAXII 2.1 collection or a MISP feed (manifest.json and one file an event).
 * feeds/NAME.json says what and how, with its credentials; feeds/NAME.state where it
 * ended, kept after each page that is held, so that a stop loses nothing and repeats at
 * most a page.  Items come in as by `import`: with the feed's label for what they lack,
 * whole or not at all, to quarantine what may not be held as it is; what is no STIX is
 * counted and its reason kept in feeds/NAME.rejected.  A feed that fails is asked again
 * after a while that doubles each time, up to a day.
 */
#ifndef ENT_NODE_FEEDS_H
#define ENT_NODE_FEEDS_H

#include "node/desk.h"

typedef struct node_feed {
    ent_str name; /* 1 to 64 of a-z 0-9 . _ - */
    ent_str url;  /* https://.../collections/ID/, or of the folder of a MISP feed */
    bool misp;
    ent_str user, secret; /* as http_fetch_request; "": none */
    ent_str ca;           /* absolute path, or "" */
    ent_str label;        /* handling members for what items lack, JSON, or "" */
    bool allow_private;
    int64_t minutes; /* between two rounds */
} node_feed;

typedef struct node_feed_state {
    ent_str after, next, last; /* taxii/pull.h; of a MISP feed `after` is a timestamp */
    ent_time tried, done;      /* 0: never */
    ent_time due;              /* 0: at once */
    int64_t failures;          /* since it last worked */
    ent_str error;             /* the last one's, or "" */
    int64_t read, added, quarantined, rejected; /* ever */
} node_feed_state;

/* CONFLICT: there is one of this name.  USAGE names what is wrong. */
ENT_MUST_USE ent_code node_feed_add(ent_arena *arena, const node_home *home, const node_feed *feed,
                                    ent_err *err);
ENT_MUST_USE ent_code node_feed_remove(ent_arena *arena, const node_home *home, const char *name,
                                       ent_err *err);
/* By name; NOT_FOUND */
ENT_MUST_USE ent_code node_feed_get(ent_arena *arena, const node_home *home, const char *name,
                                    node_feed *feed, node_feed_state *state, ent_err *err);
ENT_MUST_USE ent_code node_feed_list(ent_arena *arena, const node_home *home, ent_str **names,
                                     size_t *count, ent_err *err);

/* One round, until the server has no more; notes what came of it.  RETRY: another process is
 * at this feed.  Else what the server or the store did. */
ENT_MUST_USE ent_code node_feed_pull(node_desk *nd, ent_arena *arena, const char *name,
                                     node_feed_state *state, ent_err *err);

/* The process: pulls what is due, until `control` is closed at its other end. */
ENT_MUST_USE ent_code node_feeds_run(const node_home *home, int control, ent_err *err);

#endif
