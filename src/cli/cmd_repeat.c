/* entente repeat ask, answer, list -- may a fact of a partner be repeated to an outsider? */
#include "cli/joint.h"

#include "joint/repeat.h"

static ent_code repeat_ask(void *arg, desk *d, ent_err *err)
{
    cli_joint *w = arg;

    return joint_repeat_ask(d, w->cli->arena, w->state, w->outsider, w->value, w->ids, w->id_count,
                            w->made, err);
}

static ent_code ask_run(cli_context *cli, ent_err *err)
{
    cli_joint w = { .cli = cli };

    w.state = cli_option(cli, "--owner");
    ENT_TRY(cli_joint_text(cli, "--to", &w.outsider, err));
    ENT_TRY(cli_joint_text(cli, "--purpose", &w.value, err));
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    if (w.state == NULL)
        return ent_fail(err, ENT_USAGE, "--owner is missing");
    w.id_count = (size_t)cli->argc;
    w.ids = ent_arena_array(cli->arena, w.id_count, sizeof *w.ids);
    if (w.ids == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < w.id_count; i++)
        w.ids[i] = ent_str_of(cli->argv[i]);
    ENT_TRY(cli_joint_begin(cli, &w, err));
    ENT_TRY(cli_desk_work(cli, w.nd, repeat_ask, &w, err));
    return cli_joint_made(cli, "repeat", w.made, err);
}

const cli_command cli_repeat_ask = {
    .name = "repeat ask",
    .usage = "ID... --owner PEER --to OUTSIDER --purpose P",
    .summary = "ask an owner whether facts of its may be repeated to an outsider",
    .help = "The owner grants some, all or none; `repeat list` shows what may be repeated.\n\n"
            "  entente repeat ask identity--... event--... --owner SVB --to Kestria \\\n"
            "      --purpose CT-INV --as case\n",
    .run = ask_run,
};

static ent_code repeat_answer(void *arg, desk *d, ent_err *err)
{
    cli_joint *w = arg;

    return joint_repeat_answer(d, w->cli->arena, w->id, w->ids, w->id_count, w->user, err);
}

static ent_code answer_run(cli_context *cli, ent_err *err)
{
    cli_joint w = { .cli = cli };

    ENT_TRY(cli_joint_ids(cli, "--grant", &w, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.id = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_joint_begin(cli, &w, err));
    return cli_desk_work(cli, w.nd, repeat_answer, &w, err);
}

const cli_command cli_repeat_answer = {
    .name = "repeat answer",
    .usage = "REQUEST [--grant ID,...]",
    .summary = "grant some of the facts that a partner wants to repeat, or none",
    .help = "Without --grant none is granted.\n\n"
            "  entente repeat answer CTB/5e0f... --grant identity--... --as fdo1\n",
    .run = answer_run,
};

static void ids_text(cli_context *cli, const char *what, ent_json ids)
{
    for (ent_json v = ent_json_first(ids); v.doc != NULL; v = ent_json_next(v))
        (void)printf("    %-8s %s\n", what, cli_text(cli, ent_json_str(v)));
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    joint_repeat *list;
    node_desk *nd;
    size_t count;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_repeat_list(node_desk_desk(nd), cli->arena, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        const joint_repeat *r = &list[i];

        if (!cli->json) {
            (void)printf("%-45s %-9s %s %s, to %s\n", cli_text(cli, r->id), cli_text(cli, r->state),
                         r->ours ? "asked of" : "asked by", cli_text(cli, r->peer),
                         cli_text(cli, r->outsider));
            ids_text(cli, "asked", r->asked);
            ids_text(cli, "granted", r->granted);
            continue;
        }
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "id", r->id);
        cli_line_text(&w, "state", r->state);
        cli_line_c(&w, "side", r->ours ? "asked" : "owner");
        cli_line_text(&w, "peer", r->peer);
        cli_line_text(&w, "outsider", r->outsider);
        ent_jw_key(&w, "asked");
        ent_jw_raw(&w, ent_json_raw(r->asked));
        ent_jw_key(&w, "granted");
        ent_jw_raw(&w, r->granted.doc == NULL ? ENT_STR("[]") : ent_json_raw(r->granted));
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    }
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_repeat_list = {
    .name = "repeat list",
    .usage = "",
    .summary = "which facts of partners may be repeated to whom",
    .help = "What is not granted may not be repeated.\n\n  entente repeat list\n",
    .run = list_run,
};
