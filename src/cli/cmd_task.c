/* entente task ... -- the joint plan: who does what until when? */
#include "cli/joint.h"

static ent_code task_new(void *arg, desk *d, ent_err *err)
{
    cli_joint *w = arg;

    return joint_task_new(d, w->cli->arena, &w->task, w->made, err);
}

static ent_code new_run(cli_context *cli, ent_err *err)
{
    cli_joint w = { .note = ent_str_of(cli_option(cli, "--note")) };

    ENT_TRY(cli_joint_text(cli, "--for", &w.task.who, err));
    ENT_TRY(cli_joint_text(cli, "--due", &w.task.due, err));
    ENT_TRY(cli_joint_text(cli, "--purpose", &w.task.purpose, err));
    ENT_TRY(cli_list_option(cli, "--with", &w.peers, &w.peer_count, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.task.activity = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_joint_begin(cli, &w, err));
    w.task.note = w.note;
    w.task.by = w.user;
    w.task.peers = w.peers;
    w.task.peer_count = w.peer_count;
    ENT_TRY(cli_desk_work(cli, w.nd, task_new, &w, err));
    return cli_joint_made(cli, "task", w.made, err);
}

const cli_command cli_task_new = {
    .name = "task new",
    .usage = "ACTIVITY --for SERVICE --due DATE --purpose P [--with PEER,...] [--note TEXT]",
    .summary = "propose a task of the joint plan",
    .help = "ACTIVITY is of a closed list: locate observe meet interview arrest-on-warrant screen\n"
            "inform-a-carrier protect-a-site patrol transit exercise rescue-exercise\n"
            "get-a-list-under-warrant watch-passenger-data legal-request ask-a-third-state.\n"
            "--with: who hears of it.  The service named takes or refuses it.\n\n"
            "  entente task new interview --for SVB --due 2024-12-15 --with SVB,CTB \\\n"
            "      --purpose CT-INV --as case\n",
    .run = new_run,
};

static ent_code task_set(void *arg, desk *d, ent_err *err)
{
    cli_joint *w = arg;

    return joint_task_set(d, w->cli->arena, w->id, w->state, w->note, w->user, err);
}

static ent_code set_run(cli_context *cli, const char *state, ent_err *err)
{
    cli_joint w = { .state = state, .note = ent_str_of(cli_option(cli, "--note")) };

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.id = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_joint_begin(cli, &w, err));
    return cli_desk_work(cli, w.nd, task_set, &w, err);
}

static ent_code take_run(cli_context *cli, ent_err *err)
{
    return set_run(cli, "accepted", err);
}

static ent_code refuse_run(cli_context *cli, ent_err *err)
{
    return set_run(cli, "refused", err);
}

static ent_code done_run(cli_context *cli, ent_err *err)
{
    return set_run(cli, "done", err);
}

const cli_command cli_task_take = {
    .name = "task take",
    .usage = "TASK",
    .summary = "accept a task that is this service's",
    .help = "All who heard of the task see it.\n\n  entente task take 5e0f... --as case\n",
    .run = take_run,
};

const cli_command cli_task_refuse = {
    .name = "task refuse",
    .usage = "TASK --note WHY",
    .summary = "refuse a task that is this service's, with a reason",
    .help = "All who heard of the task see it.\n\n"
            "  entente task refuse 5e0f... --note \"no legal ground\" --as case\n",
    .run = refuse_run,
};

const cli_command cli_task_done = {
    .name = "task done",
    .usage = "TASK [--note TEXT]",
    .summary = "say that a task is done",
    .help = "All who heard of the task see it.\n\n  entente task done 5e0f... --as case\n",
    .run = done_run,
};

static ent_code tasks_run(cli_context *cli, ent_err *err)
{
    joint_item *items;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_task_list(node_desk_desk(nd), cli->arena, &items, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (cli->json)
            ENT_TRY(cli_item_json(cli, "task", &items[i], err));
        else
            (void)printf("%-36s  %-9s %-8s %-10s %s%s\n", cli_text(cli, items[i].id),
                         cli_text(cli, items[i].state),
                         cli_text(cli, ent_json_get_text(items[i].json, "who")),
                         cli_text(cli, ent_json_get_text(items[i].json, "due")),
                         cli_text(cli, ent_json_get_text(items[i].json, "activity")),
                         items[i].late ? "  LATE" : "");
    }
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_task_list = {
    .name = "task list",
    .usage = "",
    .summary = "the joint plan: who does what until when",
    .help = "Late is what is neither done nor refused after its day.\n\n  entente task list\n",
    .run = tasks_run,
};
