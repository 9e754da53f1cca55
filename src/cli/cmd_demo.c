/* entente demo -- a story, played on real nodes of this machine. */
#include "cli/commands.h"

#include "demo/demo.h"

#include <stdlib.h>
#include <unistd.h>

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *samples = cli_option(cli, "--samples"), *step = cli_option(cli, "--step");
    demo_options options = { .dir = cli_option(cli, "--dir"),
                             .scenario = cli_option(cli, "--scenario"),
                             .keep = cli_flag(cli, "--keep"),
                             .json = cli->json,
                             .color = cli->color };

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    if (samples != NULL)
        return demo_samples_write(cli->arena, samples, err);
    if (step != NULL) {
        char *end;
        long number = strtol(step, &end, 10);

        if (*end != '\0' || number < 1 || number > DEMO_LAST_STEP)
            return ent_fail(err, ENT_USAGE, "--step is a number from 1 to %d, not '%s'",
                            DEMO_LAST_STEP, step);
        options.last_step = (int)number;
    }
    options.stay = !cli->json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
    return demo_run(cli->arena, &options, err);
}

const cli_command cli_demo = {
    .name = "demo",
    .usage = "[--dir DIR] [--keep] [--step N] [--scenario FILE] | --samples DIR",
    .summary = "play a story on real nodes of this machine, and check what comes of it",
    .help =
        "Three services of invented countries each hold a part of two incidents.  Their nodes\n"
        "start on this machine, sign an agreement, find privately what they both hold, release\n"
        "by two persons, and the chain between the incidents appears at one desk.  Each step\n"
        "says what was done and what nobody learned, and checks it.  On a terminal the nodes\n"
        "run on until Ctrl-C.\n"
        "--dir DIR    where the homes go (default: a new folder in /tmp); each is one node\n"
        "--keep       leave the homes there at the end\n"
        "--step N     stop after step N: 8 ends the story file, 9 to 39 are a case, 40 attempts "
        "that\n"
        "             must fail, 41 the sum\n"
        "--scenario FILE   another story of the same form\n"
        "--samples DIR     only write what the services hold, as STIX 2.1\n"
        "With --json: a line for each step with what must hold and what the nodes answered in\n"
        "the story's own ids, and a last line with the counts.  Exit status 0 only if all "
        "holds.\n\n"
        "  entente demo --dir /tmp/story --keep\n",
    .run = run,
};
