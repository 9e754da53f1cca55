/* entente rfi ... -- requests for information and their four answers. */
#include "cli/casework.h"

#include "casework/answer.h"
#include "casework/tries.h"

struct work {
    cli_context *cli;
    casework_item item;
    casework_answer answer;
    casework_answer_state state;
    desk_officer officer;
};

static ent_code new_run(cli_context *cli, ent_err *err)
{
    casework_draft draft = { .kind = CASEWORK_REQUEST };
    const char **peers;
    size_t count;

    ENT_TRY(cli_draft_options(cli, &draft, &peers, &count, err));
    return cli_draft_say(cli, &draft, peers, count, err);
}

const cli_command cli_rfi_new = {
    .name = "rfi new",
    .usage = "--to PEER[,PEER] --purpose P --text TEXT [--key K]... [--name N --born D] --as USER",
    .summary = "ask a partner for information, with a clock at both ends",
    .help = "As `tip new`; --about names the item whose thread it belongs to.  It is refused at\n"
            "home, and oversight told, if this node holds a record of the subject that may not be\n"
            "disclosed or is held for other purposes.\n\n"
            "  entente rfi new --to CTB --purpose CT-INV --precedence IMMEDIATE --within 24h \\\n"
            "      --text 'what stands behind this trace?' --key sig:LP-0F7C-22A9 --as ana\n",
    .run = new_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    return cli_item_list(cli, CASEWORK_REQUEST, err);
}

const cli_command cli_rfi_list = {
    .name = "rfi list",
    .usage = "[--peer PEER] [--state STATE] [--open] [--as USER]",
    .summary = "list requests with states and clocks",
    .help = "  entente rfi list --open\n",
    .run = list_run,
};

static ent_code show_run(cli_context *cli, ent_err *err)
{
    return cli_item_show_run(cli, CASEWORK_REQUEST, err);
}

const cli_command cli_rfi_show = {
    .name = "rfi show",
    .usage = "ID [--as USER]",
    .summary = "show a request, its receipts, clocks and answer",
    .help = "With --as its sender hears that it was shown.\n\n  entente rfi show RFI-V-0101\n",
    .run = show_run,
};

/* ---- answering ---- */

static ent_code state_show(struct work *w, ent_err *err)
{
    const casework_answer_state *s = &w->state;
    cli_context *cli = w->cli;
    ent_buf buf;
    ent_jw jw;

    if (!cli->json) {
        (void)printf("answer to %.*s: %s", ENT_STR_ARG(w->item.id), s->state);
        if (s->leaves != 0)
            (void)printf(" until %s", desk_time_text(cli->arena, s->leaves).ptr);
        for (size_t i = 0; i < s->approval_count; i++)
            (void)printf("%s%s", i == 0 ? ", approved by " : ", ", cli_text(cli, s->approvals[i]));
        (void)printf("\n");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &jw);
    cli_line_text(&jw, "request", w->item.id);
    cli_line_c(&jw, "state", s->state);
    if (s->leaves != 0)
        cli_line_text(&jw, "leaves", desk_time_text(cli->arena, s->leaves));
    ent_jw_key(&jw, "approvals");
    ent_jw_array(&jw);
    for (size_t i = 0; i < s->approval_count; i++)
        ent_jw_str(&jw, s->approvals[i]);
    ent_jw_end(&jw);
    return cli_line_end(cli, &buf, &jw, err);
}

static ent_code run(struct work *w, cli_work fn, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(w->cli, 1, 1, err));
    ENT_TRY(cli_desk(w->cli, &nd, err));
    ENT_TRY(cli_officer(w->cli, nd, &w->officer, err));
    ENT_TRY(cli_desk_work(w->cli, nd, fn, w, err));
    return state_show(w, err);
}

static ent_code answer(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(cli_item(w->cli, d, CASEWORK_REQUEST, &w->item, err));
    return casework_answer_draft(d, w->cli->arena, &w->item, &w->answer, &w->officer, &w->state,
                                 err);
}

