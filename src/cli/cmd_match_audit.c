/* entente match audit -- what some places of a set of ours were. */
#include "cli/match.h"

#include "match/match.h"

static ent_code place_show(cli_context *cli, const match_opened *a, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%8lld %-8s %-12s %s%s%s\n", (long long)a->place, a->state, a->category,
                     cli_text(cli, a->key), a->own.size > 0 ? "  " : "", cli_text(cli, a->own));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "place");
    ent_jw_int(&w, a->place);
    cli_line_c(&w, "state", a->state);
    cli_line_text(&w, "key", a->key.size > 0 ? a->key : ENT_STR_NONE);
    cli_line_text(&w, "record", a->own.size > 0 ? a->own : ENT_STR_NONE);
    if (a->own.size > 0) {
        cli_line_c(&w, "category", a->category);
        ent_jw_key(&w, "purposes");
        ent_jw_array(&w);
        for (size_t i = 0; i < a->purpose_count; i++)
            ent_jw_str(&w, a->purposes[i]);
        ent_jw_end(&w);
    }
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code audit_run(cli_context *cli, ent_err *err)
{
    match_opened *places;
    size_t count, wrong = 0;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(match_audit(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), &places, &count,
                        err));
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(place_show(cli, &places[i], err));
        wrong += strcmp(places[i].state, "false") == 0;
    }
    if (wrong > 0)
        return ent_fail(err, ENT_UNTRUSTED,
                        "%zu places are not what was committed to: the set was not made of these",
                        wrong);
    return ENT_OK;
}

const cli_command cli_match_audit = {
    .name = "match audit",
    .usage = "RUN",
    .summary = "open some places of our set in a run, for oversight",
    .help =
        "Which places follows from what both nodes committed to before the run, so nobody chose\n"
        "them.  Each is shown to be the key of a record (with its purposes and category), a\n"
        "key that a user brought, or padding; or `gone`, if no record has the key any more.\n"
        "The agreement says how many (match.audit).  The partner sees none of it.\n\n"
        "  entente match audit 0b9d... --json\n",
    .run = audit_run,
};
