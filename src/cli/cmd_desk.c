/* entente desk assign -- whose turn it is, said by a person. */
#include "cli/casework.h"
#include "node/users.h"

#include "casework/assign.h"

struct work {
    cli_context *cli;
    casework_item item;
    desk_officer officer;
    ent_str to, note;
};

static ent_code assign(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(casework_item_find(d, w->cli->arena, ent_str_of(w->cli->argv[0]), &w->item, err));
    return casework_assign(d, w->cli->arena, &w->item, w->to, w->note, &w->officer, err);
}

/* Somebody of this node who may see it. */
static ent_code user_check(cli_context *cli, node_desk *nd, const char *name, ent_err *err)
{
    node_user user;

    ENT_TRY(node_user_get(cli->arena, node_desk_home(nd), name, &user, err));
    if (user.role == NODE_ROLE_ADMIN || user.role == NODE_ROLE_OVERSIGHT)
        return ent_fail(err, ENT_DENIED, "'%s' has the role %s and works on no item [roles]", name,
                        node_role_name(user.role));
    return ENT_OK;
}

static ent_code assign_run(cli_context *cli, ent_err *err)
{
    const char *to = cli_option(cli, "--to"), *note = cli_option(cli, "--note");
    struct work work = { .cli = cli, .to = ent_str_of(to), .note = ent_str_of(note) };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    if (to != NULL)
        ENT_TRY(user_check(cli, nd, to, err));
    ENT_TRY(cli_desk_work(cli, nd, assign, &work, err));
    return cli_item_line(cli, node_desk_desk(nd), &work.item, err);
}

const cli_command cli_desk_assign = {
    .name = "desk assign",
    .usage = "ITEM [--to USER] [--note TEXT] --as USER",
    .summary = "hand a tip, request or message to a colleague, or to the next on duty",
    .help = "Without --to it goes to the next on duty, as it does by itself when nobody\n"
            "acknowledges in time.  Whose turn it is, and who said so, is in its history.\n\n"
            "  entente desk assign TIP-B-0007 --to ana --note 'you know the family' --as lia\n",
    .run = assign_run,
};
