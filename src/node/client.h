/*
 * node/client -- the process that our own users and their tools connect to.
 *
 * HTTPS with the certificate keys/client.{crt,key}.  TAXII 2.1 at /taxii2/ and at the API
 * roots (plain collections, and views of the holdings), the console at /, its API at
 * /api/v1/, /healthz for who watches the process, and /metrics (door.h has the table).  It never speaks to peers: their listener is the border, with another key
 * and nothing behind it.
 *
 * The process is confined (sandbox.h) before its first byte from outside: it reads the
 * users and their credentials, works on the two stores and writes the journal of reads, and
 * has no way to a file, a program or a connection besides.  Commands are the runner's.
 */
#ifndef ENT_NODE_CLIENT_H
#define ENT_NODE_CLIENT_H

#include "node/runner.h"

typedef struct node_client node_client;

/* Serves on the listening socket, which it closes.  `confine`: this thread and those that it
 * makes are confined from here on.  `runner` NULL: there are no commands. */
ENT_MUST_USE ent_code node_client_start(const node_home *home, int listen_fd, node_runner *runner,
                                        bool confine, node_client **client, ent_err *err);
/* Finishes what runs. */
void node_client_stop(node_client *client);

/* The process: serves on `listen_fd` until `control` is closed at its other end; says
 * "ready" there once it accepts. */
ENT_MUST_USE ent_code node_client_run(const node_home *home, int control, int listen_fd,
                                      ent_err *err);

#endif
