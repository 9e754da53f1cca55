/*
 * node/console -- what the console asks of its node: sessions and commands.
 *
 * A session is a user's unlocked key, in locked memory, until the console ends it; or, of who
 * came in by a certificate, none: it reads and works, and signs nothing.
 * Every command runs in a process of its own, which the runner starts (node/runner.h);
 * nothing here opens a store.  What peers' news changes here is watched in run/applied.
 */
#ifndef ENT_NODE_CONSOLE_H
#define ENT_NODE_CONSOLE_H

#include "console/console.h"
#include "http/api.h"
#include "node/audit.h"
#include "node/runner.h"

typedef struct node_console node_console;

/* All must outlive it; without a runner (NULL) no command can be run.  Each login is a line of
 * `audit` before it is answered. */
ENT_MUST_USE ent_code node_console_new(const node_home *home, node_runner *runner,
                                       node_audit *audit, node_console **c, ent_err *err);
/* Begins to tell the streams of `api` what changes in run/applied, a folder that is there. */
ENT_MUST_USE ent_code node_console_watch(node_console *c, http_api *api, ent_err *err);
/* Ends the watching; before the api is stopped. */
void node_console_unwatch(node_console *c);
/* After the api is stopped.  NULL is fine. */
void node_console_free(node_console *c);

console *node_console_of(node_console *c);

#endif
