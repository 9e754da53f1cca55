/* entente serve -- runs the node. */
#include "cli/home.h"

#include "node/processes.h"

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *role = cli_option(cli, "--process");
    node_serve serve = { .border = cli_option(cli, "--border"),
                         .client = cli_option(cli, "--client") };
    node_home home;

    ENT_TRY(cli_arguments(cli, 0, role == NULL ? 0 : 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    if (role != NULL)
        return node_process_run(&home, role, cli->argc > 0 ? cli->argv[0] : NULL, err);
    return node_serve_run(&home, &serve, err);
}

const cli_command cli_serve = {
    .name = "serve",
    .usage = "[--border ADDR:PORT] [--client ADDR:PORT]",
    .summary = "run the node until it is told to stop",
    .help = "Starts the processes of the node and watches them: the border that peers read\n"
            "from, one process for each link, and the client listener.  After an update it\n"
            "first derives again what records are found by, if the rules changed (`reindex`).\n"
            "Prints `client URL` and `border URL` once they listen (port 0: any free one).\n"
            "SIGTERM or Ctrl-C ends it after what was acknowledged is finished.\n\n"
            "  entente --home /srv/entente serve --border 0.0.0.0:7443\n",
    .run = run,
    .raw = true, /* who starts it reads where it listens */
};
