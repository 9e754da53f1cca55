/*
 * node/command -- runs one of this program's own commands in a process of its own.
 *
 * The process is this program executed anew, with the session of one user: it signs as
 * that user and as nobody else, without knowing the passphrase.  It inherits its three
 * standard streams, the session, and nothing else.  Its input is given whole, its output
 * is taken whole, both within limits; who takes too long is ended.
 */
#ifndef ENT_NODE_COMMAND_H
#define ENT_NODE_COMMAND_H

#include "base/arena.h"
#include "node/users.h"

typedef struct node_command {
    const node_home *home;
    const node_session *session;  /* NULL: nobody */
    const char *const *argv;      /* the command and its arguments; NULL ends it */
    const char *reason, *purpose; /* of look-ups, where the arguments say none; NULL, "": none */
    ent_span input;
    size_t output_limit; /* bytes */
    unsigned seconds;
} node_command;

typedef struct node_command_result {
    int status; /* exit status; -1: a signal ended it */
    ent_str output, message;
} node_command_result;

/* `entente --json --home HOME --as USER ARGV...`.  Output and message are in the arena.
 * RETRY  it took too long;  LIMIT  it said too much;  UNAVAILABLE  it cannot be started */
ENT_MUST_USE ent_code node_command_run(const node_command *command, ent_arena *arena,
                                       node_command_result *result, ent_err *err);

/* How a command is given a session: a pipe that has a node_session in it. */
#define NODE_SESSION_FD    3
#define NODE_SESSION_GIVEN "ENTENTE_SESSION_FD=3"

/* The session this process was started with, once; NULL: none, or another user's. */
node_session *node_session_inherited(const char *name);

#endif
