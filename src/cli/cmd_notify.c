/* entente notify add|list|remove|test -- who is told outside the console, and how. */
#include "cli/desk.h"

#include "node/notify.h"
#include "node/users.h"

#include <stdlib.h>

static const char *const kinds[] = { "mail", "webhook", "command" };

/* ---- showing ---- */

static ent_code route_show(cli_context *cli, const node_route *r, const node_route_state *s,
                           bool secret, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        (void)printf("%-16s %-7s %s%s%s%s%s%s", r->name.ptr, kinds[r->kind],
                     cli_text(cli, r->target), r->person.size > 0 ? "  for " : "",
                     cli_text(cli, r->person), r->at_least.size > 0 ? "  from " : "",
                     cli_text(cli, r->at_least), r->content ? "  WITH CONTENT" : "");
        if (s != NULL)
            (void)printf("  %lld sent, %lld waiting, %lld failed", (long long)s->sent,
                         (long long)s->waiting, (long long)s->failed);
        (void)printf("\n");
        if (s != NULL && s->error.size > 0)
            (void)printf("%16s last failure: %s\n", "", cli_text(cli, s->error));
        if (secret && r->kind == NODE_NOTIFY_WEBHOOK)
            (void)printf("the key of its signatures, shown once: %s\n", r->secret.ptr);
        return ENT_OK;
    }
    cli_line_begin(cli, &buf, &w);
    cli_line_text(&w, "route", r->name);
    cli_line_c(&w, "kind", kinds[r->kind]);
    cli_line_text(&w, "target", r->target);
    cli_line_text(&w, "for", r->person);
    cli_line_text(&w, "at_least", r->at_least);
    ent_jw_key(&w, "content");
    ent_jw_bool(&w, r->content);
    if (s != NULL) {
        ent_jw_key(&w, "sent");
        ent_jw_int(&w, s->sent);
        ent_jw_key(&w, "waiting");
        ent_jw_int(&w, s->waiting);
        ent_jw_key(&w, "failed");
        ent_jw_int(&w, s->failed);
        cli_line_text(&w, "error", s->error);
    }
    if (secret && r->kind == NODE_NOTIFY_WEBHOOK)
        cli_line_text(&w, "secret", r->secret);
    return cli_line_end(cli, &buf, &w, err);
}

/* ---- adding ---- */

static ent_str option(cli_context *cli, const char *name)
{
    const char *value = cli_option(cli, name);

    return ent_str_of(value == NULL ? "" : value);
}

static ent_code kind_read(cli_context *cli, node_route *r, ent_err *err)
{
    static const char *const names[] = { "--mail", "--webhook", "--command" };
    int given = 0;

    for (int i = 0; i < 3; i++) {
        const char *value = cli_option(cli, names[i]);

        if (value == NULL)
            continue;
        given++;
        r->kind = (node_notify_kind)i;
        r->target = ent_str_of(value);
    }
    return given == 1 ? ENT_OK
                      : ent_fail(err, ENT_USAGE, "one of --mail, --webhook, --command is wanted");
}

