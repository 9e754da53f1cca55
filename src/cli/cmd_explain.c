/* entente explain -- the gate's decision about one object, and every rule that led to it. */
#include "cli/desk.h"

#include "desk/explain.h"

static ent_code explanation_line(cli_context *cli, const desk_explanation *e, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "object", e->object);
    cli_line_text(&w, "to", e->peer);
    cli_line_c(&w, "action", e->action == POLICY_MATCH ? "match" : "release");
    cli_line_text(&w, "purpose", e->purpose);
    cli_line_text(&w, "agreement", e->agreement);
    ent_jw_key(&w, "permit");
    ent_jw_bool(&w, e->decision.permit);
    cli_line_c(&w, "reason", e->decision.permit ? NULL : policy_rule_name(e->decision.reason));
    cli_line_said(&w, "why", ent_str_of(e->why_not));
    ent_jw_key(&w, "rules");
    ent_jw_array(&w);
    for (int i = 0; i < POLICY_RULE_COUNT; i++) {
        if (e->decision.rules[i] == POLICY_NOT_ASKED)
            continue;
        ent_jw_object(&w);
        cli_line_c(&w, "rule", policy_rule_name((policy_rule)i));
        cli_line_c(&w, "verdict", e->decision.rules[i] == POLICY_PERMITS ? "permits" : "withholds");
        cli_line_said(&w, "text", ent_str_of(policy_rule_text((policy_rule)i)));
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    return cli_line_end(cli, &buf, &w, err);
}

ent_code cli_explanation_show(cli_context *cli, const desk_explanation *e, ent_err *err)
{
    if (cli->json) {
        ENT_TRY(explanation_line(cli, e, err));
        return e->decision.permit ? ENT_OK : ENT_NO;
    }
    (void)printf("%s for %s\n", e->decision.permit ? "permitted" : "withheld",
                 cli_text(cli, e->purpose));
    for (int i = 0; i < POLICY_RULE_COUNT; i++)
        if (e->decision.rules[i] != POLICY_NOT_ASKED)
            (void)printf("  %-10s %-12s %s\n",
                         e->decision.rules[i] == POLICY_PERMITS ? "permits" : "withholds",
                         policy_rule_name((policy_rule)i), policy_rule_text((policy_rule)i));
    if (e->why_not != NULL)
        (void)printf("  the agreement: %s\n", e->why_not);
    return e->decision.permit ? ENT_OK : ENT_NO;
}

static ent_code run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--to"), *purpose = cli_option(cli, "--purpose");
    bool match = cli_flag(cli, "--match");
    desk_explanation e;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (peer == NULL)
        return ent_fail(err, ENT_USAGE, "--to PEER is missing");
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_explain(node_desk_desk(nd), cli->arena, ent_str_of(cli->argv[0]), peer,
                         match ? POLICY_MATCH : POLICY_RELEASE, ent_str_of(purpose), &e, err));
    return cli_explanation_show(cli, &e, err);
}

const cli_command cli_explain = {
    .name = "explain",
    .usage = "OBJECT --to PEER [--purpose P] [--match]",
    .summary = "say whether an object may go to a peer, and every rule that led to it",
    .help = "Without --match: may its content be released (before approvals)?  With it: may its\n"
            "keys be in a private match?  Exit 0 if it may, 1 if not.  A peer never sees this.\n\n"
            "  entente explain identity--0b51... --to SVB --purpose CT-INV\n",
    .run = run,
};
