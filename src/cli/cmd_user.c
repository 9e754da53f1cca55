/* entente user add, user list -- the people of a node. */
#include "cli/home.h"

#include "base/json_write.h"
#include "base/text.h"
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
    return cli_json_line(&buf, err);
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
