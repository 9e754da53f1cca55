/* entente redress ... -- a person complains, and oversight sees to it. */
#include "casework/redress.h"
#include "cli/desk.h"

struct work {
    cli_context *cli;
    desk_officer officer;
    casework_redress r;
    casework_redress_asked asked;
    casework_complaint complaint;
    casework_redress_decision decision;
    const char **to;
    size_t to_count, count, sent;
    ent_str letter;
};

/* ---- showing ---- */

static void member_raw(ent_jw *w, const char *name, ent_json value, const char *none)
{
    ent_jw_key(w, name);
    ent_jw_raw(w, value.doc == NULL ? ent_str_of(none) : ent_json_raw(value));
}

static ent_code line_show(cli_context *cli, const casework_redress *r, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%.8s  %-9s %-12s due %.10s%s\n", r->id.ptr, cli_text(cli, r->state),
                     cli_text(cli, ent_json_get_text(r->json, "reference")),
                     desk_time_text(cli->arena, r->due).ptr, r->overdue ? "  OVERDUE" : "");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "redress", r->id);
    cli_line_text(&w, "reference", ent_json_get_text(r->json, "reference"));
    cli_line_text(&w, "state", r->state);
    cli_line_text(&w, "due", desk_time_text(cli->arena, r->due));
    ent_jw_key(&w, "overdue");
    ent_jw_bool(&w, r->overdue);
    if (ent_json_get(r->json, "decision").doc != NULL)
        member_raw(&w, "decision", ent_json_get(r->json, "decision"), "null");
    member_raw(&w, "partners", ent_json_get(r->json, "partners"), "[]");
    member_raw(&w, "events", ent_json_get(r->json, "events"), "[]");
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code asked_show(cli_context *cli, const casework_redress_asked *a, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%.8s  %-9s asked by the oversight body of %s, %zu records\n", a->id.ptr,
                     cli_text(cli, a->state), cli_text(cli, a->peer), ent_json_count(a->ids));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "asked", a->id);
    cli_line_text(&w, "peer", a->peer);
    cli_line_text(&w, "state", a->state);
    member_raw(&w, "ids", a->ids, "[]");
    member_raw(&w, "items", a->answer, "[]");
    return cli_line_end(cli, &buf, &w, err);
}

/* ---- running ---- */

static ent_code work_run(struct work *w, int arguments, cli_work fn, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(w->cli, arguments, arguments, err));
    ENT_TRY(cli_desk(w->cli, &nd, err));
    ENT_TRY(cli_officer(w->cli, nd, &w->officer, err));
    return cli_desk_work(w->cli, nd, fn, w, err);
}

static ent_code found(struct work *w, desk *d, ent_err *err)
{
    return casework_redress_find(d, w->cli->arena, ent_str_of(w->cli->argv[0]), &w->r, err);
}

static ent_code texts_option(cli_context *cli, const char *name, const ent_str **texts,
                             size_t *count, ent_err *err)
{
    const char **items;
    ent_str *out;

    ENT_TRY(cli_list_option(cli, name, &items, count, err));
    out = ent_arena_array(cli->arena, *count + 1, sizeof *out);
    if (out == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++)
        out[i] = ent_str_of(items[i]);
    *texts = out;
    return ENT_OK;
}

static ent_code open_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    w->complaint.reference = ent_str_of(w->cli->argv[0]);
    return casework_redress_open(d, w->cli->arena, &w->complaint, &w->officer, &w->r, err);
}

static ent_code open_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli,
                      .complaint = { .name = ent_str_of(cli_option(cli, "--name")),
                                     .birth = ent_str_of(cli_option(cli, "--born")),
                                     .text = ent_str_of(cli_option(cli, "--text")) } };

    ENT_TRY(texts_option(cli, "--key", &w.complaint.keys, &w.complaint.key_count, err));
    ENT_TRY(texts_option(cli, "--about", &w.complaint.about, &w.complaint.about_count, err));
    ENT_TRY(work_run(&w, 1, open_work, err));
    return line_show(cli, &w.r, err);
}

