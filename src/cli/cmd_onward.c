/* entente onward ... -- may a fact of somebody else go on to a third node? */
#include "cli/desk.h"

#include "desk/onward.h"

struct work {
    cli_context *cli;
    desk_onward_request q;
    desk_officer officer;
    ent_str request, reason, until;
    char id[37];
    desk_gate_result result;
    desk_draft_state state;
};

static ent_code line_show(cli_context *cli, ent_str request, const char *state, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("request %s: %s\n", cli_text(cli, request), state);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "request", request);
    cli_line_c(&w, "state", state);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code must(cli_context *cli, const char *name, ent_str *text, ent_err *err)
{
    *text = ent_str_of(cli_option(cli, name));
    return text->size > 0 ? ENT_OK : ent_fail(err, ENT_USAGE, "%s is missing", name);
}

static ent_code work_run(struct work *w, cli_work work, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_desk(w->cli, &nd, err));
    ENT_TRY(cli_officer(w->cli, nd, &w->officer, err));
    w->q.by = w->officer.name;
    return cli_desk_work(w->cli, nd, work, w, err);
}

/* ---- ask ---- */

static ent_code ask(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_onward_ask(d, w->cli->arena, &w->q, w->id, err);
}

static ent_code ask_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    ent_str *ids, to;

    ENT_TRY(must(cli, "--to", &to, err));
    ENT_TRY(must(cli, "--purpose", &w.q.purpose, err));
    ENT_TRY(must(cli, "--reason", &w.q.reason, err));
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    ids = ent_arena_array(cli->arena, (size_t)cli->argc, sizeof *ids);
    if (ids == NULL)
        return ent_fail_arena(err);
    for (int i = 0; i < cli->argc; i++)
        ids[i] = ent_str_of(cli->argv[i]);
    w.q.ids = ids;
    w.q.id_count = (size_t)cli->argc;
    w.q.to = to.ptr;
    ENT_TRY(work_run(&w, ask, err));
    return line_show(cli, ent_str_of(w.id), "asked", err);
}

const cli_command cli_onward_ask = {
    .name = "onward ask",
    .usage = "ID... --to PEER --purpose P --reason TEXT --as USER",
    .summary = "ask the owner of facts held here whether they may go on to a peer",
    .help =
        "The records are of one owner, who is not PEER.  The owner hears which records, for whom,\n"
        "what for and why.  What policy would not pass on even with consent (a traffic light, the\n"
        "owner's suspension of PEER) is refused at once and not asked.\n\n"
        "  entente onward ask identity--0b51... --to DSV --purpose CT-INV \\\n"
        "      --reason 'their witness knows him' --as ana\n",
    .run = ask_run,
};

/* ---- grant, refuse, withdraw ---- */

static ent_code grant(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_onward_draft(d, w->cli->arena, w->request, w->until, w->officer.name, &w->result,
                             &w->state, err);
}

static ent_code grant_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    ent_buf buf;
    ent_jw out;

    ENT_TRY(must(cli, "--until", &w.until, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.request = ent_str_of(cli->argv[0]);
    ENT_TRY(work_run(&w, grant, err));
    if (!cli->json) {
        (void)printf("draft %s: `entente release show` it, two officers approve it\n",
                     cli_text(cli, w.state.id));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &out);
    cli_line_text(&out, "request", w.request);
    cli_line_text(&out, "draft", w.state.id);
    ent_jw_key(&out, "missing");
    ent_jw_array(&out);
    for (size_t i = 0; i < w.state.missing_count; i++)
        ent_jw_str(&out, w.state.missing[i]);
    ent_jw_end(&out);
    return cli_line_end(cli, &buf, &out, err);
}

const cli_command cli_onward_grant = {
    .name = "onward grant",
    .usage = "REQUEST --until YYYY-MM-DD --as USER",
    .summary = "draft the grant that a peer asks for: what exactly may go, for whom, until when",
    .help = "The facts are projected as for a release; `entente release show` shows what goes and "
            "what\n"
            "is withheld.  Two disclosure officers approve the draft (`release approve`); then the "
            "node\n"
            "signs it for that one recipient and purpose, and whoever asked may carry it.\n\n"
            "  entente onward grant 6f1c... --until 2025-03-31 --as ana\n",
    .run = grant_run,
};

static ent_code refuse(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_onward_refuse(d, w->cli->arena, w->request, w->reason, &w->officer, err);
}

static ent_code withdraw(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_onward_withdraw(d, w->cli->arena, w->request, w->reason, &w->officer, err);
}

static ent_code answer_run(cli_context *cli, cli_work work, const char *state, ent_err *err)
{
    struct work w = { .cli = cli };

    ENT_TRY(must(cli, "--reason", &w.reason, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.request = ent_str_of(cli->argv[0]);
    ENT_TRY(work_run(&w, work, err));
    return line_show(cli, w.request, state, err);
}

static ent_code refuse_run(cli_context *cli, ent_err *err)
{
    return answer_run(cli, refuse, "refused", err);
}

static ent_code withdraw_run(cli_context *cli, ent_err *err)
{
    return answer_run(cli, withdraw, "recalled", err);
}

const cli_command cli_onward_refuse = {
    .name = "onward refuse",
    .usage = "REQUEST --reason TEXT --as OFFICER",
    .summary = "refuse that facts of this node go on",
    .help =
        "One disclosure or legal officer suffices.  The peer hears \"refused\", the reason stays\n"
        "here.\n\n"
        "  entente onward refuse 6f1c... --reason 'no need to know' --as fdo1\n",
    .run = refuse_run,
};

const cli_command cli_onward_withdraw = {
    .name = "onward withdraw",
    .usage = "REQUEST --reason TEXT --as OFFICER",
    .summary = "take a grant back: what went on by it is erased there",
    .help =
        "One disclosure or legal officer suffices.  The node that carried it calls it back from\n"
        "the third at once, without asking anybody; `entente onward list` shows \"erased\" when "
        "the\n"
        "third has said so.  What the carrier itself was given stays with it: for that, "
        "`recall`.\n\n"
        "  entente onward withdraw 6f1c... --reason 'purpose fulfilled' --as fdo1\n",
    .run = withdraw_run,
};

/* ---- list ---- */

static ent_code request_show(cli_context *cli, ent_json r, ent_err *err)
{
    ent_buf buf;

    if (cli->json) {
        ent_buf_init(&buf, cli->arena);
        ent_buf_str(&buf, ent_json_raw(r));
        return cli_json_line(cli, &buf, err);
    }
    (void)printf(
        "%s  %-3s %-8s %-9s for %-8s %-10s %s\n", cli_text(cli, ent_json_get_text(r, "request")),
        cli_text(cli, ent_json_get_text(r, "direction")),
        cli_text(cli, ent_json_get_text(r, "peer")), cli_text(cli, ent_json_get_text(r, "state")),
        cli_text(cli, ent_json_get_text(ent_json_get(r, "recipient"), "code")),
        cli_text(cli, ent_json_get_text(r, "purpose")),
        cli_text(cli, ent_json_get_text(r, "reason")));
    return ENT_OK;
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    ent_json *requests;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_onward_list(node_desk_desk(nd), cli->arena, &requests, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(request_show(cli, requests[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_onward_list = {
    .name = "onward list",
    .usage = "",
    .summary = "list requests to pass facts on, ours and those asked of us",
    .help = "\"in\" is asked of this node: asked, granted, refused, corrected, recalled, erased.  "
            "\"out\"\n"
            "is asked by it.  With --json also the receipts that carriers passed back.  Exit 1: "
            "none.\n\n"
            "  entente onward list\n",
    .run = list_run,
};
