/*
 * node/runner -- starts commands for a process that may not start any.
 *
 * The client listener faces a network and is confined: no exec, no fork (sandbox.h).  What
 * its users ask for runs as a command all the same, so before it is confined it starts
 * this one child, which has no socket but the pair to its parent.  A request is a pair of
 * its own, passed over that one: any number at once, and what one says never mixes with
 * another's.
 *
 * The parent is not believed.  A command runs only for a session: one that holds the key
 * of the user it names, or is marked as keyless, which never signs.  It must be one that
 * the table of the API offers, and cannot name another home or user.  Nothing but
 * `help` and `oidc exchange`, which finds out who somebody is, run as nobody, which on the
 * command line is the administrator.
 */
#ifndef ENT_NODE_RUNNER_H
#define ENT_NODE_RUNNER_H

#include "node/command.h"

typedef struct node_runner node_runner;

/* Starts the child.  For a parent that has one thread yet.  UNAVAILABLE */
ENT_MUST_USE ent_code node_runner_start(const node_home *home, node_runner **runner, ent_err *err);
/* Lets it finish what runs. */
void node_runner_stop(node_runner *runner);
/* Readable once the child has gone, and never else. */
int node_runner_fd(const node_runner *runner);

/* As node_command_run, whose codes it returns; `home` is the runner's.  For many threads at
 * once.  DENIED  the command is not offered, or the session is nobody's */
ENT_MUST_USE ent_code node_runner_command(node_runner *runner, const node_command *command,
                                          ent_arena *arena, node_command_result *result,
                                          ent_err *err);

/* The process, until `control` ends. */
ENT_MUST_USE ent_code node_runner_run(const node_home *home, int control, ent_err *err);

#endif
