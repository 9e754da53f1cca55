/* entente retention list, sweep, purge, extend, approve -- what has been kept long enough. */
#include "cli/desk.h"
#include "cli/holding.h"

#include "desk/retention.h"
#include "holdings/retention.h"

static void due_line(cli_context *cli, node_desk *nd, const holdings_due *due, ent_jw *w)
{
    cli_line_text(w, "id", due->id);
    cli_line_text(w, "type", due->type);
    cli_line_c(w, "owner", cli_owner(cli, nd, due->owner));
    cli_line_text(w, "name", due->name);
    cli_line_text(w, "retention", due->retention);
    if (due->hold != NULL) {
        cli_line_c(w, "hold", due->hold);
        cli_line_text(w, "hold_id", due->hold_id);
    }
}

static ent_code due_show(cli_context *cli, node_desk *nd, const holdings_due *due, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (cli->json) {
        cli_line_begin(cli, &buf, &w);
        due_line(cli, nd, due, &w);
        return cli_line_end(cli, &buf, &w, err);
    }
    (void)printf("%s  %-8s %-20s %s\n      %s\n", cli_text(cli, due->retention),
                 cli_owner(cli, nd, due->owner), cli_text(cli, due->type), cli_text(cli, due->name),
                 cli_text(cli, due->id));
    if (due->hold != NULL)
        (void)printf("      waits for a decision: %s, %s\n", due->hold,
                     cli_text(cli, due->hold_id));
    return ENT_OK;
}

