/* entente agreement ... -- what may flow between whom, for which purpose, until when. */
#include "cli/desk.h"

#include "desk/agreement.h"
#include "desk/explain.h"

#define FILE_LIMIT ((size_t)1 << 20)

struct work {
    cli_context *cli;
    ent_str text, reason;
    const char **peers;
    size_t peer_count;
    desk_officer officer;
    char id[37];
    int approvals;
    bool done;
};

/* ---- propose ---- */

static ent_code propose(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_agreement_propose(d, w->cli->arena, w->text, w->peers, w->peer_count,
                                  w->officer.name, w->id, err);
}

static ent_code proposed_show(cli_context *cli, const struct work *work, const char *own,
                              ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("agreement %s is proposed to %zu part%s\nnow two officers of every party "
                     "approve it: entente agreement sign %s --as OFFICER\n",
                     work->id, work->peer_count, work->peer_count == 1 ? "y" : "ies", work->id);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "agreement", work->id);
    cli_line_c(&w, "state", "proposed");
    ent_jw_key(&w, "parties");
    ent_jw_array(&w);
    ent_jw_c(&w, own);
    for (size_t i = 0; i < work->peer_count; i++)
        ent_jw_c(&w, work->peers[i]);
    ent_jw_end(&w);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code propose_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_list_option(cli, "--with", &work.peers, &work.peer_count, err));
    ENT_TRY(cli_arguments(cli, 1, -1, err));
    for (int i = 1; i < cli->argc; i++) { /* --with A B C */
        const char **grown = ent_arena_array(cli->arena, work.peer_count + 1, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        if (work.peer_count > 0)
            memcpy(grown, work.peers, work.peer_count * sizeof *grown);
        grown[work.peer_count++] = cli->argv[i];
        work.peers = grown;
    }
    if (work.peer_count == 0)
        return ent_fail(err, ENT_USAGE, "--with PEER is missing: who the other parties are");
    ENT_TRY(cli_file(cli, cli->argv[0], FILE_LIMIT, &work.text, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    if (cli_desk_work(cli, nd, propose, &work, err) != ENT_OK)
        return ent_context(err, "'%s'", cli->argv[0]);
    return proposed_show(cli, &work, node_desk_home(nd)->code, err);
}

const cli_command cli_agreement_propose = {
    .name = "agreement propose",
    .usage = "FILE --with PEER... --as USER",
    .summary = "propose an agreement to one or more linked peers",
    .help =
        "FILE says what may flow: a JSON object with name, purposes (a list), match\n"
        "({\"keys_per_day\",\"set_max\"}), release (true or false), onward (a handling code),\n"
        "retention_months, not_before, not_after, text.  What it does not name may not flow.\n"
        "match may also have set_min, namespaces ({\"tel\":100}: keys a day of a kind), audit\n"
        "(places of each set that oversight can open) and graded_names (true).\n"
        "The user who proposes cannot approve.  Nothing flows before every party has signed.\n\n"
        "  entente agreement propose trilateral.json --with SVB --with CTB --as liaison\n",
    .run = propose_run,
};

/* ---- sign ---- */

static ent_code sign(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_agreement_approve(d, w->cli->arena, ent_str_of(w->id), &w->officer, &w->approvals,
                                  &w->done, err);
}

static ent_code id_take(const char *argument, char id[37], ent_err *err)
{
    if (strlen(argument) != 36)
        return ent_fail(err, ENT_USAGE,
                        "'%s' is no id of an agreement; `entente agreement list` "
                        "shows them",
                        argument);
    memcpy(id, argument, 37);
    return ENT_OK;
}

static ent_code signed_show(cli_context *cli, node_desk *nd, const struct work *work, ent_err *err)
{
    desk_agreement a;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(desk_agreement_get(node_desk_desk(nd), cli->arena, ent_str_of(work->id), &a, err));
    if (!cli->json) {
        (void)printf("agreement %s: %s\n", work->id,
                     !work->done  ? "approved; a second officer is needed"
                     : a.in_force ? "signed; it is in force"
                                  : "signed by this node; waiting for the others");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "agreement", work->id);
    cli_line_text(&w, "state", a.state);
    ent_jw_key(&w, "approvals");
    ent_jw_int(&w, work->approvals);
    ent_jw_key(&w, "missing");
    ent_jw_int(&w, work->approvals < 2 ? 2 - work->approvals : 0);
    ent_jw_key(&w, "in_force");
    ent_jw_bool(&w, a.in_force);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code sign_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(id_take(cli->argv[0], work.id, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, sign, &work, err));
    return signed_show(cli, nd, &work, err);
}

const cli_command cli_agreement_sign = {
    .name = "agreement sign",
    .usage = "ID --as OFFICER",
    .summary = "approve an agreement; with the second officer the node signs",
    .help =
        "Two different persons of the roles disclosure, legal, liaison or case approve; the\n"
        "drafter is not one of them.  The node's signature carries its officers' public keys.\n\n"
        "  entente agreement sign 6f1c... --as fdo1\n",
    .run = sign_run,
};

/* ---- list ---- */

static ent_code agreement_line(cli_context *cli, const desk_agreement *a, ent_err *err)
{
    ent_json purposes = ent_json_get(a->terms, "purposes");
    ent_buf buf;
    ent_jw w;

    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "agreement", a->id);
    cli_line_text(&w, "name", a->name);
    cli_line_text(&w, "state", a->state);
    ent_jw_key(&w, "in_force");
    ent_jw_bool(&w, a->in_force);
    cli_line_said(&w, "why", ent_str_of(a->why_not));
    cli_line_text(&w, "proposer", a->proposer);
    ent_jw_key(&w, "parties");
    ent_jw_array(&w);
    for (size_t i = 0; i < a->party_count; i++) {
        ent_jw_object(&w);
        cli_line_text(&w, "code", a->parties[i].code);
        cli_line_text(&w, "name", a->parties[i].name);
        ent_jw_key(&w, "signed");
        ent_jw_bool(&w, a->parties[i].signed_ && !a->parties[i].reads);
        ent_jw_key(&w, "reader");
        ent_jw_bool(&w, a->parties[i].reads);
        ent_jw_end(&w);
    }
    ent_jw_end(&w);
    ent_jw_key(&w, "purposes");
    ent_jw_raw(&w, ent_json_raw(purposes));
    cli_line_text(&w, "not_before", ent_json_get_text(a->terms, "not_before"));
    cli_line_text(&w, "not_after", ent_json_get_text(a->terms, "not_after"));
    return cli_line_end(cli, &buf, &w, err);
}

static void agreement_text(cli_context *cli, const desk_agreement *a)
{
    (void)printf("%.*s  %-10s %s%s  %s\n", ENT_STR_ARG(a->id), cli_text(cli, a->state),
                 a->in_force ? "in force" : "not in force: ", a->in_force ? "" : a->why_not,
                 cli_text(cli, a->name));
    for (size_t i = 0; i < a->party_count; i++)
        (void)printf("    %-8s %-10s %s\n", cli_text(cli, a->parties[i].code),
                     a->parties[i].reads     ? "has no node"
                     : a->parties[i].signed_ ? "signed"
                                             : "not signed",
                     cli_text(cli, a->parties[i].name));
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    desk_agreement *agreements;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(desk_agreement_list(node_desk_desk(nd), cli->arena, &agreements, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (cli->json)
            ENT_TRY(agreement_line(cli, &agreements[i], err));
        else
            agreement_text(cli, &agreements[i]);
    }
    return ENT_OK;
}

const cli_command cli_agreement_list = {
    .name = "agreement list",
    .usage = "",
    .summary = "list agreements: who has signed, and whether each is in force",
    .help = "  entente agreement list --json\n",
    .run = list_run,
};

/* ---- test ---- */

static ent_code test_run(cli_context *cli, ent_err *err)
{
    desk_explanation answer;
    node_desk *nd;
    ent_str text;
    char id[37];

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    ENT_TRY(id_take(cli->argv[0], id, err));
    ENT_TRY(cli_file(cli, cli->argv[1], FILE_LIMIT, &text, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    if (desk_explain_request(node_desk_desk(nd), cli->arena, ent_str_of(id), text, &answer, err) !=
        ENT_OK)
        return ent_context(err, "'%s'", cli->argv[1]);
    return cli_explanation_show(cli, &answer, err);
}

const cli_command cli_agreement_test = {
    .name = "agreement test",
    .usage = "ID REQUEST.json",
    .summary = "ask what an agreement would permit, and by which rules",
    .help = "REQUEST.json: "
            "{\"action\":\"match\"|\"release\",\"peer\":CODE,\"purpose\":P,\"object\":ID}, or\n"
            "instead of object a made-up label {\"handling\":{...}} (doc/design/handling.md).\n"
            "Exit 0 if it is permitted, 1 if not.\n\n"
            "  entente agreement test 6f1c... request.json\n",
    .run = test_run,
};

/* ---- suspend ---- */

static ent_code suspend(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return desk_agreement_suspend(d, w->cli->arena, ent_str_of(w->id), &w->officer, w->reason, err);
}

static ent_code suspend_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli, .reason = ent_str_of(cli_option(cli, "--reason")) };
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(id_take(cli->argv[0], work.id, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, suspend, &work, err));
    if (!cli->json) {
        (void)printf("agreement %s is suspended; nothing flows under it any more\n", work.id);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "agreement", work.id);
    cli_line_c(&w, "state", "suspended");
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_agreement_suspend = {
    .name = "agreement suspend",
    .usage = "ID --as OFFICER [--reason TEXT]",
    .summary = "stop everything that flows under an agreement, at once",
    .help = "One officer suffices, for it only forbids.  It is final: to go on, make a new\n"
            "agreement.  The parties are told, with the reason.\n\n"
            "  entente agreement suspend 6f1c... --reason 'key lost' --as legal\n",
    .run = suspend_run,
};
