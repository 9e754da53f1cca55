/* entente alert budget, alert budget set -- how many alerts this desk may put up in a day. */
#include "cli/desk.h"

#include "joint/alert.h"

#include <stdlib.h>

static ent_code budget_show(cli_context *cli, const joint_budget *b, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%lld of %lld alerts used today\n", (long long)b->used, (long long)b->per_day);
        for (size_t i = 0; i < b->use_count; i++)
            (void)printf("    %6lld  %s\n", (long long)b->uses[i].count,
                         cli_text(cli, b->uses[i].by));
        if (b->set_by.size > 0)
            (void)printf("set by %s: %s\n", cli_text(cli, b->set_by), cli_text(cli, b->reason));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "per_day");
    ent_jw_int(&w, b->per_day);
    ent_jw_key(&w, "used");
    ent_jw_int(&w, b->used);
    ent_jw_key(&w, "by");
    ent_jw_object(&w);
    for (size_t i = 0; i < b->use_count; i++) {
        ent_jw_key_str(&w, b->uses[i].by);
        ent_jw_int(&w, b->uses[i].count);
    }
    ent_jw_end(&w);
    cli_line_text(&w, "set_by", b->set_by.size > 0 ? b->set_by : ENT_STR_NONE);
    cli_line_text(&w, "reason", b->reason.size > 0 ? b->reason : ENT_STR_NONE);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code budget_run(cli_context *cli, ent_err *err)
{
    joint_budget budget;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_budget_get(node_desk_desk(nd), cli->arena, &budget, err));
    return budget_show(cli, &budget, err);
}

const cli_command cli_alert_budget = {
    .name = "alert budget",
    .usage = "",
    .summary = "how many alerts this desk may put up today, and who has put them up",
    .help = "Alerts that are too many drown the one that counts.  What is over the budget is\n"
            "refused until tomorrow.\n\n  entente alert budget\n",
    .run = budget_run,
};

struct setting {
    cli_context *cli;
    int64_t per_day;
    ent_str user, reason;
};

static ent_code set(void *arg, desk *d, ent_err *err)
{
    struct setting *s = arg;

    return joint_budget_set(d, s->cli->arena, s->per_day, s->user, s->reason, err);
}

static ent_code set_run(cli_context *cli, ent_err *err)
{
    const char *reason = cli_option(cli, "--reason");
    struct setting s = { .cli = cli, .reason = ent_str_of(reason) };
    desk_officer officer;
    node_desk *nd;
    char *end;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    s.per_day = strtoll(cli->argv[0], &end, 10);
    if (*end != '\0' || end == cli->argv[0])
        return ent_fail(err, ENT_USAGE, "'%s' is no number of alerts", cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    s.user = ent_str_of(officer.name);
    return cli_desk_work(cli, nd, set, &s, err);
}

const cli_command cli_alert_budget_set = {
    .name = "alert budget set",
    .usage = "NUMBER --reason TEXT",
    .summary = "say how many alerts this desk may put up in a day",
    .help = "Who has put up alerts today does not raise it.  Who set it and why is shown.\n\n"
            "  entente alert budget set 400 --reason \"the summit\" --as liaison\n",
    .run = set_run,
};
