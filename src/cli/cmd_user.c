/* entente user add, user list, user clearance -- the people of a node. */
#include "cli/home.h"

#include "base/json_write.h"
#include "base/text.h"
#include "node/clearance.h"
#include "node/users.h"

static ent_code user_show(cli_context *cli, const node_user *user, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    if (!cli->json) {
        char hex[65];

        ent_hex_write(user->key, 32, hex);
        (void)printf("%-24s %-11s %s\n", user->name, node_role_name(user->role), hex);
        return ENT_OK;
    }
    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "name");
    ent_jw_c(&w, user->name);
    ent_jw_key(&w, "role");
    ent_jw_c(&w, node_role_name(user->role));
    ent_jw_key(&w, "key");
    ent_jw_hex(&w, user->key, sizeof user->key);
    ent_jw_end(&w);
    return cli_json_line(cli, &buf, err);
}

static ent_code add_run(cli_context *cli, ent_err *err)
{
    const char *role_name = cli_option(cli, "--role");
    const char *file = cli_option(cli, "--passphrase-file");
    node_home home;
    node_user user;
    ent_str passphrase;
    node_role role;
    ent_code rc;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    if (role_name == NULL || !node_role_read(role_name, &role))
        return ent_fail(err, ENT_USAGE,
                        "--role is one of collector analyst disclosure legal liaison case admin "
                        "oversight");
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_passphrase_get(file, "new passphrase", &passphrase, err));
    rc = node_user_add(cli->arena, &home, cli->argv[0], role, passphrase, err);
    node_passphrase_free(passphrase);
    if (rc == ENT_OK)
        rc = node_user_get(cli->arena, &home, cli->argv[0], &user, err);
    return rc == ENT_OK ? user_show(cli, &user, err) : rc;
}

static ent_code list_run(cli_context *cli, ent_err *err)
{
    node_home home;
    node_user *users;
    size_t count;

    ENT_TRY(cli_arguments(cli, 0, 0, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_user_list(cli->arena, &home, &users, &count, err));
    for (size_t i = 0; i < count; i++)
        ENT_TRY(user_show(cli, &users[i], err));
    return ENT_OK;
}

static ent_code clearance_show(cli_context *cli, const node_user *user,
                               const desk_audience *audience, ent_err *err)
{
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, cli->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "name");
    ent_jw_c(&w, user->name);
    node_clearance_write(audience, &w);
    ent_jw_end(&w);
    if (cli->json)
        return cli_json_line(cli, &buf, err);
    (void)printf("%s\n  purposes   ", user->name);
    if (audience->any_purpose)
        (void)printf(" all");
    for (size_t i = 0; i < audience->purpose_count; i++)
        (void)printf(" %s", cli_text(cli, audience->purposes[i]));
    (void)printf("\n  categories ");
    for (int i = 0; i < (int)POLICY_CATEGORY_COUNT; i++)
        if ((audience->categories & POLICY_BIT(i)) != 0)
            (void)printf(" %s", policy_category_name((policy_category)i));
    (void)printf("\n  compartments%s", audience->any_compartment ? " all" : "");
    for (size_t i = 0; i < audience->compartment_count; i++)
        (void)printf(" %s", cli_text(cli, audience->compartments[i]));
    (void)printf("\n");
    return ENT_OK;
}

static ent_code clearance_run(cli_context *cli, ent_err *err)
{
    const char *purposes = cli_option(cli, "--purpose");
    const char *categories = cli_option(cli, "--category");
    const char *compartments = cli_option(cli, "--compartment");
    bool reset = cli_flag(cli, "--reset");
    desk_audience audience;
    node_home home;
    node_user user;

    ENT_TRY(cli_arguments(cli, 1, 1, err));
    ENT_TRY(cli_home(cli, &home, err));
    ENT_TRY(node_user_get(cli->arena, &home, cli->argv[0], &user, err));
    if (reset)
        ENT_TRY(node_clearance_reset(cli->arena, &home, &user, err));
    if (purposes != NULL || categories != NULL || compartments != NULL)
        ENT_TRY(
            node_clearance_set(cli->arena, &home, &user, purposes, categories, compartments, err));
    ENT_TRY(node_clearance_get(cli->arena, &home, &user, &audience, err));
    return clearance_show(cli, &user, &audience, err);
}

const cli_command cli_user_add = {
    .name = "user add",
    .usage = "NAME --role ROLE [--passphrase-file FILE]",
    .summary = "add a user of this node",
    .help =
        "ROLE is one of collector, analyst, disclosure, legal, liaison, case, admin, oversight.\n"
        "The user gets a signing key that only the passphrase opens.  The passphrase (8 to\n"
        "1,024 bytes) is asked, or read from FILE or the file that ENTENTE_PASSPHRASE_FILE\n"
        "names; one newline at its end is not part of it.\n\n"
        "  entente user add ama --role disclosure\n",
    .run = add_run,
};

const cli_command cli_user_list = {
    .name = "user list",
    .usage = "",
    .summary = "list the users of this node",
    .help = "Name, role and public key of every user.\n\n  entente user list --json\n",
    .run = list_run,
};

const cli_command cli_user_clearance = {
    .name = "user clearance",
    .usage = "NAME [--purpose P,...] [--category C,...] [--compartment K,...] [--reset]",
    .summary = "show or set what a user may be shown of the holdings",
    .help =
        "A view of holdings (`taxii collection add --query`) shows a user only records that\n"
        "are held for a purpose P, and of persons of a category C (none unknown professional\n"
        "contact suspect witness victim minor), that the user is cleared for; `*` is all.\n"
        "Without options what holds now is shown; --reset goes back to what the role gives:\n"
        "all purposes; witnesses, victims and minors for legal, case and oversight only;\n"
        "nothing for admin.  K are the compartments that the user is in (`compartment put`), in\n"
        "every command and view; \"\" is none.  Takes effect at once.\n\n"
        "  entente user clearance ana --purpose CT-INV,CT-PREV --category suspect,contact\n",
    .run = clearance_run,
};
