/* entente release emergency, review, queue -- one officer now, another tomorrow; what waits. */
#include "cli/desk.h"

#include "casework/emergency.h"

struct work {
    cli_context *cli;
    desk_officer officer;
    ent_str id, text;
    bool upheld;
    desk_draft_state state;
};

static ent_code line_show(cli_context *cli, ent_str id, const char *state, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("release %s: %s\n", cli_text(cli, id), state);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "release", id);
    cli_line_c(&w, "state", state);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code work_run(struct work *w, const char *option, cli_work work, ent_err *err)
{
    node_desk *nd;

    w->text = ent_str_of(cli_option(w->cli, option));
    ENT_TRY(cli_arguments(w->cli, 1, 1, err));
    if (w->text.size == 0)
        return ent_fail(err, ENT_USAGE, "%s TEXT is missing", option);
    w->id = ent_str_of(w->cli->argv[0]);
    ENT_TRY(cli_desk(w->cli, &nd, err));
    ENT_TRY(cli_officer(w->cli, nd, &w->officer, err));
    return cli_desk_work(w->cli, nd, work, w, err);
}

/* ---- emergency ---- */

static ent_code send(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_emergency_send(d, w->cli->arena, w->id, w->text, &w->officer, &w->state, err);
}

static ent_code emergency_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };

    ENT_TRY(work_run(&w, "--ground", send, err));
    return line_show(cli, w.id, w.state.state, err);
}

const cli_command cli_release_emergency = {
    .name = "release emergency",
    .usage = "DRAFT --ground TEXT --as OFFICER",
    .summary = "send a draft alone, with a ground; another officer reviews it the next day",
    .help =
        "Only where the agreement has \"emergency\": true, and by a disclosure or legal officer "
        "who\n"
        "has not drafted it (for a witness, victim or minor the legal officer).  The ground is\n"
        "signed and the peer reads it.  Oversight hears of it at once, and again if nobody has\n"
        "reviewed it by the end of the next day.\n\n"
        "  entente release emergency 6f1c... --ground 'attack within the hour' --as fdo1\n",
    .run = emergency_run,
};

/* ---- review ---- */

static ent_code review(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_emergency_review(d, w->cli->arena, w->id, w->upheld, w->text, &w->officer, err);
}

static ent_code review_run(cli_context *cli, ent_err *err)
{
    const char *finding = cli_option(cli, "--finding");
    struct work w = { .cli = cli };

    if (finding == NULL || (strcmp(finding, "upheld") != 0 && strcmp(finding, "overturned") != 0))
        return ent_fail(err, ENT_USAGE, "--finding is upheld or overturned");
    w.upheld = strcmp(finding, "upheld") == 0;
    ENT_TRY(work_run(&w, "--note", review, err));
    return line_show(cli, w.id, finding, err);
}

const cli_command cli_release_review = {
    .name = "release review",
    .usage = "RELEASE --finding upheld|overturned --note TEXT --as OFFICER",
    .summary = "review what one officer released in an emergency",
    .help =
        "By a disclosure or legal officer who has neither sent nor drafted it.  \"overturned\"\n"
        "calls it back.\n\n"
        "  entente release review 6f1c... --finding upheld --note 'rightly so' --as fdo2\n",
    .run = review_run,
};

/* ---- queue ---- */

static ent_code item_show(cli_context *cli, ent_json item, ent_err *err)
{
    int64_t days = 0;
    ent_buf buf;

    if (cli->json) {
        ent_buf_init(&buf, cli->arena);
        ent_buf_str(&buf, ent_json_raw(item));
        return cli_json_line(cli, &buf, err);
    }
    (void)ent_json_int(ent_json_get(item, "days"), &days);
    (void)printf("%3lld day%s %s %-9s %-10s %-8s %-8s %s\n", (long long)days, days == 1 ? " " : "s",
                 ent_json_true(ent_json_get(item, "aged")) ? "!" : " ",
                 cli_text(cli, ent_json_get_text(item, "kind")),
                 cli_text(cli, ent_json_get_text(item, "state")),
                 cli_text(cli, ent_json_get_text(item, "peer")),
                 cli_text(cli, ent_json_get_text(item, "purpose")),
                 cli_text(cli, ent_json_get_text(item, "id")));
    return ENT_OK;
}

static ent_code queue_run(cli_context *cli, ent_err *err)
{
    ent_json *items;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_release_queue(node_desk_desk(nd), cli->arena, &items, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(item_show(cli, items[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_release_queue = {
    .name = "release queue",
    .usage = "",
    .summary = "list what waits at the release desk, the oldest first",
    .help = "\"draft\": waits for approvals.  \"onward\": a peer asks to pass our facts on.  "
            "\"review\": one\n"
            "officer released it.  \"proposal\": a match with a peer that has not been given the "
            "record;\n"
            "`records` are what could be drafted.  What has waited three days is marked.  Exit 1: "
            "none.\n\n"
            "  entente release queue\n",
    .run = queue_run,
};
