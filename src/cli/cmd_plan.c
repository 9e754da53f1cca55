/* entente plan ... -- do our plans meet somebody else's? */
#include "cli/desk.h"

#include "base/limits.h"
#include "desk/work.h"
#include "joint/plan.h"
#include "joint/terms.h"

#include <stdlib.h>

#define WAIT_DEFAULT 60

struct work {
    cli_context *cli;
    node_desk *nd;
    ent_str text; /* JSON values, one after the other */
    ent_str name, user;
    bool move;
    size_t count;
    unsigned seconds;
};

/* ---- plan add, move, withdraw ---- */

static ent_code plan_put(struct work *w, desk *d, ent_json json, ent_err *err)
{
    if (joint_plan_put(d, w->cli->arena, json, w->move, w->user, err) != ENT_OK)
        return ent_context(err, "plan %zu", w->count + 1);
    w->count++;
    return ENT_OK;
}

static ent_code plans_put(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    for (size_t from = 0, used; from < w->text.size; from += used) {
        ent_json json;

        while (from < w->text.size && strchr(" \t\r\n", w->text.ptr[from]) != NULL)
            from++;
        if (from == w->text.size)
            break;
        ENT_TRY(ent_json_read_at(w->cli->arena, w->text, from, &json, &used, err));
        if (!ent_json_is(json, ENT_JSON_ARRAY)) {
            ENT_TRY(plan_put(w, d, json, err));
            continue;
        }
        for (ent_json v = ent_json_first(json); v.doc != NULL; v = ent_json_next(v))
            ENT_TRY(plan_put(w, d, v, err));
    }
    if (w->count == 0)
        return ent_fail(err, ENT_FORMAT, "there is no plan in it");
    return joint_plans_compare(d, w->cli->arena, err);
}

static ent_code withdraw(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    ENT_TRY(joint_plan_withdraw(d, w->cli->arena, w->name, err));
    return joint_plans_compare(d, w->cli->arena, err);
}

static ent_code begin(cli_context *cli, struct work *w, ent_err *err)
{
    desk_officer officer;

    w->cli = cli;
    ENT_TRY(cli_desk(cli, &w->nd, err));
    ENT_TRY(cli_officer(cli, w->nd, &officer, err));
    w->user = ent_str_of(officer.name);
    return ENT_OK;
}