const cli_command cli_redress_open = {
    .name = "redress open",
    .usage = "REFERENCE --name NAME [--born DATE] [--key KEY]... [--about ID]... [--text T] --as "
             "USER",
    .summary = "open a person's complaint (oversight); it is answered in thirty days",
    .help =
        "--key: documents of the person, as he gave them. --about: records, if they are known.\n"
        "\n  entente redress open RD-C-01 --name 'Elkhan Juranaev' --born 1988-07-03 \\\n"
        "      --key doc:QCL:C0447120 --as ove\n",
    .run = open_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    casework_redress_asked *asked;
    casework_redress *list;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(casework_redress_list(node_desk_desk(nd), cli->arena, &list, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(line_show(cli, &list[i], err));
    ENT_TRY(casework_redress_asked_list(node_desk_desk(nd), cli->arena, &asked, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(asked_show(cli, &asked[i], err));
    return ENT_OK;
}

const cli_command cli_redress_list = {
    .name = "redress list",
    .usage = "[--as USER]",
    .summary = "list complaints with their clocks, and what partners' oversight bodies ask",
    .help = "  entente redress list --as ove\n",
    .run = list_run,
};

/* ---- trace ---- */

static ent_code record_show(cli_context *cli, const casework_redress_record *r, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("record    %-8s by %-8s %s\n",
                     r->owner.size > 0 ? cli_text(cli, r->owner) : "own", r->how,
                     cli_text(cli, r->id));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "record", r->id);
    cli_line_text(&w, "owner", r->owner);
    cli_line_text(&w, "type", r->type);
    cli_line_c(&w, "how", r->how);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code place_show(cli_context *cli, const casework_redress_place *p, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-9s %-24s %-8s %-10s %s\n", p->open ? "OPEN" : "settled",
                     cli_text(cli, p->what), cli_text(cli, p->peer), cli_text(cli, p->state),
                     cli_text(cli, p->id));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "place", p->what);
    cli_line_text(&w, "id", p->id);
    cli_line_text(&w, "peer", p->peer);
    cli_line_text(&w, "state", p->state);
    cli_line_text(&w, "by", p->by);
    ent_jw_key(&w, "open");
    ent_jw_bool(&w, p->open);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code trace_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    casework_redress_trace trace;
    node_desk *nd;
    desk *d;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    d = node_desk_desk(nd);
    ENT_TRY(found(&w, d, err));
    ENT_TRY(casework_redress_trace_make(d, cli->arena, &w.r, &trace, err));
    ENT_TRY(line_show(cli, &w.r, err));
    for (size_t i = 0; i < trace.record_count; i++)
        ENT_TRY(record_show(cli, &trace.records[i], err));
    for (size_t i = 0; i < trace.place_count; i++)
        ENT_TRY(place_show(cli, &trace.places[i], err));
    return ENT_OK;
}

const cli_command cli_redress_trace = {
    .name = "redress trace",
    .usage = "REFERENCE [--as USER]",
    .summary = "every record that may be about the person, and every place it went or is named",
    .help =
        "Records by id, key and likeness of name; releases both ways, alerts, sightings, tips,\n"
        "cases, statements, hits. OPEN: it is still there, or nobody has proved that it is not.\n"
        "Answers of partners are shown with the complaint.\n\n"
        "  entente redress trace RD-C-01 --as ove\n",
    .run = trace_run,
};

/* ---- partners ---- */

static ent_code ask_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    for (size_t i = 0; i < w->to_count; i++)
        ENT_TRY(
            casework_redress_ask(d, w->cli->arena, &w->r, w->to[i], &w->officer, &w->count, err));
    return ENT_OK;
}

static ent_code ask_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };

    ENT_TRY(cli_list_option(cli, "--to", &w.to, &w.to_count, err));
    if (w.to_count == 0)
        return ent_fail(err, ENT_USAGE, "--to PEER is missing");
    ENT_TRY(work_run(&w, 1, ask_work, err));
    return line_show(cli, &w.r, err);
}

const cli_command cli_redress_ask = {
    .name = "redress ask",
    .usage = "REFERENCE --to PEER[,PEER] --as USER",
    .summary = "ask partners' oversight bodies about records that both know",
    .help = "Only ids go that the partner has from us or we from it. Exit 1 if there are none.\n\n"
            "  entente redress ask RD-C-01 --to DSV --as ove\n",
    .run = ask_run,
};

static ent_code reply_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_redress_reply(d, w->cli->arena, ent_str_of(w->cli->argv[0]), &w->officer,
                                  &w->asked, err);
}

static ent_code reply_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };

    ENT_TRY(work_run(&w, 1, reply_work, err));
    return asked_show(cli, &w.asked, err);
}