static ent_code secret_read(cli_context *cli, node_route *r, ent_err *err)
{
    const char *file = cli_option(cli, "--passphrase-file");
    ent_str secret;

    r->secret = ENT_STR("");
    if ((r->user.size > 0) != (file != NULL))
        return ent_fail(err, ENT_USAGE, "--user and --passphrase-file go together");
    if (file == NULL)
        return ENT_OK;
    ENT_TRY(node_passphrase_get(file, "passphrase", &secret, err));
    r->secret = ent_arena_str(cli->arena, secret);
    node_passphrase_free(secret);
    return r->secret.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code ca_read(cli_context *cli, node_route *r, ent_err *err)
{
    const char *ca = cli_option(cli, "--ca");
    char *path;

    r->ca = ENT_STR("");
    if (ca == NULL)
        return ENT_OK;
    path = realpath(ca, NULL);
    if (path == NULL)
        return ent_fail(err, ENT_NOT_FOUND, "there is no file '%s'", ca);
    r->ca = ent_arena_str(cli->arena, ent_str_of(path));
    free(path);
    return r->ca.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

static ent_code add_run(cli_context *cli, ent_err *err)
{
    node_route r = { .person = option(cli, "--for"),
                     .at_least = option(cli, "--at-least"),
                     .server = option(cli, "--server"),
                     .from = option(cli, "--from"),
                     .user = option(cli, "--user"),
                     .content = cli_flag(cli, "--content"),
                     .plain = cli_flag(cli, "--plain"),
                     .allow_private = cli_flag(cli, "--allow-private") };
    node_home home;
    node_user user;

    ENT_TRY(kind_read(cli, &r, err));
    ENT_TRY(secret_read(cli, &r, err));
    ENT_TRY(ca_read(cli, &r, err));
    ENT_TRY(cli_arguments(cli, 1, 1, err));
    r.name = ent_str_of(cli->argv[0]);
    ENT_TRY(cli_home(cli, &home, err));
    if (r.person.size > 0)
        ENT_TRY(node_user_get(cli->arena, &home, r.person.ptr, &user, err));
    ENT_TRY(node_route_add(cli->arena, &home, &r, err));
    return route_show(cli, &r, NULL, true, err);
}

const cli_command cli_notify_add = {
    .name = "notify add",
    .usage =
        "NAME --mail TO --server URL --from FROM | --webhook URL | --command PATH [--for USER] "
        "[--at-least P] [--content] [--user U --passphrase-file F] [--ca FILE] "
        "[--allow-private] [--plain]",
    .summary = "tell people outside the console that something waits",
    .help =
        "Says what kind of thing, how urgent, why and its number; words and partner only with\n"
        "--content. --for: what concerns this user. --at-least: from this precedence on.\n"
        "--webhook: a signed POST of JSON; the key of the signatures is shown once.\n"
        "--command: a program of this machine, which gets the JSON as its input.\n"
        "--allow-private: the server may be in the own network; --plain: there, without TLS.\n"
        "What fails is tried again for a day.\n\n"
        "  entente notify add duty --mail duty@example.org --server smtps://mail.example.org \\\n"
        "      --from entente@example.org --at-least IMMEDIATE\n"
        "  entente notify add pager --webhook https://pager.example.org/entente\n",
    .run = add_run,
};

static ent_code list_run(cli_context *cli, ent_err *err)
{
    node_route *routes;
    node_desk *nd;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_route_list(cli->arena, node_desk_home(nd), &routes, &count, err));
    for (size_t i = 0; i < count; i++) {
        node_route_state state = { .error = { "", 0 } };

        ENT_TRY(node_route_state_get(nd, cli->arena, &routes[i], &state, err));
        ENT_TRY(route_show(cli, &routes[i], &state, false, err));
    }
    return ENT_OK;
}

const cli_command cli_notify_list = {
    .name = "notify list",
    .usage = "[--as USER]",
    .summary = "list the routes by which people are told, and how they fare",
    .help = "  entente notify list\n",
    .run = list_run,
};

static ent_code remove_run(cli_context *cli, ent_err *err)
{
    node_home home;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    return node_route_remove(cli->arena, &home, cli->argv[0], err);
}

const cli_command cli_notify_remove = {
    .name = "notify remove",
    .usage = "NAME",
    .summary = "nobody is told by this route any more",
    .help = "  entente notify remove duty\n",
    .run = remove_run,
};

static ent_code test_run(cli_context *cli, ent_err *err)
{
    node_desk *nd;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_desk(cli, &nd, err));
    ENT_TRY(node_notify_test(nd, cli->arena, cli->argv[0], err));
    if (!cli->json)
        (void)printf("delivered\n");
    return ENT_OK;
}

const cli_command cli_notify_test = {
    .name = "notify test",
    .usage = "NAME",
    .summary = "send a test by this route, now, and say what came of it",
    .help = "  entente notify test duty\n",
    .run = test_run,
};