static ent_code answer_options(cli_context *cli, casework_answer *a, ent_err *err)
{
    const char *later = cli_option(cli, "--later"), *refuse = cli_option(cli, "--refuse");
    const char *text = cli_option(cli, "--text"), **releases;
    bool nothing = cli_flag(cli, "--nothing");
    ent_str *list;

    ENT_TRY(cli_list_option(cli, "--release", &releases, &a->release_count, err));
    list = ent_arena_array(cli->arena, a->release_count + 1, sizeof *list);
    if (list == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < a->release_count; i++)
        list[i] = ent_str_of(releases[i]);
    a->releases = list;
    a->text = ent_str_of(refuse != NULL ? refuse : text);
    a->until = ent_str_of(later);
    if (nothing + (later != NULL) + (refuse != NULL) + (refuse == NULL && text != NULL) > 1 &&
        !(later != NULL && text != NULL && !nothing && refuse == NULL))
        return ent_fail(err, ENT_USAGE, "one answer is wanted: `entente help rfi answer`");
    a->kind = nothing          ? CASEWORK_NOTHING
              : later != NULL  ? CASEWORK_LATER
              : refuse != NULL ? CASEWORK_REFUSED
                               : CASEWORK_ANSWERED;
    if (a->kind == CASEWORK_ANSWERED && text == NULL && a->release_count == 0)
        return ent_fail(err, ENT_USAGE,
                        "--text, --release, --nothing, --later or --refuse is wanted");
    if (nothing && a->release_count > 0)
        return ent_fail(err, ENT_USAGE, "--nothing goes with no release");
    return ENT_OK;
}

static ent_code answer_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };

    ENT_TRY(answer_options(cli, &work.answer, err));
    return run(&work, answer, err);
}

const cli_command cli_rfi_answer = {
    .name = "rfi answer",
    .usage = "ID --text TEXT | --release R | --nothing | --later DATE | --refuse REASON --as USER",
    .summary = "answer a request: what there is, nothing to release, later, or no",
    .help =
        "`--nothing` says \"nothing to release\", whether nothing is held or nothing may be said:\n"
        "always the same bytes, and they leave at a fixed hour after the request came.  Every\n"
        "other answer discloses that something is held, so two disclosure or legal officers\n"
        "approve it, neither of them who drafted it (`entente rfi approve`).\n\n"
        "  entente rfi answer RFI-V-0101 --release 6f1c... --text 'see this' --as ana\n"
        "  entente rfi answer RFI-C-0110 --nothing --as lia\n",
    .run = answer_run,
};

static ent_code approve(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(cli_item(w->cli, d, CASEWORK_REQUEST, &w->item, err));
    return casework_answer_approve(d, w->cli->arena, &w->item, &w->officer, &w->state, err);
}

static ent_code approve_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };

    return run(&work, approve, err);
}

const cli_command cli_rfi_approve = {
    .name = "rfi approve",
    .usage = "ID --as OFFICER",
    .summary = "approve the answer that waits; with the second approval it is sent",
    .help = "  entente rfi approve RFI-V-0101 --as fdo1\n",
    .run = approve_run,
};

static ent_code drop(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    w->state.state = "dropped";
    ENT_TRY(cli_item(w->cli, d, CASEWORK_REQUEST, &w->item, err));
    return casework_answer_drop(d, w->cli->arena, &w->item, err);
}

static ent_code drop_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };

    return run(&work, drop, err);
}

const cli_command cli_rfi_drop = {
    .name = "rfi drop",
    .usage = "ID --as USER",
    .summary = "drop an answer that waits for approval",
    .help = "  entente rfi drop RFI-V-0101 --as ana\n",
    .run = drop_run,
};

struct resuming {
    cli_context *cli;
    desk_officer officer;
};

static ent_code resume(void *arg, desk *d, ent_err *err)
{
    const struct resuming *r = arg;

    return casework_tries_resume(d, r->cli->arena, ent_str_of(r->cli->argv[0]), &r->officer, err);
}

static ent_code resume_run(cli_context *cli, ent_err *err)
{
    struct resuming r = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &r.officer, err));
    ENT_TRY(cli_desk_work(cli, nd, resume, &r, err));
    if (!cli->json)
        (void)printf("%s may ask again\n", cli->argv[0]);
    return ENT_OK;
}

const cli_command cli_rfi_resume = {
    .name = "rfi resume",
    .usage = "USER --as LIAISON",
    .summary = "let somebody ask again who was stopped at the third try on a refused subject",
    .help = "  entente rfi resume ana --as lia\n",
    .run = resume_run,
};
