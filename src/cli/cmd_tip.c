/* entente tip ... -- reports to a partner that did not ask, and what became of them. */
#include "cli/casework.h"

#include "casework/acknowledge.h"
#include "casework/subject.h"

static ent_code new_run(cli_context *cli, ent_err *err)
{
    casework_draft draft = { .kind = CASEWORK_TIP };
    const char **peers;
    size_t count;

    ENT_TRY(cli_draft_options(cli, &draft, &peers, &count, err));
    return cli_draft_say(cli, &draft, peers, count, err);
}

const cli_command cli_tip_new = {
    .name = "tip new",
    .usage = "--to PEER[,PEER] --purpose P --text TEXT [--key K]... [--name N --born D] --as USER",
    .summary = "write a tip: a report that the partner has not asked for",
    .help =
        "It leaves when two disclosure or legal officers have approved it (`entente tip "
        "approve`),\n"
        "neither of them who wrote it.\n\n"
        "The words go as they are (--file FILE for longer ones) and are never changed.  Keys\n"
        "(doc:QBZ:650018823, tel:+99941..., nm: is made from --name and --born) let both sides\n"
        "find copies and later hits.  Needs an agreement in force for the purpose; records go\n"
        "along only as --release ID.\n\n"
        "  --precedence P   FLASH, IMMEDIATE, PRIORITY, ROUTINE: its clocks run at both ends\n"
        "  --rating B3      source and information          --handling H2\n"
        "  --reference R    your own name for it            --within 60d   outcome wanted\n"
        "  --class moving --departs TIME   FLASH by itself within two hours of departure\n"
        "  --class arrested --why TEXT     without --why the receiver asks back by itself\n"
        "  --tell-copies    each receiver hears who else has it\n\n"
        "  entente tip new --to CTB --purpose CT-PREV --precedence PRIORITY --rating B3 \\\n"
        "      --text 'left for training, perhaps by Dramos' --name 'Anna Orlova' \\\n"
        "      --born 1991-03-07 --as col\n",
    .run = new_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    return cli_item_list(cli, CASEWORK_TIP, err);
}

const cli_command cli_tip_list = {
    .name = "tip list",
    .usage = "[--peer PEER] [--state STATE] [--open] [--as USER]",
    .summary = "list tips with states and clocks",
    .help = "States: waiting (for approvals), sent, delivered, shown, acknowledged, closed, "
            "reopened.\n\n"
            "  entente tip list --open\n",
    .run = list_run,
};

static ent_code show_run(cli_context *cli, ent_err *err)
{
    return cli_item_show_run(cli, CASEWORK_TIP, err);
}

const cli_command cli_tip_show = {
    .name = "tip show",
    .usage = "ID [--as USER]",
    .summary = "show a tip: the words, the readings beside them, receipts and clocks",
    .help = "With --as its sender hears that it was shown.  ID may be the first characters of\n"
            "the id, or its reference.\n\n"
            "  entente tip show TIP-B-0007 --as ana\n",
    .run = show_run,
};

struct work {
    cli_context *cli;
    casework_item item;
    desk_officer officer;
    ent_str outcome, reason, name, birth;
    ent_str *keys;
    size_t key_count;
};

static ent_code run(cli_context *cli, struct work *work, cli_work fn, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &work->officer, err));
    ENT_TRY(cli_desk_work(cli, nd, fn, work, err));
    return cli_item_line(cli, node_desk_desk(nd), &work->item, err);
}

static ent_code ack(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(casework_item_find(d, w->cli->arena, ent_str_of(w->cli->argv[0]), &w->item, err));
    return casework_acknowledge(d, w->cli->arena, &w->item, &w->officer, err);
}

static ent_code ack_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };

    return run(cli, &work, ack, err);
}

const cli_command cli_tip_ack = {
    .name = "tip ack",
    .usage = "ID --as USER",
    .summary = "acknowledge a tip, request or message: it is yours now",
    .help = "Its sender gets a receipt with your name, signed by you.\n\n"
            "  entente tip ack TIP-B-0007 --as lia\n",
    .run = ack_run,
};

static ent_code outcome(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(cli_item(w->cli, d, CASEWORK_TIP, &w->item, err));
    return casework_outcome(d, w->cli->arena, &w->item, w->outcome, w->reason, &w->officer, err);
}

