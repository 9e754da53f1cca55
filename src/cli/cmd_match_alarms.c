/* entente match alarms, match clear -- what looks like abuse of private matching, until a person has looked. */
#include "cli/desk.h"

#include "base/text.h"
#include "match/match.h"

static ent_code alarms_run(cli_context *cli, ent_err *err)
{
    const char *peer = cli_option(cli, "--peer");
    ent_json *alarms;
    node_desk *nd;
    size_t count;
    ent_buf buf;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(match_alarms(node_desk_desk(nd), cli->arena, peer, &alarms, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (cli->json) {
            ent_buf_init(&buf, cli->arena);
            ent_buf_str(&buf, ent_json_raw(alarms[i]));
            ENT_TRY(cli_json_line(cli, &buf, err));
            continue;
        }
        (void)printf("%-8s by %-8s with %-8s %-24s %s%s\n",
                     cli_text(cli, ent_json_get_text(alarms[i], "alarm")),
                     cli_text(cli, ent_json_get_text(alarms[i], "by")),
                     cli_text(cli, ent_json_get_text(alarms[i], "peer")),
                     cli_text(cli, ent_json_get_text(alarms[i], "key")),
                     cli_text(cli, ent_json_get_text(alarms[i], "id")),
                     ent_json_get(alarms[i], "cleared").doc != NULL ? "  cleared" : "");
    }
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_match_alarms = {
    .name = "match alarms",
    .usage = "[--peer PEER]",
    .summary = "list what looks like probing or baiting, ours and a peer's",
    .help =
        "probing: a single hit among many consecutive numbers says that a range was written\n"
        "down and compared.  repeat: nearly the same set was compared again and again, which\n"
        "was then refused.  Both sides are told of these.  leaf: a partner released a record\n"
        "with the key of a hit of a standing match, and the key's tag is not in the set that it\n"
        "committed to.  People decide what it means (`match clear`).\n\n"
        "  entente match alarms --peer CTB\n",
    .run = alarms_run,
};

/* ---- clear ---- */

struct clear {
    cli_context *cli;
    ent_str id, reason;
    const char *user;
};

static ent_code clear_work(void *arg, desk *d, ent_err *err)
{
    const struct clear *c = arg;

    return match_alarm_clear(d, c->cli->arena, c->id, c->user, c->reason, err);
}

static ent_code clear_run(cli_context *cli, ent_err *err)
{
    struct clear c = { .cli = cli, .reason = ent_str_of(cli_option(cli, "--reason")) };
    desk_officer officer;
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (c.reason.size == 0)
        return ent_fail(err, ENT_USAGE, "--reason TEXT says what was found");
    c.id = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    c.user = officer.name;
    return cli_desk_work(cli, nd, clear_work, &c, err);
}

const cli_command cli_match_clear = {
    .name = "match clear",
    .usage = "ALARM --reason TEXT",
    .summary = "say what an alarm of matching turned out to be; it stands no more",
    .help = "ALARM as `match alarms` shows it.  Whoever made the match that it is about clears no "
            "alarm of\n"
            "it.  That it was raised, and by whom it was cleared and why, is in the journal.\n\n"
            "  entente match clear SVB/repeat/2024-11-08/CT-INV --reason \"a script ran twice\" "
            "--as luis\n",
    .run = clear_run,
};
