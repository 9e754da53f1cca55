/* entente duty ... -- who is on duty, and who if they do not answer. */
#include "cli/desk.h"

#include "casework/duty.h"
#include "node/users.h"

struct work {
    cli_context *cli;
    ent_str *users;
    size_t count;
};

static ent_code set(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_duty_set(d, w->cli->arena, w->users, w->count, err);
}

static ent_code get(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_duty_get(d, w->cli->arena, &w->users, &w->count, err);
}

static ent_code duty_show(cli_context *cli, const struct work *work, ent_err *err)
{
    for (size_t i = 0; i < work->count; i++) {
        const char *place = i == 0 ? "on duty" : "deputy";
        ent_buf buf;
        ent_jw w;

        if (!cli->json) {
            (void)printf("%-8s %s\n", place, cli_text(cli, work->users[i]));
            continue;
        }
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "user", work->users[i]);
        cli_line_c(&w, "place", place);
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    }
    return ENT_OK;
}

static ent_code set_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 32, err));
    work.users = ent_arena_array(cli->arena, (size_t)cli->argc, sizeof *work.users);
    if (work.users == NULL)
        return ent_fail_arena(err);
    ENT_TRY(cli_desk(cli, &nd, err));
    for (int i = 0; i < cli->argc; i++) {
        node_user user;

        ENT_TRY(node_user_get(cli->arena, node_desk_home(nd), cli->argv[i], &user, err));
        work.users[work.count++] = ent_str_of(cli->argv[i]);
    }
    ENT_TRY(cli_desk_work(cli, nd, set, &work, err));
    return duty_show(cli, &work, err);
}

const cli_command cli_duty_set = {
    .name = "duty set",
    .usage = "USER [DEPUTY...]",
    .summary = "set who is on duty, and who is told if nothing is acknowledged",
    .help = "What is not acknowledged within the time of its precedence goes to the first deputy,\n"
            "after as long again to the next.\n\n"
            "  entente duty set lia cas\n",
    .run = set_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(get(&work, node_desk_desk(nd), err));
    return duty_show(cli, &work, err);
}

const cli_command cli_duty_list = {
    .name = "duty list",
    .usage = "",
    .summary = "show who is on duty",
    .help = "  entente duty list\n",
    .run = list_run,
};