static ent_code extension_show(cli_context *cli, const desk_extension *x, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (cli->json) {
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "extension", x->id);
        cli_line_text(&w, "id", x->object);
        cli_line_text(&w, "until", x->until);
        cli_line_text(&w, "reason", x->reason);
        cli_line_text(&w, "drafter", x->drafter);
        cli_line_text(&w, "state", x->state);
        ent_jw_key(&w, "approvals");
        ent_jw_int(&w, (int64_t)x->approvals);
        return cli_line_end(cli, &buf, &w, err);
    }
    (void)printf("extension %s\n      %s until %s, %s: %s of two\n      %s: %s\n",
                 cli_text(cli, x->id), cli_text(cli, x->object), cli_text(cli, x->until),
                 cli_text(cli, x->state),
                 x->approvals == 0   ? "none"
                 : x->approvals == 1 ? "one"
                                     : "two",
                 cli_text(cli, x->drafter), cli_text(cli, x->reason));
    return ENT_OK;
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    desk_extension *extensions;
    holdings_due *due;
    size_t count;
    node_desk *nd;
    desk *d;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    d = node_desk_desk(nd);
    ENT_TRY(holdings_retention_due(d->store, cli->arena, d->now, &due, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(due_show(cli, nd, &due[i], err));
    ENT_TRY(desk_extension_list(d, cli->arena, &extensions, &count, err));
    for (size_t i = 0; i < count; i++)
        if (ent_str_is(extensions[i].state, "waiting"))
            ENT_TRY(extension_show(cli, &extensions[i], err));
    return ENT_OK;
}

struct retention_work {
    cli_context *cli;
    holdings_swept swept;
    desk_extension extension;
    const char *id, *until, *reason;
    const desk_officer *officer;
};

static ent_code sweep_work(void *arg, desk *d, ent_err *err)
{
    struct retention_work *work = arg;

    return holdings_retention_sweep(d->store, work->cli->arena, d->now, &work->swept, err);
}

static ent_code sweep_run(cli_context *cli, ent_err *err)
{
    struct retention_work work = { .cli = cli };
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_desk_work(cli, nd, sweep_work, &work, err));
    if (!cli->json) {
        (void)printf("%zu purged, %zu wait for a decision\n", work.swept.purged,
                     work.swept.waiting);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "purged");
    ent_jw_int(&w, (int64_t)work.swept.purged);
    ent_jw_key(&w, "waiting");
    ent_jw_int(&w, (int64_t)work.swept.waiting);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code decided(cli_context *cli, struct retention_work *work, bool until, node_desk **nd,
                        desk_officer *officer, ent_err *err)
{
    work->cli = cli;
    work->reason = cli_option(cli, "--reason");
    work->until = until ? cli_option(cli, "--until") : NULL;
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    work->id = cli->argv[0];
    if (work->reason == NULL || work->reason[0] == '\0')
        return ent_fail(err, ENT_USAGE, "--reason TEXT is missing: a decision is made for one");
    if (until && work->until == NULL)
        return ent_fail(err, ENT_USAGE, "--until YYYY-MM-DD is missing");
    ENT_TRY(cli_desk(cli, nd, err));
    ENT_TRY(cli_officer(cli, *nd, officer, err));
    work->officer = officer;
    return ENT_OK;
}

static ent_code purge_work(void *arg, desk *d, ent_err *err)
{
    struct retention_work *work = arg;

    return holdings_retention_purge(d->store, work->cli->arena, NULL, ent_str_of(work->id),
                                    work->officer->name, ent_str_of(work->reason), d->now, err);
}

static ent_code purge_run(cli_context *cli, ent_err *err)
{
    struct retention_work work = { .cli = cli };
    desk_officer officer;
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(decided(cli, &work, false, &nd, &officer, err));
    ENT_TRY(cli_desk_work(cli, nd, purge_work, &work, err));
    if (!cli->json) {
        (void)printf("%s  purged\n", cli_text(cli, ent_str_of(work.id)));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "id", work.id);
    cli_line_c(&w, "result", "purged");
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code extend_work(void *arg, desk *d, ent_err *err)
{
    struct retention_work *work = arg;

    return desk_extension_draft(d, work->cli->arena, ent_str_of(work->id), ent_str_of(work->until),
                                ent_str_of(work->reason), work->officer->name, &work->extension,
                                err);
}

static ent_code extend_run(cli_context *cli, ent_err *err)
{
    struct retention_work work = { .cli = cli };
    desk_officer officer;
    node_desk *nd;

    ENT_TRY(decided(cli, &work, true, &nd, &officer, err));
    ENT_TRY(cli_desk_work(cli, nd, extend_work, &work, err));
    return extension_show(cli, &work.extension, err);
}

static ent_code approve_work(void *arg, desk *d, ent_err *err)
{
    struct retention_work *work = arg;

    return desk_extension_approve(d, work->cli->arena, ent_str_of(work->id), work->officer,
                                  &work->extension, err);
}

static ent_code approve_run(cli_context *cli, ent_err *err)
{
    struct retention_work work = { .cli = cli };
    desk_officer officer;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    work.id = cli->argv[0];
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    work.officer = &officer;
    ENT_TRY(cli_desk_work(cli, nd, approve_work, &work, err));
    return extension_show(cli, &work.extension, err);
}

const cli_command cli_retention_list = {
    .name = "retention list",
    .usage = "",
    .summary = "what is past its last day, what waits for a decision, and drafted extensions",
    .help = "An object that an open match or case names is not purged by silence: a person purges\n"
            "it or has it extended, with a reason.\n\n  entente retention list --json\n",
    .run = list_run,
};

const cli_command cli_retention_sweep = {
    .name = "retention sweep",
    .usage = "",
    .summary = "purge what is past its last day and nothing open speaks of",
    .help = "The content goes; a tombstone stays: id, type, when and why.\n\n"
            "  entente retention sweep\n",
    .run = sweep_run,
};

const cli_command cli_retention_purge = {
    .name = "retention purge",
    .usage = "ID --reason TEXT --as USER",
    .summary = "purge one object that is due, by a person's decision",
    .help = "Also when an open match or case names it.\n\n"
            "  entente --as legal retention purge identity--4c1bb6cc-... \\\n"
            "      --reason 'the match was another person'\n",
    .run = purge_run,
};

const cli_command cli_retention_extend = {
    .name = "retention extend",
    .usage = "ID --until YYYY-MM-DD --reason TEXT --as USER",
    .summary = "draft a later last day for an own object; two others approve it",
    .help = "It stands when two officers (disclosure, legal) have approved it with `retention\n"
            "approve`; who drafted it is neither of them.\n\n"
            "  entente --as analyst retention extend identity--4c1bb6cc-... \\\n"
            "      --until 2026-12-31 --reason 'open match with SVB'\n",
    .run = extend_run,
};

const cli_command cli_retention_approve = {
    .name = "retention approve",
    .usage = "EXTENSION --as USER",
    .summary = "approve a drafted extension; the second approval makes it stand",
    .help = "`retention list` shows what waits.\n\n"
            "  entente --as fdo1 retention approve 0b54ad2b-...\n",
    .run = approve_run,
};
