/* entente limits -- every limit on input, from the one table. */
#include "cli/commands.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"

static ent_code run(cli_context *cli, ent_err *err)
{
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    for (size_t i = 0; i < ent_limit_count; i++) {
        const ent_limit *limit = &ent_limits[i];

        if (cli->json) {
            (void)printf("{\"limit\":\"%s\",\"value\":%llu,\"unit\":\"%s\",\"why\":", limit->name,
                         limit->value, limit->unit);
            (void)printf("\"%s\"}\n", limit->why);
        } else {
            (void)printf("%-16s %14llu %-8s %s\n", limit->name, limit->value, limit->unit,
                         limit->why);
        }
    }
    return ENT_OK;
}

const cli_command cli_limits = {
    .name = "limits",
    .usage = "",
    .summary = "print every limit on what is read from outside",
    .help = "Each row says what is limited, to how much, and why the number is what it is.\n",
    .run = run,
};