/* Who compares, and who has not yet. */
static ent_code compared_show(cli_context *cli, desk *d, size_t clashes, ent_err *err)
{
    joint_compared *list;
    size_t count, current = 0;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(joint_plans_compared(d, cli->arena, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        current += list[i].current;
        if (!cli->json && !list[i].current)
            (void)printf("%-8s %s\n", list[i].peer,
                         list[i].why.size > 0 ? cli_text(cli, list[i].why)
                                              : "has not compared yet");
    }
    if (!cli->json) {
        (void)printf("%zu clash%s; %zu of %zu partners have compared\n", clashes,
                     clashes == 1 ? "" : "es", current, count);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    for (int which = 0; which < 3; which++) {
        static const char *const names[] = { "asked", "answered", "silent" };

        ent_jw_key(&w, names[which]);
        ent_jw_array(&w);
        for (size_t i = 0; i < count; i++)
            if (which == 0 || (which == 1) == list[i].current)
                ent_jw_c(&w, list[i].peer);
        ent_jw_end(&w);
    }
    ent_jw_key(&w, "clashes");
    ent_jw_int(&w, (int64_t)clashes);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code changed_show(cli_context *cli, const struct work *w, const char *what, ent_err *err)
{
    ent_buf buf;
    ent_jw jw;

    if (!cli->json) {
        (void)printf("%zu plan%s %s; the comparison goes on by itself, `plan check` waits for it\n",
                     w->count, w->count == 1 ? "" : "s", what);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &jw);
    ent_jw_key(&jw, what);
    ent_jw_int(&jw, (int64_t)w->count);
    return cli_line_end(cli, &buf, &jw, err);
}

static ent_code put_run(cli_context *cli, bool move, ent_err *err)
{
    struct work w = { .move = move };
    const char *path;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    path = cli->argv[0];
    ENT_TRY(begin(cli, &w, err));
    ENT_TRY(cli_file(cli, path, ENT_LIMIT_LINE_SIZE, &w.text, err));
    if (cli_desk_work(cli, w.nd, plans_put, &w, err) != ENT_OK)
        return ent_context(err, "'%s'", path);
    return changed_show(cli, &w, move ? "moved" : "added", err);
}

static ent_code add_run(cli_context *cli, ent_err *err)
{
    return put_run(cli, false, err);
}

static ent_code move_run(cli_context *cli, ent_err *err)
{
    return put_run(cli, true, err);
}

const cli_command cli_plan_add = {
    .name = "plan add",
    .usage = "FILE",
    .summary = "add plans, and compare them privately with every partner's",
    .help =
        "FILE has plans as JSON (one, a list, or one a line):\n\n"
        "  "
        "{\"name\":\"ferry\",\"activity\":\"patrol\",\"domains\":[\"sea\"],\"lat\":[-46.4,-46.0],\n"
        "   \"lon\":[-122.9,-122.5],\"height_m\":null,\"start\":\"2024-12-06T18:00:00Z\",\n"
        "   \"stop\":\"2024-12-06T23:00:00Z\"}\n\n"
        "Domains (land, sea, air ...) and activities are closed lists.  A plan never leaves\n"
        "the node.  With every partner whose agreement has deconfliction for SAFETY the\n"
        "boxes are compared privately; both learn of a clash the domain, the day and whom to\n"
        "call.  Edges that touch do not clash.  All plans of the file are taken, or none.\n\n"
        "  entente plan add plans.json --as case\n",
    .run = add_run,
};

const cli_command cli_plan_move = {
    .name = "plan move",
    .usage = "FILE",
    .summary = "replace plans of the same names, and compare again",
    .help = "FILE as in `plan add`; each plan in it must be there under its name.\n\n"
            "  entente plan move moved.json --as case\n",
    .run = move_run,
};

static ent_code withdraw_run(cli_context *cli, ent_err *err)
{
    struct work w = { .count = 1 };

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.name = ent_str_of(cli->argv[0]);
    ENT_TRY(begin(cli, &w, err));
    ENT_TRY(cli_desk_work(cli, w.nd, withdraw, &w, err));
    return changed_show(cli, &w, "withdrawn", err);
}

const cli_command cli_plan_withdraw = {
    .name = "plan withdraw",
    .usage = "NAME",
    .summary = "take a plan back; clashes with it go away",
    .help = "The comparison is run again with every partner.\n\n"
            "  entente plan withdraw ferry --as case\n",
    .run = withdraw_run,
};

/* ---- plan list ---- */

static ent_code row_show(cli_context *cli, const joint_plan *p, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-20s %-10s %-18s %s .. %s ", cli_text(cli, p->name), cli_text(cli, p->state),
                     cli_text(cli, p->activity), cli_text(cli, p->start), cli_text(cli, p->stop));
        for (size_t i = 0; i < p->domain_count; i++)
            (void)printf(" %s", joint_domain_name(p->domains[i]));
        (void)printf("\n");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "name", p->name);
    cli_line_text(&w, "state", p->state);
    ent_jw_key(&w, "plan");
    ent_jw_raw(&w, ent_json_raw(p->json));
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    joint_plan *plans;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(joint_plan_list(node_desk_desk(nd), cli->arena, &plans, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(row_show(cli, &plans[i], err));
    return count > 0 ? ENT_OK : ENT_NO;
}

const cli_command cli_plan_list = {
    .name = "plan list",
    .usage = "",
    .summary = "list our plans",
    .help = "Active and withdrawn ones.\n\n  entente plan list\n",
    .run = list_run,
};

/* ---- plan check, clashes ---- */

static ent_code clashes_show(cli_context *cli, desk *d, size_t *count, ent_err *err)
{
    joint_clash *list;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(joint_clash_list(d, cli->arena, &list, count, err));
    for (size_t i = 0; i < *count; i++) {
        const joint_clash *c = &list[i];
        bool longer = !ent_str_equal(c->day, c->until);

        if (!cli->json) {
            (void)printf("%-20s clashes with %-8s %-8s %s%s%s  call %s  (reference %s)\n",
                         cli_text(cli, c->plan), cli_text(cli, c->peer), cli_text(cli, c->domain),
                         cli_text(cli, c->day), longer ? ".." : "",
                         longer ? cli_text(cli, c->until) : "", cli_text(cli, c->call),
                         cli_text(cli, c->reference));
            continue;
        }
        cli_line_begin(cli, &buf, &w);
        cli_line_text(&w, "plan", c->plan);
        cli_line_text(&w, "peer", c->peer);
        cli_line_text(&w, "domain", c->domain);
        cli_line_text(&w, "day", c->day);
        cli_line_text(&w, "until", c->until);
        cli_line_text(&w, "call", c->call);
        cli_line_text(&w, "reference", c->reference);
        ENT_TRY(cli_line_end(cli, &buf, &w, err));
    }
    return ENT_OK;
}

static ent_code outcome_show(cli_context *cli, desk *d, ent_err *err)
{
    size_t count;

    ENT_TRY(clashes_show(cli, d, &count, err));
    ENT_TRY(compared_show(cli, d, count, err));
    return count > 0 ? ENT_OK : ENT_NO;
}

static ent_code compare(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_plans_compare(d, w->cli->arena, err);
}

static ent_code all_current(void *arg, bool *yes, ent_err *err)
{
    struct work *w = arg;
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    joint_compared *list;
    size_t count;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to look at the comparisons");
    rc = joint_plans_compared(node_desk_desk(w->nd), arena, &list, &count, err);
    *yes = true;
    for (size_t i = 0; rc == ENT_OK && i < count; i++)
        *yes = *yes && (list[i].current || list[i].why.size > 0);
    ent_arena_free(arena);
    return rc;
}

static ent_code check_run(cli_context *cli, ent_err *err)
{
    const char *seconds = cli_option(cli, "--seconds");
    struct work w = { .seconds = WAIT_DEFAULT };
    ent_code rc;

    if (seconds != NULL) {
        char *end;
        unsigned long value = strtoul(seconds, &end, 10);

        if (seconds[0] < '0' || seconds[0] > '9' || *end != '\0' || value > 86400)
            return ent_fail(err, ENT_USAGE, "--seconds '%s' is no number from 0 to 86400", seconds);
        w.seconds = (unsigned)value;
    }
    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(begin(cli, &w, err));
    ENT_TRY(cli_desk_work(cli, w.nd, compare, &w, err));
    rc = node_desk_wait(w.nd, all_current, &w, w.seconds, err);
    if (rc != ENT_OK && rc != ENT_RETRY)
        return rc;
    *err = (ent_err){ 0 };
    if (rc == ENT_OK)
        return outcome_show(cli, node_desk_desk(w.nd), err);
    rc = outcome_show(cli, node_desk_desk(w.nd), err);
    return rc != ENT_OK && rc != ENT_NO
               ? rc
               : ent_fail(err, ENT_RETRY, "not everybody has compared; it goes on by itself");
}

const cli_command cli_plan_check = {
    .name = "plan check",
    .usage = "[--seconds N]",
    .summary = "compare our plans with every partner's now, and wait for it",
    .help = "Shows the clashes: our plan, the partner, the domain, the day of our plan, whom to\n"
            "call, and a reference that the other sees too.  Nothing more is known here.\n"
            "Exit status 1: no clash.  75: somebody has not compared yet.\n\n"
            "  entente plan check --as case\n",
    .run = check_run,
};

static ent_code clashes_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return outcome_show(cli, node_desk_desk(nd), err);
}

const cli_command cli_plan_clashes = {
    .name = "plan clashes",
    .usage = "",
    .summary = "the clashes that stand, without comparing again",
    .help = "As `plan check` shows them.\n\n  entente plan clashes\n",
    .run = clashes_run,
};

/* ---- plan contact ---- */

static ent_code contact_put(void *arg, desk *d, ent_err *err)
{
    struct work *w = arg;

    return joint_plan_contact(d, w->cli->arena, w->name, err);
}

static ent_code contact_run(cli_context *cli, ent_err *err)
{
    struct work w = { .count = 1 };

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    w.name = ent_str_of(cli->argv[0]);
    ENT_TRY(begin(cli, &w, err));
    return cli_desk_work(cli, w.nd, contact_put, &w, err);
}

const cli_command cli_plan_contact = {
    .name = "plan contact",
    .usage = "TEXT",
    .summary = "whom partners are to call when plans clash",
    .help = "Said to partners in every comparison: a desk, not a person of a plan.\n\n"
            "  entente plan contact \"duty desk +999 88 555 0100\" --as liaison\n",
    .run = contact_run,
};
