/* entente rfi drafts -- answers that wait for approval, with their words. */
#include "cli/casework.h"

static ent_code draft_line(cli_context *cli, const store_doc *doc, ent_json draft,
                           ent_json statement, ent_err *err)
{
    ent_json approvals = ent_json_get(draft, "approvals");
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "request", doc->id);
    cli_line_text(&w, "peer", doc->peer);
    cli_line_text(&w, "drafter", ent_json_get_text(draft, "drafter"));
    ent_jw_key(&w, "approvals");
    ent_jw_array(&w);
    for (ent_json v = ent_json_first(approvals); v.doc != NULL; v = ent_json_next(v))
        ent_jw_str(&w, ent_json_get_text(v, "officer"));
    ent_jw_end(&w);
    ent_jw_key(&w, "statement");
    ent_jw_raw(&w, ent_json_raw(statement));
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code draft_show(void *arg, const store_doc *doc, ent_err *err)
{
    cli_context *cli = arg;
    ent_json draft, statement;

    ENT_TRY(ent_json_read(cli->arena, doc->json, &draft, err));
    ENT_TRY(ent_json_read(cli->arena, ent_json_get_text(draft, "statement"), &statement, err));
    if (cli->json)
        return draft_line(cli, doc, draft, statement, err);
    (void)printf("%s  to %-8s by %-10s approved %zu  %s %s\n", cli_text(cli, doc->id),
                 cli_text(cli, doc->peer), cli_text(cli, ent_json_get_text(draft, "drafter")),
                 ent_json_count(ent_json_get(draft, "approvals")),
                 cli_text(cli, ent_json_get_text(statement, "answer")),
                 cli_text(cli, ent_json_get_text(statement, "text")));
    return ENT_OK;
}

static ent_code drafts_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return store_docs_each(node_desk_desk(nd)->store, "answer-draft", NULL, "waiting", draft_show,
                           cli, err);
}

const cli_command cli_rfi_drafts = {
    .name = "rfi drafts",
    .usage = "",
    .summary = "list the answers that wait for approval, with their words",
    .help = "An officer reads what leaves before approving it with `rfi approve`.\n\n"
            "  entente rfi drafts --as fdo1\n",
    .run = drafts_run,
};
