/* entente compartment ... -- who of one's own people may know that a record is there. */
#include "cli/desk.h"

#include "desk/compartment.h"
#include "node/clearance.h"

static ent_code row_show(void *arg, ent_str object, ent_json names, ent_err *err)
{
    cli_context *cli = arg;
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%s ", cli_text(cli, object));
        for (ent_json v = ent_json_first(names); v.doc != NULL; v = ent_json_next(v))
            (void)printf(" %s", cli_text(cli, ent_json_str(v)));
        (void)printf("\n");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "object", object);
    ent_jw_key(&w, "compartments");
    ent_jw_raw(&w, ent_json_raw(names));
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    return desk_compartment_list(node_desk_desk(nd), cli->arena, row_show, cli, err);
}

/* ---- members ---- */

/* Whether who asks may know that there is such a compartment. */
static bool name_shown(const desk_audience *asks, ent_str name)
{
    if (asks == NULL || asks->any_compartment)
        return true;
    for (size_t i = 0; i < asks->compartment_count; i++)
        if (ent_str_equal(asks->compartments[i], name))
            return true;
    return false;
}

static ent_code member_show(cli_context *cli, const node_user *user, const desk_audience *in,
                            const desk_audience *asks, ent_err *err)
{
    bool none = !in->any_compartment;
    ent_buf buf;
    ent_jw w;

    for (size_t i = 0; i < in->compartment_count; i++)
        none = none && !name_shown(asks, in->compartments[i]);
    if (none)
        return ENT_OK;
    if (!cli->json) {
        (void)printf("%-24s %-11s%s", user->name, node_role_name(user->role),
                     in->any_compartment ? " all" : "");
        for (size_t i = 0; i < in->compartment_count; i++)
            if (name_shown(asks, in->compartments[i]))
                (void)printf(" %s", cli_text(cli, in->compartments[i]));
        (void)printf("\n");
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_c(&w, "name", user->name);
    cli_line_c(&w, "role", node_role_name(user->role));
    ent_jw_key(&w, "compartments");
    ent_jw_array(&w);
    if (in->any_compartment)
        ent_jw_c(&w, "*");
    for (size_t i = 0; i < in->compartment_count; i++)
        if (name_shown(asks, in->compartments[i]))
            ent_jw_str(&w, in->compartments[i]);
    ent_jw_end(&w);
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code members_run(cli_context *cli, ent_err *err)
{
    desk_audience asks, in;
    bool all = cli->user == NULL; /* who has the home's keys reads it in the clearances */
    node_user *users, user;
    node_home home;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    if (!all) {
        ENT_TRY(node_user_get(cli->arena, &home, cli->user, &user, err));
        ENT_TRY(node_clearance_get(cli->arena, &home, &user, &asks, err));
        all = user.role == NODE_ROLE_ADMIN;
    }
    ENT_TRY(node_user_list(cli->arena, &home, &users, &count, err));
    for (size_t i = 0; i < count; i++) {
        ENT_TRY(node_clearance_get(cli->arena, &home, &users[i], &in, err));
        ENT_TRY(member_show(cli, &users[i], &in, all ? NULL : &asks, err));
    }
    return ENT_OK;
}

/* ---- put, take ---- */

struct change {
    cli_context *cli;
    ent_str object, name;
    bool take;
};

static ent_code change_work(void *arg, desk *d, ent_err *err)
{
    const struct change *c = arg;

    return c->take ? desk_compartment_take(d, c->cli->arena, c->object, c->name, err)
                   : desk_compartment_put(d, c->cli->arena, c->object, c->name, err);
}

static ent_code change_run(cli_context *cli, bool take, ent_err *err)
{
    struct change c = { .cli = cli, .take = take };
    const char *reason = take ? cli_option(cli, "--reason") : "";
    desk_officer officer;
    node_desk *nd;
    ent_buf buf;
    ent_jw w;

    ENT_TRY(cli_arguments(cli, 2, 2, err));
    if (reason == NULL || (take && reason[0] == '\0'))
        return ent_fail(err, ENT_USAGE, "--reason TEXT is missing: it stays in the journal");
    c.object = ent_str_of(cli->argv[0]);
    c.name = ent_str_of(cli->argv[1]);
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(cli_officer(cli, nd, &officer, err));
    if (desk_compartment_name(c.name))
        ENT_TRY(cli_compartment_member(cli, nd, c.name, err));
    ENT_TRY(cli_desk_work(cli, nd, change_work, &c, err));
    if (!cli->json) {
        (void)printf("%s %s %s\n", cli_text(cli, c.object), take ? "left" : "is in",
                     cli_text(cli, c.name));
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "object", c.object);
    cli_line_text(&w, "compartment", c.name);
    cli_line_c(&w, "state", take ? "left" : "in");
    return cli_line_end(cli, &buf, &w, err);
}

static ent_code put_run(cli_context *cli, ent_err *err)
{
    return change_run(cli, false, err);
}

static ent_code take_run(cli_context *cli, ent_err *err)
{
    return change_run(cli, true, err);
}

const cli_command cli_compartment_list = {
    .name = "compartment list",
    .usage = "[--as USER]",
    .summary = "list records in compartments",
    .help = "Those that you may see.  Without --as you are in no compartment and see none.\n\n"
            "  entente compartment list --as ana\n",
    .run = list_run,
};

const cli_command cli_compartment_members = {
    .name = "compartment members",
    .usage = "[--as USER]",
    .summary = "list who is in which compartment",
    .help = "Of the compartments that you are in; an administrator and oversight see all.  Who is\n"
            "in one is said by `user clearance --compartment`.\n\n"
            "  entente compartment members --as ana\n",
    .run = members_run,
};

const cli_command cli_compartment_put = {
    .name = "compartment put",
    .usage = "OBJECT NAME --as USER",
    .summary = "hide a record from all of one's own who are not in a compartment",
    .help =
        "Whoever is not in NAME (`user clearance --compartment`) finds OBJECT nowhere: not by\n"
        "its id, in a search, a path, an export or a view, nor what names it: links, reports,\n"
        "hits, drafts, cases.  It is as if it were not held.  You must be in NAME.  A record in\n"
        "several compartments is seen by who is in all.  Oversight sees everything.  It changes\n"
        "nothing of what a partner may match or be given, and is in no bytes that leave.\n\n"
        "  entente compartment put identity--6f0c... OPAL --as ana\n",
    .run = put_run,
};

const cli_command cli_compartment_take = {
    .name = "compartment take",
    .usage = "OBJECT NAME --reason TEXT --as USER",
    .summary = "take a record out of a compartment",
    .help = "A legal or case officer who is in NAME may.\n\n"
            "  entente compartment take identity--6f0c... OPAL --reason 'case closed' --as lea\n",
    .run = take_run,
};
