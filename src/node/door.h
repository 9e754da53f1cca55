/*
 * node/door (private) -- what the client listener serves, by the first segment of a path.
 *
 * A door answers everything below its segment.  It sees a request twice, as http/api.h
 * says: `begin` when the head is whole, `finish` when the body is (if it asked for it).
 * Who asks is the door's own question (node_client_user: Authorization): a door of
 * sessions may know its users otherwise.  To add one: a row in client.c, its state here.
 */
#ifndef ENT_NODE_DOOR_H
#define ENT_NODE_DOOR_H

#include "http/api.h"
#include "node/access.h"
#include "node/audit.h"
#include "node/auth.h"
#include "node/client.h"
#include "node/console.h"
#include "node/views.h"
#include "taxii/server.h"

struct node_client {
    const node_home *home;
    ent_arena *arena; /* of the start; no request's */
    node_auth *auth;
    node_audit *audit;
    node_views *views;
    taxii_server *taxii;
    node_console *console;
    http_api *api;
    node_access *access;
};

typedef struct node_door {
    const char *word;    /* for counters and logs; NULL: the resource's, of TAXII */
    const char *segment; /* "healthz": /healthz and below; "": the path /; NULL: all others */
    http_next (*begin)(node_client *client, http_request *request, http_reply *reply);
    void (*finish)(node_client *client, http_request *request, http_reply *reply);
} node_door;

/* The user behind a request; `user->name` is "" without credentials.  False: answered
 * (401, 503), or to be asked again on a worker, as `next` says. */
bool node_client_user(node_client *client, const http_request *request, http_reply *reply,
                      node_user *user, http_next *next);

#endif
