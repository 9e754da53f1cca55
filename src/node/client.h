/*
 * node/client -- the process that our own users and their tools connect to.
 *
 * HTTPS with the certificate keys/client.{crt,key}.  TAXII 2.1 at /taxii2/ and at the API
 * roots (plain collections, and views of the holdings), the console at /, its API at
 * /api/v1/, /healthz for who watches the process, and /metrics (door.h has the table).  It never speaks to peers: their listener is the border, with another key
 * and nothing behind it.
 */
#ifndef ENT_NODE_CLIENT_H
#define ENT_NODE_CLIENT_H

#include "node/home.h"

typedef struct node_client node_client;

/* Serves on the listening socket, which it closes. */
ENT_MUST_USE ent_code node_client_start(const node_home *home, int listen_fd, node_client **client,
                                        ent_err *err);
/* Finishes what runs. */
void node_client_stop(node_client *client);

/* The process: serves on `listen_fd` until `control` is closed at its other end; says
 * "ready" there once it accepts. */
ENT_MUST_USE ent_code node_client_run(const node_home *home, int control, int listen_fd,
                                      ent_err *err);

#endif
