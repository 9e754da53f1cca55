/*
 * node/processes -- `entente serve`: a supervisor and what it starts.
 *
 *     supervisor      starts, watches and ends the others; has the listening sockets
 *     border          TLS listener; reads links/<peer>/out, writes nothing (sandbox.h)
 *     client          TLS listener of our own users: TAXII, console, API (client.h)
 *       runner        starts commands for it, which may start nothing (runner.h)
 *         a command   one for each request of the console (command.h)
 *     feeds           fetches from TAXII and MISP servers what is due (feeds.h)
 *     link <peer>     one for each link: pulls, verifies, applies, answers, appends
 *       courier       fetches files from that peer into its spool; no store, no keys but TLS
 *       signer        holds the identity key
 *     index           before all others: derives what an update made old, and ends (derive.h)
 *     catch-up <peer> before those that follow: hears what is urgent, and ends (worker.h)
 *     clock           does what is due (clock.h)
 *     notify          tells people outside the console (notify.h)
 *
 * Each is this program executed anew (child.h) with a socket pair to its parent,
 * whose end-of-file asks it to end.  A child that dies is started again, after a
 * longer while each time.  New peers are noticed by inotify on links/.  The border begins
 * once every link's log was rolled forward.
 */
#ifndef ENT_NODE_PROCESSES_H
#define ENT_NODE_PROCESSES_H

#include "node/home.h"

typedef struct node_serve {
    const char *border; /* ADDR:PORT or NULL: the configuration's */
    const char *client;
} node_serve;

/* Runs until SIGTERM or SIGINT, then ends everything and returns ENT_OK.
 * CONFLICT if a `serve` runs on this home already. */
ENT_MUST_USE ent_code node_serve_run(const node_home *home, const node_serve *serve, ent_err *err);

/* What this program can be started as.  To add a role: a row in processes.c. */
typedef struct node_role_row {
    const char *name;
    ent_code (*run)(const node_home *home, const char *argument, ent_err *err);
    enum { NODE_START_NEVER, NODE_START_ONCE, NODE_START_EACH_PEER } start; /* by `serve` */
    /* "border" or "client": it is given a listening socket on that address of the home
     * (NODE_CHILD_GIVEN), and says "ready\n" on NODE_CHILD_FD once it accepts. */
    const char *listens;
    bool knows_peers; /* to be started anew when they, or our own key, change */
} node_role_row;

extern const node_role_row node_process_roles[];
extern const size_t node_process_role_count;

/* Runs the one process `role` in this process; `argument` is the role's own. */
ENT_MUST_USE ent_code node_process_run(const node_home *home, const char *role,
                                       const char *argument, ent_err *err);

/* What a running `serve` announced; empty strings when none runs. */
typedef struct node_running {
    bool running;
    char client_url[256], border_url[256];
} node_running;
ENT_MUST_USE ent_code node_running_read(const node_home *home, node_running *running, ent_err *err);

#endif
