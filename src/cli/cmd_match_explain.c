/* entente match explain, match runs -- the journal of runs. */
#include "cli/match.h"

#include "match/match.h"

/* At most 78 columns, broken at blanks. */
static void paragraph_show(cli_context *cli, ent_str text)
{
    const char *at = cli_text(cli, text);

    while (*at != '\0') {
        size_t size = strlen(at), cut = size;

        if (size > 78)
            for (cut = 78; cut > 0 && at[cut] != ' '; cut--)
                ;
        if (cut == 0)
            cut = size;
        (void)printf("%.*s\n", (int)cut, at);
        at += cut;
        at += strspn(at, " ");
    }
    (void)printf("\n");
}

static ent_code explain_run(cli_context *cli, ent_err *err)
{
    ent_str *lines;
    node_desk *nd;
    size_t count;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(match_explain(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), &lines, &count,
                          err));
    if (!cli->json) {
        for (size_t i = 0; i < count; i++)
            paragraph_show(cli, lines[i]);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "run", cli->argv[0]);
    cli_line_said_list(&w, "statement", lines, count);
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_match_explain = {
    .name = "match explain",
    .usage = "RUN",
    .summary = "say in plain words what a match has told whom, and what it has not",
    .help = "The run's id is in its hits, and in what `match run --json` prints.\n\n"
            "  entente match explain 0b9d...\n",
    .run = explain_run,
};

/* ---- the journal ---- */

static ent_code run_show(cli_context *cli, const match_run *r, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-20.19s %-8s %-8s %-9s %-9s %s%s%s\n", cli_text(cli, r->started),
                     cli_text(cli, r->peer), cli_text(cli, r->side), cli_text(cli, r->state),
                     cli_text(cli, r->purpose), cli_text(cli, r->id),
                     r->clause.size > 0 ? ": " : "", cli_text(cli, r->clause));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "run", r->id);
    cli_line_text(&w, "peer", r->peer);
    cli_line_text(&w, "side", r->side);
    cli_line_text(&w, "step", r->step);
    cli_line_text(&w, "state", r->state);
    cli_line_text(&w, "clause", r->clause.size > 0 ? r->clause : ENT_STR_NONE);
    cli_line_text(&w, "kind", r->kind.size > 0 ? r->kind : ENT_STR("keys"));
    cli_line_text(&w, "purpose", r->purpose);
    cli_line_text(&w, "incident", r->incident.size > 0 ? r->incident : ENT_STR_NONE);
    cli_line_text(&w, "agreement", r->agreement.size > 0 ? r->agreement : ENT_STR_NONE);
    cli_line_text(&w, "user", r->user.size > 0 ? r->user : ENT_STR_NONE);
    ent_jw_key(&w, "own");
    ent_jw_int(&w, r->size_own);
    ent_jw_key(&w, "theirs");
    ent_jw_int(&w, r->size_peer);
    ent_jw_key(&w, "hits");
    ent_jw_int(&w, r->hits);
    cli_line_text(&w, "started", r->started);
    cli_line_text(&w, "ended", r->ended.size > 0 ? r->ended : ENT_STR_NONE);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code runs_run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--peer");
    match_run *runs;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(match_run_list(node_desk_desk(nd), cli->arena, peer, &runs, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(run_show(cli, &runs[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_match_runs = {
    .name = "match runs",
    .usage = "[--peer PEER]",
    .summary = "list the runs, asked and answered, and what was refused here",
    .help = "What was refused at home (state denied) is here too, with who asked and the rule.\n\n"
            "  entente match runs --peer SVB --json\n",
    .run = runs_run,
};
