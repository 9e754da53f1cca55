/* entente quarantine list, quarantine release -- what was held back at import. */
#include "cli/holding.h"
#include "cli/label.h"

#include "base/phrase.h"
#include "holdings/admit.h"

static ent_code held_show(void *arg, const store_row *row, ent_err *err)
{
    cli_context *cli = arg;
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%s  %s\n    %s\n", cli_text(cli, row->id), cli_text(cli, row->source),
                     cli_text(cli, row->quarantine));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_str(&w, row->id);
    ent_jw_key(&w, "type");
    ent_jw_str(&w, row->type);
    ent_jw_key(&w, "version");
    ent_jw_str(&w, row->version);
    ent_jw_key(&w, "source");
    ent_jw_str(&w, row->source);
    ent_jw_key(&w, "reason");
    ent_jw_str(&w, row->quarantine);
    ent_jw_key(&w, "reason_said");
    ent_phrase_json(&w, row->quarantine);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    const store_query query = { .quarantined = true };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return store_objects_each(node_desk_desk(nd)->store, &query, held_show, cli, err);
}

static ent_code outcome_show(cli_context *cli, const char *id, holdings_result result,
                             ent_str reason, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%s  %s%s%s\n", id, holdings_result_name(result), reason.size > 0 ? ": " : "",
                     cli_text(cli, reason));
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "id");
    ent_jw_c(&w, id);
    ent_jw_key(&w, "result");
    ent_jw_c(&w, holdings_result_name(result));
    if (reason.size > 0) {
        ent_jw_key(&w, "reason");
        ent_jw_str(&w, reason);
    }
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code release_run(cli_context *cli, ent_err *err)
{
    holdings_origin origin = { .owner = "" };
    bool still = false;
    node_desk *nd;
    ent_code rc = ENT_OK;
    desk *d;

    ENT_TRY(cli_label(cli, &origin.sidecar, err));
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    d = node_desk_desk(nd);
    origin.now = d->now;
    ENT_TRY(store_begin(d->store, err));
    for (int i = 0; rc == ENT_OK && i < cli->argc; i++) {
        holdings_result result = HOLDINGS_QUARANTINED;
        ent_str reason = ENT_STR("");

        rc = holdings_readmit(d->store, cli->arena, &origin, ent_str_of(cli->argv[i]), &result,
                              &reason, err);
        still = still || result == HOLDINGS_QUARANTINED;
        if (rc == ENT_OK)
            rc = outcome_show(cli, cli->argv[i], result, reason, err);
    }
    if (rc == ENT_OK)
        rc = store_commit(d->store, err);
    if (rc != ENT_OK) {
        store_rollback(d->store);
        return rc;
    }
    return still ? ent_fail(err, ENT_NO, "what still lacks something stays in quarantine") : ENT_OK;
}

const cli_command cli_quarantine_list = {
    .name = "quarantine list",
    .usage = "",
    .summary = "list what was held back at import, and what it lacks",
    .help = "Nothing else finds these objects.\n\n  entente quarantine list --json\n",
    .run = list_run,
};

const cli_command cli_quarantine_release = {
    .name = "quarantine release",
    .usage = "LABEL OPTIONS ID...",
    .summary = "give objects in quarantine what they lack",
    .help = "What still lacks something stays, and the exit status is 1.\n" CLI_LABEL_HELP
            "\n  entente quarantine release --rating B2 --purpose CT-INV --category suspect \\\n"
            "      --retention 2029-01-01 identity--4c1bb6cc-...\n",
    .run = release_run,
};
