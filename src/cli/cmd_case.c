/* entente case ... -- who is responsible for what. */
#include "cli/desk.h"

#include "casework/cases.h"
#include "node/users.h"

struct work {
    cli_context *cli;
    casework_case c;
    desk_officer officer;
    ent_str title, purpose, thing, member, to, reason, review;
};

static ent_code case_show(cli_context *cli, const casework_case *c, bool whole, ent_err *err)
{
    const char *basis;
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        ENT_TRY(cli_basis_text(cli, c->id, &basis, err));
        (void)printf("%.8s  %-7s %-12s %-9s %s%s%s%s\n", c->id.ptr, cli_text(cli, c->state),
                     cli_text(cli, c->owner), cli_text(cli, c->purpose), cli_text(cli, c->title),
                     c->offered_to.size > 0 ? "  offered to " : "", cli_text(cli, c->offered_to),
                     basis);
        if (whole)
            (void)printf("  members  %s\n  holds    %s\n  events   %s\n", cli_text(cli, c->members),
                         cli_text(cli, c->things), cli_text(cli, c->events));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "case", c->id);
    cli_line_text(&w, "state", c->state);
    cli_line_text(&w, "title", c->title);
    cli_line_text(&w, "purpose", c->purpose);
    cli_line_text(&w, "owner", c->owner);
    ENT_TRY(cli_basis_json(cli, c->id, &w, err));
    if (c->offered_to.size > 0)
        cli_line_text(&w, "offered_to", c->offered_to);
    ent_jw_key(&w, "members");
    ent_jw_raw(&w, c->members);
    ent_jw_key(&w, "things");
    ent_jw_raw(&w, c->things);
    ent_jw_key(&w, "events");
    ent_jw_raw(&w, c->events);
    if (c->review.size > 0)
        cli_line_text(&w, "review", c->review);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code run(struct work *w, int arguments, cli_work fn, ent_err *err)
{
    node_desk *nd;
    node_user user;
    ent_str name = w->member.size > 0 ? w->member : w->to;

    ENT_TRY(cli_arguments(w->cli, arguments, arguments, err));
    ENT_TRY(cli_desk(w->cli, &nd, err));
    ENT_TRY(cli_officer(w->cli, nd, &w->officer, err));
    if (name.size > 0) /* a person of this node */
        ENT_TRY(node_user_get(w->cli->arena, node_desk_home(nd), name.ptr, &user, err));
    ENT_TRY(cli_desk_work(w->cli, nd, fn, w, err));
    return case_show(w->cli, &w->c, true, err);
}

static ent_str option(cli_context *cli, const char *name)
{
    return ent_str_of(cli_option(cli, name));
}

static ent_code found(struct work *w, desk *d, ent_err *err)
{
    return casework_case_find(d, w->cli->arena, ent_str_of(w->cli->argv[0]), &w->c, err);
}

static ent_code new_case(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_case_new(d, w->cli->arena, ent_str_of(w->cli->argv[0]), w->purpose,
                             ent_str_of(w->officer.name), &w->c, err);
}

static ent_code new_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli, .purpose = option(cli, "--purpose") };

    return run(&work, 1, new_case, err);
}

const cli_command cli_case_new = {
    .name = "case new",
    .usage = "TITLE --purpose P --as USER",
    .summary = "open a case; it is yours",
    .help = "  entente case new 'Two incidents' --purpose CT-INV --as ana\n",
    .run = new_run,
};

static ent_code add(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_case_add(d, w->cli->arena, &w->c, w->thing, w->member,
                             ent_str_of(w->officer.name), err);
}

static ent_code add_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli, .member = option(cli, "--member") };

    if (cli->argc == 2) {
        work.thing = ent_str_of(cli->argv[1]);
        cli->argc = 1;
    }
    if (work.thing.size == 0 && work.member.size == 0)
        return ent_fail(err, ENT_USAGE, "an id or --member USER is wanted");
    return run(&work, 1, add, err);
}

const cli_command cli_case_add = {
    .name = "case add",
    .usage = "CASE [ID] [--member USER] --as USER",
    .summary = "put a record, tip or request into a case, or a person",
    .help = "The owner says who is of it; members add to it.\n\n"
            "  entente case add 6f1c identity--0b51... --as ana\n",
    .run = add_run,
};

static ent_code offer(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_case_offer(d, w->cli->arena, &w->c, w->to, ent_str_of(w->officer.name), err);
}

static ent_code transfer_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli, .to = option(cli, "--to") };

    if (work.to.size == 0)
        return ent_fail(err, ENT_USAGE, "--to USER is missing");
    return run(&work, 1, offer, err);
}

const cli_command cli_case_transfer = {
    .name = "case transfer",
    .usage = "CASE --to USER --as OWNER",
    .summary = "offer a case to another; it stays yours until it is accepted",
    .help = "What is not accepted within 48 hours is as if it had not been offered.\n\n"
            "  entente case transfer 6f1c --to cas --as ana\n",
    .run = transfer_run,
};

static ent_code accept(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_case_accept(d, w->cli->arena, &w->c, ent_str_of(w->officer.name), err);
}

static ent_code accept_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };

    return run(&work, 1, accept, err);
}

const cli_command cli_case_accept = {
    .name = "case accept",
    .usage = "CASE --as USER",
    .summary = "take over a case that was offered to you",
    .help = "  entente case accept 6f1c --as cas\n",
    .run = accept_run,
};

static ent_code close_case(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(found(w, d, err));
    return casework_case_close(d, w->cli->arena, &w->c, w->reason, w->review,
                               ent_str_of(w->officer.name), err);
}

static ent_code close_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli,
                         .reason = option(cli, "--reason"),
                         .review = option(cli, "--review") };

    if (work.reason.size == 0 || work.review.size == 0)
        return ent_fail(err, ENT_USAGE, "--reason TEXT and --review DATE are wanted");
    return run(&work, 1, close_case, err);
}

const cli_command cli_case_close = {
    .name = "case close",
    .usage = "CASE --reason TEXT --review DATE --as OWNER",
    .summary = "close a case, with the day on which it is looked at again",
    .help = "  entente case close 6f1c --reason 'tried in court' --review 2026-01-01 --as cas\n",
    .run = close_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    casework_case *cases;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(casework_case_list(node_desk_desk(nd), cli->arena, &cases, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(case_show(cli, &cases[i], false, err));
    return ENT_OK;
}

const cli_command cli_case_list = {
    .name = "case list",
    .usage = "[--as USER]",
    .summary = "list cases with their owners",
    .help = "  entente case list\n",
    .run = list_run,
};

static ent_code show_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(found(&work, node_desk_desk(nd), err));
    return case_show(cli, &work.c, true, err);
}

const cli_command cli_case_show = {
    .name = "case show",
    .usage = "CASE [--as USER]",
    .summary = "show a case: owner, members, what belongs to it, events",
    .help = "  entente case show 6f1c --as ana\n",
    .run = show_run,
};
