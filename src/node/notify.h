/*
 * node/notify -- tells people outside the console that something waits for them.
 *
 * A route is a row to configure, notify/NAME.json: a mail address with its server, an HTTPS
 * address that gets a signed POST, or a program of this machine.  A notice (casework/notice.h)
 * goes by every route that is for its person, or for all, and not below the route's precedence.
 * It says what kind of thing, how urgent, why, and the first eight digits of its id: to read
 * it, one logs in.  Words and partner go along only by a route that `content` allows, and never
 * of what the legal officer sees first.
 *
 * Each try is one of a process of its own (`notify`), outside transactions.  What failed is
 * tried again after a time that doubles from half a minute to an hour, for a day; then it has
 * failed, and `notify list` says so.  A notice may so arrive twice, with the same id; never
 * less than once while a route works.  Documents: "notice", "notice-sent" (a notice by a route).
 *
 * The header of a POST:  Entente-Signature: t=SECONDS,v1=HEX
 * where HEX is HMAC-SHA-256 under the route's secret of "SECONDS.BODY"; a receiver refuses what
 * is older than five minutes.
 */
#ifndef ENT_NODE_NOTIFY_H
#define ENT_NODE_NOTIFY_H

#include "casework/item.h"
#include "node/desk.h"

#define NODE_NOTIFY_SECRET 32

typedef enum node_notify_kind {
    NODE_NOTIFY_MAIL,
    NODE_NOTIFY_WEBHOOK,
    NODE_NOTIFY_COMMAND
} node_notify_kind;

typedef struct node_route {
    ent_str name; /* 1 to 64 of a-z 0-9 . _ - */
    node_notify_kind kind;
    ent_str target;       /* an address, an https:// URL, an absolute path */
    ent_str server, from; /* of mail */
    ent_str user, secret; /* of the mail server; of a webhook the key of its signatures, hex */
    ent_str ca;           /* absolute path, or "" */
    ent_str person;       /* for one user; "": for all */
    ent_str at_least;     /* a precedence; "": any */
    bool content, plain, allow_private;
} node_route;

/* How a route fares. */
typedef struct node_route_state {
    int64_t sent, waiting, failed;
    ent_str error; /* the last one's, or "" */
} node_route_state;

/* CONFLICT: there is one of this name.  USAGE names what is wrong.  A webhook without a secret
 * gets a new one, which is in route->secret afterwards. */
ENT_MUST_USE ent_code node_route_add(ent_arena *arena, const node_home *home, node_route *route,
                                     ent_err *err);
ENT_MUST_USE ent_code node_route_remove(ent_arena *arena, const node_home *home, const char *name,
                                        ent_err *err);
ENT_MUST_USE ent_code node_route_get(ent_arena *arena, const node_home *home, const char *name,
                                     node_route *route, ent_err *err);
ENT_MUST_USE ent_code node_route_list(ent_arena *arena, const node_home *home, node_route **routes,
                                      size_t *count, ent_err *err);
ENT_MUST_USE ent_code node_route_state_get(node_desk *nd, ent_arena *arena, const node_route *route,
                                           node_route_state *state, ent_err *err);

/* What is said by a route: JSON of the members that every route has, and if the route allows
 * it, of those that say more. */
typedef struct node_message {
    ent_str id, kind, precedence, why, object, time, node;
    ent_str peer, text; /* "" if they are not to be said */
    bool exercise;      /* nobody is to rise for it in earnest */
} node_message;

/* One try, now.  Codes of http_mail_send and http_fetch; UNAVAILABLE: the program failed. */
ENT_MUST_USE ent_code node_notify_send(ent_arena *arena, const node_route *route,
                                       const node_message *message, ent_err *err);

/* One try by one route with a notice about nothing. */
ENT_MUST_USE ent_code node_notify_test(node_desk *nd, ent_arena *arena, const char *name,
                                       ent_err *err);

/* Delivers what is due at `now` (of the day, not of an exercise); *next: when to come again. */
ENT_MUST_USE ent_code node_notify_round(node_desk *nd, ent_time now, ent_time *next, ent_err *err);

/* The process: until `control` is closed at its other end. */
ENT_MUST_USE ent_code node_notify_run(const node_home *home, int control, ent_err *err);

#endif
