/* entente doctor -- what is wrong with a node, and what to do. */
#include "cli/home.h"

#include "base/phrase.h"
#include "node/doctor.h"

struct findings {
    cli_context *cli;
    size_t wrong;
};

static ent_code finding_show(void *arg, const char *check, const char *finding, const char *advice,
                             ent_err *err)
{
    struct findings *findings = arg;
    cli_context *cli = findings->cli;
    ent_buf buf;
    ent_jw w;

    findings->wrong += advice != NULL;
    if (!cli->json) {
        (void)printf("%-8s %s  %s\n", check, advice == NULL ? "good " : "WRONG",
                     cli_text(cli, ent_str_of(finding)));
        if (advice != NULL)
            (void)printf("                %s\n", advice);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "check");
    ent_jw_c(&w, check);
    ent_jw_key(&w, "ok");
    ent_jw_bool(&w, advice == NULL);
    ent_jw_key(&w, "finding");
    ent_jw_c(&w, finding);
    ent_jw_key(&w, "finding_said");
    ent_phrase_json(&w, ent_str_of(finding));
    if (advice != NULL) {
        ent_jw_key(&w, "do");
        ent_jw_c(&w, advice);
        ent_jw_key(&w, "do_said");
        ent_phrase_json(&w, ent_str_of(advice));
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code run(cli_context *cli, ent_err *err)
{
    struct findings findings = { cli, 0 };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_doctor_run(cli->arena, node_desk_home(nd), node_desk_desk(nd)->store, finding_show,
                            &findings, err));
    if (findings.wrong > 0)
        return ent_fail(err, ENT_NO, "%zu thing%s wrong", findings.wrong,
                        findings.wrong == 1 ? " is" : "s are");
    return ENT_OK;
}

const cli_command cli_doctor = {
    .name = "doctor",
    .usage = "",
    .summary = "say what is wrong with the node and what to do",
    .help =
        "Looks at keys, clock, sandbox, store, disk and every link, and changes nothing.  Exit\n"
        "status 1 if anything is wrong.  `entente log verify` reads the logs whole.\n\n"
        "  entente doctor\n",
    .run = run,
    .as_is = true,
};
