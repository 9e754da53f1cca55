/* entente msg thread -- everything that was said about a tip, a request or a message. */
#include "cli/casework.h"

#include "casework/thread.h"

static ent_code run(cli_context *cli, ent_err *err)
{
    desk_officer officer = { .name = NULL };
    casework_item item, *items;
    node_desk *nd;
    size_t count;
    desk *d;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (cli->user != NULL)
        ENT_TRY(cli_officer(cli, nd, &officer, err));
    d = node_desk_desk(nd);
    ENT_TRY(casework_item_find(d, cli->arena, ent_str_of(cli->argv[0]), &item, err));
    ENT_TRY(casework_thread(d, cli->arena, item.id, &items, &count, err));
    for (size_t i = 0; i < count; i++)
        if (!cli_item_may_list(&items[i], &officer))
            return ent_fail(err, ENT_DENIED, "'%s' is for the legal officer first [legal]",
                            cli->argv[0]);
    for (size_t i = 0; i < count; i++)
        ENT_TRY(cli_item_show(cli, d, &items[i], err));
    return ENT_OK;
}

const cli_command cli_msg_thread = {
    .name = "msg thread",
    .usage = "ID [--as USER]",
    .summary = "show everything that was said about a tip, request or message, in order",
    .help = "Whoever takes over reads the whole from its beginning; the other end has the same.\n"
            "`msg send --about ID` and `rfi new --about ID` add to it.\n\n"
            "  entente msg thread TIP-B-0007 --as lia\n",
    .run = run,
};
