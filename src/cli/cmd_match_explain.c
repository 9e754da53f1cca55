/* entente match explain -- what a run has told whom. */
#include "cli/match.h"

#include "desk/match.h"

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

static ent_code run(cli_context *cli, ent_err *err)
{
    ent_str *lines;
    node_desk *nd;
    size_t count;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_match_explain(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), &lines,
                               &count, err));
    if (!cli->json) {
        for (size_t i = 0; i < count; i++)
            paragraph_show(cli, lines[i]);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "run", cli->argv[0]);
    ent_jw_key(&w, "statement");
    ent_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        ent_jw_str(&w, lines[i]);
    ent_jw_end(&w);
    return cli_line_end(&buf, &w, err);
}

const cli_command cli_match_explain = {
    .name = "match explain",
    .usage = "RUN",
    .summary = "say in plain words what a match has told whom, and what it has not",
    .help = "The run's id is in its hits, and in what `match run --json` prints.\n\n"
            "  entente match explain 0b9d...\n",
    .run = run,
};
