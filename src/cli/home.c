#include "cli/home.h"

#include "base/text.h"
#include "desk/suspension.h"
#include "node/clearance.h"
#include "node/derive.h"

void cli_exercise(cli_context *cli, bool exercise)
{
    if (!exercise || cli->exercise)
        return;
    cli->exercise = true;
    if (!cli->json && !cli->command->raw)
        (void)printf("EXERCISE EXERCISE EXERCISE\n");
}

ent_code cli_home(cli_context *cli, node_home *home, ent_err *err)
{
    ENT_TRY(node_home_open(cli->arena, cli->home, home, err));
    cli_exercise(cli, home->clock != NULL);
    return ENT_OK;
}

static void desk_close(void *arg)
{
    node_desk_close(arg);
}

/* Whoever has said nothing is in no compartment. */
static ent_code compartments_hide(cli_context *cli, const desk_audience *audience, ent_err *err)
{
    desk *d = node_desk_desk(cli->nd);
    const store_reader *reader;

    (void)store_reader_set(d->store, NULL);
    ENT_TRY(desk_audience_reader(d, cli->arena, audience, &reader, err));
    (void)store_reader_set(d->store, reader);
    return ENT_OK;
}

ent_code cli_desk(cli_context *cli, node_desk **nd, ent_err *err)
{
    node_home *home = ent_arena_alloc(cli->arena, sizeof *home);
    holdings_derived derived;

    if (home == NULL)
        return ent_fail_arena(err);
    *nd = cli->nd;
    if (cli->nd != NULL)
        return ENT_OK;
    ENT_TRY(cli_home(cli, home, err));
    ENT_TRY(node_desk_open(cli->arena, home, nd, err));
    cli->nd = *nd;
    if (ent_arena_defer(cli->arena, desk_close, *nd) != 0)
        return ent_fail_arena(err);
    if (!cli->command->as_is)
        ENT_TRY(node_derive(node_desk_desk(*nd)->store, -1, &derived, err));
    return compartments_hide(cli, &(const desk_audience){ .any_purpose = false }, err);
}

ent_code cli_compartments(cli_context *cli, ent_err *err)
{
    node_user user;
    desk_audience audience;
    const node_home *home = node_desk_home(cli->nd);

    ENT_TRY(node_user_get(cli->arena, home, cli->user, &user, err));
    ENT_TRY(node_clearance_get(cli->arena, home, &user, &audience, err));
    return compartments_hide(cli, &audience, err);
}

ent_code cli_compartment_member(cli_context *cli, node_desk *nd, ent_str name, ent_err *err)
{
    desk_audience audience;
    node_user user;

    ENT_TRY(node_user_get(cli->arena, node_desk_home(nd), cli->user, &user, err));
    ENT_TRY(node_clearance_get(cli->arena, node_desk_home(nd), &user, &audience, err));
    for (size_t i = 0; i < audience.compartment_count; i++)
        if (ent_str_equal(audience.compartments[i], name))
            return ENT_OK; /* oversight sees all, and is in none */
    return ent_fail(err, ENT_DENIED, "'%s' is not in the compartment '%.*s' [compartment]",
                    cli->user, ENT_STR_ARG(name));
}

ent_code cli_officer(cli_context *cli, node_desk *nd, desk_officer *officer, ent_err *err)
{
    if (cli->user == NULL)
        return ent_fail(err, ENT_USAGE,
                        "who are you? Give --as USER; `entente user list` shows "
                        "the users of this node");
    return node_desk_officer(nd, cli->user, officer, err);
}

ent_code cli_reader(cli_context *cli, node_desk *nd, ent_err *err)
{
    desk_officer officer = { 0 };

    if (cli->user == NULL)
        return ENT_OK;
    ENT_TRY(node_desk_officer(nd, cli->user, &officer, err));
    if (desk_role_reads_frozen(officer.role))
        store_frozen_show(node_desk_desk(nd)->store);
    return ENT_OK;
}

const char *cli_text(cli_context *cli, ent_str text)
{
    ent_err ignored = { 0 };
    ent_buf buf;
    ent_str out;

    ent_buf_init(&buf, cli->arena);
    ent_text_visible(&buf, text);
    return ent_buf_done(&buf, &out, &ignored) == ENT_OK && out.ptr != NULL ? out.ptr : "";
}

ent_code cli_json_line(cli_context *cli, ent_buf *buf, ent_err *err)
{
    static const char said[] = "{\"exercise\":true";
    ent_str line;

    ent_buf_byte(buf, '\n');
    ENT_TRY(ent_buf_done(buf, &line, err));
    if (cli->exercise) {
        (void)fwrite(said, 1, sizeof said - 1, stdout);
        if (line.ptr[1] != '}')
            (void)fputc(',', stdout);
        line = (ent_str){ line.ptr + 1, line.size - 1 };
    }
    (void)fwrite(line.ptr, 1, line.size, stdout);
    return ENT_OK;
}