const cli_command cli_redress_reply = {
    .name = "redress reply",
    .usage = "ID --as USER",
    .summary = "answer what a partner's oversight body asked",
    .help =
        "For each of the partner's ids: held, erased, not held, or ours; and whether it went on.\n"
        "\n  entente redress reply 6f1c --as ove\n",
    .run = reply_run,
};

/* ---- deciding ---- */

static ent_code decide_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_redress_decide(d, w->cli->arena, &w->r, &w->decision, &w->officer, err);
}

static ent_code decide_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    bool founded = cli_flag(cli, "--founded"), unfounded = cli_flag(cli, "--unfounded");

    w.decision.founded = founded;
    w.decision.may_tell = cli_flag(cli, "--may-tell");
    w.decision.reason = ent_str_of(cli_option(cli, "--reason"));
    w.decision.purpose = ent_str_of(cli_option(cli, "--purpose"));
    ENT_TRY(texts_option(cli, "--never", &w.decision.never, &w.decision.never_count, err));
    ENT_TRY(texts_option(cli, "--exempt", &w.decision.exempt, &w.decision.exempt_count, err));
    ENT_TRY(cli_list_option(cli, "--tell", &w.to, &w.to_count, err));
    w.decision.tell = w.to;
    w.decision.tell_count = w.to_count;
    if (founded == unfounded)
        return ent_fail(err, ENT_USAGE, "one of --founded and --unfounded is wanted");
    ENT_TRY(work_run(&w, 1, decide_work, err));
    return line_show(cli, &w.r, err);
}

const cli_command cli_redress_decide = {
    .name = "redress decide",
    .usage =
        "REFERENCE --founded|--unfounded --reason TEXT [--never A,B] [--exempt KEY]... [--tell "
        "PEER,... --purpose P] [--may-tell] --as USER",
    .summary = "decide a complaint (legal officer)",
    .help =
        "--never: two records that are never the same person. --exempt: a document of the\n"
        "person; who shows it is not taken for another by likeness. --tell: partners that get\n"
        "the exemption once two officers have approved it. --may-tell: the answer may say that\n"
        "something was put right.\n\n"
        "  entente redress decide RD-C-01 --founded --reason 'taken for another' \\\n"
        "      --never identity--0b51...,identity--77aa... --exempt doc:QCL:C0447120 \\\n"
        "      --tell DSV,SVB --purpose CT-INV --as law\n",
    .run = decide_run,
};

static ent_code approve_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_redress_approve(d, w->cli->arena, &w->r, &w->officer, &w->count, &w->sent, err);
}

static ent_code approve_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    ent_buf buf;
    ent_jw j;

    ENT_TRY(work_run(&w, 1, approve_work, err));
    if (!cli->json) {
        (void)printf("%zu signed, %zu sent\n", w.count, w.sent);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &j);
    cli_line_text(&j, "redress", w.r.id);
    ent_jw_key(&j, "signed");
    ent_jw_int(&j, (int64_t)w.count);
    ent_jw_key(&j, "sent");
    ent_jw_int(&j, (int64_t)w.sent);
    return cli_line_end(cli, &buf, &j, err);
}

const cli_command cli_redress_approve = {
    .name = "redress approve",
    .usage = "REFERENCE --as USER",
    .summary = "approve the exemptions that go to partners; with the second officer they leave",
    .help = "  entente redress approve RD-C-01 --as fdo1\n",
    .run = approve_run,
};

static ent_code answer_work(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_redress_answer(d, w->cli->arena, &w->r, &w->officer, &w->letter, err);
}

static ent_code answer_run(cli_context *cli, ent_err *err)
{
    struct work w = { .cli = cli };
    ent_buf buf;
    ent_jw j;

    ENT_TRY(work_run(&w, 1, answer_work, err));
    if (!cli->json) {
        (void)printf("%.*s\n", ENT_STR_ARG(w.letter));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &j);
    cli_line_text(&j, "redress", w.r.id);
    cli_line_text(&j, "state", w.r.state);
    cli_line_text(&j, "letter", w.letter);
    return cli_line_end(cli, &buf, &j, err);
}

const cli_command cli_redress_answer = {
    .name = "redress answer",
    .usage = "REFERENCE --as USER",
    .summary = "close a complaint with the words for the person (oversight)",
    .help =
        "They are the same whatever was or was not found, and neither confirm nor deny, unless\n"
        "the decision lets them say more.\n\n"
        "  entente redress answer RD-C-01 --as ove\n",
    .run = answer_run,
};
