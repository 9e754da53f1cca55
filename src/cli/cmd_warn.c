/* entente warn ... -- a threat to life: who was warned, and if nobody, why not. */
#include "casework/warn.h"
#include "cli/desk.h"

struct work {
    cli_context *cli;
    desk_officer officer;
    casework_warning w;
    casework_threat threat;
    ent_str who, how, reason;
};

static ent_code line_show(cli_context *cli, const casework_warning *w, ent_err *err)
{
    ent_buf buf;
    ent_jw j;

    if (!cli->json) {
        (void)printf("%.8s  %-7s %-10s due %.16sZ%s  %s\n", w->id.ptr, cli_text(cli, w->state),
                     cli_text(cli, ent_json_get_text(w->json, "precedence")),
                     desk_time_text(cli->arena, w->due).ptr, w->overdue ? " OVERDUE" : "",
                     cli_text(cli, ent_json_get_text(w->json, "threatened")));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &j);
    cli_line_text(&j, "warning", w->id);
    cli_line_text(&j, "state", w->state);
    cli_line_text(&j, "due", desk_time_text(cli->arena, w->due));
    ent_jw_key(&j, "overdue");
    ent_jw_bool(&j, w->overdue);
    for (ent_json v = ent_json_first(w->json); v.doc != NULL; v = ent_json_next(v)) {
        ent_jw_key_str(&j, ent_json_name(v));
        ent_jw_raw(&j, ent_json_raw(v));
    }
    return cli_line_end(cli, &buf, &j, err);
}

static ent_code work_run(struct work *w, int arguments, cli_work fn, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(w->cli, arguments, arguments, err));
    ENT_TRY(cli_desk(w->cli, &nd, err));
    ENT_TRY(cli_officer(w->cli, nd, &w->officer, err));
    ENT_TRY(cli_desk_work(w->cli, nd, fn, w, err));
    return line_show(w->cli, &w->w, err);
}

static ent_code found(struct work *w, desk *d, ent_err *err)
{
    return casework_warn_find(d, w->cli->arena, ent_str_of(w->cli->argv[0]), &w->w, err);
}

static ent_str option(cli_context *cli, const char *name)
{
    return ent_str_of(cli_option(cli, name));
}

static ent_code new_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_warn_new(d, w->cli->arena, &w->threat, &w->officer, &w->w, err);
}

static ent_code new_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli,
                      .threat = { .threatened = option(cli, "--threatened"),
                                  .text = option(cli, "--text"),
                                  .about = option(cli, "--about"),
                                  .precedence = CASEWORK_IMMEDIATE } };
    ent_str precedence = option(cli, "--precedence");

    if (precedence.size > 0 && !casework_precedence_read(precedence, &w.threat.precedence))
        return ent_fail(err, ENT_USAGE, "'%s' is no precedence: FLASH IMMEDIATE PRIORITY ROUTINE",
                        precedence.ptr);
    return work_run(&w, 0, new_work, err);
}

const cli_command cli_warn_new = {
    .name = "warn new",
    .usage = "--threatened WHO --text TEXT [--about ID] [--precedence P] --as USER",
    .summary = "put down a threat to life; the clock runs until somebody is warned",
    .help =
        "FLASH 15 minutes, IMMEDIATE (if nothing is said) 1 hour, PRIORITY 24 hours. When it is\n"
        "over whoever is on duty is told, then the deputy, and oversight reads it.\n\n"
        "  entente warn new --threatened 'the ferry line' --text 'an attack on a ferry' \\\n"
        "      --about 6f1c2a... --precedence FLASH --as cas\n",
    .run = new_run,
};

static ent_code done_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_warn_done(d, w->cli->arena, &w->w, w->who, w->how, &w->officer, err);
}

static ent_code done_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli, .who = option(cli, "--who"), .how = option(cli, "--how") };

    return work_run(&w, 1, done_work, err);
}

const cli_command cli_warn_done = {
    .name = "warn done",
    .usage = "WARNING --who WHO --how TEXT --as USER",
    .summary = "say who was warned, and how",
    .help =
        "  entente warn done 6f1c --who 'the duty manager' --how 'by telephone, 18:20' --as cas\n",
    .run = done_run,
};

static ent_code waive_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_warn_waive(d, w->cli->arena, &w->w, w->reason, &w->officer, err);
}

static ent_code waive_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli, .reason = option(cli, "--reason") };

    return work_run(&w, 1, waive_work, err);
}

const cli_command cli_warn_waive = {
    .name = "warn waive",
    .usage = "WARNING --reason TEXT --as USER",
    .summary = "say why nobody is warned: the legal officer and one other officer",
    .help = "The first asks, the second closes it; one of the two is the legal officer.\n\n"
            "  entente warn waive 6f1c --reason 'he is under arrest' --as law\n",
    .run = waive_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    bool open = cli_flag(cli, "--open");
    casework_warning *list;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(casework_warn_list(node_desk_desk(nd), cli->arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        if (!open || ent_str_is(list[i].state, "open"))
            ENT_TRY(line_show(cli, &list[i], err));
    return ENT_OK;
}

const cli_command cli_warn_list = {
    .name = "warn list",
    .usage = "[--open] [--as USER]",
    .summary = "list threats to life: who was warned, by whom, or why nobody",
    .help = "  entente warn list --open\n",
    .run = list_run,
};