static ent_code outcome_run(cli_context *cli, ent_err *err)
{
    const char *text = cli_option(cli, "--outcome"), *reason = cli_option(cli, "--reason");
    struct work work = { .cli = cli };

    if (text == NULL && cli->argc == 2) { /* tip outcome ID CONTRIBUTED */
        text = cli->argv[1];
        cli->argc = 1;
    }
    if (text == NULL || reason == NULL)
        return ent_fail(err, ENT_USAGE, "--%s TEXT is missing",
                        text == NULL ? "outcome" : "reason");
    work.outcome = ent_str_of(text);
    work.reason = ent_str_of(reason);
    return run(cli, &work, outcome, err);
}

const cli_command cli_tip_outcome = {
    .name = "tip outcome",
    .usage = "ID OUTCOME --reason TEXT --as USER",
    .summary = "say what became of a tip, and tell its sender",
    .help = "OUTCOME is one of\n\n"
#define X(name, meaning) "  " name "\n      " meaning "\n"
#include "casework/outcomes.def"
#undef X
            "\nThe reason stays here.  A closed tip leaves a tripwire: a record that comes later\n"
            "and has one of its keys opens it again.\n\n"
            "  entente tip outcome TIP-B-0007 'NO NEXUS' --reason 'checked all lists' --as ana\n",
    .run = outcome_run,
};

static ent_code reading(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(cli_item(w->cli, d, CASEWORK_TIP, &w->item, err));
    return casework_reading(d, w->cli->arena, &w->item, w->name, w->birth, w->keys, w->key_count,
                            ent_str_of(w->officer.name), err);
}

static ent_code read_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    const char *value;

    work.name = ent_str_of(cli_option(cli, "--name"));
    work.birth = ent_str_of(cli_option(cli, "--born"));
    work.keys = ent_arena_array(cli->arena, (size_t)cli->argc + 1, sizeof *work.keys);
    if (work.keys == NULL)
        return ent_fail_arena(err);
    while ((value = cli_option(cli, "--key")) != NULL)
        work.keys[work.key_count++] = ent_str_of(value);
    return run(cli, &work, reading, err);
}

const cli_command cli_tip_read = {
    .name = "tip read",
    .usage = "ID [--name N] [--born DATE] [--key K]... --as USER",
    .summary = "put your reading of a tip beside its words",
    .help = "The words stay as they came; a reading has its author, and there may be several.\n"
            "Later records are looked for by every reading.\n\n"
            "  entente tip read TIP-B-0007 --name 'Elkhan Juranayef' --born 1991-07-03 --as ana\n",
    .run = read_run,
};

static ent_code wires(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return casework_tripwires(d, w->cli->arena, &w->key_count, err);
}

static ent_code check_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_desk_work(cli, nd, wires, &work, err));
    if (!cli->json) {
        (void)printf("%zu closed tip%s reopened\n", work.key_count,
                     work.key_count == 1 ? " is" : "s are");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    ent_jw_key(&w, "reopened");
    ent_jw_int(&w, (int64_t)work.key_count);
    return cli_line_end(cli, &buf, &w, err);
}

const cli_command cli_tip_check = {
    .name = "tip check",
    .usage = "",
    .summary = "look whether a record that came later reopens a closed tip",
    .help = "`import` and a running `serve` do it by themselves.\n\n  entente tip check\n",
    .run = check_run,
};

/* ---- approving ---- */

static ent_code approve(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(cli_item(w->cli, d, CASEWORK_TIP, &w->item, err));
    return casework_tip_approve(d, w->cli->arena, &w->item, &w->officer, err);
}

static ent_code approve_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };

    return run(cli, &work, approve, err);
}

const cli_command cli_tip_approve = {
    .name = "tip approve",
    .usage = "ID --as OFFICER",
    .summary = "approve a tip that waits; with the second approval it is sent",
    .help =
        "Read it first: `entente tip show ID`. `entente tip list --state waiting` lists them.\n\n"
        "  entente tip approve TIP-B-0007 --as fdo1\n",
    .run = approve_run,
};

static ent_code drop(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(cli_item(w->cli, d, CASEWORK_TIP, &w->item, err));
    return casework_tip_drop(d, w->cli->arena, &w->item, &w->officer, err);
}

static ent_code drop_run(cli_context *cli, ent_err *err)
{
    struct work work = { .cli = cli };

    return run(cli, &work, drop, err);
}

const cli_command cli_tip_drop = {
    .name = "tip drop",
    .usage = "ID --as USER",
    .summary = "drop a tip that waits for approval",
    .help = "  entente tip drop TIP-B-0007 --as ana\n",
    .run = drop_run,
};
